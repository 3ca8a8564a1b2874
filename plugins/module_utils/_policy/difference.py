# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Who gains or loses which action between two documents.

A document answers each request with *denied*, *allowed* or nothing. The requests that matter are a finite set: every principal
that is named, the other identities of each account that is named, anybody else; and of actions and of resources one text for each
set of patterns that some text matches. Two documents that answer all of those alike, under the same conditions, grant the same.
Conditions are compared, not evaluated.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .dialect import Dialect
from .document import Meaning, Policy, as_written
from .patterns import covers, specimens, tidy, widest
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
#: Operators for which several values mean "none of these", so that they are as many requirements.
_NONE_OF = frozenset(
    {"stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotlike", "numericnotequals", "datenotequals", "notipaddress"}
)
_MOST_ALTERNATIVES = 1024
#: Resource texts -> (action texts gained, action texts lost) there.
_Moved = dict[frozenset[str], tuple[set[str], set[str]]]
#: (resource pattern, condition) -> (action patterns gained, action patterns lost)
_Cells = dict[tuple[str, Conjunction], tuple[set[str], set[str]]]


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


@dataclass(frozen=True, eq=False)
class _Rule:
    """A meaning that one or both documents have; there is one rule for each."""

    meaning: Meaning
    alternatives: tuple[Conjunction, ...]

    @property
    def condition(self) -> Conjunction:
        """The requirements as written, alternatives together."""
        return self.meaning.condition | _unknown(self.meaning)


@dataclass(frozen=True)
class _Who:
    """Somebody who makes requests: an identity in an account, or None for what the account is not known of or does not matter.

    ``shown`` is the principal under which changes are reported.
    """

    shown: str
    identity: str
    account: str | None = None


class _Texts:
    """The texts to try for one of the dimensions C(action) and C(resource), and how to call those for which something changed."""

    def __init__(self, rules: Sequence[_Rule], dimension: str) -> None:
        elements = {rule: getattr(rule.meaning, dimension) for rule in rules}
        patterns = {pattern for _unused, members in elements.values() for pattern in members}
        if any(negated for negated, _unused in elements.values()):
            patterns.add("*")
        self._matched = {
            pattern: frozenset(text for text in specimens(frozenset(patterns)) if covers(pattern, text)) for pattern in patterns
        }
        #: Each set of rules that apply to the same texts -> those texts.
        self.by_rules: dict[frozenset[_Rule], frozenset[str]] = {}
        for text in specimens(frozenset(patterns)):
            apply = frozenset(
                rule for rule, (negated, members) in elements.items() if any(text in self._matched[one] for one in members) != negated
            )
            self.by_rules[apply] = self.by_rules.get(apply, frozenset()) | {text}

    def called(self, texts: frozenset[str]) -> frozenset[str]:
        """The fewest patterns for some texts: those that match no other text, and for what is left the narrowest that match it."""
        whole = {pattern for pattern, matched in self._matched.items() if matched and matched <= texts}
        left = texts.difference(*(self._matched[pattern] for pattern in whole))
        narrowest = {min((len(matched), pattern) for pattern, matched in self._matched.items() if text in matched)[1] for text in left}
        return widest(whole) | narrowest


def access_changes(
    before: Policy | None, after: Policy | None, subject: str = "", owner: str | None = None, dialect: Dialect | None = None
) -> list[AccessChange]:
    """Who gains or loses what when ``before`` becomes ``after``; empty exactly when nothing in effect changes.

    ``subject`` names whom an identity policy is attached to. ``owner`` is the account that owns the resource: for identities of
    other accounts, what is allowed to their account is allowed to them. ``dialect`` is that of the documents, unless given.
    """
    spoken = dialect or (before or after or Policy()).dialect
    said, to_say = _meanings(before), _meanings(after)
    rules = {meaning: _Rule(meaning, _alternatives(meaning)) for meaning in [*said, *to_say]}
    old, new = [rules[meaning] for meaning in said], [rules[meaning] for meaning in to_say]
    if set(old) == set(new):
        return []
    if not old and len(new) == 1 and (granted := _granted(new[0], after)) is not None:
        return granted
    everything = list(rules.values())
    actions, resources = _Texts(everything, "action"), _Texts(everything, "resource")
    seen: dict[tuple[frozenset[_Rule], frozenset[_Rule]], _Cells] = {}
    found: dict[str, _Cells] = {}
    for who in _everybody(everything, spoken):
        sides = (
            frozenset(rule for rule in old if _applies(rule.meaning, who, owner)),
            frozenset(rule for rule in new if _applies(rule.meaning, who, owner)),
        )
        if sides not in seen:
            seen[sides] = _cells(*sides, actions, resources)
        _join(found.setdefault(who.shown if who else "", {}), seen[sides])
    names = _Names(before, after)
    everyone = found.get(EVERYONE, {})
    changes = []
    for principal, cells in found.items():
        for (resource, condition), moved in cells.items():
            wider = {place: more for place, more in cells.items() if place[0] != resource}
            gained, lost = _unsaid(_unsaid(moved, wider, resource, condition), {} if cells is everyone else everyone, resource, condition)
            if gained or lost:
                named = principal or subject or "(attached identity)"
                changes.append(
                    AccessChange(named, as_written(resource), names.condition(condition), names.actions(gained), names.actions(lost))
                )
    return sorted(changes)


