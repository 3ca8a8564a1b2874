# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Passwords for registries, from Amazon ECR."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .._errors import RegistryError, ServiceError
from .._registry_login.hosts import Registry, registry_of
from .._registry_login.passwords import shown
from .errors import translated

if TYPE_CHECKING:
    from .session import AwsSession


def authorizations(session: AwsSession, registries: Sequence[Registry], region: str | None) -> list[dict[str, Any]]:
    """A user name and a password for each registry; for the session's own registry in ``region`` when none is given.

    A password is its principal's, for every registry in the region that it has access to, so one call for each region gets them all;
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html. Each item has C(registry), C(username),
    C(password), C(expires_at), C(account), C(region). Raises RegistryError or ServiceError.
    """
    if registries:
        got = {one: _authorization(session, one) for one in sorted({registry.region for registry in registries})}
        return [_item(registry, got[registry.region]) for registry in registries]
    if not region:
        raise RegistryError("there is no region: give 'region', or the registry")
    data = _authorization(session, region)
    return [_item(registry_of(urlsplit(data["proxyEndpoint"]).netloc), data)]


def _authorization(session: AwsSession, region: str) -> dict[str, Any]:
    try:
        with translated():
            (data,) = session.client("ecr", region).get_authorization_token()["authorizationData"]
    except ServiceError as error:
        if error.code != "AccessDeniedException":
            raise
        hint = "an identity policy of the caller has to allow ecr:GetAuthorizationToken on resource *; policies of repositories cannot"
        raise RegistryError(f"{error}; {hint}") from error
    return dict(data)


def _item(registry: Registry, data: dict[str, Any]) -> dict[str, Any]:
    username, _colon, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    return {
        "registry": registry.host,
        "username": username,
        "password": password,
        "expires_at": shown(data["expiresAt"]),
        "account": registry.account,
        "region": registry.region,
    }
