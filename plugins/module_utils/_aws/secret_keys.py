# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the names of a KMS key mean: id, ARN, alias name and alias ARN of one key are the same key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError, ServiceError
from .errors import translated

if TYPE_CHECKING:
    from botocore.client import BaseClient

#: The key that Secrets Manager uses where none is named; it never shows it.
MANAGED_KEY = "alias/aws/secretsmanager"
_UNKNOWN = ("NotFoundException", "InvalidArnException", "ValidationException", "InvalidArn")


def is_unknown_key(error: ServiceError) -> bool:
    """Whether KMS says that there is no such key."""
    return error.code in _UNKNOWN


def encrypts_secrets(key: Mapping[str, Any]) -> bool:
    """Whether a key, as DescribeKey shows it, is of the kind that Secrets Manager can use."""
    return (key.get("KeyUsage", "ENCRYPT_DECRYPT"), key.get("KeySpec", "SYMMETRIC_DEFAULT")) == ("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT")


def is_managed(key: str | None) -> bool:
    """Whether the text names the key that AWS manages for Secrets Manager; None does."""
    return (
        key is None
        or key in (MANAGED_KEY, MANAGED_KEY.removeprefix("alias/"))
        or (key.startswith("arn:") and key.endswith(f":{MANAGED_KEY}"))
    )


class SecretKeys:
    """The KMS keys that a secret can have. ``client`` makes the client for KMS when there is something to ask."""

    def __init__(self, client: Callable[[], BaseClient]) -> None:
        self._client = client
        self._known: dict[str, Mapping[str, Any]] = {}

    def same(self, wanted: str, current: str | None, home: str) -> bool:
        """Whether two names mean the same key. KMS is asked only where the names alone do not tell.

        ``home`` is where a name without an account belongs: C(arn:aws:kms:REGION:ACCOUNT:). Raises RegistryError or ServiceError.
        """
        left, right = _full(wanted, home), _full(current, home)
        if left == right:
            return True
        if left is None:
            return self._is_managed_arn(right)
        target = self._describe(wanted)
        if right is None:
            return self._is_managed_by_aws(target)
        if ":alias/" not in right:
            return bool(target["Arn"] == right)
        try:
            return bool(target["Arn"] == self._ask(right)["Arn"])
        except ServiceError as error:
            if is_unknown_key(error):  # the alias that the secret was given is gone
                return False
            raise

    def arn(self, name: str | None) -> str | None:
        """The ARN of a customer managed key; None for the key that AWS manages. Raises RegistryError or ServiceError."""
        if name is None or is_managed(name):
            return None
        key = self._describe(name)
        return None if key.get("KeyManager") == "AWS" else str(key["Arn"])

    def check(self, wanted: str) -> None:
        """Refuses a key that a secret cannot be encrypted with. Raises RegistryError or ServiceError."""
        if is_managed(wanted):
            return
        key = self._describe(wanted)
        if key.get("KeyState", "Enabled") != "Enabled":
            raise RegistryError(
                f"the KMS key '{wanted}' is {key['KeyState']}; enable it or cancel its deletion first, or give another 'kms_key_id'"
            )
        if not encrypts_secrets(key):
            raise RegistryError(
                f"the KMS key '{wanted}' is a {key.get('KeySpec')} key for {key.get('KeyUsage')}; secrets need a symmetric encryption key"
            )
        if key.get("KeyManager") == "AWS" and not self._is_managed_by_aws(key):
            raise RegistryError(
                f"the KMS key '{wanted}' is one that AWS manages for another service; give a customer managed key or '{MANAGED_KEY}'"
            )

    def _describe(self, name: str) -> Mapping[str, Any]:
        try:
            return self._ask(name)
        except ServiceError as error:
            if is_unknown_key(error):
                raise RegistryError(f"there is no KMS key '{name}' ({error}); create it first, or correct 'kms_key_id'") from error
            if error.code == "AccessDeniedException":
                raise RegistryError(
                    f"KMS does not show a key '{name}' ({error}); if there is none, correct 'kms_key_id', otherwise allow "
                    "kms:DescribeKey on it in the key policy and to this identity"
                ) from error
            raise

    def _ask(self, name: str) -> Mapping[str, Any]:
        if name not in self._known:
            with translated():
                self._known[name] = self._client().describe_key(KeyId=name)["KeyMetadata"]
        return self._known[name]

    def _is_managed_by_aws(self, key: Mapping[str, Any]) -> bool:
        """Whether a key is the one that AWS manages for Secrets Manager."""
        return key.get("KeyManager") == "AWS" and key["Arn"] == self._ask(MANAGED_KEY)["Arn"]

    def _is_managed_arn(self, name: str | None) -> bool:
        """The same for the key of a secret. One that KMS does not show is not the managed one, which every administrator sees."""
        if name is None:
            return True
        try:
            return self._is_managed_by_aws(self._ask(name))
        except ServiceError as error:
            if error.code in (*_UNKNOWN, "AccessDeniedException"):
                return False
            raise


def _full(key: str | None, home: str) -> str | None:
    """A key's id or alias as an ARN; None for the key that AWS manages for Secrets Manager."""
    if key is None or is_managed(key):
        return None
    if key.startswith("arn:"):
        return key
    return f"{home}{key if key.startswith('alias/') else f'key/{key}'}"
