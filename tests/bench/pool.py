# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of ecr_repository_policy as a plain boto3 script with a pool of 16 threads.

What an engineer writes who needs it fast and once: one client, one pool, standard retries. It lists the repositories and selects
those that match a pattern. For each of them, in one go: get the policy; if the statement is not in it as it should be, put it in
place, leave the others alone, set the policy, and read it back.

What the module does beyond this, and the script does not: check the input; accept every spelling of a policy (the script compares
JSON, so the re-spelling that AWS does can look like a change to it); plan all documents and refuse before the first of them is
written; guard against public principals and oversize; read again right before writing, and wait until writers who overlapped have
finished before reading back, so that nothing foreign is lost; retry what is transient; check mode, diff, who gains and loses what;
report per repository, and go on where one fails. What the script has to pay, and the module too: the start of Python, and boto3.

`python pool.py PATTERN STATEMENT_FILE [--no-read-back] [--workers N]`; the last line of output counts what was done, as JSON.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config


def read(client: Any, name: str) -> dict[str, Any] | None:
    """The policy of a repository, if there is one."""
    try:
        return json.loads(client.get_repository_policy(repositoryName=name)["policyText"])
    except client.exceptions.RepositoryPolicyNotFoundException:
        return None


def ensure(client: Any, name: str, statement: dict[str, Any], read_back: bool) -> str:
    """Makes the statement part of a repository's policy; returns what was done."""
    policy = read(client, name) or {"Version": "2012-10-17", "Statement": []}
    statements = policy["Statement"]
    if statement in statements:
        return "unchanged"
    policy["Statement"] = [one for one in statements if one.get("Sid") != statement["Sid"]] + [statement]
    client.set_repository_policy(repositoryName=name, policyText=json.dumps(policy))
    if read_back and read(client, name) != policy:
        raise SystemExit(f"{name}: the policy reads back differently")
    return "updated"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("pattern")
    parser.add_argument("statement", type=Path)
    parser.add_argument("--no-read-back", action="store_true")
    parser.add_argument("--workers", type=int, default=16)
    arguments = parser.parse_args()
    statement = json.loads(arguments.statement.read_text())
    client = boto3.client("ecr", config=Config(max_pool_connections=arguments.workers, retries={"mode": "standard"}))
    pages = client.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 1000})
    names = [one["repositoryName"] for page in pages for one in page["repositories"]]
    selected = [name for name in names if fnmatchcase(name, arguments.pattern)]
    with ThreadPoolExecutor(arguments.workers) as pool:
        done = Counter(pool.map(lambda name: ensure(client, name, statement, not arguments.no_read_back), selected))
    print(json.dumps(done))


if __name__ == "__main__":
    main()
