# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trust policies of roles: principals bound when they are written, re-spelled when they are read."""

from __future__ import annotations

import json
import typing as t

from . import consistency, iam_view
from .call import Call
from .documents import Statement, statements_of
from .ecr_state import StoredPolicy
from .iam_documents import stored_trust_policy
from .iam_entities import role_of
from .operations import after, before, own
from .respelling import compact, shown_document

if t.TYPE_CHECKING:
    from .wire import Answer


def statements(role: t.Any) -> list[Statement]:
    """The statements that STS decides by."""
    stored: StoredPolicy | None = getattr(role, "lab_trust", None)
    return list(stored.statements if stored else statements_of(str(role.assume_role_policy_document)))


@before("iam", "CreateRole")
def check_new_role(call: Call) -> None:
    stored_trust_policy(call.parameters["AssumeRolePolicyDocument"], call.partition)


@after("iam", "CreateRole")
def remember_new_role(call: Call, _answer: Answer) -> None:
    role = iam_view.role_named(call.account, call.partition, call.parameters["RoleName"])
    role.lab_trust = stored_trust_policy(call.parameters["AssumeRolePolicyDocument"], call.partition)  # type: ignore[union-attr]
    consistency.created(role.id)  # type: ignore[union-attr]


@after("iam", "CreateUser")
def remember_new_user(call: Call, _answer: Answer) -> None:
    user = iam_view.user_named(call.account, call.partition, call.parameters["UserName"])
    consistency.created(user.id)  # type: ignore[union-attr]


@own("iam", "UpdateAssumeRolePolicy")
def update_assume_role_policy(call: Call) -> None:
    role = role_of(call)
    stored = stored_trust_policy(call.parameters["PolicyDocument"], call.partition)
    consistency.replaced(("trust", role.id), getattr(role, "lab_trust", None))
    role.lab_trust = stored


@before("iam", "GetRole", "ListRoles", "GetAccountAuthorizationDetails", "GetInstanceProfile", "ListInstanceProfiles")
def show_trust(call: Call) -> None:
    """Give moto's roles the text that a reader is to see now."""
    name = call.parameters.get("RoleName")
    roles: list[t.Any] = [role_of(call)] if name else list(iam_view.backend(call.account, call.partition).roles.values())
    for role in roles:
        stored: StoredPolicy | None = consistency.stale(("trust", role.id), getattr(role, "lab_trust", None))
        if stored is not None:
            role.assume_role_policy_document = compact(shown_document(stored.document))
        else:
            role.assume_role_policy_document = compact(json.loads(role.assume_role_policy_document))
