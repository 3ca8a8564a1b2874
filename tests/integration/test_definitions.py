# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task definitions of ECS and job definitions of Batch: a revision when it is needed, and only then."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.integration.conftest import PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.playbooks import TaskResult
from tests.integration.tasks import COLLECTION, shown, tasks
from tests.lab import Lab

ECS, BATCH = "ecs_task_definition", "batch_job_definition"
ROLE, OTHER_ROLE = (f"arn:aws:iam::{PRIMARY}:role/{name}" for name in ("execution", "other"))
SECRET = f"arn:aws:secretsmanager:{REGION}:{SECONDARY}:secret:registry/quay-AbCdEf"
APP = "containerDefinitions[app]"
AS_PRIMARY = {"credentials": PRIMARY, "region": REGION}
WEB: dict[str, Any] = {
    "family": "web",
    "network_mode": "bridge",
    "execution_role_arn": ROLE,
    "containers": [
        {
            "name": "app",
            "image": "quay.example.com/team/app:1",
            "repository_credentials": SECRET,
            "memory": 64,
            "command": ["x", "y"],
            "environment": {"A": 1, "B": "two", "C": "three", "D": "four"},
            "port_mappings": [{"container_port": 80}],
            "health_check": {"command": ["CMD", "true"]},
        },
        {"name": "side", "image": "busybox", "memory": 64, "essential": False},
    ],
    "volumes": [{"name": "scratch"}],
    "tags": {"team": "a", "cost": "b"},
}
CONTAINER: dict[str, Any] = {
    "image": "quay.example.com/team/app:1",
    "repository_credentials": SECRET,
    "execution_role_arn": ROLE,
    "vcpus": 1,
    "memory": 2048,
    "command": ["x", "y"],
    "environment": {"A": 1, "B": "two", "C": "three", "EMPTY": ""},
    "privileged": False,
    "readonly_root_filesystem": False,
}
FARGATE: dict[str, Any] = {"requires_compatibilities": ["FARGATE"], "network_mode": "awsvpc", "cpu": "0.25 vCPU", "memory": 512}
ON_FARGATE = {name: value for name, value in CONTAINER.items() if name != "privileged"}
IN_TASK = {name: value for name, value in CONTAINER.items() if name != "execution_role_arn"}
SEVERAL = [{**IN_TASK, "name": "app"}, {**IN_TASK, "name": "side", "essential": False}]
#: Every kind of definition.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "ECS on EC2": (ECS, WEB),
    "ECS on Fargate": (ECS, {**WEB, **FARGATE, "family": "web-fargate"}),
    "Batch on EC2": (BATCH, {"name": "job", "container": CONTAINER, "retry_strategy": {"attempts": 2}, "timeout": 60, "tags": {"a": "b"}}),
    "Batch on Fargate": (BATCH, {"name": "job-fargate", "platform_capabilities": ["FARGATE"], "container": ON_FARGATE}),
    "several containers": (BATCH, {"name": "job-task", "task": {"execution_role_arn": ROLE, "containers": SEVERAL}}),
    "several nodes": (BATCH, {"name": "job-nodes", "nodes": {"num_nodes": 2, "ranges": [{"target_nodes": "0:", "container": CONTAINER}]}}),
}
#: What only the services know before it is there.
HIDDEN = {"revision": None, "arn": None}


def play(ansible: Ansible, wanted: Mapping[str, tuple[str, Mapping[str, Any], bool]], *arguments: str) -> dict[str, TaskResult]:
    """Runs tasks by their names: module, options, and whether in check mode. None of them warns."""
    listed = [
        {"name": name, f"{COLLECTION}.{module}": dict(options), "check_mode": check, "diff": True, "ignore_errors": True}
        for name, (module, options, check) in wanted.items()
    ]
    run = ansible(json.dumps(listed) + "\n", *arguments, **AS_PRIMARY).succeeded()
    results = {name: run[name] for name in wanted}
    assert not [result["warnings"] for result in results.values() if result.result.get("warnings")]
    return results


