# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as Ansible calls it: its options, its result, and what it prints of the credential, which is nothing."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import boto3
import pytest
import yaml
from ansible.module_utils.testing import patch_module_args
from botocore.stub import Stubber

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.modules import secretsmanager_registry_credential as module

NAME = "registry/quay"
ARN = f"arn:aws:secretsmanager:eu-west-1:111122223333:secret:{NAME}-AbCdEf"
DESCRIBED = {"ARN": ARN, "Name": NAME, "VersionIdsToStages": {"1" * 36: ["AWSCURRENT"]}}
GONE = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
CANARY = 'q7"Zk\\w/ö+%42 end'

Main = Callable[..., dict[str, Any]]


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Main]:
    """Runs the module against a service that answers these calls; returns what it printed."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    asked: list[tuple[str, str | None]] = []

    def run(*calls: tuple[str, Any], check: bool = False, diff: bool = False, region: str | None = "eu-west-1", **options: Any) -> Any:
        client = boto3.client("secretsmanager", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="s")
        stub = Stubber(client)
        for operation, answer in calls:
            if isinstance(answer, tuple):
                stub.add_client_error(operation, *answer)
            else:
                stub.add_response(operation, answer)

        def aws_client(_self: Any, service: str, region: str | None = None) -> Any:
            asked.append((service, region))
            return client

        monkeypatch.setattr(RegistryAWSModule, "aws_client", aws_client)
        arguments = {"name": NAME, **({"region": region} if region else {}), **options, "_ansible_check_mode": check, "_ansible_diff": diff}
        with stub, patch_module_args(arguments), pytest.raises(SystemExit) as ended:
            module.main()
        stub.assert_no_pending_responses()
        result = json.loads(capsys.readouterr().out)
        assert ended.value.code == (1 if result.get("failed") else 0)
        return {**result, "asked": list(asked)}

    yield run
    logging.getLogger("botocore.endpoint").handlers.clear()


def test_the_result_of_a_creation(main: Main) -> None:
    created = {**DESCRIBED, "Description": "d", "Tags": [{"Key": "a", "Value": "1"}]}
    # The service has given the version another id than asked for, so the value is compared.
    value = {"SecretString": json.dumps({"username": "u", "password": CANARY})}
    calls = [("describe_secret", GONE), ("create_secret", {}), ("describe_secret", created), ("get_secret_value", value)]
    result = main(*calls, username="u", password=CANARY, description="d", tags={"a": 1})
    assert {name: result[name] for name in ("changed", "actions", "secret")} == {
        "changed": True,
        "actions": ["created"],
        "secret": {
            "arn": ARN,
            "name": NAME,
            "version_id": "1" * 36,
            "kms_key_id": None,
            "description": "d",
            "tags": {"a": "1"},
            "replica_regions": [],
            "deletion_date": None,
        },
    }
    assert "diff" not in result
    assert result["asked"] == [("secretsmanager", "eu-west-1")]


def test_check_mode_writes_nothing_and_has_the_same_keys(main: Main) -> None:
    result = main(("describe_secret", GONE), check=True, diff=True, username="u", password=CANARY)
    assert result["changed"] and result["actions"] == ["created"]
    assert set(result["secret"]) == {"arn", "name", "version_id", "kms_key_id", "description", "tags", "replica_regions", "deletion_date"}
    assert result["diff"][0]["before"] == ""


def test_the_region_of_an_arn_counts(main: Main) -> None:
    result = main(("describe_secret", DESCRIBED), name=ARN, region="us-east-1")
    assert result["asked"] == [("secretsmanager", "eu-west-1")]
    assert not result["changed"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"region": None}, "no region: give 'region', or set AWS_REGION"),
        ({"wait_timeout": -1}, "'wait_timeout' must be at least 0"),
        ({"name": "no spaces"}, "1 to 512 of these characters"),
        ({"password": 12345}, "'password' is a number, not text"),
        ({"extra": {"username": "somebody"}}, "'extra' has 'username'"),
        ({"state": "absent", "recovery_window_in_days": 3}, "it must be from 7 to 30"),
        ({"state": "exact"}, "value of state must be one of: present, absent"),
        ({"recovery_window_in_days": "soon"}, "recovery_window_in_days"),
    ],
)
def test_bad_options_fail_before_any_call(main: Main, options: dict[str, Any], message: str) -> None:
    for check in (True, False):
        result = main(check=check, **options)
        assert result["failed"] and message in result["msg"]
        assert not result["asked"]


def test_an_error_says_where_and_what_to_do_and_keeps_the_code(main: Main) -> None:
    denied = ("AccessDeniedException", "Access to KMS is not allowed")
    result = main(("describe_secret", DESCRIBED), ("get_secret_value", denied), username="u", password=CANARY)
    assert result["msg"] == (
        "secret 'registry/quay' in eu-west-1: GetSecretValue: AccessDeniedException: Access to KMS is not allowed; allow it to this "
        "identity; with a customer managed key that means also kms:GenerateDataKey and kms:Decrypt, in the key policy and to this identity"
    )
    assert result["error"] == {
        "code": "AccessDeniedException",
        "message": "Access to KMS is not allowed",
        "operation": "GetSecretValue",
        "request_id": None,
    }


def spellings(secret: str) -> set[str]:
    """A secret as it could be printed."""
    data = secret.encode()
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], json.dumps(json.dumps(secret))[1:-1]}
    return {
        secret,
        repr(secret)[1:-1],
        *escaped,
        base64.b64encode(data).decode(),
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
    }


@pytest.mark.parametrize("stored", [None, "other", "same", "plain", "failing"])
def test_nothing_of_the_credential_is_printed(main: Main, stored: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    canaries = {"password": CANARY, "token": "extra-" + CANARY, "deep": "deep-" + CANARY, "kept": "kept-" + CANARY}
    value = {"username": "u", "password": canaries["password"], "token": canaries["token"], "more": {"deep": [canaries["deep"]]}}
    sent = json.dumps({"kept": canaries["kept"], **value})
    texts = {
        "other": json.dumps({"kept": canaries["kept"], "username": "old", "password": "old-" + CANARY}),
        "same": json.dumps({**value, "kept": canaries["kept"]}),
        "plain": "plain-" + CANARY,
        "failing": json.dumps({"kept": canaries["kept"]}),
    }
    calls: list[tuple[str, Any]] = [("describe_secret", GONE)]
    if stored:
        calls = [("describe_secret", DESCRIBED), ("get_secret_value", {"SecretString": texts[stored]})]
    if stored == "failing":
        calls.append(("put_secret_value", ("ValidationException", f"Value '{sent}' failed: {canaries['kept']}")))
    options = {"username": "u", "password": value["password"], "extra": {"token": value["token"], "more": value["more"]}}
    result = main(*calls, check=stored != "failing", diff=True, debug_botocore_endpoint_logs=True, **options)
    printed = json.dumps(result) + json.dumps(result, ensure_ascii=False) + capsys.readouterr().err
    assert not [spelling for canary in canaries.values() for spelling in spellings(canary) if spelling in printed]
    assert bool(result.get("failed")) is (stored in ("plain", "failing"))


def test_the_documentation_can_be_read() -> None:
    for text in (module.DOCUMENTATION, module.EXAMPLES, module.RETURN):
        assert yaml.safe_load(text)
