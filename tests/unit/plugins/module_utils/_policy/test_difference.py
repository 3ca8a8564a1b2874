# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a change is told: to whom, on what, under which condition, which actions."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.difference import access_changes
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy, parse

ID, OTHER = "111122223333", "444455556666"
ROLE, OTHER_ROLE = f"arn:aws:iam::{ID}:role/puller", f"arn:aws:iam::{OTHER}:role/puller"
ORG = {"StringEquals": {"aws:PrincipalOrgID": ["o-1", "o-2"]}}
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
ALL, NONE = ("*",), ()


def allow(principal: Any = ID, action: Any = "ecr:PutImage", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, **elements}


def deny(principal: Any = ID, action: Any = "ecr:PutImage", **elements: Any) -> dict[str, Any]:
    return {**allow(principal, action, **elements), "Effect": "Deny"}


def deny_all_but(*principals: str) -> dict[str, Any]:
    return {"Effect": "Deny", "NotPrincipal": {"AWS": list(principals)}, "Action": "*"}


def policy(*statements: dict[str, Any]) -> Policy:
    return parse({"Version": "2012-10-17", "Statement": list(statements)})


Row = tuple[str, str, str, tuple[str, ...], tuple[str, ...]]


def rows(before: Policy | None, after: Policy | None, **options: Any) -> list[Row]:
    return [
        (one.principal, one.resource, one.condition, one.actions_gained, one.actions_lost)
        for one in access_changes(before, after, **options)
    ]


