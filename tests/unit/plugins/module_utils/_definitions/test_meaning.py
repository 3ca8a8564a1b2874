# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any other spelling of a definition means the same; any single change that matters is exactly one difference."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.meaning import differences
from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.model import Shape

from .definitions import EVERY, JOB, NODES, SEVERAL, TASK, meaning, shape_of

EXAMPLES = settings(max_examples=60, deadline=None, derandomize=True, database=None)
#: Lists in which the order says nothing, as the API references describe them.
SETS = ("environment", "secrets", "secretOptions", "ulimits", "resourceRequirements", "mountPoints", "volumes", "portMappings", "tags")
SETS += ("containers", "containerDefinitions", "requiresCompatibilities")
#: Lists in which it does.
SEQUENCES = ("command", "entryPoint", "evaluateOnExit")
#: What the services fill in, by the member that it is in.
FILLED: dict[str, dict[str, Any]] = {
    "containerDefinitions": {"essential": True, "privileged": False, "cpu": 0, "environment": [], "systemControls": [], "mountPoints": []},
    "containers": {"essential": True, "privileged": False, "command": [], "ulimits": []},
    "containerProperties": {"privileged": False, "environment": [], "secrets": []},
    "container": {"readonlyRootFilesystem": False, "ulimits": [], "networkConfiguration": {"assignPublicIp": "DISABLED"}},
    "taskProperties": {"platformVersion": "LATEST", "volumes": []},
    "portMappings": {"protocol": "tcp"},
    "mountPoints": {"readOnly": False},
    "healthCheck": {"interval": 30, "timeout": 5, "retries": 3},
    "efsVolumeConfiguration": {"rootDirectory": "/", "transitEncryption": "DISABLED"},
    "authorizationConfig": {"iam": "DISABLED"},
    "logConfiguration": {"options": {}, "secretOptions": []},
}


def respelled(value: Any, shape: Shape, draw: st.DataObject, member: str = "") -> Any:
    """The same in another spelling: shuffled, with defaults and empty values, numbers as text and text as numbers."""
    if shape.type_name == "structure":
        made = {name: respelled(item, shape.members[name], draw, name) for name, item in value.items()}
        for name, default in FILLED.get(member, {}).items():
            if name in shape.members and draw.draw(st.booleans()):
                made.setdefault(name, default)
        for name in draw.draw(st.lists(st.sampled_from(sorted(shape.members)), max_size=2)):
            made.setdefault(name, None)
        return made
    if shape.type_name == "list":
        items = [respelled(item, shape.member, draw, member) for item in value]
        return draw.draw(st.permutations(items)) if member in SETS else items
    if shape.type_name in ("integer", "long") and draw.draw(st.booleans()):
        return str(value)
    if shape.type_name == "string" and value.isdecimal() and draw.draw(st.booleans()):
        return int(value)
    return value


@pytest.mark.parametrize("kind", EVERY)
@given(draw=st.data())
@EXAMPLES
def test_another_spelling_is_no_difference(kind: str, draw: st.DataObject) -> None:
    service, definition = EVERY[kind]
    other = respelled(definition, shape_of(service), draw)
    assert differences(meaning(service, definition), meaning(service, other)) == []


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything that can be changed by itself: values, and lists whose order matters."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list):
        if path[-1] in SEQUENCES:
            yield path
        for at, item in enumerate(value):
            yield from leaves(item, (*path, at))
    else:
        yield path


#: Another value of an enumeration; what resources a container wants is left as it is.
ENUMS = {
    "awsvpc": "host",
    "EC2": "MANAGED_INSTANCES",
    "EXTERNAL": "MANAGED_INSTANCES",
    "FARGATE": "MANAGED_INSTANCES",
    "udp": "tcp",
    "nofile": "stack",
    "core": "nproc",
    "awslogs": "splunk",
    "START": "HEALTHY",
    "RETRY": "EXIT",
    "EXIT": "RETRY",
    "ENABLED": "DISABLED",
    "container": "multinode",
    "multinode": "container",
    "VCPU": "VCPU",
    "MEMORY": "MEMORY",
}


