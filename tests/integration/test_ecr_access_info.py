# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ecr_access_info: who outside can do what, and what is found, on documents as AWS shows them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.playbooks import TaskResult
from tests.integration.tasks import tasks
from tests.lab import Lab

MODULE = "ecr_access_info"
ELSEWHERE = "eu-central-1"
ORGANIZATION = "o-a1b2c3d4e5"
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
LAMBDA_PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
LAMBDA = {"Service": "lambda.amazonaws.com"}
READS = {
    *("GetCallerIdentity", "DescribeRepositories", "GetRepositoryPolicy", "GetRegistryPolicy", "GetAccountSetting"),
    *("DescribeRepositoryCreationTemplates", "DescribePullThroughCacheRules"),
}
#: Only the credentials; regions come from the options.
AS_PRIMARY = {"credentials": PRIMARY, "region": None}


def allow(principal: Any, action: Any = None, sid: str = "S", **more: Any) -> dict[str, Any]:
    """A statement of another team."""
    who = {"AWS": principal} if isinstance(principal, (str, list)) else principal
    return {"Sid": sid, "Effect": "Allow", "Principal": who, "Action": action or PULL, **more}


def in_organization(organization: str = ORGANIZATION) -> dict[str, Any]:
    return {"StringEquals": {"aws:PrincipalOrgID": organization}}


def from_functions(arn: str) -> dict[str, Any]:
    return {"StringLike": {"aws:sourceArn": arn}}


#: What Lambda adds by itself to a repository of its own account.
LAMBDA_BY_ITSELF = allow(
    LAMBDA, LAMBDA_PULL, "LambdaECRImageRetrievalPolicy", Condition=from_functions(f"arn:aws:lambda:{REGION}:{PRIMARY}:function:*")
)


def look(ansible: Ansible, **options: Any) -> TaskResult:
    """One task; fails unless check mode says the same."""
    run = tasks(ansible, MODULE, {"real": {"region": REGION, **options}}, **AS_PRIMARY)
    check = tasks(ansible, MODULE, {"real": {"region": REGION, **options}}, "--check", "--diff", **AS_PRIMARY)
    assert check["real"].outcome == run["real"].outcome
    return run["real"]


def found(result: TaskResult) -> dict[str, set[tuple[str, str]]]:
    """Repository, or document, -> (severity, rule) of its findings."""
    rules: dict[str, set[tuple[str, str]]] = {}
    for one in result["findings"]:
        for where in one["repositories"] or [one["document"]]:
            rules.setdefault(where, set()).add((one["severity"], one["rule"]))
    return rules


def reached(result: TaskResult) -> set[tuple[str, str, str]]:
    """(repository or pattern, kind, principal) of the access."""
    return {(name, one["kind"], one["principal"]) for one in result["access"] for name in one["resources"]}


