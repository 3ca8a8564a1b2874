# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""System policies that matter here, with the documents that their pages show."""

from __future__ import annotations

import json
import typing as t

from .ram_state import SYSTEM, Policy, PolicyVersion

# 2015-01-23, as most of them say.
CREATED = 1421973198.0


def _allow(*actions: str, **more: t.Any) -> dict[str, t.Any]:
    return {"Action": list(actions), "Resource": "*", "Effect": "Allow", **more}


_STATEMENTS: dict[str, tuple[str, list[dict[str, t.Any]]]] = {
    "AdministratorAccess": ("Provides full access to Alibaba Cloud services and resources.", [_allow("*")]),
    "AliyunSTSAssumeRoleAccess": (
        "Provides access to STS AssumeRole.",
        [{"Action": "sts:AssumeRole", "Resource": "*", "Effect": "Allow"}],
    ),
    "AliyunRAMFullAccess": ("Provides full access to RAM.", [_allow("ram:*")]),
    "AliyunRAMReadOnlyAccess": ("Provides read-only access to RAM.", [_allow("ram:Get*", "ram:List*")]),
    "AliyunContainerRegistryFullAccess": ("Provides full access to Container Registry.", [_allow("cr:*")]),
    "AliyunContainerRegistryReadOnlyAccess": (
        "Provides read-only access to Container Registry.",
        [_allow("cr:Get*", "cr:List*", "cr:Pull*")],
    ),
    "AliyunECIFullAccess": ("Provides full access to Elastic Container Instance.", [_allow("eci:*")]),
    "AliyunECIReadOnlyAccess": ("Provides read-only access to Elastic Container Instance.", [_allow("eci:Describe*", "eci:List*")]),
    "AliyunServiceRolePolicyForECI": (
        "The policy of the service-linked role of Elastic Container Instance.",
        [_allow("cr:GetAuthorizationToken", "cr:ListInstanceEndpoint", "cr:PullRepository", "vpc:DescribeVSwitches", "ecs:Describe*")],
    ),
}


def _policy(name: str) -> Policy:
    description, statements = _STATEMENTS[name]
    text = json.dumps({"Version": "1", "Statement": statements}, indent=2)
    return Policy(name, description, CREATED, CREATED, [PolicyVersion("v1", text, True, CREATED)], kind=SYSTEM)


SYSTEM_POLICIES = {name.lower(): _policy(name) for name in _STATEMENTS}
