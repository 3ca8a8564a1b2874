# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements that IAM would refuse are refused before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.iam_statements import (
    check_identity_statements,
    check_trust_statements,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy, PolicyError

IDENTITY: dict[str, Any] = {"Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}
TRUST: dict[str, Any] = {"Sid": "Scanner", "Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"}


def changed(statement: dict[str, Any], **elements: Any) -> Policy:
    """A policy with this statement, in which these elements are others, or missing where they are None."""
    return Policy(statements=({key: value for key, value in {**statement, **elements}.items() if value is not None},))


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"Sid": None},
        {"Sid": ""},
        {"Resource": ["*", "arn:aws:ecr:eu-west-1:111122223333:repository/a"]},
        {"Resource": None, "NotResource": "*"},
    ],
)
def test_what_an_identity_policy_can_have(elements: dict[str, Any]) -> None:
    check_identity_statements(changed(IDENTITY, **elements))


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        pytest.param({"Sid": "my-login"}, "statement my-login: IAM takes only letters", id="Sid with a dash"),
        pytest.param({"Sid": "Lo\u00fcgin"}, "IAM takes only letters", id="Sid with an umlaut"),
        pytest.param({"Principal": "*"}, "statement Login: a managed policy has no Principal", id="Principal"),
        pytest.param({"Resource": None}, "Resource is missing, a managed policy needs it", id="no Resource"),
        pytest.param({"Resource": ["*", "payments/api"]}, "Resource has 'payments/api', it must be an ARN", id="a name as Resource"),
    ],
)
def test_what_it_cannot(elements: dict[str, Any], words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        check_identity_statements(changed(IDENTITY, **elements))


@pytest.mark.parametrize(
    "elements", [{}, {"Action": ["sts:AssumeRole", "STS:TagSession"]}, {"Principal": {"Service": "ec2.amazonaws.com"}}]
)
def test_what_a_trust_policy_can_have(elements: dict[str, Any]) -> None:
    check_trust_statements(changed(TRUST, **elements))


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        pytest.param({"Sid": "a b", "Action": "sts:AssumeRole"}, "statement a b: IAM takes only letters", id="Sid with a space"),
        pytest.param({"Resource": "*"}, "statement Scanner: a trust policy has no Resource", id="Resource"),
        pytest.param({"Principal": None}, "Principal is missing, a trust policy needs it", id="no Principal"),
        pytest.param({"Action": "ecr:BatchGetImage"}, "the action ecr:BatchGetImage has no meaning in a trust policy", id="action of ECR"),
    ],
)
def test_what_that_cannot(elements: dict[str, Any], words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        check_trust_statements(changed(TRUST, **elements))
