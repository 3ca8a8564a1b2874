# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many requests are decided in a second, by documents like those of the demo."""

from __future__ import annotations

import statistics
import time
from typing import Any

from ansible_collections.crossaccount.registry.plugins.module_utils._grants import identity_statements, read_grants, registry_statements
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.evaluation import Named, Policies, decide
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.request import Caller, Request, context_of

PRIMARY, SECONDARY, REGION, ROLE = "111122223333", "444455556666", "eu-west-1", "ecsInstanceRole"
_ACTIONS = ("BatchGetImage", "GetDownloadUrlForLayer", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage")
_FOREIGN: dict[str, Any] = {
    "Sid": "ReportingReads",
    "Effect": "Allow",
    "Principal": {"AWS": "999900001111"},
    "Action": ["ecr:DescribeImages", "ecr:ListImages"],
}


def requests() -> tuple[list[Request], Policies, int]:
    """Requests of a role on five repositories, the policies that decide them, and how many of them are allowed."""
    registry = {"account": PRIMARY, "regions": [REGION]}
    to = [{"account": SECONDARY, "roles": [ROLE]}]
    grants = read_grants(
        [
            {"name": "payments", "registry": registry, "repositories": ["payments/*", "base/python"], "access": "pull", "to": to},
            {"name": "shop", "registry": registry, "repositories": ["shop/web"], "access": "pull_push", "to": to},
        ]
    )
    own = tuple(identity_statements(grants, SECONDARY, "role", ROLE))
    theirs = (_FOREIGN, *(one for grant in grants for one in registry_statements(grant, REGION, "repository")))
    policies = Policies(identity=(Named("identity policy", Policy(own)),), resource=(Named("repository policy", Policy(theirs)),))
    caller = Caller(f"arn:aws:iam::{SECONDARY}:role/{ROLE}", SECONDARY)
    asked = []
    for repository in ("payments/api", "payments/worker", "base/python", "shop/web", "internal/tools"):
        arn = f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/{repository}"
        for action in _ACTIONS:
            context = context_of(caller, f"ecr:{action}", arn, PRIMARY, tags={}, organization="")
            asked.append(Request(caller, f"ecr:{action}", arn, PRIMARY, context))
    # Pulls of three repositories, and everything on one.
    return asked, policies, 3 * 2 + len(_ACTIONS)


def measure(repeat: int = 15, rounds: int = 100) -> float:
    """Decisions in a second of CPU, the median. Raises RuntimeError when a decision is wrong."""
    asked, policies, allowed = requests()
    rates = []
    for _round in range(repeat):
        started = time.process_time()
        for _again in range(rounds):
            outcomes = [decide(request, policies).outcome for request in asked]
        rates.append(rounds * len(asked) / (time.process_time() - started))
        if outcomes.count("allowed") != allowed or "unknown" in outcomes:
            raise RuntimeError("the decisions are wrong")
    return statistics.median(rates)
