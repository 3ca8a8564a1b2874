# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Central keeps: integrations with their secrets, and how healthy they are."""

from __future__ import annotations

import copy
import datetime
import typing as t

from .defaults import default_integrations
from .errors import NOT_FOUND, Refused

Integration = dict[str, t.Any]
FAILURES_IN_A_ROW = 3


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat().replace("+00:00", "Z")


class Store:
    """The database of one Central."""

    def __init__(self) -> None:
        self._integrations: dict[str, Integration] = {}
        self._health: dict[str, dict[str, t.Any]] = {}
        self._failures: dict[str, int] = {}
        for integration in default_integrations():
            self.put(integration)

    def all(self) -> list[Integration]:
        return [copy.deepcopy(one) for one in list(self._integrations.values())]

    def get(self, identity: str) -> Integration | None:
        return copy.deepcopy(self._integrations.get(identity))

    def named(self, name: str) -> Integration | None:
        return next((one for one in self.all() if one["name"] == name), None)

    def id_of(self, name: str) -> str | None:
        found = self.named(name)
        return None if found is None else str(found["id"])

    def put(self, integration: Integration) -> None:
        """Store an integration; its health is unknown at first, and stays what it is afterwards."""
        identity = integration["id"]
        self._integrations[identity] = copy.deepcopy(integration)
        known = self._health.get(identity, {"status": "UNINITIALIZED", "errorMessage": "", "lastTimestamp": now()})
        self._health[identity] = {"id": identity, "name": integration["name"], "type": "IMAGE_INTEGRATION", **_of(known)}

    def remove(self, identity: str) -> None:
        """Remove an integration; raises Refused when there is none, which is noticed by its health only."""
        self._integrations.pop(identity, None)
        if self._health.pop(identity, None) is None:
            text = f'unable to find integration health for integration "{identity}"'
            raise Refused(NOT_FOUND, f"Error removing health for integration {identity}: {text}")
        self._failures.pop(identity, None)

    def health(self) -> list[dict[str, t.Any]]:
        return [dict(one) for one in list(self._health.values())]

    def set_health(self, identity: str, status: str, error: str) -> None:
        self._health[identity].update(status=status, errorMessage=error, lastTimestamp=now())

    def fetched(self, identity: str) -> None:
        """Metadata of an image came."""
        self._failures.pop(identity, None)
        if identity in self._health:
            self.set_health(identity, "HEALTHY", "")

    def failed(self, identity: str, error: str) -> None:
        """Metadata of an image did not come."""
        self._failures[identity] = self._failures.get(identity, 0) + 1
        if identity in self._health and self._failures[identity] >= FAILURES_IN_A_ROW:
            self.set_health(identity, "UNHEALTHY", error)


def _of(known: dict[str, t.Any]) -> dict[str, t.Any]:
    return {key: known[key] for key in ("status", "errorMessage", "lastTimestamp")}
