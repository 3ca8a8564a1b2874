# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running real playbooks and reading what became of each task."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import shutil
import signal
import subprocess
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from tests.integration import warm_python

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
#: Longer than any playbook of the tests takes.
PATIENCE = 600.0
#: Has Ansible write what every task returns into the file that EVENTS_FILE names.
CALLBACKS = {"ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"), "ANSIBLE_CALLBACKS_ENABLED": "event_file"}
#: Ansible's settings where the environment says nothing else.
SETTINGS = {"ANSIBLE_CONFIG": str(HERE / "ansible.cfg")}


@dataclass(frozen=True)
class TaskResult:
    """What one task returned for one host. ``status``: ok, failed, ignored (failed, but ``ignore_errors``), skipped, or unreachable."""

    task: str
    host: str
    status: str
    result: dict[str, Any]

    @property
    def failed(self) -> bool:
        return self.status in ("failed", "ignored", "unreachable")

    @property
    def changed(self) -> bool:
        return bool(self.result.get("changed"))

    @property
    def outcome(self) -> dict[str, Any]:
        """What the module itself said: the result without what Ansible adds."""
        return {key: value for key, value in self.result.items() if key != "invocation" and not key.startswith("_ansible")}

    @property
    def msg(self) -> str:
        return str(self.result.get("msg", ""))

    def __getitem__(self, key: str) -> Any:
        return self.result[key]


@dataclass(frozen=True)
class PlaybookRun:
    """An ansible-playbook that has ended: ``recap`` holds for each host ok, changed, failures, unreachable, skipped, ignored, rescued."""

    returncode: int
    stdout: str
    stderr: str
    results: Sequence[TaskResult]
    recap: Mapping[str, Mapping[str, int]]
    seconds: float

    def task(self, name: str, host: str | None = None) -> TaskResult:
        """The result of the one task with this name (and on this host, where there are several)."""
        found = [one for one in self.results if one.task == name and host in (None, one.host)]
        assert len(found) == 1, f"{len(found)} results of the task {name!r}, not one\n{self}"
        return found[0]

    def __getitem__(self, name: str) -> TaskResult:
        return self.task(name)

    @property
    def changed(self) -> int:
        """How many tasks of all hosts have changed something."""
        return sum(host["changed"] for host in self.recap.values())

    def succeeded(self) -> PlaybookRun:
        """This run; the test fails with all that it printed unless it ended well."""
        assert self.returncode == 0, f"ansible-playbook ended with code {self.returncode}\n{self}"
        return self

    def __str__(self) -> str:
        return f"{self.stdout}\n{self.stderr}"


