# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Caches as questions: who must be able to pull from them.

What they are going to cache has no names yet. The pattern of all of it stands for a name that is not there: what a policy allows on
the pattern, it allows on every name that fits it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._caches import Cache, Puller
from .._grants import Grant, selector_matches
from .matrix import Wanted, principals_of
from .questions import CACHED_PULL, Question, Registry
from .sides import Evidence, RegistrySide


def pulls_of(caches: Sequence[Cache]) -> list[Grant]:
    """What all pullers of the caches are meant to have, as grants."""
    return [cache.pulled_by(puller) for cache, puller in _pullers(caches)]


def cached_by(caches: Sequence[Cache], wanted: Wanted) -> dict[Registry, list[str]]:
    """Registry -> the patterns of what it is going to cache."""
    found: dict[Registry, list[str]] = {}
    for cache in caches:
        for registry in _registries(cache, wanted):
            found.setdefault(registry, []).append(cache.cached)
    return found


def cache_questions(caches: Sequence[Cache], evidence: Evidence, wanted: Wanted) -> list[Question]:
    """The questions that a declaration of caches answers, all with yes: who may fill a cache is asked about the first pull, the others
    about what is cached by then, and everybody about what is cached already.
    """
    questions = []
    for cache, puller in _pullers(caches):
        access = "pull" if cache.may_fill(puller) else CACHED_PULL
        principals = [one for one in principals_of([cache.pulled_by(puller)], {}) if wanted.has(one.account)]
        for registry in _registries(cache, wanted):
            there = _cached_already(cache, registry, evidence)
            for principal in principals:
                asked = [(cache.cached, access), *((name, "pull") for name in there)]
                questions += [Question(principal, registry, name, level, "allowed", cache.name, of_cache=True) for name, level in asked]
    return questions


def _pullers(caches: Sequence[Cache]) -> Iterator[tuple[Cache, Puller]]:
    for cache in caches:
        for puller in cache.pullers:
            if cache.state == puller.state == "present":
                yield cache, puller


def _registries(cache: Cache, wanted: Wanted) -> list[Registry]:
    found = [Registry(cache.account, region) for region in cache.regions] if cache.state == "present" else []
    return [registry for registry in found if wanted.has_registry(registry)]


def _cached_already(cache: Cache, registry: Registry, evidence: Evidence) -> list[str]:
    side = evidence.registries.get((registry.account, registry.region))
    return sorted(name for name in side.repositories if selector_matches(cache.cached, name, {})) if isinstance(side, RegistrySide) else []
