# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a rule may stay invalid, and which rules are validated at all."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.cache_rule import CacheRuleStore
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.cache_validation import Validation
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.settings_module import Registry
from ansible_collections.crossaccount.registry.plugins.module_utils._settings_flow import Outcome

SETTINGS = {"upstream_registry": "quay", "upstream_registry_url": "quay.io", "credential_arn": None, "custom_role_arn": None}


class Validated:
    """Runs a validation against an ECR that finds the rule invalid some times; counts what it is asked."""

    def __init__(self, invalid: int, wait_timeout: float = 60, check_mode: bool = False) -> None:
        self.asked, self.now = 0, 0.0
        self._invalid = invalid
        self._validation = Validation(wait_timeout, check_mode, 1, lambda: self.now, self._sleep)
        client: Any = SimpleNamespace(validate_pull_through_cache_rule=self._answer)
        self._store = CacheRuleStore(Registry("111122223333", "eu-west-1", client, client), "quay")

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def _answer(self, ecrRepositoryPrefix: str) -> dict[str, Any]:  # noqa: N803
        assert ecrRepositoryPrefix == "quay"
        self.asked += 1
        return {"isValid": self.asked > self._invalid, "failure": "no"}

    def run(self, action: str) -> Outcome:
        planned = None if action == "deleted" else SETTINGS
        return self._validation.run([Outcome(self._store, action, None, planned)])[0]


def test_a_new_role_has_time_to_take_effect() -> None:
    validated = Validated(invalid=3)
    assert validated.run("created").action == "created"
    assert validated.asked == 4


def test_waiting_ends() -> None:
    validated = Validated(invalid=99, wait_timeout=5)
    outcome = validated.run("created")
    assert (outcome.action, outcome.written, outcome.more) == ("failed", True, {"validation": {"valid": False, "failure": "no"}})
    assert validated.now <= 5


@pytest.mark.parametrize(
    ("action", "check_mode", "asked"),
    [
        ("unchanged", False, 1),
        ("unchanged", True, 1),
        ("updated", False, 1),
        ("updated", True, 0),
        ("created", True, 0),
        ("deleted", False, 0),
        ("failed", False, 0),
        ("skipped", False, 0),
    ],
)
def test_which_rules_are_validated(action: str, check_mode: bool, asked: int) -> None:
    validated = Validated(invalid=0, check_mode=check_mode)
    assert validated.run(action).action == action
    assert validated.asked == asked


def test_an_unchanged_rule_that_is_not_valid_was_not_written() -> None:
    validated = Validated(invalid=99, check_mode=True)
    assert (validated.run("unchanged").written, validated.asked) == (False, 1)
