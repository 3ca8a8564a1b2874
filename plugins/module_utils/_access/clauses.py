# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Statements of one document, prepared for looking at who they let in.

A Deny for everybody who does not meet a condition leaves an Allow only under that condition. So it is made part of the Allow, and
everything that looks at conditions sees it there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._policy.document import Meaning, Policy, RawStatement, label_of, parse
from .._policy.patterns import covers, specimens
from .._policy.principals import EVERYONE, as_list, partition_of
from .ecr_actions import OF_REGISTRIES, OF_REPOSITORIES, OF_SCOPE_V1

#: Operators of a Deny for all but some values -> those of an Allow for these values. A request that lacks the key is denied too.
_OPPOSITES = {
    "stringnotequals": "StringEquals",
    "stringnotequalsignorecase": "StringEqualsIgnoreCase",
    "stringnotlike": "StringLike",
    "arnnotlike": "ArnLike",
    "notipaddress": "IpAddress",
}
#: Requirements that keep a Deny from AWS's own services. What it says about everybody else is not changed by them.
_SPARES_SERVICES = (("bool", "aws:principalisawsservice"), ("bool", "aws:viaawsservice"))


@dataclass(frozen=True, eq=False)
class Clause:
    """A statement. ``label`` is how messages call it.

    ``narrowed`` is the statement with the conditions that Denies of the document leave of it, and ``reach`` what that means.
    """

    label: str
    statement: RawStatement
    meaning: Meaning
    narrowed: RawStatement
    reach: Meaning


@dataclass(frozen=True, eq=False)
class Document:
    """A policy document on the registry's side.

    ``source`` is C(repository_policy), C(registry_policy) or C(creation_template), ``title`` what messages call it, ``resources`` the
    ARN pattern of what it is about, ``counts`` the actions that it can allow or deny.
    """

    source: str
    title: str
    account: str
    resources: str
    counts: frozenset[str]
    policy: Policy
    clauses: tuple[Clause, ...]

    def denies(self) -> tuple[RawStatement, ...]:
        """The statements that deny."""
        return tuple(clause.statement for clause in self.clauses if clause.meaning.effect == "Deny")


def read_document(source: str, title: str, account: str, resources: str, text: str, scope: str | None = None) -> Document:
    """A document from its text. ``scope`` is that of the registry, for the registry policy. Raises PolicyError."""
    policy = parse(text)
    meanings = [policy.meaning(statement) for statement in policy.statements]
    limits = [_limit(statement, meaning) for statement, meaning in zip(policy.statements, meanings, strict=True)]
    denies = [(meaning, limit) for meaning, limit in zip(meanings, limits, strict=True) if limit]
    clauses = []
    for position, (statement, meaning) in enumerate(zip(policy.statements, meanings, strict=True)):
        narrowed = _narrowed(statement, meaning, denies) if meaning.effect == "Allow" else statement
        reach = meaning if narrowed is statement else policy.meaning(narrowed)
        clauses.append(Clause(label_of(statement, position), statement, meaning, narrowed, _by_segments(reach)))
    counts = OF_REPOSITORIES
    if source == "registry_policy":
        counts = OF_SCOPE_V1 if scope == "V1" else OF_REPOSITORIES | OF_REGISTRIES
    return Document(source, title, account, resources, counts, policy, tuple(clauses))


def repositories_arn(account: str, region: str, names: str = "*") -> str:
    """The ARN of repositories; ``names`` is a name or a pattern."""
    return f"arn:{partition_of(region)}:ecr:{region}:{account}:repository/{names}"


def overlaps(one: str, other: str) -> bool:
    """Whether there is a text that both patterns match."""
    if covers(one, other) or covers(other, one):
        return True
    return any(covers(one, text) and covers(other, text) for text in specimens(frozenset({one, other})))


def within(part: tuple[bool, frozenset[str]], whole: tuple[bool, frozenset[str]]) -> bool:
    """Whether the second one of two elements, each (negated, patterns), takes in all that the first one does."""
    (negated, patterns), (whole_negated, whole_patterns) = part, whole
    if not negated and not whole_negated:
        return all(any(covers(general, pattern) for general in whole_patterns) for pattern in patterns)
    if negated and whole_negated:
        return all(any(covers(general, pattern) for general in patterns) for pattern in whole_patterns)
    if negated:
        return "*" in whole_patterns
    return not any(overlaps(pattern, excluded) for pattern in patterns for excluded in whole_patterns)


def _limit(statement: RawStatement, meaning: Meaning) -> tuple[str, str, list[Any]] | None:
    """What a Deny for everybody leaves: (operator, key, values) of the condition to meet; None where it is not that simple."""
    if meaning.effect != "Deny" or meaning.principal != (False, frozenset({EVERYONE})):
        return None
    told = [one for one in meaning.condition if (one[0].removesuffix("ifexists"), one[1]) not in _SPARES_SERVICES]
    if len(told) != 1:
        return None
    operator, key, _values = told[0]
    quantifier, _colon, base = operator.rpartition(":")
    opposite = _OPPOSITES.get(base.removesuffix("ifexists"))
    if opposite is None or quantifier == "foranyvalue":
        return None
    for keys in statement["Condition"].values():
        for written, values in keys.items():
            if str(written).lower() == key:
                return f"ForAnyValue:{opposite}" if quantifier else opposite, str(written), as_list(values)
    return None


def _narrowed(statement: RawStatement, meaning: Meaning, denies: Sequence[tuple[Meaning, tuple[str, str, list[Any]]]]) -> RawStatement:
    condition = statement.get("Condition")
    if not denies or not (condition is None or isinstance(condition, Mapping)):
        return statement
    added: dict[str, dict[str, Any]] = {}
    keys = {key for _operator, key, _values in meaning.condition}
    for deny, (operator, key, values) in denies:
        if key.lower() not in keys and within(meaning.action, deny.action) and within(meaning.resource, deny.resource):
            keys.add(key.lower())
            added.setdefault(operator, {})[key] = values
    if not added:
        return statement
    merged = {operator: dict(its) for operator, its in (condition or {}).items()}
    for operator, its in added.items():
        merged.setdefault(operator, {}).update(its)
    return {**statement, "Condition": merged}


def _by_segments(meaning: Meaning) -> Meaning:
    """In ARNs of Lambda functions no wildcard can reach over a colon into another account, whatever the operator is."""
    condition = frozenset(
        ("arnlike", key, values)
        if operator == "stringlike" and key == "aws:sourcearn" and all(map(_is_function, values))
        else (operator, key, values)
        for operator, key, values in meaning.condition
    )
    return meaning if condition == meaning.condition else replace(meaning, condition=condition)


def _is_function(arn: str) -> bool:
    return covers("arn:aws*:lambda:*:function:*", arn)
