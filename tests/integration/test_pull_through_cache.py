# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pull-through cache between accounts as one unit: empty accounts, one run, first pulls, and what is said when a part is missing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.accounts import Fleet, client_of, may, policies, pull, push, sids
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.jobs import start_slices, union
from tests.integration.modules import SECRET, Modules
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
RULES = [
    {
        "ecr_repository_prefix": "platform",
        "upstream_ecr": {"account": PRIMARY, "region": REGION},
        "upstream_repository_prefix": "base",
        "custom_role_arn": f"arn:aws:iam::{SECONDARY}:role/{ROLE}",
    }
]


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
def modules(lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Modules:
    return Modules(lab, monkeypatch, capsys)


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


#: What repositories of the cache are like, in all settings, and what can be chosen of both sides.
LIFECYCLE = {"rules": [{"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 9},
                        "action": {"type": "expire"}}]}  # fmt: skip
TEMPLATE: dict[str, Any] = {
    "description": "Base images",
    "applied_for": ["PULL_THROUGH_CACHE", "REPLICATION"],
    "tags": {"team": "platform"},
    "lifecycle_policy": LIFECYCLE,
    "image_tag_mutability": "IMMUTABLE_WITH_EXCLUSION",
    "image_tag_mutability_exclusion_filters": ["dev-*"],
    "custom_role_arn": f"arn:aws:iam::{SECONDARY}:role/cache-templates",
}
CAREFUL: dict[str, Any] = {
    **CACHE,
    "upstream": {**CACHE["upstream"], "scope": "repository"},
    "downstream": {**CACHE["downstream"], "require_source_account": True},
}


def test_one_run_on_empty_accounts(world: World, ansible: Ansible, fleet: Fleet, journal: Journal, tmp_path: Path) -> None:
    """Shown, made in slices, unchanged as a whole; the first pulls work from the account of the cache and from a third one."""
    key = world.secondary.client("kms", HERE).create_key()["KeyMetadata"]["Arn"]
    world.secondary.create_role("cache-templates", {"Service": "ecr.amazonaws.com"})
    world.secondary.let("cache-templates", "ecr:CreateRepository", "ecr:TagResource", "kms:CreateGrant", "kms:DescribeKey")
    fleet.write({"registry_caches": [{**CAREFUL, "template": {**TEMPLATE, "encryption": {"type": "KMS", "kms_key": key}}}]})
    journal.clear()
    check = ansible(PLAYBOOK, "--check", **fleet.settings).succeeded()
    assert journal.writes() == []
    real = union(job.wait() for job in start_slices(tmp_path, ansible, fleet, PLAYBOOK)).succeeded()
    assert (real.changed, set(changes(real))) == (check.changed, set(changes(check)))
    again = ansible(PLAYBOOK, **fleet.settings).succeeded()
    assert again.changed == 0, changes(again)
    verified = ansible("crossaccount.registry.verify", **fleet.settings).succeeded()
    assert verified.changed == 0
    assert not world.may_pull(world.other, "shop", "platform/python")
    assert world.may_pull(world.secondary, "app", "platform/python")
    assert world.may_pull(world.other, "shop", "platform/python")
    assert world.may_pull(world.other, "shop-ci", "platform/node")
    assert world.primary.sids("base/node") == ["CrossaccountCachePlatformUpstreamRoles"]
    cache = world.secondary.client("ecr", HERE)
    (made,) = cache.describe_repositories(repositoryNames=["platform/node"])["repositories"]
    assert made["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": key}
    assert (made["imageTagMutability"], made["imageTagMutabilityExclusionFilters"]) == (
        "IMMUTABLE_WITH_EXCLUSION",
        [{"filterType": "WILDCARD", "filter": "dev-*"}],
    )
    assert cache.list_tags_for_resource(resourceArn=made["repositoryArn"])["tags"] == [{"Key": "team", "Value": "platform"}]
    assert json.loads(cache.get_lifecycle_policy(repositoryName="platform/node")["lifecyclePolicyText"]) == LIFECYCLE
    (template,) = cache.describe_repository_creation_templates()["repositoryCreationTemplates"]
    assert (template["description"], set(template["appliedFor"])) == ("Base images", {"PULL_THROUGH_CACHE", "REPLICATION"})
    trust = world.secondary.client("iam").get_role(RoleName="platform-cache")["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Condition"] == {"StringEquals": {"aws:SourceAccount": SECONDARY}}


# -- what is missing ---------------------------------------------------------------------------------------------------


class Documents:
    """The documents of the cache, each to be taken away and put back."""

    def __init__(self, world: World) -> None:
        self._upstream, self._cache = world.primary.client("ecr"), world.secondary.client("ecr", HERE)
        self._iam = {SECONDARY: world.secondary.client("iam"), OTHER: world.other.client("iam")}

    @contextmanager
    def upstream(self) -> Iterator[None]:
        text = self._upstream.get_registry_policy()["policyText"]
        self._upstream.delete_registry_policy()
        yield
        self._upstream.put_registry_policy(policyText=text)

    @contextmanager
    def trust(self) -> Iterator[None]:
        iam = self._iam[SECONDARY]
        trust = iam.get_role(RoleName="platform-cache")["Role"]["AssumeRolePolicyDocument"]
        other = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        iam.update_assume_role_policy(RoleName="platform-cache", PolicyDocument=json.dumps({**trust, "Statement": [other]}))
        yield
        iam.update_assume_role_policy(RoleName="platform-cache", PolicyDocument=json.dumps(trust))

    @contextmanager
    def permissions(self, role: str = "platform-cache", account: str = SECONDARY) -> Iterator[None]:
        policy = f"arn:aws:iam::{account}:policy/crossaccount.registry/crossaccount-registry-role-{role}"
        self._iam[account].detach_role_policy(RoleName=role, PolicyArn=policy)
        yield
        self._iam[account].attach_role_policy(RoleName=role, PolicyArn=policy)

    @contextmanager
    def rule(self) -> Iterator[None]:
        (rule,) = self._cache.describe_pull_through_cache_rules()["pullThroughCacheRules"]
        names = ("ecrRepositoryPrefix", "upstreamRegistryUrl", "upstreamRepositoryPrefix", "customRoleArn")
        self._cache.delete_pull_through_cache_rule(ecrRepositoryPrefix="platform")
        yield
        self._cache.create_pull_through_cache_rule(**{name: rule[name] for name in names})

    @contextmanager
    def template(self) -> Iterator[None]:
        (template,) = self._cache.describe_repository_creation_templates()["repositoryCreationTemplates"]
        self._cache.update_repository_creation_template(prefix="platform", repositoryPolicy="")
        yield
        self._cache.update_repository_creation_template(prefix="platform", repositoryPolicy=template["repositoryPolicy"])

    @contextmanager
    def registry(self) -> Iterator[None]:
        text = self._cache.get_registry_policy()["policyText"]
        self._cache.delete_registry_policy()
        yield
        self._cache.put_registry_policy(policyText=text)


FETCHER = f"role platform-cache of account {SECONDARY}"
CANNOT = "the cache rule platform cannot fetch: "
UPSTREAM = f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/base/python"
EVERYBODY = ["app", "shop", "shop-ci"]
#: How a document is taken away -> what is said then, about whom the check says it, and whether the validation does, too.
MISSING: dict[str, tuple[Callable[[Documents], AbstractContextManager[None]], str, list[str], bool]] = {
    "upstream policy": (
        Documents.upstream,
        f"account {PRIMARY} in {REGION} has no registry or repository policy that allows ecr:BatchGetImage on {UPSTREAM} to the {FETCHER}",
        EVERYBODY,
        True,
    ),
    "trust": (
        Documents.trust,
        f"the trust policy of the role arn:aws:iam::{SECONDARY}:role/{ROLE} does not let pullthroughcache.ecr.amazonaws.com assume it, or "
        "there is no such role",
        EVERYBODY,
        True,
    ),
    "permissions": (Documents.permissions, f"no identity policy of the {FETCHER} allows ecr:GetAuthorizationToken on *", EVERYBODY, True),
    "rule": (
        Documents.rule,
        f"there is no repository platform/* in account {SECONDARY} in {HERE}, and no pull-through cache rule covers it; write the rule "
        "with crossaccount.registry.ecr_pull_through_cache_rule",
        EVERYBODY,
        False,
    ),
    "template": (
        Documents.template,
        "the creation template platform gives repositories no policy; across accounts the registry's side must allow it too",
        ["shop"],
        False,
    ),
    "identity of a puller": (
        lambda documents: documents.permissions("app"),
        f"role app of account {SECONDARY} has no identity policy that allows anything; neither may it log in (ecr:GetAuthorizationToken)",
        ["app"],
        False,
    ),
    "identity of a puller elsewhere": (
        lambda documents: documents.permissions("shop", OTHER),
        f"role shop of account {OTHER} has no identity policy that allows anything; neither may it log in (ecr:GetAuthorizationToken)",
        ["shop"],
        False,
    ),
    "registry policy of the cache": (
        Documents.registry,
        f"before there is the repository platform/*, only the registry policy of {SECONDARY} in {HERE} can let role shop-ci of account "
        f"{OTHER} in, and it does not allow ecr:BatchGetImage and ecr:CreateRepository and ecr:BatchImportUpstreamImage",
        ["shop-ci"],
        False,
    ),
}


def test_what_is_missing_is_named(world: World, ansible: Ansible, fleet: Fleet, modules: Modules, journal: Journal, tmp_path: Path) -> None:
    """Any one document goes: validation and check of access say which, in one sentence, and nothing else. Then it is put back.

    Of several that go at once the role shows each, the proof by playbook fails with the cause, and the report shows what is cached.
    """
    fleet.write({"registry_caches": [CACHE], "pull_through_cache_wait_timeout": 3})
    ansible(PLAYBOOK, **fleet.settings).succeeded()
    everybody = [{"account_id": OTHER, "access_key": OTHER, "secret_key": SECRET}]

    def look() -> tuple[str | None, dict[str, str]]:
        """What the validation says of the rule, and of whom the check says what."""
        validated = modules.run("ecr_pull_through_cache_rule", SECONDARY, check=True, rules=RULES, region=HERE, validate=True)
        checked = modules.run("ecr_access_check", SECONDARY, caches=[CACHE], accounts=everybody)
        denied = {one["principal"].rpartition("/")[2]: one["reason"] for one in checked["checks"] if one["outcome"] != "allowed"}
        assert checked["summary"]["checks"] == len(EVERYBODY) and bool(checked.get("failed")) == bool(denied)
        return validated.get("msg"), denied

    documents = Documents(world)
    assert look() == (None, {})
    for name, (without, sentence, whom, invalid) in MISSING.items():
        with without(documents):
            said, denied = look()
        assert list(denied) == whom, name
        for reason in denied.values():
            told = reason.removeprefix(CANNOT)
            assert (told if whom != ["shop-ci"] else told[: len(sentence)]) == sentence, name
        assert (said is not None) == invalid, (name, said)
        assert not invalid or f"not valid: {sentence} (ECR says: User: " in str(said), (name, said)
    assert look() == (None, {})

    named = {"principals": [f"arn:aws:iam::{SECONDARY}:role/app"], "repositories": ["platform/python"], "method": "both"}
    journal.clear()
    (untried,) = modules.run("ecr_access_check", SECONDARY, regions=[HERE], **named)["checks"]
    assert (untried["evaluated"], untried["probed"], untried["cache_rule"]) == ("allowed", "unknown", "platform")
    assert not journal.calls("BatchGetImage")
    with documents.template(), documents.permissions("app"), documents.rule():
        run = ansible(PLAYBOOK, "--check", "--limit", "payments", **fleet.settings).succeeded()
    named = {one.task.rpartition(" : ")[2]: changes_of(one) for one in run.results if changes_of(one)}
    assert named == {
        "Say what cached repositories will be like": ["platform"],
        "Allow those who pull to pull, and to fill the cache": ["role/app"],
        "Write the rules, and have ECR reach upstream": ["platform"],
    }
    with documents.trust():
        run = ansible("crossaccount.registry.verify", "--limit", "payments", **fleet.settings)
        assert f"{CANNOT}{MISSING['trust'][1]}" in failures(run)
    assert world.secondary.client("ecr", HERE).describe_repositories()["repositories"] == []
    with documents.template(), documents.registry():
        assert world.may_pull(world.secondary, "app", "platform/python")
        with documents.trust():
            page = {"access_report_path": str(tmp_path / "access.html")}
            ansible("crossaccount.registry.access_report", "--limit", "payments", **fleet.settings, variables=page).succeeded()
    report = json.loads((tmp_path / "access.json").read_text())
    found = {one["rule"]: one for one in report["findings"]}
    assert {(rule, one["account"], one["region"]) for rule, one in found.items()} == {
        (rule, SECONDARY, HERE) for rule in ("cache-rule-invalid", "no-policy", "no-template")
    }
    assert found["cache-rule-invalid"]["message"] == f"ECR cannot fetch what is not cached yet: {MISSING['trust'][1]}."
    assert found["no-policy"]["repositories"] == ["platform/python"]
    assert [(one["region"], one["repositories_cached"]) for one in report["registries"]] == [(HERE, 1), (REGION, 0)]


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "region": ({"upstream": {**CACHE["upstream"], "region": "eu-west"}}, "cache 'platform': upstream: region: 'eu-west' is no region"),
    "role": (
        {"downstream": {**CACHE["downstream"], "role": f"arn:aws:iam::{PRIMARY}:role/cache"}},
        f"cache 'platform': downstream: role: 'arn:aws:iam::{PRIMARY}:role/cache' is no role of the account {SECONDARY}",
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


def test_a_wrong_upstream_is_explained(world: World, ansible: Ansible, fleet: Fleet, modules: Modules) -> None:
    """A region that is none, a region of another partition, regions where nobody lets it in, and where there is nothing to cache."""
    world.secondary.create_role("cache", {"Service": "pullthroughcache.ecr.amazonaws.com"})
    world.secondary.let("cache", "ecr:*")

    def written(region: str) -> str:
        rule = {
            **RULES[0],
            "upstream_ecr": {"account": PRIMARY, "region": region},
            "custom_role_arn": f"arn:aws:iam::{SECONDARY}:role/cache",
        }
        return str(modules.run("ecr_pull_through_cache_rule", SECONDARY, rules=[rule], region=HERE, validate=True, wait_timeout=0)["msg"])

    assert f"ECR knows no registry of account {PRIMARY} in 'eu-west-9'; correct the account or the region of the upstream" in written(
        "eu-west-9"
    )
    assert f"is in another partition than {HERE}; ECR caches within one partition only" in written("cn-north-1")
    assert f"not valid: account {PRIMARY} in us-east-1 has no registry or repository policy that allows" in written("us-east-1")
    fleet.write({"registry_caches": [{**CACHE, "upstream": {**CACHE["upstream"], "region": "us-east-1"}}]})
    run = ansible(PLAYBOOK, "--check", "--limit", "images", **fleet.settings).succeeded()
    sentence = (
        f"there is no repository base/* in account {PRIMARY} in us-east-1, so there is nothing to cache yet; if there should be, correct"
    )
    assert sentence in run.stdout


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
