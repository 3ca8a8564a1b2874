# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""From the options of the module for image integrations to what became of each: plan, write, test, health."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._errors import RegistryError, service_error_behind
from .._fanout import fan_out
from .._flow import pauses
from .._settings_flow import Item, Outcome, Planner, Settings, SettingsFlow, SettingsOptions
from .failures import FailedTest
from .integration_options import read_wanted
from .integration_store import IntegrationStore
from .integrations import Integrations
from .plan import Wanted, plan
from .rules import CONTAINER_IAM

#: Integrations are worked on so many at a time: Central asks AWS before it answers.
_WORKERS = 4


@dataclass(frozen=True)
class IntegrationFlow:
    """Brings integrations to what the options say. ``warn`` gets lines of text; ``clock`` and ``sleep`` can be replaced in tests."""

    integrations: Integrations
    warn: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def run(self, params: Mapping[str, Any], check_mode: bool) -> list[Outcome]:
        """One outcome for each integration, with C(test) and C(health). Raises RegistryError for what makes no sense, or when the list
        of integrations cannot be read.
        """
        wanted, tests = read_wanted(params), params["test"]
        if params["wait_timeout"] < 0:
            raise RegistryError(f"'wait_timeout' is {params['wait_timeout']}; give 0 or more seconds")
        if not wanted:
            return []
        listed = self.integrations.all()
        items = [Item(IntegrationStore(self.integrations, one, listed, tests), self._planner(one, tests)) for one in wanted]
        options = SettingsOptions(check_mode, params["on_error"] == "stop", params["wait_timeout"], _WORKERS)
        outcomes = SettingsFlow(options, clock=self.clock, sleep=self.sleep).run(items)
        if tests:
            done = fan_out(lambda outcome: self._tested(outcome, options), outcomes, _WORKERS)
            outcomes = [one.result or outcome for outcome, one in zip(outcomes, done, strict=True)]
        health = {} if params["state"] == "absent" else self._health()
        return [_with_details(outcome, tests, health) for outcome in outcomes]

    def _planner(self, wanted: Wanted, tests: bool) -> Planner:
        def planner(current: Settings | None) -> Settings | None:
            planned = plan(wanted, current)
            asks = planned is not None and (tests or planned != current)
            if planned and asks and planned["credentials"] == CONTAINER_IAM and not self.integrations.can_use_container_iam():
                raise RegistryError(
                    "using container IAM role for ECR scanning is not available in this environment; "
                    "this Central is a managed one, give 'access_key' and 'secret_key'"
                )
            return planned

        return planner

    def _tested(self, outcome: Outcome, options: SettingsOptions) -> Outcome:
        """The outcome after a test, where it was not tested when it was written. In check mode nothing is waited for."""
        store = outcome.store
        is_due = outcome.action == "unchanged" or (options.check_mode and outcome.action in ("created", "updated"))
        if outcome.planned is None or not is_due or not isinstance(store, IntegrationStore):
            return outcome
        deadline, waits = self.clock() + (0 if options.check_mode else options.wait_timeout), pauses()
        while True:
            try:
                store.test(outcome.planned)
            except FailedTest as error:
                pause = next(waits)
                if not error.failure.may_pass or self.clock() + pause > deadline:
                    return replace(outcome, action="failed", error=error)
            except RegistryError as error:
                return replace(outcome, action="failed", error=error)
            else:
                return outcome
            self.sleep(pause)

    def _health(self) -> dict[str, dict[str, Any]]:
        try:
            return self.integrations.health()
        except RegistryError as error:
            self.warn(f"The health of the integrations is not known: {error}")
            return {}


def _with_details(outcome: Outcome, tests: bool, health: Mapping[str, Mapping[str, Any]]) -> Outcome:
    its_health = health.get((isinstance(outcome.store, IntegrationStore) and outcome.store.id) or "")
    shown = its_health and {"status": its_health["status"], "error_message": its_health["error_message"]}
    return replace(outcome, more={"test": _test_of(outcome, tests), "health": shown})


def _test_of(outcome: Outcome, tests: bool) -> dict[str, Any] | None:
    """What the result says of a test; None where there was none."""
    error = service_error_behind(outcome.error)
    if isinstance(error, FailedTest):
        return {"passed": False, "layer": error.failure.layer, "failure": error.failure.text}
    if not tests or outcome.planned is None or outcome.action not in ("created", "updated", "unchanged"):
        return None
    return {"passed": True, "layer": None, "failure": None}
