# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of ecs_task_definition, what its options become, and what it refuses before any call."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.modules import ecs_task_definition as module

from .conftest import ACCOUNT, REGION, Stubbed

ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"
OTHERS = f"arn:aws:secretsmanager:{REGION}:444455556666:secret:registry/quay-AbCdEf"
CONTAINER: dict[str, Any] = {"name": "app", "image": "quay.io/app", "memory": 64}
WEB: dict[str, Any] = {"family": "web", "containers": [CONTAINER]}
DESCRIBE = ("describe_task_definition", {"taskDefinition": "web", "include": ["TAGS"]})
NONE = (*DESCRIBE, ("ClientException", "Unable to describe task definition."))
SENT: dict[str, Any] = {"family": "web", "containerDefinitions": [CONTAINER]}


def shown(revision: int, tags: Any = (), **more: Any) -> dict[str, Any]:
    """What ECS answers about a revision, defaults included."""
    container = {**CONTAINER, "cpu": 0, "essential": True, "environment": [], "mountPoints": [], "portMappings": [], "volumesFrom": []}
    told = {
        "family": "web",
        "containerDefinitions": [container],
        "volumes": [],
        "placementConstraints": [],
        "compatibilities": ["EC2"],
        "status": "ACTIVE",
        **more,
        "taskDefinitionArn": f"{ARN}{revision}",
        "revision": revision,
    }
    return {"taskDefinition": told, "tags": list(tags)}


def register(sent: dict[str, Any], revision: int, **more: Any) -> list[Any]:
    """Registering a revision, and seeing it."""
    return [("register_task_definition", sent, shown(revision, **more)), (*DESCRIBE, shown(revision, **more))]


def test_the_calls_of_a_first_and_of_a_second_run(stubbed: Stubbed) -> None:
    first = stubbed(module, NONE, *register(SENT, 1), service="ecs", diff=True, **WEB)
    assert (first["changed"], first["actions"][0]["arn"], first["actions"][0]["revision"]) == (True, f"{ARN}1", 1)
    check = stubbed(module, NONE, service="ecs", check=True, diff=True, **WEB)
    hidden = {"revision": None, "arn": None}
    assert {**check["actions"][0], **hidden} == {**first["actions"][0], **hidden}
    assert (check["diff"], check["changed"], check["summary"]) == (first["diff"], True, first["summary"])
    again = stubbed(module, (*DESCRIBE, shown(1)), service="ecs", diff=True, **WEB)
    assert (again["changed"], again["diff"]) == (False, [])


def test_old_revisions_are_listed_only_to_deregister_them(stubbed: Stubbed) -> None:
    arns = [f"{ARN}{number}" for number in (9, 10, 11)]
    # A family whose name only begins like this one is another one.
    listed = [
        ("list_task_definitions", {"familyPrefix": "web", "status": "ACTIVE"}, {"taskDefinitionArns": arns[:2], "nextToken": "n"}),
        (
            "list_task_definitions",
            {"familyPrefix": "web", "status": "ACTIVE", "nextToken": "n"},
            {"taskDefinitionArns": [arns[2], ARN.replace("web", "website") + "1"]},
        ),
    ]
    gone = [
        ("deregister_task_definition", {"taskDefinition": f"web:{number}"}, {"taskDefinition": shown(number)["taskDefinition"]})
        for number in (9, 10, 11)
    ]
    # Somebody else was faster with the first one.
    gone[0] = (*gone[0][:2], ("ClientException", "The specified task definition is inactive."))
    result = stubbed(module, (*DESCRIBE, shown(11)), *listed, *gone[:2], service="ecs", keep_revisions=1, **WEB)
    assert (result["actions"][0]["revisions_deregistered"], result["actions"][0]["revision"]) == ([9, 10], 11)
    result = stubbed(module, (*DESCRIBE, shown(11)), *listed, *gone, service="ecs", family="web", state="absent")
    assert (result["actions"][0]["action"], result["actions"][0]["revisions_deregistered"]) == ("deleted", [9, 10, 11])


def test_tags_of_the_latest_revision_are_kept(stubbed: Stubbed) -> None:
    tags = [{"key": "team", "value": "a"}, {"key": "aws:cloudformation:stack-name", "value": "s"}]
    assert not stubbed(module, (*DESCRIBE, shown(1, tags)), service="ecs", **WEB)["changed"]
    sent = {**SENT, "taskRoleArn": ROLE, "tags": tags[:1]}
    calls = [(*DESCRIBE, shown(1, tags)), *register(sent, 2, tags=tags, taskRoleArn=ROLE)]
    assert stubbed(module, *calls, service="ecs", task_role_arn=ROLE, **WEB)["actions"][0]["fields_changed"] == ["taskRoleArn"]
    sent = {**SENT, "tags": [{"key": "team", "value": "2"}]}
    calls = [(*DESCRIBE, shown(1, tags)), *register(sent, 2, tags=sent["tags"])]
    assert stubbed(module, *calls, service="ecs", tags={"team": 2}, **WEB)["actions"][0]["fields_changed"] == ["tags[team].value"]


