# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guides of the documentation as programs: the files that they show, and the commands, in their order."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from tests.integration.playbooks import PlaybookRun

RST = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst"
BLOCK = re.compile(r"^\.\. code-block:: (?P<language>\S+)\n(?:   :\w+:.*\n)*\n(?P<body>(?:(?:   .*)?\n)+)", re.MULTILINE)
#: The line above a block that is a file has its name, as the last thing that is code.
NAMED = re.compile(r"``(?P<name>[\w./-]+)``[^\n`]*:\n\n\Z")


DRY = ("--check", "--diff")


@dataclass(frozen=True)
class Block:
    """One block of a guide: ``name`` is that of the file which it is, if it is one."""

    language: str
    body: str
    name: str | None


def blocks(guide: str) -> list[Block]:
    """All blocks of a guide, in their order."""
    text = (RST / f"{guide}.rst").read_text(encoding="utf-8")
    return list(_blocks(text))


def _blocks(text: str) -> Iterator[Block]:
    for match in BLOCK.finditer(text):
        lines = match["body"].rstrip("\n").split("\n")
        above = NAMED.search(text[: match.start()].rpartition("\n\n\n")[2])
        yield Block(match["language"], "\n".join(line[3:] for line in lines) + "\n", above["name"] if above else None)


@dataclass(frozen=True)
class Done:
    """A playbook that a guide has run, and what it asked of AWS."""

    run: PlaybookRun
    calls: list[dict[str, Any]]


class Runs(Protocol):
    """What runs playbooks, as the fixture ``ansible`` does."""

    def __call__(self, playbook: Any, *arguments: str, inventory: Path, **settings: Any) -> PlaybookRun: ...


class Notes(Protocol):
    """What notes calls, as the fixture ``journal`` does."""

    def clear(self) -> None: ...

    def calls(self) -> list[dict[str, Any]]: ...


class Follower:
    """Somebody who does what a guide says, in a folder of their own. ``settings`` are those of Ansible's runs."""

    def __init__(self, guide: str, folder: Path, ansible: Runs, journal: Notes, **settings: Any) -> None:
        self._folder, self._ansible, self._journal, self._settings = folder, ansible, journal, settings
        self._lines: list[list[str]] = []  # an empty one between blocks
        for block in blocks(guide):
            if block.name:
                file = folder / block.name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block.body, encoding="utf-8")
            elif block.language == "console":
                self._lines += [shlex.split(line, comments=True) for line in block.body.replace("\\\n", " ").splitlines()]
                self._lines.append([])

    def commands(self) -> Iterator[Done]:
        """Runs every playbook that the guide runs, in its order, each when it is asked for.

        A dry run right before the real one, in the same block, is left out: what the playbooks do in check mode is what their own tests
        are about.
        """
        for line, following in zip(self._lines, [*self._lines[1:], []], strict=True):
            real = [part for part in line if part not in DRY]
            if line[:1] == ["ansible-playbook"] and (real == line or following[: len(real)] != real):
                yield self.playbook(*line[1:])

    def playbook(self, *arguments: str) -> Done:
        """Runs ansible-playbook in the folder, as a line of the guide does; the test fails unless it ends well."""
        given = list(arguments)
        at = given.index("-i")
        inventory = self._folder / given[at + 1]
        del given[at : at + 2]
        self._journal.clear()
        playbook: str | Path = self._folder / given[0] if (self._folder / given[0]).exists() else given[0]
        run = self._ansible(playbook, *given[1:], inventory=inventory, **self._settings).succeeded()
        return Done(run, self._journal.calls())

    @property
    def variables(self) -> dict[str, Any]:
        """The declaration of the guide."""
        found: dict[str, Any] = yaml.safe_load((self._folder / "group_vars" / "all.yml").read_text())
        return found

    def declare(self, **variables: Any) -> None:
        """Changes the declaration of the guide, with these variables instead of its own."""
        (self._folder / "group_vars" / "all.yml").write_text(json.dumps({**self.variables, **variables}))
