# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that several RAM operations share: names, lengths, what exists."""

from __future__ import annotations

import json
import re
import typing as t

from .documents import malformed, parse, principals
from .errors import Refused
from .ram_state import CUSTOM, SYSTEM, Attachment, Policy, Ram, Role, same
from .system_policies import SYSTEM_POLICIES

if t.TYPE_CHECKING:
    from .call import Call

_NAMES = {"RoleName": (64, r"[A-Za-z0-9.-]+"), "PolicyName": (128, r"[A-Za-z0-9-]+"), "UserName": (64, r"[A-Za-z0-9._-]+")}
MOST_ATTACHED = {SYSTEM: 20, CUSTOM: 5}


def too_long(parameter: str) -> Refused:
    return Refused(f"InvalidParameter.{parameter}.Length", f'The parameter - "{parameter}" beyond the length limit.')


def new_name(call: Call, parameter: str) -> str:
    """A name that something is to get. Raises Refused for one that RAM does not accept."""
    name = call.parameters.text(parameter)
    longest, pattern = _NAMES[parameter]
    if len(name) > longest:
        raise too_long(parameter)
    if not re.fullmatch(pattern, name):
        raise Refused(f"InvalidParameter.{parameter}.InvalidChars", f'The parameter - "{parameter}" contains invalid chars.')
    return name


def description(call: Call, parameter: str) -> str | None:
    """A description of up to 1,024 characters; None when there is none. Raises Refused."""
    text = call.parameters.optional(parameter)
    if parameter.startswith("New") and call.parameters.values.get(parameter) == "":
        raise too_long(parameter)  # it cannot be blanked
    if text is not None and len(text) > 1024:
        raise too_long(parameter)
    return text


def session_duration(call: Call, parameter: str) -> int | None:
    return call.parameters.number(parameter, 3600, 43200)


def policy_kind(call: Call) -> str:
    kind = call.parameters.text("PolicyType")
    if kind not in (SYSTEM, CUSTOM):
        raise Refused("InvalidParameter.PolicyType", 'The parameter - "PolicyType" is invalid.')
    return kind


def find_role(ram: Ram, name: str) -> Role:
    """Raises Refused."""
    try:
        return ram.roles[name.lower()]
    except KeyError:
        raise Refused("EntityNotExist.Role", f"The role not exists: {name}.", 404) from None


def role_of_user(ram: Ram, name: str) -> Role:
    """A role that may be changed. Raises Refused, also for a role that belongs to a service."""
    role = find_role(ram, name)
    if role.service_linked:
        message = f"The role is a service linked role and can only be changed by its service: {role.name}."
        raise Refused("NoPermission.ServiceLinkedRole", message, 403)
    return role


def find_policy(ram: Ram, kind: str, name: str) -> Policy:
    """Raises Refused."""
    try:
        return (SYSTEM_POLICIES if kind == SYSTEM else ram.policies)[name.lower()]
    except KeyError:
        raise Refused("EntityNotExist.Policy", f"The policy not exists: {name}.", 404) from None


def custom_policy(call: Call) -> Policy:
    """The custom policy that a write is about. Raises Refused, also for a system policy, which nobody changes."""
    name = call.parameters.text("PolicyName")
    return find_policy(call.ram, CUSTOM, name)


def check_trust(call: Call, parameter: str) -> str:
    """A trust document whose principals exist. Raises Refused."""
    text = call.parameters.text(parameter)
    for kind, principal in principals(parse(parameter, text, trust=True)):
        if kind != "Service" and not _exists(call, principal):
            raise malformed(f"The principal {principal} does not exist.")
    return text


def _exists(call: Call, principal: str) -> bool:
    _acs, _ram, _region, uid, resource = principal.split(":", 4)
    kind, _slash, name = resource.partition("/")
    if kind == "root":
        return True
    account = call.cloud.accounts.get(uid)
    if account is None:
        return False
    seen = call.cloud.seen(account)
    known: t.Mapping[str, t.Container[str]] = {"role": seen.roles, "user": account.ram.users}
    return name.lower() in known[kind] if kind in known else principal in seen.providers


def attach(ram: Ram, attached: list[Attachment], kind: str, name: str, now: float, holder: str) -> None:
    """Attach a policy. Raises Refused for one that is attached already, or one too many."""
    policy, of = find_policy(ram, kind, name), holder.lower()
    if any(same(item, kind, name) for item in attached):
        raise Refused(
            f"EntityAlreadyExists.{holder}.Policy", f"The policy is already attached to the {holder.lower()}: {policy.name}.", 409
        )
    if sum(item.kind == kind for item in attached) >= MOST_ATTACHED[kind]:
        raise Refused(f"LimitExceeded.{holder}.Policy", f"The count of policies attached to the {of} beyond the current limits.", 409)
    attached.append(Attachment(kind, policy.name, now))


def detach(attached: list[Attachment], kind: str, name: str, holder: str) -> None:
    """Raises Refused for a policy that is not attached."""
    found = [item for item in attached if same(item, kind, name)]
    if not found:
        raise Refused(f"EntityNotExist.{holder}.Policy", f"The policy is not attached to the {holder.lower()}: {name}.", 404)
    attached.remove(found[0])


def tags_of(text: str | None) -> dict[str, str]:
    """Tags in a JSON list of `Key` and `Value`. Raises Refused."""
    if text is None:
        return {}
    try:
        return {item["Key"]: item.get("Value", "") for item in json.loads(text)}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Refused("InvalidParameter.Tag", 'The parameter - "Tag" is invalid.') from None


def listed(kind: str, items: t.Sequence[dict[str, t.Any]]) -> dict[str, t.Any]:
    """A list as RAM answers it: `Roles: {Role: []}`."""
    plural = {"Policy": "Policies"}.get(kind, f"{kind}s")
    return {plural: {kind: list(items)}}


def page(call: Call, kind: str, items: t.Sequence[dict[str, t.Any]]) -> dict[str, t.Any]:
    """One page of a list: `Marker` and up to `MaxItems` (1 to 1,000, otherwise 100). Raises Refused."""
    start, most = call.parameters.optional("Marker") or "0", call.parameters.number("MaxItems", 1, 1000, 100) or 100
    if not start.isdigit():
        raise Refused("InvalidParameter.Marker", 'The parameter - "Marker" is invalid.')
    end = int(start) + most
    answer: dict[str, t.Any] = {**listed(kind, items[int(start) : end]), "IsTruncated": end < len(items)}
    if answer["IsTruncated"]:
        answer["Marker"] = str(end)
    return answer
