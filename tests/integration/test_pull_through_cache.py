# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pull-through cache between accounts as one unit: empty accounts, one run, first pulls, and what is said when a part is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.accounts import Fleet, client_of, may, policies, pull, push, sids
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.playbooks import PlaybookRun, TaskResult
from tests.lab import Lab

PLAYBOOK = "crossaccount.registry.pull_through_cache"
HERE = "eu-central-1"
ROLE = "caches/platform-cache"
CACHE: dict[str, Any] = {
    "name": "platform",
    "upstream": {"account": PRIMARY, "region": REGION, "repository_prefix": "base"},
    "downstream": {"account": SECONDARY, "regions": [HERE], "repository_prefix": "platform", "role": ROLE},
    "pullers": [
        {"account": SECONDARY, "roles": ["app"]},
        {"account": OTHER, "roles": ["shop"]},
        {"account": OTHER, "roles": ["shop-ci"], "first_pull": True},
    ],
}


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


class World:
    """Three accounts with nothing but images upstream and the roles that pull."""

    def __init__(self, lab: Lab, primary: Account, secondary: Account, other: Account) -> None:
        self.lab, self.primary, self.secondary, self.other = lab, primary, secondary, other
        primary.create_repositories("base/python", "base/node")
        for repository in ("base/python", "base/node"):
            for tag in ("1", "2", "3"):
                push(primary.client("ecr"), repository, tag)
        secondary.create_role("app")
        for role in ("shop", "shop-ci"):
            other.create_role(role)

    def may_pull(self, account: Account, role: str, repository: str, tag: str = "1") -> bool:
        """A pull by a session of the role, for real."""
        client = client_of(self.lab, Account(self.lab, account.id, HERE), role)
        return may(pull, client, repository, tag, SECONDARY)


@pytest.fixture
def world(lab: Lab, primary: Account, secondary: Account, other: Account) -> World:
    return World(lab, primary, secondary, other)


def changes_of(one: TaskResult) -> list[str]:
    """What a task has changed, or would: each document or setting by its resource."""
    results = one.result.get("results", [one.result])
    actions = [action for result in results for action in result.get("actions") or () if isinstance(action, dict)]
    return [action["resource"] for action in actions if action["action"] in ("created", "updated", "deleted")]


def changes(run: PlaybookRun) -> list[str]:
    """What a run has changed, or would."""
    return [resource for one in run.results for resource in changes_of(one)]


def failures(run: PlaybookRun) -> str:
    """What the failed tasks say."""
    texts = []
    for one in run.results:
        if one.failed:
            texts += [one.msg, *(str(part.get("msg", "")) for part in one.result.get("results", ()) if part.get("failed"))]
    return "\n".join(texts)


def test_one_run_on_empty_accounts(world: World, ansible: Ansible, fleet: Fleet, journal: Journal) -> None:
    """Shown, made, unchanged; the first pulls work from the account of the cache and from a third one."""
    fleet.write({"registry_caches": [CACHE]})
    journal.clear()
    check = ansible(PLAYBOOK, "--check", **fleet.settings).succeeded()
    assert journal.writes() == []
    real = ansible(PLAYBOOK, **fleet.settings).succeeded()
    assert real.changed == check.changed
    again = ansible(PLAYBOOK, **fleet.settings).succeeded()
    assert again.changed == 0, changes(again)
    assert not world.may_pull(world.other, "shop", "platform/python")
    assert world.may_pull(world.secondary, "app", "platform/python")
    assert world.may_pull(world.other, "shop", "platform/python")
    assert world.may_pull(world.other, "shop-ci", "platform/node")


