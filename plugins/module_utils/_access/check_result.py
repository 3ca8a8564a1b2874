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
from .explanation import Explanation, explain
from .failure_text import table, what_is_missing
from .matrix import NotChecked
from .missing_statement import Missing
from .probing import Answer, Probe, disagreement, explain_probe, outcome_with
from .questions import Question, name_of
from .sides import Evidence
from .verdicts import Judged, Verdict

#: Characters for all checks. AWX replaces results of more than 700,000 by nothing, and Ansible adds the options.
_BUDGET = 230_000
_TABLE_ROWS = 20
_COLUMNS = ("principal", "repository", "access", "expected", "evaluated", "probed", "why")


@dataclass(frozen=True)
class Row:
    """A question and its answers; None where nobody asked."""

    question: Question
    verdict: Verdict | None = None
    probe: Probe | None = None

    @property
    def evaluated(self) -> str | None:
        return self.verdict.outcome if self.verdict else None

    @property
    def probed(self) -> str | None:
        return self.probe.outcome if self.probe else None

    @cached_property
    def outcome(self) -> Outcome:
        """What counts of both."""
        return outcome_with(self.verdict, self.probe)

    @property
    def told_by_policies(self) -> bool:
        """Whether the policies explain the answer; they tell more than real calls, unless those say something else."""
        return self.verdict is not None and (self.probe is None or self.outcome in ("unknown", self.verdict.outcome))

    @property
    def as_expected(self) -> bool | None:
        """None when nothing is expected, or when it is not known."""
        return None if self.question.expected is None or self.outcome == "unknown" else self.outcome == self.question.expected

    @property
    def agreement(self) -> tuple[bool | None, str | None]:
        """Whether policies and calls agree, and what about if they do not."""
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
    told = [(row, row.agreement) for row in rows]
    ordered = sorted(told, key=lambda one: _rank(*one))
    summary = {
        "checks": len(rows),
        **{outcome: sum(row.outcome == outcome for row in rows) for outcome in ("allowed", "denied", "unknown")},
        "expected_allowed": sum(row.question.expected == "allowed" for row in rows),
        "as_expected": sum(row.as_expected is True for row in rows),
        "mismatched": sum(row.as_expected is False for row in rows),
        "disagreements": sum(agree is False for _row, (agree, _text) in told),
        "not_checked": len(not_checked),
    }
    checks = []
    left = _BUDGET
    for row, agreement in ordered:
        check = _check(row, agreement, basis)
        left -= len(str(check))
        if left < 0:
            break
        checks.append(check)
    result: dict[str, Any] = {
        "changed": False,
        "summary": summary,
        "checks": checks,
        "checks_left_out": len(rows) - len(checks),
        "not_checked": [one._asdict() for one in not_checked],
    }
    bad = [row for row, _agreement in ordered if row.as_expected is False or (fail_unknown and row.outcome == "unknown")]
    if bad:
        result |= {"failed": True, "msg": _failure(bad, rows, basis)}
    return result


def _rank(row: Row, agreement: tuple[bool | None, str | None]) -> int:
    if row.as_expected is False:
        return 0
    if agreement[0] is False:
        return 1
    return 2 if row.outcome == "unknown" else 3


def explanation_of(row: Row, basis: Basis) -> Explanation:
    """Why a row is as it is."""
    if row.verdict and row.told_by_policies:
        return explain(row.question, row.verdict, basis.evidence, basis.grants)
    return explain_probe(row.question, row.probe or Probe(), basis.grants)


def _check(row: Row, agreement: tuple[bool | None, str | None], basis: Basis) -> dict[str, Any]:
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
        "agree": agreement[0],
        "action": action,
        "layer": _layer(deciding, answer),
        "document": deciding.decision.document if deciding else None,
        "statement": deciding.decision.statement if deciding else None,
        "explicit": deciding.decision.explicit if deciding else bool(answer and answer.denial and answer.denial.explicit),
        "reason": explanation.reason + (f" (nothing is expected: {question.note})" if question.note else ""),
        "disagreement": agreement[1],
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


def _failure(bad: Sequence[Row], rows: Sequence[Row], basis: Basis) -> str:
    explained = [(row, explanation_of(row, basis)) for row in bad[:_TABLE_ROWS]]
    lines = [f"{len(bad)} of {len(rows)} checks {'is' if len(bad) == 1 else 'are'} not as expected:", ""]
    lines += table([_COLUMNS, *(_cells(row, explanation) for row, explanation in explained)])
    if len(bad) > len(explained):
        lines.append(f"... and {len(bad) - len(explained)} more, see 'checks' in the result")
    lines += what_is_missing(_missing(explanation.missing) for _row, explanation in explained)
    return "\n".join(lines)


def _cells(row: Row, explanation: Explanation) -> tuple[str, ...]:
    question = row.question
    where = f"{question.registry.account} {question.registry.region} {question.repository}"
    answers = [one or "-" for one in (question.expected, row.evaluated, row.probed)]
    return name_of(question.principal), where, question.access, *answers, explanation.reason
