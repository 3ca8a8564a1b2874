# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the check of access returns: bounded, what matters first, and a table of what is not as expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .._grants import Grant
from .._policy.evaluation import Outcome
from .checked_rows import CheckedRow, result_of
from .explanation import Explanation, explain
from .failure_text import table, what_is_missing
from .matrix import NotChecked
from .missing_statement import Missing
from .probing import Answer, Probe, disagreement, explain_probe, outcome_with
from .questions import Expected, Question, name_of
from .sides import Evidence
from .verdicts import Judged, Verdict

_TABLE_ROWS = 20
_COLUMNS = ("principal", "repository", "access", "expected", "evaluated", "probed", "why")


@dataclass(frozen=True)
class Row(CheckedRow):
    """A question and its answers; None where nobody asked."""

    question: Question
    verdict: Verdict | None = None
    probe: Probe | None = None

    @property
    def expected(self) -> Expected | None:
        return self.question.expected

    @property
    def evaluated(self) -> str | None:
        return self.verdict.outcome if self.verdict else None

    @property
    def probed(self) -> str | None:
        return self.probe.outcome if self.probe else None

    @cached_property
    def outcome(self) -> Outcome:
        return outcome_with(self.verdict, self.probe)

    @property
    def told_by_policies(self) -> bool:
        """Whether the policies explain the answer; they tell more than real calls, unless those say something else."""
        return self.verdict is not None and (self.probe is None or self.outcome in ("unknown", self.verdict.outcome))

    @cached_property
    def agreement(self) -> tuple[bool | None, str | None]:
        return disagreement(self.verdict, self.probe) if self.verdict and self.probe else (None, None)


@dataclass(frozen=True)
class Basis:
    """What explanations are drawn from."""

    evidence: Evidence
    grants: tuple[Grant, ...] = ()


def check_result(rows: Sequence[Row], basis: Basis, not_checked: Sequence[NotChecked] = (), fail_unknown: bool = False) -> dict[str, Any]:
    """The module's result: C(summary), C(checks), C(checks_left_out), C(not_checked); C(failed) and C(msg) when rows are not as expected.

    ``fail_unknown``: what cannot be told fails, too.
    """
    result = result_of(rows, lambda row: _check(row, basis), lambda bad: _failure(bad, basis), fail_unknown)
    result["summary"] |= {
        "expected_allowed": sum(row.expected == "allowed" for row in rows),
        "not_checked": len(not_checked),
    }
    return {**result, "not_checked": [one._asdict() for one in not_checked]}


def explanation_of(row: Row, basis: Basis) -> Explanation:
    """Why a row is as it is."""
    if row.verdict and row.told_by_policies:
        return explain(row.question, row.verdict, basis.evidence, basis.grants)
    return explain_probe(row.question, row.probe or Probe(), basis.grants)


def _check(row: Row, basis: Basis) -> dict[str, Any]:
    question, verdict = row.question, row.verdict
    deciding = verdict.deciding if verdict and row.told_by_policies else None
    answer = row.probe.deciding if row.probe and not row.told_by_policies else None
    explanation = explanation_of(row, basis)
    action = deciding.step.action if deciding else answer.action if answer else None
    return {
        "principal": question.principal.text,
        "registry_account": question.registry.account,
        "region": question.registry.region,
        "repository": question.repository,
        "access": question.access,
        "grant": question.grant,
        "expected": question.expected,
        "evaluated": row.evaluated,
        "probed": row.probed,
        "outcome": row.outcome,
        "as_expected": row.as_expected,
        "agree": row.agreement[0],
        "action": action,
        "layer": _layer(deciding, answer),
        "document": deciding.decision.document if deciding else None,
        "statement": deciding.decision.statement if deciding else None,
        "explicit": deciding.decision.explicit if deciding else bool(answer and answer.denial and answer.denial.explicit),
        "reason": explanation.reason + (f" (nothing is expected: {question.note})" if question.note else ""),
        "disagreement": row.agreement[1],
        "unknown": [*deciding.unread, *deciding.decision.missing] if deciding and verdict and verdict.outcome == "unknown" else [],
        "missing": _missing(explanation.missing),
        "cache_rule": verdict.new.rule if verdict and verdict.new else None,
    }


def _layer(deciding: Judged | None, answer: Answer | None) -> str | None:
    if deciding:
        return "login" if (deciding.step.place, deciding.decision.layer) == ("login", "identity") else deciding.decision.layer
    return answer.denial.layer if answer and answer.denial else None


def _missing(missing: Missing | None) -> dict[str, Any] | None:
    if missing is None:
        return None
    return {
        "account": missing.account,
        "region": missing.region,
        "document": missing.document,
        "policy_kind": missing.policy_kind,
        "statement": missing.statement,
    }


# -- the message of a failure ------------------------------------------------------------------------------------------


def _failure(bad: Sequence[Row], basis: Basis) -> list[str]:
    explained = [(row, explanation_of(row, basis)) for row in bad[:_TABLE_ROWS]]
    lines = ["", *table([_COLUMNS, *(_cells(row, explanation) for row, explanation in explained)])]
    if len(bad) > len(explained):
        lines.append(f"... and {len(bad) - len(explained)} more, see 'checks' in the result")
    return [*lines, *what_is_missing(_missing(explanation.missing) for _row, explanation in explained)]


def _cells(row: Row, explanation: Explanation) -> tuple[str, ...]:
    question = row.question
    where = f"{question.registry.account} {question.registry.region} {question.repository}"
    answers = [one or "-" for one in (question.expected, row.evaluated, row.probed)]
    return name_of(question.principal), where, question.access, *answers, explanation.reason
