# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""secretsmanager_registry_credential: when it writes a version, what it leaves alone, and that nobody sees the credential."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from ansible_collections.crossaccount.registry.plugins.modules import secretsmanager_registry_credential as documentation
from tests.integration.accounts import client_of
from tests.integration.canaries import canary, found_in, text_of
from tests.integration.conftest import PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.playbooks import PlaybookRun
from tests.lab import Lab

MODULE = "crossaccount.registry.secretsmanager_registry_credential"
NAME = "registry/quay"
GIVEN = {"name": NAME, "username": "payments", "password": "s3cr3t-one"}
READS = {"DescribeSecret", "GetSecretValue", "DescribeKey", "ListSecretVersionIds"}


def play(**tasks: Mapping[str, Any]) -> str:
    """Tasks of the module, by their names; what begins with an underscore belongs to the task."""
    lines = []
    for name, options in tasks.items():
        module = {key: value for key, value in options.items() if not key.startswith("_")}
        task = {key[1:]: value for key, value in options.items() if key.startswith("_")}
        lines.append("- " + json.dumps({"name": name, MODULE: module, **task}))
    return "\n".join(lines) + "\n"


class Secret:
    """A secret as the owner of the account sees it."""

    def __init__(self, account: Account, name: str = NAME) -> None:
        self.client = account.client("secretsmanager")
        self.name = name

    def create(self, value: Any = None, **settings: Any) -> str:
        """Creates it; a value that is not text becomes JSON. Returns its ARN."""
        if value is not None:
            settings["SecretString"] = value if isinstance(value, str) else json.dumps(value)
        return str(self.client.create_secret(Name=self.name, **settings)["ARN"])

    @property
    def text(self) -> str:
        return str(self.client.get_secret_value(SecretId=self.name)["SecretString"])

    @property
    def value(self) -> Any:
        return json.loads(self.text)

    @property
    def description(self) -> dict[str, Any]:
        return dict(self.client.describe_secret(SecretId=self.name))

    @property
    def tags(self) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self.description.get("Tags", [])}

    @property
    def versions(self) -> int:
        return len(self.client.list_secret_version_ids(SecretId=self.name, IncludeDeprecated=True)["Versions"])


def key(account: Account, alias: str = "alias/registry-credentials", region: str = REGION) -> str:
    """Creates a KMS key with an alias; returns its ARN."""
    kms = account.client("kms", region)
    arn = str(kms.create_key()["KeyMetadata"]["Arn"])
    kms.create_alias(AliasName=alias, TargetKeyId=arn)
    return arn


def outcomes(run: PlaybookRun) -> dict[str, list[str]]:
    """What each task did."""
    for one in run.results:
        assert one.changed is bool(one["actions"]), one
    return {one.task: one["actions"] for one in run.results}


@pytest.fixture
def secret(primary: Account) -> Secret:
    return Secret(primary)


# -- the value --------------------------------------------------------------------------------------------------------


def test_created_once_and_changed_only_by_another_value(ansible: Ansible, secret: Secret, journal: Journal) -> None:
    run = ansible(
        play(
            first=GIVEN,
            second=GIVEN,
            name_only={"name": NAME},
            password_only={"name": NAME, "password": GIVEN["password"]},
            another={"name": NAME, "password": "s3cr3t-two"},
            more={**GIVEN, "password": "s3cr3t-two", "extra": {"host": "quay.io", "port": 443}},
            less={**GIVEN, "password": "s3cr3t-two"},
            fewer={"name": NAME, "extra": {"port": 443}},
        )
    ).succeeded()
    assert outcomes(run) == {
        "first": ["created"],
        "second": [],
        "name_only": [],
        "password_only": [],
        "another": ["value_updated"],
        "more": ["value_updated"],
        "less": [],
        "fewer": [],
    }
    assert secret.value == {"username": "payments", "password": "s3cr3t-two", "host": "quay.io", "port": 443}
    assert secret.versions == 3
    assert journal.writes() == ["CreateSecret", "PutSecretValue", "PutSecretValue"]
    assert run["more"]["secret"]["version_id"] == run["fewer"]["secret"]["version_id"]


@pytest.mark.parametrize(
    "text",
    [
        '{"password":"s3cr3t-one","username":"payments"}',
        '{\n    "username": "payments",\n    "password": "s3cr3t-one"\n}\n',
        '{"username": "p\\u0061yments", "kept": [1, 2.50, {"deep": null}], "password": "s3cr3t-one"}',
    ],
)
def test_other_spellings_are_no_change(ansible: Ansible, secret: Secret, journal: Journal, text: str) -> None:
    secret.create(text)
    journal.clear()
    run = ansible(play(again=GIVEN)).succeeded()
    assert outcomes(run) == {"again": []}
    assert [call["operation"] for call in journal.calls()] == ["DescribeSecret", "GetSecretValue"]
    assert secret.text == text


