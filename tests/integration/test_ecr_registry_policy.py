# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy of a registry: one document for each account and region."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.accounts import client_of, grant, may, pull, push
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.meaning import statements
from tests.integration.tasks import shown, tasks, thrice
from tests.lab import Lab

MODULE = "ecr_registry_policy"
PREFIX = "CrossaccountRegistry"
ELSEWHERE = "eu-central-1"
HERE = f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/"
TEAM = {"Sid": "Team", "Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "ecr:ReplicateImage", "Resource": f"{HERE}*"}
#: Only the credentials; regions come from the options.
AS_PRIMARY = {"credentials": PRIMARY, "region": None}


def text_of(account: Account, region: str = REGION) -> str | None:
    ecr = account.client("ecr", region)
    try:
        return str(ecr.get_registry_policy()["policyText"])
    except ecr.exceptions.RegistryPolicyNotFoundException:
        return None


def sids(account: Account, region: str = REGION) -> list[str]:
    return [one.get("Sid", "") for one in statements(text_of(account, region))]


def put(account: Account, *its_statements: Any, region: str = REGION) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(its_statements)})
    account.client("ecr", region).put_registry_policy(policyText=document)


def test_grants_in_two_regions(lab: Lab, ansible: Ansible, journal: Journal, primary: Account, secondary: Account) -> None:
    """An organization pulls from what is there and what comes; another team's statement stays; then the grants go."""
    primary.create_repositories("base/python", "vault/keys")
    for repository in ("base/python", "vault/keys"):
        push(primary.client("ecr"), repository, "v1")
    put(primary, TEAM)
    secondary.create_role("app")
    secondary.let("app", "ecr:*")
    lab.set_organization("o-a1b2c3d4e5", {SECONDARY: "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"})
    base = grant("base", "pull", {"organization": "o-a1b2c3d4e5"}, ["base/*"], scope="registry", regions=[REGION, ELSEWHERE])
    mirror = grant("mirror", "replicate", SECONDARY, ["base/*"], regions=[ELSEWHERE])
    ignored = [grant("a", "pull", SECONDARY), grant("b", "replicate", SECONDARY, account=OTHER)]
    journal.clear()
    real = thrice(ansible, MODULE, {"grants": [base, mirror, *ignored], "sid_prefix": PREFIX}, **AS_PRIMARY)
    calls = [one["operation"] for one in journal.calls()]
    assert calls[-3:] == ["GetCallerIdentity", "GetRegistryPolicy", "GetRegistryPolicy"]
    assert [(one["region"], one["action"], one["statements_added"]) for one in real["actions"]] == [
        (REGION, "updated", [f"{PREFIX}BasePullOrganization"]),
        (ELSEWHERE, "created", [f"{PREFIX}BasePullOrganization", f"{PREFIX}MirrorReplicate"]),
    ]
    assert f"on {HERE}base/* if StringEquals aws:PrincipalOrgID o-a1b2c3d4e5" in shown(real)
    assert statements(text_of(primary))[0] == statements(json.dumps({"Statement": TEAM}))[0]
    app = client_of(lab, secondary, "app")
    assert may(pull, app, "base/python", "v1")
    assert not may(pull, app, "vault/keys", "v1")
    primary.create_repositories("base/go")
    assert may(lambda: app.batch_get_image(registryId=PRIMARY, repositoryName="base/go", imageIds=[{"imageTag": "none"}]))

    gone = thrice(ansible, MODULE, {"grants": [], "sid_prefix": PREFIX, "regions": [REGION, ELSEWHERE]}, **AS_PRIMARY)
    assert [one["action"] for one in gone["actions"]] == ["updated", "deleted"]
    assert sids(primary) == ["Team"]
    assert text_of(primary, ELSEWHERE) is None
    assert not may(pull, app, "base/python", "v1")


def test_statements_by_state(ansible: Ansible, primary: Account) -> None:
    build = {**TEAM, "Sid": "Build", "Principal": {"AWS": SECONDARY}}
    put(primary, TEAM)
    options = {"region": REGION}
    run = tasks(
        ansible,
        MODULE,
        {
            "present": {**options, "statements": [build]},
            "again": {**options, "policy": {"Version": "2012-10-17", "Statement": [{**build, "Action": ["ECR:ReplicateImage"]}]}},
            "prefix": {**options, "statements": [{**build, "Sid": "BuildTwo"}], "sid_prefix": "Build"},
            "absent": {**options, "sids": ["BuildTwo"], "state": "absent"},
            "exact": {**options, "statements": [build], "state": "exact"},
            "last": {**options, "statements": [build], "state": "absent"},
            "none": {**options, "sids": ["Build"], "state": "absent"},
            "no grants": {"grants": []},
        },
        **AS_PRIMARY,
    )
    assert {one.task: [action["action"] for action in one["actions"]] for one in run.results} == {
        "present": ["updated"],
        "again": ["unchanged"],
        "prefix": ["updated"],
        "absent": ["updated"],
        "exact": ["updated"],
        "last": ["deleted"],
        "none": ["unchanged"],
        "no grants": [],
    }
    assert run["prefix"]["actions"][0]["statements_removed"] == ["Build"]
    assert run["exact"]["actions"][0]["statements_removed"] == ["Team"]
    assert text_of(primary) is None


