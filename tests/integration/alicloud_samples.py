# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the examples of the modules for Container Registry and container instances of Alibaba Cloud find there."""

from __future__ import annotations

import json
from typing import Any

from tests.integration.alicloud_world import UID_A, UID_B
from tests.lab.alicloud import AlibabaCloud

INSTANCE = "cri-1a2b3c4d5e6f"


def sample_registries(cloud: AlibabaCloud) -> None:
    """A network and a registry that nobody gets at in account A; a registry in account B, and the roles by which A pulls from it."""
    a, b = cloud.account(UID_A), cloud.account(UID_B)
    a.add_vswitch("vsw-apps", "vpc-apps", nat_ip="47.100.0.1")
    a.add_security_group("sg-apps", "vpc-apps")
    a.add_vswitch("vsw-registry", "vpc-registry")
    a.add_instance(INSTANCE, name="own", images=["payments/web:1.0"])
    b.add_instance(INSTANCE, name="shared", images=["apps/web:1.0", "apps/web:1.1"]).open_internet("47.100.0.1/32")


def sample_roles(cloud: AlibabaCloud) -> None:
    """The roles by which account A pulls from the registry of account B."""
    chain: list[tuple[str, str, dict[str, Any], str]] = [
        (UID_A, "role-assume", {"Service": ["eci.aliyuncs.com"]}, "AliyunSTSAssumeRoleAccess"),
        (UID_B, "role-acr", {"RAM": [f"acs:ram::{UID_A}:role/role-assume"]}, "AliyunContainerRegistryReadOnlyAccess"),
    ]
    for uid, role, principal, policy in chain:
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
        document = json.dumps({"Version": "1", "Statement": [statement]})
        cloud.account(uid).call("ram", "CreateRole", RoleName=role, AssumeRolePolicyDocument=document)
        cloud.account(uid).call("ram", "AttachPolicyToRole", RoleName=role, PolicyType="System", PolicyName=policy)
