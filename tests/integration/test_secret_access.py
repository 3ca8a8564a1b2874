# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may read a secret: the policy of the secret and that of its key, proven by reading it across accounts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.accounts import client_of, may
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.meaning import statements
from tests.integration.tasks import done, shown, tasks, thrice
from tests.lab import Lab

SECRET, KEY = "secretsmanager_secret_policy", "kms_key_policy"
NAME, ALIAS, CANARY = "registry/quay", "alias/registry", "Cn7-canary-of-the-secret"
ELSEWHERE = "eu-central-1"
READERS_SID, DECRYPT_SID = "CrossaccountRegistryReaders", "CrossaccountRegistryDecrypt"
EXEC = {"account": SECONDARY, "roles": ["exec"]}
TEAM = {"Sid": "Team", "Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "secretsmanager:DescribeSecret", "Resource": "*"}
READ = {"Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}


def make_key(account: Account, alias: str = ALIAS, region: str = REGION) -> str:
    kms = account.client("kms", region)
    arn = str(kms.create_key()["KeyMetadata"]["Arn"])
    kms.create_alias(AliasName=alias, TargetKeyId=arn)
    return arn


def make_secret(account: Account, name: str = NAME, region: str = REGION, **settings: Any) -> str:
    return str(account.client("secretsmanager", region).create_secret(Name=name, SecretString=CANARY, **settings)["ARN"])


def secret_policy(account: Account, name: str = NAME, region: str = REGION) -> list[dict[str, Any]]:
    return statements(account.client("secretsmanager", region).get_resource_policy(SecretId=name).get("ResourcePolicy"))


def key_policy(account: Account, key: str) -> list[dict[str, Any]]:
    return statements(account.client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"])


def sids(found: list[dict[str, Any]]) -> list[str]:
    return [str(one.get("Sid", "")) for one in found]


def reader(lab: Lab, account: Account, role: str = "exec") -> Any:
    """A role that its own account lets read every secret and use every key, as its session."""
    account.create_role(role)
    account.let(role, "secretsmanager:GetSecretValue", "kms:Decrypt")
    return client_of(lab, account, role, "secretsmanager")


def test_a_role_of_another_account_reads_when_both_policies_let_it(
    lab: Lab, ansible: Ansible, journal: Journal, primary: Account, secondary: Account
) -> None:
    key = make_key(primary)
    arn, other = make_secret(primary, KmsKeyId=ALIAS), make_secret(primary, "registry/other", KmsKeyId=key)
    primary.client("secretsmanager").put_resource_policy(
        SecretId=NAME, ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [TEAM]})
    )
    before = key_policy(primary, key)
    execution, bystander = reader(lab, secondary), reader(lab, secondary, "bystander")

    def reads(client: Any = execution, secret: str = arn) -> bool:
        return may(lambda: client.get_secret_value(SecretId=secret))

    journal.clear()
    real = thrice(ansible, SECRET, {"secrets": [NAME], "readers": [EXEC]})
    assert done(real) == {NAME: "updated"}
    assert f"arn:aws:iam::{SECONDARY}:role/exec gains secretsmanager:GetSecretValue\n" in shown(real)
    assert journal.writes() == ["PutResourcePolicy"]
    assert journal.calls("PutResourcePolicy")[0]["parameters"]["BlockPublicPolicy"] is True
    assert [one["operation"] for one in journal.calls()][-4:] == [
        *("GetCallerIdentity", "DescribeSecret", "DescribeKey", "GetResourcePolicy")
    ]
    assert sids(secret_policy(primary)) == ["Team", READERS_SID]
    assert not reads()

    real = thrice(ansible, KEY, {"keys": [ALIAS], "decrypt_for": [EXEC], "secrets": [arn]})
    assert done(real) == {ALIAS: "updated"}
    suffix = arn[-6:-5].upper() + arn[-5:]
    assert real["actions"][0]["statements_added"] == [f"{DECRYPT_SID}RegistryQuay{suffix}"]
    assert reads() and not reads(bystander)
    assert key_policy(primary, key)[: len(before)] == before
    direct = client_of(lab, secondary, "exec", "kms")
    sealed = primary.client("kms").encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"SecretARN": arn})["CiphertextBlob"]
    assert not may(lambda: direct.decrypt(CiphertextBlob=sealed, EncryptionContext={"SecretARN": arn}))

    # The other secret has the same key, and its own policy lets the role in: the statement of the key is for the first one only.
    run = tasks(ansible, SECRET, {"other": {"secrets": [other], "readers": [EXEC]}})
    assert done(run["other"]) == {"registry/other": "created"}
    assert not reads(secret=other)
    run = tasks(
        ansible,
        KEY,
        {
            "other": {"keys": [key], "decrypt_for": [EXEC], "secrets": [other]},
            "first": {"keys": [key], "decrypt_for": [EXEC], "secrets": [arn]},
            "first goes": {"keys": [key], "decrypt_for": [], "secrets": [arn]},
        },
    )
    assert [done(run[name])[key] for name in ("other", "first", "first goes")] == ["updated", "unchanged", "updated"]
    assert reads(secret=other) and not reads()
    run = tasks(ansible, SECRET, {"nobody": {"secrets": [NAME, "registry/other"], "readers": []}})
    assert done(run["nobody"]) == {NAME: "updated", "registry/other": "deleted"}
    assert not reads(secret=other)
    assert sids(secret_policy(primary)) == ["Team"]


