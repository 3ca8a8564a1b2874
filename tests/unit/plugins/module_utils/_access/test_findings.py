# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found in documents, and what is not: each rule in both directions."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._access.finding import SEVERITIES

from .samples import (
    FRIEND,
    LAMBDA_IN_THE_SAME_ACCOUNT,
    LAMBDA_PULL,
    OTHER,
    OWNER,
    PULL,
    PUSH,
    REGION,
    Statement,
    allow,
    deny,
    findings,
    functions,
    in_organization,
    role,
    service,
    source_arn,
    told,
)

ROOT = f"arn:aws:iam::{FRIEND}:root"
OWN_ROOT = f"arn:aws:iam::{OWNER}:root"
ORPHAN, ORPHAN_USER = "AROAEXAMPLEROLE00001", "AIDAEXAMPLEUSER00001"
PATHS = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"]}}
HERE = f"arn:aws:ecr:{REGION}:{OWNER}:repository/"

#: Documents that nothing is wrong with.
QUIET: dict[str, list[Statement]] = {
    "nothing": [],
    "AWS's own statement for Lambda": [LAMBDA_IN_THE_SAME_ACCOUNT],
    "the account itself may do everything": [allow(OWN_ROOT, "ecr:*")],
    "a role of the account itself may do everything": [allow([role("admin", OWNER)], "*")],
    "AWS's example: another account pulls": [allow([ROOT], PULL)],
    "AWS's example: another account pushes": [allow(ROOT, PUSH)],
    "an organization": [allow("*", PULL, in_organization())],
    "an organization, as people write it for everyone": [allow({"AWS": "*"}, PULL, {"StringLike": {"aws:principalorgid": "o-a1b2c3d4e5"}})],
    "organizational units": [allow("*", PULL, PATHS)],
    "roles by a pattern in one account": [allow("*", PULL, {"ArnLike": {"aws:PrincipalArn": role("app-*")}})],
    "an account by a condition": [allow("*", PULL, {"StringEquals": {"aws:PrincipalAccount": FRIEND}})],
    "a VPC endpoint": [allow("*", PULL, {"StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"}})],
    "a network of somebody": [allow("*", PULL, {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}})],
    "Lambda in another account, both statements": [
        allow(ROOT, LAMBDA_PULL, sid="Account"),
        allow(service(), LAMBDA_PULL, source_arn(functions(FRIEND)), "Lambda"),
    ],
    "Lambda in any region of another account": [allow(service(), LAMBDA_PULL, source_arn(functions(FRIEND, "*")))],
    "CodeBuild, as AWS writes it": [
        allow(
            service("codebuild.amazonaws.com"),
            LAMBDA_PULL,
            {**source_arn(f"arn:aws:codebuild:{REGION}:{OWNER}:project/app"), "StringEquals": {"aws:SourceAccount": OWNER}},
        )
    ],
    "a service of an organization": [allow(service(), LAMBDA_PULL, {"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}})],
    "everyone, and a Deny for all outside of the organization": [
        allow("*", PULL),
        deny("*", "ecr:*", {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
    ],
    "everyone, and a Deny that spares AWS's services": [
        allow("*", PULL),
        deny(
            {"AWS": "*"},
            "*",
            {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
        ),
    ],
    "everyone, and a Deny for other networks": [allow("*", PULL), deny("*", "ecr:*", {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}})],
    "a Deny without TLS": [allow(ROOT, PULL), deny("*", "ecr:*", {"Bool": {"aws:SecureTransport": "false"}})],
    "a Deny for everyone but the account": [
        allow(OWNER, "ecr:*"),
        {"Sid": "D", "Effect": "Deny", "NotPrincipal": {"AWS": [OWN_ROOT, role("admin", OWNER)]}, "Action": "ecr:DeleteRepository"},
    ],
    "a role of the account beside the account": [allow(OWN_ROOT, PULL, sid="A"), allow(role("ci", OWNER), PULL, sid="B")],
    "two roles": [allow(role("one"), PULL, sid="A"), allow(role("two"), PULL, sid="B")],
    "its own resource": [allow(ROOT, PULL, Resource=f"{HERE}*")],
    "a resource for everything": [allow(ROOT, PULL, Resource="*")],
    "two conditions that can both be met": [
        allow("*", PULL, {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "StringLike": {"aws:PrincipalOrgID": "o-*"}})
    ],
    "a condition on tags, for an account": [allow(ROOT, PULL, {"StringEquals": {"aws:PrincipalTag/team": "payments"}})],
    "CDK's tag on the account": [allow(ROOT, PULL, {"StringEquals": {"aws:PrincipalTag/aws-cdk:id": "Stack_c8ab"}})],
    "variables": [allow(ROOT, PULL, {"StringLike": {"ecr:ResourceTag/team": "${aws:PrincipalTag/team}"}})],
}


@pytest.mark.parametrize("statements", QUIET.values(), ids=QUIET)
def test_nothing_is_found(statements: list[Statement]) -> None:
    assert findings(*statements) == []


#: Documents and what is found: (severity, rule, statement).
LOUD: dict[str, tuple[list[Statement], set[tuple[str, str, str]]]] = {
    "everyone": ([allow("*")], {("critical", "public", "S")}),
    "everyone in a list": ([allow({"AWS": [ROOT, "*"]})], {("critical", "public", "S")}),
    "everyone with TLS": ([allow("*", PULL, {"Bool": {"aws:SecureTransport": "true"}})], {("critical", "public", "S")}),
    "everyone with a tag": ([allow("*", PULL, {"StringEquals": {"aws:PrincipalTag/team": "a"}})], {("critical", "public", "S")}),
    "everyone who says so": ([allow("*", PULL, in_organization(operator="StringEqualsIfExists"))], {("critical", "public", "S")}),
    "everyone but an organization": ([allow("*", PULL, in_organization(operator="StringNotEquals"))], {("critical", "public", "S")}),
    "any organization": ([allow("*", PULL, {"StringLike": {"aws:PrincipalOrgID": "o-*"}})], {("critical", "public", "S")}),
    "a role of any account": ([allow("*", PULL, {"ArnLike": {"aws:PrincipalArn": role("app", "*")}})], {("critical", "public", "S")}),
    "the whole internet": ([allow("*", PULL, {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})], {("critical", "public", "S")}),
    "everyone, and a Deny that does not reach": (
        [allow("*", PULL), deny("*", "ecr:PutImage", {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})],
        {("critical", "public", "S")},
    ),
    "everyone, and a Deny for one account": ([allow("*", PULL), deny(OTHER)], {("critical", "public", "S")}),
    "everyone, and a Deny for one of several organizations' keys": (
        [
            allow("*", PULL),
            deny("*", "ecr:*", {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "Bool": {"aws:SecureTransport": "false"}}),
        ],
        {("critical", "public", "S")},
    ),
    "everyone but somebody": (
        [{"Sid": "S", "Effect": "Allow", "NotPrincipal": {"AWS": ROOT}, "Action": PULL}],
        {("critical", "not-principal", "S")},
    ),
    "everyone but somebody, of an organization": (
        [{"Sid": "S", "Effect": "Allow", "NotPrincipal": {"AWS": ROOT}, "Action": PULL, "Condition": in_organization()}],
        {("medium", "not-principal", "S")},
    ),
    "all of ECR": ([allow(ROOT, "ecr:*")], {("high", "wildcard-action", "S")}),
    "all": ([allow(ROOT, "*")], {("high", "wildcard-action", "S")}),
    "all that puts": ([allow(ROOT, [*PULL, "ecr:Put*"])], {("high", "wildcard-action", "S")}),
    "all, in capitals, for an organization": ([allow("*", "ECR:*", in_organization())], {("high", "wildcard-action", "S")}),
    "all that reads": ([allow(ROOT, ["ecr:BatchGet*", "ecr:Describe*", "ecr:List*"])], {("low", "wildcard-action", "S")}),
    "all but some": ([allow(ROOT, None, NotAction="ecr:DeleteRepository", Action=None)], {("high", "wildcard-action", "S")}),
    "an orphan role": ([allow([ROOT, ORPHAN])], {("medium", "orphan-principal", "S")}),
    "nobody but an orphan user": ([allow(ORPHAN_USER, "ecr:*")], {("medium", "orphan-principal", "S")}),
    "an orphan that is denied": ([allow(ROOT), deny(ORPHAN)], {("medium", "orphan-principal", "D")}),
    "Lambda for anybody": ([allow(service(), LAMBDA_PULL)], {("high", "confused-deputy", "S")}),
    "Lambda for functions of any account": (
        [allow(service(), LAMBDA_PULL, source_arn(functions("*")))],
        {("high", "confused-deputy", "S")},
    ),
    "Lambda for those who say so": (
        [allow(service(), LAMBDA_PULL, {"StringEqualsIfExists": {"aws:SourceAccount": FRIEND}})],
        {("high", "confused-deputy", "S")},
    ),
    "two services, and an account": (
        [allow({"Service": ["codebuild.amazonaws.com", "lambda.amazonaws.com"], "AWS": ROOT}, LAMBDA_PULL)],
        {("high", "confused-deputy", "S")},
    ),
    "a login in the policy of a repository": (
        [allow(ROOT, [*PULL, "ecr:GetAuthorizationToken"])],
        {("info", "ineffective-action", "S")},
    ),
    "only a login": ([allow(ROOT, "ecr:GetAuthorizationToken")], {("low", "dead-statement", "S")}),
    "another service's action": ([allow(ROOT, ["s3:GetObject"])], {("low", "dead-statement", "S")}),
    "some actions of registries": ([allow(ROOT, ["ecr:BatchGetImage", "ecr:DescribeRegistry"])], {("info", "ineffective-action", "S")}),
    "an action that nobody knows": ([allow(ROOT, ["ecr:BatchGetImage", "ecr:PullImage"])], {("info", "ineffective-action", "S")}),
    "only an action that nobody knows": ([allow(ROOT, "ecr:PullImage")], {("info", "ineffective-action", "S")}),
    "another repository": ([allow(ROOT, PULL, Resource=f"arn:aws:ecr:{REGION}:{OTHER}:repository/a")], {("low", "dead-statement", "S")}),
    "another region": ([allow(ROOT, PULL, Resource=f"arn:aws:ecr:us-east-1:{OWNER}:*")], {("low", "dead-statement", "S")}),
    "nothing is left": ([allow(ROOT, PULL, NotResource="*")], {("low", "dead-statement", "S")}),
    "two organizations at once": (
        [allow("*", PULL, {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "StringLike": {"aws:PrincipalOrgId": "o-z*"}})],
        {("low", "dead-statement", "S")},
    ),
    "the same key in two spellings": (
        [allow(service(), LAMBDA_PULL, {"StringEquals": {"aws:SourceAccount": FRIEND, "aws:sourceAccount": OTHER}})],
        {("low", "dead-statement", "S")},
    ),
    "to be and not to be": (
        [
            allow(
                "*",
                PULL,
                {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "StringNotLike": {"aws:PrincipalOrgID": ["o-a*", "o-b*"]}},
            )
        ],
        {("low", "dead-statement", "S")},
    ),
    "missing and there": (
        [allow(ROOT, PULL, {"StringEquals": {"aws:PrincipalTag/team": "a"}, "Null": {"aws:PrincipalTag/team": "true"}})],
        {("low", "dead-statement", "S")},
    ),
    "source account and source ARN": (
        [allow(service(), LAMBDA_PULL, {**source_arn(functions(FRIEND)), "StringEquals": {"aws:SourceAccount": OTHER}})],
        {("low", "dead-statement", "S")},
    ),
    "a role of another account than the principal": (
        [allow(ROOT, PULL, {"ArnEquals": {"aws:PrincipalArn": role("app", OTHER)}})],
        {("low", "dead-statement", "S")},
    ),
    "an account id with a digit too few": (
        [allow("*", PULL, {"StringEquals": {"aws:PrincipalAccount": "11112222333"}})],
        {("low", "dead-statement", "S")},
    ),
    "a name for an organization": ([allow("*", PULL, in_organization("acme"))], {("low", "dead-statement", "S")}),
    "Lambda with a role as its source": (
        [allow(service(), LAMBDA_PULL, source_arn(role("lambda-execution")))],
        {("low", "dead-statement", "S")},
    ),
    "Lambda of an organization": ([allow(service(), LAMBDA_PULL, in_organization())], {("low", "dead-statement", "S")}),
    "a Deny that denies nothing": (
        [allow(ROOT, PULL), deny("*", "ecr:GetAuthorizationToken")],
        {("medium", "dead-statement", "D")},
    ),
    "all that is allowed is denied": ([allow(ROOT, PULL), deny("*", "ecr:*")], {("low", "dead-statement", "S")}),
    "all that is allowed is denied to others": (
        [allow(ROOT, PULL), {"Sid": "D", "Effect": "Deny", "NotPrincipal": {"AWS": OWN_ROOT}, "Action": "*"}],
        {("low", "dead-statement", "S")},
    ),
    "the same twice": ([allow(ROOT, PULL, sid="A"), allow([FRIEND], PULL[::-1], sid="B")], {("low", "duplicate-statement", "A, B")}),
    "the same three times": (
        [allow(ROOT, PULL, sid="C"), allow([FRIEND, FRIEND], PULL, sid="A"), allow(FRIEND, [*PULL, "ECR:BatchGetImage"], sid="B")],
        {("low", "duplicate-statement", "A, B, C")},
    ),
    "less of the same": ([allow(ROOT, PUSH, sid="A"), allow(ROOT, PULL, sid="B")], {("low", "covered-statement", "B")}),
    "a role beside its account": ([allow(ROOT, PULL, sid="A"), allow(role("app"), PULL, sid="B")], {("low", "covered-statement", "B")}),
    "one organization of two": (
        [allow("*", PULL, in_organization("o-a1b2c3d4e5", "o-b1b2c3d4e5"), "A"), allow("*", PULL, in_organization(), "B")],
        {("low", "covered-statement", "B")},
    ),
    "a condition beside none": (
        [allow(ROOT, PULL, sid="A"), allow(ROOT, PULL, {"Bool": {"aws:SecureTransport": "true"}}, "B")],
        {("low", "covered-statement", "B")},
    ),
    "twins in one that takes in both": (
        [allow(ROOT, PUSH, sid="A"), allow(ROOT, PULL, sid="B"), allow(FRIEND, PULL, sid="C")],
        {("low", "covered-statement", "B, C"), ("low", "duplicate-statement", "B, C")},
    ),
    "a Deny in a wider one": ([deny("*", "ecr:*", sid="A"), deny(FRIEND, "ecr:PutImage", sid="B")], {("low", "covered-statement", "B")}),
}


@pytest.mark.parametrize(("statements", "expected"), LOUD.values(), ids=LOUD)
def test_something_is_found(statements: list[Statement], expected: set[tuple[str, str, str]]) -> None:
    found = findings(*statements)
    assert told(found) == expected
    for one in found:
        assert one.severity in SEVERITIES
        assert one.document == "repository policy"
        for sentence in (one.message, one.remedy):
            assert sentence.endswith(".") and not sentence.endswith("..") and "{" not in sentence


#: What is said about whom, with allowed accounts and organizations.
STRANGERS: dict[str, tuple[list[Statement], dict[str, list[str]], set[tuple[str, str | None]]]] = {
    "nobody is forbidden": ([allow(OTHER)], {}, set()),
    "an account that is allowed": ([allow(ROOT)], {"accounts": [FRIEND]}, set()),
    "the account itself": ([allow(OWN_ROOT), LAMBDA_IN_THE_SAME_ACCOUNT], {"accounts": []}, set()),
    "another account": ([allow([ROOT, OTHER])], {"accounts": [FRIEND]}, {("account-not-allowed", OTHER)}),
    "a role of another account": ([allow(role("a", OTHER))], {"accounts": [FRIEND]}, {("account-not-allowed", OTHER)}),
    "accounts by a condition": (
        [allow("*", PULL, {"StringEquals": {"aws:PrincipalAccount": [FRIEND, OTHER]}})],
        {"accounts": [FRIEND]},
        {("account-not-allowed", OTHER)},
    ),
    "an organization that is allowed": ([allow("*", PULL, in_organization())], {"organizations": ["o-a1b2c3d4e5"]}, set()),
    "an organization by a Deny": (
        [allow("*", PULL), deny("*", "*", in_organization(operator="StringNotEquals"))],
        {"organizations": ["o-a1b2c3d4e5"]},
        set(),
    ),
    "units of an organization that is allowed": ([allow("*", PULL, PATHS)], {"organizations": ["o-a1b2c3d4e5"]}, set()),
    "another organization": (
        [allow("*", PULL, in_organization("o-z1b2c3d4e5"))],
        {"organizations": ["o-a1b2c3d4e5"]},
        {("organization-not-allowed", "o-z1b2c3d4e5")},
    ),
    "an account where organizations are allowed": ([allow(ROOT)], {"organizations": ["o-a1b2c3d4e5"]}, {("account-not-allowed", FRIEND)}),
    "Lambda of an account that is allowed": ([allow(service(), LAMBDA_PULL, source_arn(functions(FRIEND)))], {"accounts": [FRIEND]}, set()),
    "Lambda of another account": (
        [allow(service(), LAMBDA_PULL, source_arn(functions(OTHER)))],
        {"accounts": [FRIEND]},
        {("account-not-allowed", OTHER)},
    ),
    "a VPC endpoint": (
        [allow("*", PULL, {"StringEquals": {"aws:SourceVpce": "vpce-1"}})],
        {"accounts": [FRIEND]},
        {("account-not-allowed", "*")},
    ),
    "everyone is told once": ([allow("*")], {"accounts": [FRIEND]}, {("public", "*")}),
    "an orphan is told once": ([allow([ROOT, ORPHAN])], {"accounts": [FRIEND]}, {("orphan-principal", ORPHAN)}),
    "a service for anybody is told once": (
        [allow(service(), LAMBDA_PULL)],
        {"accounts": [FRIEND]},
        {("confused-deputy", "lambda.amazonaws.com")},
    ),
    "all but somebody is told once": (
        [{"Sid": "S", "Effect": "Allow", "NotPrincipal": {"AWS": ROOT}, "Action": PULL}],
        {"accounts": [FRIEND]},
        {("not-principal", "*")},
    ),
    "who is denied": ([allow(OTHER), deny(OTHER, "*")], {"accounts": [FRIEND]}, {("dead-statement", None)}),
}


@pytest.mark.parametrize(("statements", "allowed", "expected"), STRANGERS.values(), ids=STRANGERS)
def test_who_is_not_allowed(statements: list[Statement], allowed: dict[str, Any], expected: set[tuple[str, str | None]]) -> None:
    assert {(one.rule, one.principal) for one in findings(*statements, **allowed)} == expected


@pytest.mark.parametrize(
    ("scope", "action", "expected"),
    [
        ("V2", PULL, set()),
        ("V2", "ecr:ReplicateImage", set()),
        ("V2", "ecr:DescribeRegistry", set()),
        ("V1", ["ecr:ReplicateImage", "ecr:CreateRepository"], set()),
        ("V1", PULL, {("low", "dead-statement", "S")}),
        ("V1", "ecr:SomethingNew", {("low", "dead-statement", "S")}),
        ("V1", ["ecr:ReplicateImage", "ecr:PutImage"], {("info", "ineffective-action", "S")}),
        ("V1", "ecr:*", {("high", "wildcard-action", "S")}),
        (None, PULL, set()),
    ],
)
def test_the_scope_of_a_registry_policy(scope: str | None, action: Any, expected: set[tuple[str, str, str]]) -> None:
    statement = allow(ROOT, action, Resource=f"{HERE}*")
    assert told(findings(statement, source="registry_policy", scope=scope)) == expected


def test_one_repository_of_those_that_a_statement_names() -> None:
    statement = allow(ROOT, PULL, Resource=[f"{HERE}base/*", f"{HERE}payments/web"])
    assert findings(statement, names="payments/web") == []
    assert told(findings(statement, names="payments/api")) == {("low", "dead-statement", "S")}


def test_a_template_is_a_repository_policy_to_be() -> None:
    (one,) = findings(allow("*"), source="creation_template")
    assert (one.rule, one.document) == ("public", "creation template payments")


def test_statements_without_a_sid_are_called_by_their_place() -> None:
    assert {one.statement for one in findings(allow(ROOT, sid=None), allow("*", sid=None))} == {"#1", "#2"}  # type: ignore[arg-type]
