# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas of secrets: ReplicateSecretToRegions, RemoveRegionsFromReplication, and what a replica does not let anybody do.

Secrets Manager user guide, "Replicate secrets across Regions" and "Troubleshoot replication": versions, tags and the resource policy
follow the primary secret, the key is the replica's own, and a copy that cannot be made is a status, not an error of the call.
"""

from __future__ import annotations

import time
import typing as t

from . import consistency, kms_keys
from .call import AwsError, Call, partition_of
from .operations import before, own
from .secrets_store import Replica, Secret, find_secret, secret_of, store
from .service_models import regions_of

# A replica cannot be changed by itself, but for its key (UpdateSecret, which see).
NOT_ON_A_REPLICA = (
    *("PutSecretValue", "UpdateSecretVersionStage", "PutResourcePolicy", "DeleteResourcePolicy", "TagResource", "UntagResource"),
    *("DeleteSecret", "RestoreSecret", "ReplicateSecretToRegions", "RemoveRegionsFromReplication"),
)


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


@before("secretsmanager", *NOT_ON_A_REPLICA, "UpdateSecret")
def refuse_on_a_replica(call: Call) -> None:
    secret = find_secret(call.account, call.region, str(call.parameters["SecretId"]))
    if secret is None or secret.primary is None:
        return
    if call.operation == "UpdateSecret" and not {"Description", "SecretString", "SecretBinary"} & set(call.parameters):
        return
    raise invalid("Operation not permitted on a replica secret. Call must be made in primary secret's region.")


def replicate(call: Call, secret: Secret, wanted: list[dict[str, t.Any]], overwrite: bool) -> None:
    """Begin to replicate a secret; raises InvalidParameterException for a region that cannot have a replica."""
    for one in wanted:
        region = one.get("Region", "")
        if region == secret.region or partition_of(region) != call.partition or region not in regions_of("secretsmanager", call.partition):
            raise invalid("Invalid replica region.")
    for one in wanted:
        there = secret.replicas.get(one["Region"])
        if there is None or there.status == "Failed":
            secret.replicas[one["Region"]] = _replica(call, secret, one["Region"], one.get("KmsKeyId"), overwrite)


def _replica(call: Call, secret: Secret, region: str, key: str | None, overwrite: bool) -> Replica:
    replica = Replica(region, None if not key or key.endswith("alias/aws/secretsmanager") else key)
    other = find_secret(call.account, region, secret.name)
    if other is not None and not overwrite:
        replica.message = f"Replication failed: Secret name {secret.name} already exists in region {region}."
    elif replica.key is not None:
        found = kms_keys.find_key(call.account, region, replica.key)
        if found is None or found.key_state != "Enabled":
            replica.message = "Replication failed: The KMS key is disabled or can't be found."
    if replica.message:
        replica.status = "Failed"
        return replica
    replica.ready = time.monotonic() + consistency.window()
    arn = secret.arn.replace(f":{secret.region}:", f":{region}:", 1)
    store(call.account, region)[secret.name] = Secret(arn, secret.name, key=replica.key, created=secret.created, primary=secret)
    return replica


def status_of(secret: Secret) -> list[dict[str, t.Any]]:
    """ReplicationStatus of a primary secret."""
    shown = []
    for replica in secret.replicas.values():
        if replica.status == "InProgress" and time.monotonic() >= replica.ready:
            replica.status = "InSync"
        entry = {"Region": replica.region, "KmsKeyId": replica.key or "alias/aws/secretsmanager", "Status": replica.status}
        shown.append({**entry, **({"StatusMessage": replica.message} if replica.message else {})})
    return shown


def key_changed(secret: Secret) -> None:
    """A replica got another key; its primary shows that."""
    if secret.primary is not None:
        secret.primary.replicas[secret.region].key = secret.key


@own("secretsmanager", "ReplicateSecretToRegions")
def replicate_secret_to_regions(call: Call) -> dict[str, t.Any]:
    secret = secret_of(call)
    if secret.key is not None:
        kms_keys.must_be_usable(call, secret.key, "kms:Decrypt", secret.arn)
    replicate(call, secret, call.parameters["AddReplicaRegions"], bool(call.parameters.get("ForceOverwriteReplicaSecret")))
    return {"ARN": secret.arn, "ReplicationStatus": status_of(secret)}


@own("secretsmanager", "RemoveRegionsFromReplication")
def remove_regions_from_replication(call: Call) -> dict[str, t.Any]:
    secret = secret_of(call)
    regions = call.parameters["RemoveReplicaRegions"]
    if not set(regions) <= set(secret.replicas):
        raise invalid("Invalid replica region.")
    for region in regions:
        replica = secret.replicas.pop(region)
        if replica.status != "Failed":
            del store(call.account, region)[secret.name]
    return {"ARN": secret.arn, "ReplicationStatus": status_of(secret)}
