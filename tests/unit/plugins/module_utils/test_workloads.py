# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions that name credentials: where the ARNs of secrets and roles go, and which could never pull."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._credentials import FoundSecret, read_credentials
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._workloads import read_workloads, workload_plan

OWNER, USER = "111122223333", "444455556666"
REGION = "eu-west-1"
ARN = f"arn:aws:secretsmanager:{REGION}:{OWNER}:secret:registry/quay-AbCdEf"
FOUND = {"quay": FoundSecret(ARN, None), "hub": FoundSecret(ARN.replace("quay", "hub"), None)}
ROLE = f"arn:aws:iam::{USER}:role/team/exec"
IMAGE = {"image": "quay.example.com/app:1", "repository_credentials": "quay"}


def credential(name: str, *roles: str) -> dict[str, Any]:
    secret = {"account": OWNER, "region": REGION, "name": f"registry/{name}"}
    return {"name": name, "secret": secret, "readers": [{"account": USER, **({"roles": list(roles)} if roles else {})}]}


DECLARED = (credential("quay", "team/exec"), credential("hub", "team/exec", "hub-only"))


def job(**options: Any) -> dict[str, Any]:
    return {"account": USER, "region": REGION, "job_definition": {"name": "report", **options}}


def task(*containers: Any, **options: Any) -> dict[str, Any]:
    return {"account": USER, "region": REGION, "task_definition": {"family": "web", "containers": list(containers), **options}}


def resolved(entry: dict[str, Any], *declared: dict[str, Any]) -> dict[str, Any]:
    """The options of the one definition."""
    plan = workload_plan(read_workloads([entry]), read_credentials(declared or DECLARED), USER, FOUND)
    (found,) = [*plan["job_definitions"], *plan["task_definitions"]]
    assert (found["name"], found["region"]) in (("report", REGION), ("web", REGION))
    return dict(found["options"])


def test_the_one_role_that_reads_is_taken() -> None:
    container = resolved(job(container=IMAGE))["container"]
    assert container == {"image": IMAGE["image"], "repository_credentials": ARN, "execution_role_arn": ROLE}
    assert resolved(task(IMAGE))["execution_role_arn"] == ROLE
    # The role of all containers has to read all credentials.
    options = resolved(task(IMAGE, {**IMAGE, "repository_credentials": "hub"}))
    assert options["execution_role_arn"] == ROLE
    assert [one["repository_credentials"] for one in options["containers"]] == [ARN, ARN.replace("quay", "hub")]


@pytest.mark.parametrize("given", ["exec", "team/exec", ROLE, ROLE.replace("team/", "")])
def test_a_role_by_its_name(given: str) -> None:
    assert resolved(job(container={**IMAGE, "execution_role_arn": given}))["container"]["execution_role_arn"] == ROLE


def test_each_part_of_a_job_has_its_role() -> None:
    parts = {"task": {"containers": [IMAGE]}, "container": {"image": "busybox"}}
    options = resolved(job(nodes={"num_nodes": 2, "ranges": [{"target_nodes": "0:", **parts}]}))
    (one,) = options["nodes"]["ranges"]
    assert one["container"] == {"image": "busybox"}
    assert (one["task"]["execution_role_arn"], one["task"]["containers"][0]["repository_credentials"]) == (ROLE, ARN)
    assert resolved(job(task={"containers": [IMAGE]}))["task"]["execution_role_arn"] == ROLE


def test_what_is_said_stays() -> None:
    """Secrets by their ARNs, containers without credentials, definitions that shall go, and what only the module can judge."""
    other = ARN.replace("quay", "other")
    assert resolved(job(container={**IMAGE, "repository_credentials": other}))["container"] == {**IMAGE, "repository_credentials": other}
    assert resolved(task({"image": "busybox"}))["containers"] == [{"image": "busybox"}]
    assert resolved(job(state="absent"))["state"] == "absent"
    assert resolved(job(container="text", nodes={"ranges": ["text"]}))["nodes"] == {"ranges": ["text"]}
    assert resolved(task("text"))["containers"] == ["text"]
    whole = credential("quay")
    assert resolved(job(container={**IMAGE, "execution_role_arn": "any"}), whole)["container"]["execution_role_arn"].endswith(":role/any")


def test_only_those_of_the_account_and_only_with_secrets() -> None:
    workloads = read_workloads([job(container=IMAGE), {**job(container={"image": "busybox"}), "account": OWNER}])
    credentials = read_credentials(DECLARED)
    assert len(workload_plan(workloads, credentials, USER, FOUND)["job_definitions"]) == 1
    assert workload_plan(workloads, credentials, USER, None) == {}


REFUSALS: dict[str, tuple[Any, str]] = {
    "no list": ("job", "definitions must be a list of definitions, not str"),
    "no mapping": (["job"], "definition #1 is no mapping"),
    "none": ([{"account": USER, "region": REGION}], "definition #1: give one of job_definition and task_definition"),
    "name": ([{"account": USER, "region": REGION, "job_definition": {}}], "definition #1: job_definition: name is missing"),
    "option": ([job(comand=["x"])], "job definition 'report': there is no comand; it has name, platform_capabilities, container"),
    "role elsewhere": (
        [job(container={**IMAGE, "execution_role_arn": ROLE.replace(USER, OWNER)})],
        "execution_role_arn is 'arn:aws:iam::111122223333:role/team/exec', which is no role of account 444455556666",
    ),
    "account": ([{**job(), "account": 444455556666}], "job definition 'report': account is the number 444455556666; write it in quotes"),
    "region": ([{**job(), "region": None}], "job definition 'report': region: 'None' is no region"),
    "twice": ([job(), job()], "job definition 'report' is there twice for account 444455556666 in eu-west-1"),
    "credential": (
        [job(container={**IMAGE, "repository_credentials": "quai"})],
        "job definition 'report': repository_credentials: 'quai' is no declared credential, and no ARN of a secret",
    ),
    "role": (
        [job(container={**IMAGE, "execution_role_arn": "hub-only"})],
        "job definition 'report': the role hub-only is no reader of 'quay'; add it to the readers",
    ),
    "which role": (
        [job(container={**IMAGE, "repository_credentials": "hub"})],
        "job definition 'report': execution_role_arn is missing; give team/exec or hub-only",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_refused(case: str) -> None:
    declaration, told = REFUSALS[case]
    with pytest.raises(RegistryError) as caught:
        workload_plan(read_workloads(declaration), read_credentials(DECLARED), USER, None)
    assert told in str(caught.value)


@pytest.mark.parametrize("account", [OWNER, USER])
def test_a_credential_that_nobody_there_reads(account: str) -> None:
    """Whoever looks at the declaration: no account writes anything for one that cannot work."""
    with pytest.raises(RegistryError, match="nobody in account 111122223333 reads 'quay'"):
        workload_plan(read_workloads([{**job(container=IMAGE), "account": OWNER}]), read_credentials(DECLARED), account, None)
