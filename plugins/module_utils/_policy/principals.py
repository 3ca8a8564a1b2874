# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Every spelling of a principal, per policy language and partition.

A canonical principal is a string: C(*), an account id, an identity's ARN, or C(Type:value) for the other types.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .dialect import AWS, Dialect

EVERYONE = "*"

#: Region name prefix -> partition. Anything else is the commercial partition.
#: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)


def partition_of(region: str) -> str:
    """The ARN partition (C(aws), C(aws-cn), ...) that the given region belongs to."""
    return next((partition for prefix, partition in _PARTITIONS if region.startswith(prefix)), "aws")


def account_root(account: str, partition: str = "aws") -> str:
    """The ARN that stands for a whole AWS account."""
    return f"arn:{partition}:iam::{account}:root"


def as_list(value: Any) -> list[Any]:
    """A policy element that may be one item, a list of items, or missing, as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def typed_principals(principal: Any, dialect: Dialect = AWS) -> Iterator[tuple[str, str]]:
    """Yields (type, value) for each principal of a C(Principal) element, in the order written.

    The bare C("*") is the same as C({"AWS": "*"}). Values that are numbers become text.
    """
    if isinstance(principal, Mapping):
        for kind, values in principal.items():
            for value in as_list(values):
                yield str(kind), str(value)
    else:
        for value in as_list(principal):
            yield dialect.identity_type, str(value)


def canonical_principal(kind: str, value: str, dialect: Dialect = AWS) -> str:
    """One principal in canonical form.

    An account id and the root ARN of that account, in any partition, are the same principal: its id.
    """
    if dialect.fold_principals:
        value = value.lower()
    if kind != dialect.identity_type:
        return f"{kind}:{value}"
    if value == EVERYONE:
        return EVERYONE
    root = dialect.account_root.fullmatch(value)
    return root.group("account") if root else value


def canonical_principals(principal: Any, dialect: Dialect = AWS) -> frozenset[str]:
    """All principals of a C(Principal) element in canonical form; C(*) takes in all others."""
    found = frozenset(canonical_principal(kind, value, dialect) for kind, value in typed_principals(principal, dialect))
    return frozenset({EVERYONE}) if EVERYONE in found else found


def account_of(principal: str, dialect: Dialect = AWS) -> str | None:
    """The account id that a canonical principal belongs to; None for everyone, services, federations and orphans."""
    if dialect.account_id.fullmatch(principal):
        return principal
    member = dialect.member_arn.fullmatch(principal)
    return member.group("account") if member else None


def is_orphan(value: str, dialect: Dialect = AWS) -> bool:
    """Whether a principal is the unique id that a deleted role or user leaves behind."""
    return bool(dialect.orphan and dialect.orphan.fullmatch(value))


def orphans(principal: Any, dialect: Dialect = AWS) -> list[str]:
    """The orphan principals of a C(Principal) element, sorted."""
    identities = (value for kind, value in typed_principals(principal, dialect) if kind == dialect.identity_type)
    return sorted({value for value in identities if is_orphan(value, dialect)})


def without_orphans(principal: Any, dialect: Dialect = AWS) -> Any:
    """The C(Principal) element less its orphan principals; None when no principal is left. Other spellings stay."""
    return _less(principal, lambda kind, value: kind == dialect.identity_type and is_orphan(value, dialect), dialect)


def without_principals(principal: Any, gone: frozenset[str], dialect: Dialect = AWS) -> Any:
    """The C(Principal) element less these canonical principals; None when no principal is left. Other spellings stay."""
    return _less(principal, lambda kind, value: canonical_principal(kind, value, dialect) in gone, dialect)


def _less(principal: Any, goes: Callable[[str, str], bool], dialect: Dialect) -> Any:
    if not isinstance(principal, Mapping):
        kept = [value for value in as_list(principal) if not goes(dialect.identity_type, str(value))]
        return kept if len(kept) > 1 else (kept[0] if kept else None)
    result: dict[str, Any] = {}
    for kind, values in principal.items():
        kept = [value for value in as_list(values) if not goes(str(kind), str(value))]
        if len(kept) == len(as_list(values)):
            result[kind] = values
        elif kept:
            result[kind] = kept
    return result or None
