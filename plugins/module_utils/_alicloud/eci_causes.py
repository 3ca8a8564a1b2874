# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Why elastic container instances cannot pull an image, as far as the texts of the failure and a look at RAM tell.

The words of the failure are those of the container runtime and of the registry; they are not documented.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from .._errors import ServiceError
from .._policy.dialect import RAM
from .._policy.document import Policy, parse
from .._policy.patterns import covers, tidy
from .._ram_grants import ECI
from .arns import RoleArn

if TYPE_CHECKING:
    from .client import AlicloudClient
    from .eci_registries import Info

_NETWORK = re.compile(
    r"i/o timeout|deadline exceeded|connection (?:refused|timed out|reset)|no route to host|handshake timeout", re.IGNORECASE
)
_HOST = re.compile(r"https?://(?P<host>[^/\"\s]+)")
_UNKNOWN_HOST = re.compile(r"no such host", re.IGNORECASE)
_LOGIN = re.compile(
    r"unauthorized|forbidden|failed to authorize|authorization|access denied|is denied|AssumeRole|NoPermission|EntityNotExist",
    re.IGNORECASE,
)
_MISSING_IMAGE = re.compile(r"not found|manifest unknown|name unknown", re.IGNORECASE)
_NO_ROLE = re.compile(r"EntityNotExist|not exist", re.IGNORECASE)
_ASSUMING = re.compile(r"AssumeRole|NoPermission", re.IGNORECASE)
_CR_ACTION = re.compile(r"\bcr:\w+")


def cause_of(failures: Iterable[str], infos: Sequence[Info], client: AlicloudClient, account: str) -> str:
    """What is missing, and where. ``infos`` are the entries of acr_registry_info, ``account`` is the one of the client."""
    text = "\n".join(failures)
    if _UNKNOWN_HOST.search(text):
        return "the domain of the image is unknown: correct the image, or link the VPC with 'create_dns_record'"
    if _NETWORK.search(text):
        return _unreachable(text)
    if not _LOGIN.search(text):
        missing = "the registry does not have the image" if _MISSING_IMAGE.search(text) else "the image cannot be pulled"
        return f"{missing}; see the events"
    named = [info for info in infos if info["service_role_arn"]]
    if not named:
        return (
            "the registry lets nobody in: without roles in 'acr_registry_info', ECI pulls only from registries of this account; one with "
            "a domain of its own needs 'instance_id', and 'region_id' if it is in another region"
        )
    problems = (_role_problem(info, client, account) for info in _mentioned(named, text))
    return next(filter(None, problems), None) or _other_side(_mentioned(named, text)[0], text)


def _unreachable(text: str) -> str:
    host = _HOST.search(text)
    return (
        f"the registry {host['host'] if host else ''} is not reached: its public endpoint is off, or no entry of its access list has the "
        "address that the container instances come from (their EIP, or that of a NAT gateway); for the domain of a VPC, that VPC, or one "
        "with a route to it, is not linked"
    )


def _mentioned(infos: Sequence[Info], text: str) -> list[Info]:
    """The entries whose roles the text names; all of them where it names none."""
    folded = text.lower()
    found = [info for info in infos if any(info[key] and info[key].lower() in folded for key in ("service_role_arn", "user_role_arn"))]
    return found or list(infos)


def _role_problem(info: Info, client: AlicloudClient, account: str) -> str | None:
    """What the role of this account lacks; None when it lacks nothing, or RAM cannot be read."""
    role = RoleArn.read(info["service_role_arn"], "service_role_arn")
    try:
        trust = parse(client.call("ram", "GetRole", {"RoleName": role.name})["Role"]["AssumeRolePolicyDocument"], RAM)
    except ServiceError as error:
        if error.code == "EntityNotExist.Role":
            return f"there is no role {role.name} in account {account} (service_role_arn); create it, with trust in {ECI}"
        return None
    if not _trusts_eci(trust):
        return f"the trust policy of role {role.name} in account {account} (service_role_arn) does not let {ECI} assume it"
    try:
        policies = _attached(client, role.name)
    except ServiceError:
        return None
    for action, resources in _needed(info, account):
        if not _allows(policies, action, resources):
            return (
                f"no policy that is attached to role {role.name} in account {account} (service_role_arn) allows {action} on {resources[0]}"
            )
    return None


