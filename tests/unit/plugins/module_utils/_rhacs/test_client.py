# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls of Central: what is asked again, and what each of its errors becomes."""

from __future__ import annotations

import email.message
import io
import json
import socket
import ssl
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError, URLError

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.client import Central, CentralError, Connection

TOKEN = "ey-canary-token"
LIST = "/v1/imageintegrations"


class Answers:
    """Opens nothing: gives these answers one after the other, the last one again and again."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, str, Any]] = []
        self.now = 0.0

    def open(self, method: str, url: str, data: bytes | None, headers: dict[str, str]) -> Any:
        self.asked.append((method, url, data))
        assert bool(headers) is (data is not None)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return io.BytesIO(answer)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def central(*answers: Any) -> tuple[Central, Answers]:
    found = Answers(*answers)
    return Central(Connection("https://c:443", f"Bearer {TOKEN}"), found.open, lambda: found.now, found.sleep), found


def refused(status: int, code: int = 0, message: str = "", body: bytes | None = None, **headers: str) -> HTTPError:
    content = json.dumps({"code": code, "message": message, "details": [], "error": message}).encode() if body is None else body
    told = email.message.Message()
    for name, value in headers.items():
        told[name] = value
    return HTTPError("https://c:443", status, "Reason", told, io.BytesIO(content))


def error_of(call: Callable[[], Any]) -> CentralError:
    with pytest.raises(CentralError) as caught:
        call()
    assert TOKEN not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


def test_reads_are_asked_again() -> None:
    client, answers = central(
        refused(503, 14, "restarting"), ConnectionResetError("reset"), refused(429, 8, "slowly"), b'{"integrations":[]}'
    )
    assert client.get(LIST) == {"integrations": []}
    assert len(answers.asked) == 4
    assert answers.now > 1


def test_a_test_is_asked_again_like_a_read() -> None:
    client, answers = central(refused(503, 14, "restarting"), b"{}")
    assert client.ask(f"{LIST}/test", {"a": 1}) == {}
    assert answers.asked == [("POST", f"https://c:443{LIST}/test", b'{"a": 1}')] * 2


def test_reads_are_not_asked_forever() -> None:
    client, answers = central(*(refused(500, 13, "Database operation failed") for _time in range(9)))
    assert "HTTP 500 Internal: Database operation failed" in str(error_of(lambda: client.get(LIST)))
    assert len(answers.asked) == 8
    assert answers.now < 60


def test_a_write_is_asked_once() -> None:
    for trouble in (refused(503, 14, "restarting"), ConnectionResetError("reset"), TimeoutError()):
        client, answers = central(trouble)
        assert error_of(lambda client=client: client.write("POST", LIST, {})).passing  # type: ignore[misc]
        assert len(answers.asked) == 1


@pytest.mark.parametrize(
    ("answer", "told", "passing"),
    [
        (
            refused(
                403, 7, "not authorized: no authorizer could authorize this request: errors: [credentials not found, credentials not found]"
            ),
            "Central does not know these credentials; check that they are of this Central, not expired and not revoked",
            False,
        ),
        (refused(401, 16, "credentials not found: token-based: cannot extract identity"), "HTTP 401 Unauthenticated", False),
        (
            refused(403, 7, 'not authorized: "READ_WRITE_ACCESS" for "Integration"'),
            "Give the role of the token READ_WRITE_ACCESS to Integration",
            False,
        ),
        (
            refused(403, 7, 'errors: [credentials not found, not authorized: "READ_ACCESS" for "Integration"]'),
            "Give the role of the token READ_ACCESS to Integration",
            False,
        ),
        (
            refused(400, 3, 'Validation error: integration with name "x" already exists: invalid arguments'),
            'HTTP 400 InvalidArgument: Validation error: integration with name "x" already exists',
            False,
        ),
        (refused(404, 5, "image integration x not found: not found"), "HTTP 404 NotFound", False),
        (refused(500, 13, "updating integration error: ECR Validation error: Region must be specified"), "HTTP 500 Internal", False),
        (refused(500, 13, "image enrichment error: error getting metadata"), "HTTP 500 Internal", False),
        (refused(500, 13, "Database operation failed"), "HTTP 500 Internal", True),
        (refused(502, body=b"<html>"), "HTTP 502 NotCentral: Reason", True),
        (refused(404, body=b"<html>"), "This is no answer of Central. Check 'central_endpoint'", False),
        (refused(302, body=b"", Location="https://login"), "HTTP 302 Redirect: it redirects to https://login", False),
        (b"<html>", "NotCentral: https://c:443 answers with something else than JSON", False),
        (b"[]", "answers with something else than JSON", False),
        (URLError(ssl.SSLCertVerificationError("self-signed")), "Give the file with the certificate of its authority in 'ca_path'", False),
        (
            URLError(ssl.SSLCertVerificationError(1, "Hostname mismatch, certificate is not valid for 'c'. (_ssl.c:1010)")),
            "Give a name that is in Central's certificate in 'central_endpoint'",
            False,
        ),
        (URLError(ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")), "https://c:443 does not speak TLS", False),
        (URLError(socket.gaierror(-2, "Name or service not known")), "NameNotResolved: https://c:443: Name or service not known", False),
        (URLError(TimeoutError("timed out")), "Central did not answer within 90 seconds. Central may wait for AWS", True),
        (TimeoutError("The read operation timed out"), "did not answer within 90 seconds", True),
        (ConnectionRefusedError(111, "Connection refused"), "NoAnswer: https://c:443: [Errno 111] Connection refused", True),
    ],
)
def test_errors(answer: Any, told: str, passing: bool) -> None:
    error = error_of(lambda: central(answer)[0].write("PATCH", f"{LIST}/7?x=y", {"secret": "s"}))
    assert told in str(error)
    assert str(error).startswith(f"PATCH {LIST}/7: ")
    assert bool(error.passing) is passing
    assert '"secret"' not in str(error)


def test_a_connection_does_not_show_its_secrets() -> None:
    assert TOKEN not in repr(Connection("https://c", f"Bearer {TOKEN}", frozenset({TOKEN})))
