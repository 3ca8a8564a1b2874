# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What an organization of AWS consists of: accounts below organizational units below one root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from .._errors import RegistryError


@dataclass(frozen=True)
class Unit:
    """An organizational unit. ``parent`` is the id of the unit above it, or of the root."""

    id: str
    name: str
    parent: str


@dataclass(frozen=True)
class Account:
    """An account. ``email`` and ``tags`` are None where nobody asked for them."""

    id: str
    name: str
    state: str
    parent: str
    email: str | None = None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Organization:
    """``caller`` is the account whose credentials a play starts from; ``management`` is the account that owns the organization."""

    id: str
    root: str
    partition: str
    management: str
    caller: str
    units: tuple[Unit, ...]
    accounts: tuple[Account, ...]

    @cached_property
    def _units(self) -> dict[str, Unit]:
        return {unit.id: unit for unit in self.units}

    def lineage(self, parent: str) -> tuple[Unit, ...]:
        """The units from the root down to the one with this id; none for the root itself."""
        found: list[Unit] = []
        while parent in self._units:
            found.append(self._units[parent])
            parent = found[-1].parent
        return tuple(reversed(found))

    def path(self, parent: str) -> str:
        """The path of the root or a unit, as aws:PrincipalOrgPaths has it for the accounts in it: C(o-…/r-…/ou-…/).

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
        """
        return "/".join([self.id, self.root, *(unit.id for unit in self.lineage(parent)), ""])

    def unit_named(self, text: str) -> str:
        """The id of the unit or root that a user means: by its id, by its path of ids (also with C(*) at the end), or by its path of names.

        Raises RegistryError when there is none, or more than one.
        """
        wanted = text.removesuffix("/*").strip("/")
        by_id = [one for one in (self.root, *self._units) if f"/{self.path(one)}".endswith(f"/{wanted}/")]
        found = by_id or [one for one in self._units if "/".join(unit.name for unit in self.lineage(one)) == wanted]
        if len(found) == 1:
            return found[0]
        where = f"organization {self.id}"
        if found:
            raise RegistryError(f"{where} has {len(found)} organizational units '{text}'; say which by its id: {', '.join(sorted(found))}")
        raise RegistryError(f"{where} has no organizational unit '{text}'; it is given by its id, or by names from the root down with '/'")


def to_plain(organization: Organization) -> dict[str, Any]:
    """The organization as JSON knows it, for a cache."""
    return asdict(organization)


def from_plain(value: Mapping[str, Any]) -> Organization:
    """What to_plain() made, as an organization again."""
    units = tuple(Unit(**unit) for unit in value["units"])
    accounts = tuple(Account(**account) for account in value["accounts"])
    return Organization(**{**value, "units": units, "accounts": accounts})
