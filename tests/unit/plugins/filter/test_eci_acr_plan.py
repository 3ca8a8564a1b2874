# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each account of Alibaba Cloud does for a declaration, and what the filter says of declarations that make no sense."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.filter.eci_acr_plan import FilterModule

A, B = "1609982529000001", "1298452580000001"
INFO = {"instance_id": "cri-shared", "region_id": "cn-hangzhou", "service_role_arn": f"acs:ram::{A}:role/role-assume"}
ACROSS_INFO = {**INFO, "user_role_arn": f"acs:ram::{B}:role/role-acr"}
plan = FilterModule().filters()["eci_acr_plan"]


def grant(name: str = "payments", owner: str = B, roles: tuple[str, ...] = ("role-assume",), **registry: Any) -> dict[str, Any]:
    return {
        "name": name,
        "registry": {"alicloud_account": owner, "region": "cn-hangzhou", "instance_id": "cri-shared", "role": "role-acr", **registry},
        "repositories": ["payments/*"],
        "access": "pull",
        "to": [{"account": A, "roles": list(roles)}],
    }


def test_both_sides_of_a_grant_across_accounts() -> None:
    runs, owns = plan([grant()], A), plan([grant()], B)
    assert (runs["acr_roles"], owns["eci_roles"]) == ([], [])
    (assuming,), (pulling,) = runs["eci_roles"], owns["acr_roles"]
    assert assuming["trust"][0]["Principal"] == {"Service": ["eci.aliyuncs.com"]}
    assert assuming["statements"][0]["Resource"] == [f"acs:ram::{B}:role/role-acr"]
    assert assuming["least_privilege"] == [{"name": "crossaccount-registry-role-assume", "type": "Custom"}]
    assert assuming["system"] == [{"name": "AliyunSTSAssumeRoleAccess", "type": "System"}]
    assert pulling["trust"][0]["Principal"] == {"RAM": [f"acs:ram::{A}:role/role-assume"]}
    assert pulling["system"] == [{"name": "AliyunContainerRegistryReadOnlyAccess", "type": "System"}]


def test_one_account() -> None:
    """The role pulls by itself, and nobody trusts it but the service."""
    (role,) = plan([grant(owner=A)], A)["eci_roles"]
    assert {action for statement in role["statements"] for action in statement["Action"]} == {
        "cr:GetAuthorizationToken",
        "cr:ListInstanceEndpoint",
        "cr:PullRepository",
    }
    (group,) = plan([grant(owner=A)], A, [{"name": "web", "grant": "payments"}])["container_groups"]
    assert group == {"name": "web", "acr_registry_info": [INFO]}


def test_what_runs_is_told_of_the_registry() -> None:
    several = grant("several", roles=("role-assume", "other"))
    groups = [
        {"name": "web", "grant": "payments", "cpu": None},
        {"name": "own"},
        {"name": "two", "grant": "several", "role": "Role-Assume"},
    ]
    found = plan([grant(), several], A, groups, [{"name": "cache", "grant": "payments"}])
    assert found["container_groups"] == [
        {"name": "web", "acr_registry_info": [ACROSS_INFO]},
        {"name": "own"},
        {"name": "two", "acr_registry_info": [ACROSS_INFO]},
    ]
    assert found["image_caches"] == [{"name": "cache", "acr_registry_info": [ACROSS_INFO]}]


def test_roles_never_share_a_policy() -> None:
    """Names of policies have fewer characters than those of roles."""
    roles = plan([grant(roles=("a.b", "a-b", "a_b"))], A)["eci_roles"]
    names = {role["policy"] for role in roles}
    assert len(names) == 3
    assert "crossaccount-registry-a-b" in names


def test_grants_of_aws_are_left_out() -> None:
    elsewhere = {"name": "x", "registry": {"account": "111122223333", "regions": ["eu-west-1"]}}
    assert plan([elsewhere], A) == {"eci_roles": [], "acr_roles": [], "container_groups": [], "image_caches": []}


REFUSED: dict[str, tuple[Any, str]] = {
    "no grant": (
        [{"name": "web", "grant": "x"}],
        "container group 'web': there is no grant 'x' with a registry in Alibaba Cloud; there are: p",
    ),
    "both": ([{"name": "web", "grant": "payments", "acr_registry_info": [INFO]}], "has both 'grant' and 'acr_registry_info'"),
    "which role": ([{"name": "web", "grant": "several"}], "for account 1609982529000001: role-assume, other"),
    "another role": ([{"name": "web", "grant": "payments", "role": "x"}], "for account 1609982529000001: role-assume"),
    "no list": ({"name": "web"}, "container groups must be a list, not dict"),
    "no name": ([{"grant": "payments"}], "container groups[0] has no name; write 'name'"),
    "no mapping": (["web"], "container groups[0] is no mapping"),
}


@pytest.mark.parametrize(("groups", "problem"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense(groups: Any, problem: str) -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        plan([grant(), grant("several", roles=("role-assume", "other"))], A, groups)
    assert problem in str(refused.value)


@pytest.mark.parametrize("account", ["", int(A), "None", "1.609982529000001e+15", f"{A}\n"])
def test_what_is_no_account(account: Any) -> None:
    """Nothing would be about it, and nothing would be done."""
    with pytest.raises(AnsibleFilterError, match=r"the account is .*; an Alibaba Cloud account id has 10 to 20 digits; write it in quotes"):
        plan([grant()], account)