#: before, after -> what is told.
CASES: dict[str, tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...], list[Row]]] = {
    "granted, by account": ((), (allow([ID, OTHER], PULL),), [(ID, "*", "", tuple(PULL), NONE), (OTHER, "*", "", tuple(PULL), NONE)]),
    "letter case of the document": ((), (allow(action="ECR:putImage"),), [(ID, "*", "", ("ECR:putImage",), NONE)]),
    "only what a wildcard adds": ((allow(),), (allow(), allow(action="ecr:*")), [(ID, "*", "", ("ecr:*",), NONE)]),
    "revoked": ((allow(action=PULL),), (), [(ID, "*", "", NONE, tuple(PULL))]),
    "one action for another": (
        (allow(action="ecr:PutImage"),),
        (allow(action="ecr:*Layer"),),
        [(ID, "*", "", ("ecr:*Layer",), ("ecr:PutImage",))],
    ),
    "everyone takes in those who are named": (
        (allow(ROLE, "ecr:*"),),
        (allow("*", "ecr:PutImage"),),
        [
            ("*", "*", "", ("ecr:PutImage",), NONE),
            (ROLE, "*", "", NONE, ("ecr:*",)),
        ],
    ),
    "everyone, and those who had it": ((allow(ROLE),), (allow(ROLE), allow("*")), [("*", "*", "", ("ecr:PutImage",), NONE)]),
    "deny takes from what is allowed": (
        (allow(action="ecr:*"),),
        (allow(action="ecr:*"), deny("*", "ecr:Put*")),
        [
            ("*", "*", "", NONE, ("ecr:Put*",)),
        ],
    ),
    "deny of one of the actions that a wildcard takes in": (
        (allow(action="ecr:PutImage*"),),
        (allow(action="ecr:PutImage*"), deny(action="ecr:PutImage")),
        [(ID, "*", "", NONE, ("ecr:PutImage",))],
    ),
    "deny of an account reaches its roles": ((allow(ROLE), deny(ID)), (deny(ID),), []),
    "deny of another account does not": ((allow(ROLE), deny(OTHER)), (deny(OTHER),), [(ROLE, "*", "", NONE, ("ecr:PutImage",))]),
    "deny is lifted": ((deny("*"),), (), [("*", "*", "", ("ecr:PutImage",), NONE)]),
    "exempt, with the account": (
        (deny_all_but(ID),),
        (deny_all_but(ID, ROLE),),
        [(ROLE, "*", "", ALL, NONE)],
    ),
    "exempt no more": (
        (deny_all_but(ID, ROLE),),
        (deny_all_but(ID),),
        [(ROLE, "*", "", NONE, ALL)],
    ),
    "nobody exempt": ((), (deny_all_but(),), [("*", "*", "", NONE, ALL)]),
    "unnamed roles of an account that is left out": (
        (
            allow("*"),
            allow(ID),
            {**allow(), "Principal": "*", "Sid": "again"},
            {"Effect": "Allow", "NotPrincipal": {"AWS": ID}, "Action": "ecr:PutImage"},
        ),
        (allow(ID), {"Effect": "Allow", "NotPrincipal": {"AWS": ID}, "Action": "ecr:PutImage"}),
        [(ID, "*", "", NONE, ("ecr:PutImage",))],
    ),
    "condition with several values": (
        (),
        (allow(Condition=ORG),),
        [(ID, "*", "StringEquals aws:PrincipalOrgID o-1, o-2", ("ecr:PutImage",), NONE)],
    ),
    "one value more": (
        (allow(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),),
        (allow(Condition=ORG),),
        [(ID, "*", "StringEquals aws:PrincipalOrgID o-2", ("ecr:PutImage",), NONE)],
    ),
    "one exception less": (
        (allow(Condition={"StringNotEquals": {"aws:SourceVpce": ["v-1", "v-2"]}}),),
        (allow(Condition={"StringNotEquals": {"aws:SourceVpce": "v-1"}}),),
        [(ID, "*", "StringNotEquals aws:SourceVpce v-1", ("ecr:PutImage",), NONE)],
    ),
    "several exceptions": (
        (),
        (deny("*", Condition={"StringNotEquals": {"aws:SourceVpce": ["v-1", "v-2"]}}),),
        [("*", "*", "StringNotEquals aws:SourceVpce v-1, v-2", NONE, ("ecr:PutImage",))],
    ),
    "all of several values": (
        (allow(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}),),
        (
            allow(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}),
            allow(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": "b"}}),
        ),
        [
            (ID, "*", "ForAllValues:StringEquals aws:TagKeys a", ("ecr:PutImage",), NONE),
            (ID, "*", "ForAllValues:StringEquals aws:TagKeys a, b", NONE, ("ecr:PutImage",)),
            (ID, "*", "ForAllValues:StringEquals aws:TagKeys b", ("ecr:PutImage",), NONE),
        ],
    ),
    "any that is none of several values": (
        (allow(Condition={"ForAnyValue:StringNotEquals": {"k": ["a", "b"]}}),),
        (allow(Condition={"ForAnyValue:StringNotEquals": {"k": "a"}, "foranyvalue:stringnotequals": {"k": "b"}}),),
        [
            (ID, "*", "ForAnyValue:StringNotEquals k a and ForAnyValue:StringNotEquals k b", ("ecr:PutImage",), NONE),
            (ID, "*", "ForAnyValue:StringNotEquals k a, b", NONE, ("ecr:PutImage",)),
        ],
    ),
    "condition is lifted": ((allow(Condition=ORG),), (allow(),), [(ID, "*", "", ("ecr:PutImage",), NONE)]),
    "resource by resource": (
        (allow(Resource=["arn:a", "arn:b"]),),
        (allow(Resource=["arn:b", "arn:c"]),),
        [(ID, "arn:a", "", NONE, ("ecr:PutImage",)), (ID, "arn:c", "", ("ecr:PutImage",), NONE)],
    ),
    "wider resource takes in the narrower": (
        (),
        (allow(Resource="arn:*"), allow(Resource="arn:a")),
        [(ID, "arn:*", "", ("ecr:PutImage",), NONE)],
    ),
    "only the narrower resource": (
        (allow(Resource="arn:*"),),
        (allow(Resource="arn:*"), deny(Resource="arn:a")),
        [(ID, "arn:a", "", NONE, ("ecr:PutImage",))],
    ),
    "variables as written": (
        (),
        (allow(Resource="arn:${*}/${aws:username}"),),
        [(ID, "arn:${*}/${aws:username}", "", ("ecr:PutImage",), NONE)],
    ),
    "service and federation": (
        (),
        ({**allow(), "Principal": {"Service": "lambda.amazonaws.com", "Federated": "accounts.google.com"}},),
        [
            ("Federated:accounts.google.com", "*", "", ("ecr:PutImage",), NONE),
            ("Service:lambda.amazonaws.com", "*", "", ("ecr:PutImage",), NONE),
        ],
    ),
    "element that is not known": ((), (allow(Unknown=1),), [(ID, "*", 'other {"Unknown": 1}', ("ecr:PutImage",), NONE)]),
    "element that is not known, added": ((allow(),), (allow(Unknown=1),), [(ID, "*", "", NONE, ("ecr:PutImage",))]),
}


