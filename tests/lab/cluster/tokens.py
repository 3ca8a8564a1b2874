# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Service account tokens: JWTs of the cluster's issuer, signed with its key."""

from __future__ import annotations

import base64
import functools
import json
import time
import typing as t

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

KEY_ID = "lab"


@functools.lru_cache(maxsize=1)
def _key() -> rsa.RSAPrivateKey:
    # One for all clusters of the process, as making one takes longer than most tests.
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def public_keys() -> dict[str, t.Any]:
    """The JSON Web Key Set of the issuer."""
    numbers = _key().public_key().public_numbers()
    key = {"use": "sig", "kty": "RSA", "kid": KEY_ID, "alg": "RS256", "n": _number(numbers.n), "e": _number(numbers.e)}
    return {"keys": [key]}


def service_account_token(
    issuer: str, account: dict[str, t.Any], audience: str, seconds: float, pod: dict[str, t.Any] | None = None
) -> str:
    """A token of a service account, perhaps bound to a pod."""
    meta, now = account["metadata"], int(time.time())
    about: dict[str, t.Any] = {"namespace": meta["namespace"], "serviceaccount": {"name": meta["name"], "uid": meta["uid"]}}
    if pod is not None:
        about["pod"] = {"name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]}
    claims = {
        "aud": [audience],
        "exp": now + int(seconds),
        "iat": now,
        "iss": issuer,
        "kubernetes.io": about,
        "nbf": now,
        "sub": f"system:serviceaccount:{meta['namespace']}:{meta['name']}",
    }
    signed = ".".join(_text(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": KEY_ID}, claims))
    return f"{signed}.{_text(_key().sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"
