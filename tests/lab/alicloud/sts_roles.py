# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether somebody may assume a role, and the sessions that come of it."""

from __future__ import annotations

import hashlib
import json
import re
import typing as t

from .callers import Caller, Credential
from .documents import texts
from .errors import Refused
from .evaluation import Context, applies
from .permissions import decision, detail
from .ram_state import Key, Role

if t.TYPE_CHECKING:
    from .cloud import Cloud

_ROLE = re.compile(r"acs:ram::(\d+):role/([\w.@-]+)")
REFUSAL = "You are not authorized to do this action. You should be authorized by RAM."


def role_of(cloud: Cloud, arn: str) -> tuple[str, Role]:
    """The account and the role that an ARN names. Raises Refused."""
    match = _ROLE.fullmatch(arn)
    if match is None:
        raise Refused("InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.")
    uid, name = match.groups()
    account = cloud.accounts.get(uid)
    role = cloud.seen(account).roles.get(name.lower()) if account else None
    if role is None:
        raise Refused("EntityNotExist.Role", f"The role not exists: {arn}.", 404)
    return uid, role


def trusts(role: Role, caller: Caller, action: str, context: Context) -> str:
    """`Allow`, `ExplicitDeny` or `ImplicitDeny`: what the trust policy of a role says of a caller."""
    found = "ImplicitDeny"
    mine = {(kind, name.lower()) for kind, name in caller.principals}
    for statement in json.loads(role.trust)["Statement"]:
        named = {(kind, item.lower()) for kind, value in statement["Principal"].items() for item in texts(value)}
        if mine & named and applies(statement, action, "*", context):
            if statement["Effect"] == "Deny":
                return "ExplicitDeny"
            found = "Allow"
    return found


def check_assume(cloud: Cloud, caller: Caller, arn: str, context: Context) -> tuple[str, Role]:
    """The account and the role, when the caller may assume it. Raises Refused: in one and the same words for either side."""
    if caller.kind == "root":
        raise Refused("NoPermission", "Roles may not be assumed by root accounts.", 403)
    uid, role = role_of(cloud, arn)
    found = trusts(role, caller, "sts:AssumeRole", context)
    if found == "Allow" and caller.kind != "service":
        found = decision(cloud, caller, "sts:AssumeRole", [f"acs:ram::{uid}:role/{role.name}"], context)
    if found != "Allow":
        raise Refused("NoPermission", REFUSAL, 403, AccessDeniedDetail=detail(caller, "sts:AssumeRole", found))
    return uid, role


def open_session(cloud: Cloud, uid: str, role: Role, session: str, seconds: int, policy: str | None = None) -> tuple[Key, float]:
    """The key of a new session of a role, and when it expires."""
    caller = Caller("session", uid, role.name, role.id, session, policy)
    number = cloud.new_number("7")
    digest = hashlib.sha256(number.encode()).hexdigest()
    key = Key(f"STS.N{digest[:22]}", f"Session{digest[22:46]}", f"CAIS{digest}{digest[::-1]}")
    expires = cloud.now() + seconds
    cloud.credentials[key.id] = Credential(key.secret, caller, key.token, expires)
    return key, expires
