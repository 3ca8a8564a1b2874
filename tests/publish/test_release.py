# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a release, as CONTRIBUTING.md has them, on a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.checks.conftest import Passes


@pytest.fixture
def copy(tree: Path, tmp_path: Path) -> Path:
    """The fragments of the next release, or those that an earlier one has used up."""
    place = tmp_path / "registry"
    shutil.copytree(tree, place, symlinks=True)
    return place


def test_release(copy: Path, root: Path, tmp_path: Path, passes: Passes) -> None:
    """The changelog names all that is new, passes its linters, and is in the artifact."""
    if not list((copy / "changelogs" / "fragments").glob("*.yml")):
        pytest.skip("nothing has changed since the last release")
    passes("antsibull-changelog", "release", cwd=copy)
    assert not list((copy / "changelogs" / "fragments").glob("*.yml"))
    text = (copy / "CHANGELOG.md").read_text().replace("\\", "")
    assert "Release Summary" in text
    lists = {section.partition("\n")[0]: section for section in text.split("### New ")}
    new = {"Modules": "plugins/modules/*.py", "Playbooks": "playbooks/*.yml", "Roles": "roles/*"}
    for kind, files in new.items():
        assert not [file.stem for file in root.glob(files) if f"* crossaccount.registry.{file.stem} - " not in lists[kind]]
    passes("antsibull-changelog", "lint", cwd=copy)
    passes("antsibull-changelog", "lint-changelog-yaml", "--strict", "changelogs/changelog.yaml", cwd=copy)
    passes("ansible-galaxy", "collection", "build", "--output-path", tmp_path, copy)
    assert list(tmp_path.glob("crossaccount-registry-*.tar.gz"))
