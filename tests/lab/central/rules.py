# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Central's rules for an integration: names, endpoints, ECR configurations, and updates that keep the stored secrets."""

from __future__ import annotations

import ipaddress
import typing as t
from urllib.parse import urlsplit

from .errors import Invalid, listed
from .messages import MASK, MESSAGES, Field, configuration

Integration = dict[str, t.Any]

METADATA_SERVICES = ("169.254.169.254", "metadata.google.internal")
CANNOT_USE_IAM = "using container IAM role for ECR scanning is not available in this environment"
# Of these types there is a registry, of those a scanner.
REGISTRIES = ("artifactory", "artifactregistry", "azure", "docker", "ecr", "ghcr", "google", "ibm", "nexus", "quay", "rhel")
SCANNERS = ("clair", "clairV4", "clairify", "google", "quay", "scannerv4")


def check(integration: Integration, owner_of_name: t.Callable[[str], str | None]) -> None:
    """What is refused before anything else; `owner_of_name` gives the id of the integration with a name. Raises Invalid."""
    wrong = []
    local = _local_endpoint(integration)
    if local:
        wrong.append(f"invalid endpoint: {local}")
    if not integration["categories"]:
        wrong.append("integrations require a category")
    if not integration["name"]:
        raise Invalid(listed("Validation", [*wrong, "name for integration is required"]))
    owner = owner_of_name(integration["name"])
    if owner is not None and owner != integration["id"]:
        wrong.append(f'integration with name "{integration["name"]}" already exists')
    if wrong:
        raise Invalid(listed("Validation", wrong))


def _local_endpoint(integration: Integration) -> str:
    config = integration.get(configuration(integration)) or {}
    endpoint = str(config.get("endpoint") or "")
    host = (urlsplit("http://" + endpoint.removeprefix("https://").removeprefix("http://")).hostname or "") if endpoint else ""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if loopback:
        return "endpoint cannot reference localhost"
    return "endpoint cannot reference the cluster metadata service" if host in METADATA_SERVICES else ""


def check_ecr(config: dict[str, t.Any] | None, managed: bool) -> None:
    """What is refused when a registry is made of a configuration, which loses authorization data that it does not use. Raises Invalid."""
    if config is None:
        raise Invalid("ECR configuration required")
    keys = {"accessKeyId": "Access Key ID", "secretAccessKey": "Secret Access Key"}
    wrong = [] if config["registryId"] else ["Registry ID must be specified"]
    if config["useIam"] or config["useAssumeRole"] or any(config[key] for key in keys):
        config["authorizationData"] = None
    data = config["authorizationData"]
    if data is not None:
        names = {"username": "Username", "password": "Password", "expiresAt": "Expires At"}
        wrong += [f"{name} must be specified in authorization data." for key, name in names.items() if not data[key]]
    else:
        if not config["useIam"]:
            wrong += [f"{name} must be specified if not using IAM" for key, name in keys.items() if not config[key]]
        if config["useAssumeRole"] and config["endpoint"]:
            wrong.append("AssumeRole cannot be done with an endpoint defined")
        if config["useAssumeRole"] and not config["assumeRoleId"]:
            wrong.append("AssumeRole ID must be set to use AssumeRole")
    if not config["region"]:
        wrong.append("Region must be specified")
    if wrong:
        raise Invalid(listed("ECR Validation", wrong))
    if managed and config["useIam"]:
        raise Invalid(CANNOT_USE_IAM)


def check_registry(integration: Integration, managed: bool) -> None:
    """Whether a registry can be made of an integration; raises Invalid."""
    kind = integration["type"]
    if kind not in REGISTRIES:
        raise Invalid(f"registry with type '{kind}' does not exist")
    if kind == "ecr":
        check_ecr(integration.get("ecr"), managed)


def check_scanner(integration: Integration, node: bool) -> None:
    """Whether an image scanner or a node scanner can be made of an integration; raises Invalid."""
    kind = integration["type"]
    if node and kind not in ("clairify", "scannerv4"):
        raise Invalid(f'unsupported integration type: "{kind}".')
    if kind not in SCANNERS:
        raise Invalid(f'scanner with type "{kind}" does not exist')


def reconcile(updated: Integration, stored: Integration) -> None:
    """Fill in the stored secrets, where nothing changes that needs them to be given anew; raises Invalid."""
    kind = configuration(updated)
    if not kind:
        raise Invalid("the request doesn't have a valid integration config type")
    was = configuration(stored)
    if kind != was:
        raise Invalid(f"type not equal: '{_wrapper(kind)}' != '{_wrapper(was)}'")
    path = ("ImageIntegration", _wrapper(kind).removeprefix("storage."))
    _verify(updated[kind], stored[kind], _message_of(kind), path)
    _verify_message(updated, stored, Field("source", "ImageIntegration_Source"), ("ImageIntegration",))
    _fill_in(updated[kind], stored[kind], _message_of(kind))


def _wrapper(kind: str) -> str:
    return f"storage.ImageIntegration_{_capital(kind)}" if kind else "<nil>"


def _message_of(kind: str) -> str:
    return next(field.kind for field in MESSAGES["ImageIntegration"] if field.name == kind)


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _verify(updated: dict[str, t.Any], stored: dict[str, t.Any], message: str, path: tuple[str, ...]) -> None:
    path = (*path, message)
    for field in MESSAGES.get(message, ()):
        where = ".".join((*path, _capital(field.name)))
        if field.kind in MESSAGES:
            _verify_message(updated, stored, field, path)
        elif field.scrub == "always" and updated[field.name] not in ("", MASK):
            raise Invalid(f"non-zero or unmasked credential field '{where}'")
        elif field.scrub == "dependent" and updated[field.name] != stored[field.name]:
            raise Invalid(f"credentials required to update field '{where}'")


def _verify_message(updated: dict[str, t.Any], stored: dict[str, t.Any], field: Field, path: tuple[str, ...]) -> None:
    new, old = updated.get(field.name), stored.get(field.name)
    if new is None and old is not None:
        raise Invalid(f"non-nil existing field '{'.'.join((*path, _capital(field.name)))}'")
    if new is not None:
        if old is None:
            raise Invalid("invalid input")
        _verify(new, old, field.kind, path)


def _fill_in(updated: dict[str, t.Any], stored: dict[str, t.Any], message: str) -> None:
    for field in MESSAGES.get(message, ()):
        if field.scrub == "always":
            updated[field.name] = stored[field.name]
        elif field.kind in MESSAGES and updated[field.name] is not None:
            _fill_in(updated[field.name], stored[field.name], field.kind)
