# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Whether what an account's host found is a failure, and how to say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._errors import RegistryError
from .failure_text import table, what_is_missing
from .finding import SEVERITIES
from .report import Row, state_of

_ROWS = 20
_HEADER = ("principal", "repository", "access", "expected", "policies", "tried", "why")


@dataclass(frozen=True)
class Rules:
    """What counts as a failure, besides declared access that does not work. ``severity``: findings this severe or more."""

    undeclared: bool = False
    unknown: bool = False
    unprobed: bool = False
    severity: str | None = None

    def __post_init__(self) -> None:
        """Raises RegistryError for a severity that there is not."""
        if self.severity is not None and self.severity not in SEVERITIES:
            raise RegistryError(f"'{self.severity}' is no severity; there are {', '.join(SEVERITIES)}")


def failure_of(result: Mapping[str, Any], rules: Rules) -> str:
    """What is wrong, as text for people, with a table; empty when nothing is. ``result`` is as report.py describes it."""
    checks = result.get("checks") or ()
    parts = [
        _broken(checks),
        _table_of("works without being declared", "work without being declared", [one for one in checks if state_of(one) == "undeclared"])
        if rules.undeclared
        else "",
        _table_of("is not known", "are not known", [one for one in checks if state_of(one) == "unknown"]) if rules.unknown else "",
        _table_of("declared, but was not tried", "declared, but were not tried", [one for one in checks if _is_unprobed(one)])
        if rules.unprobed
        else "",
        _findings(result.get("findings") or (), rules.severity) if rules.severity else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _is_unprobed(check: Row) -> bool:
    return check["expected"] == "allowed" and check["probed"] not in ("allowed", "denied")


def _broken(checks: Sequence[Row]) -> str:
    rows = [check for check in checks if state_of(check) == "broken"]
    text = _table_of("is declared and does not work", "are declared and do not work", rows)
    return "\n".join([text, *what_is_missing(row["missing"] for row in rows)])


def _findings(findings: Iterable[Row], severity: str) -> str:
    bad = [one for one in findings if SEVERITIES.index(one["severity"]) <= SEVERITIES.index(severity)]
    if not bad:
        return ""
    lines = [
        f"{len(bad)} {'finding is' if len(bad) == 1 else 'findings are'} {severity}{'' if severity == SEVERITIES[0] else ' or worse'}:"
    ]
    lines += [f"- {one['severity']}, {_place(one)}: {one['message']} {one['remedy']}" for one in bad[:_ROWS]]
    return "\n".join(lines) + _rest(len(bad) - _ROWS)


def _place(finding: Row) -> str:
    names = finding.get("repositories") or []
    count = finding.get("repositories_count") or len(names)
    what = f"{names[0]} and {count - 1} more" if count > 1 else names[0] if names else finding["document"]
    return f"{finding['account']} {finding['region']} {what}"


def _table_of(one: str, many: str, rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    told = [_HEADER, *(_cells(row) for row in rows[:_ROWS])]
    return (
        f"{len(rows)} {'access' if len(rows) == 1 else 'accesses'} {one if len(rows) == 1 else many}:\n"
        + "\n".join(table(told))
        + _rest(len(rows) - _ROWS)
    )


def _cells(row: Row) -> tuple[str, ...]:
    where = f"{row['registry_account']} {row['region']} {row['repository']}"
    return row["principal"], where, row["access"], *(row[key] or "-" for key in ("expected", "evaluated", "probed")), row["reason"] or ""


def _rest(number: int) -> str:
    return f"\n... and {number} more" if number > 0 else ""
