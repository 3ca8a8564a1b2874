# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The identity side: one managed policy for each role, found by its path, attached, and gone with the last grant."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.accounts import POLICY_PATH, attached, grant, policies, sids
from tests.integration.conftest import PRIMARY, SECONDARY, Account, Ansible, Journal
from tests.integration.tasks import done, shown, tasks, thrice
from tests.lab import Lab

MODULE = "iam_role_registry_policy"
PREFIX = "CrossaccountRegistry"
TEAM = {"Sid": "Team", "Effect": "Allow", "Action": "ecr:DescribeImages", "Resource": "*"}
PULL = {"Sid": "Pull", "Effect": "Allow", "Action": ["ecr:BatchGetImage"], "Resource": "*"}
AS_SECONDARY = {"credentials": SECONDARY, "region": None}


def arn_of(role: str, kind: str = "role") -> str:
    return f"arn:aws:iam::{SECONDARY}:policy{POLICY_PATH}crossaccount-registry-{kind}-{role}"


def new_version(account: Account, role: str, *statements: Any) -> None:
    """Somebody else changes the policy of a role."""
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    account.client("iam").create_policy_version(PolicyArn=arn_of(role), PolicyDocument=document, SetAsDefault=True)


def new_policy(account: Account, role: str, *statements: Any, attach: bool = True) -> None:
    """The policy of a role is there, with these statements."""
    iam = account.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    iam.create_policy(PolicyName=f"crossaccount-registry-role-{role}", Path=POLICY_PATH, PolicyDocument=document)
    if attach:
        iam.attach_role_policy(RoleName=role, PolicyArn=arn_of(role))


