# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The secret's side of a read: its policy, the key that encrypts its value, and that key's policy, as they are in AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from .._access.secret_question import SecretSide
from .._errors import RegistryError, ServiceError
from .._policy.document import parse
from .._policy.evaluation import Named
from .._readers import region_of_secret
from .errors import translated
from .secret_keys import is_managed
from .secret_store import SecretStore

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .registry_secret import Secret
    from .session import AwsSession

Answer = TypeVar("Answer")


class NoSuchSecret(RegistryError):
    """There is no secret of that name or ARN."""


def read_secret_side(session: AwsSession, name: str, region: str | None = None) -> SecretSide:
    """What has a say on the side of a secret; ``session`` is one of its account.

    ``name`` is the full ARN, or the name of a secret in ``region``. What AWS does not let us read is kept as such. Raises NoSuchSecret,
    RegistryError when one of its documents cannot be understood, ServiceError for other trouble.
    """
    region = region or region_of_secret(name, "the secret")
    client = session.client("secretsmanager", region)
    secret = SecretStore(client).find(name)
    if secret is None or secret.arn is None:
        raise NoSuchSecret(f"there is no secret {name} in {region}; create it first, or correct the name")
    if secret.scheduled:
        return SecretSide(secret.arn, obstacle="the secret is scheduled for deletion, and nobody can read it until it is restored")
    if secret.version_id is None:
        return SecretSide(secret.arn, obstacle="the secret has no value yet")
    unread: list[str] = []
    text = _unless_denied(lambda: _call(client.get_resource_policy, SecretId=secret.arn).get("ResourcePolicy"), "the secret policy", unread)
    policy = Named(f"secret policy of {secret.name}", parse(text)) if text else None
    found = SecretSide(secret.arn, policy, tags=secret.tags, unread=tuple(unread))
    return _with_key(found, current_key(client, secret), session.client("kms", region))


def current_key(client: BaseClient, secret: Secret) -> str | None:
    """The key that the current version is encrypted with, which can be another one than that of the secret; None for the managed one.

    That of the secret where AWS does not let us list its versions. Raises ServiceError for other trouble.
    """
    denied: list[str] = []
    keys = _unless_denied(lambda: SecretStore(client).version_keys(str(secret.arn), str(secret.version_id)), "the versions", denied)
    return keys[0] if keys else secret.kms_key_id


def _with_key(side: SecretSide, name: str | None, kms: BaseClient) -> SecretSide:
    if is_managed(name):
        return side
    unread: list[str] = []
    key = _unless_denied(lambda: _call(kms.describe_key, KeyId=name)["KeyMetadata"], f"the key {name}", unread)
    if key is None:
        arn = name if str(name).startswith("arn:") and ":key/" in str(name) else None
        return replace(side, key=arn, key_unread=tuple(unread))
    if key.get("KeyManager") == "AWS":
        return side
    if key.get("KeyState", "Enabled") != "Enabled":
        return replace(
            side, obstacle=f"the KMS key {key['Arn']} that encrypts the value is {key['KeyState']}, and nobody can decrypt with it"
        )
    text = _unless_denied(lambda: _call(kms.get_key_policy, KeyId=key["Arn"], PolicyName="default")["Policy"], "the key policy", unread)
    policy = Named(f"key policy of {key['KeyId']}", parse(text)) if text else None
    return replace(side, key=key["Arn"], key_policy=policy, key_unread=tuple(unread))


def _call(method: Callable[..., Mapping[str, Any]], **arguments: Any) -> Mapping[str, Any]:
    with translated():
        return method(**arguments)


def _unless_denied(read: Callable[[], Answer], what: str, unread: list[str]) -> Answer | None:
    """What is read; None where AWS does not let us, which ``unread`` then says."""
    try:
        return read()
    except ServiceError as error:
        if error.code not in ("AccessDeniedException", "AccessDenied"):
            raise
        unread.append(f"{what} ({error})")
        return None
