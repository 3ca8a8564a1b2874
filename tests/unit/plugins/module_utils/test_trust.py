# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may assume a role: plain terms to statements, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._trust import trust_statements

ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}"


def compiled(partition: str = "aws", **entry: Any) -> Any:
    """The statement of one entry, without its Effect."""
    (statement,) = trust_statements([entry], partition)
    assert statement.pop("Effect") == "Allow"
    return statement


def test_a_whole_account() -> None:
    assert compiled(account="444455556666") == {"Principal": {"AWS": ["444455556666"]}, "Action": "sts:AssumeRole"}


def test_roles_and_users_with_paths_or_as_arns() -> None:
    statement = compiled(
        account="444455556666",
        roles=["central", "/team/a/scanner", "team/b/scanner", "arn:aws:iam::444455556666:role/x/y"],
        users=["auditor"],
        external_id="6f1c2f9e-registry",
        sid="Scanner",
    )
    start = "arn:aws:iam::444455556666"
    assert statement == {
        "Sid": "Scanner",
        "Principal": {
            "AWS": [
                f"{start}:role/central",
                f"{start}:role/team/a/scanner",
                f"{start}:role/team/b/scanner",
                f"{start}:role/x/y",
                f"{start}:user/auditor",
            ]
        },
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "6f1c2f9e-registry"}},
    }


def test_the_partition_of_the_account_that_is_asked_for() -> None:
    assert compiled("aws-cn", account="444455556666", roles=["a"])["Principal"] == {"AWS": ["arn:aws-cn:iam::444455556666:role/a"]}


def test_options_that_are_none_were_not_given() -> None:
    """As the argument spec of a module fills them in."""
    entry = dict.fromkeys(("sid", "roles", "users", "external_id", "service", "source_account", "oidc_provider", "subjects", "audience"))
    assert compiled(**entry, account="444455556666") == compiled(account="444455556666")


def test_a_service_and_for_whom_it_acts() -> None:
    assert compiled(service="ecs-tasks.amazonaws.com") == {
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    statement = compiled(service="pullthroughcache.ecr.amazonaws.com", source_account="444455556666")
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "444455556666"}}


def test_subjects_of_an_oidc_provider() -> None:
    assert compiled(oidc_provider=PROVIDER, subjects=["system:serviceaccount:stackrox:central"]) == {
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": ["system:serviceaccount:stackrox:central"]}},
    }


def test_patterns_of_subjects_do_not_make_the_audience_a_pattern() -> None:
    subjects = ["system:serviceaccount:stackrox:*", "system:serviceaccount:a:b"]
    assert compiled(oidc_provider=PROVIDER, subjects=subjects, audience="sts.*")["Condition"] == {
        "StringEquals": {f"{ISSUER}:aud": "sts.*"},
        "StringLike": {f"{ISSUER}:sub": subjects},
    }


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, "trusted[1] names nobody; it must name one of account, service or oidc_provider"),
        ({"account": None, "service": None}, "trusted[1] names nobody"),
        ({"account": "444455556666", "service": "ecs.amazonaws.com"}, "trusted[1] names account, service; it must name one of"),
        ({"account": 444455556666}, "trusted[1]: account is the number 444455556666; write it in quotes"),
        ({"account": "44445555666"}, "trusted[1]: account is '44445555666', an account id has 12 digits"),
        ({"account": "*"}, "an account id has 12 digits"),
        ({"account": "444455556666\n"}, "an account id has 12 digits"),
        ({"account": "444455556666", "roles": []}, "roles is empty; name somebody, or leave it out to trust the whole account"),
        ({"account": "444455556666", "roles": [], "users": []}, "roles and users is empty"),
        (
            {"account": "444455556666", "roles": ["arn:aws:iam::777788889999:role/a"]},
            "roles: 'arn:aws:iam::777788889999:role/a' is no role of the account 444455556666",
        ),
        ({"account": "444455556666", "users": ["arn:aws:iam::444455556666:role/a"]}, "is no user of the account 444455556666"),
        ({"account": "444455556666", "external_id": ""}, "external_id must be 2 to 1224"),
        ({"account": "444455556666", "external_id": "a"}, "external_id must be 2 to 1224"),
        ({"account": "444455556666", "external_id": "two words"}, "external_id must be 2 to 1224"),
        ({"account": "444455556666", "external_id": "x" * 1225}, "external_id must be 2 to 1224"),
        (
            {"account": "444455556666", "subjects": ["a"]},
            "subjects has no meaning here; with this kind of entry there is roles, users, external_id",
        ),
        ({"service": "ecs-tasks"}, "service is 'ecs-tasks', it must be the name of a service, such as ecs-tasks.amazonaws.com"),
        ({"service": "*"}, "it must be the name of a service"),
        ({"service": "ecs-tasks.amazonaws.com", "external_id": "abc"}, "external_id has no meaning here"),
        ({"service": "ecs-tasks.amazonaws.com", "source_account": 4444}, "source_account is 4444; an account id has 12 digits"),
        ({"service": "ecs-tasks.amazonaws.com", "source_account": ""}, "source_account is ''; an account id has 12 digits"),
        ({"oidc_provider": PROVIDER}, "subjects is missing or just a wildcard"),
        ({"oidc_provider": PROVIDER, "subjects": []}, "subjects is missing or just a wildcard"),
        ({"oidc_provider": PROVIDER, "subjects": ["system:serviceaccount:a:b", "**"]}, "every workload of the cluster"),
        ({"oidc_provider": PROVIDER, "subjects": [""]}, "subjects is missing or just a wildcard"),
        ({"oidc_provider": ISSUER, "subjects": ["a"]}, "it must be the ARN of an IAM OIDC provider"),
        ({"oidc_provider": PROVIDER, "subjects": ["a"], "roles": ["b"]}, "roles has no meaning here"),
    ],
)
def test_what_is_refused(entry: dict[str, Any], words: str) -> None:
    with pytest.raises(RegistryError) as refused:
        trust_statements([{"account": "777788889999"}, entry])
    assert words in str(refused.value)
    assert str(refused.value).startswith("trusted[1]")