@pytest.mark.parametrize(("before", "after", "told"), CASES.values(), ids=CASES)
def test_told(before: tuple[dict[str, Any], ...], after: tuple[dict[str, Any], ...], told: list[Row]) -> None:
    assert sorted(rows(policy(*before), policy(*after))) == sorted(told)


@pytest.mark.parametrize(("before", "after", "told"), CASES.values(), ids=CASES)
def test_the_way_back_turns_gains_into_losses(
    before: tuple[dict[str, Any], ...], after: tuple[dict[str, Any], ...], told: list[Row]
) -> None:
    back = [(*where, gained, lost) for *where, lost, gained in rows(policy(*after), policy(*before))]
    assert sorted(back) == sorted(told)


def test_no_document_and_none() -> None:
    assert access_changes(None, None) == []
    assert rows(None, policy(allow())) == [(ID, "*", "", ("ecr:PutImage",), NONE)]
    assert rows(policy(allow()), None) == [(ID, "*", "", NONE, ("ecr:PutImage",))]


@pytest.mark.parametrize(
    ("owner", "told"),
    [
        pytest.param(None, [(ROLE, "*", "", ("ecr:PutImage",), NONE), (OTHER_ROLE, "*", "", ("ecr:PutImage",), NONE)], id="not known"),
        pytest.param(ID, [(ROLE, "*", "", ("ecr:PutImage",), NONE)], id="account delegates to its own roles only by their policies"),
    ],
)
def test_what_an_account_is_allowed_its_roles_are_if_another_account_owns_the_resource(owner: str | None, told: list[Row]) -> None:
    accounts = allow([ID, OTHER])
    assert rows(policy(accounts), policy(accounts, allow([ROLE, OTHER_ROLE])), owner=owner) == told


def test_identity_policies_are_about_whom_they_are_attached_to() -> None:
    statement = {"Effect": "Allow", "Action": PULL, "Resource": "arn:a"}
    assert rows(None, policy(statement), subject=ROLE) == [(ROLE, "arn:a", "", tuple(PULL), NONE)]
    assert rows(None, policy(statement)) == [("(attached identity)", "arn:a", "", tuple(PULL), NONE)]


def test_many_alternatives_are_compared_as_a_whole() -> None:
    many = {"StringEquals": {f"key-{number}": [f"{value}" for value in range(20)] for number in range(3)}}
    [change] = access_changes(None, policy(allow(Condition=many)))
    assert change.actions_gained == ("ecr:PutImage",)
    assert access_changes(policy(allow(Condition=many)), policy(allow(PULL[0], Condition=many)))


def test_result_does_not_depend_on_the_order_of_statements() -> None:
    statements = [allow("*", "ecr:*", Condition=ORG), deny(ROLE, "ecr:Put*"), allow([ID, OTHER], PULL, Resource=["arn:a", "arn:*"])]
    assert rows(policy(*statements), None) == rows(policy(*statements[::-1]), None)
