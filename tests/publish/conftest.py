# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks before a release share with those of every day: the files, a clean copy of them, the artifact, one way to run a tool."""

from __future__ import annotations

import pytest

from tests.checks.ansible_test import CORES, Core
from tests.checks.conftest import artifact, installed, passes, root, shipped, tree
from tests.integration.conftest import ansible, journal, lab, primary, running_lab, secondary

__all__ = ["ansible", "artifact", "installed", "journal", "lab", "passes", "primary", "root", "running_lab", "secondary", "shipped", "tree"]


@pytest.fixture(scope="module", params=CORES, ids=lambda core: f"core-{core.version}")
def core(request: pytest.FixtureRequest) -> Core:
    """Every supported ansible-core in turn; the test is skipped where nothing here runs it."""
    one: Core = request.param
    if not one.controller:
        pytest.skip(one.missing)
    return one
