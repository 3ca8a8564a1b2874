# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as AWX runs them: ansible-runner, with an inventory that is cut into slices, and variables in a file."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration import warm_python
from tests.integration.accounts import Fleet
from tests.integration.conftest import Ansible
from tests.integration.playbooks import CALLBACKS, PATIENCE, PlaybookRun, read_events

#: More than this AWX does not keep of what a task returns.
_MOST = 700_000


@dataclass(frozen=True)
class JobRun(PlaybookRun):
    """A job that has ended. ``artifacts`` is what it leaves to jobs that follow in a workflow, ``events`` what AWX shows of it."""

    artifacts: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class StartedJob:
    """A job that runs."""

    process: subprocess.Popen[bytes]
    folder: Path

    def wait(self) -> JobRun:
        """Waits until it ends."""
        self.process.wait(PATIENCE)
        of_job = self.folder / "artifacts" / "job"
        text = "".join(file.read_text(encoding="utf-8") for file in (self.folder / "output", of_job / "stdout") if file.exists())
        events = [json.loads(file.read_text()) for file in (of_job / "job_events").glob("*.json")]
        assert all(len(str(event.get("event_data", {}).get("res", ""))) < _MOST for event in events)
        artifacts = [event["event_data"]["artifact_data"] for event in events if event["event"] == "playbook_on_stats"]
        results, recap = read_events(self.folder / "events")
        return JobRun(self.process.returncode, text, "", results, recap, 0.0, dict(artifacts[0]) if artifacts else {}, events)


def start_job(folder: Path, playbook: str, environment: Mapping[str, str], *arguments: str) -> StartedJob:
    """Starts what is in a folder of ansible-runner; ``arguments`` are those of ansible-playbook."""
    settings = {**CALLBACKS, "EVENTS_FILE": str(folder / "events")}
    (folder / "env" / "cmdline").write_text(" ".join([f"-e ansible_python_interpreter={warm_python.for_modules()}", *arguments]))
    command = ["ansible-runner", "run", str(folder), "-p", playbook, "--ident", "job", "--quiet"]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            command, env={**environment, **settings}, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    return StartedJob(process, folder)


def hosts_of(fleet: Fleet) -> list[str]:
    """The hosts of a fleet as AWX sorts them."""
    return sorted({host for group in fleet.tree()["all"]["children"].values() for host in group["hosts"]})


def start_slices(
    folder: Path,
    ansible: Ansible,
    fleet: Fleet,
    playbook: str,
    *arguments: str,
    number: int = 2,
    only: Sequence[int] = (),
    variables: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> list[StartedJob]:
    """Starts a playbook in slices, all at the same time, or only some of them. The hosts are cut as AWX cuts them: every second of two."""
    names, tree = hosts_of(fleet), fleet.tree()
    declared = {**json.loads(fleet.declaration.read_text()), **(variables or {})}
    everything = {**ansible.environment(None, None), **fleet.settings["environment"], **(environment or {})}
    started = []
    for slice_ in only or range(number):
        its_folder, mine = folder / f"slice{slice_}", names[slice_::number]
        for part in ("env", "inventory", "project"):
            (its_folder / part).mkdir(parents=True)
        groups = {
            group: {"hosts": {host: its for host, its in members["hosts"].items() if host in mine}}
            for group, members in tree["all"]["children"].items()
        }
        (its_folder / "inventory" / "hosts.json").write_text(json.dumps({"all": {"children": groups}}))
        (its_folder / "env" / "extravars").write_text(json.dumps(declared))
        started.append(start_job(its_folder, playbook, everything, *arguments))
    return started


def union(runs: Iterable[PlaybookRun]) -> PlaybookRun:
    """Several runs as one: the results of all of them."""
    every = list(runs)
    recap: dict[str, Counter[str]] = {}
    for run in every:
        for host, its in run.recap.items():
            recap.setdefault(host, Counter()).update(its)
    return PlaybookRun(
        returncode=max(run.returncode for run in every),
        stdout="\n".join(run.stdout for run in every),
        stderr="\n".join(run.stderr for run in every),
        results=[one for run in every for one in run.results],
        recap=recap,
        seconds=max(run.seconds for run in every),
    )
