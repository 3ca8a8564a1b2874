# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Calls of Central's API, and its errors in words that a user can act on."""

from __future__ import annotations

import json
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError

from ansible.module_utils.urls import Request

# By its full name, or pylint does not see that a CentralError is an exception.
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import ServiceError

from .._flow import TRIES, pauses

#: Names of the codes in an error's body. https://grpc.io/docs/guides/status-codes/
_CODES = {
    2: "Unknown",
    3: "InvalidArgument",
    4: "DeadlineExceeded",
    5: "NotFound",
    7: "PermissionDenied",
    8: "ResourceExhausted",
    12: "Unimplemented",
    13: "Internal",
    14: "Unavailable",
    16: "Unauthenticated",
}
_TROUBLE = (500, 502, 503, 504)
#: How long calls that change nothing are repeated, in seconds.
_PATIENCE = 60.0
#: What Central says when it has saved an integration that it cannot use, and when it cannot get at an image. They come as trouble of
#: Central, but do not go away. https://github.com/stackrox/stackrox/blob/master/central/imageintegration/service/service_impl.go
UNUSABLE, UNREACHABLE_IMAGE = "updating integration error", "image enrichment error"
_PERMISSION = re.compile(r'"(?P<access>READ(?:_WRITE)?_ACCESS)" for "(?P<resource>\w+)"')


@dataclass(frozen=True)
class Connection:
    """How Central is reached. ``url`` has no slash at its end; ``authorization`` is the header's value, ``secrets`` are in it."""

    url: str
    authorization: str = field(repr=False)
    secrets: frozenset[str] = field(repr=False, default=frozenset())
    ca_path: str | None = None
    validate_certs: bool = True
    timeout: float = 90.0


class CentralError(ServiceError):
    """A refusal of Central. ``status`` is the HTTP status, None when there was no answer; ``advice`` is what to do about it."""

    def __init__(
        self, operation: str, status: int | None, code: str, message: str, passing: str | None = None, advice: str | None = None
    ) -> None:
        super().__init__(operation, code, message, passing=passing)
        self.status = status
        answer = f"HTTP {status} {code}" if status else code
        self.args = (f"{operation}: {answer}: {message}" + (f". {advice}" if advice else ""),)


#: Opens a request: method, URL, and keywords C(data) and C(headers). Raises OSError or HTTPException.
Opener = Callable[..., Any]


