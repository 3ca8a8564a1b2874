# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which questions a declaration of caches answers."""

from __future__ import annotations

from typing import Any

from ansible_collections.crossaccount.registry.plugins.module_utils._access.cache_questions import cache_questions, cached_by, pulls_of
from ansible_collections.crossaccount.registry.plugins.module_utils._access.matrix import Wanted
from ansible_collections.crossaccount.registry.plugins.module_utils._access.questions import Registry
from ansible_collections.crossaccount.registry.plugins.module_utils._access.sides import Evidence, RegistrySide
from ansible_collections.crossaccount.registry.plugins.module_utils._caches import read_caches

from .access import CONSUMER, OTHER, OWNER

HERE = Registry(OWNER, "eu-west-1")
ENTRY: dict[str, Any] = {
    "name": "hub",
    "upstream": {"registry": "quay"},
    "downstream": {"account": OWNER, "regions": ["eu-west-1"], "repository_prefix": "hub"},
    "pullers": [
        {"account": OWNER, "roles": ["app"]},
        {"account": CONSUMER, "roles": ["ci-web"], "first_pull": True},
        {"account": OTHER},
        {"account": OTHER, "users": ["gone"], "state": "absent"},
    ],
}


def asked(wanted: Wanted | None = None, there: tuple[str, ...] = (), **fields: Any) -> list[tuple[str, str, str]]:
    """Who is asked about for which repository and access level."""
    side = RegistrySide(OWNER, "eu-west-1", repositories=dict.fromkeys(there))
    caches = read_caches([{**ENTRY, **fields}])
    found = cache_questions(caches, Evidence(registries={(OWNER, "eu-west-1"): side}), wanted or Wanted())
    assert all((one.expected, one.grant, one.cached, one.registry) == ("allowed", "hub", True, HERE) for one in found)
    return [(one.principal.text.rpartition("/")[2], one.repository, one.access) for one in found]


def test_who_may_fill_is_asked_about_the_first_pull() -> None:
    assert asked() == [("app", "hub/*", "pull"), ("ci-web", "hub/*", "pull"), (OTHER, "hub/*", "cached_pull")]
    assert asked(state="absent") == []


def test_what_is_cached_already_is_asked_about_by_name() -> None:
    assert asked(Wanted(accounts=frozenset({OTHER})), there=("hub/a", "other")) == [
        (OTHER, "hub/*", "cached_pull"),
        (OTHER, "hub/a", "pull"),
    ]


def test_accounts_and_registries_narrow_it_down() -> None:
    assert asked(Wanted(not_accounts=frozenset({OWNER, OTHER}))) == [("ci-web", "hub/*", "pull")]
    assert asked(Wanted(registries=frozenset({CONSUMER}))) == []
    caches = read_caches([ENTRY])
    assert cached_by(caches, Wanted()) == {HERE: ["hub/*"]}
    assert cached_by(caches, Wanted(registries=frozenset())) == {}
    assert [grant.recipients[0].account for grant in pulls_of(caches)] == [OWNER, CONSUMER, OTHER]
