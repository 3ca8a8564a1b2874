# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of Central, and integrations to give it."""

from __future__ import annotations

import base64
import gzip
import json
import ssl
import typing as t
import urllib.error
import urllib.request

from tests.lab.central import Central

LIST, TEST, TEST_UPDATED = "/v1/imageintegrations", "/v1/imageintegrations/test", "/v1/imageintegrations/test/updated"
REGISTRY, REGISTRY_REGION = "222222222222", "us-east-1"
HOST = f"{REGISTRY}.dkr.ecr.{REGISTRY_REGION}.amazonaws.com"
KEYS = {"useIam": False, "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "secretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}


def integration(name: str = "ecr-b-use1", **ecr: t.Any) -> dict[str, t.Any]:
    """An integration that uses container IAM, unless `ecr` says something else, and is not tested when it is written."""
    config = {"registryId": REGISTRY, "region": REGISTRY_REGION, "useIam": True, **ecr}
    return {"name": name, "type": "ecr", "categories": ["REGISTRY"], "skipTestIntegration": True, "ecr": config}


def with_test(given: dict[str, t.Any]) -> dict[str, t.Any]:
    return {**given, "skipTestIntegration": False}


class Answer(t.NamedTuple):
    status: int
    value: t.Any
    headers: t.Any

    @property
    def refusal(self) -> tuple[int, int, str]:
        """Status, code and message; the body has to be what Central's refusals are."""
        assert set(self.value) == {"code", "message", "details", "error"}, self.value
        assert self.value["error"] == self.value["message"] and self.value["details"] == []
        return self.status, self.value["code"], self.value["message"]


class Client:
    """Asks a Central, by default with the token of an administrator."""

    def __init__(self, central: Central, authorization: str | None = None) -> None:
        self.central = central
        self.authorization = f"Bearer {central.api_token}" if authorization is None else authorization
        self._trust = ssl.create_default_context(cafile=central.ca_path) if central.ca_path else None

    def bearing(self, token: str) -> Client:
        return Client(self.central, f"Bearer {token}")

    def with_password(self, user: str, password: str) -> Client:
        return Client(self.central, "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())

    def anonymous(self) -> Client:
        return Client(self.central, "")

    def __call__(self, method: str, path: str, body: t.Any = None, **headers: str) -> Answer:
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.central.endpoint + path, data, headers, method=method)
        if self.authorization:
            request.add_header("Authorization", self.authorization)
        try:
            with urllib.request.urlopen(request, timeout=20, context=self._trust) as answer:
                return self._answer(answer.status, answer)
        except urllib.error.HTTPError as error:
            with error:
                return self._answer(error.code, error)

    @staticmethod
    def _answer(status: int, answer: t.Any) -> Answer:
        body = answer.read()
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return Answer(status, json.loads(body), answer.headers)

    def make(self, given: dict[str, t.Any]) -> str:
        """Create an integration; returns its id."""
        made = self("POST", LIST, given)
        assert made.status == 200, made.value
        return str(made.value["id"])

    def update(self, identity: str, config: dict[str, t.Any], password: bool, method: str = "PATCH") -> Answer:
        body = config if method == "PUT" else {"config": config, "updatePassword": password}
        return self(method, f"{LIST}/{identity}", body)

    def health(self, name: str) -> tuple[str, str]:
        """The status and the error of an integration's health."""
        found = self("GET", "/v1/integrationhealth/imageintegrations").value["integrationHealth"]
        (one,) = [health for health in found if health["name"] == name]
        return one["status"], one["errorMessage"]
