# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of plugins and roles, the guides, and the changelog."""

from __future__ import annotations

from pathlib import Path

from .conftest import Passes

#: antsibull-docs, which writes the name of its own temporary folder into pages: one that ends in an underscore is markup there.
ANTSIBULL_DOCS = """
import tempfile
from antsibull_docs.cli.antsibull_docs import main
tempfile._RandomNameSequence.characters = "abcdefghijklmnopqrstuvwxyz"
raise SystemExit(main())
"""


def test_documentation(tree: Path, passes: Passes) -> None:
    """Schema, markup, and every reference to a module, an option or a return value, also of other collections."""
    printed = passes(
        "python",
        "-c",
        ANTSIBULL_DOCS,
        "lint-collection-docs",
        "--plugin-docs",
        "--validate-collection-refs",
        "all",
        "--disallow-unknown-collection-refs",
        "--check-extra-docs-refs",
        ".",
        cwd=tree,
    )
    assert not printed.strip(), printed


def test_readme_names_everything(root: Path, shipped: list[Path]) -> None:
    """A module, role or playbook that the README's table lacks is not found by a newcomer."""
    readme = (root / "README.md").read_text()
    places = {("plugins", "modules"), ("plugins", "filter"), ("plugins", "test"), ("plugins", "lookup"), ("plugins", "inventory")}
    names = {file.stem for file in shipped if file.parts[:2] in places}
    names |= {file.stem for file in shipped if file.parts[0] == "playbooks" and len(file.parts) == 2 and file.suffix == ".yml"}
    names |= {file.parts[1] for file in shipped if file.parts[0] == "roles" and len(file.parts) > 2}
    assert not {name for name in names - {"__init__"} if f"`{name}`" not in readme}


def test_changelog_fragments(tree: Path, passes: Passes) -> None:
    """Every fragment is one that the next release can take up."""
    passes("antsibull-changelog", "lint", cwd=tree)


def test_changelog(tree: Path, passes: Passes) -> None:
    """The changelog of what has been released."""
    if (tree / "changelogs" / "changelog.yaml").exists():
        passes("antsibull-changelog", "lint-changelog-yaml", "--strict", "changelogs/changelog.yaml", cwd=tree)
