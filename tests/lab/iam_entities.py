# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles, users and policies that are not there, and what may not be deleted yet, in IAM's words."""

from __future__ import annotations

import datetime
import typing as t

from . import consistency, iam_view
from .call import AwsError, Call
from .operations import after, before, own

if t.TYPE_CHECKING:
    from .wire import Answer

# Operations that name what is to be made, or that have words of their own for a policy that is not there.
OWN_WORDS = {"AttachRolePolicy", "AttachUserPolicy", "AttachGroupPolicy"}
GROUPS_PER_USER = 10


def no_such_entity(message: str) -> AwsError:
    return AwsError("NoSuchEntity", message, 404)


def delete_conflict(message: str) -> AwsError:
    return AwsError("DeleteConflict", message, 409)


def role_of(call: Call) -> t.Any:
    role = iam_view.role_named(call.account, call.partition, call.parameters["RoleName"])
    if role is None:
        raise no_such_entity(f"The role with name {call.parameters['RoleName']} cannot be found.")
    return role


def user_of(call: Call) -> t.Any:
    name = call.parameters.get("UserName") or (call.caller.name if call.caller.kind == "user" else "")
    user = iam_view.user_named(call.account, call.partition, name) if name else None
    if user is None:
        raise no_such_entity(f"The user with name {name} cannot be found.")
    return user


def policy_of(call: Call) -> t.Any:
    arn = call.parameters["PolicyArn"]
    policy = iam_view.backend(call.account, call.partition).managed_policies.get(arn)
    if policy is None:
        raise no_such_entity(f"Policy {arn} was not found.")
    return policy


def group_of(call: Call) -> t.Any:
    group = iam_view.backend(call.account, call.partition).groups.get(call.parameters["GroupName"])
    if group is None:
        raise no_such_entity(f"The group with name {call.parameters['GroupName']} cannot be found.")
    return group


@before("iam", "*")
def named_entities_must_exist(call: Call) -> None:
    if call.parameters.get("RoleName") and call.operation != "CreateRole":
        role_of(call)
    if call.parameters.get("GroupName") and call.operation != "CreateGroup":
        group_of(call)
    if call.parameters.get("UserName") and call.operation != "CreateUser":
        user_of(call)
    # Looking also makes an AWS managed policy appear to moto.
    found = iam_view.backend(call.account, call.partition).managed_policies.get(call.parameters.get("PolicyArn", ""))
    if found is None and call.parameters.get("PolicyArn") and call.operation not in OWN_WORDS:
        policy_of(call)


@before("iam", "CreateRole", "CreateUser", "CreateGroup")
def name_is_free(call: Call) -> None:
    backend, kind = iam_view.backend(call.account, call.partition), call.operation.removeprefix("Create")
    entities: t.Any = {"Role": backend.roles, "User": backend.users, "Group": backend.groups}[kind]
    name = call.parameters[f"{kind}Name"]
    if iam_view.is_taken(entities.values(), name):
        raise AwsError("EntityAlreadyExists", f"{kind} with name {name} already exists.", 409)


@before("iam", "CreatePolicy")
def policy_name_is_free(call: Call) -> None:
    name = call.parameters["PolicyName"]
    policies = iam_view.backend(call.account, call.partition).managed_policies.values()
    if iam_view.is_taken((policy for policy in policies if ":iam::aws:" not in policy.arn), name):
        raise AwsError("EntityAlreadyExists", f"A policy called {name} already exists. Duplicate names are not allowed.", 409)


@before("iam", "CreateRole", "PutRolePermissionsBoundary", "CreateUser", "PutUserPermissionsBoundary")
def boundary_must_exist(call: Call) -> None:
    arn = call.parameters.get("PermissionsBoundary")
    if arn and iam_view.managed_policy_document(call.account, call.partition, arn) is None:
        raise no_such_entity(f"Scope ARN: {arn} does not exist or is not attachable.")


@before("iam", "GetRolePolicy", "DeleteRolePolicy")
def role_policy_must_exist(call: Call) -> None:
    if call.parameters["PolicyName"] not in role_of(call).policies:
        raise no_such_entity(f"The role policy with name {call.parameters['PolicyName']} cannot be found.")


@before("iam", "GetUserPolicy", "DeleteUserPolicy")
def user_policy_must_exist(call: Call) -> None:
    if call.parameters["PolicyName"] not in user_of(call).policies:
        raise no_such_entity(f"The user policy with name {call.parameters['PolicyName']} cannot be found.")


