# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pull-through cache between accounts as one unit: empty accounts, one run, first pulls, and what is said when a part is missing."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.integration.accounts import Fleet, attached, client_of, may, policies, pull, push
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.playbooks import PlaybookRun
from tests.lab import Lab

PLAYBOOK = "crossaccount.registry.pull_through_cache"
HERE = "eu-central-1"
ROLE = "caches/platform-cache"
CACHE: dict[str, Any] = {
    "name": "platform",
    "upstream": {"account": PRIMARY, "region": REGION, "repository_prefix": "base"},
    "downstream": {"account": SECONDARY, "regions": [HERE], "repository_prefix": "platform", "role": ROLE},
    "pullers": [
        {"account": SECONDARY, "roles": ["app"]},
        {"account": OTHER, "roles": ["shop"]},
        {"account": OTHER, "roles": ["shop-ci"], "first_pull": True},
    ],
}


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


class World:
    """Three accounts with nothing but images upstream and the roles that pull."""

    def __init__(self, lab: Lab, primary: Account, secondary: Account, other: Account) -> None:
        self.lab, self.primary, self.secondary, self.other = lab, primary, secondary, other
        primary.create_repositories("base/python", "base/node")
        for repository in ("base/python", "base/node"):
            for tag in ("1", "2", "3"):
                push(primary.client("ecr"), repository, tag)
        secondary.create_role("app")
        for role in ("shop", "shop-ci"):
            other.create_role(role)

    def may_pull(self, account: Account, role: str, repository: str, tag: str = "1") -> bool:
        """A pull by a session of the role, for real."""
        client = client_of(self.lab, Account(self.lab, account.id, HERE), role)
        return may(pull, client, repository, tag, SECONDARY)


@pytest.fixture
def world(lab: Lab, primary: Account, secondary: Account, other: Account) -> World:
    return World(lab, primary, secondary, other)


def changes(run: PlaybookRun) -> list[str]:
    """What a run has changed, or would: each document or setting by its resource."""
    found = []
    for one in run.results:
        for result in one.result.get("results", [one.result]):
            found += [action["resource"] for action in result.get("actions", ()) if action["action"] in ("created", "updated", "deleted")]
    return found


def failures(run: PlaybookRun) -> str:
    """What the failed tasks say."""
    texts = []
    for one in run.results:
        if one.failed:
            texts += [one.msg, *(str(part.get("msg", "")) for part in one.result.get("results", ()) if part.get("failed"))]
    return "\n".join(texts)


def test_one_run_on_empty_accounts(world: World, ansible: Ansible, fleet: Fleet, journal: Journal) -> None:
    """Shown, made, unchanged; the first pulls work from the account of the cache and from a third one."""
    fleet.write({"registry_caches": [CACHE]})
    journal.clear()
    check = ansible(PLAYBOOK, "--check", **fleet.settings).succeeded()
    assert journal.writes() == []
    real = ansible(PLAYBOOK, **fleet.settings).succeeded()
    assert real.changed == check.changed
    again = ansible(PLAYBOOK, **fleet.settings).succeeded()
    assert again.changed == 0, changes(again)
    assert not world.may_pull(world.other, "shop", "platform/python")
    assert world.may_pull(world.secondary, "app", "platform/python")
    assert world.may_pull(world.other, "shop", "platform/python")
    assert world.may_pull(world.other, "shop-ci", "platform/node")
