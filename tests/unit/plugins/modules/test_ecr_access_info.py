# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ecr_access_info in this process: its exact calls, and what it makes of answers that are none."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from botocore.exceptions import ClientError, EndpointConnectionError

from ansible_collections.crossaccount.registry.plugins.module_utils._aws import access_info
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.modules import ecr_access_info as module

PRIMARY, SECONDARY = "111122223333", "444455556666"
HERE, THERE = "eu-west-1", "us-east-1"
PULL: dict[str, Any] = {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": "ecr:BatchGetImage"}
REGISTRY_READS = {
    "describe_pull_through_cache_rules": 1,
    "describe_repositories": 1,
    "describe_repository_creation_templates": 1,
    "get_account_setting": 1,
    "get_registry_policy": 1,
}

Run = Callable[..., dict[str, Any]]


class Missing(ClientError):
    """ECR's answer for what is not there."""


def text(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Aws:
    """The registries of one account. ``refusals``: (operation, region, repository or None) -> the error."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str | None, Any]] = []
        self.policies: dict[str, dict[str, str | None]] = {HERE: {}}
        self.registry: dict[str, str] = {}
        self.scope = "V2"
        self.templates: list[dict[str, Any]] = []
        self.rules: list[dict[str, Any]] = []
        self.failures: dict[str, str] = {}
        self.refusals: dict[tuple[str, str, str | None], Exception] = {}

    def refuse(self, operation: str, code: str = "AccessDeniedException", repository: str | None = None, region: str = HERE) -> None:
        answer = {"Error": {"Code": code, "Message": f"no {repository}"}, "ResponseMetadata": {"RequestId": f"id-{repository}"}}
        self.refusals[operation, region, repository] = ClientError(answer, "".join(part.capitalize() for part in operation.split("_")))

    def client(self, service: str, region: str | None) -> Any:
        if service == "sts":
            return SimpleNamespace(get_caller_identity=lambda: {"Account": PRIMARY, "Arn": f"arn:aws:iam::{PRIMARY}:root"})
        if service == "ec2":
            return SimpleNamespace(describe_regions=lambda **_options: {"Regions": [{"RegionName": name} for name in self.policies]})
        return Ecr(self, str(region))


class Ecr:
    """A client for ECR in one region."""

    exceptions = SimpleNamespace(RepositoryNotFoundException=Missing)

    def __init__(self, aws: Aws, region: str) -> None:
        self._aws, self._region = aws, region
        self._policies = aws.policies[region]

    def _called(self, operation: str, repository: str | None = None) -> None:
        self._aws.calls.append((operation, self._region, repository))
        refusal = self._aws.refusals.get((operation, self._region, repository))
        if refusal:
            raise refusal

    def get_paginator(self, operation: str) -> Any:
        def paginate(**_options: Any) -> list[dict[str, Any]]:
            self._called(operation)
            arn = f"arn:aws:ecr:{self._region}:{PRIMARY}:repository/"
            shown = [{"registryId": PRIMARY, "repositoryName": name, "repositoryArn": arn + name} for name in self._policies]
            return [{"repositories": shown, "repositoryCreationTemplates": self._aws.templates, "pullThroughCacheRules": self._aws.rules}]

        return SimpleNamespace(paginate=paginate)

    def describe_repositories(self, repositoryNames: list[str]) -> dict[str, Any]:  # noqa: N803
        self._called("describe_repositories", ",".join(repositoryNames))
        raise Missing({"Error": {"Code": "RepositoryNotFoundException", "Message": "not there"}}, "DescribeRepositories")

    def get_registry_policy(self) -> dict[str, Any]:
        self._called("get_registry_policy")
        if self._region not in self._aws.registry:
            raise ClientError({"Error": {"Code": "RegistryPolicyNotFoundException", "Message": "none"}}, "GetRegistryPolicy")
        return {"policyText": self._aws.registry[self._region]}

    def get_account_setting(self, name: str) -> dict[str, Any]:
        self._called("get_account_setting")
        return {"name": name, "value": self._aws.scope}

    def validate_pull_through_cache_rule(self, ecrRepositoryPrefix: str) -> dict[str, Any]:  # noqa: N803
        self._called("validate_pull_through_cache_rule", ecrRepositoryPrefix)
        failure = self._aws.failures.get(ecrRepositoryPrefix)
        return {"isValid": False, "failure": failure} if failure else {"isValid": True}

    def get_repository_policy(self, registryId: str, repositoryName: str) -> dict[str, Any]:  # noqa: N803
        assert registryId == PRIMARY
        self._called("get_repository_policy", repositoryName)
        its = self._policies[repositoryName]
        if its is None:
            raise ClientError({"Error": {"Code": "RepositoryPolicyNotFoundException", "Message": "none"}}, "GetRepositoryPolicy")
        return {"policyText": its}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    """AWS, as the module sees it."""
    fake = Aws()
    monkeypatch.setattr(RegistryAWSModule, "aws_client", lambda _self, service, region=None: fake.client(service, region))
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    return fake


@pytest.fixture
def run(aws: Aws, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs the module with options; returns its result."""
    assert not aws.calls

    def with_options(check: bool = False, region: str | None = HERE, **options: Any) -> dict[str, Any]:
        arguments = {**options, **({"region": region} if region else {}), "_ansible_check_mode": check}
        with patch_module_args(arguments), pytest.raises(SystemExit) as ended:
            module.main()
        printed = capsys.readouterr()
        assert not printed.err
        result: dict[str, Any] = json.loads(printed.out)
        assert ended.value.code == (1 if result.get("failed") else 0)
        return result

    return with_options


def rules(result: dict[str, Any]) -> set[tuple[str, str, str, int]]:
    return {(one["severity"], one["rule"], one["document"], one["repositories_count"]) for one in result["findings"]}


def test_each_thing_is_read_once(aws: Aws, run: Run) -> None:
    aws.policies = {region: {name: text(PULL) if name == "a" else None for name in "abc"} for region in (HERE, THERE)}
    result = run(region=None, regions=["all"])
    for region in (HERE, THERE):
        counted = Counter(operation for operation, its_region, _repository in aws.calls if its_region == region)
        assert counted == {**REGISTRY_READS, "get_repository_policy": 3}
    assert [(one["region"], one["repositories"], one["repositories_with_policy"]) for one in result["registries"]] == [
        (HERE, 3, 1),
        (THERE, 3, 1),
    ]
    assert result["changed"] is False
    before = list(aws.calls)
    assert run(region=None, regions=["all"], check=True) == result
    assert Counter(aws.calls) == Counter(dict.fromkeys(before, 2))


def test_equal_texts_are_looked_at_once(aws: Aws, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    read = access_info.read_document
    monkeypatch.setattr(access_info, "read_document", lambda *arguments: looked.append(arguments[3]) or read(*arguments))
    arn = f"arn:aws:ecr:{HERE}:{PRIMARY}:repository/"
    aws.policies[HERE] = {f"r{at}": text(PULL) for at in range(20)}
    assert run(workers=1)["access"][0]["resources_count"] == 20
    assert looked == [f"{arn}*"]
    looked.clear()
    aws.policies[HERE] = dict.fromkeys(("r1", "r2"), text({**PULL, "Resource": f"{arn}r1"}))
    result = run(workers=1)
    assert looked == [f"{arn}r1", f"{arn}r2"]
    assert [one["resources"] for one in result["access"]] == [["r1"]]
    assert [(one["rule"], one["repository"]) for one in result["findings"]] == [("dead-statement", "r2")]
    looked.clear()
    aws.policies[HERE] = dict.fromkeys(("r1", "r2"), text({**PULL, "Resource": "*"}))
    run(workers=1)
    assert looked == [f"{arn}*"]


def test_what_cannot_be_read_is_a_finding(aws: Aws, run: Run) -> None:
    aws.policies[HERE] = {"a": text(PULL), "b": None, "c": None, "d": "no JSON", "gone": None}
    aws.registry[HERE] = text(PULL)
    for name in ("b", "c"):
        aws.refuse("get_repository_policy", repository=name)
    aws.refuse("get_repository_policy", "RepositoryNotFoundException", "gone")
    aws.refuse("get_account_setting", "NotImplemented")
    aws.refuse("describe_repository_creation_templates")
    aws.refuse("describe_pull_through_cache_rules")
    aws.refuse("get_registry_policy")
    result = run()
    assert rules(result) == {
        ("medium", "not-read", "repository policy", 2),
        ("medium", "not-read", "registry policy", 0),
        ("medium", "unparsable", "repository policy", 1),
        ("info", "not-read", "account setting REGISTRY_POLICY_SCOPE", 0),
        ("info", "not-read", "repository creation templates", 0),
        ("info", "not-read", "pull-through cache rules", 0),
    }
    (denied,) = (one for one in result["findings"] if one["repositories_count"] == 2)
    assert denied["message"] == "It could not be read: AWS answered GetRepositoryPolicy with AccessDeniedException."
    (entry,) = result["registries"]
    unknown = {"scope": None, "registry_policy": None, "templates": None, "cache_rules": None, "repositories_cached": None}
    assert entry == {"account": PRIMARY, "region": HERE, **unknown, "repositories": 5, "repositories_with_policy": 2}
    assert [one["resources"] for one in result["access"]] == [["a"]]


@pytest.mark.parametrize(
    ("options", "severity"),
    [({"regions": [HERE, THERE]}, "medium"), ({"regions": ["all"]}, "info"), ({"regions": ["all", THERE]}, "medium")],
)
def test_a_closed_region(aws: Aws, run: Run, options: dict[str, Any], severity: str) -> None:
    aws.policies = {HERE: {"a": text(PULL)}, THERE: {}}
    for operation in REGISTRY_READS:
        aws.refuse(operation, "UnrecognizedClientException", region=THERE)
    result = run(region=None, **options)
    assert rules(result) == {(severity, "not-read", "region", 0)}
    assert [one["repositories"] for one in result["registries"]] == [1, None]


def test_a_region_where_repositories_cannot_be_listed(aws: Aws, run: Run) -> None:
    aws.policies = {HERE: {"a": text(PULL)}, THERE: {"a": None}}
    aws.registry[THERE] = text({**PULL, "Resource": "*"})
    aws.refuse("describe_repositories", "ServerException", region=THERE)
    result = run(region=None, regions=[HERE, THERE], repositories=["a*"])
    assert rules(result) == {("medium", "not-read", "list of repositories", 0)}
    assert {one["source"] for one in result["access"]} == {"repository_policy", "registry_policy"}


def test_nothing_at_all_can_be_read(aws: Aws, run: Run) -> None:
    aws.refuse("describe_repositories")
    result = run()
    assert result["msg"].startswith("DescribeRepositories: AccessDeniedException: no None")
    assert result["error"]["code"] == "AccessDeniedException"
    aws.refusals["describe_repositories", HERE, None] = EndpointConnectionError(endpoint_url="http://nowhere")
    assert "nowhere" in run()["msg"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"workers": 0}, "'workers' must be at least 1"),
        ({"account_id": SECONDARY}, f"the credentials are those of account {PRIMARY}, but 'account_id' is {SECONDARY}"),
        ({"account_id": 111122223333}, "an account id has 12 digits and is written in quotes"),
        ({"allowed_accounts": [444455556666]}, "'allowed_accounts' has 444455556666"),
        ({"repositories": ["No/Such"]}, "'No/Such' is no repository name"),
        ({"repositories": ["b*", "a"]}, "these select no repository: 'b*' in any region. Correct the name"),
        ({"repositories": ["aa"]}, "'aa' in any region"),
        ({"region": None}, "no region"),
        ({"fail_on": "worst"}, "value of fail_on must be one of"),
    ],
)
def test_what_is_refused(aws: Aws, run: Run, options: dict[str, Any], words: str) -> None:
    aws.policies[HERE] = {"a": None}
    result = run(**options)
    assert words in result["msg"]
    assert not any(operation == "get_repository_policy" for operation, _region, _repository in aws.calls)


