# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact, ordered calls by which both sides of an access are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.crossaccount.registry.plugins.module_utils._access.sides import RegistrySide, Unread
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.access_sides import (
    NoSuchPrincipal,
    read_identity_side,
    read_identity_sides,
    read_registry_side,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError, ServiceError

PRIMARY, REGION, OTHER_REGION = "111122223333", "eu-west-1", "us-east-1"
ROLE = "arn:aws:iam::444455556666:role/puller"
ARN = "arn:aws:ecr:{}:111122223333:repository/{}"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}]})
SCOPE = {"name": "REGISTRY_POLICY_SCOPE"}
ABSENT = "RepositoryNotFoundException"


class Aws:
    """A session whose clients expect these calls, in this order for each service and region, and no others."""

    home_region = REGION

    def __init__(self) -> None:
        self._stubs: dict[tuple[str, str], Stubber] = {}

    def client(self, service: str, region: str) -> Any:
        return self.stub(service, region).client

    def stub(self, service: str, region: str = REGION) -> Stubber:
        if (service, region) not in self._stubs:
            stub = Stubber(boto3.client(service, region_name=region, aws_access_key_id="a", aws_secret_access_key="s"))
            stub.activate()
            self._stubs[service, region] = stub
        return self._stubs[service, region]

    def answers(self, operation: str, expected: dict[str, Any], answer: dict[str, Any], region: str = REGION) -> None:
        self.stub("ecr", region).add_response(operation, answer, expected)

    def refuses(self, operation: str, expected: dict[str, Any], code: str = "AccessDeniedException", region: str = REGION) -> None:
        self.stub("ecr", region).add_client_error(operation, code, f"no {operation}", expected_params=expected)

    def policy(self, name: str, text: str | None = POLICY) -> None:
        asked = {"registryId": PRIMARY, "repositoryName": name}
        if text is None:
            self.refuses("get_repository_policy", asked, "RepositoryPolicyNotFoundException")
        else:
            self.answers("get_repository_policy", asked, {"policyText": text})

    def registry(self, text: str | None = None, scope: str = "V2") -> None:
        if text is None:
            self.refuses("get_registry_policy", {}, "RegistryPolicyNotFoundException")
        else:
            self.answers("get_registry_policy", {}, {"policyText": text})
        self.answers("get_account_setting", SCOPE, {"name": SCOPE["name"], "value": scope})

    def repositories(self, *names: str, asked: dict[str, Any], region: str = REGION) -> None:
        shown = [{"registryId": PRIMARY, "repositoryName": name, "repositoryArn": ARN.format(region, name)} for name in names]
        self.answers("describe_repositories", asked, {"repositories": shown}, region)

    def rules(self, *prefixes: str) -> None:
        shown = [{"ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": "quay.io"} for prefix in prefixes]
        self.answers("describe_pull_through_cache_rules", {}, {"pullThroughCacheRules": shown})

    def read(self, *selectors: str, **more: Any) -> RegistrySide:
        session: Any = self
        return read_registry_side(session, PRIMARY, REGION, selectors, workers=1, **more)

    def done(self) -> None:
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()


@pytest.fixture
def aws() -> Iterator[Aws]:
    expected = Aws()
    yield expected
    expected.done()


# -- the registry's side -----------------------------------------------------------------------------------------------


def test_names_take_one_call_each_which_also_tells_what_is_not_there(aws: Aws) -> None:
    aws.policy("team/app")
    aws.policy("team/bare", None)
    aws.refuses("get_repository_policy", {"registryId": PRIMARY, "repositoryName": "gone"}, ABSENT)
    aws.registry()
    aws.rules()
    found = aws.read("team/app", "team/bare", "gone", "team/app")
    policy = found.repositories["team/app"]
    assert policy is not None and policy.name == "repository policy of team/app"
    assert [one["Action"] for one in policy.policy.statements] == ["ecr:BatchGetImage"]
    assert (list(found.repositories), found.repositories["team/bare"]) == (["team/app", "team/bare"], None)
    assert (found.account, found.region, found.registry_policy, found.scope) == (PRIMARY, REGION, None, "V2")
    assert (found.tags, found.elsewhere, found.unread) == ({}, {}, {})
    assert found.policies_of("team/app") == (policy,)


