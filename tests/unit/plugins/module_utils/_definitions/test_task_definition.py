# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a task definition before a call, so that check mode says it, too."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.requirements import Home
from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.task_definition import check_task
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError

HOME = Home("111122223333", "eu-west-1", "aws")
APP: dict[str, Any] = {"name": "app", "image": "busybox", "memory": 64}
LARGE = {"name": "app", "image": "busybox"}


def ports(mode: str | None, host: int | None) -> dict[str, Any]:
    return {"networkMode": mode, "containerDefinitions": [{**APP, "portMappings": [{"containerPort": 80, "hostPort": host}]}]}


@pytest.mark.parametrize(
    "request_",
    [
        {"containerDefinitions": [APP]},
        {"containerDefinitions": [LARGE], "memory": "1 GB"},
        {"containerDefinitions": [{**LARGE, "memoryReservation": 64}]},
        *(ports(*both) for both in (("awsvpc", 80), ("awsvpc", 0), ("host", None), ("bridge", 8080), (None, 8080))),
    ],
)
def test_what_can_be_registered(request_: dict[str, Any]) -> None:
    check_task(request_, HOME)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"containerDefinitions": []}, "containerDefinitions is empty; give a container at least"),
        ({"containerDefinitions": [APP, APP]}, "containerDefinitions has 'app' twice"),
        ({"containerDefinitions": [{**APP, "essential": False}]}, "containerDefinitions has no container that is essential"),
        ({"containerDefinitions": [APP, {**LARGE, "name": "side"}]}, "containerDefinitions[side] has no memory; give its 'memory' or"),
        (
            {"containerDefinitions": [LARGE], "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc"},
            "cpu and memory of the whole task are needed for Fargate",
        ),
        (ports("awsvpc", 8080), "containerDefinitions[app].portMappings has host port 8080 for container port 80"),
    ],
)
def test_what_cannot(request_: dict[str, Any], words: str) -> None:
    with pytest.raises(RegistryError) as caught:
        check_task(request_, HOME)
    assert words in str(caught.value)
