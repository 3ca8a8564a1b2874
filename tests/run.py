# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands behind ``./run``, and the environment that all of them share.

Only the standard library: this file runs before anything is installed. What it makes lies in ``.venv`` and ``.cache``.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
COLLECTIONS = CACHE / "collections"
REQUIREMENTS = ROOT / "requirements"

# Taken from the package pinned in requirements/collections.txt. We depend on two of them; awx.awx is optional, and community.aws is
# measured by the bench.
FOREIGN_COLLECTIONS = ("amazon.aws", "kubernetes.core", "awx.awx", "community.aws")

# Each set of requirements: the oldest Python that it has to do with, and the set whose versions it shares.
LOCKS = {
    "test": ("3.11", None),
    "lab": ("3.11", "test"),
    "core-2.18": ("3.11", None),
    "core-2.20": ("3.12", None),
    "core-2.21": ("3.12", None),
    "importer": ("3.11", None),
    "nox": ("3.11", None),
}

UV = "uv==0.13.9"

# The user's settings that could lead a test to a real account, or change what Ansible does.
DROPPED_PREFIXES = ("ALIBABA_CLOUD_", "ALICLOUD_", "ANSIBLE_", "AWS_", "BOTO_", "K8S_AUTH_", "MOTO_", "ROX_", "XDG_")
DROPPED = ("KUBECONFIG", "PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")


class Failure(Exception):
    """Something that the user has to know, without a traceback."""


