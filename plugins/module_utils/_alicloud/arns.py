# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""ARNs of RAM."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .._errors import RegistryError

#: https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-createrole
ROLE_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ROLE_ARN = re.compile(r"acs:ram::(?P<account>[0-9]{10,20}):role/(?P<name>[A-Za-z0-9._-]{1,64})", re.IGNORECASE)


@dataclass(frozen=True)
class RoleArn:
    """A role of an account."""

    account: str
    name: str

    @classmethod
    def read(cls, text: str, where: str) -> RoleArn:
        """Takes an ARN apart. Raises RegistryError, which says ``where``, for what is no role's."""
        found = _ROLE_ARN.fullmatch(text)
        if not found:
            raise RegistryError(f"{where} is '{text}', which is no ARN of a role; write acs:ram::ACCOUNT:role/NAME")
        return cls(found["account"], found["name"])

    def __str__(self) -> str:
        """The ARN as RAM shows it: with the name in lower case."""
        return f"acs:ram::{self.account}:role/{self.name.lower()}"


def same_arn(left: str, right: str) -> bool:
    """Whether two ARNs mean the same: RAM changes the letter case of names."""
    return left.lower() == right.lower()
