# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task definitions of ECS and job definitions of Batch: revisions, defaults, refusals, permissions."""

from __future__ import annotations

import copy
import typing as t

import pytest

from tests.lab import Lab

from .helpers import ONCE, PRIMARY, REGION, SECONDARY, Accounts, allow_identity, refused

EXECUTION = f"arn:aws:iam::{PRIMARY}:role/execution"
ECR = f"{PRIMARY}.dkr.ecr.{REGION}.amazonaws.com/team/app"
SECRET = f"arn:aws:secretsmanager:{REGION}:{PRIMARY}:secret:registry/quay-AbCdEf"
CREDENTIALS = {"repositoryCredentials": {"credentialsParameter": SECRET}}
SIZE = [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}]
FARGATE = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512"}


@pytest.fixture
def ecs(accounts: Accounts) -> t.Any:
    """ECS, for the administrator of an account with an execution role."""
    accounts.role("execution", PRIMARY)
    return accounts.client("ecs")


def task(more: t.Any = None, **container: t.Any) -> dict[str, t.Any]:
    return {"family": "web", "containerDefinitions": [{"name": "app", "image": "busybox", "memory": 64, **container}], **(more or {})}


def job(more: t.Any = None, **container: t.Any) -> dict[str, t.Any]:
    properties = {"image": "busybox", "resourceRequirements": SIZE, **container}
    return {"jobDefinitionName": "report", "type": "container", "containerProperties": properties, **(more or {})}


def several(more: t.Any = None, role: str | None = EXECUTION, **container: t.Any) -> dict[str, t.Any]:
    """A job with two containers."""
    one = {"name": "app", "image": "busybox", "resourceRequirements": copy.deepcopy(SIZE), **container}
    properties = {"containers": [one, {**one, "name": "side"}], **({"executionRoleArn": role} if role else {})}
    return {
        "jobDefinitionName": "report",
        "type": "container",
        "ecsProperties": {"taskProperties": [properties]},
        **(more or {}),
    }


def nodes(more: t.Any = None, ranges: t.Sequence[str] = ("0:",)) -> dict[str, t.Any]:
    """A job on two nodes."""
    properties = [{"targetNodes": one, "container": {"image": "busybox", "resourceRequirements": SIZE}} for one in ranges]
    its = {"numNodes": 2, "mainNode": 0, "nodeRangeProperties": properties, **(more or {})}
    return {"jobDefinitionName": "report", "type": "multinode", "nodeProperties": its}


