# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls against the stand-in: what is repeated, what is not, and what errors say."""

from __future__ import annotations

import http.server
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud import errors, library
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.client import AlicloudClient, Connection
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.credentials import Keys
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.errors import AlicloudError
from tests.lab.alicloud import AlibabaCloud

TRUST = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["eci.aliyuncs.com"]}}]}'
NEW = {"RoleName": "role-new", "AssumeRolePolicyDocument": TRUST}


@pytest.fixture
def role(cloud: AlibabaCloud) -> str:
    """The name of a role of account A."""
    cloud.account("1609982529000001").call("ram", "CreateRole", RoleName="role-there", AssumeRolePolicyDocument=TRUST)
    return "role-there"


def attempts(cloud: AlibabaCloud, operation: str) -> int:
    return len(cloud.journal(operation=operation))


TROUBLE: dict[str, dict[str, Any]] = {
    "throttled": {"error": "Throttling.User", "status": 429, "retry_after": 1},
    "throttled without a wish": {"error": "Throttling", "status": 400},
    "rejected": {"error": "Rejected.Throttling", "status": 400},
    "unavailable": {"error": "ServiceUnavailable", "status": 503},
    "a page of a gateway": {"status": 502, "html": True},
    "no answer": {"drop": "before"},
    "a lost answer": {"drop": "after"},
}


@pytest.mark.parametrize("fault", TROUBLE.values(), ids=TROUBLE)
def test_what_only_reads_is_repeated(
    cloud: AlibabaCloud, client: AlicloudClient, role: str, pauses: list[float], fault: dict[str, Any]
) -> None:
    cloud.fail_next("GetRole", times=2, **fault)
    assert client.call("ram", "GetRole", {"RoleName": role})["Role"]["RoleName"] == role
    assert attempts(cloud, "GetRole") == 3
    assert len(pauses) == 2
    assert pauses[0] < pauses[1] * 1.6
    if fault.get("retry_after"):
        assert min(pauses) >= 0.001


@pytest.mark.parametrize(("name", "fault"), TROUBLE.items(), ids=TROUBLE)
def test_a_write_is_repeated_only_when_it_was_not_executed(
    cloud: AlibabaCloud, client: AlicloudClient, name: str, fault: dict[str, Any]
) -> None:
    cloud.fail_next("CreateRole", **fault)
    if name in ("throttled", "throttled without a wish", "rejected"):
        client.call("ram", "CreateRole", NEW)
        assert attempts(cloud, "CreateRole") == 2
        return
    with pytest.raises(AlicloudError) as refused:
        client.call("ram", "CreateRole", NEW)
    assert refused.value.passing
    assert attempts(cloud, "CreateRole") == 1


def test_a_write_with_a_client_token_is_repeated(cloud: AlibabaCloud, client: AlicloudClient) -> None:
    cloud.fail_next("CreateRole", drop="before")
    client.call("ram", "CreateRole", NEW, repeats=True)
    assert attempts(cloud, "CreateRole") == 2


@contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server; gives its URL."""
    server = http.server.HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


class _Answers(http.server.BaseHTTPRequestHandler):
    """Answers all requests alike, as something else than the service does."""

    status, body = 200, b""

    def do_POST(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


ODD: dict[str, tuple[int, bytes, str]] = {
    "a list": (200, b"[]", "UnreadableAnswer: .*the answer is no JSON object"),
    "nothing": (200, b"null", "UnreadableAnswer: .*the answer is no JSON object"),
    "a refusal that is a list": (404, b"[]", "UnreadableAnswer"),
    "a long page": (502, b"<html>" + b"x" * 100_000, r"UnreadableAnswer.{500,700}\.\.\.$"),
    "too many requests": (429, b"{}", "^GetInstance: HTTP 429: no reason is given$"),
}


@pytest.mark.parametrize(("status", "body", "problem"), ODD.values(), ids=ODD)
def test_answers_of_something_else(status: int, body: bytes, problem: str) -> None:
    handler = type("Odd", (_Answers,), {"status": status, "body": body})
    with serving(handler) as url, pytest.raises(AlicloudError, match=problem) as refused:
        AlicloudClient(Connection("cn-hangzhou", url, max_attempts=1), lambda: Keys("LTAIkey", "secret")).call("cr", "GetInstance")
    assert refused.value.passing


def test_older_versions_of_the_library_let_errors_through(client: AlicloudClient, monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        def __init__(self, _config: object) -> None:
            """Takes what the new one takes."""

        def call_api(self, *_arguments: object) -> None:
            raise RuntimeError("Failed to parse the value as json format")

    monkeypatch.setattr(library, "Client", Old)
    with pytest.raises(AlicloudError, match="UnreadableAnswer") as refused:
        client.call("ram", "CreateRole", NEW)
    assert refused.value.passing


def test_attempts_are_bounded(cloud: AlibabaCloud, client: AlicloudClient, pauses: list[float]) -> None:
    cloud.fail_next("GetRole", error="Throttling.User", status=429, times=99)
    with pytest.raises(AlicloudError) as refused:
        client.call("ram", "GetRole", {"RoleName": "x"})
    assert refused.value.code == "Throttling.User"
    assert attempts(cloud, "GetRole") == 5
    assert len(pauses) == 4
    assert sum(pauses) < 10


def test_an_error_says_what_was_refused_and_what_to_do(cloud: AlibabaCloud, client: AlicloudClient) -> None:
    with pytest.raises(AlicloudError) as refused:
        client.call("ram", "GetRole", {"RoleName": "nobody"})
    error = refused.value
    (entry,) = cloud.journal(operation="GetRole")
    assert (error.operation, error.code, error.request_id) == ("GetRole", "EntityNotExist.Role", entry["request_id"])
    assert "status" not in error.message
    assert str(error) == f"GetRole: EntityNotExist.Role: {error.message} (request id {error.request_id})"
    assert error.passing is None


def test_an_answer_that_says_no_with_http_200_is_an_error(cloud: AlibabaCloud, client: AlicloudClient) -> None:
    with pytest.raises(AlicloudError) as refused:
        client.call("cr", "GetInstance", {"InstanceId": "cri-nothing"})
    assert refused.value.code == "INSTANCE_NOT_EXIST"
    assert refused.value.request_id == cloud.journal(operation="GetInstance")[0]["request_id"]


def as_key(cloud: AlibabaCloud, key_id: str, secret: str, token: str | None = None) -> AlicloudClient:
    return AlicloudClient(Connection(None, cloud.endpoint, max_attempts=1), lambda: Keys(key_id, secret, token))


def test_errors_do_not_repeat_secrets(cloud: AlibabaCloud) -> None:
    key = cloud.account("1609982529000001").key
    for client, code, advice in (
        (as_key(cloud, key.id, "not-the-secret"), "SignatureDoesNotMatch", "check 'access_key_secret'"),
        (as_key(cloud, "LTAInobody", "any"), "InvalidAccessKeyId.NotFound", "check 'access_key_id'"),
    ):
        with pytest.raises(AlicloudError) as refused:
            client.call("sts", "GetCallerIdentity")
        assert refused.value.code == code
        assert advice in str(refused.value)
        assert "not-the-secret" not in str(refused.value)
    error = AlicloudError("ram", "GetRole", "C", "the token s3cret is bad")
    assert "s3cret" not in f"{errors.without(error, ['s3cret', None])}{error.message}"
    signed = {"Code": "SignatureDoesNotMatch", "Message": "It does not match. server string to sign is:POST x-acs-security-token:s3cret"}
    assert "s3cret" not in str(errors.refusal("ram", "GetRole", signed, 400))


def test_a_caller_without_permission_is_told_which_one(cloud: AlibabaCloud) -> None:
    key = cloud.account("1609982529000001").user("robot")
    with pytest.raises(AlicloudError, match=r"allow it ram:GetRole in a RAM policy"):
        as_key(cloud, key.id, key.secret).call("ram", "GetRole", {"RoleName": "x"})


def test_a_network_error_does_not_repeat_the_request() -> None:
    client = AlicloudClient(Connection(None, "http://127.0.0.1:9", 1, 1, 1), lambda: Keys("LTAIkey", "secret"))
    with pytest.raises(AlicloudError) as refused:
        client.call("ram", "GetRole", {"RoleName": "very-private"})
    assert refused.value.code == "NoAnswer"
    assert refused.value.passing
    assert "127.0.0.1:9" in str(refused.value)
    assert not any(text in str(refused.value) for text in ("very-private", "LTAIkey", "secret"))


def test_timeouts_are_in_seconds(cloud: AlibabaCloud) -> None:
    key = cloud.account("1609982529000001").key
    client = AlicloudClient(Connection(None, cloud.endpoint, 1, 0.2, 1), lambda: Keys(key.id, key.secret))
    cloud.fail_next("GetCallerIdentity", delay=1.0)
    with pytest.raises(AlicloudError, match="NoAnswer"):
        client.call("sts", "GetCallerIdentity")


def test_pages(cloud: AlibabaCloud, client: AlicloudClient) -> None:
    for at in range(5):
        cloud.account("1609982529000001").call("ram", "CreateRole", RoleName=f"role-{at}", AssumeRolePolicyDocument=TRUST)
    pages = list(client.pages("ram", "ListRoles", {"MaxItems": 2}))
    assert [[role["RoleName"] for role in page["Roles"]["Role"]] for page in pages] == [
        ["role-0", "role-1"],
        ["role-2", "role-3"],
        ["role-4"],
    ]


def test_a_long_document_travels_in_the_body(cloud: AlibabaCloud, client: AlicloudClient) -> None:
    resources = ",".join(f'"acs:cr:*:*:repository/cri-a/namespace-{at}/*"' for at in range(100))
    document = f'{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"cr:PullRepository","Resource":[{resources}]}}]}}'
    client.call("ram", "CreatePolicy", {"PolicyName": "long", "PolicyDocument": document})
    assert cloud.account("1609982529000001").policies["long"].default.document == document


def test_the_loggers_of_the_library_are_silent(
    cloud: AlibabaCloud, client: AlicloudClient, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEBUG", "sdk")
    client.call("sts", "GetCallerIdentity")
    logging.getLogger("credentials").warning("a key")
    assert capfd.readouterr() == ("", "")
    assert cloud.journal(operation="GetCallerIdentity")


class _Proxy(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_error(418)

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def proxy() -> Iterator[str]:
    """A proxy that lets nothing through."""
    with serving(_Proxy) as url:
        yield url


def test_no_proxy_is_honoured(client: AlicloudClient, proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library itself does not look at it."""
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(AlicloudError, match="UnreadableAnswer"):
        client.call("sts", "GetCallerIdentity")
    for exempt in ("127.0.0.1", "example.com,127.0.0.0/8", "*"):
        monkeypatch.setenv("NO_PROXY", exempt)
        assert client.call("sts", "GetCallerIdentity")["AccountId"]
        assert os.environ["HTTP_PROXY"] == proxy
    with pytest.raises(RuntimeError), library.proxies_for("http://127.0.0.1/"):
        raise RuntimeError
    assert os.environ["HTTP_PROXY"] == proxy
