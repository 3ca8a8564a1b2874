# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""alicloud_ram_role in this process: the exact calls, what is refused before any of them, and RAM in trouble."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.modules import alicloud_ram_role
from tests.lab.alicloud import AlibabaCloud
from tests.unit.plugins.conftest import UID_A, UID_B, RunModule

ECI = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["eci.aliyuncs.com"]}}
BY_ECI = [{"service": "eci.aliyuncs.com"}]
STS = {"name": "AliyunSTSAssumeRoleAccess", "type": "System"}
READ_ONLY = {"name": "AliyunContainerRegistryReadOnlyAccess", "type": "System"}
READS = ["GetCallerIdentity", "GetRole", "ListPoliciesForRole"]
#: Runs the module, with the name role-x unless said otherwise.
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(run_alicloud: RunModule) -> Run:
    return lambda **options: run_alicloud(alicloud_ram_role, **{"name": "role-x", **options})


def operations(cloud: AlibabaCloud) -> list[str]:
    """What was asked since the last time."""
    asked = [entry["operation"] for entry in cloud.journal()]
    cloud.clear_journal()
    return asked


def seed(cloud: AlibabaCloud, *statements: dict[str, Any], name: str = "role-x", uid: str = UID_A, **more: Any) -> None:
    """A role that somebody else has made."""
    document = json.dumps({"Version": "1", "Statement": list(statements) or [ECI]})
    cloud.account(uid).call("ram", "CreateRole", RoleName=name, AssumeRolePolicyDocument=document, **more)


def trust(cloud: AlibabaCloud, name: str = "role-x") -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = json.loads(cloud.account(UID_A).roles[name].trust)["Statement"]
    return statements


def attached(cloud: AlibabaCloud, name: str = "role-x") -> list[str]:
    return [item.name for item in cloud.account(UID_A).roles[name].attached]


# -- the ordered calls -----------------------------------------------------------------------------------------------


def test_create_again_and_delete(cloud: AlibabaCloud, run: Run) -> None:
    whole = {"trusted": BY_ECI, "description": "d", "max_session_duration": 7200, "policies": [STS], "tags": {"team": "a"}}
    check = run(check=True, diff=True, **whole)
    assert operations(cloud) == ["GetCallerIdentity", "GetRole", "GetPolicy"]
    real = run(diff=True, **whole)
    assert operations(cloud) == [
        *("GetCallerIdentity", "GetRole", "GetPolicy", "GetRole", "CreateRole", "AttachPolicyToRole"),
        *("GetRole", "ListPoliciesForRole", "ListTagResources"),
    ]
    assert {**check, "role_id": real["role_id"], "invocation": None} == {**real, "invocation": None}
    assert (real["arn"], real["account_id"], check["role_id"]) == (f"acs:ram::{UID_A}:role/role-x", UID_A, None)
    assert real["role_id"] == cloud.account(UID_A).roles["role-x"].id
    again = run(diff=True, **whole)
    assert (again["changed"], again["diff"]) == (False, [])
    assert operations(cloud) == [*READS, "ListTagResources"]
    gone = run(state="absent", force=True)
    assert operations(cloud) == [*READS, "GetRole", "ListPoliciesForRole", "DetachPolicyFromRole", "DeleteRole", "GetRole"]
    assert gone["summary"]["deleted"] == 1
    assert not run(state="absent")["changed"]
    assert operations(cloud) == ["GetCallerIdentity", "GetRole"]


def test_only_what_differs_is_sent(cloud: AlibabaCloud, run: Run) -> None:
    seed(cloud, Description="d", MaxSessionDuration=3600)
    result = run(description="e", max_session_duration=3600)
    assert result["actions"][0]["settings_changed"] == ["description"]
    (update,) = cloud.journal(operation="UpdateRole")
    assert update["parameters"] == {"RoleName": "role-x", "NewDescription": "e"}
    assert cloud.account(UID_A).roles["role-x"].max_session_duration == 3600
    assert not run()["changed"]


def test_names_are_the_same_in_any_case(cloud: AlibabaCloud, run: Run) -> None:
    """RAM shows ARNs in lower case, and takes names of policies in any."""
    seed(cloud, name="Role-Other")
    entry = [{"account": UID_A, "roles": ["Role-Other"]}]
    assert run(name="Role-X", trusted=entry, policies=[STS])["arn"] == f"acs:ram::{UID_A}:role/role-x"
    lower = [{"account": UID_A, "roles": ["role-other"]}]
    assert not run(name="role-x", trusted=lower, policies=[{**STS, "name": "aliyunstsassumeroleaccess"}], purge_policies=True)["changed"]


# -- trust -----------------------------------------------------------------------------------------------------------


