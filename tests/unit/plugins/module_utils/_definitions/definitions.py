# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions that have something of everything, and the models of their services."""

from __future__ import annotations

import functools
from typing import Any

import botocore.session

from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.job_definition import JOB_RULES
from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.meaning import Rules, effective
from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.model import Shape, fitted
from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.task_definition import TASK_RULES

ROLE = "arn:aws:iam::111122223333:role/execution"
SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry/quay-AbCdEf"
COMMON: dict[str, Any] = {
    "image": "quay.example.com/team/app:1",
    "command": ["run", "--fast", ""],
    "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "two"}, {"name": "C", "value": "3"}],
    "secrets": [{"name": "S", "valueFrom": SECRET}, {"name": "T", "valueFrom": SECRET}],
    "repositoryCredentials": {"credentialsParameter": SECRET},
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {"awslogs-group": "g", "mode": ""},
        "secretOptions": [{"name": "t", "valueFrom": SECRET}],
    },
    "mountPoints": [
        {"sourceVolume": "data", "containerPath": "/data"},
        {"sourceVolume": "data", "containerPath": "/more", "readOnly": True},
    ],
    "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}, {"name": "core", "softLimit": 3, "hardLimit": 4}],
    "user": "app",
    "readonlyRootFilesystem": True,
    "linuxParameters": {"sharedMemorySize": 64},
}
VOLUMES = [
    {"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "authorizationConfig": {"accessPointId": "ap-1"}}},
    {"name": "temporary", "host": {"sourcePath": "/tmp"}},
]
TASK: dict[str, Any] = {
    "family": "web",
    "requiresCompatibilities": ["EC2", "EXTERNAL"],
    "networkMode": "awsvpc",
    "cpu": "512",
    "memory": "1024",
    "executionRoleArn": ROLE,
    "taskRoleArn": ROLE,
    "volumes": VOLUMES,
    "tags": [{"key": "team", "value": "a"}, {"key": "cost", "value": "b"}],
    "containerDefinitions": [
        {
            **COMMON,
            "name": "app",
            "cpu": 10,
            "memory": 64,
            "entryPoint": ["sh", "-c"],
            "resourceRequirements": [{"type": "GPU", "value": "1"}],
            "portMappings": [{"containerPort": 80}, {"containerPort": 443, "protocol": "udp"}],
            "healthCheck": {"command": ["CMD", "true"], "interval": 10},
            "dependsOn": [{"containerName": "side", "condition": "START"}],
        },
        {"name": "side", "image": "busybox", "memory": 64, "essential": False},
    ],
}
CONTAINER: dict[str, Any] = {
    **COMMON,
    "resourceRequirements": [{"type": "VCPU", "value": "0.5"}, {"type": "MEMORY", "value": "1024"}, {"type": "GPU", "value": "1"}],
    "executionRoleArn": ROLE,
    "jobRoleArn": ROLE,
    "volumes": VOLUMES,
    "networkConfiguration": {"assignPublicIp": "ENABLED"},
    "fargatePlatformConfiguration": {"platformVersion": "1.4.0"},
}
_JOB: dict[str, Any] = {
    "jobDefinitionName": "report",
    "type": "container",
    "parameters": {"month": "last"},
    "retryStrategy": {"attempts": 3, "evaluateOnExit": [{"action": "RETRY", "onReason": "a"}, {"action": "EXIT", "onReason": "*"}]},
    "timeout": {"attemptDurationSeconds": 60},
    "propagateTags": True,
    "schedulingPriority": 4,
    "tags": {"team": "a"},
}
JOB: dict[str, Any] = {**_JOB, "platformCapabilities": ["FARGATE"], "containerProperties": CONTAINER}
SEVERAL: dict[str, Any] = {
    **_JOB,
    "ecsProperties": {
        "taskProperties": [
            {
                "executionRoleArn": ROLE,
                "taskRoleArn": ROLE,
                "volumes": VOLUMES,
                "containers": [
                    {
                        **COMMON,
                        "name": "app",
                        "resourceRequirements": CONTAINER["resourceRequirements"],
                        "dependsOn": [{"containerName": "side", "condition": "START"}],
                    },
                    {"name": "side", "image": "busybox", "essential": False, "resourceRequirements": [{"type": "VCPU", "value": "1"}]},
                ],
            }
        ]
    },
}
NODES: dict[str, Any] = {
    **_JOB,
    "type": "multinode",
    "nodeProperties": {
        "numNodes": 4,
        "mainNode": 1,
        "nodeRangeProperties": [
            {"targetNodes": "0:1", "instanceTypes": ["m5.large"], "container": CONTAINER},
            {"targetNodes": "2:", "container": {"image": "busybox"}},
        ],
    },
}
#: Definitions by a name, with the service that they are for.
EVERY: dict[str, tuple[str, dict[str, Any]]] = {
    "task": ("ecs", TASK),
    "job": ("batch", JOB),
    "several": ("batch", SEVERAL),
    "nodes": ("batch", NODES),
}
RULES: dict[str, Rules] = {"ecs": TASK_RULES, "batch": JOB_RULES}


@functools.cache
def shape_of(service: str) -> Shape:
    """The shape of the request that registers a definition."""
    operation = {"ecs": "RegisterTaskDefinition", "batch": "RegisterJobDefinition"}[service]
    shape: Shape = botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape
    return shape


def meaning(service: str, definition: dict[str, Any]) -> dict[str, Any]:
    """The effective definition of one as a user writes it."""
    return effective(fitted(definition, shape_of(service), "botocore"), shape_of(service), RULES[service])
