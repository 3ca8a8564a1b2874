# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets Manager and KMS: values and stages, deletion, policies, and reads across accounts."""

from __future__ import annotations

import json
import typing as t
import uuid

import pytest

from .helpers import ONCE, PRIMARY, REGION, SECONDARY, THIRD, Accounts, allow, allow_identity, document, refused

MARKED = ("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.", 400)
READ = "secretsmanager:GetSecretValue"


@pytest.fixture
def secrets(accounts: Accounts) -> t.Any:
    return accounts.client("secretsmanager")


def lets_read(*principals: str, **more: t.Any) -> str:
    return document(allow({"AWS": list(principals)}, READ, Resource="*", **more))


def test_values_versions_and_stages(secrets: t.Any) -> None:
    made = secrets.create_secret(Name="app/registry", SecretString="one", Description="d", Tags=[{"Key": "team", "Value": "a"}])
    assert made["ARN"].startswith(f"arn:aws:secretsmanager:{REGION}:{PRIMARY}:secret:app/registry-")
    assert len(made["ARN"].rpartition("-")[2]) == 6
    second = secrets.put_secret_value(SecretId="app/registry", SecretString="two")
    assert second["VersionStages"] == ["AWSCURRENT"]
    third = secrets.update_secret(SecretId=made["ARN"], SecretString="three")
    described = secrets.describe_secret(SecretId="app/registry")
    assert described["VersionIdsToStages"] == {third["VersionId"]: ["AWSCURRENT"], second["VersionId"]: ["AWSPREVIOUS"]}
    assert (described["Description"], described["Tags"]) == ("d", [{"Key": "team", "Value": "a"}])
    assert "KmsKeyId" not in described
    assert secrets.get_secret_value(SecretId="app/registry")["SecretString"] == "three"
    assert secrets.get_secret_value(SecretId="app/registry", VersionStage="AWSPREVIOUS")["SecretString"] == "two"
    assert secrets.get_secret_value(SecretId="app/registry", VersionId=made["VersionId"])["SecretString"] == "one"
    secrets.update_secret_version_stage(
        SecretId="app/registry", VersionStage="AWSCURRENT", RemoveFromVersionId=third["VersionId"], MoveToVersionId=second["VersionId"]
    )
    assert secrets.get_secret_value(SecretId="app/registry")["SecretString"] == "two"
    assert secrets.get_secret_value(SecretId="app/registry", VersionStage="AWSPREVIOUS")["SecretString"] == "three"
    assert len(secrets.list_secret_version_ids(SecretId="app/registry")["Versions"]) == 2
    assert len(secrets.list_secret_version_ids(SecretId="app/registry", IncludeDeprecated=True)["Versions"]) == 3
    assert {tuple(one["KmsKeyIds"]) for one in secrets.list_secret_version_ids(SecretId="app/registry")["Versions"]} == {
        ("DefaultEncryptionKey",)
    }


def test_an_update_without_a_value_makes_no_version(secrets: t.Any) -> None:
    made = secrets.create_secret(Name="s", SecretString="one")
    assert "VersionId" not in secrets.update_secret(SecretId="s", Description="other")
    described = secrets.describe_secret(SecretId="s")
    assert described["VersionIdsToStages"] == {made["VersionId"]: ["AWSCURRENT"]}
    assert described["Description"] == "other"


def test_tokens_make_writes_repeatable(secrets: t.Any) -> None:
    token = str(uuid.uuid4())
    first = secrets.create_secret(Name="s", SecretString="one", ClientRequestToken=token)
    assert secrets.create_secret(Name="s", SecretString="one", ClientRequestToken=token)["ARN"] == first["ARN"]
    exists = ("ResourceExistsException", "The operation failed because the secret s already exists.", 400)
    assert refused(secrets.create_secret, Name="s", SecretString="one") == exists
    assert refused(secrets.create_secret, Name="s", SecretString="two", ClientRequestToken=token) == exists
    assert secrets.put_secret_value(SecretId="s", SecretString="one", ClientRequestToken=token)["VersionId"] == token
    used = refused(secrets.put_secret_value, SecretId="s", SecretString="two", ClientRequestToken=token)
    assert used.code == "ResourceExistsException"


