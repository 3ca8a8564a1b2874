# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hash of what something was made with: the same for the same meaning, without secrets."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.eci_spec import SPEC_TAG, has_roles, spec_of, with_spec

VALUES = st.recursive(st.text() | st.integers() | st.booleans(), lambda inner: st.lists(inner, max_size=3), max_leaves=5)
REQUESTS = st.dictionaries(st.text(min_size=1).filter(lambda name: name not in ("AcrRegistryInfo", "ImageRegistryCredential")), VALUES)
ROLE = "acs:ram::1609982529000001:role/Role-Assume"


@given(REQUESTS)
def test_what_is_not_given_does_not_count(request: dict[str, Any]) -> None:
    assert spec_of(request) == spec_of({**request, "Cpu.": None, "Container.": [], "RegionId": "cn-beijing", "ImageCacheName": "x"})
    assert spec_of(dict(reversed(request.items()))) == spec_of(request)


def test_what_counts() -> None:
    info = {"InstanceId": "cri-1", "ArnService": ROLE, "ArnUser": None}
    assert spec_of({"AcrRegistryInfo": [info]}) == spec_of({"AcrRegistryInfo": [{**info, "ArnService": ROLE.lower()}]})
    assert spec_of({"AcrRegistryInfo": [info]}) != spec_of({"AcrRegistryInfo": [{"InstanceId": "cri-1"}]})
    assert spec_of({"Cpu": "2"}) != spec_of({"Cpu": "4"})
    assert has_roles({"AcrRegistryInfo": [info]})
    assert not has_roles({"AcrRegistryInfo": [{"InstanceId": "cri-1", "ArnService": None}]})


def test_passwords_do_not_count() -> None:
    login = {"Server": "a", "UserName": "b", "Password": "c"}
    assert spec_of({"ImageRegistryCredential": [login]}) == spec_of(
        {"ImageRegistryCredential": [{**login, "UserName": "x", "Password": "y"}]}
    )
    assert spec_of({"ImageRegistryCredential": [login]}) != spec_of({"ImageRegistryCredential": [{**login, "Server": "x"}]})


def test_the_tag() -> None:
    tagged = with_spec({"Cpu": "2"}, {"team": "a"})["Tag"]
    assert [pair["Key"] for pair in tagged] == [SPEC_TAG, "team"]
    assert tagged[0]["Value"] == spec_of({"Cpu": "2", "Tag": {"team": "a"}})
