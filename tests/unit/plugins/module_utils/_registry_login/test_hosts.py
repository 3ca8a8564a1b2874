# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which registry a name means."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._registry_login.hosts import Registry, host_of, registry_at, registry_of

ACCOUNT = "012345678901"


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("{}.dkr.ecr.eu-west-1.amazonaws.com", "eu-west-1"),
        ("{}.dkr.ecr.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("{}.dkr.ecr.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"),
        ("{}.dkr.ecr.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
        ("{}.dkr.ecr.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
        ("{}.dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
    ],
)
def test_usual_names(host: str, region: str) -> None:
    name = host.format(ACCOUNT)
    assert registry_at(ACCOUNT, region) == Registry(name, ACCOUNT, region)
    for spelled in (name, f"https://{name}/", name.upper(), {"account": ACCOUNT, "region": region}):
        assert registry_of(spelled) == Registry(name, ACCOUNT, region)
        assert host_of(spelled) == name
    assert registry_of(ACCOUNT, region).host == name


@pytest.mark.parametrize(
    "host",
    [
        "{}.dkr.ecr-fips.us-east-1.amazonaws.com",
        "{}.dkr-ecr.us-east-1.on.aws",
        "{}.dkr-ecr-fips.us-east-1.on.aws",
        "{}.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn",
    ],
)
def test_other_endpoints(host: str) -> None:
    name = host.format(ACCOUNT)
    found = registry_of(name)
    assert (found.host, found.account) == (name, ACCOUNT) and found.region in ("us-east-1", "cn-north-1")


@pytest.mark.parametrize(
    "value",
    [
        "quay.io",
        "12345.dkr.ecr.eu-west-1.amazonaws.com",
        f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/team/app",
        f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com.cn",
        f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com",
        f"{ACCOUNT}.dkr-ecr.eu-west-1.amazonaws.com",
        f"{ACCOUNT}.dkr.ecr.eu-west-1.on.aws",
        f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com.example.com",
        f"{ACCOUNT}.dkr.ecr.europe.amazonaws.com",
        "",
    ],
)
def test_no_registry_of_ecr(value: str) -> None:
    with pytest.raises(RegistryError, match="is no registry of Amazon ECR"):
        registry_of(value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (12345678901, "is 12345678901; it has 12 digits and is written in quotes"),
        (None, "is None; it has 12 digits"),
        ({"account": 12345678901, "region": "eu-west-1"}, "written in quotes"),
        ({"account": ACCOUNT}, f"the region of the registry of account {ACCOUNT} is None"),
        ({"account": ACCOUNT, "region": "Ireland"}, "is 'Ireland'; give one such as"),
        ({"account": ACCOUNT, "region": "eu-west-1", "name": "x", "host": "y"}, "has account and region, but no host, name"),
        (ACCOUNT, "the region of the registry"),
    ],
)
def test_what_is_wrong_is_said(value: Any, message: str) -> None:
    for function in (registry_of, host_of):
        with pytest.raises(RegistryError, match=message):
            function(value)


def test_hosts_of_other_registries() -> None:
    assert host_of(" https://Quay.io/ ") == "quay.io"
    assert host_of("localhost:5000") == "localhost:5000"
    for wrong in ("quay.io/team", "--help", "a b", "", "http://quay.io", "quay.io:x"):
        with pytest.raises(RegistryError, match="give the host alone"):
            host_of(wrong)
