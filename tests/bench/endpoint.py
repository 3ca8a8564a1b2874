# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts a responder and talks to it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .registry import ACCOUNT, REGION

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class State:
    """What the responder has seen since its last reset."""

    calls: dict[str, int]
    policies: int
    cpu_seconds: float

    @property
    def total(self) -> int:
        """All calls."""
        return sum(self.calls.values())

    def since(self, before: State) -> State:
        """What was added after ``before``; the policies are those of now."""
        calls = {name: count - before.calls.get(name, 0) for name, count in self.calls.items()}
        return State({name: count for name, count in calls.items() if count}, self.policies, self.cpu_seconds - before.cpu_seconds)


class Endpoint:
    """A running responder; ``url`` is where it listens."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    @property
    def environment(self) -> dict[str, str]:
        """What any AWS SDK needs to come here."""
        return {
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_SECRET_ACCESS_KEY": "any",
        }

    def reset(self, repositories: int, latency_ms: float, with_policies: bool = False) -> None:
        """So many repositories, without policies or each with another one, no calls counted, and this latency from now on."""
        self._control("reset", {"repositories": repositories, "latency_ms": latency_ms, "with_policies": with_policies})

    def state(self) -> State:
        """What was called since the last reset."""
        return State(**self._control("state"))

    def _control(self, what: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with self._opener.open(urllib.request.Request(f"{self.url}/control/{what}", data), timeout=30) as answer:
            return json.load(answer)


@contextmanager
def start_responder() -> Iterator[Endpoint]:
    """A responder in a process of its own, for as long as the block runs."""
    command = [sys.executable, "-m", "tests.bench.responder"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise RuntimeError("the responder did not start")
            yield Endpoint(int(line))
        finally:
            process.terminate()
