# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas of secrets, keys that nobody may change, and attempts to read what one may not."""

from __future__ import annotations

import json
import typing as t

import pytest

from .helpers import PRIMARY, REGION, SECONDARY, Accounts, allow, allow_identity, document, refused

ELSEWHERE, THERE = "eu-central-1", "us-east-1"
READ = "secretsmanager:GetSecretValue"
NOT_THERE = ("InvalidParameterException", "Operation not permitted on a replica secret. Call must be made in primary secret's region.", 400)
INVALID = ("InvalidParameterException", "Invalid replica region.", 400)


@pytest.fixture
def secrets(accounts: Accounts) -> t.Any:
    return accounts.client("secretsmanager")


def statuses(secrets: t.Any, name: str = "hub") -> dict[str, str]:
    return {one["Region"]: one["Status"] for one in secrets.describe_secret(SecretId=name).get("ReplicationStatus", [])}


def test_a_replica_follows_its_primary(accounts: Accounts, secrets: t.Any) -> None:
    arn = secrets.create_secret(Name="hub", SecretString="one", AddReplicaRegions=[{"Region": ELSEWHERE}])["ARN"]
    secrets.replicate_secret_to_regions(SecretId="hub", AddReplicaRegions=[{"Region": THERE}])
    assert statuses(secrets) == {ELSEWHERE: "InSync", THERE: "InSync"}
    secrets.put_secret_value(SecretId="hub", SecretString="two")
    secrets.put_resource_policy(SecretId="hub", ResourcePolicy=document(allow({"AWS": SECONDARY}, READ, Resource="*")))
    secrets.tag_resource(SecretId="hub", Tags=[{"Key": "team", "Value": "a"}])
    replica = accounts.client("secretsmanager", region=ELSEWHERE)
    shown = replica.describe_secret(SecretId="hub")
    assert shown["ARN"] == arn.replace(REGION, ELSEWHERE)
    assert shown["PrimaryRegion"] == secrets.describe_secret(SecretId="hub")["PrimaryRegion"] == REGION
    assert shown["Tags"] == [{"Key": "team", "Value": "a"}]
    assert "ReplicationStatus" not in shown
    assert replica.get_secret_value(SecretId="hub")["SecretString"] == "two"
    assert replica.get_resource_policy(SecretId="hub")["ResourcePolicy"] == secrets.get_resource_policy(SecretId="hub")["ResourcePolicy"]
    assert [one["Name"] for one in replica.list_secrets(Filters=[{"Key": "primary-region", "Values": [REGION]}])["SecretList"]] == ["hub"]


def test_a_replica_cannot_be_changed_but_for_its_key(accounts: Accounts, secrets: t.Any) -> None:
    secrets.create_secret(Name="hub", SecretString="one", AddReplicaRegions=[{"Region": ELSEWHERE}])
    replica = accounts.client("secretsmanager", region=ELSEWHERE)
    policy = document(allow({"AWS": SECONDARY}, READ, Resource="*"))
    for call, more in (
        (replica.put_secret_value, {"SecretString": "x"}),
        (replica.update_secret, {"SecretString": "x"}),
        (replica.update_secret, {"Description": "x"}),
        (replica.put_resource_policy, {"ResourcePolicy": policy}),
        (replica.delete_resource_policy, {}),
        (replica.tag_resource, {"Tags": [{"Key": "a", "Value": "b"}]}),
        (replica.untag_resource, {"TagKeys": ["a"]}),
        (replica.delete_secret, {}),
        (replica.replicate_secret_to_regions, {"AddReplicaRegions": [{"Region": THERE}]}),
        (replica.remove_regions_from_replication, {"RemoveReplicaRegions": [ELSEWHERE]}),
    ):
        assert refused(call, SecretId="hub", **more) == NOT_THERE
    key = accounts.client("kms", region=ELSEWHERE).create_key()["KeyMetadata"]["Arn"]
    replica.update_secret(SecretId="hub", KmsKeyId=key)
    assert replica.describe_secret(SecretId="hub")["KmsKeyId"] == key
    assert secrets.describe_secret(SecretId="hub")["ReplicationStatus"][0]["KmsKeyId"] == key
    assert "KmsKeyId" not in secrets.describe_secret(SecretId="hub")