def test_statements_by_state(ansible: Ansible, primary: Account) -> None:
    key = make_key(primary)
    make_secret(primary, KmsKeyId=key)
    one = {"secrets": [NAME]}
    audit = {**TEAM, "Sid": "Audit", "Principal": {"AWS": SECONDARY}}
    run = tasks(
        ansible,
        SECRET,
        {
            "present": {**one, "statements": [TEAM]},
            "again": {**one, "policy": {"Version": "2012-10-17", "Statement": [{**TEAM, "Action": ["SecretsManager:describeSecret"]}]}},
            "prefix": {**one, "statements": [{**audit, "Sid": "AuditTwo"}], "sid_prefix": "Audit"},
            "exact": {**one, "statements": [audit], "state": "exact"},
            "absent": {**one, "sids": ["Audit"], "state": "absent"},
            "none": {**one, "sids": ["Audit"], "state": "absent"},
            "not there": {"secrets": ["registry/none"], "readers": [], "state": "absent"},
        },
    )
    assert {result.task: [action["action"] for action in result["actions"]] for result in run.results} == {
        "present": ["created"],
        "again": ["unchanged"],
        "prefix": ["updated"],
        "exact": ["updated"],
        "absent": ["deleted"],
        "none": ["unchanged"],
        "not there": ["unchanged"],
    }
    use = {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "kms:DescribeKey", "Resource": "*"}
    root = {**use, "Sid": "Root", "Principal": {"AWS": PRIMARY}, "Action": "kms:*"}
    run = tasks(
        ansible,
        KEY,
        {
            "present": {"keys": [key, ALIAS], "statements": [use]},
            "exact": {"keys": [f"arn:aws:kms:{REGION}:{PRIMARY}:{ALIAS}"], "statements": [root], "state": "exact"},
            "lockout": {"keys": [key[-36:]], "sids": ["Root"], "state": "absent"},
            "not mine": {"keys": [ALIAS], "statements": [{**root, "Principal": {"AWS": OTHER}}], "state": "exact"},
            "forced": {"keys": [ALIAS], "statements": [{**root, "Principal": {"AWS": OTHER}}], "state": "exact", "force": True},
        },
        "--check",
    )
    assert [one["action"] for one in run["present"]["actions"]] == ["updated", "updated"]
    assert done(run["exact"]) == {f"arn:aws:kms:{REGION}:{PRIMARY}:{ALIAS}": "updated"}
    assert f"nothing in the key policy would let account {PRIMARY} change it again" in run["not mine"].msg
    assert not run["lockout"].changed and done(run["forced"]) == {ALIAS: "updated"}
    run = tasks(
        ansible, KEY, {"forced": {"keys": [ALIAS], "statements": [{**root, "Principal": {"AWS": OTHER}}], "state": "exact", "force": True}}
    )
    assert run["forced"].failed  # AWS took it; nobody here can look at it any more
    assert "AccessDeniedException" in run["forced"].msg


