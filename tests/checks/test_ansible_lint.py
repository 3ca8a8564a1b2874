# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-lint with the profile that Red Hat certifies by; nothing is skipped."""

from __future__ import annotations

from pathlib import Path

import yaml

from .conftest import Passes


def lint(tree: Path, passes: Passes, *arguments: str) -> None:
    """Lints a copy of the project; the test fails with what was found."""
    printed = passes("ansible-lint", "--offline", "--nocolor", "--profile", "production", *arguments, cwd=tree)
    assert "Profile 'production' was required, and it passed" in printed or "'production' profile" in printed, printed


def test_production_profile(tree: Path, passes: Passes) -> None:
    """Roles, playbooks, examples, metadata. The scenarios of Molecule, which nobody installs, are linted before a release."""
    lint(tree, passes, "--exclude", "extensions/molecule")


def test_nothing_is_skipped(root: Path, shipped: list[Path]) -> None:
    """Neither by the configuration nor by an ignore file."""
    configuration = yaml.safe_load((root / ".ansible-lint").read_text())
    assert not {"skip_list", "warn_list", "mock_modules", "mock_roles"} & configuration.keys()
    assert Path(".ansible-lint-ignore") not in shipped