def test_refusals(secrets: t.Any) -> None:
    absent = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.", 400)
    for call in (
        secrets.get_secret_value,
        secrets.describe_secret,
        secrets.get_resource_policy,
        secrets.delete_secret,
        secrets.restore_secret,
    ):
        assert refused(call, SecretId="absent") == absent
    secrets.create_secret(Name="empty")
    assert refused(secrets.get_secret_value, SecretId="empty") == (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
        400,
    )
    assert refused(secrets.create_secret, Name="a b").code == "ValidationException"
    both = {"Name": "x", "SecretString": "a", "SecretBinary": b"b"}
    assert refused(secrets.create_secret, **both).code == "InvalidParameterException"
    assert refused(secrets.put_secret_value, SecretId="empty").code == "InvalidRequestException"
    assert refused(secrets.create_secret, Name="x", SecretString="x" * 65537).code == "ValidationException"


def test_many_at_once(accounts: Accounts, secrets: t.Any) -> None:
    arn = secrets.create_secret(Name="s", SecretString="one")["ARN"]
    other = accounts.client("secretsmanager", SECONDARY).create_secret(Name="o", SecretString="two")["ARN"]
    found = secrets.batch_get_secret_value(SecretIdList=[arn, "absent", other])
    assert [one["SecretString"] for one in found["SecretValues"]] == ["one"]
    assert [one["ErrorCode"] for one in found["Errors"]] == ["ResourceNotFoundException", "AccessDeniedException"]
    assert refused(secrets.rotate_secret, SecretId="s").code == "NotImplemented"


def test_deletion(secrets: t.Any) -> None:
    secrets.create_secret(Name="s", SecretString="one")
    for days in (6, 31):
        assert refused(secrets.delete_secret, SecretId="s", RecoveryWindowInDays=days)[:2] == (
            "InvalidParameterException", "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        )  # fmt: skip
    both = {"SecretId": "s", "RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True}
    assert refused(secrets.delete_secret, **both).code == "InvalidParameterException"
    secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)
    assert "DeletedDate" in secrets.describe_secret(SecretId="s")
    assert secrets.list_secrets()["SecretList"] == []
    assert [one["Name"] for one in secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]] == ["s"]
    for call, more in (
        (secrets.get_secret_value, {}), (secrets.put_secret_value, {"SecretString": "x"}), (secrets.update_secret, {"SecretString": "x"}),
        (secrets.put_resource_policy, {"ResourcePolicy": lets_read(SECONDARY)}), (secrets.delete_secret, {}),
        (secrets.tag_resource, {"Tags": [{"Key": "a", "Value": "b"}]}),
    ):  # fmt: skip
        assert refused(call, SecretId="s", **more) == MARKED
    assert refused(secrets.create_secret, Name="s", SecretString="x") == (
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
        400,
    )
    secrets.restore_secret(SecretId="s")
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "one"
    assert "DeletedDate" not in secrets.describe_secret(SecretId="s")
    secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
    secrets.create_secret(Name="s", SecretString="two")


def test_lists_and_tags(secrets: t.Any) -> None:
    for number in range(5):
        secrets.create_secret(Name=f"app/{number}", SecretString="x", Tags=[{"Key": "n", "Value": str(number)}])
    pages = list(secrets.get_paginator("list_secrets").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["SecretList"]) for page in pages] == [2, 2, 1]
    assert {one["Name"] for page in pages for one in page["SecretList"]} == {f"app/{number}" for number in range(5)}
    wanted = [{"Key": "tag-value", "Values": ["3"]}]
    assert [one["Name"] for one in secrets.list_secrets(Filters=wanted)["SecretList"]] == ["app/3"]
    assert refused(secrets.list_secrets, NextToken="nonsense").code == "InvalidNextTokenException"
    secrets.untag_resource(SecretId="app/1", TagKeys=["n"])
    assert "Tags" not in secrets.describe_secret(SecretId="app/1")