def test_what_is_missing_is_named(world: World, ansible: Ansible, fleet: Fleet) -> None:
    """Any one of the six documents goes; a look tells which, and what AWS says about it."""
    fleet.write({"registry_caches": [CACHE], "pull_through_cache_wait_timeout": 3})
    ansible(PLAYBOOK, **fleet.settings).succeeded()
    upstream, cache, iam = world.primary.client("ecr"), world.secondary.client("ecr", HERE), world.secondary.client("iam")
    session = f"arn:aws:sts::{SECONDARY}:assumed-role/platform-cache/ecr is not authorized to perform"

    def look(host: str) -> PlaybookRun:
        return ansible(PLAYBOOK, "--check", "--limit", host, **fleet.settings)

    policy = upstream.get_registry_policy()["policyText"]
    upstream.delete_registry_policy()
    run = look("images,payments")
    assert changes(run) == ["registry"]
    said = failures(run)
    assert session in said and "no resource-based policy allows" in said and f":{PRIMARY}:repository/base/" in said
    look_around = {"crossaccount.registry.ecr_access_info": {"region": HERE, "validate_cache_rules": True}}
    report = ansible([{"name": "Report", **look_around}], credentials=SECONDARY).succeeded()["Report"]
    (invalid,) = [one for one in report["findings"] if one["rule"] == "cache-rule-invalid"]
    assert invalid["document"] == "pull-through cache rule platform" and session in invalid["message"]
    upstream.put_registry_policy(policyText=policy)

    permissions = f"arn:aws:iam::{SECONDARY}:policy/crossaccount.registry/crossaccount-registry-role-platform-cache"
    iam.detach_role_policy(RoleName="platform-cache", PolicyArn=permissions)
    run = look("payments")
    assert changes(run) == ["role/platform-cache"]
    assert session in failures(run) and "no identity-based policy allows" in failures(run)
    iam.attach_role_policy(RoleName="platform-cache", PolicyArn=permissions)

    trust = iam.get_role(RoleName="platform-cache")["Role"]["AssumeRolePolicyDocument"]
    other = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(RoleName="platform-cache", PolicyDocument=json.dumps({**trust, "Statement": [other]}))
    run = look("payments")
    assert changes(run) == ["role/platform-cache"]
    assert f"sts:AssumeRole on resource: arn:aws:iam::{SECONDARY}:role/{ROLE}" in failures(run)
    iam.update_assume_role_policy(RoleName="platform-cache", PolicyDocument=json.dumps(trust))

    pulls = f"arn:aws:iam::{SECONDARY}:policy/crossaccount.registry/crossaccount-registry-role-app"
    iam.detach_role_policy(RoleName="app", PolicyArn=pulls)
    cache.update_repository_creation_template(prefix="platform", repositoryPolicy="")
    cache.delete_pull_through_cache_rule(ecrRepositoryPrefix="platform")
    run = look("payments").succeeded()
    named = {one.task.rpartition(" : ")[2]: changes_of(one) for one in run.results if changes_of(one)}
    assert named == {
        "Say what cached repositories will be like": ["platform"],
        "Allow those who pull to pull, and to fill the cache": ["role/app"],
        "Write the rules, and have ECR reach upstream": ["platform"],
    }
    ansible(PLAYBOOK, "--limit", "payments", **fleet.settings).succeeded()
    assert world.may_pull(world.secondary, "app", "platform/python")


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "region": ({"upstream": {**CACHE["upstream"], "region": "eu-west"}}, "cache 'platform': upstream: region: 'eu-west' is no region"),
    "role": (
        {"downstream": {**CACHE["downstream"], "role": f"arn:aws:iam::{PRIMARY}:role/cache"}},
        f"cache 'platform': downstream: roles: 'arn:aws:iam::{PRIMARY}:role/cache' is no role of the account {SECONDARY}",
    ),
    "prefix": (
        {"downstream": {**CACHE["downstream"], "repository_prefix": "Platform/*"}},
        "cache 'platform': downstream: 'repository_prefix' is 'Platform/*'; a prefix has lower case letters and digits",
    ),
}


