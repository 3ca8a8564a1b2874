# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test, as Jinja calls it and without a playbook."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.test.policy_equivalent import TestModule as Plugin

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "A", "Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": ["ecr:BatchGetImage", "ecr:ListImages"]},
        {"Sid": "B", "Effect": "Deny", "Principal": "*", "Action": "ecr:PutImage"},
    ],
}
RESPELLED = {
    "Statement": [
        {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": ["ECR:putimage"], "Condition": {}},
        {
            "Sid": "Other",
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::444455556666:root", "444455556666"]},
            "Action": ["ecr:ListImages", "ecr:BatchGetImage"],
        },
    ]
}
RAM = {
    "Version": "1",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["acs:ram::1234567890123456:root"]}}],
}


def equivalent(*arguments: Any) -> bool:
    return Plugin().tests()["policy_equivalent"](*arguments)


def test_spelling_makes_no_difference() -> None:
    assert equivalent(POLICY, RESPELLED)
    assert equivalent(json.dumps(POLICY), RESPELLED)
    assert equivalent(POLICY, json.dumps(RESPELLED, indent=4))
    assert equivalent(RESPELLED, RESPELLED)


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Allow", "Action": "ecr:*"},
        {"Principal": {"AWS": "777788889999"}},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    ],
)
def test_what_is_granted_makes_one(position: int, change: dict[str, Any]) -> None:
    changed = {**POLICY, "Statement": [{**one, **(change if at == position else {})} for at, one in enumerate(POLICY["Statement"])]}
    assert not equivalent(POLICY, changed)
    assert not equivalent(changed, POLICY)


def test_the_other_policy_language() -> None:
    assert equivalent(RAM, json.dumps(RAM), "ram")
    assert not equivalent(
        RAM, {**RAM, "Statement": [{**RAM["Statement"][0], "Principal": {"RAM": "acs:ram::6543210987654321:root"}}]}, "ram"
    )


def test_no_policy_is_one_that_grants_nothing() -> None:
    assert equivalent(None, "")
    assert equivalent({"Statement": []}, None)
    assert not equivalent(None, POLICY)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((POLICY, "{"), "policy_equivalent: "),
        ((POLICY, [1]), "policy_equivalent: "),
        ((POLICY, 7), "policy_equivalent: "),
        ((POLICY, POLICY, "azure"), "policy_equivalent: dialect is 'azure', it must be one of: aws, ram"),
    ],
)
def test_what_is_no_policy_is_refused(arguments: tuple[Any, ...], words: str) -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        equivalent(*arguments)
    assert str(refused.value).startswith(words)
