# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real container client: the machine's skopeo, or Debian's, unpacked into the cache."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "skopeo"


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
    """The path of skopeo. The test is skipped where there is neither skopeo nor apt, and fails where apt cannot get it."""
    found = shutil.which("skopeo")
    if found:
        return Path(found)
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        pytest.skip("there is no skopeo on this machine, and no apt to get it with: install skopeo")
    CACHE.mkdir(parents=True, exist_ok=True)
    wrapper = CACHE / "bin" / "skopeo"
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # pytest has several workers
        if not wrapper.exists():
            unpack(CACHE / "root")
            wrapper.parent.mkdir(exist_ok=True)
            libraries = ":".join(str(path) for path in sorted((CACHE / "root" / "usr" / "lib").glob("*-linux-gnu*")))
            root = CACHE / "root"
            script = f'LD_LIBRARY_PATH="{libraries}" exec "{root}/usr/bin/skopeo" --policy "{root}/etc/containers/policy.json" "$@"'
            unfinished = wrapper.with_suffix(".new")
            unfinished.write_text(f"#!/bin/sh\n{script}\n")
            unfinished.chmod(0o755)
            unfinished.replace(wrapper)
    return wrapper


def unpack(root: Path) -> None:
    """Puts skopeo and those of its libraries that the machine lacks into a folder, without installing them."""
    packages = missing_packages()
    folder = CACHE / "packages"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    apt("download", *packages, folder=folder)
    for package in sorted(folder.glob("*.deb")):
        subprocess.run(["dpkg", "-x", package, root], check=True)
    shutil.rmtree(folder)


def missing_packages() -> list[str]:
    """What would be installed along with skopeo."""
    command = ("install", "--simulate", "--no-install-recommends", "skopeo")
    try:
        said = apt(*command)
    except AptFailed:
        if os.getuid():
            raise
        apt("update")
        said = apt(*command)
    return [line.split()[1] for line in said.splitlines() if line.startswith("Inst ")]


class AptFailed(Exception):
    """What apt said."""


def apt(*arguments: str, folder: Path = CACHE) -> str:
    command = ["apt-get", "--quiet", *arguments]
    done = subprocess.run(command, cwd=folder, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AptFailed(f"{' '.join(command)} ended with code {done.returncode} on {platform.platform()}:\n{done.stdout}{done.stderr}")
    return done.stdout
