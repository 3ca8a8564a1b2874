# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact, ordered calls by which roles and users are read, and what becomes of what AWS does not show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.iam_principals import NoSuchPrincipal, Principal, read_principals
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError, ServiceError
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.request import Caller

ACCOUNT = "444455556666"
ROLE, USER = f"arn:aws:iam::{ACCOUNT}:role/team/puller", f"arn:aws:iam::{ACCOUNT}:user/ci"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/puller/build"
MANAGED = f"arn:aws:iam::{ACCOUNT}:policy/pull"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
ROLE_ID, USER_ID = "AROAEXAMPLEROLE00001", "AIDAEXAMPLEUSER00001"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def text(action: str) -> str:
    return quote(json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}))


class Iam:
    """IAM that expects these calls, in this order, and no others."""

    def __init__(self) -> None:
        self.client = boto3.client("iam", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="s")
        self.stub = Stubber(self.client)

    def answers(self, operation: str, expected: dict[str, Any], answer: dict[str, Any]) -> None:
        self.stub.add_response(operation, answer, expected)

    def refuses(self, operation: str, expected: dict[str, Any], code: str = "AccessDenied") -> None:
        self.stub.add_client_error(operation, code, f"no {operation}", expected_params=expected)

    def role(self, arn: str = ROLE, **more: Any) -> None:
        name = arn.rpartition("/")[2]
        shown = {"Path": "/", "RoleName": name, "RoleId": ROLE_ID, "Arn": arn, "CreateDate": WHEN, **more}
        self.answers("get_role", {"RoleName": name}, {"Role": shown})

    def user(self, **more: Any) -> None:
        shown = {"Path": "/", "UserName": "ci", "UserId": USER_ID, "Arn": USER, "CreateDate": WHEN, **more}
        self.answers("get_user", {"UserName": "ci"}, {"User": shown})

    def own(self, kind: str, name: str, inline: dict[str, str], attached: tuple[str, ...] = ()) -> None:
        """The inline policies of a role, user or group, and the managed ones that it has."""
        whose = {f"{kind.capitalize()}Name": name}
        self.answers(f"list_{kind}_policies", whose, {"PolicyNames": list(inline), "IsTruncated": False})
        for policy, document in inline.items():
            answer = {**whose, "PolicyName": policy, "PolicyDocument": document}
            self.answers(f"get_{kind}_policy", {**whose, "PolicyName": policy}, answer)
        shown = [{"PolicyName": "p", "PolicyArn": arn} for arn in attached]
        self.answers(f"list_attached_{kind}_policies", whose, {"AttachedPolicies": shown, "IsTruncated": False})

    def managed(self, arn: str, document: str, version: str = "v3") -> None:
        self.answers("get_policy", {"PolicyArn": arn}, {"Policy": {"DefaultVersionId": version}})
        shown = {"PolicyVersion": {"Document": document, "VersionId": version}}
        self.answers("get_policy_version", {"PolicyArn": arn, "VersionId": version}, shown)

    def read(self, *arns: str) -> Any:
        """What is read of them; the only one's when there is one."""
        found = read_principals(self.client, arns, workers=1)
        return found[arns[0]] if len(arns) == 1 else found


@pytest.fixture
def iam() -> Iterator[Iam]:
    expected = Iam()
    with expected.stub:
        yield expected
    expected.stub.assert_no_pending_responses()


def says(principal: Principal) -> dict[str, list[Any]]:
    """The names of the policies -> the actions that they allow."""
    return {named.name: [one["Action"] for one in named.policy.statements] for named in principal.identity}


def test_a_role_with_all_that_it_can_have(iam: Iam) -> None:
    boundary = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": BOUNDARY}
    iam.role(Tags=[{"Key": "team", "Value": "core"}], PermissionsBoundary=boundary)
    iam.own("role", "puller", {"login": text("ecr:GetAuthorizationToken")}, (MANAGED,))
    iam.managed(MANAGED, text("ecr:BatchGetImage"))
    iam.managed(BOUNDARY, text("ecr:*"), "v1")
    found = iam.read(ROLE)
    assert found.caller == Caller(ROLE, ACCOUNT, "role", unique_id=ROLE_ID)
    assert says(found) == {
        "inline policy login of role puller": ["ecr:GetAuthorizationToken"],
        f"managed policy {MANAGED}": ["ecr:BatchGetImage"],
    }
    assert found.boundary.name == f"permissions boundary {BOUNDARY}"
    assert found.boundary.policy.statements[0]["Action"] == "ecr:*"
    assert (found.tags, found.unread) == ({"team": "core"}, ())


