# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that compiles a declaration of scanning: what it needs, and how it says what is wrong."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.filter.rhacs_pod_states import FilterModule as PodStates
from ansible_collections.crossaccount.registry.plugins.filter.rhacs_scanning_plan import FilterModule

plan = FilterModule().filters()["rhacs_scanning_plan"]


def test_an_account_without_a_part_has_nothing_to_do() -> None:
    found = plan({}, "111122223333")
    assert set(found) == {"identities", "registry_roles", "repositories", "workloads", "integrations"}
    assert not any(found.values())


def test_what_is_wrong_is_said_by_the_name_of_the_filter() -> None:
    with pytest.raises(AnsibleFilterError, match=r"rhacs_scanning_plan: clusters\[0\]: name is missing"):
        plan({"clusters": [{}]})
    with pytest.raises(AnsibleFilterError, match="rhacs_scanning_plan: registry 444455556666: external_id must be"):
        plan({"clusters": [{"name": "a", "account": "111122223333", "region": "eu-west-1", "role": "a"}],
              "registries": [{"account": "444455556666", "regions": ["eu-west-1"], "role": "b", "external_id": "x"}]})  # fmt: skip
    with pytest.raises(AnsibleFilterError, match="the declaration has no cluster 'acs'"):
        plan({}, cluster="acs")


def test_pods_by_the_filter() -> None:
    states = PodStates().filters()["rhacs_pod_states"]
    found = states([], {"name": "central", "identity": "irsa", "role_arn": ""})
    assert (found["stale"], found["ready"]) == ([], False)
    assert "not scaled to zero" in found["problem"]
