# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the results of the checks of access have in common: rows are counted, what matters comes first, and there is an end to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from .._policy.evaluation import Outcome
from .questions import Expected

#: Characters for all checks. AWX replaces results of more than 700,000 by nothing, and Ansible adds the options.
_BUDGET = 230_000


class CheckedRow(ABC):
    """A question with the answers of policies and of real calls."""

    @property
    @abstractmethod
    def expected(self) -> Expected | None:
        """What is expected; None when nothing is."""

    @property
    @abstractmethod
    def outcome(self) -> Outcome:
        """What counts of both answers."""

    @property
    @abstractmethod
    def agreement(self) -> tuple[bool | None, str | None]:
        """Whether both answers agree, None when one of them does not tell, and what about if they do not."""

    @property
    def as_expected(self) -> bool | None:
        """None when nothing is expected, or when it is not known."""
        return None if self.expected is None or self.outcome == "unknown" else self.outcome == self.expected


_Row = TypeVar("_Row", bound=CheckedRow)


def result_of(
    rows: Sequence[_Row], entry: Callable[[_Row], dict[str, Any]], failure: Callable[[Sequence[_Row]], Iterable[str]], fail_unknown: bool
) -> dict[str, Any]:
    """C(summary), C(checks), C(checks_left_out); C(failed) and C(msg) when rows are not as expected.

    ``entry`` makes one of C(checks); ``failure`` the lines of C(msg) below the first, of the rows that are to blame. ``fail_unknown``: what
    cannot be told fails, too.
    """
    ordered = sorted(rows, key=_rank)
    checks = _within_budget(map(entry, ordered))
    result: dict[str, Any] = {
        "changed": False,
        "summary": {
            "checks": len(rows),
            **{outcome: sum(row.outcome == outcome for row in rows) for outcome in ("allowed", "denied", "unknown")},
            "as_expected": sum(row.as_expected is True for row in rows),
            "mismatched": sum(row.as_expected is False for row in rows),
            "disagreements": sum(row.agreement[0] is False for row in rows),
        },
        "checks": checks,
        "checks_left_out": len(rows) - len(checks),
    }
    bad = [row for row in ordered if row.as_expected is False or (fail_unknown and row.outcome == "unknown")]
    if bad:
        heading = f"{len(bad)} of {len(rows)} checks {'is' if len(bad) == 1 else 'are'} not as expected:"
        result |= {"failed": True, "msg": "\n".join([heading, *failure(bad)])}
    return result


def _rank(row: CheckedRow) -> int:
    if row.as_expected is False:
        return 0
    if row.agreement[0] is False:
        return 1
    return 2 if row.outcome == "unknown" else 3


def _within_budget(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first ones, as many as there is room for."""
    fitting = []
    left = _BUDGET
    for entry in entries:
        left -= len(str(entry))
        if left < 0:
            break
        fitting.append(entry)
    return fitting
