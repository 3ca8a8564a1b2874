# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Authorization tokens of registries: whose they are, for which region, and until when."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
import typing as t

from .callers import Caller
from .operations import on_reset

LIFE = 12 * 3600  # API reference, GetAuthorizationToken


class Token(t.NamedTuple):
    caller: Caller
    region: str
    expires: float


# password -> what it stands for
_TOKENS: dict[str, Token] = {}


@on_reset
def forget() -> None:
    _TOKENS.clear()


def issue(caller: Caller, region: str) -> tuple[str, float]:
    """A new password for a caller, and when it expires, in seconds since the epoch."""
    expires = int(time.time()) + LIFE
    parts = {
        "payload": base64.b64encode(secrets.token_bytes(960)).decode(),
        "datakey": base64.b64encode(secrets.token_bytes(184)).decode(),
        "version": "2",
        "type": "DATA_KEY",
        "expiration": expires,
    }
    password = base64.b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode()
    _TOKENS[password] = Token(caller, region, expires)
    return password, expires


def token_of(authorization: str) -> Token | None:
    """The token behind an Authorization header; None when there is none that the lab has given."""
    scheme, _space, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return _TOKENS.get(password) if user == "AWS" else None


def expire(account: str) -> int:
    """Let the tokens of an account's principals (* is everybody's) expire now; returns how many."""
    found = [password for password, token in _TOKENS.items() if account in ("*", token.caller.account)]
    for password in found:
        _TOKENS[password] = _TOKENS[password]._replace(expires=time.time() - 1)
    return len(found)
