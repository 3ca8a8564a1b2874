# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pull through cache rules as a registry keeps them, and what ECR refuses of them."""

from __future__ import annotations

import typing as t

import pytest

from .helpers import PRIMARY, REGION, SECONDARY, Accounts, allow_identity, document, refused

UPSTREAM = f"{SECONDARY}.dkr.ecr.{REGION}.amazonaws.com"
ROLE = f"arn:aws:iam::{PRIMARY}:role/cache"
LINKED = f"arn:aws:iam::{PRIMARY}:role/aws-service-role/pullthroughcache.ecr.amazonaws.com/AWSServiceRoleForECRPullThroughCache"
HUB = "registry-1.docker.io"
ABSENT = (
    "PullThroughCacheRuleNotFoundException",
    "The pull through cache rule was not found. Specify a valid pull through cache rule and try again.",
    400,
)


def rule(ecr: t.Any, prefix: str = "cache", url: str = UPSTREAM, **more: t.Any) -> t.Any:
    if url == UPSTREAM:
        more.setdefault("customRoleArn", ROLE)
    return ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=prefix, upstreamRegistryUrl=url, **more)


def secret(accounts: Accounts, name: str = "ecr-pullthroughcache/hub", account: str = PRIMARY, region: str = REGION, **more: t.Any) -> str:
    more.setdefault("SecretString", '{"username": "robot", "accessToken": "x"}')
    return str(accounts.client("secretsmanager", account, region).create_secret(Name=name, **more)["ARN"])


def rules(ecr: t.Any, **more: t.Any) -> list[dict[str, t.Any]]:
    return t.cast("list[dict[str, t.Any]]", ecr.describe_pull_through_cache_rules(**more)["pullThroughCacheRules"])


def test_write_read_delete(accounts: Accounts) -> None:
    """The members of each answer are those of the service model: only Describe and Update say when a rule was updated."""
    ecr = accounts.client("ecr")
    assert rules(ecr) == []
    made = rule(ecr, upstreamRegistry="ecr", upstreamRepositoryPrefix="team")
    del made["ResponseMetadata"]
    core = {
        "ecrRepositoryPrefix": "cache",
        "upstreamRegistryUrl": UPSTREAM,
        "registryId": PRIMARY,
        "customRoleArn": ROLE,
        "upstreamRepositoryPrefix": "team",
        "createdAt": made["createdAt"],
    }
    assert made == {**core, "upstreamRegistry": "ecr"}
    assert rules(ecr) == [{**made, "updatedAt": made["createdAt"]}]
    updated = ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="cache", customRoleArn=ROLE + "2")
    assert updated["customRoleArn"] == ROLE + "2"
    assert updated["updatedAt"] > made["createdAt"]
    assert "upstreamRegistryUrl" not in updated
    gone = ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="cache")
    del gone["ResponseMetadata"]
    assert gone == {**core, "customRoleArn": ROLE + "2"}
    for operation in ("update_pull_through_cache_rule", "delete_pull_through_cache_rule", "validate_pull_through_cache_rule"):
        assert refused(getattr(ecr, operation), ecrRepositoryPrefix="cache") == ABSENT
    assert refused(ecr.describe_pull_through_cache_rules, ecrRepositoryPrefixes=["cache"]) == ABSENT


