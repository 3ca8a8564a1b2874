# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Task definitions of Amazon ECS: from the module's options to the request, and what makes no difference in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from .._errors import RegistryError
from .fargate import special_platform
from .meaning import Rules
from .model import item_path
from .parts import (
    CONTAINER_SPEC,
    DEPENDS_ON_SPEC,
    LIST_OF_TEXTS,
    RUNTIME_PLATFORM_SPEC,
    VOLUMES_SPEC,
    Options,
    container_parameters,
    depends_on,
    each,
    ephemeral_storage,
    given,
    runtime_platform,
    volumes,
    with_more,
)
from .requirements import Container, Home, check_container, check_role, check_size, check_together

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
#: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html, cpu and memory
_VCPUS = re.compile(r"([0-9]*\.?[0-9]+)\s*vcpus?", re.IGNORECASE)
_GIGABYTES = re.compile(r"([0-9]*\.?[0-9]+)\s*gb", re.IGNORECASE)
#: Network modes in which the host has the ports of the containers.
_SAME_PORTS = ("awsvpc", "host")

TASK_SPEC: dict[str, Any] = {
    "containers": {
        "type": "list",
        "elements": "dict",
        "options": {
            **CONTAINER_SPEC,
            "name": {"type": "str", "required": True},
            "entry_point": LIST_OF_TEXTS,
            "cpu": {"type": "int"},
            "memory": {"type": "int"},
            "memory_reservation": {"type": "int"},
            "gpus": {"type": "int"},
            "essential": {"type": "bool"},
            "port_mappings": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "container_port": {"type": "int", "required": True},
                    "host_port": {"type": "int"},
                    "protocol": {"type": "str"},
                    "name": {"type": "str"},
                    "app_protocol": {"type": "str"},
                },
            },
            "depends_on": DEPENDS_ON_SPEC,
            "health_check": {
                "type": "dict",
                "options": {
                    "command": {**LIST_OF_TEXTS, "required": True},
                    "interval": {"type": "int"},
                    "timeout": {"type": "int"},
                    "retries": {"type": "int"},
                    "start_period": {"type": "int"},
                },
            },
            "working_directory": {"type": "str"},
        },
    },
    "requires_compatibilities": LIST_OF_TEXTS,
    "network_mode": {"type": "str"},
    "cpu": {"type": "str"},
    "memory": {"type": "str"},
    "execution_role_arn": {"type": "str"},
    "task_role_arn": {"type": "str"},
    "volumes": VOLUMES_SPEC,
    "runtime_platform": RUNTIME_PLATFORM_SPEC,
    "ephemeral_storage": {"type": "int"},
}


def check_family(name: str) -> None:
    """Raises RegistryError unless a family can be called so."""
    if not _NAME.fullmatch(name):
        raise RegistryError(f"'family' is '{name}'; it has 1 to 255 letters, digits, hyphens and underscores")


def task_request(options: Options, tags: Mapping[str, str] | None) -> dict[str, Any]:
    """The parameters of RegisterTaskDefinition that the options stand for. Raises RegistryError."""
    parameters = given(
        family=options["family"],
        containerDefinitions=each(options["containers"], _container),
        requiresCompatibilities=options["requires_compatibilities"],
        networkMode=options["network_mode"],
        cpu=options["cpu"],
        memory=options["memory"],
        executionRoleArn=options["execution_role_arn"],
        taskRoleArn=options["task_role_arn"],
        volumes=volumes(options),
        runtimePlatform=runtime_platform(options),
        ephemeralStorage=ephemeral_storage(options),
        tags=None if tags is None else [{"key": key, "value": value} for key, value in sorted(tags.items())],
    )
    return with_more(parameters, options, "")


def _container(options: Options) -> dict[str, Any]:
    check, gpus = options["health_check"], options["gpus"]
    parameters = {
        "name": options["name"],
        **container_parameters(options),
        **given(
            entryPoint=options["entry_point"],
            cpu=options["cpu"],
            memory=options["memory"],
            memoryReservation=options["memory_reservation"],
            resourceRequirements=[{"type": "GPU", "value": str(gpus)}] if gpus else None,
            essential=options["essential"],
            portMappings=each(options["port_mappings"], _port),
            dependsOn=depends_on(options),
            healthCheck=check
            and given(
                command=check["command"],
                interval=check["interval"],
                timeout=check["timeout"],
                retries=check["retries"],
                startPeriod=check["start_period"],
            ),
            workingDirectory=options["working_directory"],
        ),
    }
    return with_more(parameters, options, f"containers[{options['name']}].")


def _port(port: Options) -> dict[str, Any]:
    return given(
        containerPort=port["container_port"],
        hostPort=port["host_port"],
        protocol=port["protocol"],
        name=port["name"],
        appProtocol=port["app_protocol"],
    )


def check_task(request: Mapping[str, Any], home: Home) -> None:
    """Raises RegistryError for what ECS would refuse, or accept although no task could start."""
    for name in ("executionRoleArn", "taskRoleArn"):
        check_role(name, request.get(name), home)
    fargate = _on_fargate(request)
    containers = list(_containers(request))
    for container in containers:
        check_container(container, home, fargate)
        _check_ports(container, request.get("networkMode"))
    check_together("containerDefinitions", containers)
    cpu, memory = _cpu_units(request.get("cpu")), _mebibytes(request.get("memory"))
    if not fargate:
        if memory is None:
            _check_memory(containers)
        return
    if request.get("networkMode") != "awsvpc":
        raise RegistryError("networkMode must be 'awsvpc' for Fargate; give 'network_mode: awsvpc'")
    if cpu is None or memory is None:
        raise RegistryError("cpu and memory of the whole task are needed for Fargate, such as 'cpu: 256' and 'memory: 512'")
    check_size("cpu and memory", Decimal(cpu), memory, in_vcpus=False)