def test_scope_templates_and_rules(aws: Aws, run: Run) -> None:
    aws.policies[HERE] = {"hub/nginx": None, "app": None, "with": text(PULL)}
    aws.scope = "V1"
    aws.registry[HERE] = text({**PULL, "Resource": "*"})
    aws.rules = [{"ecrRepositoryPrefix": "hub"}]
    aws.templates = [{"prefix": "team", "appliedFor": ["CREATE_ON_PUSH"], "repositoryPolicy": text({**PULL, "Principal": "*"})}]
    aws.templates += [{"prefix": "ROOT", "repositoryPolicy": text(PULL)}, {"prefix": "bad", "repositoryPolicy": "{"}, {"prefix": "none"}]
    result = run()
    assert rules(result) == {
        ("critical", "public", "creation template team", 0),
        ("medium", "unparsable", "creation template bad", 0),
        ("low", "dead-statement", "registry policy", 0),
        ("low", "no-policy", "repository policy", 1),
        ("low", "registry-scope-v1", "registry policy", 0),
        ("info", "no-template", "pull-through cache rule hub", 0),
    }
    templates = {(one["principal"], *one["resources"]) for one in result["access"] if one["source"] == "creation_template"}
    assert templates == {("*", "team/*"), (SECONDARY, "*")}
    (entry,) = result["registries"]
    assert (entry["scope"], entry["registry_policy"], entry["templates"], entry["cache_rules"]) == ("V1", True, 4, 1)
    assert entry["repositories_cached"] == 1


