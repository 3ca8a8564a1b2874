# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people install: it builds, holds what they need and nothing else, and Ansible finds everything in it."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path

import yaml

from .conftest import Passes

ALLOWED = {
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "COPYING",
    "FILES.json",
    "LICENSES",
    "MANIFEST.json",
    "README.md",
    "REUSE.toml",
    "bindep.txt",
    "changelogs",
    "docs",
    "examples",
    "meta",
    "playbooks",
    "plugins",
    "requirements-alicloud.txt",
    "requirements.txt",
    "roles",
}
MEGABYTE = 1_000_000


def test_name(artifact: Path, root: Path) -> None:
    """The version is the one in galaxy.yml."""
    metadata = yaml.safe_load((root / "galaxy.yml").read_text())
    assert artifact.name == f"crossaccount-registry-{metadata['version']}.tar.gz"


def test_only_what_users_need(artifact: Path) -> None:
    """No tests, no tools, nothing left over from a run; and small."""
    with tarfile.open(artifact) as archive:
        names = [Path(name) for name in archive.getnames() if name != "."]
    assert {name.parts[0] for name in names} <= ALLOWED
    assert not [str(name) for name in names if name.suffix == ".pyc" or "fragments" in name.parts[:2]]
    assert artifact.stat().st_size < MEGABYTE


def test_all_that_users_need(artifact: Path, shipped: list[Path]) -> None:
    """Every plugin, role and playbook, and what a job's environment is built from."""
    with tarfile.open(artifact) as archive:
        names = set(archive.getnames())
    content = {str(file) for file in shipped if file.parts[0] in ("meta", "playbooks", "plugins", "roles")}
    assert content | {"README.md", "COPYING", "requirements.txt", "bindep.txt", "meta/execution-environment.yml"} <= names


def test_installs_without_a_server(installed: Path, tmp_path: Path, passes: Passes) -> None:
    """As the README says; every module and role that is installed can then be read about."""
    env = os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(installed), "PYTHONPATH": ""}
    ours = installed / "ansible_collections" / "crossaccount" / "registry"
    present = {
        "module": {file.stem for file in ours.glob("plugins/modules/*.py")} - {"__init__"},
        "role": {folder.name for folder in ours.glob("roles/*") if folder.is_dir()},
    }
    for kind, names in present.items():
        listed = json.loads(passes("ansible-doc", "--list", "--json", "--type", kind, "crossaccount.registry", cwd=tmp_path, env=env))
        assert {f"crossaccount.registry.{name}" for name in names} == listed.keys()


def test_action_group_names_our_modules(root: Path) -> None:
    """One module_defaults feeds all that take AWS options, so none of them may be missing, and no other may be named."""
    metadata = yaml.safe_load((root / "meta" / "runtime.yml").read_text())
    named = {entry for entry in metadata["action_groups"]["aws"] if isinstance(entry, str)}
    uses_aws = {file.stem for file in (root / "plugins" / "modules").glob("*.py") if "amazon.aws.common.modules" in file.read_text()}
    assert named == uses_aws
