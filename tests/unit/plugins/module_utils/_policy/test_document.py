# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which documents mean the same, whatever their spelling, and which do not."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.dialect import AWS, RAM, Dialect
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.difference import equivalent
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import (
    Policy,
    canonical_condition,
    display,
    has_variables,
    parse,
    same_meaning,
    sid_of,
)

from .strategies import PARTITIONS

ID, OTHER, ORPHAN = "111122223333", "444455556666", "AROAEXAMPLEROLE00001"
ROLE = f"arn:aws:iam::{ID}:role/puller"
BASE: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": [ID, OTHER]}, "Action": ["ecr:BatchGetImage", "ecr:PutImage"]}


def root(account: str = ID, partition: str = "aws") -> str:
    return f"arn:{partition}:iam::{account}:root"


def but(**elements: Any) -> dict[str, Any]:
    return {**BASE, **elements}


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return but(Condition={operator: {key: value}})


def document(*statements: dict[str, Any], **elements: Any) -> dict[str, Any]:
    return {**elements, "Statement": list(statements)}


def verdicts(left: Any, right: Any, dialect: Dialect = AWS) -> tuple[bool, bool]:
    """(same meaning statement by statement, same effect), asked in both directions, on documents that must not change."""
    originals = copy.deepcopy((left, right))
    one, other = parse(left, dialect), parse(right, dialect)
    result = same_meaning(one, other), equivalent(one, other)
    assert (same_meaning(other, one), equivalent(other, one)) == result
    assert (left, right) == originals
    return result