def test_a_task_definition_gets_the_defaults_of_ecs(ecs: t.Any) -> None:
    """The API reference names them."""
    wanted = task(
        {"networkMode": "awsvpc", "cpu": "0.25 vCPU", "memory": "1 GB", "volumes": [{"name": "v"}], "tags": [{"key": "a", "value": "b"}]},
        portMappings=[{"containerPort": 80}],
        healthCheck={"command": ["CMD", "true"]},
        environment=[{"name": name, "value": name} for name in "ABCDE"],
    )
    answer = ecs.register_task_definition(**wanted)
    made = answer["taskDefinition"]
    (container,) = made["containerDefinitions"]
    assert (made["cpu"], made["memory"], made["volumes"], answer["tags"]) == ("256", "1024", [{"name": "v", "host": {}}], wanted["tags"])
    assert (container["cpu"], container["essential"], container["mountPoints"]) == (0, True, [])
    assert container["portMappings"] == [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}]
    assert container["healthCheck"] == {"command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3}
    assert [one["name"] for one in container["environment"]] != list("ABCDE")
    assert sorted(one["name"] for one in container["environment"]) == list("ABCDE")
    assert "networkMode" not in ecs.register_task_definition(**task())["taskDefinition"]


def test_revisions_of_a_task_definition(ecs: t.Any) -> None:
    absent = ("ClientException", "Unable to describe task definition.", 400)
    assert refused(ecs.describe_task_definition, taskDefinition="web") == absent
    for _number in range(3):
        ecs.register_task_definition(**task({"tags": [{"key": "a", "value": "b"}]}))
    ecs.register_task_definition(**task({"family": "web-2"}))
    ecs.deregister_task_definition(taskDefinition="web:3")
    latest = ecs.describe_task_definition(taskDefinition="web")
    assert (latest["taskDefinition"]["revision"], latest.get("tags")) == (2, None)
    assert ecs.describe_task_definition(taskDefinition="web", include=["TAGS"])["tags"]
    assert ecs.describe_task_definition(taskDefinition="web:3")["taskDefinition"]["status"] == "INACTIVE"
    page = ecs.list_task_definitions(familyPrefix="web", maxResults=1, sort="DESC")
    assert page["taskDefinitionArns"][0].endswith("web:2")
    page = ecs.list_task_definitions(familyPrefix="web", maxResults=1, sort="DESC", nextToken=page["nextToken"])
    assert (page["taskDefinitionArns"][0].rpartition("/")[2], page.get("nextToken")) == ("web:1", None)
    assert ecs.list_task_definition_families()["families"] == ["web", "web-2"]
    assert ecs.register_task_definition(**task())["taskDefinition"]["revision"] == 4
    assert "is inactive" in refused(ecs.deregister_task_definition, taskDefinition="web:3").message
    for name in ("web", "web:9"):
        assert "does not exist" in refused(ecs.deregister_task_definition, taskDefinition=name).message
    assert refused(ecs.list_task_definitions, nextToken="x") == ("InvalidParameterException", "Invalid token.", 400)


ECS_REFUSES: dict[str, tuple[dict[str, t.Any], str]] = {
    "role": (task({"taskRoleArn": f"arn:aws:iam::{PRIMARY}:role/gone"}), "Role is not valid"),
    "credentials": (
        task(**CREDENTIALS),
        "Private repository authentication requires that the task definition specify a value for executionRoleArn.",
    ),
    "secret name": (
        task({"executionRoleArn": EXECUTION}, repositoryCredentials={"credentialsParameter": "a b"}),
        "The repository credentials parameter specified for container 'app' is invalid.",
    ),
    "secrets": (
        task(secrets=[{"name": "A", "valueFrom": SECRET}]),
        "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    ),
    "image": (task(image=""), "Container.image should not be null or empty."),
    "memory": (task(memory=0), "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be specified."),
    "mode": (task({**FARGATE, "networkMode": "bridge"}), "Fargate only supports network mode \u2018awsvpc\u2019."),
    "no cpu": (
        task({name: value for name, value in FARGATE.items() if name != "cpu"}),
        "Fargate requires that 'cpu' be defined at the task level.",
    ),
    "size": (task({**FARGATE, "cpu": "512"}), "No Fargate configuration exists for given values: 512 CPU, 512 memory."),
    "cpu": (task({"cpu": "much"}), "Invalid 'cpu' setting for task."),
    "ecr": (task(FARGATE, image=ECR), "Fargate requires task definition to have execution role ARN to support ECR images."),
    "logs": (
        task(FARGATE, logConfiguration={"logDriver": "awslogs"}),
        "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
    ),
    "ports": (
        task({"networkMode": "awsvpc"}, portMappings=[{"containerPort": 80, "hostPort": 81}]),
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
    ),
    "variable": (
        task({"executionRoleArn": EXECUTION}, environment=[{"name": "A", "value": "1"}], secrets=[{"name": "A", "valueFrom": SECRET}]),
        "not shared with any new or existing environment variables set on the container, such as 'A'",
    ),
    "privileged": (task(FARGATE, privileged=True), "Fargate requires that the \u2018privileged\u2019 setting be \u2018false\u2019"),
    "nothing": ({"family": "web", "containerDefinitions": []}, "at least one essential container"),
    "essential": (task(essential=False), "at least one essential container"),
    "twice": (task({"containerDefinitions": task()["containerDefinitions"] * 2}), "Container name 'app' is not unique."),
    "family": (task({"family": "a b"}), "Family contains invalid characters."),
    "enum": (task(logConfiguration={"logDriver": "paper"}), "Member must satisfy enum value set"),
    "missing": (task(repositoryCredentials={}), "credentialsParameter"),
}


@pytest.mark.parametrize("case", ECS_REFUSES)
def test_what_ecs_refuses(ecs: t.Any, case: str) -> None:
    parameters, words = ECS_REFUSES[case]
    told = refused(ecs.register_task_definition, **parameters)
    assert words in told.message
    assert told.code == ("InvalidParameterException" if case in ("enum", "missing") else "ClientException")
    assert ecs.list_task_definitions()["taskDefinitionArns"] == []


def test_a_job_definition_gets_the_defaults_of_batch(accounts: Accounts) -> None:
    batch = accounts.client("batch")
    environment = [{"name": name, "value": name} for name in "ABCDE"] + [{"name": "EMPTY", "value": ""}]
    made = batch.register_job_definition(**job({"retryStrategy": {"attempts": 2}, "tags": {"a": "b"}}, environment=environment))
    arn = f"arn:aws:batch:{REGION}:{PRIMARY}:job-definition/report:1"
    assert (made["jobDefinitionName"], made["revision"], made["jobDefinitionArn"]) == ("report", 1, arn)
    (shown,) = batch.describe_job_definitions(jobDefinitions=[arn])["jobDefinitions"]
    assert (shown["platformCapabilities"], shown["parameters"], shown["tags"]) == (["EC2"], {}, {"a": "b"})
    assert shown["retryStrategy"] == {"attempts": 2, "evaluateOnExit": []}
    properties = shown["containerProperties"]
    assert (properties["command"], properties["volumes"]) == ([], [])
    assert "fargatePlatformConfiguration" not in properties
    assert [one["name"] for one in properties["environment"]] != list("ABCDE")
    assert sorted(one["name"] for one in properties["environment"]) == list("ABCDE")
    fargate = {"platformCapabilities": ["FARGATE"]}
    batch.register_job_definition(**job(fargate, executionRoleArn=EXECUTION))
    (shown,) = batch.describe_job_definitions(jobDefinitions=["report:2"])["jobDefinitions"]
    assert shown["containerProperties"]["fargatePlatformConfiguration"] == {"platformVersion": "LATEST"}
    batch.register_job_definition(**several(fargate))
    (shown,) = batch.describe_job_definitions(jobDefinitions=["report:3"])["jobDefinitions"]
    (properties,) = shown["ecsProperties"]["taskProperties"]
    assert (properties["platformVersion"], properties["containers"][0]["essential"]) == ("LATEST", True)


def test_revisions_of_a_job_definition(accounts: Accounts) -> None:
    batch = accounts.client("batch")
    for _number in range(9):
        batch.register_job_definition(**job())
    batch.register_job_definition(**job({"jobDefinitionName": "report-2"}))
    batch.deregister_job_definition(jobDefinition="report:9")
    batch.deregister_job_definition(jobDefinition="report:9")
    seen: list[int] = []
    for page in batch.get_paginator("describe_job_definitions").paginate(
        jobDefinitionName="report", status="ACTIVE", PaginationConfig={"PageSize": 3}
    ):
        seen += [one["revision"] for one in page["jobDefinitions"]]
    assert seen != sorted(seen)
    assert sorted(seen) == list(range(1, 9))
    (gone,) = batch.describe_job_definitions(jobDefinitionName="report", status="INACTIVE")["jobDefinitions"]
    assert gone["revision"] == 9
    assert batch.register_job_definition(**job())["revision"] == 10
    assert "does not exist" in refused(batch.deregister_job_definition, jobDefinition="other:1").message


ON_FARGATE = {"platformCapabilities": ["FARGATE"]}
BATCH_REFUSES: dict[str, tuple[dict[str, t.Any], str]] = {
    "role": (job(executionRoleArn="XYZ"), "executionRoleArn XYZ is not an iam role arn"),
    "retries": (job({"retryStrategy": {}}), "RetryAttempts must be provided with retry strategy"),
    "vcpus": (job(resourceRequirements=SIZE[1:]), "vCPU is not provided."),
    "memory": (job(resourceRequirements=SIZE[:1]), "Memory is not provided."),
    "no role": (job(ON_FARGATE), "executionRoleArn is required for Fargate jobs."),
    "size": (
        job(ON_FARGATE, executionRoleArn=EXECUTION, resourceRequirements=[{"type": "VCPU", "value": "2"}, SIZE[1]]),
        "Fargate resource requirements (2.00 vCPU, 512 MiB) not valid.",
    ),
    "sizes": (
        several(ON_FARGATE, resourceRequirements=[{"type": "VCPU", "value": "1"}, SIZE[1]]),
        "Fargate resource requirements (2.00 vCPU, 1024 MiB) not valid.",
    ),
    "old": (
        job(ON_FARGATE, executionRoleArn=EXECUTION, vcpus=1),
        "vcpus is not applicable for Fargate. Use resource requirements instead.",
    ),
    "privileged": (
        job(ON_FARGATE, executionRoleArn=EXECUTION, privileged=True),
        "Fargate requires that the \u2018privileged\u2019 setting be \u2018false\u2019 at the container level.",
    ),
    "network": (job(networkConfiguration={"assignPublicIp": "ENABLED"}), "networkConfiguration not applicable for EC2."),
    "credentials": (several(role=None, **CREDENTIALS), "executionRoleArn is required when repositoryCredentials is specified."),
    "nodes": (
        {
            "jobDefinitionName": "report",
            "type": "multinode",
            "nodeProperties": {"numNodes": 1, "mainNode": 0, "nodeRangeProperties": []},
            **ON_FARGATE,
        },
        "nodeProperties is not applicable for Fargate.",
    ),
    "main node": (nodes({"mainNode": 2}), "mainNode must be fewer than numNodes."),
    "range": (nodes(ranges=["0:0", "x"]), "targetNodes x is not valid."),
    "ranges": (nodes(ranges=["0:0"]), "nodeRangeProperties must account for all nodes."),
    "attempts": (job({"retryStrategy": {"attempts": 11}}), "attempts must be from 1 to 10."),
    "amount": (job(resourceRequirements=[{"type": "VCPU", "value": "much"}, SIZE[1]]), "VCPU much is not valid."),
    "gpu": (
        job(ON_FARGATE, executionRoleArn=EXECUTION, resourceRequirements=[*SIZE, {"type": "GPU", "value": "1"}]),
        "GPU is not applicable for Fargate.",
    ),
    "essential": (several(essential=False), "at least one container must be essential."),
    "twice": (several(name="side"), "container name side is not unique."),
    "kinds": ({**job(), **several()}, "exactly one of containerProperties"),
    "timeout": (job({"timeout": {"attemptDurationSeconds": 59}}), "attemptDurationSeconds must be at least 60."),
    "name": (job({"jobDefinitionName": "a b"}), "jobDefinitionName a b is not valid."),
    "missing": (job(repositoryCredentials={}), "containerProperties.repositoryCredentials.credentialsParameter"),
}


@pytest.mark.parametrize("case", BATCH_REFUSES)
def test_what_batch_refuses(accounts: Accounts, case: str) -> None:
    batch = accounts.client("batch")
    parameters, words = BATCH_REFUSES[case]
    told = refused(batch.register_job_definition, **parameters)
    assert (told.code, words in told.message) == ("ClientException", True), told
    if case != "missing":
        assert told.message.startswith("Error executing request, Exception : ")
        assert ", RequestId: " in told.message
    assert batch.describe_job_definitions()["jobDefinitions"] == []


@pytest.mark.parametrize("service", ["ecs", "batch"])
def test_a_role_has_to_be_handed_over(accounts: Accounts, service: str) -> None:
    """To ECS tasks, and by a caller who may tag, if there are tags."""
    accounts.role("execution", PRIMARY)
    arn = accounts.role("deployer", PRIMARY)
    kind = "task-definition/web:*" if service == "ecs" else "job-definition/report"
    resource = f"arn:aws:{service}:{REGION}:{PRIMARY}:{kind}"
    action = "ecs:RegisterTaskDefinition" if service == "ecs" else "batch:RegisterJobDefinition"
    register = getattr(accounts.as_role(arn, service), "register_task_definition" if service == "ecs" else "register_job_definition")
    tags: t.Any = [{"key": "a", "value": "b"}] if service == "ecs" else {"a": "b"}
    wanted = task({"executionRoleArn": EXECUTION, "tags": tags}) if service == "ecs" else job({"tags": tags}, executionRoleArn=EXECUTION)
    steps = [
        (allow_identity(action, resource), f"is not authorized to perform: {action} on resource: {resource}"),
        (
            allow_identity(f"{service}:TagResource", Condition={"StringEquals": {"aws:RequestTag/a": "b"}}),
            f"is not authorized to perform: {service}:TagResource",
        ),
        (
            allow_identity("iam:PassRole", EXECUTION, Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}),
            f"is not authorized to perform: iam:PassRole on resource: {EXECUTION}",
        ),
    ]
    for at, (statement, words) in enumerate(steps):
        told = refused(register, **wanted)
        assert (told.code, words in told.message) == ("AccessDeniedException", True), told
        accounts.permit("deployer", statement, account=PRIMARY, policy=f"step-{at}")
    register(**wanted)


def test_accounts_and_regions_have_definitions_of_their_own(accounts: Accounts) -> None:
    accounts.client("batch").register_job_definition(**job())
    assert accounts.client("batch", SECONDARY).describe_job_definitions()["jobDefinitions"] == []
    assert accounts.client("batch", region="eu-central-1").describe_job_definitions()["jobDefinitions"] == []


def test_a_new_role_and_a_new_revision_are_seen_late(accounts: Accounts, lab: Lab) -> None:
    lab.set_faults({"profile": "eventual-consistency", "seconds": 60})
    accounts.role("execution", PRIMARY)
    ecs, batch = accounts.client("ecs"), accounts.client("batch")
    assert refused(ecs.register_task_definition, **task({"executionRoleArn": EXECUTION})).message == "Role is not valid"
    ecs.register_task_definition(**task())
    batch.register_job_definition(**job())
    assert "Unable to describe" in refused(ecs.describe_task_definition, taskDefinition="web").message
    assert batch.describe_job_definitions(jobDefinitionName="report", status="ACTIVE")["jobDefinitions"] == []
    lab.set_faults()
    assert ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]["revision"] == 1


def test_the_journal_has_calls_of_both(lab: Lab) -> None:
    """Batch has a protocol of its own."""
    lab.session(PRIMARY, REGION).client("batch", config=ONCE).register_job_definition(**job())
    (entry,) = lab.journal(service="batch")
    assert (entry["operation"], entry["write"], entry["parameters"]["jobDefinitionName"]) == ("RegisterJobDefinition", True, "report")
