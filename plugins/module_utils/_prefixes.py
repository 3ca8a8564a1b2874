# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Prefixes of repository names, as cache rules and creation templates have them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ._errors import RegistryError

#: Stands for all repositories that no other prefix is about.
ROOT = "ROOT"
#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html
_PREFIX = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*")


def checked_prefix(option: str, value: str, shortest: int, longest: int) -> str:
    """The prefix without the slash at its end, which AWS always assumes. Raises RegistryError that says what is wrong with it."""
    prefix = value.removesuffix("/")
    if prefix == ROOT:
        return prefix
    if not shortest <= len(prefix) <= longest:
        raise RegistryError(f"'{option}' is '{value}'; a prefix has {shortest} to {longest} characters, or is {ROOT} for all repositories")
    if not _PREFIX.fullmatch(prefix):
        raise RegistryError(
            f"'{option}' is '{value}'; a prefix has lower case letters and digits, with single . _ or / (or __ or hyphens) between them, "
            f"or is {ROOT} for all repositories; write it without the registry's host name and without a pattern"
        )
    return prefix


def is_under(prefix: str, name: str) -> bool:
    """Whether a repository's name, or a pattern of names, is under a prefix."""
    return prefix == ROOT or name.startswith(f"{prefix.removesuffix('/')}/")


def longest(prefixes: Iterable[str], name: str) -> str | None:
    """The prefix that counts for a name: the longest one that it is under, ROOT last; None when it is under none.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepositoryCreationTemplate.html
    """
    fitting = [prefix for prefix in prefixes if is_under(prefix, name)]
    return max(fitting, key=lambda prefix: (prefix != ROOT, len(prefix.removesuffix("/")))) if fitting else None
