# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test of every ansible-core that meta/runtime.yml lets in, on every Python that is here."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.checks.ansible_test import CORES, OURS, PINNED, Core, ansible_test, find_python, sanity
from tests.checks.conftest import Passes

# What takes an hour on a loaded machine is slow, not stuck.
pytestmark = pytest.mark.timeout(3600)


def test_every_sanity_test(core: Core, tree: Path, passes: Passes) -> None:
    """All of them, on the Python that runs this ansible-core."""
    assert core.controller
    sanity(core, core.controller, tree, passes)


@pytest.mark.parametrize(
    ("core", "python"),
    [
        pytest.param(core, python, id=f"core-{core.version}-{python}")
        for core in CORES
        for python in core.targets
        if python != core.controller
    ],
    indirect=["core"],
)
def test_compile_and_import(core: Core, python: str, tree: Path, passes: Passes) -> None:
    """The sanity tests that depend on the Python of the modules, on those that do not run this ansible-core here."""
    if not find_python(python):
        pytest.skip(f"no Python {python} on this machine")
    sanity(core, python, tree, passes, "compile", "import")


@pytest.mark.parametrize("python", [OURS, next(python for python in reversed(PINNED.targets) if find_python(python))])
def test_units(python: str, tree: Path, passes: Passes) -> None:
    """The unit tests on our Python and on the newest, in environments that ansible-test makes from tests/unit/requirements.txt."""
    printed = ansible_test(PINNED, tree, passes, "units", "--venv", "--python", python)
    assert "skipped" not in printed.lower(), printed


def test_required_version(root: Path) -> None:
    """What meta/runtime.yml lets in begins with the oldest that is proven here."""
    assert yaml.safe_load((root / "meta" / "runtime.yml").read_text())["requires_ansible"] == f">={CORES[0].version}.0"
    assert PINNED in CORES
