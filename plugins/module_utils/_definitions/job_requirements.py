# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What Batch wants of job definitions, said before a call.

Facts are those of https://docs.aws.amazon.com/batch/latest/APIReference/API_RegisterJobDefinition.html and the types that it refers to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from .._errors import RegistryError
from .job_definition import decimal_of, tasks_in
from .model import item_path
from .requirements import Container, Home, check_container, check_role, check_size, check_together

#: What only jobs on Fargate may have.
_FARGATE_ONLY = ("networkConfiguration", "fargatePlatformConfiguration", "platformVersion", "ephemeralStorage")
#: The platform version of Fargate (for Linux) that learnt to use credentials of registries.
#: https://docs.aws.amazon.com/batch/latest/userguide/private-registry.html
_CREDENTIALS_SINCE = (1, 2, 0)
_VERSION = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)")
_NODES = re.compile(r"(?P<first>[0-9]*):(?P<last>[0-9]*)|(?P<only>[0-9]+)")
_LEAST_SECONDS, _ATTEMPTS, _MOST_CONDITIONS = 60, range(1, 11), 5
#: The resources that every job needs, and the old parameters for them.
_NEEDED = {"VCPU": "vcpus", "MEMORY": "memory"}


def check_job(request: Mapping[str, Any], home: Home) -> None:
    """Raises RegistryError for what Batch would refuse, or accept although no job could start."""
    kinds = [name for name in ("containerProperties", "ecsProperties", "nodeProperties", "eksProperties") if request.get(name)]
    if len(kinds) != 1:
        raise RegistryError(f"give one of 'container', 'task' and 'nodes'{', not ' + ' and '.join(kinds) if kinds else ''}")
    fargate = "FARGATE" in (request.get("platformCapabilities") or ())
    _check_limits(request)
    if request.get("nodeProperties"):
        _check_nodes(request["nodeProperties"], fargate)
    for path, task, names in tasks_in(request):
        for name in names:
            check_role(f"{path}.{name}", task.get(name), home)
        if fargate and not task.get("executionRoleArn"):
            raise RegistryError(f"{path} has no execution role, which jobs on Fargate need; give 'execution_role_arn'")
        containers = list(_containers(path, task))
        for container in containers:
            check_container(container, home, fargate)
        if "containers" in task:
            check_together(f"{path}.containers", containers)
        if fargate:
            _check_size(path, containers)
            _check_platform(path, task, containers)
        else:
            _check_without_fargate(path, task)
            _check_resources(path, containers, all_needed=not request.get("nodeProperties"))


def _check_limits(request: Mapping[str, Any]) -> None:
    seconds = (request.get("timeout") or {}).get("attemptDurationSeconds")
    if seconds is not None and seconds < _LEAST_SECONDS:
        raise RegistryError(f"timeout.attemptDurationSeconds is {seconds}; it must be at least {_LEAST_SECONDS}")
    retries = request.get("retryStrategy") or {}
    if (attempts := retries.get("attempts")) is not None and attempts not in _ATTEMPTS:
        raise RegistryError(f"retryStrategy.attempts is {attempts}; it must be from {_ATTEMPTS.start} to {_ATTEMPTS.stop - 1}")
    if (number := len(retries.get("evaluateOnExit") or ())) > _MOST_CONDITIONS:
        raise RegistryError(f"retryStrategy.evaluateOnExit has {number} items, {_MOST_CONDITIONS} are allowed")


def _check_nodes(nodes: Mapping[str, Any], fargate: bool) -> None:
    """Ranges can overlap, then the narrower one counts."""
    if fargate:
        raise RegistryError("jobs of several nodes do not run on Fargate; leave 'platform_capabilities' out, or give no 'nodes'")
    number, main = nodes["numNodes"], nodes["mainNode"]
    if not 0 <= main < number:
        raise RegistryError(f"nodeProperties.mainNode is {main}; with {number} nodes it must be from 0 to {number - 1}")
    missing = set(range(number))
    for at, one in enumerate(nodes["nodeRangeProperties"]):
        found = _NODES.fullmatch(one["targetNodes"])
        if not found or int(found["only"] or 0) >= number:
            raise RegistryError(
                f"nodeProperties.nodeRangeProperties[{at}].targetNodes is '{one['targetNodes']}', and must be a range of the "
                f"{number} nodes such as '0:' or '2:3', in quotes: without them YAML makes a number of 2:3"
            )
        first, last = (found["only"],) * 2 if found["only"] else (found["first"] or 0, found["last"] or number - 1)
        missing -= set(range(int(first), int(last) + 1))
    if missing:
        raise RegistryError(f"nodeProperties.nodeRangeProperties has nothing for node {min(missing)}; give a range for all {number} nodes")


def _check_platform(path: str, task: Mapping[str, Any], containers: Sequence[Container]) -> None:
    version = str(task.get("platformVersion") or (task.get("fargatePlatformConfiguration") or {}).get("platformVersion"))
    windows = str((task.get("runtimePlatform") or {}).get("operatingSystemFamily")).startswith("WINDOWS")
    found = _VERSION.fullmatch(version)
    if not found or windows or all(container.credentials is None for container in containers):
        return
    if tuple(map(int, found.groups())) < _CREDENTIALS_SINCE:
        least = ".".join(map(str, _CREDENTIALS_SINCE))
        raise RegistryError(
            f"{path} has credentials of a registry, which the platform version {version} of Fargate cannot use; "
            f"give {least} or a later one, or leave 'platform_version' out"
        )


def _check_without_fargate(path: str, task: Mapping[str, Any]) -> None:
    for name in _FARGATE_ONLY:
        if task.get(name):
            raise RegistryError(f"{path}.{name} is only for jobs on Fargate; leave it out, or give 'platform_capabilities: [FARGATE]'")


def _check_resources(path: str, containers: Sequence[Container], all_needed: bool) -> None:
    """Of several nodes, some can have what they need from a wider range."""
    for kind, old in _NEEDED.items():
        there = [container for container in containers if _amount(container, kind) is not None or container.properties.get(old)]
        if all_needed and not there:
            raise RegistryError(f"{path} has no {kind} among its resourceRequirements; give 'vcpus' and 'memory'")


def _check_size(path: str, containers: Sequence[Container]) -> None:
    """The sizes of all containers together have to be one of Fargate."""
    totals = {kind: Decimal(0) for kind in _NEEDED}
    for container in containers:
        for kind in totals:
            amount = _amount(container, kind)
            if amount is None:
                raise RegistryError(f"{container.path} has no {kind} among its resourceRequirements; Fargate needs 'vcpus' and 'memory'")
            totals[kind] += amount
    check_size(path, totals["VCPU"] * 1024, int(totals["MEMORY"]), in_vcpus=True)


def _amount(container: Container, kind: str) -> Decimal | None:
    """How much of a resource a container wants; None when it does not say. Raises RegistryError for what is no number."""
    wanted = {one.get("type"): one.get("value") for one in container.properties.get("resourceRequirements") or ()}
    if kind not in wanted:
        return None
    amount = decimal_of(str(wanted[kind]))
    if amount is None or amount <= 0:
        raise RegistryError(f"{container.path}.resourceRequirements[{kind}] is '{wanted[kind]}', it must be a number above 0")
    return amount


def _containers(path: str, task: Mapping[str, Any]) -> Iterator[Container]:
    role = task.get("executionRoleArn")
    if "containers" not in task:
        yield Container(path, task, role)
    for at, properties in enumerate(task.get("containers") or ()):
        yield Container(item_path(f"{path}.containers", at, properties), properties, role)
