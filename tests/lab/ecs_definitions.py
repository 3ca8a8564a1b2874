# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task definitions of ECS: what is refused, and what ECS makes of them.

Sentences are those that users report, but for those that the README calls the lab's own. Defaults are those of the API reference.
"""

from __future__ import annotations

import copy
import re
import time
import typing as t

from . import paging
from .call import AwsError, Call
from .definition_revisions import (
    ECR_IMAGE,
    Place,
    Revision,
    add,
    is_fargate_size,
    names,
    none_essential,
    repeated,
    role_exists,
    shuffled,
    visible,
)
from .operations import own

UNITS = {"cpu": r"([0-9.]+)\s*vcpus?", "memory": r"([0-9.]+)\s*gb"}
LISTS = ("environment", "mountPoints", "portMappings", "volumesFrom", "systemControls")
OUTSIDE_OF_REVISIONS = ("tags",)
EXECUTION = "Fargate requires task definition to have execution role ARN to support"
NO_SIZE = (
    "No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS documentation for the valid values."
)


def _refuse(message: str) -> AwsError:
    return AwsError("ClientException", message)


def _place(call: Call) -> Place:
    return ("ecs", call.account, call.region)


@own("ecs", "RegisterTaskDefinition")
def register(call: Call) -> dict[str, t.Any]:
    wanted = copy.deepcopy(call.parameters)
    family = str(wanted["family"])
    if not re.fullmatch("[A-Za-z0-9_-]{1,255}", family):
        raise _refuse("Family contains invalid characters.")
    for name in ("cpu", "memory"):
        if wanted.get(name) is not None:
            wanted[name] = _units(name, str(wanted[name]))
    fargate = "FARGATE" in (wanted.get("requiresCompatibilities") or [])
    _check_roles(wanted)
    if fargate:
        _check_fargate(wanted)
    if not wanted["containerDefinitions"] or none_essential(wanted["containerDefinitions"]):
        raise _refuse("A task definition must have at least one essential container.")
    for container in wanted["containerDefinitions"]:
        _check_container(wanted, container, fargate)
    if repeated(wanted["containerDefinitions"]):
        raise _refuse(f"Container name '{repeated(wanted['containerDefinitions'])}' is not unique.")
    shown = {name: value for name, value in wanted.items() if name not in OUTSIDE_OF_REVISIONS}
    shown["containerDefinitions"] = [_filled(container, wanted.get("networkMode")) for container in wanted["containerDefinitions"]]
    shown["volumes"] = [volume if len(volume) > 1 else {**volume, "host": {}} for volume in wanted.get("volumes") or []]
    shown.setdefault("placementConstraints", [])
    shown["compatibilities"] = ["EC2", "FARGATE"] if fargate else ["EXTERNAL", "EC2"]
    shown["requiresAttributes"] = [{"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"}]
    shown["registeredAt"] = time.time()
    shown["registeredBy"] = call.caller.arn
    made = add(_place(call), family, shown, wanted.get("tags") or [])
    arn = f"arn:{call.partition}:ecs:{call.region}:{call.account}:task-definition/{family}:{made.number}"
    shown.update(taskDefinitionArn=arn, revision=made.number)
    return _told(made, tags=True)


def _units(name: str, text: str) -> str:
    found = re.fullmatch(UNITS[name], text.strip(), re.IGNORECASE)
    if not found and not text.isdecimal():
        raise _refuse(
            f"Invalid '{name}' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
        )
    return str(int(float(found[1]) * 1024)) if found else text


def _check_roles(wanted: dict[str, t.Any]) -> None:
    for name in ("taskRoleArn", "executionRoleArn"):
        if wanted.get(name) and not role_exists(str(wanted[name])):
            raise _refuse("Role is not valid")


def _check_fargate(wanted: dict[str, t.Any]) -> None:
    if wanted.get("networkMode") != "awsvpc":
        raise _refuse("Fargate only supports network mode \u2018awsvpc\u2019.")
    for name in ("cpu", "memory"):
        if not wanted.get(name):
            raise _refuse(f"Fargate requires that '{name}' be defined at the task level.")
    if not is_fargate_size(int(wanted["cpu"]), int(wanted["memory"])):
        raise _refuse(NO_SIZE.format(**wanted))


def _check_container(wanted: dict[str, t.Any], container: dict[str, t.Any], fargate: bool) -> None:
    for name in ("name", "image"):
        if not container.get(name):
            raise _refuse(f"Container.{name} should not be null or empty.")
    if not (wanted.get("memory") or container.get("memory") or container.get("memoryReservation")):
        text = f"Invalid setting for container '{container['name']}'. At least one of 'memory' or 'memoryReservation' must be specified."
        raise _refuse(text)
    if wanted.get("networkMode") in ("awsvpc", "host"):
        for port in container.get("portMappings") or []:
            if port.get("hostPort") not in (None, 0, port.get("containerPort")):
                mode = wanted["networkMode"]
                raise _refuse(f"When networkMode={mode}, the host ports and container ports in port mappings must match.")
    _check_credentials(container)
    both = {one["name"] for one in container.get("environment") or []} & {one["name"] for one in container.get("secrets") or []}
    if both:
        raise _refuse(
            "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as "
            f"'{min(both)}'"
        )
    if fargate and container.get("privileged"):
        raise _refuse("Fargate requires that the \u2018privileged\u2019 setting be \u2018false\u2019 at the container level.")
    if not wanted.get("executionRoleArn"):
        _check_without_execution_role(container, fargate)


def _check_credentials(container: dict[str, t.Any]) -> None:
    secret = str((container.get("repositoryCredentials") or {}).get("credentialsParameter", "name"))
    if not re.fullmatch(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:\S+|[A-Za-z0-9/_+=.@-]{1,255}", secret):
        raise _refuse(
            f"The repository credentials parameter specified for container '{container['name']}' is invalid. Parameter names can include "
            "up to 255 (uppercase and lowercase), numbers, hyphens, and underscores are allowed. Spaces are not allowed."
        )


def _check_without_execution_role(container: dict[str, t.Any], fargate: bool) -> None:
    if container.get("repositoryCredentials"):
        raise _refuse("Private repository authentication requires that the task definition specify a value for executionRoleArn.")
    log = container.get("logConfiguration") or {}
    if container.get("secrets") or log.get("secretOptions"):
        raise _refuse("When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.")
    if fargate and ECR_IMAGE.fullmatch(container["image"]):
        raise _refuse(f"{EXECUTION} ECR images.")
    if fargate and log.get("logDriver") == "awslogs":
        raise _refuse(f"{EXECUTION} log driver awslogs.")


def _filled(container: dict[str, t.Any], mode: str | None) -> dict[str, t.Any]:
    """A container as ECS shows it."""
    made = {**{name: [] for name in LISTS}, "cpu": 0, "essential": True, **container}
    for name in ("environment", "secrets"):
        if name in made:
            made[name] = shuffled(made[name])
    follows = mode in ("awsvpc", "host")
    made["portMappings"] = [
        {"protocol": "tcp", **port, "hostPort": port.get("hostPort") or (port.get("containerPort") if follows else 0)}
        for port in made["portMappings"]
    ]
    if made.get("healthCheck"):
        made["healthCheck"] = {"interval": 30, "timeout": 5, "retries": 3, **made["healthCheck"]}
    return made


def _told(revision: Revision, tags: bool) -> dict[str, t.Any]:
    answer: dict[str, t.Any] = {"taskDefinition": {**revision.shown, "status": revision.status}}
    return {**answer, "tags": revision.tags} if tags else answer


def _find(call: Call, name: str) -> Revision | None:
    """A family means its latest active revision."""
    family, _colon, number = name.rpartition("/")[2].partition(":")
    if not number:
        return next(reversed(visible(_place(call), family)), None)
    return next((one for one in names(_place(call)).get(family, []) if str(one.number) == number), None)


@own("ecs", "DescribeTaskDefinition")
def describe(call: Call) -> dict[str, t.Any]:
    found = _find(call, str(call.parameters["taskDefinition"]))
    if found is None:
        raise _refuse("Unable to describe task definition.")
    return _told(found, tags="TAGS" in (call.parameters.get("include") or []))


@own("ecs", "DeregisterTaskDefinition")
def deregister(call: Call) -> dict[str, t.Any]:
    name = str(call.parameters["taskDefinition"])
    found = _find(call, name) if ":" in name.rpartition("/")[2] else None
    if found is None:
        raise _refuse("The specified task definition does not exist. Specify a valid account, family, revision and try again.")
    if not found.active:
        raise _refuse("The specified task definition is inactive. You must specify an active task definition and try again.")
    found.active = False
    found.shown["deregisteredAt"] = time.time()
    return _told(found, tags=False)


@own("ecs", "ListTaskDefinitions")
def list_revisions(call: Call) -> dict[str, t.Any]:
    status, family = call.parameters.get("status") or "ACTIVE", call.parameters.get("familyPrefix")
    found = [
        one.shown["taskDefinitionArn"]
        for name, revisions in sorted(names(_place(call)).items())
        for one in (visible(_place(call), name) if status == "ACTIVE" else revisions)
        if one.status == status and family in (None, name)
    ]
    return _page(call, "taskDefinitionArns", found[::-1] if call.parameters.get("sort") == "DESC" else found)


@own("ecs", "ListTaskDefinitionFamilies")
def list_families(call: Call) -> dict[str, t.Any]:
    prefix, status = str(call.parameters.get("familyPrefix") or ""), call.parameters.get("status") or "ACTIVE"
    there = names(_place(call))
    kept = [name for name in sorted(there) if name.startswith(prefix) and status in ("ALL", *(one.status for one in there[name]))]
    return _page(call, "families", kept)


def _page(call: Call, key: str, items: list[str]) -> dict[str, t.Any]:
    invalid = AwsError("InvalidParameterException", "Invalid token.")
    shown, following = paging.page(items, call.parameters.get("nextToken"), int(call.parameters.get("maxResults") or 100), invalid)
    return {key: shown, **({"nextToken": following} if following else {})}
