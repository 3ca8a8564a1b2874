# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Answers that may be unknown: what they depend on, and whether they can still turn out both ways.

An unknown answer depends on facts that are true or false. Answers that depend on the same facts are not independent of each other:
what one statement allows under a condition and another one denies under the same condition is denied whether it is met or not.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

#: (key, None): the request has the key. (key, which, values): a value of it is, or is not, among some values. (C(""), what): anything else.
Fact = tuple[Any, ...]
#: The facts that are true in one case.
Case = frozenset[Fact]

_MOST_CASES = 1024


@dataclass(frozen=True)
class Answer:
    """Yes, no, or unknown.

    Where unknown, ``missing`` names what would decide (keys in lower case, or what else it is in words), ``facts`` are what it depends
    on, and ``holds`` is the answer in one case of them.
    """

    truth: bool | None
    missing: frozenset[str] = frozenset()
    facts: frozenset[Fact] = frozenset()
    holds: Callable[[Case], bool] = field(default=bool, compare=False, repr=False)


YES, NO = Answer(True), Answer(False)


def unknown(missing: Iterable[str], *what: Any) -> Answer:
    """The answer that depends on one fact; ``what`` tells it from others about the same missing things."""
    names = frozenset(missing)
    fact = ("", names, *what)
    return Answer(None, names, frozenset({fact}), lambda case: fact in case)


def unknown_key(key: str, when_absent: bool, when_present: bool | None, wanted: bool = True, matcher: tuple[Any, ...] = ()) -> Answer:
    """The answer that depends on a key of the request.

    ``when_present`` is the answer when the request has the key; None when it then depends on its values: ``matcher`` tells which
    values are asked for, beginning with whether some value must be among them or be none of them, and ``wanted`` whether one such
    value makes the answer yes or no.
    """
    there, fact = (key, None), (key, *matcher)
    twins = {(key, side, *matcher[1:]) for side in (True, False)} if when_present is None else set()

    def holds(case: Case) -> bool:
        if there not in case:
            return when_absent
        return when_present if when_present is not None else (fact in case) is wanted

    return Answer(None, frozenset({key}), frozenset({there, *twins}), holds)


def every(answers: Iterable[Answer]) -> Answer:
    """Yes when all are yes, no when one is no, otherwise unknown."""
    open_ones = []
    for answer in answers:
        if answer.truth is False:
            return NO
        if answer.truth is None:
            open_ones.append(answer)
    return _joined(all, open_ones) if open_ones else YES


def some(answers: Iterable[Answer]) -> Answer:
    """Yes when one is yes, no when all are no, otherwise unknown."""
    open_ones = []
    for answer in answers:
        if answer.truth:
            return YES
        if answer.truth is None:
            open_ones.append(answer)
    return _joined(any, open_ones) if open_ones else NO


def opposite(answer: Answer) -> Answer:
    """No for yes, yes for no; what is unknown stays so."""
    if answer.truth is None:
        return Answer(None, answer.missing, answer.facts, lambda case: not answer.holds(case))
    return NO if answer.truth else YES


def settled(answer: Answer) -> bool | None:
    """Whether the answer is the same in all cases, and which; None when it is not, or when there are more than _MOST_CASES."""
    if answer.truth is not None:
        return answer.truth
    choices = _choices(answer.facts)
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > _MOST_CASES:
        return None
    found = {answer.holds(frozenset[Fact]().union(*case)) for case in itertools.product(*choices)}
    return found.pop() if len(found) == 1 else None


def _joined(join: Callable[[Iterable[bool]], bool], answers: list[Answer]) -> Answer:
    if len(answers) == 1:
        return answers[0]
    missing = frozenset[str]().union(*(answer.missing for answer in answers))
    facts = frozenset[Fact]().union(*(answer.facts for answer in answers))
    return Answer(None, missing, facts, lambda case: join(answer.holds(case) for answer in answers))


def _choices(facts: frozenset[Fact]) -> list[list[Case]]:
    """For each key all combinations of its facts that can be true together, and for each other fact both.

    A request lacks a key, or has values of it, and then for each list of values some that are in it, some that are not, or both.
    """
    free = [[frozenset[Fact](), frozenset({fact})] for fact in facts if fact[0] == ""]
    keys = []
    for key in {fact[0] for fact in facts} - {""}:
        there = frozenset({(key, None)})
        matchers = {fact[2:] for fact in facts if fact[0] == key and fact[1] is not None}
        sides = [
            [frozenset({(key, side, *matcher) for side in sides}) for sides in ((True,), (False,), (True, False))] for matcher in matchers
        ]
        keys.append([frozenset[Fact](), *(there.union(*combination) for combination in itertools.product(*sides))])
    return free + keys
