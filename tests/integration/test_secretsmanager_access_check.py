# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""secretsmanager_access_check against the lab: what the policies say, what a real read says, and that nobody sees the value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.tasks import tasks
from tests.lab import Lab

CHECK, FIND = "secretsmanager_access_check", "secretsmanager_registry_credential_info"
READ, DECRYPT = "secretsmanager:GetSecretValue", "kms:Decrypt"
EXEC, LOCAL = f"arn:aws:iam::{SECONDARY}:role/exec", f"arn:aws:iam::{PRIMARY}:role/local"
ELSEWHERE = [{"account_id": SECONDARY, "access_key": SECONDARY, "secret_key": "any"}]


def only(result: Any) -> dict[str, Any]:
    assert "checks" in result.result, result.msg
    (found,) = result["checks"]
    return dict(found)


@pytest.fixture
def arns(primary: Account, secondary: Account) -> dict[str, str]:
    """Secrets that a role of another account and one of the same account read: all of it is in place but what their names say."""
    secrets, kms = primary.client("secretsmanager"), primary.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/registry", TargetKeyId=key)
    root = {"Effect": "Allow", "Principal": {"AWS": PRIMARY}, "Action": "kms:*", "Resource": "*"}
    decrypt = {"Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": DECRYPT, "Resource": "*"}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps({"Version": "2012-10-17", "Statement": [root, decrypt]}))
    read = {"Sid": "Exec", "Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": READ, "Resource": "*"}
    found = {}
    for name in ("works", "silent", "managed", "no-credential"):
        value = "plain text" if name == "no-credential" else json.dumps({"username": "u", "password": "Pz7-canary"})
        options = {} if name == "managed" else {"KmsKeyId": key}
        found[name] = secrets.create_secret(Name=f"registry/{name}", SecretString=value, **options)["ARN"]
        if name != "silent":
            policy = {"Version": "2012-10-17", "Statement": [read]}
            secrets.put_resource_policy(SecretId=found[name], ResourcePolicy=json.dumps(policy))
    for account, role in ((secondary, "exec"), (primary, "local")):
        account.create_role(role)
        account.let(role, READ, DECRYPT)
    return {**found, "key": key}


def test_policies_and_reads_agree(arns: dict[str, str], ansible: Ansible, journal: Journal) -> None:
    there = {"principals": [EXEC], "accounts": ELSEWHERE, "method": "both"}
    deny = {"Version": "2012-10-17", "Statement": [{"Sid": "NoKeys", "Effect": "Deny", "Action": "kms:*", "Resource": "*"}]}
    journal.clear()
    run = tasks(
        ansible,
        CHECK,
        {
            "works": {**there, "secrets": [arns["works"]]},
            "silent": {**there, "secrets": ["registry/silent"]},
            "managed": {**there, "secrets": ["registry/managed"]},
            "same account": {"principals": [LOCAL], "secrets": ["registry/managed", arns["silent"]], "method": "both"},
            "no credential": {**there, "secrets": ["registry/no-credential"]},
            "gone": {**there, "secrets": ["registry/gone"]},
            "organization": {
                **there,
                "method": "evaluate",
                "secrets": ["registry/works"],
                "documents": [{"kind": "service_control_policy", "account": SECONDARY, "policy": deny}],
            },
            "expected": {
                "accounts": ELSEWHERE,
                "expect": [
                    {"principal": EXEC, "secret": "registry/silent", "allowed": True},
                    {"principal": OTHER, "secret": "registry/works", "allowed": False},
                ],
            },
            "no role": {**there, "principals": [f"{EXEC}-gone"], "secrets": ["registry/works"], "method": "evaluate"},
            "blind": {"principals": [EXEC], "secrets": ["registry/works"], "method": "both"},
        },
        "-vvv",
    )
    assert journal.writes() in ([], ["AssumeRole"] * len(journal.writes()))
    assert "Pz7-canary" not in str(run)
    works = only(run["works"])
    assert (works["evaluated"], works["probed"], works["agree"], works["credential"]) == ("allowed", "allowed", True, True)
    assert (works["secret"], works["kms_key_arn"]) == (arns["works"], arns["key"])
    assert [(step["statement"], step["document"]) for step in works["steps"]] == [
        ("Exec", "secret policy of registry/works"),
        ("#2", f"key policy of {arns['key'][-36:]}"),
    ]
    silent = only(run["silent"])
    assert (silent["evaluated"], silent["probed"], silent["agree"]) == ("denied", "denied", True)
    (missing,) = silent["missing"]
    assert (missing["account"], missing["region"], missing["policy_kind"]) == (PRIMARY, REGION, "secret_policy")
    assert missing["statement"]["Principal"] == {"AWS": [EXEC]}
    managed = only(run["managed"])
    assert (managed["evaluated"], managed["probed"], managed["missing"]) == ("denied", "denied", [])
    assert "encrypted with the key that AWS manages, which never decrypts for another account" in managed["reason"]
    assert [(one["outcome"], one["agree"]) for one in run["same account"]["checks"]] == [("allowed", True)] * 2
    plain = only(run["no credential"])
    assert (plain["outcome"], plain["credential"]) == ("allowed", False)
    assert "is no JSON object with username and password" in plain["reason"]
    assert (only(run["gone"])["outcome"], "there is no secret registry/gone" in only(run["gone"])["reason"]) == ("denied", True)
    assert "kms:Decrypt is denied by statement NoKeys of the given service control policy" in only(run["organization"])["reason"]
    expected = run["expected"]
    assert expected.failed and expected["summary"]["mismatched"] == 1 and expected["summary"]["as_expected"] == 1
    assert f"role exec of account {SECONDARY} on registry/silent: allowed is expected, it is denied" in expected.msg
    assert only(run["no role"])["outcome"] == "denied"
    blind = only(run["blind"])
    assert (blind["outcome"], blind["agree"]) == ("unknown", None)
    assert f"there are no credentials of account {SECONDARY}" in blind["reason"]


