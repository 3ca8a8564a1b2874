# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a RAM role trusts, in plain terms."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.dialect import RAM
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import check_statements
from ansible_collections.crossaccount.registry.plugins.module_utils._ram_trust import ram_trust_statements

UID = "1609982529000001"
OIDC = {"oidc_provider": f"acs:ram::{UID}:oidc-provider/ack", "issuer": "https://oidc.example.com", "audience": "sts.aliyuncs.com"}
GOOD: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "service": ({"service": "eci.aliyuncs.com"}, {"Principal": {"Service": ["eci.aliyuncs.com"]}}),
    "service for an account": ({"service": f"{UID}@ots.aliyuncs.com"}, {"Principal": {"Service": [f"{UID}@ots.aliyuncs.com"]}}),
    "account": ({"account": UID}, {"Principal": {"RAM": [f"acs:ram::{UID}:root"]}}),
    "roles and users": (
        {"account": UID, "roles": ["role-assume", f"acs:ram::{UID}:role/Other"], "users": ["robot@example"]},
        {"Principal": {"RAM": [f"acs:ram::{UID}:role/role-assume", f"acs:ram::{UID}:role/Other", f"acs:ram::{UID}:user/robot@example"]}},
    ),
    "external id": (
        {"account": UID, "external_id": "for-us"},
        {"Principal": {"RAM": [f"acs:ram::{UID}:root"]}, "Condition": {"StringEquals": {"sts:ExternalId": "for-us"}}},
    ),
    "oidc": (
        {**OIDC, "subjects": ["system:serviceaccount:apps:puller"]},
        {
            "Principal": {"Federated": [OIDC["oidc_provider"]]},
            "Condition": {
                "StringEquals": {
                    "oidc:iss": "https://oidc.example.com",
                    "oidc:aud": "sts.aliyuncs.com",
                    "oidc:sub": ["system:serviceaccount:apps:puller"],
                }
            },
        },
    ),
    "oidc with a pattern": (
        {**OIDC, "subjects": ["system:serviceaccount:apps:*"]},
        {
            "Principal": {"Federated": [OIDC["oidc_provider"]]},
            "Condition": {
                "StringEquals": {"oidc:iss": "https://oidc.example.com", "oidc:aud": "sts.aliyuncs.com"},
                "StringLike": {"oidc:sub": ["system:serviceaccount:apps:*"]},
            },
        },
    ),
    "saml": (
        {"saml_provider": f"acs:ram::{UID}:saml-provider/corporate"},
        {
            "Principal": {"Federated": [f"acs:ram::{UID}:saml-provider/corporate"]},
            "Condition": {"StringEquals": {"saml:recipient": "https://signin.aliyun.com/saml-role/sso"}},
        },
    ),
}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "nobody": ({}, "trusted[0] names nobody; it must name one of service, account, oidc_provider, saml_provider"),
    "two": ({"service": "eci.aliyuncs.com", "account": UID}, "trusted[0] names service, account; it must name one of"),
    "service of AWS": ({"service": "lambda.amazonaws.com"}, "trusted[0]: service is 'lambda.amazonaws.com', it must be"),
    "service with roles": (
        {"service": "eci.aliyuncs.com", "roles": ["a"]},
        "trusted[0]: roles has no meaning with service, which goes with nothing else",
    ),
    "number": ({"account": 1609982529000001}, "trusted[0]: account is 1609982529000001; an Alibaba Cloud account id has 10 to 20 digits"),
    "empty list": (
        {"account": UID, "roles": []},
        f"trusted[0]: roles is empty; name somebody, or leave it out to trust the whole account {UID}",
    ),
    "role of another account": (
        {"account": UID, "roles": ["acs:ram::1298452580000001:role/a"]},
        f"trusted[0]: roles: 'acs:ram::1298452580000001:role/a' is no role of the account {UID}",
    ),
    "pattern": ({"account": UID, "roles": ["*"]}, f"trusted[0]: roles: '*' is no role of the account {UID}"),
    "external id": ({"account": UID, "external_id": "?"}, "trusted[0]: external_id must have 2 to 1224 letters"),
    "provider": ({**OIDC, "oidc_provider": "ack"}, "trusted[0]: oidc_provider is 'ack', it must be an ARN such as"),
    "kind of provider": ({"saml_provider": OIDC["oidc_provider"]}, "trusted[0]: saml_provider is"),
    "no issuer": ({"oidc_provider": OIDC["oidc_provider"], "audience": "x"}, "trusted[0]: an OIDC provider goes with its issuer"),
    "no subjects": ({**OIDC}, "trusted[0]: subjects is missing or just a wildcard"),
    "any subject": ({**OIDC, "subjects": ["*"]}, "trusted[0]: subjects is missing or just a wildcard"),
}


@pytest.mark.parametrize(("entry", "expected"), GOOD.values(), ids=GOOD)
def test_statements(entry: dict[str, Any], expected: dict[str, Any]) -> None:
    (statement,) = ram_trust_statements([{"service": None, "roles": None, **entry}])
    assert statement == {"Effect": "Allow", "Action": "sts:AssumeRole", **expected}
    assert check_statements([statement], RAM) == [statement]


@pytest.mark.parametrize(("entry", "problem"), BAD.values(), ids=BAD)
def test_refusals(entry: dict[str, Any], problem: str) -> None:
    with pytest.raises(RegistryError) as refused:
        ram_trust_statements([entry])
    assert str(refused.value).startswith(problem)