def test_what_is_refused(ansible: Ansible, journal: Journal, primary: Account) -> None:
    key = make_key(primary)
    arn = make_secret(primary, KmsKeyId=key)
    make_secret(primary, "managed")
    make_secret(primary, "leaving", KmsKeyId=key)
    primary.client("secretsmanager").delete_secret(SecretId="leaving")
    make_secret(primary, "copied", KmsKeyId=key, AddReplicaRegions=[{"Region": ELSEWHERE}])
    signing = primary.client("kms").create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["Arn"]
    leaving = make_key(primary, "alias/leaving")
    primary.client("kms").schedule_key_deletion(KeyId=leaving[-36:], PendingWindowInDays=7)
    one = {"secrets": [NAME]}
    journal.clear()
    run = tasks(
        ansible,
        SECRET,
        {
            "managed": {"secrets": ["managed"], "readers": [EXEC], "on_error": "continue"},
            "managed here": {"secrets": ["managed"], "readers": [{"account": PRIMARY}]},
            "leaving": {"secrets": ["leaving"], "readers": [EXEC]},
            "copied": {"secrets": ["copied"], "regions": [ELSEWHERE], "readers": [EXEC]},
            "none": {"secrets": ["registry/none"], "readers": [EXEC]},
            "everyone": {**one, "statements": [{**READ, "Principal": "*"}]},
            "blocked": {**one, "statements": [{**READ, "Principal": "*"}], "allow_public": True},
            "outside": {**one, "readers": [EXEC], "allowed_accounts": [OTHER]},
            "locked out": {**one, "statements": [{**READ, "Effect": "Deny", "Principal": "*", "Action": "*"}]},
            "no resource": {**one, "statements": [{key: value for key, value in READ.items() if key != "Resource"}]},
            "other service": {**one, "statements": [{**READ, "Action": "kms:Decrypt"}]},
            "number": {**one, "readers": [{"account": 444455556666}]},
            "nobody": {**one, "readers": [{"account": SECONDARY, "roles": []}]},
            "part of an arn": {"secrets": [arn[:-7]], "readers": [EXEC]},
            "nothing": one,
            "empty": {"secrets": [""], "readers": [EXEC]},
            "account": {**one, "readers": [], "account_id": OTHER},
            "too long": {**one, "readers": [{"account": str(10**11 + at)} for at in range(1400)]},
            "role": {**one, "readers": [{"account": SECONDARY, "roles": ["none"]}], "wait_timeout": 1},
        },
    )
    assert not run["managed here"].failed
    words = {
        "managed": "encrypted with the key that AWS manages (alias/aws/secretsmanager), which never decrypts for another account",
        "leaving": "it is scheduled for deletion, and until it is restored nobody can read or change its policy; restore it first",
        "copied": f"it is the replica of a secret in {REGION}, whose policy Secrets Manager copies here; give the region {REGION} instead",
        "none": f"secret policy of {PRIMARY} {REGION} registry/none: there is no such secret; create it first",
        "everyone": "allows everyone, without a condition that names accounts",
        "blocked": "name the principals, or give 'block_public_policy: false'; PutResourcePolicy: PublicPolicyException",
        "outside": f"allows {SECONDARY}, outside of 'allowed_accounts'",
        "locked out": f"would deny the owner {PRIMARY} to change or delete the secret policy again",
        "no resource": "Resource is missing, a secret policy needs it; write '*'",
        "other service": "the action kms:Decrypt has no meaning in a secret policy, whose actions begin with secretsmanager:",
        "number": "readers[0]: account is the number 444455556666; write it in quotes",
        "nobody": "readers[0]: roles is empty; leave it out to mean the whole account",
        "part of an arn": "which is not the full ARN of a secret",
        "nothing": "nothing says which statements: give 'policy', 'statements' or 'readers'",
        "empty": "'secrets' has an empty name, most likely a variable that is not set",
        "account": f"the credentials are those of account {PRIMARY}, but 'account_id' is {OTHER}",
        "too long": "20,480 are allowed; grant to whole accounts",
        "role": f"Secrets Manager does not know a principal of the policy (yet): arn:aws:iam::{SECONDARY}:role/none (waited",
    }
    for name, text in words.items():
        assert run[name].failed, name
        assert text in run[name].msg
    assert {one["error"] for one in journal.calls("PutResourcePolicy")} == {
        None,
        "PublicPolicyException",
        "MalformedPolicyDocumentException",
    }
    assert secret_policy(primary) == []

    journal.clear()
    elsewhere = arn.replace(REGION, ELSEWHERE)
    run = tasks(
        ansible,
        KEY,
        {
            "managed": {"keys": ["alias/aws/secretsmanager"], "decrypt_for": [EXEC]},
            "signing": {"keys": [signing], "decrypt_for": [EXEC]},
            "leaving": {"keys": [leaving], "decrypt_for": [EXEC]},
            "none": {"keys": ["alias/none"], "decrypt_for": [EXEC]},
            "no arn": {"keys": [arn], "decrypt_for": [EXEC]},
            "empty": {"keys": ["", key], "decrypt_for": [EXEC]},
            "not ours": {"keys": [key.replace(PRIMARY, OTHER)], "decrypt_for": [EXEC]},
            "other region": {"keys": [key], "decrypt_for": [EXEC], "secrets": [elsewhere]},
            "no secrets": {"keys": [key], "decrypt_for": [EXEC], "secrets": []},
            "secrets of nobody": {"keys": [key], "statements": [], "secrets": [arn]},
            "everyone": {"keys": [key], "statements": [{**READ, "Principal": "*", "Action": "kms:Decrypt"}]},
            "locked out": {"keys": [key], "statements": [{**READ, "Effect": "Deny", "Principal": "*", "Action": "kms:Put*"}]},
            "other service": {"keys": [key], "statements": [READ]},
            "too long": {"keys": [key], "decrypt_for": [{"account": str(10**11 + at)} for at in range(2300)]},
            "role": {"keys": [key], "decrypt_for": [{"arn": f"arn:aws:iam::{SECONDARY}:role/none"}], "wait_timeout": 1},
        },
    )
    words = {
        "managed": "it is a key that AWS manages: nobody can change its policy, and no other account can ever use it",
        "signing": "it is a RSA_2048 key for SIGN_VERIFY; secrets need a symmetric encryption key",
        "leaving": "it waits for its deletion, so that nobody can decrypt with it; cancel that first",
        "none": "there is no such KMS key; create it first, or correct 'keys'",
        "no arn": "which is no ARN of a KMS key or alias",
        "empty": "'keys' has an empty name, most likely a variable that is not set",
        "not ours": f"is of account {OTHER}, and only identities of that account can change its policy",
        "other region": "but none of 'keys' is in that region, and a key encrypts in its own region only",
        "no secrets": "give both, with one secret at least, or leave it out",
        "secrets of nobody": "give both, with one secret at least, or leave it out",
        "everyone": "allows everyone, without a condition that names accounts",
        "locked out": f"would deny the owner {PRIMARY} to change or delete the key policy again",
        "other service": "the action secretsmanager:GetSecretValue has no meaning in a key policy",
        "too long": "32,768 are allowed; grant to whole accounts",
        "role": f"KMS does not know a principal of the policy (yet): arn:aws:iam::{SECONDARY}:role/none (waited",
    }
    for name, text in words.items():
        assert run[name].failed, name
        assert text in run[name].msg
    assert {one["error"] for one in journal.calls("PutKeyPolicy")} == {"MalformedPolicyDocumentException"}


