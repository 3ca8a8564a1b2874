# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which roles and users a task is about, and what their policies should become."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.role_documents import (
    registry_policy_documents,
    trust_policy_documents,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import PolicyError, sid_of
from ansible_collections.crossaccount.registry.plugins.module_utils._policy_flow import Document

LOGIN = "CrossaccountRegistryLogin"
STATEMENT = {"Sid": "Pull", "Effect": "Allow", "Action": ["ecr:BatchGetImage"], "Resource": "*"}
ECS = {"Sid": "Ecs", "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}


class Pages:
    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def get_paginator(self, operation: str) -> Pages:
        assert operation == "list_policies"
        return self

    def paginate(self, **_arguments: Any) -> list[dict[str, Any]]:
        return [{"Policies": [{"PolicyName": name, "DefaultVersionId": "v1"} for name in self._names]}]


class Sts:
    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "444455556666", "Arn": "arn:aws:iam::444455556666:root"}


def documents(read: Callable[[Any], list[Document]], there: Sequence[str] = (), **params: Any) -> list[Document]:
    """The documents of a task, in an account where these registry policies are there."""
    clients = {"iam": Pages([f"crossaccount-registry-{name}" for name in there]), "sts": Sts()}
    defaults = dict.fromkeys(("account_id", "grants", "policy", "statements", "trusted", "roles", "users", "sids", "sid_prefix"), None)
    regions = []

    def aws_client(service: str, region: str, repeats: bool = True) -> Any:
        assert service == "iam" or repeats, "only documents are written once"
        regions.append(region)
        return clients[service]

    module: Any = SimpleNamespace(
        params={**defaults, "state": "present", "size_limit": 2048, "create_missing": False, "new_roles": None, **params},
        region=None,
        check_mode=False,
        aws_client=aws_client,
    )
    found = read(module)
    assert set(regions) == {"us-east-1"}, "IAM and STS need no region"
    return found


def wanted(found: Sequence[Document]) -> dict[str, list[str | None]]:
    return {document.store.resource: [sid_of(one) for one in document.desired.statements] for document in found}


def grant(name: str, *roles: str, access: str = "pull", **recipient: Any) -> dict[str, Any]:
    return {
        "name": name,
        "registry": {"account": "111122223333", "regions": ["eu-west-1"]},
        "repositories": ["payments/*"],
        "access": access,
        "to": [{"account": "444455556666", **({"roles": list(roles)} if roles else {}), **recipient}],
    }


def test_each_role_and_user_that_grants_name_once() -> None:
    found = documents(
        registry_policy_documents,
        grants=[grant("b", "team/app", "ci"), grant("a", "app", users=["auditor"]), grant("c", "x", account="777788889999")],
    )
    assert wanted(found) == {
        "role/app": [LOGIN, "CrossaccountRegistryBPull", "CrossaccountRegistryAPull"],
        "role/ci": [LOGIN, "CrossaccountRegistryBPull"],
        "user/auditor": [LOGIN, "CrossaccountRegistryAPull"],
    }


def test_whoever_has_a_policy_and_is_named_no_more_is_looked_at_too() -> None:
    found = documents(registry_policy_documents, there=["role-gone", "role-app", "user-gone"], grants=[grant("a", "app")])
    assert wanted(found) == {"role/app": [LOGIN, "CrossaccountRegistryAPull"], "role/gone": [], "user/gone": []}


@pytest.mark.parametrize("grants", [[], [grant("a", account="444455556666", access="pull")], [grant("a", access="replicate")]])
def test_grants_that_name_no_role_clean_up(grants: Any) -> None:
    assert wanted(documents(registry_policy_documents, there=["role-app"], grants=grants)) == {"role/app": []}


def test_absent_grants_create_nothing() -> None:
    found = documents(registry_policy_documents, there=["role-other"], grants=[grant("a", "app")], state="absent")
    assert wanted(found) == {"role/other": []}
    (document,) = found
    assert document.ownership.owns("CrossaccountRegistryAPush")
    assert not document.ownership.owns("CrossaccountRegistryBPull")
    assert not document.ownership.owns(LOGIN)


def test_statements_for_the_roles_that_are_named() -> None:
    found = documents(
        registry_policy_documents,
        there=["role-other"],
        roles=["app", "team/app", "arn:aws:iam::444455556666:role/team/ci"],
        users=["auditor"],
        statements=[STATEMENT],
    )
    assert wanted(found) == {"role/app": ["Pull"], "role/ci": ["Pull"], "user/auditor": ["Pull"]}


def test_trust_policies_of_the_roles_that_are_named() -> None:
    found = documents(
        trust_policy_documents, roles=["b", "a", "path/b"], trusted=[{"account": "111122223333"}, {"sid": "X", "account": "777788889999"}]
    )
    assert wanted(found) == {"role/b": [None, "X"], "role/a": [None, "X"]}


@pytest.mark.parametrize("read", [registry_policy_documents, trust_policy_documents])
@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"roles": []}, "nothing says which roles: give 'roles'"),
        ({"roles": ["arn:aws:iam::111122223333:role/app"]}, "'arn:aws:iam::111122223333:role/app' is no role of the account 444455556666"),
        ({"roles": ["arn:aws-cn:iam::444455556666:role/app"]}, "is no role of the account 444455556666"),
        ({"roles": ["arn:aws:iam::444455556666:user/app"]}, "is no role of the account 444455556666"),
        ({"roles": ["app*"]}, "'app*' is no name and no ARN of a role"),
        ({"roles": ["team/"]}, "'team/' is no name and no ARN of a role"),
        ({"roles": [""]}, "'' is no name and no ARN of a role"),
        ({"roles": ["app"], "statements": None}, "nothing says which statements"),
        ({"roles": ["app"], "statements": None, "sid_prefix": "Mine"}, "nothing says which statements"),
        ({"roles": ["app"], "sids": ["Pull"]}, "'sids' names statements to remove; it goes with 'state: absent'"),
        ({"roles": ["app"], "sid_prefix": "X"}, "it must be at least 3 letters or digits"),
        ({"roles": ["app"], "sid_prefix": "Mine", "state": "exact"}, "'sid_prefix' has no meaning with 'state: exact'"),
        ({"roles": ["app"], "account_id": "111122223333"}, "the credentials are those of account 444455556666"),
        ({"roles": ["app"], "statements": [{"Effect": "Allow"}]}, "Action (or NotAction) is missing"),
        ({"roles": ["app"], "policy": "{"}, "JSON"),
    ],
)
def test_what_is_refused(read: Any, params: dict[str, Any], words: str) -> None:
    given = {"statements": [STATEMENT if read is registry_policy_documents else ECS]} if "policy" not in params else {}
    with pytest.raises((RegistryError, PolicyError)) as refused:
        documents(read, **{**given, **params})
    assert words in str(refused.value)


def test_grants_that_make_no_sense_are_refused() -> None:
    with pytest.raises(RegistryError, match=r"grant 'a': access is 'read', it must be one of"):
        documents(registry_policy_documents, grants=[grant("a", "app", access="read")])
