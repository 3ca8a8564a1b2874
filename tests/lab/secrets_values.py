# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CreateSecret, UpdateSecret, PutSecretValue, GetSecretValue and the versions and stages behind them."""

from __future__ import annotations

import dataclasses
import re
import typing as t
import uuid

from . import access, kms_keys, secrets_replication
from .call import AwsError, Call
from .operations import own
from .secrets_store import Secret, Version, find_secret, new_arn, now, secret_of, store
from .targets import account_of

NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]+")
MOST_TAGS = 50
MANAGED_ALIAS = "alias/aws/secretsmanager"


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


def no_value(missing: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Secrets Manager can't find the specified secret value for {missing}")


def not_with_managed_key() -> AwsError:
    return AwsError(
        "InvalidRequestException",
        "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    )


def _value(call: Call) -> tuple[str | None, bytes | None]:
    text, binary = call.parameters.get("SecretString"), call.parameters.get("SecretBinary")
    if text is not None and binary is not None:
        raise invalid("You can't specify both a binary secret value and a string secret value in the same secret.")
    return text, binary


def _key(call: Call, given: str | None) -> str | None:
    """The key as DescribeSecret will show it: as it was given; None for the AWS managed one.

    Refuses keys that the caller cannot encrypt and decrypt with (API reference, CreateSecret).
    """
    if not given or given.endswith(MANAGED_ALIAS):
        return None
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        kms_keys.must_be_usable(call, given, action)
    return given


def add_version(secret: Secret, version: Version) -> None:
    """Put a version in; a stage is on one version at a time, and what AWSCURRENT leaves becomes AWSPREVIOUS."""
    for stage in version.stages:
        move_stage(secret, stage, None)
    secret.versions[version.version_id] = version
    secret.changed = now()


def move_stage(secret: Secret, stage: str, to: Version | None) -> None:
    holder = secret.with_stage(stage)
    if holder is not None and holder is not to:
        holder.stages.remove(stage)
        if stage == "AWSCURRENT":
            previous = secret.with_stage("AWSPREVIOUS")
            if previous is not None:
                previous.stages.remove("AWSPREVIOUS")
            holder.stages.append("AWSPREVIOUS")
    if to is not None and stage not in to.stages:
        to.stages.append(stage)
        if stage == "AWSCURRENT" and "AWSPREVIOUS" in to.stages:
            to.stages.remove("AWSPREVIOUS")


def _new_version(call: Call, secret: Secret, stages: list[str]) -> Version | None:
    """A version from the value in the call; None when this very version is there already. Raises for a used token."""
    text, binary = _value(call)
    token = call.parameters.get("ClientRequestToken") or str(uuid.uuid4())
    known = secret.versions.get(token)
    if known is not None:
        if (known.text, known.binary) == (text, binary):
            return None
        raise AwsError(
            "ResourceExistsException",
            f"You can't use ClientRequestToken {token} because that value is already in use for a version of secret {secret.arn}.",
        )
    if secret.key is not None:
        kms_keys.must_be_usable(call, secret.key, "kms:GenerateDataKey", secret.arn)
    elif call.caller.account != call.account:
        raise not_with_managed_key()
    return Version(token, text, binary, secret.key, stages)


@own("secretsmanager", "CreateSecret")
def create_secret(call: Call) -> dict[str, t.Any]:
    name, token = call.parameters["Name"], call.parameters.get("ClientRequestToken")
    if not NAME.fullmatch(name):
        raise AwsError(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
        )
    if len(call.parameters.get("Tags") or []) > MOST_TAGS:
        raise invalid(f"You can't add more than {MOST_TAGS} tags to a secret.")
    text, binary = _value(call)
    known = find_secret(call.account, call.region, name)
    if known is not None and known.deleted:
        raise AwsError(
            "InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion."
        )
    if known is not None:
        same = known.versions.get(str(token))
        if same is None or (same.text, same.binary) != (text, binary):
            raise AwsError("ResourceExistsException", f"The operation failed because the secret {name} already exists.")
        return {"ARN": known.arn, "Name": name, "VersionId": same.version_id}
    key = _key(call, call.parameters.get("KmsKeyId"))
    secret = Secret(new_arn(call, name), name, call.parameters.get("Description"), key, list(call.parameters.get("Tags") or []))
    result = {"ARN": secret.arn, "Name": name}
    if text is not None or binary is not None:
        version = t.cast(Version, _new_version(call, secret, ["AWSCURRENT"]))
        add_version(secret, version)
        result["VersionId"] = version.version_id
    store(call.account, call.region)[name] = secret
    if call.parameters.get("AddReplicaRegions"):
        overwrite = bool(call.parameters.get("ForceOverwriteReplicaSecret"))
        try:
            secrets_replication.replicate(call, secret, call.parameters["AddReplicaRegions"], overwrite)
        except AwsError:
            del store(call.account, call.region)[name]
            raise
        result["ReplicationStatus"] = secrets_replication.status_of(secret)
    return result


@own("secretsmanager", "UpdateSecret")
def update_secret(call: Call) -> dict[str, t.Any]:
    secret = secret_of(call)
    text, binary = _value(call)
    # A new key does not re-encrypt the versions that are there: they stay as they are until a new value is put.
    if "KmsKeyId" in call.parameters:
        secret.key = _key(call, call.parameters["KmsKeyId"])
        secrets_replication.key_changed(secret)
    if call.parameters.get("Description") is not None:
        secret.description = call.parameters["Description"]
    secret.changed = now()
    result = {"ARN": secret.arn, "Name": secret.name}
    if text is not None or binary is not None:
        version = _new_version(call, secret, ["AWSCURRENT"])
        if version is not None:
            add_version(secret, version)
        result["VersionId"] = version.version_id if version else call.parameters["ClientRequestToken"]
    return result


@own("secretsmanager", "PutSecretValue")
def put_secret_value(call: Call) -> dict[str, t.Any]:
    secret = secret_of(call)
    text, binary = _value(call)
    if text is None and binary is None:
        raise AwsError("InvalidRequestException", "You must provide either SecretString or SecretBinary.")
    stages = list(call.parameters.get("VersionStages") or ["AWSCURRENT"])
    if not secret.versions and "AWSCURRENT" not in stages:
        stages.append("AWSCURRENT")
    version = _new_version(call, secret, stages)
    if version is not None:
        add_version(secret, version)
    shown = version or secret.versions[call.parameters["ClientRequestToken"]]
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": shown.version_id, "VersionStages": list(shown.stages)}


@own("secretsmanager", "GetSecretValue")
def get_secret_value(call: Call) -> dict[str, t.Any]:
    secret = secret_of(call)
    version_id, stage = call.parameters.get("VersionId"), call.parameters.get("VersionStage")
    if version_id:
        version = secret.versions.get(version_id)
        missing = f"VersionId: {version_id}"
        if version is not None and stage and stage not in version.stages:
            raise AwsError("InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId.")
    else:
        version = secret.with_stage(stage or "AWSCURRENT")
        missing = f"staging label: {stage or 'AWSCURRENT'}"
    if version is None:
        raise no_value(missing)
    _must_decrypt(call, version, secret.arn)
    result: dict[str, t.Any] = {
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": version.version_id,
        "VersionStages": list(version.stages),
        "CreatedDate": version.created,
    }
    if version.text is not None:
        result["SecretString"] = version.text
    if version.binary is not None:
        result["SecretBinary"] = version.binary
    return result


@own("secretsmanager", "BatchGetSecretValue")
def batch_get_secret_value(call: Call) -> dict[str, t.Any]:
    """Several secrets by id; what cannot be read is in Errors. Each needs the permission that GetSecretValue needs."""
    values, errors = [], []
    for secret_id in call.parameters.get("SecretIdList") or []:
        one = dataclasses.replace(call, operation="GetSecretValue", parameters={"SecretId": secret_id})
        one.account = account_of(one)
        try:
            access.authorize(one)
            values.append(get_secret_value(one))
        except AwsError as error:
            errors.append({"SecretId": secret_id, "ErrorCode": error.code, "Message": error.message})
    return {"SecretValues": values, "Errors": errors}


def _must_decrypt(call: Call, version: Version, secret_arn: str) -> None:
    if version.key is not None:
        kms_keys.must_be_usable(call, version.key, "kms:Decrypt", secret_arn)
    elif call.caller.account != call.account:
        raise not_with_managed_key()


@own("secretsmanager", "ListSecretVersionIds")
def list_secret_version_ids(call: Call) -> dict[str, t.Any]:
    secret = secret_of(call, also_deleted=True)
    shown = [v for v in secret.versions.values() if v.stages or call.parameters.get("IncludeDeprecated")]
    versions = []
    for version in shown:
        entry: dict[str, t.Any] = {"VersionId": version.version_id, "CreatedDate": version.created}
        entry["KmsKeyIds"] = [version.key or "DefaultEncryptionKey"]
        if version.stages:
            entry["VersionStages"] = list(version.stages)
        versions.append(entry)
    return {"ARN": secret.arn, "Name": secret.name, "Versions": versions}


@own("secretsmanager", "UpdateSecretVersionStage")
def update_secret_version_stage(call: Call) -> dict[str, t.Any]:
    secret, stage = secret_of(call), call.parameters["VersionStage"]
    remove, move = call.parameters.get("RemoveFromVersionId"), call.parameters.get("MoveToVersionId")
    for version_id in filter(None, (remove, move)):
        if version_id not in secret.versions:
            raise no_value(f"VersionId: {version_id}")
    holder = secret.with_stage(stage)
    if holder is not None and move and holder.version_id not in (remove, move):
        raise invalid(
            f"The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to version "
            f"{holder.version_id}, so you must explicitly reference that version in RemoveFromVersionId."
        )
    if remove and stage not in secret.versions[remove].stages:
        raise invalid(f"Staging label {stage} is not attached to version {remove}.")
    if remove and not move:
        secret.versions[remove].stages.remove(stage)
    if move:
        move_stage(secret, stage, secret.versions[move])
    return {"ARN": secret.arn, "Name": secret.name}