def environment() -> dict[str, str]:
    """The environment of every command: this checkout's tools and collections, and nobody's cloud account."""
    user = os.environ
    env = {k: v for k, v in user.items() if k not in DROPPED and not k.startswith(DROPPED_PREFIXES)}
    loopback = "127.0.0.1,localhost"
    no_proxy = ",".join(filter(None, [user.get("NO_PROXY") or user.get("no_proxy"), loopback]))
    env |= {
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_NOCOWS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(CACHE / "home"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(CACHE / "hypothesis"),
        "LC_ALL": "C.UTF-8",
        "NO_PROXY": no_proxy,
        "PATH": os.pathsep.join([str(VENV / "bin"), user.get("PATH", os.defpath)]),
        "PYTHONPATH": str(COLLECTIONS),
        # Every task of a playbook starts a Python. Without compiled files each one would spend a second on boto3 alone.
        "PYTHONPYCACHEPREFIX": str(CACHE / "pycache"),
        "PYTHONUNBUFFERED": "1",
        "no_proxy": no_proxy,
    }
    return env


def installing() -> dict[str, str]:
    """The environment of pip and uv: the user's own, so that mirrors and certificates that are set up there count."""
    return {k: v for k, v in os.environ.items() if k not in DROPPED} | {
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }


def quietly(*command: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Run a command and return what it prints. If it fails, all of its output becomes the error."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=installing() if env is None else env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failure(f"{' '.join(map(str, command))}\nended with code {done.returncode}:\n{done.stdout}")
    return done.stdout


# Preparation: a virtual environment, the collections beside it, and a link through which Ansible finds this checkout.


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold the checkout's lock: two commands started at once must not build the same things."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def digest(*parts: str | bytes) -> str:
    """A stamp for things that were built from these parts."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part.encode() if isinstance(part, str) else part)
        whole.update(b"\0")
    return whole.hexdigest()


def stamp_of(lock: str) -> str:
    """What a virtual environment must have been built from. The place counts too: scripts in it carry its path."""
    return digest(str(ROOT), (REQUIREMENTS / f"{lock}.txt").read_bytes())


def has_stamp(file: Path, stamp: str) -> bool:
    """Whether the thing that this file belongs to was built from what the stamp says."""
    return file.is_file() and file.read_text() == stamp


def find_uv() -> str | None:
    """The path of uv: the user's, or one of our own; None where it cannot be had."""
    if found := shutil.which("uv"):
        return found
    own = CACHE / "tools" / "bin" / "uv"
    if not own.exists():
        try:
            quietly(sys.executable, "-m", "venv", "--clear", CACHE / "tools")
            quietly(CACHE / "tools" / "bin" / "python", "-m", "pip", "install", "--quiet", UV)
        except Failure:
            return None
    return str(own)


def build_environment(place: Path, lock: str, python: str | Path = sys.executable) -> None:
    """Make a virtual environment hold what requirements/<lock>.txt pins, by uv where that works and by pip where not."""
    requirements = REQUIREMENTS / f"{lock}.txt"
    built_at, of = place / "built-at", f"{ROOT} {python}"
    inside = place / "bin" / "python"
    if not (has_stamp(built_at, of) and inside.exists()):
        shutil.rmtree(place, ignore_errors=True)
    if uv := find_uv():
        try:
            if not place.exists():
                quietly(uv, "venv", "--quiet", "--python", python, place)
            quietly(uv, "pip", "sync", "--quiet", "--python", inside, requirements)
        except Failure:
            uv = None  # uv does not read pip's configuration: where only that names the way out, pip gets through.
            shutil.rmtree(place, ignore_errors=True)
    if not uv:
        if not place.exists():
            quietly(python, "-m", "venv", place)
        quietly(inside, "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", requirements)
    built_at.write_text(of)
    (place / "installed").write_text(stamp_of(lock))


def environment_beside(lock: str, python: str | Path = sys.executable) -> Path:
    """The folder with the programs of an environment of its own, for what cannot be in the one that the tests run in."""
    place = CACHE / "environments" / lock
    with alone():
        place.parent.mkdir(exist_ok=True)
        if not has_stamp(place / "installed", stamp_of(lock)):
            build_environment(place, lock, python)
    return place / "bin"


def fetch_collections() -> None:
    """Take the foreign collections out of the one package that has them all: no Galaxy server is asked."""
    downloads = CACHE / "downloads"
    shutil.rmtree(downloads, ignore_errors=True)
    pinned = REQUIREMENTS / "collections.txt"
    quietly(PYTHON, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", downloads, "--requirement", pinned)
    (wheel,) = downloads.glob("ansible-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name in FOREIGN_COLLECTIONS:
            folder = f"ansible_collections/{name.replace('.', '/')}/"
            shutil.rmtree(COLLECTIONS / folder, ignore_errors=True)
            archive.extractall(COLLECTIONS, [member for member in archive.namelist() if member.startswith(folder)])
    shutil.rmtree(downloads)


def collections_stamp() -> str:
    """What the extracted collections must have come from."""
    return digest((REQUIREMENTS / "collections.txt").read_bytes(), *FOREIGN_COLLECTIONS)


def link_ourselves() -> None:
    """Let Ansible and Python find this checkout under its collection name."""
    link = COLLECTIONS / "ansible_collections" / "crossaccount" / "registry"
    if not link.is_symlink():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to("../../../..")


def keep_pip_settings(home: Path) -> None:
    """ansible-test gives pip nothing but HOME, so the user's pip settings, environment included, go there."""
    settings = {"progress-bar": "off", "quiet": "1"}
    for line in quietly(PYTHON, "-m", "pip", "config", "list").splitlines():
        key, separator, value = line.partition("=")
        section, dot, option = key.rpartition(".")
        if separator and dot and section in ("global", "install", "download", ":env:"):
            settings[option] = value.strip("'\"").replace("\\n", "\n  ")
    file = home / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text("\n".join(["[global]", *(f"{option} = {value}" for option, value in sorted(settings.items())), ""]))


def prepare(lock: str) -> None:
    """Make what a command needs, if it is not there yet: `lock` is the smallest set that it can do with."""
    enough = ["lab", "test"] if lock == "lab" else ["test"]
    stamps = [stamp_of(name) for name in enough]
    from_collections = COLLECTIONS / "extracted"
    with alone():
        (CACHE / "home").mkdir(exist_ok=True)
        link_ourselves()
        ready = PYTHON.exists() and any(has_stamp(VENV / "installed", stamp) for stamp in stamps)
        if not (ready and has_stamp(from_collections, collections_stamp())):
            print("preparing (first run, or requirements changed) ...", file=sys.stderr, flush=True)
        if not ready:
            build_environment(VENV, lock)
            keep_pip_settings(CACHE / "home")
        if not has_stamp(from_collections, collections_stamp()):
            fetch_collections()
            from_collections.write_text(collections_stamp())


# The commands.


@dataclass(frozen=True)
class Command:
    """One word after ``./run``: what it says of itself, the requirements it needs, and what it executes."""

    help: str
    lock: str
    argv: Callable[[list[str]], list[str]]
    hidden: bool = False


def pytest(*paths: str) -> Callable[[list[str]], list[str]]:
    """One pytest run, so that there is one summary. Paths that the user gives replace ours."""

    def argv(extra: list[str]) -> list[str]:
        words = [
            part
            for before, part in zip(["", *extra], extra, strict=False)
            if not (part.startswith("-") or before in ("--deselect", "--ignore", "-k"))
        ]
        given = any((ROOT / part.partition("::")[0]).exists() for part in words)
        # In the order of their names: the long files, checks and playbooks, begin before the short ones and are not waited for at the end.
        # Three workers keep two cores busy: playbooks also wait, for what was written to be seen and for throttled calls.
        workers = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
        return [str(PYTHON), "-m", "pytest", *workers, *([] if given else paths), *extra]

    return argv


def module(name: str) -> Callable[[list[str]], list[str]]:
    """A package of the tests that has a __main__."""
    return lambda extra: [str(PYTHON), "-m", name, *extra]


def lock_argv(extra: list[str]) -> list[str]:
    """Pin the requirements anew: the full set first, and the small one to the same versions."""
    uv = find_uv()
    if not uv:
        raise Failure("lock needs uv")
    for name, (python, constraints) in LOCKS.items():
        oldest = ["--universal", "--python-version", python, "--custom-compile-command", "./run lock"]
        within = ["--constraint", f"requirements/{constraints}.txt"] if constraints else []
        files = [f"requirements/{name}.in", "--output-file", f"requirements/{name}.txt"]
        quietly(uv, "pip", "compile", "--quiet", *oldest, *within, *extra, *files)
    return []


COMMANDS = {
    "demo": Command("the main job on the lab: three accounts, one declaration, images cross", "lab", module("tests.demo")),
    "test": Command("everything for every change; pytest's arguments pass through", "test", pytest("tests", "--ignore=tests/publish")),
    "lab": Command("the stand-in for the cloud, in the foreground (--port, --faults PROFILE)", "lab", module("tests.lab")),
    "lint": Command("only the checks: sanity, ansible-lint, documentation, types, licences", "test", pytest("tests/checks")),
    "publish-check": Command("before a release: every supported ansible-core, molecule, galaxy-importer", "test", pytest("tests/publish")),
    "docs": Command("the documentation as a web site in .cache/docs", "test", module("tests.site")),
    "bench": Command("how long many repositories take, beside other ways (--json FILE)", "test", module("tests.bench")),
    "lock": Command("pin the development requirements anew", "lab", lock_argv, hidden=True),
    "exec": Command("run any command in the environment of the others", "test", lambda extra: extra, hidden=True),
}


def usage() -> str:
    """One line for each command."""
    lines = [f"  {name:<13} {command.help}" for name, command in COMMANDS.items() if not command.hidden]
    return "\n".join(["usage: ./run COMMAND [ARGUMENT...]", "", *lines])


def main(arguments: list[str]) -> int:
    """Prepare what the command needs and become it."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    name, *extra = arguments
    if name not in COMMANDS:
        print(f"run: no command {name!r}\n\n{usage()}", file=sys.stderr)
        return 2
    command = COMMANDS[name]
    try:
        prepare(command.lock)
        argv = command.argv(extra)
    except Failure as failure:
        print(f"run: {failure}", file=sys.stderr)
        return 1
    if not argv:
        return 0
    env = environment()
    return os.execvpe(shutil.which(argv[0], path=env["PATH"]) or argv[0], argv, env)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
