# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter, as Jinja calls it and without a playbook."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.filter.registry_grant_statements import FilterModule
from ansible_collections.crossaccount.registry.plugins.module_utils._ram_grants import ram_role_documents, read_ram_grants

PRIMARY = "111122223333"
SECONDARY = "444455556666"
GRANTS = [
    {
        "name": "runtime",
        "registry": {"account": PRIMARY, "regions": ["eu-west-1", "eu-central-1"]},
        "repositories": ["payments/*"],
        "access": "pull",
        "to": [{"account": SECONDARY, "roles": ["team/app"], "users": ["auditor"]}],
    },
    {
        "name": "base",
        "registry": {"account": "777788889999", "regions": ["eu-west-1"]},
        "repositories": ["tag:team=base"],
        "access": "push",
        "to": [{"account": SECONDARY, "roles": ["ci"]}],
    },
    {
        "name": "mirror",
        "registry": {"account": PRIMARY, "regions": ["eu-west-1"]},
        "repositories": ["*"],
        "access": "replicate",
        "to": [{"account": SECONDARY}],
    },
]

UID_A, UID_B = "1609982529000001", "1298452580000001"
ALICLOUD = {
    "name": "eci",
    "registry": {"alicloud_account": UID_B, "region": "cn-hangzhou", "instance_id": "cri-b", "role": "role-acr"},
    "repositories": ["payments/*"],
    "access": "pull",
    "to": [{"account": UID_A, "roles": ["role-assume"]}],
}


def sids(*arguments: Any, **options: Any) -> list[str]:
    statements = FilterModule().filters()["registry_grant_statements"](GRANTS, *arguments, **options)
    return [one["Sid"].removeprefix("CrossaccountRegistry") for one in statements]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"region": "eu-west-1"}, ["RuntimePull", "BasePush"]),
        ({"region": "eu-central-1"}, ["RuntimePull"]),
        ({"region": "us-east-1"}, []),
        ({"region": "eu-west-1", "repository": "payments/api"}, ["RuntimePull"]),
        ({"region": "eu-west-1", "repository": "web"}, []),
        ({"region": "eu-west-1", "repository": "web", "tags": {"team": "base"}}, ["BasePush"]),
        ({"region": "eu-west-1", "repository": "web", "tags": {"team": "web"}}, []),
        ({"region": "eu-west-1", "account": PRIMARY}, ["RuntimePull"]),
        ({"region": "eu-west-1", "scope": "registry"}, ["MirrorReplicate"]),
        ({"account": SECONDARY, "role": "app"}, ["Login", "RuntimePull"]),
        ({"account": SECONDARY, "role": "team/app"}, ["Login", "RuntimePull"]),
        ({"account": SECONDARY, "user": "auditor"}, ["Login", "RuntimePull"]),
        ({"account": SECONDARY, "role": "auditor"}, []),
        ({"account": PRIMARY, "role": "app"}, []),
        ({"account": SECONDARY, "role": "ci"}, ["Login", "BasePushTagged"]),
    ],
)
def test_sides(options: dict[str, Any], expected: list[str]) -> None:
    assert sids(**options) == expected


def test_region_and_repository_by_position() -> None:
    assert sids("eu-west-1", "payments/api") == ["RuntimePull"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "give 'region' for the registry side, or 'account' and 'role' for the identity side"),
        ({"account": SECONDARY}, "give 'region'"),
        ({"role": "app"}, "the identity side needs 'account' and one of 'role' or 'user', nothing else"),
        ({"account": SECONDARY, "role": "app", "user": "auditor"}, "one of 'role' or 'user'"),
        ({"account": SECONDARY, "role": "app", "region": "eu-west-1"}, "nothing else"),
        ({"account": SECONDARY, "role": "app", "repository": "payments/api"}, "nothing else"),
        ({"region": "eu-west-1", "scope": "identity"}, "scope is 'identity', it must be 'repository' or 'registry'"),
    ],
)
def test_options_that_make_no_sense_together(options: dict[str, Any], words: str) -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        sids(**options)
    assert str(refused.value).startswith("registry_grant_statements: ")
    assert words in str(refused.value)


@pytest.mark.parametrize(("grants", "words"), [(None, "grants must be a list"), ("x", "not str"), ([{"name": "a"}], "registry is missing")])
def test_declarations_that_are_none(grants: Any, words: str) -> None:
    with pytest.raises(AnsibleFilterError, match=words):
        FilterModule().filters()["registry_grant_statements"](grants, "eu-west-1")


def test_roles_of_alibaba_cloud() -> None:
    """The same documents as the module's, whatever else is declared."""
    declared = [*GRANTS, ALICLOUD]
    found = ram_role_documents(read_ram_grants([ALICLOUD]), UID_B)["role-acr"]
    compile_ = FilterModule().filters()["registry_grant_statements"]
    assert compile_(declared, alicloud_account=UID_B, role="Role-ACR", document="trust") == list(found.trust)
    assert compile_(declared, alicloud_account=UID_B, role="role-acr") == list(found.policy)
    assert compile_(declared, alicloud_account=UID_A, role="nobody") == []
    for wrong in ({}, {"role": "a", "document": "both"}):
        with pytest.raises(AnsibleFilterError, match="goes with 'role'"):
            compile_(declared, alicloud_account=UID_B, **wrong)
    with pytest.raises(AnsibleFilterError, match="registry_grant_statements: grant 'eci': access is 'push'"):
        compile_([{**ALICLOUD, "access": "push"}], alicloud_account=UID_B, role="a")
