# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RAM users, as far as trust documents and policies need them."""

from __future__ import annotations

import typing as t

from .call import Call, date
from .errors import Refused
from .operations import operation
from .ram_attachments import shown
from .ram_checks import attach, detach, listed, new_name, policy_kind
from .ram_state import User


def _named(call: Call) -> str:
    return f"acs:ram:*:{call.caller.account}:user/{call.parameters.values.get('UserName', '*')}"


def _find(call: Call) -> User:
    name = call.parameters.text("UserName")
    try:
        return call.account.ram.users[name.lower()]
    except KeyError:
        raise Refused("EntityNotExist.User", f"The user does not exist: {name}.", 404) from None


def _whole(user: User) -> dict[str, t.Any]:
    return {"User": {"UserName": user.name, "UserId": user.id, "DisplayName": user.name, "CreateDate": date(user.created)}}


@operation("ram", "CreateUser", _named, writes=True)
def create_user(call: Call) -> dict[str, t.Any]:
    name = new_name(call, "UserName")
    if name.lower() in call.ram.users:
        raise Refused("EntityAlreadyExists.User", f"The user already exists: {name}.", 409)
    user = call.ram.users[name.lower()] = User(name, call.cloud.new_number("2"), call.now)
    return _whole(user)


@operation("ram", "GetUser", _named)
def get_user(call: Call) -> dict[str, t.Any]:
    return _whole(_find(call))


@operation("ram", "DeleteUser", _named, writes=True)
def delete_user(call: Call) -> dict[str, t.Any]:
    user = _find(call)
    if user.attached:
        raise Refused("DeleteConflict.User.Policy", f"The user can not have any policy while being deleted: {user.name}.", 409)
    del call.ram.users[user.name.lower()]
    return {}


@operation("ram", "AttachPolicyToUser", _named, writes=True)
def attach_policy_to_user(call: Call) -> dict[str, t.Any]:
    attach(call.ram, _find(call).attached, policy_kind(call), call.parameters.text("PolicyName"), call.now, "User")
    return {}


@operation("ram", "DetachPolicyFromUser", _named, writes=True)
def detach_policy_from_user(call: Call) -> dict[str, t.Any]:
    detach(_find(call).attached, policy_kind(call), call.parameters.text("PolicyName"), "User")
    return {}


@operation("ram", "ListPoliciesForUser", _named)
def list_policies_for_user(call: Call) -> dict[str, t.Any]:
    return listed("Policy", shown(call.account.ram, _find(call).attached))
