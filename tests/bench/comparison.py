# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long it takes to compare two large policy documents: 50 statements with 50 principals each."""

from __future__ import annotations

import json
import random
import statistics
import time
from dataclasses import dataclass
from typing import Any

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.difference import access_changes
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import parse, same_meaning

STATEMENTS, PRINCIPALS = 50, 50
_ACTIONS = ("BatchCheckLayerAvailability", "BatchGetImage", "DescribeImages", "GetDownloadUrlForLayer", "ListImages")


@dataclass(frozen=True)
class Comparison:
    """Milliseconds of CPU, medians: nothing waits here, and others on the machine disturb less than on the wall clock.

    ``canonical`` is reading both texts and comparing what they mean, ``unread`` the same without reading. ``respelled`` is who
    gains or loses what between them, which is nobody and nothing; ``changed`` the same where every statement names one principal more.
    """

    canonical: float
    unread: float
    respelled: float
    changed: float


def document(number: int, more: int = 0) -> dict[str, Any]:
    """A policy with accounts and roles that no other ``number`` has, so that nothing is remembered from one to the next."""
    accounts = [f"{number:06}{account:06}" for account in range(PRINCIPALS + more)]
    statements = [
        {
            "Sid": f"Bench{at:02}",
            "Effect": "Allow",
            "Principal": {"AWS": [one if one[-1] == "0" else f"arn:aws:iam::{one}:role/bench-{number}-{at}" for one in accounts]},
            "Action": [f"ecr:{action}" for action in _ACTIONS],
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": f"o-bench{number:06}{at:02}"}},
        }
        for at in range(STATEMENTS)
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def respelled(policy: dict[str, Any], seed: int = 0) -> dict[str, Any]:
    """The same policy as AWS may return it: other orders, other letter case of actions, root ARNs for account ids."""
    shuffle = random.Random(seed).shuffle
    statements = []
    for statement in policy["Statement"]:
        principals = [f"arn:aws:iam::{one}:root" if one.isdigit() else one for one in statement["Principal"]["AWS"]]
        actions = [action.lower() for action in statement["Action"]]
        shuffle(principals)
        shuffle(actions)
        statements.append({**statement, "Principal": {"AWS": principals}, "Action": actions})
    shuffle(statements)
    return {**policy, "Statement": statements}


def measure(repeat: int = 15) -> Comparison:
    """Compares documents that were never seen before, again and again."""
    taken: dict[str, list[float]] = {name: [] for name in ("canonical", "unread", "respelled", "changed")}

    def clock(name: str, started: float) -> None:
        taken[name].append((time.process_time() - started) * 1000)

    for number in range(1, repeat + 1):
        one = document(number)
        left_text, right_text = json.dumps(one), json.dumps(respelled(one, number), indent=2)
        started = time.process_time()
        left, right = parse(left_text), parse(right_text)
        read = time.process_time()
        same = same_meaning(left, right)
        clock("canonical", started)
        clock("unread", read)
        started = time.process_time()
        unchanged = access_changes(left, right)
        clock("respelled", started)
        more = parse(document(number, more=1))
        started = time.process_time()
        changed = access_changes(left, more)
        clock("changed", started)
        if not same or unchanged or not changed:
            raise RuntimeError(f"the comparison is wrong for document {number}")
    return Comparison(**{name: statistics.median(values) for name, values in taken.items()})
