# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Whose credentials a task has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError
from .errors import translated

if TYPE_CHECKING:
    from .module import RegistryAWSModule


@dataclass(frozen=True)
class Identity:
    """The account id of the caller, and the partition it is in."""

    account: str
    partition: str


def caller_identity(module: RegistryAWSModule) -> Identity:
    """Asks STS, which needs no permission. Raises RegistryError when the account is not the C(account_id) of the module."""
    with translated():
        answer = module.aws_client("sts", module.region or "us-east-1").get_caller_identity()
    identity = Identity(answer["Account"], answer["Arn"].split(":")[1])
    check_account(identity.account, module.params["account_id"])
    return identity


def check_account(actual: str, expected: Any) -> None:
    """Raises RegistryError when the credentials are those of another account than the option C(account_id) says."""
    if expected is None:
        return
    problem = account_id_problem(expected)
    if problem:
        raise RegistryError(problem)
    if actual != expected:
        raise RegistryError(
            f"the credentials are those of account {actual}, but 'account_id' is {expected}; "
            "give the profile or the role that belongs to the account"
        )


def account_id_problem(value: Any, option: str = "account_id") -> str | None:
    """What is wrong with the value of an option for an account id, as text; None when it is an account id."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{12}", value):
        return None
    return f"'{option}' is {value!r}; an account id has 12 digits and is written in quotes, YAML drops leading zeros"
