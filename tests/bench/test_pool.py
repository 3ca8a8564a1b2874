# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script that the module is compared with does the whole work, with no call too many."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from .clients import PATTERN, STATEMENT, Clients
from .endpoint import Endpoint, start_responder
from .pool import ensure
from .registry import ACCOUNT, REGION


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with start_responder() as running:
        yield running


def test_calls(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.reset(5, 0)
    clients = Clients(endpoint, tmp_path)
    clients.pool(5, changes=True)
    first = endpoint.state()
    assert first.calls == {"DescribeRepositories": 1, "GetRepositoryPolicy": 10, "SetRepositoryPolicy": 5}
    clients.pool(5, changes=False)
    assert endpoint.state().since(first).calls == {"DescribeRepositories": 1, "GetRepositoryPolicy": 5}
    endpoint.reset(5, 0)
    clients.pool(5, changes=True, read_back=False)
    assert endpoint.state().calls == {"DescribeRepositories": 1, "GetRepositoryPolicy": 5, "SetRepositoryPolicy": 5}


def test_keeps_the_statements_of_others(endpoint: Endpoint) -> None:
    import boto3

    endpoint.reset(1, 0)
    options = {"region_name": REGION, "endpoint_url": endpoint.url, "aws_access_key_id": ACCOUNT, "aws_secret_access_key": "any"}
    client = boto3.client("ecr", **options)
    name = client.describe_repositories()["repositories"][0]["repositoryName"]
    assert name.startswith(PATTERN.rstrip("*"))
    others, stale = {"Sid": "OtherTeam", "Effect": "Allow"}, {"Sid": STATEMENT["Sid"], "Effect": "Deny"}
    policy = {"Version": "2008-10-17", "Statement": [stale, others]}
    client.set_repository_policy(repositoryName=name, policyText=json.dumps(policy))
    assert ensure(client, name, STATEMENT, read_back=True) == "updated"
    there = json.loads(client.get_repository_policy(repositoryName=name)["policyText"])
    assert there == {"Version": "2008-10-17", "Statement": [others, STATEMENT]}
    assert ensure(client, name, STATEMENT, read_back=True) == "unchanged"