def test_a_user_has_the_policies_of_its_groups_and_shared_ones_once(iam: Iam) -> None:
    iam.user()
    group = {"GroupName": "developers", "Path": "/", "GroupId": "AGPAEXAMPLEGROUP0001", "Arn": "arn:aws:iam::1:group/x", "CreateDate": WHEN}
    iam.answers("list_groups_for_user", {"UserName": "ci"}, {"Groups": [group], "IsTruncated": False})
    iam.own("user", "ci", {"own": text("ecr:ListImages")}, (MANAGED,))
    iam.own("group", "developers", {"all": text("ecr:PutImage")}, (MANAGED,))
    iam.managed(MANAGED, text("ecr:BatchGetImage"))
    found = iam.read(USER)
    assert found.caller == Caller(USER, ACCOUNT, "user", unique_id=USER_ID)
    assert says(found) == {
        "inline policy own of user ci": ["ecr:ListImages"],
        "inline policy all of group developers": ["ecr:PutImage"],
        f"managed policy {MANAGED}": ["ecr:BatchGetImage"],
    }
    assert (found.boundary, found.tags) == (None, {})


def test_a_session_is_read_by_its_role(iam: Iam) -> None:
    iam.role()
    iam.own("role", "puller", {})
    assert iam.read(SESSION).caller == Caller(ROLE, ACCOUNT, "role", SESSION, ROLE_ID)


def test_what_several_principals_share_is_read_once(iam: Iam) -> None:
    other = f"arn:aws:iam::{ACCOUNT}:role/other"
    for arn in (ROLE, other):
        iam.role(arn)
        iam.own("role", arn.rpartition("/")[2], {}, (MANAGED,))
    iam.managed(MANAGED, text("ecr:*"))
    found = iam.read(ROLE, other, ROLE)
    assert [says(one) for one in found.values()] == [{f"managed policy {MANAGED}": ["ecr:*"]}] * 2


def test_all_pages_are_read(iam: Iam) -> None:
    iam.role()
    whose = {"RoleName": "puller"}
    iam.answers("list_role_policies", whose, {"PolicyNames": [], "IsTruncated": True, "Marker": "m"})
    iam.answers("list_role_policies", {**whose, "Marker": "m"}, {"PolicyNames": ["late"], "IsTruncated": False})
    answer = {**whose, "PolicyName": "late", "PolicyDocument": text("ecr:*")}
    iam.answers("get_role_policy", {**whose, "PolicyName": "late"}, answer)
    iam.answers("list_attached_role_policies", whose, {"AttachedPolicies": [], "IsTruncated": True, "Marker": "n"})
    shown = [{"PolicyName": "p", "PolicyArn": MANAGED}]
    iam.answers("list_attached_role_policies", {**whose, "Marker": "n"}, {"AttachedPolicies": shown, "IsTruncated": False})
    iam.managed(MANAGED, text("ecr:PutImage"))
    assert list(says(iam.read(ROLE)).values()) == [["ecr:*"], ["ecr:PutImage"]]


def test_what_may_not_be_read_is_noted(iam: Iam) -> None:
    iam.refuses("get_role", {"RoleName": "puller"})
    iam.answers("list_role_policies", {"RoleName": "puller"}, {"PolicyNames": ["own"], "IsTruncated": False})
    iam.refuses("get_role_policy", {"RoleName": "puller", "PolicyName": "own"})
    shown = [{"PolicyName": "p", "PolicyArn": MANAGED}]
    iam.answers("list_attached_role_policies", {"RoleName": "puller"}, {"AttachedPolicies": shown, "IsTruncated": False})
    iam.refuses("get_policy", {"PolicyArn": MANAGED})
    found = iam.read(ROLE)
    assert (found.caller, found.tags, found.identity) == (Caller(ROLE, ACCOUNT, "role"), None, ())
    assert found.unread == (
        "the role puller itself (GetRole: AccessDenied: no get_role)",
        "inline policy own of role puller (GetRolePolicy: AccessDenied: no get_role_policy)",
        f"managed policy {MANAGED} (GetPolicy: AccessDenied: no get_policy)",
    )


