# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service of image integrations: what is checked, tested and stored, in Central's order, and what it says when it refuses."""

from __future__ import annotations

import copy
import random
import typing as t
import uuid

from . import rules
from .errors import INTERNAL, Invalid, Refused, invalid, not_found
from .messages import CATEGORIES, complete, masked
from .registries import Registry, RegistryFailure
from .store import Integration, Store


class Integrations:
    """`make` gives a new registry in memory for an integration, which asks AWS for a token; with `keep` the one that scans use."""

    def __init__(self, store: Store, make: t.Callable[[Integration, bool], Registry], managed: bool) -> None:
        self._store, self._make, self._managed = store, make, managed

    def list(self, name: str = "", cluster: str = "") -> list[Integration]:
        """Masked, in no order. None are of a cluster."""
        found = [masked(one) for one in self._store.all() if (not name or one["name"] == name) and not cluster]
        random.shuffle(found)
        return found

    def get(self, identity: str) -> Integration:
        found = self._store.get(identity)
        if found is None:
            raise not_found(f"image integration {identity} not found")
        return masked(found)

    def post(self, integration: Integration) -> Integration:
        """Stores a new one and returns it, its secrets in clear."""
        integration = complete(integration)
        if integration["id"]:
            raise invalid("id field should be empty when posting a new image integration")
        if integration["type"] == "scannerv4":
            raise invalid("scanner V4 integration cannot be manually created")
        if integration["type"] == "google":
            raise invalid("google integration cannot be manually created")  # in words of our own
        self._check(integration)
        self._test_unless_skipped(integration)
        integration["id"] = str(uuid.uuid4())
        stored = copy.deepcopy(integration)
        self._store.put(stored)
        try:
            self._use(integration)
        except Refused:
            self._store.remove(integration["id"])
            raise
        return integration

    def update(self, config: Integration, update_password: bool) -> None:
        """Replaces one as a whole. What cannot be used is stored all the same, when it is not tested."""
        config = complete(config)
        self._check(config)
        self._reconcile(config, update_password)
        self._check(config)
        self._test_unless_skipped(config)
        self._store.put(config)
        self._use(config)

    def test(self, config: Integration | None, update_password: bool) -> None:
        """Tests, stores nothing, and does not look at skipTestIntegration."""
        if config is None:
            raise invalid("empty integration")
        config = complete(config)
        self._check(config)
        self._reconcile(config, update_password)
        self._test(config, 2)

    def delete(self, identity: str) -> None:
        found = self._store.get(identity)
        if found is not None and found["type"] == "scannerv4":
            raise invalid("scanner V4 integration cannot be deleted")
        self._store.remove(identity)

    def _check(self, integration: Integration) -> None:
        try:
            rules.check(integration, self._store.id_of)
        except Invalid as wrong:
            raise invalid(str(wrong)) from None

    def _reconcile(self, config: Integration, update_password: bool) -> None:
        stored = None
        if config["id"]:
            stored = self._store.get(config["id"])
            if stored is None:
                raise not_found(f'image integration "{config["id"]}" not found')
            if config["type"] != stored["type"] and "scannerv4" in (config["type"], stored["type"]):
                raise invalid("cannot change integration type to/from scanner V4")
        if update_password:
            return
        if stored is None:
            raise invalid("id required for stored credential reconciliation")
        try:
            rules.reconcile(config, stored)
        except Invalid as wrong:
            raise invalid(str(wrong)) from None

    def _test_unless_skipped(self, integration: Integration) -> None:
        if not integration["skipTestIntegration"]:
            self._test(integration, 3)
        integration["categories"].sort(key=CATEGORIES.index)

    def _test(self, integration: Integration, wrapped: int) -> None:
        for category in integration["categories"]:
            try:
                self._try(integration, category, test=True)
            except (Invalid, RegistryFailure) as wrong:
                what = {"REGISTRY": "registry", "SCANNER": "image scanner"}.get(category, "node scanner")
                # One function fewer hands on that there is no node scanner of a type.
                raise invalid(f"{what} integration: {wrong}", wrapped - (category == "NODE_SCANNER")) from None

    def _use(self, integration: Integration) -> None:
        """Central takes what is stored into use; what it cannot use is an internal error."""
        for category in integration["categories"]:
            try:
                self._try(copy.deepcopy(integration), category, test=False)
            except Invalid as wrong:
                raise Refused(INTERNAL, f"updating integration error: {wrong}") from None

    def _try(self, integration: Integration, category: str, test: bool) -> None:
        if category != "REGISTRY":
            rules.check_scanner(integration, node=category == "NODE_SCANNER")
            return
        rules.check_registry(integration, self._managed)
        if integration["type"] == "ecr":
            registry = self._make(integration, not test)
            if test:
                registry.test()
        elif test:
            config = integration.get("docker") or integration.get("quay") or {}
            host = str(config.get("endpoint") or "").removeprefix("https://")
            raise RegistryFailure(f'Get "https://{host}/v2/": dial tcp: lookup {host}: no such host')
