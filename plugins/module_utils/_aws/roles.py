# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Roles that are handed to ECR."""

from __future__ import annotations

import re

from .._errors import RegistryError

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>[0-9]{12}):role/.+")


def check_own_role(what: str, arn: str, account: str) -> None:
    """Raises RegistryError unless an ARN is that of a role in the registry's account; ``what`` is what messages call it.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html, customRoleArn
    """
    role = _ROLE.fullmatch(arn)
    if not role:
        raise RegistryError(f"{what} is '{arn}', which is not the ARN of a role")
    if role["account"] != account:
        raise RegistryError(
            f"{what} is a role of account {role['account']}; ECR assumes roles of the registry's own account only, which is {account}; "
            "create the role there"
        )