def test_what_others_keep_in_the_value_stays(ansible: Ansible, secret: Secret) -> None:
    kept = {"host": "quay.io", "robots": [{"name": "a", "on": True}], "precise": 12345678901234567890, "ratio": 0.5, "ö": "ü"}
    secret.create({**kept, "username": "payments", "password": "old"})
    run = ansible(play(change=GIVEN, again=GIVEN)).succeeded()
    assert outcomes(run) == {"change": ["value_updated"], "again": []}
    assert secret.value == {**kept, "username": "payments", "password": "s3cr3t-one"}


@pytest.mark.parametrize("stored", [{"SecretString": "plain text"}, {"SecretString": '["list"]'}, {"SecretBinary": b"\x00\x01"}])
def test_a_value_that_is_no_json_object_is_refused_or_replaced(ansible: Ansible, secret: Secret, journal: Journal, stored: Any) -> None:
    secret.client.create_secret(Name=NAME, **stored)
    journal.clear()
    run = ansible(
        play(
            refused={**GIVEN, "_ignore_errors": True},
            predicted={**GIVEN, "_check_mode": True, "_ignore_errors": True},
            settings={"name": NAME, "description": "untouched"},
            replaced={**GIVEN, "overwrite_value": True},
            again={**GIVEN, "overwrite_value": True},
        )
    ).succeeded()
    assert "give 'overwrite_value: true' to replace it" in run["refused"].msg
    assert run["refused"].msg == run["predicted"].msg
    assert [run[name]["actions"] for name in ("settings", "replaced", "again")] == [["description_updated"], ["value_updated"], []]
    assert secret.value == {"username": "payments", "password": "s3cr3t-one"}


def test_a_secret_without_a_value_gets_one(ansible: Ansible, secret: Secret) -> None:
    secret.create()
    run = ansible(play(half={"name": NAME, "password": "x-s3cr3t", "_ignore_errors": True}, whole=GIVEN, again=GIVEN)).succeeded()
    assert "no username to keep; give 'username' and 'password'" in run["half"].msg
    assert run["whole"]["actions"] == ["value_updated"] and run["again"]["actions"] == []


# -- settings ---------------------------------------------------------------------------------------------------------


def test_settings_without_the_value_and_the_policy_of_the_secret_stays(ansible: Ansible, secret: Secret, journal: Journal) -> None:
    secret.create("not even json", Description="old", Tags=[{"Key": "team", "Value": "payments"}])
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}],
    }
    secret.client.put_resource_policy(SecretId=NAME, ResourcePolicy=json.dumps(policy))
    before = secret.client.get_resource_policy(SecretId=NAME)["ResourcePolicy"]
    journal.clear()
    run = ansible(
        play(
            change={"name": NAME, "description": "new", "tags": {"owner": "me", "cost": 7, "prod": True}, "purge_tags": False},
            again={"name": NAME, "description": "new", "tags": {"owner": "me", "cost": 7, "prod": True}, "purge_tags": False},
            purge={"name": NAME, "tags": {"owner": "you"}},
            nothing={"name": NAME},
            empty={"name": NAME, "description": "", "tags": {}},
            empty_again={"name": NAME, "description": "", "tags": {}},
        )
    ).succeeded()
    assert outcomes(run) == {
        "change": ["description_updated", "tags_added"],
        "again": [],
        "purge": ["tags_added", "tags_removed"],
        "nothing": [],
        "empty": ["description_updated", "tags_removed"],
        "empty_again": [],
    }
    assert run["change"]["secret"]["tags"] == {"team": "payments", "owner": "me", "cost": "7", "prod": "True"}
    assert run["purge"]["secret"]["tags"] == {"owner": "you"}
    assert not secret.tags and not secret.description.get("Description")
    assert secret.text == "not even json" and secret.versions == 1
    assert secret.client.get_resource_policy(SecretId=NAME)["ResourcePolicy"] == before
    assert not [call for call in journal.calls("GetSecretValue") if call["caller_account"] != PRIMARY]


