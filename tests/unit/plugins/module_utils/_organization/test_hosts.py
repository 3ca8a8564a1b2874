# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts as hosts: names, variables, groups; whatever the names are, and in whatever order they come."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._organization.hosts import Planned, planned_inventory, read_settings
from ansible_collections.crossaccount.registry.plugins.module_utils._organization.model import Account, Organization, Unit
from ansible_collections.crossaccount.registry.plugins.module_utils._organization.names import host_names

from .._policy.strategies import examples
from .samples import CLOSED, MANAGEMENT, ORGANIZATION, OTHER_PROD, PATH, PAYMENTS, PROD, ROOT, SHOP, TEST, WORK, organizations, shuffled

DEFAULTS = {"hostname": "name", "states": ["ACTIVE"], "group_by": ["organizational_unit", "state"]}


def render(text: str, variables: Mapping[str, Any]) -> str:
    """Templates as far as these tests have them."""
    return re.sub(r"{{ (\w+) }}", lambda match: str(variables[match[1]]), text)


def planned(organization: Organization = ORGANIZATION, **options: Any) -> Planned:
    return planned_inventory(organization, read_settings({**DEFAULTS, **options}), render)


def test_variables() -> None:
    found = planned(role_name="admin", role_external_id="x1", profile="central", tags=True)
    assert found.hosts["Payments"] == {
        "aws_account_id": PAYMENTS,
        "aws_account_name": "Payments",
        "aws_account_state": "ACTIVE",
        "aws_account_tags": {"stage": "prod", "registry": "primary"},
        "aws_assume_role_arn": f"arn:aws:iam::{PAYMENTS}:role/admin",
        "aws_assume_role_external_id": "x1",
        "aws_management_account_id": MANAGEMENT,
        "aws_organization_id": "o-a1b2c3d4e5",
        "aws_organization_path": f"{PATH}{WORK}/{PROD}/",
        "aws_organizational_units": ["Workloads", "Production"],
        "aws_profile": "central",
    }
    own = found.hosts["Management"]
    assert own["aws_account_email"] == "aws@example.com"
    assert not {"aws_assume_role_arn", "aws_assume_role_external_id"} & set(own)
    assert found.warnings == []


def test_the_account_of_the_credentials_is_the_one_without_a_role() -> None:
    delegated = replace(ORGANIZATION, caller=SHOP, partition="aws-us-gov")
    hosts = planned(delegated, role_name="/path/of/{{ aws_account_name }}").hosts
    assert hosts["Management"]["aws_assume_role_arn"] == f"arn:aws-us-gov:iam::{MANAGEMENT}:role/path/of/Management"
    assert "aws_assume_role_arn" not in hosts["Web-shop"]
    assert not any("aws_assume_role_arn" in one for one in planned(role_external_id="x1").hosts.values())


def test_a_role_that_cannot_be() -> None:
    with pytest.raises(RegistryError, match="'role_name' is 'admin of Web shop' for account 777788889999"):
        planned(role_name="admin of {{ aws_account_name }}", include_filters=[{"ids": SHOP}])


def test_groups() -> None:
    found = planned(
        states=["ACTIVE", "SUSPENDED"], primary_accounts=[{"ids": MANAGEMENT}], secondary_accounts=[{"organizational_units": WORK}]
    )
    payments, closed = f"Payments-{PAYMENTS}", f"Payments-{CLOSED}"
    assert found.groups == {
        "aws_accounts": ["Management", payments, "Web-shop", closed],
        "ou_Workloads": [closed],
        "ou_Workloads_Production": [payments],
        "ou_Workloads_Test": ["Web-shop"],
        "primary_accounts": ["Management"],
        "secondary_accounts": [payments, "Web-shop", closed],
        "state_active": ["Management", payments, "Web-shop"],
        "state_suspended": [closed],
    }
    assert found.children == {"ou_Workloads": ["ou_Workloads_Production", "ou_Workloads_Test"]}
    (warning,) = found.warnings
    assert f"{payments}, {closed}" in warning and "have their id added" in warning
    assert set(planned(group_by=[]).groups) == {"aws_accounts"}