def _needed(info: Info, account: str) -> Iterator[tuple[str, Sequence[str]]]:
    """What the role of this account has to be allowed, and the resources of which one is enough."""
    if info["user_role_arn"]:
        yield "sts:AssumeRole", [str(RoleArn.read(info["user_role_arn"], "user_role_arn"))]
        return
    yield "cr:GetAuthorizationToken", ["*"]
    if info["instance_id"]:
        start = f"acs:cr:{info['region_id'] or '*'}:{account}:"
        yield "cr:PullRepository", [f"{start}instance/{info['instance_id']}", f"{start}repository/{info['instance_id']}/*"]


def _other_side(info: Info, text: str) -> str:
    """What is missing in the account of the registry, which this task cannot look into."""
    service = RoleArn.read(info["service_role_arn"], "service_role_arn").name
    domain = "" if info["instance_id"] else ", a registry with a domain of its own needs 'instance_id'"
    if not info["user_role_arn"]:
        return (
            f"role {service} is in order as far as RAM tells; it may lack the repository of the image{domain}, the registry may be in "
            "another account, which needs 'user_role_arn', or RAM does not know of a change yet"
        )
    role = RoleArn.read(info["user_role_arn"], "user_role_arn")
    its = f"role {role.name} in account {role.account} (user_role_arn)"
    denied = _CR_ACTION.search(text)
    if denied:
        return f"no policy that is attached to {its} allows {denied[0]} on the image"
    if str(role) in text.lower() and _NO_ROLE.search(text):
        return f"there is no {its}"
    if _ASSUMING.search(text):
        return f"the trust policy of {its} does not let {info['service_role_arn']} assume it"
    return (
        f"role {service} is in order as far as RAM tells; {its} may be missing, not trust {info['service_role_arn']}, or have no policy "
        f"that lets it pull the image{domain}, the registry may be in yet another account, or RAM does not know of a change yet"
    )


def _trusts_eci(trust: Policy) -> bool:
    meanings = [trust.meaning(one) for one in trust.statements]
    named = [one for one in meanings if one.principal is not None and f"Service:{ECI}" in one.principal[1]]
    return any(one.effect == "Allow" for one in named) and not any(one.effect == "Deny" and not one.condition for one in named)


def _attached(client: AlicloudClient, name: str) -> list[Policy]:
    listed = client.call("ram", "ListPoliciesForRole", {"RoleName": name})["Policies"]["Policy"]
    keys = [{"PolicyName": one["PolicyName"], "PolicyType": one["PolicyType"]} for one in listed]
    return [parse(client.call("ram", "GetPolicy", key)["DefaultPolicyVersion"]["PolicyDocument"], RAM) for key in keys]


def _allows(policies: Iterable[Policy], action: str, resources: Sequence[str]) -> bool:
    """Whether policies may allow an action on one of the resources. Conditions are taken to hold for what is allowed."""
    found = [policy.meaning(one) for policy in policies for one in policy.statements]
    applying = [one for one in found if _covers(one.action, [action]) and _covers(one.resource, resources)]
    return any(one.effect == "Allow" for one in applying) and not any(one.effect == "Deny" and not one.condition for one in applying)


def _covers(named: tuple[bool, Iterable[str]], wanted: Sequence[str]) -> bool:
    """Whether a statement is about one of the wanted ones. One with a wildcard inside stands for what is not known."""
    negated, patterns = named
    pairs = [(tidy(pattern.lower()), one.lower()) for pattern in patterns for one in wanted]
    return any(covers(pattern, one) or (one != "*" and covers(one, pattern)) for pattern, one in pairs) != negated
