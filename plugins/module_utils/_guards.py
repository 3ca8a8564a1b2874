# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What is refused before anything is written."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ._policy.dialect import AWS, Dialect
from ._policy.document import Meaning, Policy, PolicyError, RawStatement, label_of, meaning_of
from ._policy.limits import DocumentKind
from ._policy.patterns import covers
from ._policy.principals import EVERYONE, account_of, orphans

#: Condition keys that tie a request to chosen accounts, organizations, identities or networks, and where their values name an account.
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
ORGANIZATION_KEYS = ("aws:principalorgid", "aws:principalorgpaths", "aws:sourceorgid", "aws:sourceorgpaths")
ACCOUNT_KEYS = ("aws:principalaccount", "aws:sourceaccount", "kms:calleraccount")
ARN_KEYS = ("aws:principalarn", "aws:sourcearn")
NETWORK_KEYS = ("aws:sourcevpc", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid")
_POSITIVE = ("stringequals", "stringequalsignorecase", "stringlike", "arnlike", "ipaddress")
#: Stands for whom C(NotPrincipal) does not name.
ALL_BUT_LISTED = "everyone but those listed"
#: IP version -> the length of the shortest prefix that counts as somebody's network.
_SHORTEST_PREFIX = {4: 8, 6: 16}


@dataclass(frozen=True)
class GuardOptions:
    """What a user allows beyond the safe defaults.

    ``allowed_accounts`` and ``allowed_organizations`` are None when there is no such restriction.
    """

    allow_public: bool = False
    allowed_accounts: tuple[str, ...] | None = None
    allowed_organizations: tuple[str, ...] | None = None
    orphan_principals: str = "keep"
    force: bool = False


@dataclass(frozen=True)
class Strangers:
    """Ids of ``organizations``, or ``others``: account ids, and what belongs to no account (C(*), C(Type:value), ALL_BUT_LISTED)."""

    organizations: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


def check_desired(desired: Policy, kind: DocumentKind, options: GuardOptions, owner: str | None) -> None:
    """Refuses desired statements that would open the resource too wide, or lock its ``owner`` (an account id) out.

    Raises PolicyError that names the statement.
    """
    for position, statement in enumerate(desired.statements):
        meaning = meaning_of(statement, desired.dialect, desired.version or desired.dialect.variables_version)
        label = label_of(statement, position)
        if meaning.effect == "Deny":
            if not options.force and _locks_out(meaning, kind, owner):
                raise PolicyError(
                    f"statement {label} would deny the owner {owner or 'account'} to change or delete the {kind.name} again; "
                    "leave the owner out of the Deny, or give 'force: true'"
                )
            continue
        if meaning.principal is None:
            continue
        if not options.allow_public and is_public(meaning):
            raise PolicyError(
                f"statement {label} allows everyone, without a condition that names accounts, an organization or a network; "
                f"name the principals, or add {desired.dialect.restriction}, or give 'allow_public: true'"
            )
        _check_allowed(meaning, label, options, owner, desired)


def check_administration(
    planned: Policy | None, current: Policy | None, kind: DocumentKind, options: GuardOptions, owner: str | None
) -> None:
    """Refuses a document that leaves the ``owner`` nobody who could change it again, where the document alone decides about that.

    An account that can change the current document must be able to change the planned one, too. Raises PolicyError.
    """
    if not kind.decides_alone or options.force or planned is None:
        return
    after = _administrators(planned, kind, owner)
    if not after or (current and owner in _administrators(current, kind, owner) and owner not in after):
        raise PolicyError(
            f"nothing in the {kind.name} would let account {owner} change it again, and where the {kind.name} is silent no IAM policy "
            f"helps; keep a statement that allows {', '.join(kind.administration)} to the account, or give 'force: true'"
        )


def _administrators(policy: Policy, kind: DocumentKind, owner: str | None) -> set[str]:
    """The account of the owner, and its roles and users, that a document allows to change it."""
    found: set[str] = set()
    for meaning in map(policy.meaning, policy.statements):
        negated, actions = meaning.action
        if meaning.effect != "Allow" or meaning.principal is None or meaning.principal[0]:
            continue
        if all(any(covers(action, needed.lower()) for action in actions) != negated for needed in kind.administration):
            found |= {owner if one == EVERYONE and owner else one for one in meaning.principal[1]}
    return {one for one in found if account_of(one, policy.dialect) == owner}


def check_orphans(current: Policy | None, options: GuardOptions) -> None:
    """Raises PolicyError when the current document has orphan principals and the user wants that to fail."""
    if options.orphan_principals != "fail" or current is None:
        return
    found = orphans_of(current)
    if found:
        raise PolicyError(
            f"the document names deleted roles or users: {'; '.join(found)}; "
            "give 'orphan_principals: drop' to remove them, or 'keep' to leave them"
        )


def orphans_of(policy: Policy) -> list[str]:
    """The orphan principals of a document, as C(statement: ids)."""
    named = ((label_of(one, position), orphans(one.get("Principal"), policy.dialect)) for position, one in enumerate(policy.statements))
    return [f"{label}: {', '.join(ids)}" for label, ids in named if ids]


def new_identities(written: Iterable[RawStatement], current: Policy | None, desired: Policy) -> list[str]:
    """The roles, users and accounts that the written statements name and the current document does not, sorted."""
    before = {name for one in (current.statements if current else ()) for name in _named(meaning_of(one, desired.dialect))}
    after = {name for one in written for name in _named(meaning_of(one, desired.dialect))}
    return sorted(name for name in after - before if account_of(name, desired.dialect))


def _named(meaning: Meaning) -> frozenset[str]:
    return meaning.principal[1] if meaning.principal else frozenset()


def _locks_out(meaning: Meaning, kind: DocumentKind, owner: str | None) -> bool:
    if meaning.condition or meaning.principal is None:
        return False
    negated, actions = meaning.action
    if not any(any(covers(action, needed.lower()) for action in actions) != negated for needed in kind.administration):
        return False
    excludes, members = meaning.principal
    return (EVERYONE in members or owner in members) != excludes


def is_public(meaning: Meaning) -> bool:
    """Whether a statement is about everyone, without a condition that keeps strangers out."""
    excludes, members = meaning.principal or (False, frozenset())
    return (excludes or EVERYONE in members) and not any(restricts(*requirement) for requirement in meaning.condition)


def restricts(operator: str, key: str, values: frozenset[str]) -> bool:
    """Whether a condition keeps strangers out. C(IfExists) does not: a stranger's request lacks the key."""
    if operator.rpartition(":")[2] not in _POSITIVE or operator.startswith("forallvalues"):
        return False
    if key in ORGANIZATION_KEYS:
        return all(value.startswith("o-") and not _is_pattern(value.partition("/")[0]) for value in values)
    if key in ARN_KEYS:
        # Only operators for ARNs keep a wildcard from reaching over a colon.
        by_parts = operator.rpartition(":")[2].startswith("arn")
        return all(account_in(value) and (by_parts or not _is_pattern(value.partition(str(account_in(value)))[0])) for value in values)
    if key in ("aws:sourceip", "acs:sourceip"):
        return all(map(_is_network, values))
    if key == "aws:userid":
        return not any(_is_pattern(value.partition(":")[0]) for value in values)
    return key in (*ACCOUNT_KEYS, *NETWORK_KEYS) and not any(map(_is_pattern, values))


def _is_pattern(text: str) -> bool:
    return "*" in text or "?" in text


def _is_network(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _SHORTEST_PREFIX[network.version]


def account_in(arn: str) -> str | None:
    """The account id of an ARN; None where it is missing or a wildcard."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else None


def strangers(meaning: Meaning, options: GuardOptions, owner: str | None, dialect: Dialect = AWS) -> Strangers:
    """Whom a statement is about beyond the accounts and organizations that ``options`` allow."""
    if options.allowed_accounts is None and options.allowed_organizations is None:
        return Strangers()
    accounts = _allowed_accounts(options, owner)
    organizations = set(options.allowed_organizations or ())
    conditions = _condition_targets(meaning)
    named_organizations = conditions["organizations"]
    if named_organizations and named_organizations <= organizations:
        return Strangers()
    if named_organizations - organizations:
        return Strangers(organizations=frozenset(named_organizations - organizations))
    if conditions["accounts"] and conditions["accounts"] <= accounts:
        return Strangers()
    excludes, members = meaning.principal or (False, frozenset())
    outside = {account_of(one, dialect) or one for one in members} - accounts if not excludes else {ALL_BUT_LISTED}
    return Strangers(others=frozenset(outside | (conditions["accounts"] - accounts)))


def _check_allowed(meaning: Meaning, label: str, options: GuardOptions, owner: str | None, desired: Policy) -> None:
    found = strangers(meaning, options, owner, desired.dialect)
    organizations = ", ".join(sorted(options.allowed_organizations or ())) or "none"
    if found.organizations:
        raise PolicyError(
            f"statement {label} allows the organization {', '.join(sorted(found.organizations))}, "
            f"which is not in 'allowed_organizations' ({organizations})"
        )
    if found.others:
        raise PolicyError(
            f"statement {label} allows {', '.join(sorted(found.others))}, outside of 'allowed_accounts' "
            f"({', '.join(sorted(_allowed_accounts(options, owner))) or 'none'}) and 'allowed_organizations' ({organizations})"
        )


def _allowed_accounts(options: GuardOptions, owner: str | None) -> set[str]:
    return set(options.allowed_accounts or ()) | ({owner} if owner else set())


def _condition_targets(meaning: Meaning) -> Mapping[str, set[str]]:
    targets: dict[str, set[str]] = {"organizations": set(), "accounts": set()}
    for operator, key, values in meaning.condition:
        if not restricts(operator, key, values):
            continue
        if key in ORGANIZATION_KEYS:
            targets["organizations"] |= {value.partition("/")[0] for value in values}
        elif key in ACCOUNT_KEYS:
            targets["accounts"] |= values
        elif key in ARN_KEYS:
            targets["accounts"] |= {account for value in values if (account := account_in(value))}
    return targets
