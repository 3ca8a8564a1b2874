# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IAM's providers of OpenID Connect: what is stored, what is refused, and when readers see it.

The API reference says which calls may be repeated: adding and removing a client id, and deleting.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t
from urllib.parse import urlsplit

from . import consistency
from .call import AwsError, Call
from .iam_entities import no_such_entity
from .operations import on_reset, own
from .paging import page

LIMITS = {"OpenIdConnectProvidersPerAccount": 100, "ClientIdsPerOpenIdConnectProvider": 100, "TagsPerOpenIdConnectProvider": 50}
# IAM gets the thumbprint itself when none is given.
RETRIEVED = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280"


@dataclasses.dataclass(frozen=True)
class Provider:
    """`url` has no scheme, as GetOpenIDConnectProvider shows it."""

    arn: str
    url: str
    client_ids: tuple[str, ...]
    thumbprints: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    created: datetime.datetime


_PROVIDERS: dict[str, Provider] = {}


@on_reset
def forget() -> None:
    _PROVIDERS.clear()


def _arn(account: str, partition: str, name: str = "") -> str:
    return f"arn:{partition}:iam::{account}:oidc-provider/{name}"


def _of(account: str, partition: str) -> list[Provider]:
    return [one for arn, one in sorted(_PROVIDERS.items()) if arn.startswith(_arn(account, partition))]


def of_issuer(account: str, partition: str, issuer: str) -> Provider | None:
    """The provider of an account for the issuer of a token."""
    return _PROVIDERS.get(_arn(account, partition, issuer.removeprefix("https://")))


def _check_quota(name: str, count: int) -> None:
    if count > LIMITS[name]:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for {name}: {LIMITS[name]}", 409)


def _check_thumbprints(texts: t.Sequence[str]) -> None:
    if len(texts) > 5:
        raise AwsError("InvalidInput", "Thumbprint list must contain fewer than 5 entries.")


def _merged(tags: t.Iterable[tuple[str, str]], given: t.Iterable[t.Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    merged = {**dict(tags), **{tag["Key"]: tag["Value"] for tag in given}}
    _check_quota("TagsPerOpenIdConnectProvider", len(merged))
    return tuple(sorted(merged.items()))


def _store(provider: Provider | None, arn: str) -> None:
    consistency.replaced(("oidc-provider", arn), _PROVIDERS.get(arn))
    if provider is None:
        del _PROVIDERS[arn]
    else:
        _PROVIDERS[arn] = provider


def _named(call: Call) -> Provider:
    arn = str(call.parameters["OpenIDConnectProviderArn"])
    return _there(call, arn, _PROVIDERS.get(arn))


def _there(call: Call, arn: str, found: Provider | None) -> Provider:
    if found is None or not arn.startswith(_arn(call.account, call.partition)):
        raise no_such_entity(f"OpenIDConnect Provider not found for arn {arn}")
    return found


@own("iam", "CreateOpenIDConnectProvider")
def create(call: Call) -> dict[str, t.Any]:
    given = call.parameters
    url = urlsplit(str(given["Url"]))
    if url.scheme != "https" or not url.netloc or url.query or url.fragment or url.port:
        raise AwsError("ValidationError", "Invalid Open ID Connect Provider URL")
    thumbprints = given.get("ThumbprintList") or []
    _check_thumbprints(thumbprints)
    # A slash at the end belongs to the issuer: https://github.com/aws/aws-sam-cli/issues/7432
    name = url.netloc + url.path
    arn = _arn(call.account, call.partition, name)
    if arn in _PROVIDERS:
        raise AwsError("EntityAlreadyExists", f"Provider with url {given['Url']} already exists.", 409)
    _check_quota("OpenIdConnectProvidersPerAccount", len(_of(call.account, call.partition)) + 1)
    client_ids = tuple(dict.fromkeys(given.get("ClientIDList") or []))
    _check_quota("ClientIdsPerOpenIdConnectProvider", len(client_ids))
    tags = _merged((), given.get("Tags") or [])
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0)
    _store(Provider(arn, name, client_ids, tuple(thumbprints) or (RETRIEVED,), tags, now), arn)
    return {"OpenIDConnectProviderArn": arn, "Tags": _shown_tags(tags)}


def _shown_tags(tags: t.Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags]


@own("iam", "GetOpenIDConnectProvider")
def get(call: Call) -> dict[str, t.Any]:
    arn = str(call.parameters["OpenIDConnectProviderArn"])
    seen = _there(call, arn, consistency.stale(("oidc-provider", arn), _PROVIDERS.get(arn)))
    return {
        "Url": seen.url,
        "ClientIDList": list(seen.client_ids),
        "ThumbprintList": list(seen.thumbprints),
        "CreateDate": seen.created,
        "Tags": _shown_tags(seen.tags),
    }


@own("iam", "ListOpenIDConnectProviders")
def list_providers(call: Call) -> dict[str, t.Any]:
    return {"OpenIDConnectProviderList": [{"Arn": one.arn} for one in _of(call.account, call.partition)]}


@own("iam", "AddClientIDToOpenIDConnectProvider")
def add_client_id(call: Call) -> None:
    found = _named(call)
    client_ids = tuple(dict.fromkeys((*found.client_ids, str(call.parameters["ClientID"]))))
    _check_quota("ClientIdsPerOpenIdConnectProvider", len(client_ids))
    _store(dataclasses.replace(found, client_ids=client_ids), found.arn)


@own("iam", "RemoveClientIDFromOpenIDConnectProvider")
def remove_client_id(call: Call) -> None:
    found = _named(call)
    kept = tuple(one for one in found.client_ids if one != call.parameters["ClientID"])
    _store(dataclasses.replace(found, client_ids=kept), found.arn)


@own("iam", "UpdateOpenIDConnectProviderThumbprint")
def update_thumbprints(call: Call) -> None:
    found = _named(call)
    _check_thumbprints(call.parameters["ThumbprintList"])
    _store(dataclasses.replace(found, thumbprints=tuple(call.parameters["ThumbprintList"])), found.arn)


@own("iam", "TagOpenIDConnectProvider")
def tag(call: Call) -> None:
    found = _named(call)
    _store(dataclasses.replace(found, tags=_merged(found.tags, call.parameters["Tags"])), found.arn)


@own("iam", "UntagOpenIDConnectProvider")
def untag(call: Call) -> None:
    found = _named(call)
    kept = tuple(pair for pair in found.tags if pair[0] not in call.parameters["TagKeys"])
    _store(dataclasses.replace(found, tags=kept), found.arn)


@own("iam", "ListOpenIDConnectProviderTags")
def list_tags(call: Call) -> dict[str, t.Any]:
    marker = call.parameters.get("Marker")
    invalid = AwsError("ValidationError", f"Invalid Marker: {marker}")
    shown, following = page(_shown_tags(_named(call).tags), marker, int(call.parameters.get("MaxItems") or 100), invalid)
    return {"Tags": shown, "IsTruncated": following is not None, **({"Marker": following} if following else {})}


@own("iam", "DeleteOpenIDConnectProvider")
def delete(call: Call) -> None:
    arn = str(call.parameters["OpenIDConnectProviderArn"])
    if arn in _PROVIDERS and arn.startswith(_arn(call.account, call.partition)):
        _store(None, arn)
