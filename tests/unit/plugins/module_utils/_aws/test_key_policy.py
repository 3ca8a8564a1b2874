# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact calls by which a key policy is read and written, which keys are refused, and that nobody is locked out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.key_policy import KeyPolicyStore
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError, ServiceError
from ansible_collections.crossaccount.registry.plugins.module_utils._guards import GuardOptions
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.merge import Ownership
from ansible_collections.crossaccount.registry.plugins.module_utils._policy_flow import Document, FlowOptions, Outcome, PolicyFlow

OWNER, FRIEND = "111122223333", "444455556666"
ALIAS = "alias/registry"
KEY = f"arn:aws:kms:eu-west-1:{OWNER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROOT = {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"}, "Action": "kms:*", "Resource": "*"}
ADMIN = {**ROOT, "Sid": "Admin", "Principal": {"AWS": f"arn:aws:iam::{OWNER}:role/admin"}}
DECRYPT = {"Sid": "CrossaccountRegistryDecrypt", "Effect": "Allow", "Principal": {"AWS": FRIEND}, "Action": "kms:Decrypt", "Resource": "*"}


def text(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


class Kms:
    """KMS that expects these calls, in this order, and no others."""

    def __init__(self) -> None:
        self.client = boto3.client("kms", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="s")
        self.stub = Stubber(self.client)
        self.warnings: list[str] = []

    def is_there(self, **more: Any) -> None:
        self.stub.add_response("describe_key", {"KeyMetadata": {"KeyId": KEY[-36:], "Arn": KEY, **more}}, {"KeyId": ALIAS})

    def shows(self, *statements: Any) -> None:
        answer = {"Policy": text(*statements), "PolicyName": "default"}
        self.stub.add_response("get_key_policy", answer, {"KeyId": KEY, "PolicyName": "default"})

    def takes(self, *statements: Any, force: bool = False) -> None:
        expected = {"KeyId": KEY, "PolicyName": "default", "Policy": text(*statements), "BypassPolicyLockoutSafetyCheck": force}
        self.stub.add_response("put_key_policy", {}, expected)

    def store(self, force: bool = False, for_secrets: bool = True) -> KeyPolicyStore:
        return KeyPolicyStore(self.client, self.client, ALIAS, OWNER, "eu-west-1", force, for_secrets, self.warnings.append)


@pytest.fixture
def kms() -> Iterator[Kms]:
    expected = Kms()
    with expected.stub:
        yield expected
    expected.stub.assert_no_pending_responses()


def flow(kms: Kms, *desired: Any, state: Any = "present", sids: Any = (), force: bool = False, **more: Any) -> Outcome:
    document = Document(kms.store(force, more.pop("for_secrets", True)), Policy(statements=desired), Ownership(state, sids=frozenset(sids)))
    options = FlowOptions(guard=GuardOptions(force=force), workers=1, **more)
    (outcome,) = PolicyFlow(options, clock=lambda: 0.0, sleep=lambda _seconds: None).run([document])
    return outcome


def test_unchanged_is_two_reads(kms: Kms) -> None:
    kms.is_there()
    kms.shows(ROOT, DECRYPT)
    assert flow(kms, DECRYPT).action == "unchanged"


def test_check_mode_only_reads(kms: Kms) -> None:
    kms.is_there()
    kms.shows(ROOT)
    assert flow(kms, DECRYPT, check_mode=True).action == "updated"


def test_others_keep_their_place_and_an_alias_is_asked_for_once(kms: Kms) -> None:
    kms.is_there(KeyManager="CUSTOMER", KeyState="Enabled")
    kms.shows(ROOT)
    kms.takes(ROOT, DECRYPT)
    kms.shows(ROOT, DECRYPT)
    assert flow(kms, DECRYPT).action == "updated"
    assert kms.warnings == []


@pytest.mark.parametrize(
    ("current", "desired", "how"),
    [
        ([ROOT, DECRYPT], [DECRYPT], {"state": "exact"}),
        ([ROOT, DECRYPT], [], {"state": "absent", "sids": ["Root"]}),
        ([ROOT, DECRYPT], [ADMIN], {"state": "exact"}),
        ([ROOT], [{**ROOT, "Action": ["kms:Decrypt", "kms:Get*"]}], {}),
        ([ROOT], [{**ROOT, "Principal": {"AWS": FRIEND}}], {}),
        ([ADMIN, DECRYPT], [], {"state": "absent", "sids": ["Admin"]}),
    ],
)
def test_the_account_is_not_locked_out_without_force(kms: Kms, current: list[Any], desired: list[Any], how: dict[str, Any]) -> None:
    kms.is_there()
    kms.shows(*current)
    outcome = flow(kms, *desired, **how)
    assert outcome.action == "failed"
    assert f"nothing in the key policy would let account {OWNER} change it again, and where the key policy is silent" in str(outcome.error)
    kms.is_there()
    kms.shows(*current)
    assert flow(kms, *desired, **how, force=True, check_mode=True).action == "updated"


def test_force_reaches_kms(kms: Kms) -> None:
    kms.is_there()
    kms.shows(ROOT, ADMIN)
    kms.takes(ADMIN, force=True)
    kms.shows(ADMIN)
    assert flow(kms, ADMIN, state="exact", force=True).action == "updated"


@pytest.mark.parametrize(
    ("current", "desired", "how"),
    [
        ([ADMIN], [DECRYPT], {}),
        ([DECRYPT], [ADMIN], {}),
        ([ROOT, ADMIN], [], {"state": "absent", "sids": ["Admin"]}),
        (
            [ROOT],
            [{**ROOT, "Sid": "All", "Principal": "*", "Condition": {"StringEquals": {"kms:CallerAccount": OWNER}}}],
            {"state": "exact"},
        ),
        ([ROOT], [{**ROOT, "NotAction": "kms:Decrypt", "Action": None}], {"state": "exact"}),
    ],
)
def test_who_keeps_the_key_in_hand_may(kms: Kms, current: list[Any], desired: list[Any], how: dict[str, Any]) -> None:
    kms.is_there()
    kms.shows(*current)
    desired = [{key: value for key, value in one.items() if value is not None} for one in desired]
    outcome = flow(kms, *desired, **how, check_mode=True)
    assert outcome.action == "updated", outcome.error


def test_the_last_statement_stays(kms: Kms) -> None:
    kms.is_there()
    kms.shows(ROOT)
    assert "there cannot be no key policy" in str(flow(kms, state="absent", sids=["Root"], force=True).error)
    with pytest.raises(RegistryError, match="a key cannot be without a key policy"):
        kms.store().delete()


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ({"KeyManager": "AWS"}, "it is a key that AWS manages: nobody can change its policy"),
        (
            {"KeyUsage": "SIGN_VERIFY", "KeySpec": "RSA_2048"},
            "it is a RSA_2048 key for SIGN_VERIFY; secrets need a symmetric encryption key",
        ),
        ({"KeyState": "PendingDeletion"}, "it waits for its deletion, so that nobody can decrypt with it"),
    ],
)
def test_keys_that_are_refused(kms: Kms, key: dict[str, str], words: str) -> None:
    kms.is_there(**key)
    assert words in str(flow(kms, DECRYPT).error)


