# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two accounts for the modules of ECI: account A runs container instances, account B owns a registry and trusts a role of A."""

from __future__ import annotations

import json
from typing import Any

from tests.lab.alicloud import AlibabaCloud
from tests.unit.plugins.conftest import UID_A, UID_B

REGION, INSTANCE = "cn-hangzhou", "cri-shared"
NAT = "47.100.0.1"
IMAGE = "shared-registry.cn-hangzhou.cr.aliyuncs.com/apps/web:1.0"
NEXT_IMAGE = IMAGE.replace(":1.0", ":1.1")
OWN_IMAGE = "own-registry.cn-hangzhou.cr.aliyuncs.com/apps/web:1.0"
SERVICE_ROLE, USER_ROLE = f"acs:ram::{UID_A}:role/role-assume", f"acs:ram::{UID_B}:role/role-acr"
INFO = [{"instance_id": INSTANCE, "service_role_arn": SERVICE_ROLE, "user_role_arn": USER_ROLE}]
NETWORK = {"region": REGION, "security_group_id": "sg-1"}


def allow(*actions: str, resource: Any = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


class World:
    """The accounts, and the parts of the chain to take away."""

    def __init__(self, cloud: AlibabaCloud) -> None:
        self.cloud, self.a, self.b = cloud, cloud.account(UID_A), cloud.account(UID_B)
        self.a.add_vswitch("vsw-1", "vpc-1", nat_ip=NAT)
        self.a.add_security_group("sg-1", "vpc-1")
        self.shared = self.b.add_instance(INSTANCE, name="shared", images=["apps/web:1.0", "apps/web:1.1"])
        self.own = self.a.add_instance("cri-own", name="own", images=["apps/web:1.0"])
        self.shared.open_internet(f"{NAT}/32")
        self.own.open_internet(f"{NAT}/32")
        self.role(self.a, "role-assume", {"Service": ["eci.aliyuncs.com"]}, "AliyunSTSAssumeRoleAccess")
        self.role(self.b, "role-acr", {"RAM": [SERVICE_ROLE]}, "AliyunContainerRegistryReadOnlyAccess")

    def role(self, account: Any, name: str, principal: dict[str, Any], *policies: str) -> None:
        """A role with system policies."""
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
        document = json.dumps({"Version": "1", "Statement": [statement]})
        account.call("ram", "CreateRole", RoleName=name, AssumeRolePolicyDocument=document)
        for policy in policies:
            account.call("ram", "AttachPolicyToRole", RoleName=name, PolicyType="System", PolicyName=policy)

    def trust(self, account: Any, name: str, principal: dict[str, Any]) -> None:
        """Another trust policy."""
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
        account.roles[name].trust = json.dumps({"Version": "1", "Statement": [statement]})

    def policy(self, account: Any, name: str, *statements: dict[str, Any]) -> None:
        """A role has just this custom policy."""
        document = json.dumps({"Version": "1", "Statement": list(statements)})
        account.roles[name].attached.clear()
        account.call("ram", "CreatePolicy", PolicyName=f"{name}-policy", PolicyDocument=document)
        account.call("ram", "AttachPolicyToRole", RoleName=name, PolicyType="Custom", PolicyName=f"{name}-policy")

    def writes(self) -> list[str]:
        """What was written to ECI since the last time; nothing was sent that ECI does not know."""
        entries = self.cloud.journal(product="eci")
        ignored = [(entry["operation"], entry["ignored"]) for entry in entries if entry["ignored"]]
        assert not ignored, ignored
        self.cloud.clear_journal()
        return [entry["operation"] for entry in entries if entry["write"] and entry["executed"]]
