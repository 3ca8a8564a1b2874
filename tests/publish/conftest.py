# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks before a release share with those of every day: the files, a clean copy of them, the artifact, one way to run a tool."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from tests.checks.ansible_test import CORES, Core
from tests.checks.conftest import Passes, artifact, passes, root, shipped, tree
from tests.integration.conftest import ansible, journal, lab, primary, running_lab, secondary

__all__ = ["ansible", "artifact", "journal", "lab", "passes", "primary", "root", "running_lab", "secondary", "shipped", "tree"]


@pytest.fixture(scope="session")
def installed(artifact: Path, root: Path, passes: Passes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collections path with the installed artifact and the collections that it depends on, and nothing of this checkout."""
    place = tmp_path_factory.mktemp("installed")
    env = os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(place), "PYTHONPATH": ""}
    passes("ansible-galaxy", "collection", "install", "--offline", "--no-deps", "--collections-path", place, artifact, env=env)
    for name in yaml.safe_load((root / "galaxy.yml").read_text())["dependencies"]:
        link = place / "ansible_collections" / name.replace(".", "/")
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(root / ".cache" / "collections" / link.relative_to(place))
    return place


@pytest.fixture(scope="module", params=CORES, ids=lambda core: f"core-{core.version}")
def core(request: pytest.FixtureRequest) -> Core:
    """Every supported ansible-core in turn; the test is skipped where nothing here runs it."""
    one: Core = request.param
    if not one.controller:
        pytest.skip(one.missing)
    return one
