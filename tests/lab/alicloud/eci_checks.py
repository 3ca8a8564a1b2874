# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks and answers that container groups and image caches share."""

from __future__ import annotations

import re
import typing as t

from .call import Call
from .eci_state import Group, Values, Workload
from .errors import Refused
from .permissions import authorize, decision

SERVICE_ROLE = "AliyunServiceRoleForECI"
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,126}[a-z0-9])")


def resource(kind: str, identity: str) -> t.Callable[[Call], str]:
    """The resource that a call is about, by the parameter with its id."""

    def found(call: Call) -> str:
        return f"acs:eci:{call.region or '*'}:{call.caller.account}:{kind}/{call.parameters.values.get(identity, '*')}"

    return found


def invalid(name: str, message: str) -> Refused:
    return Refused(f"InvalidParameter.{name}", message)


def region(call: Call) -> str:
    return call.parameters.text("RegionId")


def new_name(call: Call, parameter: str) -> str:
    name = call.parameters.text(parameter)
    if not NAME.fullmatch(name):
        words = "must be 2 to 128 characters in length, and can contain lowercase letters, digits, and hyphens (-)"
        raise invalid(parameter, f"The specified {parameter} is not valid: it {words}.")
    return name


def tags(call: Call) -> dict[str, str]:
    found = call.parameters.items("Tag")
    if len(found) > 20:
        raise Refused("QuotaExceeded", "Tag quota exceeded.", 403)
    return {str(item.get("Key", "")): str(item.get("Value", "")) for item in found}


def registries(call: Call, roles: bool = True) -> list[Values]:
    """AcrRegistryInfo; updates know no roles."""
    known = {"InstanceId", "InstanceName", "RegionId", "Domain", *(("ArnService", "ArnUser") if roles else ())}
    return [{key: value for key, value in item.items() if key in known} for item in call.parameters.items("AcrRegistryInfo")]


def ensure_service_role(call: Call) -> None:
    """ECI makes its service-linked role when it is first used. Raises Refused when the caller may not let it."""
    if SERVICE_ROLE.lower() in call.account.roles:
        return
    call.needs.append(("ram:CreateServiceLinkedRole", "*"))
    if decision(call.cloud, call.caller, "ram:CreateServiceLinkedRole", ["*"], call.context) != "Allow":
        message = "Please make sure the account has ram:CreateServiceLinkedRole permission."
        raise Refused("CreateServiceLinkedRole.Denied", message, 403)
    call.account.add_service_role(SERVICE_ROLE, "eci.aliyuncs.com")


def repeated(call: Call, make: t.Callable[[], Values]) -> Values:
    """The answer to a call with a client token: the first one again for the same request. Raises Refused for another request."""
    token = call.parameters.optional("ClientToken")
    if token is None:
        return make()
    if len(token) > 64 or not token.isascii():
        raise invalid("ClientToken", "The specified ClientToken is not valid: up to 64 ASCII characters are supported.")
    given = {key: value for key, value in call.parameters.values.items() if key != "DryRun"}
    known = call.account.eci.tokens.get((call.name, token))
    if known is not None:
        if known[0] != given:
            message = "The request uses the same client token as a previous, but non-identical request."
            raise Refused("IdempotentParameterMismatch", message)
        return known[1]
    answer = make()
    call.account.eci.tokens[call.name, token] = (given, answer)
    return answer


def may(call: Call, action: str, name: str) -> bool:
    """Whether the caller may list something; who may not is told an empty list."""
    try:
        authorize(call, action, name)
    except Refused:
        return False
    return True


def page(call: Call, key: str, items: t.Sequence[Values], most: int) -> Values:
    """One page of a list: `NextToken` and up to `Limit` items. Raises Refused."""
    token, limit = call.parameters.optional("NextToken") or "0", call.parameters.number("Limit", 1, most, most) or most
    if not token.isdigit():
        raise invalid("NextToken", "The specified NextToken is not valid.")
    end = int(token) + limit
    answer: Values = {key: list(items[int(token) : end]), "TotalCount": len(items)}
    if end < len(items):
        answer["NextToken"] = str(end)
    return answer


def has_tags(call: Call, workload: Workload) -> bool:
    return tags(call).items() <= workload.tags.items()


def shown_tags(workload: Workload) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in workload.tags.items()]


def check_ram_role(call: Call) -> str | None:
    """The role that a group's containers act as: it has to exist and to trust ECS, and the caller has to be allowed to pass it."""
    name = call.parameters.optional("RamRoleName")
    if name is None:
        return None
    call.needs.append(("ram:PassRole", f"acs:ram::{call.caller.account}:role/{name}"))
    if decision(call.cloud, call.caller, "ram:PassRole", [f"acs:ram::{call.caller.account}:role/{name}"], call.context) != "Allow":
        raise Refused("InvalidUser.PassRoleForbidden", "The RAM user is not authorized to assume a RAM role.", 403)
    role = call.cloud.seen(call.account).roles.get(name.lower())
    if role is None or "ecs.aliyuncs.com" not in role.trust:
        raise Refused("NoPermission", "The RAM role does not belong to ECS.", 403)
    return name


def images_of(group: Group) -> list[str]:
    return [str(container["Image"]) for container in group.containers]
