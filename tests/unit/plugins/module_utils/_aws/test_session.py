# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients of a task."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.session import AwsSession
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import ServiceError

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
    with pytest.raises(ServiceError, match="nobody"):
        AwsSession({"profile_name": "nobody"}, None, None)
