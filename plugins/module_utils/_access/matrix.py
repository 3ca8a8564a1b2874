# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Grants as questions: who must be able to do what, and who must not.

Every principal that a declaration names is asked about for every repository of the registries that it names. Access is expected to be
allowed exactly when the actions that the grants give a principal on a repository are all that the access level needs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import gcd
from typing import Literal, NamedTuple

from .._grants import LAMBDA_ACTIONS, REGISTRY_ACTIONS, Grant, Recipient, is_tag_selector, selector_matches
from .._policy.patterns import covers, tidy
from .._policy.principals import partition_of
from .questions import DECIDING_ACTIONS, LAMBDA, Principal, Question, Registry, read_principal

Ungranted = Literal["denied", "report", "skip"]

#: What is asked about every pair of a principal and a repository.
EVERYDAY = ("pull", "push")
#: What is asked only about those who are granted it.
_OTHERS = ("scan", "cache", "replicate")
_LEVELS = (*EVERYDAY, *_OTHERS)
#: Roles that only a service of AWS can use.
_SERVICE_ROLES = ":role/aws-service-role/"

_OWN_ACCOUNT = "it is an identity of the registry's own account, whose policies may allow it without a grant"
_DELEGATED = "the grant is to the whole account or organization, which decides about its identities itself"
_ORGANIZATION = "whether the principal is in the organization, or its part, that a grant is to is not known"


class NotChecked(NamedTuple):
    """What was not checked, why, and how many checks that would have been, None when that is not known."""

    subject: str
    reason: str
    checks: int | None = None


