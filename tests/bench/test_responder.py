# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The responder answers as the clients expect, counts what they call, and does little for each call."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import boto3
import pytest
from botocore.config import Config

from .endpoint import ROOT, Endpoint, start_responder
from .registry import ACCOUNT, REGION, repository_names
from .responder import Connection, Responder


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with start_responder() as running:
        yield running


def client(endpoint: Endpoint, service: str) -> Any:
    credentials = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "any"}
    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=16)
    return boto3.client(service, region_name=REGION, endpoint_url=endpoint.url, config=config, **credentials)


def test_pages(endpoint: Endpoint) -> None:
    endpoint.reset(250, 0)
    ecr = client(endpoint, "ecr")
    pages = list(ecr.get_paginator("describe_repositories").paginate())
    assert [len(page["repositories"]) for page in pages] == [100, 100, 50]
    assert [one["repositoryName"] for page in pages for one in page["repositories"]] == repository_names(250)
    (one,) = ecr.describe_repositories(repositoryNames=[repository_names(250)[7]])["repositories"]
    assert one["repositoryName"] == "team-07/service-0007" and one["imageTagMutability"] == "MUTABLE"
    assert endpoint.state().calls == {"DescribeRepositories": 4}


def test_policies(endpoint: Endpoint) -> None:
    endpoint.reset(1, 0)
    ecr = client(endpoint, "ecr")
    (name,) = repository_names(1)
    with pytest.raises(ecr.exceptions.RepositoryPolicyNotFoundException):
        ecr.get_repository_policy(repositoryName=name)
    with pytest.raises(ecr.exceptions.RepositoryNotFoundException):
        ecr.get_repository_policy(repositoryName="other")
    text = json.dumps({"Version": "2012-10-17", "Statement": [], "Id": 'ä "quoted" text'})
    ecr.set_repository_policy(repositoryName=name, policyText=text)
    assert ecr.get_repository_policy(repositoryName=name)["policyText"] == text
    assert endpoint.state().policies == 1
    ecr.delete_repository_policy(repositoryName=name)
    with pytest.raises(ecr.exceptions.RepositoryPolicyNotFoundException):
        ecr.delete_repository_policy(repositoryName=name)
    assert endpoint.state().policies == 0


def test_other_operations(endpoint: Endpoint) -> None:
    endpoint.reset(0, 0)
    assert client(endpoint, "sts").get_caller_identity()["Account"] == ACCOUNT
    ecr = client(endpoint, "ecr")
    assert ecr.list_tags_for_resource(resourceArn=f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/x")["tags"] == []
    with pytest.raises(ecr.exceptions.ClientError, match="UnknownOperationException"):
        ecr.describe_registry()
    assert endpoint.state().calls == {"GetCallerIdentity": 1, "ListTagsForResource": 1, "DescribeRegistry": 1}


def test_counts_what_many_connections_call(endpoint: Endpoint) -> None:
    """Calls wait side by side, and none is lost."""
    endpoint.reset(200, 5)
    ecr = client(endpoint, "ecr")
    before = endpoint.state()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: ecr.set_repository_policy(repositoryName=name, policyText="{}"), repository_names(200)))
    assert endpoint.state().since(before).calls == {"SetRepositoryPolicy": 200}
    assert endpoint.state().policies == 200


def test_ends_with_who_started_it() -> None:
    """A bench that is killed leaves no responder behind."""
    command = [sys.executable, "-m", "tests.bench.responder"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        assert int(process.stdout.readline()) > 0
        process.stdin.close()
        assert process.wait(30) == 0


class FakeTransport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))


class FakeLoop:
    def __init__(self) -> None:
        self.later: list[tuple[float, Any, tuple[Any, ...]]] = []

    def call_later(self, delay: float, callback: Any, *arguments: Any) -> None:
        self.later.append((delay, callback, arguments))


def request(operation: str, body: dict[str, Any]) -> bytes:
    data = json.dumps(body).encode()
    head = f"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AmazonEC2ContainerRegistry_V20150921.{operation}\r\nContent-Length: {len(data)}"
    return head.encode() + b"\r\n\r\n" + data


@pytest.fixture
def connection() -> Connection:
    responder = Responder()
    responder.reset(3, 40)
    made = Connection(responder, cast("asyncio.AbstractEventLoop", FakeLoop()))
    made.connection_made(FakeTransport())
    return made


def test_latency_is_a_timer(connection: Connection) -> None:
    """A call that waits holds nothing but its timer."""
    connection.data_received(request("GetRepositoryPolicy", {"repositoryName": repository_names(1)[0]}))
    loop, transport = cast("FakeLoop", connection._loop), cast("FakeTransport", connection.transport)
    ((delay, callback, arguments),) = loop.later
    assert delay == 0.04 and not transport.written
    callback(*arguments)
    assert b"RepositoryPolicyNotFoundException" in transport.written[0]


def test_request_in_pieces(connection: Connection) -> None:
    whole = request("DescribeRepositories", {"maxResults": 2})
    for at in range(len(whole)):
        assert not cast("FakeLoop", connection._loop).later
        connection.data_received(whole[at : at + 1])
    assert len(cast("FakeLoop", connection._loop).later) == 1


def test_little_work_for_a_call(connection: Connection) -> None:
    """The cost of a call, counted in Python calls, so that no clock decides: some 40 of them take well under 0.2 ms."""
    name = repository_names(1)[0]
    connection._responder.registry.policies[name] = '{"Version":"2012-10-17","Statement":[]}'
    for operation, body in {
        "GetRepositoryPolicy": {"registryId": ACCOUNT, "repositoryName": name},
        "SetRepositoryPolicy": {"registryId": ACCOUNT, "repositoryName": name, "policyText": "{}", "force": False},
        "DescribeRepositories": {"maxResults": 1000},
    }.items():
        received = request(operation, body)
        calls = 0

        def count(_frame: object, event: str, _argument: object) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            connection.data_received(received)
        finally:
            sys.setprofile(None)
        assert calls < 80, f"{operation}: {calls}"
