# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What projects can be checked out, and which playbooks AWX sees in them."""

from __future__ import annotations

import re
from pathlib import Path

# AWX offers the files that have such a line, as awx/main/utils/ansible.py finds them.
_PLAYBOOK = re.compile(r"^\s*?-?\s*?(?:hosts|(ansible\.builtin\.)?import_playbook|include):\s*?.*?$")
_NOT_THERE = ("roles", "tasks", "group_vars", "host_vars", "vars", "collections")


class Projects:
    """Folders by the URL that they have as repositories."""

    def __init__(self) -> None:
        self._folders: dict[str, Path] = {}

    def add(self, url: str, folder: Path) -> None:
        self._folders[url] = folder

    def known(self, url: str) -> bool:
        return url in self._folders

    def folder(self, url: str) -> Path:
        return self._folders[url]

    def playbooks(self, url: str) -> list[str]:
        """The paths of the playbooks; none where the URL leads nowhere."""
        if url not in self._folders:
            return []
        files = [file for file in sorted(self._folders[url].rglob("*")) if file.suffix in (".yml", ".yaml")]
        return [
            str(place)
            for place, file in ((file.relative_to(self._folders[url]), file) for file in files)
            if not set(_NOT_THERE) & set(place.parts) and any(map(_PLAYBOOK.match, file.read_text(encoding="utf-8").splitlines()))
        ]
