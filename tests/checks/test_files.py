# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no file here may hold."""

from __future__ import annotations

import re
from pathlib import Path

# Put together from parts, so that this file does not name them either.
PACKAGE_REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("py" + "pi", "org"),
        ("python" + "hosted", "org"),
        ("galaxy", "ansible", "com"),
        ("npm" + "js", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
    )
]
MACHINE_PATH = re.compile(r"(?<![\w.}~-])/(?:" + "|".join(("ho" + "me", "ro" + "ot", "Us" + "ers", "wo" + "rk")) + r")/[\w.-]+")


def text_of(file: Path) -> str:
    """A file's text; a link's is where it points."""
    return str(file.readlink()) if file.is_symlink() else file.read_text(encoding="utf-8", errors="replace")


def test_no_package_registry_host(shipped: list[Path], root: Path) -> None:
    """Where packages come from is the machine's own setting."""
    found = [f"{file}: {host}" for file in shipped for host in PACKAGE_REGISTRIES if host in text_of(root / file).lower()]
    assert not found


def test_no_machine_path(shipped: list[Path], root: Path) -> None:
    """A path of the machine that somebody worked on means nothing elsewhere."""
    found = [f"{file}: {match[0]}" for file in shipped for match in MACHINE_PATH.finditer(text_of(root / file))]
    assert not found
