# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of batch_job_definition, what its options become, and what it refuses before any call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.modules import batch_job_definition as module

from .conftest import ACCOUNT, REGION, Stubbed

ARN = f"arn:aws:batch:{REGION}:{ACCOUNT}:job-definition/report:"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"
SECRET = f"arn:aws:secretsmanager:{REGION}:444455556666:secret:registry/quay-AbCdEf"
CONTAINER: dict[str, Any] = {"image": "quay.io/app", "vcpus": 0.25, "memory": 512}
REPORT: dict[str, Any] = {"name": "report", "container": CONTAINER}
SIZE = [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}]
PROPERTIES: dict[str, Any] = {"image": "quay.io/app", "resourceRequirements": SIZE}
SENT: dict[str, Any] = {"jobDefinitionName": "report", "type": "container", "containerProperties": PROPERTIES}
DESCRIBE = ("describe_job_definitions", {"jobDefinitionName": "report", "status": "ACTIVE"})
NONE = (*DESCRIBE, {"jobDefinitions": []})


def shown(revision: int, sent: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """What Batch answers about a revision, defaults included."""
    told = {"status": "ACTIVE", "parameters": {}, "platformCapabilities": ["EC2"], "tags": {}, **(sent or SENT), **more}
    if "containerProperties" in told:
        empty: dict[str, Any] = {"command": [], "environment": [], "mountPoints": [], "ulimits": [], "volumes": [], "secrets": []}
        told["containerProperties"] = {**empty, **told["containerProperties"]}
    return {**told, "jobDefinitionArn": f"{ARN}{revision}", "revision": revision}


def register(sent: dict[str, Any], revision: int) -> list[Any]:
    """Registering a revision, and seeing it."""
    answer = {"jobDefinitionName": "report", "jobDefinitionArn": f"{ARN}{revision}", "revision": revision}
    return [("register_job_definition", sent, answer), (*DESCRIBE, {"jobDefinitions": [shown(revision, sent)]})]


def test_the_calls_of_a_first_and_of_a_second_run(stubbed: Stubbed) -> None:
    """community.aws registers another revision each time, because it takes unset parameters for others than none."""
    first = stubbed(module, NONE, *register(SENT, 1), service="batch", diff=True, **REPORT)
    assert (first["changed"], first["actions"][0]["arn"], first["actions"][0]["revision"]) == (True, f"{ARN}1", 1)
    check = stubbed(module, NONE, service="batch", check=True, diff=True, **REPORT)
    hidden = {"revision": None, "arn": None}
    assert {**check["actions"][0], **hidden} == {**first["actions"][0], **hidden}
    again = stubbed(module, (*DESCRIBE, {"jobDefinitions": [shown(1)]}), service="batch", diff=True, **REPORT)
    assert (again["changed"], again["diff"]) == (False, [])


def test_the_latest_of_all_pages_counts_and_no_inactive_one(stubbed: Stubbed) -> None:
    """Each page is read once, also to find those that are to be deregistered."""
    pages = [
        (*DESCRIBE, {"jobDefinitions": [shown(10), shown(2, image="old")], "nextToken": "n"}),
        (
            DESCRIBE[0],
            {**DESCRIBE[1], "nextToken": "n"},
            {"jobDefinitions": [shown(9), {**shown(12), "status": "INACTIVE"}, {**shown(99), "jobDefinitionName": "report-2"}]},
        ),
    ]
    for page in pages:
        for one in page[2]["jobDefinitions"]:
            one.pop("image", None)
    gone = [("deregister_job_definition", {"jobDefinition": f"report:{number}"}, {}) for number in (2, 9, 10)]
    result = stubbed(module, *pages, *gone[:2], service="batch", keep_revisions=1, **REPORT)
    assert (result["actions"][0]["revisions_deregistered"], result["actions"][0]["revision"]) == ([2, 9], 10)
    # community.aws needs an ARN for that.
    result = stubbed(module, *pages, *gone, service="batch", name="report", state="absent")
    assert (result["actions"][0]["action"], result["actions"][0]["revisions_deregistered"]) == ("deleted", [2, 9, 10])


def test_a_denied_read_is_not_taken_for_absence(stubbed: Stubbed) -> None:
    denied = (*DESCRIBE, ("AccessDeniedException", "not authorized to perform: batch:DescribeJobDefinitions"))
    result = stubbed(module, denied, service="batch", **REPORT)
    assert (result["changed"], result["actions"][0]["error"]["code"]) == (False, "AccessDeniedException")
    assert "not authorized to perform: batch:DescribeJobDefinitions" in result["msg"]


def test_the_tags_of_the_latest_revision_are_kept(stubbed: Stubbed) -> None:
    there = (*DESCRIBE, {"jobDefinitions": [shown(1, tags={"team": "a", "aws:x": "y"})]})
    assert not stubbed(module, there, service="batch", **REPORT)["changed"]
    sent = {**SENT, "tags": {"team": "a"}, "timeout": {"attemptDurationSeconds": 60}}
    assert stubbed(module, there, *register(sent, 2), service="batch", timeout=60, **REPORT)["actions"][0]["fields_changed"] == ["timeout"]


def test_what_the_options_become(stubbed: Stubbed) -> None:
    """Of a container on Fargate; C(privileged) and C(readonly_root_filesystem) are booleans, unlike in community.aws."""
    container = {
        **CONTAINER,
        "command": ["run", "Ref::month"],
        "environment": {"A": 1},
        "secrets": {"S": SECRET},
        "repository_credentials": SECRET,
        "execution_role_arn": ROLE,
        "job_role_arn": ROLE,
        "privileged": False,
        "readonly_root_filesystem": False,
        "user": "app",
        "volumes": [{"name": "data", "efs": {"file_system_id": "fs-1"}}],
        "mount_points": [{"source_volume": "data", "container_path": "/data"}],
        "platform_version": "1.4.0",
        "assign_public_ip": True,
        "ephemeral_storage": 30,
        "runtime_platform": {"cpu_architecture": "ARM64"},
        "api_parameters": {"linuxParameters": {"initProcessEnabled": True}},
    }
    options = {
        "name": "report",
        "platform_capabilities": ["FARGATE"],
        "container": container,
        "parameters": {"month": 1},
        "retry_strategy": {
            "attempts": 2,
            "evaluate_on_exit": [{"action": "RETRY", "on_exit_code": 1}, {"action": "EXIT", "on_reason": "*"}],
        },
        "timeout": 60,
        "scheduling_priority": 3,
        "propagate_tags": True,
        "tags": {"team": "a"},
        "api_parameters": {
            "consumableResourceProperties": {"consumableResourceList": [{"consumableResource": "licence", "quantity": "1"}]}
        },
    }
    sent = {
        "jobDefinitionName": "report",
        "type": "container",
        "platformCapabilities": ["FARGATE"],
        "containerProperties": {
            **PROPERTIES,
            "command": ["run", "Ref::month"],
            "environment": [{"name": "A", "value": "1"}],
            "secrets": [{"name": "S", "valueFrom": SECRET}],
            "repositoryCredentials": {"credentialsParameter": SECRET},
            "executionRoleArn": ROLE,
            "jobRoleArn": ROLE,
            "privileged": False,
            "readonlyRootFilesystem": False,
            "user": "app",
            "volumes": [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}],
            "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
            "fargatePlatformConfiguration": {"platformVersion": "1.4.0"},
            "networkConfiguration": {"assignPublicIp": "ENABLED"},
            "ephemeralStorage": {"sizeInGiB": 30},
            "runtimePlatform": {"cpuArchitecture": "ARM64"},
            "linuxParameters": {"initProcessEnabled": True},
        },
        "parameters": {"month": "1"},
        "retryStrategy": {"attempts": 2, "evaluateOnExit": [{"action": "RETRY", "onExitCode": "1"}, {"action": "EXIT", "onReason": "*"}]},
        "timeout": {"attemptDurationSeconds": 60},
        "schedulingPriority": 3,
        "propagateTags": True,
        "tags": {"team": "a"},
        "consumableResourceProperties": {"consumableResourceList": [{"consumableResource": "licence", "quantity": 1}]},
    }
    result = stubbed(module, NONE, *register(sent, 1), service="batch", **options)
    assert (result["changed"], result.get("warnings")) == (True, None)


