# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""STS."""

from __future__ import annotations

import re
import typing as t

from .call import Call, date
from .callers import Caller
from .documents import parse
from .errors import Refused
from .operations import operation
from .ram_roles import role_arn
from .ram_state import Role
from .sts_roles import REFUSAL, check_assume, open_session, role_of, trusts


def _target(call: Call) -> str:
    return str(call.parameters.values.get("RoleArn", "*"))


# Permission is part of the decision itself, together with trust.
@operation("sts", "AssumeRole", _target, action=None)
def assume_role(call: Call) -> dict[str, t.Any]:
    arn, session = call.parameters.text("RoleArn"), _session_name(call)
    external_id = call.parameters.optional("ExternalId")
    if external_id is not None and not re.fullmatch(r"[\w+=,.@:/-]{2,1224}", external_id):
        raise Refused("InvalidParameter.ExternalId", "The parameter ExternalId is wrongly formed.")
    policy = call.parameters.optional("Policy")
    if policy is not None:
        _check_session_policy(policy)
    context = {**call.context, **({"sts:ExternalId": external_id} if external_id is not None else {})}
    uid, role = check_assume(call.cloud, call.caller, arn, context)
    call.parameters.optional("SourceIdentity")
    return _session(call, uid, role, session, 3600 if call.caller.kind == "session" else role.max_session_duration, policy)


def _session_name(call: Call) -> str:
    name = call.parameters.text("RoleSessionName")
    if not re.fullmatch(r"[\w.@-]{2,64}", name):
        raise Refused("InvalidParameter.RoleSessionName", "The parameter RoleSessionName is wrongly formed.")
    return name


def _session(call: Call, uid: str, role: Role, session: str, longest: int, policy: str | None = None) -> dict[str, t.Any]:
    """A new session as STS answers it. Raises Refused for one that is to last too long."""
    seconds = call.parameters.number("DurationSeconds", 900, 43200, 3600) or 3600
    if seconds > longest:
        message = f"The parameter DurationSeconds is wrongly formed: it must be between 900 and {longest}."
        raise Refused("InvalidParameter.DurationSeconds", message)
    key, expires = open_session(call.cloud, uid, role, session, seconds, policy)
    return {
        "Credentials": {"AccessKeyId": key.id, "AccessKeySecret": key.secret, "SecurityToken": key.token, "Expiration": date(expires)},
        "AssumedRoleUser": {"Arn": f"{role_arn(uid, role.name)}/{session}", "AssumedRoleId": f"{role.id}:{session}"},
    }


def _check_session_policy(text: str) -> None:
    if len(text) > 2048:
        raise Refused("InvalidParameter.PolicySize", "The parameter Policy is too long.")
    try:
        parse("Policy", text)
    except Refused:
        raise Refused("InvalidParameter.PolicyGrammar", "The parameter Policy has not passed grammar check.") from None


# Nobody signs this; who asks is in the token.
@operation("sts", "AssumeRoleWithOIDC", action=None)
def assume_role_with_oidc(call: Call) -> dict[str, t.Any]:
    arn, provider, token = (call.parameters.text(name) for name in ("RoleArn", "OIDCProviderArn", "OIDCToken"))
    session = _session_name(call)
    for common in ("Format", "Timestamp"):
        call.parameters.optional(common)
    claims = call.cloud.tokens.get(token)
    if claims is None or claims["provider"] != provider:
        raise Refused("AuthenticationFail.OIDCToken.Invalid", "This OIDC Token is invalid.")
    uid, role = role_of(call.cloud, arn)
    caller = Caller("federated", uid, provider)
    context = {f"oidc:{name}": claims[name] for name in ("iss", "aud", "sub")}
    if trusts(role, caller, "sts:AssumeRole", context) != "Allow":
        raise Refused("NoPermission", REFUSAL, 403)
    return _session(call, uid, role, session, role.max_session_duration)


@operation("sts", "GetCallerIdentity", action=None)
def get_caller_identity(call: Call) -> dict[str, t.Any]:
    return {"AccountId": call.caller.account, "Arn": call.caller.arn, **_identity(call.caller)}


def _identity(caller: Caller) -> dict[str, t.Any]:
    if caller.kind == "session":
        return {"IdentityType": "AssumedRoleUser", "PrincipalId": f"{caller.id}:{caller.session}", "RoleId": caller.id}
    kind = "Account" if caller.kind == "root" else "RAMUser"
    return {"IdentityType": kind, "PrincipalId": caller.id, "UserId": caller.id}
