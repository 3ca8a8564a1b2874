# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which organization an account belongs to, for aws:PrincipalOrgID and aws:PrincipalOrgPaths. Set by `PUT /lab/organization`."""

from __future__ import annotations

import dataclasses
import typing as t

from .operations import on_reset

STATES = ("PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED")


@dataclasses.dataclass
class Member:
    """An account in an organization; `path` is like "o-x/r-y/ou-z/"."""

    organization: str
    path: str
    name: str
    email: str
    state: str = "ACTIVE"
    tags: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Organization:
    """What an organization has beside its members: `units` are names of organizational units by their paths, also of empty ones."""

    management: str = ""
    delegated: set[str] = dataclasses.field(default_factory=set)
    units: dict[str, str] = dataclasses.field(default_factory=dict)


_MEMBERS: dict[str, Member] = {}
_ORGANIZATIONS: dict[str, Organization] = {}


@on_reset
def forget() -> None:
    _MEMBERS.clear()
    _ORGANIZATIONS.clear()


def declare(organization: str, accounts: t.Mapping[str, t.Any], settings: t.Mapping[str, t.Any] | None = None) -> None:
    """Make accounts members: account -> path, or a mapping of `path`, `name`, `email`, `state`, `tags`.

    `settings` are `management`, `delegated` and `units`. A path without its end slash gets one, as AWS writes it. Raises ValueError.
    """
    members = {account: _member(organization, account, given) for account, given in accounts.items()}
    if settings:
        units = {_ended(path): str(name) for path, name in (settings.get("units") or {}).items()}
        made = Organization(str(settings.get("management") or ""), set(settings.get("delegated") or ()), units)
        roots = {"/".join(path.split("/")[:2]) for path in [*units, *(member.path for member in members.values())]}
        if len(roots) > 1 or not {made.management, *made.delegated} - {""} <= set(members):
            raise ValueError("an organization has one root, and its management account and delegated administrators are members")
        for account in [account for account, member in _MEMBERS.items() if member.organization == organization]:
            del _MEMBERS[account]
        _ORGANIZATIONS[organization] = made
    _MEMBERS.update(members)


def _ended(path: str) -> str:
    return path if path.endswith("/") else path + "/"


def _member(organization: str, account: str, given: t.Any) -> Member:
    details = dict(given) if isinstance(given, dict) else {"path": given}
    if details.get("state", "ACTIVE") not in STATES:
        raise ValueError(f"the state of an account is one of {', '.join(STATES)}")
    path = _ended(details.pop("path", "") or f"{organization}/r-root")
    named = {"name": f"account-{account}", "email": f"aws+{account}@example.com"}
    return Member(organization, path, **{**named, **details})


def remove(accounts: t.Iterable[str]) -> None:
    for account in accounts:
        _MEMBERS.pop(account, None)


def membership(account: str) -> tuple[str, str] | None:
    """The id of an account's organization, and its path there."""
    member = _MEMBERS.get(account)
    return (member.organization, member.path) if member else None


def members() -> dict[str, dict[str, str]]:
    return {account: {"id": member.organization, "path": member.path} for account, member in sorted(_MEMBERS.items())}


def members_of(organization: str) -> dict[str, Member]:
    return {account: member for account, member in sorted(_MEMBERS.items()) if member.organization == organization}


def declared(organization: str) -> Organization:
    return _ORGANIZATIONS.get(organization, Organization())
