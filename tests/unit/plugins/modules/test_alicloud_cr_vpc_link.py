# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""alicloud_cr_vpc_link in this process: the exact calls, and the states that it waits for."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils import _settings_flow
from ansible_collections.crossaccount.registry.plugins.modules import alicloud_cr_vpc_link
from tests.lab.alicloud import AlibabaCloud
from tests.unit.plugins.conftest import UID_A, RunModule

INSTANCE, REGION = "cri-shared", "cn-hangzhou"
LINK, UNLINK = "CreateInstanceVpcEndpointLinkedVpc", "DeleteInstanceVpcEndpointLinkedVpc"
#: Runs the module for the instance and its VPC, unless said otherwise.
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(cloud: AlibabaCloud, run_alicloud: RunModule, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(_settings_flow, "pauses", lambda: itertools.repeat(0.1))
    account = cloud.account(UID_A)
    account.add_instance(INSTANCE, name="shared", region=REGION)
    for vswitch in ("vsw-1", "vsw-2"):
        account.add_vswitch(vswitch, "vpc-1", region=REGION)
    usual = {"instance_id": INSTANCE, "region": REGION, "vpc_id": "vpc-1"}
    return lambda **options: run_alicloud(alicloud_cr_vpc_link, **{**usual, **options})


def writes(cloud: AlibabaCloud) -> list[str]:
    """What was written since the last time."""
    done = cloud.writes()
    assert all(entry["ignored"] == [] for entry in cloud.journal())
    cloud.clear_journal()
    return done


def linked(cloud: AlibabaCloud) -> list[str]:
    return [one.vswitch for one in cloud.account(UID_A).instances[INSTANCE].linked if one.deleted is None]


def test_link_again_and_unlink(cloud: AlibabaCloud, run: Run) -> None:
    options = {"vswitch_id": "vsw-1", "create_dns_record": True}
    check = run(check=True, diff=True, **options)
    assert writes(cloud) == []
    real = run(diff=True, **options)
    assert {**real, "invocation": None} == {**check, "invocation": None}
    (made,) = cloud.journal(operation=LINK)
    assert made["parameters"]["EnableCreateDNSRecordInPvzt"] == "true"
    assert cloud.account(UID_A).instances[INSTANCE].linked[0].running.seen
    assert writes(cloud) == [LINK]
    assert not run(**options)["changed"]
    assert run(state="absent")["summary"]["deleted"] == 1
    assert writes(cloud) == [UNLINK]
    assert linked(cloud) == []
    assert not run(state="absent")["changed"]


def test_another_vswitch(cloud: AlibabaCloud, run: Run) -> None:
    cloud.account(UID_A).instances[INSTANCE].link_vpc("vpc-1", "vsw-1")
    assert "'replace: true' deletes it and creates it again" in run(vswitch_id="vsw-2")["msg"]
    assert writes(cloud) == []
    result = run(vswitch_id="vsw-2", replace=True)
    assert result["actions"][0]["replaced"]
    assert linked(cloud) == ["vsw-2"]


def test_somebody_else_was_faster(cloud: AlibabaCloud, run: Run) -> None:
    instance = cloud.account(UID_A).instances[INSTANCE]
    cloud.before(LINK, lambda: instance.link_vpc("vpc-1", "vsw-1"))
    assert run(vswitch_id="vsw-1")["changed"]
    cloud.before(UNLINK, instance.linked.clear)
    assert run(state="absent")["changed"]
    assert linked(cloud) == []


def test_waits_are_bounded_and_told(cloud: AlibabaCloud, run: Run) -> None:
    cloud.delays.vpc_link = 3600
    result = run(vswitch_id="vsw-1", wait_timeout=1)
    assert "until the linked VPC is RUNNING (waited 1 seconds)" in result["msg"]
    assert result["changed"]
    assert "Nothing was written" not in result["msg"]


def test_what_is_refused(cloud: AlibabaCloud, run: Run) -> None:
    assert "state is present but all of the following are missing: vswitch_id" in run()["msg"]
    assert cloud.journal() == []
    result = run(vpc_id="vpc-2", vswitch_id="vsw-9")
    assert result["actions"][0]["error"]["code"] == "VPC_NOT_EXIST"
    assert "Nothing was written" in result["msg"]
