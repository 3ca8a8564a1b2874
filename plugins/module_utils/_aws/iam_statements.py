# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What IAM would refuse to take, told before anything is written."""

from __future__ import annotations

import re

from .._policy.document import Policy, PolicyError, RawStatement, label_of
from .._policy.limits import MANAGED_POLICY, TRUST_POLICY
from .._policy.principals import as_list

#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
_SID = re.compile(r"[A-Za-z0-9]*")


def check_identity_statements(policy: Policy) -> None:
    """Refuses statements that no policy of a role or user can have. Raises PolicyError that names the statement."""
    for position, statement in enumerate(policy.statements):
        _check_sid(statement, position)
        if "Principal" in statement or "NotPrincipal" in statement:
            raise _problem(statement, position, f"a {MANAGED_POLICY.name} has no Principal; it is about the role or user that has it")
        if "Resource" not in statement and "NotResource" not in statement:
            raise _problem(statement, position, f"Resource is missing, a {MANAGED_POLICY.name} needs it")
        for resource in as_list(statement.get("Resource", statement.get("NotResource"))):
            if not str(resource).startswith(("arn:", "*")):
                raise _problem(statement, position, f"Resource has '{resource}', it must be an ARN or '*'")


def check_trust_statements(policy: Policy) -> None:
    """Refuses statements that no trust policy can have. Raises PolicyError that names the statement."""
    for position, statement in enumerate(policy.statements):
        _check_sid(statement, position)
        if "Resource" in statement or "NotResource" in statement:
            raise _problem(statement, position, f"a {TRUST_POLICY.name} has no Resource; it is about the role that has it")
        if "Principal" not in statement:
            raise _problem(statement, position, f"Principal is missing, a {TRUST_POLICY.name} needs it")
        for action in as_list(statement.get("Action", statement.get("NotAction"))):
            if action != "*" and not action.lower().startswith("sts:"):
                raise _problem(
                    statement, position, f"the action {action} has no meaning in a {TRUST_POLICY.name}, whose actions begin with sts:"
                )


def _check_sid(statement: RawStatement, position: int) -> None:
    if not _SID.fullmatch(str(statement.get("Sid", ""))):
        raise _problem(statement, position, "IAM takes only letters (without accents) and digits in a Sid")


def _problem(statement: RawStatement, position: int, text: str) -> PolicyError:
    return PolicyError(f"statement {label_of(statement, position)}: {text}")