def of(result: TaskResult) -> dict[str, Any]:
    """The one action of a task."""
    assert not result.failed, result.msg
    (action,) = result["actions"]
    return dict(action)


@pytest.fixture
def roles(primary: Account) -> None:
    """The execution roles of the definitions."""
    primary.create_role("execution")
    primary.create_role("other")


@pytest.mark.usefixtures("roles")
def test_a_revision_when_it_is_needed_and_only_then(ansible: Ansible, journal: Journal, primary: Account) -> None:
    """Every kind: in check mode, for real, again, and the same in other words."""
    wanted: dict[str, tuple[str, Mapping[str, Any], bool]] = {}
    for kind, (module, options) in KINDS.items():
        wanted[f"check {kind}"] = (module, options, True)
        wanted[f"real {kind}"] = (module, options, False)
        wanted[f"again {kind}"] = (module, options, False)
    reworded = copy.deepcopy(WEB)
    reworded["containers"].reverse()
    app = reworded["containers"][1]
    app.update(environment={"D": "four", "C": "three", "B": "two", "A": "1"}, essential=True, cpu=0, mount_points=[], secrets={})
    app["port_mappings"] = [{"container_port": 80, "host_port": 0, "protocol": "tcp"}]
    wanted["reworded"] = (ECS, {**reworded, "network_mode": None, "tags": None}, False)
    old = {"image": CONTAINER["image"], "vcpus": 1, "memory": 2048, "executionRoleArn": ROLE, "command": ["x", "y"]}
    old["environment"] = [{"name": "C", "value": "three"}, {"name": "A", "value": 1}, {"name": "B", "value": "two"}]
    old["repositoryCredentials"] = {"credentialsParameter": SECRET}
    given = {"containerProperties": old, "retryStrategy": {"attempts": "2", "evaluateOnExit": []}, "platformCapabilities": ["EC2"]}
    wanted["in the words of the API"] = (BATCH, {"name": "job", "timeout": 60, "parameters": {}, "api_parameters": given}, False)
    journal.clear()
    results = play(ansible, wanted)
    for kind, (_module, options) in KINDS.items():
        check, real, again = (results[f"{when} {kind}"] for when in ("check", "real", "again"))
        assert (of(real)["action"], of(real)["revision"], real.changed) == ("created", 1, True)
        assert of(check) == {**of(real), **HIDDEN}
        assert (check["diff"], check.changed, check["summary"]) == (real["diff"], True, real["summary"])
        assert (of(again)["action"], of(again)["arn"], again.changed, again["diff"]) == ("unchanged", of(real)["arn"], False, [])
        assert of(real)["resource"] == options.get("name", options.get("family"))
        assert SECRET in shown(real)
    assert not results["reworded"].changed
    assert not results["in the words of the API"].changed
    assert journal.writes() == ["RegisterTaskDefinition"] * 2 + ["RegisterJobDefinition"] * 4
    task = primary.client("ecs").describe_task_definition(taskDefinition="web")["taskDefinition"]
    app = next(one for one in task["containerDefinitions"] if one["name"] == "app")
    assert app["repositoryCredentials"] == {"credentialsParameter": SECRET}