def test_what_the_options_become(stubbed: Stubbed) -> None:
    container = {
        "name": "app",
        "image": "quay.io/app",
        "command": ["run"],
        "entry_point": ["sh"],
        "environment": {"B": 2, "A": "x", "NONE": None},
        "secrets": {"S": OTHERS},
        "repository_credentials": OTHERS,
        "log_configuration": {"log_driver": "awslogs", "options": {"awslogs-group": "g"}, "secret_options": {"t": OTHERS}},
        "mount_points": [{"source_volume": "data", "container_path": "/data", "read_only": True}],
        "ulimits": [{"name": "nofile", "soft_limit": 1, "hard_limit": 2}],
        "user": "app",
        "privileged": False,
        "readonly_root_filesystem": True,
        "cpu": 10,
        "memory": 64,
        "memory_reservation": 32,
        "gpus": 1,
        "essential": True,
        "port_mappings": [{"container_port": 80, "name": "http", "app_protocol": "http", "protocol": "tcp", "host_port": 80}],
        "depends_on": [{"container_name": "side"}],
        "health_check": {"command": ["CMD", "true"], "interval": 9, "timeout": 8, "retries": 7, "start_period": 6},
        "working_directory": "/",
        "api_parameters": {"stopTimeout": "30"},
    }
    efs = {"file_system_id": "fs-1", "root_directory": "/a", "access_point_id": "ap-1", "transit_encryption": True, "iam": False}
    options = {
        "family": "web",
        "containers": [container],
        "requires_compatibilities": ["EC2"],
        "network_mode": "awsvpc",
        "cpu": 256,
        "memory": "0.5 GB",
        "execution_role_arn": ROLE,
        "task_role_arn": ROLE,
        "volumes": [
            {"name": "data", "efs": efs},
            {"name": "tmp", "host_path": "/tmp"},
            {"name": "x", "api_parameters": {"configuredAtLaunch": True}},
        ],
        "runtime_platform": {"cpu_architecture": "ARM64", "operating_system_family": "LINUX"},
        "ephemeral_storage": 30,
        "tags": {"team": "a"},
        "api_parameters": {"pidMode": "task"},
    }
    sent = {
        "family": "web",
        "containerDefinitions": [
            {
                "name": "app",
                "image": "quay.io/app",
                "command": ["run"],
                "entryPoint": ["sh"],
                "environment": [{"name": "A", "value": "x"}, {"name": "B", "value": "2"}],
                "secrets": [{"name": "S", "valueFrom": OTHERS}],
                "repositoryCredentials": {"credentialsParameter": OTHERS},
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {"awslogs-group": "g"},
                    "secretOptions": [{"name": "t", "valueFrom": OTHERS}],
                },
                "mountPoints": [{"sourceVolume": "data", "containerPath": "/data", "readOnly": True}],
                "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
                "user": "app",
                "privileged": False,
                "readonlyRootFilesystem": True,
                "cpu": 10,
                "memory": 64,
                "memoryReservation": 32,
                "resourceRequirements": [{"type": "GPU", "value": "1"}],
                "essential": True,
                "portMappings": [{"containerPort": 80, "hostPort": 80, "name": "http", "appProtocol": "http", "protocol": "tcp"}],
                "dependsOn": [{"containerName": "side", "condition": "START"}],
                "healthCheck": {"command": ["CMD", "true"], "interval": 9, "timeout": 8, "retries": 7, "startPeriod": 6},
                "workingDirectory": "/",
                "stopTimeout": 30,
            }
        ],
        "requiresCompatibilities": ["EC2"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "0.5 GB",
        "executionRoleArn": ROLE,
        "taskRoleArn": ROLE,
        "volumes": [
            {
                "name": "data",
                "efsVolumeConfiguration": {
                    "fileSystemId": "fs-1",
                    "rootDirectory": "/a",
                    "transitEncryption": "ENABLED",
                    "authorizationConfig": {"accessPointId": "ap-1", "iam": "DISABLED"},
                },
            },
            {"name": "tmp", "host": {"sourcePath": "/tmp"}},
            {"name": "x", "configuredAtLaunch": True},
        ],
        "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        "ephemeralStorage": {"sizeInGiB": 30},
        "pidMode": "task",
        "tags": [{"key": "team", "value": "a"}],
    }
    stored = {name: value for name, value in sent.items() if name != "tags"}
    result = stubbed(module, NONE, *register(sent, 1, tags=sent["tags"], **stored), service="ecs", **options)
    assert (result["changed"], result.get("warnings")) == (True, None)


