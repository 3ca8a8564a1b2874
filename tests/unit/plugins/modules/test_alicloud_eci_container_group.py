# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""alicloud_eci_container_group in this process: identity, drift, waits, and what keeps images from being pulled."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud import eci_flow
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.eci_registries import check_accounts
from ansible_collections.crossaccount.registry.plugins.modules import alicloud_eci_container_group
from tests.lab.alicloud import AlibabaCloud
from tests.unit.plugins.conftest import UID_A, UID_B, RunModule

from .eci_world import IMAGE, INFO, INSTANCE, NETWORK, NEXT_IMAGE, OWN_IMAGE, SERVICE_ROLE, USER_ROLE, World, allow

CREATE, DELETE, DESCRIBE = "CreateContainerGroup", "DeleteContainerGroup", "DescribeContainerGroups"
GROUP: dict[str, Any] = {
    **NETWORK,
    "name": "payments",
    "containers": [{"name": "web", "image": IMAGE}],
    "vswitch_ids": ["vsw-1"],
    "acr_registry_info": INFO,
    "wait_timeout": 20,
    "pull_timeout": 0,
}
#: A registry of the same account, by a role that narrows down what is fetched.
OWN = {
    "containers": [{"name": "web", "image": OWN_IMAGE}],
    "acr_registry_info": [{"instance_id": "cri-own", "service_role_arn": SERVICE_ROLE}],
}
#: Runs the module for the group, unless said otherwise.
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def world(cloud: AlibabaCloud) -> World:
    return World(cloud)


