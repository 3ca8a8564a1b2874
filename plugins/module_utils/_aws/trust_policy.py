# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Where IAM keeps the trust policy of a role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError, ServiceError
from .._policy.document import Policy
from .._policy.limits import TRUST_POLICY
from .errors import translated

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .identity import Identity


class TrustPolicyStore:
    """The trust policy of one role, named without its path. ``size_limit`` is the account's quota in characters.

    ``writer`` is a client that makes each call once; the flow decides about another try.
    """

    region: str | None = None
    subject = ""

    def __init__(self, reader: BaseClient, writer: BaseClient, identity: Identity, role: str, size_limit: int) -> None:
        self._reader = reader
        self._writer = writer
        self._role = role
        self.kind = replace(TRUST_POLICY, limit=size_limit)
        self.account: str | None = identity.account
        self.owner: str | None = identity.account
        self.resource = f"role/{self._role}"

    def read(self) -> Mapping[str, Any] | None:
        try:
            with translated():
                answer = self._reader.get_role(RoleName=self._role)
        except ServiceError as error:
            if error.code == "NoSuchEntity":
                raise RegistryError(f"there is no role {self._role} in account {self.account}; create it first ({error})") from error
            raise
        document: Mapping[str, Any] = answer["Role"]["AssumeRolePolicyDocument"]
        return document

    def write(self, policy: Policy) -> None:
        with translated():
            self._writer.update_assume_role_policy(RoleName=self._role, PolicyDocument=policy.text())

    def delete(self) -> None:
        raise RegistryError(f"role {self._role} cannot be without a trust policy")

    def waits_for(self, error: ServiceError) -> str | None:
        """IAM learns of a principal that was just created after some seconds; so long it calls it invalid. Services do not come and go."""
        if (
            error.code == "MalformedPolicyDocument"
            and "Invalid principal in policy" in error.message
            and '"service"' not in error.message.lower()
        ):
            return "IAM does not know a principal of the policy (yet)"
        return None
