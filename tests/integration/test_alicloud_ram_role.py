# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RAM roles in two accounts, from nothing to nothing, in real playbooks."""

from __future__ import annotations

from tests.integration.alicloud_world import UID_A, UID_B, Alicloud, task, thrice, told_the_same
from tests.integration.tasks import shown

MODULE = "alicloud_ram_role"
STS, READ_ONLY = "AliyunSTSAssumeRoleAccess", "AliyunContainerRegistryReadOnlyAccess"
ASSUMING = {
    "name": "role-assume",
    "description": "Lets container instances pull",
    "trusted": [{"service": "eci.aliyuncs.com"}],
    "policies": [{"name": STS, "type": "System"}],
    "tags": {"team": "platform"},
}
PULLING = {
    "name": "Role-ACR",
    "trusted": [{"account": UID_A, "roles": ["role-assume"]}],
    "policies": [{"name": READ_ONLY, "type": "System"}],
    "uid": UID_B,
}


def test_two_roles_of_two_accounts(alicloud: Alicloud) -> None:
    cloud = alicloud.cloud
    keys = {uid: {"id": cloud.account(uid).key.id, "secret": cloud.account(uid).key.secret} for uid in (UID_A, UID_B)}
    run = alicloud.play(
        [
            *thrice("assuming", MODULE, **ASSUMING),
            *thrice("pulling", MODULE, **PULLING),
            task("trust somebody else, too", MODULE, name="role-acr", trusted=[{"account": UID_B}], uid=UID_B),
            task("the first one no more", MODULE, name="role-acr", trusted=PULLING["trusted"], trust_state="absent", uid=UID_B),
            task("bad input", MODULE, name="role-new", trusted=[{"service": "eci.aliyuncs.com"}], max_session_duration=1, ignore=True),
            task("in use", MODULE, name="role-acr", state="absent", uid=UID_B, ignore=True),
            *thrice("gone", MODULE, name="role-acr", state="absent", force=True, uid=UID_B),
        ],
        variables={"keys": keys},
    )
    assuming = told_the_same(run, "assuming", "role_id")
    assert assuming["arn"] == f"acs:ram::{UID_A}:role/role-assume"
    assert "Service:eci.aliyuncs.com gains sts:AssumeRole" in shown(assuming)
    role = cloud.account(UID_A).roles["role-assume"]
    assert (role.description, role.tags, [item.name for item in role.attached]) == (ASSUMING["description"], {"team": "platform"}, [STS])
    pulling = told_the_same(run, "pulling", "role_id")
    assert (pulling["arn"], pulling["account_id"]) == (f"acs:ram::{UID_B}:role/role-acr", UID_B)
    assert f"acs:ram::{UID_A}:role/role-assume gains sts:AssumeRole" in shown(pulling)
    assert run["trust somebody else, too"]["actions"][0]["settings_changed"] == ["trust_policy"]
    assert f"acs:ram::{UID_A}:role/role-assume loses sts:AssumeRole" in shown(run["the first one no more"])
    assert run["the first one no more"]["actions"][0]["settings"]["trust_policy"]["Statement"] == [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{UID_B}:root"]}}
    ]
    assert run["bad input"].msg.startswith("'max_session_duration' is 1")
    assert f"the role has policies ({READ_ONLY} (System))" in run["in use"].msg
    gone = told_the_same(run, "gone", "role_id")
    assert gone["actions"][0]["action"] == "deleted"
    assert sorted(cloud.account(UID_A).roles) == ["role-assume"]
    assert not cloud.account(UID_B).roles
    assert cloud.writes(account=UID_A) == ["CreateRole", "AttachPolicyToRole"]
