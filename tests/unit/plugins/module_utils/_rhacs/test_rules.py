# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused before Central is asked, in its words where it has any."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.rules import check, check_key, role_name, same_endpoint

ACCOUNT = "444455556666"
GOOD: dict[str, Any] = {
    "registry_id": ACCOUNT,
    "region": "eu-west-1",
    "credentials": "container_iam",
    "assume_role": None,
    "endpoint": None,
}
ROLE = {"role": "reader", "external_id": None}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"registry_id": None}, "ECR Validation error: Registry ID must be specified; give 'registry_id'"),
        ({"region": None}, "ECR Validation error: Region must be specified; give 'regions'"),
        (
            {"credentials": "keys"},
            "ECR Validation errors: [Access Key ID must be specified if not using IAM, Secret Access Key must be specified if not using "
            "IAM]; give 'access_key' and 'secret_key'",
        ),
        ({"assume_role": ROLE, "endpoint": "ecr.example.com"}, "ECR Validation error: AssumeRole cannot be done with an endpoint defined;"),
        ({"assume_role": {"role": None, "external_id": "x1"}}, "ECR Validation error: AssumeRole ID must be set to use AssumeRole;"),
        (
            {"registry_id": None, "region": None},
            "ECR Validation errors: [Registry ID must be specified, Region must be specified]; give 'registry_id'; give 'regions'",
        ),
        ({"region": "cn-north-1"}, f"is {ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn, but Central asks {ACCOUNT}.dkr.ecr.cn-north-1.amaz"),
        ({"region": "us-iso-east-1"}, "which does not exist"),
        ({"region": "eusc-de-east-1"}, "which does not exist"),
        ({"region": "Ireland"}, "give one such as 'eu-west-1'"),
        (
            {"region": "us-gov-west-1", "assume_role": ROLE},
            "roles of the partition aws, and us-gov-west-1 is in aws-us-gov",
        ),
        ({"assume_role": {"role": "reader", "external_id": "x"}}, "assume_role.external_id has 2 to 1224 characters"),
        ({"assume_role": {"role": "reader", "external_id": "a b"}}, "assume_role.external_id has 2 to 1224 characters"),
        ({"endpoint": "localhost:5000"}, "endpoint cannot reference localhost"),
        ({"endpoint": "http://127.0.0.9"}, "endpoint cannot reference localhost"),
        ({"endpoint": "https://[::1]:80"}, "endpoint cannot reference localhost"),
        ({"endpoint": "169.254.169.254"}, "endpoint cannot reference the cluster metadata service"),
        ({"endpoint": "https://metadata.google.internal/x"}, "endpoint cannot reference the cluster metadata service"),
        ({"endpoint": "https://"}, "'endpoint' is 'https://', which is no address"),
        ({"endpoint": "[::1"}, "which is no address"),
        ({"endpoint": "a b"}, "which is no address"),
        ({"endpoint": "ecr.example.com\n"}, "which is no address"),
        ({"endpoint": "ftp://ecr.example.com"}, "which is no address"),
        ({"endpoint": "user:canary@ecr.example.com"}, "which is no address"),
        ({"endpoint": "HTTP://LocalHost:80/x"}, "endpoint cannot reference localhost"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RegistryError) as caught:
        check({**GOOD, **changes}, has_keys=False)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"region": "us-gov-west-1"},
        {"assume_role": ROLE},
        {"assume_role": {"role": "reader", "external_id": "acme:1/2=3,4@5-6+7_8.9"}},
        {"endpoint": "vpce-1.api.ecr.eu-west-1.vpce.amazonaws.com"},
        {"endpoint": "https://ecr.eu-west-1.amazonaws.com:443"},
        {"endpoint": "HTTPS://ecr.eu-west-1.amazonaws.com/"},
    ],
)
def test_accepted(changes: dict[str, Any]) -> None:
    check({**GOOD, **changes}, has_keys=False)
    check({**GOOD, **changes, "credentials": "keys"}, has_keys=True)


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("reader", "reader"),
        ("team/reader", "team/reader"),
        ("/team/reader", "team/reader"),
        (f"arn:aws:iam::{ACCOUNT}:role/reader", "reader"),
        (f"arn:aws:iam::{ACCOUNT}:role/team/a/reader", "team/a/reader"),
        ("with+=,.@-_9", "with+=,.@-_9"),
    ],
)
def test_roles(role: str, name: str) -> None:
    assert role_name(role, ACCOUNT) == name


@pytest.mark.parametrize(
    ("role", "message"),
    [
        ("arn:aws:iam::111122223333:role/reader", f"is a role of account 111122223333; .* own account only, which is {ACCOUNT}; create"),
        (
            f"arn:aws-us-gov:iam::{ACCOUNT}:role/reader",
            "is in the partition aws-us-gov; Central can only assume",
        ),
        (f"arn:aws-cn:iam::{ACCOUNT}:role/reader", "is in the partition aws-cn"),
        (f"arn:aws:iam::{ACCOUNT}:user/reader", "neither the name nor the ARN of a role"),
        (f"ARN:aws:iam::{ACCOUNT}:role/reader", "neither the name nor the ARN of a role"),
        ("reader\n", "neither the name nor the ARN of a role"),
        ("arn:aws:iam::1:role/reader", "neither the name nor the ARN of a role"),
        ("two words", "neither the name nor the ARN of a role"),
        ("team/", "neither the name nor the ARN of a role"),
        ("r" * 65, "neither the name nor the ARN of a role"),
    ],
)
def test_no_roles(role: str, message: str) -> None:
    with pytest.raises(RegistryError, match=message):
        role_name(role, ACCOUNT)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "'secret_key' is empty"),
        (" ", "is empty"),
        ("******", "what Central shows instead of"),
        ("canary\n", "'secret_key' has a space or a line break in it, which no key has"),
        ("can ary", "which no key has"),
    ],
)
def test_no_keys(value: str, message: str) -> None:
    with pytest.raises(RegistryError, match=message) as caught:
        check_key("secret_key", value)
    assert "canary" not in str(caught.value)


def test_endpoints_that_are_the_same() -> None:
    assert same_endpoint("https://ECR.example.com/", "ecr.example.com")
    assert same_endpoint(None, "")
    assert not same_endpoint("http://ecr.example.com", "ecr.example.com")
    assert not same_endpoint("ecr.example.com", None)
