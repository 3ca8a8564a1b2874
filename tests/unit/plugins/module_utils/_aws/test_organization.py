# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading an organization: the exact calls, pages, and what is said about refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.organization import organization_of, read_organization
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._organization.hosts import read_settings

MANAGEMENT, MEMBER, OTHER = "111122223333", "444455556666", "777788889999"
ROOT, UNIT = "r-ab12", "ou-ab12-11111111"
SETTINGS: dict[str, Any] = {"hostname": "name", "states": ["ACTIVE"], "group_by": []}


def account(name: str, **more: Any) -> dict[str, Any]:
    return {"Id": name, "Name": f"account {name}", "Email": f"{name}@example.com", "State": "ACTIVE", **more}


class Session:
    """Clients that answer just the calls that a test says, in their order."""

    home_region = "us-east-1"

    def __init__(self) -> None:
        self.stubs: dict[str, Stubber] = {}
        self.roles: list[Any] = []

    def client(self, service: str, region: str) -> Any:
        assert region == self.home_region
        if service not in self.stubs:
            made = boto3.client(service, region_name=region, aws_access_key_id="a", aws_secret_access_key="s")
            self.stubs[service] = Stubber(made)
            self.stubs[service].activate()
        return self.stubs[service].client

    def acting_as(self, role: Any) -> Session:
        self.roles.append(role)
        return self

    def answers(self, operation: str, answer: dict[str, Any], **parameters: Any) -> None:
        service = "sts" if operation == "get_caller_identity" else "organizations"
        self.client(service, self.home_region)
        self.stubs[service].add_response(operation, answer, parameters)

    def refuses(self, operation: str, code: str, message: str) -> None:
        self.client("organizations", self.home_region)
        self.stubs["organizations"].add_client_error(operation, code, message)

    def has_root(self, partition: str = "aws") -> None:
        arn = f"arn:{partition}:organizations::{MANAGEMENT}:root/o-a1b2c3d4e5/{ROOT}"
        self.answers("list_roots", {"Roots": [{"Id": ROOT, "Arn": arn, "Name": "Root"}]})

    def has(self, parent: str, units: list[str], accounts: list[dict[str, Any]]) -> None:
        told = [{"Id": unit, "Name": f"unit {unit}"} for unit in units]
        self.answers("list_organizational_units_for_parent", {"OrganizationalUnits": told}, ParentId=parent)
        self.answers("list_accounts_for_parent", {"Accounts": accounts}, ParentId=parent)


@pytest.fixture
def aws() -> Iterator[Any]:
    session = Session()
    yield session
    for stub in session.stubs.values():
        stub.assert_no_pending_responses()


def test_two_calls_for_each_unit(aws: Any) -> None:
    aws.has_root("aws-us-gov")
    aws.has(ROOT, [UNIT], [account(MANAGEMENT)])
    aws.has(UNIT, [], [account(MEMBER, State="SUSPENDED", Status="ACTIVE")])
    found = read_organization(aws, OTHER, with_email=False)
    assert (found.id, found.root, found.partition, found.management, found.caller) == (
        "o-a1b2c3d4e5",
        ROOT,
        "aws-us-gov",
        MANAGEMENT,
        OTHER,
    )
    assert [(unit.id, unit.name, unit.parent) for unit in found.units] == [(UNIT, f"unit {UNIT}", ROOT)]
    assert [(one.id, one.state, one.parent, one.email) for one in found.accounts] == [
        (MANAGEMENT, "ACTIVE", ROOT, None),
        (MEMBER, "SUSPENDED", UNIT, None),
    ]


