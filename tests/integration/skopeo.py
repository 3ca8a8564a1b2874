# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real container client: the machine's skopeo, or Debian's, unpacked into the cache."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.integration.debian import debian_program


@dataclass(frozen=True)
class Skopeo:
    """Where it is, and the environment in which it reaches the registries of a lab."""

    executable: Path
    environment: Mapping[str, str]

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs it to its end, whatever that is."""
        command = [str(self.executable), *arguments]
        return subprocess.run(command, env=dict(self.environment), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def succeeds(self, *arguments: str) -> str:
        """Runs it and returns what it printed; the test fails unless it ends well."""
        done = self(*arguments)
        assert not done.returncode, done.stderr
        return done.stdout

    def fails(self, *arguments: str) -> str:
        """Runs it and returns its error; the test fails if it ends well."""
        done = self(*arguments)
        assert done.returncode, done.stdout
        return done.stderr


def find_skopeo() -> Path:
    """The path of skopeo; see debian_program."""
    return debian_program("skopeo", "skopeo", arguments='--policy "{root}/etc/containers/policy.json"')
