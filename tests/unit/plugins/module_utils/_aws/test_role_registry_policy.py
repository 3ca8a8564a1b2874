# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact, ordered calls by which the policies of roles and users are read, written and deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.identity import Identity
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.role_registry_policy import (
    PATH,
    Holder,
    RolePolicyStore,
    holders,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError, ServiceError
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy, parse
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.merge import Ownership
from ansible_collections.crossaccount.registry.plugins.module_utils._policy_flow import Document, FlowOptions, Outcome, PolicyFlow

NAME = "crossaccount-registry-role-app"
ARN = f"arn:aws:iam::444455556666:policy{PATH}{NAME}"
USER_ARN = f"arn:aws:iam::444455556666:policy{PATH}crossaccount-registry-user-app"
PULL = {"Sid": "RegistryPull", "Effect": "Allow", "Action": ["ecr:BatchGetImage"], "Resource": "*"}
TEAM = {"Sid": "Team", "Effect": "Allow", "Action": ["ecr:DescribeImages"], "Resource": "*"}


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


class Iam:
    """IAM that expects these calls, in this order, and no others."""

    def __init__(self) -> None:
        self.client = boto3.client("iam", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="s")
        self.stub = Stubber(self.client)

    def answers(self, operation: str, expected: dict[str, Any], answer: dict[str, Any] | None = None) -> None:
        self.stub.add_response(operation, answer or {}, expected)

    def refuses(self, operation: str, code: str, expected: dict[str, Any]) -> None:
        self.stub.add_client_error(operation, code, f"no {operation}", expected_params=expected)

    def attached(self, *arns: str) -> None:
        self.answers(
            "list_attached_role_policies",
            {"RoleName": "app", "PathPrefix": PATH},
            {"AttachedPolicies": [{"PolicyName": NAME, "PolicyArn": arn} for arn in arns], "IsTruncated": False},
        )

    def default_version(self, version: str = "v1", arn: str = ARN) -> None:
        self.answers("get_policy", {"PolicyArn": arn}, {"Policy": {"DefaultVersionId": version}})

    def shows(self, text: str, version: str = "v1", arn: str = ARN) -> None:
        answer = {"PolicyVersion": {"Document": text, "VersionId": version}}
        self.answers("get_policy_version", {"PolicyArn": arn, "VersionId": version}, answer)

    def versions(self, *numbers: int, default: int, arn: str = ARN) -> None:
        """Newest first, as IAM lists them; a higher number was created later."""
        listed = [
            {"VersionId": f"v{number}", "IsDefaultVersion": number == default, "CreateDate": datetime(2026, 1, number, tzinfo=UTC)}
            for number in numbers
        ]
        self.answers("list_policy_versions", {"PolicyArn": arn}, {"Versions": listed, "IsTruncated": False})

    def creates(self, statement: dict[str, Any]) -> None:
        described = "What the role app may do in container registries of other accounts"
        wanted = {"PolicyName": NAME, "Path": PATH, "PolicyDocument": document(statement), "Description": described}
        self.answers("create_policy", wanted, {"Policy": {"Arn": ARN}})

    def store(self, version: str | None = None, leaving: bool = False, kind: str = "role") -> RolePolicyStore:
        return RolePolicyStore(self.client, Identity("444455556666", "aws"), Holder(kind, "app"), version, leaving)


@pytest.fixture
def iam() -> Iterator[Iam]:
    expected = Iam()
    with expected.stub:
        yield expected
    expected.stub.assert_no_pending_responses()


def flow(store: RolePolicyStore, *desired: Any, check_mode: bool = False) -> Outcome:
    """Runs the whole flow on one store, without waiting."""
    wanted = Document(store, Policy(statements=desired), Ownership(sid_prefix="Registry"))
    options = FlowOptions(check_mode=check_mode, workers=1)
    (outcome,) = PolicyFlow(options, clock=lambda: 0.0, sleep=lambda _seconds: None).run([wanted])
    return outcome


def test_holders_are_found_by_path_on_all_pages(iam: Iam) -> None:
    def page(names: list[str], **more: Any) -> dict[str, Any]:
        return {"Policies": [{"PolicyName": name, "DefaultVersionId": f"v{len(name)}"} for name in names], "IsTruncated": False} | more

    asked = {"Scope": "Local", "PathPrefix": PATH}
    iam.answers("list_policies", asked, page([NAME, "somebody-elses"], IsTruncated=True, Marker="m"))
    iam.answers("list_policies", asked | {"Marker": "m"}, page(["crossaccount-registry-user-role-app", "crossaccount-registry-group-x"]))
    assert holders(iam.client) == {Holder("role", "app"): "v30", Holder("user", "role-app"): "v35"}


def test_unchanged_takes_two_reads(iam: Iam) -> None:
    iam.attached("arn:aws:iam::444455556666:policy/crossaccount.registry/other", ARN)
    iam.shows(document(PULL), "v3")
    assert flow(iam.store("v3"), PULL).action == "unchanged"


def test_check_mode_only_reads(iam: Iam) -> None:
    iam.attached()
    assert flow(iam.store(), PULL, check_mode=True).action == "created"


def test_a_new_policy_is_created_attached_and_read_back(iam: Iam) -> None:
    iam.attached()
    iam.refuses("get_policy", "NoSuchEntity", {"PolicyArn": ARN})
    iam.creates(PULL)
    iam.answers("attach_role_policy", {"RoleName": "app", "PolicyArn": ARN})
    iam.attached(ARN)
    iam.default_version()
    iam.shows(document(PULL))
    assert flow(iam.store(), PULL).action == "created"


@pytest.mark.parametrize("code", ["AccessDenied", "LimitExceeded"])
def test_a_policy_that_cannot_be_attached_has_been_written(iam: Iam, code: str) -> None:
    iam.attached()
    iam.refuses("get_policy", "NoSuchEntity", {"PolicyArn": ARN})
    iam.creates(PULL)
    iam.refuses("attach_role_policy", code, {"RoleName": "app", "PolicyArn": ARN})
    outcome = flow(iam.store(), PULL)
    assert outcome.action == "failed" and outcome.may_be_written


@pytest.mark.parametrize("detached", [True, False])
def test_what_is_detached_and_cannot_be_deleted_has_been_written(iam: Iam, detached: bool) -> None:
    call = {"RoleName": "app", "PolicyArn": ARN}
    if detached:
        iam.answers("detach_role_policy", call)
    else:
        iam.refuses("detach_role_policy", "NoSuchEntity", call)
    iam.versions(1, default=1)
    iam.refuses("delete_policy", "AccessDenied", {"PolicyArn": ARN})
    with pytest.raises(ServiceError) as refused:
        iam.store(leaving=True).delete()
    assert refused.value.partly is detached


def test_the_policy_of_a_user(iam: Iam) -> None:
    iam.refuses("get_policy", "NoSuchEntity", {"PolicyArn": USER_ARN})
    iam.answers(
        "create_policy",
        {
            "PolicyName": "crossaccount-registry-user-app",
            "Path": PATH,
            "PolicyDocument": document(PULL),
            "Description": "What the user app may do in container registries of other accounts",
        },
        {"Policy": {"Arn": USER_ARN}},
    )
    iam.answers("attach_user_policy", {"UserName": "app", "PolicyArn": USER_ARN})
    iam.store(kind="user").write(parse(document(PULL)))


def test_an_update_makes_room_by_deleting_the_oldest_version_that_is_not_in_use(iam: Iam) -> None:
    iam.attached(ARN)
    iam.shows(document(TEAM, {**PULL, "Resource": "arn:aws:ecr:eu-west-1:111122223333:repository/a"}), "v4")
    iam.default_version("v4")
    iam.versions(9, 8, 6, 5, 4, default=4)
    iam.shows(document(TEAM), "v4")
    iam.answers("delete_policy_version", {"PolicyArn": ARN, "VersionId": "v5"})
    new = document(TEAM, PULL)
    iam.answers("create_policy_version", {"PolicyArn": ARN, "PolicyDocument": new, "SetAsDefault": True}, {"PolicyVersion": {}})
    iam.answers("attach_role_policy", {"RoleName": "app", "PolicyArn": ARN})
    iam.attached(ARN)
    iam.default_version("v10")
    iam.shows(new, "v10")
    assert flow(iam.store("v4"), PULL).action == "updated"


def test_what_is_there_already_makes_no_new_version_and_is_attached(iam: Iam) -> None:
    """The answer to an earlier write got lost, or somebody detached the policy."""
    iam.default_version()
    iam.versions(1, default=1)
    iam.shows(document(PULL))
    iam.answers("attach_role_policy", {"RoleName": "app", "PolicyArn": ARN})
    iam.store().write(parse(document(PULL)))


def test_a_policy_that_another_run_created_meanwhile_is_updated(iam: Iam) -> None:
    iam.refuses("get_policy", "NoSuchEntity", {"PolicyArn": ARN})
    described = "What the role app may do in container registries of other accounts"
    expected = {"PolicyName": NAME, "Path": PATH, "PolicyDocument": document(PULL), "Description": described}
    iam.refuses("create_policy", "EntityAlreadyExists", expected)
    iam.versions(1, default=1)
    iam.shows(document(TEAM))
    updated = {"PolicyArn": ARN, "PolicyDocument": document(PULL), "SetAsDefault": True}
    iam.answers("create_policy_version", updated, {"PolicyVersion": {}})
    iam.answers("attach_role_policy", {"RoleName": "app", "PolicyArn": ARN})
    iam.store().write(parse(document(PULL)))


def test_deleting_detaches_and_takes_all_versions(iam: Iam) -> None:
    iam.answers("detach_role_policy", {"RoleName": "app", "PolicyArn": ARN})
    iam.versions(3, 2, 1, default=2)
    iam.answers("delete_policy_version", {"PolicyArn": ARN, "VersionId": "v3"})
    iam.answers("delete_policy_version", {"PolicyArn": ARN, "VersionId": "v1"})
    iam.answers("delete_policy", {"PolicyArn": ARN})
    iam.store(leaving=True).delete()


def test_deleting_what_is_gone_is_fine(iam: Iam) -> None:
    iam.refuses("detach_role_policy", "NoSuchEntity", {"RoleName": "app", "PolicyArn": ARN})
    iam.refuses("list_policy_versions", "NoSuchEntity", {"PolicyArn": ARN})
    iam.refuses("delete_policy", "NoSuchEntity", {"PolicyArn": ARN})
    iam.store(leaving=True).delete()


def test_a_policy_that_something_else_uses_cannot_be_deleted(iam: Iam) -> None:
    iam.answers("detach_role_policy", {"RoleName": "app", "PolicyArn": ARN})
    iam.versions(1, default=1)
    iam.refuses("delete_policy", "DeleteConflict", {"PolicyArn": ARN})
    with pytest.raises(RegistryError, match=rf"the managed policy {ARN} is also attached to something else; detach it there"):
        iam.store(leaving=True).delete()


def test_what_others_have_in_the_policy_of_somebody_who_leaves_stays_as_it_was_attached_or_not(iam: Iam) -> None:
    """The role may be gone, and nobody asked to attach the policy again."""
    iam.shows(document(TEAM, PULL), "v2")
    iam.default_version("v2")
    iam.versions(2, default=2)
    iam.shows(document(TEAM, PULL), "v2")
    left = {"PolicyArn": ARN, "PolicyDocument": document(TEAM), "SetAsDefault": True}
    iam.answers("create_policy_version", left, {"PolicyVersion": {}})
    iam.default_version("v3")
    iam.shows(document(TEAM), "v3")
    outcome = flow(iam.store("v2", leaving=True))
    assert outcome.action == "updated"
    assert outcome.plan and outcome.plan.removed == ["RegistryPull"]


def test_a_missing_role_is_told_before_any_write(iam: Iam) -> None:
    iam.refuses("list_attached_role_policies", "NoSuchEntity", {"RoleName": "app", "PathPrefix": PATH})
    outcome = flow(iam.store(), PULL)
    assert outcome.action == "failed"
    assert str(outcome.error).startswith("there is no role app in account 444455556666; create it first, or take it out of the declaration")


def test_a_role_with_too_many_policies(iam: Iam) -> None:
    iam.default_version()
    iam.versions(1, default=1)
    iam.shows(document(PULL))
    iam.refuses("attach_role_policy", "LimitExceeded", {"RoleName": "app", "PolicyArn": ARN})
    with pytest.raises(RegistryError, match=r"no further managed policy can be attached to the role app; detach one .*LimitExceeded"):
        iam.store().write(parse(document(PULL)))


NOT_YET = f"IAM does not know the policy {NAME} or the role app (yet)"
CONFLICT = f"somebody else makes versions of the policy {NAME} at the same time"


@pytest.mark.parametrize(
    ("operation", "code", "message", "awaited"),
    [
        ("AttachRolePolicy", "NoSuchEntity", "no policy", NOT_YET),
        ("AttachUserPolicy", "NoSuchEntity", "no policy", NOT_YET),
        ("CreatePolicyVersion", "LimitExceeded", "A managed policy can have up to 5 versions.", CONFLICT),
        ("DeletePolicyVersion", "DeleteConflict", "Cannot delete the default version of a policy.", CONFLICT),
        ("CreatePolicyVersion", "LimitExceeded", "Cannot exceed quota for PolicySize: 6144", None),
        ("CreatePolicyVersion", "NoSuchEntity", "no policy", None),
        ("AttachRolePolicy", "AccessDenied", "no", None),
        ("CreatePolicy", "MalformedPolicyDocument", "Syntax errors in policy.", None),
    ],
)
def test_what_is_waited_for(iam: Iam, operation: str, code: str, message: str, awaited: str | None) -> None:
    assert iam.store().waits_for(ServiceError(operation, code, message)) == awaited


@pytest.mark.parametrize(
    ("call", "asked", "parameters"),
    [
        (lambda store: store.read(), "list_attached_role_policies", {"RoleName": "app", "PathPrefix": PATH}),
        (lambda store: store.write(parse(document(PULL))), "get_policy", {"PolicyArn": ARN}),
        (lambda store: store.delete(), "detach_role_policy", {"RoleName": "app", "PolicyArn": ARN}),
    ],
)
def test_other_errors_keep_their_code(iam: Iam, call: Any, asked: str, parameters: dict[str, Any]) -> None:
    iam.refuses(asked, "AccessDenied", parameters)
    with pytest.raises(ServiceError) as refused:
        call(iam.store())
    assert refused.value.code == "AccessDenied"


def test_a_role_that_an_earlier_task_creates_need_not_be_there_in_check_mode(iam: Iam) -> None:
    iam.refuses("list_attached_role_policies", "NoSuchEntity", {"RoleName": "app", "PathPrefix": PATH})
    store = RolePolicyStore(iam.client, Identity("444455556666", "aws"), Holder("role", "app"), None, leaving=False, expected=True)
    outcome = flow(store, PULL, check_mode=True)
    assert outcome.action == "created"
    assert outcome.plan and outcome.plan.added == ["RegistryPull"]
