# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's example is complete: copied as it stands, Ansible understands it. Its links work also where Galaxy shows it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from .conftest import Passes

FILES = re.compile(r"^`(?P<name>[\w/]+\.yml)`.*?\n\n```yaml\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINKS = re.compile(r"\]\(([^)]*)\)|^\[[^\]]+\]: (.*)$", re.MULTILINE)
REFERENCES = re.compile(r"\[[^\]\n]+\]\[([^\]]+)\]")
CHECKOUT = "https://github.com/ansible-collections/crossaccount.registry/blob/main/"
COMMANDS = re.compile(r"^ansible-playbook .*$", re.MULTILINE)


@pytest.fixture
def example(root: Path, tmp_path: Path) -> Path:
    """A folder with the files that the README shows."""
    for match in FILES.finditer((root / "README.md").read_text()):
        file = tmp_path / match["name"]
        file.parent.mkdir(exist_ok=True)
        file.write_text(match["text"])
    return tmp_path


def test_inventory(example: Path, passes: Passes) -> None:
    """Both groups have a host that says which account it is, and every host sees the declaration."""
    inventory = json.loads(passes("ansible-inventory", "-i", "inventory.yml", "--list", cwd=example))
    for group in ("primary_accounts", "secondary_accounts"):
        (host,) = inventory[group]["hosts"]
        variables = inventory["_meta"]["hostvars"][host]
        assert re.fullmatch("[0-9]{12}", variables["aws_account_id"])
        assert variables["registry_grants"] == yaml.safe_load((example / "group_vars" / "all.yml").read_text())["registry_grants"]


def test_commands(root: Path, example: Path, passes: Passes) -> None:
    """The playbooks that the README runs are there and can be read."""
    commands = COMMANDS.findall((root / "README.md").read_text())
    assert commands
    for command in commands:
        passes(*shlex.split(command), "--syntax-check", cwd=example)


def test_links(root: Path) -> None:
    """Galaxy and Automation Hub show the README without the files beside it, so links are whole addresses:
    https://docs.ansible.com/projects/partner-certification-requirements/readmes/
    """
    text = (root / "README.md").read_text()
    links = [inline or below for inline, below in LINKS.findall(text)]
    assert not [link for link in links if not link.startswith("https://")]
    ours = [link.removeprefix(CHECKOUT) for link in links if link.startswith(CHECKOUT)]
    assert ours and not [path for path in ours if not (root / path).is_file()]
    assert not [name for name in REFERENCES.findall(text) if f"\n[{name}]: " not in text]