def test_several_containers(stubbed: Stubbed) -> None:
    one = {**CONTAINER, "name": "app", "essential": False, "gpus": 1, "api_parameters": {"stopTimeout": 9}}
    task = {
        "containers": [one, {**CONTAINER, "name": "side", "depends_on": [{"container_name": "app", "condition": "SUCCESS"}]}],
        "execution_role_arn": ROLE,
        "task_role_arn": ROLE,
        "api_parameters": {"pidMode": "task"},
    }
    properties = {
        "containers": [
            {
                **PROPERTIES,
                "name": "app",
                "essential": False,
                "resourceRequirements": [*SIZE, {"type": "GPU", "value": "1"}],
                "stopTimeout": 9,
            },
            {**PROPERTIES, "name": "side", "dependsOn": [{"containerName": "app", "condition": "SUCCESS"}]},
        ],
        "executionRoleArn": ROLE,
        "taskRoleArn": ROLE,
        "pidMode": "task",
    }
    sent = {"jobDefinitionName": "report", "type": "container", "ecsProperties": {"taskProperties": [properties]}}
    assert stubbed(module, NONE, *register(sent, 1), service="batch", name="report", task=task)["changed"]


def test_several_nodes(stubbed: Stubbed) -> None:
    ranges = [
        {"target_nodes": "0:1", "instance_types": ["m5.large"], "container": CONTAINER},
        {"target_nodes": "2:", "task": {"containers": [{**CONTAINER, "name": "app"}]}},
    ]
    properties = {
        "numNodes": 4,
        "mainNode": 1,
        "nodeRangeProperties": [
            {"targetNodes": "0:1", "instanceTypes": ["m5.large"], "container": PROPERTIES},
            {"targetNodes": "2:", "ecsProperties": {"taskProperties": [{"containers": [{**PROPERTIES, "name": "app"}]}]}},
        ],
    }
    sent = {"jobDefinitionName": "report", "type": "multinode", "nodeProperties": properties}
    nodes = {"num_nodes": 4, "main_node": 1, "ranges": ranges}
    assert stubbed(module, NONE, *register(sent, 1), service="batch", name="report", nodes=nodes)["changed"]
    given = {"nodeProperties": properties}
    assert stubbed(module, NONE, *register(sent, 1), service="batch", name="report", api_parameters=given)["changed"]


