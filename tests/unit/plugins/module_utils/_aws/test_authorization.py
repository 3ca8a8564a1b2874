# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passwords for registries: the exact calls, and what is made of the answers."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.authorization import authorizations
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError, ServiceError
from ansible_collections.crossaccount.registry.plugins.module_utils._registry_login.hosts import registry_at

EXPIRES = datetime(2026, 11, 21, 10, 0, 0, 123, tzinfo=UTC)
PRIMARY, SECONDARY = "111122223333", "444455556666"


def answer(region: str) -> dict[str, Any]:
    token = base64.b64encode(f"AWS:password-of-{region}".encode()).decode()
    endpoint = f"https://{SECONDARY}.dkr.ecr.{region}.amazonaws.com"
    return {"authorizationData": [{"authorizationToken": token, "expiresAt": EXPIRES, "proxyEndpoint": endpoint}]}


class Session:
    """Clients that answer just these calls: one for each region."""

    def __init__(self, **stubs: Any) -> None:
        self.clients = stubs

    def client(self, service: str, region: str) -> Any:
        assert service == "ecr"
        return self.clients[region]


@contextmanager
def session(*regions: str, error: str | None = None) -> Iterator[Any]:
    with ExitStack() as stack:
        clients = {}
        for region in regions:
            client = boto3.client("ecr", region_name=region, aws_access_key_id="a", aws_secret_access_key="s")
            stub = stack.enter_context(Stubber(client))
            if error:
                stub.add_client_error("get_authorization_token", error, "no")
            else:
                stub.add_response("get_authorization_token", answer(region), {})  # no registryIds
            clients[region] = client
            stack.callback(stub.assert_no_pending_responses)
        yield Session(**clients)


def test_one_call_for_each_region() -> None:
    wanted = [registry_at(account, region) for account in (PRIMARY, SECONDARY) for region in ("us-east-1", "eu-west-1")]
    with session("us-east-1", "eu-west-1") as aws:
        found = authorizations(aws, wanted, None)
    assert [(one["registry"], one["password"]) for one in found] == [(one.host, f"password-of-{one.region}") for one in wanted]
    assert found[0] == {
        "registry": f"{PRIMARY}.dkr.ecr.us-east-1.amazonaws.com",
        "username": "AWS",
        "password": "password-of-us-east-1",
        "expires_at": "2026-11-21T10:00:00Z",
        "account": PRIMARY,
        "region": "us-east-1",
    }


def test_our_own_registry() -> None:
    with session("eu-west-1") as aws:
        (found,) = authorizations(aws, [], "eu-west-1")
    assert (found["registry"], found["account"]) == (f"{SECONDARY}.dkr.ecr.eu-west-1.amazonaws.com", SECONDARY)
    with pytest.raises(RegistryError, match="there is no region"):
        authorizations(Session(), [], None)  # type: ignore[arg-type]


def test_a_denial_says_what_to_allow() -> None:
    with (
        session("eu-west-1", error="AccessDeniedException") as aws,
        pytest.raises(RegistryError, match="has to allow ecr:GetAuthorizationToken"),
    ):
        authorizations(aws, [], "eu-west-1")
    with session("eu-west-1", error="ServerException") as aws, pytest.raises(ServiceError, match="ServerException: no"):
        authorizations(aws, [], "eu-west-1")
