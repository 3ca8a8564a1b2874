# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What RAM keeps of an account: plain data, whose names are looked up in lower case, as RAM does."""

from __future__ import annotations

import dataclasses
import typing as t

SYSTEM, CUSTOM = "System", "Custom"


@dataclasses.dataclass
class Key:
    """An access key, or that of a session."""

    id: str
    secret: str
    token: str | None = None


@dataclasses.dataclass
class PolicyVersion:
    id: str
    document: str
    is_default: bool
    created: float


@dataclasses.dataclass
class Policy:
    name: str
    description: str
    created: float
    updated: float
    versions: list[PolicyVersion]
    tags: dict[str, str] = dataclasses.field(default_factory=dict)
    kind: str = CUSTOM
    #: The number of the newest version; numbers are not used again.
    newest: int = 1

    @property
    def default(self) -> PolicyVersion:
        return next(version for version in self.versions if version.is_default)


@dataclasses.dataclass
class Attachment:
    kind: str
    name: str
    attached: float


@dataclasses.dataclass
class User:
    name: str
    id: str
    created: float
    attached: list[Attachment] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Role:
    name: str
    id: str
    trust: str
    created: float
    updated: float
    description: str = ""
    max_session_duration: int = 3600
    allow_console_login: bool = True
    service_linked: str | None = None
    tags: dict[str, str] = dataclasses.field(default_factory=dict)
    attached: list[Attachment] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Ram:
    """Users, roles and custom policies by their names in lower case; the ARNs of identity providers."""

    users: dict[str, User] = dataclasses.field(default_factory=dict)
    roles: dict[str, Role] = dataclasses.field(default_factory=dict)
    policies: dict[str, Policy] = dataclasses.field(default_factory=dict)
    providers: set[str] = dataclasses.field(default_factory=set)

    def holders(self, kind: str, name: str) -> tuple[list[tuple[User, Attachment]], list[tuple[Role, Attachment]]]:
        """The users and the roles that a policy is attached to."""
        users = [(user, item) for user in self.users.values() for item in user.attached if same(item, kind, name)]
        roles = [(role, item) for role in self.roles.values() for item in role.attached if same(item, kind, name)]
        return users, roles


def same(item: Attachment, kind: str, name: str) -> bool:
    """Whether an attachment is that of a policy; names are the same whatever their case."""
    return item.kind == kind and item.name.lower() == name.lower()


def attached_names(items: t.Iterable[Attachment]) -> list[tuple[str, str]]:
    return [(item.kind, item.name) for item in items]
