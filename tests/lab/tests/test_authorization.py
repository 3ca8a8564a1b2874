# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evaluator, table by table, after the IAM user guide's evaluation logic."""

from __future__ import annotations

import typing as t

import pytest

from tests.lab.authorization import BOUNDARY, IDENTITY, RESOURCE, SESSION, Layers, Request, decide
from tests.lab.callers import Caller
from tests.lab.documents import Statement, parse_statements

OWNER, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{OTHER}:role/puller"
SESSION_ARN = f"arn:aws:sts::{OTHER}:assumed-role/puller/s1"
REPOSITORY = f"arn:aws:ecr:eu-west-1:{OWNER}:repository/team/app"
ACTION = "ecr:BatchGetImage"
ALL = f"arn:aws:ecr:*:{OWNER}:repository/"


def role(account: str = OTHER) -> Caller:
    return Caller(
        "role", account, "aws", f"arn:aws:sts::{account}:assumed-role/puller/s1", f"arn:aws:iam::{account}:role/puller", "AROAX:s1", "AROAX"
    )


def user(account: str = OWNER) -> Caller:
    arn = f"arn:aws:iam::{account}:user/robot"
    return Caller("user", account, "aws", arn, arn, "AIDAX", "AIDAX", "robot")


SERVICE = Caller("service", "", "aws", *["lambda.amazonaws.com"] * 5)


def statements(*raw: dict[str, t.Any]) -> tuple[Statement, ...]:
    return parse_statements({"Version": "2012-10-17", "Statement": list(raw)})


def can(action: t.Any = "ecr:*", resource: t.Any = "*", effect: str = "Allow", **more: t.Any) -> tuple[Statement, ...]:
    return statements({"Effect": effect, "Action": action, "Resource": resource, **more})


def lets(principal: t.Any, action: t.Any = ACTION, effect: str = "Allow", **more: t.Any) -> tuple[Statement, ...]:
    return statements({"Effect": effect, "Principal": principal, "Action": action, **more})


YES = can()
NO: tuple[Statement, ...] = ()
ROOT = {"AWS": f"arn:aws:iam::{OTHER}:root"}
OWN_ROOT = {"AWS": f"arn:aws:iam::{OWNER}:root"}

