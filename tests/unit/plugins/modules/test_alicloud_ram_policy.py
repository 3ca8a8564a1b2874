# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""alicloud_ram_policy in this process: the exact calls, versions, what is refused, and RAM in trouble."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.modules import alicloud_ram_policy
from tests.lab.alicloud import AlibabaCloud
from tests.unit.plugins.conftest import UID_A, RunModule

#: Runs the module, with the name pull unless said otherwise.
Run = Callable[..., dict[str, Any]]


def allow(*actions: str, resource: Any = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


PULL, LIST = allow("cr:PullRepository"), allow("cr:ListRepository")


@pytest.fixture
def run(run_alicloud: RunModule) -> Run:
    return lambda **options: run_alicloud(alicloud_ram_policy, **{"name": "pull", **options})


def operations(cloud: AlibabaCloud) -> list[str]:
    """What was asked since the last time."""
    asked = [entry["operation"] for entry in cloud.journal()]
    cloud.clear_journal()
    return asked


def versions(cloud: AlibabaCloud) -> dict[str, bool]:
    """The versions and which one is the default."""
    return {version.id: version.is_default for version in cloud.account(UID_A).policies["pull"].versions}


def details(result: dict[str, Any]) -> dict[str, Any]:
    (action,) = result["actions"]
    return dict(action)


def test_create_update_and_delete(cloud: AlibabaCloud, run: Run) -> None:
    check = run(check=True, diff=True, statements=[PULL], description="d")
    assert operations(cloud) == ["GetCallerIdentity", "GetPolicy", "GetPolicy"]
    real = run(diff=True, statements=[PULL], description="d")
    assert operations(cloud) == ["GetCallerIdentity", "GetPolicy", "GetPolicy", "CreatePolicy", "GetPolicy"]
    assert {**check, "invocation": None} == {**real, "invocation": None}
    assert details(real)["access_changes"][0]["actions_gained"] == ["cr:PullRepository"]
    again = run(diff=True, statements=[PULL], description="d")
    assert (again["changed"], again["diff"]) == (False, [])
    assert operations(cloud) == ["GetCallerIdentity", "GetPolicy"]
    run(statements=[PULL, LIST])
    assert operations(cloud) == [
        "GetCallerIdentity",
        "GetPolicy",
        "ListPolicyVersions",
        "ListPolicyVersions",
        "CreatePolicyVersion",
        "GetPolicy",
    ]
    assert versions(cloud) == {"v1": False, "v2": True}
    run(description="e")
    assert operations(cloud) == ["GetCallerIdentity", "GetPolicy", "UpdatePolicyDescription", "GetPolicy"]
    assert run(state="absent")["summary"]["deleted"] == 1
    assert operations(cloud) == ["GetCallerIdentity", "GetPolicy", "DeletePolicy", "GetPolicy"]
    assert not run(state="absent")["changed"]


def test_another_spelling_is_no_change(cloud: AlibabaCloud, run: Run) -> None:
    """Terraform takes the order of lists and statements, and one item for a list, for differences."""
    run(policy={"Version": "1", "Statement": [allow("cr:PullRepository", "cr:GetRepository", resource=["a", "b"]), LIST]})
    cloud.clear_journal()
    respelled = [
        {"Resource": ["*"], "Action": "cr:listrepository", "Effect": "Allow"},
        allow("cr:GetRepository", "cr:PullRepository", resource=["b", "a"]),
    ]
    assert not run(policy=json.dumps({"Version": "1", "Statement": respelled}))["changed"]
    assert cloud.writes() == []


def test_an_older_version_is_made_the_default_again(cloud: AlibabaCloud, run: Run) -> None:
    """Terraform makes a new one, until there is no room."""
    run(statements=[PULL])
    run(statements=[LIST])
    cloud.clear_journal()
    check = run(check=True, statements=[{**PULL, "Action": "cr:pullrepository"}])
    assert cloud.writes() == []
    real = run(statements=[{**PULL, "Action": "cr:pullrepository"}])
    assert details(check) == details(real)
    assert details(real)["version_made_default"] == "v1"
    assert cloud.writes() == ["SetDefaultPolicyVersion"]
    assert versions(cloud) == {"v1": True, "v2": False}
    assert details(run(statements=[PULL]))["version_made_default"] is None


def test_the_oldest_version_makes_room(cloud: AlibabaCloud, run: Run) -> None:
    for at in range(5):
        run(statements=[allow(f"cr:Action{at}")])
    assert versions(cloud) == {"v1": False, "v2": False, "v3": False, "v4": False, "v5": True}
    refused = run(statements=[PULL], rotate=False)
    assert "the policy has as many versions as RAM allows; give 'rotate: true'" in refused["msg"]
    assert "LimitExceeded.Policy.Version" in refused["msg"]
    assert not refused["changed"]
    assert run(statements=[PULL])["changed"]
    assert versions(cloud) == {"v2": False, "v3": False, "v4": False, "v5": False, "v6": True}


def test_a_policy_that_is_used_is_only_deleted_by_force(cloud: AlibabaCloud, run: Run) -> None:
    run(statements=[PULL])
    run(statements=[LIST])
    account = cloud.account(UID_A)
    trust = json.dumps(
        {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "eci.aliyuncs.com"}}]}
    )
    account.call("ram", "CreateRole", RoleName="role-x", AssumeRolePolicyDocument=trust)
    account.call("ram", "AttachPolicyToRole", PolicyType="Custom", PolicyName="pull", RoleName="role-x")
    account.user("robot")
    account.call("ram", "AttachPolicyToUser", PolicyType="Custom", PolicyName="pull", UserName="robot")
    cloud.clear_journal()
    for check in (True, False):
        assert "the policy is attached to 2 users, groups or roles; give 'force: true'" in run(state="absent", check=check)["msg"]
    assert cloud.writes() == []
    cloud.before(
        "DetachPolicyFromRole",
        lambda: account.call("ram", "DetachPolicyFromRole", PolicyType="Custom", PolicyName="pull", RoleName="role-x"),
    )
    assert run(state="absent", force=True)["changed"]
    assert cloud.writes() == ["DetachPolicyFromUser", "DeletePolicy"]
    assert "pull" not in account.policies


