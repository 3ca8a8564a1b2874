# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the check of access to secrets returns: bounded, and what matters first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from .._policy.evaluation import Outcome
from .checked_rows import CheckedRow, result_of
from .questions import Expected, name_of
from .secret_asked import SecretQuestion
from .secret_probing import SecretProbe, disagreement, outcome_with
from .secret_question import SecretSide, SecretVerdict

_LINES = 20
_NO_CREDENTIAL = "it can be read, but is no JSON object with username and password, which is what ECS, Batch and ECR need"


@dataclass(frozen=True)
class SecretRow(CheckedRow):
    """A question, what is known of the secret (None when not even which one it is), and the answers; None where nobody asked."""

    question: SecretQuestion
    side: SecretSide | None = None
    verdict: SecretVerdict | None = None
    probe: SecretProbe | None = None

    @property
    def expected(self) -> Expected | None:
        return self.question.expected

    @cached_property
    def outcome(self) -> Outcome:
        return outcome_with(self.verdict, self.probe)

    @cached_property
    def agreement(self) -> tuple[bool | None, str | None]:
        return disagreement(self.verdict, self.probe) if self.verdict and self.probe else (None, None)

    @property
    def reason(self) -> str:
        """Why it is as it is. Policies tell more than a read, unless it says something else."""
        verdict, probe = self.verdict, self.probe
        if probe and probe.credential is False:
            return _NO_CREDENTIAL
        if verdict and (probe is None or self.outcome == verdict.outcome):
            untried = f" (it could not be tried: {probe.reason})" if probe and probe.outcome == "unknown" else ""
            return verdict.reason + untried
        return probe.reason if probe else ""


def secret_result(rows: Sequence[SecretRow], fail_unknown: bool = False) -> dict[str, Any]:
    """The module's result: C(summary), C(checks), C(checks_left_out); C(failed) and C(msg) when rows are not as expected.

    ``fail_unknown``: what cannot be told fails, too.
    """
    return result_of(rows, _check, _failure, fail_unknown)


def _check(row: SecretRow) -> dict[str, Any]:
    question, side, verdict = row.question, row.side, row.verdict
    return {
        "principal": question.principal.text,
        "secret": side.arn if side else question.secret.text,
        "secret_account": question.secret.account,
        "region": question.secret.region,
        "kms_key_arn": side.key if side else None,
        "expected": question.expected,
        "evaluated": verdict.outcome if verdict else None,
        "probed": row.probe.outcome if row.probe else None,
        "outcome": row.outcome,
        "as_expected": row.as_expected,
        "agree": row.agreement[0],
        "credential": row.probe.credential if row.probe else None,
        "reason": row.reason,
        "disagreement": row.agreement[1],
        "steps": [asdict(step) for step in verdict.steps] if verdict else [],
        "unknown": list(verdict.unknown) if verdict else [],
        "missing": [asdict(one) for one in verdict.missing] if verdict and row.outcome != "allowed" else [],
    }


def _failure(bad: Sequence[SecretRow]) -> list[str]:
    lines = _first(f"- {name_of(row.question.principal)} on {row.question.secret.text}: {_wanted(row)}{row.reason}" for row in bad)
    missing = [one for row in bad if row.verdict and row.outcome != "allowed" for one in row.verdict.missing]
    statements = list(
        dict.fromkeys(f"- {one.document}{f' in {one.account}' if one.account else ''}: {json.dumps(one.statement)}" for one in missing)
    )
    return [*lines, *(["", "What is missing:", *_first(statements)] if statements else [])]


def _wanted(row: SecretRow) -> str:
    return f"{row.question.expected} is expected, it is {row.outcome}: " if row.question.expected else f"it is {row.outcome}: "


def _first(lines: Iterable[str]) -> list[str]:
    told = list(lines)
    more = [f"... and {len(told) - _LINES} more, see 'checks' in the result"] if len(told) > _LINES else []
    return [*told[:_LINES], *more]