def equivalent(left: Policy | None, right: Policy | None, owner: str | None = None) -> bool:
    """Whether two documents grant and deny exactly the same, however they are written."""
    return not access_changes(left, right, owner=owner)


def _granted(rule: _Rule, policy: Policy | None) -> list[AccessChange] | None:
    """The changes where there was nothing and now is one plain Allow, which need no search; None where it is less plain."""
    meaning = rule.meaning
    if meaning.effect == "Deny" or meaning.principal is None or meaning.principal[0] or meaning.action[0] or meaning.resource[0]:
        return None
    names = _Names(policy)
    condition, actions = names.condition(rule.condition), names.actions(meaning.action[1])
    places = ((principal, resource) for principal in meaning.principal[1] for resource in meaning.resource[1])
    return sorted(AccessChange(principal, as_written(resource), condition, actions, ()) for principal, resource in places if actions)


def _meanings(policy: Policy | None) -> dict[Meaning, None]:
    return {} if policy is None else dict.fromkeys(policy.meaning(statement) for statement in policy.statements)


def _is_any_of(operator: str) -> bool:
    quantifier, _unused, base = operator.rpartition(":")
    return base.removesuffix("ifexists") in _ANY_OF and quantifier != "forallvalues"


def _is_none_of(operator: str) -> bool:
    quantifier, _unused, base = operator.rpartition(":")
    return base.removesuffix("ifexists") in _NONE_OF and quantifier != "foranyvalue"


def _unknown(meaning: Meaning) -> Conjunction:
    """Elements that this core does not know, as a requirement."""
    return frozenset({("other", "", frozenset({meaning.other}))} if meaning.other else ())


def _alternatives(meaning: Meaning) -> tuple[Conjunction, ...]:
    """The conditions of a statement, one conjunction for each combination of "any of these" values.

    Where there are more than _MOST_ALTERNATIVES of them, the condition stays one that is only compared as a whole.
    """
    fixed: set[Requirement] = set(_unknown(meaning))
    choices: list[list[Requirement]] = []
    for operator, key, values in meaning.condition:
        single: list[Requirement] = [(operator, key, frozenset({value})) for value in sorted(values)]
        if len(values) > 1 and _is_any_of(operator):
            choices.append(single)
        elif len(values) > 1 and _is_none_of(operator):
            fixed.update(single)
        else:
            fixed.add((operator, key, values))
    combinations = 1
    for choice in choices:
        combinations *= len(choice)
    if combinations > _MOST_ALTERNATIVES:
        return (meaning.condition | fixed,)
    return tuple(frozenset(fixed | set(combination)) for combination in itertools.product(*choices))


def _everybody(rules: Iterable[_Rule], dialect: Dialect) -> list[_Who | None]:
    """Everybody whom the documents may treat differently; None is whom an identity policy is attached to."""
    elements = [rule.meaning.principal for rule in rules]
    named = sorted({member for element in elements if element for member in element[1]} - {EVERYONE})
    result: list[_Who | None] = [_Who(principal, principal, account_of(principal, dialect)) for principal in named]
    result += [_Who(account, _NOBODY_IN_PARTICULAR, account) for account in named if account == account_of(account, dialect)]
    if any(elements):
        result.append(_Who(EVERYONE, _NOBODY_IN_PARTICULAR))
    return [*result, None] if None in elements else result


def _applies(meaning: Meaning, who: _Who | None, owner: str | None) -> bool:
    if meaning.principal is None or who is None:
        return meaning.principal is None and who is None
    negated, members = meaning.principal
    itself = EVERYONE in members or who.identity in members
    by_account = who.account in members
    if not negated:
        # A Deny of an account denies its identities. An Allow does so across accounts, where both sides must allow anyway;
        # inside the owner's account it only delegates to identity policies.
        return itself or (by_account and (meaning.effect == "Deny" or (owner is not None and who.account != owner)))
    if meaning.effect != "Deny":
        return not (itself or by_account)
    # Exempt from a Deny is only who is named together with the account:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    return EVERYONE not in members and not (itself and (by_account or who.account is None))