@pytest.fixture
def run(world: World, run_alicloud: RunModule, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(eci_flow, "pauses", lambda: itertools.repeat(0.1))
    assert world.a.groups == {}
    return lambda **options: run_alicloud(alicloud_eci_container_group, **{**GROUP, **options})


def plain(result: dict[str, Any]) -> dict[str, Any]:
    """A result without what only ECI knows."""
    return {**result, "invocation": None, "container_group": None}


def test_create_again_change_and_delete(world: World, run: Run) -> None:
    check = run(check=True, diff=True)
    assert world.writes() == []
    real = run(diff=True)
    assert plain(check) == plain(real)
    assert real["container_group"]["status"] == "Running"
    assert world.writes() == [CREATE]
    again = run(diff=True)
    assert (again["changed"], again["diff"]) == (False, [])
    assert again["container_group"] == real["container_group"]
    other = {"containers": [{"name": "web", "image": NEXT_IMAGE}]}
    refused = run(**other)["msg"]
    assert f"{real['container_group']['id']} differs: containers is [" in refused
    assert "'recreate: changed' deletes it and creates it again" in refused
    assert world.writes() == []
    check = run(check=True, diff=True, recreate="changed", **other)
    changed = run(diff=True, recreate="changed", **other)
    assert plain(check) == plain(changed)
    assert changed["actions"][0]["replaced"]
    assert world.writes() == [DELETE, CREATE]
    assert run(state="absent")["summary"]["deleted"] == 1
    assert world.a.groups == {}
    assert not run(state="absent")["changed"]
    assert world.writes() == [DELETE]


def test_what_is_sent(world: World, run: Run) -> None:
    """Booleans are in lower case, numbers plain, and the tag is a hash without secrets."""
    container = {
        "name": "web",
        "image": OWN_IMAGE,
        "cpu": 0.5,
        "memory": 2,
        "command": ["sh", "-c"],
        "args": ["sleep"],
        "environment": {"B": 1, "A": "x"},
        "ports": [{"port": 80}],
    }
    login = {"server": "own-registry.cn-hangzhou.cr.aliyuncs.com", "user_name": "robot", "password": "Pz7-secret"}
    whole = {
        "containers": [container],
        "cpu": 2,
        "restart_policy": "OnFailure",
        "auto_create_eip": True,
        "acr_registry_info": None,
        "image_registry_credential": [login],
        "tags": {"team": "a"},
        "api_parameters": {"SpotStrategy": "NoSpot"},
    }
    result = run(diff=True, wait=False, **whole)
    assert "Pz7-secret" not in json.dumps(result)
    (entry,) = world.cloud.journal(operation=CREATE)
    sent = entry["parameters"]
    assert sent["AutoCreateEip"] == "true"
    assert (sent["Cpu"], sent["Container"][0]["Cpu"], sent["Container"][0]["Memory"]) == ("2", "0.5", "2")
    assert sent["Container"][0]["EnvironmentVar"] == [{"Key": "A", "Value": "x"}, {"Key": "B", "Value": "1"}]
    assert sent["ImageRegistryCredential"] == [{"Server": login["server"], "UserName": "robot", "Password": "(hidden)"}]
    assert {one["Key"] for one in sent["Tag"]} == {"team", "ansible-spec-sha256"}
    world.own.open_internet("0.0.0.0/0")
    other_password = {**whole, "image_registry_credential": [{**login, "password": "Qz8-secret"}]}
    assert not run(**other_password)["changed"]
    world.writes()


def test_what_eci_does_not_tell_is_noticed(run: Run) -> None:
    """AcrRegistryInfo can only be given when a group is created, and is never shown."""
    run()
    assert not run(acr_registry_info=[{**INFO[0], "service_role_arn": SERVICE_ROLE.replace("role-assume", "Role-Assume")}])["changed"]
    refused = run(acr_registry_info=[{"instance_id": INSTANCE}])
    assert "other options were given when it was made" in refused["msg"]
    assert not refused["changed"]


def test_a_group_of_somebody_else(world: World, run: Run) -> None:
    container = [{"Name": "web", "Image": IMAGE}]
    world.a.call("eci", CREATE, RegionId="cn-hangzhou", ContainerGroupName="payments", Container=container, VSwitchId="vsw-1")
    assert "nobody knows all that it was made with, because it has no tag ansible-spec-sha256" in run()["msg"]


def test_names_are_not_unique(world: World, run: Run) -> None:
    """Several are an error that lists their ids, and an id says which one is meant."""
    container = [{"Name": "web", "Image": IMAGE}]
    ids = [
        world.a.call("eci", CREATE, RegionId="cn-hangzhou", ContainerGroupName="payments", Container=container)["ContainerGroupId"]
        for _number in range(2)
    ]
    for options in ({}, {"state": "absent"}):
        message = run(**options)["msg"]
        assert f"there are 2 of this name: {ids[0]} (" in message
        assert ids[1] in message
    assert run(state="absent", container_group_id=ids[1])["changed"]
    assert list(world.a.groups) == [ids[0]]
    assert "there is none with the id eci-nobody and this name" in run(container_group_id="eci-nobody")["msg"]
    assert not run(state="absent", container_group_id="eci-nobody")["changed"]
    misspelled = run(state="absent", name="payment", container_group_id=ids[0])
    assert f"there is none with the id {ids[0]} and this name" in misspelled["msg"]
    for _number in range(11):
        world.a.call("eci", CREATE, RegionId="cn-hangzhou", ContainerGroupName="payments", Container=container)
    assert ") and 2 more; names are not unique" in run()["msg"]


def test_a_client_token_brings_nothing_back(world: World, run: Run) -> None:
    """Each task has tokens of its own, so that a deleted group is not told again; a repeated call has the same one."""
    world.cloud.fail_next(CREATE, drop="after")
    first = run()["container_group"]["id"]
    assert len(world.a.groups) == 1
    assert len({entry["client_token"] for entry in world.cloud.journal(operation=CREATE)}) == 1
    run(state="absent")
    assert run()["container_group"]["id"] != first
    assert len({entry["client_token"] for entry in world.cloud.journal(operation=CREATE)}) == 2


def test_check_mode_has_eci_check_the_request(world: World, run: Run) -> None:
    result = run(check=True, security_group_id="sg-unknown")
    assert result["actions"][0]["error"]["code"] == "InvalidSecurityGroupId.NotFound"
    assert "This is check mode" in result["msg"]
    run()
    world.writes()
    # Nothing is deleted for a request that would be refused.
    assert run(security_group_id="sg-unknown", recreate="changed")["failed"]
    assert world.writes() == []
    assert len(world.a.groups) == 1


def test_groups_that_failed_do_not_count(world: World, run: Run) -> None:
    failing = {"containers": [{"name": "web", "image": IMAGE, "command": ["false"]}], "restart_policy": "Never"}
    message = run(**failing)["msg"]
    assert "is Failed" in message
    assert "web: Terminated: Error: exit code 1" in message
    world.writes()
    succeeding = {**failing, "containers": [{"name": "web", "image": IMAGE, "command": ["true"]}]}
    assert run(**succeeding)["container_group"]["status"] == "Succeeded"
    assert world.writes() == [DELETE, CREATE]
    assert not run(**succeeding)["changed"]


def test_a_caller_who_sees_nothing(world: World, run: Run) -> None:
    """Who may not list groups is told that there are none."""
    key = world.a.user("blind", {"Version": "1", "Statement": [allow("eci:Create*", "ram:CreateServiceLinkedRole")]})
    result = run(access_key_id=key.id, access_key_secret=key.secret, wait_timeout=1)
    assert "who may not use eci:DescribeContainerGroups is shown an empty list" in result["msg"]
    assert result["changed"]


def test_waits_are_bounded_and_told(world: World, run: Run, tmp_path: Path) -> None:
    world.cloud.delays.group = 3600
    lines = tmp_path / "progress"
    lines.touch()
    result = run(wait_timeout=1, progress_file=str(lines))
    assert "is still Scheduling after 1 seconds" in result["msg"]
    assert "waiting: until eci-" in lines.read_text()
    assert result["changed"]
    world.cloud.delays.delete = 3600
    assert "is still Terminating after 1 seconds" in run(state="absent", wait_timeout=1)["msg"]
    assert not run(wait=False, check=True, state="absent")["changed"]


# -- why images cannot be pulled -------------------------------------------------------------------------------------


def nothing(_world: World) -> None:
    """Nothing is missing but for the options."""


def of(image: str) -> dict[str, Any]:
    return {"containers": [{"name": "web", "image": image}]}


BROKEN: dict[str, tuple[Callable[[World], Any], dict[str, Any], str]] = {
    "no endpoint entry": (lambda w: w.shared.open_internet("10.0.0.1/32"), {}, "no entry of its access list has the address"),
    "no endpoint": (lambda w: w.shared.close_internet(), {}, "the registry shared-registry.cn-hangzhou.cr.aliyuncs.com is not reached"),
    "no service role": (lambda w: w.a.roles.pop("role-assume"), {}, f"there is no role role-assume in account {UID_A}"),
    "no trust in ECI": (
        lambda w: w.trust(w.a, "role-assume", {"Service": ["ecs.aliyuncs.com"]}),
        {},
        f"the trust policy of role role-assume in account {UID_A} (service_role_arn) does not let eci.aliyuncs.com assume it",
    ),
    "no attachment": (
        lambda w: w.a.roles["role-assume"].attached.clear(),
        {},
        f"no policy that is attached to role role-assume in account {UID_A} (service_role_arn) allows sts:AssumeRole on {USER_ROLE}",
    ),
    "another role allowed": (
        lambda w: w.policy(w.a, "role-assume", allow("sts:AssumeRole", resource=f"acs:ram::{UID_B}:role/other")),
        {},
        "allows sts:AssumeRole on",
    ),
    "no user role": (lambda w: w.b.roles.pop("role-acr"), {}, f"there is no role role-acr in account {UID_B}"),
    "no trust in the role": (
        lambda w: w.trust(w.b, "role-acr", {"RAM": [f"acs:ram::{UID_A}:role/other"]}),
        {},
        f"the trust policy of role role-acr in account {UID_B} (user_role_arn) does not let {SERVICE_ROLE} assume it",
    ),
    "no attachment there": (
        lambda w: w.b.roles["role-acr"].attached.clear(),
        {},
        f"no policy that is attached to role role-acr in account {UID_B} (user_role_arn) allows cr:GetAuthorizationToken",
    ),
    "everything on the instance, nothing on *": (
        lambda w: w.policy(w.a, "role-assume", allow("cr:*", resource=f"acs:cr:*:{UID_A}:instance/cri-own")),
        OWN,
        "(service_role_arn) allows cr:GetAuthorizationToken on *",
    ),
    "no roles": (nothing, {"acr_registry_info": [{"instance_id": INSTANCE}]}, "the registry lets nobody in: without roles"),
    "no user role given": (
        lambda w: w.policy(w.a, "role-assume", allow("cr:*")),
        {"acr_registry_info": [{"instance_id": INSTANCE, "service_role_arn": SERVICE_ROLE}]},
        "the registry may be in another account, which needs 'user_role_arn'",
    ),
    "a domain of its own, without the instance": (
        lambda w: w.shared.add_domain("registry.example.com"),
        {**of("registry.example.com/apps/web:1.0"), "acr_registry_info": [{"service_role_arn": SERVICE_ROLE, "user_role_arn": USER_ROLE}]},
        "pull the image, a registry with a domain of its own needs 'instance_id', the registry may be in yet another account",
    ),
    "a domain of its own, without the instance, in this account": (
        lambda w: (w.own.add_domain("own.example.com"), w.policy(w.a, "role-assume", allow("cr:*"))),
        {**of("own.example.com/apps/web:1.0"), "acr_registry_info": [{"service_role_arn": SERVICE_ROLE}]},
        "it may lack the repository of the image, a registry with a domain of its own needs 'instance_id'",
    ),
    "no image": (nothing, of("shared-registry.cn-hangzhou.cr.aliyuncs.com/apps/web:9.9"), "the registry does not have the image"),
    "no such host": (
        nothing,
        of("nowhere.example.com/a/b:1"),
        "the domain of the image is unknown",
    ),
}


@pytest.mark.parametrize(("take_away", "options", "cause"), BROKEN.values(), ids=BROKEN)
def test_the_cause_is_named(world: World, run: Run, take_away: Callable[[World], Any], options: dict[str, Any], cause: str) -> None:
    """The group stays Pending, and no call has failed: events and RAM tell."""
    take_away(world)
    result = run(**options)
    assert cause in result["msg"]
    assert "is Pending and cannot pull its images" in result["msg"]
    assert "Failed to pull image" in result["msg"]
    assert result["changed"]


def test_a_pull_that_heals(world: World, run: Run) -> None:
    """A new role may be unknown for a while; and the next run goes on with the group that is there."""
    world.trust(world.b, "role-acr", {"RAM": [f"acs:ram::{UID_A}:role/other"]})
    assert run()["failed"]
    world.cloud.before(DESCRIBE, lambda: world.trust(world.b, "role-acr", {"RAM": [SERVICE_ROLE]}), skip=3)
    world.writes()
    healed = run(pull_timeout=30)
    assert not healed["changed"]
    assert healed["container_group"]["status"] == "Running"
    assert world.writes() == []


def test_ram_that_cannot_be_read(world: World, run: Run) -> None:
    """Then the texts alone have to do."""
    world.trust(world.b, "role-acr", {"RAM": [f"acs:ram::{UID_A}:role/other"]})
    key = world.a.user("eci", {"Version": "1", "Statement": [allow("eci:*", "ram:CreateServiceLinkedRole")]})
    assert "the trust policy of role role-acr" in run(access_key_id=key.id, access_key_secret=key.secret)["msg"]


# -- bad input -------------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "name": ({"name": "Payments"}, "'name' is 'Payments'; it must be 2 to 128 lower-case letters"),
    "user role alone": ({"acr_registry_info": [{"instance_id": INSTANCE, "user_role_arn": USER_ROLE}]}, "required by 'user_role_arn'"),
    "nobody": ({"acr_registry_info": [{"region_id": "cn-beijing"}]}, "one of the following is required: instance_id, service_role_arn"),
    "no ARN": ({"acr_registry_info": [{"service_role_arn": "role-assume"}]}, "'acr_registry_info[0].service_role_arn' is 'role-assume'"),
    "no instance": ({"acr_registry_info": [{"instance_id": "shared"}]}, "acr_registry_info[0]: 'instance_id' is 'shared'"),
    "no region id": ({"acr_registry_info": [{"instance_id": INSTANCE, "region_id": "Peking"}]}, "acr_registry_info[0]: 'region' is"),
    "no containers": ({"containers": []}, "'containers' is empty"),
    "twice": ({"containers": [{"name": "web", "image": IMAGE}] * 2}, "'containers' has web twice"),
    "a boolean": (
        {"containers": [{"name": "web", "image": IMAGE, "environment": {"DEBUG": True}}]},
        "the variable DEBUG is True; write its value in quotes",
    ),
    "too many vswitches": ({"vswitch_ids": ["vsw-1"] * 11}, "'vswitch_ids' has 11"),
    "our tag": ({"tags": {"ansible-spec-sha256": "x"}}, "is set by this module"),
    "too many tags": ({"tags": {f"t{number}": "" for number in range(20)}}, "ECI takes 20"),
    "said twice": ({"cpu": 2, "api_parameters": {"Cpu": 4}}, "api_parameters has Cpu, which other options say already"),
    "a token": ({"api_parameters": {"ClientToken": "x"}}, "'api_parameters' has ClientToken, which this module gives"),
    "no time": ({"pull_timeout": -1}, "'pull_timeout' is -1"),
}


@pytest.mark.parametrize(("options", "problem"), REFUSED.values(), ids=REFUSED)
def test_bad_input_makes_no_call(cloud: AlibabaCloud, run: Run, options: dict[str, Any], problem: str) -> None:
    cloud.clear_journal()
    assert problem in run(**options)["msg"]
    assert cloud.journal() == []


def test_roles_of_the_wrong_account(world: World, run: Run) -> None:
    result = run(acr_registry_info=[{"service_role_arn": USER_ROLE}])
    assert f"service_role_arn' is a role of account {UID_B}; the service assumes a role of the account" in result["msg"]
    both = [{"instance_id": INSTANCE, "service_role_arn": SERVICE_ROLE, "user_role_arn": SERVICE_ROLE}]
    assert not run(check=True, acr_registry_info=both).get("failed")
    (warning,) = check_accounts(both, UID_A)
    assert "both roles are in account" in warning
    assert world.writes() == []