def test_each_rule_on_documents_as_aws_shows_them(
    lab: Lab, ansible: Ansible, journal: Journal, primary: Account, secondary: Account
) -> None:
    gone = secondary.create_role("gone")
    documents: dict[str, tuple[list[dict[str, Any]], set[tuple[str, str]]]] = {
        "quiet/account": ([allow(SECONDARY), allow(PRIMARY, "ecr:*", "Own"), LAMBDA_BY_ITSELF], set()),
        "quiet/organization": ([allow("*", Condition=in_organization())], set()),
        "public": ([allow("*", PULL)], {("critical", "public")}),
        "public/tls": ([allow("*", PULL, Condition={"Bool": {"aws:SecureTransport": "true"}})], {("critical", "public")}),
        "wildcard": ([allow(SECONDARY, "ecr:*")], {("high", "wildcard-action")}),
        "stranger": ([allow([SECONDARY, OTHER])], {("high", "account-not-allowed")}),
        "organization": ([allow("*", Condition=in_organization("o-z9z9z9z9z9"))], {("high", "organization-not-allowed")}),
        "deputy": ([allow(LAMBDA, LAMBDA_PULL)], {("high", "confused-deputy")}),
        "orphan": ([allow([SECONDARY, gone])], {("medium", "orphan-principal")}),
        "dead": (
            [allow(LAMBDA, LAMBDA_PULL, Condition=from_functions(f"arn:aws:iam::{SECONDARY}:role/lambda"))],
            {("low", "dead-statement")},
        ),
        "dead/deny": (
            [allow(SECONDARY), {**allow("*", "ecr:DescribeRegistry", "D"), "Effect": "Deny"}],
            {("medium", "dead-statement")},
        ),
        "twice": ([allow(SECONDARY, sid="A"), allow(f"arn:aws:iam::{SECONDARY}:root", PULL[::-1], "B")], {("low", "duplicate-statement")}),
        "covered": ([allow(SECONDARY), allow(SECONDARY, PULL[:1], "B")], {("low", "covered-statement")}),
        "ineffective": ([allow(SECONDARY, [*PULL, "ecr:DescribeRegistry"])], {("info", "ineffective-action")}),
        "denied": ([allow(SECONDARY)], {("medium", "not-read")}),
    }
    primary.create_repositories("none", "hub/nginx", *documents)
    for name, (statements, _expected) in documents.items():
        primary.set_policy(name, *statements)
    secondary.delete_role("gone")
    ecr = primary.client("ecr")
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="hub", upstreamRegistryUrl="public.ecr.aws")
    text = json.dumps({"Version": "2012-10-17", "Statement": [allow("*", PULL)]})
    ecr.create_repository_creation_template(prefix="team", appliedFor=["CREATE_ON_PUSH"], repositoryPolicy=text)
    ecr.put_registry_policy(policyText=json.dumps({"Version": "2012-10-17", "Statement": [allow(OTHER, Resource="*")]}))
    ecr.put_account_setting(name="REGISTRY_POLICY_SCOPE", value="V1")
    lab.fail_next("GetRepositoryPolicy", error="AccessDeniedException", message="User is not authorized", resource="denied", times=2)
    journal.clear()
    result = look(ansible, allowed_accounts=[SECONDARY], allowed_organizations=[ORGANIZATION])
    assert found(result) == {
        **{name: expected for name, (_statements, expected) in documents.items() if expected},
        "hub/nginx": {("low", "no-policy")},
        "creation template team": {("critical", "public")},
        "pull-through cache rule hub": {("info", "no-template")},
        "registry policy": {("low", "registry-scope-v1"), ("low", "dead-statement")},
    }
    severities = [one["severity"] for one in result["findings"]]
    assert severities == sorted(severities, key=["critical", "high", "medium", "low", "info"].index)
    assert {call["operation"] for call in journal.calls()} == READS
    assert not journal.writes()
    assert not result.changed
    (registry,) = result["registries"]
    counts = {"repositories": len(documents) + 2, "repositories_with_policy": len(documents) - 1, "templates": 1, "cache_rules": 1}
    counts["repositories_cached"] = 1
    assert registry == {"account": PRIMARY, "region": REGION, "scope": "V1", "registry_policy": True, **counts}
    assert ("orphan", "orphan") in {(name, kind) for name, kind, _principal in reached(result)}
    assert ("team/*", "public", "*") in reached(result)


