# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Providers of OpenID Connect in IAM, by which workloads of a cluster assume roles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError, ServiceError
from .._settings_flow import Item, Planner, Settings
from .eks_cluster import check_name, issuer_of
from .errors import in_turn, translated
from .identity import caller_identity
from .tags import given_tags, is_system_tag

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .identity import Identity
    from .module import RegistryAWSModule

#: The audience of tokens for AWS STS, which a new provider gets when no other one is given.
AUDIENCE = "sts.amazonaws.com"
#: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
_ISSUER = re.compile(r"https://[^\s/:?#@]+(?:/[^\s?#]*)?")
_THUMBPRINT = re.compile(r"[0-9A-Fa-f]{40}")
_LONGEST_URL, _LONGEST_CLIENT_ID, _MOST_CLIENT_IDS, _MOST_THUMBPRINTS = 255, 255, 100, 5


class OidcProviderStore:
    """One provider, found by the URL of its issuer. With ``force`` it is also deleted where roles trust it."""

    kind = "OIDC provider"
    region: str | None = None

    def __init__(self, reader: BaseClient, writer: BaseClient, identity: Identity, issuer: str, force: bool = False) -> None:
        self._reader = reader
        self._writer = writer
        self._force = force
        self.issuer = issuer
        self.account: str | None = identity.account
        self.resource = issuer.removeprefix("https://")
        self.arn = f"arn:{identity.partition}:iam::{identity.account}:oidc-provider/{self.resource}"

    def read(self) -> Settings | None:
        try:
            with translated():
                answer = self._reader.get_open_id_connect_provider(OpenIDConnectProviderArn=self.arn)
        except ServiceError as error:
            if error.code == "NoSuchEntity":
                return None
            raise
        return {
            "client_ids": sorted(answer.get("ClientIDList") or ()),
            "thumbprints": sorted(answer.get("ThumbprintList") or ()),
            "tags": {tag["Key"]: tag["Value"] for tag in answer.get("Tags") or () if not is_system_tag(tag["Key"])},
        }

    def same(self, _setting: str, current: Any, desired: Any) -> bool:
        return bool(current == desired) or (not current and not desired)

    def can_change(self, _setting: str, _value: Any) -> bool:
        return True

    def create(self, settings: Settings) -> None:
        request: dict[str, Any] = {"Url": self.issuer, "ClientIDList": settings["client_ids"]}
        if settings.get("thumbprints"):
            request["ThumbprintList"] = settings["thumbprints"]
        if settings.get("tags"):
            request["Tags"] = _pairs(settings["tags"])
        try:
            with translated():
                self._writer.create_open_id_connect_provider(**request)
        except ServiceError as error:
            # An answer that got lost, or somebody who was faster; what they made is read and brought to what it shall be.
            if error.code != "EntityAlreadyExists":
                raise

    def update(self, settings: Settings, changed: Sequence[str]) -> None:
        there = self.read() or {"client_ids": [], "tags": {}}
        in_turn(self._updates(settings, changed, there))

    def _updates(self, settings: Settings, changed: Sequence[str], there: Settings) -> Iterator[Callable[[], object]]:
        """The calls that make the settings out of what is ``there``."""
        writer, named = self._writer, {"OpenIDConnectProviderArn": self.arn}
        if "client_ids" in changed:
            # Both calls may be repeated: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html
            for client_id in sorted(set(settings["client_ids"]) - set(there["client_ids"])):
                yield partial(writer.add_client_id_to_open_id_connect_provider, **named, ClientID=client_id)
            for client_id in sorted(set(there["client_ids"]) - set(settings["client_ids"])):
                yield partial(writer.remove_client_id_from_open_id_connect_provider, **named, ClientID=client_id)
        if "thumbprints" in changed:
            yield partial(writer.update_open_id_connect_provider_thumbprint, **named, ThumbprintList=settings["thumbprints"])
        if "tags" in changed:
            added = {key: value for key, value in settings["tags"].items() if there["tags"].get(key) != value}
            removed = sorted(set(there["tags"]) - set(settings["tags"]))
            if added:
                yield partial(writer.tag_open_id_connect_provider, **named, Tags=_pairs(added))
            if removed:
                yield partial(writer.untag_open_id_connect_provider, **named, TagKeys=removed)

    def delete(self) -> None:
        with translated():
            self._writer.delete_open_id_connect_provider(OpenIDConnectProviderArn=self.arn)

    def waits_for(self, error: ServiceError) -> str | None:
        if error.code in ("NoSuchEntity", "ConcurrentModification"):
            return "until IAM knows the provider everywhere"
        return None

    def check_unused(self) -> None:
        """Raises RegistryError that names the roles that trust the provider, unless it may go all the same; ServiceError."""
        if self._force:
            return
        with translated():
            pages = self._reader.get_paginator("list_roles").paginate()
            users = [role["RoleName"] for page in pages for role in page["Roles"] if _names(role["AssumeRolePolicyDocument"], self.arn)]
        if users:
            raise RegistryError(
                f"roles trust it: {', '.join(sorted(users))}; nobody could assume them by it then. Change their trust policies first, "
                "or delete it with 'force: true'"
            )


