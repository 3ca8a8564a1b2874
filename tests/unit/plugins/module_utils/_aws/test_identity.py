# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose credentials a task has, and that they are the right ones."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.identity import Identity, caller_identity, check_account
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError, ServiceError


def asked(arn: str, account_id: Any = None, region: str | None = None) -> tuple[Identity, list[tuple[str, str]]]:
    """The identity that a module finds out with these credentials, and which clients it took for that."""
    sts = boto3.client("sts", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="s")
    clients: list[tuple[str, str]] = []

    def aws_client(service: str, its_region: str) -> Any:
        clients.append((service, its_region))
        return sts

    module: Any = SimpleNamespace(params={"account_id": account_id}, region=region, aws_client=aws_client)
    with Stubber(sts) as stub:
        stub.add_response("get_caller_identity", {"Account": arn.split(":")[4], "Arn": arn, "UserId": "x"}, {})
        return caller_identity(module), clients


def test_the_account_and_its_partition() -> None:
    assert asked("arn:aws:iam::111122223333:user/a")[0] == Identity("111122223333", "aws")
    assert asked("arn:aws-cn:sts::111122223333:assumed-role/a/b")[0] == Identity("111122223333", "aws-cn")


def test_no_region_is_needed() -> None:
    assert asked("arn:aws:iam::111122223333:user/a")[1] == [("sts", "us-east-1")]
    assert asked("arn:aws-cn:iam::111122223333:user/a", region="cn-north-1")[1] == [("sts", "cn-north-1")]


def test_the_account_that_is_expected() -> None:
    assert asked("arn:aws:iam::111122223333:user/a", "111122223333")[0].account == "111122223333"
    with pytest.raises(RegistryError, match="the credentials are those of account 111122223333, but 'account_id' is 444455556666; give"):
        asked("arn:aws:iam::111122223333:user/a", "444455556666")


@pytest.mark.parametrize("wrong", [111122223333, "1111", "", "111122223333 ", "11112222333x", True])
def test_what_is_no_account_id_is_refused_even_where_it_could_be_meant(wrong: Any) -> None:
    with pytest.raises(RegistryError, match="an account id has 12 digits and is written in quotes"):
        check_account("111122223333", wrong)


def test_errors_of_the_service_keep_their_code() -> None:
    sts = boto3.client("sts", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="s")
    module: Any = SimpleNamespace(params={"account_id": None}, region=None, aws_client=lambda _service, _region: sts)
    with Stubber(sts) as stub:
        stub.add_client_error("get_caller_identity", "ExpiredToken", "too late")
        with pytest.raises(ServiceError) as refused:
            caller_identity(module)
    assert refused.value.code == "ExpiredToken"
