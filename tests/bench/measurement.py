# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the clients in turns, and keeps what each run took and called."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from .clients import INFO_WORKERS, MODULE_WORKERS, POOL_WORKERS, Run
from .endpoint import State

#: The loop is only run over this many; what more would take is extrapolated.
LOOP_REPOSITORIES = 20
FIRST, AGAIN, LOOK = "first run", "no change", "look"
MODULE, LOOP, NOTHING = "ecr_repository_policy", "ecs_ecr loop", "nothing"
INFO, READS, READS_LIKE_MODULE = "ecr_access_info", "reads", "reads, as many threads as the module"
POOL, POOL_UNREAD, POOL_LIKE_MODULE = "pool", "pool, no read-back", "pool, as many threads as the module"


class Responds(Protocol):
    """What is needed of the endpoint."""

    def reset(self, repositories: int, latency_ms: float, with_policies: bool = False) -> None: ...
    def state(self) -> State: ...


class Runs(Protocol):
    """What is needed of the clients."""

    def module(self, repositories: int, changes: bool, measure_process: bool = False) -> Run: ...
    def info(self, repositories: int, measure_process: bool = False) -> Run: ...
    def reads(self, repositories: int, workers: int = POOL_WORKERS) -> Run: ...
    def loop(self, repositories: int, changes: bool) -> Run: ...
    def pool(self, repositories: int, changes: bool, read_back: bool = True, workers: int = POOL_WORKERS) -> Run: ...
    def nothing(self) -> Run: ...


@dataclass(frozen=True)
class Sample:
    """One run, and what the responder saw of it."""

    run: Run
    state: State


@dataclass
class Measurement:
    """All samples, by (client, phase, repositories).

    Those of ``processes`` are of the module's own process, and not timed. ``load`` is the load average before: the noise of others.
    """

    sizes: Sequence[int]
    latency_ms: float
    load: float = 0.0
    samples: dict[tuple[str, str, int], list[Sample]] = field(default_factory=dict)
    processes: dict[tuple[str, int], Run] = field(default_factory=dict)

    def seconds(self, client: str, phase: str, repositories: int) -> float:
        """The median of what is compared."""
        return statistics.median(sample.run.seconds for sample in self.samples[client, phase, repositories])

    def whole(self, client: str, phase: str, repositories: int) -> float:
        """The median of the whole process, Ansible included."""
        return statistics.median(sample.run.whole for sample in self.samples[client, phase, repositories])

    def calls(self, client: str, phase: str, repositories: int) -> dict[str, float]:
        """The median count of each operation."""
        samples = self.samples[client, phase, repositories]
        names = sorted({name for sample in samples for name in sample.state.calls})
        return {name: statistics.median(sample.state.calls.get(name, 0) for sample in samples) for name in names}

    def responder_cost_ms(self) -> float:
        """CPU milliseconds of the responder for each call, over all samples."""
        states = [sample.state for samples in self.samples.values() for sample in samples]
        return 1000 * sum(state.cpu_seconds for state in states) / max(1, sum(state.total for state in states))


def measure(
    endpoint: Responds, clients: Runs, sizes: Sequence[int], latency_ms: float, repeat: int, tell: Callable[[str], None]
) -> Measurement:
    """Runs everything ``repeat`` times. Each round runs all clients one after the other, so that noise hits them alike."""
    found = Measurement(sizes, latency_ms, os.getloadavg()[0])

    def sample(client: str, phase: str, repositories: int, run: Callable[[], Run]) -> None:
        before = endpoint.state()
        done = run()
        found.samples.setdefault((client, phase, repositories), []).append(Sample(done, endpoint.state().since(before)))

    def module(size: int) -> None:
        endpoint.reset(size, latency_ms)
        sample(MODULE, FIRST, size, lambda: clients.module(size, True))
        sample(MODULE, AGAIN, size, lambda: clients.module(size, False))

    def pool(size: int) -> None:
        endpoint.reset(size, latency_ms)
        sample(POOL, FIRST, size, lambda: clients.pool(size, True))
        sample(POOL, AGAIN, size, lambda: clients.pool(size, False))

    def pool_unread(size: int) -> None:
        endpoint.reset(size, latency_ms)
        sample(POOL_UNREAD, FIRST, size, lambda: clients.pool(size, True, read_back=False))

    def pool_like_module(size: int) -> None:
        endpoint.reset(size, latency_ms)
        sample(POOL_LIKE_MODULE, FIRST, size, lambda: clients.pool(size, True, workers=MODULE_WORKERS))
        sample(POOL_LIKE_MODULE, AGAIN, size, lambda: clients.pool(size, False, workers=MODULE_WORKERS))

    def looking(size: int) -> list[Callable[[], None]]:
        def look(client: str, run: Callable[[], Run]) -> Callable[[], None]:
            return lambda: sample(client, LOOK, size, run)

        workers = [look(READS_LIKE_MODULE, lambda: clients.reads(size, INFO_WORKERS))] if INFO_WORKERS != POOL_WORKERS else []
        return [look(INFO, lambda: clients.info(size)), look(READS, lambda: clients.reads(size)), *workers]

    def loop() -> None:
        endpoint.reset(LOOP_REPOSITORIES, latency_ms)
        sample(LOOP, FIRST, LOOP_REPOSITORIES, lambda: clients.loop(LOOP_REPOSITORIES, True))
        sample(LOOP, AGAIN, LOOP_REPOSITORIES, lambda: clients.loop(LOOP_REPOSITORIES, False))

    tell("warming up")
    _warm_up(endpoint, clients)
    for turn in range(1, repeat + 1):
        tell(f"round {turn} of {repeat}: a task that does nothing, and a loop of ecs_ecr over {LOOP_REPOSITORIES}")
        sample(NOTHING, AGAIN, 0, clients.nothing)
        loop()
        for size in sizes:
            tell(f"round {turn} of {repeat}: {size} repositories")
            order = [module, pool, pool_unread, *([pool_like_module] if MODULE_WORKERS != POOL_WORKERS else [])]
            # Nobody is always the first one.
            for one in order if turn % 2 else reversed(order):
                one(size)
            endpoint.reset(size, latency_ms, with_policies=True)
            for look in looking(size) if turn % 2 else reversed(looking(size)):
                look()
    for size in sizes:
        tell(f"memory: {size} repositories")
        endpoint.reset(size, latency_ms)
        found.processes[FIRST, size] = clients.module(size, True, measure_process=True)
        found.processes[AGAIN, size] = clients.module(size, False, measure_process=True)
        endpoint.reset(size, latency_ms, with_policies=True)
        found.processes[LOOK, size] = clients.info(size, measure_process=True)
    return found


def _warm_up(endpoint: Responds, clients: Runs) -> None:
    """One run of each that does not count: Python compiles what it imports, and the disk's cache fills."""
    for run in (clients.module, clients.pool, clients.loop):
        endpoint.reset(1, 0)
        run(1, True)
    endpoint.reset(1, 0, with_policies=True)
    clients.info(1)
    clients.reads(1)
