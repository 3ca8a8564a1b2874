# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.


"""The accounts of an organization as hosts and groups of an inventory."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from .._errors import RegistryError
from .model import Account, Organization
from .names import ALL_GROUP, PRIMARY_GROUP, SECONDARY_GROUP, host_names, plain_name, state_group, unit_groups
from .selection import Choice, Entry, read_entries, unknown_ids

#: Renders a template of an option with the variables of a host.
Render = Callable[[str, Mapping[str, Any]], str]

_TEMPLATES = ("hostname", "role_name", "compose", "groups", "keyed_groups")
_FILTERS = ("include_filters", "exclude_filters", "primary_accounts", "secondary_accounts")
#: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html (name and path)
_ROLE = re.compile(r"([\x21-\x7e]{1,510}/)?[\w+=,.@-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Settings:
    """What the options of the inventory say; ``entries`` are those of the options that choose accounts, by the option's name."""

    states: tuple[str, ...]
    entries: Mapping[str, tuple[Entry, ...]]
    hostname: str
    group_by: tuple[str, ...]
    email: bool
    tags: bool
    role_name: str | None
    external_id: str | None
    profile: str | None

    def resolved(self, organization: Organization) -> Mapping[str, tuple[Entry, ...]]:
        """The entries with ids of organizational units. Raises RegistryError for one that is not there."""
        found = {}
        for option, entries in self.entries.items():
            try:
                found[option] = tuple(entry.resolved(organization) for entry in entries)
            except RegistryError as error:
                raise RegistryError(f"'{option}': {error}") from error
        return found

    def choice(self, organization: Organization) -> Choice:
        """Which accounts become hosts. Raises RegistryError."""
        entries = self.resolved(organization)
        return Choice(self.states, entries["include_filters"], entries["exclude_filters"])


def read_settings(options: Mapping[str, Any]) -> Settings:
    """The options, checked. Tags are read when they are asked for, and when an entry or a template of these options needs them.

    Raises RegistryError.
    """
    entries = {option: read_entries(option, options.get(option)) for option in _FILTERS}
    hostname = options["hostname"]
    if hostname not in ("name", "id") and "{{" not in hostname:
        raise RegistryError(f"'hostname' is '{hostname}'; it is 'name', 'id', or a template such as '{{{{ aws_account_name | lower }}}}'")
    needed = any(entry.tags for some in entries.values() for entry in some)
    mentioned = "aws_account_tags" in json.dumps([options.get(option) for option in _TEMPLATES])
    return Settings(
        states=tuple(options["states"]),
        entries=entries,
        hostname=hostname,
        group_by=tuple(options["group_by"]),
        email=bool(options.get("email")),
        tags=bool(options.get("tags")) or needed or mentioned,
        role_name=options.get("role_name") or None,
        external_id=options.get("role_external_id") or None,
        profile=options.get("profile") or None,
    )


@dataclass
class Planned:
    """What the inventory gets: hosts with their variables, groups with their hosts, groups with the groups in them, and warnings."""

    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def planned_inventory(organization: Organization, settings: Settings, render: Render) -> Planned:
    """The hosts and groups for an organization, in whatever order its accounts are. Raises RegistryError."""
    entries = settings.resolved(organization)
    accounts = settings.choice(organization).accounts(organization)
    variables = {account.id: _variables(organization, account, settings, render) for account in accounts}
    wanted = {account: _wanted_name(settings.hostname, its, render) for account, its in variables.items()}
    groups = unit_groups(organization)
    names = host_names(wanted, [*groups.values(), *map(state_group, settings.states)])
    planned = Planned(warnings=_warnings(organization, settings, wanted, names))
    planned.groups[ALL_GROUP] = []
    for account in accounts:
        name = names[account.id]
        planned.hosts[name] = variables[account.id]
        planned.groups[ALL_GROUP].append(name)
        if "state" in settings.group_by:
            planned.groups.setdefault(state_group(account.state), []).append(name)
        if "organizational_unit" in settings.group_by:
            _add_to_units(planned, [groups[unit.id] for unit in organization.lineage(account.parent)], name)
        for group, option in ((PRIMARY_GROUP, "primary_accounts"), (SECONDARY_GROUP, "secondary_accounts")):
            if any(entry.matches(account, organization) for entry in entries[option]):
                planned.groups.setdefault(group, []).append(name)
    return planned


def _add_to_units(planned: Planned, lineage: list[str], name: str) -> None:
    for group in lineage:
        planned.groups.setdefault(group, [])
    for above, below in pairwise(lineage):
        if below not in planned.children.setdefault(above, []):
            planned.children[above].append(below)
    if lineage:
        planned.groups[lineage[-1]].append(name)


def _variables(organization: Organization, account: Account, settings: Settings, render: Render) -> dict[str, Any]:
    found: dict[str, Any] = {
        "aws_account_id": account.id,
        "aws_account_name": account.name,
        "aws_account_state": account.state,
        "aws_management_account_id": organization.management,
        "aws_organization_id": organization.id,
        "aws_organization_path": organization.path(account.parent),
        "aws_organizational_units": [unit.name for unit in organization.lineage(account.parent)],
    }
    if account.email is not None:
        found["aws_account_email"] = account.email
    if account.tags is not None:
        found["aws_account_tags"] = dict(account.tags)
    if settings.profile:
        found["aws_profile"] = settings.profile
    role = render(settings.role_name, found).strip("/") if settings.role_name and account.id != organization.caller else ""
    if role:
        if not _ROLE.fullmatch(role):
            raise RegistryError(f"'role_name' is '{role}' for account {account.id}; the name of a role has letters, digits and _+=,.@-")
        found["aws_assume_role_arn"] = f"arn:{organization.partition}:iam::{account.id}:role/{role}"
        if settings.external_id:
            found["aws_assume_role_external_id"] = settings.external_id
    return found


def _wanted_name(hostname: str, variables: Mapping[str, Any], render: Render) -> str:
    if hostname in ("name", "id"):
        return str(variables[f"aws_account_{hostname}"])
    return render(hostname, variables)


def _warnings(organization: Organization, settings: Settings, wanted: Mapping[str, str], names: Mapping[str, str]) -> list[str]:
    found = []
    for option, entries in settings.entries.items():
        unknown = unknown_ids(entries, organization)
        if unknown:
            found.append(f"'{option}' has accounts that are not in organization {organization.id}: {', '.join(unknown)}")
    longer = [account for account, text in wanted.items() if names[account] != plain_name(account, text)]
    if longer:
        hosts = ", ".join(sorted(names[account] for account in longer))
        found.append(
            f"these accounts would share the name of a host or of a group, and have their id added: {hosts}; 'hostname' can tell them apart"
        )
    return found