def _check_ports(container: Container, mode: str | None) -> None:
    for port in container.properties.get("portMappings") or ():
        if mode in _SAME_PORTS and port.get("hostPort") not in (None, 0, port.get("containerPort")):
            raise RegistryError(
                f"{container.path}.portMappings has host port {port['hostPort']} for container port {port.get('containerPort')}, "
                f"which must be the same with the network mode {mode}; leave 'host_port' out"
            )


def _check_memory(containers: Iterable[Container]) -> None:
    for container in containers:
        if not (container.properties.get("memory") or container.properties.get("memoryReservation")):
            raise RegistryError(f"{container.path} has no memory; give its 'memory' or 'memory_reservation', or 'memory' of the whole task")


def _containers(definition: Mapping[str, Any]) -> Iterator[Container]:
    for at, properties in enumerate(definition.get("containerDefinitions") or ()):
        yield Container(item_path("containerDefinitions", at, properties), properties, definition.get("executionRoleArn"))


def _on_fargate(definition: Mapping[str, Any]) -> bool:
    return "FARGATE" in (definition.get("requiresCompatibilities") or ())


def _cpu_units(text: str | None) -> int | None:
    """CPU units, which may be written as vCPUs. Raises RegistryError."""
    return _amount("cpu", text, _VCPUS, "CPU units such as 256, or vCPUs such as '0.25 vCPU'")


def _mebibytes(text: str | None) -> int | None:
    """MiB, which may be written as GB. Raises RegistryError."""
    return _amount("memory", text, _GIGABYTES, "MiB such as 512, or GB such as '0.5 GB'")


def _amount(name: str, text: str | None, larger: re.Pattern[str], wanted: str) -> int | None:
    if not text:
        return None
    found = larger.fullmatch(text.strip())
    if found:
        return int(Decimal(found[1]) * 1024)
    if not text.strip().isdecimal():
        raise RegistryError(f"{name} is '{text}'; it is said in {wanted}")
    return int(text)


def _unify(definition: dict[str, Any]) -> None:
    mode = definition.get("networkMode")
    for name, amount in (("cpu", _cpu_units), ("memory", _mebibytes)):
        if definition.get(name):
            definition[name] = str(amount(definition[name]))
    if _on_fargate(definition):
        definition["runtimePlatform"] = special_platform(definition.get("runtimePlatform"))
    for container in definition.get("containerDefinitions") or ():
        for port in container.get("portMappings") or ():
            follows = mode in _SAME_PORTS and port.get("hostPort") == port.get("containerPort")
            if port.get("hostPort") == 0 or follows:
                del port["hostPort"]


#: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html and the types that it refers to
TASK_RULES = Rules(
    unordered=frozenset(
        {
            "add",
            "containerDefinitions",
            "dependsOn",
            "devices",
            "dockerSecurityOptions",
            "drop",
            "environment",
            "ignoredExitCodes",
            "inferenceAccelerators",
            "mountPoints",
            "permissions",
            "placementConstraints",
            "portMappings",
            "properties",
            "requiresCompatibilities",
            "resourceRequirements",
            "secretOptions",
            "secrets",
            "systemControls",
            "tags",
            "ulimits",
            "volumes",
            "volumesFrom",
        }
    ),
    defaults={
        ("ContainerDefinition", "cpu"): 0,
        ("ContainerDefinition", "essential"): True,
        ("ContainerDefinition", "privileged"): False,
        ("ContainerDefinition", "readonlyRootFilesystem"): False,
        ("ContainerDefinition", "interactive"): False,
        ("ContainerDefinition", "pseudoTerminal"): False,
        ("ContainerDefinition", "disableNetworking"): False,
        ("ContainerDefinition", "versionConsistency"): "enabled",
        ("ContainerRestartPolicy", "enabled"): False,
        ("ContainerRestartPolicy", "restartAttemptPeriod"): 300,
        ("DockerVolumeConfiguration", "autoprovision"): False,
        ("DockerVolumeConfiguration", "scope"): "task",
        ("EFSAuthorizationConfig", "iam"): "DISABLED",
        ("EFSVolumeConfiguration", "rootDirectory"): "/",
        ("EFSVolumeConfiguration", "transitEncryption"): "DISABLED",
        ("HealthCheck", "interval"): 30,
        ("HealthCheck", "retries"): 3,
        ("HealthCheck", "startPeriod"): 0,
        ("HealthCheck", "timeout"): 5,
        ("LinuxParameters", "initProcessEnabled"): False,
        ("MountPoint", "readOnly"): False,
        ("PortMapping", "protocol"): "tcp",
        ("RegisterTaskDefinitionRequest", "enableFaultInjection"): False,
        ("RegisterTaskDefinitionRequest", "networkMode"): "bridge",
        ("Volume", "configuredAtLaunch"): False,
        ("VolumeFrom", "readOnly"): False,
    },
    unify=_unify,
)