def test_a_key_that_is_not_there(kms: Kms) -> None:
    kms.stub.add_client_error("describe_key", "NotFoundException", "Alias is not found.", expected_params={"KeyId": ALIAS})
    assert "there is no such KMS key; create it first, or correct 'keys' (DescribeKey: NotFoundException" in str(flow(kms, DECRYPT).error)


@pytest.mark.parametrize(("state", "for_secrets"), [("Disabled", True), ("Disabled", False), ("PendingDeletion", False)])
def test_keys_that_nobody_can_use_for_now(kms: Kms, state: str, for_secrets: bool) -> None:
    kms.is_there(KeyState=state)
    kms.shows(ROOT, DECRYPT)
    assert flow(kms, DECRYPT, for_secrets=for_secrets).action == "unchanged"
    assert kms.warnings == [f"The KMS key {KEY} is {state}: nobody can use it until it is enabled, whatever its policy says."]


def test_what_kms_says_about_its_writer(kms: Kms) -> None:
    kms.is_there()
    kms.shows(ADMIN)
    message = "The new key policy will not allow you to update the key policy in the future."
    kms.stub.add_client_error("put_key_policy", "MalformedPolicyDocumentException", message)
    error = str(flow(kms, DECRYPT).error)
    assert "would keep this identity from changing it again; let it, or its account, keep kms:PutKeyPolicy" in error
    assert message in error


@pytest.mark.parametrize(
    ("code", "message", "waits"),
    [
        ("MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.", True),
        ("MalformedPolicyDocumentException", "The new key policy is not valid.", False),
        ("LimitExceededException", "invalid principals", False),
    ],
)
def test_what_is_waited_for(kms: Kms, code: str, message: str, waits: bool) -> None:
    assert bool(kms.store().waits_for(ServiceError("PutKeyPolicy", code, message))) is waits
