# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which accounts of an organization a user means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from .._access.asked import read_account
from .._errors import RegistryError
from .model import Account, Organization

KEYS = ("ids", "names", "organizational_units", "tags")


@dataclass(frozen=True)
class Entry:
    """One entry of a filter: what it names all has to be true of an account; what is empty does not restrict.

    ``names`` and the values of ``tags`` are patterns, in which C(*) stands for any text. ``units`` are organizational units, or the
    root, and mean all that is below them too: as a user names them until the entry is resolved, by id afterwards.
    """

    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def resolved(self, organization: Organization) -> Entry:
        """The entry with ids of units. Raises RegistryError for one that is not there."""
        return replace(self, units=tuple(organization.unit_named(text) for text in self.units))

    def matches(self, account: Account, organization: Organization, with_tags: bool = True) -> bool:
        """Whether this resolved entry means an account; without ``with_tags``, whether it would with the right tags."""
        if self.ids and account.id not in self.ids:
            return False
        if self.units and not {organization.root, *(unit.id for unit in organization.lineage(account.parent))} & set(self.units):
            return False
        if self.names and not _fits(account.name, self.names):
            return False
        tags = account.tags or {}
        return not with_tags or all(key in tags and _fits(tags[key], values) for key, values in self.tags.items())


def _fits(text: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)


@dataclass(frozen=True)
class Choice:
    """Accounts in one of ``states`` that a resolved entry of ``include`` means (all, if it is empty), and none of ``exclude``."""

    states: tuple[str, ...]
    include: tuple[Entry, ...] = ()
    exclude: tuple[Entry, ...] = ()

    def accounts(self, organization: Organization, with_tags: bool = True) -> list[Account]:
        """The chosen accounts, by id; without ``with_tags``, those that may be chosen once their tags are known."""
        excluding = [entry for entry in self.exclude if with_tags or not entry.tags]
        return [
            account
            for account in sorted(organization.accounts, key=lambda one: one.id)
            if account.state in self.states
            and (not self.include or any(entry.matches(account, organization, with_tags) for entry in self.include))
            and not any(entry.matches(account, organization) for entry in excluding)
        ]


def unknown_ids(entries: Sequence[Entry], organization: Organization) -> list[str]:
    """The account ids in entries that no account of the organization has."""
    known = {account.id for account in organization.accounts}
    return sorted({one for entry in entries for one in entry.ids} - known)


def read_entries(option: str, given: Any) -> tuple[Entry, ...]:
    """The value of an option, a list of entries. Raises RegistryError that names the entry."""
    if given is None:
        return ()
    if not isinstance(given, list):
        raise RegistryError(f"'{option}' is {given!r}; it is a list of entries with {', '.join(KEYS)}")
    return tuple(_entry(f"{option}[{number}]", value) for number, value in enumerate(given))


def _entry(where: str, given: Any) -> Entry:
    if not isinstance(given, Mapping) or not given:
        raise RegistryError(f"'{where}' is {given!r}; an entry has at least one of {', '.join(KEYS)}")
    unknown = sorted(str(key) for key in given if key not in KEYS)
    if unknown:
        raise RegistryError(f"'{where}' has no {', '.join(unknown)}; an entry has {', '.join(KEYS)}")
    ids = given.get("ids")
    for one in ids if isinstance(ids, list) else [ids] if "ids" in given else []:
        read_account(one, f"{where}.ids")
    values = {key: _texts(f"{where}.{key}", given[key]) for key in given if key != "tags"}
    return Entry(values.get("ids", ()), values.get("names", ()), values.get("organizational_units", ()), _tags(where, given.get("tags")))


def _tags(where: str, given: Any) -> dict[str, tuple[str, ...]]:
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not given:
        raise RegistryError(f"'{where}.tags' is {given!r}; it has tags and the values that they may have")
    return {str(key): _texts(f"{where}.tags.{key}", value) for key, value in given.items()}


def _texts(where: str, given: Any) -> tuple[str, ...]:
    values = given if isinstance(given, list) else [given]
    if not values:
        raise RegistryError(f"'{where}' is empty, and would mean no account; leave it out to mean all")
    for value in values:
        if not isinstance(value, str):
            raise RegistryError(f"'{where}' has {value!r}, which is not a text; write it in quotes")
    return tuple(values)
