# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks before a release share with those of every day: the files, a clean copy of them, the artifact, one way to run a tool."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.checks.conftest import Passes, artifact, link_foreign_collections, passes, root, shipped, tree

__all__ = ["artifact", "installed", "passes", "root", "shipped", "tree"]


@pytest.fixture(scope="session")
def installed(artifact: Path, passes: Passes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collections path where the artifact has been installed, and the collections of others are, but nothing of this checkout."""
    place = tmp_path_factory.mktemp("installed")
    env = os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(place), "PYTHONPATH": ""}
    passes("ansible-galaxy", "collection", "install", "--offline", "--no-deps", "--collections-path", place, artifact, env=env)
    link_foreign_collections(place / "ansible_collections")
    return place
