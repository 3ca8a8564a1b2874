# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guides say of other files is so: error texts, commands, variables."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import yaml

from tests.site.diagram import draw

GUIDES = "docs/docsite/rst"
ANYTHING = "\u2026"
COMMANDS = re.compile(r"^   ((?:\./run|ansible-playbook|ansible-galaxy|pip|python3|git|cd|\.) ?.*)$", re.MULTILINE)
PICTURE = re.compile(r"   :class: who-trusts-whom\n\n((?:(?:   .*)?\n)+)")
#: The commands of guides that are not playbooks; tests/integration/test_guides.py runs those.
OTHER_COMMANDS = {
    "./run demo",
    "./run demo --shell",
    "./run lab --port 5000",
    ". venv/bin/activate",
    "ansible-galaxy collection install crossaccount.registry",
    "cd crossaccount.registry",
    "git clone https://github.com/ansible-collections/crossaccount.registry",
    "pip install ansible-core 'boto3>=1.38.23' 'botocore>=1.38.23'",
    "python3 -m venv venv",
}


def texts_in(file: Path) -> Iterator[str]:
    """Every text of a Python file, with an ellipsis for each value that is put into it."""
    inside: set[int] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in node.values}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else ANYTHING for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value


def terms(guide: str, title: str) -> list[str]:
    """The texts that a section of the guide explains."""
    section = guide.partition(f"\n{title}\n---")[2].partition("\n---")[0]
    return re.findall(r"(?m)^``(.+)``$", section)


def test_error_texts_of_ours_exist(root: Path) -> None:
    """Whoever changes an error finds its explanation."""
    texts = [text for file in (root / "plugins").rglob("*.py") for text in texts_in(file)]
    found = terms((root / GUIDES / "guide_troubleshooting.rst").read_text(), "Texts of this collection")
    assert len(found) > 15
    assert not [term for term in found if not any(term in text for text in texts)]


def test_error_texts_of_aws_exist(root: Path) -> None:
    """Those that the stand-in says, too, so that the words are AWS's."""
    texts = [text for file in (root / "tests" / "lab").glob("*.py") for text in texts_in(file)]
    found = terms((root / GUIDES / "guide_troubleshooting.rst").read_text(), "Texts of AWS")
    assert len(found) > 5
    assert not [term for term in found if not any(term.strip(f" {ANYTHING}") in text for text in texts)]


def test_every_command_is_known(root: Path) -> None:
    """A command is a playbook, which tests run, or it is here, and somebody has looked at it."""
    commands = {command for file in (root / GUIDES).glob("*.rst") for command in COMMANDS.findall(file.read_text())}
    assert {command for command in commands if not command.startswith("ansible-playbook ")} == OTHER_COMMANDS


def test_every_guide_is_listed(root: Path) -> None:
    sections = yaml.safe_load((root / "docs" / "docsite" / "extra-docs.yml").read_text())["sections"]
    assert sorted(name for section in sections for name in section["toctree"]) == sorted(
        file.stem for file in (root / GUIDES).glob("*.rst")
    )


def test_every_picture_can_be_drawn(root: Path) -> None:
    """Each job has one."""
    pictures = [text for file in (root / GUIDES).glob("*.rst") for text in PICTURE.findall(file.read_text())]
    assert len(pictures) >= 5
    for text in pictures:
        drawn = ElementTree.fromstring(draw(textwrap.dedent(text)))
        assert len(drawn.findall(".//path[@class='arrow']")) == text.count(" -> ")
