# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the bench concludes from its samples."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from . import __main__ as bench
from . import decisions, measurement, report
from .clients import ClientFailed, Run
from .comparison import Comparison, document, respelled
from .endpoint import State
from .measurement import AGAIN, FIRST, MODULE, measure
from .report import render, summarize

DECISIONS = 28_000.0
COMPARISON = Comparison(canonical=7.5, unread=6.0, respelled=11.0, changed=70.0)


class FakeWorld:
    """An endpoint and its clients: the module takes 1 s and 10 ms per repository, the pool half of that, the loop 1 s for each."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.order: list[str] = []

    def reset(self, repositories: int, latency_ms: float, with_policies: bool = False) -> None:  # noqa: ARG002
        self.calls.clear()

    def state(self) -> State:
        return State(dict(self.calls), 0, sum(self.calls.values()) / 10_000)

    def _called(self, what: str, repositories: int, changes: bool) -> None:
        self.order.append(f"{what} {repositories} {'first' if changes else 'again'}")
        self.calls["DescribeRepositories"] += -(-repositories // 1000)
        self.calls["GetRepositoryPolicy"] += repositories * (2 if changes else 1)
        self.calls["SetRepositoryPolicy"] += repositories if changes else 0

    def module(self, repositories: int, changes: bool, measure_process: bool = False) -> Run:
        self._called("module", repositories, changes)
        seconds = 1 + repositories * 0.01
        return Run(seconds, seconds + 1, *((50_000_000 + repositories * 1000, 0.5) if measure_process else ()))

    def pool(self, repositories: int, changes: bool, read_back: bool = True, workers: int = 16) -> Run:  # noqa: ARG002
        self._called("pool", repositories, changes)
        seconds = 0.5 + repositories * 0.005
        return Run(seconds, seconds)

    def info(self, repositories: int, measure_process: bool = False) -> Run:
        self._called("info", repositories, changes=False)
        seconds = 1 + repositories * 0.006
        return Run(seconds, seconds + 1, *((60_000_000, 0.75) if measure_process else ()))

    def reads(self, repositories: int, workers: int = 16) -> Run:  # noqa: ARG002
        self._called("reads", repositories, changes=False)
        seconds = 0.5 + repositories * 0.005
        return Run(seconds, seconds)

    def loop(self, repositories: int, changes: bool) -> Run:
        self._called("loop", repositories, changes)
        return Run(repositories * (2.0 if changes else 1.5), 99)

    def nothing(self) -> Run:
        return Run(0.4, 1.4)


def test_summary_and_table() -> None:
    world = FakeWorld()
    found = measure(world, world, [20, 200, 2000], 40, 3, lambda _text: None)
    sizes = summarize(found, COMPARISON, DECISIONS)
    assert [one["repositories"] for one in sizes] == [20, 200, 2000]
    at_200 = sizes[1]
    assert at_200["first_run_ratio_to_pool"] == at_200["no_change_ratio_to_pool"] == 2
    assert at_200["speedup_over_loop_first_run"] == pytest.approx(400 / 3, abs=0.001)
    assert at_200["speedup_over_loop"] == at_200["speedup_over_loop_no_change"] == 100
    assert (at_200["calls_per_repository_first_run"], at_200["calls_per_repository_no_change"]) == (3, 1)
    assert at_200["describe_calls_no_change"] == 1 and sizes[2]["describe_calls_no_change"] == 2
    assert at_200["peak_mb"] == 50.2
    assert (at_200["info_ratio_to_reads"], at_200["info_peak_mb"], at_200["info_process_cpu_seconds"]) == (
        pytest.approx(2.2 / 1.5, abs=0.001),
        60,
        0.75,
    )
    assert at_200["info_calls"] == {"DescribeRepositories": 1, "GetRepositoryPolicy": 200}
    assert [one["loop_extrapolated"] for one in sizes] == [False, True, True]
    text = render(found, sizes, COMPARISON, DECISIONS)
    assert "~400.0" in text and "extrapolated from 20 repositories" in text and "plus 0.10 ms of CPU in the responder" in text
    assert "met     200 repositories, no change: at least 80 x faster than the loop: 100" in text
    assert "MISSED  200 repositories, no change: at most 1.5 x the script: 2.00" in text
    assert "met     2,000 repositories: under 200 MB: 52" in text
    assert "met     2,000 repositories, ecr_access_info: at most 1.5 x the script with the same reads: 1.24" in text
    assert "met     at least 20,000 requests decided in a second: 28,000" in text
    assert [one["decisions_per_second"] for one in sizes] == [DECISIONS] * 3
    json.dumps(sizes)


def test_rounds_are_interleaved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every round has all clients, those that are compared next to each other, in changing order."""
    for name in ("MODULE_WORKERS", "INFO_WORKERS"):
        monkeypatch.setattr(measurement, name, measurement.POOL_WORKERS)
    world = FakeWorld()
    found = measure(world, world, [5], 40, 2, lambda _text: None)
    assert world.order[5:21] == [
        *("loop 20 first", "loop 20 again", "module 5 first", "module 5 again", "pool 5 first", "pool 5 again"),
        *("pool 5 first", "info 5 again", "reads 5 again"),
        *("loop 20 first", "loop 20 again", "pool 5 first", "pool 5 first", "pool 5 again", "module 5 first", "module 5 again"),
    ]
    assert world.order[21:23] == ["reads 5 again", "info 5 again"]
    assert len(found.samples[MODULE, FIRST, 5]) == len(found.samples[MODULE, AGAIN, 5]) == 2