@pytest.mark.parametrize("profiles", [["throttling", "server-errors", "dropped-connections"], ["eventual-consistency"]])
def test_trouble_of_the_services_and_a_new_role(
    lab: Lab, ansible: Ansible, primary: Account, secondary: Account, profiles: list[str]
) -> None:
    key = make_key(primary)
    arn = make_secret(primary, KmsKeyId=key)
    lab.set_faults(*profiles)
    secondary.create_role("exec")
    secondary.let("exec", "secretsmanager:GetSecretValue", "kms:Decrypt")
    wanted = {"secrets": [NAME], "readers": [EXEC]}
    run = tasks(ansible, SECRET, {"first": wanted, "again": wanted})
    keys = tasks(ansible, KEY, {"first": {"keys": [key], "decrypt_for": [EXEC]}, "again": {"keys": [key], "decrypt_for": [EXEC]}})
    lab.set_faults()
    for one in (run, keys):
        assert not one["first"].failed, one["first"].msg
        assert not one["again"].changed
    assert may(lambda: client_of(lab, secondary, "exec", "secretsmanager").get_secret_value(SecretId=arn))


def test_somebody_else_writes_at_the_same_time(lab: Lab, ansible: Ansible, primary: Account) -> None:
    key = make_key(primary)
    make_secret(primary, KmsKeyId=key)
    theirs = json.dumps({"Version": "2012-10-17", "Statement": [{**TEAM, "Sid": "Late"}]})
    parameters: dict[str, Any] = {"SecretId": NAME, "ResourcePolicy": theirs}
    write = {"service": "secretsmanager", "operation": "PutResourcePolicy", "parameters": parameters}
    lab.write_concurrently("PutResourcePolicy", when="after", write=write)
    run = tasks(ansible, SECRET, {"merged": {"secrets": [NAME], "readers": [{"account": SECONDARY}]}})
    assert run["merged"].changed, run["merged"].msg
    assert sids(secret_policy(primary)) == ["Late", READERS_SID]
    root = {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": PRIMARY}, "Action": "kms:*", "Resource": "*"}
    parameters = {"KeyId": key, "PolicyName": "default", "Policy": json.dumps({"Version": "2012-10-17", "Statement": [root]})}
    lab.write_concurrently("PutKeyPolicy", when="after", write={"service": "kms", "operation": "PutKeyPolicy", "parameters": parameters})
    run = tasks(ansible, KEY, {"merged": {"keys": [key], "decrypt_for": [{"account": SECONDARY}]}})
    assert run["merged"].changed, run["merged"].msg
    assert sids(key_policy(primary, key)) == ["Root", DECRYPT_SID]


def test_names_in_several_regions_and_no_value_anywhere(ansible: Ansible, journal: Journal, primary: Account) -> None:
    """The modules never ask for the value, so that it cannot be in what they say, however much that is."""
    for region in (REGION, ELSEWHERE):
        make_secret(primary, region=region, KmsKeyId=make_key(primary, region=region))
    both = {"regions": [REGION, ELSEWHERE]}
    journal.clear()
    secrets = tasks(ansible, SECRET, {"both": {**both, "secrets": [NAME], "readers": [{"account": SECONDARY}]}}, "-vvvv", "--diff")
    keys = tasks(ansible, KEY, {"both": {**both, "keys": [ALIAS], "decrypt_for": [{"account": SECONDARY}]}}, "-vvvv", "--diff")
    assert [(one["region"], one["action"]) for one in secrets["both"]["actions"]] == [(REGION, "created"), (ELSEWHERE, "created")]
    assert [(one["region"], one["action"]) for one in keys["both"]["actions"]] == [(REGION, "updated"), (ELSEWHERE, "updated")]
    conditions = [json.dumps(one["access_changes"]) for one in keys["both"]["actions"]]
    assert [f"secretsmanager.{region}.amazonaws.com" in text for region, text in zip((REGION, ELSEWHERE), conditions, strict=True)] == [
        True
    ] * 2
    assert not {"GetSecretValue", "BatchGetSecretValue", "Decrypt"} & {one["operation"] for one in journal.calls()}
    assert CANARY not in secrets.stdout + secrets.stderr + keys.stdout + keys.stderr
