# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API of Organizations, as far as it tells what there is. What is there is declared by `PUT /lab/organization`."""

from __future__ import annotations

import typing as t

from .call import AwsError, Call
from .operations import OWN, before, own
from .organization import Member, Organization, declared, members_of, membership
from .paging import page

JOINED = 1_700_000_000
MOST = 20


class Place(t.NamedTuple):
    """The caller's organization."""

    id: str
    itself: Organization
    accounts: dict[str, Member]
    partition: str

    def arn(self, kind: str, name: str = "") -> str:
        return f"arn:{self.partition}:organizations::{self.itself.management}:{kind}/{self.id}" + (f"/{name}" if name else "")

    @property
    def units(self) -> dict[str, str]:
        """The path of the root and of each organizational unit, by id."""
        found: dict[str, str] = {}
        for path in sorted([*self.itself.units, *(member.path for member in self.accounts.values())]):
            parts = path.rstrip("/").split("/")
            for number in range(2, len(parts) + 1):
                found[parts[number - 1]] = "/".join(parts[:number]) + "/"
        return found

    def children(self, parent: str) -> list[str]:
        """The organizational units right below the root or another one."""
        units = self.units
        if parent not in units:
            raise AwsError("ParentNotFoundException", "You specified parent that doesn't exist.")
        return [name for name, path in units.items() if path == f"{units[parent]}{name}/"]

    def accounts_in(self, parent: str) -> list[str]:
        self.children(parent)
        return [account for account, member in self.accounts.items() if member.path.split("/")[-2] == parent]

    def unit(self, name: str) -> dict[str, t.Any]:
        path = self.units[name]
        return {"Id": name, "Arn": self.arn("ou", name), "Name": self.itself.units.get(path, name), "Path": path}

    def account(self, name: str) -> dict[str, t.Any]:
        """`Status`, which State took the place of, was retired on 2026-09-09, as the API reference says."""
        member = self.accounts[name]
        return {
            "Id": name,
            "Arn": self.arn("account", name),
            "Email": member.email,
            "Name": member.name,
            "State": member.state,
            "Paths": [f"{member.path}{name}/"],
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": JOINED,
        }


def place_of(call: Call) -> Place:
    place = membership(call.account)
    if place is None:
        raise AwsError("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    return Place(place[0], declared(place[0]), members_of(place[0]), call.partition)


def _asked(call: Call) -> Place:
    """The caller's organization, for the management account and delegated administrators alone."""
    place = place_of(call)
    if call.account not in {place.itself.management, *place.itself.delegated}:
        raise AwsError("AccessDeniedException", "You don't have permissions to access this resource.")
    return place


def _page(call: Call, key: str, items: t.Sequence[t.Any]) -> dict[str, t.Any]:
    """Pages of at most 20, the first of several an empty one: "an empty set of results even when more results are available"."""
    size = int(call.parameters.get("MaxResults") or MOST)
    invalid = AwsError("InvalidInputException", "You provided an invalid value.", Reason="INVALID_NEXT_TOKEN")
    several = [None] * size if len(items) > size else []
    shown, following = page([*several, *items], call.parameters.get("NextToken"), size, invalid)
    return {key: [item for item in shown if item is not None], **({"NextToken": following} if following else {})}


@before("organizations", "*")
def only_what_is_here(call: Call) -> None:
    """moto has organizations of its own; there is to be one truth."""
    if (call.service, call.operation) not in OWN:
        raise NotImplementedError


@own("organizations", "DescribeOrganization")
def describe_organization(call: Call) -> dict[str, t.Any]:
    """What every member may see."""
    place = place_of(call)
    found = {"Id": place.id, "Arn": place.arn("organization"), "FeatureSet": "ALL"}
    management = place.itself.management
    if management:
        found |= {"MasterAccountId": management, "MasterAccountArn": place.arn("account", management)}
        found["MasterAccountEmail"] = place.accounts[management].email
    return {"Organization": found}


@own("organizations", "ListRoots")
def list_roots(call: Call) -> dict[str, t.Any]:
    place = _asked(call)
    names = [name for name in place.units if name.startswith("r-")]
    roots = [{"Id": name, "Arn": place.arn("root", name), "Name": "Root", "PolicyTypes": []} for name in names]
    return _page(call, "Roots", roots)


@own("organizations", "ListAccounts")
def list_accounts(call: Call) -> dict[str, t.Any]:
    place = _asked(call)
    return _page(call, "Accounts", [place.account(name) for name in place.accounts])


@own("organizations", "ListAccountsForParent")
def list_accounts_for_parent(call: Call) -> dict[str, t.Any]:
    place = _asked(call)
    return _page(call, "Accounts", [place.account(name) for name in place.accounts_in(call.parameters["ParentId"])])


@own("organizations", "ListOrganizationalUnitsForParent")
def list_organizational_units_for_parent(call: Call) -> dict[str, t.Any]:
    place = _asked(call)
    return _page(call, "OrganizationalUnits", [place.unit(name) for name in place.children(call.parameters["ParentId"])])


@own("organizations", "ListChildren")
def list_children(call: Call) -> dict[str, t.Any]:
    place, kind = _asked(call), call.parameters["ChildType"]
    names = (place.accounts_in if kind == "ACCOUNT" else place.children)(call.parameters["ParentId"])
    return _page(call, "Children", [{"Id": name, "Type": kind} for name in names])


@own("organizations", "ListParents")
def list_parents(call: Call) -> dict[str, t.Any]:
    place, child = _asked(call), call.parameters["ChildId"]
    paths = {**place.units, **{name: f"{member.path}{name}/" for name, member in place.accounts.items()}}
    if child not in paths or child.startswith("r-"):
        raise AwsError("ChildNotFoundException", "You specified a child that doesn't exist.")
    parent = paths[child].split("/")[-3]
    return _page(call, "Parents", [{"Id": parent, "Type": "ROOT" if parent.startswith("r-") else "ORGANIZATIONAL_UNIT"}])


@own("organizations", "ListTagsForResource")
def list_tags_for_resource(call: Call) -> dict[str, t.Any]:
    place, name = _asked(call), call.parameters["ResourceId"]
    if name not in place.accounts and name not in place.units:
        raise AwsError("TargetNotFoundException", "You specified a target that doesn't exist.")
    tags = place.accounts[name].tags if name in place.accounts else {}
    return _page(call, "Tags", [{"Key": key, "Value": value} for key, value in tags.items()])


@own("organizations", "DescribeAccount")
def describe_account(call: Call) -> dict[str, t.Any]:
    place, name = _asked(call), call.parameters["AccountId"]
    if name not in place.accounts:
        raise AwsError("AccountNotFoundException", "You specified an account that doesn't exist.")
    return {"Account": place.account(name)}


@own("organizations", "DescribeOrganizationalUnit")
def describe_organizational_unit(call: Call) -> dict[str, t.Any]:
    place, name = _asked(call), call.parameters["OrganizationalUnitId"]
    if name not in place.units or name.startswith("r-"):
        raise AwsError("OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist.")
    return {"OrganizationalUnit": place.unit(name)}