@pytest.mark.parametrize("more", [0, 8])
def test_module_with_other_workers(monkeypatch: pytest.MonkeyPatch, more: int) -> None:
    """A module that uses more threads than the script is also put beside a script that uses as many."""
    for module in (measurement, report):
        for name in ("MODULE_WORKERS", "INFO_WORKERS"):
            monkeypatch.setattr(module, name, measurement.POOL_WORKERS + more)
    world = FakeWorld()
    found = measure(world, world, [5], 40, 1, lambda _text: None)
    text = render(found, summarize(found, COMPARISON, DECISIONS), COMPARISON, DECISIONS)
    assert text.count("the same with 24 threads, as the module") == (3 if more else 0)


def test_without_the_usual_sizes() -> None:
    world = FakeWorld()
    sizes = summarize(found := measure(world, world, [7], 0, 1, lambda _text: None), COMPARISON, DECISIONS)
    assert "200 repositories" not in render(found, sizes, COMPARISON, DECISIONS)


def test_a_client_that_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The bench says what the client printed, and writes nothing."""

    def failing(*_arguments: object) -> None:
        raise ClientFailed("it went wrong")

    monkeypatch.setattr(bench, "measure", failing)
    monkeypatch.setattr(bench, "_is_installed", lambda _name: True)
    assert bench.main(["--json", str(tmp_path / "out.json"), "--sizes", "1"]) == 1
    assert "it went wrong" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()


def test_collections_are_looked_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", str(tmp_path))
    assert bench.main(["--sizes", "1"]) == 2
    assert "community.aws" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--sizes", "0"], ["--sizes", "x"], ["--repeat", "0"], ["--latency-ms", "-1"]])
def test_wrong_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(arguments)
    assert "usage: bench" in capsys.readouterr().err


def test_documents_to_compare() -> None:
    one, same = document(1), respelled(document(1))
    assert len(one["Statement"]) == 50 and {len(statement["Principal"]["AWS"]) for statement in one["Statement"]} == {50}
    assert one != same and one["Statement"] != document(2)["Statement"]


def test_what_is_decided_in_the_measurement_is_right() -> None:
    """The measurement itself fails when a decision is wrong."""
    asked, policies, allowed = decisions.requests()
    assert len(asked) > allowed > 0
    assert decisions.measure(repeat=1, rounds=1) > 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decisions, "requests", lambda: (asked, policies, allowed + 1))
        with pytest.raises(RuntimeError, match="wrong"):
            decisions.measure(repeat=1, rounds=1)
