# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the findings and the access of all documents."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from .._policy.strategies import RESPELLINGS, documents, examples, respelled, statements
from .samples import FRIEND, LAMBDA_PULL, OTHER, OWNER, PULL, Statement, access, allow, deny, findings, functions, service, source_arn

SEEDS = st.integers(0, 2**32 - 1).map(random.Random)
ALLOWED: dict[str, Any] = {"accounts": [FRIEND], "organizations": ["o-a1b2c3"]}


def named(document: dict[str, Any]) -> list[Statement]:
    """The statements of a document, each with a Sid of its own."""
    return [{**statement, "Sid": f"S{at}"} for at, statement in enumerate(document["Statement"])]


DOCUMENTS = documents(statements()).map(named)


def found(listed: list[Statement]) -> Counter[Any]:
    """The findings without their words, which quote the document."""
    return Counter((one.severity, one.rule, one.statement, one.principal) for one in findings(*listed, **ALLOWED))


def reached(listed: list[Statement]) -> Counter[Any]:
    return Counter((one.holder, one.resource, one.statements, one.levels) for one in access(*listed))


@given(listed=DOCUMENTS, rng=SEEDS)
@examples(150)
def test_the_order_of_statements_does_not_count(listed: list[Statement], rng: random.Random) -> None:
    shuffled = rng.sample(listed, len(listed))
    assert set(findings(*shuffled, **ALLOWED)) == set(findings(*listed, **ALLOWED))
    assert set(access(*shuffled)) == set(access(*listed))


@given(listed=DOCUMENTS, rng=SEEDS)
@examples(150)
def test_equal_meaning_gives_equal_findings(listed: list[Statement], rng: random.Random) -> None:
    other = [respelled(statement, RESPELLINGS, rng) for statement in listed]
    assert found(other) == found(listed)
    assert reached(other) == reached(listed)


@given(listed=DOCUMENTS)
@examples(150)
def test_nobody_inside_is_listed_and_dead_statements_give_nothing(listed: list[Statement]) -> None:
    seen = access(*listed)
    assert OWNER not in {one.holder.account for one in seen}
    dead = {one.statement for one in findings(*listed) if one.rule == "dead-statement"}
    assert not dead & {label for one in seen for label in one.statements}


@given(listed=DOCUMENTS)
@examples(100)
def test_what_takes_in_all_of_a_statement_is_found(listed: list[Statement]) -> None:
    """A twin of a statement is a duplicate of it, unless neither has an effect."""
    for statement in listed[:1]:
        both = [*listed, {**statement, "Sid": "Twin"}]
        about = {one.rule for one in findings(*both) if one.statement and "Twin" in one.statement.split(", ")}
        assert about & {"duplicate-statement", "dead-statement"}


@given(listed=st.lists(st.sampled_from([allow(FRIEND, PULL), allow([OTHER], "ecr:DescribeImages"), allow(OWNER, "ecr:*")]), max_size=3))
@examples(20)
def test_a_deny_for_everyone_leaves_nothing(listed: list[Statement]) -> None:
    assert access(*listed, deny("*", "*")) == ()


@given(account=st.from_regex(r"[0-9]{12}", fullmatch=True))
@examples(50)
def test_lambda_of_any_account_but_the_own_is_outside(account: str) -> None:
    seen = access(allow(service(), LAMBDA_PULL, source_arn(functions(account))))
    assert [one.holder.account for one in seen] == ([] if account == OWNER else [account])