def test_secrets_are_found_in_any_account(lab: Lab, arns: dict[str, str], ansible: Ansible, journal: Journal) -> None:
    later = {"service": "secretsmanager", "operation": "CreateSecret", "parameters": {"Name": "registry/late", "SecretString": "x"}}
    lab.write_concurrently("DescribeSecret", resource="registry/late", skip=1, write=later)
    journal.clear()
    mine, theirs = {"name": "registry/managed"}, {"account": SECONDARY, "region": REGION}
    run = tasks(
        ansible,
        FIND,
        {
            "found": {"secrets": [mine, {"name": arns["works"]}, {**mine, "kms_key_id": "alias/registry"}]},
            "elsewhere": {"secrets": [{**theirs, "name": "registry/none"}], "accounts": ELSEWHERE},
            "missing": {"secrets": [{"name": "registry/none"}], "missing": "fail"},
            "late": {"secrets": [{"name": "registry/late"}], "missing": "fail", "wait_timeout": 30},
            "blind": {"secrets": [{**theirs, "name": "registry/none"}]},
            "no key": {"secrets": [{**mine, "kms_key_id": "alias/none"}]},
            "number": {"secrets": [{**mine, "account": 111122223333}]},
        },
        "--check",
    )
    assert journal.writes() == [] and not journal.calls("GetSecretValue")
    found = [(one["arn"], one["kms_key_arn"]) for one in run["found"]["secrets"]]
    assert found == [(arns["managed"], None), (arns["works"], arns["key"]), (arns["managed"], arns["key"])]
    (none,) = run["elsewhere"]["secrets"]
    assert (none["arn"], none["account"]) == (None, SECONDARY)
    assert not run["late"].failed, run["late"].msg
    assert ":secret:registry/late-" in run["late"]["secrets"][0]["arn"]
    words = {
        "missing": f"there is no secret registry/none of account {PRIMARY} in {REGION}; create it first",
        "blind": f"secret registry/none of account {SECONDARY} in {REGION}: there are no credentials of account {SECONDARY}",
        "no key": "there is no KMS key 'alias/none'",
        "number": "secrets[0]: account is 111122223333; an account id has 12 digits",
    }
    for name, text in words.items():
        assert run[name].failed and text in run[name].msg, name
