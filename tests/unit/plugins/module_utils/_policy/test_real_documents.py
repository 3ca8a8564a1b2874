# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents that people have: from the vendors' pages and from the modules that other tools ship."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.dialect import AWS, RAM, Dialect
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.difference import access_changes, equivalent
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import display, parse, same_meaning
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.merge import Ownership, plan

from .strategies import as_aws_shows

ID, OTHER, UID = "111122223333", "444455556666", "1234567890123456"
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
PUSH = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
CHECK = "ecr:BatchCheckLayerAvailability"
REPOSITORIES = f"arn:aws:ecr:eu-west-1:{ID}:repository/*"
LAMBDA_OF_OTHER = {"StringLike": {"aws:sourceArn": f"arn:aws:lambda:eu-west-1:{OTHER}:function:*"}}


def statement(sid: str, principal: Any, action: Any, **elements: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, **elements}


def root(account: str) -> dict[str, str]:
    return {"AWS": f"arn:aws:iam::{account}:root"}


#: name -> (statements, principals who gain something by the document)
DOCUMENTS: dict[str, tuple[list[dict[str, Any]], set[str]]] = {
    "Lambda of another account": (
        [
            statement("CrossAccountPermission", root(OTHER), PULL),
            statement("LambdaECRImageCrossAccountRetrievalPolicy", {"Service": "lambda.amazonaws.com"}, PULL, Condition=LAMBDA_OF_OTHER),
        ],
        {OTHER, "Service:lambda.amazonaws.com"},
    ),
    "Lambda of the same account": (
        [
            statement(
                "LambdaECRImageRetrievalPolicy",
                {"Service": "lambda.amazonaws.com"},
                [*PULL, "ecr:SetRepositoryPolicy", "ecr:DeleteRepositoryPolicy", "ecr:GetRepositoryPolicy"],
                Condition={"StringLike": {"aws:sourceArn": f"arn:aws:lambda:eu-west-1:{ID}:function:*"}},
            )
        ],
        {"Service:lambda.amazonaws.com"},
    ),
    "CodeBuild": (
        [
            statement(
                "CodeBuildAccess",
                {"Service": "codebuild.amazonaws.com"},
                [*PULL, CHECK],
                Condition={
                    "ArnLike": {"aws:SourceArn": f"arn:aws:codebuild:eu-west-1:{ID}:project/build"},
                    "StringEquals": {"aws:SourceAccount": ID},
                },
            )
        ],
        {"Service:codebuild.amazonaws.com"},
    ),
    "organization": (
        [statement("OrgPull", "*", [*PULL, CHECK], Condition={"StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}})],
        {"*"},
    ),
    "paths of an organization": (
        [
            statement(
                "PathPull",
                {"AWS": "*"},
                PULL,
                Condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"]}},
            )
        ],
        {"*"},
    ),
    "cloudposse": (
        [
            statement("ReadonlyAccess", {"AWS": [f"arn:aws:iam::{OTHER}:root"]}, [*PULL, CHECK, "ecr:DescribeImages", "ecr:ListImages"]),
            statement("PushAccess", {"AWS": [f"arn:aws:iam::{OTHER}:role/ci"]}, [*PUSH, CHECK, "ecr:GetAuthorizationToken"]),
            statement("FullAccess", {"AWS": [f"arn:aws:iam::{ID}:role/admin"]}, ["ecr:*"]),
            statement(
                "OrganizationsReadonlyAccess", {"AWS": "*"}, PULL, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
            ),
        ],
        {OTHER, f"arn:aws:iam::{OTHER}:role/ci", f"arn:aws:iam::{ID}:role/admin", "*"},
    ),
    "terraform-aws-modules": (
        [
            statement(
                "PrivateReadOnly",
                {"AWS": [f"arn:aws:iam::{OTHER}:root", f"arn:aws:iam::{ID}:role/ci"]},
                ["ecr:GetAuthorizationToken", *PULL],
            ),
            statement("ReadWrite", {"AWS": f"arn:aws:iam::{ID}:role/ci"}, PUSH),
        ],
        {OTHER, f"arn:aws:iam::{ID}:role/ci"},
    ),
    "security scanner": (
        [
            statement(
                "ScannerRead", {"AWS": f"arn:aws:iam::{OTHER}:role/acs-scanner"}, [*PULL, CHECK, "ecr:DescribeImages", "ecr:ListImages"]
            )
        ],
        {f"arn:aws:iam::{OTHER}:role/acs-scanner"},
    ),
    "upstream of a pull-through cache": (
        [statement("Upstream", root(OTHER), [*PULL, "ecr:BatchImportUpstreamImage", "ecr:GetImageCopyStatus"], Resource=REPOSITORIES)],
        {OTHER},
    ),
    "destination of replication": (
        [statement("ReplicationAccess", root(OTHER), ["ecr:CreateRepository", "ecr:ReplicateImage"], Resource=[REPOSITORIES])],
        {OTHER},
    ),
    "deny of all but some": (
        [
            {
                "Sid": "OnlyCI",
                "Effect": "Deny",
                "NotPrincipal": {"AWS": [f"arn:aws:iam::{ID}:root", f"arn:aws:iam::{ID}:role/ci"]},
                "Action": ["ecr:PutImage"],
            }
        ],
        set(),
    ),
    "everything but administration": (
        [{"Sid": "NoAdministration", "Effect": "Allow", "Principal": root(OTHER), "NotAction": ["ecr:SetRepositoryPolicy", "ecr:Delete*"]}],
        {OTHER},
    ),
    "trust of an OIDC provider": (
        [
            statement(
                "Cluster",
                {"Federated": f"arn:aws:iam::{ID}:oidc-provider/oidc.example.com"},
                "sts:AssumeRoleWithWebIdentity",
                Condition={
                    "StringEquals": {
                        "oidc.example.com:sub": "system:serviceaccount:stackrox:central",
                        "oidc.example.com:aud": "sts.amazonaws.com",
                    }
                },
            ),
            statement("Hub", root(OTHER), "sts:AssumeRole", Condition={"StringEquals": {"sts:ExternalId": "4711"}}),
        ],
        {f"Federated:arn:aws:iam::{ID}:oidc-provider/oidc.example.com", OTHER},
    ),
}
RAM_DOCUMENTS: dict[str, tuple[list[dict[str, Any]], set[str]]] = {
    "container instances": ([statement("", {"Service": ["eci.aliyuncs.com"]}, "sts:AssumeRole")], {"Service:eci.aliyuncs.com"}),
    "role of another account": (
        [statement("", {"RAM": [f"acs:ram::{UID}:role/Role-Assume"]}, "sts:AssumeRole")],
        {f"acs:ram::{UID}:role/role-assume"},
    ),
    "another account": ([statement("", {"RAM": f"acs:ram::{UID}:root"}, "sts:AssumeRole")], {UID}),
}
ALL = [pytest.param(*case, AWS, id=name) for name, case in DOCUMENTS.items()] + [
    pytest.param(*case, RAM, id=f"RAM: {name}") for name, case in RAM_DOCUMENTS.items()
]


@pytest.mark.parametrize(("statements", "who_gains", "dialect"), ALL)
def test_document(statements: list[dict[str, Any]], who_gains: set[str], dialect: Dialect) -> None:
    """It is accepted, comes back the same from the service, tells who gains, and is left alone by our own statements."""
    wanted = parse({"Version": dialect.new_version, "Statement": statements}, dialect, strict=True)
    stored = parse(as_aws_shows(wanted.as_dict(), random.Random(1)), dialect)
    assert same_meaning(stored, wanted)
    assert equivalent(stored, wanted)
    assert display(stored) == display(wanted)
    assert not plan(stored, wanted, Ownership("exact")).changed

    changes = access_changes(None, wanted)
    assert {change.principal for change in changes if change.actions_gained} == who_gains
    assert {change.principal for change in changes if change.actions_lost} == (set() if who_gains else {"*"})

    ours = parse({"Statement": {"Sid": "OursX", "Effect": "Allow", "Principal": "*", "Action": "ecr:ListImages"}}, dialect)
    there = plan(stored, ours, Ownership(sid_prefix="Ours")).policy
    assert there
    assert there.statements[:-1] == stored.statements
    gone = plan(there, parse(None, dialect), Ownership(sid_prefix="Ours")).policy
    assert gone
    assert gone.text() == stored.text()


def test_role_that_ram_returns_in_lower_case() -> None:
    wanted = parse({"Version": "1", "Statement": RAM_DOCUMENTS["role of another account"][0]}, RAM)
    stored = parse(json.dumps(wanted.as_dict()).replace("Role-Assume", "role-assume"), RAM)
    assert equivalent(stored, wanted)
    assert not plan(stored, wanted, Ownership()).changed


def test_pull_for_lambda_names_what_it_is_for() -> None:
    [account, service] = access_changes(None, parse({"Statement": DOCUMENTS["Lambda of another account"][0]}))
    assert (account.principal, account.condition, account.actions_gained) == (OTHER, "", tuple(PULL))
    assert service.condition == f"StringLike aws:sourceArn arn:aws:lambda:eu-west-1:{OTHER}:function:*"
