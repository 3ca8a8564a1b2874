# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Where KMS keeps the policy of a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError, ServiceError
from .._policy.document import Policy
from .._policy.limits import KEY_POLICY
from .errors import translated
from .secret_keys import encrypts_secrets, is_unknown_key

if TYPE_CHECKING:
    from botocore.client import BaseClient


class KeyPolicyStore:
    """The policy of one key, named by its id, ARN, alias name or alias ARN.

    ``writer`` makes each call once, see AwsSession.client. ``force`` lets KMS take a policy that locks its writer out. ``for_secrets``
    wants a key that decrypts secrets. ``warn`` is told of a key that nobody can use for now.
    """

    kind = KEY_POLICY
    subject = ""

    def __init__(
        self,
        reader: BaseClient,
        writer: BaseClient,
        key: str,
        account: str,
        region: str,
        force: bool,
        for_secrets: bool,
        warn: Callable[[str], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._force = force
        self._for_secrets = for_secrets
        self._warn = warn
        self._arn = ""
        self.resource = key
        self.account: str | None = account
        self.owner: str | None = account
        self.region: str | None = region

    def read(self) -> str:
        """The policy. Refuses, before anything is written, keys whose policy cannot be changed or cannot have the effect."""
        self._arn = self._arn or self._find()
        with translated():
            answer = self._reader.get_key_policy(KeyId=self._arn, PolicyName="default")
        return str(answer["Policy"])

    def write(self, policy: Policy) -> None:
        try:
            with translated():
                self._writer.put_key_policy(
                    KeyId=self._arn, PolicyName="default", Policy=policy.text(), BypassPolicyLockoutSafetyCheck=self._force
                )
        except ServiceError as error:
            if "will not allow you to update the key policy" not in error.message:
                raise
            raise RegistryError(
                "the key policy would keep this identity from changing it again; let it, or its account, keep kms:PutKeyPolicy, or give "
                f"'force: true'; {error}"
            ) from error

    def delete(self) -> None:
        raise RegistryError("a key cannot be without a key policy")

    def waits_for(self, error: ServiceError) -> str | None:
        """KMS learns of a new role after some seconds: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html"""
        if error.code == "MalformedPolicyDocumentException" and "invalid principals" in error.message:
            return "KMS does not know a principal of the policy (yet)"
        return None

    def _find(self) -> str:
        """The ARN of the key: the calls for its policy take no alias."""
        try:
            with translated():
                key = self._reader.describe_key(KeyId=self.resource)["KeyMetadata"]
        except ServiceError as error:
            if is_unknown_key(error):
                raise RegistryError(f"there is no such KMS key; create it first, or correct 'keys' ({error})") from error
            raise
        self._check(key)
        return str(key["Arn"])

    def _check(self, key: Mapping[str, Any]) -> None:
        if key.get("KeyManager") == "AWS":
            raise RegistryError(
                "it is a key that AWS manages: nobody can change its policy, and no other account can ever use it; "
                "create a customer managed key and give that"
            )
        if self._for_secrets and not encrypts_secrets(key):
            raise RegistryError(f"it is a {key.get('KeySpec')} key for {key.get('KeyUsage')}; secrets need a symmetric encryption key")
        state = key.get("KeyState", "Enabled")
        if self._for_secrets and state == "PendingDeletion":
            raise RegistryError("it waits for its deletion, so that nobody can decrypt with it; cancel that first, or give another key")
        if state != "Enabled":
            self._warn(f"The KMS key {key['Arn']} is {state}: nobody can use it until it is enabled, whatever its policy says.")