@pytest.mark.usefixtures("roles")
def test_what_community_aws_does_not_see_is_a_new_revision(ansible: Ansible, primary: Account) -> None:
    """Each of these its modules report as no change, or take an older revision for; the first one is there again at the end."""
    steps: dict[str, tuple[dict[str, Any], list[str]]] = {
        "first": (WEB, []),
        "execution role": ({**WEB, "execution_role_arn": OTHER_ROLE}, ["executionRoleArn"]),
        "environment": (
            {"environment": {"A": 2, "B": "two", "C": "three", "D": "four"}},
            [f"{APP}.environment[A].value"],
        ),
        "command": ({"command": ["x", "z"]}, [f"{APP}.command"]),
        "order of the command": ({"command": ["z", "x"]}, [f"{APP}.command"]),
        "network mode": ({"network_mode": "host"}, ["networkMode"]),
        "credentials": (
            {"repository_credentials": "registry/quay"},
            [f"{APP}.repositoryCredentials.credentialsParameter"],
        ),
        "tags": ({"tags": {"team": "c", "cost": "b"}}, ["tags[team].value"]),
    }
    wanted: dict[str, tuple[str, Mapping[str, Any], bool]] = {}
    now = copy.deepcopy(WEB)
    for name, (change, _fields) in steps.items():
        for option, value in copy.deepcopy(change).items():
            place = now["containers"][0] if option in ("environment", "command", "repository_credentials") else now
            place[option] = value
        wanted[name] = (ECS, copy.deepcopy(now), False)
    wanted["back"] = (ECS, WEB, False)
    job: dict[str, Any] = {"name": "job", "container": CONTAINER}
    switched = {"name": "job", "container": {**CONTAINER, "privileged": True, "readonly_root_filesystem": True}}
    wanted |= {"job": (BATCH, job, False), "job again": (BATCH, job, False)}
    wanted |= {"booleans": (BATCH, switched, False), "job back": (BATCH, job, False)}
    results = play(ansible, wanted)
    for number, (name, (_change, fields)) in enumerate(steps.items(), 1):
        action = of(results[name])
        assert action["revision"] == number
        if name != "first":
            assert (action["action"], action["fields_changed"], action["previous_revision"]) == ("updated", fields, number - 1)
    assert (of(results["back"])["revision"], results["back"].changed) == (len(steps) + 1, True)
    assert (results["job again"].changed, of(results["booleans"])["revision"], of(results["job back"])["revision"]) == (False, 2, 3)
    assert of(results["booleans"])["fields_changed"] == ["containerProperties.privileged", "containerProperties.readonlyRootFilesystem"]
    batch = primary.client("batch")
    batch.deregister_job_definition(jobDefinition="job:3")
    # The latest one is inactive now; what counts is revision 2.
    result = play(ansible, {"after": (BATCH, job, False)})["after"]
    assert (of(result)["previous_revision"], of(result)["revision"]) == (2, 4)


@pytest.mark.usefixtures("roles")
def test_many_revisions(ansible: Ansible, journal: Journal, primary: Account) -> None:
    """Only the latest one is read; old ones go on request, in check mode only in words; absent takes all."""
    ecs, batch = primary.client("ecs"), primary.client("batch")
    for number in range(105):
        ecs.register_task_definition(family="web", containerDefinitions=[{"name": "app", "image": str(number), "memory": 64}])
        size = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": str(number + 4)}]
        properties = {"image": "busybox", "resourceRequirements": size}
        batch.register_job_definition(jobDefinitionName="job", type="container", containerProperties=properties)
    task = {"family": "web", "containers": [{"name": "app", "image": "104", "memory": 64}]}
    job = {"name": "job", "container": {"image": "busybox", "vcpus": 1, "memory": 108}}
    journal.clear()
    same = play(ansible, {"task": (ECS, task, False), "job": (BATCH, job, False)})
    assert [of(one)["revision"] for one in same.values()] == [105, 105]
    reads = [call["operation"] for call in journal.calls() if call["service"] != "sts"]
    assert reads == ["DescribeTaskDefinition", "DescribeJobDefinitions", "DescribeJobDefinitions"]
    wanted: dict[str, tuple[str, Mapping[str, Any], bool]] = {}
    for name, module, options in (("task", ECS, {**task, "task_role_arn": ROLE}), ("job", BATCH, {**job, "timeout": 60})):
        for when in ("check", "real", "again"):
            wanted[f"{when} {name}"] = (module, {**options, "keep_revisions": 2}, when == "check")
        key = "family" if module == ECS else "name"
        for when in ("check absent", "absent", "absent again"):
            wanted[f"{when} {name}"] = (module, {key: options[key], "state": "absent"}, when == "check absent")
    results = play(ansible, wanted)
    for name in ("task", "job"):
        real = of(results[f"real {name}"])
        assert (real["revision"], real["revisions_deregistered"]) == (106, list(range(1, 105)))
        assert of(results[f"check {name}"]) == {**real, **HIDDEN}
        assert not results[f"again {name}"].changed
        absent = of(results[f"absent {name}"])
        assert (absent["action"], absent["revisions_deregistered"]) == ("deleted", [105, 106])
        assert of(results[f"check absent {name}"]) == absent
        assert not results[f"absent again {name}"].changed
    assert ecs.list_task_definitions()["taskDefinitionArns"] == []
    assert batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"] == []