def test_an_update_without_credentials_is_refused(accounts: Accounts) -> None:
    """UpdatePullThroughCacheRule has no more members than the two credentials, and cannot clear them (pulumi-aws issue 5714)."""
    ecr = accounts.client("ecr")
    rule(ecr)
    answer = refused(ecr.update_pull_through_cache_rule, ecrRepositoryPrefix="cache")
    assert (answer.code, answer.status) == ("InvalidParameterException", 400)
    assert answer.message == "Invalid input: Please set either credential arn or role arn to update the credentials"
    assert rules(ecr)[0]["customRoleArn"] == ROLE


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("public.ecr.aws", "ecr-public"),
        ("registry.k8s.io", "k8s"),
        ("quay.io", "quay"),
        (HUB, "docker-hub"),
        ("ghcr.io", "github-container-registry"),
        ("registry.gitlab.com", "gitlab-container-registry"),
        ("mine.azurecr.io", "azure-container-registry"),
        ("cgr.dev", "chainguard"),
    ],
)
def test_kinds_of_upstreams(accounts: Accounts, url: str, kind: str) -> None:
    """User guide, "Sync an upstream registry": three need no authentication, the others a secret."""
    ecr = accounts.client("ecr")
    arn = secret(accounts)
    if kind in ("ecr-public", "k8s", "quay"):
        assert refused(rule, ecr=ecr, url=url, credentialArn=arn).code == "InvalidParameterException"
        made = rule(ecr, url=url)
    else:
        needs = "The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN"
        assert refused(rule, ecr=ecr, url=url) == ("UnsupportedUpstreamRegistryException", needs, 400)
        made = rule(ecr, url=url, credentialArn=arn, upstreamRegistry=kind)
    assert made["upstreamRegistry"] == kind
    assert "upstreamRepositoryPrefix" not in made
    with_secret = {"prefix": "x2", "url": url, **({"credentialArn": arn} if "credentialArn" in made else {})}
    assert "'customRoleArn'" in refused(rule, ecr=ecr, customRoleArn=ROLE, **with_secret).message
    assert "'upstreamRepositoryPrefix'" in refused(rule, ecr=ecr, upstreamRepositoryPrefix="library", **with_secret).message


@pytest.mark.parametrize(
    "url",
    [
        "harbor.example.com",
        "https://public.ecr.aws",
        "public.ecr.aws/",
        "azurecr.io",
        "docker.io",
        f"{SECONDARY}.dkr.ecr.mars-1.amazonaws.com",
        f"{SECONDARY}.dkr.ecr.{REGION}.amazonaws.com.cn",
        f"{SECONDARY}.dkr.ecr.cn-north-1.amazonaws.com.cn",
        f"{SECONDARY}.dkr.ecr.{REGION}.amazonaws.com/team",
        f"4444.dkr.ecr.{REGION}.amazonaws.com",
        f"{PRIMARY}.dkr.ecr.{REGION}.amazonaws.com",
    ],
)
def test_upstreams_that_ecr_does_not_have(accounts: Accounts, url: str) -> None:
    text = f"The upstream registry URL {url} is invalid. Specify a valid upstream registry URL and try again"
    assert refused(rule, ecr=accounts.client("ecr"), url=url, customRoleArn=ROLE) == ("UnsupportedUpstreamRegistryException", text, 400)


