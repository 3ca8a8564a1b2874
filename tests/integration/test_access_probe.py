# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trying access for real: what AWS answers then, what stays afterwards, and who may try it for whom."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.access_probe import (
    PROBED_ACTIONS,
    Probed,
    consumer_session,
    outcome_of,
    probe,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.session import AwsSession
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from tests.integration.conftest import PRIMARY, REGION, SECONDARY, Account, Journal
from tests.lab import Lab

REPOSITORY = "payments/web"
ROLE = f"arn:aws:iam::{SECONDARY}:role/app"


class Consumer:
    """The role of the secondary account, whose account's credentials its administrator gives."""

    def __init__(self, lab: Lab, own: str = SECONDARY, secret: str = "any", token: str | None = None) -> None:
        keys = {"aws_access_key_id": own, "aws_secret_access_key": secret, "aws_session_token": token}
        self.session = AwsSession(keys, lab.endpoint, REGION)

    def acting_as(self, arn: str) -> AwsSession:
        caller = self.session.client("sts").get_caller_identity()["Arn"]
        sessions: Any = SimpleNamespace(of=lambda _account: self.session, caller_of=lambda _account: caller)
        return consumer_session(sessions, arn)

    def tries(self, access: str, repository: str = REPOSITORY, arn: str = ROLE) -> list[Probed]:
        return probe(self.acting_as(arn).client("ecr"), PRIMARY, repository, access)


@pytest.fixture
def consumer(lab: Lab, primary: Account, secondary: Account) -> Consumer:
    """A role that may do everything with a repository of the primary account."""
    primary.create_repositories(REPOSITORY)
    primary.set_policy(REPOSITORY, {"Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": "ecr:*"})
    secondary.create_role("app")
    secondary.let("app", "*")
    return Consumer(lab)


@pytest.mark.parametrize("access", PROBED_ACTIONS)
def test_nothing_stays_of_what_was_tried(consumer: Consumer, primary: Account, access: str) -> None:
    found = consumer.tries(access)
    assert [(one.action, one.outcome) for one in found] == [(action, "allowed") for action in PROBED_ACTIONS[access]]
    ecr = primary.client("ecr")
    assert ecr.list_images(repositoryName=REPOSITORY)["imageIds"] == []
    # AWS deletes a repository without force only when nothing is in it.
    ecr.delete_repository(repositoryName=REPOSITORY)


def test_a_denial_tells_its_layer(consumer: Consumer, primary: Account) -> None:
    primary.set_policy(REPOSITORY, {"Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": "ecr:BatchGetImage"})
    image, layer = consumer.tries("pull")
    assert image.outcome == "allowed"
    assert layer.denial and (layer.outcome, layer.denial.layer, layer.denial.explicit) == ("denied", "resource", False)
    assert layer.denial.principal == f"arn:aws:sts::{SECONDARY}:assumed-role/app/crossaccount-registry"
    assert outcome_of([image, layer]) == "denied"


def test_an_absent_repository_is_neither(consumer: Consumer, primary: Account) -> None:
    primary.client("ecr").put_registry_policy(
        policyText=json.dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": "ecr:*", "Resource": "*"}],
        })
    )  # fmt: skip
    found = consumer.tries("pull_push", "payments/absent")
    assert {(one.outcome, one.code, one.reason) for one in found} == {
        ("unknown", "RepositoryNotFoundException", "the repository is absent")
    }


def test_expired_credentials_say_nothing_of_the_access(consumer: Consumer, lab: Lab) -> None:
    client = consumer.acting_as(ROLE).client("ecr")
    lab.control("POST", "/lab/sessions/expire", {})
    found = probe(client, PRIMARY, REPOSITORY, "pull")
    assert {(one.outcome, one.reason) for one in found} == {("unknown", "the credentials have expired; get new ones and try again")}


def test_throttled_calls_are_made_again(consumer: Consumer, lab: Lab, journal: Journal) -> None:
    lab.fail_next("BatchGetImage", error="ThrottlingException", message="Rate exceeded", times=2)
    assert outcome_of(consumer.tries("pull")) == "allowed"
    assert len(journal.calls("BatchGetImage")) == 3


@pytest.mark.usefixtures("consumer")
def test_credentials_that_are_the_role_already_are_used(lab: Lab, secondary: Account, journal: Journal) -> None:
    key = secondary.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="build")["Credentials"]
    own = Consumer(lab, key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"])
    journal.clear()
    assert outcome_of(own.tries("pull")) == "allowed"
    assert journal.calls("AssumeRole") == []


def test_a_user_tries_with_its_own_key(consumer: Consumer, lab: Lab, secondary: Account) -> None:
    key, arn = secondary.create_user("ci"), f"arn:aws:iam::{SECONDARY}:user/ci"
    own = Consumer(lab, key.access_key, key.secret_key)
    assert outcome_of(own.tries("pull", arn=arn)) == "denied"
    with pytest.raises(
        RegistryError, match=r"^nobody can assume a user, and the credentials of account 444455556666 are .*:root; to act as"
    ):
        consumer.tries("pull", arn=arn)


def test_a_role_that_does_not_trust_its_account(consumer: Consumer, secondary: Account) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": PRIMARY}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    secondary.client("iam").update_assume_role_policy(RoleName="app", PolicyDocument=document)
    with pytest.raises(RegistryError) as refused:
        consumer.tries("pull")
    assert str(refused.value).startswith(
        f"arn:aws:iam::{SECONDARY}:root may not assume {ROLE}, so its access cannot be tried: the trust policy of the role must allow "
        f"sts:AssumeRole to arn:aws:iam::{SECONDARY}:root, or to its account, and then an identity policy of "
    )
