# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who outside of the account can do what, according to one document."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import get_session

from ansible_collections.crossaccount.registry.plugins.module_utils._access import ecr_actions
from ansible_collections.crossaccount.registry.plugins.module_utils._access.outside import KINDS

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
    access,
    allow,
    deny,
    functions,
    in_organization,
    role,
    service,
    source_arn,
)

ORPHAN = "AROAEXAMPLEROLE00001"
HERE = f"arn:aws:ecr:{REGION}:{OWNER}:repository/"
PATH = "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"


def arn_condition(arn: str) -> dict[str, Any]:
    return {"ArnLike": {"aws:PrincipalArn": arn}}


#: Statements, and (principal, kind, account) of everybody outside.
HOLDERS: dict[str, tuple[list[Statement], set[tuple[str, str, str | None]]]] = {
    "an account": ([allow(FRIEND)], {(FRIEND, "account", FRIEND)}),
    "its root, in another partition": ([allow(f"arn:aws-cn:iam::{FRIEND}:root")], {(FRIEND, "account", FRIEND)}),
    "the account itself": ([allow(OWNER, "*"), allow(role("admin", OWNER), "*", sid="B"), LAMBDA_IN_THE_SAME_ACCOUNT], set()),
    "a role and a user": (
        [allow([role("team/app"), f"arn:aws:iam::{OTHER}:user/ci"])],
        {(role("team/app"), "role", FRIEND), (f"arn:aws:iam::{OTHER}:user/ci", "user", OTHER)},
    ),
    "a session": (
        [allow(f"arn:aws:sts::{FRIEND}:assumed-role/app/i-1")],
        {(f"arn:aws:sts::{FRIEND}:assumed-role/app/i-1", "session", FRIEND)},
    ),
    "everyone": ([allow("*")], {("*", "public", None)}),
    "an organization": ([allow("*", PULL, in_organization())], {("o-a1b2c3d4e5", "organization", None)}),
    "units": ([allow("*", PULL, {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": PATH}})], {(PATH, "organization", None)}),
    "an organization that a Deny leaves": (
        [allow("*"), deny("*", "*", in_organization(operator="StringNotEquals"))],
        {("o-a1b2c3d4e5", "organization", None)},
    ),
    "units that a Deny leaves": (
        [allow("*"), deny("*", "*", {"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": [PATH]}})],
        {(PATH, "organization", None)},
    ),
    "accounts by a condition": (
        [allow("*", PULL, {"StringEquals": {"aws:PrincipalAccount": [FRIEND, OWNER]}})],
        {(FRIEND, "account", FRIEND)},
    ),
    "roles by a condition": ([allow("*", PULL, arn_condition(role("app-*")))], {(role("app-*"), "role", FRIEND)}),
    "roles of an account by a condition": ([allow(FRIEND, PULL, arn_condition(role("app-*")))], {(role("app-*"), "role", FRIEND)}),
    "all of an account by a condition": ([allow("*", PULL, arn_condition(f"arn:aws:iam::{FRIEND}:*"))], {(FRIEND, "account", FRIEND)}),
    "a network": (
        [allow("*", PULL, {"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}})],
        {("vpce-1", "network", None), ("vpce-2", "network", None)},
    ),
    "Lambda of another account": (
        [allow(service(), LAMBDA_PULL, source_arn([functions(FRIEND), functions(OWNER)]))],
        {("lambda.amazonaws.com", "service", FRIEND)},
    ),
    "a service of whomever": ([allow(service(), LAMBDA_PULL)], {("lambda.amazonaws.com", "service", None)}),
    "a service of an organization": (
        [allow(service(), LAMBDA_PULL, {"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}})],
        {("lambda.amazonaws.com", "service", None)},
    ),
    "services of an account": (
        [allow("*", PULL, {"StringEquals": {"aws:SourceAccount": [FRIEND]}})],
        {("*", "service", FRIEND)},
    ),
    "an orphan": ([allow([FRIEND, ORPHAN])], {(FRIEND, "account", FRIEND), (ORPHAN, "orphan", None)}),
    "a federation": ([allow({"Federated": "accounts.google.com"})], {("accounts.google.com", "federated", None)}),
    "all but one": ([{"Effect": "Allow", "NotPrincipal": {"AWS": FRIEND}, "Action": PULL}], {("*", "public", None)}),
    "who is denied": ([allow([FRIEND, OTHER]), deny(FRIEND)], {(OTHER, "account", OTHER)}),
    "a role that is denied": ([allow(role("app")), deny(FRIEND)], set()),
    "a statement that never has an effect": ([allow("*", "ecr:GetAuthorizationToken"), allow("*", ["s3:GetObject"], sid="B")], set()),
    "a statement for nobody": ([{"Effect": "Allow", "Action": PULL}], set()),
}


@pytest.mark.parametrize(("statements", "expected"), HOLDERS.values(), ids=HOLDERS)
def test_who(statements: list[Statement], expected: set[tuple[str, str, str | None]]) -> None:
    found = {(one.holder.principal, one.holder.kind, one.holder.account) for one in access(*statements)}
    assert found == expected
    assert {kind for _principal, kind, _account in found} <= set(KINDS)


#: Statements about FRIEND, the actions as they are shown, and the access levels.
ACTIONS: dict[str, tuple[list[Statement], list[str], tuple[str, ...]]] = {
    "a pull": ([allow(FRIEND, PULL)], PULL, ("pull",)),
    "Lambda's pull": ([allow(FRIEND, LAMBDA_PULL)], LAMBDA_PULL, ("pull",)),
    "a push": ([allow(FRIEND, PUSH)], sorted(PUSH), ("pull", "push")),
    "a scan": (
        [allow(FRIEND, [*PULL, "ecr:DescribeImages", "ecr:ListImages"])],
        sorted([*PULL, "ecr:DescribeImages", "ecr:ListImages"]),
        ("pull", "scan"),
    ),
    "from two statements": (
        [allow(FRIEND, "ecr:BatchGetImage", sid="A"), allow([FRIEND], "ecr:GetDownloadUrlForLayer", sid="B")],
        LAMBDA_PULL,
        ("pull",),
    ),
    "as it is written": ([allow(FRIEND, ["ECR:batchGETimage"])], ["ECR:batchGETimage"], ()),
    "something that is no level": ([allow(FRIEND, "ecr:DescribeImages")], ["ecr:DescribeImages"], ()),
    "deletion": ([allow(FRIEND, "ecr:BatchDeleteImage")], ["ecr:BatchDeleteImage"], ("delete",)),
    "administration": ([allow(FRIEND, "ecr:SetRepositoryPolicy")], ["ecr:SetRepositoryPolicy"], ("administer",)),
    "everything": (
        [allow(FRIEND, "ecr:*")],
        ["ecr:*"],
        ("pull", "push", "scan", "cache", "replicate", "delete", "administer"),
    ),
    "less what is denied": ([allow(FRIEND, [*PULL, "ecr:PutImage"]), deny("*", "ecr:Put*")], PULL, ("pull",)),
    "what is denied to others does not count": ([allow(FRIEND, LAMBDA_PULL), deny(OTHER)], LAMBDA_PULL, ("pull",)),
    "what is denied on a condition does not count": (
        [allow(FRIEND, LAMBDA_PULL), deny("*", "*", {"Bool": {"aws:SecureTransport": "false"}})],
        LAMBDA_PULL,
        ("pull",),
    ),
    "a login has no effect": ([allow(FRIEND, [*LAMBDA_PULL, "ecr:GetAuthorizationToken"])], LAMBDA_PULL, ("pull",)),
    "an action that nobody knows yet": ([allow(FRIEND, ["ecr:BatchGetImage", "ecr:NewThing"])], ["ecr:BatchGetImage", "ecr:NewThing"], ()),
}


@pytest.mark.parametrize(("statements", "actions", "levels"), ACTIONS.values(), ids=ACTIONS)
def test_what(statements: list[Statement], actions: list[str], levels: tuple[str, ...]) -> None:
    (found,) = access(*statements)
    assert found.holder.principal == FRIEND
    assert (list(found.actions), found.levels) == (actions, levels)
    assert found.condition == ""


def test_a_wildcard_less_what_is_denied_is_written_out() -> None:
    (found,) = access(allow(FRIEND, "ecr:*"), deny("*", "ecr:PutImage"))
    assert "ecr:*" not in found.actions and "ecr:PutImage" not in found.actions and "ecr:BatchGetImage" in found.actions
    assert "push" not in found.levels and "pull" in found.levels
    (found,) = access(allow(FRIEND, NotAction=["ecr:PutImage", "ecr:*Repository*"], Action=None))
    assert "ecr:PutImage" not in found.actions and "ecr:SetRepositoryPolicy" not in found.actions and "pull" in found.levels


def test_conditions_are_told_as_they_are_written() -> None:
    (found,) = access(allow("*", PULL, {"StringEquals": {"aws:PrincipalOrgId": "o-a1b2c3d4e5"}}))
    assert found.condition == "StringEquals aws:PrincipalOrgId o-a1b2c3d4e5"
    (found,) = access(allow("*"), deny("*", "*", {"StringNotEqualsIfExists": {"aws:PrincipalOrgId": "o-a1b2c3d4e5"}}))
    assert found.condition == "StringEquals aws:PrincipalOrgId o-a1b2c3d4e5"
    (found,) = access(allow(FRIEND, PULL, arn_condition(role("a" * 2000))))
    assert len(found.condition) < 1100 and found.condition.endswith("...")


def test_statements_are_named() -> None:
    (found,) = access(allow(FRIEND, PULL, sid="B"), allow([FRIEND, FRIEND], "ecr:PutImage", sid="A"), deny(OTHER))
    assert found.statements == ("A", "B")


def test_a_registry_policy() -> None:
    statement = allow(FRIEND, PULL, Resource=[f"{HERE}base/*", f"{HERE}payments/*"])
    assert {one.resource for one in access(statement, source="registry_policy", scope="V2")} == {f"{HERE}base/*", f"{HERE}payments/*"}
    assert access(statement, source="registry_policy", scope="V1") == ()
    (found,) = access(allow(FRIEND, "ecr:*", Resource="*"), source="registry_policy", scope="V1")
    assert found.actions == ("ecr:BatchImportUpstreamImage", "ecr:CreateRepository", "ecr:ReplicateImage")
    assert (found.levels, found.resource) == (("replicate",), f"{HERE}*")
    (found,) = access(allow(FRIEND, PULL, Resource="*"), source="creation_template", names="payments/*")
    assert found.resource == f"{HERE}payments/*"


def test_every_action_of_ecr_is_known() -> None:
    model = get_session().get_service_model("ecr")
    without_operation = {"ecr:BatchImportUpstreamImage", "ecr:GetImageCopyStatus", "ecr:ReplicateImage"}
    known = ecr_actions.OF_REPOSITORIES | ecr_actions.OF_REGISTRIES | ecr_actions.LOGIN
    assert {f"ecr:{name}" for name in model.operation_names} <= known
    assert without_operation <= known
    groups = [
        ecr_actions.READS,
        ecr_actions.WRITES,
        ecr_actions.DELETES,
        ecr_actions.ADMINISTERS,
        ecr_actions.OF_REGISTRIES,
        ecr_actions.LOGIN,
    ]
    assert sum(map(len, groups)) == len(known)