FARGATE = {"requires_compatibilities": ["FARGATE"], "network_mode": "awsvpc", "cpu": 256, "memory": 512}
#: Refused before any call; those of the second kind after it is known whose account it is.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "family": ({"family": "a b"}, "'family' is 'a b'"),
    "keep": ({**WEB, "keep_revisions": 0}, "'keep_revisions' must be at least 1"),
    "wait": ({**WEB, "wait_timeout": -1}, "'wait_timeout' must be at least 0"),
    "nothing": ({"family": "web"}, "containerDefinitions is missing"),
    "unknown": ({"family": "web", "api_parameters": {"containerDefinition": []}}, "containerDefinition is unknown; did you mean"),
    "of the answer": ({**WEB, "api_parameters": {"revision": 1}}, "revision is unknown"),
    "both ways": ({**WEB, "cpu": 1, "api_parameters": {"cpu": "1"}}, "api_parameters has cpu, which other options say already"),
    "both ways below": (
        {"family": "web", "containers": [{**CONTAINER, "api_parameters": {"image": "x"}}]},
        "containers[app].api_parameters has image, which other options say already",
    ),
    "boolean": (
        {"family": "web", "containers": [{**CONTAINER, "environment": {"DEBUG": True}}]},
        "containerDefinitions[app].environment[DEBUG].value is true, and must be text, write it in quotes",
    ),
    "tag": ({**WEB, "tags": {"aws:x": "y"}}, "begins with 'aws:'"),
    "account": ({**WEB, "account_id": 111122223333}, "an account id has 12 digits and is written in quotes"),
    "other account": ({**WEB, "account_id": "444455556666"}, "the credentials are those of account 111122223333"),
    "role": ({**WEB, "task_role_arn": "web"}, "taskRoleArn is 'web', which is not the ARN of a role"),
    "no role": ({"family": "web", "containers": [{**CONTAINER, "repository_credentials": "quay"}]}, "needs an execution role"),
    "ecr": (
        {
            "family": "web",
            "execution_role_arn": ROLE,
            "containers": [{**CONTAINER, "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/app", "repository_credentials": "quay"}],
        },
        "containerDefinitions[app].repositoryCredentials does not apply to",
    ),
    "secret": (
        {"family": "web", "execution_role_arn": ROLE, "containers": [{**CONTAINER, "repository_credentials": OTHERS[:-7]}]},
        "must be named by its full ARN",
    ),
    "mode": ({**WEB, **FARGATE, "network_mode": "bridge"}, "networkMode must be 'awsvpc' for Fargate"),
    "no cpu": ({**WEB, **FARGATE, "cpu": None}, "cpu and memory of the whole task are needed for Fargate"),
    "cpu": ({**WEB, **FARGATE, "cpu": "much"}, "cpu is 'much'; it is said in CPU units such as 256"),
    "memory": ({**WEB, "memory": "1 TB"}, "memory is '1 TB'; it is said in MiB such as 512"),
    "size": ({**WEB, **FARGATE, "cpu": "0.5 vCPU"}, "Fargate has no tasks of 512 CPU units with 512 MiB"),
    "twice": ({"family": "web", "containers": [CONTAINER, CONTAINER]}, "containerDefinitions has 'app' twice"),
    "twice below": (
        {"family": "web", "containers": [{**CONTAINER, "api_parameters": {"environment": [{"name": "A"}, {"name": "A"}]}}]},
        "containerDefinitions[app].environment has 'A' twice",
    ),
    "two volumes": ({**WEB, "volumes": [{"name": "a", "host_path": "/", "efs": {"file_system_id": "f"}}]}, "mutually exclusive"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_before_any_call(stubbed: Stubbed, case: str) -> None:
    options, words = REFUSED[case]
    result = stubbed(module, service="ecs", check=True, **options)
    assert result["failed"]
    assert words in result["msg"]


def test_a_refusal_of_ecs_has_its_code_and_request_id(stubbed: Stubbed) -> None:
    denied = (*DESCRIBE, ("AccessDeniedException", "not authorized to perform: ecs:DescribeTaskDefinition"))
    result = stubbed(module, denied, service="ecs", **WEB)
    assert result["actions"][0]["error"]["code"] == "AccessDeniedException"
    assert "not authorized to perform: ecs:DescribeTaskDefinition" in result["msg"]
