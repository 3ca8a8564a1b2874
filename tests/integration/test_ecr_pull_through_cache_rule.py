# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pull-through cache rules: one for each prefix, account and region."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.tasks import done, shown, tasks, thrice
from tests.lab import Lab

MODULE = "ecr_pull_through_cache_rule"
ELSEWHERE = "eu-central-1"
UPSTREAM = f"{SECONDARY}.dkr.ecr.{ELSEWHERE}.amazonaws.com"
ROLE = f"arn:aws:iam::{PRIMARY}:role/cache"
TRUSTED = {"Service": "pullthroughcache.ecr.amazonaws.com"}
FETCH = (
    "ecr:GetAuthorizationToken",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchImportUpstreamImage",
    "ecr:GetImageCopyStatus",
)
#: A rule for an ECR upstream of another account.
SHARED: dict[str, Any] = {
    "ecr_repository_prefix": "shared",
    "upstream_ecr": {"account": SECONDARY, "region": ELSEWHERE},
    "custom_role_arn": ROLE,
}
AS_PRIMARY = {"credentials": PRIMARY, "region": REGION}


def rules(account: Account, region: str = REGION) -> dict[str, dict[str, Any]]:
    """The rules of a registry by prefix, without what changes by itself."""
    found = account.client("ecr", region).describe_pull_through_cache_rules()["pullThroughCacheRules"]
    hidden = ("ecrRepositoryPrefix", "registryId", "createdAt", "updatedAt")
    return {rule["ecrRepositoryPrefix"]: {key: value for key, value in rule.items() if key not in hidden} for rule in found}


def secret(account: Account, name: str = "ecr-pullthroughcache/hub", region: str = REGION) -> str:
    """A secret with a user of an upstream; returns its ARN."""
    value = json.dumps({"username": "u", "accessToken": "t"})
    return str(account.client("secretsmanager", region).create_secret(Name=name, SecretString=value)["ARN"])


