# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the modules for policy documents return about each document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._policy.difference import AccessChange
from ._policy_flow import Outcome
from ._result import build_result

_ACCESS_CHANGES_LISTED = 50


def policy_result(outcomes: Sequence[Outcome], with_diff: bool, check_mode: bool) -> dict[str, Any]:
    """The result of a policy module; see build_result."""
    return build_result(outcomes, _details, with_diff, check_mode, explain=_access_lines)


def _details(outcome: Outcome) -> dict[str, Any]:
    plan = outcome.plan
    return {
        "statements_added": plan.added if plan else [],
        "statements_replaced": plan.replaced if plan else [],
        "statements_removed": plan.removed if plan else [],
        "orphan_principals_dropped": plan.orphans_dropped if plan else [],
        **shown_changes(outcome.changes),
        "size": outcome.size,
        "size_limit": outcome.store.kind.limit,
    }


def shown_changes(changes: Sequence[AccessChange]) -> dict[str, Any]:
    """Who gains or loses what, as C(access_changes) and C(access_changes_left_out) of a result."""
    listed = [_access_change(change) for change in changes[:_ACCESS_CHANGES_LISTED]]
    return {"access_changes": listed, "access_changes_left_out": len(changes) - len(listed)}


def _access_change(change: AccessChange) -> dict[str, Any]:
    return {
        "principal": change.principal,
        "resource": change.resource,
        "condition": change.condition,
        "actions_gained": list(change.actions_gained),
        "actions_lost": list(change.actions_lost),
    }


def _access_lines(outcome: Outcome) -> list[str]:
    return change_lines(outcome.changes)


def change_lines(changes: Sequence[AccessChange]) -> list[str]:
    """What a diff means: a line for everybody who gains or loses something."""
    lines = []
    for change in changes[:_ACCESS_CHANGES_LISTED]:
        where = "" if change.resource == "*" else f" on {change.resource}"
        when = f" if {change.condition}" if change.condition else ""
        for verb, actions in (("gains", change.actions_gained), ("loses", change.actions_lost)):
            if actions:
                lines.append(f"{change.principal} {verb} {', '.join(actions)}{where}{when}")
    if len(changes) > _ACCESS_CHANGES_LISTED:
        lines.append(f"... and {len(changes) - _ACCESS_CHANGES_LISTED} more")
    return lines or ["nobody gains or loses access"]