def test_units_that_would_share_a_group() -> None:
    units = (Unit(WORK, "a", ROOT), Unit(PROD, "b", WORK), Unit(TEST, "a b", ROOT), Unit(OTHER_PROD, "c", ROOT))
    accounts = tuple(Account(f"{number:012}", f"x{number}", "ACTIVE", unit.id) for number, unit in enumerate(units))
    found = planned(replace(ORGANIZATION, units=units, accounts=accounts))
    assert found.children == {"ou_a": ["ou_a_b_ou_ab12_22222222"]}
    assert found.groups["ou_a_b_ou_ab12_22222222"] == ["x1"]
    assert found.groups["ou_a_b_ou_ab12_33333333"] == ["x2"]
    assert found.groups["ou_c"] == ["x3"]


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["Payments prod", "shop"], ["Payments-prod", "shop"]),
        (["a", "a"], ["a-000000000000", "a-000000000001"]),
        (["a b", "a-b", "c"], ["a-b-000000000000", "a-b-000000000001", "c"]),
        (["a", "a", "a-000000000000"], ["a-000000000000", "a-000000000001", "a-000000000000-000000000002"]),
        (["all", "primary_accounts", "localhost"], ["all-000000000000", "primary_accounts-000000000001", "localhost-000000000002"]),
        (["", "!", "../../x"], ["000000000000", "000000000001", "x"]),
        (["~x:&[1:2],{{ y }}", "000000000000"], ["x-1-2-y", "000000000000"]),
    ],
)
def test_host_names(texts: list[str], names: list[str]) -> None:
    wanted = {f"{number:012}": text for number, text in enumerate(texts)}
    assert list(host_names(wanted).values()) == names


def test_no_host_has_the_name_of_a_group() -> None:
    accounts = (Account(PAYMENTS, "ou_Workloads", "ACTIVE", WORK), Account(SHOP, "state_active", "ACTIVE", ROOT))
    found = planned(replace(ORGANIZATION, accounts=accounts))
    assert list(found.hosts) == [f"ou_Workloads-{PAYMENTS}", f"state_active-{SHOP}"]


def test_names_by_option() -> None:
    assert set(planned(hostname="id").hosts) == {MANAGEMENT, PAYMENTS, SHOP}
    assert "aws-Payments" in planned(hostname="aws-{{ aws_account_name }}").hosts
    with pytest.raises(RegistryError, match="'hostname' is 'aws_account_id'; it is 'name', 'id', or a template such as"):
        planned(hostname="aws_account_id")


def test_warnings_about_accounts_that_are_not_there() -> None:
    (warning,) = planned(primary_accounts=[{"ids": [MANAGEMENT, "000000000001"]}]).warnings
    assert warning == "'primary_accounts' has accounts that are not in organization o-a1b2c3d4e5: 000000000001"


def test_a_unit_that_is_not_there_is_an_error_of_its_option() -> None:
    with pytest.raises(RegistryError, match="'secondary_accounts': organization o-a1b2c3d4e5 has no organizational unit 'Prod'"):
        planned(secondary_accounts=[{"organizational_units": "Prod"}])


@pytest.mark.parametrize(
    ("options", "needed"),
    [
        ({}, False),
        ({"tags": True}, True),
        ({"exclude_filters": [{"tags": {"a": "b"}}]}, True),
        ({"secondary_accounts": [{"ids": PAYMENTS}, {"tags": {"a": "b"}}]}, True),
        ({"role_name": "{{ aws_account_tags.role }}"}, True),
        ({"keyed_groups": [{"key": "aws_account_tags", "prefix": "tag"}]}, True),
        ({"compose": {"x": "aws_account_name"}}, False),
    ],
)
def test_tags_are_read_when_something_needs_them(options: dict[str, Any], needed: bool) -> None:
    assert read_settings({**DEFAULTS, **options}).tags is needed


@given(organization=organizations(), rng=st.integers(0, 2**32 - 1).map(random.Random))
@examples(150)
def test_whatever_the_names_are(organization: Organization, rng: random.Random) -> None:
    found = planned(organization, states=["ACTIVE", "SUSPENDED"])
    assert sorted(one["aws_account_id"] for one in found.hosts.values()) == sorted(account.id for account in organization.accounts)
    assert all(re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", name) for name in found.hosts)
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) for name in found.groups)
    assert not set(found.hosts) & {*found.groups, "all", "ungrouped", "localhost"}
    # A group for each unit that has accounts below it, in the one above.
    used = {unit.id for account in organization.accounts for unit in organization.lineage(account.parent)}
    assert len([name for name in found.groups if name.startswith("ou_")]) == len(used)
    assert sum(map(len, found.children.values())) == len([unit for unit in organization.units if unit.id in used and unit.parent != ROOT])
    assert planned(shuffled(organization, rng), states=["ACTIVE", "SUSPENDED"]) == found
