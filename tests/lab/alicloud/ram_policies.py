# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Custom policies and their versions, and system policies to read."""

from __future__ import annotations

import typing as t

from .call import Call, date
from .documents import parse
from .errors import Refused
from .operations import operation
from .ram_checks import custom_policy, description, find_policy, new_name, page, policy_kind, tags_of
from .ram_state import CUSTOM, SYSTEM, Policy, PolicyVersion
from .system_policies import SYSTEM_POLICIES

MOST_POLICIES, MOST_VERSIONS = 1500, 5
ROTATE = "DeleteOldestNonDefaultVersionWhenLimitExceeded"


def named(call: Call) -> str:
    """The policy that a call is about, as a resource."""
    owner = "system" if call.parameters.values.get("PolicyType") == SYSTEM else call.caller.account
    return f"acs:ram:*:{owner}:policy/{call.parameters.values.get('PolicyName', '*')}"


def _brief(policy: Policy) -> dict[str, t.Any]:
    return {
        "PolicyName": policy.name,
        "PolicyType": policy.kind,
        "Description": policy.description,
        "DefaultVersion": policy.default.id,
        "CreateDate": date(policy.created),
    }


def _version(version: PolicyVersion) -> dict[str, t.Any]:
    return {
        "VersionId": version.id,
        "IsDefaultVersion": version.is_default,
        "PolicyDocument": version.document,
        "CreateDate": date(version.created),
    }


def _document(call: Call) -> str:
    text = call.parameters.text("PolicyDocument")
    parse("PolicyDocument", text)
    return text


@operation("ram", "CreatePolicy", named, writes=True)
def create_policy(call: Call) -> dict[str, t.Any]:
    name, text = new_name(call, "PolicyName"), _document(call)
    words, tags = description(call, "Description") or "", tags_of(call.parameters.optional("Tag"))
    policies = call.ram.policies
    if name.lower() in policies or name.lower() in SYSTEM_POLICIES:
        raise Refused("EntityAlreadyExists.Policy", f"The policy already exists: {name}.", 409)
    if len(policies) >= MOST_POLICIES:
        raise Refused("LimitExceeded.Policy", "The count of policies beyond the current limits.", 409)
    policy = Policy(name, words, call.now, call.now, [PolicyVersion("v1", text, True, call.now)], tags)
    policies[name.lower()] = policy
    return {"Policy": _brief(policy)}


@operation("ram", "GetPolicy", named)
def get_policy(call: Call) -> dict[str, t.Any]:
    policy = find_policy(call.ram, policy_kind(call), call.parameters.text("PolicyName"))
    users, roles = call.ram.holders(policy.kind, policy.name)
    shown = {**_brief(policy), "AttachmentCount": len(users) + len(roles), "UpdateDate": date(policy.updated)}
    return {"Policy": {**shown, "PolicyDocument": policy.default.document}, "DefaultPolicyVersion": _version(policy.default)}


@operation("ram", "ListPolicies", lambda call: f"acs:ram:*:{call.caller.account}:policy/*")
def list_policies(call: Call) -> dict[str, t.Any]:
    kind = call.parameters.optional("PolicyType")
    found = [*(SYSTEM_POLICIES.values() if kind != CUSTOM else ()), *(call.ram.policies.values() if kind != SYSTEM else ())]
    users_and_roles = [(policy, *call.ram.holders(policy.kind, policy.name)) for policy in found]
    shown = [{**_brief(policy), "AttachmentCount": len(users) + len(roles)} for policy, users, roles in users_and_roles]
    return page(call, "Policy", sorted(shown, key=lambda item: str(item["PolicyName"]).lower()))


@operation("ram", "UpdatePolicyDescription", named, writes=True)
def update_policy_description(call: Call) -> dict[str, t.Any]:
    policy = custom_policy(call)
    words = description(call, "NewDescription")
    if words is None:
        call.parameters.text("NewDescription")
    policy.description, policy.updated = words or "", call.now
    return {"Policy": _brief(policy)}


@operation("ram", "DeletePolicy", named, writes=True)
def delete_policy(call: Call) -> dict[str, t.Any]:
    policy, cascade = custom_policy(call), call.parameters.flag("CascadingDelete")
    users, roles = call.ram.holders(CUSTOM, policy.name)
    if users:
        raise Refused("DeleteConflict.Policy.User", "The policy CAN NOT been attached to any user while deleting the policy.", 409)
    if roles:
        raise Refused("DeleteConflict.Policy.Role", "The policy CAN NOT been attached to any role while deleting the policy.", 409)
    if len(policy.versions) > 1 and not cascade:
        raise Refused("DeleteConflict.Policy.Version", "The policy CAN NOT has any version except the default version.", 409)
    del call.ram.policies[policy.name.lower()]
    return {}


@operation("ram", "CreatePolicyVersion", named, writes=True)
def create_policy_version(call: Call) -> dict[str, t.Any]:
    policy, text = custom_policy(call), _document(call)
    default, rotate = call.parameters.flag("SetAsDefault"), call.parameters.optional("RotateStrategy") or "None"
    if rotate not in ("None", ROTATE):
        raise Refused("InvalidParameter.RotateStrategy", 'The parameter - "RotateStrategy" is invalid.')
    if len(policy.versions) >= MOST_VERSIONS:
        if rotate == "None":
            raise Refused("LimitExceeded.Policy.Version", "The count of policy versions beyond the current limits.", 409)
        policy.versions.remove(next(version for version in policy.versions if not version.is_default))
    policy.newest += 1
    version = PolicyVersion(f"v{policy.newest}", text, False, call.now)
    policy.versions.append(version)
    policy.updated = call.now
    if default:
        _make_default(policy, version)
    return {"PolicyVersion": _version(version)}


def _make_default(policy: Policy, chosen: PolicyVersion) -> None:
    for version in policy.versions:
        version.is_default = version is chosen


def _find_version(call: Call, policy: Policy) -> PolicyVersion:
    wanted = call.parameters.text("VersionId")
    for version in policy.versions:
        if version.id == wanted:
            return version
    raise Refused("EntityNotExist.Policy.Version", f"The policy version not exists: {wanted}.", 404)


@operation("ram", "ListPolicyVersions", named)
def list_policy_versions(call: Call) -> dict[str, t.Any]:
    policy = find_policy(call.ram, policy_kind(call), call.parameters.text("PolicyName"))
    return {"PolicyVersions": {"PolicyVersion": [_version(version) for version in reversed(policy.versions)]}}


@operation("ram", "GetPolicyVersion", named)
def get_policy_version(call: Call) -> dict[str, t.Any]:
    policy = find_policy(call.ram, policy_kind(call), call.parameters.text("PolicyName"))
    return {"PolicyVersion": _version(_find_version(call, policy))}


@operation("ram", "SetDefaultPolicyVersion", named, writes=True)
def set_default_policy_version(call: Call) -> dict[str, t.Any]:
    policy = custom_policy(call)
    _make_default(policy, _find_version(call, policy))
    policy.updated = call.now
    return {}


@operation("ram", "DeletePolicyVersion", named, writes=True)
def delete_policy_version(call: Call) -> dict[str, t.Any]:
    policy = custom_policy(call)
    version = _find_version(call, policy)
    if version.is_default:
        message = f"The default version of the policy can not be deleted: {version.id}."
        raise Refused("DeleteConflict.Policy.Version.Default", message, 409)
    policy.versions.remove(version)
    return {}
