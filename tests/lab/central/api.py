# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Central's REST API: which request goes to which service, what it needs, and how it is answered."""

from __future__ import annotations

import gzip
import json
import re
import typing as t

from ..loopback import Answer, Asked
from . import messages
from .access import READ, READ_WRITE, User, Users, demand, demand_as_sensor_or_user
from .errors import NOT_FOUND, UNAUTHENTICATED, UNIMPLEMENTED, Refused
from .images import Images
from .integrations import Integrations
from .store import Store

AVAILABLE, DISABLED = "CapabilityAvailable", "CapabilityDisabled"


class Request(t.NamedTuple):
    """A request with its body read and the parts of its path."""

    user: User
    query: dict[str, str]
    body: dict[str, t.Any]
    identity: str = ""


class Route(t.NamedTuple):
    """`message` is what the body has to be."""

    method: str
    path: re.Pattern[str]
    action: t.Callable[[Request], t.Any]
    message: str = ""


class Api:
    """The services of one Central. `images` gives what scans for a cluster; for an empty name Central does."""

    def __init__(
        self,
        users: Users,
        store: Store,
        integrations: Integrations,
        images: t.Callable[[str], Images],
        managed: bool,
        version: str,
    ) -> None:
        self._users, self._store, self._integrations, self._images = users, store, integrations, images
        self._managed, self._version = managed, version
        self._delegated: dict[str, t.Any] = {"enabledFor": "NONE", "defaultClusterId": "", "registries": []}
        one = "/v1/imageintegrations/([^/]+)"
        self._routes = [
            self._route("GET", "/v1/ping", lambda _request: {"status": "ok"}),
            self._route("GET", "/v1/metadata", self._metadata),
            self._route("GET", "/v1/central-capabilities", self._capabilities),
            self._route("GET", "/v1/imageintegrations", self._list),
            self._route("POST", "/v1/imageintegrations", self._post, "ImageIntegration"),
            self._route("POST", "/v1/imageintegrations/test", self._test, "ImageIntegration"),
            self._route("POST", "/v1/imageintegrations/test/updated", self._test_updated, "UpdateImageIntegrationRequest"),
            self._route("GET", one, self._get),
            self._route("PUT", one, self._put, "ImageIntegration"),
            self._route("PATCH", one, self._patch, "UpdateImageIntegrationRequest"),
            self._route("DELETE", one, self._delete),
            self._route("GET", "/v1/integrationhealth/imageintegrations", self._health),
            self._route("POST", "/v1/images/scan", self._scan, "ScanImageRequest"),
            self._route("GET", "/v1/delegatedregistryconfig", self._get_delegated),
            self._route("PUT", "/v1/delegatedregistryconfig", self._put_delegated, "DelegatedRegistryConfig"),
            self._route("POST", "/v1/apitokens/generate", self._generate, "GenerateTokenRequest"),
        ]

    @staticmethod
    def _route(method: str, path: str, action: t.Callable[[Request], t.Any], message: str = "") -> Route:
        return Route(method, re.compile(path), action, message)

    def answer(self, asked: Asked, user: User) -> Answer:
        """The answer to a request; also its refusal."""
        try:
            status, value = 200, self._value(asked, user)
        except Refused as refused:
            status, value = refused.status, refused.body
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store, no-cache")]
        if value.get("code") == UNAUTHENTICATED:
            headers.append(("WWW-Authenticate", value["message"]))
        body = json.dumps(value).encode()
        if "gzip" in asked.headers.get("Accept-Encoding", ""):
            headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
            body = gzip.compress(body, 1)
        return Answer(status, body, tuple(headers))

    def _value(self, asked: Asked, user: User) -> dict[str, t.Any]:
        there = [(route, route.path.fullmatch(asked.path)) for route in self._routes]
        found = [(route, match) for route, match in there if match is not None]
        if not found:
            raise Refused(NOT_FOUND, "Not Found")
        for route, match in found:
            if route.method == asked.method:
                body = messages.read(asked.body, route.message) if route.message else {}
                query = {key: values[-1] for key, values in asked.query.items()}
                return t.cast("dict[str, t.Any]", route.action(Request(user, query, body, *match.groups())))
        raise Refused(UNIMPLEMENTED, "Method Not Allowed")

    def _metadata(self, request: Request) -> t.Any:
        # Who is not known is not told the version.
        return {
            "version": "" if request.user.problem else self._version,
            "buildFlavor": "release",
            "releaseBuild": True,
            "licenseStatus": "VALID",
        }

    def _capabilities(self, request: Request) -> t.Any:
        if request.user.problem:
            raise Refused(UNAUTHENTICATED, request.user.problem)
        return {
            "centralScanningCanUseContainerIamRoleForEcr": DISABLED if self._managed else AVAILABLE,
            "centralCanUseCloudBackupIntegrations": DISABLED if self._managed else AVAILABLE,
            "centralCanDisplayDeclarativeConfigHealth": DISABLED if self._managed else AVAILABLE,
            "centralCanUpdateCert": DISABLED if self._managed else AVAILABLE,
            "centralCanUseAcscsEmailIntegration": AVAILABLE if self._managed else DISABLED,
        }

    def _list(self, request: Request) -> t.Any:
        demand_as_sensor_or_user(request.user, "Integration", READ)
        return {"integrations": self._integrations.list(request.query.get("name", ""), request.query.get("cluster", ""))}

    def _get(self, request: Request) -> t.Any:
        demand_as_sensor_or_user(request.user, "Integration", READ)
        return self._integrations.get(request.identity)

    def _post(self, request: Request) -> t.Any:
        demand(request.user, "Integration", READ_WRITE)
        return self._integrations.post(request.body)

    def _put(self, request: Request) -> t.Any:
        demand(request.user, "Integration", READ_WRITE)
        self._integrations.update({**request.body, "id": request.identity}, update_password=True)
        return {}

    def _patch(self, request: Request) -> t.Any:
        demand(request.user, "Integration", READ_WRITE)
        config = {**(request.body.get("config") or {}), "id": request.identity}
        self._integrations.update(config, bool(request.body.get("updatePassword")))
        return {}

    def _test(self, request: Request) -> t.Any:
        demand(request.user, "Integration", READ_WRITE)
        self._integrations.test(request.body, update_password=True)
        return {}

    def _test_updated(self, request: Request) -> t.Any:
        demand(request.user, "Integration", READ_WRITE)
        self._integrations.test(request.body.get("config"), bool(request.body.get("updatePassword")))
        return {}

    def _delete(self, request: Request) -> t.Any:
        demand(request.user, "Integration", READ_WRITE)
        self._integrations.delete(request.identity)
        return {}

    def _health(self, request: Request) -> t.Any:
        demand(request.user, "Integration", READ)
        return {"integrationHealth": self._store.health()}

    def _scan(self, request: Request) -> t.Any:
        demand(request.user, "Image", READ_WRITE)
        given = messages.complete(request.body, "ScanImageRequest")
        return self._images(given["cluster"]).scan(given["imageName"], given["force"])

    def _get_delegated(self, request: Request) -> t.Any:
        demand(request.user, "Administration", READ)
        return self._delegated

    def _put_delegated(self, request: Request) -> t.Any:
        demand(request.user, "Administration", READ_WRITE)
        given = messages.complete(request.body, "DelegatedRegistryConfig")
        self._delegated = {**given, "enabledFor": given["enabledFor"] or "NONE", "registries": given["registries"] or []}
        return self._delegated

    def _generate(self, request: Request) -> t.Any:
        demand(request.user, "Integration", READ_WRITE)
        return self._users.generate(request.body)
