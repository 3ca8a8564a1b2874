# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ecr_access_check in this process: what it reads from its options, and what it refuses with which words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from botocore.exceptions import NoCredentialsError

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.errors import translated
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.modules import ecr_access_check as module

OWNER, CONSUMER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{CONSUMER}:role/app"
ARN = f"arn:aws:ecr:eu-west-1:{OWNER}:repository/web"
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
LOGIN = {"Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}
THEIRS = {"Statement": [{"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": PULL}]}
MINE = {"Statement": [LOGIN, {"Sid": "Own", "Effect": "Allow", "Action": PULL, "Resource": ARN}]}
DOCUMENTS = [
    {"kind": "repository_policy", "account": OWNER, "repository": "web", "policy": THEIRS},
    {"kind": "identity_policy", "principal": ROLE, "policy": MINE},
]
ASKED: dict[str, Any] = {"principals": [ROLE], "repositories": ["web"], "registry_account": OWNER, "documents": DOCUMENTS}

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the module with options, without any credentials; returns its result."""

    def nobody(_self: RegistryAWSModule) -> None:
        with translated("GetCallerIdentity"):
            raise NoCredentialsError

    monkeypatch.setattr(RegistryAWSModule, "session", property(nobody))
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)

    def with_options(check: bool = False, **options: Any) -> dict[str, Any]:
        arguments = {"region": "eu-west-1", **options, "_ansible_check_mode": check}
        with patch_module_args({name: value for name, value in arguments.items() if value is not None}), pytest.raises(SystemExit) as ended:
            module.main()
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert ended.value.code == (1 if result.get("failed") else 0)
        return result

    return with_options


@pytest.mark.parametrize("check", [False, True])
def test_documents_need_no_credentials(run: Run, check: bool) -> None:
    result = run(check, **ASKED)
    assert [one["evaluated"] for one in result["checks"]] == ["allowed"]
    assert result["changed"] is False


def test_the_rest_is_unknown(run: Run) -> None:
    (found,) = run(**{**ASKED, "documents": None})["checks"]
    assert found["evaluated"] == "unknown"
    assert len(found["unknown"]) == 2
    assert all("NoCredentialsError" in one for one in found["unknown"])
    (found,) = run(**{**ASKED, "documents": None, "method": "probe"})["checks"]
    assert (found["probed"], found["evaluated"]) == ("unknown", None)
    assert "NoCredentialsError" in found["reason"]


def test_context_and_access_levels(run: Run) -> None:
    statement = {**THEIRS["Statement"][0], "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    documents = [{**DOCUMENTS[0], "policy": {"Statement": [statement]}}, DOCUMENTS[1]]
    options = {**ASKED, "documents": documents, "access": ["pull", "push"]}

    def outcomes(**more: Any) -> list[str]:
        return [one["evaluated"] for one in sorted(run(**options, **more)["checks"], key=lambda one: str(one["access"]))]

    assert outcomes() == ["unknown", "denied"]
    assert outcomes(context={"aws:SourceIp": "10.1.2.3"}) == ["allowed", "denied"]
    assert outcomes(context={"aws:SourceIp": "192.0.2.1"}) == ["denied", "denied"]
    assert run(**options, unknown="fail")["msg"].startswith("1 of 2 checks is not as expected:")


def test_an_expectation_wins_over_the_declaration(run: Run) -> None:
    grants = [
        {
            "name": "runtime",
            "registry": {"account": OWNER, "regions": ["eu-west-1"]},
            "repositories": ["web"],
            "access": "pull",
            "to": [{"account": CONSUMER, "roles": ["app"]}],
        }
    ]
    options: dict[str, Any] = {"grants": grants, "documents": DOCUMENTS, "registry_account": OWNER}
    result = run(**options)
    assert [(one["access"], one["expected"]) for one in result["checks"]] == [("pull", "allowed"), ("push", "denied")]
    assert not result.get("failed")
    expect = [{"principal": ROLE, "repository": "web", "allowed": False}]
    result = run(**options, expect=expect)
    assert result["failed"]
    assert result["summary"]["checks"] == 2
    assert result["summary"]["mismatched"] == 1


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "nothing says what to check: give 'grants', 'caches', 'expect', or 'principals' and 'repositories'"),
    "no repositories": ({"principals": [ROLE]}, "'principals' and 'repositories' go together"),
    "no principals": ({"repositories": ["web"]}, "'principals' and 'repositories' go together"),
    "number": ({**ASKED, "principals": [444455556666]}, "principals has the number 444455556666; write account ids in quotes"),
    "registry account": ({**ASKED, "registry_account": 111122223333}, "registry_account is 111122223333; an account id has 12 digits"),
    "whose registry": ({**ASKED, "registry_account": None}, "NoCredentialsError"),
    "no region": ({**ASKED, "region": None}, "no region: give 'regions' or 'region'"),
    "access": ({**ASKED, "access": ["delete"]}, "value of access must be one or more of"),
    "method": ({**ASKED, "method": "guess"}, "value of method must be one of"),
    "workers": ({**ASKED, "workers": 0}, "'workers' and 'ungranted_limit' must be at least 1"),
    "only accounts": ({"grants": [], "only_accounts": [1]}, "only_accounts is 1; an account id has 12 digits"),
    "grants": ({"grants": [{"name": "x"}]}, "grant 'x': registry is missing"),
    "expect": ({"expect": [{"principal": ROLE}], "registry_account": OWNER}, "expect[0]: repository and allowed is missing"),
    "document": ({**ASKED, "documents": [{"kind": "identity_policy", "policy": {}}]}, "documents[0]: kind identity_policy needs principal"),
    "accounts": ({**ASKED, "accounts": [{"account_id": 1, "profile": "x"}]}, "an account id has 12 digits"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_refused(run: Run, case: str) -> None:
    options, told = REFUSALS[case]
    result = run(**options)
    assert result["failed"]
    assert told in result["msg"]
