# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the stand-in say in one word: accounts, documents, refusals, and calls of a real client."""

from __future__ import annotations

import json
import typing as t

import pytest
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from alibabacloud_tea_util.models import RuntimeOptions

from tests.lab.alicloud import AlibabaCloud, Refused
from tests.lab.alicloud.ram_state import Key

#: The account that runs container groups, and the one that owns the registry.
RUNS, OWNS = "1609982529000001", "1298452580000001"
REGION = "cn-hangzhou"
VERSIONS = {"ram": "2015-05-01", "sts": "2015-04-01", "cr": "2018-12-01", "eci": "2018-08-08"}


def document(*statements: dict[str, t.Any]) -> str:
    return json.dumps({"Version": "1", "Statement": list(statements)})


def allow(action: t.Any = "cr:*", resource: t.Any = "*", **more: t.Any) -> dict[str, t.Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: t.Any, resource: t.Any = "*", **more: t.Any) -> dict[str, t.Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def trust(**principals: t.Any) -> str:
    return document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principals})


def role_arn(uid: str, name: str) -> str:
    return f"acs:ram::{uid}:role/{name}"


def key_of(credentials: dict[str, t.Any]) -> Key:
    return Key(credentials["AccessKeyId"], credentials["AccessKeySecret"], credentials["SecurityToken"])


def code_of(call: t.Callable[..., t.Any], *arguments: t.Any, **parameters: t.Any) -> tuple[int, str]:
    """Status and code of a refusal; a call that succeeds fails the test."""
    with pytest.raises(Refused) as caught:
        call(*arguments, **parameters)
    return caught.value.status, caught.value.code


def send(cloud: AlibabaCloud, key: Key, product: str, name: str, body: dict[str, t.Any] | None = None, **query: t.Any) -> dict[str, t.Any]:
    """A call of Alibaba Cloud's own client: parameters in the query, or in a form."""
    settings = Config(
        access_key_id=key.id, access_key_secret=key.secret, security_token=key.token, endpoint=cloud.endpoint[7:], protocol="http"
    )
    params = Params(
        action=name,
        version=VERSIONS[product],
        protocol="HTTPS",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    answer = Client(settings).call_api(params, OpenApiRequest(query=query, body=body), RuntimeOptions())
    return t.cast("dict[str, t.Any]", answer["body"])
