# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a long task shows while it runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.integration.accounts import grant
from tests.integration.conftest import PRIMARY, REGION, SECONDARY, Account, Ansible
from tests.lab import Lab

NOBODY = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{SECONDARY}:role/nobody"}, "Action": "ecr:BatchGetImage"}


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


def test_progress_goes_to_stderr_only(lab: Lab, ansible: Ansible, primary: Account, temporary: Path) -> None:
    """How far it is, and what it waits for to the last word; nothing of a task in the background or one that must not be logged."""
    primary.create_repositories(*(f"team/app-{number}" for number in range(9)))
    lab.set_faults({"profile": "slow", "seconds": 0.3})
    module = "crossaccount.registry.ecr_repository_policy"
    slow = {"grants": [grant("team", "pull", SECONDARY, ["team/*"])], "workers": 1}
    waiting = {"repositories": ["team/app-0"], "region": REGION, "statements": [NOBODY], "wait_timeout": 1}
    tasks = [
        {"name": "slow", module: slow},
        {"name": "waiting", module: waiting, "ignore_errors": True},
        {"name": "secret", module: waiting, "ignore_errors": True, "no_log": True},
        {"name": "background", module: {**slow, "workers": 16}, "async": 60, "poll": 1},
    ]
    environment = {"ANSIBLE_LOCAL_TEMP": str(temporary), "ANSIBLE_ASYNC_DIR": str(temporary / "async")}
    run = ansible(json.dumps(tasks) + "\n", environment=environment).succeeded()
    lines = re.findall(r"(?m)^\[localhost\] (.*)$", run.stderr)
    waits = [line for line in lines if "waiting" in line]
    assert {line.partition(":")[0] for line in lines if line not in waits} == {"reading", "writing", "confirming"}
    assert any(re.fullmatch(r"writing: \d+ of 9", line) for line in lines)
    assert waits == [
        f"{PRIMARY} {REGION} team/app-0: waiting: ECR does not know a principal of the policy (yet): arn:aws:iam::{SECONDARY}:role/nobody"
    ]
    assert not any(line in run.stdout for line in lines)
    assert run["slow"]["summary"]["created"] == 9
    assert "nobody" not in json.dumps(run["secret"].result)
    assert not run["background"].changed
    assert [file.name for file in temporary.iterdir()] == ["async"]
