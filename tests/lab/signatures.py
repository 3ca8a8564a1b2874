# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signature Version 4, as far as a server needs it: does the signature of a request belong to the secret?"""

from __future__ import annotations

import hashlib
import hmac
import re
import typing as t
from urllib.parse import parse_qsl, quote

if t.TYPE_CHECKING:
    from .wire import Credential


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _header(environ: dict[str, t.Any], name: str) -> str:
    key = name.upper().replace("-", "_")
    value = environ.get(key) if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else environ.get("HTTP_" + key)
    return re.sub(r" +", " ", str(value or "").strip())


def _path(environ: dict[str, t.Any]) -> str:
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI") or quote(environ.get("PATH_INFO", "/"))
    return quote(str(raw).partition("?")[0], safe="/~%") or "/"


def signature_matches(credential: Credential, secret: str, environ: dict[str, t.Any], body: bytes) -> bool:
    """Whether the Authorization header was made with this secret, over this request."""
    names = credential.signed_headers.split(";")
    query = sorted(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    request = "\n".join(
        [
            environ.get("REQUEST_METHOD", "POST"),
            _path(environ),
            "&".join(f"{quote(key, safe='-_.~')}={quote(value, safe='-_.~')}" for key, value in query),
            "".join(f"{name}:{_header(environ, name)}\n" for name in names),
            credential.signed_headers,
            _header(environ, "x-amz-content-sha256") or hashlib.sha256(body).hexdigest(),
        ]
    )
    scope = f"{credential.date}/{credential.region}/{credential.service}/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", _header(environ, "x-amz-date"), scope, hashlib.sha256(request.encode()).hexdigest()])
    key = _hmac(("AWS4" + secret).encode(), credential.date)
    for part in (credential.region, credential.service, "aws4_request"):
        key = _hmac(key, part)
    return hmac.compare_digest(hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest(), credential.signature)
