# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""alicloud_eci_image_cache in this process: updates and what they forget, sizes, waits."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud import eci_flow
from ansible_collections.crossaccount.registry.plugins.modules import alicloud_eci_image_cache
from tests.lab.alicloud import AlibabaCloud
from tests.unit.plugins.conftest import RunModule

from .eci_world import IMAGE, INFO, NETWORK, NEXT_IMAGE, OWN_IMAGE, World

CREATE, UPDATE, DELETE = "CreateImageCache", "UpdateImageCache", "DeleteImageCache"
CACHE: dict[str, Any] = {
    **NETWORK,
    "name": "web",
    "images": [IMAGE],
    "vswitch_id": "vsw-1",
    "acr_registry_info": INFO,
    "wait_timeout": 20,
    "pull_timeout": 0,
}
#: Runs the module for the cache, unless said otherwise.
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def world(cloud: AlibabaCloud) -> World:
    return World(cloud)


@pytest.fixture
def run(world: World, run_alicloud: RunModule, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(eci_flow, "pauses", lambda: itertools.repeat(0.1))
    assert world.a.caches == {}
    return lambda **options: run_alicloud(alicloud_eci_image_cache, **{**CACHE, **options})


def plain(result: dict[str, Any]) -> dict[str, Any]:
    """A result without what only ECI knows."""
    return {**result, "invocation": None, "image_cache": None}


def test_create_again_and_delete(world: World, run: Run) -> None:
    check = run(check=True, diff=True, size=20)
    assert world.writes() == []
    real = run(diff=True, size=20)
    assert plain(check) == plain(real)
    assert real["image_cache"]["status"] == "Ready"
    assert world.writes() == [CREATE]
    assert not run(size=20)["changed"]
    assert run(state="absent")["summary"]["deleted"] == 1
    assert not run(state="absent")["changed"]
    assert world.writes() == [DELETE]


def test_a_cache_with_roles_is_made_anew(world: World, run: Run) -> None:
    """An update would forget them."""
    run()
    other = {"images": [NEXT_IMAGE, IMAGE]}
    assert "an update would lose the roles of 'acr_registry_info'" in run(**other)["msg"]
    world.writes()
    assert run(recreate="changed", **other)["actions"][0]["replaced"]
    assert world.writes() == [DELETE, CREATE]


def test_a_cache_without_roles_is_updated(world: World, run: Run) -> None:
    own = {"acr_registry_info": [{"instance_id": "cri-own"}], "images": [OWN_IMAGE]}
    first = run(**own)["image_cache"]["id"]
    bigger = run(**own, size=30, tags={"team": "a"})
    assert bigger["changed"], bigger["msg"]
    assert (bigger["image_cache"]["id"], bigger["image_cache"]["status"]) == (first, "Ready")
    assert not run(**own, size=30, tags={"team": "a"})["changed"]
    assert world.writes() == [CREATE, UPDATE]


def test_a_cache_whose_update_failed_is_updated_again(world: World, run: Run) -> None:
    own = {"acr_registry_info": [{"instance_id": "cri-own"}], "images": [OWN_IMAGE]}
    (cache,) = [run(**own)["image_cache"]["id"]]
    world.a.caches[cache].status = "UpdateFailed"
    world.writes()
    assert run(**own)["changed"]
    assert world.writes() == [UPDATE]
    world.a.caches[cache].status = "Creating"
    assert run(**own, size=30)["changed"]


def test_a_build_without_a_network(world: World, run: Run) -> None:
    """It stays in Preparing with 0 %."""
    world.a.add_vswitch("vsw-1", "vpc-1")
    message = run(wait_timeout=3, pull_timeout=60)["msg"]
    assert "is still Preparing (0%) after 3 seconds" in message
    assert "is not reached" in message or "gets no further" in message


def test_a_failed_cache_makes_room(world: World, run: Run) -> None:
    world.shared.close_internet()
    first = run()
    assert first["failed"]
    (cache,) = world.a.caches.values()
    cache.status = "Failed"
    world.shared.open_internet("0.0.0.0/0")
    world.writes()
    assert run()["summary"]["created"] == 1
    assert world.writes() == [DELETE, CREATE]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "too small": ({"size": 10}, "'size' is 10; ECI makes at least 20 GiB"),
    "no images": ({"images": []}, "'images' has 0; an image cache has 1 to 20"),
    "too many": ({"images": [f"a/b:{number}" for number in range(21)]}, "'images' has 21"),
    "no days": ({"retention_days": 0}, "'retention_days' is 0"),
    "no instance": ({"acr_registry_info": [{"service_role_arn": INFO[0]["service_role_arn"]}]}, "has no 'instance_id'"),
}


@pytest.mark.parametrize(("options", "problem"), REFUSED.values(), ids=REFUSED)
def test_bad_input_makes_no_call(cloud: AlibabaCloud, run: Run, options: dict[str, Any], problem: str) -> None:
    cloud.clear_journal()
    assert problem in run(**options)["msg"]
    assert cloud.journal() == []