def test_what_is_refused(ansible: Ansible, journal: Journal, primary: Account) -> None:
    """Nearly all of it before anything is written; what only ECR knows with the reasons that it does not give."""
    primary.client("ecr").put_account_setting(name="REGISTRY_POLICY_SCOPE", value="V1")
    options = {"region": REGION}
    nobody = f"arn:aws:iam::{SECONDARY}:role/nobody"
    journal.clear()
    run = tasks(
        ansible,
        MODULE,
        {
            "no resource": {**options, "statements": [{key: value for key, value in TEAM.items() if key != "Resource"}]},
            "everyone": {**options, "statements": [{**TEAM, "Principal": "*"}]},
            "accounts": {"grants": [grant("m", "replicate", SECONDARY)], "allowed_accounts": [OTHER]},
            "locked out": {**options, "statements": [{**TEAM, "Effect": "Deny", "Principal": "*", "Action": "ecr:*", "Resource": "*"}]},
            "too long": {"grants": [grant("m", "pull", [str(10**11 + at) for at in range(700)], scope="registry")]},
            "account": {"grants": [], "regions": [REGION], "account_id": SECONDARY},
            "no region": {"statements": [TEAM]},
            "scope": {"grants": [grant("m", "pull", SECONDARY, scope="registry")]},
            "service": {**options, "statements": [{**TEAM, "Action": "s3:GetObject"}]},
            "login": {**options, "statements": [{**TEAM, "Action": "ecr:GetAuthorizationToken"}]},
            "role": {**options, "statements": [{**TEAM, "Principal": {"AWS": nobody}}], "wait_timeout": 1},
        },
        **AS_PRIMARY,
    )
    words = {
        "no resource": "statement Team: Resource is missing, a registry policy needs it",
        "everyone": "statement Team allows everyone, without a condition",
        "accounts": f"allows {SECONDARY}, outside of 'allowed_accounts'",
        "locked out": f"would deny the owner {PRIMARY} to change or delete the registry policy again",
        "too long": "10,240 are allowed; grant to whole accounts",
        "account": f"the credentials are those of account {PRIMARY}, but 'account_id' is {SECONDARY}",
        "no region": "no region: give 'regions' or 'region', or set AWS_REGION",
        "scope": "the account setting REGISTRY_POLICY_SCOPE is V1 here, so that a registry policy can only have "
        "ecr:BatchImportUpstreamImage, ecr:CreateRepository and ecr:ReplicateImage, each by its full name; these statements have others: "
        f"{PREFIX}MPull: ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer; set the scope to V2",
        "service": "statement Team: the action s3:GetObject is none of ECR; actions of a registry policy begin with ecr:",
        "login": "statement Team: the action ecr:GetAuthorizationToken is not about a repository",
        "role": "perhaps it does not know a principal (yet), or one of its actions or resources is not possible here: "
        "where the account setting REGISTRY_POLICY_SCOPE is V1",
    }
    for name, text in words.items():
        assert run[name].failed, name
        assert text in run[name].msg
    assert f"arn:aws:iam::{SECONDARY}:role/nobody (waited" in run["role"].msg
    assert {one["error"] for one in journal.calls("PutRegistryPolicy")} == {"InvalidParameterException"}
    assert text_of(primary) is None


def test_the_scope_need_not_be_readable(ansible: Ansible, journal: Journal, primary: Account) -> None:
    """It is read only where it matters; who may not read it hears from ECR what is wrong."""
    primary.client("ecr").put_account_setting(name="REGISTRY_POLICY_SCOPE", value="V1")
    role = primary.create_role("policies")
    primary.let("policies", "ecr:GetRegistryPolicy", "ecr:PutRegistryPolicy")
    options = {"region": REGION, "assume_role": {"role_arn": role}}
    journal.clear()
    run = tasks(
        ansible,
        MODULE,
        {
            "V1": {**options, "statements": [TEAM]},
            "V2": {**options, "statements": [{**TEAM, "Sid": "Pull", "Action": "ecr:BatchGetImage"}]},
        },
        **AS_PRIMARY,
    )
    assert run["V1"].changed
    assert (
        "ECR refuses the registry policy without saying why: one of its actions or resources is not possible here: where the "
        in run["V2"].msg
    )
    assert [call["status"] for call in journal.calls("GetAccountSetting")] == [400]
    assert sids(primary) == ["Team"]


@pytest.mark.parametrize("profiles", [["throttling", "server-errors", "dropped-connections"], ["eventual-consistency"]])
def test_trouble_of_the_service_and_a_new_role(
    lab: Lab, ansible: Ansible, primary: Account, secondary: Account, profiles: list[str]
) -> None:
    put(primary, TEAM)
    put(primary, {**TEAM, "Resource": "*"}, region=ELSEWHERE)
    lab.set_faults(*profiles)
    secondary.create_role("new")
    wanted = {"grants": [grant("m", "pull", (SECONDARY, "new"), scope="registry", regions=[REGION, ELSEWHERE])]}
    run = tasks(ansible, MODULE, {"first": wanted, "again": wanted}, **AS_PRIMARY)
    lab.set_faults()
    assert not run["first"].failed, run["first"].msg
    assert not run["again"].changed
    assert sids(primary) == sids(primary, ELSEWHERE) == ["Team", f"{PREFIX}MPull"]


def test_somebody_else_writes_at_the_same_time(lab: Lab, ansible: Ansible, primary: Account) -> None:
    theirs = json.dumps({"Version": "2012-10-17", "Statement": [{**TEAM, "Sid": "Late"}]})
    lab.write_concurrently(
        "PutRegistryPolicy",
        when="after",
        write={"service": "ecr", "operation": "PutRegistryPolicy", "parameters": {"policyText": theirs}},
    )
    run = tasks(ansible, MODULE, {"merged": {"grants": [grant("m", "replicate", SECONDARY)]}}, **AS_PRIMARY)
    assert run["merged"].changed
    assert sids(primary) == ["Late", f"{PREFIX}MReplicate"]
