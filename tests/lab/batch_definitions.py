# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job definitions of Batch: what is refused, and what Batch makes of them.

Sentences are those that users report, but for those that the README calls the lab's own. Defaults are those of the API reference.
"""

from __future__ import annotations

import copy
import re
import typing as t

from . import paging
from .call import AwsError, Call
from .definition_revisions import Place, Revision, add, is_fargate_size, names, none_essential, repeated, shuffled, visible
from .operations import own

ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+")
ONE_CONTAINER = ("command", "environment", "mountPoints", "resourceRequirements", "secrets", "ulimits", "volumes")
ONE_OF_SEVERAL = ("command", "dependsOn", "environment", "mountPoints", "resourceRequirements", "secrets", "ulimits")
KINDS = ("containerProperties", "ecsProperties", "nodeProperties", "eksProperties")


def _refuse(call: Call, message: str) -> AwsError:
    return AwsError("ClientException", f"Error executing request, Exception : {message}, RequestId: {call.request_id}")


def _place(call: Call) -> Place:
    return ("batch", call.account, call.region)


@own("batch", "RegisterJobDefinition")
def register(call: Call) -> dict[str, t.Any]:
    wanted = copy.deepcopy(call.parameters)
    name = str(wanted["jobDefinitionName"])
    if not re.fullmatch("[A-Za-z0-9_-]{1,128}", name):
        raise _refuse(call, f"jobDefinitionName {name} is not valid.")
    if len([kind for kind in KINDS if wanted.get(kind)]) != 1 or (wanted["type"] == "multinode") != bool(wanted.get("nodeProperties")):
        raise _refuse(call, "exactly one of containerProperties, ecsProperties, nodeProperties and eksProperties must suit the type.")
    if wanted.get("retryStrategy") is not None and wanted["retryStrategy"].get("attempts") is None:
        raise _refuse(call, "RetryAttempts must be provided with retry strategy")
    if not 1 <= (wanted.get("retryStrategy") or {}).get("attempts", 1) <= 10:
        raise _refuse(call, "attempts must be from 1 to 10.")
    if (wanted.get("timeout") or {}).get("attemptDurationSeconds", 60) < 60:
        raise _refuse(call, "attemptDurationSeconds must be at least 60.")
    fargate = "FARGATE" in (wanted.get("platformCapabilities") or [])
    if fargate and wanted["type"] == "multinode":
        raise _refuse(call, "nodeProperties is not applicable for Fargate.")
    if wanted.get("nodeProperties"):
        _check_nodes(call, wanted["nodeProperties"])
    for task in _tasks(wanted):
        _check_task(call, task, fargate)
    shown = _filled(wanted, fargate)
    made = add(_place(call), name, shown, None)
    arn = f"arn:{call.partition}:batch:{call.region}:{call.account}:job-definition/{name}:{made.number}"
    shown.update(jobDefinitionArn=arn, revision=made.number)
    return {"jobDefinitionName": name, "jobDefinitionArn": arn, "revision": made.number}


def _check_nodes(call: Call, nodes: dict[str, t.Any]) -> None:
    numbers = range(nodes["numNodes"])
    if nodes["mainNode"] not in numbers:
        raise _refuse(call, "mainNode must be fewer than numNodes.")
    covered: set[int] = set()
    for one in nodes["nodeRangeProperties"]:
        first, colon, last = str(one["targetNodes"]).partition(":")
        if not colon or not re.fullmatch("[0-9]*", first + last):
            raise _refuse(call, f"targetNodes {one['targetNodes']} is not valid.")
        covered |= set(range(int(first or 0), int(last or numbers.stop - 1) + 1))
    if not covered >= set(numbers):
        raise _refuse(call, "nodeRangeProperties must account for all nodes.")


def _tasks(wanted: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """The properties of every container that is alone, and of every task of several."""
    nodes = (wanted.get("nodeProperties") or {}).get("nodeRangeProperties") or []
    alone = [wanted.get("containerProperties"), *(node.get("container") for node in nodes)]
    several = [task for place in (wanted, *nodes) for task in (place.get("ecsProperties") or {}).get("taskProperties") or []]
    return [task for task in (*alone, *several) if task]


def _check_task(call: Call, task: dict[str, t.Any], fargate: bool) -> None:
    for name in ("executionRoleArn", "jobRoleArn", "taskRoleArn"):
        if task.get(name) and not ROLE.fullmatch(str(task[name])):
            raise _refuse(call, f"{name} {task[name]} is not an iam role arn")
    containers = task.get("containers") or [task]
    if fargate and not task.get("executionRoleArn"):
        raise _refuse(call, "executionRoleArn is required for Fargate jobs.")
    for name in ("networkConfiguration", "fargatePlatformConfiguration", "platformVersion", "ephemeralStorage"):
        if task.get(name) and not fargate:
            raise _refuse(call, f"{name} not applicable for EC2.")
    if repeated(task.get("containers") or []):
        raise _refuse(call, f"container name {repeated(containers)} is not unique.")
    if none_essential(containers):
        raise _refuse(call, "at least one container must be essential.")
    for container in containers:
        _check_container(call, task, container, fargate)
    if fargate:
        cpu, memory = (sum(float(_resource(container, kind) or 0) for container in containers) for kind in ("VCPU", "MEMORY"))
        if not is_fargate_size(cpu * 1024, int(memory)):
            raise _refuse(call, f"Fargate resource requirements ({cpu:.2f} vCPU, {int(memory)} MiB) not valid.")


def _resource(container: dict[str, t.Any], kind: str) -> str | None:
    found = next((one["value"] for one in container.get("resourceRequirements") or [] if one["type"] == kind), None)
    return t.cast("str | None", found)


def _check_container(call: Call, task: dict[str, t.Any], container: dict[str, t.Any], fargate: bool) -> None:
    if not container.get("image"):
        raise _refuse(call, "image is not provided.")
    for kind, old, word in (("VCPU", "vcpus", "vCPU"), ("MEMORY", "memory", "Memory")):
        if fargate and container.get(old):
            raise _refuse(call, f"{old} is not applicable for Fargate. Use resource requirements instead.")
        if not (_resource(container, kind) or container.get(old)):
            raise _refuse(call, f"{word} is not provided.")
    if fargate and container.get("privileged"):
        text = "Fargate requires that the \u2018privileged\u2019 setting be \u2018false\u2019 at the container level."
        raise _refuse(call, text)
    for one in container.get("resourceRequirements") or []:
        if not re.fullmatch(r"[0-9]*\.?[0-9]+", one["value"]) or not float(one["value"]):
            raise _refuse(call, f"{one['type']} {one['value']} is not valid.")
        if fargate and one["type"] == "GPU":
            raise _refuse(call, "GPU is not applicable for Fargate.")
    for name in ("repositoryCredentials", "secrets"):
        if container.get(name) and not task.get("executionRoleArn"):
            raise _refuse(call, f"executionRoleArn is required when {name} is specified.")


def _filled(wanted: dict[str, t.Any], fargate: bool) -> dict[str, t.Any]:
    """A definition as Batch shows it."""
    for task in _tasks(wanted):
        containers = task.get("containers")
        if containers is None and fargate:
            task.setdefault("fargatePlatformConfiguration", {"platformVersion": "LATEST"})
        if containers is not None:
            task.setdefault("volumes", [])
            task.update({"platformVersion": task.get("platformVersion", "LATEST")} if fargate else {})
        for container in containers or [task]:
            _fill_container(container, ONE_CONTAINER if containers is None else ONE_OF_SEVERAL)
            if containers is not None:
                container.setdefault("essential", True)
    shown = {"parameters": {}, "tags": {}, "containerOrchestrationType": "EKS" if wanted.get("eksProperties") else "ECS", **wanted}
    if not wanted.get("eksProperties"):
        shown.setdefault("platformCapabilities", ["EC2"])
    if shown.get("retryStrategy"):
        shown["retryStrategy"].setdefault("evaluateOnExit", [])
    return shown


def _fill_container(container: dict[str, t.Any], lists: tuple[str, ...]) -> None:
    for name in lists:
        container.setdefault(name, [])
    # Variables without a value are dropped (Terraform's provider has to know that, too).
    container["environment"] = shuffled([one for one in container["environment"] if one.get("value")])
    container["secrets"] = shuffled(container["secrets"])
    if container.get("logConfiguration"):
        container["logConfiguration"] = {"options": {}, "secretOptions": [], **container["logConfiguration"]}


@own("batch", "DescribeJobDefinitions")
def describe(call: Call) -> dict[str, t.Any]:
    wanted, status, name = (call.parameters.get(key) for key in ("jobDefinitions", "status", "jobDefinitionName"))
    there = names(_place(call))
    found = [
        (key, one)
        for key, revisions in sorted(there.items())
        for one in (visible(_place(call), key) if status == "ACTIVE" else revisions)
        if status in (None, one.status) and name in (None, key)
    ]
    if wanted:
        found = [(key, one) for key, one in found if {f"{key}:{one.number}", one.shown["jobDefinitionArn"], key} & set(wanted)]
    # In which order they come is not documented.
    found.sort(key=lambda one: (one[1].number % 7, one[1].number))
    invalid = _refuse(call, "nextToken is not valid.")
    size = min(int(call.parameters.get("maxResults") or 100), 100)
    shown, following = paging.page(found, call.parameters.get("nextToken"), size, invalid)
    told = [{**one.shown, "status": one.status} for _key, one in shown]
    return {"jobDefinitions": told, **({"nextToken": following} if following else {})}


@own("batch", "DeregisterJobDefinition")
def deregister(call: Call) -> dict[str, t.Any]:
    name, _colon, number = str(call.parameters["jobDefinition"]).rpartition("/")[2].partition(":")
    found: Revision | None = next((one for one in names(_place(call)).get(name, []) if str(one.number) == number), None)
    if found is None:
        raise _refuse(call, f"Job definition {call.parameters['jobDefinition']} does not exist.")
    found.active = False
    return {}