def test_grants_of_roles_and_users(ansible: Ansible, journal: Journal, secondary: Account) -> None:
    """One policy for each, under the path, attached once; everything else that a role has stays."""
    iam = secondary.client("iam")
    secondary.create_role("app", path="/team/")
    secondary.create_role("ci")
    secondary.create_user("auditor")
    secondary.let("app", "s3:GetObject")
    iam.attach_role_policy(RoleName="app", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    runtime = grant("runtime", "pull", {"account": SECONDARY, "roles": ["team/app", "ci"], "users": ["auditor"]}, ["payments/*", "web"])
    delivery = grant("delivery", "push", (SECONDARY, "ci"), ["tag:team=payments"])
    elsewhere = grant("other", "pull", {"account": PRIMARY, "roles": ["nobody"]})
    real = thrice(ansible, MODULE, {"grants": [runtime, delivery, elsewhere], "sid_prefix": PREFIX}, **AS_SECONDARY)
    assert done(real) == {"role/app": "created", "role/ci": "created", "user/auditor": "created"}
    assert (
        "role/app gains ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer "
        f"on arn:aws:ecr:eu-west-1:{PRIMARY}:repository/payments/*" in shown(real)
    )
    found = policies(secondary)
    assert {name: sids(document) for name, document in found.items()} == {
        "crossaccount-registry-role-app": [f"{PREFIX}Login", f"{PREFIX}RuntimePull"],
        "crossaccount-registry-role-ci": [f"{PREFIX}Login", f"{PREFIX}RuntimePull", f"{PREFIX}DeliveryPushTagged"],
        "crossaccount-registry-user-auditor": [f"{PREFIX}Login", f"{PREFIX}RuntimePull"],
    }
    assert attached(secondary, "app") == ["ReadOnlyAccess", "crossaccount-registry-role-app"]
    assert iam.list_role_policies(RoleName="app")["PolicyNames"] == ["let-0"]
    assert [one["PolicyArn"] for one in iam.list_attached_user_policies(UserName="auditor")["AttachedPolicies"]] == [
        arn_of("auditor", "user")
    ]
    assert [one["VersionId"] for one in iam.list_policy_versions(PolicyArn=arn_of("ci"))["Versions"]] == ["v1"]

    journal.clear()
    real = thrice(
        ansible, MODULE, {"grants": [runtime | {"to": [{"account": SECONDARY, "roles": ["ci"]}]}], "sid_prefix": PREFIX}, **AS_SECONDARY
    )
    calls = [one["operation"] for one in journal.calls()]
    assert calls[-4:] == ["GetCallerIdentity", "ListPolicies", "ListAttachedRolePolicies", "GetPolicyVersion"]
    assert not {"ListRoles", "ListUsers", "ListEntitiesForPolicy", "GetRole"} & set(calls)
    assert done(real) == {"role/app": "deleted", "role/ci": "updated", "user/auditor": "deleted"}
    assert "user/auditor loses ecr:GetAuthorizationToken" in shown(real)
    assert list(policies(secondary)) == ["crossaccount-registry-role-ci"]
    assert attached(secondary, "app") == ["ReadOnlyAccess"]

    # Without a prefix, a run answers for the grants it is given and for no others.
    run = tasks(
        ansible,
        MODULE,
        {
            "another": {"grants": [delivery]},
            "changed": {"grants": [{**delivery, "access": "pull"}]},
            "gone": {"grants": [delivery], "state": "absent"},
            "last": {"grants": [runtime], "state": "absent"},
        },
        **AS_SECONDARY,
    )
    assert [run[name]["actions"][0]["statements_added"] for name in ("another", "changed")] == [
        [f"{PREFIX}DeliveryPushTagged"],
        [f"{PREFIX}DeliveryPullTagged"],
    ]
    assert run["gone"]["actions"][0]["statements_removed"] == [f"{PREFIX}DeliveryPullTagged"]
    assert run["last"]["actions"][0]["statements_removed"] == [f"{PREFIX}RuntimePull", f"{PREFIX}Login"]
    assert policies(secondary) == {}


def test_statements_of_named_roles(ansible: Ansible, secondary: Account) -> None:
    """present, sid_prefix, absent and exact; what somebody else put into the policy stays until exact."""
    for role in ("app", "ci"):
        secondary.create_role(role)
    new_policy(secondary, "app", TEAM)
    real = thrice(ansible, MODULE, {"roles": ["app", f"arn:aws:iam::{SECONDARY}:role/ci"], "statements": [PULL]}, **AS_SECONDARY)
    assert done(real) == {"role/app": "updated", "role/ci": "created"}
    found = policies(secondary)
    assert [sids(found[f"crossaccount-registry-role-{role}"]) for role in ("app", "ci")] == [["Team", "Pull"], ["Pull"]]
    login = {"Sid": "PullLogin", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}
    run = tasks(
        ansible,
        MODULE,
        {
            "prefix": {"roles": ["app"], "policy": {"Version": "2012-10-17", "Statement": [login]}, "sid_prefix": "Pull"},
            "absent": {"roles": ["app", "ci"], "sids": ["PullLogin", "Pull"], "state": "absent"},
            "exact": {"roles": ["app"], "policy": json.dumps({"Statement": login}), "state": "exact"},
            "grants": {"grants": [], "sid_prefix": PREFIX},
        },
        **AS_SECONDARY,
    )
    assert [run["prefix"]["actions"][0][f"statements_{what}"] for what in ("added", "removed")] == [["PullLogin"], ["Pull"]]
    assert done(run["absent"]) == {"role/app": "updated", "role/ci": "deleted"}
    assert [run["exact"]["actions"][0][f"statements_{what}"] for what in ("added", "removed")] == [["PullLogin"], ["Team"]]
    assert done(run["grants"]) == {"role/app": "unchanged"}
    assert {name: sids(document) for name, document in policies(secondary).items()} == {"crossaccount-registry-role-app": ["PullLogin"]}
    assert attached(secondary, "ci") == []


def test_what_happened_to_the_policies_meanwhile(ansible: Ansible, secondary: Account) -> None:
    """Detached, five versions, used by somebody else, left over from a role that is gone."""
    iam = secondary.client("iam")
    for role in ("detached", "versions", "shared", "thief", "mixed"):
        secondary.create_role(role)
    first = [grant("a", "pull", (SECONDARY, "detached", "versions", "shared", "mixed"))]
    tasks(ansible, MODULE, {"first": {"grants": first}}, **AS_SECONDARY)
    iam.detach_role_policy(RoleName="detached", PolicyArn=arn_of("detached"))
    for number in range(4):
        new_version(secondary, "versions", {**TEAM, "Sid": f"Team{number}"})
    iam.attach_role_policy(RoleName="thief", PolicyArn=arn_of("shared"))
    new_policy(secondary, "gone", {**PULL, "Sid": f"{PREFIX}OldPull"}, attach=False)
    new_version(secondary, "mixed", TEAM, {**PULL, "Sid": f"{PREFIX}APull"})
    iam.detach_role_policy(RoleName="mixed", PolicyArn=arn_of("mixed"))

    options = {"grants": [grant("a", "pull", (SECONDARY, "detached", "versions"))], "sid_prefix": PREFIX}
    run = tasks(ansible, MODULE, {"stop": options, "continue": {**options, "on_error": "continue"}}, **AS_SECONDARY)
    said = (
        f"managed policy of {SECONDARY} role/shared: the managed policy {arn_of('shared')} is also attached to something else; "
        "detach it there, then run again"
    )
    assert said in run["stop"].msg
    assert said in run["continue"].msg
    assert done(run["continue"])["role/shared"] == "failed"
    found = policies(secondary)
    assert set(found) == {f"crossaccount-registry-role-{role}" for role in ("detached", "versions", "shared", "mixed")}
    assert attached(secondary, "detached") == ["crossaccount-registry-role-detached"]
    assert sids(found["crossaccount-registry-role-versions"]) == ["Team3", f"{PREFIX}Login", f"{PREFIX}APull"]
    assert sorted(one["VersionId"] for one in iam.list_policy_versions(PolicyArn=arn_of("versions"))["Versions"]) == [
        "v2",
        "v3",
        "v4",
        "v5",
        "v6",
    ]
    assert sids(found["crossaccount-registry-role-mixed"]) == ["Team"]
    assert attached(secondary, "mixed") == []

    iam.detach_role_policy(RoleName="thief", PolicyArn=arn_of("shared"))
    run = tasks(ansible, MODULE, {"at last": options}, **AS_SECONDARY)
    assert run["at last"]["summary"] | {"unchanged": 0} == dict.fromkeys(run["at last"]["summary"], 0) | {"deleted": 1}
    assert set(policies(secondary)) == {f"crossaccount-registry-role-{role}" for role in ("detached", "versions", "mixed")}


def test_what_is_refused_before_any_write(ansible: Ansible, journal: Journal, secondary: Account) -> None:
    secondary.create_role("app")
    many = [f"team/repository-{number:04}" for number in range(100)]
    both = grant("a", "pull", {"account": SECONDARY, "roles": ["app", "missing"]})
    journal.clear()
    run = tasks(
        ansible,
        MODULE,
        {
            "missing role": {"grants": [both]},
            "missing user": {"users": ["nobody"], "roles": ["app"], "statements": [PULL]},
            "too long": {"grants": [grant("a", "pull", (SECONDARY, "app"), many)]},
            "wrong account": {"grants": [], "account_id": PRIMARY},
            "number": {"grants": [grant("a", "pull", {"account": 444455556666})]},
            "principal": {"roles": ["app"], "statements": [{**PULL, "Principal": "*"}]},
            "no resource": {"roles": ["app"], "statements": [{**PULL, "Resource": []}]},
            "role of another account": {"roles": [f"arn:aws:iam::{PRIMARY}:role/app"], "statements": [PULL]},
            "nobody": {"statements": [PULL]},
            "nothing": {"roles": ["app"]},
            "twice": {"roles": ["app"], "grants": []},
        },
        **AS_SECONDARY,
    )
    words = {
        "missing role": f"there is no role missing in account {SECONDARY}; create it first, or take it out of the declaration",
        "missing user": f"there is no user nobody in account {SECONDARY}",
        "too long": "6,144 are allowed; use patterns such as 'payments/*' instead of single repositories",
        "wrong account": f"the credentials are those of account {SECONDARY}, but 'account_id' is {PRIMARY}",
        "number": "account is the number 444455556666; write it in quotes",
        "principal": "Principal",
        "no resource": "Resource is empty",
        "role of another account": f"is no role of the account {SECONDARY}",
        "nobody": "nothing says which roles: give 'roles'",
        "nothing": "nothing says which statements",
        "twice": "parameters are mutually exclusive: grants|roles",
    }
    for name, text in words.items():
        assert run[name].failed, name
        assert text in run[name].msg
    assert done(run["missing role"]) == {"role/app": "skipped", "role/missing": "failed"}
    assert journal.writes() == []


@pytest.mark.parametrize("profiles", [["throttling", "server-errors", "dropped-connections"], ["eventual-consistency"]])
def test_trouble_of_the_service_changes_nothing_in_the_end(lab: Lab, ansible: Ansible, secondary: Account, profiles: list[str]) -> None:
    roles = [f"role-{number}" for number in range(4)]
    for role in roles:
        secondary.create_role(role)
    new_policy(secondary, "role-0", TEAM)
    lab.set_faults(*profiles)
    wanted = {"grants": [grant("a", "pull", (SECONDARY, *roles))]}
    run = tasks(ansible, MODULE, {"first": wanted, "again": wanted}, **AS_SECONDARY)
    lab.set_faults()
    assert not run["first"].failed, run["first"].msg
    assert not run["again"].changed
    found = policies(secondary)
    assert sids(found.pop("crossaccount-registry-role-role-0")) == ["Team", f"{PREFIX}Login", f"{PREFIX}APull"]
    assert {name: sids(document) for name, document in found.items()} == {
        f"crossaccount-registry-role-{role}": [f"{PREFIX}Login", f"{PREFIX}APull"] for role in roles[1:]
    }
    assert [attached(secondary, role) for role in roles] == [[f"crossaccount-registry-role-{role}"] for role in roles]


def test_two_writers(lab: Lab, ansible: Ansible, secondary: Account) -> None:
    """Somebody writes right before us, and two of our own runs at the same time for different grants."""
    secondary.create_role("app")
    new_policy(secondary, "app", TEAM)
    theirs = json.dumps({"Version": "2012-10-17", "Statement": [TEAM, {**TEAM, "Sid": "Late"}]})
    lab.write_concurrently(
        "CreatePolicyVersion",
        write={
            "service": "iam",
            "operation": "CreatePolicyVersion",
            "parameters": {"PolicyArn": arn_of("app"), "PolicyDocument": theirs, "SetAsDefault": True},
        },
        when="after",
    )
    run = tasks(ansible, MODULE, {"merged": {"roles": ["app"], "statements": [PULL]}}, **AS_SECONDARY)
    assert run["merged"].changed
    assert sids(policies(secondary)["crossaccount-registry-role-app"]) == ["Team", "Late", "Pull"]
    started = [
        ansible.start(
            json.dumps([{f"crossaccount.registry.{MODULE}": {"grants": [grant(name, "pull", (SECONDARY, "app"))]}}]) + "\n", **AS_SECONDARY
        )
        for name in ("a", "b")
    ]
    for one in started:
        one.wait().succeeded()
    found = sids(policies(secondary)["crossaccount-registry-role-app"])
    assert found[:3] == ["Team", "Late", "Pull"]
    assert set(found[3:]) == {f"{PREFIX}Login", f"{PREFIX}APull", f"{PREFIX}BPull"}
