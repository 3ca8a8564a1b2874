# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a job definition before a call, so that check mode says it, too."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.job_requirements import check_job
from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.requirements import Home
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError

from .definitions import ROLE, SECRET

HOME = Home("111122223333", "eu-west-1", "aws")
SIZE = [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}]
CONTAINER: dict[str, Any] = {"image": "quay.io/app", "executionRoleArn": ROLE, "resourceRequirements": SIZE}
CREDENTIALS = {"repositoryCredentials": {"credentialsParameter": SECRET}}
FARGATE = {"platformCapabilities": ["FARGATE"]}


def job(more: dict[str, Any] | None = None, **container: Any) -> dict[str, Any]:
    return {"jobDefinitionName": "job", "type": "container", "containerProperties": {**CONTAINER, **container}, **(more or {})}


def several(*containers: dict[str, Any], **task: Any) -> dict[str, Any]:
    properties = {"executionRoleArn": ROLE, "containers": list(containers), **task}
    return {"jobDefinitionName": "job", "type": "container", "ecsProperties": {"taskProperties": [properties]}}


def nodes(*ranges: str, main: int = 0, **container: Any) -> dict[str, Any]:
    properties = [{"targetNodes": one, "container": {**CONTAINER, **container}} for one in ranges]
    its = {"numNodes": 4, "mainNode": main, "nodeRangeProperties": properties}
    return {"jobDefinitionName": "job", "type": "multinode", "nodeProperties": its}


def on_version(version: str, **container: Any) -> dict[str, Any]:
    return job(FARGATE, fargatePlatformConfiguration={"platformVersion": version}, **CREDENTIALS, **container)


APP, SIDE = ({"name": name, "image": "busybox", "resourceRequirements": SIZE} for name in ("app", "side"))


@pytest.mark.parametrize(
    "request_",
    [
        job(),
        job(FARGATE),
        job(vcpus=1, memory=512, resourceRequirements=[]),
        job({"timeout": {"attemptDurationSeconds": 60}, "retryStrategy": {"attempts": 10}}),
        job(FARGATE, resourceRequirements=[{"type": "VCPU", "value": "32"}, {"type": "MEMORY", "value": "249856"}]),
        several(APP, {**SIDE, "essential": False}),
        several(APP, {**SIDE, "resourceRequirements": []}),
        nodes("0:"),
        nodes(":1", "2:3"),
        nodes("0:10", "1:2", main=3),
        nodes("0", "1:"),
        nodes("0:", resourceRequirements=[]),
        on_version("1.2.0"),
        on_version("1.10.0"),
        on_version("LATEST"),
        on_version("1.0.0", runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}),
    ],
)
def test_what_can_be_registered(request_: dict[str, Any]) -> None:
    before = copy.deepcopy(request_)
    check_job(request_, HOME)
    assert request_ == before


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (job({"timeout": {"attemptDurationSeconds": 59}}), "timeout.attemptDurationSeconds is 59; it must be at least 60"),
        (job({"retryStrategy": {"attempts": 11}}), "retryStrategy.attempts is 11; it must be from 1 to 10"),
        (job({"retryStrategy": {"attempts": 1, "evaluateOnExit": [{}] * 6}}), "evaluateOnExit has 6 items, 5 are allowed"),
        (job(resourceRequirements=SIZE[1:]), "containerProperties has no VCPU among its resourceRequirements; give 'vcpus' and 'memory'"),
        (
            job(resourceRequirements=[{"type": "VCPU", "value": "much"}, SIZE[1]]),
            "containerProperties.resourceRequirements[VCPU] is 'much', it must be a number above 0",
        ),
        (
            job(networkConfiguration={"assignPublicIp": "DISABLED"}),
            "containerProperties.networkConfiguration is only for jobs on Fargate; leave it out, or give",
        ),
        (several(APP, platformVersion="1.4.0"), "taskProperties[0].platformVersion is only for jobs on Fargate"),
        (several(), "ecsProperties.taskProperties[0].containers is empty"),
        (several(APP, APP), "ecsProperties.taskProperties[0].containers has 'app' twice"),
        (on_version("1.1.0"), "which the platform version 1.1.0 of Fargate cannot use; give 1.2.0 or a later one"),
        ({**nodes("0:"), **FARGATE}, "jobs of several nodes do not run on Fargate"),
        (nodes("0:", main=4), "nodeProperties.mainNode is 4; with 4 nodes it must be from 0 to 3"),
        (nodes("0:1"), "nodeProperties.nodeRangeProperties has nothing for node 2; give a range for all 4 nodes"),
        (nodes(), "has nothing for node 0"),
        (nodes("0:1", "123"), "nodeRangeProperties[1].targetNodes is '123', and must be a range of the 4 nodes such as '0:' or '2:3'"),
        (nodes("0-3"), "targetNodes is '0-3'"),
    ],
)
def test_what_cannot(request_: dict[str, Any], words: str) -> None:
    with pytest.raises(RegistryError) as caught:
        check_job(request_, HOME)
    assert words in str(caught.value)
