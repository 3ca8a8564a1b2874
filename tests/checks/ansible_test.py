# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running ansible-test of any ansible-core that is supported."""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.run import CACHE, environment_beside

from .conftest import Passes

# ansible-test wants to download an installer for pip from a host of its own. This stands in for it and uses the ordinary index.
GET_PIP = """\
import os, runpy, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "pip-{pip}-py3-none-any.whl"))
sys.argv[1:] = ["install"] + [a for a in sys.argv[1:] if a not in ("--no-setuptools", "--no-wheel")]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""

OURS = f"{sys.version_info.major}.{sys.version_info.minor}"


@functools.cache
def find_python(version: str) -> Path | None:
    """A real interpreter of this version. A pyenv shim is none: it may exist and have nothing behind it."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    candidates = [f"python{version}", *sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"))]
    for candidate in candidates:
        try:
            asked = subprocess.run(
                [candidate, "-c", "import os, sys; print(os.path.realpath(sys.executable))"], capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            continue
        if not asked.returncode:
            return Path(asked.stdout.strip())
    return None


@dataclass(frozen=True)
class Core:
    """A supported ansible-core: the Pythons that it runs on, the one that we prefer first; all that its modules may run on, from the
    oldest that ours support; and the pip that its ansible-test installs into its environments."""

    version: str
    controllers: tuple[str, ...]
    targets: tuple[str, ...]
    pip: str

    @property
    def controller(self) -> str | None:
        """The first of its Pythons that is on this machine."""
        return next((version for version in self.controllers if find_python(version)), None)

    @property
    def missing(self) -> str:
        """Why it cannot run where there is no controller."""
        return f"ansible-core {self.version} needs Python {' or '.join(sorted(self.controllers))}, and none of them is on this machine"

    @property
    def programs(self) -> Path:
        """The folder of its programs; the environment is made where it is not there yet."""
        if self.version == PINNED.version:
            return Path(sys.executable).parent
        python = self.controller and find_python(self.controller)
        assert python, self.missing
        return environment_beside(f"core-{self.version}", python)


OLDER, NEWER = ("3.11", "3.12", "3.13"), ("3.11", "3.12", "3.13", "3.14")
#: The one that everything else runs on.
PINNED = Core("2.19", (OURS,), OLDER, "24.2")
CORES = (
    Core("2.18", OLDER, OLDER, "24.2"),
    PINNED,
    Core("2.20", ("3.12", "3.13", "3.14"), NEWER, "25.2"),
    Core("2.21", ("3.13", "3.12", "3.14"), NEWER, "25.2"),
)


def ansible_test(core: Core, tree: Path, passes: Passes, *arguments: str) -> str:
    """Run ansible-test on a copy of the collection. It sees its own tools, the interpreters that are here and the system, and finds pip
    where it looks first. Returns what it printed.

    One at a time: it makes virtual environments in its home directory, which later runs use again.
    """
    with (CACHE / "ansible-test.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        pythons = CACHE / "pythons"
        shutil.rmtree(pythons, ignore_errors=True)
        pythons.mkdir()
        for version in core.targets:
            if python := find_python(version):
                (pythons / f"python{version}").symlink_to(python)
        downloads = Path(os.environ["HOME"]) / ".ansible" / "test" / "cache"
        downloads.mkdir(parents=True, exist_ok=True)
        if not list(downloads.glob(f"pip-{core.pip}-*.whl")):
            passes(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", downloads, f"pip=={core.pip}")
        (downloads / f"get_pip_{core.pip.replace('.', '_')}.py").write_text(GET_PIP.format(pip=core.pip))
        path = os.pathsep.join([str(core.programs), str(pythons), os.defpath])
        return passes("ansible-test", *arguments, "--color", "no", cwd=tree, env=os.environ | {"PATH": path})


def sanity(core: Core, python: str, tree: Path, passes: Passes, *tests: str) -> None:
    """Run these sanity tests, without any name all of them, on what is published; none may be left out. The tests of the collection are
    left to ruff: pylint takes longer for them than for all the rest."""
    chosen = [part for test in tests for part in ("--test", test)]
    printed = ansible_test(core, tree, passes, "sanity", "--exclude", "tests/", "--python", python, *chosen)
    assert "skip" not in printed.lower(), f"a sanity test was left out:\n{printed}"
