# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every spelling of a principal."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.dialect import AWS, RAM
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.principals import (
    account_of,
    account_root,
    canonical_principals,
    is_orphan,
    orphans,
    partition_of,
    without_orphans,
)

ID = "111122223333"
ROLE = f"arn:aws:iam::{ID}:role/team/puller"
ORPHAN = "AROAEXAMPLEROLE00001"


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_partition_of_a_region(region: str, partition: str) -> None:
    assert partition_of(region) == partition
    assert canonical_principals(account_root(ID, partition)) == {ID}
    assert account_of(f"arn:{partition}:iam::{ID}:role/puller") == ID


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (ID, {ID}),
        ({"AWS": int(ID)}, {ID}),
        ({"AWS": [ID, f"arn:aws:iam::{ID}:root", f"arn:aws-cn:iam::{ID}:root"]}, {ID}),
        ("*", {"*"}),
        ({"AWS": ["*", ID], "Service": "lambda.amazonaws.com"}, {"*"}),
        ({"AWS": ROLE, "Service": ["lambda.amazonaws.com"]}, {ROLE, "Service:lambda.amazonaws.com"}),
        ({"Federated": f"arn:aws:iam::{ID}:oidc-provider/example.com"}, {f"Federated:arn:aws:iam::{ID}:oidc-provider/example.com"}),
        ({"Service": ID}, {f"Service:{ID}"}),
        ({"Service": "*"}, {"Service:*"}),
        ({"AWS": []}, set()),
        ({}, set()),
        (f"arn:aws:iam::{ID}:user/root", {f"arn:aws:iam::{ID}:user/root"}),
    ],
)
def test_canonical_principals(element: Any, expected: set[str]) -> None:
    assert canonical_principals(element) == expected


def test_letter_case_of_a_role_counts_on_aws_and_not_on_alibaba_cloud() -> None:
    assert canonical_principals({"AWS": ROLE}) != canonical_principals({"AWS": ROLE.upper()})
    upper, lower = "acs:ram::1234567890123456:role/AliyunECI", "acs:ram::1234567890123456:role/aliyuneci"
    assert canonical_principals({"RAM": upper}, RAM) == canonical_principals({"RAM": lower}, RAM)


@pytest.mark.parametrize(
    ("principal", "account"),
    [
        (ID, ID),
        (ROLE, ID),
        (f"arn:aws:sts::{ID}:assumed-role/puller/session", ID),
        ("*", None),
        (ORPHAN, None),
        ("Service:lambda.amazonaws.com", None),
        (f"Federated:arn:aws:iam::{ID}:oidc-provider/example.com", None),
    ],
)
def test_account_of(principal: str, account: str | None) -> None:
    assert account_of(principal) == account


@pytest.mark.parametrize(
    ("value", "expected"), [(ORPHAN, True), ("AIDAEXAMPLEUSER00001", True), (ID, False), (ROLE, False), ("AROA", False), ("*", False)]
)
def test_is_orphan(value: str, expected: bool) -> None:
    assert is_orphan(value, AWS) is expected
    assert not is_orphan(value, RAM)


@pytest.mark.parametrize(
    ("element", "found", "left"),
    [
        ({"AWS": ORPHAN}, [ORPHAN], None),
        ({"AWS": [ORPHAN, ID]}, [ORPHAN], {"AWS": [ID]}),
        ({"AWS": ORPHAN, "Service": "lambda.amazonaws.com"}, [ORPHAN], {"Service": "lambda.amazonaws.com"}),
        ({"AWS": [ID, ROLE]}, [], {"AWS": [ID, ROLE]}),
        ({"Service": ORPHAN}, [], {"Service": ORPHAN}),
        (ORPHAN, [ORPHAN], None),
        ("*", [], "*"),
    ],
)
def test_orphans(element: Any, found: list[str], left: Any) -> None:
    assert orphans(element) == found
    assert without_orphans(element) == left
