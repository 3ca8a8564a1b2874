# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What Central and its client of Amazon ECR accept, known before anything is sent.

The texts are those of Central, https://github.com/stackrox/stackrox/blob/master/pkg/registries/ecr/ecr.go and
https://github.com/stackrox/stackrox/blob/master/pkg/endpoints/validate.go; nothing here makes a call.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from .._errors import RegistryError
from .._policy.principals import partition_of
from .._registry_login.hosts import registry_at

CONTAINER_IAM, KEYS, AUTHORIZATION_DATA = "container_iam", "keys", "authorization_data"

_ROLE_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>[0-9]{12}):role/(?P<name>.+)")
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: the name has up to 64 characters, the path up to 512.
_ROLE_NAME = re.compile(r"(?:[\x21-\x2e\x30-\x7e]+/)*[\w+=,.@-]{1,64}", re.ASCII)
#: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
#: A host with or without C(https://), port and path.
_ENDPOINT = re.compile(r"(?:https?://)?(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?(?:/\S*)?", re.IGNORECASE)
_METADATA_SERVICES = ("169.254.169.254", "metadata.google.internal")
_MASK = "******"


def registry_host(registry_id: str, region: str) -> str:
    """The only host name that Central has for a registry."""
    return f"{registry_id}.dkr.ecr.{region}.amazonaws.com"


def role_name(role: str, registry_id: str | None) -> str:
    """What Central calls a role that is given by its name, with or without its path, or by its ARN.

    Central makes C(arn:aws:iam::REGISTRY_ID:role/NAME) of it, and does not check it. Raises RegistryError for a role of which that is
    not the ARN.
    """
    arn = _ROLE_ARN.fullmatch(role)
    if arn and registry_id is not None and arn["account"] != registry_id:
        raise RegistryError(
            f"assume_role.role is a role of account {arn['account']}; Central assumes roles of the registry's own account only, "
            f"which is {registry_id}; create the role there"
        )
    if arn and arn["partition"] != "aws":
        raise RegistryError(
            f"assume_role.role is in the partition {arn['partition']}; Central can only assume roles of the partition aws; "
            "give 'credentials' that need no role"
        )
    name = (arn["name"] if arn else role).removeprefix("/")
    if name.lower().startswith("arn:") or not _ROLE_NAME.fullmatch(name):
        raise RegistryError(f"assume_role.role is '{role}', which is neither the name nor the ARN of a role")
    return name


def check_key(option: str, value: str) -> None:
    """Raises RegistryError when a key is none; it does not show it."""
    if not value.strip():
        raise RegistryError(f"'{option}' is empty, most likely a variable that is not set; leave it out to keep the stored one")
    if re.search(r"\s", value):
        raise RegistryError(f"'{option}' has a space or a line break in it, which no key has; take it away")
    if value == _MASK:
        raise RegistryError(f"'{option}' is what Central shows instead of a key; leave it out to keep the stored one")


def check(settings: Mapping[str, Any], has_keys: bool) -> None:
    """Checks all settings of an integration; ``has_keys``: keys are given or stored. Raises RegistryError.

    What Central would refuse is told in its words, also what it saves before it refuses it.
    """
    problems = _problems(settings, has_keys)
    if problems:
        texts, missing = [text for text, _options in problems], [options for _text, options in problems]
        told = f"error: {texts[0]}" if len(texts) == 1 else f"errors: [{', '.join(texts)}]"
        raise RegistryError(f"ECR Validation {told}; {'; '.join(dict.fromkeys(missing))}")
    registry = registry_at(settings["registry_id"], settings["region"])
    host = registry_host(registry.account, registry.region)
    if registry.host != host:
        raise RegistryError(f"the registry of {registry.region} is {registry.host}, but Central asks {host} only, which does not exist")
    if settings["assume_role"]:
        _check_assumed(settings)
    if settings["endpoint"]:
        _check_endpoint(settings["endpoint"])


def same_endpoint(one: str | None, other: str | None) -> bool:
    """Whether two endpoints are the same; Central adds C(https://) where there is none."""
    return _without_scheme(one) == _without_scheme(other)


def _problems(settings: Mapping[str, Any], has_keys: bool) -> list[tuple[str, str]]:
    """What Central would refuse, in its order, each with what to do."""
    role = settings["assume_role"]
    keys = settings["credentials"] == KEYS and not has_keys
    found = [
        (not settings["registry_id"], "Registry ID must be specified", "give 'registry_id'"),
        (keys, "Access Key ID must be specified if not using IAM", "give 'access_key' and 'secret_key'"),
        (keys, "Secret Access Key must be specified if not using IAM", "give 'access_key' and 'secret_key'"),
        (
            bool(role and settings["endpoint"]),
            "AssumeRole cannot be done with an endpoint defined",
            "leave one of 'assume_role' and 'endpoint' out, or give it as an empty text where the integration has it",
        ),
        (bool(role and not role["role"]), "AssumeRole ID must be set to use AssumeRole", "give 'assume_role.role'"),
        (not settings["region"], "Region must be specified", "give 'regions'"),
    ]
    return [(text, advice) for wrong, text, advice in found if wrong]


def _check_assumed(settings: Mapping[str, Any]) -> None:
    partition = partition_of(settings["region"])
    if partition != "aws":
        raise RegistryError(
            f"Central can only assume roles of the partition aws, and {settings['region']} is in {partition}; leave 'assume_role' out"
        )
    external_id = settings["assume_role"]["external_id"]
    if external_id and not _EXTERNAL_ID.fullmatch(external_id):
        raise RegistryError("assume_role.external_id has 2 to 1224 characters, which are letters, digits, and _+=,.@:/-")


def _check_endpoint(endpoint: str) -> None:
    address = _ENDPOINT.fullmatch(endpoint)
    if not address:
        raise RegistryError(f"'endpoint' is '{endpoint}', which is no address; give that of the ECR API")
    host = address["host"].strip("[]").lower()
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = host == "localhost"
    if is_loopback:
        raise RegistryError("endpoint cannot reference localhost; give the address of the ECR API as Central can reach it")
    if host in _METADATA_SERVICES:
        raise RegistryError("endpoint cannot reference the cluster metadata service; give the address of the ECR API")


def _without_scheme(endpoint: str | None) -> str:
    text = (endpoint or "").strip().rstrip("/")
    return re.sub(r"(?i)^https://", "", text).lower()
