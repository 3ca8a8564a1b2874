# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What container groups and image caches tell of images that cannot be pulled, and of those that are being pulled again."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.eci_evidence import evidence, pull_failures
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.eci_group import GROUP
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.eci_workload import Workload

FAILED = 'Failed to pull image "a/b:1": dial tcp: i/o timeout'


def event(reason: str, message: str = "", at: str = "10:00", kind: str = "Warning") -> dict[str, str]:
    return {"Type": kind, "Reason": reason, "Message": message, "LastTimestamp": f"2026-11-22T{at}:00Z"}


def workload(*events: dict[str, str], **state: Any) -> Workload:
    return Workload(GROUP, {"ContainerGroupId": "eci-1", "Events": events, "Containers": [{"Name": "web", "CurrentState": state}]})


NOW: dict[str, tuple[Workload, bool]] = {
    "nothing": (workload(), False),
    "a state": (workload(State="Waiting", Reason="ImagePullBackOff"), True),
    "only events": (workload(event("Failed", FAILED), State="Waiting", Reason="ContainerCreating"), True),
    "pulled again": (workload(event("Failed", FAILED), event("Pulling", at="10:01", kind="Normal")), False),
    "the same event again": (workload(event("Failed", FAILED, at="10:02"), event("Pulling", at="10:01", kind="Normal")), True),
    "something else": (workload(event("FailedScheduling", "no room")), False),
}


@pytest.mark.parametrize(("told", "failing"), NOW.values(), ids=NOW)
def test_what_cannot_be_pulled_now(told: Workload, failing: bool) -> None:
    assert bool(pull_failures(told)) is failing


def test_what_could_not_be_pulled() -> None:
    told = workload(event("Failed", FAILED), event("Failed", FAILED), event("Pulling", at="10:01", kind="Normal"))
    assert pull_failures(told, past=True) == [f"Failed: {FAILED}"]


def test_evidence_is_bounded() -> None:
    told = workload(*(event("Failed", f"{number}{'x' * 2000}") for number in range(50)), State="Terminated", Reason="Error", ExitCode=1)
    text = evidence(told)
    assert len(text) < 4000
    assert "49xxx" in text
    assert text.endswith("containers: web: Terminated: Error: exit code 1")
    assert evidence(workload()) == "ECI tells no events"
