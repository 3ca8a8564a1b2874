# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialect of RAM: what it lacks, what it refuses, and principals that are spread over statements without names."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.dialect import RAM
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.difference import access_changes, equivalent
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy, PolicyError, check_statements, parse
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.merge import Ownership, State, plan
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.principals import as_list

from .strategies import examples

A, B = "1609982529000001", "1298452580000001"
PRINCIPALS = (
    ("RAM", f"acs:ram::{A}:root"),
    ("RAM", f"acs:ram::{A}:role/Role-Assume"),
    ("RAM", f"acs:ram::{B}:user/Robot"),
    ("Service", "eci.aliyuncs.com"),
    ("Service", "ecs.aliyuncs.com"),
    ("Federated", f"acs:ram::{A}:oidc-provider/Ack"),
)
CONDITIONS: tuple[dict[str, Any], ...] = ({}, {"Condition": {"StringEquals": {"sts:ExternalId": "x"}}})


def trust(*principals: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A statement that trusts these."""
    named: dict[str, list[str]] = {}
    for kind, value in principals:
        named.setdefault(kind, []).append(value)
    return {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": named, **more}


def policy(*statements: dict[str, Any]) -> Policy:
    return parse({"Version": "1", "Statement": list(statements)}, RAM)


def trusted(document: Policy | None) -> set[tuple[str, str, str]]:
    """(type, principal in lower case, condition) of all that a trust policy allows."""
    return {
        (kind, value.lower(), json.dumps(one.get("Condition")))
        for one in (document.statements if document else ())
        for kind, values in one["Principal"].items()
        for value in as_list(values)
    }


def planned(state: State, current: Policy | None, *desired: dict[str, Any]) -> Any:
    return plan(current, Policy(statements=tuple(check_statements(desired, RAM)), dialect=RAM), Ownership(state))


statements = st.lists(
    st.builds(
        lambda chosen, more: trust(*chosen, **more),
        st.lists(st.sampled_from(PRINCIPALS), min_size=1, max_size=4, unique=True),
        st.sampled_from(CONDITIONS),
    ),
    min_size=1,
    max_size=4,
)


@examples(150)
@given(statements, statements)
def test_present_adds_whom_it_names_and_takes_nobody_out(current: list[dict[str, Any]], desired: list[dict[str, Any]]) -> None:
    before = policy(*current)
    result = planned("present", before, *desired)
    assert trusted(result.policy) == trusted(before) | trusted(policy(*desired))
    assert list(result.policy.statements[: len(current)]) == current
    assert result.changed == (not trusted(policy(*desired)) <= trusted(before))
    assert not planned("present", result.policy, *desired).changed


@examples(150)
@given(statements, statements)
def test_absent_takes_out_just_whom_it_names(current: list[dict[str, Any]], desired: list[dict[str, Any]]) -> None:
    before = policy(*current)
    result = planned("absent", before, *desired)
    assert trusted(result.policy) == trusted(before) - trusted(policy(*desired))
    assert not planned("absent", result.policy, *desired).changed
    untouched = [one for one in current if not trusted(policy(one)) & trusted(policy(*desired))]
    assert [one for one in (result.policy.statements if result.policy else ()) if one in untouched] == untouched


@examples(100)
@given(statements, statements)
def test_exact_says_the_same_after(current: list[dict[str, Any]], desired: list[dict[str, Any]]) -> None:
    result = planned("exact", policy(*current), *desired)
    assert equivalent(result.policy, policy(*desired))
    assert not planned("exact", result.policy, *desired).changed


@examples(100)
@given(statements, st.randoms(use_true_random=False))
def test_respelled_documents_are_the_same(current: list[dict[str, Any]], chance: random.Random) -> None:
    """RAM shows names in lower case; people write one item or a list, in any order."""
    respelled = copy.deepcopy(current)
    for one in respelled:
        for kind, values in one["Principal"].items():
            chance.shuffle(values)
            written = [value.replace("role/Role", "role/role").replace("Ack", "ack").replace("Robot", "ROBOT") for value in values]
            one["Principal"][kind] = written[0] if len(written) == 1 else written
        one["Action"] = chance.choice(["sts:AssumeRole", ["sts:AssumeRole"], "STS:assumerole"])
    chance.shuffle(respelled)
    left, right = policy(*current), parse(json.dumps({"Statement": respelled}), RAM)
    assert access_changes(left, right, dialect=RAM) == []
    assert not planned("exact", right, *current).changed


def test_a_document_of_the_console_loses_one_of_many() -> None:
    """People edit one statement with a list of principals."""
    current = policy(trust(PRINCIPALS[1], PRINCIPALS[2], PRINCIPALS[3]))
    result = planned("absent", current, trust(("RAM", f"acs:ram::{A}:role/role-assume")))
    assert result.replaced == ["#1"]
    assert result.policy.as_dict() == {"Version": "1", "Statement": [trust(PRINCIPALS[2], PRINCIPALS[3])]}


def test_deny_and_allow_are_not_taken_for_each_other() -> None:
    current = policy(trust(PRINCIPALS[0], PRINCIPALS[1]), trust(PRINCIPALS[1], Effect="Deny"))
    result = planned("absent", current, trust(PRINCIPALS[1]))
    assert [one["Effect"] for one in result.policy.statements] == ["Allow", "Deny"]
    assert result.policy.statements[1] == trust(PRINCIPALS[1], Effect="Deny")


def test_a_new_document_has_version_1() -> None:
    assert planned("present", None, trust(PRINCIPALS[3])).policy.text().startswith('{"Version":"1",')


REFUSED = {
    "Sid": (trust(PRINCIPALS[3], Sid="Eci"), "unknown element Sid; a statement has Effect, Principal, Action"),
    "NotPrincipal": ({"Effect": "Allow", "Action": "*", "NotPrincipal": {"RAM": A}}, "unknown element NotPrincipal"),
    "type of AWS": (trust(("AWS", "111122223333")), "Principal has the type 'AWS', it must be one of: RAM, Service, Federated"),
    "ARN of AWS": (trust(("RAM", "arn:aws:iam::111122223333:root")), "which is no account id and no ARN"),
    "wildcard": (trust(("RAM", f"acs:ram::{A}:role/*")), "is not a principal, name each role or user, or the whole account"),
    "boolean": (
        trust(PRINCIPALS[3], Condition={"Bool": {"acs:SecureTransport": True}}),
        "has True; numbers and booleans are written in quotes, as 'true'",
    ),
}


@pytest.mark.parametrize(("statement", "problem"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(statement: dict[str, Any], problem: str) -> None:
    with pytest.raises(PolicyError) as refused:
        check_statements([statement], RAM)
    assert problem in str(refused.value)


def test_a_document_has_nothing_beside_its_statements() -> None:
    with pytest.raises(PolicyError, match=r"unknown elements: Id; it may have Version and Statement"):
        parse({"Version": "1", "Id": "x", "Statement": [trust(PRINCIPALS[3])]}, RAM, strict=True)