class Central:
    """Central's API. ``opener``, ``clock`` and ``sleep`` can be replaced in tests."""

    def __init__(
        self,
        connection: Connection,
        opener: Opener | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = connection.url
        self._timeout = connection.timeout
        # A redirect, or a .netrc, would send the token elsewhere, or something else instead of it.
        self._open = (
            opener
            or Request(
                headers={"Authorization": connection.authorization, "Accept": "application/json"},
                timeout=connection.timeout,
                validate_certs=connection.validate_certs,
                ca_path=connection.ca_path,
                follow_redirects="none",
                use_netrc=False,
                http_agent="Ansible crossaccount.registry",
            ).open
        )
        self._clock = clock
        self._sleep = sleep

    def get(self, path: str) -> dict[str, Any]:
        """Reads something; repeated while Central is in trouble. Raises CentralError."""
        return self._repeated("GET", path, None)

    def ask(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A POST that changes nothing; repeated like a read. Raises CentralError."""
        return self._repeated("POST", path, body)

    def write(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Changes something, and asks for it once. Raises CentralError; one that is ``passing`` may have taken effect."""
        return self._call(method, path, body)

    def _repeated(self, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        waits, deadline, tries = pauses(), self._clock() + _PATIENCE, 0
        while True:
            try:
                return self._call(method, path, body)
            except CentralError as error:
                pause, tries = next(waits), tries + 1
                if not error.passing or tries == TRIES or self._clock() + pause > deadline:
                    raise
            self._sleep(pause)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        operation = f"{method} {path.partition('?')[0]}"
        data = None if body is None else json.dumps(body).encode()
        headers = {} if data is None else {"Content-Type": "application/json"}
        try:
            with self._open(method, self._url + path, data=data, headers=headers) as response:
                text = response.read()
        except HTTPError as error:
            raise _refusal(operation, error) from None
        except (OSError, HTTPException) as error:
            raise self._unreachable(operation, error) from None
        answer = _json_object(text)
        if answer is None:
            raise CentralError(operation, None, "NotCentral", f"{self._url} answers with something else than JSON", advice=_ENDPOINT)
        return answer

    def _unreachable(self, operation: str, error: Exception) -> CentralError:
        """The error when there is no answer. Does not show the request."""
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, ssl.SSLCertVerificationError) and _ANOTHER_NAME.search(str(reason)):
            return CentralError(operation, None, "CertificateOfAnotherName", f"{self._url}: {reason}", advice=_NAMES)
        if isinstance(reason, ssl.SSLCertVerificationError):
            advice = "Give the file with the certificate of its authority in 'ca_path'; 'roxctl central cert' shows it"
            return CentralError(operation, None, "CertificateNotTrusted", f"{self._url}: {reason}", advice=advice)
        if isinstance(reason, socket.gaierror):
            return CentralError(operation, None, "NameNotResolved", f"{self._url}: {reason.strerror}", advice=_ENDPOINT)
        if isinstance(reason, ssl.SSLError) and "WRONG_VERSION_NUMBER" in str(reason):
            return CentralError(operation, None, "NotTls", f"{self._url} does not speak TLS", advice=_ENDPOINT)
        if isinstance(reason, TimeoutError):
            passing = f"Central did not answer within {self._timeout:.0f} seconds"
            advice = "Central may wait for AWS; give it a longer 'timeout'"
            return CentralError(operation, None, "Timeout", f"{self._url}: {passing}", passing, advice)
        return CentralError(operation, None, "NoAnswer", f"{self._url}: {reason}", "Central did not answer", _ENDPOINT)


_ENDPOINT = "Check 'central_endpoint', and that Central is running"
_NAMES = "Give a name that is in Central's certificate in 'central_endpoint'"
_ANOTHER_NAME = re.compile("Hostname mismatch|IP address mismatch")


def _refusal(operation: str, error: HTTPError) -> CentralError:
    """What an HTTP error means. Central answers {"code", "message", "details", "error"}."""
    try:
        body = _json_object(error.read())
    except (OSError, HTTPException):
        body = None
    if 300 <= error.code < 400:
        message = f"it redirects to {error.headers.get('Location')}"
        return CentralError(operation, error.code, "Redirect", message, advice="Give the address that answers itself in 'central_endpoint'")
    if body is None or "message" not in body:
        advice = None if error.code in _TROUBLE else "This is no answer of Central. " + _ENDPOINT
        return CentralError(operation, error.code, "NotCentral", str(error.reason), _passing(error.code, ""), advice)
    code, message = _CODES.get(body.get("code", 2), "Unknown"), str(body["message"])
    return CentralError(operation, error.code, code, message, _passing(error.code, message), _advice(error.code, message))


def _passing(status: int, message: str) -> str | None:
    if status == 429:
        return "Central takes no more requests for the moment"
    lasts = UNUSABLE in message or UNREACHABLE_IMAGE in message
    return "Central has trouble of its own" if status in _TROUBLE and not lasts else None


def _advice(status: int, message: str) -> str | None:
    """What to do about a refusal.

    Without credentials that it knows, Central answers reads of integrations with 403, and writes with 401.
    """
    permission = _PERMISSION.search(message)
    if status == 403 and permission:
        return f"Give the role of the token {permission['access']} to {permission['resource']}"
    if status == 401 or (status == 403 and "credentials not found" in message):
        return "Central does not know these credentials; check that they are of this Central, not expired and not revoked"
    return None


def _json_object(text: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