def test_what_was_written_before_a_refusal_is_told(cloud: AlibabaCloud, run: Run) -> None:
    """The new version is there, although the description is the old one."""
    run(statements=[PULL])
    user = cloud.account(UID_A).user("half", {"Version": "1", "Statement": [allow("ram:Get*", "ram:List*", "ram:CreatePolicyVersion")]})
    result = run(statements=[LIST], description="new", access_key_id=user.id, access_key_secret=user.secret)
    assert result["changed"]
    assert "allow it ram:UpdatePolicyDescription in a RAM policy" in result["msg"]
    assert "Written nevertheless: 1 of those that failed" in result["msg"]
    assert versions(cloud) == {"v1": False, "v2": True}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "name": ({"name": "a_b", "statements": [PULL]}, "'name' is 'a_b'; a policy's name has 1 to 128 letters, digits and -"),
    "nothing": ({"statements": []}, "the policy has no statement"),
    "principal": ({"statements": [{**PULL, "Principal": {"RAM": "*"}}]}, "statement #1: a policy has no Principal"),
    "resource": ({"statements": [{"Effect": "Allow", "Action": "cr:*"}]}, "statement #1: Resource is missing"),
    "no JSON": ({"policy": "{"}, "the policy document is not valid JSON"),
    "description": ({"description": "x" * 1025}, "'description' has 1025 characters"),
}


@pytest.mark.parametrize(("options", "problem"), REFUSED.values(), ids=REFUSED)
def test_refused_before_any_call(cloud: AlibabaCloud, run: Run, options: dict[str, Any], problem: str) -> None:
    assert problem in run(**options)["msg"]
    assert operations(cloud) == []


def test_refused_before_any_write(cloud: AlibabaCloud, run: Run) -> None:
    assert f"there is no custom policy pull in account {UID_A}; give 'policy'" in run(description="d")["msg"]
    system = run(name="aliyunstsassumeroleaccess", statements=[PULL])
    assert "Alibaba Cloud has a system policy of this name" in system["msg"]
    assert cloud.writes() == []


def test_how_long_a_document_may_be_is_for_ram_to_say(cloud: AlibabaCloud, run: Run) -> None:
    """Old accounts had 2,048 characters, new ones have 6,144: only the service knows."""
    names = [f"acs:cr:*:*:repository/cri-a/{'long-' * 30}{at}" for at in range(40)]
    assert run(statements=[allow("cr:PullRepository", resource=names[:20])])["changed"]
    refused = run(statements=[allow("cr:PullRepository", resource=names)])
    assert "InvalidParameter.PolicyDocument.Length" in refused["msg"]
    assert "the document is too long; name fewer resources" in refused["msg"]
    assert versions(cloud) == {"v1": True}


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"drop": "before"}, {"error": "ServiceUnavailable", "status": 503}], ids=str)
@pytest.mark.parametrize("operation", ["CreatePolicy", "CreatePolicyVersion", "DeletePolicy"])
def test_a_lost_answer_is_looked_up(cloud: AlibabaCloud, run: Run, operation: str, fault: dict[str, Any]) -> None:
    cloud.fail_next(operation, **fault)
    for options in ({"statements": [PULL]}, {"statements": [LIST]}, {"state": "absent"}):
        result = run(**options)
        assert not result.get("failed"), result["msg"]
        assert result["changed"]
    assert cloud.writes() == ["CreatePolicy", "CreatePolicyVersion", "DeletePolicy"]


def test_somebody_else_creates_the_policy_at_the_same_time(cloud: AlibabaCloud, run: Run) -> None:
    cloud.fail_next("CreatePolicy", race=True)
    assert not run(statements=[PULL]).get("failed")
    assert versions(cloud) == {"v1": True}


def test_ram_learns_late(cloud: AlibabaCloud, run: Run) -> None:
    cloud.set_faults({"profile": "eventual-consistency", "seconds": 1.0})
    for options in ({"statements": [PULL]}, {"statements": [LIST]}, {"statements": [PULL]}, {"state": "absent"}):
        result = run(**options)
        assert not result.get("failed"), result["msg"]
        assert not run(**options)["changed"]
    assert cloud.writes() == ["CreatePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicy"]
