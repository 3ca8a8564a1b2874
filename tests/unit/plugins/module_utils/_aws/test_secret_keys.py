# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of a KMS key: when they mean the same key, and how often KMS is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.secret_keys import MANAGED_KEY, SecretKeys, is_managed
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError

HOME = "arn:aws:kms:eu-west-1:111122223333:"
ID, OTHER_ID, AWS_ID = (
    "1234abcd-12ab-34cd-56ef-1234567890ab",
    "0987dcba-09fe-87dc-65ba-ab0987654321",
    "aaaaaaaa-12ab-34cd-56ef-1234567890ab",
)
ARN, OTHER_ARN, AWS_ARN = f"{HOME}key/{ID}", f"{HOME}key/{OTHER_ID}", f"{HOME}key/{AWS_ID}"


def key(arn: str = ARN, **more: Any) -> dict[str, Any]:
    metadata = {"KeyId": arn.rpartition("/")[2], "Arn": arn, "KeyState": "Enabled", "KeyManager": "CUSTOMER"}
    return {"KeyMetadata": {**metadata, "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT", **more}}


class Kms:
    """KMS that answers these questions, in this order, and no others."""

    def __init__(self) -> None:
        self._client = boto3.client("kms", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="s")
        self.stub = Stubber(self._client)
        self.keys = SecretKeys(lambda: self._client)

    def knows(self, name: str, answer: dict[str, Any] | str) -> None:
        if isinstance(answer, str):
            self.stub.add_client_error("describe_key", answer, f"no {name}", expected_params={"KeyId": name})
        else:
            self.stub.add_response("describe_key", answer, {"KeyId": name})


@pytest.fixture
def kms() -> Iterator[Kms]:
    asked = Kms()
    with asked.stub:
        yield asked
    asked.stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("wanted", "current"),
    [
        (ID, ID),
        (ID, ARN),
        (ARN, ID),
        ("alias/registry", "alias/registry"),
        ("alias/registry", f"{HOME}alias/registry"),
        (f"{HOME}alias/registry", "alias/registry"),
        (MANAGED_KEY, None),
        ("aws/secretsmanager", None),
        (f"{HOME}{MANAGED_KEY}", None),
        (MANAGED_KEY, f"{HOME}{MANAGED_KEY}"),
    ],
)
def test_names_that_tell_by_themselves(kms: Kms, wanted: str, current: str | None) -> None:
    assert kms.keys.same(wanted, current, HOME)


@pytest.mark.parametrize(
    ("wanted", "current", "asked", "same"),
    [
        ("alias/registry", ARN, {"alias/registry": ARN}, True),
        ("alias/registry", ID, {"alias/registry": ARN}, True),
        (f"{HOME}alias/registry", ID, {f"{HOME}alias/registry": ARN}, True),
        ("alias/registry", OTHER_ID, {"alias/registry": ARN}, False),
        ("alias/registry", "alias/other", {"alias/registry": ARN, f"{HOME}alias/other": ARN}, True),
        (ID, "alias/other", {ID: ARN, f"{HOME}alias/other": OTHER_ARN}, False),
        (ARN, None, {ARN: ARN}, False),
        (ID, OTHER_ARN, {ID: ARN}, False),
        (MANAGED_KEY, ID, {ARN: ARN}, False),
    ],
)
def test_names_that_kms_has_to_explain(kms: Kms, wanted: str, current: str | None, asked: dict[str, str], same: bool) -> None:
    for name, arn in asked.items():
        kms.knows(name, key(arn))
    assert kms.keys.same(wanted, current, HOME) is same
    assert kms.keys.same(wanted, current, HOME) is same  # nothing is asked twice


def test_the_managed_key_by_its_id_is_no_key(kms: Kms) -> None:
    kms.knows(AWS_ID, key(AWS_ARN, KeyManager="AWS"))
    kms.knows(MANAGED_KEY, key(AWS_ARN, KeyManager="AWS"))
    assert kms.keys.same(AWS_ID, None, HOME)
    kms.knows(AWS_ARN, key(AWS_ARN, KeyManager="AWS"))
    assert kms.keys.same(MANAGED_KEY, AWS_ID, HOME)
    assert not is_managed(AWS_ID)


def test_a_secret_whose_alias_is_gone_has_another_key(kms: Kms) -> None:
    kms.knows(ID, key())
    kms.knows(f"{HOME}alias/gone", "NotFoundException")
    assert not kms.keys.same(ID, "alias/gone", HOME)


@pytest.mark.parametrize("code", ["NotFoundException", "AccessDeniedException"])
def test_a_current_key_that_does_not_show_is_not_the_managed_one(kms: Kms, code: str) -> None:
    kms.knows(ARN, code)
    assert not kms.keys.same(MANAGED_KEY, ARN, HOME)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("NotFoundException", "there is no KMS key 'alias/registry' .*create it first, or correct 'kms_key_id'"),
        ("ValidationException", "there is no KMS key 'alias/registry'"),
        ("AccessDeniedException", "if there is none, correct 'kms_key_id', otherwise allow kms:DescribeKey on it"),
        ("KMSInternalException", "^DescribeKey: KMSInternalException: no alias/registry$"),
    ],
)
def test_a_key_that_does_not_show_is_refused(kms: Kms, code: str, message: str) -> None:
    kms.knows("alias/registry", code)
    with pytest.raises(RegistryError, match=message):
        kms.keys.same("alias/registry", ID, HOME)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"KeyState": "Disabled"}, "is Disabled; enable it"),
        ({"KeyState": "PendingDeletion"}, "is PendingDeletion; enable it or cancel its deletion first"),
        ({"KeyUsage": "SIGN_VERIFY", "KeySpec": "RSA_2048"}, "is a RSA_2048 key for SIGN_VERIFY; secrets need a symmetric encryption key"),
    ],
)
def test_a_key_that_cannot_encrypt_is_refused(kms: Kms, metadata: dict[str, Any], message: str) -> None:
    kms.knows("alias/registry", key(**metadata))
    with pytest.raises(RegistryError, match=message):
        kms.keys.check("alias/registry")


def test_the_managed_key_of_another_service_is_refused(kms: Kms) -> None:
    kms.knows(OTHER_ID, key(OTHER_ARN, KeyManager="AWS"))
    kms.knows(MANAGED_KEY, key(AWS_ARN, KeyManager="AWS"))
    with pytest.raises(RegistryError, match="AWS manages for another service"):
        kms.keys.check(OTHER_ID)


def test_keys_that_can_be_used(kms: Kms) -> None:
    kms.keys.check(MANAGED_KEY)
    kms.knows(ID, key())
    kms.keys.check(ID)