def test_statements_of_others_stay(cloud: AlibabaCloud, run: Run) -> None:
    others = {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"RAM": f"acs:ram::{UID_B}:root"}}
    seed(cloud, others)
    result = run(trusted=BY_ECI)
    assert trust(cloud) == [others, ECI]
    assert result["actions"][0]["access_changes"] == [
        {
            "principal": "Service:eci.aliyuncs.com",
            "resource": "*",
            "condition": "",
            "actions_gained": ["sts:AssumeRole"],
            "actions_lost": [],
        }
    ]
    run(trusted=BY_ECI, trust_state="absent")
    assert trust(cloud) == [others]
    run(trusted=BY_ECI, trust_state="exact")
    assert trust(cloud) == [ECI]


def test_another_spelling_is_no_change(cloud: AlibabaCloud, run: Run) -> None:
    """Peers compare texts: the order of keys and lists, and one item for a list, were changes for ever."""
    spelled = {
        "Principal": {"Service": "eci.aliyuncs.com", "RAM": [f"acs:ram::{UID_B}:root"]},
        "Action": ["sts:AssumeRole"],
        "Effect": "Allow",
    }
    seed(cloud, spelled)
    whole = [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": f"acs:ram::{UID_B}:root", "Service": ["eci.aliyuncs.com"]}}
    ]
    cloud.clear_journal()
    assert not run(statements=whole, trust_state="exact")["changed"]
    assert not run(policy={"Version": "1", "Statement": whole}, trust_state="exact")["changed"]
    assert not run(trusted=[*BY_ECI, {"account": UID_B}])["changed"]
    assert cloud.writes() == []


def test_one_of_many_is_taken_out(cloud: AlibabaCloud, run: Run) -> None:
    seed(cloud, {**ECI, "Principal": {"Service": ["eci.aliyuncs.com", "ecs.aliyuncs.com"], "RAM": [f"acs:ram::{UID_B}:root"]}})
    run(trusted=BY_ECI, trust_state="absent")
    assert trust(cloud)[0]["Principal"] == {"Service": ["ecs.aliyuncs.com"], "RAM": [f"acs:ram::{UID_B}:root"]}


def test_federations(cloud: AlibabaCloud, run: Run) -> None:
    oidc, saml = (cloud.account(UID_A).add_identity_provider(f"{kind}-provider", kind) for kind in ("oidc", "saml"))
    entries = [
        {
            "oidc_provider": oidc,
            "issuer": "https://oidc.example.com",
            "audience": "sts.aliyuncs.com",
            "subjects": ["system:serviceaccount:a:b"],
        },
        {"saml_provider": saml},
    ]
    assert run(trusted=entries)["changed"]
    assert not run(trusted=entries)["changed"]


# -- policies and tags -----------------------------------------------------------------------------------------------


def test_policies_are_added_and_purged(cloud: AlibabaCloud, run: Run) -> None:
    seed(cloud)
    cloud.account(UID_A).call("ram", "AttachPolicyToRole", PolicyType="System", PolicyName=STS["name"], RoleName="role-x")
    run(policies=[READ_ONLY])
    assert attached(cloud) == [STS["name"], READ_ONLY["name"]]
    cloud.clear_journal()
    run(policies=[READ_ONLY], purge_policies=True)
    assert attached(cloud) == [READ_ONLY["name"]]
    assert cloud.writes() == ["DetachPolicyFromRole"]
    run(policies=[STS], purge_policies=True)
    assert cloud.writes() == ["DetachPolicyFromRole", "AttachPolicyToRole", "DetachPolicyFromRole"]
    assert not run()["changed"]


def test_tags(cloud: AlibabaCloud, run: Run) -> None:
    seed(cloud, Tag='[{"Key":"team","Value":"a"},{"Key":"old","Value":"x"}]')
    run(tags={"team": "b"}, purge_tags=False)
    assert cloud.account(UID_A).roles["role-x"].tags == {"team": "b", "old": "x"}
    run(tags={"team": "b"})
    assert cloud.account(UID_A).roles["role-x"].tags == {"team": "b"}
    cloud.clear_journal()
    assert not run(tags={"team": "b"})["changed"]
    assert not run()["changed"]
    assert operations(cloud).count("ListTagResources") == 1


