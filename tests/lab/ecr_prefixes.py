# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prefixes of repository names, as pull through cache rules and repository creation templates have them."""

from __future__ import annotations

import typing as t

ROOT = "ROOT"

Item = t.TypeVar("Item")


def bare(prefix: str) -> str:
    """A prefix without the slash at its end, which is always assumed (API reference of CreatePullThroughCacheRule)."""
    return prefix.removesuffix("/")


def rest_of(prefix: str, name: str) -> str | None:
    """What of a repository name comes after a prefix, all of it for ROOT; None for a name that is not under the prefix."""
    if prefix == ROOT:
        return name
    return name[len(prefix) + 1 :] if name.startswith(f"{prefix}/") else None


def best(items: t.Mapping[str, Item], name: str) -> Item | None:
    """The item with the longest prefix that a repository name is under, the one of ROOT when no other is."""
    under = [prefix for prefix in items if rest_of(prefix, name) is not None]
    return items[max(under, key=lambda prefix: (prefix != ROOT, len(prefix)))] if under else None
