# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Reads everything that a check of access needs to know, each document once, and notes what could not be read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from .._access.questions import Principal, Registry
from .._access.sides import Evidence, IdentitySide, RegistrySide, Unread
from .._errors import RegistryError
from .._fanout import fan_out
from .._grants import is_tag_selector
from .._policy.principals import partition_of
from .access_sides import NoSuchPrincipal, read_identity_sides, read_organization, read_registry_side
from .errors import translated

if TYPE_CHECKING:
    from .accounts import AccountSessions
    from .session import AwsSession

#: How a policy begins to speak of a resource's tags.
_TAGS = "resourcetag/"


class EvidenceReader:
    """Reads both sides, at most ``workers`` calls at a time. Trouble with a side is noted in its place, and raises nothing."""

    def __init__(self, sessions: AccountSessions, workers: int) -> None:
        self._sessions = sessions
        self._workers = workers

    def roles(self, accounts: Collection[str]) -> dict[str, list[str]]:
        """Account -> the ARNs of its roles; accounts whose roles AWS does not list for us are left out."""

        def listed(account: str) -> list[str]:
            session = self._session(account)
            with translated():
                pages = session.client("iam", session.home_region).get_paginator("list_roles").paginate()
                return [role["Arn"] for page in pages for role in page["Roles"]]

        found = fan_out(listed, list(accounts), self._workers)
        return {account: one.result for account, one in zip(accounts, found, strict=True) if one.result is not None}

    def read(
        self,
        principals: Iterable[Principal],
        selectors: Mapping[Registry, Sequence[str]],
        cached: Mapping[Registry, Sequence[str]] | None = None,
    ) -> Evidence:
        """Both sides: ``principals`` on their own side, and on the registries' side what ``selectors`` mean.

        ``cached`` are patterns of what caches of these registries are to make.
        """
        regions = sorted({registry.region for registry in selectors})
        by_account = _by_account(sorted(set(principals)))
        identities: dict[str, IdentitySide | Unread] = {}
        inner = max(1, self._workers // max(1, len(by_account)))
        asked = [(account, its, regions[:1], inner) for account, its in by_account.items()]
        for one in fan_out(lambda each: self._identities(*each), asked, self._workers):
            identities |= one.result or {}
        documents = [document for side in identities.values() if isinstance(side, IdentitySide) for document in side.identity]
        tags = any(_TAGS in document.policy.text().lower() for document in documents)
        # The clients of one account are made by one thread.
        owners = [list(its) for _account, its in groupby(sorted(selectors), key=lambda registry: registry.account)]
        inner = max(1, self._workers // max(1, len(owners)))
        registries: dict[tuple[str, str], RegistrySide | Unread] = {}
        for its in fan_out(
            lambda its: {one: self._registry(one, selectors[one], (cached or {}).get(one, ()), regions, tags, inner) for one in its},
            owners,
            self._workers,
        ):
            registries |= {(registry.account, registry.region): side for registry, side in (its.result or {}).items()}
        return Evidence(identities, registries)

    def _session(self, account: str) -> AwsSession:
        session = self._sessions.of(account)
        if session is None:
            raise RegistryError(f"there are no credentials of account {account}; give them in 'accounts'")
        return session

    def _identities(
        self, account: str, principals: Sequence[Principal], regions: Sequence[str], workers: int
    ) -> dict[str, IdentitySide | Unread]:
        """What one account says about its principals."""
        found: dict[str, IdentitySide | Unread] = {}
        try:
            session = self._session(account)
            arns = [one.text for one in principals if one.is_read]
            for arn, side in read_identity_sides(session, arns, workers).items() if arns else ():
                found[arn] = _unread(side, f"the policies of {arn}") if isinstance(side, RegistryError) else side
            for one in (each for each in principals if each.kind == "root" and regions):
                # An administrator needs no policy, but policies of registries may ask for the organization.
                found[one.text] = IdentitySide(one.caller(regions[0]), organization=read_organization(session))
        except RegistryError as error:
            found |= {one.text: _unread(error, f"the policies of {one.text}") for one in principals if one.is_read}
        return found

    def _registry(
        self, registry: Registry, selectors: Sequence[str], cached: Sequence[str], regions: Sequence[str], tags: bool, workers: int
    ) -> RegistrySide | Unread:
        what = f"the policies of the registry of {registry.account} in {registry.region}"
        tags = tags or any(is_tag_selector(selector) for selector in selectors)
        try:
            session = self._session(registry.account)
            everywhere = sorted({*regions, *session.available_regions("ecr", partition_of(registry.region))})

            def read(with_tags: bool) -> RegistrySide:
                return read_registry_side(session, registry.account, registry.region, selectors, everywhere, workers, with_tags, cached)

            side = read(tags)
            if not tags and side.registry_policy and _TAGS in side.registry_policy.policy.text().lower():
                side = read(with_tags=True)
        except RegistryError as error:
            return _unread(error, what)
        return side


def _unread(error: RegistryError, what: str) -> Unread:
    gone = isinstance(error, NoSuchPrincipal)
    return Unread(str(error) if gone else f"{what} ({error})", gone)


def _by_account(principals: Sequence[Principal]) -> dict[str, list[Principal]]:
    found: dict[str, list[Principal]] = {}
    for principal in principals:
        if principal.kind != "service":
            found.setdefault(principal.account, []).append(principal)
    return found