def test_resource_policies(accounts: Accounts, secrets: t.Any) -> None:
    arn = secrets.create_secret(Name="s", SecretString="one")["ARN"]
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="s")
    role = accounts.role()
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=lets_read(SECONDARY))
    shown = json.loads(secrets.get_resource_policy(SecretId=arn)["ResourcePolicy"])
    assert shown["Statement"] == [allow({"AWS": f"arn:aws:iam::{SECONDARY}:root"}, READ, Resource="*")]
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=lets_read(role))
    role_id = accounts.client("iam", SECONDARY).get_role(RoleName="puller")["Role"]["RoleId"]
    accounts.client("iam", SECONDARY).delete_role(RoleName="puller")
    shown = json.loads(secrets.get_resource_policy(SecretId="s")["ResourcePolicy"])
    assert shown["Statement"][0]["Principal"] == {"AWS": role_id}
    for principal in (role, role_id, "4444", f"arn:aws:iam::{SECONDARY}:*"):
        refusal = refused(secrets.put_resource_policy, SecretId="s", ResourcePolicy=lets_read(principal))
        assert refusal == ("MalformedPolicyDocumentException", "This resource policy contains an unsupported principal.", 400)
    for text in ("{}", "[]", document(allow({"AWS": SECONDARY}, READ)), document(allow({"AWS": SECONDARY}, "ecr:*", Resource="*"))):
        assert refused(secrets.put_resource_policy, SecretId="s", ResourcePolicy=text).code == "MalformedPolicyDocumentException"
    assert refused(secrets.put_resource_policy, SecretId="s", ResourcePolicy=" " * 20481).code == "ValidationException"
    public = {"SecretId": "s", "ResourcePolicy": lets_read("*")}
    assert refused(secrets.put_resource_policy, **public, BlockPublicPolicy=True).code == "PublicPolicyException"
    assert secrets.validate_resource_policy(**public)["PolicyValidationPassed"] is False
    limited = lets_read("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})
    assert secrets.validate_resource_policy(SecretId="s", ResourcePolicy=limited)["PolicyValidationPassed"] is True
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=limited, BlockPublicPolicy=True)
    secrets.delete_resource_policy(SecretId="s")
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="s")


def test_a_read_across_accounts(accounts: Accounts, secrets: t.Any) -> None:
    arn = secrets.create_secret(Name="s", SecretString="one")["ARN"]
    role = accounts.role()
    reader = accounts.as_role(role, "secretsmanager")
    who = f"User: arn:aws:sts::{SECONDARY}:assumed-role/puller/session is not authorized to perform: {READ} on resource: {arn}"
    assert refused(reader.get_secret_value, SecretId=arn) == (
        "AccessDeniedException", f"{who} because no identity-based policy allows the {READ} action", 400,
    )  # fmt: skip
    accounts.permit("puller", allow_identity(READ, arn))
    assert refused(reader.get_secret_value, SecretId=arn).message == f"{who} because no resource-based policy allows the {READ} action"
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=lets_read(role))
    assert refused(reader.get_secret_value, SecretId=arn) == (
        "InvalidRequestException",
        "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
        400,
    )
    kms = accounts.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    secrets.update_secret(SecretId="s", KmsKeyId=key)
    assert refused(reader.get_secret_value, SecretId=arn).code == "InvalidRequestException"  # the version is not re-encrypted
    secrets.put_secret_value(SecretId="s", SecretString="two")
    forbidden = ("AccessDeniedException", "Access to KMS is not allowed", 400)
    assert refused(reader.get_secret_value, SecretId=arn) == forbidden
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    policy["Statement"].append(allow({"AWS": SECONDARY}, "kms:Decrypt", Resource="*"))
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
    assert refused(reader.get_secret_value, SecretId=arn) == forbidden
    accounts.permit("puller", allow_identity("kms:Decrypt", key), policy="kms")
    assert reader.get_secret_value(SecretId=arn)["SecretString"] == "two"
    assert refused(reader.get_secret_value, SecretId="s").code == "AccessDeniedException"
    accounts.permit("puller", allow_identity(READ), policy="wide")
    assert refused(reader.get_secret_value, SecretId="s").code == "ResourceNotFoundException"
    assert refused(reader.get_secret_value, SecretId=arn[:-7]).code in ("AccessDeniedException", "ResourceNotFoundException")
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=lets_read(THIRD))
    assert refused(reader.get_secret_value, SecretId=arn).code == "AccessDeniedException"


