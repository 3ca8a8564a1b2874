# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IAM's lists, with filters and pages that work: Marker, IsTruncated, MaxItems, PathPrefix, Scope."""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from . import consistency, iam_view
from .call import AwsError, Call
from .iam_entities import policy_of, role_of, user_of
from .operations import own
from .paging import page


def _paged(call: Call, name: str, items: t.Sequence[t.Any]) -> dict[str, t.Any]:
    invalid = AwsError("ValidationError", f"Invalid Marker: {call.parameters.get('Marker')}")
    shown, marker = page(items, call.parameters.get("Marker"), int(call.parameters.get("MaxItems") or 100), invalid)
    result: dict[str, t.Any] = {name: shown, "IsTruncated": marker is not None}
    if marker:
        result["Marker"] = marker
    return result


def _under(call: Call, items: t.Iterable[t.Any]) -> list[t.Any]:
    prefix = call.parameters.get("PathPrefix") or "/"
    return sorted((item for item in items if item.path.startswith(prefix)), key=lambda item: item.name)


def _policy(policy: t.Any) -> dict[str, t.Any]:
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": policy.attachment_count,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": policy.create_date,
        "UpdateDate": policy.update_date,
    }


@own("iam", "ListPolicies")
def list_policies(call: Call) -> dict[str, t.Any]:
    scope = call.parameters.get("Scope") or "All"
    policies = iam_view.backend(call.account, call.partition).managed_policies
    if scope != "Local" and not call.parameters.get("OnlyAttached"):
        policies.load_all()
    every = policies.values()
    found = [p for p in every if scope == "All" or (scope == "AWS") == (":iam::aws:" in p.arn)]
    if call.parameters.get("OnlyAttached"):
        found = [p for p in found if p.attachment_count]
    return _paged(call, "Policies", [_policy(p) for p in _under(call, found)])


@own("iam", "ListRoles")
def list_roles(call: Call) -> dict[str, t.Any]:
    roles = [
        {
            "Path": role.path,
            "RoleName": role.name,
            "RoleId": role.id,
            "Arn": role.arn,
            "CreateDate": role.create_date,
            "AssumeRolePolicyDocument": quote(role.assume_role_policy_document),
            "MaxSessionDuration": int(role.max_session_duration or 3600),
            **({"Description": role.description} if role.description else {}),
        }
        for role in _under(call, iam_view.backend(call.account, call.partition).roles.values())
    ]
    return _paged(call, "Roles", roles)


@own("iam", "ListUsers")
def list_users(call: Call) -> dict[str, t.Any]:
    users = [
        {"Path": user.path, "UserName": user.name, "UserId": user.id, "Arn": user.arn, "CreateDate": user.create_date}
        for user in _under(call, iam_view.backend(call.account, call.partition).users.values())
    ]
    return _paged(call, "Users", users)


def _attached(call: Call, entity: t.Any) -> dict[str, t.Any]:
    found = _under(call, entity.managed_policies.values())
    return _paged(call, "AttachedPolicies", [{"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in found])


@own("iam", "ListAttachedRolePolicies")
def list_attached_role_policies(call: Call) -> dict[str, t.Any]:
    return _attached(call, role_of(call))


@own("iam", "ListAttachedUserPolicies")
def list_attached_user_policies(call: Call) -> dict[str, t.Any]:
    return _attached(call, user_of(call))


@own("iam", "ListRolePolicies")
def list_role_policies(call: Call) -> dict[str, t.Any]:
    return _paged(call, "PolicyNames", sorted(role_of(call).policies))


@own("iam", "ListUserPolicies")
def list_user_policies(call: Call) -> dict[str, t.Any]:
    return _paged(call, "PolicyNames", sorted(user_of(call).policies))


@own("iam", "ListPolicyVersions")
def list_policy_versions(call: Call) -> dict[str, t.Any]:
    policy = policy_of(call)
    versions = [
        {"VersionId": v.version_id, "IsDefaultVersion": v.version_id == policy.default_version_id, "CreateDate": v.create_date}
        for v in reversed(policy.versions)
    ]
    return _paged(call, "Versions", versions)


@own("iam", "ListEntitiesForPolicy")
def list_entities_for_policy(call: Call) -> dict[str, t.Any]:
    arn = policy_of(call).arn
    backend = iam_view.backend(call.account, call.partition)
    wanted, usage = call.parameters.get("EntityFilter"), call.parameters.get("PolicyUsageFilter")
    kinds = (("Group", backend.groups.values()), ("User", backend.users.values()), ("Role", backend.roles.values()))
    found: list[tuple[str, t.Any]] = []
    for kind, entities in kinds:
        if wanted not in (None, kind):
            continue
        for entity in _under(call, entities):
            boundary = getattr(entity, "permissions_boundary_arn", None) or consistency.USER_BOUNDARIES.get(entity.id)
            as_permissions = usage != "PermissionsBoundary" and arn in entity.managed_policies
            if as_permissions or (usage != "PermissionsPolicy" and boundary == arn):
                found.append((kind, entity))
    result = _paged(call, "found", found)
    shown = result.pop("found")
    for kind in ("Group", "User", "Role"):
        result[f"Policy{kind}s"] = [{f"{kind}Name": entity.name, f"{kind}Id": entity.id} for of, entity in shown if of == kind]
    return result
