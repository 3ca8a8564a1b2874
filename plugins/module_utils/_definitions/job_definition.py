# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Job definitions of AWS Batch: from the module's options to the request, and what makes no difference in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from .._errors import RegistryError
from .fargate import special_platform
from .meaning import Rules
from .parts import (
    CONTAINER_SPEC,
    DEPENDS_ON_SPEC,
    LIST_OF_TEXTS,
    MORE,
    MORE_SPEC,
    RUNTIME_PLATFORM_SPEC,
    VOLUMES_SPEC,
    Options,
    container_parameters,
    depends_on,
    each,
    enabled,
    ephemeral_storage,
    given,
    runtime_platform,
    volumes,
    with_more,
)

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_KINDS = ("container", "task", "nodes")

_RESOURCES_SPEC: dict[str, Any] = {"vcpus": {"type": "str"}, "memory": {"type": "int"}, "gpus": {"type": "int"}}
#: What a single container and a task of several containers have in common.
_TASK_SPEC: dict[str, Any] = {
    "execution_role_arn": {"type": "str"},
    "volumes": VOLUMES_SPEC,
    "platform_version": {"type": "str"},
    "assign_public_ip": {"type": "bool"},
    "ephemeral_storage": {"type": "int"},
    "runtime_platform": RUNTIME_PLATFORM_SPEC,
}
_CONTAINER: dict[str, Any] = {
    "type": "dict",
    "options": {**CONTAINER_SPEC, **_RESOURCES_SPEC, **_TASK_SPEC, "job_role_arn": {"type": "str"}},
}
_TASK: dict[str, Any] = {
    "type": "dict",
    "options": {
        **_TASK_SPEC,
        "task_role_arn": {"type": "str"},
        "containers": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                **CONTAINER_SPEC,
                **_RESOURCES_SPEC,
                "name": {"type": "str", "required": True},
                "essential": {"type": "bool"},
                "depends_on": DEPENDS_ON_SPEC,
            },
        },
        MORE: MORE_SPEC,
    },
}
JOB_SPEC: dict[str, Any] = {
    "platform_capabilities": LIST_OF_TEXTS,
    "container": _CONTAINER,
    "task": _TASK,
    "nodes": {
        "type": "dict",
        "options": {
            "num_nodes": {"type": "int", "required": True},
            "main_node": {"type": "int", "default": 0},
            "ranges": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "mutually_exclusive": [("container", "task")],
                "options": {
                    "target_nodes": {"type": "str", "required": True},
                    "instance_types": LIST_OF_TEXTS,
                    "container": _CONTAINER,
                    "task": _TASK,
                    MORE: MORE_SPEC,
                },
            },
        },
    },
    "parameters": {"type": "dict"},
    "retry_strategy": {
        "type": "dict",
        "options": {
            "attempts": {"type": "int", "required": True},
            "evaluate_on_exit": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "action": {"type": "str", "required": True},
                    "on_status_reason": {"type": "str"},
                    "on_reason": {"type": "str"},
                    "on_exit_code": {"type": "str"},
                },
            },
        },
    },
    "timeout": {"type": "int"},
    "scheduling_priority": {"type": "int"},
    "propagate_tags": {"type": "bool"},
}


def check_name(name: str) -> None:
    """Raises RegistryError unless a job definition can be called so."""
    if not _NAME.fullmatch(name):
        raise RegistryError(f"'name' is '{name}'; it has 1 to 128 letters, digits, hyphens and underscores")