def test_patterns_need_the_list(aws: Aws) -> None:
    aws.repositories("team/app", "other", asked={"maxResults": 1000})
    aws.policy("team/app")
    aws.registry()
    assert list(aws.read("team/*").repositories) == ["team/app"]


def test_tags_are_read_where_they_are_asked_for(aws: Aws) -> None:
    aws.repositories("aa", asked={"repositoryNames": ["aa"]})
    aws.answers("list_tags_for_resource", {"resourceArn": ARN.format(REGION, "aa")}, {"tags": [{"Key": "team", "Value": "core"}]})
    aws.policy("aa", None)
    aws.registry()
    assert aws.read("aa", tags=True).tags == {"aa": {"team": "core"}}


def test_a_registry_policy_counts_for_all_actions_or_for_three(aws: Aws) -> None:
    aws.registry(POLICY)
    found = aws.read()
    assert found.registry_policy is not None
    assert (found.registry_policy.name, found.registry_policy.only, found.scope) == ("registry policy", None, "V2")
    assert found.policies_of("any") == (found.registry_policy,)
    aws.registry(POLICY, "V1")
    found = aws.read()
    assert found.registry_policy is not None and found.scope == "V1"
    assert found.registry_policy.only == ("ecr:BatchImportUpstreamImage", "ecr:CreateRepository", "ecr:ReplicateImage")


@pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidParameterException", "ValidationException", "UnknownOperationException"])
def test_a_scope_that_aws_does_not_tell_makes_the_registry_policy_unread(aws: Aws, code: str) -> None:
    aws.answers("get_registry_policy", {}, {"policyText": POLICY})
    aws.refuses("get_account_setting", SCOPE, code)
    found = aws.read()
    assert found.scope is None
    (reason,) = found.unread_of("any")
    assert reason.startswith(
        f"the account setting REGISTRY_POLICY_SCOPE, which says what the registry policy counts for (GetAccountSetting: {code}"
    )


def test_a_scope_does_not_matter_without_a_registry_policy(aws: Aws) -> None:
    aws.refuses("get_registry_policy", {}, "RegistryPolicyNotFoundException")
    aws.refuses("get_account_setting", SCOPE)
    found = aws.read()
    assert (found.scope, found.unread) == (None, {})


def test_a_scope_that_is_not_known_yet(aws: Aws) -> None:
    aws.registry(POLICY, "V3")
    assert aws.read().unread_of("aa") == ("the account setting REGISTRY_POLICY_SCOPE is 'V3', and only V1 and V2 are known",)


def test_what_may_not_be_read_is_noted_where_it_has_a_say(aws: Aws) -> None:
    aws.refuses("get_repository_policy", {"registryId": PRIMARY, "repositoryName": "aa"})
    aws.policy("bb", None)
    aws.refuses("get_registry_policy", {})
    aws.answers("get_account_setting", SCOPE, {"name": SCOPE["name"], "value": "V2"})
    found = aws.read("aa", "bb")
    registry = "the registry policy (GetRegistryPolicy: AccessDeniedException: no get_registry_policy)"
    assert found.unread_of("bb") == (registry,)
    assert found.unread_of("aa") == (
        "the repository policy of aa (GetRepositoryPolicy: AccessDeniedException: no get_repository_policy)",
        registry,
    )
    assert found.repositories == {"aa": None, "bb": None}


def test_a_list_that_may_not_be_read_leaves_the_names(aws: Aws) -> None:
    aws.refuses("describe_repositories", {"maxResults": 1000})
    aws.policy("aa")
    aws.registry()
    found = aws.read("aa", "team/*")
    assert list(found.repositories) == ["aa"]
    assert found.unread_of("team/x")[0].startswith("the list of repositories and their tags (DescribeRepositories: AccessDenied")


