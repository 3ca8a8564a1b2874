# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies on roles, who has a policy, and how much of everything an account may have."""

from __future__ import annotations

import typing as t

from . import ram_policies, ram_roles
from .call import Call, date
from .operations import operation
from .ram_checks import MOST_ATTACHED, attach, detach, find_policy, find_role, listed, policy_kind, role_of_user
from .ram_state import CUSTOM, SYSTEM, Attachment, Ram


def shown(ram: Ram, attached: t.Iterable[Attachment]) -> list[dict[str, t.Any]]:
    """Attachments as RAM lists them."""
    found = [(item, find_policy(ram, item.kind, item.name)) for item in attached]
    return [
        {
            "PolicyName": policy.name,
            "PolicyType": item.kind,
            "DefaultVersion": policy.default.id,
            "Description": policy.description,
            "AttachDate": date(item.attached),
        }
        for item, policy in found
    ]


@operation("ram", "AttachPolicyToRole", ram_roles.named, writes=True)
def attach_policy_to_role(call: Call) -> dict[str, t.Any]:
    kind, name = policy_kind(call), call.parameters.text("PolicyName")
    role = role_of_user(call.ram, call.parameters.text("RoleName"))
    attach(call.ram, role.attached, kind, name, call.now, "Role")
    return {}


@operation("ram", "DetachPolicyFromRole", ram_roles.named, writes=True)
def detach_policy_from_role(call: Call) -> dict[str, t.Any]:
    kind, name = policy_kind(call), call.parameters.text("PolicyName")
    role = role_of_user(call.ram, call.parameters.text("RoleName"))
    detach(role.attached, kind, name, "Role")
    return {}


@operation("ram", "ListPoliciesForRole", ram_roles.named)
def list_policies_for_role(call: Call) -> dict[str, t.Any]:
    role = find_role(call.ram, call.parameters.text("RoleName"))
    return listed("Policy", shown(call.ram, role.attached))


@operation("ram", "ListEntitiesForPolicy", ram_policies.named)
def list_entities_for_policy(call: Call) -> dict[str, t.Any]:
    policy = find_policy(call.ram, policy_kind(call), call.parameters.text("PolicyName"))
    users, roles = call.ram.holders(policy.kind, policy.name)
    return {
        **listed("Group", []),
        **listed(
            "User",
            [{"UserId": user.id, "UserName": user.name, "DisplayName": "", "AttachDate": date(item.attached)} for user, item in users],
        ),
        **listed(
            "Role",
            [
                {
                    "RoleId": role.id,
                    "RoleName": role.name,
                    "Arn": ram_roles.role_arn(call.caller.account, role.name),
                    "Description": role.description,
                    "AttachDate": date(item.attached),
                }
                for role, item in roles
            ],
        ),
    }


@operation("ram", "GetAccountSummary", lambda _call: "acs:ram:*:*:*")
def get_account_summary(call: Call) -> dict[str, t.Any]:
    ram = call.ram
    return {
        "SummaryMap": {
            "Users": len(ram.users),
            "Groups": 0,
            "Roles": len(ram.roles),
            "Policies": len(ram.policies),
            "UsersQuota": 1000,
            "RolesQuota": ram_roles.MOST_ROLES,
            "PoliciesQuota": ram_policies.MOST_POLICIES,
            "PolicySizeQuota": 6144,
            "VersionsPerPolicyQuota": ram_policies.MOST_VERSIONS,
            "AttachedPoliciesPerUserQuota": MOST_ATTACHED[CUSTOM],
            "AttachedPoliciesPerRoleQuota": MOST_ATTACHED[CUSTOM],
            "AttachedSystemPoliciesPerUserQuota": MOST_ATTACHED[SYSTEM],
            "AttachedSystemPoliciesPerRoleQuota": MOST_ATTACHED[SYSTEM],
        }
    }