def test_a_key_is_the_same_under_all_of_its_names(ansible: Ansible, primary: Account, secret: Secret) -> None:
    arn = key(primary)
    other = key(primary, "alias/other")
    names = {
        "id": arn.rpartition("/")[2],
        "arn": arn,
        "alias": "alias/registry-credentials",
        "alias_arn": arn.rpartition(":")[0] + ":alias/registry-credentials",
    }
    tasks: dict[str, Any] = {"created": {**GIVEN, "kms_key_id": names["alias"]}}
    tasks |= {f"created, then {name}": {"name": NAME, "kms_key_id": names[name]} for name in names}
    tasks["to other"] = {"name": NAME, "kms_key_id": other}
    tasks["to id"] = {"name": NAME, "kms_key_id": names["id"]}
    tasks |= {f"id, then {name}": {"name": NAME, "kms_key_id": names[name]} for name in names}
    tasks["id, then none"] = GIVEN
    tasks["to managed"] = {"name": NAME, "kms_key_id": "alias/aws/secretsmanager"}
    tasks["managed, then managed"] = {"name": NAME, "kms_key_id": "alias/aws/secretsmanager"}
    found = outcomes(ansible(play(**tasks)).succeeded())
    changed = {name for name, actions in found.items() if actions == ["kms_key_updated", "value_reencrypted"]}
    assert changed == {"to other", "to id", "to managed"}
    assert {name for name, actions in found.items() if not actions} == {name for name in tasks if ", then " in name}
    assert "KmsKeyId" not in secret.description and secret.versions == 4


