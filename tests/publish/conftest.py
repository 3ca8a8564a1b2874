# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks before a release share with those of every day: the files, a clean copy of them, the artifact, one way to run a tool."""

from __future__ import annotations

from tests.checks.conftest import artifact, passes, root, shipped, tree

__all__ = ["artifact", "passes", "root", "shipped", "tree"]