def test_the_named_kind_is_that_of_the_url(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    assert refused(rule, ecr=ecr, url="public.ecr.aws", upstreamRegistry="quay").code == "UnsupportedUpstreamRegistryException"
    assert refused(rule, ecr=ecr, url="public.ecr.aws", upstreamRegistry="harbor").code == "InvalidParameterException"


@pytest.mark.parametrize("prefix", ["a", "a" * 31, "Team", "team//app", "-team", "/team", "team_-x", "ROOT/"])
def test_prefixes_are_those_of_the_service_model(accounts: Accounts, prefix: str) -> None:
    answer = refused(rule, ecr=accounts.client("ecr"), prefix=prefix)
    assert answer.code == "InvalidParameterException"
    assert "'ecrRepositoryPrefix'" in answer.message


def test_a_slash_at_the_end_of_a_prefix_is_assumed(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    assert rule(ecr, "team/")["ecrRepositoryPrefix"] == "team"
    taken = "A pull through cache rule with these settings already exists for the private registry."
    assert refused(rule, ecr=ecr, prefix="team") == ("PullThroughCacheRuleAlreadyExistsException", taken, 400)
    rule(ecr, "team/app")
    rule(ecr, "ROOT")
    assert [one["ecrRepositoryPrefix"] for one in rules(ecr, ecrRepositoryPrefixes=["team/", "ROOT"])] == ["team", "ROOT"]
    assert refused(ecr.describe_pull_through_cache_rules, ecrRepositoryPrefixes=["team", "other"]) == ABSENT


def test_the_upstream_prefix(accounts: Accounts) -> None:
    """User guide, "Customizing repository prefixes": ROOT by default, and nothing else where the prefix of the cache is ROOT."""
    ecr = accounts.client("ecr")
    assert rule(ecr, "one")["upstreamRepositoryPrefix"] == "ROOT"
    assert rule(ecr, "ROOT", upstreamRepositoryPrefix="ROOT")["upstreamRepositoryPrefix"] == "ROOT"
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="ROOT")
    answer = refused(rule, ecr=ecr, prefix="ROOT", upstreamRepositoryPrefix="team")
    assert "'upstreamRepositoryPrefix'" in answer.message
    assert refused(rule, ecr=ecr, prefix="two", upstreamRepositoryPrefix="a" * 31).code == "InvalidParameterException"


def test_another_account_needs_a_role_of_the_own(accounts: Accounts) -> None:
    """API reference: customRoleArn is in the account of the registry that is configured; across accounts there has to be one."""
    ecr = accounts.client("ecr")
    needs = "The specified upstream registry requires authentication. Specify a valid IAM role ARN"
    assert refused(rule, ecr=ecr, customRoleArn=None) == ("UnsupportedUpstreamRegistryException", needs, 400)
    wrong = (f"arn:aws:iam::{SECONDARY}:role/cache", f"arn:aws-cn:iam::{PRIMARY}:role/cache", f"arn:aws:iam::{PRIMARY}:user/cache", "cache")
    for arn in wrong:
        answer = refused(rule, ecr=ecr, customRoleArn=arn)
        assert (answer.code, "'customRoleArn'" in answer.message) == ("InvalidParameterException", True)
    rule(ecr)
    other = {"ecrRepositoryPrefix": "cache", "customRoleArn": f"arn:aws:iam::{SECONDARY}:role/cache"}
    assert "'customRoleArn'" in refused(ecr.update_pull_through_cache_rule, **other).message
    assert rules(ecr)[0]["customRoleArn"] == ROLE


def test_the_own_account_needs_no_role(accounts: Accounts) -> None:
    made = rule(accounts.client("ecr"), url=f"{PRIMARY}.dkr.ecr.us-east-1.amazonaws.com")
    assert "customRoleArn" not in made


def test_secrets_are_named_for_the_cache(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    answer = refused(rule, ecr=ecr, url=HUB, credentialArn=secret(accounts, "docker-hub-of-the-team"))
    assert answer.code == "InvalidParameterException"
    assert "'credentialArn'" in answer.message


NOT_FOUND = (
    "SecretNotFoundException",
    "The ARN of the secret specified in the pull through cache rule was not found. "
    "Update the pull through cache rule with a valid secret ARN and try again.",
    400,
)
NO_ACCESS = (
    "UnableToAccessSecretException",
    "The secret is unable to be accessed. Verify the resource permissions for the secret and try again.",
    400,
)
NO_KEY = (
    "UnableToDecryptSecretValueException",
    "The secret is accessible but is unable to be decrypted. Verify the resource permisisons and try again.",
    400,
)


def test_secrets_that_ecr_cannot_read(accounts: Accounts) -> None:
    """Its service-linked role reads them: of the own account (its managed policy), of the own region, with the default key (user guide)."""
    ecr, secrets = accounts.client("ecr"), accounts.client("secretsmanager")
    absent = f"arn:aws:secretsmanager:{REGION}:{PRIMARY}:secret:ecr-pullthroughcache/absent-AbCdEf"
    assert refused(rule, ecr=ecr, url=HUB, credentialArn=absent) == NOT_FOUND
    assert refused(rule, ecr=ecr, url=HUB, credentialArn=secret(accounts, region="us-east-1")) == NOT_FOUND
    assert refused(rule, ecr=ecr, url=HUB, credentialArn=secret(accounts, account=SECONDARY)) == NO_ACCESS
    key = accounts.client("kms").create_key()["KeyMetadata"]["Arn"]
    assert refused(rule, ecr=ecr, url=HUB, credentialArn=secret(accounts, "ecr-pullthroughcache/key", KmsKeyId=key)) == NO_KEY
    denied = secret(accounts, "ecr-pullthroughcache/denied")
    deny = {"Effect": "Deny", "Principal": {"AWS": LINKED}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    secrets.put_resource_policy(SecretId=denied, ResourcePolicy=document(deny))
    assert refused(rule, ecr=ecr, url=HUB, credentialArn=denied) == NO_ACCESS
    gone = secret(accounts, "ecr-pullthroughcache/gone")
    secrets.delete_secret(SecretId=gone)
    assert refused(rule, ecr=ecr, url=HUB, credentialArn=gone) == NOT_FOUND
    assert rules(ecr) == []


def test_the_value_of_a_secret_counts_at_validation_only(accounts: Accounts) -> None:
    """The acceptance tests of Terraform's provider make a rule with the value "test"."""
    ecr, secrets = accounts.client("ecr"), accounts.client("secretsmanager")
    arn = secret(accounts, SecretString="test")
    rule(ecr, url=HUB, credentialArn=arn)
    for wrong in ("test", "[]", '{"username": "robot"}', '{"username": "", "accessToken": "x"}', '{"username": 1, "accessToken": "x"}'):
        secrets.put_secret_value(SecretId=arn, SecretString=wrong)
        answer = ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="cache")
        assert answer["isValid"] is False
        assert "username and accessToken" in answer["failure"]
    secrets.put_secret_value(SecretId=arn, SecretString='{"username": "robot", "accessToken": "x"}')
    answer = ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="cache")
    assert (answer["isValid"], answer["credentialArn"], "failure" in answer) == (True, arn, False)
    secrets.delete_secret(SecretId=arn)
    assert ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="cache")["failure"] == NOT_FOUND[1]