FARGATE: dict[str, Any] = {"name": "report", "platform_capabilities": ["FARGATE"]}
ON_FARGATE = {**CONTAINER, "execution_role_arn": ROLE}
ECR = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/app"
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "name": ({**REPORT, "name": "a b"}, "'name' is 'a b'"),
    "nothing": ({"name": "report"}, "give one of 'container', 'task' and 'nodes'"),
    "two": ({**REPORT, "task": {"containers": []}}, "mutually exclusive"),
    "two kinds": (
        {**REPORT, "api_parameters": {"ecsProperties": {"taskProperties": [{"containers": []}]}}},
        "not containerProperties and ecsProperties",
    ),
    "unknown": ({**REPORT, "api_parameters": {"containerProps": {}}}, "containerProps is unknown; did you mean 'containerProperties'?"),
    "both ways": (
        {"name": "report", "container": {**CONTAINER, "api_parameters": {"resourceRequirements": []}}},
        "container.api_parameters has resourceRequirements, which other options say already",
    ),
    "type": (
        {"name": "report", "container": {**CONTAINER, "api_parameters": {"ulimits": [{}]}}},
        "containerProperties.ulimits[0].hardLimit is missing",
    ),
    "role of another account": (
        {"name": "report", "container": {**CONTAINER, "job_role_arn": ROLE.replace(ACCOUNT, "444455556666")}},
        "containerProperties.jobRoleArn is a role of account 444455556666",
    ),
    "ecr": (
        {"name": "report", "container": {**ON_FARGATE, "image": ECR, "repository_credentials": "quay"}},
        "containerProperties.repositoryCredentials does not apply to",
    ),
    "ecr in a task": (
        {
            "name": "report",
            "task": {
                "execution_role_arn": ROLE,
                "containers": [{**CONTAINER, "name": "app", "image": ECR, "repository_credentials": "quay"}],
            },
        },
        "ecsProperties.taskProperties[0].containers[app].repositoryCredentials does not apply to",
    ),
    "credentials on a node": (
        {
            "name": "report",
            "nodes": {"num_nodes": 1, "ranges": [{"target_nodes": "0:", "container": {**CONTAINER, "repository_credentials": "quay"}}]},
        },
        "nodeProperties.nodeRangeProperties[0].container has credentials of a registry, which needs an execution role",
    ),
    "fargate without a role": (
        {**FARGATE, "container": CONTAINER},
        "containerProperties has no execution role, which jobs on Fargate need",
    ),
    "fargate without a size": ({**FARGATE, "container": {**ON_FARGATE, "memory": None}}, "containerProperties has no MEMORY"),
    "size": (
        {**FARGATE, "container": {**ON_FARGATE, "vcpus": 2}},
        "containerProperties: Fargate has no tasks of 2 vCPU with 512 MiB; the nearest that it has are",
    ),
    "size of all": (
        {**FARGATE, "task": {"execution_role_arn": ROLE, "containers": [{**CONTAINER, "name": name, "vcpus": "0.75"} for name in "ab"]}},
        "ecsProperties.taskProperties[0]: Fargate has no tasks of 1.5 vCPU with 1024 MiB",
    ),
    "no number": (
        {**FARGATE, "container": {**ON_FARGATE, "vcpus": "few"}},
        "resourceRequirements[VCPU] is 'few', it must be a number above 0",
    ),
    "not finite": (
        {**FARGATE, "container": {**ON_FARGATE, "vcpus": "nan"}},
        "resourceRequirements[VCPU] is 'nan', it must be a number above 0",
    ),
    "secret": (
        {"name": "report", "container": {**ON_FARGATE, "repository_credentials": "444455556666:quay"}},
        "must be named by its full ARN",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_before_any_call(stubbed: Stubbed, case: str) -> None:
    options, words = REFUSED[case]
    result = stubbed(module, service="batch", check=True, **options)
    assert result["failed"]
    assert words in result["msg"]
