# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Central's service of image integrations in this process: the lab's rules, without HTTP and without AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.client import CentralError
from tests.lab.central.errors import Refused, invalid
from tests.lab.central.integrations import Integrations
from tests.lab.central.registries import RegistryFailure
from tests.lab.central.store import Store

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "eu-west-1"
NAME = f"ecr-{ACCOUNT}-{REGION}"
#: The options of the module, as Ansible gives them to it when nothing is given.
OPTIONS: dict[str, Any] = {
    **dict.fromkeys(("name", "new_name", "registry_id", "regions", "credentials", "access_key", "secret_key", "assume_role", "endpoint")),
    **dict.fromkeys(("skip_test", "integrations")),
    "state": "present",
    "test": False,
    "update_credentials": "on_create",
    "take_over": False,
    "on_error": "stop",
    "wait_timeout": 60,
}
#: Options of one entry of ``integrations``.
ENTRY = dict.fromkeys(list(OPTIONS)[:10])


class Service:
    """Stands for the client of the API. ``calls`` are those that were made.

    ``broken`` are what AWS says in the next tests; ``trouble`` are errors of the next calls by method, with "lost" for one that is made,
    but not answered.
    """

    def __init__(self, managed: bool = False) -> None:
        self.store = Store()
        self.calls: list[tuple[str, str]] = []
        self.bodies: list[Any] = []
        self.broken: list[str] = []
        self.trouble: dict[str, list[Any]] = {}
        self._managed = managed
        self._service = Integrations(self.store, lambda _integration, _keep: self, managed)

    def test(self) -> None:
        """What the registry of an integration says when it is tested."""
        if self.broken:
            raise RegistryFailure(self.broken.pop(0))

    def get(self, path: str) -> Any:
        return self._called("GET", path, None)

    def ask(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._called("POST", path, body)

    def write(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._called(method, path, body)

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path in self.calls if method != "GET" and "/test" not in path]

    def ecr(self, name: str = NAME) -> Any:
        """What is stored of an integration, its secrets in clear."""
        found = self.store.named(name)
        return found and found["ecr"]

    def _called(self, method: str, path: str, body: Any) -> Any:
        self.calls.append((method, path))
        self.bodies.append(body)
        error = (self.trouble.get(method) or [None]).pop(0)
        if error not in (None, "lost"):
            raise error
        try:
            answer = self._answer(method, urlsplit(path).path, path, body)
        except Refused as refused:
            raise CentralError(f"{method} {path}", refused.status, "Refused", refused.body["message"]) from None
        if error == "lost":
            raise CentralError(f"{method} {path}", None, "NoAnswer", "the connection was closed", "Central did not answer")
        return answer

    def _answer(self, method: str, path: str, whole: str, body: Any) -> Any:
        if path == "/v1/central-capabilities":
            return {"centralScanningCanUseContainerIamRoleForEcr": "CapabilityDisabled" if self._managed else "CapabilityAvailable"}
        if path == "/v1/integrationhealth/imageintegrations":
            return {"integrationHealth": self.store.health()}
        its_id = path.rpartition("/")[2]
        if path == "/v1/imageintegrations":
            names = parse_qs(urlsplit(whole).query).get("name", [""])
            return {"integrations": self._service.list(names[0])} if method == "GET" else self._service.post(body)
        if path == "/v1/imageintegrations/test":
            return self._service.test(body, True) or {}
        if path == "/v1/imageintegrations/test/updated":
            return self._service.test(body["config"], body["updatePassword"]) or {}
        if method == "GET":
            return self._service.get(its_id)
        if method == "PATCH":
            return self._service.update({**body["config"], "id": its_id}, body["updatePassword"]) or {}
        if method == "DELETE":
            return self._service.delete(its_id) or {}
        raise invalid(f"the tests know no {method} {path}")