def test_in_one_account_a_key_needs_permission_too(accounts: Accounts, secrets: t.Any) -> None:
    key = accounts.client("kms").create_key()["KeyMetadata"]["KeyId"]
    secrets.create_secret(Name="s", SecretString="one", KmsKeyId=key)
    accounts.role("reader", PRIMARY)
    accounts.permit("reader", allow_identity(READ), account=PRIMARY)
    reader = accounts.as_role(f"arn:aws:iam::{PRIMARY}:role/reader", "secretsmanager")
    assert refused(reader.get_secret_value, SecretId="s").message == "Access to KMS is not allowed"
    accounts.permit("reader", allow_identity("kms:Decrypt"), account=PRIMARY, policy="kms")
    assert reader.get_secret_value(SecretId="s")["SecretString"] == "one"


def test_a_new_secret_needs_more_than_its_own_permission(accounts: Accounts, secrets: t.Any) -> None:
    """For replicas, and for a key that must encrypt and decrypt (API reference, CreateSecret)."""
    key = accounts.client("kms").create_key()["KeyMetadata"]["Arn"]
    accounts.role("owner", PRIMARY)
    accounts.permit("owner", allow_identity(["secretsmanager:CreateSecret", "kms:GenerateDataKey"]), account=PRIMARY)
    owner = accounts.as_role(f"arn:aws:iam::{PRIMARY}:role/owner", "secretsmanager")
    replicas = {"AddReplicaRegions": [{"Region": "eu-central-1"}]}
    denied = refused(owner.create_secret, Name="s", SecretString="one", **replicas)
    assert "secretsmanager:ReplicateSecretToRegions" in denied.message
    assert refused(owner.create_secret, Name="s", SecretString="one", KmsKeyId=key).message == "Access to KMS is not allowed"
    accounts.permit("owner", allow_identity(["secretsmanager:Replicate*", "kms:Decrypt"]), account=PRIMARY, policy="more")
    owner.create_secret(Name="s", SecretString="one", KmsKeyId=key, **replicas)
    tags = [{"Key": str(number), "Value": ""} for number in range(51)]
    assert refused(secrets.create_secret, Name="t", SecretString="one", Tags=tags).code == "InvalidParameterException"
    pair = accounts.client("kms").create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
    assert refused(secrets.create_secret, Name="t", SecretString="one", KmsKeyId=pair).code == "EncryptionFailure"


def test_keys_by_id_arn_and_alias(accounts: Accounts, secrets: t.Any) -> None:
    kms = accounts.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/registry", TargetKeyId=key["KeyId"])
    alias_arn = f"arn:aws:kms:{REGION}:{PRIMARY}:alias/registry"
    for number, name in enumerate((key["KeyId"], key["Arn"], "alias/registry", alias_arn)):
        secrets.create_secret(Name=f"s{number}", SecretString="x", KmsKeyId=name)
        assert secrets.describe_secret(SecretId=f"s{number}")["KmsKeyId"] == name
        assert secrets.get_secret_value(SecretId=f"s{number}")["SecretString"] == "x"
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == key["Arn"]
    secrets.create_secret(Name="managed", SecretString="x", KmsKeyId="alias/aws/secretsmanager")
    assert "KmsKeyId" not in secrets.describe_secret(SecretId="managed")
    for absent in (
        str(uuid.uuid4()),
        "alias/absent",
        f"arn:aws:kms:{REGION}:{PRIMARY}:key/{uuid.uuid4()}",
        key["Arn"].replace(REGION, "us-east-1"),
    ):
        assert refused(secrets.create_secret, Name="x", SecretString="x", KmsKeyId=absent).code == "EncryptionFailure"
    kms.disable_key(KeyId=key["KeyId"])
    assert refused(secrets.get_secret_value, SecretId="s0").code == "DecryptionFailure"


