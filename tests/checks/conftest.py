# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks share: the files that git would ship, a clean copy of them, and one way to run a tool."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]

Passes = Callable[..., str]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shipped() -> list[Path]:
    """Every file that is committed or about to be, relative to the checkout."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not listed.returncode, f"the checks need git and a checkout: {listed.stderr}"
    files = sorted({Path(name) for name in listed.stdout.split("\0") if name})
    return [file for file in files if (ROOT / file).is_symlink() or (ROOT / file).is_file()]


@pytest.fixture(scope="session")
def tree(shipped: list[Path]) -> Iterator[Path]:
    """A copy of those files where ansible-test accepts it: physically under ansible_collections, its dependencies beside it.

    It is also what the other collection tools read, so that nothing that they leave behind lands in the checkout.
    """
    (ROOT / ".cache" / "checks").mkdir(exist_ok=True)
    place = Path(tempfile.mkdtemp(dir=ROOT / ".cache" / "checks"))
    collections = place / "ansible_collections"
    copy = collections / "crossaccount" / "registry"
    for file in shipped:
        target = copy / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, target, follow_symlinks=False)
    # A repository of its own: otherwise ansible-test asks the checkout's, which ignores everything under .cache.
    subprocess.run(["git", "init", "--quiet", str(copy)], check=True)
    for namespace in (ROOT / ".cache" / "collections" / "ansible_collections").iterdir():
        if namespace.name != "crossaccount" and namespace.is_dir():
            (collections / namespace.name).symlink_to(namespace)
    yield copy
    shutil.rmtree(place)


@pytest.fixture(scope="session")
def artifact(tree: Path, passes: Passes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that ansible-galaxy builds."""
    folder = tmp_path_factory.mktemp("artifact")
    passes("ansible-galaxy", "collection", "build", "--output-path", folder, tree)
    (file,) = folder.iterdir()
    return file


@pytest.fixture(scope="session")
def installed(artifact: Path, passes: Passes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collections path with the installed artifact and the collections that it depends on, and nothing of this checkout."""
    place = tmp_path_factory.mktemp("installed")
    env = os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(place), "PYTHONPATH": ""}
    passes("ansible-galaxy", "collection", "install", "--offline", "--no-deps", "--collections-path", place, artifact, env=env)
    for name in yaml.safe_load((ROOT / "galaxy.yml").read_text())["dependencies"]:
        link = place / "ansible_collections" / name.replace(".", "/")
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(ROOT / ".cache" / "collections" / link.relative_to(place))
    return place


@pytest.fixture(scope="session")
def passes() -> Passes:
    """Run a tool; the test fails with all that it printed unless it ends well. Returns what it printed."""

    def run(*command: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> str:
        line = [str(part) for part in command]
        if shutil.which(line[0], path=(env or os.environ).get("PATH")) is None:
            pytest.fail(f"{line[0]} is not installed: run the checks with ./run lint, which installs it", pytrace=False)
        done = subprocess.run(
            line,
            cwd=cwd,
            env=dict(os.environ if env is None else env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            # Printed, not part of the message: the summary at the end stays one line for each test.
            print(done.stdout)
            pytest.fail(f"ended with code {done.returncode}: {' '.join(line)}", pytrace=False)
        return done.stdout

    return run