def test_an_update_is_held_against_the_same(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    arn = secret(accounts)
    rule(ecr, url=HUB, credentialArn=arn)
    absent = arn.replace("hub", "absent")
    assert refused(ecr.update_pull_through_cache_rule, ecrRepositoryPrefix="cache", credentialArn=absent) == NOT_FOUND
    answer = refused(ecr.update_pull_through_cache_rule, ecrRepositoryPrefix="cache", customRoleArn=ROLE)
    assert "'customRoleArn'" in answer.message
    assert rules(ecr)[0]["credentialArn"] == arn
    other = secret(accounts, "ecr-pullthroughcache/other")
    assert ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="cache", credentialArn=other)["credentialArn"] == other


def test_fifty_rules_are_the_limit(accounts: Accounts) -> None:
    """Service quotas: 50 rules per registry, not adjustable; what is there is told before the limit is."""
    ecr = accounts.client("ecr")
    for number in range(50):
        rule(ecr, f"cache{number:02}")
    full = refused(rule, ecr=ecr, prefix="more")
    assert full.code == "LimitExceededException"
    assert refused(rule, ecr=ecr, prefix="cache00").code == "PullThroughCacheRuleAlreadyExistsException"
    rule(accounts.client("ecr", region="us-east-1"), "more")
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="cache00")
    rule(ecr, "more")
    pages = ecr.get_paginator("describe_pull_through_cache_rules").paginate(PaginationConfig={"PageSize": 20})
    assert [len(page["pullThroughCacheRules"]) for page in pages] == [20, 20, 10]
    assert refused(ecr.describe_pull_through_cache_rules, nextToken="nonsense").code == "InvalidParameterException"


