# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DescribeSecret, ListSecrets, DeleteSecret, RestoreSecret and tags of secrets."""

from __future__ import annotations

import datetime
import typing as t

from .call import AwsError, Call
from .operations import before, own
from .paging import page
from .secrets_replication import status_of
from .secrets_store import Secret, find_secret, now, secret_of, store
from .secrets_values import MOST_TAGS, invalid


def described(secret: Secret) -> dict[str, t.Any]:
    """A secret as DescribeSecret shows it; the key is left out when it is the AWS managed one."""
    stages = {version.version_id: list(version.stages) for version in secret.versions.values() if version.stages}
    optional = {
        "Description": secret.description,
        "KmsKeyId": secret.key,
        "DeletedDate": secret.deleted,
        "Tags": [dict(tag) for tag in secret.tags] or None,
        "VersionIdsToStages": stages or None,
        "PrimaryRegion": (secret.primary or secret).region if secret.primary or secret.replicas else None,
        "ReplicationStatus": status_of(secret) or None,
    }
    return {
        "ARN": secret.arn,
        "Name": secret.name,
        "LastChangedDate": secret.changed,
        "CreatedDate": secret.created,
        **{key: value for key, value in optional.items() if value is not None},
    }


@own("secretsmanager", "DescribeSecret")
def describe_secret(call: Call) -> dict[str, t.Any]:
    return described(secret_of(call, also_deleted=True))


@own("secretsmanager", "DeleteSecret")
def delete_secret(call: Call) -> dict[str, t.Any]:
    days, force = call.parameters.get("RecoveryWindowInDays"), call.parameters.get("ForceDeleteWithoutRecovery")
    if days is not None and force:
        raise invalid("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
    if days is not None and not 7 <= days <= 30:
        raise invalid("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
    name = str(call.parameters["SecretId"])
    if force and find_secret(call.account, call.region, name) is None and call.caller.account == call.account:
        # Forced deletion of a secret that is not there succeeds (API reference, ForceDeleteWithoutRecovery).
        arn = name if name.startswith("arn:") else f"arn:{call.partition}:secretsmanager:{call.region}:{call.account}:secret:{name}"
        return {"ARN": arn, "Name": name.rpartition(":")[2], "DeletionDate": now()}
    secret = secret_of(call, also_deleted=bool(force))
    if secret.replicas:
        raise invalid(f"You can't delete secret {secret.arn} that still has replica regions [{', '.join(sorted(secret.replicas))}].")
    if force:
        del store(call.account, call.region)[secret.name]
        return {"ARN": secret.arn, "Name": secret.name, "DeletionDate": now()}
    secret.deleted = now()
    return {"ARN": secret.arn, "Name": secret.name, "DeletionDate": secret.deleted + datetime.timedelta(days=days or 30)}


@own("secretsmanager", "RestoreSecret")
def restore_secret(call: Call) -> dict[str, t.Any]:
    secret = secret_of(call, also_deleted=True)
    secret.deleted = None
    return {"ARN": secret.arn, "Name": secret.name}


@own("secretsmanager", "TagResource")
def tag_resource(call: Call) -> None:
    secret = secret_of(call)
    merged = {tag["Key"]: tag for tag in secret.tags}
    merged.update({tag["Key"]: {"Key": tag["Key"], "Value": tag.get("Value", "")} for tag in call.parameters["Tags"]})
    if len(merged) > MOST_TAGS:
        raise invalid(f"You can't add more than {MOST_TAGS} tags to a secret.")
    secret.tags = list(merged.values())


@own("secretsmanager", "UntagResource")
def untag_resource(call: Call) -> None:
    secret = secret_of(call)
    secret.tags = [tag for tag in secret.tags if tag["Key"] not in call.parameters["TagKeys"]]


# moto has these operations, but none of the lab's secrets.
NOT_HERE = ("RotateSecret", "CancelRotateSecret", "StopReplicationToReplica")


@before("secretsmanager", *NOT_HERE)
def refuse_what_is_not_here(_call: Call) -> None:
    raise NotImplementedError


def _texts(secret: Secret, key: str) -> list[str]:
    fields = {
        "name": [secret.name],
        "description": [secret.description or ""],
        "tag-key": [tag["Key"] for tag in secret.tags],
        "tag-value": [tag.get("Value", "") for tag in secret.tags],
        "primary-region": [(secret.primary or secret).region] if secret.primary or secret.replicas else [],
        "owning-service": [],
    }
    return [text for texts in fields.values() for text in texts] if key == "all" else fields.get(key, [])


def _matches(secret: Secret, wanted: dict[str, t.Any]) -> bool:
    hit = False
    for value in wanted.get("Values", []):
        negated, text = value.startswith("!"), value.lstrip("!")
        found = any(item.startswith(text) for item in _texts(secret, wanted.get("Key", "all")))
        hit = hit or found != negated
    return hit


@own("secretsmanager", "ListSecrets")
def list_secrets(call: Call) -> dict[str, t.Any]:
    found = [
        secret
        for secret in store(call.account, call.region).values()
        if (not secret.deleted or call.parameters.get("IncludePlannedDeletion"))
        and all(_matches(secret, wanted) for wanted in call.parameters.get("Filters") or [])
    ]
    found.sort(key=lambda secret: secret.created, reverse=call.parameters.get("SortOrder") != "asc")
    invalid_token = AwsError("InvalidNextTokenException", "The NextToken value is invalid.")
    shown, token = page(found, call.parameters.get("NextToken"), int(call.parameters.get("MaxResults") or 100), invalid_token)
    entries = []
    for secret in shown:
        secret.follow()
        entry = described(secret)
        entry["SecretVersionsToStages"] = entry.pop("VersionIdsToStages", {})
        entries.append(entry)
    return {"SecretList": entries, **({"NextToken": token} if token else {})}