def test_what_is_missing_is_looked_for_in_the_other_regions(aws: Aws) -> None:
    for name in ("aa", "bb"):
        aws.refuses("get_repository_policy", {"registryId": PRIMARY, "repositoryName": name}, ABSENT)
    aws.registry()
    aws.rules()
    aws.refuses("describe_repositories", {"repositoryNames": ["aa", "bb"]}, ABSENT, OTHER_REGION)
    aws.repositories("bb", "cc", asked={"maxResults": 1000}, region=OTHER_REGION)
    assert aws.read("aa", "bb", regions=[REGION, OTHER_REGION]).elsewhere == {"bb": (OTHER_REGION,)}


def test_trouble_in_another_region_is_none_here(aws: Aws) -> None:
    aws.refuses("get_repository_policy", {"registryId": PRIMARY, "repositoryName": "aa"}, ABSENT)
    aws.registry()
    aws.rules()
    aws.refuses("describe_repositories", {"repositoryNames": ["aa"]}, "ServerException", OTHER_REGION)
    assert aws.read("aa", regions=[OTHER_REGION]).elsewhere == {}


TEMPLATES = [
    {"prefix": "hub", "appliedFor": ["PULL_THROUGH_CACHE"], "repositoryPolicy": POLICY, "resourceTags": [{"Key": "team", "Value": "core"}]},
    {"prefix": "hub/library", "appliedFor": ["REPLICATION"], "repositoryPolicy": POLICY},
    {"prefix": "ROOT", "appliedFor": ["PULL_THROUGH_CACHE", "CREATE_ON_PUSH"]},
]


def test_what_a_cache_would_make_is_read_where_a_rule_covers_what_is_missing(aws: Aws) -> None:
    for name in ("hub/library/node", "quay/python", "other"):
        aws.refuses("get_repository_policy", {"registryId": PRIMARY, "repositoryName": name}, ABSENT)
    aws.registry()
    aws.rules("quay", "hub", "team")
    aws.answers("describe_repository_creation_templates", {}, {"repositoryCreationTemplates": TEMPLATES})
    aws.answers("validate_pull_through_cache_rule", {"ecrRepositoryPrefix": "hub"}, {"isValid": True})
    aws.answers("validate_pull_through_cache_rule", {"ecrRepositoryPrefix": "quay"}, {"isValid": False, "failure": "no answer"})
    side = aws.read("hub/library/node", "quay/python", "other", cached=["hub/*"])
    hub, quay = side.new("hub/library/node"), side.new("quay/python")
    assert hub and hub.template and hub.template.policy and quay and quay.template
    assert (hub.rule, hub.failure, hub.template.prefix, hub.template.tags) == ("hub", None, "hub", {"team": "core"})
    assert hub.template.policy.name == "repository policy of the creation template hub"
    assert (quay.rule, quay.failure, quay.template.prefix, quay.template.policy) == ("quay", "no answer", "ROOT", None)
    assert side.new("hub/*") == hub and side.new("other") is None