def test_key_policies(accounts: Accounts) -> None:
    kms = accounts.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    own = allow({"AWS": PRIMARY}, "kms:*", Resource="*")
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document(own, allow({"AWS": SECONDARY}, ["kms:Decrypt"], Resource="*")))
    shown = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    assert shown["Statement"][1] == allow({"AWS": f"arn:aws:iam::{SECONDARY}:root"}, "kms:Decrypt", Resource="*")
    absent = document(own, allow({"AWS": f"arn:aws:iam::{SECONDARY}:role/absent"}, "kms:Decrypt", Resource="*"))
    assert refused(kms.put_key_policy, KeyId=key, Policy=absent)[:2] == (
        "MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.",
    )  # fmt: skip
    lockout = document(allow({"AWS": SECONDARY}, "kms:*", Resource="*"))
    assert refused(kms.put_key_policy, KeyId=key, Policy=lockout)[:2] == (
        "MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.",
    )  # fmt: skip
    assert json.loads(kms.get_key_policy(KeyId=key)["Policy"]) == shown
    other = accounts.client("kms", SECONDARY)
    assert refused(other.describe_key, KeyId=key).code == "AccessDeniedException"
    assert refused(kms.get_key_policy, KeyId=str(uuid.uuid4())).code in ("NotFoundException", "AccessDeniedException")


def test_a_value_needs_a_key_that_can_encrypt(accounts: Accounts, secrets: t.Any) -> None:
    kms = accounts.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    secrets.create_secret(Name="hub", SecretString="a", KmsKeyId=key)
    words = (
        "EncryptionFailure",
        "Secrets Manager can't encrypt the protected secret text using the provided KMS key. "
        "Check that the KMS key is available, enabled, and not in an invalid state.",
    )
    for break_it, mend_it in (
        (lambda: kms.disable_key(KeyId=key), lambda: kms.enable_key(KeyId=key)),
        (lambda: kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7), lambda: kms.cancel_key_deletion(KeyId=key)),
    ):
        break_it()
        assert refused(secrets.put_secret_value, SecretId="hub", SecretString="b")[:2] == words
        assert refused(secrets.update_secret, SecretId="hub", SecretString="b")[:2] == words
        assert refused(secrets.create_secret, Name="other", SecretString="b", KmsKeyId=key)[:2] == words
        assert refused(secrets.get_secret_value, SecretId="hub").code == "DecryptionFailure"
        mend_it()
        kms.enable_key(KeyId=key)
        assert secrets.get_secret_value(SecretId="hub")["SecretString"] == "a"


def test_a_value_from_another_account_needs_a_key_of_ones_own(accounts: Accounts, secrets: t.Any) -> None:
    arn = secrets.create_secret(Name="hub", SecretString="a")["ARN"]
    policy = document(allow({"AWS": SECONDARY}, "secretsmanager:*", Resource="*"))
    secrets.put_resource_policy(SecretId="hub", ResourcePolicy=policy)
    other = accounts.client("secretsmanager", SECONDARY)
    assert refused(other.put_secret_value, SecretId=arn, SecretString="b").code == "InvalidRequestException"
    assert refused(other.get_secret_value, SecretId=arn).code == "InvalidRequestException"


def test_the_encryption_context_names_the_secret(accounts: Accounts, secrets: t.Any) -> None:
    kms = accounts.client("kms")
    own = {**allow({"AWS": PRIMARY}, "kms:*"), "Resource": "*"}
    key = kms.create_key(Policy=document(own))["KeyMetadata"]["KeyId"]
    arn = secrets.create_secret(Name="hub", SecretString="a", KmsKeyId=key)["ARN"]
    other = secrets.create_secret(Name="other", SecretString="a", KmsKeyId=key)["ARN"]
    only_hub = {"StringEquals": {"kms:EncryptionContext:SecretARN": arn}}
    deny_others = {
        **allow("*", "kms:Decrypt"),
        "Effect": "Deny",
        "Resource": "*",
        "Condition": {"StringNotEquals": only_hub["StringEquals"]},
    }
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document(own, deny_others))
    secrets.get_secret_value(SecretId=arn)
    assert refused(secrets.get_secret_value, SecretId=other)[:2] == ("AccessDeniedException", "Access to KMS is not allowed")


