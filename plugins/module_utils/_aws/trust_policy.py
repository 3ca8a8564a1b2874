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


#: The tag of roles that this collection has created, so that it deletes no others.
CREATED_TAG = {"Key": "crossaccount.registry", "Value": "created"}


class TrustPolicyStore:
    """The trust policy of one role, named without its path. ``size_limit`` is the account's quota in characters.

    ``writer`` is a client that makes each call once; the flow decides about another try. With ``path`` a role that is not there is
    created under this path, and one that was created so is deleted with the last statement of its trust policy.
    """

    region: str | None = None
    subject = ""

    def __init__(
        self, reader: BaseClient, writer: BaseClient, identity: Identity, role: str, size_limit: int, path: str | None = None
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._role = role
        self._path = path
        self.kind = replace(TRUST_POLICY, limit=size_limit, deletable=path is not None)
        self.account: str | None = identity.account
        self.owner: str | None = identity.account
        self.resource = f"role/{self._role}"

    def read(self) -> Mapping[str, Any] | None:
        role = self._get()
        if role is None:
            return None
        document: Mapping[str, Any] = role["AssumeRolePolicyDocument"]
        return document

    def _get(self) -> Mapping[str, Any] | None:
        """The role; None where it is to be created."""
        try:
            with translated():
                answer = self._reader.get_role(RoleName=self._role)
        except ServiceError as error:
            if error.code != "NoSuchEntity":
                raise
            if self._path is not None:
                return None
            raise RegistryError(f"there is no role {self._role} in account {self.account}; create it first ({error})") from error
        role: Mapping[str, Any] = answer["Role"]
        if self._path is not None and role["Path"] != self._path:
            raise RegistryError(
                f"there is a role {self._role} in account {self.account} already, with the path {role['Path']} and not {self._path}; "
                "give its path, or another name"
            )
        return role

    def write(self, policy: Policy) -> None:
        if self._path is not None and self._get() is None:
            self._create(policy, self._path)
        else:
            self._update(policy)

    def _create(self, policy: Policy, path: str) -> None:
        try:
            with translated():
                self._writer.create_role(RoleName=self._role, Path=path, AssumeRolePolicyDocument=policy.text(), Tags=[CREATED_TAG])
        except ServiceError as error:
            # An answer that got lost, or a role that is not seen yet.
            if error.code != "EntityAlreadyExists":
                raise
            self._update(policy)

    def _update(self, policy: Policy) -> None:
        with translated():
            self._writer.update_assume_role_policy(RoleName=self._role, PolicyDocument=policy.text())

    def delete(self) -> None:
        if self._path is None:
            raise RegistryError(f"role {self._role} cannot be without a trust policy")
        role = self._get()
        if role is None:
            return
        if CREATED_TAG not in role.get("Tags", []):
            raise RegistryError(
                f"role {self._role} cannot be without a trust policy, and this collection has not created it; delete it, "
                "or let it trust somebody else"
            )
        try:
            with translated():
                self._writer.delete_role(RoleName=self._role)
        except ServiceError as error:
            if error.code != "NoSuchEntity":
                raise

    def waits_for(self, error: ServiceError) -> str | None:
        """IAM learns of a principal that was just created after some seconds; so long it calls it invalid. Services do not come and go."""
        if (
            error.code == "MalformedPolicyDocument"
            and "Invalid principal in policy" in error.message
            and '"service"' not in error.message.lower()
        ):
            return "IAM does not know a principal of the policy (yet)"
        return None
