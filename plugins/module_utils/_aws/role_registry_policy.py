# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Where the identity side of grants is kept: one customer managed policy for each role or user.

The policies have a path of their own, so that they are found without looking through the account, and each costs its role one
of the ten attachments. A policy that is not attached allows nothing, so it counts as absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError, ServiceError, service_error_behind
from .._policy.document import Policy, parse
from .._policy.limits import MANAGED_POLICY
from .errors import translated

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .identity import Identity

#: The path of all managed policies of this collection.
PATH = "/crossaccount.registry/"
_PREFIX = "crossaccount-registry-"
_HOLDER = re.compile(f"{_PREFIX}(?P<kind>role|user)-(?P<name>.+)")
#: IAM keeps this many versions of a managed policy:
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
_VERSIONS = 5
#: What IAM answers when another version took the room that was made, or the version to delete became the default one.
_VERSION_CONFLICTS = (("CreatePolicyVersion", "LimitExceeded"), ("DeletePolicyVersion", "DeleteConflict"))


@dataclass(frozen=True)
class Holder:
    """A role or user that holds a registry policy. ``kind`` is C(role) or C(user), ``name`` has no path."""

    kind: str
    name: str

    @property
    def policy_name(self) -> str:
        """The name of its managed policy."""
        return f"{_PREFIX}{self.kind}-{self.name}"


def holders(client: BaseClient) -> dict[Holder, str]:
    """Every role or user that has a registry policy -> the default version of that policy. Raises ServiceError."""
    found: dict[Holder, str] = {}
    with translated():
        for page in client.get_paginator("list_policies").paginate(Scope="Local", PathPrefix=PATH):
            for policy in page["Policies"]:
                name = _HOLDER.fullmatch(policy["PolicyName"])
                if name:
                    found[Holder(name["kind"], name["name"])] = policy["DefaultVersionId"]
    return found