def _names(value: Any, arn: str) -> bool:
    """Whether a document has this text somewhere."""
    if isinstance(value, Mapping):
        return any(_names(one, arn) for one in value.values())
    return any(_names(one, arn) for one in value) if isinstance(value, list) else value == arn


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def check_issuer(url: str) -> None:
    """Raises RegistryError for the URL of an issuer that IAM does not take.

    A right one stays as it is: IAM compares it with tokens by its characters, so that a slash at the end makes another issuer.
    """
    if not _ISSUER.fullmatch(url) or len(url) > _LONGEST_URL:
        raise RegistryError(
            f"'url' is '{url}'; IAM takes the URL of an issuer that begins with https://, has no port and no query, and at most "
            f"{_LONGEST_URL} characters, such as https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
        )


def provider_item(module: RegistryAWSModule) -> tuple[OidcProviderStore, Item]:
    """What the options of a module mean. Raises RegistryError or ServiceError."""
    params = module.params
    tags = given_tags(params["tags"])
    _check_lists(params)
    if params["url"] is not None:
        check_issuer(params["url"])
    elif params["eks_cluster"] is None:  # Ansible itself only looks whether one of them is there.
        raise RegistryError("give 'url' or 'eks_cluster'; a template may have left it empty")
    else:
        check_name("eks_cluster", params["eks_cluster"])
    identity = caller_identity(module)
    issuer = params["url"] or issuer_of(module.aws_client("eks"), identity.account, params["eks_cluster"])
    iam_region = module.region or "us-east-1"
    reader, writer = module.aws_client("iam", iam_region), module.aws_client("iam", iam_region, repeats=False)
    store = OidcProviderStore(reader, writer, identity, issuer, params["force"])
    planner = _keeping(params, tags) if params["state"] == "present" else _leaving(store)
    return store, Item(store, planner)


def _check_lists(params: Mapping[str, Any]) -> None:
    for option, most in (("client_ids", _MOST_CLIENT_IDS), ("thumbprints", _MOST_THUMBPRINTS)):
        if len(params[option] or ()) > most:
            raise RegistryError(f"'{option}' has {len(params[option])} items; a provider can have {most}")
    if params["thumbprints"] == []:
        raise RegistryError("'thumbprints' is empty; leave it out, then IAM finds out about them by itself")
    for client_id in params["client_ids"] or ():
        if not 0 < len(client_id) <= _LONGEST_CLIENT_ID:
            raise RegistryError(f"'client_ids' has '{client_id}'; an audience has 1 to {_LONGEST_CLIENT_ID} characters")
    for thumbprint in params["thumbprints"] or ():
        if not _THUMBPRINT.fullmatch(thumbprint):
            raise RegistryError(f"'thumbprints' has '{thumbprint}'; a thumbprint has 40 hexadecimal digits, without colons")


def _keeping(params: Mapping[str, Any], tags: Mapping[str, str] | None) -> Planner:
    def plan(current: Settings | None) -> Settings:
        there = current or {"client_ids": [], "tags": {}}
        planned = dict(there)
        if params["client_ids"] is not None:
            kept = () if params["purge_client_ids"] else there["client_ids"]
            planned["client_ids"] = sorted({*kept, *params["client_ids"]})
        elif current is None:
            planned["client_ids"] = [AUDIENCE]
        if params["thumbprints"] is not None:
            planned["thumbprints"] = sorted({one.lower() for one in params["thumbprints"]})
        if tags is not None:
            planned["tags"] = {**({} if params["purge_tags"] else there["tags"]), **tags}
        return planned

    return plan


def _leaving(store: OidcProviderStore) -> Planner:
    def plan(current: Settings | None) -> None:
        if current is not None:
            store.check_unused()

    return plan