def test_a_primary_is_deleted_after_its_replicas(accounts: Accounts, secrets: t.Any) -> None:
    arn = secrets.create_secret(Name="hub", SecretString="one", AddReplicaRegions=[{"Region": THERE}, {"Region": ELSEWHERE}])["ARN"]
    words = f"You can't delete secret {arn} that still has replica regions [{ELSEWHERE}, {THERE}]."
    for how in ({}, {"ForceDeleteWithoutRecovery": True}):
        assert refused(secrets.delete_secret, SecretId="hub", **how)[:2] == ("InvalidParameterException", words)
    secrets.remove_regions_from_replication(SecretId="hub", RemoveReplicaRegions=[ELSEWHERE, THERE])
    replica = accounts.client("secretsmanager", region=ELSEWHERE)
    assert refused(replica.describe_secret, SecretId="hub").code == "ResourceNotFoundException"
    secrets.delete_secret(SecretId="hub")


def test_replicas_that_cannot_be(accounts: Accounts, secrets: t.Any) -> None:
    for region in (REGION, "eu-nowhere-1", "cn-north-1"):
        assert refused(secrets.create_secret, Name="hub", SecretString="one", AddReplicaRegions=[{"Region": region}]) == INVALID
    secrets.create_secret(Name="hub", SecretString="one")
    assert refused(secrets.replicate_secret_to_regions, SecretId="hub", AddReplicaRegions=[{"Region": REGION}]) == INVALID
    assert refused(secrets.remove_regions_from_replication, SecretId="hub", RemoveReplicaRegions=[THERE]) == INVALID
    accounts.client("secretsmanager", region=ELSEWHERE).create_secret(Name="hub", SecretString="theirs")
    absent = f"arn:aws:kms:{THERE}:{PRIMARY}:key/12345678-1234-1234-1234-123456789012"
    wanted = [{"Region": ELSEWHERE}, {"Region": THERE, "KmsKeyId": absent}]
    answer = secrets.replicate_secret_to_regions(SecretId="hub", AddReplicaRegions=wanted)
    messages = {one["Region"]: one["StatusMessage"] for one in answer["ReplicationStatus"]}
    assert statuses(secrets) == {ELSEWHERE: "Failed", THERE: "Failed"}
    assert messages[ELSEWHERE] == f"Replication failed: Secret name hub already exists in region {ELSEWHERE}."
    assert "KMS key" in messages[THERE]
    assert accounts.client("secretsmanager", region=ELSEWHERE).get_secret_value(SecretId="hub")["SecretString"] == "theirs"
    secrets.replicate_secret_to_regions(SecretId="hub", AddReplicaRegions=[{"Region": ELSEWHERE}], ForceOverwriteReplicaSecret=True)
    assert accounts.client("secretsmanager", region=ELSEWHERE).get_secret_value(SecretId="hub")["SecretString"] == "one"
    secrets.remove_regions_from_replication(SecretId="hub", RemoveReplicaRegions=[THERE])
    assert statuses(secrets) == {ELSEWHERE: "InSync"}


def test_a_replica_in_the_making_shows_that(accounts: Accounts, secrets: t.Any) -> None:
    secrets.create_secret(Name="hub", SecretString="one")
    accounts.lab.set_faults({"profile": "eventual-consistency", "seconds": 600})
    secrets.replicate_secret_to_regions(SecretId="hub", AddReplicaRegions=[{"Region": ELSEWHERE}])
    assert statuses(secrets) == {ELSEWHERE: "InProgress"}