@before("iam", "GetGroupPolicy", "DeleteGroupPolicy")
def group_policy_must_exist(call: Call) -> None:
    if call.parameters["PolicyName"] not in group_of(call).policies:
        raise no_such_entity(f"The group policy with name {call.parameters['PolicyName']} cannot be found.")


@before("iam", "AddUserToGroup")
def groups_of_a_user(call: Call) -> None:
    groups = iam_view.backend(call.account, call.partition).get_groups_for_user(user_of(call).name)
    if len(groups) >= GROUPS_PER_USER and group_of(call) not in groups:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for GroupsPerUser: {GROUPS_PER_USER}", 409)


@before("iam", "DeleteGroup")
def group_must_be_bare(call: Call) -> None:
    group = group_of(call)
    if group.users:
        raise delete_conflict("Cannot delete entity, must remove users from group first.")
    if group.managed_policies:
        raise delete_conflict("Cannot delete entity, must detach all policies first.")
    if group.policies:
        raise delete_conflict("Cannot delete entity, must delete policies first.")


@before("iam", "GetPolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion")
def version_must_exist(call: Call) -> None:
    version = call.parameters["VersionId"]
    if all(one.version_id != version for one in policy_of(call).versions):
        raise no_such_entity(f"Policy {call.parameters['PolicyArn']} version {version} does not exist or is not attachable.")


@before("iam", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion", "TagPolicy", "UntagPolicy")
def policy_must_be_own(call: Call) -> None:
    if ":iam::aws:" in call.parameters["PolicyArn"]:
        raise AwsError("AccessDenied", f"Policy {call.parameters['PolicyArn']} is outside your own account.", 403)


@before("iam", "DeletePolicy")
def policy_must_be_unused(call: Call) -> None:
    policy = policy_of(call)
    backend = iam_view.backend(call.account, call.partition)
    boundaries = [role.permissions_boundary_arn for role in backend.roles.values()] + list(consistency.USER_BOUNDARIES.values())
    holders = [*backend.roles.values(), *backend.users.values(), *backend.groups.values()]
    if policy.arn in boundaries or any(policy.arn in holder.managed_policies for holder in holders):
        raise delete_conflict("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )


@before("iam", "DeleteUser")
def user_must_be_bare(call: Call) -> None:
    user = user_of(call)
    if user.access_keys:
        raise delete_conflict("Cannot delete entity, must delete access keys first.")
    if user.group_list:
        raise delete_conflict("Cannot delete entity, must remove users from group first.")


@after("iam", "DeleteUser")
def forget_boundary(_call: Call, _answer: Answer) -> None:
    for unique_id in list(consistency.USER_BOUNDARIES):
        if iam_view.by_unique_id(unique_id) is None:
            del consistency.USER_BOUNDARIES[unique_id]


@after("iam", "CreateUser")
def remember_boundary(call: Call, _answer: Answer) -> None:
    if call.parameters.get("PermissionsBoundary"):
        consistency.USER_BOUNDARIES[user_of(call).id] = call.parameters["PermissionsBoundary"]


@own("iam", "PutUserPermissionsBoundary")
def put_user_permissions_boundary(call: Call) -> None:
    consistency.USER_BOUNDARIES[user_of(call).id] = call.parameters["PermissionsBoundary"]


@own("iam", "DeleteUserPermissionsBoundary")
def delete_user_permissions_boundary(call: Call) -> None:
    consistency.USER_BOUNDARIES.pop(user_of(call).id, None)


@own("iam", "GetUser")
def get_user(call: Call) -> dict[str, t.Any]:
    if not call.parameters.get("UserName") and call.caller.kind != "user":
        if call.caller.kind == "role":
            raise AwsError("ValidationError", "Must specify userName when calling with non-User credentials")
        made = datetime.datetime(2020, 1, 1)
        return {"User": {"UserId": call.account, "Arn": call.caller.arn, "CreateDate": made}}
    user = user_of(call)
    shown = {"Path": user.path, "UserName": user.name, "UserId": user.id, "Arn": user.arn, "CreateDate": user.create_date}
    if user.tags:
        shown["Tags"] = user.tags
    boundary = consistency.USER_BOUNDARIES.get(user.id)
    if boundary:
        shown["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary}
    return {"User": shown}
