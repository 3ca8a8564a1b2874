# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the check of access share: an access that works, to take something away from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.crossaccount.registry.plugins.module_utils._access.questions import Question, Registry, read_principal
from ansible_collections.crossaccount.registry.plugins.module_utils._access.sides import Evidence, IdentitySide, RegistrySide
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.evaluation import Named
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.request import Caller

OWNER, CONSUMER, OTHER = "111122223333", "444455556666", "777788889999"
REGISTRY = Registry(OWNER, "eu-west-1")
REPOSITORY = "payments/web"
ARN = REGISTRY.arn_of(REPOSITORY)
APP = f"arn:aws:iam::{CONSUMER}:role/team/app"
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

Statement = dict[str, Any]


def pull(sid: str = "Pull", principal: Any = APP, **elements: Any) -> Statement:
    """A statement of a repository policy."""
    return {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": principal}, "Action": PULL, **elements}


def own(sid: str = "Own", **elements: Any) -> Statement:
    """A statement of an identity policy."""
    plain = {"Action": PULL} if "NotAction" not in elements else {}
    return {"Sid": sid, "Effect": "Allow", **plain, **({} if "NotResource" in elements else {"Resource": ARN}), **elements}


LOGIN: Statement = {"Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}


def named(name: str, statements: Sequence[Statement], only: tuple[str, ...] | None = None) -> Named:
    """A document."""
    return Named(name, Policy(tuple(statements), "2012-10-17"), only)


def identity_side(*statements: Statement, boundary: Sequence[Statement] | None = None, arn: str = APP, **more: Any) -> IdentitySide:
    """What the account of a role says, in one policy; without statements it has none."""
    kind: Any = arn.split(":", 5)[5].partition("/")[0]
    limit = None if boundary is None else named("permissions boundary limit", boundary)
    documents = (named("inline policy own", statements),) if statements else ()
    side = {"tags": {}, "organization": "", **more}
    return IdentitySide(Caller(arn, arn.split(":")[4], kind, unique_id="AROANEW"), documents, limit, **side)


def registry_side(
    *statements: Statement, registry: Sequence[Statement] | None = None, only: tuple[str, ...] | None = None, **more: Any
) -> RegistrySide:
    """What the registry says: the policy of REPOSITORY, which without statements has none, and that of the registry."""
    own_policy = named(f"repository policy of {REPOSITORY}", statements) if statements else None
    whole = None if registry is None else named("registry policy", registry, only)
    side = {"repositories": {REPOSITORY: own_policy}, "scope": "V1" if only else "V2", **more}
    return RegistrySide(OWNER, "eu-west-1", whole, **side)


def evidence(identity: Any = None, registry: Any = None, principal: str = APP, **more: Any) -> Evidence:
    """Access that works, but for the side that is given."""
    return Evidence(
        {principal: identity_side(LOGIN, own()) if identity is None else identity},
        {(OWNER, "eu-west-1"): registry_side(pull()) if registry is None else registry},
        **more,
    )


def question(
    principal: str = APP, access: str = "pull", repository: str = REPOSITORY, registry: Registry = REGISTRY, **more: Any
) -> Question:
    """A question, by default whether APP may pull from REPOSITORY."""
    return Question(read_principal(principal, "principal"), registry, repository, access, **more)


def grant(name: str, access: str, *to: Mapping[str, Any], repositories: Sequence[str] = ("payments/*",), **settings: Any) -> dict[str, Any]:
    """An entry of a declaration."""
    registry = {"account": settings.pop("account", OWNER), "regions": settings.pop("regions", ["eu-west-1"])}
    return {
        "name": name,
        "registry": registry,
        "repositories": list(repositories),
        "access": access,
        "to": [dict(one) for one in to],
        **settings,
    }
