# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""One image integration of type ECR, as the flow of settings sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._errors import RegistryError, ServiceError
from .._settings_flow import Settings
from .client import CentralError
from .failures import FailedTest, failure_in
from .integrations import Integrations, Unusable, is_ecr
from .plan import NEW, Integration, Wanted, create_body, settings_of, update_body
from .rules import KEYS

#: What Central says of a second integration with the same name.
_TAKEN = "already exists"
_DELETED = "somebody else has deleted it meanwhile; run again"


class IntegrationStore:
    """An integration, found by its name, or by the new one that it may have already.

    ``listed`` are all integrations of Central, so that one call is enough for many stores. ``tests``: what Central is told not to test
    when it saves it is tested right before. Keys are only ever sent.
    """

    kind = "ECR integration"

    def __init__(self, integrations: Integrations, wanted: Wanted, listed: Sequence[Integration], tests: bool) -> None:
        self._integrations = integrations
        self._wanted = wanted
        self._tests = tests
        self._listed: Mapping[str, Integration] | None = {one["name"]: one for one in listed}
        self._there: Integration | None = None
        self._gave_keys = False
        self._may_be_created = False
        self._trouble: Unusable | None = None
        found = self._listed.get(wanted.name) or self._listed.get(wanted.new_name or "") or {}
        ecr = found.get("ecr") or {}
        self.account: str | None = wanted.registry_id or ecr.get("registryId") or None
        self.region: str | None = wanted.region or ecr.get("region") or None
        self.resource = wanted.name

    @property
    def id(self) -> str | None:
        """The id by which Central knows it; None when it is not there."""
        return self._there["id"] if self._there else None

    def read(self) -> Settings | None:
        """See SettingsStore.read(); raises RegistryError also when something else has its name."""
        if self._trouble:
            raise self._trouble
        self._there = self._find()
        if self._there is None:
            return None
        if not is_ecr(self._there):
            raise RegistryError(f"there is an integration of type {self._there.get('type')} with this name; give another 'name'")
        settings = settings_of(self._there)
        if settings["keys"] and self._gave_keys:
            settings["keys"] = NEW
        return settings

    def _find(self) -> Integration | None:
        if self._listed is not None:
            found, renamed = self._listed.get(self._wanted.name), self._listed.get(self._wanted.new_name or "")
            self._listed = None
            if found and renamed and found is not renamed:
                raise RegistryError(
                    f'it cannot be renamed: integration with name "{self._wanted.new_name}" already exists; delete one of them first'
                )
            return found or renamed
        if self._there is not None:
            there = self._integrations.get(self._there["id"])
            if there is not None or self._wanted.absent:
                return there
        return self._integrations.named(self._wanted.new_name or self._wanted.name)

    def same(self, _setting: str, current: Any, desired: Any) -> bool:
        """See SettingsStore.same(); the plan keeps the stored spelling of what means the same."""
        return bool(current == desired) or (not current and not desired)

    def can_change(self, _setting: str, _value: Any) -> bool:
        """See SettingsStore.can_change()."""
        return True

    def create(self, settings: Settings) -> None:
        """See SettingsStore.create(); raises FailedTest when Central cannot get into the registry."""
        if self._tests and settings["skip_test"]:
            self.test(settings)
        try:
            self._integrations.create(create_body(settings, self._wanted.keys))
        except CentralError as error:
            if not (self._may_be_created and _TAKEN in error.message):
                self._may_be_created = error.passing is not None
                raise _told(error, settings) from error
            # Central was still at the first try, whose answer was not waited for.
        self._gave_keys = settings["credentials"] == KEYS

    def update(self, settings: Settings, changed: Sequence[str]) -> None:
        """See SettingsStore.update(); what somebody else has changed meanwhile stays."""
        its_id = self._known_id()
        self._there = stored = self._integrations.get(its_id)
        if stored is None:
            raise RegistryError(_DELETED)
        settings = {**settings_of(stored), **{name: settings[name] for name in changed}}
        body = update_body(stored, settings, self._wanted.keys)
        if self._tests and settings["skip_test"]:
            self.test(settings)
        try:
            self._integrations.update(its_id, body)
        except Unusable as error:
            # It is written; reading it back tells.
            self._trouble = error
        except CentralError as error:
            raise _told(error, settings) from error
        self._gave_keys = settings["keys"] == NEW

    def delete(self) -> None:
        """See SettingsStore.delete()."""
        self._integrations.delete(self._known_id())

    def waits_for(self, error: ServiceError) -> str | None:
        """See SettingsStore.waits_for()."""
        if isinstance(error, FailedTest) and error.failure.may_pass:
            return "AWS does not let Central in (yet)"
        return None

    def test(self, settings: Settings) -> None:
        """Has Central try these settings, with the stored keys unless new ones are to be written. Raises CentralError, FailedTest."""
        keys = self._wanted.keys
        try:
            if self._there is None:
                self._integrations.test_new(create_body(settings, keys))
            else:
                self._integrations.test_stored(update_body(self._there, settings, keys))
        except CentralError as error:
            raise _told(error, settings) from error

    def _known_id(self) -> str:
        if self.id is None:
            raise RegistryError(_DELETED)
        return self.id


def _told(error: CentralError, settings: Settings) -> CentralError:
    failure = failure_in(error)
    return FailedTest(error, failure, settings) if failure else error
