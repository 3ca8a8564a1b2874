# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.
"""Where Secrets Manager keeps a secret: the calls that read and write one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError, ServiceError
from .errors import translated
from .registry_secret import Secret, described
from .secret_value import StoredValue, stored_value, without_values

if TYPE_CHECKING:
    from botocore.client import BaseClient

#: What stands for the key that AWS manages where the keys of a version are listed.
_DEFAULT_KEY = "DefaultEncryptionKey"


class SecretStore:
    """Secrets of one region. ``name`` is a name or an ARN. All methods raise ServiceError, whose message never has a value in it."""

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    def describe(self, name: str) -> Secret | None:
        """The secret; None when there is none."""
        try:
            return described(self._call("describe_secret", SecretId=name))
        except ServiceError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise

    def find(self, name: str) -> Secret | None:
        """The same. Raises RegistryError when Secrets Manager takes the name for a part of another secret's ARN."""
        secret = self.describe(name)
        if secret and name not in (secret.name, secret.arn):
            raise RegistryError(f"Secrets Manager answered with another one, '{secret.arn}'; give its full ARN if you mean that")
        return secret

    def value(self, name: str, **version: str | None) -> StoredValue:
        """The current value, or that of C(VersionId). One that is not there has neither fields nor a problem."""
        try:
            return stored_value(self._call("get_secret_value", SecretId=name, **version))
        except ServiceError as error:
            if error.code == "ResourceNotFoundException":
                return StoredValue()
            raise

    def create(self, secret: Secret, text: str, token: str) -> None:
        """Creates the secret whole. The same token and text again is no error."""
        settings = {"Description": secret.description, "KmsKeyId": secret.kms_key_id, "Tags": _tag_list(secret.tags)}
        settings["AddReplicaRegions"] = _replica_list({region: replica.kms_key_id for region, replica in secret.replicas.items()})
        given = {name: value for name, value in settings.items() if value}
        self._call("create_secret", Name=secret.name, SecretString=text, ClientRequestToken=token, **given)

    def put(self, name: str, content: str | bytes, token: str) -> None:
        """Adds a version, whose id becomes the token, and makes it the current one. The same token and content again is no error."""
        kind = "SecretString" if isinstance(content, str) else "SecretBinary"
        self._call("put_secret_value", SecretId=name, ClientRequestToken=token, **{kind: content})

    def version_keys(self, name: str, version: str) -> tuple[str | None, ...]:
        """The keys that a version is encrypted with, None for the one that AWS manages; empty when Secrets Manager does not tell.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_SecretVersionsListEntry.html
        """
        found = self._call("list_secret_version_ids", SecretId=name).get("Versions", ())
        keys = next((one.get("KmsKeyIds", ()) for one in found if one["VersionId"] == version), ())
        return tuple(None if key == _DEFAULT_KEY else key for key in keys)

    def replicate(self, name: str, keys: Mapping[str, str | None]) -> None:
        """Begins to replicate the secret: region -> key, None for the one that AWS manages there."""
        self._call("replicate_secret_to_regions", SecretId=name, AddReplicaRegions=_replica_list(keys))

    def unreplicate(self, name: str, regions: Sequence[str]) -> None:
        """Deletes replicas."""
        self._call("remove_regions_from_replication", SecretId=name, RemoveReplicaRegions=list(regions))

    def update(self, name: str, kms_key_id: str | None, description: str | None) -> None:
        """Changes the settings that are not None."""
        settings = {"KmsKeyId": kms_key_id, "Description": description}
        self._call("update_secret", SecretId=name, **{key: value for key, value in settings.items() if value is not None})

    def tag(self, name: str, tags: Mapping[str, str]) -> None:
        """Adds or replaces tags."""
        self._call("tag_resource", SecretId=name, Tags=_tag_list(tags))

    def untag(self, name: str, keys: Sequence[str]) -> None:
        """Removes tags."""
        self._call("untag_resource", SecretId=name, TagKeys=list(keys))

    def restore(self, name: str) -> None:
        """Cancels the deletion."""
        self._call("restore_secret", SecretId=name)

    def delete(self, name: str, days: int | None, force: bool) -> str | None:
        """Schedules the deletion in so many days, or of AWS's choice, or deletes for good; returns the date."""
        how = {"ForceDeleteWithoutRecovery": True} if force else {"RecoveryWindowInDays": days} if days else {}
        date = self._call("delete_secret", SecretId=name, **how).get("DeletionDate")
        return date.isoformat() if date else None

    def _call(self, operation: str, **arguments: Any) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = {}
        failed: ServiceError | None = None
        try:
            with translated():
                answer = getattr(self._client, operation)(**arguments)
        except ServiceError as error:
            failed = error
        if failed is None:
            return answer
        text = arguments.get("SecretString")
        message = without_values(failed.message, text) if text else failed.message
        # Not raised while botocore's error is handled, whose message would become part of it.
        raise ServiceError(failed.operation, failed.code, message, failed.request_id, failed.passing)


def _replica_list(keys: Mapping[str, str | None]) -> list[dict[str, str]]:
    return [{"Region": region, **({"KmsKeyId": key} if key else {})} for region, key in sorted(keys.items())]


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
