# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the measured samples say: the objects of the JSON file, and the table for people."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from .clients import INFO_WORKERS, MODULE_WORKERS, POOL_WORKERS
from .comparison import Comparison
from .measurement import (
    AGAIN,
    FIRST,
    INFO,
    LOOK,
    LOOP,
    LOOP_REPOSITORIES,
    MODULE,
    NOTHING,
    POOL,
    POOL_LIKE_MODULE,
    POOL_UNREAD,
    READS,
    READS_LIKE_MODULE,
    Measurement,
)

_MB = 1_000_000
_LIST = "DescribeRepositories"


def summarize(found: Measurement, comparison: Comparison, decisions: float) -> list[dict[str, Any]]:
    """One object for each size. Seconds are medians; those of the loop are extrapolated wherever it was not run."""
    return [_one_size(found, comparison, decisions, size) for size in found.sizes]


def _one_size(found: Measurement, comparison: Comparison, decisions: float, size: int) -> dict[str, Any]:
    first, again = found.seconds(MODULE, FIRST, size), found.seconds(MODULE, AGAIN, size)
    pool_first, pool_again = found.seconds(POOL, FIRST, size), found.seconds(POOL, AGAIN, size)
    loop_first, loop_again = (found.seconds(LOOP, phase, LOOP_REPOSITORIES) * size / LOOP_REPOSITORIES for phase in (FIRST, AGAIN))
    calls = {phase: found.calls(MODULE, phase, size) for phase in (FIRST, AGAIN)}
    listing = {phase: counted.pop(_LIST, 0) for phase, counted in calls.items()}
    result = {
        "repositories": size,
        "first_run_ratio_to_pool": first / pool_first,
        "no_change_ratio_to_pool": again / pool_again,
        "speedup_over_loop": min(loop_first / first, loop_again / again),
        "calls_per_repository_no_change": sum(calls[AGAIN].values()) / size,
        "calls_per_repository_first_run": sum(calls[FIRST].values()) / size,
        "peak_mb": max(found.processes[phase, size].peak_bytes for phase in (FIRST, AGAIN)) / _MB,
        "speedup_over_loop_first_run": loop_first / first,
        "speedup_over_loop_no_change": loop_again / again,
        "loop_extrapolated": size != LOOP_REPOSITORIES,
        "describe_calls_no_change": listing[AGAIN],
        "describe_calls_first_run": listing[FIRST],
        "calls_no_change": calls[AGAIN],
        "calls_first_run": calls[FIRST],
        "first_run_seconds": first,
        "no_change_seconds": again,
        "first_run_playbook_seconds": found.whole(MODULE, FIRST, size),
        "no_change_playbook_seconds": found.whole(MODULE, AGAIN, size),
        "first_run_process_cpu_seconds": found.processes[FIRST, size].cpu_seconds,
        "no_change_process_cpu_seconds": found.processes[AGAIN, size].cpu_seconds,
        "pool_first_run_seconds": pool_first,
        "pool_first_run_without_read_back_seconds": found.seconds(POOL_UNREAD, FIRST, size),
        "pool_no_change_seconds": pool_again,
        "module_workers": MODULE_WORKERS,
        "pool_workers": POOL_WORKERS,
        "loop_first_run_seconds": loop_first,
        "loop_no_change_seconds": loop_again,
        "info_seconds": found.seconds(INFO, LOOK, size),
        "info_playbook_seconds": found.whole(INFO, LOOK, size),
        "info_ratio_to_reads": found.seconds(INFO, LOOK, size) / found.seconds(READS, LOOK, size),
        "info_calls": found.calls(INFO, LOOK, size),
        "info_peak_mb": found.processes[LOOK, size].peak_bytes / _MB,
        "info_process_cpu_seconds": found.processes[LOOK, size].cpu_seconds,
        "info_workers": INFO_WORKERS,
        "reads_seconds": found.seconds(READS, LOOK, size),
        "nothing_task_seconds": found.seconds(NOTHING, AGAIN, 0),
        "compare_50x50_ms": comparison.canonical,
        "decisions_per_second": decisions,
        "latency_ms": found.latency_ms,
    }
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in result.items()}


