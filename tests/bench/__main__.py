# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`python -m tests.bench`: measures the modules beside other ways to do the same, over 20, 200 and 2,000 repositories.

Three clients bring one statement into the policy of each repository: one task of ecr_repository_policy, a boto3 script with a pool
of 16 threads (pool.py, which says what it does not do), and a loop of community.aws.ecs_ecr. They talk to a responder on loopback
that answers each call after the same latency and costs next to nothing itself, so that what differs is the clients.

*First run*: no repository has a policy. *No change*: the same again. *Look*: each repository has a policy of its own, and one task of
ecr_access_info is put beside a boto3 script that makes the same reads (reads.py). The task's time is what the controller sees, from the
announcement of the task to its result; the script's is that of its process. The loop runs over 20 repositories only, and is
extrapolated linearly: its cost is one process per item.

The JSON file holds a list with one object per size:

repositories                      how many
first_run_ratio_to_pool           the task's seconds / the script's, which reads back too
no_change_ratio_to_pool           the same for the run without changes
speedup_over_loop                 the loop's seconds / the task's; of first run and no change the smaller one
calls_per_repository_no_change    calls about one repository: all but DescribeRepositories, whose pages are in describe_calls_...
calls_per_repository_first_run    the same for the first run
info_ratio_to_reads               ecr_access_info: the task's seconds / those of the script with the same reads
peak_mb                           peak resident memory of the module's own process, in 10^6 bytes
...                               further keys: raw seconds, calls by operation, the comparison of large documents
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from . import comparison, decisions
from .clients import ClientFailed, Clients
from .endpoint import start_responder
from .measurement import measure
from .report import render, summarize


def _sizes(text: str) -> list[int]:
    sizes = [int(part) for part in text.split(",")]
    if min(sizes) < 1:
        raise ValueError
    return sizes


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench", description=(__doc__ or "").partition("\n\n")[2], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers there")
    parser.add_argument("--sizes", type=_sizes, default=[20, 200, 2000], metavar="N,...", help="numbers of repositories (20,200,2000)")
    parser.add_argument("--latency-ms", type=float, default=40.0, metavar="MS", help="how long each call takes (40)")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="rounds, of which medians are taken (3)")
    arguments = parser.parse_args(argv)
    if arguments.repeat < 1 or arguments.latency_ms < 0:
        parser.error("--repeat must be at least 1, and --latency-ms not negative")
    return arguments


def _is_installed(collection: str) -> bool:
    places = os.environ.get("ANSIBLE_COLLECTIONS_PATH", "").split(os.pathsep)
    folder = Path("ansible_collections", *collection.split("."))
    return any((Path(place) / folder).is_dir() for place in places if place)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _arguments(argv)
    missing = [name for name in ("amazon.aws", "community.aws", "crossaccount.registry") if not _is_installed(name)]
    if missing:
        print(f"bench: ANSIBLE_COLLECTIONS_PATH does not lead to {', '.join(missing)}; ./run bench sets it", file=sys.stderr)
        return 2
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as scratch, start_responder() as endpoint:
            clients = Clients(endpoint, Path(scratch))
            found = measure(endpoint, clients, arguments.sizes, arguments.latency_ms, arguments.repeat, _tell)
    except ClientFailed as failed:
        print(f"bench: {failed}", file=sys.stderr)
        return 1
    compared, decided = comparison.measure(), decisions.measure()
    sizes = summarize(found, compared, decided)
    print(render(found, sizes, compared, decided))
    if arguments.json:
        arguments.json.write_text(json.dumps(sizes, indent=2) + "\n")
    return 0


def _tell(text: str) -> None:
    print(f"bench: {text} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
