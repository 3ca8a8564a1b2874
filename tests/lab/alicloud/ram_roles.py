# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RAM roles."""

from __future__ import annotations

import typing as t

from .call import Call, date
from .errors import Refused
from .operations import operation
from .ram_checks import check_trust, description, find_role, new_name, page, role_of_user, session_duration, tags_of
from .ram_state import Role

MOST_ROLES = 1000


def role_arn(uid: str, name: str) -> str:
    """RAM tells the names of roles in lower case in their ARNs."""
    return f"acs:ram::{uid}:role/{name.lower()}"


def named(call: Call) -> str:
    """The role that a call is about, as a resource."""
    return f"acs:ram:*:{call.caller.account}:role/{call.parameters.values.get('RoleName', '*')}"


def _brief(call: Call, role: Role) -> dict[str, t.Any]:
    return {
        "RoleId": role.id,
        "RoleName": role.name,
        "Arn": role_arn(call.caller.account, role.name),
        "Description": role.description,
        "CreateDate": date(role.created),
        "MaxSessionDuration": role.max_session_duration,
        "AllowConsoleLogin": role.allow_console_login,
    }


def _whole(call: Call, role: Role) -> dict[str, t.Any]:
    return {
        **_brief(call, role),
        "AssumeRolePolicyDocument": role.trust,
        "UpdateDate": date(role.updated),
        "RolePrincipalName": f"{role.name.lower()}@role.{call.caller.account}.onaliyunservice.com",
        "IsServiceLinkedRole": role.service_linked is not None,
        "LatestDeletionTask": {},
    }


@operation("ram", "CreateRole", named, writes=True)
def create_role(call: Call) -> dict[str, t.Any]:
    name = new_name(call, "RoleName")
    trust = check_trust(call, "AssumeRolePolicyDocument")
    text, duration = description(call, "Description"), session_duration(call, "MaxSessionDuration")
    console, tags = call.parameters.flag("AllowConsoleLogin", True), tags_of(call.parameters.optional("Tag"))
    roles = call.ram.roles
    if name.lower() in roles:
        raise Refused("EntityAlreadyExists.Role", f"The role already exists: {name}.", 409)
    if len(roles) >= MOST_ROLES:
        raise Refused("LimitExceeded.Role", "The count of roles beyond the current limits.", 409)
    role = Role(name, call.cloud.new_number("3"), trust, call.now, call.now, text or "", duration or 3600, console, tags=tags)
    roles[name.lower()] = role
    return {"Role": {**_brief(call, role), "AssumeRolePolicyDocument": trust}}


@operation("ram", "GetRole", named)
def get_role(call: Call) -> dict[str, t.Any]:
    return {"Role": _whole(call, find_role(call.ram, call.parameters.text("RoleName")))}


@operation("ram", "UpdateRole", named, writes=True)
def update_role(call: Call) -> dict[str, t.Any]:
    role = role_of_user(call.ram, call.parameters.text("RoleName"))
    text, duration = description(call, "NewDescription"), session_duration(call, "NewMaxSessionDuration")
    trust = check_trust(call, "NewAssumeRolePolicyDocument") if call.parameters.get("NewAssumeRolePolicyDocument") is not None else None
    role.allow_console_login = call.parameters.flag("NewAllowConsoleLogin", role.allow_console_login)
    role.trust, role.description = trust or role.trust, text or role.description
    role.max_session_duration, role.updated = duration or role.max_session_duration, call.now
    return {"Role": {**_brief(call, role), "AssumeRolePolicyDocument": role.trust, "UpdateDate": date(role.updated)}}


@operation("ram", "DeleteRole", named, writes=True)
def delete_role(call: Call) -> dict[str, t.Any]:
    role = role_of_user(call.ram, call.parameters.text("RoleName"))
    if role.attached:
        raise Refused("DeleteConflict.Role.Policy", f"The role can not have any policy while being deleted: {role.name}.", 409)
    del call.ram.roles[role.name.lower()]
    return {}


@operation("ram", "ListRoles", lambda call: f"acs:ram:*:{call.caller.account}:role/*")
def list_roles(call: Call) -> dict[str, t.Any]:
    wanted = tags_of(call.parameters.optional("Tag"))
    roles = [role for _name, role in sorted(call.ram.roles.items()) if wanted.items() <= role.tags.items()]
    return page(call, "Role", [_brief(call, role) for role in roles])