ROWS: list[tuple[str, Caller, Layers, t.Any, bool, str, bool]] = [
    # name, caller, layers, resource statements, allowed, deciding layer, explicit
    ("across: both allow", role(), Layers(YES), lets(ROOT), True, RESOURCE, False),
    ("across: role named", role(), Layers(YES), lets({"AWS": "AROAX"}), True, RESOURCE, False),
    ("across: session named", role(), Layers(YES), lets({"AWS": SESSION_ARN}), True, RESOURCE, False),
    ("across: another session named", role(), Layers(YES), lets({"AWS": SESSION_ARN + "x"}), False, RESOURCE, False),
    ("across: everybody", role(), Layers(YES), lets("*"), True, RESOURCE, False),
    ("across: identity only", role(), Layers(YES), NO, False, RESOURCE, False),
    ("across: resource only", role(), Layers(NO), lets(ROOT), False, IDENTITY, False),
    ("across: resource names the role, identity silent", role(), Layers(NO), lets({"AWS": "AROAX"}), False, IDENTITY, False),
    ("across: neither", role(), Layers(NO), NO, False, IDENTITY, False),
    ("across: other account named", role(), Layers(YES), lets(OWN_ROOT), False, RESOURCE, False),
    ("across: another action", role(), Layers(YES), lets(ROOT, "ecr:PutImage"), False, RESOURCE, False),
    ("across: action in another case", role(), Layers(YES), lets(ROOT, "ECR:batchgetimage"), True, RESOURCE, False),
    ("across: deny in resource", role(), Layers(YES), lets(ROOT) + lets("*", effect="Deny"), False, RESOURCE, True),
    ("across: deny in identity", role(), Layers(YES + can(effect="Deny")), lets(ROOT), False, IDENTITY, True),
    ("across: boundary silent", role(), Layers(YES, boundary=NO), lets({"AWS": "AROAX"}), False, BOUNDARY, False),
    ("across: boundary allows", role(), Layers(YES, boundary=YES), lets(ROOT), True, RESOURCE, False),
    ("across: boundary denies", role(), Layers(YES, boundary=YES + can(effect="Deny")), lets(ROOT), False, BOUNDARY, True),
    ("across: session policy silent", role(), Layers(YES, session=can("ecr:PutImage")), lets(ROOT), False, SESSION, False),
    ("across: session policy denies", role(), Layers(YES, session=YES + can(effect="Deny")), lets(ROOT), False, SESSION, True),
    ("across: administrator", role(), Layers(everything=True), lets(ROOT), True, RESOURCE, False),
    ("across: administrator, resource silent", role(), Layers(everything=True), NO, False, RESOURCE, False),
    ("own: identity allows", role(OWNER), Layers(YES), NO, True, IDENTITY, False),
    ("own: nothing allows", role(OWNER), Layers(NO), NO, False, IDENTITY, False),
    ("own: resource names the role", role(OWNER), Layers(NO), lets({"AWS": "AROAX"}), True, RESOURCE, False),
    ("own: resource names the account", role(OWNER), Layers(NO), lets(OWN_ROOT), False, IDENTITY, False),
    ("own: account named, identity allows", role(OWNER), Layers(YES), lets(OWN_ROOT), True, IDENTITY, False),
    ("own: role named, boundary silent", role(OWNER), Layers(NO, boundary=NO), lets({"AWS": "AROAX"}), False, BOUNDARY, False),
    ("own: role named, session silent", role(OWNER), Layers(NO, session=NO), lets({"AWS": "AROAX"}), False, SESSION, False),
    ("own: session named passes a boundary", role(OWNER), Layers(NO, boundary=NO, session=NO),
     lets({"AWS": f"arn:aws:sts::{OWNER}:assumed-role/puller/s1"}), True, RESOURCE, False),
    ("own: user named passes a boundary", user(), Layers(NO, boundary=NO), lets({"AWS": "AIDAX"}), True, RESOURCE, False),
    ("own: boundary restricts identity", user(), Layers(YES, boundary=can("ecr:PutImage")), NO, False, BOUNDARY, False),
    ("own: boundary alone gives nothing", user(), Layers(NO, boundary=YES), NO, False, IDENTITY, False),
    ("own: deny in identity beats resource", user(), Layers(can(effect="Deny")), lets({"AWS": "AIDAX"}), False, IDENTITY, True),
    ("own: deny in boundary beats it too", user(), Layers(NO, boundary=can(effect="Deny")), lets({"AWS": "AIDAX"}), False, BOUNDARY, True),
    ("own: deny of the account", user(), Layers(YES), lets(OWN_ROOT, effect="Deny"), False, RESOURCE, True),
    ("own: deny of another account", user(), Layers(YES), lets(ROOT, effect="Deny"), True, IDENTITY, False),
    ("own: NotPrincipal deny spares who is named at every level", user(), Layers(YES), statements(
        {"Effect": "Deny", "NotPrincipal": {"AWS": [OWN_ROOT["AWS"], "AIDAX"]}, "Action": "*"}), True, IDENTITY, False),
    ("own: NotPrincipal deny of everybody hits nobody", user(), Layers(YES), statements(
        {"Effect": "Deny", "NotPrincipal": {"AWS": "*"}, "Action": "*"}), True, IDENTITY, False),
    ("own: NotPrincipal deny hits who is not named", user(), Layers(YES), statements(
        {"Effect": "Deny", "NotPrincipal": {"AWS": [OWN_ROOT["AWS"]]}, "Action": "*"}), False, RESOURCE, True),
    ("own: NotAction allows the rest", user(), Layers(statements(
        {"Effect": "Allow", "NotAction": "ecr:Put*", "Resource": "*"})), NO, True, IDENTITY, False),
    ("own: NotAction leaves out", user(), Layers(statements(
        {"Effect": "Allow", "NotAction": "ecr:Batch*", "Resource": "*"})), NO, False, IDENTITY, False),
    ("own: NotResource leaves out", user(), Layers(statements(
        {"Effect": "Allow", "Action": "*", "NotResource": REPOSITORY})), NO, False, IDENTITY, False),
    ("own: resource pattern", user(), Layers(can(resource=f"{ALL}team/*")), NO, True, IDENTITY, False),
    ("own: resource of another repository", user(), Layers(can(resource=f"{ALL}other/*")), NO, False, IDENTITY, False),
    ("own: a wildcard stays between colons", user(), Layers(can(resource="arn:aws:ecr:*/app")), NO, False, IDENTITY, False),
    ("own: a wildcard that ends the pattern reaches to the end", user(), Layers(can(resource="arn:aws:ecr:*")), NO, True, IDENTITY, False),
    ("own: also after the region", user(), Layers(can(resource="arn:aws:ecr:eu-west-1:*")), NO, True, IDENTITY, False),
    ("own: but not into another region", user(), Layers(can(resource="arn:aws:ecr:eu-west-2:*")), NO, False, IDENTITY, False),
    ("own: nor into another service", user(), Layers(can(resource="arn:aws:s3:*")), NO, False, IDENTITY, False),
    ("own: nor without a wildcard", user(), Layers(can(resource="arn:aws:ecr")), NO, False, IDENTITY, False),
    ("own: variable in resource", user(), Layers(can(resource=f"{ALL}${{aws:PrincipalTag/team}}/*")), NO, True,
     IDENTITY, False),
    ("own: unknown variable matches nothing", user(), Layers(can(resource=f"{ALL}${{aws:PrincipalTag/x}}/*")), NO,
     False, IDENTITY, False),
    ("own: condition holds", user(), Layers(can(Condition={"StringEquals": {"aws:PrincipalTag/team": "team"}})), NO, True, IDENTITY, False),
    ("own: one of two conditions fails", user(), Layers(can(Condition={
        "StringEquals": {"aws:PrincipalTag/team": "team", "aws:RequestedRegion": "us-east-1"}})), NO, False, IDENTITY, False),
    ("resource element of a resource policy", role(), Layers(YES), lets(ROOT, Resource=REPOSITORY), True, RESOURCE, False),
    ("resource element of another repository", role(), Layers(YES), lets(ROOT, Resource=REPOSITORY + "x"), False, RESOURCE, False),
    ("service: named", SERVICE, Layers(), lets({"Service": "lambda.amazonaws.com"}), True, RESOURCE, False),
    ("service: another one named", SERVICE, Layers(), lets({"Service": "codebuild.amazonaws.com"}), False, RESOURCE, False),
    ("service: an account is not a service", SERVICE, Layers(), lets(ROOT), False, RESOURCE, False),
    ("role is no service", role(), Layers(YES), lets({"Service": "lambda.amazonaws.com"}), False, RESOURCE, False),
]  # fmt: skip