# -- refused before anything is written ------------------------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "name": ({"name": "a b"}, "'name' is 'a b'; a role's name has"),
    "description": ({"description": ""}, "'description' has 0 characters; RAM takes 1 to 1,024, and cannot take one away again"),
    "duration": ({"max_session_duration": 60}, "'max_session_duration' is 60; it must be 3,600 to 43,200 seconds"),
    "policy": ({"policies": [{"name": "a_b", "type": "Custom"}]}, "'policies' has 'a_b'"),
    "tag": ({"tags": {"acs:x": "y"}}, "the tag 'acs:x' begins with"),
    "trusted": ({"trusted": [{}]}, "trusted[0] names nobody"),
    "statement": ({"statements": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}, "statement #1: Principal is missing"),
    "resource": ({"statements": [{**ECI, "Resource": "*"}]}, "statement #1: a trust policy has no Resource"),
    "Sid": ({"statements": [{**ECI, "Sid": "Eci"}]}, "statement Eci: unknown element Sid"),
    "version of AWS": ({"policy": {"Version": "2012-10-17", "Statement": [ECI]}}, "Version is '2012-10-17', it must be one of: 1"),
    "bare account": (
        {"statements": [{**ECI, "Principal": {"RAM": [UID_B]}}]},
        f"statement #1: Principal has '{UID_B}'; write acs:ram::ACCOUNT:root for a whole account",
    ),
    "session": (
        {"statements": [{**ECI, "Principal": {"RAM": f"acs:sts::{UID_B}:assumed-role/a/b"}}]},
        f"statement #1: Principal has 'acs:sts::{UID_B}:assumed-role/a/b'; write",
    ),
    "account": ({"allowed_accounts": [1]}, "'allowed_accounts' is 1;"),
}


@pytest.mark.parametrize(("options", "problem"), REFUSED.values(), ids=REFUSED)
def test_refused_before_any_call(cloud: AlibabaCloud, run: Run, options: dict[str, Any], problem: str) -> None:
    assert run(**options)["msg"].startswith(problem)
    assert operations(cloud) == []


HALF = {"Effect": "Allow", "Action": ["ram:Get*", "ram:List*", "ram:UpdateRole"], "Resource": "*"}
EVERYONE = {**ECI, "Principal": {"RAM": "*"}}
REFUSED_LATER: dict[str, tuple[dict[str, Any], str]] = {
    "no role": (
        {"name": "role-new", "description": "d"},
        f"there is no role role-new in account {UID_A}, and nothing says whom a new one trusts",
    ),
    "nobody left": ({"trusted": BY_ECI, "trust_state": "absent"}, "the role would trust nobody any more"),
    "system policy": ({"policies": [{"name": "AliyunNoSuchAccess", "type": "System"}]}, "there is no system policy AliyunNoSuchAccess"),
    "everyone": ({"statements": [EVERYONE]}, "statement #1 allows everyone"),
    "foreign account": (
        {"trusted": [{"account": UID_B}], "allowed_accounts": ["1777777777000001"]},
        f"statement #1 allows {UID_B}, outside of 'allowed_accounts'",
    ),
    "service-linked": ({"name": "AliyunServiceRoleForECI", "description": "x"}, "AliyunServiceRoleForECI is a service-linked role"),
    "service-linked, too": (
        {"name": "aliyunserviceroleforeci", "state": "absent", "force": True},
        "aliyunserviceroleforeci is a service-linked",
    ),
    "wait": ({"wait_timeout": -1}, "'wait_timeout' is -1"),
}


@pytest.mark.parametrize(("options", "problem"), REFUSED_LATER.values(), ids=REFUSED_LATER)
@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
def test_refused_before_any_write(cloud: AlibabaCloud, run: Run, options: dict[str, Any], problem: str, check: bool) -> None:
    seed(cloud)
    cloud.account(UID_A).add_service_role("AliyunServiceRoleForECI", "eci.aliyuncs.com")
    cloud.clear_journal()
    result = run(check=check, **options)
    assert problem in result["msg"]
    assert not result.get("changed")
    assert cloud.writes() == []


def test_a_role_with_policies_is_only_deleted_by_force(cloud: AlibabaCloud, run: Run) -> None:
    run(trusted=BY_ECI, policies=[STS, READ_ONLY])
    cloud.clear_journal()
    refused = run(state="absent")
    assert "the role has policies (AliyunContainerRegistryReadOnlyAccess (System), AliyunSTSAssumeRoleAccess (System))" in refused["msg"]
    assert cloud.writes() == []
    assert run(state="absent", force=True)["changed"]
    assert cloud.writes() == ["DetachPolicyFromRole", "DetachPolicyFromRole", "DeleteRole"]


# -- others, and trouble ---------------------------------------------------------------------------------------------


def test_somebody_else_detaches_at_the_same_time(cloud: AlibabaCloud, run: Run) -> None:
    """A peer stopped there, and left a role without policies behind."""
    run(trusted=BY_ECI, policies=[STS, READ_ONLY])
    account = cloud.account(UID_A)
    policy = {"PolicyType": "System", "PolicyName": READ_ONLY["name"], "RoleName": "role-x"}
    cloud.before("DetachPolicyFromRole", lambda: account.call("ram", "DetachPolicyFromRole", **policy))
    assert run(state="absent", force=True)["summary"]["deleted"] == 1
    assert "role-x" not in account.roles


