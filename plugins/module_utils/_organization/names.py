# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Names of hosts and groups for the accounts of an organization."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping

from .model import Organization

#: Groups that the inventory makes besides those of organizational units and states, and names that mean something to Ansible.
ALL_GROUP, PRIMARY_GROUP, SECONDARY_GROUP = "aws_accounts", "primary_accounts", "secondary_accounts"
RESERVED = ("all", "ungrouped", "localhost", ALL_GROUP, PRIMARY_GROUP, SECONDARY_GROUP)


def host_names(wanted: Mapping[str, str], groups: Collection[str] = ()) -> dict[str, str]:
    """A host name of its own for each account, from account id -> what it should be called.

    Accounts that would have the same name, that of one of ``groups``, or one that Ansible gives a meaning, all have their id added, so
    that the order does not matter.
    """
    plain = {account: plain_name(account, text) for account, text in wanted.items()}
    return _unique(plain, {account: f"{name}-{account}" for account, name in plain.items()}, {*RESERVED, *groups})


def plain_name(account: str, text: str) -> str:
    """What an account should be called as the name of a host, which somebody else may have too; its id if nothing is left.

    Letters, digits, C(.), C(_) and C(-) stay; all else could be a pattern to Ansible, or a folder, and becomes C(-).
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._") or account


def unit_groups(organization: Organization) -> dict[str, str]:
    """The name of the group of each organizational unit, by the unit's id: C(ou_) and the names from the root down, with C(_).

    Ansible allows letters, digits and C(_) in names of groups. Units that would share a name all have their id added.
    """
    plain = {unit.id: _safe("_".join(["ou", *(one.name for one in organization.lineage(unit.id))])) for unit in organization.units}
    return _unique(plain, {unit: f"{name}_{_safe(unit)}" for unit, name in plain.items()})


def _unique(short: Mapping[str, str], long: Mapping[str, str], reserved: Collection[str] = ()) -> dict[str, str]:
    """The short name of each id, and the long one, which nobody else has, where somebody has the same."""
    longer = {one for one, name in short.items() if name in reserved}
    while True:
        names = {one: long[one] if one in longer else name for one, name in short.items()}
        count = Counter(names.values())
        shared = {one for one, name in names.items() if count[name] > 1} - longer
        if not shared:
            return names
        longer |= shared


def state_group(state: str) -> str:
    """The name of the group of the accounts in a state."""
    return f"state_{state.lower()}"


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", name)