@pytest.mark.usefixtures("roles")
def test_what_only_aws_knows(ansible: Ansible, lab: Lab, journal: Journal, primary: Account) -> None:
    """A role that is not there, a role that may not be handed over; with the code and the request id."""
    gone = {**WEB, "task_role_arn": f"arn:aws:iam::{PRIMARY}:role/gone", "wait_timeout": 0}
    deployer = primary.create_role("deployer")
    primary.let("deployer", "ecs:*", "batch:*")
    assumed = {"assume_role": {"role_arn": deployer}}
    journal.clear()
    run = tasks(ansible, ECS, {"gone": gone, "not handed over": {**WEB, **assumed}}, **AS_PRIMARY)
    assert (
        "ECS does not know the role (yet) (waited 0 seconds); RegisterTaskDefinition: ClientException: Role is not valid" in run["gone"].msg
    )
    error = run["gone"]["actions"][0]["error"]
    assert (error["code"], bool(error["request_id"])) == ("ClientException", True)
    assert f"is not authorized to perform: iam:PassRole on resource: {ROLE}" in run["not handed over"].msg
    assert not run["not handed over"].changed
    primary.let("deployer", "iam:PassRole", resource=ROLE)
    run = tasks(ansible, BATCH, {"handed over": {"name": "job", "container": CONTAINER, **assumed}}, **AS_PRIMARY)
    assert run["handed over"].changed
    # A role that is new takes some seconds to be known.
    lab.set_faults({"profile": "eventual-consistency", "seconds": 2})
    primary.create_role("gone")
    late = {**gone, "wait_timeout": 60}
    run = tasks(ansible, ECS, {"late": late, "again": late}, **AS_PRIMARY)
    assert not run["late"].failed, run["late"].msg
    assert (run["late"].changed, run["again"].changed) == (True, False)


@pytest.mark.usefixtures("roles")
def test_trouble_of_the_services(lab: Lab, ansible: Ansible, primary: Account) -> None:
    """An answer that got lost is no reason for two revisions."""
    lab.fail_next("RegisterTaskDefinition", drop="after")
    lab.fail_next("RegisterJobDefinition", drop="after")
    job = {"name": "job", "container": CONTAINER}
    results = play(ansible, {"task": (ECS, WEB, False), "job": (BATCH, job, False)})
    assert [of(one)["revision"] for one in results.values()] == [1, 1]
    lab.set_faults("throttling", "server-errors", "dropped-connections")
    changed = {"task": (ECS, {**WEB, "network_mode": "host", "keep_revisions": 1}, False)}
    changed |= {"job": (BATCH, {**job, "timeout": 60, "keep_revisions": 1}, False)}
    results = play(ansible, {**changed, "task again": changed["task"], "job again": changed["job"]})
    lab.set_faults()
    assert [one.changed for one in results.values()] == [True, True, False, False]
    assert [of(one)["revision"] for one in results.values()] == [2, 2, 2, 2]
    assert len(primary.client("ecs").list_task_definitions()["taskDefinitionArns"]) == 1
