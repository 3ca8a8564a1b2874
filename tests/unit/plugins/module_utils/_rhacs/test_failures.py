# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which layer a failed test tells of, from what Central says of errors of AWS, of registries and of the network."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.client import CentralError
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.failures import FailedTest, failure_in

HOST = "444455556666.dkr.ecr.eu-west-1.amazonaws.com"
CATALOG = f'Get "https://{HOST}/v2/_catalog": '
TOKEN = f"{CATALOG}failed to get authorization token: operation error ECR: GetAuthorizationToken, "
CREDENTIALS = f"{TOKEN}get identity: get credentials: failed to refresh cached credentials, "
SETTINGS: dict[str, Any] = {"registry_id": "444455556666", "region": "eu-west-1", "assume_role": {"role": "reader", "external_id": "acme"}}


def error(text: str, status: int = 400, times: int = 3) -> CentralError:
    return CentralError("POST /v1/imageintegrations", status, "InvalidArgument", text + ": invalid arguments" * times)


@pytest.mark.parametrize(
    ("text", "layer", "may_pass", "advice"),
    [
        (
            f"{CREDENTIALS}operation error STS: AssumeRole, https response error StatusCode: 403, RequestID: 1, api error AccessDenied: no",
            "assume_role",
            True,
            "Look at the role arn:aws:iam::444455556666:role/reader: it must be there and trust Central's identity with the "
            "external ID 'acme'",
        ),
        (
            f"{CREDENTIALS}operation error STS: AssumeRole, get identity: get credentials: failed to refresh cached credentials, failed to "
            "retrieve credentials, operation error STS: AssumeRoleWithWebIdentity, api error AccessDenied",
            "web_identity",
            True,
            "it must trust the cluster's OIDC provider, with the subject of Central's service account",
        ),
        (
            f"{CREDENTIALS}no EC2 IMDS role found, operation error ec2imds: GetMetadata, request canceled, context deadline exceeded",
            "central_identity",
            False,
            "Central has no identity at AWS",
        ),
        (
            f"{CREDENTIALS}operation error STS: AssumeRole, get identity: get credentials: failed to refresh cached credentials, failed to "
            "retrieve jwt from provide source, unable to read file at /var/run/token: open /var/run/token: no such file or directory",
            "central_identity",
            True,
            "whether its pod was restarted since",
        ),
        (f"{CREDENTIALS}failed to load credentials, : [AccessDeniedException]: no", "central_identity", True, "Pod Identity association"),
        (
            f"{TOKEN}api error UnrecognizedClientException: no",
            "authorization_token",
            True,
            "its key must",
        ),
        (f"{TOKEN}https response error StatusCode: 0, dial tcp: lookup api.ecr.x: no such host", "network", False, "'endpoint'"),
        (f"{CATALOG}dial tcp: lookup {HOST}: no such host", "network", False, "here 444455556666 in eu-west-1"),
        (f'{CATALOG}http: non-successful response (status=403 body="denied")', "registry", True, "allow ecr:DescribeRepositories"),
        ("something else", "other", False, "Central's log may say more"),
    ],
)
def test_layers(text: str, layer: str, may_pass: bool, advice: str) -> None:
    refusal = error(f"registry integration: {text}")
    failure = failure_in(refusal)
    assert failure
    assert (failure.layer, failure.text, failure.may_pass) == (layer, text, may_pass)
    told = str(FailedTest(refusal, failure, SETTINGS))
    assert told.startswith(f"Central cannot get into the registry, it fails at {layer}: {text}. ")
    assert advice in told


def test_a_key_that_aws_does_not_know() -> None:
    """STS says so before it looks at the role."""
    text = f"{CREDENTIALS}operation error STS: AssumeRole, https response error StatusCode: 403, api error InvalidClientTokenId: no"
    refusal = error(f"registry integration: {text}")
    failure = failure_in(refusal)
    assert failure and (failure.layer, failure.may_pass) == ("central_identity", True)
    told = str(FailedTest(refusal, failure, {**SETTINGS, "credentials": "keys"}))
    assert "AWS does not know the key that Central has: give the right one, with 'update_credentials: always'" in told


@pytest.mark.parametrize(
    "other",
    [
        error("registry integration: ECR Validation error: Region must be specified"),
        error('Validation error: integration with name "x" already exists', times=1),
        error("registry integration: using container IAM", 500),
        error("updating integration error: ECR Validation error: Region must be specified", 500, 0),
    ],
)
def test_other_errors_are_no_failed_tests(other: CentralError) -> None:
    assert failure_in(other) is None
