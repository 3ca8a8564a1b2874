# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.


"""An organization as AWS Organizations tells it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from .._errors import RegistryError, ServiceError
from .._fanout import Done, fan_out
from .._organization.hosts import Settings
from .._organization.model import Account, Organization, Unit
from .errors import translated

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .session import AwsSession

#: How many calls run at once. Organizations takes only a few for each second.
WORKERS = 4

Result = TypeVar("Result")


def organization_of(session: AwsSession, role: Mapping[str, Any] | None, settings: Settings) -> Organization:
    """The organization that a session, or a role that it assumes, may read, with all that the settings need of it.

    Raises RegistryError or ServiceError.
    """
    with translated():
        caller = session.client("sts", session.home_region).get_caller_identity()["Account"]
    reader = session.acting_as(role) if role else session
    organization = read_organization(reader, caller, settings.email)
    # Here, so that a filter that cannot be is told before many calls are made.
    accounts = settings.choice(organization).accounts(organization, with_tags=False)
    return with_tags(reader, organization, [account.id for account in accounts]) if settings.tags else organization


def read_organization(session: AwsSession, caller: str, with_email: bool) -> Organization:
    """The organization of the session's account, without tags: two calls for each organizational unit, more for many accounts.

    ``caller`` is the account whose credentials a play starts from. An account that moves meanwhile may be missed. Raises RegistryError.
    """
    client = session.client("organizations", session.home_region)
    roots = _listed(client, "list_roots", "Roots")
    if len(roots) != 1:
        raise RegistryError(f"the organization has {len(roots)} roots, not one")
    root = roots[0]
    # arn:aws:organizations::MANAGEMENT-ACCOUNT:root/ORGANIZATION/ROOT
    _arn, partition, _service, _region, management, resource = root["Arn"].split(":")
    units: dict[str, Unit] = {}
    accounts: dict[str, Account] = {}

    def children(parent: str) -> tuple[list[Unit], list[Account]]:
        below = _listed(client, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent)
        inside = _listed(client, "list_accounts_for_parent", "Accounts", ParentId=parent)
        return [Unit(unit["Id"], unit["Name"], parent) for unit in below], [_account(found, parent, with_email) for found in inside]

    parents = [root["Id"]]
    while parents:
        results = _results(fan_out(children, parents, WORKERS, stop_on_error=True))
        below = {unit.id: unit for its_units, _accounts in results for unit in its_units if unit.id not in units}
        units |= below
        accounts |= {account.id: account for _units, its_accounts in results for account in its_accounts}
        parents = list(below)
    return Organization(resource.split("/")[1], root["Id"], partition, management, caller, tuple(units.values()), tuple(accounts.values()))


def with_tags(session: AwsSession, organization: Organization, ids: Collection[str]) -> Organization:
    """The organization with the tags of these accounts, one call for each. Raises RegistryError."""
    client = session.client("organizations", session.home_region)
    wanted = sorted(ids)
    done = fan_out(lambda one: _listed(client, "list_tags_for_resource", "Tags", ResourceId=one), wanted, WORKERS, stop_on_error=True)
    tags = {one: {tag["Key"]: tag["Value"] for tag in found} for one, found in zip(wanted, _results(done), strict=True)}
    accounts = tuple(replace(account, tags=tags.get(account.id)) for account in organization.accounts)
    return replace(organization, accounts=accounts)


def _account(found: dict[str, Any], parent: str, with_email: bool) -> Account:
    """C(State) took the place of C(Status), which was retired in September 2026; older versions of botocore know only the latter.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
    """
    state = found.get("State") or found.get("Status")
    if not state:
        raise RegistryError("the installed botocore does not know the member State of accounts; install a newer one")
    return Account(found["Id"], found.get("Name") or "", state, parent, found.get("Email") if with_email else None)


def _listed(client: BaseClient, operation: str, key: str, **parameters: str) -> list[dict[str, Any]]:
    """All pages, of which some may be empty."""
    try:
        with translated():
            return [item for page in client.get_paginator(operation).paginate(**parameters) for item in page[key]]
    except ServiceError as error:
        hint = _hint(error)
        if hint:
            raise RegistryError(f"{error}; {hint}") from error
        raise


def _hint(error: ServiceError) -> str | None:
    """What to do about a refusal, where its text leaves that open.

    A member that may not ask at all is told that it has no permission, without a name of one.
    """
    if error.code == "AWSOrganizationsNotInUseException":
        return "use credentials of the management account or of a delegated administrator, or give 'assume_role'"
    if error.code == "AccessDeniedException" and "not authorized to perform" in error.message:
        return f"an identity policy of the caller has to allow organizations:{error.operation}"
    if error.code == "AccessDeniedException":
        return "only the management account and delegated administrators may list accounts; use credentials of one, or give 'assume_role'"
    if error.passing:
        return "turn the inventory's cache on to ask less often"
    return None


def _results(done: Sequence[Done[Result]]) -> list[Result]:
    """What came of each item. Raises the first error."""
    for one in done:
        if one.error is not None:
            raise one.error
    return [one.result for one in done if one.result is not None]
