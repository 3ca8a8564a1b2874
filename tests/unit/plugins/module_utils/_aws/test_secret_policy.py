# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact calls by which the policy of a secret is read and written, and which secrets are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.secret_keys import SecretKeys
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.secret_policy import SecretPolicyStore
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import ServiceError
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.merge import Ownership
from ansible_collections.crossaccount.registry.plugins.module_utils._policy_flow import Document, FlowOptions, Outcome, PolicyFlow

OWNER, FRIEND = "111122223333", "444455556666"
NAME = "registry/quay"
ARN = f"arn:aws:secretsmanager:eu-west-1:{OWNER}:secret:{NAME}-AbCdEf"
KEY = f"arn:aws:kms:eu-west-1:{OWNER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
MANAGED = f"arn:aws:kms:eu-west-1:{OWNER}:key/99999999-12ab-34cd-56ef-1234567890ab"
TEAM = {"Sid": "Team", "Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "secretsmanager:DescribeSecret", "Resource": "*"}
READERS = {
    "Sid": "CrossaccountRegistryReaders",
    "Effect": "Allow",
    "Principal": {"AWS": FRIEND},
    "Action": "secretsmanager:GetSecretValue",
    "Resource": "*",
}


def text(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


class Aws:
    """Secrets Manager and KMS that expect these calls, in this order, and no others."""

    def __init__(self) -> None:
        keys = {"region_name": "eu-west-1", "aws_access_key_id": "a", "aws_secret_access_key": "s"}
        self.secrets, self.kms = boto3.client("secretsmanager", **keys), boto3.client("kms", **keys)
        self.stub, self.key_stub = Stubber(self.secrets), Stubber(self.kms)

    def is_there(self, **more: Any) -> None:
        self.stub.add_response("describe_secret", {"ARN": ARN, "Name": NAME, **more}, {"SecretId": NAME})

    def shows(self, *statements: Any) -> None:
        policy = {"ResourcePolicy": text(*statements)} if statements else {}
        self.stub.add_response("get_resource_policy", {"ARN": ARN, "Name": NAME, **policy}, {"SecretId": ARN})

    def takes(self, *statements: Any, block: bool = True) -> None:
        expected = {"SecretId": ARN, "ResourcePolicy": text(*statements), "BlockPublicPolicy": block}
        self.stub.add_response("put_resource_policy", {"ARN": ARN, "Name": NAME}, expected)

    def key_is(self, name: str, arn: str, manager: str) -> None:
        self.key_stub.add_response(
            "describe_key", {"KeyMetadata": {"KeyId": arn[-36:], "Arn": arn, "KeyManager": manager}}, {"KeyId": name}
        )


@pytest.fixture
def aws() -> Iterator[Aws]:
    expected = Aws()
    with expected.stub, expected.key_stub:
        yield expected
    expected.stub.assert_no_pending_responses()
    expected.key_stub.assert_no_pending_responses()


def flow(aws: Aws, *desired: Any, state: Any = "present", check_mode: bool = False, block: bool = True) -> Outcome:
    wanted = Policy(statements=desired)
    store = SecretPolicyStore(
        aws.secrets, aws.secrets, SecretKeys(lambda: aws.kms), NAME, OWNER, "eu-west-1", None if state == "absent" else wanted, block
    )
    document = Document(store, wanted, Ownership(state, sids=frozenset(["CrossaccountRegistryReaders"])))
    (outcome,) = PolicyFlow(FlowOptions(check_mode, workers=1), clock=lambda: 0.0, sleep=lambda _seconds: None).run([document])
    return outcome


def test_unchanged_is_three_reads(aws: Aws) -> None:
    aws.is_there(KmsKeyId=KEY)
    aws.key_is(KEY, KEY, "CUSTOMER")
    aws.shows(TEAM, READERS)
    outcome = flow(aws, READERS)
    assert (outcome.action, outcome.store.resource, outcome.store.owner) == ("unchanged", NAME, OWNER)


def test_without_readers_elsewhere_nobody_asks_for_the_key(aws: Aws) -> None:
    aws.is_there()
    aws.shows()
    aws.takes(TEAM)
    aws.shows(TEAM)
    assert flow(aws, TEAM).action == "created"


def test_check_mode_only_reads(aws: Aws) -> None:
    aws.is_there(KmsKeyId="alias/aws/secretsmanager")
    aws.shows(TEAM)
    assert flow(aws, {**READERS, "Principal": {"AWS": OWNER}}, check_mode=True).action == "updated"


def test_others_keep_their_place_and_the_last_one_deletes_the_policy(aws: Aws) -> None:
    aws.is_there(KmsKeyId=KEY)
    aws.key_is(KEY, KEY, "CUSTOMER")
    aws.shows(TEAM)
    aws.takes(TEAM, READERS, block=False)
    aws.shows(TEAM, READERS)
    assert flow(aws, READERS, block=False).action == "updated"
    aws.is_there()
    aws.shows(READERS)
    aws.stub.add_response("delete_resource_policy", {"ARN": ARN, "Name": NAME}, {"SecretId": ARN})
    aws.shows()
    assert flow(aws, state="absent").action == "deleted"


@pytest.mark.parametrize("key", [None, "alias/aws/secretsmanager", f"arn:aws:kms:eu-west-1:{OWNER}:alias/aws/secretsmanager", MANAGED])
@pytest.mark.parametrize("check_mode", [True, False])
def test_the_managed_key_is_refused_for_other_accounts(aws: Aws, key: str | None, check_mode: bool) -> None:
    aws.is_there(**({"KmsKeyId": key} if key else {}))
    if key == MANAGED:
        aws.key_is(MANAGED, MANAGED, "AWS")
        aws.key_is("alias/aws/secretsmanager", MANAGED, "AWS")
    outcome = flow(aws, READERS, check_mode=check_mode)
    assert outcome.action == "failed"
    assert "encrypted with the key that AWS manages (alias/aws/secretsmanager), which never decrypts for another account" in str(
        outcome.error
    )
    assert f"to {FRIEND} would have no effect; encrypt it with a customer managed key first" in str(outcome.error)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"DeletedDate": datetime(2026, 12, 1, tzinfo=UTC)}, "it is scheduled for deletion, and until it is restored"),
        (
            {"PrimaryRegion": "us-east-1"},
            "it is the replica of a secret in us-east-1, whose policy Secrets Manager copies here; give the region",
        ),
        ({"Name": "other"}, "Secrets Manager answered with another one"),
        (None, "there is no such secret; create it first"),
    ],
)
def test_secrets_whose_policy_cannot_be_changed(aws: Aws, found: Any, words: str) -> None:
    if found is None:
        aws.stub.add_client_error("describe_secret", "ResourceNotFoundException", "no", expected_params={"SecretId": NAME})
    else:
        aws.is_there(**found)
    outcome = flow(aws, TEAM)
    assert outcome.action == "failed"
    assert words in str(outcome.error)


