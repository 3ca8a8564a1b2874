# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Why a condition can never be met, where that can be told from the statement alone.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from .._guards import account_in
from .._policy.document import Meaning, as_written
from .._policy.principals import account_of
from .clauses import overlaps

#: Operators that one of their values must meet. Texts with wildcards are patterns for some of them.
_POSITIVE = {"stringequals": False, "stringequalsignorecase": False, "stringlike": True, "arnlike": True}
_NEGATIVE = {"stringnotequals": False, "stringnotequalsignorecase": False, "stringnotlike": True, "arnnotlike": True}
#: Keys that may have several values, so that two requirements about them can both be met.
_SEVERAL_VALUES = ("aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths", "aws:tagkeys", "aws:calledvia")
_ACCOUNT_KEYS = ("aws:principalaccount", "aws:sourceaccount")
_ORGANIZATION_KEYS = ("aws:principalorgid", "aws:principalorgpaths")
_LAMBDA = "Service:lambda.amazonaws.com"
_FUNCTIONS = ("arn", "*", "lambda", "*", "*", "function:*")
#: Wildcards that are none, for operators that compare letter by letter.
_PLAIN = {ord("*"): "\ue101", ord("?"): "\ue102"}

Requirement = tuple[str, str, frozenset[str]]


def why_never_met(meaning: Meaning) -> str | None:
    """Why no request meets the condition of a statement, in words that follow "its condition"; None where one could."""
    told = [one for one in meaning.condition if not any("${" in value for value in one[2])]
    positive = sorted((one for one in told if one[0] in _POSITIVE and one[1] not in _SEVERAL_VALUES), key=_order)
    for key, its in itertools.groupby(positive, key=lambda one: one[1]):
        reason = _contradiction(key, list(its), told)
        if reason:
            return reason
    return _wrong_values(positive) or _wrong_accounts(meaning, positive) or _wrong_principal(meaning, told)


def _order(one: Requirement) -> tuple[str, str, list[str]]:
    return one[1], one[0], sorted(one[2])


def _contradiction(key: str, its: list[Requirement], told: list[Requirement]) -> str | None:
    """Two requirements about one key that exclude each other."""
    for one, other in itertools.combinations(its, 2):
        its_own, of_other = _patterns(one, beside=other), _patterns(other, beside=one)
        if not any(overlaps(*pair) for pair in itertools.product(its_own, of_other)):
            return f"asks for two different values of {key}: {_shown(one[2])} and {_shown(other[2])}"
    for operator, its_key, values in told:
        if its_key != key:
            continue
        if operator == "null" and "true" in values and len(values) == 1:
            return f"asks for {key} to be missing and to have a value"
        if operator.removesuffix("ifexists") in _NEGATIVE:
            excluded = (operator.removesuffix("ifexists"), key, values)
            for one in its:
                if _excludes(excluded, one):
                    return f"asks for {key} to be {_shown(one[2])} and not to be it"
    return None


def _excludes(excluded: Requirement, one: Requirement) -> bool:
    patterns = _patterns(excluded, one)
    values = _patterns(one, excluded)
    plain = [value for value in values if "*" not in value and "?" not in value]
    return len(plain) == len(values) and all(any(overlaps(pattern, value) for pattern in patterns) for value in plain)


def _patterns(one: Requirement, beside: Requirement) -> list[str]:
    """The values of a requirement as patterns that can be compared with those of another one."""
    operator, _key, values = one
    is_wild = {**_POSITIVE, **_NEGATIVE}[operator]
    patterns = [value if is_wild else value.translate(_PLAIN) for value in sorted(values)]
    folds = any(its[0].endswith("ignorecase") for its in (one, beside))
    return [pattern.lower() if folds else pattern for pattern in patterns]


def _wrong_values(positive: Iterable[Requirement]) -> str | None:
    for _operator, key, values in positive:
        if key in _ACCOUNT_KEYS and not any(re.fullmatch(r"[0-9]{12}", value) or _is_pattern(value) for value in values):
            return f"asks for {key} to be {_shown(values)}, which is no account id"
        if key in _ORGANIZATION_KEYS and not any(value.startswith("o-") or _is_pattern(value) for value in values):
            return f"asks for {key} to be {_shown(values)}, which is no organization"
    return None


def _wrong_accounts(meaning: Meaning, positive: Iterable[Requirement]) -> str | None:
    """Accounts that exclude each other: of the principals and of conditions about them, or of conditions about a service's source."""
    sides: dict[str, list[tuple[str, frozenset[str]]]] = {"principal": [], "source": []}
    negated, members = meaning.principal or (True, frozenset())
    named = [account_of(member) for member in members]
    if not negated and all(named):
        sides["principal"].append(("its principals", frozenset(filter(None, named))))
    for _operator, key, values in positive:
        side = "principal" if key in ("aws:principalaccount", "aws:principalarn") else "source"
        if key not in (*_ACCOUNT_KEYS, "aws:principalarn", "aws:sourcearn"):
            continue
        accounts = [value if re.fullmatch(r"[0-9]{12}", value) else account_in(value) for value in values]
        if all(accounts):
            sides[side].append((key, frozenset(filter(None, accounts))))
    for about in sides.values():
        for (one, its), (other, others) in itertools.combinations(about, 2):
            if not its & others:
                return f"asks for another account than the one of {one}: {other} is about {_shown(others)}, not {_shown(its)}"
    return None


def _wrong_principal(meaning: Meaning, told: Iterable[Requirement]) -> str | None:
    """What requests of an AWS service never have."""
    negated, members = meaning.principal or (True, frozenset())
    if negated or not members or not all(member.startswith("Service:") for member in members):
        return None
    for operator, key, values in told:
        base = operator.rpartition(":")[2]
        if base not in _POSITIVE:
            continue
        if key in _ORGANIZATION_KEYS:
            return f"asks for {key}, which requests of an AWS service do not have"
        if key == "aws:sourcearn" and members == {_LAMBDA} and not any(map(_may_be_function, values)):
            return f"asks for the source {_shown(values)}, but Lambda's source is the ARN of a function"
    return None


def _may_be_function(arn: str) -> bool:
    parts = arn.split(":", 5)
    return all(map(overlaps, _FUNCTIONS, parts)) if len(parts) == len(_FUNCTIONS) else "*" in arn


def _is_pattern(text: str) -> bool:
    return "*" in text or "?" in text


def _shown(values: Iterable[str]) -> str:
    shown = sorted(map(as_written, values))
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")
