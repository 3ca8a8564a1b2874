# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Where ECR keeps the policy of a registry, that is of one account in one region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import RegistryError, ServiceError
from .._policy.document import Policy, PolicyError, RawStatement, label_of
from .._policy.limits import REGISTRY_POLICY
from .._policy.principals import as_list, partition_of, typed_principals
from .errors import translated
from .repository_policy import action_problem, unknown_actions

if TYPE_CHECKING:
    from botocore.client import BaseClient

#: ECR does not say what is wrong with a registry policy.
_REFUSED = "ECR refuses the registry policy without saying why"
_REASONS = (
    "one of its actions or resources is not possible here: where the account setting REGISTRY_POLICY_SCOPE is V1 there are only "
    "ecr:BatchImportUpstreamImage, ecr:CreateRepository and ecr:ReplicateImage, and resources are those of this registry"
)


def check_registry_statements(policy: Policy) -> None:
    """Refuses statements that ECR takes for malformed without saying why. Raises PolicyError that names the statement."""
    for position, statement in enumerate(policy.statements):
        problem = action_problem(statement, REGISTRY_POLICY)
        if "Resource" not in statement and "NotResource" not in statement:
            problem = "Resource is missing, a registry policy needs it"
        if problem:
            raise PolicyError(f"statement {label_of(statement, position)}: {problem}")


def check_resources(policy: Policy, account: str, region: str) -> None:
    """Refuses statements about another registry, which have no effect here. Raises PolicyError that names the statement."""
    own = ["arn", partition_of(region), "ecr", region, account]
    for position, statement in enumerate(policy.statements):
        for resource in as_list(statement.get("Resource", statement.get("NotResource"))):
            fields = str(resource).split(":", 5)
            fits = len(fields) == 6 and all(one == its or "*" in one or "?" in one for one, its in zip(fields, own, strict=False))
            if resource != "*" and not fits:
                raise PolicyError(
                    f"statement {label_of(statement, position)}: the resource {resource} is none of this registry; those begin with "
                    f"{':'.join(own)}:repository/"
                )


class RegistryPolicyStore:
    """The policy of one registry. ``writer`` makes each call once, see AwsSession.client."""

    kind = REGISTRY_POLICY
    subject = ""
    resource = "registry"

    def __init__(self, reader: BaseClient, writer: BaseClient, account: str, region: str) -> None:
        self.reader = reader
        self._writer = writer
        self.account: str | None = account
        self.owner: str | None = account
        self.region: str | None = region
        self._may_pass = False

    def read(self) -> str | None:
        try:
            with translated():
                answer = self.reader.get_registry_policy()
        except ServiceError as error:
            if error.code == "RegistryPolicyNotFoundException":
                return None
            raise
        return str(answer["policyText"])

    def write(self, policy: Policy) -> None:
        unknown = unknown_actions(policy)
        self._may_pass = not unknown and any(_names_identities(statement) for statement in policy.statements)
        try:
            with translated():
                self._writer.put_registry_policy(policyText=policy.text())
        except ServiceError as error:
            if _is_refusal(error) and not self._may_pass:
                raise RegistryError(f"{_REFUSED}: {unknown or _REASONS}; {error}") from error
            raise

    def delete(self) -> None:
        try:
            with translated():
                self._writer.delete_registry_policy()
        except ServiceError as error:
            if error.code != "RegistryPolicyNotFoundException":
                raise

    def waits_for(self, error: ServiceError) -> str | None:
        """ECR learns of a new role after some seconds. So long it refuses the policy, with the words for everything that is wrong."""
        if "Principal not found" in error.message:
            return "ECR does not know a principal of the policy (yet)"
        if _is_refusal(error) and self._may_pass:
            return f"{_REFUSED}: perhaps it does not know a principal (yet), or {_REASONS}"
        return None


def _is_refusal(error: ServiceError) -> bool:
    return error.code in ("InvalidParameterException", "ValidationException") and "Invalid registry policy provided" in error.message


def _names_identities(statement: RawStatement) -> bool:
    principals = typed_principals(statement.get("Principal"))
    return any(kind == "AWS" and ":iam::" in value and not value.endswith(":root") for kind, value in principals)
