# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Central is reached: options before the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.connection import CONNECTION_SPEC, base_url, connection
from tests.lab.authority import Authority

NOTHING = dict.fromkeys(CONNECTION_SPEC) | {"timeout": 90}
HOST = {"central_endpoint": "central.example.com:443"}


def connected(params: dict[str, Any], **environment: str) -> Any:
    return connection({**NOTHING, **params}, environment)


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("central.example.com", "https://central.example.com"),
        ("central.example.com:8443", "https://central.example.com:8443"),
        ("https://central.example.com:8443/", "https://central.example.com:8443"),
        ("HTTPS://central.example.com", "https://central.example.com"),
        (" [::1]:8443 ", "https://[::1]:8443"),
        ("https://example.com/acs", "https://example.com/acs"),
    ],
)
def test_addresses(endpoint: str, url: str) -> None:
    assert base_url(endpoint) == url


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        ("", "give 'central_endpoint', such as central.example.com:443, or set ROX_ENDPOINT"),
        ("http://central:80", "begins with http://; Central is reached by https only"),
        ("central:none", "is no address"),
        ("central:0", "is no address"),
        ("https://", "is no address"),
        ("[::1", "is no address"),
        ("admin:pw@central", "is no address"),
        ("central.example.com?x=1", "is no address"),
        ("central example", "is no address"),
    ],
)
def test_no_addresses(endpoint: str, message: str) -> None:
    with pytest.raises(RegistryError, match=message) as caught:
        base_url(endpoint)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    ("params", "environment", "header"),
    [
        ({"api_token": "opt\n"}, {"ROX_API_TOKEN": "env"}, "Bearer opt"),
        ({"api_token_file": "FILE"}, {"ROX_API_TOKEN": "env"}, "Bearer filed"),
        ({"password": "pw"}, {"ROX_API_TOKEN": "env"}, "Basic YWRtaW46cHc="),
        ({"username": "u", "password": "pw"}, {}, "Basic dTpwdw=="),
        ({"username": "u"}, {"ROX_ADMIN_PASSWORD": "pw", "ROX_API_TOKEN": "env"}, "Basic dTpwdw=="),
        ({}, {"ROX_API_TOKEN": "env", "ROX_API_TOKEN_FILE": "FILE", "ROX_ADMIN_PASSWORD": "pw"}, "Bearer env"),
        ({}, {"ROX_API_TOKEN_FILE": "FILE", "ROX_ADMIN_PASSWORD": "pw"}, "Bearer filed"),
        ({}, {"ROX_ADMIN_PASSWORD": "pw"}, "Basic YWRtaW46cHc="),
    ],
)
def test_credentials(tmp_path: Path, params: dict[str, Any], environment: dict[str, str], header: str) -> None:
    file = tmp_path / "token"
    file.write_text("filed\n")
    params, environment = ({key: str(file) if value == "FILE" else value for key, value in one.items()} for one in (params, environment))
    found = connected({**HOST, **params}, **environment)
    assert found.authorization == header
    assert found.authorization.partition(" ")[2] in found.secrets
    assert {"pw", "filed", "env", "opt"} & found.secrets


@pytest.mark.parametrize(
    ("params", "environment", "message"),
    [
        ({}, {}, "there are no credentials for Central; give 'api_token', 'api_token_file' or 'password'"),
        ({"username": "u"}, {}, "the password of the user 'u' is not known"),
        ({"api_token": ""}, {"ROX_API_TOKEN": "env"}, "'api_token' is empty"),
        ({"api_token": "two words"}, {}, "'api_token' is not a token"),
        ({"api_token_file": "/no/such"}, {}, "the token cannot be read from /no/such: No such file or directory"),
        ({"api_token": "t", "ca_path": "/no/ca"}, {}, "'ca_path' is /no/ca, which cannot be read on the host that runs the task: No"),
        ({"api_token": "t", "ca_path": __file__}, {}, "which has no certificate in the format PEM"),
        ({"api_token": "t", "timeout": 0}, {}, "'timeout' is 0"),
    ],
)
def test_refusals(params: dict[str, Any], environment: dict[str, str], message: str) -> None:
    with pytest.raises(RegistryError, match=message) as caught:
        connected({**HOST, **params}, **environment)
    assert "two words" not in str(caught.value)


def test_the_rest_of_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(Authority("An authority of our own").pem)
    environment = {
        "ROX_ENDPOINT": "c:1",
        "ROX_API_TOKEN": "t",
        "ROX_CA_CERT_FILE": str(file),
        "ROX_INSECURE_CLIENT_SKIP_TLS_VERIFY": "true",
    }
    found = connected({}, **environment)
    assert (found.url, found.ca_path, found.validate_certs, found.timeout) == ("https://c:1", str(file), False, 90)
    assert connected({"validate_certs": True}, **environment).validate_certs
    assert connected({}, **{**environment, "ROX_INSECURE_CLIENT_SKIP_TLS_VERIFY": "false"}).validate_certs
    assert connected({**HOST}, **environment).url == "https://central.example.com:443"
