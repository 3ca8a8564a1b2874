# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Organizations: who may ask, what is told, pages, throttling."""

from __future__ import annotations

import typing as t

import pytest

from tests.lab.handle import LabError

from .helpers import PRIMARY, SECONDARY, THIRD, Accounts, allow_identity, refused

ORGANIZATION, ROOT, UNIT, BELOW, EMPTY = "o-a1b2c3d4e5", "r-ab12", "ou-ab12-11111111", "ou-ab12-22222222", "ou-ab12-33333333"
PATH = f"{ORGANIZATION}/{ROOT}/"
NOT_IN_USE = ("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.", 400)
NOT_YOU = ("AccessDeniedException", "You don't have permissions to access this resource.", 400)


@pytest.fixture
def organization(accounts: Accounts) -> Accounts:
    """PRIMARY manages it, SECONDARY is below two organizational units."""
    accounts.lab.set_organization(
        ORGANIZATION,
        {
            PRIMARY: {"path": PATH, "name": "Management"},
            SECONDARY: {"path": f"{PATH}{UNIT}/{BELOW}", "name": "Payments", "tags": {"stage": "prod"}},
        },
        management=PRIMARY,
        units={f"{PATH}{UNIT}/": "Workloads", f"{PATH}{EMPTY}/": "Empty"},
    )
    return accounts


def listed(client: t.Any, operation: str, key: str, **parameters: t.Any) -> list[t.Any]:
    return [item for page in client.get_paginator(operation).paginate(**parameters) for item in page[key]]


def test_what_there_is(organization: Accounts) -> None:
    aws = organization.client("organizations")
    found = aws.describe_organization()["Organization"]
    assert (found["Id"], found["MasterAccountId"]) == (ORGANIZATION, PRIMARY)
    (root,) = aws.list_roots()["Roots"]
    assert (root["Id"], root["Arn"]) == (ROOT, f"arn:aws:organizations::{PRIMARY}:root/{ORGANIZATION}/{ROOT}")
    units = listed(aws, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=ROOT)
    assert [(unit["Id"], unit["Name"]) for unit in units] == [(UNIT, "Workloads"), (EMPTY, "Empty")]
    (account,) = listed(aws, "list_accounts_for_parent", "Accounts", ParentId=BELOW)
    assert {account[key] for key in ("Id", "Name", "State", "Email")} == {SECONDARY, "Payments", "ACTIVE", f"aws+{SECONDARY}@example.com"}
    assert account["Paths"] == [f"{PATH}{UNIT}/{BELOW}/{SECONDARY}/"]
    assert "Status" not in account
    assert account == aws.describe_account(AccountId=SECONDARY)["Account"]
    assert listed(aws, "list_accounts_for_parent", "Accounts", ParentId=UNIT) == []
    assert aws.list_children(ParentId=UNIT, ChildType="ORGANIZATIONAL_UNIT")["Children"] == [{"Id": BELOW, "Type": "ORGANIZATIONAL_UNIT"}]
    assert aws.list_parents(ChildId=SECONDARY)["Parents"] == [{"Id": BELOW, "Type": "ORGANIZATIONAL_UNIT"}]
    assert aws.list_parents(ChildId=UNIT)["Parents"] == [{"Id": ROOT, "Type": "ROOT"}]
    assert aws.list_tags_for_resource(ResourceId=SECONDARY)["Tags"] == [{"Key": "stage", "Value": "prod"}]
    assert aws.describe_organizational_unit(OrganizationalUnitId=UNIT)["OrganizationalUnit"]["Path"] == f"{PATH}{UNIT}/"


def test_what_is_not_there(organization: Accounts) -> None:
    aws = organization.client("organizations")
    nowhere = "ou-ab12-99999999"
    assert refused(aws.list_accounts_for_parent, ParentId=nowhere).code == "ParentNotFoundException"
    assert refused(aws.list_parents, ChildId=nowhere).code == "ChildNotFoundException"
    assert refused(aws.list_tags_for_resource, ResourceId=THIRD).code == "TargetNotFoundException"
    assert refused(aws.describe_account, AccountId=THIRD).code == "AccountNotFoundException"
    assert refused(aws.describe_organizational_unit, OrganizationalUnitId=nowhere).code == "OrganizationalUnitNotFoundException"
    assert refused(aws.list_accounts, MaxResults=21).code == "InvalidInputException"
    assert refused(aws.list_accounts, NextToken="x").code == "InvalidInputException"
    assert refused(aws.create_organization).code == "NotImplemented"


def test_only_the_management_account_and_delegated_administrators_may_ask(organization: Accounts) -> None:
    outside, member = organization.client("organizations", THIRD), organization.client("organizations", SECONDARY)
    assert refused(outside.list_accounts) == refused(outside.describe_organization) == NOT_IN_USE
    assert refused(member.list_accounts) == refused(member.list_roots) == NOT_YOU
    assert member.describe_organization()["Organization"]["Id"] == ORGANIZATION
    organization.lab.set_organization(ORGANIZATION, [PRIMARY, SECONDARY], management=PRIMARY, delegated=[SECONDARY])
    assert [account["Id"] for account in member.list_accounts()["Accounts"]] == [PRIMARY, SECONDARY]


def test_permissions_have_the_resources_of_the_service_authorization_reference(organization: Accounts) -> None:
    role = organization.role(account=PRIMARY)
    arn = f"arn:aws:organizations::{PRIMARY}:ou/{ORGANIZATION}/{UNIT}"
    organization.permit("puller", allow_identity("organizations:ListAccountsForParent", arn), account=PRIMARY)
    aws = organization.as_role(role, "organizations")
    assert aws.list_accounts_for_parent(ParentId=UNIT)["Accounts"] == []
    denied = refused(aws.list_accounts_for_parent, ParentId=ROOT)
    assert denied.code == "AccessDeniedException"
    assert f"organizations:ListAccountsForParent on resource: arn:aws:organizations::{PRIMARY}:root/{ORGANIZATION}/{ROOT}" in denied.message


def test_a_page_can_be_empty_before_the_end(accounts: Accounts) -> None:
    many = {f"{number:012}": PATH for number in range(1, 46)}
    accounts.lab.set_organization(ORGANIZATION, many, management="000000000001")
    aws = accounts.client("organizations", "000000000001")
    pages = list(aws.get_paginator("list_accounts").paginate())
    assert [len(page["Accounts"]) for page in pages] == [0, 20, 20, 5]
    assert [account["Id"] for page in pages for account in page["Accounts"]] == list(many)


def test_throttling_has_the_words_of_organizations(organization: Accounts) -> None:
    organization.lab.set_faults({"profile": "throttling", "share": 1})
    try:
        assert refused(organization.client("organizations").list_roots) == (
            "TooManyRequestsException",
            "You have sent too many requests in too short a period of time. Try again later.",
            400,
        )
    finally:
        organization.lab.set_faults()


def test_declarations_that_cannot_be(accounts: Accounts) -> None:
    with pytest.raises(LabError, match="are members"):
        accounts.lab.set_organization(ORGANIZATION, [PRIMARY], management=SECONDARY)
    with pytest.raises(LabError, match="one root"):
        accounts.lab.set_organization(
            ORGANIZATION, {PRIMARY: f"{ORGANIZATION}/r-aaaa", SECONDARY: f"{ORGANIZATION}/r-bbbb"}, management=PRIMARY
        )
    with pytest.raises(LabError, match="the state of an account"):
        accounts.lab.set_organization(ORGANIZATION, {PRIMARY: {"state": "GONE"}})