def render(found: Measurement, sizes: Sequence[dict[str, Any]], comparison: Comparison, decisions: float) -> str:
    """The table, how it was measured, and whether the targets hold."""
    repeats = len(found.samples[NOTHING, AGAIN, 0])
    parts = [
        f"Wall time in seconds, medians of {repeats} rounds; ~ is extrapolated from {LOOP_REPOSITORIES} repositories.",
        "",
        *_table(_rows(found, sizes)),
        "",
        *_notes(found, comparison, decisions),
        "",
        *_targets(sizes, comparison, decisions),
    ]
    return "\n".join(parts)


def _rows(found: Measurement, sizes: Sequence[dict[str, Any]]) -> list[list[str]]:
    def row(label: str, form: str, *keys: str) -> list[str]:
        return [label, *(form.format(*(one[key] for key in keys)) for one in sizes)]

    def loop(label: str, key: str) -> list[str]:
        return [label, *(("~" if one["loop_extrapolated"] else "") + f"{one[key]:.1f}" for one in sizes)]

    def spread(label: str, client: str, phase: str) -> list[str]:
        cells = [f"{found.seconds(client, phase, size):.2f} ({_spread(found, client, phase, size)})" for size in found.sizes]
        return [label, *cells]

    def like_module(phase: str, client: str = POOL_LIKE_MODULE, workers: int = MODULE_WORKERS) -> list[list[str]]:
        there = any((client, phase, size) in found.samples for size in found.sizes)
        return [spread(f"  the same with {workers} threads, as the module", client, phase)] if there else []

    gap = [""] * (len(sizes) + 1)
    return [
        ["repositories", *(f"{one['repositories']:,}" for one in sizes)],
        ["FIRST RUN: no repository has a policy", *gap[1:]],
        spread("ecr_repository_policy, the task", MODULE, FIRST),
        row("  the whole ansible-playbook", "{:.2f}", "first_run_playbook_seconds"),
        spread(f"boto3 script, pool of {POOL_WORKERS}, the process", POOL, FIRST),
        spread("  the same without reading back", POOL_UNREAD, FIRST),
        *like_module(FIRST),
        loop("loop of community.aws.ecs_ecr, the task", "loop_first_run_seconds"),
        row("task / script", "{:.2f}", "first_run_ratio_to_pool"),
        row("loop / task", "{:.0f}", "speedup_over_loop_first_run"),
        row("calls per repository (and to list them)", "{:g} (+{:g})", "calls_per_repository_first_run", "describe_calls_first_run"),
        gap,
        ["NO CHANGE: run again", *gap[1:]],
        spread("ecr_repository_policy, the task", MODULE, AGAIN),
        row("  the whole ansible-playbook", "{:.2f}", "no_change_playbook_seconds"),
        spread(f"boto3 script, pool of {POOL_WORKERS}, the process", POOL, AGAIN),
        *like_module(AGAIN),
        loop("loop of community.aws.ecs_ecr, the task", "loop_no_change_seconds"),
        row("task / script", "{:.2f}", "no_change_ratio_to_pool"),
        row("loop / task", "{:.0f}", "speedup_over_loop_no_change"),
        row("calls per repository (and to list them)", "{:g} (+{:g})", "calls_per_repository_no_change", "describe_calls_no_change"),
        gap,
        ["LOOK: who can do what, each repository with another policy", *gap[1:]],
        spread("ecr_access_info, the task", INFO, LOOK),
        row("  the whole ansible-playbook", "{:.2f}", "info_playbook_seconds"),
        spread(f"boto3 script with the same reads, pool of {POOL_WORKERS}", READS, LOOK),
        *like_module(LOOK, READS_LIKE_MODULE, INFO_WORKERS),
        row("task / script", "{:.2f}", "info_ratio_to_reads"),
        gap,
        ["THE MODULES' PROCESSES", *gap[1:]],
        row("peak memory, MB", "{:.0f}", "peak_mb"),
        row("CPU seconds, first run / no change", "{:.2f} / {:.2f}", "first_run_process_cpu_seconds", "no_change_process_cpu_seconds"),
        row("ecr_access_info: peak memory, MB / CPU seconds", "{:.0f} / {:.2f}", "info_peak_mb", "info_process_cpu_seconds"),
    ]


