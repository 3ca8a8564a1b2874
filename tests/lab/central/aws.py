# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Central gets an authorization token: credentials of its mode, perhaps an assumed role, GetAuthorizationToken; all of it at the lab.

Errors are told as the AWS SDK for Go tells them, from the outermost call to the innermost.
"""

from __future__ import annotations

import base64
import re
import time
import typing as t

from ..processes import AgentRefused, Process

if t.TYPE_CHECKING:
    from tests.lab import Lab

REFRESH_BEFORE = 300  # seconds before a token expires
REFRESH_FAILED = "get identity: get credentials: failed to refresh cached credentials, "
# What an `endpoint` has to be to lead to the ECR API of a region.
ENDPOINT = re.compile(r"(?:vpce-[a-z0-9-]+\.)?(?:api\.)?ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?:vpce\.)?amazonaws\.com")
NO_ROLE = "no EC2 IMDS role found, operation error ec2imds: GetMetadata, http response error StatusCode: 404, request to EC2 IMDS failed"


class AwsFailure(Exception):
    """What the SDK says."""


class Keys(t.NamedTuple):
    access_key: str
    secret_key: str
    token: str | None = None

    @classmethod
    def of(cls, credentials: dict[str, t.Any]) -> Keys:
        """From what STS answers."""
        return cls(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


class Token(t.NamedTuple):
    """What a registry is asked with."""

    user: str
    password: str
    expires: float

    @property
    def usable(self) -> bool:
        return time.time() < self.expires - REFRESH_BEFORE


def authorization_token(lab: Lab | None, process: Process, config: dict[str, t.Any]) -> Token:
    """A token for what an integration's ECR configuration says; raises AwsFailure."""
    call = "operation error ECR: GetAuthorizationToken, "
    host = str(config["endpoint"]).removeprefix("https://").removeprefix("http://").rstrip("/")
    name = host or f"api.ecr.{config['region']}.amazonaws.com"
    if lab is None or (host and ENDPOINT.fullmatch(host) is None):
        text = f'https response error StatusCode: 0, RequestID: , request send failed, Post "https://{name}/": dial tcp: '
        raise AwsFailure(f"{call}exceeded maximum number of attempts, 3, {text}lookup {name}: no such host")
    try:
        keys = _credentials(lab, process, config)
    except AwsFailure as failure:
        raise AwsFailure(f"{call}{REFRESH_FAILED}{failure}") from None
    # Whoever is asked at another region's endpoint finds a signature for the wrong one.
    found = ENDPOINT.fullmatch(host)
    if found is not None and found["region"] != config["region"]:
        text = f"Credential should be scoped to a valid region, not '{config['region']}'. "
        raise AwsFailure(f"{call}https response error StatusCode: 400, RequestID: , api error InvalidSignatureException: {text}")
    answer = _call(_client(lab, "ecr", config["region"], keys).get_authorization_token, call, name)
    data = answer["authorizationData"][0]
    user, _colon, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    return Token(user, password, data["expiresAt"].timestamp())


def _credentials(lab: Lab, process: Process, config: dict[str, t.Any]) -> Keys:
    if not config["useAssumeRole"]:
        return _own_credentials(lab, process, config)
    call = "operation error STS: AssumeRole, "
    try:
        keys = _own_credentials(lab, process, config)
    except AwsFailure as failure:
        raise AwsFailure(f"{call}{REFRESH_FAILED}{failure}") from None
    arn = f"arn:aws:iam::{config['registryId']}:role/{config['assumeRoleId']}"
    given = {"RoleArn": arn, "RoleSessionName": f"aws-go-sdk-{time.time_ns()}"}
    if config["assumeRoleExternalId"]:
        given["ExternalId"] = config["assumeRoleExternalId"]
    region = config["region"]
    return Keys.of(_call(_client(lab, "sts", region, keys).assume_role, call, f"sts.{region}.amazonaws.com", **given)["Credentials"])


def _own_credentials(lab: Lab, process: Process, config: dict[str, t.Any]) -> Keys:
    """The keys of the integration, or the SDK's default chain: environment, web identity, the container's agent, the node's role."""
    if not config["useIam"]:
        return Keys(config["accessKeyId"], config["secretAccessKey"])
    environment = process.environment()
    if environment.get("AWS_ACCESS_KEY_ID") and environment.get("AWS_SECRET_ACCESS_KEY"):
        session = environment.get("AWS_SESSION_TOKEN") or None
        return Keys(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], session)
    if environment.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        return _web_identity(lab, process, environment, config["region"])
    if environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        return _from_agent(process, environment)
    raise AwsFailure(NO_ROLE)


def _read(process: Process, path: str) -> str:
    try:
        return process.read(path)
    except FileNotFoundError:
        raise AwsFailure(f"unable to read file at {path}: open {path}: no such file or directory") from None


def _web_identity(lab: Lab, process: Process, environment: dict[str, str], region: str) -> Keys:
    if not environment.get("AWS_ROLE_ARN"):
        raise AwsFailure("role ARN is not set")
    try:
        token = _read(process, environment["AWS_WEB_IDENTITY_TOKEN_FILE"])
    except AwsFailure as failure:
        raise AwsFailure(f"failed to retrieve jwt from provide source, {failure}") from None
    given = {
        "RoleArn": environment["AWS_ROLE_ARN"],
        "RoleSessionName": environment.get("AWS_ROLE_SESSION_NAME") or str(time.time_ns()),
        "WebIdentityToken": token,
    }
    call = "failed to retrieve credentials, operation error STS: AssumeRoleWithWebIdentity, "
    sts = _client(lab, "sts", region, None)
    return Keys.of(_call(sts.assume_role_with_web_identity, call, f"sts.{region}.amazonaws.com", **given)["Credentials"])


def _from_agent(process: Process, environment: dict[str, str]) -> Keys:
    path, url = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", ""), environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    try:
        given = process.agent_credentials(url, _read(process, path))
    except AgentRefused as refusal:
        raise AwsFailure(f"failed to load credentials, {refusal}") from None
    return Keys(given["accessKeyId"], given["secretAccessKey"], given["sessionToken"])


def _client(lab: Lab, service: str, region: str, keys: Keys | None) -> t.Any:
    import botocore
    from botocore.config import Config

    # As the SDK for Go does it: three attempts.
    retries = {"mode": "standard", "total_max_attempts": 3}
    if keys is None:
        config = Config(retries=retries, signature_version=botocore.UNSIGNED)
        return lab.session_of("none", "none", None, region).client(service, config=config)
    return lab.session_of(*keys, region=region).client(service, config=Config(retries=retries))


def _call(operation: t.Callable[..., t.Any], call: str, host: str, **parameters: t.Any) -> t.Any:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return operation(**parameters)
    except ClientError as error:
        meta, told = error.response["ResponseMetadata"], error.response["Error"]
        again = "exceeded maximum number of attempts, 3, " if meta.get("RetryAttempts", 0) >= 2 else ""
        where = f"https response error StatusCode: {meta['HTTPStatusCode']}, RequestID: {meta.get('RequestId', '')}, "
        raise AwsFailure(f"{call}{again}{where}api error {told['Code']}: {told['Message']}") from None
    except BotoCoreError:
        text = f'https response error StatusCode: 0, RequestID: , request send failed, Post "https://{host}/": EOF'
        raise AwsFailure(f"{call}exceeded maximum number of attempts, 3, {text}") from None