def test_pages_and_empty_ones(aws: Any) -> None:
    aws.has_root()
    aws.answers("list_organizational_units_for_parent", {"OrganizationalUnits": []}, ParentId=ROOT)
    aws.answers("list_accounts_for_parent", {"Accounts": [], "NextToken": "1"}, ParentId=ROOT)
    aws.answers("list_accounts_for_parent", {"Accounts": [account(MANAGEMENT)], "NextToken": "2"}, ParentId=ROOT, NextToken="1")
    aws.answers("list_accounts_for_parent", {"Accounts": [account(MEMBER)]}, ParentId=ROOT, NextToken="2")
    found = read_organization(aws, MANAGEMENT, with_email=True)
    assert [one.email for one in found.accounts] == [f"{MANAGEMENT}@example.com", f"{MEMBER}@example.com"]


def test_tags_of_those_alone_that_may_become_hosts(aws: Any) -> None:
    aws.answers("get_caller_identity", {"Account": OTHER})
    aws.has_root()
    aws.has(ROOT, [], [account(MANAGEMENT), account(MEMBER), account(OTHER, State="SUSPENDED")])
    aws.answers("list_tags_for_resource", {"Tags": [{"Key": "stage", "Value": "prod"}]}, ResourceId=MEMBER)
    settings = read_settings({**SETTINGS, "include_filters": [{"tags": {"stage": "*"}}], "exclude_filters": [{"ids": MANAGEMENT}]})
    role = {"role_arn": "arn:aws:iam::111122223333:role/reader"}
    found = organization_of(aws, role, settings)
    assert (aws.roles, found.caller) == ([role], OTHER)
    assert {one.id: one.tags for one in found.accounts} == {MANAGEMENT: None, MEMBER: {"stage": "prod"}, OTHER: None}


def test_a_filter_that_cannot_be_is_told_before_tags_are_read(aws: Any) -> None:
    aws.answers("get_caller_identity", {"Account": MANAGEMENT})
    aws.has_root()
    aws.has(ROOT, [], [account(MANAGEMENT)])
    settings = read_settings({**SETTINGS, "tags": True, "primary_accounts": [{"organizational_units": "Nowhere"}]})
    with pytest.raises(RegistryError, match="no organizational unit 'Nowhere'"):
        organization_of(aws, None, settings)


@pytest.mark.parametrize(
    ("code", "message", "hint"),
    [
        (
            "AWSOrganizationsNotInUseException",
            "Your account is not a member of an organization.",
            "use credentials of the management account",
        ),
        ("AccessDeniedException", "You don't have permissions to access this resource.", "only the management account and delegated"),
        (
            "AccessDeniedException",
            "User: x is not authorized to perform: organizations:ListRoots on resource: *",
            "an identity policy of the caller has to allow organizations:ListRoots",
        ),
        ("InvalidInputException", "no", None),
    ],
)
def test_refusals(aws: Any, code: str, message: str, hint: str | None) -> None:
    aws.refuses("list_roots", code, message)
    with pytest.raises(RegistryError) as caught:
        read_organization(aws, MANAGEMENT, with_email=False)
    text = f"ListRoots: {code}: {message}"
    assert str(caught.value).startswith(f"{text}; {hint}" if hint else text)


def test_throttling_that_lasts(aws: Any) -> None:
    aws.has_root()
    aws.answers("list_organizational_units_for_parent", {"OrganizationalUnits": []}, ParentId=ROOT)
    aws.refuses("list_accounts_for_parent", "TooManyRequestsException", "Try again later")
    with pytest.raises(RegistryError, match="TooManyRequestsException: Try again later; turn the inventory's cache on"):
        read_organization(aws, MANAGEMENT, with_email=False)


def test_a_botocore_that_does_not_know_states(aws: Any) -> None:
    named = {"Id": MEMBER, "Name": "member"}
    aws.has_root()
    aws.has(ROOT, [], [{**named, "Status": "ACTIVE"}])
    assert read_organization(aws, MANAGEMENT, with_email=False).accounts[0].state == "ACTIVE"
    aws.has_root()
    aws.has(ROOT, [], [named])
    with pytest.raises(RegistryError, match="botocore does not know the member State of accounts; install a newer one"):
        read_organization(aws, MANAGEMENT, with_email=False)
