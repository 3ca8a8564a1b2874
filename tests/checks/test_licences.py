# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what with each file."""

from __future__ import annotations

from pathlib import Path

from .conftest import Passes

IDENTIFIER = "# SPDX-" + "License-Identifier: GPL-3.0-or-later"


def test_reuse(tree: Path, passes: Passes) -> None:
    """Every file names its copyright and its licence, and every licence's text is here."""
    passes("reuse", "--root", tree, "lint")


def test_plugins_are_gpl(shipped: list[Path], root: Path) -> None:
    """Plugins are loaded into Ansible's process or built on its GPL parts."""
    headers = {
        str(file): (root / file).read_text().splitlines()[:6]
        for file in shipped
        if file.parts[0] == "plugins" and (root / file).read_bytes().strip()
    }
    wrong = [name for name, lines in headers.items() if IDENTIFIER not in lines]
    assert not wrong
