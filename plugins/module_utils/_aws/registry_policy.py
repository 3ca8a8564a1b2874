# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Where ECR keeps the policy of a registry, that is of one account in one region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import ServiceError
from .._policy.document import Policy
from .._policy.limits import REGISTRY_POLICY
from .errors import translated

if TYPE_CHECKING:
    from botocore.client import BaseClient


class RegistryPolicyStore:
    """The policy of one registry."""

    kind = REGISTRY_POLICY
    subject = ""
    resource = "registry"

    def __init__(self, client: BaseClient, account: str, region: str) -> None:
        self._client = client
        self.account: str | None = account
        self.owner: str | None = account
        self.region: str | None = region

    def read(self) -> str | None:
        try:
            with translated():
                answer = self._client.get_registry_policy()
        except ServiceError as error:
            if error.code == "RegistryPolicyNotFoundException":
                return None
            raise
        return str(answer["policyText"])

    def write(self, policy: Policy) -> None:
        with translated():
            self._client.put_registry_policy(policyText=policy.text())

    def delete(self) -> None:
        try:
            with translated():
                self._client.delete_registry_policy()
        except ServiceError as error:
            if error.code != "RegistryPolicyNotFoundException":
                raise

    def waits_for(self, error: ServiceError) -> str | None:
        """ECR learns of a new role after some seconds, as for repository policies."""
        if error.code == "InvalidParameterException" and "Principal not found" in error.message:
            return "ECR does not know a principal of the policy (yet)"
        return None
