# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Who gains or loses which action between two documents.

A document answers each request with *denied*, *allowed* or nothing. The requests that matter are a finite set: every principal
that is named, anybody else, and for each pattern of actions and resources some texts that tell the patterns apart. Two documents
that answer all of those alike, under the same conditions, grant the same. Conditions are compared, not evaluated.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .dialect import AWS, Dialect
from .document import LITERAL, Meaning, Policy
from .patterns import covers, tidy, widest, witnesses
from .principals import EVERYONE, account_of, as_list

#: One requirement: (operator, key, values).
Requirement = tuple[str, str, frozenset[str]]
#: Requirements that must all be met.
Conjunction = frozenset[Requirement]

_NOBODY_IN_PARTICULAR = "\ue200"
#: Operators for which several values mean "any of these", so that they can be looked at one by one.
_ANY_OF = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnlike", "numericequals", "dateequals", "ipaddress", "bool", "binaryequals"}
)
_MOST_ALTERNATIVES = 4096


@dataclass(frozen=True, order=True)
class AccessChange:
    """What one principal gains and loses on one resource under one condition.

    ``principal`` is an account id, an ARN, C(*) for everyone, or C(Type:value). ``resource`` is C(*) where the document belongs
    to the resource itself. ``condition`` is empty, or what must be met, as text.
    """

    principal: str
    resource: str
    condition: str
    actions_gained: tuple[str, ...]
    actions_lost: tuple[str, ...]


@dataclass(frozen=True)
class _Rule:
    meaning: Meaning
    alternatives: tuple[Conjunction, ...]


def access_changes(
    before: Policy | None, after: Policy | None, subject: str = "", owner: str | None = None, dialect: Dialect = AWS
) -> list[AccessChange]:
    """Who gains or loses what when ``before`` becomes ``after``; empty exactly when nothing in effect changes.

    ``subject`` names whom an identity policy is attached to. ``owner`` is the account that owns the resource: for identities of
    other accounts, what is allowed to their account is allowed to them.
    """
    old, new = _rules(before), _rules(after)
    if {rule.meaning for rule in old} == {rule.meaning for rule in new}:
        return []
    names = _Names(before, after)
    action_patterns = _patterns(old + new, "action")
    resource_patterns = _patterns(old + new, "resource")
    seen: dict[tuple[frozenset[_Rule], frozenset[_Rule]], Mapping[tuple[str, Conjunction], tuple[set[str], set[str]]]] = {}
    found: dict[str, Mapping[tuple[str, Conjunction], tuple[set[str], set[str]]]] = {}
    for principal in _principals(old + new):
        its_old = frozenset(rule for rule in old if _applies(rule.meaning, principal, owner, dialect))
        its_new = frozenset(rule for rule in new if _applies(rule.meaning, principal, owner, dialect))
        if its_old == its_new:
            continue
        if (its_old, its_new) not in seen:
            seen[its_old, its_new] = _cells(its_old, its_new, action_patterns, resource_patterns)
        found[principal or ""] = seen[its_old, its_new]
    everyone = found.get(_NOBODY_IN_PARTICULAR, {})
    changes = []
    for principal, cells in found.items():
        for (resource, condition), (gained, lost) in cells.items():
            shared = everyone.get((resource, condition), (set(), set()))
            if principal != _NOBODY_IN_PARTICULAR and gained <= shared[0] and lost <= shared[1]:
                continue
            if any(
                other != resource and its_condition == condition and covers(other, resource) and (gained, lost) == moved
                for (other, its_condition), moved in cells.items()
            ):
                continue
            changes.append(
                AccessChange(
                    principal={_NOBODY_IN_PARTICULAR: EVERYONE, "": subject or "(attached identity)"}.get(principal, principal),
                    resource=names.show(resource),
                    condition=" and ".join(sorted(names.requirement(one) for one in condition)),
                    actions_gained=tuple(sorted(names.show(action) for action in widest(gained))),
                    actions_lost=tuple(sorted(names.show(action) for action in widest(lost))),
                )
            )
    return sorted(changes)


def equivalent(left: Policy | None, right: Policy | None, owner: str | None = None) -> bool:
    """Whether two documents grant and deny exactly the same, however they are written."""
    return not access_changes(left, right, owner=owner)


def _rules(policy: Policy | None) -> list[_Rule]:
    if policy is None:
        return []
    meanings = dict.fromkeys(policy.meaning(statement) for statement in policy.statements)
    return [_Rule(meaning, _alternatives(meaning)) for meaning in meanings]


def _alternatives(meaning: Meaning) -> tuple[Conjunction, ...]:
    """The conditions of a statement, one conjunction for each combination of "any of these" values."""
    fixed: set[Requirement] = {("other", "", frozenset({meaning.other}))} if meaning.other else set()
    choices: list[list[Requirement]] = []
    for operator, key, values in meaning.condition:
        quantifier, _, base = operator.rpartition(":")
        if base.removesuffix("ifexists") in _ANY_OF and quantifier != "forallvalues" and len(values) > 1:
            choices.append([(operator, key, frozenset({value})) for value in sorted(values)])
        else:
            fixed.add((operator, key, values))
    combinations = 1
    for choice in choices:
        combinations *= len(choice)
    if combinations > _MOST_ALTERNATIVES:
        return (frozenset(meaning.condition) | fixed,)
    return tuple(frozenset(fixed | set(combination)) for combination in itertools.product(*choices))


