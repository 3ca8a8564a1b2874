# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""alicloud_cr_endpoint in this process: the exact calls, what is refused before any of them, and Container Registry in trouble."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils import _settings_flow
from ansible_collections.crossaccount.registry.plugins.modules import alicloud_cr_endpoint
from tests.lab.alicloud import AlibabaCloud
from tests.unit.plugins.conftest import UID_A, RunModule

INSTANCE, REGION = "cri-shared", "cn-hangzhou"
READ, ADD, REMOVE, SWITCH = (
    "GetInstanceEndpoint",
    "CreateInstanceEndpointAclPolicy",
    "DeleteInstanceEndpointAclPolicy",
    "UpdateInstanceEndpointStatus",
)
#: Runs the module for the instance, unless said otherwise.
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(cloud: AlibabaCloud, run_alicloud: RunModule, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(_settings_flow, "pauses", lambda: itertools.repeat(0.1))
    cloud.account(UID_A).add_instance(INSTANCE, name="shared", region=REGION)
    return lambda **options: run_alicloud(alicloud_cr_endpoint, **{"instance_id": INSTANCE, "region": REGION, **options})


def writes(cloud: AlibabaCloud) -> list[str]:
    """What was written since the last time."""
    done = cloud.writes()
    assert all(entry["ignored"] == [] for entry in cloud.journal())
    cloud.clear_journal()
    return done


def acl(cloud: AlibabaCloud) -> dict[str, str]:
    """The access list, the automatic entry left out."""
    entries = cloud.account(UID_A).instances[INSTANCE].internet.entries
    return {one.entry: one.comment for one in entries if one.entry != "127.0.0.1/32"}


def open_endpoint(cloud: AlibabaCloud, **comments: str) -> None:
    """A public endpoint with entries of somebody else: 10.0.0.N/32 for the names e1, e2, ..."""
    instance = cloud.account(UID_A).instances[INSTANCE]
    instance.open_internet(*(f"10.0.0.{name[1:]}/32" for name in comments))
    for entry, comment in zip(instance.internet.entries[1:], comments.values(), strict=True):
        entry.comment = comment


def test_entries_are_added_once_the_endpoint_runs(cloud: AlibabaCloud, run: Run) -> None:
    """Those of before would be dropped; the module also waits until they show."""
    options = {"public": True, "acl": [{"entry": "47.100.0.1", "comment": "payments"}, {"entry": "47.100.1.7/24"}]}
    check = run(check=True, diff=True, **options)
    assert writes(cloud) == []
    real = run(diff=True, **options)
    assert {**real, "invocation": None} == {**check, "invocation": None}
    assert writes(cloud) == [SWITCH, ADD, ADD]
    assert acl(cloud) == {"47.100.0.1/32": "payments", "47.100.1.0/24": ""}
    assert real["summary"]["updated"] == 1
    assert real["actions"][0]["settings"]["status"] == "RUNNING"
    assert not run(**options)["changed"]
    assert writes(cloud) == []


def test_an_endpoint_that_stays_creating(cloud: AlibabaCloud, run: Run) -> None:
    """It is bounded, and what was written is told."""
    cloud.delays.endpoint = 3600
    result = run(public=True, acl=[{"entry": "47.100.0.1"}], wait_timeout=1)
    assert "until the public endpoint is RUNNING (waited 1 seconds)" in result["msg"]
    assert "Written nevertheless" in result["msg"]
    assert result["changed"]
    assert writes(cloud) == [SWITCH]


def test_entries_of_others_stay(cloud: AlibabaCloud, run: Run) -> None:
    open_endpoint(cloud, e1="theirs", e2="old")
    ours = [{"entry": "10.0.0.2", "comment": "new"}, {"entry": "10.0.0.3"}]
    assert run(acl=ours)["changed"]
    assert writes(cloud) == [ADD, REMOVE, ADD]
    assert acl(cloud) == {"10.0.0.1/32": "theirs", "10.0.0.2/32": "new", "10.0.0.3/32": ""}
    # A comment that is not given stays.
    assert not run(acl=[{"entry": "10.0.0.1"}])["changed"]
    assert run(acl=[{"entry": "10.0.0.1"}], purge_acl=True)["actions"][0]["settings"]["acl"] == [
        {"entry": "10.0.0.1/32", "comment": "theirs"}
    ]
    assert writes(cloud) == [REMOVE, REMOVE]


def test_off(cloud: AlibabaCloud, run: Run) -> None:
    open_endpoint(cloud, e1="")
    assert run(public=False)["changed"]
    assert writes(cloud) == [SWITCH]
    assert not run(public=False)["changed"]
    assert "the public endpoint is off, so it has no access list" in run(acl=[{"entry": "10.0.0.1"}])["msg"]


def test_open_to_everybody_only_when_asked_for(cloud: AlibabaCloud, run: Run) -> None:
    assert "would be public without any entry" in run(public=True)["msg"]
    assert "which is everybody; give networks" in run(public=True, acl=[{"entry": "0.0.0.0/0"}])["msg"]
    assert writes(cloud) == []
    assert run(public=True, allow_public=True)["changed"]
    assert run(acl=[{"entry": "0.0.0.0/0"}], allow_public=True)["changed"]
    assert acl(cloud) == {"0.0.0.0/0": ""}
    assert "would be public without any entry" in run(acl=[], purge_acl=True)["msg"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no network": ({"acl": [{"entry": "payments"}]}, "'acl[0].entry' is 'payments'; it must be an address or a network"),
    "the automatic entry": ({"acl": [{"entry": "127.0.0.1"}]}, "which every endpoint has by itself; leave it out"),
    "twice": (
        {"acl": [{"entry": "10.0.0.1", "comment": "a"}, {"entry": "10.0.0.1/32", "comment": "b"}]},
        "'acl' has 10.0.0.1/32 twice, with different comments",
    ),
    "off and with entries": ({"public": False, "acl": [{"entry": "10.0.0.1"}]}, "an endpoint that is off has no access list"),
    "no instance": ({"instance_id": "shared", "public": False}, "'instance_id' is 'shared'; write the id of an instance"),
    "no region": ({"region": None, "public": False}, "no region is known"),
    "no time": ({"wait_timeout": -1, "public": False}, "'wait_timeout' is -1"),
    "nothing": ({}, "one of the following is required: public, acl"),
}


@pytest.mark.parametrize(("options", "problem"), REFUSED.values(), ids=REFUSED)
def test_bad_input_makes_no_call(cloud: AlibabaCloud, run: Run, options: dict[str, Any], problem: str) -> None:
    assert problem in run(**options)["msg"]
    assert [entry for entry in cloud.journal() if entry["product"] == "cr"] == []


def test_a_refusal_with_http_200(run: Run) -> None:
    """IsSuccess is false, and nothing else says that it went wrong."""
    result = run(instance_id="cri-nobody", public=False)
    assert result["actions"][0]["error"]["code"] == "INSTANCE_NOT_EXIST"
    assert result["actions"][0]["error"]["request_id"]


def test_trouble_passes(cloud: AlibabaCloud, run: Run) -> None:
    """The load balancer behind the endpoint, and an answer that got lost."""
    open_endpoint(cloud)
    cloud.fail_next(ADD, error="SLB_SERVICE_ERROR", status=200, times=2)
    cloud.fail_next(ADD, drop="after", skip=2)
    cloud.delays.acl = 0.6
    assert run(acl=[{"entry": "10.0.0.1"}])["changed"]
    assert acl(cloud) == {"10.0.0.1/32": ""}


def test_somebody_else_takes_an_entry_away_first(cloud: AlibabaCloud, run: Run) -> None:
    open_endpoint(cloud, e1="", e2="")
    entries = cloud.account(UID_A).instances[INSTANCE].internet.entries
    cloud.before(REMOVE, lambda: entries.pop(1))
    assert run(acl=[{"entry": "10.0.0.2"}], purge_acl=True)["changed"]
    assert acl(cloud) == {"10.0.0.2/32": ""}


def test_a_write_that_fails_half_way_is_told(cloud: AlibabaCloud, run: Run) -> None:
    open_endpoint(cloud)
    cloud.fail_next(ADD, error="PARAMETER_ERROR", status=200, skip=1)
    result = run(acl=[{"entry": "10.0.0.1"}, {"entry": "10.0.0.2"}])
    assert result["failed"]
    assert result["changed"]
    assert "Written nevertheless" in result["msg"]