def test_a_replica_across_accounts_needs_a_key_of_its_own(accounts: Accounts, secrets: t.Any) -> None:
    kms, role = accounts.client("kms"), accounts.role()
    keep = allow({"AWS": PRIMARY}, "kms:*", Resource="*")
    lets_decrypt = document(keep, allow({"AWS": role}, "kms:Decrypt", Resource="*"))
    key = kms.create_key(Policy=lets_decrypt)["KeyMetadata"]["Arn"]
    arn = secrets.create_secret(Name="hub", SecretString="one", KmsKeyId=key, AddReplicaRegions=[{"Region": ELSEWHERE}])["ARN"]
    secrets.put_resource_policy(SecretId="hub", ResourcePolicy=document(allow({"AWS": role}, READ, Resource="*")))
    accounts.permit("puller", allow_identity([READ, "kms:Decrypt"]))
    session = accounts.assume(role)
    assert session.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"] == "one"
    there = session.client("secretsmanager", region_name=ELSEWHERE)
    copy = arn.replace(REGION, ELSEWHERE)
    assert refused(there.get_secret_value, SecretId=copy).code == "InvalidRequestException"
    other_key = accounts.client("kms", region=ELSEWHERE).create_key(Policy=lets_decrypt)["KeyMetadata"]["Arn"]
    accounts.client("secretsmanager", region=ELSEWHERE).update_secret(SecretId="hub", KmsKeyId=other_key)
    assert refused(there.get_secret_value, SecretId=copy).code == "InvalidRequestException"  # the version is not re-encrypted
    secrets.put_secret_value(SecretId="hub", SecretString="two")
    assert there.get_secret_value(SecretId=copy)["SecretString"] == "two"
    narrow = {**allow({"AWS": role}, READ), "Resource": arn}
    secrets.put_resource_policy(SecretId="hub", ResourcePolicy=document(narrow))
    assert refused(there.get_secret_value, SecretId=copy).code == "AccessDeniedException"


def test_a_key_policy_that_ties_decryption_to_the_secret_cannot_be_fooled(accounts: Accounts, secrets: t.Any) -> None:
    """Neither by calling KMS oneself, nor by another secret with the same key, nor by another account's role of the same name."""
    kms, role = accounts.client("kms"), accounts.role()
    keep = allow({"AWS": PRIMARY}, "kms:*", Resource="*")
    key = kms.create_key(Policy=document(keep))["KeyMetadata"]["Arn"]
    arns = [secrets.create_secret(Name=name, SecretString="one", KmsKeyId=key)["ARN"] for name in ("hub", "other")]
    tied = {"StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com", "kms:EncryptionContext:SecretARN": arns[0]}}
    policy = document(keep, allow({"AWS": role}, "kms:Decrypt", Resource="*", Condition=tied))
    kms.put_key_policy(KeyId=key, Policy=policy)
    for name in ("hub", "other"):
        secrets.put_resource_policy(SecretId=name, ResourcePolicy=document(allow({"AWS": role}, READ, Resource="*")))
    accounts.permit("puller", allow_identity([READ, "secretsmanager:BatchGetSecretValue", "kms:Decrypt"]))
    reader = accounts.as_role(role, "secretsmanager")
    assert reader.get_secret_value(SecretId=arns[0])["SecretString"] == "one"
    assert refused(reader.get_secret_value, SecretId=arns[1])[:2] == ("AccessDeniedException", "Access to KMS is not allowed")
    assert [one["ErrorCode"] for one in reader.batch_get_secret_value(SecretIdList=arns)["Errors"]] == ["AccessDeniedException"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"SecretARN": arns[0]})["CiphertextBlob"]
    own = accounts.as_role(role, "kms")
    assert refused(own.decrypt, CiphertextBlob=sealed, EncryptionContext={"SecretARN": arns[0]}).code == "AccessDeniedException"
    accounts.client("iam", SECONDARY).delete_role_policy(RoleName="puller", PolicyName="permits")
    accounts.client("iam", SECONDARY).delete_role(RoleName="puller")
    accounts.role()
    accounts.permit("puller", allow_identity([READ, "kms:Decrypt"]))
    assert refused(accounts.as_role(role, "secretsmanager").get_secret_value, SecretId=arns[0]).code == "AccessDeniedException"