def test_keys_that_are_not_there_or_not_usable(accounts: Accounts) -> None:
    kms, absent = accounts.client("kms"), "12345678-1234-1234-1234-123456789012"
    arn = f"arn:aws:kms:{REGION}:{PRIMARY}:key/{absent}"
    for operation in (kms.describe_key, kms.get_key_rotation_status, kms.enable_key):
        assert refused(operation, KeyId=absent)[:2] == ("NotFoundException", f"Key '{arn}' does not exist")
    assert refused(kms.get_key_policy, KeyId=absent, PolicyName="default")[:2] == ("NotFoundException", f"Key '{arn}' does not exist")
    assert refused(kms.describe_key, KeyId="alias/hub")[:2] == (
        "NotFoundException", f"Alias arn:aws:kms:{REGION}:{PRIMARY}:alias/hub is not found.",
    )  # fmt: skip
    assert refused(accounts.client("kms", SECONDARY).describe_key, KeyId=arn).code == "AccessDeniedException"
    robot = accounts.user("robot", PRIMARY).client("kms", config=ONCE)
    assert refused(robot.describe_key, KeyId=absent).code == "AccessDeniedException"
    key = kms.create_key()["KeyMetadata"]
    kms.disable_key(KeyId=key["KeyId"])
    assert refused(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")[:2] == ("DisabledException", f"{key['Arn']} is disabled.")
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert refused(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")[:2] == (
        "KMSInvalidStateException", f"{key['Arn']} is pending deletion.",
    )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"Action": "secretsmanager:GetSecretValu"},
        {"Action": "ecr:BatchGetImage"},
        {"Resource": "arn:aws:s3:::hub"},
        {"Principal": {"AWS": []}},
        {"Version": "2020-01-01"},
    ],
)
def test_a_resource_policy_with_a_mistake(secrets: t.Any, change: dict[str, str]) -> None:
    secrets.create_secret(Name="hub", SecretString="a")
    statement = {**allow({"AWS": SECONDARY}, "secretsmanager:GetSecretValue", Resource="*"), **change}
    version = statement.pop("Version", "2012-10-17")
    text = json.dumps({"Version": version, "Statement": [statement]})
    assert refused(secrets.put_resource_policy, SecretId="hub", ResourcePolicy=text).code == "MalformedPolicyDocumentException"


def test_a_ciphertext_names_its_key(accounts: Accounts) -> None:
    kms, role = accounts.client("kms"), accounts.role()
    accounts.permit("puller", allow_identity("kms:*"))
    other, key = accounts.as_role(role, "kms"), kms.create_key()["KeyMetadata"]
    sealed = {"CiphertextBlob": kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]}
    error = refused(other.decrypt, **sealed)
    assert error.code == "AccessDeniedException"
    assert error.message.endswith(f"on resource: {key['Arn']} because no resource-based policy allows the kms:Decrypt action")
    own = {**allow({"AWS": PRIMARY}, "kms:*"), "Resource": "*"}
    kms.put_key_policy(
        KeyId=key["KeyId"], PolicyName="default", Policy=document(own, allow({"AWS": SECONDARY}, "kms:Decrypt", Resource="*"))
    )
    assert other.decrypt(**sealed)["Plaintext"] == b"x"
    kms.disable_key(KeyId=key["KeyId"])
    assert refused(kms.decrypt, **sealed)[:2] == ("DisabledException", f"{key['Arn']} is disabled.")


@pytest.mark.parametrize(
    "change",
    [
        {"Owner": "x"},
        {"Condition": {"StringIs": {"aws:PrincipalOrgID": "o-a"}}},
        {"Action": []},
        {"Principal": {"AWS": []}},
        {"Sid": "same"},
    ],
)
def test_a_key_policy_with_a_mistake(accounts: Accounts, change: dict[str, t.Any]) -> None:
    kms = accounts.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    own = {**allow({"AWS": PRIMARY}, "kms:*"), "Resource": "*", "Sid": "same"}
    text = document(own, {**allow({"AWS": SECONDARY}, "kms:Decrypt", Resource="*"), **change})
    assert refused(kms.put_key_policy, KeyId=key, PolicyName="default", Policy=text).code == "MalformedPolicyDocumentException"
    long = document(own) + " " * 32768
    assert refused(kms.put_key_policy, KeyId=key, PolicyName="default", Policy=long).code == "LimitExceededException"