def _cells(old: frozenset[_Rule], new: frozenset[_Rule], actions: _Texts, resources: _Texts) -> _Cells:
    if old == new:
        return {}
    moved: dict[Conjunction, _Moved] = {}
    for on_resource, resource_texts in resources.by_rules.items():
        for of_action, action_texts in actions.by_rules.items():
            here = on_resource & of_action
            if here & old == here & new:
                continue
            for side, conditions in enumerate(_moved(_answer(here & old), _answer(here & new))):
                for condition in conditions:
                    moved.setdefault(condition, {}).setdefault(resource_texts, (set(), set()))[side].update(action_texts)
    cells: _Cells = {}
    for condition, by_resource in _together(moved, old | new).items():
        alike: dict[tuple[frozenset[str], frozenset[str]], frozenset[str]] = {}
        for resource_texts, (gained, lost) in by_resource.items():
            key = frozenset(gained), frozenset(lost)
            alike[key] = alike.get(key, frozenset()) | resource_texts
        for (its_gained, its_lost), resource_texts in alike.items():
            change = set(actions.called(its_gained)), set(actions.called(its_lost))
            _join(cells, {(resource, condition): change for resource in resources.called(resource_texts)})
    return cells


def _together(moved: dict[Conjunction, _Moved], rules: Iterable[_Rule]) -> dict[Conjunction, _Moved]:
    """Where the same has moved under all alternatives of a statement, it is told once."""
    result = dict(moved)
    for rule in sorted(
        rules,
        key=lambda rule: (-len(rule.alternatives), sorted((operator, key, sorted(values)) for operator, key, values in rule.condition)),
    ):
        first = result.get(rule.alternatives[0])
        if len(rule.alternatives) > 1 and first is not None and all(result.get(one) == first for one in rule.alternatives):
            for one in rule.alternatives:
                del result[one]
            result[rule.condition] = first
    return result


def _join(cells: _Cells, others: _Cells) -> None:
    for key, (gained, lost) in others.items():
        its_gained, its_lost = cells.setdefault(key, (set(), set()))
        its_gained |= gained
        its_lost |= lost


def _unsaid(moved: tuple[set[str], set[str]], cells: _Cells, resource: str, condition: Conjunction) -> tuple[set[str], set[str]]:
    """What the cells do not say already about this resource and condition."""
    gained, lost = moved
    for (its_resource, its_condition), (its_gained, its_lost) in cells.items():
        if its_condition == condition and covers(its_resource, resource):
            gained, lost = _uncovered(gained, its_gained), _uncovered(lost, its_lost)
    return gained, lost


def _uncovered(patterns: set[str], by: set[str]) -> set[str]:
    return {pattern for pattern in patterns if not any(covers(general, pattern) for general in by)}


def _answer(rules: Iterable[_Rule]) -> tuple[set[Conjunction], set[Conjunction]]:
    """(when denied, when allowed and not denied): the weakest conjunctions, of which any one suffices."""
    denied: set[Conjunction] = set()
    allowed: set[Conjunction] = set()
    for rule in rules:
        (denied if rule.meaning.effect == "Deny" else allowed).update(rule.alternatives)
    denied = _weakest(denied)
    return denied, _weakest({one for one in allowed if not _implied(one, denied)})


def _implied(conjunction: Conjunction, by: set[Conjunction]) -> bool:
    """Whether meeting ``conjunction`` means that one of ``by`` is met too."""
    return conjunction in by or any(weaker < conjunction for weaker in by)


def _weakest(conjunctions: set[Conjunction]) -> set[Conjunction]:
    if len({len(one) for one in conjunctions}) < 2:
        return conjunctions
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

    def actions(self, patterns: Iterable[str]) -> tuple[str, ...]:
        """Action patterns as written, those that another one covers left out."""
        return tuple(sorted(self._actions.get(pattern, pattern) for pattern in widest(patterns)))

    def condition(self, conjunction: Conjunction) -> str:
        """Requirements as text: operator, key, values, joined by "and"; those that exclude values of one key are one again."""
        together: dict[tuple[str, str], set[str]] = {}
        texts = []
        for operator, key, values in conjunction:
            if _is_none_of(operator):
                together.setdefault((operator, key), set()).update(values)
            else:
                texts.append(self._requirement(operator, key, values))
        texts += [self._requirement(operator, key, values) for (operator, key), values in together.items()]
        return " and ".join(sorted(texts))

    def _requirement(self, operator: str, key: str, values: Iterable[str]) -> str:
        shown = ", ".join(sorted(map(as_written, values)))
        return " ".join(filter(None, (self._condition.get(operator, operator), self._condition.get(key, key), shown)))
