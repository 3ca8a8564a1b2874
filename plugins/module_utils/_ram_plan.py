# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What an account of Alibaba Cloud has to do for a declaration of grants: its roles, and what its container instances are told."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ._errors import RegistryError
from ._ram_grants import RamGrant, RoleDocuments, ram_role_documents

#: System policies that allow what the least privilege of a role is, and more.
_SYSTEM = {"sts:AssumeRole": "AliyunSTSAssumeRoleAccess", "cr:PullRepository": "AliyunContainerRegistryReadOnlyAccess"}
_PREFIX = "crossaccount-registry-"
#: Policies have letters, digits and hyphens in their names, roles more than that.
_NOT_IN_POLICIES = re.compile(r"[^A-Za-z0-9-]")


def ram_plan(grants: Sequence[RamGrant], account: str, groups: Any = (), caches: Any = ()) -> dict[str, list[dict[str, Any]]]:
    """What an account has to do.

    ``groups`` and ``caches`` are container groups and image caches with the options of their modules; where one names a C(grant), and the
    C(role) where the grant has several, it gets C(acr_registry_info) from it.

    Returns C(eci_roles) (assumed by container instances) and C(acr_roles) (assumed by roles of other accounts), each with C(role),
    C(trust), C(policy), C(statements), and the policies to attach: C(least_privilege), or C(system); C(container_groups) and
    C(image_caches). Raises RegistryError.
    """
    mine = {role.lower() for grant in grants for one, role in grant.workloads if one == account}
    roles = [_role(name, documents) for name, documents in ram_role_documents(grants, account).items()]
    return {
        "eci_roles": [one for one in roles if one["role"].lower() in mine],
        "acr_roles": [one for one in roles if one["role"].lower() not in mine],
        "container_groups": _resolved(groups, "container group", grants, account),
        "image_caches": _resolved(caches, "image cache", grants, account),
    }


def _role(name: str, documents: RoleDocuments) -> dict[str, Any]:
    actions = [action for statement in documents.policy for action in statement["Action"]]
    policy = _policy_name(name)
    return {
        "role": name,
        "trust": list(documents.trust),
        "policy": policy,
        "statements": list(documents.policy),
        "least_privilege": [{"name": policy, "type": "Custom"}],
        "system": [{"name": _SYSTEM[action], "type": "System"} for action in actions if action in _SYSTEM],
    }


def _policy_name(role: str) -> str:
    plain = _NOT_IN_POLICIES.sub("-", role)
    # Two roles never share a policy.
    return _PREFIX + plain if plain == role else f"{_PREFIX}{plain}-{hashlib.sha256(role.lower().encode()).hexdigest()[:8]}"


def _resolved(workloads: Any, kind: str, grants: Sequence[RamGrant], account: str) -> list[dict[str, Any]]:
    if isinstance(workloads, (str, Mapping)) or not isinstance(workloads, Sequence):
        raise RegistryError(f"{kind}s must be a list, not {type(workloads).__name__}")
    for at, one in enumerate(workloads):
        if not isinstance(one, Mapping):
            raise RegistryError(f"{kind}s[{at}] is no mapping; write the options of its module")
        if not one.get("name"):
            raise RegistryError(f"{kind}s[{at}] has no name; write 'name', and the other options of its module")
    return [_with_info(one, f"{kind} '{one.get('name')}'", grants, account) for one in workloads]


def _with_info(workload: Mapping[str, Any], where: str, grants: Sequence[RamGrant], account: str) -> dict[str, Any]:
    found = {key: value for key, value in workload.items() if key not in ("grant", "role") and value is not None}
    if workload.get("grant") is None:
        return found
    if found.get("acr_registry_info"):
        raise RegistryError(f"{where} has both 'grant' and 'acr_registry_info'; keep one of them")
    grant = next((one for one in grants if one.name == workload["grant"]), None)
    if grant is None:
        known = ", ".join(sorted(one.name for one in grants)) or "none"
        raise RegistryError(f"{where}: there is no grant '{workload['grant']}' with a registry in Alibaba Cloud; there are: {known}")
    return {**found, "acr_registry_info": [_info(grant, _role_of(workload, where, grant, account), account)]}


def _role_of(workload: Mapping[str, Any], where: str, grant: RamGrant, account: str) -> str:
    roles = {role.lower(): role for one, role in grant.workloads if one == account}
    wanted = workload.get("role")
    if wanted is None and len(roles) == 1:
        (wanted,) = roles
    if str(wanted).lower() not in roles:
        listed = ", ".join(roles.values()) or "none"
        raise RegistryError(f"{where}: 'role' must be one of those that the grant '{grant.name}' has for account {account}: {listed}")
    return roles[str(wanted).lower()]


def _info(grant: RamGrant, role: str, account: str) -> dict[str, Any]:
    """An entry of acr_registry_info. ARNs follow from ids and names, so that no account has to be asked for them."""
    info = {"instance_id": grant.instance_id, "region_id": grant.region, "service_role_arn": f"acs:ram::{account}:role/{role}"}
    return info if grant.account == account else {**info, "user_role_arn": f"acs:ram::{grant.account}:role/{grant.role}"}
