# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who asks Central, and what they may: API tokens, the administrator's password, permissions on resources."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import secrets
import time
import typing as t

from .errors import DENIED, UNAUTHENTICATED, Refused, invalid

READ, READ_WRITE = "READ", "READ_WRITE"
RESOURCES = ("Administration", "Cluster", "Image", "Integration")
# Of the roles that Central has from the start, those that matter here.
ROLES: dict[str, dict[str, str]] = {
    "Admin": dict.fromkeys(RESOURCES, READ_WRITE),
    "Analyst": dict.fromkeys(RESOURCES, READ),
    "Continuous Integration": {"Image": READ_WRITE},
    "None": {},
}
NOBODY = "credentials not found"
UNKNOWN_TOKEN = f"{NOBODY}: token-based: cannot extract identity: token validation failed"
# The facts have the text for tokens only.
UNKNOWN_PASSWORD = f"{NOBODY}: basic: cannot extract identity: invalid username and/or password"


@dataclasses.dataclass(frozen=True)
class User:
    """Who asks. `problem` is why nobody is known, and then there are no permissions."""

    name: str
    permissions: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    problem: str = ""


class Users:
    """The administrator, and everybody who has a token."""

    def __init__(self) -> None:
        self.password = secrets.token_urlsafe(16)
        self._tokens: dict[str, tuple[User, float]] = {}

    def token(self, name: str, permissions: t.Mapping[str, str], seconds: float) -> str:
        """A new token, of the shape that Central's have."""
        claims = {"iss": "https://stackrox.io/jwt", "jti": secrets.token_hex(16), "name": name}
        parts = (json.dumps({"alg": "RS256", "kid": "jwtk0"}).encode(), json.dumps(claims).encode(), secrets.token_bytes(256))
        token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
        self._tokens[token] = User(name, dict(permissions)), time.time() + seconds
        return token

    def who(self, authorization: str) -> User:
        """Who an Authorization header stands for."""
        scheme, _space, value = authorization.partition(" ")
        if scheme.lower() == "bearer":
            user, expires = self._tokens.get(value.strip(), (None, 0.0))
            return user if user is not None and time.time() < expires else User("", problem=UNKNOWN_TOKEN)
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(value, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                given = ""
            return User("admin", ROLES["Admin"]) if given == f"admin:{self.password}" else User("", problem=UNKNOWN_PASSWORD)
        return User("", problem=NOBODY)

    def generate(self, request: dict[str, t.Any]) -> dict[str, t.Any]:
        """A token for what POST /v1/apitokens/generate is given."""
        roles = [*(request.get("roles") or []), *([request["role"]] if request.get("role") else [])]
        if not request.get("name"):
            raise invalid("token name cannot be empty")
        unknown = [role for role in roles if role not in ROLES]
        if unknown or not roles:
            raise invalid(f'role "{unknown[0]}" does not exist' if unknown else "missing roles")
        granted: dict[str, str] = {}
        for role in roles:
            for resource, access in ROLES[role].items():
                granted[resource] = max(granted.get(resource, ""), access, key=len)
        token = self.token(request["name"], granted, 365 * 86400)
        return {"token": token, "metadata": {"id": secrets.token_hex(16), "name": request["name"], "roles": roles, "revoked": False}}


def _missing(user: User, resource: str, access: str) -> str:
    """Why a user does not have an access to a resource; empty for one who has."""
    if user.problem:
        return user.problem
    granted = user.permissions.get(resource, "")
    if granted in (READ_WRITE, access):
        return ""
    return f'not authorized: "{access}_ACCESS" for "{resource}"'


def demand(user: User, resource: str, access: str) -> None:
    """Refuse a user who does not have this access."""
    missing = _missing(user, resource, access)
    if missing:
        raise Refused(UNAUTHENTICATED if user.problem else DENIED, missing)


def demand_as_sensor_or_user(user: User, resource: str, access: str) -> None:
    """The same, where sensors may ask too: whoever may not is told why neither of the two is, and always by 403."""
    missing = _missing(user, resource, access)
    if missing:
        why = NOBODY if user.problem else missing
        raise Refused(DENIED, f"not authorized: no authorizer could authorize this request: errors: [{NOBODY}, {why}]")
