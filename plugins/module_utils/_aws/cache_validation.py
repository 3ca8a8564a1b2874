# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Whether pull-through cache rules reach their upstreams, after they were written."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._access.fetch_failure import explain_fetch
from .._errors import RegistryError
from .._fanout import fan_out
from .._flow import pauses
from .._settings_flow import Outcome, Settings
from .._upstreams import ECR, ecr_home
from .cache_rule import CacheRuleStore


@dataclass(frozen=True)
class Validation:
    """How rules are validated. ``wait_timeout`` is how long a rule may stay invalid, in seconds: new roles and policies need some to
    take effect. In check mode nothing is waited for, and rules that would be written are not validated.

    ``clock`` and ``sleep`` can be replaced in tests.
    """

    wait_timeout: float
    check_mode: bool
    workers: int
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def run(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """The outcomes with C(validation) for the result; those that are not valid have failed."""
        done = fan_out(self._one, outcomes, self.workers)
        return [one.result or _failed(outcome, one.error, None) for outcome, one in zip(outcomes, done, strict=True)]

    def _one(self, outcome: Outcome) -> Outcome:
        store = outcome.store
        there = outcome.action == "unchanged" or (outcome.action in ("created", "updated") and not self.check_mode)
        if outcome.planned is None or not there or not isinstance(store, CacheRuleStore):
            return with_validation(outcome)
        deadline, waits = self.clock() + (0 if self.check_mode else self.wait_timeout), pauses()
        while (failure := store.validate()) is not None:
            pause = next(waits)
            if self.clock() + pause > deadline:
                cause = explain_fetch(failure)
                text = f"{cause} (ECR says: {failure})" if cause else f"{failure.rstrip('.')}; {_advice(outcome.planned)}"
                return _failed(outcome, RegistryError(f"the rule is there, but not valid: {text}"), failure)
            self.sleep(pause)
        return with_validation(outcome, {"valid": True, "failure": None})


def with_validation(outcome: Outcome, validation: dict[str, Any] | None = None) -> Outcome:
    """The outcome with what its validation said; None where there was none."""
    return replace(outcome, more={"validation": validation})


def _failed(outcome: Outcome, error: Any, failure: str | None) -> Outcome:
    failed = replace(outcome, action="failed", error=error, written=outcome.action in ("created", "updated"))
    return with_validation(failed, None if failure is None else {"valid": False, "failure": failure})


def _advice(settings: Settings) -> str:
    """What to look at when a rule is not valid, by what ECR needs to reach that kind of upstream.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
    """
    url, role = settings["upstream_registry_url"], settings["custom_role_arn"]
    home = ecr_home(url)
    if settings["upstream_registry"] == ECR and home:
        how = f"that the role {role} trusts pullthroughcache.ecr.amazonaws.com and may fetch from {url}" if role else f"that {url} exists"
        return f"check {how}, and that a registry or repository policy of account {home[0]} in {home[1]} lets the role's account fetch"
    if settings["credential_arn"]:
        return f"check that username and accessToken in the secret {settings['credential_arn']} are those of a user of {url}"
    return f"check that {url} can be reached"
