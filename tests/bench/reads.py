# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reads of ecr_access_info as a plain boto3 script with a pool of 16 threads.

What an engineer writes to look at all policies once: one client, one pool, standard retries. It asks who it is, reads the registry's
policy, scope, creation templates and cache rules, lists the repositories and gets the policy of each. It keeps the texts and looks
at none of them: who can do what, findings, grouping and a bounded result are what the module does beyond this.

`python reads.py [--workers N]`; the last line of output counts the policies, as JSON.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import boto3
from botocore.config import Config


def read(client: Any, name: str) -> str | None:
    """The policy of a repository, if there is one."""
    with suppress(client.exceptions.RepositoryPolicyNotFoundException):
        return str(client.get_repository_policy(repositoryName=name)["policyText"])
    return None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=16)
    arguments = parser.parse_args()
    boto3.client("sts").get_caller_identity()
    client = boto3.client("ecr", config=Config(max_pool_connections=arguments.workers, retries={"mode": "standard"}))
    with suppress(client.exceptions.RegistryPolicyNotFoundException):
        client.get_registry_policy()
    client.get_account_setting(name="REGISTRY_POLICY_SCOPE")
    for operation in ("describe_repository_creation_templates", "describe_pull_through_cache_rules"):
        list(client.get_paginator(operation).paginate())
    pages = client.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 1000})
    names = [one["repositoryName"] for page in pages for one in page["repositories"]]
    with ThreadPoolExecutor(arguments.workers) as pool:
        texts = list(pool.map(lambda name: read(client, name), names))
    print(json.dumps({"policies": sum(text is not None for text in texts)}))


if __name__ == "__main__":
    main()
