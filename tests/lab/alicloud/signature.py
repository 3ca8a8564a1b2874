# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ACS3-HMAC-SHA256: whether a request was signed with a secret (Alibaba Cloud's "V3 request body and signature")."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import typing as t
from urllib.parse import parse_qsl, quote

from .errors import Refused

ALGORITHM = "ACS3-HMAC-SHA256"
MINUTES = 15


class Request(t.NamedTuple):
    """What a signature covers. Header names are in lower case; `query` is as it was sent."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


class Authorization(t.NamedTuple):
    key: str
    signed: list[str]
    signature: str


def read_authorization(request: Request) -> Authorization:
    """What the Authorization header says. Raises Refused for a request without one, or with one that is not whole."""
    header = request.headers.get("authorization", "")
    if not header:
        raise Refused("MissingAccessKeyId", "AccessKeyId is mandatory for this action.")
    algorithm, _blank, rest = header.partition(" ")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if algorithm != ALGORITHM or not all(fields.get(name) for name in ("Credential", "SignedHeaders", "Signature")):
        raise Refused("IncompleteSignature", "The request signature does not conform to Aliyun standards.")
    return Authorization(fields["Credential"], fields["SignedHeaders"].split(";"), fields["Signature"])


def _must_be_signed(request: Request) -> set[str]:
    return {"host"} | {name for name in request.headers if name.startswith("x-acs-") or name == "content-type"}


def string_to_sign(request: Request, signed: t.Iterable[str]) -> str:
    """The text whose HMAC is the signature."""
    pairs = sorted(parse_qsl(request.query, keep_blank_values=True))
    query = "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in pairs)
    headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in signed)
    content = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join([request.method, request.path, query, headers, ";".join(signed), content])
    return f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"


def check(request: Request, authorization: Authorization, secret: str, now: float) -> None:
    """Raises Refused when the date is off, the content hash is wrong, a header is unsigned, or the signature is another one."""
    headers = request.headers
    try:
        date = datetime.datetime.strptime(headers.get("x-acs-date", ""), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC)
    except ValueError:
        raise Refused("InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.") from None
    if abs(now - date.timestamp()) > MINUTES * 60:
        raise Refused("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
    if not headers.get("x-acs-signature-nonce"):
        raise Refused("MissingSignatureNonce", "SignatureNonce is mandatory for this action.")
    unsigned = _must_be_signed(request) - set(authorization.signed)
    if unsigned or authorization.signed != sorted(authorization.signed):
        raise Refused("IncompleteSignature", "The request signature does not conform to Aliyun standards.")
    expected = string_to_sign(request, authorization.signed)
    signature = hmac.new(secret.encode(), expected.encode(), hashlib.sha256).hexdigest()
    right_content = headers.get("x-acs-content-sha256") == hashlib.sha256(request.body).hexdigest()
    if not right_content or not hmac.compare_digest(signature, authorization.signature):
        message = f"Specified signature is not matched with our calculation. server string to sign is:{expected}"
        raise Refused("SignatureDoesNotMatch", message)
