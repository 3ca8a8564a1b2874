# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real programs that the tests drive: the machine's own, or Debian's, unpacked into the cache."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "debian"


def debian_program(name: str, package: str, path: str | None = None, arguments: str = "") -> Path:
    """The path of a program.

    ``path``: where it is in the package, by default in usr/bin; ``arguments``: what it needs where it is only unpacked, in which {root}
    is the folder. The test is skipped where there is neither the program nor apt, and fails where apt cannot get it.
    """
    found = shutil.which(name)
    if found:
        return Path(found)
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        pytest.skip(f"there is no {name} on this machine, and no apt to get it with: install {package}")
    folder = CACHE / package
    folder.mkdir(parents=True, exist_ok=True)
    wrapper = folder / "bin" / name
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # pytest has several workers
        if not wrapper.exists():
            root = folder / "root"
            _unpack(package, folder, root)
            wrapper.parent.mkdir(exist_ok=True)
            libraries = ":".join(sorted({str(file.parent) for file in root.glob("**/*-linux-gnu*/**/*.so*")}))
            script = f'LD_LIBRARY_PATH="{libraries}" exec "{root}/{path or f"usr/bin/{name}"}" {arguments.format(root=root)} "$@"'
            unfinished = wrapper.with_suffix(".new")
            unfinished.write_text(f"#!/bin/sh\n{script}\n")
            unfinished.chmod(0o755)
            unfinished.replace(wrapper)
    return wrapper


def _unpack(package: str, folder: Path, root: Path) -> None:
    """Puts a package and those of its libraries that the machine lacks into a folder, without installing them."""
    packages = folder / "packages"
    shutil.rmtree(packages, ignore_errors=True)
    packages.mkdir()
    _apt("download", *_missing(package, folder), folder=packages)
    for file in sorted(packages.glob("*.deb")):
        subprocess.run(["dpkg", "-x", file, root], check=True)
    shutil.rmtree(packages)


def _missing(package: str, folder: Path) -> list[str]:
    """What would be installed along with it."""
    command = ("install", "--simulate", "--no-install-recommends", package)
    try:
        said = _apt(*command, folder=folder)
    except AptFailed:
        if os.getuid():
            raise
        _apt("update", folder=folder)
        said = _apt(*command, folder=folder)
    return [line.split()[1] for line in said.splitlines() if line.startswith("Inst ")]


class AptFailed(Exception):
    """What apt said."""


def _apt(*arguments: str, folder: Path) -> str:
    command = ["apt-get", "--quiet", *arguments]
    done = subprocess.run(command, cwd=folder, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AptFailed(f"{' '.join(command)} ended with code {done.returncode} on {platform.platform()}:\n{done.stdout}{done.stderr}")
    return done.stdout
