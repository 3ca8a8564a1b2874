# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials of private registries: what each account does for a declaration, and what no declaration may say."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._caches import CACHE_SID_PREFIX
from ansible_collections.crossaccount.registry.plugins.module_utils._credentials import (
    CREDENTIAL_SID_PREFIX,
    FoundSecret,
    credential_plan,
    expected,
    permissions,
    read_credentials,
    secrets_of,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._grants import SID_PREFIX

OWNER, USER, OTHER = "111122223333", "444455556666", "777788889999"
REGION = "eu-west-1"
ARN = f"arn:aws:secretsmanager:{REGION}:{OWNER}:secret:registry/quay-AbCdEf"
KEY = f"arn:aws:kms:{REGION}:{OWNER}:key/6f1c2f9e-7d0e-4a27-9d3b-7c1d0b3f5a55"
FOUND = FoundSecret(ARN, KEY)
EXEC = {"account": USER, "roles": ["team/exec"], "create": True}


def entry(name: str = "quay", readers: Any = (EXEC,), secret: Any = None, **fields: Any) -> dict[str, Any]:
    """A credential as somebody writes it."""
    its = {"account": OWNER, "region": REGION, "name": f"registry/{name}", **(secret or {})}
    return {"name": name, "secret": its, "readers": list(readers), **fields}


def plan(account: str, *entries: dict[str, Any]) -> dict[str, Any]:
    return credential_plan(read_credentials(entries or [entry()]), account)


def allowed(account: str, *entries: dict[str, Any], **found: FoundSecret) -> list[dict[str, Any]]:
    return permissions(read_credentials(entries or [entry()]), account, {"quay": FOUND, **found})


def test_no_prefix_takes_in_another_one() -> None:
    prefixes = (CREDENTIAL_SID_PREFIX, CACHE_SID_PREFIX, SID_PREFIX)
    assert not [(one, other) for one in prefixes for other in prefixes if one != other and one.startswith(other)]


def test_the_owner_has_the_secret_and_nothing_else() -> None:
    found = plan(OWNER, entry(secret={"kms_key_id": "alias/x", "tags": {"a": "b"}, "description": ""}))
    (secret,) = found["secrets"]
    assert secret == {
        "name": "quay",
        "state": "present",
        "secret": "registry/quay",
        "region": REGION,
        "kms_key_id": "alias/x",
        "predicted_arn": ARN.replace("AbCdEf", "XXXXXX"),
        "readers": [{"account": USER, "roles": ["team/exec"]}],
        "tags": {"a": "b"},
        "description": "",
    }
    assert (found["lookups"], found["roles"]["present"], found["roles"]["absent"]) == ([], [], [])


def test_readers_who_shall_not_read_are_let_in_nowhere() -> None:
    readers = [EXEC, {"account": OTHER}, {"account": USER, "roles": ["gone"], "state": "absent"}]
    assert plan(OWNER, entry(readers=readers))["secrets"][0]["readers"] == [{"account": USER, "roles": ["team/exec"]}, {"account": OTHER}]
    assert plan(OWNER, entry(readers=readers, state="absent"))["secrets"][0]["readers"] == []


@pytest.mark.parametrize("account", [USER, OTHER])
def test_the_user_looks_up_what_its_roles_read(account: str) -> None:
    found = plan(account)
    assert found["secrets"] == []
    lookup = {"name": "registry/quay", "account": OWNER, "region": REGION, "kms_key_id": None}
    assert found["lookups"] == ([lookup] if account == USER else [])
    assert found["roles"]["present"] == (["team/exec"] if account == USER else [])


@pytest.mark.parametrize(
    ("secret", "looked_up"),
    [
        ({"arn": ARN, "kms_key_id": KEY}, None),
        ({"arn": ARN, "kms_key_id": "alias/x"}, ARN),
        ({"arn": ARN}, ARN),
        ({"kms_key_id": KEY}, "registry/quay"),
    ],
)
def test_what_is_declared_need_not_be_looked_up(secret: dict[str, str], looked_up: str | None) -> None:
    assert [one["name"] for one in plan(USER, entry(secret=secret))["lookups"]] == ([looked_up] if looked_up else [])


def test_what_was_found() -> None:
    credentials = read_credentials(
        [entry(), entry("hub", secret={"arn": ARN.replace("quay", "hub"), "kms_key_id": KEY}), entry("none", ())]
    )
    place = {"name": "registry/quay", "account": OWNER, "region": REGION}
    assert secrets_of(credentials, USER, [{**place, "arn": ARN, "kms_key_arn": None}]) == {
        "quay": FoundSecret(ARN, None),
        "hub": FoundSecret(ARN.replace("quay", "hub"), KEY),
    }
    assert secrets_of(credentials, USER, [{**place, "arn": None, "kms_key_arn": KEY}])["quay"].arn.endswith(":registry/quay-XXXXXX")
    with pytest.raises(RegistryError, match="credential 'quay': the secret was not looked up"):
        secrets_of(credentials, USER, [])


def test_a_role_reads_exactly_its_secrets() -> None:
    (one,) = allowed(USER)
    assert (one["state"], one["roles"]) == ("present", ["team/exec"])
    through = {"StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}}
    assert one["statements"] == [
        {"Sid": "CrossaccountCredentialReadQuay", "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": ARN},
        {
            "Sid": "CrossaccountCredentialDecryptQuay",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEY,
            "Condition": through,
        },
    ]
    (one,) = permissions(read_credentials([entry()]), USER, {"quay": FoundSecret(ARN, None)})
    assert [statement["Action"] for statement in one["statements"]] == ["secretsmanager:GetSecretValue"]


def test_roles_with_the_same_secrets_are_together_and_those_without_any_are_cleaned() -> None:
    two, leaving = {"account": USER, "roles": ["a", "b"]}, {"account": USER, "roles": ["c"], "state": "absent"}
    found = allowed(USER, entry(readers=[two, leaving]), entry("hub", [{"account": USER, "roles": ["b"]}]), hub=FoundSecret("hub", None))
    assert [(one["state"], one["roles"], len(one["statements"])) for one in found] == [
        ("present", ["a"], 2),
        ("present", ["b"], 3),
        ("absent", ["c"], 0),
    ]
    assert [one["roles"] for one in allowed(USER, entry(readers=[two]))] == [["a", "b"]]
    assert allowed(USER, entry(readers=[{"account": USER}])) == []


def test_a_role_goes_when_no_credential_needs_it() -> None:
    leaving = {**EXEC, "state": "absent"}
    assert plan(USER, entry(readers=[leaving]))["roles"]["absent"] == ["team/exec"]
    assert plan(USER, entry(state="absent"))["roles"]["absent"] == ["team/exec"]
    assert plan(USER, entry(readers=[leaving]), entry("hub"))["roles"]["absent"] == []
    assert plan(USER, entry(readers=[{**leaving, "create": False}]))["roles"]["absent"] == []


def test_what_has_to_work_at_the_end() -> None:
    credentials = read_credentials([entry(), entry("hub", [{"account": USER}]), entry("gone", state="absent")])
    role = f"arn:aws:iam::{USER}:role/team/exec"
    assert expected(credentials, USER, {"quay": FOUND, "hub": FOUND}) == [{"principal": role, "secret": ARN, "allowed": True}]


REFUSALS: dict[str, tuple[Any, str]] = {
    "no list": ({"name": "quay"}, "credentials must be a list of credentials, not dict"),
    "no mapping": (["quay"], "credential #1 is no mapping"),
    "name": ([entry("7up")], "credential '7up': name must be letters, digits, - and _"),
    "password": ([entry(password="x")], "credential 'quay': there is no password; it has name, state, secret, readers"),
    "no secret": ([{"name": "quay"}], "credential 'quay': secret is missing; it needs account, region and name"),
    "number": (
        [entry(secret={"account": 111122223333})],
        "credential 'quay': secret: account is the number 111122223333; write it in quotes",
    ),
    "region": ([entry(secret={"region": "eu"})], "credential 'quay': secret: region: 'eu' is no region"),
    "arn as name": ([entry(secret={"name": ARN})], "give the name of the secret, and an ARN that is known as 'arn'"),
    "part of an arn": ([entry(secret={"arn": ARN[:-7]})], "which is not the full ARN of this secret"),
    "another arn": ([entry(secret={"arn": ARN.replace("quay", "hub")})], "which is not the full ARN of this secret"),
    "state": ([entry(state="gone")], "credential 'quay': state is 'gone', it must be present or absent"),
    "readers": ([{**entry(), "readers": "exec"}], "credential 'quay': readers must be a list"),
    "users": ([entry(readers=[{"account": USER, "users": ["x"]}])], "credential 'quay': readers[0]: there is no users"),
    "create": ([entry(readers=[{"account": USER, "create": True}])], "credential 'quay': readers[0]: create is for roles"),
    "twice": ([entry(readers=[EXEC, EXEC])], "credential 'quay': readers: arn:aws:iam::444455556666:role/team/exec is there twice"),
    "same Sids": ([entry("a-b"), entry("aB")], "credential 'aB': the name gives the same Sids as 'a-b'"),
    "same secret": ([entry("a"), entry("b", secret={"name": "registry/a"})], "credential 'b': the secret 'registry/a' is that of 'a', too"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_refused(case: str) -> None:
    declaration, told = REFUSALS[case]
    before = copy.deepcopy(declaration)
    with pytest.raises(RegistryError) as caught:
        read_credentials(declaration)
    assert told in str(caught.value)
    assert declaration == before
