# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What a policy module returns: one shape for none, one or many documents, and bounded.

AWX replaces results of more than 700,000 characters by nothing, so a large result says how much it left out instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._errors import ServiceError, service_error_behind
from ._policy.difference import AccessChange
from ._policy_flow import Outcome, place_of

_STATES = ("created", "updated", "deleted", "unchanged", "skipped", "failed")
#: Unchanged documents are listed up to this many; more would bury the others.
_UNCHANGED_LISTED = 10
_ACCESS_CHANGES_LISTED = 50
_CHANGED = ("created", "updated", "deleted")
#: Characters for all actions, and as many for all diffs. The rest is for the message, and for the options that Ansible adds.
_BUDGET = 250_000
_FAILURES_IN_MESSAGE = 5


def build_result(outcomes: Sequence[Outcome], with_diff: bool, check_mode: bool) -> dict[str, Any]:
    """The result of a policy module.

    Returns C(changed), C(summary) (how many documents were created, updated, ...), C(actions) (what was done to each document),
    C(actions_left_out), and with ``with_diff`` also C(diff). When a document failed: C(failed) and C(msg).
    """
    summary = {state: sum(outcome.action == state for outcome in outcomes) for state in _STATES}
    listed = [one for one in outcomes if one.action != "unchanged" or summary["unchanged"] <= _UNCHANGED_LISTED]
    actions = _within_budget([_action(outcome) for outcome in listed])
    result: dict[str, Any] = {
        "changed": any(map(_is_changed, outcomes)),
        "summary": summary,
        "actions": actions,
        "actions_left_out": len(listed) - len(actions),
    }
    if with_diff:
        result["diff"] = _diffs(outcomes)
    if summary["failed"]:
        result |= {"failed": True, "msg": _failure(outcomes, summary, check_mode)}
    return result


def _is_changed(outcome: Outcome) -> bool:
    return outcome.action in _CHANGED or outcome.written


def _action(outcome: Outcome) -> dict[str, Any]:
    plan, store = outcome.plan, outcome.store
    changes = [_access_change(change) for change in outcome.changes[:_ACCESS_CHANGES_LISTED]]
    return {
        "account": store.account,
        "region": store.region,
        "resource": store.resource,
        "action": outcome.action,
        "statements_added": plan.added if plan else [],
        "statements_replaced": plan.replaced if plan else [],
        "statements_removed": plan.removed if plan else [],
        "orphan_principals_dropped": plan.orphans_dropped if plan else [],
        "access_changes": changes,
        "access_changes_left_out": len(outcome.changes) - len(changes),
        "size": outcome.size,
        "size_limit": store.kind.limit,
        "error": _error(outcome),
    }


def _access_change(change: AccessChange) -> dict[str, Any]:
    return {
        "principal": change.principal,
        "resource": change.resource,
        "condition": change.condition,
        "actions_gained": list(change.actions_gained),
        "actions_lost": list(change.actions_lost),
    }


def _error(outcome: Outcome) -> dict[str, Any] | None:
    if outcome.error is None:
        return None
    cause = service_error_behind(outcome.error)
    return {
        "message": str(outcome.error),
        "code": cause.code if cause else None,
        "request_id": cause.request_id if cause else None,
    }


def _within_budget(actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many actions as fit; failures come first, then the rest in their order."""
    left = _BUDGET
    kept = set()
    for at in sorted(range(len(actions)), key=lambda at: (actions[at]["action"] != "failed", at)):
        left -= len(str(actions[at]))
        if left < 0:
            break
        kept.add(at)
    return [action for at, action in enumerate(actions) if at in kept]


def _diffs(outcomes: Sequence[Outcome]) -> list[dict[str, str]]:
    diffs: list[dict[str, str]] = []
    changed = [outcome for outcome in outcomes if _is_changed(outcome) and outcome.before != outcome.after]
    left = _BUDGET
    for outcome in changed:
        header = f"{outcome.store.kind.name} of {place_of(outcome.store)}"
        diff = {"before_header": header, "after_header": header, "before": outcome.before, "after": outcome.after}
        diff["prepared"] = "".join(f"{line}\n" for line in _access_lines(outcome))
        left -= len(str(diff))
        if left < 0:
            diffs.append({"prepared": f"... {len(changed) - len(diffs)} more documents differ\n"})
            break
        diffs.append(diff)
    return diffs


def _access_lines(outcome: Outcome) -> list[str]:
    """What a diff means: a line for everybody who gains or loses something."""
    lines = []
    for change in outcome.changes[:_ACCESS_CHANGES_LISTED]:
        where = "" if change.resource == "*" else f" on {change.resource}"
        when = f" if {change.condition}" if change.condition else ""
        for verb, actions in (("gains", change.actions_gained), ("loses", change.actions_lost)):
            if actions:
                lines.append(f"{change.principal} {verb} {', '.join(actions)}{where}{when}")
    if len(outcome.changes) > _ACCESS_CHANGES_LISTED:
        lines.append(f"... and {len(outcome.changes) - _ACCESS_CHANGES_LISTED} more")
    return lines or ["nobody gains or loses access"]


def _failure(outcomes: Sequence[Outcome], summary: dict[str, int], check_mode: bool) -> str:
    failed = [outcome for outcome in outcomes if outcome.action == "failed"]
    texts = [f"{outcome.store.kind.name} of {place_of(outcome.store)}: {outcome.error}" for outcome in failed[:_FAILURES_IN_MESSAGE]]
    if len(failed) > len(texts):
        texts.append(f"and {len(failed) - len(texts)} more")
    done = [f"{summary[state]} {state}" for state in _CHANGED if summary[state]]
    unsure = sum(outcome.written or _may_be_written(outcome) for outcome in failed)
    done += [f"{unsure} of those that failed, as far as can be told"] if unsure else []
    if check_mode:
        after = "This is check mode, nothing was written."
    elif done:
        after = f"Written nevertheless: {', '.join(done)}. Mend the cause and run again, the run continues where it stopped."
    else:
        after = "Nothing was written."
    return f"{len(failed)} of {len(outcomes)} failed: {'; '.join(texts)}. {after}"


def _may_be_written(outcome: Outcome) -> bool:
    """Whether the answer to a write got lost."""
    return outcome.plan is not None and isinstance(outcome.error, ServiceError) and outcome.error.passing is not None
