# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension of Sphinx for the site: pictures where guides have the text of one, and a list of all pages with short names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from docutils import nodes

from .diagram import draw

#: The class of such blocks.
WHO_TRUSTS_WHOM = "who-trusts-whom"


EXTRA_DOCS = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "extra-docs.yml"
#: How names of pages end, by the section that has them.
KINDS = {"Roles": ("_role",), "Modules": ("_module",), "Other plugins": ("_inventory", "_lookup", "_filter", "_test")}


def replace(_app: Any, doctree: nodes.document) -> None:
    """Replaces each block with the class."""
    for block in list(doctree.findall(nodes.literal_block)):
        if WHO_TRUSTS_WHOM in block["classes"]:
            block.replace_self(nodes.raw("", draw(block.astext()), format="html"))


def list_pages(app: Any, _page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Gives the template all pages by section: guides by their titles, everything else by its name."""
    guides = yaml.safe_load(EXTRA_DOCS.read_text(encoding="utf-8"))["sections"]
    sections = [{"title": one["title"], "pages": [_guide(app, name) for name in one["toctree"]]} for one in guides]
    for title, endings in KINDS.items():
        pages = [{"name": name, "title": name.rpartition("_")[0]} for name in sorted(app.env.all_docs) if name.endswith(endings)]
        sections.append({"title": title, "pages": pages})
    context["site_pages"] = sections


def _guide(app: Any, name: str) -> dict[str, str]:
    page = f"docsite/{name}"
    return {"name": page, "title": app.env.titles[page].astext()}


def setup(app: Any) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("doctree-read", replace)
    app.connect("html-page-context", list_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
