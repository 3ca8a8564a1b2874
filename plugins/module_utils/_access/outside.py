# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Who outside of an account a document lets do what."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from .._guards import account_in, restricts
from .._policy.difference import AccessChange, access_changes
from .._policy.document import Meaning, Policy
from .._policy.principals import EVERYONE, account_of, is_orphan
from .clauses import Clause, Document, within
from .ecr_actions import OF_REPOSITORIES, all_matched, is_unknown, levels_of, matched, selected

#: The kinds of principals, those who are most first.
KINDS = ("public", "organization", "network", "account", "service", "federated", "role", "user", "session", "orphan")
#: Longer conditions are cut off.
_LONGEST_CONDITION = 1000
_SOURCE_KEYS = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")
#: What the canonical name of a service begins with.
SERVICE = "Service:"
_EVERYTHING = "*"


@dataclass(frozen=True, order=True)
class Holder:
    """Somebody outside. ``account`` is theirs, or the one that a service acts for; None where there are several, or none."""

    principal: str
    kind: str
    account: str | None = None


@dataclass(frozen=True)
class Access:
    """What somebody may do, by which statements. ``resource`` is the ARN pattern of the repositories."""

    holder: Holder
    resource: str
    statements: tuple[str, ...]
    levels: tuple[str, ...]
    actions: tuple[str, ...]
    condition: str


@dataclass
class _Gathered:
    statements: list[str]
    conditions: set[str]
    shown: set[str]
    known: frozenset[str]


def access_of(document: Document, dead: Container[Clause] = ()) -> tuple[Access, ...]:
    """The access of everybody outside, in no particular order. What the document denies is taken off, ``dead`` statements do not count."""
    found: dict[tuple[Holder, str, str], _Gathered] = {}
    denies = document.denies()
    for clause in document.clauses:
        if clause.meaning.effect != "Allow" or clause.meaning.principal is None or clause in dead:
            continue
        policy = Policy((clause.narrowed, *denies), document.policy.version)
        for change, actions, shown in _allowed(clause, access_changes(None, policy, owner=document.account), document):
            for holder in holders(change.principal, clause.reach, document.account):
                resource = document.resources if change.resource == _EVERYTHING else change.resource
                # Letter case of keys and operators does not count.
                gathered = found.setdefault((holder, resource, change.condition.lower()), _Gathered([], set(), set(), frozenset()))
                gathered.statements.append(clause.label)
                gathered.conditions.add(change.condition)
                gathered.shown.update(shown)
                gathered.known |= actions
    return tuple(
        Access(
            holder,
            resource,
            tuple(sorted(set(one.statements))),
            levels_of(one.known),
            tuple(sorted(one.shown, key=str.lower)),
            _cut(min(one.conditions)),
        )
        for (holder, resource, _condition), one in found.items()
    )


def _allowed(clause: Clause, changes: list[AccessChange], document: Document) -> Iterator[tuple[AccessChange, frozenset[str], set[str]]]:
    """Each change that allows something: the known actions that it allows, and the actions to show: as written, where that is exact."""
    chosen = selected(*clause.meaning.action) & document.counts
    denies = [one.meaning for one in document.clauses if one.meaning.effect == "Deny" and not one.meaning.condition]
    for change in changes:
        gained = all_matched(frozenset(change.actions_gained))
        actions = (gained & chosen) - all_matched(frozenset(change.actions_lost))
        for deny in denies:
            if _is_about(deny, change):
                actions -= selected(*deny.action)
        unknown = {action for action in change.actions_gained if is_unknown(action)}
        if actions & OF_REPOSITORIES == gained & OF_REPOSITORIES:
            shown = {action for action in change.actions_gained if matched(action) & actions}
        else:
            shown = set(actions)
        if actions or unknown:
            yield change, actions, shown | unknown


def _is_about(deny: Meaning, change: AccessChange) -> bool:
    """Whether a Deny without a condition is about all that a change allows to its principal."""
    if deny.principal is None or not within((False, frozenset({change.resource})), deny.resource):
        return False
    negated, members = deny.principal
    account = account_of(change.principal)
    if not negated:
        return EVERYONE in members or change.principal in members or account in members
    # Exempt is only who is named together with the account.
    return not (change.principal in members and (account is None or account in members))


def holders(principal: str, meaning: Meaning, owner: str) -> list[Holder]:
    """Whom outside of the ``owner``'s account a statement lets in through one of its principals, as its condition narrows it down."""
    return [holder for holder in _holders(principal, meaning) if holder.account != owner]


def _holders(principal: str, meaning: Meaning) -> list[Holder]:
    limits: dict[str, set[str]] = {}
    for operator, key, values in meaning.condition:
        if restricts(operator, key, values):
            limits.setdefault(key, set()).update(values)
    if principal.startswith(SERVICE):
        return _service(principal.removeprefix(SERVICE), limits)
    if is_orphan(principal):
        return [Holder(principal, "orphan")]
    account = account_of(principal)
    by_arn = [_by_arn(arn) for arn in sorted(limits.get("aws:principalarn", ()))]
    if principal == account and by_arn:
        return [holder for holder in by_arn if holder.account == account]
    if account:
        return [_by_arn(principal) if principal != account else Holder(account, "account", account)]
    if principal != EVERYONE:
        return [Holder(principal.partition(":")[2] or principal, "federated")]
    if by_arn:
        return by_arn
    if "aws:principalaccount" in limits:
        return [Holder(one, "account", one) for one in sorted(limits["aws:principalaccount"])]
    for key in ("aws:principalorgpaths", "aws:principalorgid"):
        if key in limits:
            return [Holder(one, "organization") for one in sorted(limits[key])]
    if any(key in limits for key in _SOURCE_KEYS):
        return _service(EVERYONE, limits)
    networks = sorted(value for key, values in limits.items() for value in values)
    return [Holder(one, "network") for one in networks] or [Holder(EVERYONE, "public")]


def acts_for_anybody(meaning: Meaning, principal: str) -> bool:
    """Whether a statement lets one of its principals, an AWS service, act for whichever account asks it to."""
    return principal.startswith(SERVICE) and not any(
        restricts(operator, key, values) for operator, key, values in meaning.condition if key in _SOURCE_KEYS
    )


def _service(name: str, limits: dict[str, set[str]]) -> list[Holder]:
    accounts = limits.get("aws:sourceaccount") or {str(account_in(arn)) for arn in limits.get("aws:sourcearn", ())}
    return [Holder(name, "service", account) for account in sorted(accounts)] or [Holder(name, "service")]


def _by_arn(arn: str) -> Holder:
    account = account_in(arn)
    kind = arn.split(":", 5)[5].partition("/")[0]
    if kind in ("root", "*"):
        return Holder(str(account), "account", account)
    return Holder(arn, kind if kind in ("role", "user") else "session", account)


def _cut(condition: str) -> str:
    return condition if len(condition) <= _LONGEST_CONDITION else f"{condition[:_LONGEST_CONDITION]}..."
