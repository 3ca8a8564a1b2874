# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Both sides of an access across accounts: everything that has a say, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .._policy.evaluation import Named
from .._policy.request import Caller

Scope = Literal["V1", "V2"]
#: What a registry policy has a say in where the account setting REGISTRY_POLICY_SCOPE is V1.
#: https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
V1_ACTIONS = ("ecr:BatchImportUpstreamImage", "ecr:CreateRepository", "ecr:ReplicateImage")


@dataclass(frozen=True)
class IdentitySide:
    """What the account of a role or user says about it.

    ``organization`` is the id of the account's organization, empty when it is in none, None when that is not known. ``tags`` are None
    when they are not known. ``unread`` names the documents that AWS did not let us read, each with the reason; then nobody knows what
    they say.
    """

    caller: Caller
    identity: tuple[Named, ...] = ()
    boundary: Named | None = None
    tags: Mapping[str, str] | None = None
    organization: str | None = None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unread:
    """A side that was not read, and why. ``gone``: because the principal is not there, which nobody needs to read to deny it."""

    reason: str
    gone: bool = False


@dataclass(frozen=True)
class Template:
    """The creation template that a new repository is made from: its repository policy, if it has one, and its tags."""

    prefix: str
    policy: Named | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NewRepository:
    """What the first pull through a cache makes of a repository that is not there.

    ``rule`` is the prefix of the pull-through cache rule. ``failure`` says why ECR cannot fetch with it, None when it can or that is
    not known; ``untested`` says why it is not known. ``template`` is None where the repository gets AWS's defaults. ``unread`` are the
    documents that AWS did not let us read.
    """

    rule: str
    failure: str | None = None
    template: Template | None = None
    unread: tuple[str, ...] = ()
    untested: str | None = None


@dataclass(frozen=True)
class RegistrySide:
    """What a registry, that is an account in a region, says.

    ``repositories`` are those that are there: name -> policy, None when it has none. ``tags`` are their tags, where they were asked for.
    ``elsewhere``: asked-for name that is not there -> the other regions (of those that the reader was told) where it is.
    ``coming``: asked-for name that is not there -> what a pull-through cache makes of it; names that no cache rule covers are not in it,
    and it is Unread where the rules could not be read.
    ``registry_policy`` has a say in all actions where ``scope`` is V2, in three of them where it is V1; ``scope`` is None when that
    is not known. ``unread`` are the documents that AWS did not let us read: the name of a repository, or C("") for those that are about
    all of them -> what they are, with the reason. ``complete`` is false where ``repositories`` are only some of those that are there.
    """

    account: str
    region: str
    registry_policy: Named | None = None
    scope: Scope | None = None
    repositories: Mapping[str, Named | None] = field(default_factory=dict)
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    coming: Mapping[str, NewRepository] | Unread = field(default_factory=dict)
    unread: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    complete: bool = True

    def policies_of(self, repository: str) -> tuple[Named, ...]:
        """The resource policies that have a say about a repository: its own and the registry's."""
        return tuple(one for one in (self.repositories.get(repository), self.registry_policy) if one is not None)

    def new(self, repository: str) -> NewRepository | None:
        """What the first pull makes of a repository; None when it is there, or no cache is for it, or that is not known."""
        if repository in self.repositories or not self.complete or isinstance(self.coming, Unread):
            return None
        return self.coming.get(repository)

    def unread_of(self, repository: str) -> tuple[str, ...]:
        """The documents with a say about a repository that could not be read."""
        unknown = () if self.complete or repository in self.repositories else (f"the repository policy of {repository}",)
        return (*unknown, *self.unread.get(repository, ()), *self.unread.get("", ()))


@dataclass(frozen=True)
class Evidence:
    """All that is known: principal -> its side, (account, region) -> its side.

    ``sessions``: principal -> its session policies. ``organizations``: account -> for each level from the root down its service control
    policies. ``context`` are condition keys with the values that the user gave.
    """

    identities: Mapping[str, IdentitySide | Unread] = field(default_factory=dict)
    registries: Mapping[tuple[str, str], RegistrySide | Unread] = field(default_factory=dict)
    sessions: Mapping[str, tuple[Named, ...]] = field(default_factory=dict)
    organizations: Mapping[str, tuple[tuple[Named, ...], ...]] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)

    def new_repository(self, account: str, region: str, repository: str) -> NewRepository | None:
        """What the first pull makes of a repository, as far as the registry was read; see RegistrySide.new."""
        side = self.registries.get((account, region))
        return side.new(repository) if isinstance(side, RegistrySide) else None
