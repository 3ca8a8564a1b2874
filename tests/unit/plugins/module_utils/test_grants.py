# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grants: what each access level means for each recipient, on both sides, and what no grant may say."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._grants import (
    Grant,
    identities,
    identity_statements,
    read_grants,
    registry_statements,
    selector_matches,
    selector_problem,
)

PRIMARY, SECONDARY, OTHER = "111122223333", "444455556666", "777788889999"
ORG = "o-a1b2c3d4e5"
REGION = "eu-west-1"

#: What AWS and the vendors document for each access level, on the registry's side.
ACTIONS = {
    "pull": {"BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"},
    "push": {"BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "InitiateLayerUpload", "PutImage", "UploadLayerPart"},
    "pull_push": {
        *("BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "GetDownloadUrlForLayer"),
        *("InitiateLayerUpload", "PutImage", "UploadLayerPart"),
    },
    "scan": {"BatchCheckLayerAvailability", "BatchGetImage", "DescribeImages", "GetDownloadUrlForLayer", "ListImages"},
    "cache": {"BatchGetImage", "BatchImportUpstreamImage", "GetDownloadUrlForLayer", "GetImageCopyStatus"},
    "replicate": {"CreateRepository", "ReplicateImage"},
}
#: What an identity policy has beyond that.
MORE = {"scan": {"DescribeRepositories"}}
#: What the role of a cache does in its own registry.
STORE = {"BatchImportUpstreamImage", "CompleteLayerUpload", "InitiateLayerUpload", "PutImage", "UploadLayerPart"}


def entry(**fields: Any) -> dict[str, Any]:
    """A grant as somebody writes it."""
    return {
        "name": "payments-runtime",
        "registry": {"account": PRIMARY, "regions": [REGION]},
        "repositories": ["payments/*"],
        "access": "pull",
        "to": [{"account": SECONDARY}],
        **fields,
    }


def grant(**fields: Any) -> Grant:
    """A grant, read."""
    (found,) = read_grants([entry(**fields)])
    return found


def actions(statement: dict[str, Any]) -> set[str]:
    """The actions of a statement without the service."""
    assert all(action.startswith("ecr:") for action in statement["Action"])
    assert statement["Action"] == sorted(set(statement["Action"]))
    return {action.removeprefix("ecr:") for action in statement["Action"]}


# -- registry side -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["repository", "registry"])
@pytest.mark.parametrize("access", ACTIONS)
def test_actions_of_each_access_level(access: str, scope: str) -> None:
    if (access, scope) == ("replicate", "repository"):
        with pytest.raises(RegistryError, match="replication is allowed by the registry policy"):
            grant(access=access, scope=scope)
        return
    (statement,) = registry_statements(grant(access=access, scope=scope), REGION, scope)
    assert actions(statement) == ACTIONS[access]
    assert statement["Effect"] == "Allow" and statement["Principal"] == {"AWS": [SECONDARY]}
    resource = [f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/payments/*"]
    assert statement.get("Resource") == (resource if scope == "registry" else None)
    assert "ecr:GetAuthorizationToken" not in statement["Action"]
    assert registry_statements(grant(access=access, scope=scope), REGION, "registry" if scope == "repository" else "repository") == []
    assert registry_statements(grant(access=access, scope=scope), "us-east-1", scope) == []


ROLE = f"arn:aws:iam::{SECONDARY}:role/app/runtime"
USER = f"arn:aws:iam::{SECONDARY}:user/ci"
SID = "CrossaccountRegistryPaymentsRuntimePull"
RECIPIENTS: list[Any] = [
    # to, further fields, Sids -> (principal, condition)
    pytest.param([{"account": SECONDARY}], {}, {SID: ({"AWS": [SECONDARY]}, None)}, id="account"),
    pytest.param([{"account": SECONDARY, "roles": ["app/runtime"]}], {}, {SID: ({"AWS": [ROLE]}, None)}, id="role"),
    pytest.param([{"account": SECONDARY, "roles": ["/app/runtime"]}], {}, {SID: ({"AWS": [ROLE]}, None)}, id="role with a slash in front"),
    pytest.param([{"account": SECONDARY, "roles": [ROLE]}], {}, {SID: ({"AWS": [ROLE]}, None)}, id="role by ARN"),
    pytest.param(
        [{"account": SECONDARY, "roles": ["app/runtime"], "users": ["ci"]}, {"account": OTHER}, {"account": OTHER}],
        {},
        {SID: ({"AWS": [ROLE, USER, OTHER]}, None)},
        id="all that are principals share a statement",
    ),
    pytest.param(
        [{"account": SECONDARY, "roles": ["app/runtime"], "users": ["ci"]}, {"account": OTHER}],
        {"principals_as": "condition"},
        {
            SID: ({"AWS": [OTHER]}, None),
            f"{SID}Roles": ({"AWS": [SECONDARY]}, {"ArnEquals": {"aws:PrincipalArn": [ROLE, USER]}}),
        },
        id="as a condition",
    ),
    pytest.param(
        [{"account": SECONDARY, "roles": ["app/*"]}, {"account": OTHER, "roles": ["ci"]}],
        {"principals_as": "condition"},
        {
            f"{SID}Roles": (
                {"AWS": [SECONDARY, OTHER]},
                {"ArnLike": {"aws:PrincipalArn": [f"arn:aws:iam::{SECONDARY}:role/app/*", f"arn:aws:iam::{OTHER}:role/ci"]}},
            )
        },
        id="as a condition with a pattern",
    ),
    pytest.param(
        [{"organization": ORG}],
        {},
        {f"{SID}Organization": ({"AWS": "*"}, {"StringEquals": {"aws:PrincipalOrgID": [ORG]}})},
        id="organization",
    ),
    pytest.param(
        [{"organization": ORG, "paths": [f"{ORG}/r-ab12/ou-ab12-11111111/*"]}],
        {},
        {
            f"{SID}OrganizationPaths": (
                {"AWS": "*"},
                {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": [f"{ORG}/r-ab12/ou-ab12-11111111/*"]}},
            )
        },
        id="organization paths",
    ),
    pytest.param(
        [{"account": SECONDARY, "service": "lambda"}],
        {},
        {
            f"{SID}LambdaAccount": ({"AWS": [SECONDARY]}, None),
            f"{SID}Lambda": (
                {"Service": "lambda.amazonaws.com"},
                {"StringLike": {"aws:SourceArn": [f"arn:aws:lambda:{REGION}:{SECONDARY}:function:*"]}},
            ),
        },
        id="lambda",
    ),
]


@pytest.mark.parametrize(("to", "fields", "expected"), RECIPIENTS)
def test_recipients(to: list[dict[str, Any]], fields: dict[str, Any], expected: dict[str, Any]) -> None:
    found = registry_statements(grant(to=to, **fields), REGION, "repository")
    compared = {one["Sid"]: (one["Principal"], one.get("Condition")) for one in found}
    for principal, _condition in expected.values():
        if isinstance(principal.get("AWS"), list):
            principal["AWS"].sort()
    assert compared == expected
    assert len(compared) == len(found)
    assert {one["Sid"] for one in found} <= grant(to=to, **fields).family()
    for one in found:
        assert actions(one) == ({"BatchGetImage", "GetDownloadUrlForLayer"} if "Lambda" in one["Sid"] else ACTIONS["pull"])


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_partitions(region: str, partition: str) -> None:
    fields = {"registry": {"account": PRIMARY, "regions": [region]}, "scope": "registry"}
    to = [{"account": SECONDARY, "roles": ["app"]}, {"account": OTHER, "service": "lambda"}]
    roles, _account, service = registry_statements(grant(to=to, **fields), region, "registry")
    assert roles["Principal"] == {"AWS": [f"arn:{partition}:iam::{SECONDARY}:role/app"]}
    assert roles["Resource"] == [f"arn:{partition}:ecr:{region}:{PRIMARY}:repository/payments/*"]
    assert service["Condition"]["StringLike"]["aws:SourceArn"] == [f"arn:{partition}:lambda:{region}:{OTHER}:function:*"]
    login, pull = identity_statements([grant(to=to, **fields)], SECONDARY, "role", "app")
    assert login["Resource"] == "*" and pull["Resource"] == roles["Resource"]


def test_a_selection_by_tag_becomes_a_condition_of_the_registry() -> None:
    found = registry_statements(grant(repositories=["payments/*", "tag:team=pay", "tag:team=bill"], scope="registry"), REGION, "registry")
    plain, tagged = found
    assert (plain["Sid"], plain["Resource"], "Condition" in plain) == (
        SID,
        [f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/payments/*"],
        False,
    )
    assert (tagged["Sid"], tagged["Resource"]) == (f"{SID}Tagged", [f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/*"])
    assert tagged["Condition"] == {"StringEquals": {"aws:ResourceTag/team": ["bill", "pay"]}}
    (only,) = registry_statements(grant(repositories=["tag:team"], to=[{"organization": ORG}], scope="registry"), REGION, "registry")
    assert only["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": [ORG]}, "StringLike": {"aws:ResourceTag/team": ["*"]}}
    assert only["Sid"] in grant().family()


def test_sids_are_stable_and_families_do_not_meet() -> None:
    assert grant(name="payments_runtime-2").stem == "CrossaccountRegistryPaymentsRuntime2"
    names = ["app", "app-pull", "app-push", "app-pull-lambda", "apppull", "app-pull-roles"]
    families = [grant(name=name).family() for name in names]
    assert len(frozenset().union(*families)) == sum(map(len, families))
    for access in ACTIONS:
        one = grant(access=access, name="app")
        assert {statement["Sid"] for statement in registry_statements(one, REGION, one.scope)} <= families[0]


# -- identity side -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("access", [access for access in ACTIONS if access != "replicate"])
def test_identity_side(access: str) -> None:
    one = grant(access=access, to=[{"account": SECONDARY, "roles": ["app/runtime"], "users": ["ci"]}])
    for kind, name in (("role", "runtime"), ("role", "app/runtime"), ("user", "ci")):
        login, *rest = identity_statements([one], SECONDARY, kind, name)
        assert login == {"Sid": "CrossaccountRegistryLogin", "Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": "*"}
        assert all("Principal" not in statement for statement in rest)
        assert actions(rest[0]) == ACTIONS[access] | MORE.get(access, set())
        assert rest[0]["Resource"] == [f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/payments/*"]
        if access == "cache":
            assert actions(rest[1]) == STORE and rest[1]["Resource"] == [f"arn:aws:ecr:*:{SECONDARY}:repository/*"]
        assert len(rest) == (2 if access == "cache" else 1)
        assert len({statement["Sid"] for statement in rest}) == len(rest)
    for account, kind, name in ((OTHER, "role", "runtime"), (SECONDARY, "user", "runtime"), (SECONDARY, "role", "ci")):
        assert identity_statements([one], account, kind, name) == []


def test_the_login_is_there_once_and_only_where_it_is_needed() -> None:
    to = [{"account": SECONDARY, "roles": ["app"]}]
    grants = read_grants([entry(name="one", to=to), entry(name="two", to=to, access="push")])
    assert [one["Sid"] for one in identity_statements(grants, SECONDARY, "role", "app")] == [
        "CrossaccountRegistryLogin",
        "CrossaccountRegistryOnePull",
        "CrossaccountRegistryTwoPush",
    ]
    assert identity_statements([grant(access="replicate")], SECONDARY, "role", "app") == []
    assert identity_statements([], SECONDARY, "role", "app") == []


def test_identities_of_an_account() -> None:
    grants = read_grants(
        [
            entry(name="one", to=[{"account": SECONDARY, "roles": ["b", "path/a"], "users": ["u"]}, {"account": OTHER, "roles": ["c"]}]),
            entry(name="two", to=[{"account": SECONDARY}, {"organization": ORG}]),
            entry(name="three", to=[{"account": SECONDARY, "roles": ["app-*", "b"]}], principals_as="condition"),
        ]
    )
    assert identities(grants, SECONDARY) == [("role", "a"), ("role", "b"), ("user", "u")]
    assert identities(grants, OTHER) == [("role", "c")]


# -- selectors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("selector", "repository", "tags", "means"),
    [
        ("payments/api", "payments/api", {}, True),
        ("payments/api", "payments/api2", {}, False),
        ("payments/*", "payments/deep/api", {}, True),
        ("payments/*", "payments", {}, False),
        ("*", "anything/at.all", {}, True),
        ("app-?", "app-1", {}, True),
        ("app-?", "app-10", {}, False),
        ("a*c", "abc", {}, True),
        ("a.c", "abc", {}, False),
        ("tag:team=pay", "app", {"team": "pay"}, True),
        ("tag:team=pay", "app", {"team": "Pay"}, False),
        ("tag:team=pay*", "app", {"team": "payments"}, True),
        ("tag:team", "app", {"team": ""}, True),
        ("tag:team=", "app", {"team": "x"}, False),
        ("tag:team", "app", {"teams": "x"}, False),
        ("tag:a:b=c=d", "app", {"a:b": "c=d"}, True),
    ],
)
def test_selectors(selector: str, repository: str, tags: dict[str, str], means: bool) -> None:
    assert selector_problem(selector) is None
    assert selector_matches(selector, repository, tags) is means


@pytest.mark.parametrize(
    "selector", ["", "Payments", "app:latest", "https://example.com/app", "tag:", "tag:=x", "a b", 7, None, "/app", "x" * 300]
)
def test_selectors_that_are_none(selector: Any) -> None:
    assert selector_problem(selector)


# -- refusals ----------------------------------------------------------------------------------------------------------

ROLES = [{"account": SECONDARY, "roles": ["app"]}]
REFUSALS: list[Any] = [
    pytest.param({"name": None}, ["grant #1: name must be"], id="no name"),
    pytest.param({"name": "7up"}, ["grant '7up': name must be", "begin with a letter"], id="name begins with a digit"),
    pytest.param({"name": "a" * 65}, ["at most 64 characters"], id="long name"),
    pytest.param({"name": "a b"}, ["letters, digits, - and _"], id="name with a space"),
    pytest.param({"registry": None}, ["registry is missing; it needs account and regions"], id="no registry"),
    pytest.param({"registry": {"regions": [REGION]}}, ["registry.account is missing"], id="no registry account"),
    pytest.param(
        {"registry": {"account": 11, "regions": [REGION]}}, ["registry.account is the number 11", "in quotes", "leading zeros"], id="number"
    ),
    pytest.param({"registry": {"account": "1" * 11, "regions": [REGION]}}, ["an account id has 12 digits"], id="eleven digits"),
    pytest.param(
        {"registry": {"account": PRIMARY, "regions": []}}, ["registry.regions must be a list of texts, with at least one"], id="no regions"
    ),
    pytest.param({"registry": {"account": PRIMARY, "regions": "eu-west-1"}}, ["registry.regions must be a list"], id="regions as text"),
    pytest.param({"registry": {"account": PRIMARY, "regions": ["europe"]}}, ["'europe' is no region"], id="no such region"),
    pytest.param(
        {"registry": {"account": PRIMARY, "regions": [REGION, "cn-north-1"]}}, ["one partition", "cn-north-1"], id="two partitions"
    ),
    pytest.param(
        {"registry": {"account": PRIMARY, "regions": [REGION], "region": "x"}}, ["registry: unknown field region"], id="unknown field below"
    ),
    pytest.param({"repositories": []}, ["repositories must be a list of texts, with at least one"], id="no repositories"),
    pytest.param({"repositories": ["Payments"]}, ["'Payments' is no repository name"], id="bad repository"),
    pytest.param(
        {"repositories": [f"{PRIMARY}.dkr.ecr.eu-west-1.amazonaws.com/app"]}, ["write it without the registry's host name"], id="host name"
    ),
    pytest.param({"repositories": ["tag:a=1", "tag:b=1"]}, ["one tag key in a grant"], id="two tag keys"),
    pytest.param({"access": "admin"}, ["access is 'admin', it must be one of: pull, push, pull_push, scan, cache, replicate"], id="access"),
    pytest.param({"access": None}, ["access is None"], id="no access"),
    pytest.param({"scope": "global"}, ["scope is 'global', it must be repository or registry"], id="scope"),
    pytest.param({"principals_as": "role"}, ["principals_as is 'role'"], id="principals_as"),
    pytest.param({"to": []}, ["to must be a list of recipients"], id="nobody"),
    pytest.param({"to": {"account": SECONDARY}}, ["to must be a list of recipients"], id="no list"),
    pytest.param({"to": [SECONDARY]}, ["to[0] is no mapping", "account:"], id="bare account"),
    pytest.param({"to": [{}]}, ["to[0]: account is missing"], id="empty recipient"),
    pytest.param(
        {"to": [{"account": SECONDARY}, {"account": 444455556666}]}, ["to[1]: account is the number 444455556666"], id="number in to"
    ),
    pytest.param(
        {"to": [{"account": SECONDARY, "role": "app"}]}, ["to[0]: unknown field role; known are account, roles"], id="role, not roles"
    ),
    pytest.param({"to": [{"account": SECONDARY, "roles": "app"}]}, ["to[0]: roles must be a list of texts"], id="roles as text"),
    pytest.param(
        {"to": [{"account": SECONDARY, "roles": []}]}, ["to[0]: roles is empty; leave it out to mean the whole account"], id="roles=[]"
    ),
    pytest.param({"to": [{"account": SECONDARY, "roles": [], "users": []}]}, ["to[0]: roles and users is empty"], id="roles=users=[]"),
    pytest.param(
        {"to": [{"organization": "o-a1b2c3d4e5", "paths": []}]}, ["paths is empty; leave it out to mean the whole org"], id="paths=[]"
    ),
    pytest.param(
        {"to": [{"account": SECONDARY, "roles": ["app-*"]}]},
        ["'app-*' is a pattern", "principals_as: condition"],
        id="pattern as principal",
    ),
    pytest.param(
        {"to": [{"account": SECONDARY, "roles": [f"arn:aws:iam::{OTHER}:role/app"]}]},
        [f"no role of the account {SECONDARY}"],
        id="ARN of another",
    ),
    pytest.param({"to": [{"account": SECONDARY, "roles": [USER]}]}, [f"no role of the account {SECONDARY}"], id="user as role"),
    pytest.param({"to": [{"account": SECONDARY, "roles": ["a b"]}]}, ["'a b' is no name and no ARN of a role"], id="bad role name"),
    pytest.param({"to": [{"organization": "o-1"}]}, ["organization is 'o-1'"], id="bad organization"),
    pytest.param(
        {"to": [{"organization": ORG, "account": SECONDARY}]}, ["cannot be combined", "two entries"], id="organization and account"
    ),
    pytest.param({"to": [{"organization": ORG, "paths": ["o-zzzzzzzzzz/*"]}]}, [f"must begin with '{ORG}/'"], id="path of another"),
    pytest.param({"to": [{"account": SECONDARY, "paths": [f"{ORG}/*"]}]}, ["paths belong to an organization"], id="paths of an account"),
    pytest.param(
        {"to": [{"account": SECONDARY, "service": "codebuild"}]}, ["SERVICE_ROLE", "'roles' instead of 'service'"], id="codebuild"
    ),
    pytest.param({"to": [{"account": SECONDARY, "service": "ecs"}]}, ["service is 'ecs'", "'lambda' is the only"], id="another service"),
    pytest.param({"to": [{"service": "lambda"}]}, ["to[0]: account is missing"], id="lambda of nobody"),
    pytest.param({"to": [{"account": SECONDARY, "service": "lambda"}], "access": "push"}, ["Lambda only pulls"], id="lambda pushes"),
    pytest.param(
        {"to": [{"account": SECONDARY, "service": "lambda", "roles": ["a"]}]}, ["service cannot be combined"], id="lambda and roles"
    ),
    pytest.param({"access": "replicate", "to": ROLES}, ["replication is allowed to whole accounts"], id="replication to a role"),
    pytest.param(
        {"access": "replicate", "to": [{"organization": ORG}]}, ["to accounts, not to organizations"], id="replication to an organization"
    ),
    pytest.param(
        {"access": "replicate", "scope": "repository"}, ["replication is allowed by the registry policy"], id="replication by a repository"
    ),
    pytest.param({"acces": "pull"}, ["unknown field acces; known are name, registry"], id="unknown field"),
]


@pytest.mark.parametrize(("fields", "texts"), REFUSALS)
def test_refusals(fields: dict[str, Any], texts: list[str]) -> None:
    with pytest.raises(RegistryError) as refused:
        read_grants([entry(**fields)])
    assert [text for text in texts if text not in str(refused.value)] == [], str(refused.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(RegistryError) as refused:
        read_grants([entry(name="one", access="x"), "two", entry(name="one"), entry(name="a-b"), entry(name="aB")])
    for text in ("grant 'one': access is 'x'", "grant #2 is no mapping", "grant 'aB': the name gives the same Sid as 'a-b'"):
        assert text in str(refused.value)
    with pytest.raises(RegistryError, match="grant 'one': the name is used twice"):
        read_grants([entry(name="one"), entry(name="one")])


@pytest.mark.parametrize("declaration", ["text", {"name": "one"}, None, 7])
def test_what_is_no_declaration(declaration: Any) -> None:
    with pytest.raises(RegistryError, match="grants must be a list of grants"):
        read_grants(declaration)


def test_options_that_a_module_fills_in_are_no_mistakes() -> None:
    """Suboptions that are not given arrive as nulls."""
    nothing = dict.fromkeys(("roles", "users", "organization", "paths", "service"))
    assert grant(to=[{**nothing, "account": SECONDARY}], scope=None, principals_as=None) == grant()
