# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Layout of every YAML file, with the settings in .yamllint."""

from __future__ import annotations

from pathlib import Path

from .conftest import Passes


def test_yamllint(shipped: list[Path], passes: Passes) -> None:
    """Also of the files that ansible-lint does not read."""
    files = [file for file in shipped if file.suffix in (".yml", ".yaml") or file.name in (".yamllint", ".ansible-lint")]
    passes("yamllint", "--strict", *files)