def test_another_key_encrypts_the_stored_value_too(
    lab: Lab, ansible: Ansible, primary: Account, secondary: Account, secret: Secret, journal: Journal
) -> None:
    """So that another account, which cannot read with the key that AWS manages, reads at once. Nobody has to give the value for that."""
    arn = secret.create("any text")
    shared = shared_key(primary)
    policy = {"Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    secret.client.put_resource_policy(SecretId=NAME, ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [policy]}))
    secret.client.put_secret_value(SecretId=NAME, SecretString="any text")
    secondary.create_role("reader")
    secondary.let("reader", "secretsmanager:GetSecretValue", "kms:Decrypt")
    reader = client_of(lab, secondary, "reader", "secretsmanager")
    with pytest.raises(reader.exceptions.InvalidRequestException, match="default KMS service key"):
        reader.get_secret_value(SecretId=arn)
    readers = [{"account": SECONDARY, "roles": ["reader"]}]
    wanted = {"name": NAME, "kms_key_id": shared, "readers": readers}
    journal.clear()
    run = ansible(
        play(
            refused={"name": NAME, "readers": readers, "_ignore_errors": True},
            predicted={**wanted, "_check_mode": True, "_diff": True},
            real={**wanted, "_diff": True},
            again=wanted,
        )
    ).succeeded()
    assert "would be encrypted with the key that AWS manages" in run["refused"].msg
    assert run["predicted"]["actions"] == run["real"]["actions"] == ["kms_key_updated", "value_reencrypted"]
    assert run["predicted"]["diff"] == run["real"]["diff"]
    assert run["again"]["actions"] == []
    assert journal.writes() == ["UpdateSecret", "PutSecretValue"]
    assert reader.get_secret_value(SecretId=arn)["SecretString"] == "any text"
    assert "any text" not in run.stdout + run.stderr
    # Interrupted in between, the next run goes on.
    secret.client.update_secret(SecretId=NAME, KmsKeyId=key(primary))
    run = ansible(play(rest={"name": NAME, "kms_key_id": "alias/registry-credentials"})).succeeded()
    assert run["rest"]["actions"] == ["value_reencrypted"]


def test_replicas(ansible: Ansible, primary: Account, journal: Journal) -> None:
    there, far = "eu-central-1", "us-east-1"
    its_key = key(primary, region=there)
    both = [{"region": there, "kms_key_id": "alias/registry-credentials"}, {"region": far}]
    one = {"name": NAME, "replica_regions": [{"region": far}]}
    journal.clear()
    run = ansible(
        play(
            predicted={**GIVEN, "replica_regions": both, "_check_mode": True},
            created={**GIVEN, "replica_regions": both},
            again={**GIVEN, "replica_regions": [{"region": there, "kms_key_id": its_key}, {"region": far}]},
            not_given=GIVEN,
            kept=one,
            purged={**one, "purge_replica_regions": True},
            added={"name": NAME, "replica_regions": both},
            other_key={"name": NAME, "replica_regions": [{"region": there, "kms_key_id": "alias/aws/secretsmanager"}]},
            no_key={"name": NAME, "replica_regions": [{"region": "eu-north-1", "kms_key_id": "alias/none"}], "_ignore_errors": True},
            own_region={"name": NAME, "replica_regions": [{"region": REGION}], "_ignore_errors": True},
            replica={"name": NAME, "region": far, "description": "x", "_ignore_errors": True},
            refused={"name": NAME, "state": "absent", "_ignore_errors": True},
            deleted={"name": NAME, "state": "absent", "purge_replica_regions": True},
        )
    ).succeeded()
    assert run["predicted"]["actions"] == run["created"]["actions"] == ["created"]
    assert run["created"]["secret"]["replica_regions"] == [
        {"region": there, "kms_key_id": "alias/registry-credentials", "status": "InSync"},
        {"region": far, "kms_key_id": None, "status": "InSync"},
    ]
    assert [run[name]["actions"] for name in ("again", "not_given", "kept")] == [[], [], []]
    assert run["purged"]["actions"] == ["replicas_removed"]
    assert run["added"]["actions"] == ["replicas_added"]
    assert run["other_key"]["actions"] == ["replica_keys_updated"]
    assert "there is no KMS key 'alias/none'" in run["no_key"].msg
    assert f"'replica_regions' has {REGION}, where the secret itself is" in run["own_region"].msg
    assert f"it is the replica of a secret in {REGION}" in run["replica"].msg
    assert "give 'purge_replica_regions: true' to delete them, too" in run["refused"].msg
    assert run["deleted"]["actions"] == ["replicas_removed", "deleted"]
    assert journal.writes() == [
        *("CreateSecret", "RemoveRegionsFromReplication", "ReplicateSecretToRegions", "UpdateSecret"),
        *("RemoveRegionsFromReplication", "DeleteSecret"),
    ]


def test_a_replica_that_cannot_be_made_is_told(ansible: Ansible, primary: Account) -> None:
    primary.client("secretsmanager", "us-east-1").create_secret(Name=NAME, SecretString="theirs")
    run = ansible(play(created={**GIVEN, "replica_regions": [{"region": "us-east-1"}], "_ignore_errors": True})).succeeded()
    assert "could not replicate it to us-east-1: Replication failed: Secret name registry/quay already exists" in run["created"].msg
    assert "Done before that: created" in run["created"].msg
    assert primary.client("secretsmanager", "us-east-1").get_secret_value(SecretId=NAME)["SecretString"] == "theirs"


def test_a_key_that_cannot_be_used_is_refused_before_anything_is_written(ansible: Ansible, primary: Account, journal: Journal) -> None:
    kms = primary.client("kms")
    key(primary, "alias/disabled")
    kms.disable_key(KeyId=kms.describe_key(KeyId="alias/disabled")["KeyMetadata"]["KeyId"])
    key(primary, "alias/deleted")
    kms.schedule_key_deletion(KeyId=kms.describe_key(KeyId="alias/deleted")["KeyMetadata"]["KeyId"], PendingWindowInDays=7)
    signing = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["KeyId"]
    messages = {
        "alias/nobody": "correct 'kms_key_id'",
        "00000000-0000-0000-0000-000000000000": "correct 'kms_key_id'",
        "alias/disabled": "is Disabled; enable it",
        "alias/deleted": "is PendingDeletion; enable it or cancel its deletion first",
        signing: "secrets need a symmetric encryption key",
    }
    tasks = {
        f"{mode}_{at}": {**GIVEN, "kms_key_id": name, "_ignore_errors": True, "_check_mode": mode == "check"}
        for at, name in enumerate(messages)
        for mode in ("check", "real")
    }
    journal.clear()
    run = ansible(play(**tasks)).succeeded()
    for at, message in enumerate(messages.values()):
        real, predicted = (re.sub(r"request id [0-9a-f-]+", "", run[f"{mode}_{at}"].msg) for mode in ("real", "check"))
        assert message in real
        assert real == predicted
    assert not journal.writes()


# -- check mode -------------------------------------------------------------------------------------------------------


def test_check_mode_says_what_the_run_does_and_writes_nothing(ansible: Ansible, primary: Account, journal: Journal) -> None:
    arn = key(primary)
    kept = Secret(primary, "registry/kept")
    kept.create({"username": "payments", "password": "s3cr3t-one"}, Description="old", Tags=[{"Key": "team", "Value": "payments"}])
    for name in ("registry/scheduled", "registry/forced"):
        Secret(primary, name).create({"username": "payments", "password": "s3cr3t-one"})
    primary.client("secretsmanager").delete_secret(SecretId="registry/scheduled")
    tasks = play(
        create={**GIVEN, "kms_key_id": "alias/registry-credentials", "description": "d", "tags": {"a": "b"}, "extra": {"host": "quay.io"}},
        change={**GIVEN, "name": "registry/kept", "password": "s3cr3t-two", "kms_key_id": arn, "description": "new", "tags": {"a": "b"}},
        restore={**GIVEN, "name": "registry/scheduled", "description": "restored"},
        force={"name": "registry/forced", "state": "absent", "force_delete": True},
        absent={"name": "registry/nobody", "state": "absent"},
    )
    journal.clear()
    predicted = ansible(tasks, "--check", "--diff").succeeded()
    assert not journal.writes()
    real = ansible(tasks, "--diff").succeeded()
    for name in ("create", "change", "restore", "force", "absent"):
        before, after = dict(predicted[name].result), dict(real[name].result)
        if before["secret"]:
            for field in [field for field, value in before["secret"].items() if value is None]:
                assert field in ("arn", "version_id", "deletion_date", "kms_key_id")
                after["secret"] = {**after["secret"], field: None}
        if name == "restore":  # the value could not be read before
            assert "compared when the secret is restored" in before.pop("diff")[0]["after"]
            after.pop("diff")
        assert before == after
    assert real["change"]["actions"] == ["kms_key_updated", "description_updated", "value_updated", "tags_added", "tags_removed"]
    assert real["restore"]["actions"] == ["restored", "description_updated"]
    assert [line for line in real["change"]["diff"][0]["after"].splitlines() if "value" in line] == [
        '  "value": "(hidden, changes: password)"'
    ]
    deletion = play(delete={"name": NAME, "state": "absent"})
    before, after = ansible(deletion, "--check", "--diff").succeeded()["delete"], ansible(deletion, "--diff").succeeded()["delete"]
    assert before["secret"].pop("deletion_date") is None and after["secret"].pop("deletion_date")
    assert before.result == after.result


# -- deletion and restoring -------------------------------------------------------------------------------------------


def test_deleted_restored_and_deleted_for_good(ansible: Ansible, journal: Journal) -> None:
    absent = {"name": NAME, "state": "absent"}
    run = ansible(
        play(
            created=GIVEN,
            deleted={**absent, "recovery_window_in_days": 7},
            deleted_again={**absent, "recovery_window_in_days": 9},
            restored=GIVEN,
            same=GIVEN,
            deleted_once_more=absent,
            restored_and_changed={**GIVEN, "password": "s3cr3t-two", "extra": {"host": "quay.io"}, "description": "back"},
            gone={**absent, "force_delete": True},
            gone_again={**absent, "force_delete": True},
            absent_again=absent,
            anew=GIVEN,
            deleted_then=absent,
            gone_from_there={**absent, "force_delete": True},
        )
    ).succeeded()
    assert outcomes(run) == {
        "created": ["created"],
        "deleted": ["deleted"],
        "deleted_again": [],
        "restored": ["restored"],
        "same": [],
        "deleted_once_more": ["deleted"],
        "restored_and_changed": ["restored", "description_updated", "value_updated"],
        "gone": ["deleted"],
        "gone_again": [],
        "absent_again": [],
        "anew": ["created"],
        "deleted_then": ["deleted"],
        "gone_from_there": ["deleted"],
    }
    deletions = [call["parameters"] for call in journal.calls("DeleteSecret")]
    assert [{name: value for name, value in one.items() if name != "SecretId"} for one in deletions] == [
        {"RecoveryWindowInDays": 7},
        {},
        {"ForceDeleteWithoutRecovery": True},
        {},
        {"ForceDeleteWithoutRecovery": True},
    ]
    assert run["deleted"]["secret"]["deletion_date"] and run["restored"]["secret"]["deletion_date"] is None
    assert run["gone"]["secret"] is None


# -- who, where -------------------------------------------------------------------------------------------------------


def test_by_arn_in_another_region_and_as_another_role(ansible: Ansible, primary: Account) -> None:
    far = primary.client("secretsmanager", "us-east-1")
    arn = far.create_secret(Name=NAME, SecretString=json.dumps({"username": "payments", "password": "old"}))["ARN"]
    role = primary.create_role("secret-keeper", {"AWS": SECONDARY}, Condition={"StringEquals": {"sts:ExternalId": "registry"}})
    primary.let("secret-keeper", "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue")
    assume = {"role_arn": role, "external_id": "registry"}
    run = ansible(
        play(
            change={**GIVEN, "name": arn, "assume_role": assume},
            again={**GIVEN, "name": arn, "assume_role": assume},
            predicted={**GIVEN, "name": arn, "assume_role": assume, "_check_mode": True},
            nobody={**GIVEN, "name": arn[:-6] + "abcdef", "assume_role": assume, "_ignore_errors": True},
        ),
        credentials=SECONDARY,
    ).succeeded()
    assert [run[name]["actions"] for name in ("change", "again", "predicted")] == [["value_updated"], [], []]
    assert "an ARN cannot be chosen; give the name to create one" in run["nobody"].msg
    assert json.loads(far.get_secret_value(SecretId=NAME)["SecretString"])["password"] == "s3cr3t-one"


def test_a_secret_of_another_account_by_its_arn(ansible: Ansible, primary: Account, secret: Secret) -> None:
    arn = secret.create({"username": "payments", "password": "old"}, KmsKeyId=shared_key(primary))
    actions = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": actions, "Resource": "*"}],
    }
    secret.client.put_resource_policy(SecretId=NAME, ResourcePolicy=json.dumps(policy))
    run = ansible(play(change={**GIVEN, "name": arn}, again={**GIVEN, "name": arn}), credentials=SECONDARY).succeeded()
    assert outcomes(run) == {"change": ["value_updated"], "again": []}
    assert secret.value["password"] == "s3cr3t-one"


