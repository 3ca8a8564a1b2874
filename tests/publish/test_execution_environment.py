# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Execution environments: what the collection asks of them suffices. An image itself is built where there is a container engine."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
import yaml

from tests.checks.conftest import Passes
from tests.integration.accounts import Fleet, grant
from tests.integration.conftest import SECONDARY, Account, Ansible, Journal

OURS = "crossaccount.registry"


@pytest.fixture(scope="module")
def asked(installed: Path, tmp_path_factory: pytest.TempPathFactory, passes: Passes) -> Path:
    """What the collection and those that it depends on ask for, as ansible-builder finds it: a requirements file for pip."""
    file = tmp_path_factory.mktemp("asked") / "requirements.txt"
    printed = yaml.safe_load(passes("ansible-builder", "introspect", "--write-pip", file, installed))
    assert {line.rpartition(" ")[2] for line in printed["python"]} == {OURS, "amazon.aws", "kubernetes.core"}
    return file


@pytest.fixture(scope="module")
def programs(asked: Path, root: Path, tmp_path_factory: pytest.TempPathFactory, passes: Passes) -> Path:
    """The programs of an environment that has just that, ansible-core and ansible-runner."""
    place = tmp_path_factory.mktemp("environment")
    passes(sys.executable, "-m", "venv", place)
    wanted = ["--requirement", asked, "--constraint", root / "requirements" / "test.txt"]
    passes(place / "bin" / "pip", "install", "--quiet", *wanted, "ansible-core", "ansible-runner")
    return place / "bin"


def test_introspect(asked: Path, root: Path) -> None:
    """Every line of requirements.txt, with the version that it asks for."""
    found = [line.partition("#")[0].strip() for line in asked.read_text().splitlines() if OURS in line]
    wanted = [line for line in (root / "requirements.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert found == wanted


def test_context(root: Path, tmp_path: Path, passes: Passes) -> None:
    """The definition that we ship makes a build context with the collection in it."""
    example = root / "examples" / "execution-environment"
    options = ["--context", tmp_path, "--output-filename", "Containerfile"]
    passes("ansible-builder", "create", "--file", example / "execution-environment.yml", *options, cwd=example)
    assert OURS in (tmp_path / "_build" / "requirements.yml").read_text()
    assert "ansible-core>=" in (tmp_path / "Containerfile").read_text()


def test_everything_imports(programs: Path, installed: Path, passes: Passes) -> None:
    """Each Python file of the collection, without an error."""
    ours = installed / "ansible_collections" / "crossaccount" / "registry"
    names = [".".join(file.relative_to(installed).with_suffix("").parts) for file in sorted((ours / "plugins").rglob("*.py"))]
    assert len(names) > 100
    lines = ["import importlib", f"for name in {names!r}:", "    importlib.import_module(name)"]
    passes(programs / "python", "-c", "\n".join(lines), env=os.environ | {"PYTHONPATH": str(installed)})


@pytest.fixture
def fleet(tmp_path: Path, primary: Account, secondary: Account) -> Fleet:
    """A declaration that nobody has applied yet."""
    primary.create_repositories("payments/api")
    secondary.create_role("ecsInstanceRole")
    fleet = Fleet(tmp_path)
    fleet.declare(grant("runtime", "pull", (SECONDARY, "ecsInstanceRole")))
    return fleet


def test_playbooks(
    programs: Path, installed: Path, root: Path, tmp_path: Path, ansible: Ansible, fleet: Fleet, journal: Journal, passes: Passes
) -> None:
    """The smoke playbook, and a plan of the main job, under ansible-runner: they reach the lab and write nothing."""
    journal.clear()
    env = ansible.environment() | fleet.settings["environment"]
    env |= {
        "ANSIBLE_COLLECTIONS_PATH": str(installed),
        "ANSIBLE_HOME": str(tmp_path / "ansible"),
        "PATH": os.pathsep.join([str(programs), os.defpath]),
        "PYTHONPATH": "",
    }
    for name, playbook in (("smoke", str(root / "tests" / "ee" / "all.yml")), ("plan", f"{OURS}.site")):
        folder = tmp_path / name
        for part in ("env", "inventory", "project"):
            (folder / part).mkdir(parents=True)
        (folder / "inventory" / "hosts.json").write_text(json.dumps(fleet.tree()))
        (folder / "env" / "extravars").write_text(fleet.declaration.read_text())
        (folder / "env" / "cmdline").write_text("--check")
        passes("ansible-runner", "run", folder, "--playbook", playbook, "--ident", name, env=env)
        events = [json.loads(file.read_text()) for file in (folder / "artifacts" / name / "job_events").glob("*.json")]
        assert not [event for event in events if event["event"] == "runner_on_ok" and event["event_data"]["res"].get("failed")]
        assert not [event for event in events if event["event_data"].get("ignore_errors")]
    assert journal.writes() == []
    assert {call["account"] for call in journal.calls()} >= {SECONDARY}
