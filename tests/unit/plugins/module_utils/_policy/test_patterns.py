# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wildcard patterns: one spelling, what covers what, and the texts that stand for all texts."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.patterns import MOST_STATES, covers, specimens, tidy, widest

from .oracle import pattern_matches
from .strategies import examples

PATTERNS = st.text(alphabet="ab*?", max_size=4)
TEXTS = tuple("".join(letters) for length in range(6) for letters in itertools.product("abc", repeat=length))


def matched(pattern: str) -> set[str]:
    return {text for text in TEXTS if pattern_matches(pattern, text)}


@pytest.mark.parametrize(
    ("pattern", "expected"), [("a**b", "a*b"), ("*?", "?*"), ("?*?", "??*"), ("a*?*?*", "a??*"), ("a?b", "a?b"), ("", ""), ("a*b*", "a*b*")]
)
def test_tidy(pattern: str, expected: str) -> None:
    assert tidy(pattern) == expected


@pytest.mark.parametrize(
    ("general", "specific", "expected"),
    [
        ("*", "ecr:*", True),
        ("ecr:*", "ecr:putimage", True),
        ("ecr:*", "ecr:get*", True),
        ("ecr:*image", "ecr:put*image", True),
        ("ecr:put?mage", "ecr:putimage", True),
        ("ecr:get*", "ecr:*", False),
        ("ecr:put?mage", "ecr:put*mage", False),
        ("ecr:putimage", "ecr:putimagetagmutability", False),
        ("a*b*c", "axbxbxc", True),
        ("a*b", "a", False),
        ("?", "", False),
        ("*", "", True),
    ],
)
def test_covers(general: str, specific: str, expected: bool) -> None:
    assert covers(general, specific) is expected


@given(general=PATTERNS, specific=PATTERNS)
@examples(200)
def test_what_covers_matches_all_that_the_other_matches(general: str, specific: str) -> None:
    if covers(tidy(general), tidy(specific)):
        assert matched(specific) <= matched(general)


@given(pattern=PATTERNS, text=st.sampled_from(TEXTS))
@examples(200)
def test_a_text_is_covered_by_what_matches_it(pattern: str, text: str) -> None:
    assert covers(tidy(pattern), text) == pattern_matches(pattern, text)


@given(patterns=st.lists(PATTERNS, max_size=5))
@examples(150)
def test_widest_matches_the_same_as_all(patterns: list[str]) -> None:
    assert set().union(*map(matched, widest(patterns))) == set().union(*map(matched, patterns))


def test_widest_leaves_out_what_is_covered() -> None:
    assert widest(["ecr:*", "ecr:get*", "ecr:putimage", "s3:getobject"]) == {"ecr:*", "s3:getobject"}


@given(patterns=st.frozensets(st.text(alphabet="ab*?", min_size=1, max_size=3), min_size=1, max_size=4))
@examples(200)
def test_specimens_meet_every_set_of_patterns_that_some_text_matches(patterns: frozenset[str]) -> None:
    def signature(text: str) -> frozenset[str]:
        return frozenset(pattern for pattern in patterns if pattern_matches(pattern, text))

    found = [signature(text) for text in specimens(patterns)]
    assert set(found) >= {signature(text) for text in TEXTS}
    assert len(found) == len(set(found))


def test_specimens_find_what_two_patterns_share() -> None:
    assert "ab" in specimens(frozenset({"a*", "*b"}))


def test_specimens_of_too_many_patterns_still_meet_each_of_them() -> None:
    patterns = frozenset(f"arn:aws:ecr:*:111122223333:repository/team-{number}/*" for number in range(60))
    found = specimens(patterns)
    assert len(found) < MOST_STATES
    assert all(any(covers(pattern, text) for text in found) for pattern in patterns)