def job_request(options: Options, tags: Mapping[str, str] | None) -> dict[str, Any]:
    """The parameters of RegisterJobDefinition that the options stand for. Raises RegistryError."""
    container, task, nodes = (options[kind] for kind in _KINDS)
    timeout, more = options["timeout"], options[MORE] or {}
    several = nodes is not None or "nodeProperties" in more
    parameters = given(
        jobDefinitionName=options["name"],
        type=None if "type" in more else "multinode" if several else "container",
        platformCapabilities=options["platform_capabilities"],
        containerProperties=container and _container(container, "container."),
        ecsProperties=task and {"taskProperties": [_task(task, "task.")]},
        nodeProperties=nodes and _nodes(nodes),
        parameters=options["parameters"],
        retryStrategy=_retries(options["retry_strategy"]),
        timeout=None if timeout is None else {"attemptDurationSeconds": timeout},
        schedulingPriority=options["scheduling_priority"],
        propagateTags=options["propagate_tags"],
        tags=tags,
    )
    return with_more(parameters, options, "")


def _container(options: Options, where: str) -> dict[str, Any]:
    version, public = options["platform_version"], options["assign_public_ip"]
    parameters = {
        **container_parameters(options),
        **given(
            resourceRequirements=_resources(options),
            executionRoleArn=options["execution_role_arn"],
            jobRoleArn=options["job_role_arn"],
            volumes=volumes(options, where),
            fargatePlatformConfiguration=None if version is None else {"platformVersion": version},
            networkConfiguration=None if public is None else {"assignPublicIp": enabled(public)},
            ephemeralStorage=ephemeral_storage(options),
            runtimePlatform=runtime_platform(options),
        ),
    }
    return with_more(parameters, options, where)


def _task(options: Options, where: str) -> dict[str, Any]:
    public = options["assign_public_ip"]
    parameters = given(
        containers=each(options["containers"], lambda container: _task_container(container, where)),
        executionRoleArn=options["execution_role_arn"],
        taskRoleArn=options["task_role_arn"],
        volumes=volumes(options, where),
        platformVersion=options["platform_version"],
        networkConfiguration=None if public is None else {"assignPublicIp": enabled(public)},
        ephemeralStorage=ephemeral_storage(options),
        runtimePlatform=runtime_platform(options),
    )
    return with_more(parameters, options, where)


def _task_container(options: Options, where: str) -> dict[str, Any]:
    parameters = {
        "name": options["name"],
        **container_parameters(options),
        **given(resourceRequirements=_resources(options), essential=options["essential"], dependsOn=depends_on(options)),
    }
    return with_more(parameters, options, f"{where}containers[{options['name']}].")


def _nodes(options: Options) -> dict[str, Any]:
    return {
        "numNodes": options["num_nodes"],
        "mainNode": options["main_node"],
        "nodeRangeProperties": [_range(one, f"nodes.ranges[{at}].") for at, one in enumerate(options["ranges"])],
    }


def _range(options: Options, where: str) -> dict[str, Any]:
    container, task = options["container"], options["task"]
    parameters = given(
        targetNodes=options["target_nodes"],
        instanceTypes=options["instance_types"],
        container=container and _container(container, f"{where}container."),
        ecsProperties=task and {"taskProperties": [_task(task, f"{where}task.")]},
    )
    return with_more(parameters, options, where)


def _resources(options: Options) -> list[dict[str, str]] | None:
    amounts = (("VCPU", options["vcpus"]), ("MEMORY", options["memory"]), ("GPU", options["gpus"] or None))
    return [{"type": kind, "value": _number(str(amount))} for kind, amount in amounts if amount is not None] or None


def _retries(options: Options | None) -> dict[str, Any] | None:
    if options is None:
        return None
    return given(
        attempts=options["attempts"],
        evaluateOnExit=each(
            options["evaluate_on_exit"],
            lambda one: given(
                action=one["action"],
                onStatusReason=one["on_status_reason"],
                onReason=one["on_reason"],
                onExitCode=one["on_exit_code"],
            ),
        ),
    )