def test_what_is_gone_has_nothing_to_remove(aws: Aws) -> None:
    aws.stub.add_client_error("describe_secret", "ResourceNotFoundException", "no", expected_params={"SecretId": NAME})
    assert flow(aws, state="absent").action == "unchanged"
    aws.is_there(DeletedDate=datetime(2026, 12, 1, tzinfo=UTC))
    assert flow(aws, state="absent").action == "unchanged"


def test_broad_access_is_told_apart(aws: Aws) -> None:
    aws.is_there()
    aws.shows(TEAM)
    aws.stub.add_client_error("put_resource_policy", "PublicPolicyException", "broad")
    outcome = flow(aws, {**TEAM, "Sid": "Other", "Action": "secretsmanager:ListSecretVersionIds"})
    assert "name the principals, or give 'block_public_policy: false'; PutResourcePolicy: PublicPolicyException: broad" in str(
        outcome.error
    )


@pytest.mark.parametrize(
    ("code", "message", "waits"),
    [
        ("MalformedPolicyDocumentException", "This resource policy contains an unsupported principal.", True),
        ("MalformedPolicyDocumentException", "This resource policy contains invalid syntax.", False),
        ("InvalidRequestException", "unsupported principal", False),
    ],
)
def test_what_is_waited_for(aws: Aws, code: str, message: str, waits: bool) -> None:
    store = SecretPolicyStore(aws.secrets, aws.secrets, SecretKeys(lambda: aws.kms), NAME, OWNER, "eu-west-1", None, True)
    assert bool(store.waits_for(ServiceError("PutResourcePolicy", code, message))) is waits


def test_an_arn_names_the_owner(aws: Aws) -> None:
    store = SecretPolicyStore(aws.secrets, aws.secrets, SecretKeys(lambda: aws.kms), ARN, FRIEND, "eu-west-1", None, True)
    assert (store.account, store.owner) == (OWNER, OWNER)
    with pytest.raises(ValueError, match="a policy is read before it is written"):
        store.delete()


@pytest.mark.parametrize("expected", [True, False])
def test_a_secret_that_an_earlier_task_creates_need_not_be_there_in_check_mode(aws: Aws, expected: bool) -> None:
    aws.stub.add_client_error("describe_secret", "ResourceNotFoundException", "none", expected_params={"SecretId": NAME})
    wanted = Policy(statements=(READERS,))
    keys = SecretKeys(lambda: aws.kms)
    store = SecretPolicyStore(aws.secrets, aws.secrets, keys, NAME, OWNER, "eu-west-1", wanted, True, expected=expected)
    document = Document(store, wanted, Ownership("present", sids=frozenset(["CrossaccountRegistryReaders"])))
    (outcome,) = PolicyFlow(FlowOptions(True, workers=1)).run([document])
    assert outcome.action == ("created" if expected else "failed")
