# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test sanity: every test that it has, without an ignore file. tests/publish does the same with the other versions."""

from __future__ import annotations

from pathlib import Path

from .ansible_test import OURS, PINNED, sanity
from .conftest import Passes


def test_every_sanity_test(tree: Path, passes: Passes) -> None:
    """All of them, on the Python that runs the tests."""
    sanity(PINNED, OURS, tree, passes)


def test_nothing_is_ignored(shipped: list[Path]) -> None:
    """No sanity ignore file: what a test finds is mended."""
    assert not [str(file) for file in shipped if file.is_relative_to("tests/sanity")]