SAME = {
    "account id and root ARN": (but(Principal={"AWS": ID}), but(Principal={"AWS": root()})),
    "account id and root ARN, plain text": (but(Principal=ID), but(Principal={"AWS": root()})),
    "account id and root ARN in NotPrincipal": (
        {"Effect": "Deny", "NotPrincipal": {"AWS": [ID, ROLE]}, "Action": "*"},
        {"Effect": "Deny", "NotPrincipal": {"AWS": [ROLE, root()]}, "Action": "*"},
    ),
    "account id as a number": (but(Principal={"AWS": int(ID)}), but(Principal={"AWS": ID})),
    "account id and root ARN of the same account in one list": (but(Principal={"AWS": [ID, root()]}), but(Principal={"AWS": ID})),
    "order of principals and actions": (
        BASE,
        {"Action": ["ecr:PutImage", "ecr:BatchGetImage"], "Principal": {"AWS": [OTHER, ID]}, "Effect": "Allow"},
    ),
    "text and list of one, action": (but(Action="ecr:PutImage"), but(Action=["ecr:PutImage"])),
    "text and list of one, NotAction": (
        {"Effect": "Deny", "Principal": "*", "NotAction": "ecr:PutImage"},
        {"Effect": "Deny", "Principal": "*", "NotAction": ["ecr:PutImage"]},
    ),
    "text and list of one, principal": (but(Principal={"AWS": ID}), but(Principal={"AWS": [ID]})),
    "text and list of one, resource": (but(Resource="a"), but(Resource=["a"])),
    "text and list of one, NotResource": (but(NotResource="a"), but(NotResource=["a"])),
    "text and list of one, condition": (
        when("StringEquals", "aws:PrincipalOrgID", "o-1"),
        when("StringEquals", "aws:PrincipalOrgID", ["o-1"]),
    ),
    "order of condition values": (
        when("StringEquals", "aws:PrincipalOrgID", ["o-1", "o-2"]),
        when("StringEquals", "aws:PrincipalOrgID", ["o-2", "o-1"]),
    ),
    "duplicate condition values": (
        when("StringEquals", "aws:PrincipalOrgID", ["o-1", "o-1"]),
        when("StringEquals", "aws:PrincipalOrgID", "o-1"),
    ),
    "everyone": (but(Principal="*"), but(Principal={"AWS": "*"})),
    "everyone and somebody": (but(Principal="*"), but(Principal={"AWS": [ID, "*"], "Service": "lambda.amazonaws.com"})),
    "letter case of actions": (but(Action="ecr:batchgetimage"), but(Action="ECR:BatchGetImage")),
    "duplicate actions": (but(Action=["ecr:PutImage", "ecr:PutImage"]), but(Action="ecr:PutImage")),
    "duplicate actions in another case": (but(Action=["ecr:PutImage", "ecr:putimage"]), but(Action="ecr:PutImage")),
    "action that a wildcard covers": (but(Action=["ecr:*", "ecr:PutImage"]), but(Action="ecr:*")),
    "all actions": (but(Action="*"), but(Action=["*:*", "ecr:*"])),
    "resource that a wildcard covers": (but(Resource=["arn:a/*", "arn:a/b"]), but(Resource="arn:a/*")),
    "any resource and no resource": (but(Resource="*"), BASE),
    "empty Sid": (but(Sid=""), BASE),
    "another Sid": (but(Sid="One"), but(Sid="Two")),
    "letter case of effect": (but(Effect="allow"), BASE),
    "empty condition": (but(Condition={}), BASE),
    "empty condition operator": (but(Condition={"StringEquals": {}}), BASE),
    "type without principals": (but(Principal={"AWS": ID, "Service": []}), but(Principal={"AWS": ID})),
    "nobody and no principal": (but(Principal={"AWS": []}), {key: BASE[key] for key in ("Effect", "Action")}),
    "letter case of condition keys": (
        when("ArnLike", "aws:SourceArn", "arn:aws:lambda:*"),
        when("ArnLike", "aws:sourceArn", "arn:aws:lambda:*"),
    ),
    "letter case of condition operators": (when("stringequals", "aws:SourceVpc", "v"), when("StringEquals", "aws:SourceVpc", "v")),
    "letter case of a boolean": (when("Bool", "aws:SecureTransport", "True"), when("Bool", "aws:SecureTransport", "true")),
    "boolean and text": (when("Bool", "aws:SecureTransport", False), when("Bool", "aws:SecureTransport", "false")),
    "boolean and text in Null": (when("Null", "aws:TagKeys", True), when("Null", "aws:TagKeys", "TRUE")),
    "boolean and text in another operator": (
        when("StringEquals", "aws:SecureTransport", True),
        when("StringEquals", "aws:SecureTransport", "true"),
    ),
    "integer and text": (when("NumericEquals", "s3:max-keys", 10), when("NumericEquals", "s3:max-keys", "10")),
    "fraction and text": (when("NumericEquals", "s3:max-keys", 1.5), when("NumericEquals", "s3:max-keys", "1.50")),
    "integer and fraction": (when("NumericLessThan", "s3:max-keys", 10), when("NumericLessThan", "s3:max-keys", "010.0")),
    "no zero is negative": (when("NumericLessThan", "s3:max-keys", "-0.0"), when("NumericLessThan", "s3:max-keys", 0)),
    "letters of a comparison that ignores their case": (
        when("StringEqualsIgnoreCase", "aws:PrincipalTag/team", "Core"),
        when("StringEqualsIgnoreCase", "aws:PrincipalTag/team", "CORE"),
    ),
    "ArnEquals and ArnLike": (when("ArnEquals", "aws:PrincipalArn", ROLE), when("ArnLike", "aws:PrincipalArn", ROLE)),
    "ArnEqualsIfExists and ArnLikeIfExists": (
        when("ForAnyValue:ArnEqualsIfExists", "aws:PrincipalArn", ROLE),
        when("ForAnyValue:ArnLikeIfExists", "aws:PrincipalArn", ROLE),
    ),
    "address and network of one address": (
        when("IpAddress", "aws:SourceIp", "192.0.2.1"),
        when("IpAddress", "aws:SourceIp", "192.0.2.1/32"),
    ),
    "network by another of its addresses": (
        when("IpAddress", "aws:SourceIp", "192.0.2.9/24"),
        when("IpAddress", "aws:SourceIp", "192.0.2.0/24"),
    ),
} | {
    f"root ARN in {partition}": (but(Principal={"AWS": [ID, OTHER]}), but(Principal={"AWS": [root(ID, partition), root(OTHER, partition)]}))
    for partition in PARTITIONS
}

