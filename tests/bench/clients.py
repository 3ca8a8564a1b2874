# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clients that are measured. Each brings the policy of every repository to what STATEMENT says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.access_info import ACCESS_INFO_SPEC
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.policy_module import POLICY_SPEC

from .endpoint import ROOT, Endpoint
from .registry import repository_names

HERE = Path(__file__).resolve().parent
#: Names or patterns for the module and for the script: they list the registry and select.
PATTERN = "team-*"
STATEMENT = {
    "Sid": "BenchPull",
    "Effect": "Allow",
    "Principal": {"AWS": ["arn:aws:iam::444455556666:role/ecsInstanceRole", "arn:aws:iam::777788889999:role/ecsInstanceRole"]},
    "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
}
#: Threads of the scripts that the modules are compared with, and those that the modules have by default.
POOL_WORKERS, MODULE_WORKERS = 16, int(POLICY_SPEC["workers"]["default"])
INFO_WORKERS = int(ACCESS_INFO_SPEC["workers"]["default"])
_LONGEST = 3600


class ClientFailed(RuntimeError):
    """A client ended badly, or did not do what it was asked for; the text is all that it printed."""


@dataclass(frozen=True)
class Run:
    """One run of one client. ``seconds`` is what is compared, ``whole`` the wall time of its whole process."""

    seconds: float
    whole: float
    peak_bytes: int = 0
    cpu_seconds: float = 0.0


class Clients:
    """Runs the clients in processes of their own, against one responder, with scratch files in ``scratch``."""

    def __init__(self, endpoint: Endpoint, scratch: Path) -> None:
        self._scratch = scratch
        self._times, self._use = scratch / "times", scratch / "use"
        self._interpreter = scratch / "python"
        self._interpreter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HERE / "module_python.py"}" "$@"\n')
        self._interpreter.chmod(0o755)
        (scratch / "ansible.cfg").touch()
        (scratch / "statement.json").write_text(json.dumps(STATEMENT))
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "BOTO_"))}
        self._environment = kept | endpoint.environment
        self._ansible = {
            "ANSIBLE_CALLBACKS_ENABLED": "task_times",
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callbacks"),
            "ANSIBLE_CONFIG": str(scratch / "ansible.cfg"),
            "ANSIBLE_HOME": str(scratch / "ansible"),
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "BENCH_PROCESS_USE": str(self._use),
            "BENCH_TASK_TIMES": str(self._times),
        }

    def module(self, repositories: int, changes: bool, measure_process: bool = False) -> Run:
        """One task of ecr_repository_policy; ``changes`` is whether it shall find something to do."""
        task = {"crossaccount.registry.ecr_repository_policy": {"repositories": [PATTERN], "statements": [STATEMENT]}}
        run, result = self._play("module", task, measure_process)
        done = result["summary"]["created" if changes else "unchanged"]
        if done != repositories or result["changed"] is not changes:
            raise ClientFailed(f"ecr_repository_policy: {repositories} repositories, but it says: {result}")
        return run

    def info(self, repositories: int, measure_process: bool = False) -> Run:
        """One task of ecr_access_info."""
        run, result = self._play("info", {"crossaccount.registry.ecr_access_info": {}}, measure_process)
        found = result["summary"]["repositories"], result["summary"]["outside_principals"]
        # Each policy names an account of its own, which is one principal by itself and one by its functions; all name one organization.
        if found != (repositories, 2 * repositories + 1):
            raise ClientFailed(f"ecr_access_info: {repositories} repositories, but it says: {result['summary']}")
        return run

    def reads(self, repositories: int, workers: int = POOL_WORKERS) -> Run:
        """The boto3 script that makes the same reads as ecr_access_info, and looks at nothing."""
        return self._script("reads.py", [f"--workers={workers}"], {"policies": repositories})

    def loop(self, repositories: int, changes: bool) -> Run:
        """A loop of community.aws.ecs_ecr, one repository for each item."""
        task = {
            "community.aws.ecs_ecr": {"name": "{{ item }}", "policy": {"Version": "2012-10-17", "Statement": [STATEMENT]}},
            "loop": repository_names(repositories),
        }
        run, result = self._play("loop", task)
        if result["changed"] is not changes:
            raise ClientFailed(f"ecs_ecr: changed should be {changes}, but is not")
        return run

    def nothing(self) -> Run:
        """A task that does nothing: what Ansible itself costs."""
        return self._play("nothing", {"ansible.builtin.ping": {}})[0]

    def pool(self, repositories: int, changes: bool, read_back: bool = True, workers: int = POOL_WORKERS) -> Run:
        """The boto3 script with a pool of threads; the wall time of its process."""
        arguments = [PATTERN, str(self._scratch / "statement.json"), f"--workers={workers}"]
        arguments += [] if read_back else ["--no-read-back"]
        return self._script("pool.py", arguments, {"updated" if changes else "unchanged": repositories})

    def _script(self, name: str, arguments: list[str], expected: dict[str, int]) -> Run:
        started = time.monotonic()
        printed = _run([sys.executable, str(HERE / name), *arguments], self._environment)
        seconds = time.monotonic() - started
        if json.loads(printed) != expected:
            raise ClientFailed(f"{name}: it should say {expected}, but says: {printed}")
        return Run(seconds, seconds)

    def _play(self, name: str, task: dict[str, Any], measure_process: bool = False) -> tuple[Run, dict[str, Any]]:
        interpreter = str(self._interpreter) if measure_process else sys.executable
        playbook = self._scratch / f"{name}.json"
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [{"name": name, **task}]}
        playbook.write_text(json.dumps([play | {"vars": {"ansible_python_interpreter": interpreter}}]))
        self._times.unlink(missing_ok=True)
        self._use.unlink(missing_ok=True)
        started = time.monotonic()
        printed = _run(["ansible-playbook", "-i", "localhost,", str(playbook)], self._environment | self._ansible)
        whole = time.monotonic() - started
        if not self._times.exists():
            raise ClientFailed(f"{name}: no task ended well:\n{printed}")
        told = json.loads(self._times.read_text())
        use = json.loads(self._use.read_text()) if measure_process else {"peak_bytes": 0, "cpu_seconds": 0.0}
        return Run(told["seconds"], whole, **use), told["result"]


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_LONGEST, check=False
    )
    if done.returncode:
        raise ClientFailed(f"{' '.join(command)}\nended with code {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
