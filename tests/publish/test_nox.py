# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sessions that hosted integration of Ansible collections runs with nox, as far as they need neither a container nor a checkout of
ansible-core: those are listed only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.checks.ansible_test import CORES
from tests.checks.conftest import Passes
from tests.run import environment_beside


@pytest.fixture
def nox(tree: Path, passes: Passes) -> Passes:
    """Run nox on a copy of what is committed or about to be."""
    passes("git", "add", "--all", cwd=tree)
    env = os.environ | {"PATH": os.pathsep.join([str(environment_beside("nox")), os.environ["PATH"]]), "PYTHONPATH": ""}
    return lambda *arguments: passes("nox", *arguments, cwd=tree, env=env)


def test_sessions(nox: Passes) -> None:
    """The configuration can be read; each ansible-core that is supported has its sessions."""
    listed = nox("--list")
    for core in CORES:
        assert f"ansible-test-sanity-{core.version} " in listed
        assert f"ansible-test-units-{core.version} " in listed


@pytest.mark.parametrize("session", ["antsibull-nox-config", "docs-check", "extra-checks", "license-check", "yamllint"])
def test_session(session: str, nox: Passes) -> None:
    """References in documentation, unwanted files, action groups, licences, layout of YAML that is inside Python too."""
    nox("--session", session)
