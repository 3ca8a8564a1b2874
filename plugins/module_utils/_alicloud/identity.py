# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Whose credentials a task has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError
from .._policy.dialect import RAM

if TYPE_CHECKING:
    from .module import AlicloudModule


@dataclass(frozen=True)
class Identity:
    """Who calls: the ``account`` id, the ARN, and C(Account), C(RAMUser) or C(AssumedRoleUser) with its ids."""

    account: str
    arn: str
    identity_type: str
    principal_id: str
    user_id: str | None = None
    role_id: str | None = None


def caller_identity(module: AlicloudModule) -> Identity:
    """Asks STS, which needs no permission.

    Raises RegistryError when the account is not the C(account_id) of the module; AlicloudError.
    """
    expected = module.params["account_id"]
    problem = None if expected is None else account_id_problem(expected)
    if problem:
        raise RegistryError(problem)
    answer = module.client.call("sts", "GetCallerIdentity")
    if not answer.get("AccountId"):
        raise RegistryError("GetCallerIdentity: the answer has no account id; check that 'endpoint_url' leads to Alibaba Cloud")
    identity = Identity(
        str(answer["AccountId"]),
        answer["Arn"],
        answer["IdentityType"],
        answer["PrincipalId"],
        answer.get("UserId") or None,
        answer.get("RoleId") or None,
    )
    if expected not in (None, identity.account):
        raise RegistryError(
            f"the credentials are those of account {identity.account}, but 'account_id' is {expected}; "
            "give the profile or the role that belongs to the account"
        )
    return identity


def account_id_problem(value: Any, option: str = "account_id") -> str | None:
    """What is wrong with the value of an option for an account id, as text; None when it is an account id."""
    if isinstance(value, str) and RAM.account_id.fullmatch(value):
        return None
    return f"'{option}' is {value!r}; {RAM.account_id_help}"
