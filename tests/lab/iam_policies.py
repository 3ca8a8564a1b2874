# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Identity policies: their grammar, their quotas, attaching them, and coming into effect late."""

from __future__ import annotations

import typing as t

from . import consistency, iam_view
from .call import AwsError, Call
from .iam_documents import check_identity_policy, counted
from .iam_entities import group_of, no_such_entity, policy_of, role_of, user_of
from .identity import policy_texts
from .operations import before, own

MANAGED_SIZE = 6144
PER_ENTITY = 10
INLINE_SIZE = {"role": 10240, "user": 2048, "group": 5120}


def limit(message: str) -> AwsError:
    return AwsError("LimitExceeded", message, 409)


@before("iam", "CreatePolicy", "CreatePolicyVersion")
def check_managed(call: Call) -> None:
    text = call.parameters["PolicyDocument"]
    check_identity_policy(text)
    if counted(text) > MANAGED_SIZE:
        raise limit(f"Cannot exceed quota for PolicySize: {MANAGED_SIZE}")


def _check_inline(call: Call, kind: str, name: str, policies: dict[str, str]) -> None:
    text = call.parameters["PolicyDocument"]
    check_identity_policy(text)
    others = sum(counted(other) for other_name, other in policies.items() if other_name != call.parameters["PolicyName"])
    if others + counted(text) > INLINE_SIZE[kind]:
        raise limit(f"Maximum policy size of {INLINE_SIZE[kind]} bytes exceeded for {kind} {name}")


@before("iam", "PutRolePolicy")
def check_role_inline(call: Call) -> None:
    role = role_of(call)
    _check_inline(call, "role", role.name, role.policies)


@before("iam", "PutUserPolicy")
def check_user_inline(call: Call) -> None:
    user = user_of(call)
    _check_inline(call, "user", user.name, user.policies)


@before("iam", "PutGroupPolicy")
def check_group_inline(call: Call) -> None:
    group = group_of(call)
    _check_inline(call, "group", group.name, group.policies)


def _will_change(entity: t.Any) -> None:
    consistency.replaced(("identity", entity.id), policy_texts(entity))


@before("iam", "PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy")
def role_policies_change(call: Call) -> None:
    _will_change(role_of(call))


@before("iam", "PutUserPolicy", "DeleteUserPolicy", "AttachUserPolicy", "DetachUserPolicy")
def user_policies_change(call: Call) -> None:
    _will_change(user_of(call))


@before("iam", "AddUserToGroup", "RemoveUserFromGroup")
def membership_changes(call: Call) -> None:
    _will_change(user_of(call))


@before("iam", "PutGroupPolicy", "DeleteGroupPolicy", "AttachGroupPolicy", "DetachGroupPolicy")
def group_policies_change(call: Call) -> None:
    for user in group_of(call).users:
        _will_change(user)


@before("iam", "CreatePolicyVersion", "SetDefaultPolicyVersion")
def managed_policy_changes(call: Call) -> None:
    backend, arn = iam_view.backend(call.account, call.partition), call.parameters["PolicyArn"]
    members = [user for group in backend.groups.values() if arn in group.managed_policies for user in group.users]
    holders = [entity for entity in [*backend.roles.values(), *backend.users.values()] if arn in entity.managed_policies]
    for entity in [*holders, *members]:
        _will_change(entity)


def _attach(call: Call, entity: t.Any, quota: str) -> None:
    arn = call.parameters["PolicyArn"]
    policy = iam_view.backend(call.account, call.partition).managed_policies.get(arn)
    if policy is None:
        raise no_such_entity(f"Policy {arn} does not exist or is not attachable.")
    if arn in entity.managed_policies:
        return
    if len(entity.managed_policies) >= PER_ENTITY:
        raise limit(f"Cannot exceed quota for {quota}: {PER_ENTITY}")
    policy.attach_to(entity)


@own("iam", "AttachRolePolicy")
def attach_role_policy(call: Call) -> None:
    _attach(call, role_of(call), "PoliciesPerRole")


@own("iam", "AttachUserPolicy")
def attach_user_policy(call: Call) -> None:
    _attach(call, user_of(call), "PoliciesPerUser")


@own("iam", "AttachGroupPolicy")
def attach_group_policy(call: Call) -> None:
    _attach(call, group_of(call), "PoliciesPerGroup")


def _detach(call: Call, entity: t.Any) -> None:
    policy = policy_of(call)
    if policy.arn not in entity.managed_policies:
        raise no_such_entity(f"Policy {policy.arn} was not found.")
    policy.detach_from(entity)


@own("iam", "DetachRolePolicy")
def detach_role_policy(call: Call) -> None:
    _detach(call, role_of(call))


@own("iam", "DetachUserPolicy")
def detach_user_policy(call: Call) -> None:
    _detach(call, user_of(call))


@own("iam", "DetachGroupPolicy")
def detach_group_policy(call: Call) -> None:
    _detach(call, group_of(call))
