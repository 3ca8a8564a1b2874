# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How calls are written down."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.wire import (
    PRODUCTS,
    Place,
    belongs_into_body,
    flattened,
    json_text,
    place_for,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError

FLAT: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "None is left out": ({"A": None, "B": ["x", None]}, {"B.1": "x"}),
    "booleans in lower case": ({"Enable": True, "DryRun": False}, {"Enable": "true", "DryRun": "false"}),
    "numbers": ({"Limit": 20, "Cpu": 0.5, "Zero": 0}, {"Limit": "20", "Cpu": "0.5", "Zero": "0"}),
    "lists in lists": (
        {"AcrRegistryInfo": [{"InstanceId": "cri-a", "Domain": ["a.example.com", "b.example.com"]}, {"ArnUser": "acs:ram::1:role/r"}]},
        {
            "AcrRegistryInfo.1.InstanceId": "cri-a",
            "AcrRegistryInfo.1.Domain.1": "a.example.com",
            "AcrRegistryInfo.1.Domain.2": "b.example.com",
            "AcrRegistryInfo.2.ArnUser": "acs:ram::1:role/r",
        },
    ),
    "empty": ({"A": [], "B": {}, "C": ""}, {"C": ""}),
}
PLACES = {
    ("ram", None, None): "https://ram.aliyuncs.com/",
    ("ram", "cn-heyuan", None): "https://ram.aliyuncs.com/",
    ("sts", None, None): "https://sts.aliyuncs.com/",
    ("sts", "eu-central-1", None): "https://sts.eu-central-1.aliyuncs.com/",
    ("eci", "cn-hangzhou", None): "https://eci.cn-hangzhou.aliyuncs.com/",
    ("cr", "cn-hangzhou", None): "https://cr.cn-hangzhou.aliyuncs.com/",
    ("cr", None, "http://127.0.0.1:8080/"): "http://127.0.0.1:8080/",
    ("ram", "cn-hangzhou", "https://gateway.example.com"): "https://gateway.example.com/",
}
NO_PLACES = {
    ("eci", None, None): "no region is known: give 'region', or set ALIBABA_CLOUD_REGION_ID",
    ("cr", "Hangzhou!", None): "'region' is 'Hangzhou!'; it must be the id of a region, such as cn-hangzhou",
    (
        "ram",
        None,
        "gateway.example.com",
    ): "'endpoint_url' is 'gateway.example.com'; it must be http:// or https:// and a host, with a port if need be",
    ("ram", None, "https://user:x@gateway.example.com"): "'endpoint_url' is",
}


@pytest.mark.parametrize(("parameters", "flat"), FLAT.values(), ids=FLAT)
def test_flattened(parameters: dict[str, Any], flat: dict[str, str]) -> None:
    assert flattened(parameters) == flat


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda one: st.lists(one, max_size=3), max_leaves=8))
def test_every_value_that_is_there_is_sent_once(value: Any) -> None:
    def leaves(one: Any) -> list[Any]:
        return [leaf for each in one for leaf in leaves(each)] if isinstance(one, list) else [one]

    assert len(flattened({"A": value})) == sum(leaf is not None for leaf in leaves(value))
    assert not {"True", "False"} & {flattened({"A": leaf}).get("A") for leaf in leaves(value) if isinstance(leaf, bool)}


@pytest.mark.parametrize(("where", "url"), PLACES.items(), ids=str)
def test_places(where: tuple[str, str | None, str | None], url: str) -> None:
    assert place_for(*where).url == url


@pytest.mark.parametrize(("where", "problem"), NO_PLACES.items(), ids=str)
def test_no_places(where: tuple[str, str | None, str | None], problem: str) -> None:
    with pytest.raises(RegistryError) as refused:
        place_for(*where)
    assert str(refused.value).startswith(problem)


def test_versions() -> None:
    assert {name: product.version for name, product in PRODUCTS.items()} == {
        "ram": "2015-05-01",
        "sts": "2015-04-01",
        "eci": "2018-08-08",
        "cr": "2018-12-01",
    }
    assert Place("http", "127.0.0.1:1").url == "http://127.0.0.1:1/"


def test_what_is_long_or_secret_travels_in_the_body() -> None:
    assert not belongs_into_body({"RoleName": "role-acr", "TokenCount": "1"})
    assert belongs_into_body({"PolicyDocument": "x" * 2000})
    assert belongs_into_body({"ImageRegistryCredential.1.Password": "x"})
    assert belongs_into_body({"OIDCToken": "x"})
    assert json_text([{"Key": "a", "Value": "\u00e9"}]) == '[{"Key":"a","Value":"\u00e9"}]'