class RolePolicyStore:
    """The registry policy of one role or user.

    ``version`` is the default version that a listing showed a moment ago, so that reading it takes no further call. ``leaving`` is
    for holders that no grant names any more: they may be gone already. ``expected``: the holder itself need not be there yet.
    """

    kind = MANAGED_POLICY
    region: str | None = None
    owner: str | None = None

    def __init__(
        self, client: BaseClient, identity: Identity, holder: Holder, version: str | None, leaving: bool, expected: bool = False
    ) -> None:
        self._client = client
        self._expected = expected
        self._holder = holder
        self._version = version
        self._leaving = leaving
        self._made = False
        self._arn = f"arn:{identity.partition}:iam::{identity.account}:policy{PATH}{holder.policy_name}"
        self.account: str | None = identity.account
        self.resource = f"{holder.kind}/{holder.name}"
        self.subject = self.resource

    def read(self) -> Mapping[str, Any] | None:
        if not self._leaving and not self._is_attached():
            return None
        version, self._version = self._version or self._default_version(), None
        return None if version is None else self._document(version)

    def write(self, policy: Policy) -> None:
        with self._in_parts():
            if self._default_version() is None:
                self._create(policy)
            else:
                self._update(policy)
            # What stays in the policy of somebody who leaves is not ours, and neither is whether it is attached.
            if not self._leaving:
                self._attach()

    def delete(self) -> None:
        with self._in_parts():
            self._made = self._unless_missing(self._detach) is not None
            for version in self._versions():
                if not version["IsDefaultVersion"]:
                    self._delete_version(version)
            try:
                self._unless_missing(lambda: self._client.delete_policy(PolicyArn=self._arn))
            except ServiceError as error:
                if error.code != "DeleteConflict":
                    raise
                raise RegistryError(
                    f"the managed policy {self._arn} is also attached to something else; detach it there, then run again ({error})"
                ) from error

    def waits_for(self, error: ServiceError) -> str | None:
        """A managed policy that was just created cannot be attached for some seconds. Versions get in each other's way."""
        if error.code == "NoSuchEntity" and error.operation in ("AttachRolePolicy", "AttachUserPolicy"):
            return f"IAM does not know the policy {self._holder.policy_name} or the {self._holder.kind} {self._holder.name} (yet)"
        if (error.operation, error.code) in _VERSION_CONFLICTS and "version" in error.message:
            return f"somebody else makes versions of the policy {self._holder.policy_name} at the same time"
        return None

    @contextmanager
    def _in_parts(self) -> Iterator[None]:
        """Has a refusal tell that other calls of this run took effect before it."""
        try:
            yield
        except RegistryError as error:
            if cause := service_error_behind(error):
                cause.partly = self._made
            raise

    def _is_attached(self) -> bool:
        operation, argument = {
            "role": ("list_attached_role_policies", "RoleName"),
            "user": ("list_attached_user_policies", "UserName"),
        }[self._holder.kind]
        try:
            with translated():
                pages = self._client.get_paginator(operation).paginate(**{argument: self._holder.name}, PathPrefix=PATH)
                return any(policy["PolicyArn"] == self._arn for page in pages for policy in page["AttachedPolicies"])
        except ServiceError as error:
            if error.code != "NoSuchEntity":
                raise
            if self._expected:
                return False
            raise RegistryError(
                f"there is no {self._holder.kind} {self._holder.name} in account {self.account}; create it first, "
                f"or take it out of the declaration ({error})"
            ) from error

    def _default_version(self) -> str | None:
        answer = self._unless_missing(lambda: self._client.get_policy(PolicyArn=self._arn))
        return answer["Policy"]["DefaultVersionId"] if answer else None

    def _document(self, version: str) -> Mapping[str, Any] | None:
        answer = self._unless_missing(lambda: self._client.get_policy_version(PolicyArn=self._arn, VersionId=version))
        return answer["PolicyVersion"]["Document"] if answer else None

    def _create(self, policy: Policy) -> None:
        try:
            with translated():
                self._client.create_policy(
                    PolicyName=self._holder.policy_name,
                    Path=PATH,
                    PolicyDocument=policy.text(),
                    Description=f"What the {self._holder.kind} {self._holder.name} may do in container registries of other accounts",
                )
            self._made = True
        except ServiceError as error:
            # An answer that got lost, or another run at the same time.
            if error.code != "EntityAlreadyExists":
                raise
            self._update(policy)

    def _update(self, policy: Policy) -> None:
        versions = self._versions()
        default = next((version for version in versions if version["IsDefaultVersion"]), None)
        document = self._document(default["VersionId"]) if default else None
        if document is not None and parse(document).text() == policy.text():
            return
        if len(versions) >= _VERSIONS:
            spare = [version for version in versions if not version["IsDefaultVersion"]]
            self._delete_version(min(spare, key=lambda version: version["CreateDate"]))
        with translated():
            self._client.create_policy_version(PolicyArn=self._arn, PolicyDocument=policy.text(), SetAsDefault=True)
        self._made = True

    def _versions(self) -> list[Mapping[str, Any]]:
        answer = self._unless_missing(lambda: self._client.list_policy_versions(PolicyArn=self._arn))
        return list(answer["Versions"]) if answer else []

    def _delete_version(self, version: Mapping[str, Any]) -> None:
        gone = self._unless_missing(lambda: self._client.delete_policy_version(PolicyArn=self._arn, VersionId=version["VersionId"]))
        self._made = self._made or gone is not None

    def _attach(self) -> None:
        try:
            with translated():
                if self._holder.kind == "role":
                    self._client.attach_role_policy(RoleName=self._holder.name, PolicyArn=self._arn)
                else:
                    self._client.attach_user_policy(UserName=self._holder.name, PolicyArn=self._arn)
        except ServiceError as error:
            if error.code != "LimitExceeded":
                raise
            raise RegistryError(
                f"no further managed policy can be attached to the {self._holder.kind} {self._holder.name}; detach one that it does not "
                f"need, or have the account's quota of managed policies raised, then run again ({error})"
            ) from error

    def _detach(self) -> Any:
        if self._holder.kind == "role":
            return self._client.detach_role_policy(RoleName=self._holder.name, PolicyArn=self._arn)
        return self._client.detach_user_policy(UserName=self._holder.name, PolicyArn=self._arn)

    def _unless_missing(self, call: Any) -> Any:
        """What the call answers; None when what it is about is not there."""
        try:
            with translated():
                return call()
        except ServiceError as error:
            if error.code == "NoSuchEntity":
                return None
            raise