def changed(definition: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """The definition with another value at a path."""
    made = copy.deepcopy(definition)
    place: Any = made
    for step in path[:-1]:
        place = place[step]
    old = place[path[-1]]
    if isinstance(old, list):
        place[path[-1]] = old[::-1]
    elif isinstance(old, bool):
        place[path[-1]] = not old
    elif isinstance(old, int):
        place[path[-1]] = old + 1
    else:
        enums = ENUMS | ({"GPU": "InferenceAccelerator"} if "containerDefinitions" in path else {"GPU": "GPU"})
        number = str(int(float(old) * 2)) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", old) else None
        place[path[-1]] = enums.get(old, number or f"{old}x")
    return made


#: Of these, one change is two differences: what is named otherwise is another thing.
NAMES = ("name", "type", "key")


@pytest.mark.parametrize("kind", EVERY)
def test_a_single_change_is_one_difference(kind: str) -> None:
    """Every value of every kind of definition, one after the other."""
    service, definition = EVERY[kind]
    before = meaning(service, definition)
    tried = 0
    for path in leaves(definition):
        other = changed(definition, path)
        if other == definition:
            continue
        found = differences(before, meaning(service, other))
        names = [str(step) for step in path if not isinstance(step, int)]
        in_list_of_named = names[-1] in NAMES and isinstance(path[-2] if len(path) > 1 else None, int)
        assert len(found) == (2 if in_list_of_named else 1), (path, found)
        assert all(one.startswith(names[0]) for one in found), (path, found)
        tried += 1
    assert tried > 30


def test_paths_name_what_differs() -> None:
    before = meaning("ecs", TASK)
    other = copy.deepcopy(TASK)
    app = other["containerDefinitions"][0]
    app["environment"][0]["value"] = "9"
    app["command"] = ["run"]
    del app["repositoryCredentials"]
    other["containerDefinitions"].append({"name": "new", "image": "busybox"})
    other["executionRoleArn"] = "arn:aws:iam::111122223333:role/other"
    assert differences(before, meaning("ecs", other)) == [
        "containerDefinitions[app].command",
        "containerDefinitions[app].environment[A].value",
        "containerDefinitions[app].repositoryCredentials",
        "containerDefinitions[new]",
        "executionRoleArn",
    ]
    nodes = copy.deepcopy(NODES)
    nodes["nodeProperties"]["nodeRangeProperties"][1]["container"]["image"] = "other"
    assert differences(meaning("batch", NODES), meaning("batch", nodes)) == ["nodeProperties.nodeRangeProperties[1].container.image"]
    nodes["nodeProperties"]["nodeRangeProperties"].pop()
    assert differences(meaning("batch", NODES), meaning("batch", nodes)) == ["nodeProperties.nodeRangeProperties"]


@pytest.mark.parametrize(
    ("service", "one", "other"),
    [
        ("ecs", {"cpu": "0.25 vCPU", "memory": ".5 GB"}, {"cpu": 256, "memory": "512"}),
        ("ecs", {"cpu": "1vcpu", "memory": "2gb"}, {"cpu": "1024", "memory": 2048}),
        ("ecs", {"networkMode": "bridge"}, {}),
        ("ecs", {"containerDefinitions": [{"portMappings": [{"containerPort": 80, "hostPort": 0}]}]}, None),
        ("ecs", {"containerDefinitions": [{"name": "a", "restartPolicy": {"enabled": False}}]}, {"containerDefinitions": [{"name": "a"}]}),
        (
            "ecs",
            {"volumes": [{"name": "a", "dockerVolumeConfiguration": {"driver": "d", "scope": "task", "autoprovision": False}}]},
            {"volumes": [{"name": "a", "dockerVolumeConfiguration": {"driver": "d"}}]},
        ),
        ("batch", {"containerProperties": {"vcpus": 2, "memory": 512}}, None),
        ("batch", {"platformCapabilities": ["EC2"]}, {}),
        ("batch", {"retryStrategy": {"attempts": 1, "evaluateOnExit": []}}, {}),
        ("batch", {"parameters": {}, "tags": {}}, {}),
    ],
)
def test_two_ways_to_say_it(service: str, one: dict[str, Any], other: dict[str, Any] | None) -> None:
    name = {"family": "x", "containerDefinitions": []} if service == "ecs" else {"jobDefinitionName": "x", "type": "container"}
    if other is None and service == "ecs":
        other = {"containerDefinitions": [{"portMappings": [{"containerPort": "80"}]}]}
    elif other is None:
        wanted = [{"type": "MEMORY", "value": 512}, {"type": "VCPU", "value": "2.0"}]
        other = {"containerProperties": {"resourceRequirements": wanted, "environment": [{"name": "EMPTY", "value": ""}]}}
    assert meaning(service, {**name, **one}) == meaning(service, {**name, **(other or {})})


def test_what_fargate_has_anyway_is_a_difference_elsewhere() -> None:
    """On EC2, a definition without an architecture runs on any."""
    platform = {"runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}}
    fargate = {**TASK, "requiresCompatibilities": ["FARGATE"]}
    assert meaning("ecs", {**fargate, **platform}) == meaning("ecs", fargate)
    assert differences(meaning("ecs", TASK), meaning("ecs", {**TASK, **platform})) == ["runtimePlatform"]
    arm = {"runtimePlatform": {"cpuArchitecture": "ARM64"}}
    assert differences(meaning("ecs", fargate), meaning("ecs", {**fargate, **arm})) == ["runtimePlatform"]
    job = {**JOB, "containerProperties": {**JOB["containerProperties"], **platform}}
    assert meaning("batch", job) == meaning("batch", JOB)


def test_of_variables_with_one_name_the_last_one_wins() -> None:
    twice = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    one = {**SEVERAL, "containerProperties": {"environment": twice}}
    other = {**SEVERAL, "containerProperties": {"environment": twice[::-1]}}
    assert differences(meaning("batch", one), meaning("batch", other)) == ["containerProperties.environment"]