def test_rules_belong_to_an_account_and_a_region(accounts: Accounts) -> None:
    rule(accounts.client("ecr"))
    assert rules(accounts.client("ecr", region="us-east-1")) == []
    assert rules(accounts.client("ecr", SECONDARY)) == []
    # There is no resource policy that could hand the administration to another account (user guide: identity policy only).
    foreign = refused(accounts.client("ecr", SECONDARY).describe_pull_through_cache_rules, registryId=PRIMARY)
    assert foreign.message.endswith("because no resource-based policy allows the ecr:DescribePullThroughCacheRules action")
    assert len(rules(accounts.client("ecr"), registryId=PRIMARY)) == 1


def test_what_the_caller_needs(accounts: Accounts) -> None:
    """User guide and service authorization reference: the action, iam:PassRole for a role, and once iam:CreateServiceLinkedRole."""
    arn = accounts.role("admin", PRIMARY)
    steps = (
        ("ecr:CreatePullThroughCacheRule", "*", "*"),
        ("iam:PassRole", ROLE, ROLE),
        ("iam:CreateServiceLinkedRole", LINKED, LINKED),
    )
    granted: list[dict[str, t.Any]] = [allow_identity("ecr:DescribeRepositories")]
    for action, resource, printed in steps:
        accounts.permit("admin", *granted, account=PRIMARY)
        text = f"is not authorized to perform: {action} on resource: {printed} because no identity-based policy allows the {action} action"
        assert text in refused(rule, ecr=accounts.as_role(arn, "ecr")).message
        granted.append(allow_identity(action, resource))
    to_lambda = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    accounts.permit("admin", *granted[:2], allow_identity("iam:PassRole", ROLE, Condition=to_lambda), granted[3], account=PRIMARY)
    assert "iam:PassRole" in refused(rule, ecr=accounts.as_role(arn, "ecr")).message
    right = {"StringEquals": {"iam:PassedToService": "pullthroughcache.ecr.amazonaws.com"}}
    accounts.permit("admin", *granted[:2], allow_identity("iam:PassRole", ROLE, Condition=right), granted[3], account=PRIMARY)
    rule(accounts.as_role(arn, "ecr"))
    accounts.permit("admin", *granted[:3], account=PRIMARY)
    rule(accounts.as_role(arn, "ecr"), "second")  # the service-linked role is there now


def test_the_service_linked_role_is_not_the_accounts(accounts: Accounts) -> None:
    """It shows among the roles with AWS's managed policy, and nobody can change it."""
    rule(accounts.client("ecr"))
    iam = accounts.client("iam")
    name = LINKED.rpartition("/")[2]
    shown = iam.get_role(RoleName=name)["Role"]
    assert (shown["Arn"], shown["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]) == (
        LINKED,
        {"Service": "pullthroughcache.ecr.amazonaws.com"},
    )
    (attached,) = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert attached["PolicyArn"] == "arn:aws:iam::aws:policy/aws-service-role/AWSECRPullThroughCache_ServiceRolePolicy"
    text = f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    assert refused(iam.delete_role, RoleName=name) == ("UnmodifiableEntity", text, 400)
    more = {"PolicyName": "more", "PolicyDocument": document(allow_identity())}
    assert refused(iam.put_role_policy, RoleName=name, **more).code == "UnmodifiableEntity"
    assert refused(iam.detach_role_policy, RoleName=name, PolicyArn=attached["PolicyArn"]).code == "UnmodifiableEntity"


def test_a_written_rule_is_read_late(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    accounts.lab.set_faults({"profile": "eventual-consistency", "seconds": 60})
    rule(ecr)
    assert rules(ecr) == []
    assert refused(ecr.describe_pull_through_cache_rules, ecrRepositoryPrefixes=["cache"]) == ABSENT
    assert refused(rule, ecr=ecr).code == "PullThroughCacheRuleAlreadyExistsException"
    accounts.lab.set_faults()
    assert len(rules(ecr)) == 1