def test_the_policy_of_an_aws_managed_key_cannot_be_changed(accounts: Accounts, secrets: t.Any) -> None:
    secrets.create_secret(Name="hub", SecretString="one")
    kms = accounts.client("kms")
    shown = kms.describe_key(KeyId="alias/aws/secretsmanager")["KeyMetadata"]
    assert shown["KeyManager"] == "AWS"
    assert kms.create_key()["KeyMetadata"]["KeyManager"] == "CUSTOMER"
    assert json.loads(kms.get_key_policy(KeyId=shown["Arn"])["Policy"])["Id"] == "auto-secretsmanager"
    text = document(allow({"AWS": PRIMARY}, "kms:*", Resource="*"))
    for force in (False, True):
        refusal = refused(kms.put_key_policy, KeyId=shown["Arn"], Policy=text, BypassPolicyLockoutSafetyCheck=force)
        assert refusal.code == "AccessDeniedException"
        assert refusal.message.endswith("because no resource-based policy allows the kms:PutKeyPolicy action")
    assert secrets.get_secret_value(SecretId="hub")["SecretString"] == "one"


def test_key_policies_are_of_ones_own_account_and_have_no_alias(accounts: Accounts) -> None:
    kms = accounts.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/hub", TargetKeyId=key)
    everything = document(allow({"AWS": [PRIMARY, SECONDARY]}, "kms:*", Resource="*"))
    kms.put_key_policy(KeyId=key, Policy=everything)
    other = accounts.client("kms", SECONDARY)
    assert other.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    assert refused(other.get_key_policy, KeyId=key).code == "AccessDeniedException"
    assert refused(other.put_key_policy, KeyId=key, Policy=everything).code == "AccessDeniedException"
    for name in ("alias/hub", f"arn:aws:kms:{REGION}:{PRIMARY}:alias/hub"):
        assert refused(kms.get_key_policy, KeyId=name)[:2] == ("NotFoundException", f"Invalid keyId '{name}'")
        assert refused(kms.put_key_policy, KeyId=name, Policy=everything)[:2] == ("NotFoundException", f"Invalid keyId '{name}'")


def test_a_key_is_disabled_by_its_arn_too(accounts: Accounts) -> None:
    kms = accounts.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    states = []
    for operation, more in (
        (kms.disable_key, {}),
        (kms.enable_key, {}),
        (kms.schedule_key_deletion, {"PendingWindowInDays": 7}),
        (kms.cancel_key_deletion, {}),
    ):
        operation(KeyId=key, **more)
        states.append(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])
    assert states == ["Disabled", "Enabled", "PendingDeletion", "Disabled"]


def test_a_lockout_is_accepted_by_kms_when_forced(accounts: Accounts) -> None:
    kms = accounts.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    lockout = document(allow({"AWS": SECONDARY}, "kms:*", Resource="*"))
    kms.put_key_policy(KeyId=key, Policy=lockout, BypassPolicyLockoutSafetyCheck=True)
    assert refused(kms.get_key_policy, KeyId=key).code == "AccessDeniedException"


def test_a_written_key_policy_shows_late(accounts: Accounts) -> None:
    kms = accounts.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    before = kms.get_key_policy(KeyId=key)["Policy"]
    accounts.lab.set_faults({"profile": "eventual-consistency", "seconds": 600})
    keep = allow({"AWS": PRIMARY}, "kms:*", Resource="*")
    kms.put_key_policy(KeyId=key, Policy=document(keep, allow({"AWS": SECONDARY}, "kms:Decrypt", Resource="*")))
    assert kms.get_key_policy(KeyId=key)["Policy"] == before
    accounts.lab.set_faults()
    assert len(json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Statement"]) == 2


def test_validation_tells_who_would_be_locked_out(secrets: t.Any) -> None:
    secrets.create_secret(Name="hub", SecretString="one")
    deny = {**allow({"AWS": "*"}, "secretsmanager:*", Resource="*"), "Effect": "Deny"}
    found = secrets.validate_resource_policy(SecretId="hub", ResourcePolicy=document(deny))
    assert found["PolicyValidationPassed"] is False
    assert [one["CheckName"] for one in found["ValidationErrors"]] == ["Lockout"]
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="hub")
    fine = document(allow({"AWS": SECONDARY}, READ, Resource="*"))
    assert secrets.validate_resource_policy(SecretId="hub", ResourcePolicy=fine)["PolicyValidationPassed"] is True
