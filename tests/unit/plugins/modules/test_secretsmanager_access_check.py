# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""secretsmanager_access_check in this process: what it makes of documents, and what it refuses with which words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from botocore.exceptions import NoCredentialsError

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.errors import translated
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.modules import secretsmanager_access_check as module

OWNER, CONSUMER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{CONSUMER}:role/exec"
ARN = f"arn:aws:secretsmanager:eu-west-1:{OWNER}:secret:registry/quay-AbCdEf"
KEY = f"arn:aws:kms:eu-west-1:{OWNER}:key/6f1c2f9e"
READ, DECRYPT = "secretsmanager:GetSecretValue", "kms:Decrypt"
THROUGH = {"StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}}


def statement(action: Any, **elements: Any) -> dict[str, Any]:
    return {"Statement": [{"Sid": "One", "Effect": "Allow", "Action": action, "Resource": "*", **elements}]}


def documents(**changed: Any) -> list[dict[str, Any]]:
    """All that a read across accounts needs; some of it changed, or left out where None is given."""
    policies = {
        "identity_policy": statement([READ, DECRYPT]),
        "secret_policy": statement(READ, Principal={"AWS": ROLE}),
        "key_policy": statement(DECRYPT, Principal={"AWS": ROLE}, Condition=THROUGH),
        **changed,
    }
    about = {"identity_policy": {"principal": ROLE}, "secret_policy": {"secret": ARN}, "key_policy": {"secret": ARN, "key": KEY}}
    about |= {"service_control_policy": {"account": CONSUMER}, "permissions_boundary": {"principal": ROLE}}
    return [{"kind": kind, "policy": policy, **about[kind]} for kind, policy in policies.items() if policy is not None]


ASKED: dict[str, Any] = {"principals": [ROLE], "secrets": [ARN], "documents": documents()}

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

    def with_options(**options: Any) -> dict[str, Any]:
        arguments = {"region": "eu-west-1", **options}
        with patch_module_args({name: value for name, value in arguments.items() if value is not None}), pytest.raises(SystemExit) as ended:
            module.main()
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert ended.value.code == (1 if result.get("failed") else 0)
        return result

    return with_options


def only(result: dict[str, Any]) -> dict[str, Any]:
    (found,) = result["checks"]
    return dict(found)


def test_documents_need_no_credentials(run: Run) -> None:
    found = only(run(**ASKED))
    assert (found["evaluated"], found["kms_key_arn"], found["missing"]) == ("allowed", KEY, [])
    decisions = [(step["action"], step["outcome"], step["document"]) for step in found["steps"]]
    assert decisions == [(READ, "allowed", f"given policy of {ARN}"), (DECRYPT, "allowed", f"given policy of {KEY}")]


SILENT: dict[str, tuple[dict[str, Any], list[str]]] = {
    "identity": ({"identity_policy": {}}, ["identity_policy", "identity_policy"]),
    "secret": ({"secret_policy": {}}, ["secret_policy"]),
    "key": ({"key_policy": {}}, ["key_policy"]),
    "key for another service": (
        {
            "key_policy": statement(
                DECRYPT, Principal={"AWS": ROLE}, Condition={"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
            )
        },
        ["key_policy"],
    ),
    "boundary": ({"permissions_boundary": statement(READ)}, ["permissions_boundary"]),
    "organization": ({"service_control_policy": statement(DECRYPT)}, ["service_control_policy"]),
}


@pytest.mark.parametrize("case", SILENT)
def test_what_is_missing_is_named_and_enough(run: Run, case: str) -> None:
    changed, kinds = SILENT[case]
    found = only(run(**{**ASKED, "documents": documents(**changed)}))
    assert (found["outcome"], [one["policy_kind"] for one in found["missing"]]) == ("denied", kinds)
    mended = documents(**changed)
    for one in found["missing"]:
        document = next(its for its in mended if its["kind"] == one["policy_kind"])
        document["policy"] = {"Statement": [*document["policy"].get("Statement", []), one["statement"]]}
    assert only(run(**{**ASKED, "documents": mended}))["outcome"] == "allowed"


def test_a_deny_is_named_and_nothing_is_missing(run: Run) -> None:
    found = only(run(**{**ASKED, "documents": documents(service_control_policy=statement("*", Effect="Deny", Sid="NoSecrets"))}))
    assert (found["outcome"], found["missing"]) == ("denied", [])
    assert "is denied by statement NoSecrets of the given service control policy" in found["reason"]
    assert {(step["layer"], step["explicit"]) for step in found["steps"]} == {("organization", True)}


def test_what_nobody_said_is_unknown(run: Run) -> None:
    found = only(run(**{**ASKED, "documents": documents(key_policy=None)}))
    assert (found["evaluated"], len(found["unknown"])) == ("unknown", 1)
    assert "the key that encrypts it (" in found["reason"]
    named = only(run(**{**ASKED, "secrets": ["registry/quay"], "secret_account": OWNER}))
    assert (named["outcome"], named["secret"]) == ("unknown", "registry/quay")
    probed = only(run(**ASKED, method="probe"))
    assert (probed["probed"], probed["evaluated"], probed["credential"]) == ("unknown", None, None)
    both = only(run(**ASKED, method="both"))
    assert (both["outcome"], both["agree"]) == ("allowed", None)
    assert both["reason"].startswith("all policies that have a say allow it (it could not be tried: ")
    failed = run(**{**ASKED, "documents": None}, unknown="fail")
    assert failed["msg"].startswith("1 of 1 checks is not as expected:\n- role exec of account 444455556666 on arn:aws:secretsmanager")


def test_expectations(run: Run) -> None:
    expect = [{"principal": ROLE, "secret": ARN, "allowed": False}]
    result = run(**ASKED, expect=expect)
    assert result["failed"] and result["summary"] == {
        "checks": 1,
        "allowed": 1,
        "denied": 0,
        "unknown": 0,
        "as_expected": 0,
        "mismatched": 1,
        "disagreements": 0,
    }
    assert "denied is expected, it is allowed: all policies that have a say allow it" in result["msg"]
    expect[0]["allowed"] = True
    result = run(documents=documents(secret_policy={}), expect=expect)
    assert "What is missing:\n- secret policy of registry/quay in 111122223333: {" in result["msg"]
    assert not run(documents=documents(), expect=expect).get("failed")


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "nothing says what to check: give 'expect', or 'principals' and 'secrets'"),
    "no secrets": ({"principals": [ROLE]}, "'principals' and 'secrets' go together"),
    "no principals": ({"secrets": [ARN]}, "'principals' and 'secrets' go together"),
    "number": ({**ASKED, "principals": [444455556666]}, "principals has the number 444455556666; write account ids in quotes"),
    "part of an arn": ({**ASKED, "secrets": [ARN[:-7]]}, "which is not the full ARN of a secret"),
    "account": ({**ASKED, "secrets": ["registry/quay"], "secret_account": 1}, "secret_account is 1; an account id has 12 digits"),
    "whose": ({**ASKED, "secrets": ["registry/quay"]}, "NoCredentialsError"),
    "no region": ({**ASKED, "secrets": ["x"], "secret_account": OWNER, "region": None}, "but nothing says where"),
    "workers": ({**ASKED, "workers": 0}, "'workers' must be at least 1"),
    "document": ({**ASKED, "documents": [{"kind": "key_policy", "secret": ARN, "policy": {}}]}, "documents[0]: kind key_policy needs key"),
    "contradiction": (
        {"expect": [{"principal": ROLE, "secret": ARN, "allowed": one} for one in (True, False)]},
        "is both allowed and not allowed",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_refused(run: Run, case: str) -> None:
    options, told = REFUSALS[case]
    result = run(**options)
    assert result["failed"]
    assert told in result["msg"]
