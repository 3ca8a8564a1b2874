# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Why ECR cannot fetch for a pull-through cache: the one document that does not let it, from what ECR says of a rule.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
"""

from __future__ import annotations

from collections.abc import Mapping

from .._upstreams import SERVICE
from .denials import Denial, read_denial

_ASSUME = "sts:assumerole"


#: What messages call the policies of a denial that are not those of the role's own account or of upstream.
_POLICIES: Mapping[str, str] = {
    "identity": "an identity policy",
    "trust": "the trust policy",
    "boundary": "the permissions boundary",
    "session": "the session policy",
    "organization": "a service control policy",
    "resource_control": "a resource control policy",
    "endpoint": "a VPC endpoint policy",
}


def explain_fetch(failure: str) -> str | None:
    """Which document lacks a statement, or denies, in one sentence; None where ECR's text says nothing about policies."""
    denial = read_denial(failure)
    if denial is None or not denial.action:
        return None
    assumes = denial.action.lower() == _ASSUME
    role, on = _role(denial), f" on {denial.resource}" if denial.resource else ""
    if denial.explicit:
        policy = f"a policy of {_owner(denial.resource)}" if denial.layer == "resource" else _POLICIES.get(str(denial.layer), "a policy")
        what = f"{SERVICE} from assuming the role {denial.resource}" if assumes else f"the {role} from {denial.action}{on}"
        return f"an explicit deny in {policy} keeps {what}"
    if assumes:
        return f"the trust policy of the role {denial.resource} does not let {SERVICE} assume it, or there is no such role"
    if denial.layer == "resource":
        return f"{_owner(denial.resource)} has no registry or repository policy that allows {denial.action}{on} to the {role}"
    if denial.layer == "identity":
        return f"no identity policy of the {role} allows {denial.action}{on}"
    if denial.layer is None:
        return f"a policy does not allow {denial.action}{on} to the {role}"
    return f"{_POLICIES[denial.layer]} of the {role} does not allow {denial.action}{on}"


def _role(denial: Denial) -> str:
    fields = (denial.principal or "").split(":", 5)
    if len(fields) < 6 or not fields[5].startswith("assumed-role/"):
        return "role of the rule"
    return f"role {fields[5].split('/')[1]} of account {fields[4]}"


def _owner(resource: str | None) -> str:
    """The registry that has a resource."""
    fields = (resource or "").split(":", 5)
    return f"account {fields[4]} in {fields[3]}" if len(fields) == 6 else "the registry"
