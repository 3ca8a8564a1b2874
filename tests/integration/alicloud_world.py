# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks against the stand-in for Alibaba Cloud: many tasks in one run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from tests.integration import playbooks
from tests.lab.alicloud import AlibabaCloud

#: The account that runs container instances, and the one that owns the registry.
UID_A, UID_B = "1609982529000001", "1298452580000001"
REGION = "cn-hangzhou"


class Alicloud:
    """Runs playbooks as the administrator of account A. ``cloud`` is the stand-in."""

    def __init__(self, cloud: AlibabaCloud) -> None:
        self.cloud = cloud

    def environment(self, uid: str | None = UID_A) -> dict[str, str]:
        """This process's environment without its own settings, and with the keys of an account's administrator; None for no keys."""
        kept = ("ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_HOME")
        foreign = ("AWS_", "ANSIBLE_", "ALIBABA_CLOUD_", "ALICLOUD_")
        environment = {key: value for key, value in os.environ.items() if key in kept or not key.startswith(foreign)}
        environment |= {"LC_ALL": "C.UTF-8", "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}
        return environment if uid is None else {**environment, **self.cloud.environment_of(self.cloud.account(uid).key, REGION)}

    def play(
        self, tasks: Sequence[Mapping[str, Any]], *arguments: str, uid: str | None = UID_A, variables: Mapping[str, Any] | None = None
    ) -> playbooks.PlaybookRun:
        """Runs tasks to their end, each of which knows the endpoint; those that fail have to be ignored."""
        defaults = {"group/crossaccount.registry.alicloud": {"endpoint_url": self.cloud.endpoint}}
        play = {"hosts": "localhost", "gather_facts": False, "module_defaults": defaults, "tasks": list(tasks)}
        return playbooks.run(yaml.safe_dump([play]), self.environment(uid), arguments, variables).succeeded()


def task(
    title: str, module: str, /, *, check: bool = False, ignore: bool = False, uid: str | None = None, **options: Any
) -> dict[str, Any]:
    """A task of one of our modules. ``uid``: as the administrator of this account."""
    keys: dict[str, str] = {}
    if uid:
        keys = {"access_key_id": f"{{{{ keys['{uid}'].id }}}}", "access_key_secret": f"{{{{ keys['{uid}'].secret }}}}"}
    return {
        "name": title,
        f"crossaccount.registry.{module}": {**keys, **options},
        "check_mode": check,
        "diff": True,
        "ignore_errors": ignore,
    }


def thrice(title: str, module: str, /, **options: Any) -> list[dict[str, Any]]:
    """A task in check mode, for real, and again; see told_the_same."""
    return [task(f"{title}: {name}", module, check=name == "check", **options) for name in ("check", "real", "again")]


def told_the_same(run: playbooks.PlaybookRun, title: str, *unknown: str) -> playbooks.TaskResult:
    """The real result of thrice(): check mode said the same, but for what only the service knows, and the second run changed nothing."""
    check, real, again = (run[f"{title}: {name}"] for name in ("check", "real", "again"))
    assert {**check.outcome, **dict.fromkeys(unknown)} == {**real.outcome, **dict.fromkeys(unknown)}
    assert real.changed
    assert not again.changed
    assert again["diff"] == []
    return real
