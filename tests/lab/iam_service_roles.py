# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Service-linked roles are AWS's: their accounts cannot change them (IAM user guide, "Using service-linked roles")."""

from __future__ import annotations

from . import iam_view
from .call import AwsError, Call
from .operations import before


@before(
    "iam",
    "DeleteRole",
    "UpdateAssumeRolePolicy",
    "AttachRolePolicy",
    "DetachRolePolicy",
    "PutRolePolicy",
    "DeleteRolePolicy",
    "PutRolePermissionsBoundary",
    "DeleteRolePermissionsBoundary",
)
def protect(call: Call) -> None:
    role = iam_view.role_named(call.account, call.partition, str(call.parameters["RoleName"]))
    if role is not None and role.path.startswith("/aws-service-role/"):
        text = f"Cannot perform the operation on the protected role '{role.name}' - this role is only modifiable by AWS"
        raise AwsError("UnmodifiableEntity", text)
