# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry that Central made of an integration: it has a token, and speaks the distribution API with the lab's registry."""

from __future__ import annotations

import base64
import http.client
import json
import re
import ssl
import typing as t
from urllib.parse import quote, urlsplit

from ..processes import Process
from .aws import AwsFailure, Token, authorization_token

if t.TYPE_CHECKING:
    from tests.lab import Lab

SECONDS = 10
# What Central accepts as a manifest.
ACCEPT = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
)


class RegistryFailure(Exception):
    """What Go's HTTP client and the registry say."""


class Registry:
    """A registry in memory. It asks for a token when it is made, and when that fails only logs it, as Central does."""

    def __init__(self, lab: Lab | None, process: Process, config: dict[str, t.Any]) -> None:
        self._lab, self._process, self._config = lab, process, config
        self.host = f"{config['registryId']}.dkr.ecr.{config['region']}.amazonaws.com"
        self._token: Token | None = None
        data = config["authorizationData"]
        self._given = None if data is None else Token(data["username"], data["password"], float("inf"))
        try:
            self._refresh()
        except AwsFailure:
            self._token = None

    def _refresh(self) -> Token:
        if self._given is not None:
            return self._given
        if self._token is None or not self._token.usable:
            self._token = authorization_token(self._lab, self._process, self._config)
        return self._token

    def get(self, path: str, method: str = "GET") -> tuple[t.Any, bytes]:
        """The headers and body of an answer with status 200, after its redirects; raises RegistryFailure."""
        url = f"https://{self.host}{path}"
        start = f'{method.capitalize()} "{url}": '
        try:
            token = self._refresh()
        except AwsFailure as failure:
            raise RegistryFailure(f"{start}failed to get authorization token: {failure}") from None
        basic = base64.b64encode(f"{token.user}:{token.password}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Accept": ", ".join(ACCEPT)}
        for _redirect in range(5):
            try:
                answer, body = self._ask(method, url, headers)
            except (OSError, http.client.HTTPException) as error:
                raise RegistryFailure(start + _go_error(error, str(urlsplit(url).hostname))) from None
            if answer.status not in (301, 302, 307):
                break
            url, headers = answer.headers["Location"], {}  # another host is not shown the password
        if answer.status != 200:
            text = json.dumps(body.decode("utf-8", "replace"))
            raise RegistryFailure(f"{start}http: non-successful response (status={answer.status} body={text})")
        return answer.headers, body

    def _ask(self, method: str, url: str, headers: dict[str, str]) -> tuple[t.Any, bytes]:
        if self._lab is None:
            raise ConnectionRefusedError
        environment, where = self._lab.registry_environment, urlsplit(url)
        proxy = urlsplit(environment["HTTPS_PROXY"])
        trust = ssl.create_default_context(cafile=environment["SSL_CERT_FILE"])
        connection = http.client.HTTPSConnection(str(proxy.hostname), proxy.port, context=trust, timeout=SECONDS)
        try:
            connection.set_tunnel(str(where.hostname), 443)
            connection.request(method, where.path + (f"?{where.query}" if where.query else ""), headers=headers)
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def test(self) -> None:
        """Look at all pages of the catalogue; raises RegistryFailure."""
        path = "/v2/_catalog"
        while path:
            headers, _body = self.get(path)
            following = re.match(r"<([^>]+)>", headers.get("Link") or "")
            path = following[1] if following else ""

    def digest(self, name: str, reference: str) -> str:
        """The digest of a tag; raises RegistryFailure."""
        headers, _body = self.get(f"/v2/{quote(name)}/manifests/{quote(reference, safe=':')}", "HEAD")
        return str(headers["Docker-Content-Digest"])

    def manifest(self, name: str, reference: str) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", json.loads(self.get(f"/v2/{quote(name)}/manifests/{quote(reference, safe=':')}")[1]))

    def blob(self, name: str, digest: str) -> bytes:
        return self.get(f"/v2/{quote(name)}/blobs/{digest}")[1]


def _go_error(error: Exception, host: str) -> str:
    """Why Go could not connect. A host that the lab's proxy does not lead to is one that no DNS knows."""
    if "Tunnel connection failed" in str(error) or isinstance(error, ConnectionRefusedError):
        return f"dial tcp: lookup {host}: no such host"
    return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)" if isinstance(error, TimeoutError) else "EOF"