def let_in(upstream: Account, *actions: str) -> None:
    """Lets the primary account cache what the upstream has."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": PRIMARY},
        "Action": list(actions or FETCH[1:]),
        "Resource": f"arn:aws:ecr:{ELSEWHERE}:{upstream.id}:repository/*",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    upstream.client("ecr", ELSEWHERE).put_registry_policy(policyText=text)


def cache_role(account: Account, name: str = "cache") -> str:
    """A role that ECR can fetch with; returns its ARN."""
    arn = account.create_role(name, TRUSTED)
    account.let(name, *FETCH, "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage")
    return arn


def test_an_ecr_upstream_of_another_account(ansible: Ansible, journal: Journal, primary: Account) -> None:
    real = thrice(ansible, MODULE, SHARED, **AS_PRIMARY)
    assert journal.writes() == ["CreatePullThroughCacheRule"]
    assert rules(primary)["shared"] == {
        "upstreamRegistry": "ecr",
        "upstreamRegistryUrl": UPSTREAM,
        "upstreamRepositoryPrefix": "ROOT",
        "customRoleArn": ROLE,
    }
    assert f"pull-through cache rule of {PRIMARY} {REGION} shared" in shown(real)
    journal.clear()
    role = f"arn:aws:iam::{PRIMARY}:role/other"
    changed = thrice(ansible, MODULE, {"ecr_repository_prefix": "shared/", "custom_role_arn": role}, **AS_PRIMARY)
    assert changed["actions"][0]["settings_changed"] == ["custom_role_arn"]
    assert journal.writes() == ["UpdatePullThroughCacheRule"]
    assert rules(primary)["shared"]["customRoleArn"] == role
    gone = thrice(ansible, MODULE, {"ecr_repository_prefix": "shared", "state": "absent"}, **AS_PRIMARY)
    assert done(gone) == {"shared": "deleted"}
    assert rules(primary) == {}


def test_every_kind_of_upstream(ansible: Ansible, primary: Account) -> None:
    """Many rules in one task, in two regions; each by what says it shortest."""
    credential = secret(primary)
    needed = ["docker-hub", "github-container-registry", "gitlab-container-registry", "chainguard"]
    wanted: list[dict[str, Any]] = [{"ecr_repository_prefix": kind, "upstream_registry": kind} for kind in ("ecr-public", "quay", "k8s")]
    here = [{"ecr_repository_prefix": kind[:12], "upstream_registry": kind} for kind in needed]
    here.append({"ecr_repository_prefix": "azure", "upstream_registry_url": "name.azurecr.io"})
    wanted += [{**one, "credential_arn": credential, "regions": [REGION]} for one in here]
    wanted += [{**SHARED, "regions": [REGION]}]
    wanted += [{"ecr_repository_prefix": "ROOT", "upstream_ecr": {"account": PRIMARY, "region": ELSEWHERE}, "regions": [REGION]}]
    real = thrice(ansible, MODULE, {"rules": wanted, "regions": [REGION, ELSEWHERE]}, **AS_PRIMARY)
    assert real["summary"]["created"] == 13
    assert {prefix: rule["upstreamRegistry"] for prefix, rule in rules(primary).items()} == {
        "ecr-public": "ecr-public",
        "quay": "quay",
        "k8s": "k8s",
        "docker-hub": "docker-hub",
        "github-conta": "github-container-registry",
        "gitlab-conta": "gitlab-container-registry",
        "chainguard": "chainguard",
        "azure": "azure-container-registry",
        "shared": "ecr",
        "ROOT": "ecr",
    }
    assert sorted(rules(primary, ELSEWHERE)) == ["ecr-public", "k8s", "quay"]


def test_what_cannot_be_changed_is_replaced_on_request(ansible: Ansible, journal: Journal, primary: Account) -> None:
    tasks(ansible, MODULE, {"made": {**SHARED, "upstream_repository_prefix": "base"}}, **AS_PRIMARY)
    before = rules(primary)
    other = {"ecr_repository_prefix": "shared", "upstream_ecr": {"account": OTHER, "region": ELSEWHERE}}
    journal.clear()
    run = tasks(
        ansible,
        MODULE,
        {
            "upstream": other,
            "prefix": {**SHARED, "upstream_repository_prefix": "ROOT"},
            "role": {"ecr_repository_prefix": "shared", "upstream_ecr": {"account": PRIMARY, "region": ELSEWHERE}, "custom_role_arn": ""},
        },
        **AS_PRIMARY,
    )
    assert 'upstream_registry_url is "' + UPSTREAM in run["upstream"].msg
    assert "'replace: true' deletes it and creates it again" in run["upstream"].msg
    assert 'upstream_repository_prefix is "base" and shall be "ROOT"' in run["prefix"].msg
    assert f'custom_role_arn is "{ROLE}" and shall be not set' in run["role"].msg
    assert (journal.writes(), rules(primary)) == ([], before)
    real = thrice(ansible, MODULE, {**other, "replace": True}, **AS_PRIMARY)
    assert (real["actions"][0]["replaced"], done(real)) == (True, {"shared": "updated"})
    assert rules(primary)["shared"] == {
        "upstreamRegistry": "ecr",
        "upstreamRegistryUrl": f"{OTHER}.dkr.ecr.{ELSEWHERE}.amazonaws.com",
        "upstreamRepositoryPrefix": "base",
        "customRoleArn": ROLE,
    }


def test_validation(lab: Lab, ansible: Ansible, journal: Journal, primary: Account, secondary: Account) -> None:
    """It names what is missing, one after the other, also for a rule that is unchanged, and in check mode."""
    primary_role = {**SHARED, "validate": True, "wait_timeout": 0}
    run = tasks(ansible, MODULE, {"no role": primary_role}, **AS_PRIMARY)
    (action,) = run["no role"]["actions"]
    assert run["no role"].failed
    assert run["no role"].changed
    assert action["validation"]["valid"] is False
    assert action["validation"]["failure"] in run["no role"].msg
    assert (
        f"the trust policy of the role {ROLE} does not let {TRUSTED['Service']} assume it, or there is no such role" in run["no role"].msg
    )
    cache_role(primary)
    run = tasks(ansible, MODULE, {"no policy": primary_role}, "--check", **AS_PRIMARY)
    assert run["no policy"].failed
    let_in(secondary)
    journal.clear()
    run = tasks(ansible, MODULE, {"valid": primary_role}, "--check", **AS_PRIMARY)
    assert run["valid"]["actions"][0]["validation"] == {"valid": True, "failure": None}
    assert [call["operation"] for call in journal.calls()] == [
        "GetCallerIdentity",
        "DescribePullThroughCacheRules",
        "ValidatePullThroughCacheRule",
    ]
    planned = tasks(ansible, MODULE, {"new": {**primary_role, "ecr_repository_prefix": "new"}}, "--check", **AS_PRIMARY)["new"]
    assert planned["actions"][0]["validation"] is None
    # A role that is new takes some seconds to be known.
    primary.delete_role("cache")
    lab.set_faults({"profile": "eventual-consistency", "seconds": 2})
    cache_role(primary)
    again = tasks(ansible, MODULE, {"waits": {**SHARED, "validate": True}}, **AS_PRIMARY)["waits"]
    assert not again.failed, again.msg


def test_a_registry_that_is_full_is_an_immediate_error(ansible: Ansible, journal: Journal, primary: Account) -> None:
    ecr = primary.client("ecr")
    for number in range(50):
        ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=f"cache-{number}", upstreamRegistryUrl="quay.io")
    journal.clear()
    run = tasks(ansible, MODULE, {"full": {"ecr_repository_prefix": "one-more", "upstream_registry": "k8s"}}, **AS_PRIMARY)
    assert "the registry is full: it has 50 rules" in run["full"].msg
    assert run["full"]["actions"][0]["error"]["code"] == "LimitExceededException"
    assert journal.writes() == ["CreatePullThroughCacheRule"]


def test_what_only_aws_knows(ansible: Ansible, primary: Account) -> None:
    gone = f"arn:aws:secretsmanager:{REGION}:{PRIMARY}:secret:ecr-pullthroughcache/gone-AbCdEf"
    wanted = {"ecr_repository_prefix": "hub", "upstream_registry": "docker-hub", "credential_arn": gone}
    other = {"ecr_repository_prefix": "quay", "upstream_registry": "quay"}
    run = tasks(
        ansible,
        MODULE,
        {"stops": {"rules": [wanted, other], "workers": 1}, "goes on": {"rules": [wanted, other], "on_error": "continue"}},
        **AS_PRIMARY,
    )
    assert done(run["stops"]) == {"hub": "failed", "quay": "skipped"}
    assert done(run["goes on"]) == {"hub": "failed", "quay": "created"}
    error = run["goes on"]["actions"][0]["error"]
    assert (error["code"], bool(error["request_id"])) == ("SecretNotFoundException", True)
    assert list(rules(primary)) == ["quay"]


@pytest.mark.parametrize("profiles", [["throttling", "server-errors", "dropped-connections"], ["eventual-consistency"]])
def test_trouble_of_the_service(lab: Lab, ansible: Ansible, primary: Account, profiles: list[str]) -> None:
    lab.set_faults(*profiles)
    run = tasks(
        ansible,
        MODULE,
        {"first": SHARED, "again": SHARED, "replaced": {**SHARED, "upstream_repository_prefix": "base", "replace": True}},
        **AS_PRIMARY,
    )
    lab.set_faults()
    for name in ("first", "again", "replaced"):
        assert not run[name].failed, run[name].msg
    assert not run["again"].changed
    assert rules(primary)["shared"]["upstreamRepositoryPrefix"] == "base"


def test_as_another_role(ansible: Ansible, primary: Account) -> None:
    admin = primary.create_role("registry-admin")
    primary.let("registry-admin", "ecr:*", "iam:PassRole", "iam:CreateServiceLinkedRole")
    run = tasks(ansible, MODULE, {"assumed": {**SHARED, "assume_role": {"role_arn": admin}}}, **AS_PRIMARY)
    assert not run["assumed"].failed, run["assumed"].msg
    assert list(rules(primary)) == ["shared"]