@pytest.mark.parametrize(("fields", "sentence"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_is_refused_before_anything_is_written(
    ansible: Ansible, fleet: Fleet, journal: Journal, fields: dict[str, Any], sentence: str
) -> None:
    fleet.write({"registry_caches": [{**CACHE, **fields}]})
    run = ansible(PLAYBOOK, "--limit", "images", **fleet.settings)
    assert sentence in failures(run)
    assert not journal.writes()


def test_a_cache_that_shall_go(world: World, ansible: Ansible, fleet: Fleet, journal: Journal) -> None:
    """One from the answers to a survey. Its repositories stay, and what others have written."""
    foreign = {"Sid": "OtherTeam", "Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "ecr:DescribeImages", "Resource": "*"}
    world.primary.client("ecr").put_registry_policy(policyText=json.dumps({"Version": "2012-10-17", "Statement": [foreign]}))
    fleet.write({"registry_caches": []})
    answers = {
        "cache_name": "platform",
        "upstream_account_id": PRIMARY,
        "upstream_region": REGION,
        "downstream_account_id": SECONDARY,
        "downstream_regions": HERE,
        "downstream_repository_prefix": "platform",
        "puller_roles": "app",
    }
    ansible(PLAYBOOK, "--limit", "images,payments", **fleet.settings, variables=answers).succeeded()
    assert world.may_pull(world.secondary, "app", "platform/base/python")
    journal.clear()
    ansible(PLAYBOOK, "--limit", "images,payments", **fleet.settings, variables={**answers, "cache_state": "absent"}).succeeded()
    cache, iam = world.secondary.client("ecr", HERE), world.secondary.client("iam")
    assert cache.describe_pull_through_cache_rules()["pullThroughCacheRules"] == []
    assert cache.describe_repository_creation_templates()["repositoryCreationTemplates"] == []
    assert [role["RoleName"] for role in iam.list_roles(PathPrefix="/")["Roles"] if not role["Path"].startswith("/aws-")] == ["app"]
    assert policies(world.secondary) == {}
    document = json.loads(world.primary.client("ecr").get_registry_policy()["policyText"])
    assert sids(document) == ["OtherTeam"]
    assert [one["repositoryName"] for one in cache.describe_repositories()["repositories"]] == ["platform/base/python"]
    again = ansible(PLAYBOOK, "--limit", "images,payments", **fleet.settings, variables={**answers, "cache_state": "absent"}).succeeded()
    assert again.changed == 0


PUBLIC = f"""
- hosts: localhost
  gather_facts: false
  vars:
    pull_through_cache_account_id: "{PRIMARY}"
    pull_through_cache_caches:
      - name: docker-hub
        upstream: {{registry: docker-hub, credential_arn: "{{{{ credential.secret.arn }}}}"}}
        downstream: {{account: "{PRIMARY}", regions: [{REGION}], repository_prefix: docker-hub}}
        pullers: [{{account: "{PRIMARY}", roles: [app]}}]
      - name: public
        upstream: {{registry: ecr-public}}
        downstream: {{account: "{PRIMARY}", regions: [{REGION}], repository_prefix: public}}
  tasks:
    - name: Keep the credential
      crossaccount.registry.secretsmanager_registry_credential:
        name: ecr-pullthroughcache/docker-hub
        username: team
        password: Pz7-secret
        extra: {{accessToken: Pz7-secret}}
        region: {REGION}
      register: credential
    - ansible.builtin.include_role:
        name: crossaccount.registry.pull_through_cache
        tasks_from: downstream
"""


def test_registries_of_somebody_else(ansible: Ansible, primary: Account) -> None:
    """With a credential where there has to be one, and without a role."""
    primary.create_role("app")
    run = ansible(PUBLIC, "-vvv").succeeded()
    assert "Pz7-secret" not in str(run)
    rules = {one["ecrRepositoryPrefix"]: one for one in primary.client("ecr").describe_pull_through_cache_rules()["pullThroughCacheRules"]}
    assert set(rules) == {"docker-hub", "public"}
    assert ":secret:ecr-pullthroughcache/docker-hub-" in rules["docker-hub"]["credentialArn"]
    (written,) = [one for one in run.results if one.task.endswith("Write the rules, and have ECR reach upstream")]
    assert [action["validation"]["valid"] for action in written["actions"]] == [True, True]
    assert ansible(PUBLIC).succeeded().changed == 0