def shared_key(account: Account) -> str:
    """Creates a KMS key that the secondary account may use; returns its ARN."""
    everyone = {"AWS": [f"arn:aws:iam::{one}:root" for one in (account.id, SECONDARY)]}
    statement = {"Effect": "Allow", "Principal": everyone, "Action": "kms:*", "Resource": "*"}
    return str(
        account.client("kms").create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))["KeyMetadata"]["Arn"]
    )


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("DescribeSecret", "DescribeSecret: AccessDeniedException"),
        ("GetSecretValue", "GetSecretValue: AccessDeniedException"),
        ("PutSecretValue", "PutSecretValue: AccessDeniedException"),
    ],
)
def test_a_missing_permission_is_named(ansible: Ansible, primary: Account, secret: Secret, missing: str, message: str) -> None:
    secret.create({"username": "payments", "password": "old"})
    allowed = [f"secretsmanager:{action}" for action in ("DescribeSecret", "GetSecretValue", "PutSecretValue") if action != missing]
    run = ansible(play(change=GIVEN), credentials=primary.create_user("keeper", *allowed))
    assert run.returncode
    assert run["change"].msg.startswith(f"secret '{NAME}' in {REGION}: {message}")
    assert f"secretsmanager:{missing}" in run["change"].msg
    assert run["change"]["error"]["code"] == "AccessDeniedException" and run["change"]["error"]["request_id"]