def tasks_in(definition: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], tuple[str, str]]]:
    """Every container or task of a definition: its path, its properties, and the names of those that are roles."""
    nodes = (definition.get("nodeProperties") or {}).get("nodeRangeProperties") or ()
    places = [
        ("", definition, "containerProperties"),
        *((f"nodeProperties.nodeRangeProperties[{at}].", node, "container") for at, node in enumerate(nodes)),
    ]
    for path, place, name in places:
        if place.get(name):
            yield f"{path}{name}", place[name], ("executionRoleArn", "jobRoleArn")
        for at, task in enumerate((place.get("ecsProperties") or {}).get("taskProperties") or ()):
            yield f"{path}ecsProperties.taskProperties[{at}]", task, ("executionRoleArn", "taskRoleArn")


def _number(text: str) -> str:
    """A number in its shortest spelling; text that is none as it is."""
    number = decimal_of(text)
    return text if number is None else f"{number.normalize():f}"


def decimal_of(text: str) -> Decimal | None:
    """The number that a text says; None where it says none."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _unify(definition: dict[str, Any]) -> None:
    if definition.get("platformCapabilities") == ["EC2"]:
        del definition["platformCapabilities"]
    fargate = "FARGATE" in (definition.get("platformCapabilities") or ())
    for _path, task, _names in tasks_in(definition):
        if fargate:
            task["runtimePlatform"] = special_platform(task.get("runtimePlatform"))
        for container in task.get("containers") or [task]:
            _unify_container(container)


def _unify_container(container: dict[str, Any]) -> None:
    """The old C(vcpus) and C(memory) are resource requirements, and Batch drops variables that are empty."""
    wanted = [{**one, "value": _number(str(one.get("value")))} for one in container.get("resourceRequirements") or ()]
    kinds = {one.get("type") for one in wanted}
    for name, kind in (("vcpus", "VCPU"), ("memory", "MEMORY")):
        old = container.pop(name, None)
        if old and kind not in kinds:
            wanted.append({"type": kind, "value": str(old)})
    container["resourceRequirements"] = wanted
    container["environment"] = [one for one in container.get("environment") or () if one.get("value")]


#: https://docs.aws.amazon.com/batch/latest/APIReference/API_RegisterJobDefinition.html and the types that it refers to
JOB_RULES = Rules(
    unordered=frozenset(
        {
            "add",
            "consumableResourceList",
            "containers",
            "dependsOn",
            "devices",
            "drop",
            "environment",
            "imagePullSecrets",
            "instanceTypes",
            "mountPoints",
            "permissions",
            "platformCapabilities",
            "resourceRequirements",
            "secretOptions",
            "secrets",
            "ulimits",
            "volumeMounts",
            "volumes",
        }
    ),
    defaults={
        ("ContainerProperties", "enableExecuteCommand"): False,
        ("ContainerProperties", "privileged"): False,
        ("ContainerProperties", "readonlyRootFilesystem"): False,
        ("EcsTaskProperties", "enableExecuteCommand"): False,
        ("EcsTaskProperties", "networkMode"): "host",
        ("EcsTaskProperties", "platformVersion"): "LATEST",
        ("EFSAuthorizationConfig", "iam"): "DISABLED",
        ("EFSVolumeConfiguration", "rootDirectory"): "/",
        ("EFSVolumeConfiguration", "transitEncryption"): "DISABLED",
        ("EksContainerVolumeMount", "readOnly"): False,
        ("EksPersistentVolumeClaim", "readOnly"): False,
        ("EksPodProperties", "hostNetwork"): True,
        ("FargatePlatformConfiguration", "platformVersion"): "LATEST",
        ("LinuxParameters", "initProcessEnabled"): False,
        ("MountPoint", "readOnly"): False,
        ("NetworkConfiguration", "assignPublicIp"): "DISABLED",
        ("RegisterJobDefinitionRequest", "propagateTags"): False,
        ("RetryStrategy", "attempts"): 1,
        ("TaskContainerProperties", "essential"): True,
        ("TaskContainerProperties", "privileged"): False,
        ("TaskContainerProperties", "readonlyRootFilesystem"): False,
    },
    unify=_unify,
)