@dataclass(frozen=True)
class Known:
    """What is there, as far as it was read.

    ``repositories``: registry -> name -> tags. ``roles``: account -> ARNs of its roles. ``organizations``: account -> id of its
    organization, empty when it is in none; accounts of which that is not known are not in it.
    """

    repositories: Mapping[Registry, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    roles: Mapping[str, Collection[str]] = field(default_factory=dict)
    organizations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """What of the matrix is asked for.

    ``accounts`` are those whose principals are, and ``registries`` those whose registries are, None for all; principals of
    ``not_accounts`` are not.
    """

    ungranted: Ungranted = "denied"
    limit: int = 10_000
    accounts: frozenset[str] | None = None
    not_accounts: frozenset[str] = frozenset()
    registries: frozenset[str] | None = None

    def has(self, account: str) -> bool:
        """Whether principals of an account are asked for."""
        return account not in self.not_accounts and (self.accounts is None or account in self.accounts)

    def has_registry(self, registry: Registry) -> bool:
        """Whether a registry is asked for."""
        return self.registries is None or registry.account in self.registries


@dataclass(frozen=True)
class Matrix:
    """The questions, in an order that does not depend on that of the grants, and what is not asked."""

    questions: tuple[Question, ...]
    not_checked: tuple[NotChecked, ...]


class _Share(NamedTuple):
    """The actions that a grant gives a principal: surely, and by leave of its account or depending on what is not known (``notes``)."""

    sure: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()
    notes: frozenset[str] = frozenset()


def registries_of(grants: Iterable[Grant]) -> list[Registry]:
    """The registries that grants name, sorted."""
    return sorted({Registry(grant.account, region) for grant in grants for region in grant.regions})


def principals_of(grants: Iterable[Grant], roles: Mapping[str, Collection[str]]) -> list[Principal]:
    """The principals that grants name, sorted: roles and users, those of ``roles`` that patterns mean, whole accounts, and services."""
    found = set()
    for grant in grants:
        partition = partition_of(grant.regions[0])
        for recipient in grant.recipients:
            if recipient.organization:
                continue
            account = str(recipient.account)
            if recipient.service:
                found |= {account, f"{LAMBDA}/{account}"}
            patterns = _arns(recipient, partition)
            found |= {arn for arn in patterns if not _is_pattern(arn)}
            found |= {arn for arn in roles.get(account, ()) if _SERVICE_ROLES not in arn and any(_fits(one, arn) for one in patterns)}
            if not patterns:
                found.add(account)
    return sorted(read_principal(text, "grants") for text in found)


def accounts_with_patterns(grants: Iterable[Grant]) -> list[str]:
    """The accounts whose roles must be listed, because a grant has patterns of them, sorted."""
    return sorted(
        {
            str(recipient.account)
            for grant in grants
            for recipient in grant.recipients
            if any(_is_pattern(name) for name in (*recipient.roles, *recipient.users))
        }
    )


def matrix(grants: Sequence[Grant], known: Known, wanted: Wanted) -> Matrix:
    """The questions that a declaration answers, each with what it says about it. Raises nothing for grants that were read."""
    grants = sorted(grants, key=lambda grant: grant.name)
    principals = [one for one in principals_of(grants, known.roles) if wanted.has(one.account)]
    registries = filter(wanted.has_registry, registries_of(grants))
    cells = [cell for registry in registries for cell in _cells(grants, registry, known, principals)]
    declared = [question for cell in cells for question in cell.declared()]
    undeclared, left_out = ([], 0) if wanted.ungranted == "skip" else _sampled(cells, wanted)
    not_checked = [*_unknown_principals(grants, known, wanted), *_empty_selectors(grants, known, wanted)]
    if left_out:
        reason = f"the declaration does not have them; of {len(undeclared) + left_out} such checks an even sample was taken"
        not_checked.append(NotChecked("undeclared access", f"{reason} (see ungranted_limit)", left_out))
    return Matrix(tuple(sorted([*declared, *undeclared], key=_order)), tuple(not_checked))


def _order(question: Question) -> tuple[Principal, Registry, str, int]:
    return question.principal, question.registry, question.repository, _LEVELS.index(question.access)


# -- what is declared -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cell:
    """A principal, and repositories of a registry that the same grants select, so that the same is declared about all of them."""

    principal: Principal
    registry: Registry
    repositories: tuple[str, ...]
    shares: tuple[tuple[Grant, _Share], ...]

    def declared(self) -> Iterator[Question]:
        """The questions about what is declared, or may be."""
        for access in (*EVERYDAY, *_OTHERS):
            answer = self._answer(access)
            if answer:
                expected, grant, note = answer
                for repository in self.repositories:
                    yield Question(self.principal, self.registry, repository, access, expected, grant, note=note)

    def undeclared(self, expected: Literal["denied"] | None) -> Iterator[Question]:
        """The questions about what nobody declares."""
        note = None
        if self.principal.account == self.registry.account:
            expected, note = None, _OWN_ACCOUNT
        for access in EVERYDAY:
            if _can_use(self.principal, access) and not self._answer(access):
                for repository in self.repositories:
                    yield Question(self.principal, self.registry, repository, access, expected, undeclared=True, note=note)

    def _answer(self, access: str) -> tuple[Literal["allowed"] | None, str | None, str | None] | None:
        """What is expected, which grant declares it, and why nothing is expected; None when nobody declares the access."""
        needed = set(DECIDING_ACTIONS[access])
        sure = {action for _grant, share in self.shares for action in share.sure}
        if not _can_use(self.principal, access):
            return None
        if needed <= sure:
            alone = [grant for grant, share in self.shares if needed <= share.sure]
            return "allowed", (alone or [grant for grant, share in self.shares if needed & share.sure])[0].name, None
        if needed <= sure.union(*(share.perhaps for _grant, share in self.shares)):
            return None, None, "; ".join(sorted({note for _grant, share in self.shares for note in share.notes}))
        return None


def _can_use(principal: Principal, access: str) -> bool:
    """Services only pull. Replication is done for whole accounts."""
    return access == "pull" if principal.kind == "service" else (access != "replicate" or principal.kind == "root")


def _cells(grants: Sequence[Grant], registry: Registry, known: Known, principals: Sequence[Principal]) -> Iterator[_Cell]:
    here = [grant for grant in grants if grant.account == registry.account and registry.region in grant.regions]
    there = dict(known.repositories.get(registry, {}))
    for name in (selector for grant in here for selector in grant.repositories if not is_open(selector)):
        # A repository that is named and not there is asked about, and the answer says that it is not there.
        there.setdefault(name, {})
    groups: dict[tuple[Grant, ...], list[str]] = {}
    for name in sorted(there):
        groups.setdefault(tuple(grant for grant in here if grant.selects(name, there[name])), []).append(name)
    for principal in principals:
        if principal.partition in (None, partition_of(registry.region)):
            for its, names in groups.items():
                shares = tuple((grant, _share(grant, principal, known.organizations)) for grant in its)
                yield _Cell(principal, registry, tuple(names), shares)


def _share(grant: Grant, principal: Principal, organizations: Mapping[str, str]) -> _Share:
    """What a grant gives a principal on the repositories that it selects."""
    sure, perhaps, notes = set[str](), set[str](), set[str]()
    for recipient in grant.recipients:
        given, note = _given(grant, recipient, principal, organizations)
        if given:
            (perhaps if note else sure).update(LAMBDA_ACTIONS if recipient.service else REGISTRY_ACTIONS[grant.access])
            notes |= {note} if note else set()
    return _Share(frozenset(sure), frozenset(perhaps), frozenset(notes))


def _given(grant: Grant, recipient: Recipient, principal: Principal, organizations: Mapping[str, str]) -> tuple[bool, str | None]:
    """Whether a recipient of a grant takes in a principal, and if that is not for the grant alone to say, why."""
    delegated = None if principal.kind == "root" else _DELEGATED
    if recipient.organization:
        its = organizations.get(principal.account)
        if principal.kind == "service" or its not in (None, recipient.organization):
            return False, None
        return True, _ORGANIZATION if its is None or recipient.paths else delegated
    if recipient.account != principal.account:
        return False, None
    if principal.kind == "service":
        return recipient.service is not None and principal.text.startswith(f"{LAMBDA}/"), None
    arns = _arns(recipient, partition_of(grant.regions[0]))
    return (any(_fits(arn, principal.text) for arn in arns), None) if arns else (True, delegated)


def _sampled(cells: Sequence[_Cell], wanted: Wanted) -> tuple[list[Question], int]:
    """The questions about undeclared access, or an even sample of them, and how many were left out."""
    expected: Literal["denied"] | None = "denied" if wanted.ungranted == "denied" else None
    total = sum(1 for cell in cells for one in cell.undeclared(expected))
    step = -(-total // wanted.limit) or 1
    # A step that divides what is asked about one principal would meet the same repositories at each.
    while gcd(step, total) > 1:
        step += 1
    questions = list(islice((one for cell in cells for one in cell.undeclared(expected)), 0, None, step))
    return questions, total - len(questions)


# -- what cannot be asked ----------------------------------------------------------------------------------------------


def _unknown_principals(grants: Sequence[Grant], known: Known, wanted: Wanted) -> Iterator[NotChecked]:
    for grant in grants:
        for recipient in grant.recipients:
            if recipient.organization:
                members = [account for account, its in known.organizations.items() if its == recipient.organization]
                if recipient.paths or not members:
                    yield NotChecked(
                        f"grant {grant.name}: organization {recipient.organization}",
                        "which accounts are in it, or in these parts of it, is not known; give them in 'expect' to check them",
                    )
                continue
            account = str(recipient.account)
            roles = known.roles.get(account)
            for kind, name in [("role", name) for name in recipient.roles] + [("user", name) for name in recipient.users]:
                if not _is_pattern(name) or not wanted.has(account):
                    continue
                arn = f"arn:{partition_of(grant.regions[0])}:iam::{account}:{kind}/{name}"
                if kind == "user" or roles is None:
                    yield NotChecked(f"grant {grant.name}: {arn}", f"the {kind}s of account {account} were not listed")
                elif not any(_fits(arn, one) for one in roles):
                    yield NotChecked(f"grant {grant.name}: {arn}", f"no role of account {account} fits")


def _empty_selectors(grants: Sequence[Grant], known: Known, wanted: Wanted) -> Iterator[NotChecked]:
    for grant in grants:
        for registry in filter(wanted.has_registry, registries_of([grant])):
            repositories = known.repositories.get(registry)
            where = f"{registry.account} in {registry.region}"
            for selector in filter(is_open, grant.repositories):
                if repositories is None:
                    yield NotChecked(f"grant {grant.name}: '{selector}'", f"the repositories of {where} were not listed")
                elif not any(selector_matches(selector, name, tags) for name, tags in repositories.items()):
                    yield NotChecked(f"grant {grant.name}: '{selector}'", f"it means no repository of {where}")


def _arns(recipient: Recipient, partition: str) -> list[str]:
    names = [*(f"role/{name}" for name in recipient.roles), *(f"user/{name}" for name in recipient.users)]
    return [f"arn:{partition}:iam::{recipient.account}:{name}" for name in names]


def _is_pattern(text: str) -> bool:
    return "*" in text or "?" in text


def is_open(selector: str) -> bool:
    """Whether a selector does not name one repository."""
    return is_tag_selector(selector) or _is_pattern(selector)


def _fits(pattern: str, arn: str) -> bool:
    return covers(tidy(pattern), arn)