DIFFERENT = {
    "another account": (but(Principal={"AWS": ID}), but(Principal={"AWS": OTHER})),
    "account and one of its roles": (but(Principal={"AWS": ID}), but(Principal={"AWS": ROLE})),
    "role and what is left of it": (but(Principal={"AWS": ROLE}), but(Principal={"AWS": ORPHAN})),
    "letter case of a role": (but(Principal={"AWS": ROLE}), but(Principal={"AWS": ROLE.replace("puller", "Puller")})),
    "role in another partition": (but(Principal={"AWS": ROLE}), but(Principal={"AWS": ROLE.replace("aws", "aws-cn")})),
    "everyone and nobody": (but(Principal="*"), but(Principal={})),
    "everyone and no principal": (but(Principal="*"), {key: BASE[key] for key in ("Effect", "Action")}),
    "everyone and somebody as plain text": (but(Principal="*"), but(Principal=ID)),
    "everyone and everyone's services": (but(Principal="*"), but(Principal={"Service": "*"})),
    "account and service of that name": (but(Principal={"AWS": ID}), but(Principal={"Service": ID})),
    "nobody but some, and some": (
        {"Effect": "Deny", "NotPrincipal": {"AWS": ID}, "Action": "*"},
        {"Effect": "Deny", "Principal": {"AWS": ID}, "Action": "*"},
    ),
    "all actions but one, and that one": (but(), {**{key: BASE[key] for key in ("Effect", "Principal")}, "NotAction": BASE["Action"]}),
    "effect": (BASE, but(Effect="Deny")),
    "one action less": (BASE, but(Action="ecr:PutImage")),
    "wildcard and one that it covers": (but(Action="ecr:*"), but(Action="ecr:PutImage")),
    "letter case of a resource": (
        but(Resource="arn:aws:ecr:eu-west-1:1:repository/a"),
        but(Resource="arn:aws:ecr:eu-west-1:1:repository/A"),
    ),
    "resource and all but it": (but(Resource="a"), but(NotResource="a")),
    "account id and root ARN in a condition on accounts": (
        when("StringEquals", "aws:SourceAccount", ID),
        when("StringEquals", "aws:SourceAccount", root()),
    ),
    "account id and root ARN in a condition on ARNs": (
        when("ArnEquals", "aws:PrincipalArn", ID),
        when("ArnEquals", "aws:PrincipalArn", root()),
    ),
    "fractions": (when("NumericLessThan", "s3:max-keys", 1.5), when("NumericLessThan", "s3:max-keys", 2.5)),
    "fractions that differ far behind": (
        when("NumericLessThan", "s3:max-keys", "1." + "0" * 40),
        when("NumericLessThan", "s3:max-keys", "1." + "0" * 40 + "1"),
    ),
    "number and text": (when("NumericEquals", "s3:max-keys", "10"), when("NumericEquals", "s3:max-keys", "ten")),
    "letter case of a value": (when("StringEquals", "aws:PrincipalTag/t", "a"), when("StringEquals", "aws:PrincipalTag/t", "A")),
    "condition and none": (when("StringEquals", "aws:PrincipalOrgID", "o-1"), BASE),
    "operator": (when("StringEquals", "aws:PrincipalOrgID", "o-1"), when("StringNotEquals", "aws:PrincipalOrgID", "o-1")),
    "operator that lets missing keys pass": (
        when("StringEquals", "aws:PrincipalOrgID", "o-1"),
        when("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"),
    ),
    "any value and all values": (
        when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1/*"),
        when("ForAllValues:StringLike", "aws:PrincipalOrgPaths", "o-1/*"),
    ),
    "address and network": (when("IpAddress", "aws:SourceIp", "192.0.2.0"), when("IpAddress", "aws:SourceIp", "192.0.2.0/24")),
    "condition that cannot be read and none": (but(Condition="aws:SourceAccount"), BASE),
    "conditions that cannot be read": (but(Condition={"StringEquals": "a"}), but(Condition={"StringEquals": "b"})),
    "unknown element": (but(Unknown=1), BASE),
}


@pytest.mark.parametrize(("left", "right"), SAME.values(), ids=SAME)
def test_same(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert verdicts(document(left), document(right)) == (True, True)


@pytest.mark.parametrize(("left", "right"), DIFFERENT.values(), ids=DIFFERENT)
def test_different(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert verdicts(document(left), document(right)) == (False, False)


PULL, PUSH = but(Sid="Pull", Action="ecr:BatchGetImage"), but(Sid="Push", Action="ecr:PutImage", Principal={"AWS": OTHER})
SAME_DOCUMENTS = {
    "statement without a list": (document(PULL), {"Statement": PULL}),
    "document in a list": (document(PULL), [document(PULL)]),
    "order of statements": (document(PULL, PUSH), document(PUSH, PULL)),
    "duplicate statements": (document(PULL, PULL, PUSH), document(PULL, PUSH, PUSH)),
    "missing version": (document(PULL), document(PULL, Version="2008-10-17")),
    "newer version without variables": (document(PULL), document(PULL, Version="2012-10-17")),
    "missing statements": ({}, document()),
    "no text": ("", "{}"),
    "nothing": (None, {"Version": "2012-10-17", "Statement": []}),
    "white space and order of keys": (
        json.dumps(document(PULL, Version="2012-10-17"), indent=4),
        json.dumps(document(dict(reversed(PULL.items()))), separators=(",", ":")),
    ),
    "Id": (document(PULL, Id="one"), document(PULL)),
}
#: Statement by statement these differ, and yet they grant and deny the same.
SAME_IN_EFFECT = {
    "one statement and two, by actions": ((BASE,), (but(Action="ecr:PutImage"), but(Action="ecr:BatchGetImage"))),
    "one statement and two, by principals": ((BASE,), (but(Principal={"AWS": ID}), but(Principal={"AWS": OTHER}))),
    "one statement and two, by condition values": (
        (when("StringEquals", "aws:PrincipalOrgID", ["o-1", "o-2"]),),
        (when("StringEquals", "aws:PrincipalOrgID", "o-1"), when("StringEquals", "aws:PrincipalOrgID", "o-2")),
    ),
    "statement that another one covers": ((but(Principal="*", Action="ecr:*"), BASE), (but(Principal="*", Action="ecr:*"),)),
    "condition that no longer matters": ((BASE, when("StringEquals", "aws:PrincipalOrgID", "o-1")), (BASE,)),
    "allow that a deny hides": (
        (but(Effect="Deny", Principal="*"), BASE),
        (but(Effect="Deny", Principal="*"),),
    ),
    "no action but all": ((PULL, {"Effect": "Allow", "Principal": "*", "NotAction": "*"}), (PULL,)),
    "wildcards that are the same together": ((but(Action=["ecr:*?", "ecr:"]),), (but(Action="ecr:*"),)),
    "exempt without their account is nobody": (
        ({"Effect": "Deny", "NotPrincipal": {"AWS": ROLE}, "Action": "*"},),
        ({"Effect": "Deny", "Principal": "*", "Action": "*"},),
    ),
}
DIFFERENT_DOCUMENTS = {
    "swapped principals": (
        document(PULL, PUSH),
        document({**PULL, "Principal": PUSH["Principal"]}, {**PUSH, "Principal": PULL["Principal"]}),
    ),
    "nothing and something": ({}, document(PULL)),
    "variable and text that looks like one": (
        document(but(Resource="arn:${aws:username}"), Version="2008-10-17"),
        document(but(Resource="arn:${aws:username}"), Version="2012-10-17"),
    ),
    "wildcard and escaped wildcard": (
        document(but(Resource="arn:a/${*}"), Version="2012-10-17"),
        document(but(Resource=["arn:a/${*}", "arn:a/${aws:username}"]), Version="2012-10-17"),
    ),
    "overlap of two wildcards, allowed and not": (
        document(but(Action="ecr:Batch*"), {"Effect": "Deny", "Principal": "*", "NotAction": "ecr:*Image"}),
        document({"Effect": "Deny", "Principal": "*", "NotAction": "ecr:*Image"}),
    ),
    "overlap of two wildcards, left out and not": (
        document({**PULL, "Principal": "*", "Action": "*"}),
        document(*({"Effect": "Allow", "Principal": "*", "NotAction": action} for action in ("ecr:Batch*", "ecr:*Image"))),
    ),
    "role exempt with its account": (
        document({"Effect": "Deny", "NotPrincipal": {"AWS": [ID]}, "Action": "*"}),
        document({"Effect": "Deny", "NotPrincipal": {"AWS": [ID, ROLE]}, "Action": "*"}),
    ),
    "nobody exempt": (document({"Effect": "Deny", "NotPrincipal": {"AWS": []}, "Action": "*"}), document()),
}


@pytest.mark.parametrize(("left", "right"), SAME_DOCUMENTS.values(), ids=SAME_DOCUMENTS)
def test_same_documents(left: Any, right: Any) -> None:
    assert verdicts(left, right) == (True, True)


@pytest.mark.parametrize(("left", "right"), SAME_IN_EFFECT.values(), ids=SAME_IN_EFFECT)
def test_same_in_effect(left: tuple[dict[str, Any]], right: tuple[dict[str, Any]]) -> None:
    assert verdicts(document(*left), document(*right)) == (False, True)


@pytest.mark.parametrize(("left", "right"), DIFFERENT_DOCUMENTS.values(), ids=DIFFERENT_DOCUMENTS)
def test_different_documents(left: Any, right: Any) -> None:
    assert verdicts(left, right) == (False, False)


# -- Alibaba Cloud RAM ------------------------------------------------------------------------------------------------

UID = "1234567890123456"


def trust(principal: Any, **elements: Any) -> dict[str, Any]:
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **elements}]}


RAM_SAME = {
    "role in lower case": (trust({"RAM": f"acs:ram::{UID}:role/AliyunECI"}), trust({"RAM": [f"acs:ram::{UID}:role/aliyuneci"]})),
    "service, text and list": (trust({"Service": ["eci.aliyuncs.com"]}), trust({"Service": "eci.aliyuncs.com"})),
    "account and its root": (trust({"RAM": f"acs:ram::{UID}:root"}), trust({"RAM": UID})),
    "missing version": (trust({"RAM": UID}), {"Statement": trust({"RAM": UID})["Statement"]}),
    "order of principals": (
        trust({"RAM": [f"acs:ram::{UID}:user/a", f"acs:ram::{UID}:role/b"]}),
        trust({"RAM": [f"acs:ram::{UID}:role/b", f"acs:ram::{UID}:user/A"]}),
    ),
    "variables in the only version": (
        trust({"RAM": UID}, Resource="acs:${a}"),
        {"Statement": trust({"RAM": UID}, Resource="acs:${a}")["Statement"]},
    ),
    "action's case and one-item list": (trust({"RAM": UID}), trust({"RAM": UID}, Action=["STS:assumerole"])),
}
RAM_DIFFERENT = {
    "another role": (trust({"RAM": f"acs:ram::{UID}:role/a"}), trust({"RAM": f"acs:ram::{UID}:role/b"})),
    "role and account": (trust({"RAM": f"acs:ram::{UID}:role/a"}), trust({"RAM": f"acs:ram::{UID}:root"})),
    "identity provider and role": (
        trust({"Federated": f"acs:ram::{UID}:saml-provider/a"}),
        trust({"RAM": f"acs:ram::{UID}:role/a"}),
    ),
}


@pytest.mark.parametrize(("left", "right"), RAM_SAME.values(), ids=RAM_SAME)
def test_same_in_ram(left: Any, right: Any) -> None:
    assert verdicts(left, right, RAM) == (True, True)


@pytest.mark.parametrize(("left", "right"), RAM_DIFFERENT.values(), ids=RAM_DIFFERENT)
def test_different_in_ram(left: Any, right: Any) -> None:
    assert verdicts(left, right, RAM) == (False, False)


def test_deny_of_a_ram_account_reaches_its_roles() -> None:
    deny = trust({"RAM": UID}, Effect="Deny")["Statement"][0]
    allow = trust({"RAM": f"acs:ram::{UID}:role/Puller"})["Statement"][0]
    assert equivalent(parse(document(deny), RAM), parse(document(deny, allow), RAM))


# -- text -------------------------------------------------------------------------------------------------------------


def test_text_is_as_short_as_json_can_be_and_keeps_what_was_written() -> None:
    source = {"Version": "2012-10-17", "Id": "é", "Statement": [but(Sid="One", Principal={"AWS": root()})]}
    assert parse(source).text() == json.dumps(source, separators=(",", ":"), ensure_ascii=False)


def test_no_document_shows_nothing() -> None:
    assert display(None) == ""


def test_shown_document() -> None:
    statement = {
        "Condition": {"StringLike": {"b": ["2", "1"], "a": True}},
        "Principal": {"Service": "lambda.amazonaws.com", "AWS": [root(), ID, ROLE]},
        "Action": ["ecr:PutImage", "ecr:BatchGetImage", "ecr:putimage"],
        "Effect": "Allow",
        "Sid": "",
    }
    assert json.loads(display(parse(document(statement)))) == {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": [ID, ROLE], "Service": ["lambda.amazonaws.com"]},
                "Action": ["ecr:BatchGetImage", "ecr:putimage"],
                "Condition": {"StringLike": {"a": ["true"], "b": ["1", "2"]}},
            }
        ]
    }


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, False),
        ({"Resource": "arn:${aws:username}"}, True),
        ({"NotResource": ["a", "arn:${aws:username}"]}, True),
        ({"Condition": {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}}, True),
        ({"Sid": "${a}"}, False),
    ],
)
def test_has_variables(elements: dict[str, Any], expected: bool) -> None:
    assert has_variables(but(**elements)) is expected


def test_sid_that_is_empty_is_none() -> None:
    assert [sid_of(one) for one in ({}, {"Sid": ""}, {"Sid": None}, {"Sid": "A"})] == [None, None, None, "A"]


def test_canonical_condition() -> None:
    assert canonical_condition({"ForAnyValue:ArnEquals": {"aws:PrincipalArn": ["b", "a"]}, "Bool": {"aws:SecureTransport": True}}) == {
        ("foranyvalue:arnlike", "aws:principalarn", frozenset({"a", "b"})),
        ("bool", "aws:securetransport", frozenset({"true"})),
    }


def test_policies_are_values() -> None:
    assert parse(document(PULL)) == Policy(statements=(PULL,))
