# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories that caches and replication create, and that nobody else can use."""

from __future__ import annotations

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._access.findings import Template, without_policy

from .samples import FRIEND, OWNER, REGION, Statement, access, allow

HERE = f"arn:aws:ecr:{REGION}:{OWNER}:repository/"
NAMES = ("hub/nginx", "hubcap", "team/app")
REPLICATES = allow(FRIEND, ["ecr:ReplicateImage", "ecr:CreateRepository"], Resource=f"{HERE}*")
CACHE, COPY = "PULL_THROUGH_CACHE", "REPLICATION"


def named(prefixes: list[str], templates: list[Template], *statements: Statement) -> list[str]:
    opened = access(*statements, source="registry_policy", scope="V2")
    found = list(without_policy([(name, HERE + name) for name in NAMES], prefixes, templates, opened))
    assert {(one.severity, one.rule, one.document) for _name, one in found} <= {("low", "no-policy", "repository policy")}
    return [name for name, _finding in found]


@pytest.mark.parametrize(
    ("prefixes", "templates", "expected"),
    [
        ([], [], []),
        (["hub"], [], ["hub/nginx"]),
        (["ROOT"], [], list(NAMES)),
        (["other"], [], []),
        (["hub"], [Template("hub", (CACHE,), has_policy=True)], []),
        (["hub"], [Template("hub/", (CACHE, COPY), has_policy=True)], []),
        (["hub"], [Template("ROOT", (CACHE,), has_policy=True)], []),
        (["hub"], [Template("hub", (CACHE,), has_policy=False)], ["hub/nginx"]),
        (["hub"], [Template("hub", (COPY,), has_policy=True)], ["hub/nginx"]),
        (["hub"], [Template("hubc", (CACHE,), has_policy=True)], ["hub/nginx"]),
        (["hub"], [Template("hub", (CACHE,), has_policy=False), Template("ROOT", (CACHE,), has_policy=True)], ["hub/nginx"]),
        (["hub"], [Template("hub", (CACHE,), has_policy=True), Template("ROOT", (CACHE,), has_policy=False)], []),
    ],
)
def test_a_cache(prefixes: list[str], templates: list[Template], expected: list[str]) -> None:
    assert named(prefixes, templates) == expected


def test_replication() -> None:
    assert named([], [], REPLICATES) == list(NAMES)
    assert named([], [], {**REPLICATES, "Resource": f"{HERE}hub/*"}) == ["hub/nginx"]
    assert named([], [Template("ROOT", (COPY,), has_policy=True)], REPLICATES) == []
    assert named([], [Template("ROOT", (CACHE,), has_policy=True)], REPLICATES) == list(NAMES)
    assert named(["hub"], [Template("hub", (CACHE,), has_policy=True)], REPLICATES) == list(NAMES)


def test_the_policy_of_the_registry_opens_them_too() -> None:
    pull = allow(FRIEND, ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], sid="P", Resource=f"{HERE}hub/*")
    assert named(["ROOT"], [], pull) == ["hubcap", "team/app"]
    assert named([], [], REPLICATES, pull) == ["hubcap", "team/app"]
    both = allow(FRIEND, "ecr:*", Resource="*")
    assert named(["ROOT"], [], both) == []