@dataclass
class Started:
    """An ansible-playbook that runs."""

    process: subprocess.Popen[str]
    folder: TemporaryDirectory[str]
    stdout: IO[str]
    stderr: IO[str]
    began: float = field(default_factory=time.monotonic)

    def kill(self) -> None:
        """Kills ansible-playbook, its workers and the modules that they run, without a chance to clean up."""
        for group in _groups(self.process.pid) - {os.getpgid(0)}:
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                os.killpg(group, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def wait(self) -> PlaybookRun:
        """Waits until it ends."""
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        finally:
            texts = []
            for file in (self.stdout, self.stderr):
                file.seek(0)
                texts.append(file.read())
                file.close()
            results, recap = read_events(Path(self.folder.name) / "events")
            self.folder.cleanup()
        return PlaybookRun(
            returncode=self.process.returncode,
            stdout=texts[0],
            stderr=texts[1],
            results=results,
            recap=recap,
            seconds=time.monotonic() - self.began,
        )


#: YAML text, a path, the name of a playbook in a collection, or a list of tasks.
Playbook = str | Path | Sequence[Mapping[str, Any]]


def start(
    playbook: Playbook,
    environment: Mapping[str, str],
    arguments: Sequence[str] = (),
    variables: Mapping[str, Any] | None = None,
    inventory: str | Path | None = None,
    loaded: bool = False,
) -> Started:
    """Starts an ansible-playbook.

    ``playbook`` is YAML text, a path, the name of a playbook in a collection, or a list of tasks; tasks, as text too, run on
    localhost. ``inventory`` is YAML text or a path; without it there is only localhost. ``environment`` is the whole one.
    ``loaded``: in a process that has loaded Ansible's code already, which is faster; `Started.kill` then leaves workers behind.
    """
    folder: TemporaryDirectory[str] = TemporaryDirectory(prefix="playbook-")
    place = Path(folder.name)
    command = [_as_file(_with_play(playbook), place / "playbook.yml"), *arguments]
    command += ["-e", f"ansible_python_interpreter={warm_python.for_modules()}"]
    if inventory is not None:
        command += ["-i", _as_file(inventory, place / "inventory.yml")]
    if variables:
        command += ["-e", f"@{_as_file(json.dumps(variables) + chr(10), place / 'variables.json')}"]
    settings = {
        **CALLBACKS,
        "ANSIBLE_FORCE_COLOR": "0",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "EVENTS_FILE": str(place / "events"),
        "ZIPPED_MODULES": _zipped_modules(environment),
    }
    whole = {**SETTINGS, **environment, **settings}
    executable = shutil.which("ansible-playbook", path=whole.get("PATH"))
    assert executable
    python = [warm_python.for_playbooks(whole)] if loaded else []
    stdout, stderr = (place / "stdout").open("w+"), (place / "stderr").open("w+")
    process = subprocess.Popen(
        [*python, executable, *command],
        cwd=place,
        env=whole,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )
    return Started(process, folder, stdout, stderr)


def run(playbook: Playbook, *arguments: Any, **settings: Any) -> PlaybookRun:
    """Runs an ansible-playbook to its end, whatever that is; arguments as for `start`."""
    return start(playbook, *arguments, loaded=True, **settings).wait()


@functools.cache
def _zipped() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="zipped-modules-")


def _zipped_modules(environment: Mapping[str, str]) -> str:
    """The folder with what Ansible zips up for modules, of runs with the same files of this checkout and the same settings of Ansible."""
    files = sorted((ROOT / "plugins").rglob("*.py"))
    stamps = [(str(file), stat.st_mtime_ns, stat.st_size) for file in files for stat in [file.stat()]]
    settings = sorted((key, value) for key, value in environment.items() if key.startswith("ANSIBLE_"))
    folder = Path(_zipped().name, hashlib.sha256(repr((stamps, settings)).encode()).hexdigest())
    folder.mkdir(exist_ok=True)
    return str(folder)


def _as_file(source: str | Path, file: Path) -> str:
    """The path of a file with this text; what is a path or a name already stays."""
    if isinstance(source, Path) or "\n" not in source:
        return str(source)
    file.write_text(textwrap.dedent(source), encoding="utf-8")
    return str(file)


def _with_play(playbook: Playbook) -> str | Path:
    if not isinstance(playbook, (str, Path)):
        return json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": playbook}]) + "\n"
    if isinstance(playbook, Path) or "\n" not in playbook:
        return playbook
    text = textwrap.dedent(playbook)
    if any(line.lstrip("- ").startswith(("hosts:", "import_playbook:", "ansible.builtin.import_playbook:")) for line in text.splitlines()):
        return text
    return "- hosts: localhost\n  gather_facts: false\n  tasks:\n" + textwrap.indent(text, "    ")


def read_events(file: Path) -> tuple[list[TaskResult], Mapping[str, Mapping[str, int]]]:
    """The results of the tasks, and the recap, as the callback has written them; nothing where it has not come to that."""
    events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
    results = [TaskResult(**event) for event in events if "recap" not in event]
    return results, next((event["recap"] for event in events if "recap" in event), {})


def _groups(pid: int) -> set[int]:
    """The process groups of a process and of all that it started, directly or not."""
    children: dict[int, list[int]] = {}
    groups: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            _state, parent, group, *_rest = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        one = int(status.parent.name)
        children.setdefault(int(parent), []).append(one)
        groups[one] = int(group)
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return {groups[one] for one in found if one in groups}
