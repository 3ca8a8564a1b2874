# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test sanity: every test that it has, without an ignore file."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Passes

# The pip that ansible-test of the pinned ansible-core installs into its environments. It wants to download an installer for it
# from a host of its own; this stands in for that installer and uses the ordinary index.
PIP = "24.2"
GET_PIP = f"""\
import os, runpy, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "pip-{PIP}-py3-none-any.whl"))
sys.argv[1:] = ["install"] + [a for a in sys.argv[1:] if a not in ("--no-setuptools", "--no-wheel")]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""

CONTROLLER = f"{sys.version_info.major}.{sys.version_info.minor}"
SUPPORTED = ("3.11", "3.12", "3.13")


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


@pytest.fixture(scope="session")
def pythons() -> dict[str, Path]:
    """Every supported interpreter that is there."""
    return {version: python for version in SUPPORTED if (python := find_python(version))}


@pytest.fixture
def ansible_test(root: Path, tree: Path, pythons: dict[str, Path], passes: Passes) -> Iterator[Passes]:
    """Run ansible-test sanity on what is published; it sees its own tools, these interpreters and the system, and finds pip where it
    looks first. The tests are left to ruff: pylint takes longer for them than for all the rest.

    One at a time: it makes virtual environments in its home directory, which later runs use again.
    """
    folder = root / ".cache" / "pythons"
    cache = Path(os.environ["HOME"]) / ".ansible" / "test" / "cache"
    path = os.pathsep.join([str(Path(sys.executable).parent), str(folder), os.defpath])

    def run(*arguments: str) -> str:
        return passes(
            "ansible-test", "sanity", "--color", "no", "--exclude", "tests/", *arguments, cwd=tree, env=os.environ | {"PATH": path}
        )

    with (root / ".cache" / "ansible-test.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for version, python in pythons.items():
            (folder / f"python{version}").symlink_to(python)
        cache.mkdir(parents=True, exist_ok=True)
        if not list(cache.glob(f"pip-{PIP}-*.whl")):
            passes(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", cache, f"pip=={PIP}")
        (cache / f"get_pip_{PIP.replace('.', '_')}.py").write_text(GET_PIP)
        yield run


def test_every_sanity_test(ansible_test: Passes) -> None:
    """All of them, on the Python that runs the tests."""
    printed = ansible_test("--python", CONTROLLER)
    assert "skip" not in printed.lower(), f"a sanity test was left out:\n{printed}"


@pytest.mark.parametrize("version", [version for version in SUPPORTED if version != CONTROLLER])
def test_compile_and_import(version: str, ansible_test: Passes, pythons: dict[str, Path]) -> None:
    """The sanity tests that depend on the version of Python, on the other supported ones."""
    if version not in pythons:
        pytest.skip(f"no Python {version} on this machine")
    ansible_test("--python", version, "--test", "compile", "--test", "import")


def test_nothing_is_ignored(shipped: list[Path]) -> None:
    """No sanity ignore file: what a test finds is mended."""
    assert not [str(file) for file in shipped if file.is_relative_to("tests/sanity")]
