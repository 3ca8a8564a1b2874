# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One Central, as tests have it: where it is, who may ask, what it has stored, what it was asked, and what is to go wrong."""

from __future__ import annotations

import json
import time
import typing as t
import uuid

from ..call import DropConnection
from ..loopback import Answer, Asked, Loopback
from ..loopback_faults import Fault, Faults
from ..processes import PlainProcess, Process
from .access import ROLES, Users
from .api import Api
from .errors import STATUSES, UNAVAILABLE, Refused, not_found
from .images import Images
from .integrations import Integrations
from .messages import complete
from .registries import Registry
from .store import Integration, Store

if t.TYPE_CHECKING:
    from tests.lab import Lab
    from tests.lab.cluster import Cluster

YEAR = 365 * 86400
# Requests by POST that change nothing.
NO_WRITES = ("/v1/imageintegrations/test", "/v1/imageintegrations/test/updated", "/v1/images/scan")
POSTGRES = "Database operation failed"


class Request(t.NamedTuple):
    """A request that Central got. `status` is None where the connection was closed instead; `body` is as it was sent."""

    method: str
    path: str
    query: dict[str, list[str]]
    user: str
    status: int | None
    body: t.Any


class Central:
    """Runs from when it is made until stop().

    `cluster` is the one that it runs in, `secured` others whose sensors scan for it by their names. Without a cluster its process has
    this `environment`. Without a lab there is no AWS.
    """

    def __init__(
        self,
        lab: Lab | None = None,
        cluster: Cluster | None = None,
        secured: t.Mapping[str, Cluster] | None = None,
        environment: t.Mapping[str, str] | None = None,
        managed: bool = False,
        version: str = "4.11.2",
        tls: bool = True,
    ) -> None:
        self._lab, self._secured, self._managed, self._version = lab, dict(secured or {}), managed, version
        self._process: Process = PlainProcess(environment or {}) if cluster is None else cluster.process("central")
        self.stopped = False
        self.reset()
        self._server = Loopback("StackRox Certificate Authority", self._answer, self._accepts, tls)
        self.endpoint, self.address, self.ca_path = self._server.endpoint, self._server.address, self._server.ca_path

    def __enter__(self) -> Central:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def reset(self) -> None:
        """A new Central, with other tokens and another password, and nothing that goes wrong."""
        self.requests: list[Request] = []
        self._faults, self._closed_until = Faults(), 0.0
        self._users, self._store = Users(), Store()
        self._registries: dict[tuple[str, str, str], Registry] = {}
        self._scans: dict[str, Images] = {}
        self.api_token = self._users.token("admin", ROLES["Admin"], YEAR)
        integrations = Integrations(self._store, self._registry, self._managed)
        self._api = Api(self._users, self._store, integrations, self._images, self._managed, self._version)

    def stop(self) -> None:
        """Stop it; once is enough."""
        self.stopped = True
        self._server.stop()

    @property
    def admin_password(self) -> str:
        """The password of the user admin."""
        return self._users.password

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which roxctl, and who reads the same ones, reaches it."""
        found = {"ROX_ENDPOINT": self.endpoint, "ROX_API_TOKEN": self.api_token}
        return {**found, "ROX_CA_CERT_FILE": self.ca_path} if self.ca_path else found

    def token(self, seconds: float = YEAR, **permissions: str) -> str:
        """An API token with these permissions, such as Integration="READ"; it has expired already with seconds=-1."""
        return self._users.token("restricted", permissions, seconds)

    def integrations(self, kind: str | None = "ecr") -> list[Integration]:
        """What is stored, with its secrets; None is of every type."""
        return [one for one in self._store.all() if kind in (None, one["type"])]

    def stored(self, name: str) -> Integration | None:
        """The integration with this name, with its secrets."""
        return self._store.named(name)

    def add(self, integration: Integration) -> str:
        """Store an integration as it is, such as one that Central made itself; returns its id."""
        given = {"id": str(uuid.uuid4()), "type": "ecr", "categories": ["REGISTRY"], **integration}
        self._store.put(complete(given))
        return str(given["id"])

    def set_health(self, name: str, status: str, error: str = "") -> None:
        """How healthy the integration with this name is."""
        self._store.set_health(str(self._store.id_of(name)), status, error)

    def writes(self) -> list[Request]:
        """The requests that would change something, whether they were refused or not."""
        return [one for one in self.requests if one.method not in ("GET", "HEAD") and one.path not in NO_WRITES]

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        self.requests.clear()

    def fail_next(self, method: str = "*", path: str = "*", postgres: bool = False, **fault: t.Any) -> None:
        """The next requests go wrong: status= (and message=), postgres=True, drop="before" or "after", delay=, times=, skip=."""
        if postgres:
            fault.update(status=500, message=POSTGRES)
        self._faults.schedule(Fault(method, path, **fault))

    def unavailable(self, seconds: float) -> None:
        """Connections are closed for that long."""
        self._closed_until = time.monotonic() + seconds

    def _accepts(self) -> bool:
        return time.monotonic() >= self._closed_until and bool(self._process.running())

    def _registry(self, integration: Integration, keep: bool) -> Registry:
        return self._kept(integration, "", self._process) if keep else Registry(self._lab, self._process, integration["ecr"])

    def _kept(self, integration: Integration, where: str, process: Process) -> Registry:
        """The registry that scans use. It lives as long as the process, and until its integration says something else."""
        key = integration["id"], json.dumps(integration["ecr"], sort_keys=True), f"{where} {process.running()}"
        if key not in self._registries:
            self._registries[key] = Registry(self._lab, process, integration["ecr"])
        return self._registries[key]

    def _images(self, cluster: str) -> Images:
        if cluster and cluster not in self._secured:
            raise not_found(f'cluster "{cluster}" not found')  # in words of our own
        if cluster not in self._scans:
            process = self._secured[cluster].process("sensor") if cluster else self._process
            self._scans[cluster] = Images(self._store, lambda integration: self._kept(integration, cluster, process))
        return self._scans[cluster]

    def _answer(self, asked: Asked) -> Answer:
        if not self._accepts():
            raise DropConnection  # a connection that was kept from before
        user = self._users.who(asked.headers.get("Authorization", ""))
        status: int | None = None
        try:
            fault = self._faults.meet(asked.method, asked.path)
            answer = self._failed(fault) if fault is not None and fault.status else self._api.answer(asked, user)
            if fault is not None and fault.drop == "after":
                raise DropConnection
            status = answer.status
        finally:
            self.requests.append(Request(asked.method, asked.path, asked.query, user.name, status, _read(asked.body)))
        return answer

    @staticmethod
    def _failed(fault: Fault) -> Answer:
        code = next((code for code, status in STATUSES.items() if status == fault.status and code != 2), UNAVAILABLE)
        body = Refused(code, fault.message or "the lab lets this request fail").body
        return Answer(fault.status, json.dumps(body).encode(), (("Content-Type", "application/json"),))


def _read(body: bytes) -> t.Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode("utf-8", "replace")
