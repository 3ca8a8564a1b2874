# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Where ECR keeps the policy of a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import ServiceError
from .._policy.document import Policy
from .._policy.limits import REPOSITORY_POLICY
from .errors import translated

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .repositories import Repository


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
        with translated():
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
