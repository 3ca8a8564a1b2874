# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Central's image integrations: the calls, and nothing about when to make them."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from .._errors import RegistryError
from .client import UNUSABLE, Central, CentralError
from .plan import Integration

_ALL = "/v1/imageintegrations"
_TEST = f"{_ALL}/test"
_ECR = "ecr"
_DISABLED = "CapabilityDisabled"


class Unusable(RegistryError):
    """Central saved a change and cannot use the integration any more."""


class Integrations:
    """The image integrations of one Central."""

    def __init__(self, central: Central) -> None:
        self._central = central
        self._lock = threading.Lock()
        self._container_iam: bool | None = None

    def all(self) -> list[Integration]:
        """All of them, also those of other types. Raises CentralError."""
        return list(self._central.get(_ALL).get("integrations") or [])

    def named(self, name: str) -> Integration | None:
        """The one with this name; None when there is none. Raises CentralError."""
        found = self._central.get(f"{_ALL}?name={quote(name, safe='')}").get("integrations") or []
        return next((one for one in found if one["name"] == name), None)

    def get(self, its_id: str) -> Integration | None:
        """The one with this id; None when there is none. Raises CentralError."""
        try:
            return self._central.get(f"{_ALL}/{quote(its_id, safe='')}")
        except CentralError as error:
            if error.status == 404:
                return None
            raise

    def create(self, body: Mapping[str, Any]) -> str:
        """Creates one and returns its id; the rest of the answer has its secrets in clear text. Raises CentralError."""
        return str(self._central.write("POST", _ALL, body)["id"])

    def update(self, its_id: str, body: Mapping[str, Any]) -> None:
        """Changes one. Raises CentralError; Unusable when Central has saved it nevertheless."""
        try:
            self._central.write("PATCH", f"{_ALL}/{quote(its_id, safe='')}", body)
        except CentralError as error:
            if UNUSABLE in error.message:
                raise Unusable(f"Central has saved it, but cannot use it: {error}") from error
            raise

    def delete(self, its_id: str) -> None:
        """Deletes one; it is no error when it is not there. Raises CentralError."""
        try:
            self._central.write("DELETE", f"{_ALL}/{quote(its_id, safe='')}")
        except CentralError as error:
            if error.status != 404:
                raise

    def test_new(self, body: Mapping[str, Any]) -> None:
        """Has Central try an integration that is not there; nothing is saved. Raises CentralError."""
        self._central.ask(_TEST, body)

    def test_stored(self, body: Mapping[str, Any]) -> None:
        """Has Central try a change, with the stored secrets where the body sends none; nothing is saved. Raises CentralError."""
        self._central.ask(f"{_TEST}/updated", body)

    def health(self) -> dict[str, dict[str, Any]]:
        """The health of integrations by their ids. Raises CentralError."""
        listed: Sequence[Mapping[str, Any]] = self._central.get("/v1/integrationhealth/imageintegrations").get("integrationHealth") or []
        return {
            one["id"]: {
                "status": one.get("status"),
                "error_message": one.get("errorMessage") or None,
                "last_timestamp": one.get("lastTimestamp"),
            }
            for one in listed
        }

    def can_use_container_iam(self) -> bool:
        """Whether this Central may scan with the identity of its container; asked once. A Central that does not tell may.

        https://github.com/stackrox/stackrox/pull/18378; raises CentralError.
        """
        with self._lock:
            if self._container_iam is None:
                try:
                    told = self._central.get("/v1/central-capabilities")
                except CentralError as error:
                    if error.status not in (404, 501):
                        raise
                    told = {}
                self._container_iam = told.get("centralScanningCanUseContainerIamRoleForEcr") != _DISABLED
            return self._container_iam


def is_ecr(integration: Integration) -> bool:
    """Whether an integration is one of Amazon ECR."""
    return bool(integration.get("type") == _ECR)
