# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ecr_repository_policy in this process: its exact calls, and what it refuses with which words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from botocore.exceptions import ClientError

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.modules import ecr_repository_policy as module

PRIMARY, SECONDARY, OTHER = "111122223333", "444455556666", "777788889999"
STATEMENT: dict[str, Any] = {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": "ecr:BatchGetImage"}
GRANT: dict[str, Any] = {
    "name": "runtime",
    "registry": {"account": PRIMARY, "regions": ["eu-west-1"]},
    "repositories": ["payments/*"],
    "access": "pull",
    "to": [{"account": SECONDARY}],
}

Options = dict[str, Any]
Run = Callable[..., dict[str, Any]]


class Missing(ClientError):
    """ECR's answer for what is not there."""


class Aws:
    """Clients for ECR in any region, EC2 and STS, for one account. ``calls`` are all calls: operation, region, and what about."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str | None, Any]] = []
        self.policies: dict[str, dict[str, str | None]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.closed: set[str] = set()

    def add(self, *names: str, region: str = "eu-west-1", policy: str | None = None, **tags: str) -> None:
        """Repositories, with a policy and tags."""
        for name in names:
            self.policies.setdefault(region, {})[name] = policy
            self.tags[name] = tags

    @property
    def writes(self) -> list[tuple[str, str | None, Any]]:
        return [call for call in self.calls if not call[0].startswith(("describe", "get", "list"))]

    def client(self, service: str, region: str | None, repeats: bool) -> Any:
        if service == "sts":
            return SimpleNamespace(get_caller_identity=lambda: {"Account": PRIMARY, "Arn": f"arn:aws:iam::{PRIMARY}:root"})
        if service == "ec2":
            return SimpleNamespace(describe_regions=lambda **_options: self._regions(region))
        return Ecr(self, str(region), repeats)

    def _regions(self, region: str | None) -> dict[str, Any]:
        self.calls.append(("describe_regions", region, None))
        return {"Regions": [{"RegionName": name} for name in [*self.policies, *self.closed]]}


class Ecr:
    """A client for ECR in one region."""

    exceptions = SimpleNamespace(RepositoryNotFoundException=Missing)

    def __init__(self, aws: Aws, region: str, repeats: bool) -> None:
        self._aws, self._region, self._repeats = aws, region, repeats
        self._policies = aws.policies.get(region, {})

    def _called(self, operation: str, what: Any = None) -> None:
        self._aws.calls.append((operation, self._region, what))
        assert self._repeats == operation.startswith(("describe", "get", "list")), "botocore repeats what reads, and nothing else"

    def _shown(self, names: Any) -> dict[str, Any]:
        arn = f"arn:aws:ecr:{self._region}:{PRIMARY}:repository/"
        return {"repositories": [{"registryId": PRIMARY, "repositoryName": name, "repositoryArn": arn + name} for name in names]}

    def describe_repositories(self, repositoryNames: list[str]) -> dict[str, Any]:  # noqa: N803
        self._called("describe_repositories", tuple(repositoryNames))
        if not set(repositoryNames) <= set(self._policies):
            raise Missing({"Error": {"Code": "RepositoryNotFoundException", "Message": "not there"}}, "DescribeRepositories")
        return self._shown(repositoryNames)

    def get_paginator(self, operation: str) -> Any:
        def paginate(PaginationConfig: dict[str, int]) -> list[dict[str, Any]]:  # noqa: N803
            self._called(operation, PaginationConfig["PageSize"])
            if self._region in self._aws.closed:
                raise ClientError({"Error": {"Code": "UnrecognizedClientException", "Message": "closed"}}, "DescribeRepositories")
            return [self._shown(self._policies)]

        return SimpleNamespace(paginate=paginate)

    def list_tags_for_resource(self, resourceArn: str) -> dict[str, Any]:  # noqa: N803
        name = resourceArn.partition("repository/")[2]
        self._called("list_tags_for_resource", name)
        return {"tags": [{"Key": key, "Value": value} for key, value in self._aws.tags[name].items()]}

    def get_repository_policy(self, registryId: str, repositoryName: str) -> dict[str, Any]:  # noqa: N803
        assert registryId == PRIMARY
        self._called("get_repository_policy", repositoryName)
        text = self._policies[repositoryName]
        if text is None:
            raise ClientError({"Error": {"Code": "RepositoryPolicyNotFoundException", "Message": "none"}}, "GetRepositoryPolicy")
        return {"policyText": text}

    def set_repository_policy(self, registryId: str, repositoryName: str, policyText: str, force: bool) -> None:  # noqa: N803
        assert registryId == PRIMARY
        self._called("set_repository_policy", (repositoryName, force))
        self._policies[repositoryName] = policyText

    def delete_repository_policy(self, registryId: str, repositoryName: str) -> None:  # noqa: N803
        assert registryId == PRIMARY
        self._called("delete_repository_policy", repositoryName)
        self._policies[repositoryName] = None


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    """AWS, as the module sees it."""
    fake = Aws()
    monkeypatch.setattr(
        RegistryAWSModule, "aws_client", lambda _self, service, region=None, repeats=True: fake.client(service, region, repeats)
    )
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    return fake


@pytest.fixture
def run(aws: Aws, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs the module with options; returns its result."""
    assert not aws.calls

    def with_options(check: bool = False, diff: bool = False, region: str | None = "eu-west-1", **options: Any) -> dict[str, Any]:
        arguments = {**options, **({"region": region} if region else {}), "_ansible_check_mode": check, "_ansible_diff": diff}
        with patch_module_args({"workers": 1, **arguments}), pytest.raises(SystemExit) as ended:
            module.main()
        printed = capsys.readouterr()
        assert not printed.err
        result: dict[str, Any] = json.loads(printed.out)
        assert ended.value.code == (1 if result.get("failed") else 0)
        return result

    return with_options


# -- calls -------------------------------------------------------------------------------------------------------------


def test_the_calls_of_a_first_and_of_a_second_run(aws: Aws, run: Run) -> None:
    aws.add("payments/web", "payments/api", "base")
    here = "eu-west-1"
    assert run(repositories=["payments/*"], statements=[STATEMENT])["summary"]["created"] == 2
    assert aws.calls == [
        ("describe_repositories", here, 1000),
        ("get_repository_policy", here, "payments/api"),
        ("get_repository_policy", here, "payments/web"),
        ("set_repository_policy", here, ("payments/api", False)),
        ("set_repository_policy", here, ("payments/web", False)),
        ("get_repository_policy", here, "payments/api"),
        ("get_repository_policy", here, "payments/web"),
    ]
    aws.calls.clear()
    assert run(repositories=["payments/*"], statements=[STATEMENT])["changed"] is False
    assert aws.calls == [
        ("describe_repositories", here, 1000),
        ("get_repository_policy", here, "payments/api"),
        ("get_repository_policy", here, "payments/web"),
    ]


def test_names_are_looked_up_by_name(aws: Aws, run: Run) -> None:
    aws.add("app", "base")
    run(repositories=["app"], statements=[STATEMENT], check=True)
    assert aws.calls == [("describe_repositories", "eu-west-1", ("app",)), ("get_repository_policy", "eu-west-1", "app")]


def test_tags_are_read_only_where_a_selector_needs_them(aws: Aws, run: Run) -> None:
    aws.add("app", team="a")
    aws.add("base", team="b")
    result = run(repositories=["tag:team=a"], statements=[STATEMENT], check=True)
    assert [one["resource"] for one in result["actions"]] == ["app"]
    assert [call[0] for call in aws.calls] == ["describe_repositories", *["list_tags_for_resource"] * 2, "get_repository_policy"]


def test_the_last_statement_takes_the_policy_with_it(aws: Aws, run: Run) -> None:
    aws.add("app", policy=json.dumps({"Version": "2012-10-17", "Statement": STATEMENT}))
    assert run(repositories=["app"], state="absent", sids=["Pull"])["summary"]["deleted"] == 1
    assert aws.writes == [("delete_repository_policy", "eu-west-1", "app")]


def test_force_is_passed_on(aws: Aws, run: Run) -> None:
    aws.add("app")
    deny = {"Sid": "Stop", "Effect": "Deny", "Principal": "*", "Action": "ecr:SetRepositoryPolicy"}
    assert run(repositories=["app"], statements=[deny], force=True)["changed"]
    assert aws.writes == [("set_repository_policy", "eu-west-1", ("app", True))]


def test_regions_that_are_closed_are_told(aws: Aws, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where a warning ends up depends on whether this process has also loaded the controller's side of Ansible.
    told: list[str] = []
    monkeypatch.setattr("ansible.module_utils.basic.AnsibleModule.warn", lambda _module, warning: told.append(warning))
    aws.add("app")
    aws.add("app", region="us-east-1")
    aws.closed.add("me-south-1")
    result = run(repositories=["app*"], regions=["all"], statements=[STATEMENT], check=True)
    assert [one["region"] for one in result["actions"]] == ["eu-west-1", "us-east-1"]
    assert told == ["not looked into, because AWS does not let this account use them: me-south-1"]
    assert run(repositories=["app*"], regions=["eu-west-1", "me-south-1"], statements=[STATEMENT])["failed"]
    assert not aws.writes


# -- refusals ----------------------------------------------------------------------------------------------------------


def given(**options: Any) -> Options:
    """A good statement for two repositories, with changes."""
    return {"repositories": ["payments/*"], "statements": [STATEMENT], **options}


def changed(**elements: Any) -> Options:
    """The options with a statement in which something is wrong."""
    return given(statements=[{**STATEMENT, **elements}])


def policy(text: Any) -> Options:
    """The options with a whole policy."""
    return {"repositories": ["payments/*"], "policy": text}


def granted(**fields: Any) -> Options:
    """The options with a grant in which something is wrong."""
    return {"grants": [{**GRANT, **fields}]}


def conditional(operator: str, key: str, value: Any) -> Options:
    """The options with a statement for everybody who meets a condition."""
    return changed(Principal={"AWS": "*"}, Condition={operator: {key: value}})


EVERYONE = ["statement Pull allows everyone", "aws:PrincipalOrgID", "allow_public: true"]
REFUSALS: dict[str, tuple[Options, list[str]]] = {
    "malformed JSON": (policy('{"Statement": [}'), ["not valid JSON", "line 1, column 16"]),
    "no JSON at all": (policy("just text"), ["not valid JSON", "line 1, column 1"]),
    "a list": (policy([STATEMENT, STATEMENT]), ["a policy document is a JSON object, this one is a list"]),
    "a key twice": (
        policy('{"Statement": [{"Sid": "A", "Effect": "Deny", "Effect": "Allow"}]}'),
        ["the key 'Effect' twice", "only the last one would count"],
    ),
    "an unknown version": (policy({"Version": "2012-10-18", "Statement": [STATEMENT]}), ["Version is '2012-10-18'", "2012-10-17"]),
    "account id as a number": (
        changed(Principal={"AWS": 444455556666}),
        ["statement Pull", "Principal has 444455556666, a number", "12 digits", "write it in quotes", "leading zeros"],
    ),
    "account id as a number in a policy": (
        policy({"Statement": [{**STATEMENT, "Principal": {"AWS": [12345678901]}}]}),
        ["statement Pull", "12345678901", "12 digits", "quotes"],
    ),
    "account id as a number in a condition": (
        conditional("StringEquals", "aws:PrincipalAccount", 444455556666),
        ["statement Pull", "Condition StringEquals aws:PrincipalAccount", "444455556666", "quotes"],
    ),
    "account id with eleven digits": (changed(Principal={"AWS": "44445555666"}), ["statement Pull", "44445555666", "12 digits"]),
    "account id as a number in a grant": (
        granted(to=[{"account": 444455556666}]),
        ["grant 'runtime': to[0]: account", "the number 444455556666", "in quotes", "leading zeros"],
    ),
    "account id as a number in a grant's registry": (
        granted(registry={"account": 111122223333, "regions": ["eu-west-1"]}),
        ["grant 'runtime': registry.account", "the number 111122223333", "in quotes"],
    ),
    "account id as a number in allowed_accounts": (
        given(allowed_accounts=[444455556666]),
        ["'allowed_accounts' has 444455556666", "12 digits", "in quotes"],
    ),
    "unknown access level": (
        granted(access="read"),
        ["grant 'runtime': access is 'read'", "one of: pull, push, pull_push, scan, cache, replicate"],
    ),
    "unknown field of a grant": (granted(acces="pull"), ["acces"]),
    "one of several grants": ({"grants": [GRANT, {**GRANT, "name": "second", "access": "all"}]}, ["grant 'second': access is 'all'"]),
    "two grants of one name": ({"grants": [GRANT, GRANT]}, ["grant 'runtime': the name is used twice"]),
    "CodeBuild": (
        granted(to=[{"account": SECONDARY, "service": "codebuild"}]),
        ["grant 'runtime': to[0]", "SERVICE_ROLE", "name the role in 'roles'"],
    ),
    "a region that does not exist": (
        granted(registry={"account": PRIMARY, "regions": ["eu-west"]}),
        ["grant 'runtime': registry.regions: 'eu-west' is no region"],
    ),
    "everyone": (changed(Principal="*"), ["repository policy of 111122223333 eu-west-1 payments/api", *EVERYONE]),
    "everyone in a list": (changed(Principal={"AWS": [SECONDARY, "*"]}), EVERYONE),
    "everyone, behind any organization": (conditional("StringLike", "aws:PrincipalOrgID", "o-*"), EVERYONE),
    "everyone, where the organization may be missing": (
        conditional("StringEqualsIfExists", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        EVERYONE,
    ),
    "everyone but an organization": (conditional("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"), EVERYONE),
    "everyone but one": (
        given(statements=[{"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "ecr:BatchGetImage"}]),
        ["statement #1 allows everyone"],
    ),
    "an account that is not allowed": (
        given(allowed_accounts=[OTHER]),
        ["statement Pull allows 444455556666", "outside of 'allowed_accounts'", f"{PRIMARY}, {OTHER}"],
    ),
    "an account where only organizations are allowed": (
        given(allowed_organizations=["o-a1b2c3d4e5"]),
        ["statement Pull allows 444455556666", "'allowed_organizations' (o-a1b2c3d4e5)"],
    ),
    "an organization that is not allowed": (
        granted(to=[{"organization": "o-a1b2c3d4e5"}]) | {"allowed_organizations": ["o-zzzzzzzzzz"], "allowed_accounts": [SECONDARY]},
        ["CrossaccountRegistryRuntimePullOrganization", "the organization o-a1b2c3d4e5", "not in 'allowed_organizations' (o-zzzzzzzzzz)"],
    ),
    "a service in an account that is not allowed": (
        granted(to=[{"account": SECONDARY, "service": "lambda"}]) | {"allowed_accounts": [OTHER]},
        ["CrossaccountRegistryRuntimePullLambda", SECONDARY, "outside of 'allowed_accounts'"],
    ),
    "a lock-out": (
        given(statements=[{"Sid": "Stop", "Effect": "Deny", "Principal": "*", "Action": "ecr:*"}]),
        ["statement Stop would deny the owner 111122223333", "leave the owner out of the Deny", "force: true"],
    ),
    "too large": (
        changed(Principal={"AWS": [f"{number:012d}" for number in range(10**11, 10**11 + 700)]}),
        ["payments/api", "the repository policy would have", "10,240 are allowed", "organization"],
    ),
    "a pattern that matches nothing": (
        given(repositories=["payments/*", "payment/*"]),
        ["'payment/*' in eu-west-1", "select no repository", "allow_no_match: true"],
    ),
    "a pattern that matches in one region only": (
        given(regions=["eu-west-1", "us-east-1"]),
        ["'payments/*' in us-east-1", "select no repository"],
    ),
    "a tag that nothing has": (given(repositories=["tag:team=paments"]), ["'tag:team=paments' in eu-west-1", "select no repository"]),
    "a misspelled name": (
        given(repositories=["payments/ap"]),
        ["'payments/ap' in eu-west-1 (there is payments/api", "Correct the name"],
    ),
    "a grant that matches nothing": (
        granted(repositories=["payments/*", "billing/*"]),
        ["grant 'runtime': 'billing/*' in eu-west-1", "select no repository"],
    ),
    "a name with a host and a tag": (
        given(repositories=["111122223333.dkr.ecr.eu-west-1.amazonaws.com/payments/api:latest"]),
        ["no repository name", "without the registry's host name and without a tag"],
    ),
    "a wildcard in a principal": (
        changed(Principal={"AWS": f"arn:aws:iam::{SECONDARY}:role/*"}),
        ["statement Pull", "an ARN with a wildcard is not a principal", "aws:PrincipalArn"],
    ),
    "an orphan": (changed(Principal={"AWS": "AROAEXAMPLEROLE00001"}), ["statement Pull", "deleted role or user", "by its ARN"]),
    "nobody": (changed(Principal={"AWS": []}), ["statement Pull", "Principal names nobody"]),
    "a Sid twice": (given(statements=[STATEMENT, STATEMENT]), ["statement Pull", "used by more than one statement"]),
    "a misspelled element": (changed(Actions="ecr:PutImage"), ["statement Pull", "unknown element Actions"]),
    "a misspelled effect": (changed(Effect="allow"), ["statement Pull", "Effect is 'allow'", "'Allow' or 'Deny'"]),
    "no principal": (given(statements=[{"Sid": "A", "Effect": "Allow", "Action": "ecr:*"}]), ["statement A: Principal is missing"]),
    "an action of another service": (
        changed(Action=["ecr:BatchGetImage", "s3:GetObject"]),
        ["statement Pull", "s3:GetObject is none of ECR"],
    ),
    "the login": (changed(Action="ecr:GetAuthorizationToken"), ["statement Pull", "identity policies of those who log in"]),
    "nothing": ({"repositories": ["payments/*"]}, ["nothing says which statements", "'policy', 'statements' or 'grants'"]),
    "no repositories": ({"statements": [STATEMENT]}, ["'repositories' is missing", "payments/*"]),
    "two ways to say it": (given(grants=[GRANT]), ["mutually exclusive", "policy|statements|grants"]),
    "sids to add": (given(sids=["Pull"]), ["'sids' names statements to remove", "state: absent"]),
    "a short prefix": (given(sid_prefix="C"), ["'sid_prefix' is 'C'", "at least 3 letters"]),
    "a prefix and exact": (given(sid_prefix="Cross", state="exact"), ["'sid_prefix' has no meaning with 'state: exact'"]),
    "no region": (given(region=None), ["no region", "'regions' or 'region'", "AWS_REGION"]),
    "no workers": (given(workers=0), ["'workers' must be at least 1"]),
    "another account's credentials": (
        given(account_id=SECONDARY),
        [f"the credentials are those of account {PRIMARY}, but 'account_id' is {SECONDARY}", "the profile or the role"],
    ),
    "another account's credentials, and nothing there": (
        given(account_id=SECONDARY, repositories=["nowhere"]),
        [f"the credentials are those of account {PRIMARY}, but 'account_id' is {SECONDARY}"],
    ),
}


@pytest.mark.parametrize("check", [False, True], ids=["run", "check mode"])
@pytest.mark.parametrize(("options", "texts"), [pytest.param(*case, id=name) for name, case in REFUSALS.items()])
def test_what_is_wrong_is_refused_before_the_first_write(aws: Aws, run: Run, options: Options, texts: list[str], check: bool) -> None:
    aws.add("payments/api", "payments/web")
    result = run(**options, check=check)
    assert result["failed"] and not result.get("changed")
    assert [text for text in texts if text not in result["msg"]] == [], result["msg"]
    assert "exception" not in result and "Traceback" not in json.dumps(result)
    assert not aws.writes


ACCEPTED: dict[str, Options] = {
    "everyone on request": changed(Principal="*") | {"allow_public": True},
    "an organization": conditional("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
    "an allowed account": given(allowed_accounts=[SECONDARY]),
    "the owner's own account": changed(Principal={"AWS": f"arn:aws:iam::{PRIMARY}:root"}) | {"allowed_accounts": []},
    "a function in an allowed account": granted(to=[{"account": SECONDARY, "service": "lambda"}]) | {"allowed_accounts": [SECONDARY]},
    "an allowed organization": granted(to=[{"organization": "o-a1b2c3d4e5"}]) | {"allowed_organizations": ["o-a1b2c3d4e5"]},
    "the right account": given(account_id=PRIMARY),
    "a region by the environment's name": given(region=None, regions=["eu-west-1"]),
    "a pattern that matches nothing on request": given(repositories=["payments/*", "nowhere/*"], allow_no_match=True),
}


@pytest.mark.parametrize("options", [pytest.param(options, id=name) for name, options in ACCEPTED.items()])
def test_what_is_right_is_not_refused(aws: Aws, run: Run, options: Options) -> None:
    aws.add("payments/api", "payments/web")
    assert run(**options)["summary"]["created"] == 2


def test_an_account_id_that_lost_its_zeros_is_explained(aws: Aws, run: Run) -> None:
    aws.add("payments/api")
    result = run(**given(account_id=12345678901))
    assert result["failed"] and "12 digits" in result["msg"] and "quotes" in result["msg"], result["msg"]