def _spread(found: Measurement, client: str, phase: str, size: int) -> str:
    seconds = [sample.run.seconds for sample in found.samples[client, phase, size]]
    return f"{min(seconds):.2f}-{max(seconds):.2f}"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]


def _notes(found: Measurement, comparison: Comparison, decisions: float) -> list[str]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = ", ".join(f"{name} {version(name)}" for name in ("ansible-core", "boto3"))
    cpu = found.responder_cost_ms()
    return [
        f"Measured on {cores} cores ({platform.machine()}), Python {platform.python_version()}, {versions}; load before: {found.load:.1f}.",
        f"Every call takes {found.latency_ms:g} ms, plus {cpu:.2f} ms of CPU in the responder, which is a process of its own on loopback.",
        "The task: from its announcement to its result on the controller; building the payload, starting Python and importing boto3",
        f"count. A task that does nothing (ping) takes {found.seconds(NOTHING, AGAIN, 0):.2f} s. The script: its process, start to end.",
        f"The module runs with its default of {MODULE_WORKERS} workers, the script with {POOL_WORKERS} threads.",
        "In parentheses: fastest and slowest round. Memory and CPU are of the module's own process, in runs that are not timed.",
        f"Comparing two documents of 50 statements x 50 principals (CPU): {comparison.canonical:.1f} ms from their texts,"
        f" {comparison.unread:.1f} ms when read already;",
        f"who gains what between them: {comparison.respelled:.1f} ms when they are respelled,"
        f" {comparison.changed:.1f} ms when each statement differs.",
        f"Deciding requests by documents of the demo's size (CPU): {decisions:,.0f} in a second.",
    ]


def _targets(sizes: Sequence[dict[str, Any]], comparison: Comparison, decisions: float) -> list[str]:
    by_size = {one["repositories"]: one for one in sizes}
    only_reads = all(set(one["calls_no_change"]) == {"GetRepositoryPolicy"} for one in sizes)
    exact = all(one["calls_per_repository_no_change"] == 1 for one in sizes)
    lines = [
        (
            "no change: one GetRepositoryPolicy per repository, pages of DescribeRepositories, nothing else",
            only_reads and exact,
            "/".join(f"{one['calls_per_repository_no_change']:g}" for one in sizes),
        )
    ]
    if at_200 := by_size.get(200):
        for phase, name in (("first_run", FIRST), ("no_change", AGAIN)):
            ratio, speedup = at_200[f"{phase}_ratio_to_pool"], at_200[f"speedup_over_loop_{phase}"]
            lines.append((f"200 repositories, {name}: at most 1.5 x the script", ratio <= 1.5, f"{ratio:.2f}"))
            lines.append((f"200 repositories, {name}: at least 80 x faster than the loop", speedup >= 80, f"{speedup:.0f}"))
    if at_2000 := by_size.get(2000):
        lines.append(("2,000 repositories: under 200 MB", at_2000["peak_mb"] < 200, f"{at_2000['peak_mb']:.0f}"))
        ratio = at_2000["info_ratio_to_reads"]
        lines.append(("2,000 repositories, ecr_access_info: at most 1.5 x the script with the same reads", ratio <= 1.5, f"{ratio:.2f}"))
    lines.append(("50 x 50 compared in under 10 ms", comparison.canonical < 10, f"{comparison.canonical:.1f}"))
    lines.append(("at least 20,000 requests decided in a second", decisions >= 20_000, f"{decisions:,.0f}"))
    return ["Targets", *(f"  {'met   ' if met else 'MISSED'}  {text}: {value}" for text, met, value in lines)]
