# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for all documents, not only for those that somebody thought of."""

from __future__ import annotations

import copy
import itertools
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.difference import access_changes, equivalent
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import display, meaning_of, parse, same_meaning

from . import oracle
from .strategies import RESPELLINGS, UNSHOWN, Respelling, Statement, documents, examples, respelled, respelled_document, statements

SEEDS = st.integers(0, 2**32 - 1).map(random.Random)

# -- canonical form ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("respell", RESPELLINGS, ids=lambda respell: respell.__name__)
@given(statement=statements(), rng=SEEDS)
@examples(40)
def test_each_harmless_respelling_keeps_the_meaning(respell: Respelling, statement: Statement, rng: random.Random) -> None:
    other = copy.deepcopy(statement)
    respell(other, rng)
    for version in (None, "2008-10-17", "2012-10-17"):
        assert meaning_of(other, version=version) == meaning_of(statement, version=version)


@given(document=documents(statements()), rng=SEEDS)
@examples(150)
def test_respellings_together_keep_the_meaning(document: dict[str, Any], rng: random.Random) -> None:
    left, right = parse(document), parse(respelled_document(document, rng))
    assert same_meaning(left, right)
    assert equivalent(left, right)


@given(document=documents(statements()))
@examples(100)
def test_what_is_shown_means_the_same_and_is_shown_alike(document: dict[str, Any]) -> None:
    policy = parse(document)
    shown = display(policy)
    assert same_meaning(parse(shown), policy)
    assert display(parse(shown)) == shown


@given(document=documents(statements()), rng=SEEDS)
@examples(80)
def test_common_respellings_are_not_shown(document: dict[str, Any], rng: random.Random) -> None:
    other = {**document, "Statement": [respelled(statement, UNSHOWN, rng) for statement in document["Statement"]]}
    assert display(parse(other)) == display(parse(document))


@given(document=documents(statements()))
@examples(80)
def test_reading_neither_changes_nor_respells(document: dict[str, Any]) -> None:
    original = copy.deepcopy(document)
    policy = parse(document)
    assert policy.as_dict() == original
    assert parse(policy.text()).as_dict() == original
    access_changes(policy, None)
    display(policy)
    assert document == original


# -- difference: against the oracle -----------------------------------------------------------------------------------

#: Every text of up to five letters, of which patterns name two: enough for all that a few patterns of three letters can tell apart.
ACTIONS = tuple("".join(letters) for length in range(6) for letters in itertools.product("abc", repeat=length))
RESOURCES = tuple(text for text in ACTIONS if len(text) < 4)
ACTION_PATTERNS = st.text(alphabet="abA*?", min_size=1, max_size=3)
RESOURCE_PATTERNS = st.text(alphabet="ab*?", min_size=1, max_size=2)
SMALL_PRINCIPALS = st.sampled_from(
    [
        *("111122223333", "arn:aws:iam::111122223333:root", "444455556666"),
        *("arn:aws:iam::111122223333:role/one", "arn:aws:iam::111122223333:role/two", "AROAEXAMPLEROLE00001"),
    ]
)
SMALL_CONDITIONS = st.sampled_from(
    [
        {},
        {"StringEquals": {"key": ["one", "two"]}},
        {"StringEquals": {"key": "one"}},
        {"StringEquals": {"key": "two"}, "Bool": {"flag": "true"}},
        {"StringNotEquals": {"key": ["one", "two"]}},
        {"StringNotEquals": {"key": "one"}},
        {"ForAllValues:StringEquals": {"key": ["one", "two"]}},
        {"ForAllValues:StringEquals": {"key": "one"}},
        {"ForAnyValue:StringNotEquals": {"key": ["one", "two"]}},
        {"ForAnyValue:StringNotEquals": {"key": "one"}},
        {"ForAnyValue:StringLike": {"key": ["one", "two"]}},
        {"StringEqualsIfExists": {"key": ["one", "two"]}},
        {"Bool": {"flag": "true"}},
    ]
)


def some(patterns: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(patterns, min_size=1, max_size=3)


@st.composite
def small_statements(draw: st.DrawFn) -> Statement:
    """A statement about the oracle's small world."""
    principal = st.sampled_from(["*", {"Service": "lambda.amazonaws.com"}]) | some(SMALL_PRINCIPALS).map(lambda names: {"AWS": names})
    statement = {
        "Effect": draw(st.sampled_from(["Allow", "Deny"])),
        draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"])): draw(principal),
        draw(st.sampled_from(["Action", "NotAction"])): draw(some(ACTION_PATTERNS)),
        "Condition": draw(SMALL_CONDITIONS),
    }
    if draw(st.integers(0, 2)) == 0:
        statement[draw(st.sampled_from(["Resource", "NotResource"]))] = draw(some(RESOURCE_PATTERNS))
    return statement


def _split(statement: Statement) -> list[Statement]:
    """One statement as two that say the same together."""
    for element in ("Action", "Resource"):
        if len(statement.get(element, [])) > 1:
            return [{**statement, element: statement[element][:1]}, {**statement, element: statement[element][1:]}]
    return [statement]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[Statement], list[Statement]]:
    """Two documents that have much in common, since two arbitrary ones just differ."""
    before = draw(st.lists(small_statements(), max_size=3))
    after = list(before)
    for _unused in range(draw(st.integers(1, 2))):
        if after:
            at = draw(st.integers(0, len(after) - 1))
            change = draw(st.sampled_from(["drop", "split", "alter", "repeat"]))
            if change == "drop":
                del after[at]
            elif change == "split":
                after[at : at + 1] = _split(after[at])
            elif change == "repeat":
                after.append(after[at])
            else:
                other = draw(small_statements())
                element = draw(st.sampled_from([name for name in other if name in after[at]]))
                after[at] = {**after[at], element: other[element]}
        if draw(st.booleans()):
            after.append(draw(small_statements()))
    return before, after


OWNERS = st.sampled_from([None, "111122223333", "444455556666"])


@given(pair=pairs(), owner=OWNERS)
@examples(400)
def test_difference_tells_all_that_changed_and_nothing_else(pair: tuple[list[Statement], list[Statement]], owner: str | None) -> None:
    before, after = pair
    told = access_changes(parse({"Statement": before}), parse({"Statement": after}), owner=owner)
    changed = list(oracle.verdicts(before, after, ACTIONS, RESOURCES, owner))
    untold = [verdict for verdict in changed if not any(oracle.tells(change, verdict) for change in told)]
    assert not untold
    made_up = [part for change in told for part in oracle.parts(change) if not any(oracle.is_about(part, one) for one in changed)]
    assert not made_up