def test_bad_input_fails_before_any_call(ansible: Ansible, journal: Journal) -> None:
    bad = {
        "1 to 512 of these characters": {**GIVEN, "name": "registry quay"},
        "not the full ARN of a secret": {**GIVEN, "name": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:quay"},
        "'password' is a number, not text; write it in quotes": {**GIVEN, "password": 123456},
        "'password' is empty": {**GIVEN, "password": ""},
        "'username' is a boolean": {**GIVEN, "username": True},
        "'extra' has 'password', which is an option of its own": {**GIVEN, "extra": {"password": "another-one"}},
        "'recovery_window_in_days' is 31": {"name": NAME, "state": "absent", "recovery_window_in_days": 31},
        "exclude each other": {"name": NAME, "state": "absent", "recovery_window_in_days": 7, "force_delete": True},
        "'kms_key_id' is empty": {**GIVEN, "kms_key_id": ""},
        "AWS keeps for itself": {**GIVEN, "tags": {"aws:team": "x"}},
        "65536 are allowed": {**GIVEN, "extra": {"long": "x" * 65_536}},
    }
    run = ansible(play(**{f"task {at}": {**options, "_ignore_errors": True} for at, options in enumerate(bad.values())})).succeeded()
    for at, message in enumerate(bad):
        assert message in run[f"task {at}"].msg, run[f"task {at}"].msg
    # Only the last one has to know first that there is no such secret.
    assert [call["operation"] for call in journal.calls()] == ["DescribeSecret"]
    run = ansible(play(half={"name": NAME, "password": "s3cr3t-one"}))
    assert f"secret '{NAME}' in {REGION}: there is no such secret; give 'username' and 'password' to create it" in run["half"].msg


# -- faults -----------------------------------------------------------------------------------------------------------


def life(primary: Account) -> str:
    """All that a secret can go through."""
    key(primary)
    return play(
        created={**GIVEN, "description": "d", "tags": {"a": "1"}},
        same={**GIVEN, "description": "d", "tags": {"a": "1"}},
        changed={**GIVEN, "password": "s3cr3t-two", "kms_key_id": "alias/registry-credentials", "description": "e", "tags": {"b": "2"}},
        deleted={"name": NAME, "state": "absent"},
        restored={**GIVEN, "password": "s3cr3t-two"},
        gone={"name": NAME, "state": "absent", "force_delete": True},
    )


LIFE = {
    "created": ["created"],
    "same": [],
    "changed": ["kms_key_updated", "description_updated", "value_updated", "tags_added", "tags_removed"],
    "deleted": ["deleted"],
    "restored": ["restored"],
    "gone": ["deleted"],
}


@pytest.mark.parametrize("profile", ["throttling", "server-errors", "dropped-connections", "eventual-consistency"])
def test_a_life_full_of_faults(lab: Lab, ansible: Ansible, primary: Account, profile: str) -> None:
    tasks = life(primary)
    lab.set_faults(profile)
    assert outcomes(ansible(tasks).succeeded()) == LIFE


WRITES = ("CreateSecret", "UpdateSecret", "PutSecretValue", "TagResource", "UntagResource", "DeleteSecret", "RestoreSecret")


@pytest.mark.parametrize("when", ["before", "after"])
def test_lost_answers_are_no_errors_and_no_second_versions(
    lab: Lab, ansible: Ansible, primary: Account, journal: Journal, when: str
) -> None:
    tasks = life(primary)
    for operation in (*WRITES, "DescribeSecret", "GetSecretValue", "DescribeKey"):
        lab.fail_next(operation, drop=when)
    assert outcomes(ansible(tasks).succeeded()) == LIFE
    calls = journal.calls()
    assert {call["operation"] for call in calls if call["status"] is None} >= set(WRITES)
    tokens = {call["parameters"]["ClientRequestToken"] for call in calls if call["operation"] in ("CreateSecret", "PutSecretValue")}
    assert len(tokens) == 2, "one for the creation and one for the change, however often they were sent"


def test_a_run_that_was_interrupted_is_continued(lab: Lab, ansible: Ansible, primary: Account, secret: Secret) -> None:
    secret.create({"username": "payments", "password": "old"}, Tags=[{"Key": "team", "Value": "payments"}])
    key(primary)
    task = play(change={**GIVEN, "kms_key_id": "alias/registry-credentials", "description": "d", "tags": {"b": "2"}})
    denied = "User is not authorized to perform: secretsmanager:TagResource"
    lab.fail_next("TagResource", error="AccessDeniedException", message=denied)
    run = ansible(task)
    assert "Done before that: kms_key_updated, description_updated, value_updated. Mend the cause and run again" in run["change"].msg
    assert secret.value["password"] == "s3cr3t-one"
    assert ansible(task).succeeded()["change"]["actions"] == ["tags_added", "tags_removed"]
    assert secret.tags == {"b": "2"} and secret.versions == 2


def test_somebody_else_creates_it_at_the_same_time(lab: Lab, ansible: Ansible, secret: Secret) -> None:
    theirs = json.dumps({"username": "theirs", "password": "theirs", "host": "quay.io"})
    lab.write_concurrently(
        "CreateSecret",
        write={"service": "secretsmanager", "operation": "CreateSecret", "parameters": {"Name": NAME, "SecretString": theirs}},
    )
    run = ansible(play(create={**GIVEN, "description": "ours"}, again={**GIVEN, "description": "ours"})).succeeded()
    assert outcomes(run) == {"create": ["description_updated", "value_updated"], "again": []}
    assert secret.value == {"username": "payments", "password": "s3cr3t-one", "host": "quay.io"}


def test_what_somebody_else_puts_at_the_same_time_is_not_lost(lab: Lab, ansible: Ansible, secret: Secret) -> None:
    secret.create({"username": "payments", "password": "old"})
    theirs = json.dumps({"username": "payments", "password": "old", "host": "quay.io"})
    lab.write_concurrently(
        "PutSecretValue",
        write={"service": "secretsmanager", "operation": "PutSecretValue", "parameters": {"SecretId": NAME, "SecretString": theirs}},
    )
    run = ansible(play(change=GIVEN, again=GIVEN)).succeeded()
    assert outcomes(run) == {"change": ["value_updated"], "again": []}
    assert secret.value == {"username": "payments", "password": "s3cr3t-one", "host": "quay.io"}


# -- secrecy ----------------------------------------------------------------------------------------------------------


def test_nobody_sees_the_credential(lab: Lab, ansible: Ansible, primary: Account, secret: Secret, tmp_path: Any) -> None:
    canaries = {name: canary() for name in ("password", "second", "token", "deep", "kept", "plain", "broken", "quoted")}
    secret.create({"username": "payments", "password": canaries["kept"], "other": canaries["kept"]})
    Secret(primary, "registry/plain").create(canaries["plain"])
    key(primary)
    Secret(primary, "registry/broken").create('{"password": ' + json.dumps(canaries["broken"]))
    # AWS quotes parameters in some of its validation errors.
    sent = json.dumps({"username": "payments", "password": canaries["quoted"], "other": canaries["kept"]})
    ours = {"name": NAME, "username": "payments", "password": "{{ canaries.password }}"}
    extra = {"token": "{{ canaries.token }}", "nested": [{"deep": "{{ canaries.deep }}"}]}
    tasks = play(
        changed={**ours, "extra": extra, "description": "d"},
        same={**ours, "extra": extra},
        changed_again={**ours, "password": "{{ canaries.second }}"},
        plain={**ours, "name": "registry/plain", "_ignore_errors": True},
        broken={**ours, "name": "registry/broken", "_ignore_errors": True},
        refused={**ours, "extra": {**extra, "password": "{{ canaries.deep }}"}, "_ignore_errors": True},
        wrong_type={**ours, "password": ["{{ canaries.deep }}"], "_ignore_errors": True},
        quoted={**ours, "password": "{{ canaries.quoted }}", "_ignore_errors": True},
        no_permission={**ours, "name": "registry/new", "_ignore_errors": True},
        logged={**ours, "debug_botocore_endpoint_logs": True},
        looped={**ours, "extra": {"token": "{{ canaries[item] }}"}, "_loop": ["token", "deep"]},
        reencrypted={"name": "registry/plain", "kms_key_id": "alias/registry-credentials"},
        replicated={"name": "registry/broken", "replica_regions": [{"region": "eu-central-1"}]},
    )
    environment = {
        "ANSIBLE_DISPLAY_TRACEBACK": "always",
        "ANSIBLE_LOG_PATH": str(tmp_path / "log"),
        "ANSIBLE_LOCAL_TEMP": str(tmp_path / "local"),
    }
    environment["ANSIBLE_REMOTE_TEMP"] = str(tmp_path / "remote")
    printed = ""
    for arguments in (("--check", "--diff", "-vvvv"), ("--diff", "-vvvv")):
        if "--check" not in arguments:
            lab.fail_next("PutSecretValue", error="ValidationException", message=f"Value '{sent}' failed; {canaries['quoted']}", skip=2)
        lab.fail_next("DescribeSecret", resource="registry/new", error="AccessDeniedException", message="no", status=400)
        run = ansible(tasks, *arguments, variables={"canaries": canaries}, environment=environment).succeeded()
        printed += (
            str(run) + json.dumps([one.result for one in run.results]) + json.dumps([one.result for one in run.results], ensure_ascii=False)
        )
        assert {one.task for one in run.results if one.status == "ignored"} >= {"plain", "broken", "refused", "wrong_type", "no_permission"}
    assert run["reencrypted"]["actions"] == ["kms_key_updated", "value_reencrypted"]
    assert run["quoted"].status == "ignored" and '"password": "********", "other": "********"' in run["quoted"].msg
    printed += text_of([tmp_path])
    assert not found_in(printed, canaries)
    assert "(hidden, changes: nested, password, token)" in printed


# -- documentation ----------------------------------------------------------------------------------------------------


def test_the_examples_run_as_written(ansible: Ansible, primary: Account) -> None:
    key(primary)
    key(primary, region="eu-central-1")
    variables = {"registry_password": canary(), "new_registry_password": canary()}
    run = ansible(documentation.EXAMPLES, variables=variables).succeeded()
    assert [one["actions"] for one in run.results] == [
        ["created"],
        ["value_updated"],
        ["replicas_added"],
        ["tags_added"],
        ["created"],
        ["replicas_removed", "deleted"],
    ]
    assert Secret(primary, "ecr-pullthroughcache/docker-hub").value["accessToken"] == variables["registry_password"]
    again = ansible(documentation.EXAMPLES, variables=variables).succeeded()
    assert again.results[0]["actions"] == ["restored", "value_updated", "tags_removed"]


def test_the_samples_are_what_is_returned(ansible: Ansible, primary: Account) -> None:
    key(primary)
    first = yaml.safe_dump(yaml.safe_load(documentation.EXAMPLES)[:1])
    result = ansible(first, variables={"registry_password": canary()}).succeeded().results[0].result
    returned = yaml.safe_load(documentation.RETURN)
    assert result["actions"] == returned["actions"]["sample"]
    samples = {name: field.get("sample") for name, field in returned["secret"]["contains"].items()}
    assert result["secret"].keys() == samples.keys()
    for name in ("name", "kms_key_id", "description", "tags"):
        assert result["secret"][name] == samples[name]
    assert result["secret"]["arn"][:-6] == samples["arn"][:-6]
