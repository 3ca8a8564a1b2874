# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed artifact on every ansible-core that meta/runtime.yml lets in: everything loads, and playbooks do the main job."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checks.ansible_test import Core
from tests.checks.conftest import Passes
from tests.integration.accounts import Fleet, grant
from tests.integration.conftest import SECONDARY, Account, Ansible, Journal

Play = Callable[..., int]

#: What others are warned of: amazon.aws 10 for a name that it imports, ansible-core for a collection inside itself, and what follows any
#: deprecation.
FOREIGN = ("from 'ansible.module_utils._text' is deprecated", "/_internal/ansible_collections/", "Deprecation warnings can be disabled")


def warnings_in(printed: str) -> list[str]:
    """What Ansible has to say against us."""
    return [line for line in printed.splitlines() if "WARNING]" in line and not any(text in line for text in FOREIGN)]


@pytest.fixture
def play(core: Core, ansible: Ansible, installed: Path, tmp_path: Path, passes: Passes) -> tuple[Fleet, Play]:
    """An inventory, and a function that runs a playbook on it with this ansible-core and its own Python, and returns how many changes it
    has counted. Ansible must have nothing to warn us of."""
    fleet = Fleet(tmp_path)

    def run(playbook: str | Path, *arguments: str) -> int:
        env = ansible.environment(None) | fleet.settings["environment"]
        env |= {
            "ANSIBLE_COLLECTIONS_PATH": str(installed),
            "ANSIBLE_FORCE_COLOR": "0",
            "ANSIBLE_HOME": str(tmp_path / "ansible"),
            "PATH": os.pathsep.join([str(core.programs), os.defpath]),
            "PYTHONPATH": "",
        }
        interpreter = f"ansible_python_interpreter={core.programs / 'python'}"
        command = ["ansible-playbook", playbook, "-i", fleet.inventory, "-e", interpreter, *arguments]
        printed = passes(*command, cwd=tmp_path, env=env)
        assert not warnings_in(printed)
        return sum(int(number) for number in re.findall(r"\bchanged=(\d+)", printed))

    return fleet, run


def test_no_name_that_goes_away(installed: Path) -> None:
    """What amazon.aws is warned of is nothing of ours."""
    ours = installed / "ansible_collections" / "crossaccount" / "registry" / "plugins"
    assert not [str(file) for file in ours.rglob("*.py") if "module_utils._text" in file.read_text()]


def test_everything_loads(core: Core, installed: Path, tmp_path: Path, passes: Passes) -> None:
    """ansible-doc finds and reads every plugin, module and role."""
    env = os.environ | {
        "ANSIBLE_COLLECTIONS_PATH": str(installed),
        "PATH": os.pathsep.join([str(core.programs), os.defpath]),
        "PYTHONPATH": "",
    }
    printed = passes("ansible-doc", "--metadata-dump", "crossaccount.registry", cwd=tmp_path, env=env)
    assert not warnings_in(printed)
    read, _ = json.JSONDecoder().raw_decode(printed[printed.index("{\n") :])
    ours = installed / "ansible_collections" / "crossaccount" / "registry"
    for kind in ("filter", "inventory", "lookup", "module", "test"):
        folder = ours / "plugins" / ("modules" if kind == "module" else kind)
        assert {name.rpartition(".")[2] for name in read["all"][kind]} == {file.stem for file in folder.glob("*.py")} - {"__init__"}
    assert {name.rpartition(".")[2] for name in read["all"]["role"]} == {folder.name for folder in (ours / "roles").iterdir()}


@pytest.mark.timeout(1800)
def test_site(play: tuple[Fleet, Play], journal: Journal, primary: Account, secondary: Account) -> None:
    """Both sides of a declaration, on the lab: shown, made, unchanged, and reported, in two files."""
    fleet, run = play
    primary.create_repositories("payments/api", "payments/web")
    secondary.create_role("ecsInstanceRole")
    fleet.declare(grant("runtime", "pull", (SECONDARY, "ecsInstanceRole")))
    journal.clear()
    assert run("crossaccount.registry.site", "--check", "--diff") == 2
    assert journal.writes() == []
    assert run("crossaccount.registry.site") == 2
    assert primary.sids("payments/api") == primary.sids("payments/web") == ["CrossaccountRegistryRuntimePull"]
    assert run("crossaccount.registry.site") == 0
    assert run("crossaccount.registry.access_report", "-e", f"access_report_path={fleet.inventory.parent}/report.html") == 2


def test_smoke(play: tuple[Fleet, Play], root: Path) -> None:
    """The playbook that looks at execution environments."""
    fleet, run = play
    fleet.declare()
    assert run(root / "tests" / "ee" / "all.yml") == 0