@pytest.mark.parametrize(("name", "caller", "layers", "resource", "allowed", "layer", "explicit"), ROWS, ids=[row[0] for row in ROWS])
def test_decision(name: str, caller: Caller, layers: Layers, resource: t.Any, allowed: bool, layer: str, explicit: bool) -> None:
    context = {"aws:principaltag/team": ["team"], "aws:requestedregion": ["eu-west-1"]}
    decision = decide(Request(caller, ACTION, REPOSITORY, context), OWNER, layers, resource)
    assert (decision.allowed, decision.layer, decision.explicit) == (allowed, layer, explicit), name


@pytest.mark.parametrize(
    ("caller", "layers", "resource", "allowed"),
    [
        (user(), Layers(YES), NO, False),
        (user(), Layers(YES), lets(OWN_ROOT), True),
        (user(), Layers(NO), lets(OWN_ROOT), False),
        (user(), Layers(NO), lets({"AWS": "AIDAX"}), True),
    ],
    ids=["identity alone", "account and identity", "account alone", "named"],
)
def test_a_trust_or_key_policy_has_to_allow(caller: Caller, layers: Layers, resource: t.Any, allowed: bool) -> None:
    decision = decide(Request(caller, ACTION, REPOSITORY, {}), OWNER, layers, resource, resource_must_allow=True)
    assert decision.allowed is allowed


def test_an_action_on_everything_needs_a_star() -> None:
    narrow, wide = can("ecr:GetAuthorizationToken", f"arn:aws:ecr:*:{OWNER}:repository/*"), can("ecr:GetAuthorizationToken")
    request = Request(user(), "ecr:GetAuthorizationToken", "*", {})
    assert not decide(request, OWNER, Layers(narrow), None).allowed
    assert decide(request, OWNER, Layers(wide), None).allowed


@pytest.mark.parametrize(
    ("layers", "resource", "words"),
    [
        (Layers(NO), NO, "because no identity-based policy allows the ecr:BatchGetImage action"),
        (Layers(YES), NO, "because no resource-based policy allows the ecr:BatchGetImage action"),
        (Layers(YES, boundary=NO), lets(ROOT), "because no permissions boundary allows the ecr:BatchGetImage action"),
        (Layers(YES, session=NO), lets(ROOT), "because no session policy allows the ecr:BatchGetImage action"),
        (Layers(YES), lets("*", effect="Deny"), "with an explicit deny in a resource-based policy"),
        (Layers(can(effect="Deny")), lets(ROOT), "with an explicit deny in an identity-based policy"),
        (Layers(YES, boundary=can(effect="Deny")), lets(ROOT), "with an explicit deny in a permissions boundary"),
        (Layers(YES, session=can(effect="Deny")), lets(ROOT), "with an explicit deny in a sessions policy"),
    ],
)
def test_words_of_a_denial(layers: Layers, resource: t.Any, words: str) -> None:
    decision = decide(Request(role(), ACTION, REPOSITORY, {}), OWNER, layers, resource)
    assert decision.reason(ACTION) == words
