# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reads a secret, as statements of both policies."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._grants import read_recipients
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy, check_statements
from ansible_collections.crossaccount.registry.plugins.module_utils._readers import (
    decrypt_sids,
    decrypt_statements,
    readers_elsewhere,
    readers_statements,
    region_of_secret,
    via_service,
)

OWNER, FRIEND = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{FRIEND}:role/app/exec"
ARN = f"arn:aws:secretsmanager:eu-west-1:{OWNER}:secret:registry/quay-AbCdEf"


def test_readers_share_one_statement() -> None:
    readers = read_recipients(
        [
            {"account": FRIEND, "roles": ["app/exec", "b"]},
            {"account": OWNER, "roles": None},
            {"arn": ROLE},
            {"account": FRIEND, "users": ["u"]},
        ],
        "readers",
    )
    (statement,) = check_statements(readers_statements(readers, "eu-west-1"))
    assert statement == {
        "Sid": "CrossaccountRegistryReaders",
        "Effect": "Allow",
        "Principal": {"AWS": [OWNER, ROLE, f"arn:aws:iam::{FRIEND}:role/b", f"arn:aws:iam::{FRIEND}:user/u"]},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    assert readers_statements((), "eu-west-1") == decrypt_statements((), "eu-west-1", [ARN]) == []


def test_decryption_only_through_secrets_manager_and_only_of_named_secrets() -> None:
    readers = read_recipients([{"arn": f"arn:aws:iam::{FRIEND}:root"}], "decrypt_for")
    (every,) = decrypt_statements(readers, "eu-west-1", [])
    assert (every["Sid"], every["Action"], every["Principal"]) == ("CrossaccountRegistryDecrypt", "kms:Decrypt", {"AWS": [FRIEND]})
    assert every["Condition"] == {"StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}}
    other = ARN.replace("quay", "hub")
    named = decrypt_statements(readers, "eu-west-1", [ARN, other, ARN])
    assert [one["Sid"] for one in named] == [f"CrossaccountRegistryDecryptRegistry{name}AbCdEf" for name in ("Quay", "Hub")]
    assert [one["Condition"]["StringEquals"]["kms:EncryptionContext:SecretARN"] for one in named] == [ARN, other]
    assert all(one["Condition"]["StringEquals"]["kms:ViaService"] == via_service("eu-west-1") for one in named)
    assert decrypt_sids([ARN, other]) == [one["Sid"] for one in named]


def test_other_partitions() -> None:
    readers = read_recipients([{"account": FRIEND, "roles": ["b"]}], "readers")
    (statement,) = readers_statements(readers, "cn-north-1")
    assert statement["Principal"] == {"AWS": [f"arn:aws-cn:iam::{FRIEND}:role/b"]}
    assert via_service("cn-north-1") == ["secretsmanager.cn-north-1.amazonaws.com", "secretsmanager.cn-north-1.amazonaws.com.cn"]
    assert via_service("us-gov-west-1") == "secretsmanager.us-gov-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"account": 444455556666}, "readers[0]: account is the number 444455556666; write it in quotes"),
        ({"account": "4444"}, "readers[0]: account is '4444', an account id has 12 digits"),
        ({}, "readers[0]: account is missing"),
        ({"roles": ["a"]}, "readers[0]: account is missing"),
        ({"account": FRIEND, "roles": []}, "readers[0]: roles is empty; leave it out to mean the whole account"),
        ({"account": FRIEND, "roles": ["a*"]}, "'a*' is a pattern, which no principal can be; name each of them"),
        ({"account": FRIEND, "roles": [f"arn:aws:iam::{OWNER}:role/a"]}, f"is no role of the account {FRIEND}"),
        ({"account": FRIEND, "service": "lambda"}, "readers[0]: unknown field service; known are account, roles, users, arn"),
        ({"arn": "role/a"}, "readers[0]: arn is 'role/a', which is no ARN of a role, a user or an account"),
        ({"arn": ROLE, "account": FRIEND}, "readers[0]: arn cannot be combined with other fields"),
        ({"arn": f"arn:aws:sts::{FRIEND}:assumed-role/a/b"}, "which is no ARN of a role, a user or an account"),
    ],
)
def test_bad_readers(entry: dict[str, Any], words: str) -> None:
    with pytest.raises(RegistryError) as caught:
        read_recipients([entry], "readers")
    assert words in str(caught.value)


def test_everything_that_is_wrong_is_told_once() -> None:
    with pytest.raises(RegistryError) as caught:
        read_recipients([{"arn": "x"}, {"account": 1}], "readers")
    assert str(caught.value).count("readers[0]") == str(caught.value).count("readers[1]") == 1


@pytest.mark.parametrize("arn", ["registry/quay", ARN[:-7], ARN.replace("secretsmanager", "ssm"), f"{ARN}-"])
def test_the_arn_of_a_secret(arn: str) -> None:
    assert region_of_secret(ARN, "'secrets'") == "eu-west-1"
    with pytest.raises(RegistryError, match="which is not the full ARN of a secret"):
        region_of_secret(arn, "'secrets'")


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ({"Principal": {"AWS": [FRIEND, OWNER]}}, [FRIEND]),
        ({"Principal": {"AWS": f"arn:aws:iam::{OWNER}:role/a"}}, []),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}, ["*"]),
        ({"NotPrincipal": {"AWS": FRIEND}}, ["*"]),
        ({"Principal": {"AWS": ROLE}, "Action": "secretsmanager:Get*"}, [ROLE]),
        ({"Principal": {"AWS": ROLE}, "Action": "*"}, [ROLE]),
        ({"Principal": {"AWS": ROLE}, "Action": "secretsmanager:DescribeSecret"}, []),
        ({"Principal": {"AWS": ROLE}, "Effect": "Deny"}, []),
        ({"Principal": {"Service": "lambda.amazonaws.com"}}, []),
        ({"Principal": {"AWS": "AROAEXAMPLEEXAMPLEEXA"}}, []),
    ],
)
def test_readers_in_other_accounts(statement: dict[str, Any], found: list[str]) -> None:
    whole = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*", **statement}
    assert readers_elsewhere(Policy(statements=(whole,)), OWNER) == found