def test_a_boundary_and_groups_that_may_not_be_read_are_noted(iam: Iam) -> None:
    iam.user(PermissionsBoundary={"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": BOUNDARY})
    iam.refuses("list_groups_for_user", {"UserName": "ci"})
    iam.refuses("list_user_policies", {"UserName": "ci"})
    iam.refuses("list_attached_user_policies", {"UserName": "ci"})
    iam.refuses("get_policy", {"PolicyArn": BOUNDARY})
    assert iam.read(USER).unread == (
        "the groups of user ci (ListGroupsForUser: AccessDenied: no list_groups_for_user)",
        "the inline policies of user ci (ListUserPolicies: AccessDenied: no list_user_policies)",
        "the attached policies of user ci (ListAttachedUserPolicies: AccessDenied: no list_attached_user_policies)",
        f"permissions boundary: managed policy {BOUNDARY} (GetPolicy: AccessDenied: no get_policy)",
    )


def test_a_role_that_is_not_there_is_told_with_names_that_come_close(iam: Iam) -> None:
    iam.refuses("get_role", {"RoleName": "puller"}, "NoSuchEntity")
    shown = [{"Path": "/", "RoleName": name, "RoleId": ROLE_ID, "Arn": ROLE, "CreateDate": WHEN} for name in ("admin", "pullers", "pull")]
    iam.answers("list_roles", {}, {"Roles": shown, "IsTruncated": False})
    error = iam.read(ROLE)
    assert isinstance(error, NoSuchPrincipal)
    assert str(error) == f"there is no role puller in account {ACCOUNT}; there is pullers, pull"


def test_a_user_that_is_not_there_where_nobody_may_list(iam: Iam) -> None:
    iam.refuses("get_user", {"UserName": "ci"}, "NoSuchEntity")
    iam.refuses("list_users", {})
    assert str(iam.read(USER)) == f"there is no user ci in account {ACCOUNT}"


def test_a_role_of_the_same_name_under_another_path_is_another_role(iam: Iam) -> None:
    iam.role(f"arn:aws:iam::{ACCOUNT}:role/puller")
    error = iam.read(ROLE)
    assert isinstance(error, NoSuchPrincipal)
    assert str(error) == f"there is no role {ROLE}; the role of that name is arn:aws:iam::{ACCOUNT}:role/puller"


@pytest.mark.parametrize("broken", ["not JSON", quote('{"Statement": ["x"]}')])
def test_a_document_that_cannot_be_understood_is_named(iam: Iam, broken: str) -> None:
    iam.role()
    iam.own("role", "puller", {}, (MANAGED,))
    iam.managed(MANAGED, broken)
    error = iam.read(ROLE)
    assert isinstance(error, RegistryError) and not isinstance(error, NoSuchPrincipal)
    assert str(error).startswith(f"the managed policy {MANAGED} cannot be understood: ")


def test_other_trouble_is_an_error_of_its_principal_only(iam: Iam) -> None:
    iam.refuses("get_role", {"RoleName": "puller"}, "Throttling")
    iam.user()
    iam.answers("list_groups_for_user", {"UserName": "ci"}, {"Groups": [], "IsTruncated": False})
    iam.own("user", "ci", {})
    found = iam.read(ROLE, USER)
    assert isinstance(found[ROLE], ServiceError) and found[ROLE].code == "Throttling"
    assert isinstance(found[USER], Principal)


@pytest.mark.parametrize(
    "wrong", ["puller", f"arn:aws:iam::{ACCOUNT}:root", "arn:aws:iam::1:group/a", "arn:aws:s3:::bucket", "a:b:c:d:e:role/"]
)
def test_what_is_no_principal_with_policies_of_its_own(iam: Iam, wrong: str) -> None:
    assert str(iam.read(wrong)) == f"'{wrong}' is the ARN of no role, user or session of a role"