def test_somebody_else_creates_the_role_at_the_same_time(cloud: AlibabaCloud, run: Run) -> None:
    cloud.fail_next("CreateRole", race=True)
    result = run(trusted=BY_ECI, description="d", policies=[STS])
    assert not result.get("failed"), result["msg"]
    assert attached(cloud) == [STS["name"]]


def test_a_policy_is_attached_twice(cloud: AlibabaCloud, run: Run) -> None:
    seed(cloud)
    cloud.fail_next("AttachPolicyToRole", race=True)
    assert run(policies=[STS])["changed"]
    assert attached(cloud) == [STS["name"]]


@pytest.mark.parametrize("operation", ["CreateRole", "AttachPolicyToRole"])
@pytest.mark.parametrize("fault", [{"drop": "after"}, {"drop": "before"}, {"error": "ServiceUnavailable", "status": 503}], ids=str)
def test_a_lost_answer_is_looked_up(cloud: AlibabaCloud, run: Run, operation: str, fault: dict[str, Any]) -> None:
    cloud.fail_next(operation, **fault)
    result = run(trusted=BY_ECI, policies=[STS])
    assert not result.get("failed"), result["msg"]
    assert sorted(cloud.writes()) == ["AttachPolicyToRole", "CreateRole"]


def test_ram_learns_late(cloud: AlibabaCloud, run: Run) -> None:
    """What was written reads as before for a while; the task ends when it is visible."""
    seed(cloud, name="role-friend")
    cloud.set_faults({"profile": "eventual-consistency", "seconds": 1.0})
    options = {"trusted": [{"account": UID_A, "roles": ["role-friend"]}], "policies": [STS]}
    result = run(**options)
    assert not result.get("failed"), result["msg"]
    assert not run(**options)["changed"]
    assert run(description="new")["changed"]
    deleted = run(state="absent", force=True)
    assert not deleted.get("failed"), deleted["msg"]
    assert not run(state="absent")["changed"]


def test_a_principal_that_does_not_come(run: Run) -> None:
    result = run(trusted=[{"account": UID_B, "roles": ["nobody"]}], wait_timeout=1)
    assert "RAM does not know a principal of the trust policy (yet) (waited 1 seconds)" in result["msg"]
    assert "MalformedPolicyDocument" in result["msg"]
    assert not result["changed"]
    assert result["actions"][0]["error"]["code"] == "MalformedPolicyDocument"


def test_what_cannot_come_is_not_waited_for(cloud: AlibabaCloud, run: Run) -> None:
    """Nobody has to wait for what is misspelled."""
    result = run(statements=[EVERYONE], allow_public=True)
    assert "MalformedPolicyDocument" in result["msg"]
    assert "waited" not in result["msg"]
    assert len(cloud.journal(operation="CreateRole")) == 1


def test_what_was_written_before_a_refusal_is_told(cloud: AlibabaCloud, run: Run) -> None:
    """The role is there, although its policies are not."""
    result = run(trusted=BY_ECI, policies=[{"name": "nobody", "type": "Custom"}], wait_timeout=0)
    assert result["changed"]
    assert "Written nevertheless: 1 of those that failed" in result["msg"]
    assert "role-x" in cloud.account(UID_A).roles
    user = cloud.account(UID_A).user("half", {"Version": "1", "Statement": [HALF]})
    result = run(description="new", policies=[STS], access_key_id=user.id, access_key_secret=user.secret)
    assert result["changed"]
    assert "allow it ram:AttachPolicyToRole in a RAM policy" in result["msg"]
    assert cloud.account(UID_A).roles["role-x"].description == "new"
    assert not run(policies=[STS], access_key_id=user.id, access_key_secret=user.secret)["changed"]


def test_a_custom_policy_that_does_not_come(cloud: AlibabaCloud, run: Run) -> None:
    seed(cloud)
    result = run(policies=[{"name": "nobody", "type": "Custom"}], wait_timeout=1)
    assert "RAM does not know a custom policy that is to be attached (yet)" in result["msg"]


def test_a_quota_is_named(cloud: AlibabaCloud, run: Run) -> None:
    seed(cloud)
    names = [f"policy-{at}" for at in range(6)]
    for name in names:
        statement = {"Effect": "Allow", "Action": "cr:*", "Resource": "*"}
        document = json.dumps({"Version": "1", "Statement": [statement]})
        cloud.account(UID_A).call("ram", "CreatePolicy", PolicyName=name, PolicyDocument=document)
    result = run(policies=[{"name": name, "type": "Custom"} for name in names])
    assert "LimitExceeded.Role.Policy" in result["msg"]
    assert "a quota of the account is used up" in result["msg"]
