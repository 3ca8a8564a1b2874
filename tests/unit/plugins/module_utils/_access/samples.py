# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements as they are found in real repositories, and shorthands for looking at documents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ansible_collections.crossaccount.registry.plugins.module_utils._access.clauses import Document, read_document, repositories_arn
from ansible_collections.crossaccount.registry.plugins.module_utils._access.finding import Finding
from ansible_collections.crossaccount.registry.plugins.module_utils._access.findings import look_at
from ansible_collections.crossaccount.registry.plugins.module_utils._access.outside import Access
from ansible_collections.crossaccount.registry.plugins.module_utils._guards import GuardOptions

OWNER, FRIEND, OTHER = "111122223333", "444455556666", "777788889999"
REGION = "eu-west-1"
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
PUSH = [*PULL, "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
LAMBDA_PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
TITLES = {"repository_policy": "repository policy", "registry_policy": "registry policy", "creation_template": "creation template payments"}

Statement = dict[str, Any]


def allow(principal: Any, action: Any = None, condition: Any = None, sid: str = "S", **more: Any) -> Statement:
    """An Allow; a principal of 12 digits or an ARN stands for itself."""
    return _statement("Allow", principal, PULL if action is None else action, condition, sid, more)


def deny(principal: Any, action: Any = "ecr:*", condition: Any = None, sid: str = "D", **more: Any) -> Statement:
    """A Deny."""
    return _statement("Deny", principal, action, condition, sid, more)


def _statement(effect: str, principal: Any, action: Any, condition: Any, sid: str, more: dict[str, Any]) -> Statement:
    who = {"AWS": principal} if isinstance(principal, list) or (isinstance(principal, str) and principal != "*") else principal
    statement: Statement = {"Sid": sid, "Effect": effect, "Principal": who, "Action": action, **more}
    if condition:
        statement["Condition"] = condition
    return {key: value for key, value in statement.items() if value is not None}


def service(name: str = "lambda.amazonaws.com") -> dict[str, str]:
    """The principal of an AWS service."""
    return {"Service": name}


def source_arn(arn: Any, operator: str = "StringLike") -> dict[str, Any]:
    """The condition that AWS writes for Lambda, in its own spelling of the key."""
    return {operator: {"aws:sourceArn": arn}}


def functions(account: str, region: str = REGION) -> str:
    """The ARN pattern of an account's Lambda functions."""
    return f"arn:aws:lambda:{region}:{account}:function:*"


def role(name: str, account: str = FRIEND) -> str:
    """The ARN of a role."""
    return f"arn:aws:iam::{account}:role/{name}"


def in_organization(*ids: str, operator: str = "StringEquals") -> dict[str, Any]:
    """A condition on the organization of the caller."""
    return {operator: {"aws:PrincipalOrgID": list(ids) or "o-a1b2c3d4e5"}}


#: Lambda adds this by itself to repositories of its own account.
LAMBDA_IN_THE_SAME_ACCOUNT = allow(
    service(),
    [*LAMBDA_PULL, "ecr:SetRepositoryPolicy", "ecr:DeleteRepositoryPolicy", "ecr:GetRepositoryPolicy"],
    source_arn(f"arn:aws:lambda:{REGION}:{OWNER}:function:*"),
    "LambdaECRImageRetrievalPolicy",
)


def document(
    statements: Sequence[Statement],
    source: str = "repository_policy",
    scope: str | None = None,
    names: str = "*",
    version: str = "2012-10-17",
) -> Document:
    """A document with these statements, of the account OWNER."""
    text = json.dumps({"Version": version, "Statement": list(statements)})
    return read_document(source, TITLES[source], OWNER, repositories_arn(OWNER, REGION, names), text, scope)


def access(*statements: Statement, **settings: Any) -> tuple[Access, ...]:
    """What a document lets those outside do."""
    return look_at(document(statements, **settings), GuardOptions())[0]


def findings(
    *statements: Statement, accounts: Sequence[str] | None = None, organizations: Sequence[str] | None = None, **settings: Any
) -> list[Finding]:
    """The findings of a document, with these ``allowed_accounts`` and ``allowed_organizations``."""
    options = GuardOptions(
        allowed_accounts=None if accounts is None else tuple(accounts),
        allowed_organizations=None if organizations is None else tuple(organizations),
    )
    return list(look_at(document(statements, **settings), options)[1])


def told(found: Sequence[Finding]) -> set[tuple[str, str, str | None]]:
    """(severity, rule, statement) of findings."""
    return {(one.severity, one.rule, one.statement) for one in found}
