# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a caller may do, by its identity policies and by the policy of its session."""

from __future__ import annotations

import json
import typing as t

from .callers import Caller
from .errors import Refused
from .evaluation import Context, decide
from .ram_state import SYSTEM, Attachment, Ram
from .system_policies import SYSTEM_POLICIES

if t.TYPE_CHECKING:
    from .call import Call
    from .cloud import Cloud


def _documents(ram: Ram, attached: t.Iterable[Attachment]) -> list[dict[str, t.Any]]:
    found = []
    for item in attached:
        policy = (SYSTEM_POLICIES if item.kind == SYSTEM else ram.policies).get(item.name.lower())
        if policy is not None:
            found.append(json.loads(policy.default.document))
    return found


def decision(cloud: Cloud, caller: Caller, action: str, resources: t.Sequence[str], context: Context) -> str:
    """`Allow`, `ExplicitDeny` or `ImplicitDeny`, for a caller whose own account is asked."""
    if caller.kind == "root":
        return "Allow"
    account = cloud.account(caller.account)
    if caller.kind == "user":
        ram = account.ram
        holder: t.Any = ram.users.get(caller.name.lower())
    else:
        ram = cloud.seen(account)
        holder = ram.roles.get(caller.name.lower())
    if holder is None:
        return "ImplicitDeny"
    found = decide(_documents(ram, holder.attached), action, resources, context)
    if found == "Allow" and caller.policy is not None:
        return decide([json.loads(caller.policy)], action, resources, context)
    return found


_KINDS = {"root": "Account", "user": "SubUser", "session": "AssumedRoleUser", "service": "Service", "federated": "Federated"}


def detail(caller: Caller, action: str, found: str) -> dict[str, str]:
    """The `AccessDeniedDetail` of a refusal."""
    return {
        "AuthAction": action,
        "AuthPrincipalDisplayName": f"{caller.name}:{caller.session}" if caller.session else caller.name,
        "AuthPrincipalOwnerId": caller.account,
        "AuthPrincipalType": _KINDS[caller.kind],
        "NoPermissionType": found,
        "PolicyType": "AccountLevelIdentityBasedPolicy",
    }


def authorize(call: Call, action: str, resource: str) -> None:
    """Raises Refused, in the words of the product, when the caller may not do this."""
    call.needs.append((action, resource))
    found = decision(call.cloud, call.caller, action, [resource], call.context)
    if found == "Allow":
        return
    if call.product == "eci":
        code, message = "Forbidden.RAM", "User not authorized to operate on the specified resource, or this API doesn't support RAM."
    elif call.product == "sts":
        code, message = "NoPermission", "You are not authorized to do this action. You should be authorized by RAM."
    else:
        code, message = "NoPermission", f"You are not authorized to do this action. Resource: {resource} Action: {action}"
    raise Refused(code, message, 403, AccessDeniedDetail=detail(call.caller, action, found))
