# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients of a task."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.stub import Stubber

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.session import AwsSession
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError, ServiceError

CONNECTION = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}


def session(**more: Any) -> AwsSession:
    """A session with credentials."""
    return AwsSession({**CONNECTION, **more}, None, "eu-west-1", user_agent="APN/1.0 Ansible test", connections=16)


def test_clients_are_made_once_for_each_region_and_use() -> None:
    one = session()
    assert one.client("ecr") is one.client("ecr", "eu-west-1")
    assert one.client("ecr", "us-east-1") is not one.client("ecr")
    assert one.client("ecr", "us-east-1").meta.region_name == "us-east-1"
    assert one.client("ecr", repeats=False) is not one.client("ecr")


def test_reads_are_repeated_and_writes_are_not() -> None:
    reads, writes = (session().client("ecr", repeats=repeats).meta.config for repeats in (True, False))
    assert reads.retries == {"mode": "adaptive", "total_max_attempts": 8}
    assert writes.retries == {"mode": "adaptive", "total_max_attempts": 1}
    assert reads.max_pool_connections == writes.max_pool_connections == 16
    assert "APN/1.0 Ansible test" in reads.user_agent and "APN/1.0 Ansible test" in writes.user_agent


def test_the_user_may_change_how_botocore_works_but_not_repeat_writes() -> None:
    one = session(aws_config=Config(retries={"mode": "standard", "total_max_attempts": 3}, read_timeout=7))
    reads, writes = (one.client("ecr", repeats=repeats).meta.config for repeats in (True, False))
    assert reads.retries == {"mode": "standard", "total_max_attempts": 3}
    assert writes.retries["total_max_attempts"] == 1
    assert reads.read_timeout == writes.read_timeout == 7


def test_a_profile_that_is_not_there_is_told() -> None:
    with pytest.raises(ServiceError, match="nobody") as refused:
        AwsSession({"profile_name": "nobody"}, None, None)
    assert refused.value.operation == "AWS"


@pytest.mark.parametrize(
    ("endpoint_url", "settings", "words"),
    [
        pytest.param("localhost:5000", {}, "Invalid endpoint: localhost:5000; correct 'endpoint_url'", id="endpoint without a scheme"),
        pytest.param(None, {"connect_timeout": "soon"}, "connect was soon.*'aws_config'", id="a timeout that is no number"),
    ],
)
def test_settings_that_botocore_cannot_connect_with_are_told(endpoint_url: str | None, settings: dict[str, Any], words: str) -> None:
    one = AwsSession({**CONNECTION, "aws_config": Config(**settings)}, endpoint_url, "eu-west-1")
    with pytest.raises(RegistryError, match=words):
        one.client("ecr")


def test_a_session_policy_that_is_no_json_is_told() -> None:
    with pytest.raises(RegistryError, match=r"'assume_role': its policy is not valid JSON: .* line 1 column 2"):
        session().acting_as({"role_arn": "arn:aws:iam::111122223333:role/app", "policy": "{Version: 2012-10-17}"})


def test_a_role_is_asked_for_where_the_profile_says_and_its_calls_go_there_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config"
    file.write_text("[profile team]\naws_access_key_id = key\naws_secret_access_key = secret\nendpoint_url = https://aws.example.com\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    one = AwsSession({"profile_name": "team"}, None, "eu-west-1")
    keys = {"AccessKeyId": "A" * 20, "SecretAccessKey": "role", "SessionToken": "token", "Expiration": datetime(2100, 1, 1, tzinfo=UTC)}
    with Stubber(one.client("sts")) as sts:
        sts.add_response("assume_role", {"Credentials": keys})
        role = one.acting_as({"role_arn": "arn:aws:iam::111122223333:role/app", "session_name": "test"})
    assert role.client("ecr").meta.endpoint_url == one.client("ecr").meta.endpoint_url == "https://aws.example.com"
    signed = [each.client("ecr").generate_presigned_url("describe_registry") for each in (one, role)]
    assert ["Credential=key" in signed[0], f"Credential={'A' * 20}" in signed[1]] == [True, True]