def test_who_can_pull_is_who_can(lab: Lab, ansible: Ansible, primary: Account) -> None:
    """What is listed as a pull is what the enforcement lets an administrator of each account do."""
    unit = f"{ORGANIZATION}/r-ab12/ou-ab12-11111111/"
    lab.set_organization(ORGANIZATION, {PRIMARY: unit, SECONDARY: unit})
    deny = {**allow("*", "ecr:*", "D"), "Effect": "Deny"}
    outsiders = {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
    paths = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/r-ab12/*"}}
    documents: dict[str, list[dict[str, Any]]] = {
        "account": [allow(SECONDARY)],
        "both": [allow([SECONDARY, OTHER])],
        "everyone": [allow("*")],
        "organization": [allow("*", Condition=in_organization())],
        "units": [allow("*", Condition=paths)],
        "limited": [allow("*"), {**deny, "Condition": outsiders}],
        "denied": [allow([SECONDARY, OTHER]), {**deny, "Principal": {"AWS": OTHER}}],
        "half": [allow([SECONDARY, OTHER]), {**deny, "Action": "ecr:BatchGetImage", "Principal": {"AWS": SECONDARY}}],
        "in-two": [allow(SECONDARY, "ecr:BatchGet*", "A"), allow(SECONDARY, "ecr:GetDownloadUrlForLayer", "B")],
        "except": [allow([SECONDARY, OTHER]), {**deny, "NotPrincipal": {"AWS": [PRIMARY, OTHER]}, "Principal": None}],
        "condition": [allow("*", Condition={"StringEquals": {"aws:PrincipalAccount": OTHER}})],
        "nobody": [allow(PRIMARY)],
    }
    primary.create_repositories("none", *documents)
    for name, statements in documents.items():
        primary.set_policy(name, *({key: value for key, value in one.items() if value} for one in statements))
    result = look(ansible)
    members = {"*": {SECONDARY, OTHER}, ORGANIZATION: {SECONDARY}, f"{ORGANIZATION}/r-ab12/*": {SECONDARY}}
    listed = {
        (name, account)
        for one in result["access"]
        if "pull" in one["access_levels"]
        for name in one["resources"]
        for account in members.get(one["principal"], {one["principal"]})
    }
    can = {
        (name, account)
        for name in ("none", *documents)
        for account in (SECONDARY, OTHER)
        if all(
            lab.decide(principal=account, action=action, account=PRIMARY, region=REGION, repository=name)["allowed"]
            for action in LAMBDA_PULL
        )
    }
    assert listed == can
    assert {one["rule"] for one in result["findings"]} == {"public", "wildcard-action"}
    assert len(can) > 8


def test_two_regions_and_selected_repositories(ansible: Ansible, primary: Account) -> None:
    for region in (REGION, ELSEWHERE):
        primary.create_repositories("payments/web", "base/python", region=region)
        primary.set_policy("payments/web", allow(SECONDARY), region=region)
        primary.set_policy("base/python", allow("*", Condition=in_organization()), region=region)
    primary.create_repositories("only/here")
    run = tasks(
        ansible,
        MODULE,
        {
            "both": {"regions": [REGION, ELSEWHERE]},
            "payments": {"regions": [REGION, ELSEWHERE], "repositories": ["payments/*", "only/here"]},
            "everywhere": {"regions": ["all"], "region": REGION, "workers": 4},
        },
        **AS_PRIMARY,
    )
    assert [(one["region"], one["kind"], one["resources"]) for one in run["both"]["access"]] == [
        (ELSEWHERE, "organization", ["base/python"]),
        (REGION, "organization", ["base/python"]),
        (ELSEWHERE, "account", ["payments/web"]),
        (REGION, "account", ["payments/web"]),
    ]
    assert run["both"]["summary"]["outside_principals"] == 2
    assert [(one["region"], one["repositories"]) for one in run["payments"]["registries"]] == [(REGION, 2), (ELSEWHERE, 1)]
    assert {one["kind"] for one in run["payments"]["access"]} == {"account"}
    assert run["everywhere"]["access"] == run["both"]["access"]
    assert len(run["everywhere"]["registries"]) > 10
    assert run["everywhere"]["summary"]["findings"]["critical"] == 0


def test_what_is_refused_and_an_empty_registry(ansible: Ansible, journal: Journal, primary: Account, secondary: Account) -> None:
    nothing = look(ansible)
    assert {key: nothing[key] for key in ("access", "access_left_out", "findings", "findings_left_out")} == {
        "access": [],
        "access_left_out": 0,
        "findings": [],
        "findings_left_out": 0,
    }
    assert nothing["registries"][0]["repositories"] == 0
    primary.create_repositories("payments/web")
    primary.set_policy("payments/web", allow("*", "ecr:*"))
    secondary.create_role("looker", trusted={"AWS": PRIMARY})
    journal.clear()
    here = {"region": REGION}
    run = tasks(
        ansible,
        MODULE,
        {
            "account": {**here, "account_id": SECONDARY},
            "selector": {**here, "repositories": ["payment/*"]},
            "region": {},
            "denied": {**here, "assume_role": {"role_arn": f"arn:aws:iam::{SECONDARY}:role/looker"}},
            "severe": {**here, "fail_on": "critical", "minimum_severity": "critical"},
        },
        **AS_PRIMARY,
    )
    assert {one.task for one in run.results if one.failed} == {"account", "selector", "region", "denied", "severe"}
    assert f"the credentials are those of account {PRIMARY}, but 'account_id' is {SECONDARY}" in run["account"].msg
    assert "these select no repository: 'payment/*' in" in run["selector"].msg and "(there is payments/web)" in run["selector"].msg
    assert "no region: give 'regions' or 'region', or set AWS_REGION" in run["region"].msg
    assert "is not authorized to perform: ecr:DescribeRepositories" in run["denied"].msg
    assert run["denied"]["error"]["code"] == "AccessDeniedException"
    assert run["severe"].msg.startswith("A finding is critical:\n- critical: public: repository policy of payments/web in eu-west-1")
    assert [one["rule"] for one in run["severe"]["findings"]] == ["public"]
    assert run["severe"]["summary"]["findings"] == {"critical": 1, "high": 1, "medium": 0, "low": 0, "info": 0}


def test_a_role_that_may_not_read_everything(ansible: Ansible, primary: Account) -> None:
    """What the role may read is told; what it may not is a finding."""
    primary.create_repositories("open", "closed/one", "closed/two")
    for name in ("open", "closed/one", "closed/two"):
        primary.set_policy(name, allow(SECONDARY))
    role = primary.create_role("looker")
    here = f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/"
    primary.let("looker", "ecr:DescribeRepositories")
    primary.let("looker", "ecr:GetRepositoryPolicy", resource=f"{here}open")
    result = look(ansible, assume_role={"role_arn": role})
    assert found(result) == {
        "closed/one": {("medium", "not-read")},
        "closed/two": {("medium", "not-read")},
        "registry policy": {("medium", "not-read")},
        "account setting REGISTRY_POLICY_SCOPE": {("info", "not-read")},
        "repository creation templates": {("info", "not-read")},
        "pull-through cache rules": {("info", "not-read")},
    }
    assert reached(result) == {("open", "account", SECONDARY)}
    assert "AWS answered GetRepositoryPolicy with AccessDeniedException" in result["findings"][0]["message"]


@pytest.mark.parametrize("profiles", [["throttling", "server-errors", "dropped-connections"]])
def test_trouble_of_the_service(lab: Lab, ansible: Ansible, primary: Account, profiles: list[str]) -> None:
    names = [f"app-{number:02}" for number in range(20)]
    primary.create_repositories(*names)
    for name in names:
        primary.set_policy(name, allow(SECONDARY))
    quiet = look(ansible)
    lab.set_faults(*profiles)
    run = tasks(ansible, MODULE, {"trouble": {"region": REGION}}, **AS_PRIMARY)
    lab.set_faults()
    assert run["trouble"].outcome == quiet.outcome
    assert quiet["access"][0]["resources"] == names


def test_three_hundred_repositories(lab: Lab, ansible: Ansible) -> None:
    """Each with policies of its own, in a result that stays small, the worst first."""
    names = [f"team-{number % 20:02}/service-{number:03}" for number in range(300)]
    where = (PRIMARY, REGION, "ecr")
    lab.call_all([(*where, "CreateRepository", {"repositoryName": name}) for name in names])
    texts = {
        name: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    allow([f"{number:03}{other:09}" for other in range(20)], ["ecr:*"], f"Wide{number}"),
                    allow(SECONDARY, "ecr:DescribeImages", "Shared"),
                    *([allow("*", "ecr:ListImages", "Open")] if number == 299 else []),
                ],
            }
        )
        for number, name in enumerate(names)
    }
    lab.call_all([(*where, "SetRepositoryPolicy", {"repositoryName": name, "policyText": text}) for name, text in texts.items()])
    result = look(ansible)
    assert len(json.dumps(result.outcome)) < 700_000
    assert result["summary"]["outside_principals"] == 300 * 20 + 2
    assert result["access"][0]["principal"] == "*" and result["findings"][0]["rule"] == "public"
    assert result["access_left_out"] == 300 * 20 + 2 - len(result["access"]) > 0
    assert result["summary"]["findings"]["high"] == 300
    assert len(result["findings"]) + result["findings_left_out"] == sum(result["summary"]["findings"].values())
