# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Roles that are handed to a service."""

from __future__ import annotations

import re

from .._errors import RegistryError

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>[0-9]{12}):role/.+")


def check_role(what: str, arn: str) -> str:
    """The account of a role. Raises RegistryError unless it is the ARN of one; ``what`` is what messages call it."""
    role = _ROLE.fullmatch(arn)
    if not role:
        raise RegistryError(f"{what} is '{arn}', which is not the ARN of a role")
    return role["account"]


def check_own_role(what: str, arn: str, account: str, service: str = "ECR") -> None:
    """Raises RegistryError unless an ARN is that of a role in the account itself; ``what`` is what messages call it.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html, customRoleArn
    https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html, roleArn
    """
    owner = check_role(what, arn)
    if owner != account:
        whose = "of the registry's own account" if service == "ECR" else "of the cluster's own account"
        raise RegistryError(
            f"{what} is a role of account {owner}; {service} assumes roles {whose} only, which is {account}; create the role there"
        )
