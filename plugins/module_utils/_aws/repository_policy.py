# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Where ECR keeps the policy of a repository."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .._access.ecr_actions import is_unknown
from .._errors import RegistryError, ServiceError
from .._policy.document import Policy, PolicyError, RawStatement, label_of
from .._policy.limits import REPOSITORY_POLICY, DocumentKind
from .._policy.principals import as_list
from .errors import translated

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .repositories import Repository

#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
_REASONS = (
    "mostly it is an action or a condition operator that does not exist, an account where the region is not enabled, or, without "
    "'force: true', a policy that would keep you from changing it again"
)


def check_repository_statements(policy: Policy) -> None:
    """Refuses statements that ECR takes for malformed without saying why. Raises PolicyError that names the statement."""
    for position, statement in enumerate(policy.statements):
        problem = _problem(statement)
        if problem:
            raise PolicyError(f"statement {label_of(statement, position)}: {problem}")


def _problem(statement: RawStatement) -> str | None:
    if "Principal" not in statement and "NotPrincipal" not in statement:
        return "Principal is missing, a repository policy needs it"
    return action_problem(statement, REPOSITORY_POLICY)


def action_problem(statement: RawStatement, kind: DocumentKind) -> str | None:
    """What is wrong with the actions of a statement for a policy of ECR, as text; None when they are fine."""
    for action in as_list(statement.get("Action", statement.get("NotAction"))):
        if action != "*" and not action.lower().startswith("ecr:"):
            return f"the action {action} is none of ECR; actions of a {kind.name} begin with ecr:"
        if action.lower() == "ecr:getauthorizationtoken":
            return f"the action {action} is not about a repository; allow it in the identity policies of those who log in"
    return None


def unknown_actions(policy: Policy) -> str | None:
    """What to say of actions that there are not, as far as is known, when ECR has refused a policy; None when there are none."""
    found = [
        f"{action} (statement {label_of(statement, position)})"
        for position, statement in enumerate(policy.statements)
        for action in as_list(statement.get("Action", statement.get("NotAction")))
        if is_unknown(str(action))
    ]
    return f"ECR has no such action, as far as is known: {', '.join(found)}; correct the name" if found else None


@contextmanager
def explained(policy: Policy | None) -> Iterator[None]:
    """Raises ServiceError as translated() does, and RegistryError with the reasons that ECR does not give where it refuses a policy."""
    try:
        with translated():
            yield
    except ServiceError as error:
        if error.code != "InvalidParameterException" or "Invalid repository policy provided" not in error.message:
            raise
        reasons = (unknown_actions(policy) if policy else None) or _REASONS
        raise RegistryError(f"ECR does not accept the policy and does not say why; {reasons}; {error}") from error


class RepositoryPolicyStore:
    """The policy of one repository.

    ``writer`` makes each call once, see AwsSession.client. ``force`` lets AWS take a policy that locks its owner out.
    """

    kind = REPOSITORY_POLICY
    subject = ""

    def __init__(self, reader: BaseClient, writer: BaseClient, repository: Repository, force: bool) -> None:
        self._reader = reader
        self._writer = writer
        self._force = force
        self.account: str | None = repository.account
        self.owner: str | None = repository.account
        self.region: str | None = repository.region
        self.resource = repository.name

    def read(self) -> str | None:
        try:
            with translated():
                answer = self._reader.get_repository_policy(registryId=self.account, repositoryName=self.resource)
        except ServiceError as error:
            if error.code == "RepositoryPolicyNotFoundException":
                return None
            raise
        return str(answer["policyText"])

    def write(self, policy: Policy) -> None:
        with explained(policy):
            self._writer.set_repository_policy(
                registryId=self.account, repositoryName=self.resource, policyText=policy.text(), force=self._force
            )

    def delete(self) -> None:
        try:
            with translated():
                self._writer.delete_repository_policy(registryId=self.account, repositoryName=self.resource)
        except ServiceError as error:
            if error.code != "RepositoryPolicyNotFoundException":
                raise

    def waits_for(self, error: ServiceError) -> str | None:
        """ECR learns of a new role after some seconds: https://github.com/hashicorp/terraform-provider-aws/issues/39064"""
        if error.code == "InvalidParameterException" and "Principal not found" in error.message:
            return "ECR does not know a principal of the policy (yet)"
        return None