@pytest.mark.parametrize(
    ("refused", "code", "rule", "unread"),
    [
        ("describe_pull_through_cache_rules", "AccessDeniedException", None, "the pull-through cache rules (Describe"),
        ("describe_pull_through_cache_rules", "UnknownOperationException", None, None),
        ("describe_repository_creation_templates", "AccessDeniedException", "hub", "the repository creation templates (Describe"),
        ("validate_pull_through_cache_rule", "AccessDeniedException", "hub", None),
    ],
)
def test_what_may_not_be_read_of_caches(aws: Aws, refused: str, code: str, rule: str | None, unread: str | None) -> None:
    aws.registry()
    if refused == "describe_pull_through_cache_rules":
        aws.refuses(refused, {}, code)
    else:
        aws.rules("hub")
        if refused == "describe_repository_creation_templates":
            aws.refuses(refused, {}, code)
            aws.answers("validate_pull_through_cache_rule", {"ecrRepositoryPrefix": "hub"}, {"isValid": True})
        else:
            aws.answers("describe_repository_creation_templates", {}, {"repositoryCreationTemplates": []})
            aws.refuses(refused, {"ecrRepositoryPrefix": "hub"}, code)
    side = aws.read(cached=["hub/*"])
    found = side.new("hub/*")
    texts = [side.coming.reason] if isinstance(side.coming, Unread) else [*found.unread] if found else []
    assert (found and found.rule) == rule
    assert bool(found and found.untested and "AccessDeniedException" in found.untested) == refused.startswith("validate")
    assert [text.startswith(str(unread)) for text in texts] == ([True] if unread else [])


@pytest.mark.parametrize("operation", ["get_repository_policy", "get_registry_policy", "get_account_setting"])
def test_other_trouble_is_an_error(aws: Aws, operation: str) -> None:
    asked = {"registryId": PRIMARY, "repositoryName": "aa"}
    if operation == "get_repository_policy":
        aws.refuses(operation, asked, "ServerException")
    else:
        aws.policy("aa")
        if operation == "get_account_setting":
            aws.answers("get_registry_policy", {}, {"policyText": POLICY})
        aws.refuses(operation, SCOPE if operation == "get_account_setting" else {}, "ServerException")
    with pytest.raises(ServiceError) as raised:
        aws.read("aa")
    assert raised.value.code == "ServerException"


def test_a_policy_that_cannot_be_understood_is_named(aws: Aws) -> None:
    aws.policy("aa", '{"Statement": ["x"]}')
    with pytest.raises(RegistryError, match=r"^the repository policy of aa in account 111122223333, eu-west-1, cannot be understood: "):
        aws.read("aa")


# -- the identity side -------------------------------------------------------------------------------------------------


def role(aws: Aws) -> None:
    iam = aws.stub("iam")
    shown = {
        "Path": "/",
        "RoleName": "puller",
        "RoleId": "AROAEXAMPLEROLE00001",
        "Arn": ROLE,
        "CreateDate": datetime(2026, 1, 1, tzinfo=UTC),
    }
    iam.add_response("get_role", {"Role": shown}, {"RoleName": "puller"})
    iam.add_response("list_role_policies", {"PolicyNames": [], "IsTruncated": False}, {"RoleName": "puller"})
    iam.add_response("list_attached_role_policies", {"AttachedPolicies": [], "IsTruncated": False}, {"RoleName": "puller"})


@pytest.mark.parametrize(
    ("code", "organization"),
    [(None, "o-a1b2c3d4e5"), ("AWSOrganizationsNotInUseException", ""), ("AccessDeniedException", None), ("ServiceException", None)],
)
def test_the_organization_of_the_account(aws: Aws, code: str | None, organization: str | None) -> None:
    role(aws)
    if code:
        aws.stub("organizations").add_client_error("describe_organization", code)
    else:
        aws.stub("organizations").add_response("describe_organization", {"Organization": {"Id": "o-a1b2c3d4e5"}})
    session: Any = aws
    side = read_identity_side(session, ROLE)
    assert (side.organization, side.caller.unique_id, side.tags, side.unread) == (organization, "AROAEXAMPLEROLE00001", {}, ())


def test_nobody_asks_for_the_organization_of_a_role_that_is_not_there(aws: Aws) -> None:
    session: Any = aws
    for _time in range(2):
        aws.stub("iam").add_client_error("get_role", "NoSuchEntity")
        aws.stub("iam").add_response("list_roles", {"Roles": [], "IsTruncated": False})
    assert isinstance(read_identity_sides(session, [ROLE])[ROLE], NoSuchPrincipal)
    with pytest.raises(NoSuchPrincipal, match=r"^there is no role puller in account 444455556666$"):
        read_identity_side(session, ROLE)
