# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Molecule scenarios: there is one for each role and playbook, all of them succeed, and nothing is left of them."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.checks.conftest import Passes
from tests.checks.test_ansible_lint import lint
from tests.integration import warm_python
from tests.integration.playbooks import CALLBACKS

# What takes minutes takes an hour on a loaded machine.
pytestmark = pytest.mark.timeout(3600)

ROOT = Path(__file__).resolve().parents[2]
MOLECULE = ROOT / "extensions" / "molecule"
ROLES = sorted(f"role_{folder.name}" for folder in (ROOT / "roles").iterdir() if folder.is_dir())
PLAYBOOKS = sorted(f"playbook_{file.stem}" for file in (ROOT / "playbooks").glob("*.yml"))
SCENARIOS = [*ROLES, *PLAYBOOKS]
STEPS = ["prepare", "check", "side_effect", "converge", "verify", "idempotence", "side_effect", "cleanup"]


@dataclass(frozen=True)
class Run:
    """One `molecule test --all`: what it printed, and what it has left behind."""

    printed: str
    returncode: int
    processes: list[str]
    files: list[str]

    def steps(self, scenario: str) -> list[tuple[str, str]]:
        """The steps of a scenario in their order, each with how it ended."""
        details = self.printed.rpartition("DETAILS")[2].partition("SCENARIO RECAP")[0]
        return re.findall(rf"(?m)^{scenario} (?:>|\u279c) (\w+): Executed: (\w+)", details)

    def failure(self, scenario: str) -> str:
        """What molecule says of a scenario that failed, and shows of its last step; all that it printed when it shows nothing."""
        said = rf"^ERROR +Scenario '{scenario}' failed: .*?(?=^[A-Z]+ )"
        shown = rf"^ *\u250c\u2500* Failed: {scenario} .*?^ *\u2514"
        return "\n".join(re.findall(f"(?ms){said}|{shown}", self.printed)) or self.printed


def processes_of(folder: Path) -> list[str]:
    """The command lines of the processes that mention a folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has ended meanwhile
        if str(folder) in command:
            found.append(command)
    return found


def files_of_checkout() -> set[str]:
    """Where molecule could leave something lying around."""
    return {str(file.relative_to(ROOT)) for file in (*ROOT.iterdir(), *MOLECULE.rglob("*"))}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All scenarios, two at a time, whether others have failed or not: then the stand-ins are stopped in any case."""
    folder = tmp_path_factory.mktemp("molecule")
    before = files_of_checkout()
    command = ["molecule", "test", "--all", "--workers", "2", "--continue-on-failure"]
    command += ["--", f"--extra-vars=ansible_python_interpreter={warm_python.for_modules()}"]
    env = os.environ | CALLBACKS | {"EVENTS_FILE": os.devnull, "ZIPPED_MODULES": str(tmp_path_factory.mktemp("zipped-modules"))}
    env |= {"MOLECULE_EPHEMERAL_DIRECTORY": str(folder), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return Run(done.stdout, done.returncode, processes_of(folder), sorted(files_of_checkout() - before))


def test_production_profile(tree: Path, passes: Passes) -> None:
    """Everything that ansible-lint looks at, the scenarios as well."""
    lint(tree, passes)


def test_every_role_and_playbook_has_a_scenario() -> None:
    """And there is no other one, but for the one that starts what they share."""
    assert sorted(file.parent.name for file in MOLECULE.glob("*/molecule.yml")) == sorted([*SCENARIOS, "default"])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(run: Run, scenario: str) -> None:
    """Every step has run, and succeeded."""
    assert run.steps(scenario) == [(step, "Successful") for step in STEPS], run.failure(scenario)


def test_nothing_is_left(run: Run) -> None:
    """What was started has been stopped, and the checkout is as it was."""
    assert run.returncode == 0, run.printed
    assert [run.steps("default"), run.processes, run.files] == [[("create", "Successful"), ("destroy", "Successful")], [], []]