def _patterns(rules: Iterable[_Rule], dimension: str) -> dict[str, list[str]]:
    """Each pattern of actions or resources that the rules name -> the texts to try for it."""
    patterns: set[str] = set()
    for rule in rules:
        negated, members = getattr(rule.meaning, dimension)
        patterns |= members
        if negated:
            patterns.add("*")
    longest = max((pattern.count("?") for pattern in patterns), default=0)
    return {pattern: sorted(set(witnesses(pattern, longest))) for pattern in patterns}


def _principals(rules: Iterable[_Rule]) -> list[str | None]:
    """Every principal that is named, somebody who is not, and None where statements name no principal."""
    named: set[str] = set()
    unnamed = False
    for rule in rules:
        if rule.meaning.principal is None:
            unnamed = True
        else:
            named |= rule.meaning.principal[1]
    result: list[str | None] = [*sorted(named - {EVERYONE})]
    if named:
        result.append(_NOBODY_IN_PARTICULAR)
    return [*result, None] if unnamed else result


def _applies(meaning: Meaning, principal: str | None, owner: str | None, dialect: Dialect) -> bool:
    if meaning.principal is None or principal is None:
        return meaning.principal is None and principal is None
    negated, members = meaning.principal
    account = account_of(principal, dialect)
    included = EVERYONE in members or principal in members
    if not included and account in members and account != principal:
        # A Deny of an account denies its identities. An Allow does so across accounts, where both sides must allow anyway;
        # inside the owner's account it only delegates to identity policies.
        included = meaning.effect == "Deny" or (owner is not None and account != owner)
    return included != negated


def _cells(
    old: frozenset[_Rule], new: frozenset[_Rule], actions: Mapping[str, Sequence[str]], resources: Mapping[str, Sequence[str]]
) -> dict[tuple[str, Conjunction], tuple[set[str], set[str]]]:
    """(resource pattern, condition) -> (action patterns gained, action patterns lost)."""
    cells: dict[tuple[str, Conjunction], tuple[set[str], set[str]]] = {}
    for resource, resource_texts in resources.items():
        for resource_text in resource_texts:
            old_here = [rule for rule in old if _matches(rule.meaning.resource, resource_text)]
            new_here = [rule for rule in new if _matches(rule.meaning.resource, resource_text)]
            if old_here == new_here:
                continue
            for action, action_texts in actions.items():
                for action_text in action_texts:
                    gained, lost = _moved(_answer(old_here, action_text), _answer(new_here, action_text))
                    for condition in gained:
                        cells.setdefault((resource, condition), (set(), set()))[0].add(action)
                    for condition in lost:
                        cells.setdefault((resource, condition), (set(), set()))[1].add(action)
    return cells


def _matches(element: tuple[bool, frozenset[str]], text: str) -> bool:
    negated, members = element
    return any(covers(member, text) for member in members) != negated


def _answer(rules: Sequence[_Rule], action: str) -> tuple[set[Conjunction], set[Conjunction]]:
    """(when denied, when allowed and not denied): the weakest conjunctions, of which any one suffices."""
    denied: set[Conjunction] = set()
    allowed: set[Conjunction] = set()
    for rule in rules:
        if _matches(rule.meaning.action, action):
            (denied if rule.meaning.effect == "Deny" else allowed).update(rule.alternatives)
    denied = _weakest(denied)
    return denied, _weakest({one for one in allowed if not _implied(one, denied)})


def _implied(conjunction: Conjunction, by: Iterable[Conjunction]) -> bool:
    """Whether meeting ``conjunction`` means that one of ``by`` is met too."""
    return any(weaker <= conjunction for weaker in by)


def _weakest(conjunctions: set[Conjunction]) -> set[Conjunction]:
    return {one for one in conjunctions if not any(other < one for other in conjunctions)}


def _moved(
    old: tuple[set[Conjunction], set[Conjunction]], new: tuple[set[Conjunction], set[Conjunction]]
) -> tuple[set[Conjunction], set[Conjunction]]:
    """(conditions under which access is gained, conditions under which it is lost)."""
    (old_denied, old_allowed), (new_denied, new_allowed) = old, new
    gained = {one for one in new_allowed if not _implied(one, old_allowed)} | {one for one in old_denied if not _implied(one, new_denied)}
    lost = {one for one in old_allowed if not _implied(one, new_allowed)} | {one for one in new_denied if not _implied(one, old_denied)}
    return gained, lost


class _Names:
    """Turns canonical actions, resources and conditions back into the spelling of the documents."""

    def __init__(self, *policies: Policy | None) -> None:
        self._actions: dict[str, str] = {}
        self._condition: dict[str, str] = {}
        for policy in policies:
            for statement in policy.statements if policy else ():
                for element in ("Action", "NotAction"):
                    for item in as_list(statement.get(element)):
                        self._actions.setdefault(tidy(str(item).lower()), str(item))
                self._add_condition(statement.get("Condition"))

    def _add_condition(self, condition: Any) -> None:
        for operator, keys in condition.items() if isinstance(condition, Mapping) else ():
            self._condition.setdefault(str(operator).lower(), str(operator))
            for key in keys if isinstance(keys, Mapping) else ():
                self._condition.setdefault(str(key).lower(), str(key))

    def show(self, text: str) -> str:
        """An action or resource as written."""
        return self._actions.get(text, text).replace(LITERAL, "")

    def requirement(self, requirement: Requirement) -> str:
        """One requirement as text: operator, key, values."""
        operator, key, values = requirement
        shown = ", ".join(sorted(value.replace(LITERAL, "") for value in values))
        return f"{self._condition.get(operator, operator)} {self._condition.get(key, key)} {shown}".strip()
