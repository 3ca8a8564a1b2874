# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""How Central is reached: options of the modules, else the environment variables of roxctl."""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .._errors import RegistryError
from .client import Connection

#: Options of every module for Central; the documentation fragment C(_rhacs) describes them.
CONNECTION_SPEC: dict[str, Any] = {
    "central_endpoint": {"type": "str"},
    "api_token": {"type": "str", "no_log": True},
    "api_token_file": {"type": "path"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "ca_path": {"type": "path"},
    "validate_certs": {"type": "bool"},
    "timeout": {"type": "int", "default": 90},
}
#: Of the ways to prove who we are there is one.
CONNECTION_EXCLUSIVE = [(one, other) for one in ("api_token", "api_token_file") for other in ("username", "password")]
CONNECTION_EXCLUSIVE.append(("api_token", "api_token_file"))

_ADMIN = "admin"
_FALSE = ("", "0", "f", "false", "no", "off", "n")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


def connection(params: Mapping[str, Any], environment: Mapping[str, str]) -> Connection:
    """How to reach Central. What is not in the options comes from the environment. Raises RegistryError."""
    if params["timeout"] < 1:
        raise RegistryError(f"'timeout' is {params['timeout']}; give at least 1 second, and more than AWS takes to answer Central")
    validate = params["validate_certs"]
    if validate is None:
        validate = environment.get("ROX_INSECURE_CLIENT_SKIP_TLS_VERIFY", "").lower() in _FALSE
    ca_path = params["ca_path"] or environment.get("ROX_CA_CERT_FILE") or None
    if ca_path:
        _check_authority(ca_path)
    url = base_url(params["central_endpoint"] or environment.get("ROX_ENDPOINT") or "")
    header, secret = _authorization(params, environment)
    return Connection(url, header, frozenset({header.partition(" ")[2], secret}), ca_path, validate, params["timeout"])


def base_url(endpoint: str) -> str:
    """The URL that paths are added to, of a host with or without C(https://) and port. Raises RegistryError."""
    if not endpoint:
        raise RegistryError("Central's address is not known; give 'central_endpoint', such as central.example.com:443, or set ROX_ENDPOINT")
    scheme, separator, rest = endpoint.strip().rpartition("://")
    if separator and scheme.lower() != "https":
        raise RegistryError(f"'central_endpoint' begins with {scheme}://; Central is reached by https only, or the token could be read")
    try:
        parts = urlsplit(f"https://{rest}")
        is_address = parts.hostname and parts.port != 0 and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        is_address = False
    if not is_address or re.search(r"\s", rest):
        raise RegistryError("'central_endpoint' is no address; give a host and a port, such as central.example.com:443")
    return f"https://{rest.rstrip('/')}"


def _check_authority(file: str) -> None:
    try:
        ssl.create_default_context(cafile=file)
    except ssl.SSLError as error:
        raise RegistryError(f"'ca_path' is {file}, which has no certificate in the format PEM") from error
    except OSError as error:
        raise RegistryError(f"'ca_path' is {file}, which cannot be read on the host that runs the task: {error.strerror}") from error


def _authorization(params: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[str, str]:
    """The value of the header Authorization, and the secret in it. Options come before the environment, and a token before a password."""
    if params["api_token"] is not None:
        return _bearer(params["api_token"], "'api_token'")
    if params["api_token_file"] is not None:
        return _bearer(_content(params["api_token_file"]), "the file in 'api_token_file'")
    password = params["password"] if params["password"] is not None else environment.get("ROX_ADMIN_PASSWORD")
    if params["password"] is not None or params["username"] is not None:
        return _basic(params["username"] or _ADMIN, password)
    if environment.get("ROX_API_TOKEN"):
        return _bearer(environment["ROX_API_TOKEN"], "ROX_API_TOKEN")
    if environment.get("ROX_API_TOKEN_FILE"):
        return _bearer(_content(environment["ROX_API_TOKEN_FILE"]), "the file in ROX_API_TOKEN_FILE")
    if password:
        return _basic(_ADMIN, password)
    raise RegistryError(
        "there are no credentials for Central; give 'api_token', 'api_token_file' or 'password', "
        "or set ROX_API_TOKEN, ROX_API_TOKEN_FILE or ROX_ADMIN_PASSWORD"
    )


def _bearer(token: str, where: str) -> tuple[str, str]:
    token = token.strip()
    if not _PRINTABLE.fullmatch(token):
        raise RegistryError(f"{where} is {'not a token' if token else 'empty'}; give a token that Central has generated")
    return f"Bearer {token}", token


def _basic(username: str, password: str | None) -> tuple[str, str]:
    if not password:
        raise RegistryError(f"the password of the user '{username}' is not known; give 'password', or set ROX_ADMIN_PASSWORD")
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode(), password


def _content(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise RegistryError(f"the token cannot be read from {file}: {error.strerror}") from error
