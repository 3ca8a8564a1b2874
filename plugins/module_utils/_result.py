# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The result of modules that manage many things at once: one shape for none, one or many, and bounded.

AWX replaces results of more than 700,000 characters by nothing, so a large result says how much it left out instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from ._errors import service_error_behind
from ._flow import Place, place_of

_STATES = ("created", "updated", "deleted", "unchanged", "skipped", "failed")
#: Unchanged things are listed up to this many; more would bury the others.
_UNCHANGED_LISTED = 10
_CHANGED = ("created", "updated", "deleted")
#: Characters for all actions, and as many for all diffs. The rest is for the message, and for the options that Ansible adds.
_BUDGET = 250_000
_FAILURES_IN_MESSAGE = 5


class Outcome(Protocol):
    """What became of one thing, as a flow tells it."""

    @property
    def store(self) -> Place:
        """Where the thing is."""

    @property
    def kind(self) -> str:
        """What messages call it."""

    @property
    def action(self) -> str:
        """One of created, updated, deleted, unchanged, skipped and failed."""

    @property
    def before(self) -> str:
        """For a diff."""

    @property
    def after(self) -> str:
        """For a diff."""

    @property
    def error(self) -> Exception | None:
        """Why it failed."""

    @property
    def written(self) -> bool:
        """Whether it failed after it had been written."""

    @property
    def may_be_written(self) -> bool:
        """The same, also where nobody knows."""


Told = TypeVar("Told", bound=Outcome)


def build_result(
    outcomes: Sequence[Told],
    details: Callable[[Told], dict[str, Any]],
    with_diff: bool,
    check_mode: bool,
    explain: Callable[[Told], Sequence[str]] | None = None,
) -> dict[str, Any]:
    """The result of a module.

    ``details`` are further fields for the entry of an outcome, ``explain`` lines of text that follow its diff.
    Returns C(changed), C(summary) (how many were created, updated, ...), C(actions) (what was done to each), C(actions_left_out),
    and with ``with_diff`` also C(diff). When something failed: C(failed) and C(msg).
    """
    summary = {state: sum(outcome.action == state for outcome in outcomes) for state in _STATES}
    listed = [one for one in outcomes if one.action != "unchanged" or summary["unchanged"] <= _UNCHANGED_LISTED]
    actions = _within_budget([_entry(outcome, details(outcome)) for outcome in listed])
    result: dict[str, Any] = {
        "changed": any(map(_is_changed, outcomes)),
        "summary": summary,
        "actions": actions,
        "actions_left_out": len(listed) - len(actions),
    }
    if with_diff:
        result["diff"] = _diffs(outcomes, explain)
    if summary["failed"]:
        result |= {"failed": True, "msg": _failure(outcomes, summary, check_mode)}
    return result


def _is_changed(outcome: Outcome) -> bool:
    return outcome.action in _CHANGED or outcome.written


def _entry(outcome: Outcome, details: dict[str, Any]) -> dict[str, Any]:
    place = {"account": outcome.store.account, "region": outcome.store.region, "resource": outcome.store.resource}
    return {**place, "action": outcome.action, **details, "error": _error(outcome)}


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


def _diffs(outcomes: Sequence[Told], explain: Callable[[Told], Sequence[str]] | None) -> list[dict[str, str]]:
    diffs: list[dict[str, str]] = []
    changed = [outcome for outcome in outcomes if _is_changed(outcome) and outcome.before != outcome.after]
    left = _BUDGET
    for outcome in changed:
        header = f"{outcome.kind} of {place_of(outcome.store)}"
        diff = {"before_header": header, "after_header": header, "before": outcome.before, "after": outcome.after}
        if explain:
            diff["prepared"] = "".join(f"{line}\n" for line in explain(outcome))
        left -= len(str(diff))
        if left < 0:
            diffs.append({"prepared": f"... {len(changed) - len(diffs)} more differ\n"})
            break
        diffs.append(diff)
    return diffs


def _failure(outcomes: Sequence[Outcome], summary: dict[str, int], check_mode: bool) -> str:
    failed = [outcome for outcome in outcomes if outcome.action == "failed"]
    texts = [f"{outcome.kind} of {place_of(outcome.store)}: {outcome.error}" for outcome in failed[:_FAILURES_IN_MESSAGE]]
    if len(failed) > len(texts):
        texts.append(f"and {len(failed) - len(texts)} more")
    done = [f"{summary[state]} {state}" for state in _CHANGED if summary[state]]
    unsure = sum(outcome.may_be_written for outcome in failed)
    done += [f"{unsure} of those that failed, as far as can be told"] if unsure else []
    if check_mode:
        after = "This is check mode, nothing was written."
    elif done:
        after = f"Written nevertheless: {', '.join(done)}. Mend the cause and run again, the run continues where it stopped."
    else:
        after = "Nothing was written."
    return f"{len(failed)} of {len(outcomes)} failed: {'; '.join(texts)}. {after}"