def test_caches(aws: Aws, run: Run) -> None:
    """Each rule is validated when that is asked for; a rule is covered by a template with a policy for all that it caches."""
    prefixes = ("covered", "part", "rest", "broken", "closed")
    aws.rules = [{"ecrRepositoryPrefix": prefix} for prefix in (*prefixes, "ROOT")]
    caching = {"appliedFor": ["PULL_THROUGH_CACHE"]}
    aws.templates = [
        *({"prefix": prefix, **caching, "repositoryPolicy": text(PULL)} for prefix in ("covered", "part/lib", "broken", "closed")),
        {"prefix": "ROOT", **caching},
    ]
    without = {("info", "no-template", f"pull-through cache rule {prefix}", 0) for prefix in ("part", "rest", "ROOT")}
    assert rules(run()) == without
    assert not [one for one in aws.calls if one[0] == "validate_pull_through_cache_rule"]
    role, upstream = f"arn:aws:sts::{PRIMARY}:assumed-role/cache/ecr", f"arn:aws:ecr:us-east-1:{SECONDARY}:repository/base"
    denied = f"is not authorized to perform: ecr:BatchGetImage on resource: {upstream} because no resource-based policy allows it"
    aws.failures["broken"] = f"User: {role} {denied}"
    aws.refuse("validate_pull_through_cache_rule", repository="closed")
    result = run(validate_cache_rules=True)
    invalid = ("medium", "cache-rule-invalid", "pull-through cache rule broken", 0)
    unread = ("info", "not-read", "validation of the pull-through cache rule closed", 0)
    assert rules(result) == without | {invalid, unread}
    (finding,) = [one for one in result["findings"] if one["rule"] == "cache-rule-invalid"]
    assert finding["message"] == (
        f"ECR cannot fetch what is not cached yet: account {SECONDARY} in us-east-1 has no registry or repository policy that allows "
        f"ecr:BatchGetImage on {upstream} to the role cache of account {PRIMARY}."
    )
    assert result["registries"][0]["repositories_cached"] == 0


def test_fail_on(aws: Aws, run: Run) -> None:
    aws.policies[HERE] = {"a": text(PULL)}
    quiet = run(fail_on="critical", allowed_accounts=[])
    assert not quiet.get("failed")
    loud = run(fail_on="high", allowed_accounts=[])
    assert loud["failed"] and "account-not-allowed: repository policy of a in eu-west-1" in loud["msg"]
    assert {key: loud[key] for key in ("access", "findings", "summary")} == {key: quiet[key] for key in ("access", "findings", "summary")}
