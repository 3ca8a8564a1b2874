# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact calls by which a trust policy is read and written, and what is waited for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.identity import Identity
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.trust_policy import CREATED_TAG, TrustPolicyStore
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError, ServiceError
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy, parse
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.merge import Ownership
from ansible_collections.crossaccount.registry.plugins.module_utils._policy_flow import Document, FlowOptions, Outcome, PolicyFlow

ADMIN = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}
ECS = {"Sid": "Ecs", "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


class Iam:
    """IAM that expects these calls, in this order, and no others."""

    def __init__(self) -> None:
        client = boto3.client("iam", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="s")
        self.stub = Stubber(client)
        self.store = TrustPolicyStore(client, client, Identity("111122223333", "aws"), "scanner", 400)
        self.client = client

    def may_create(self, path: str = "/") -> None:
        self.store = TrustPolicyStore(self.client, self.client, Identity("111122223333", "aws"), "scanner", 400, path)

    def has_none(self) -> None:
        self.stub.add_client_error("get_role", "NoSuchEntity", "no", expected_params={"RoleName": "scanner"})

    def shows(self, *statements: Any, **more: Any) -> None:
        role = {
            "Path": "/",
            "RoleName": "scanner",
            "RoleId": "AROAEXAMPLEEXAMPLEEXA",
            "Arn": "arn:aws:iam::111122223333:role/scanner",
            "CreateDate": "2026-01-01T00:00:00Z",
            "AssumeRolePolicyDocument": json.dumps(document(*statements)),
            **more,
        }
        self.stub.add_response("get_role", {"Role": role}, {"RoleName": "scanner"})

    def takes(self, *statements: Any) -> None:
        text = json.dumps(document(*statements), separators=(",", ":"))
        self.stub.add_response("update_assume_role_policy", {}, {"RoleName": "scanner", "PolicyDocument": text})


@pytest.fixture
def iam() -> Iterator[Iam]:
    expected = Iam()
    with expected.stub:
        yield expected
    expected.stub.assert_no_pending_responses()


def flow(iam: Iam, ownership: Ownership, *desired: Any, check_mode: bool = False) -> Outcome:
    options = FlowOptions(check_mode=check_mode, workers=1)
    wanted = Document(iam.store, Policy(statements=desired), ownership)
    (outcome,) = PolicyFlow(options, clock=lambda: 0.0, sleep=lambda _seconds: None).run([wanted])
    return outcome


def test_unchanged_takes_one_read(iam: Iam) -> None:
    iam.shows(ADMIN, ECS)
    assert flow(iam, Ownership(), ECS).action == "unchanged"


def test_check_mode_only_reads(iam: Iam) -> None:
    iam.shows(ADMIN)
    assert flow(iam, Ownership(), ECS, check_mode=True).action == "updated"


def test_others_keep_their_place_and_spelling(iam: Iam) -> None:
    iam.shows(ADMIN)
    iam.takes(ADMIN, ECS)
    iam.shows(ADMIN, ECS)
    assert flow(iam, Ownership(), ECS).action == "updated"


def test_the_last_statement_stays(iam: Iam) -> None:
    iam.shows(ECS)
    outcome = flow(iam, Ownership("absent", sids=frozenset(["Ecs"])))
    assert outcome.action == "failed"
    assert str(outcome.error) == "no statement would be left, and there cannot be no trust policy; keep one, or delete what it belongs to"
    with pytest.raises(RegistryError, match="role scanner cannot be without a trust policy"):
        iam.store.delete()


def creates(path: str = "/") -> dict[str, Any]:
    text = json.dumps(document(ECS), separators=(",", ":"))
    return {"RoleName": "scanner", "Path": path, "AssumeRolePolicyDocument": text, "Tags": [CREATED_TAG]}


def test_a_role_is_created_where_there_is_none(iam: Iam) -> None:
    iam.may_create("/teams/")
    iam.has_none()
    iam.has_none()
    role = {"Path": "/teams/", "RoleName": "scanner", "RoleId": "AROAEXAMPLEEXAMPLEEXA", "Arn": "arn:aws:iam::1:role/teams/scanner"}
    iam.stub.add_response("create_role", {"Role": {**role, "CreateDate": "2026-01-01T00:00:00Z"}}, creates("/teams/"))
    iam.shows(ECS, Path="/teams/")
    assert flow(iam, Ownership(), ECS).action == "created"


def test_check_mode_creates_nothing(iam: Iam) -> None:
    iam.may_create()
    iam.has_none()
    assert flow(iam, Ownership(), ECS, check_mode=True).action == "created"


def test_a_role_that_is_not_seen_yet(iam: Iam) -> None:
    iam.may_create()
    iam.has_none()
    iam.stub.add_client_error("create_role", "EntityAlreadyExists", "there", expected_params=creates())
    iam.takes(ECS)
    iam.store.write(parse(document(ECS)))


def test_only_a_role_that_was_created_so_is_deleted(iam: Iam) -> None:
    iam.may_create()
    iam.shows(ECS, Tags=[CREATED_TAG])
    iam.shows(ECS, Tags=[CREATED_TAG])
    iam.stub.add_response("delete_role", {}, {"RoleName": "scanner"})
    iam.has_none()
    assert flow(iam, Ownership("absent", sids=frozenset(["Ecs"]))).action == "deleted"
    iam.shows(ECS)
    with pytest.raises(RegistryError, match="this collection has not created it; delete it, or let it trust somebody else"):
        iam.store.delete()
    iam.has_none()
    iam.store.delete()


def test_a_role_with_another_path(iam: Iam) -> None:
    """Its ARN is another one than what others were told."""
    iam.may_create("/teams/")
    iam.shows(ECS)
    with pytest.raises(RegistryError, match="already, with the path / and not /teams/; give its path, or another name"):
        iam.store.read()


def test_the_limit_is_the_one_of_the_account(iam: Iam) -> None:
    iam.shows(ADMIN)
    services = [f"service{number}.amazonaws.com" for number in range(10)]
    outcome = flow(iam, Ownership(), {**ECS, "Principal": {"Service": services}})
    assert "the trust policy would have" in str(outcome.error)
    assert "400 are allowed; trust whole accounts" in str(outcome.error)


def test_a_missing_role(iam: Iam) -> None:
    iam.stub.add_client_error("get_role", "NoSuchEntity", "no", expected_params={"RoleName": "scanner"})
    with pytest.raises(RegistryError, match="there is no role scanner in account 111122223333; create it first"):
        iam.store.read()


@pytest.mark.parametrize(
    ("code", "message", "waits"),
    [
        ("MalformedPolicyDocument", 'Invalid principal in policy: "AWS":"arn:aws:iam::444455556666:role/central"', True),
        ("MalformedPolicyDocument", 'Invalid principal in policy: "SERVICE":"ecs.example.com"', False),
        ("MalformedPolicyDocument", "Syntax errors in policy.", False),
        ("LimitExceeded", "Invalid principal in policy", False),
    ],
)
def test_what_is_waited_for(iam: Iam, code: str, message: str, waits: bool) -> None:
    assert bool(iam.store.waits_for(ServiceError("UpdateAssumeRolePolicy", code, message))) is waits
