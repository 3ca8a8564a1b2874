# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that a credential needs, in their order, and what becomes of it when Secrets Manager refuses, forgets or is late."""

from __future__ import annotations

import datetime
import itertools
import json
import traceback
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.registry_credential import build_result
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.registry_credential_flow import Outcome, RegistryCredential
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.registry_secret import read_options
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.secret_keys import SecretKeys
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.secret_store import SecretStore
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError, ServiceError

NAME = "registry/quay"
ARN = f"arn:aws:secretsmanager:eu-west-1:111122223333:secret:{NAME}-AbCdEf"
KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
CREDENTIAL = {"username": "payments", "password": "s3cr3t-1"}
STORED = json.dumps(CREDENTIAL)
NEW = json.dumps({**CREDENTIAL, "password": "s3cr3t-2"})
DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(
        ("username", "password", "extra", "kms_key_id", "description", "tags", "recovery_window_in_days", "replica_regions", "readers")
    ),
    "name": NAME,
    "state": "present",
    "overwrite_value": False,
    "purge_tags": True,
    "force_delete": False,
    "purge_replica_regions": False,
}
TOKENS = [f"token-{number}-{'0' * 32}" for number in range(1, 9)]
TOKEN = TOKENS[0]
#: Versions of before, and of somebody else. Their ids have at least 32 characters.
V1, THEIRS = f"v1-{'0' * 32}", f"theirs-{'0' * 32}"
DATE = datetime.datetime(2026, 12, 21, tzinfo=datetime.UTC)
GONE = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
MARKED = ("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")

Call = tuple[str, dict[str, Any], Any]


def describe(current: str | None = V1, previous: str | None = None, name: str = NAME, **more: Any) -> Call:
    stages = {version: [stage] for version, stage in ((current, "AWSCURRENT"), (previous, "AWSPREVIOUS")) if version}
    return "describe_secret", {"SecretId": name}, {"ARN": ARN, "Name": NAME, "VersionIdsToStages": stages, **more}


def value(text: Any = STORED, version: str | None = None) -> Call:
    answer = text if isinstance(text, tuple) else {"SecretString": text}
    return "get_secret_value", {"SecretId": ARN, **({"VersionId": version} if version else {})}, answer


def put(text: str = NEW, token: str = TOKEN, answer: Any = None) -> Call:
    return "put_secret_value", {"SecretId": ARN, "SecretString": text, "ClientRequestToken": token}, answer or {}


def create(answer: Any = None, **more: Any) -> Call:
    return "create_secret", {"Name": NAME, "SecretString": STORED, "ClientRequestToken": TOKEN, **more}, answer or {"ARN": ARN}


def key(name: str, **more: Any) -> Call:
    return "describe_key", {"KeyId": name}, {"KeyMetadata": {"KeyId": KEY_ARN[-36:], "Arn": KEY_ARN, "KeyState": "Enabled", **more}}


def versions(*keys: str, version: str = V1) -> Call:
    shown = {"VersionId": version, "VersionStages": ["AWSCURRENT"], **({"KmsKeyIds": list(keys)} if keys else {})}
    return "list_secret_version_ids", {"SecretId": ARN}, {"Versions": [{"VersionId": THEIRS}, shown]}


def replicas(*found: dict[str, Any]) -> dict[str, Any]:
    return {"PrimaryRegion": "eu-west-1", "ReplicationStatus": [{"Status": "InSync", **one} for one in found]}


ABSENT: Call = ("describe_secret", {"SecretId": NAME}, GONE)


class Run:
    """One run against services that get exactly these calls, in this order. Time passes only in pauses."""

    def __init__(self, *calls: Call, check_mode: bool = False, timeout: float = 60, owner: str | None = None, **options: Any) -> None:
        self.now = 0.0
        self.warnings: list[str] = []
        clients = {}
        for service in ("secretsmanager", "kms"):
            client = boto3.client(service, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="s")
            clients[service] = client, Stubber(client)
        # Stubber keeps one order for each client; this keeps one for both.
        self._left = list(calls)
        for operation, parameters, answer in calls:
            _client, stub = clients["kms" if operation == "describe_key" else "secretsmanager"]
            if isinstance(answer, tuple):
                code, message, *status = answer
                stub.add_client_error(operation, code, message, *(status or [400]), expected_params=parameters)
            else:
                stub.add_response(operation, answer, parameters)
        for client, stub in clients.values():
            client.meta.events.register("provide-client-params.*", self._in_order)
            stub.activate()
        tokens = iter(TOKENS)
        self.flow = RegistryCredential(
            SecretStore(clients["secretsmanager"][0]),
            SecretKeys(lambda: clients["kms"][0]),
            read_options({**DEFAULTS, **options}),
            timeout,
            self.warnings.append,
            elsewhere=self._elsewhere(clients),
            region="eu-west-1",
            owner=owner,
            clock=lambda: self.now,
            sleep=self._sleep,
            token=lambda: next(tokens),
        )
        self.outcome: Outcome | None = None
        self.error: RegistryError | None = None
        try:
            self.outcome = self.flow.run(check_mode)
        except RegistryError as error:
            self.error = error
        assert not self._left, f"not called: {self._left}; {self.error}"

    def _elsewhere(self, clients: dict[str, Any]) -> Any:
        """The same services stand for those of other regions; which ones were asked for is kept."""
        self.regions: set[str] = set()

        def other(region: str) -> tuple[SecretStore, SecretKeys]:
            self.regions.add(region)
            return SecretStore(clients["secretsmanager"][0]), SecretKeys(lambda: clients["kms"][0])

        return other

    def _in_order(self, model: Any, params: Any, **_rest: Any) -> None:
        assert self._left, f"one call too many: {model.name} {params}"
        operation, parameters, _answer = self._left.pop(0)
        assert (model.name, params) == ("".join(part.title() for part in operation.split("_")), parameters)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    @property
    def result(self) -> dict[str, Any]:
        assert self.outcome, self.error
        return build_result(self.outcome, with_diff=True)

    @property
    def actions(self) -> list[str]:
        return list(self.result["actions"])

    @property
    def message(self) -> str:
        assert self.error, self.outcome
        return f"{self.error}{self.flow.progress()}"


# -- nothing to do ----------------------------------------------------------------------------------------------------


def test_no_change_is_two_reads() -> None:
    run = Run(describe(), value(), **CREDENTIAL)
    assert run.result == {
        "changed": False,
        "actions": [],
        "secret": {
            "arn": ARN,
            "name": NAME,
            "version_id": V1,
            "kms_key_id": None,
            "description": "",
            "tags": {},
            "replica_regions": [],
            "deletion_date": None,
        },
        "diff": [],
    }


def test_no_change_without_a_value_is_one_read() -> None:
    tags = [{"Key": "team", "Value": "payments"}]
    run = Run(describe(Description="d", Tags=tags), description="d", tags={"team": "payments"})
    assert run.actions == []


def test_no_change_with_a_key_asks_what_the_version_is_encrypted_with() -> None:
    assert Run(describe(KmsKeyId=KEY_ARN), versions(KEY_ARN), kms_key_id=KEY_ARN).actions == []


def test_no_change_with_an_alias_is_one_question_more() -> None:
    assert Run(describe(KmsKeyId=KEY_ARN), key("alias/x"), versions(KEY_ARN), kms_key_id="alias/x").actions == []


def test_absent_twice_is_one_read() -> None:
    run = Run(ABSENT, state="absent")
    assert run.actions == [] and run.result["secret"] is None
    run = Run(describe(DeletedDate=DATE), state="absent", recovery_window_in_days=7)
    assert run.actions == [] and run.result["secret"]["deletion_date"] == "2026-12-21T00:00:00+00:00"


# -- one change each --------------------------------------------------------------------------------------------------


def test_creation_is_one_call() -> None:
    run = Run(
        ABSENT,
        key("alias/x"),
        create(Description="d", KmsKeyId="alias/x", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]),
        describe(TOKEN, Description="d", KmsKeyId=KEY_ARN, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}]),
        **CREDENTIAL,
        description="d",
        kms_key_id="alias/x",
        tags={"b": "2", "a": "1"},
    )
    assert run.actions == ["created"]
    assert (run.result["secret"]["arn"], run.result["secret"]["version_id"]) == (ARN, TOKEN)


def test_a_new_value_is_one_version() -> None:
    run = Run(describe(), value(), put(), describe(TOKEN, V1), username="payments", password="s3cr3t-2")
    assert run.actions == ["value_updated"] and run.result["secret"]["version_id"] == TOKEN


def test_fields_of_others_are_kept() -> None:
    before = json.dumps({"host": "quay.io", **CREDENTIAL, "port": 443})
    after = json.dumps({"host": "quay.io", **CREDENTIAL, "password": "s3cr3t-2", "port": 443, "token": "t"})
    run = Run(describe(), value(before), put(after), describe(TOKEN, V1), password="s3cr3t-2", extra={"token": "t"})
    assert run.actions == ["value_updated"]


def test_a_first_value() -> None:
    nothing = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT")
    run = Run(describe(None), value(nothing), put(STORED), describe(TOKEN), **CREDENTIAL)
    assert run.actions == ["value_updated"]


def test_settings_need_no_value() -> None:
    run = Run(
        describe(Description="old", Tags=[{"Key": "team", "Value": "x"}]),
        ("update_secret", {"SecretId": ARN, "Description": "new"}, {}),
        ("tag_resource", {"SecretId": ARN, "Tags": [{"Key": "owner", "Value": "me"}]}, {}),
        ("untag_resource", {"SecretId": ARN, "TagKeys": ["team"]}, {}),
        describe(Description="new", Tags=[{"Key": "owner", "Value": "me"}]),
        description="new",
        tags={"owner": "me"},
    )
    assert run.actions == ["description_updated", "tags_added", "tags_removed"]


def test_the_key_comes_before_the_value() -> None:
    run = Run(
        describe(),
        key("alias/x"),
        value(),
        ("update_secret", {"SecretId": ARN, "KmsKeyId": "alias/x"}, {}),
        put(),
        describe(TOKEN, V1, KmsKeyId="alias/x"),
        password="s3cr3t-2",
        kms_key_id="alias/x",
    )
    assert run.actions == ["kms_key_updated", "value_updated"]


def test_back_to_the_key_that_aws_manages() -> None:
    run = Run(
        describe(KmsKeyId=KEY_ARN),
        key(KEY_ARN, KeyManager="CUSTOMER"),
        value(),
        ("update_secret", {"SecretId": ARN, "KmsKeyId": "alias/aws/secretsmanager"}, {}),
        versions(KEY_ARN),
        put(STORED),
        describe(TOKEN, V1),
        kms_key_id="alias/aws/secretsmanager",
    )
    assert run.actions == ["kms_key_updated", "value_reencrypted"] and run.result["secret"]["kms_key_id"] is None


# -- the key of the stored value --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [STORED, "no json at all"])
@pytest.mark.parametrize("told", [["DefaultEncryptionKey"], []])
def test_another_key_encrypts_the_stored_value_too(text: str, told: list[str]) -> None:
    """Whatever it is, and without being asked to know it. Where nobody tells what it is encrypted with, it is written again."""
    run = Run(
        describe(),
        key("alias/x"),
        value(text),
        ("update_secret", {"SecretId": ARN, "KmsKeyId": "alias/x"}, {}),
        versions(*told),
        put(text),
        describe(TOKEN, V1, KmsKeyId="alias/x"),
        kms_key_id="alias/x",
    )
    assert run.actions == ["kms_key_updated", "value_reencrypted"]
    assert run.result["secret"]["version_id"] == TOKEN
    assert '"value": "(hidden, the same, encrypted with the new key)"' in run.result["diff"][0]["after"]
    assert text not in json.dumps(run.result)


def test_a_binary_value_is_encrypted_anew_too() -> None:
    run = Run(
        describe(KmsKeyId=KEY_ARN),
        versions("DefaultEncryptionKey"),
        key(KEY_ARN),
        ("get_secret_value", {"SecretId": ARN}, {"SecretBinary": b"\x00\x01"}),
        versions("DefaultEncryptionKey"),
        ("put_secret_value", {"SecretId": ARN, "SecretBinary": b"\x00\x01", "ClientRequestToken": TOKEN}, {}),
        describe(TOKEN, V1, KmsKeyId=KEY_ARN),
        kms_key_id=KEY_ARN,
    )
    assert run.actions == ["value_reencrypted"]


def test_what_secrets_manager_has_encrypted_anew_itself_is_not_written_again() -> None:
    run = Run(
        describe(),
        key("alias/x"),
        value(),
        ("update_secret", {"SecretId": ARN, "KmsKeyId": "alias/x"}, {}),
        versions(KEY_ARN),
        describe(KmsKeyId="alias/x"),
        versions(KEY_ARN),
        kms_key_id="alias/x",
    )
    assert run.actions == ["kms_key_updated", "value_reencrypted"]
    assert run.result["secret"]["version_id"] == V1


def test_a_version_with_an_unknown_key_is_left_alone() -> None:
    assert Run(describe(KmsKeyId=KEY_ARN), versions(), kms_key_id=KEY_ARN).actions == []


def test_a_secret_without_a_value_has_nothing_to_encrypt_anew() -> None:
    run = Run(
        describe(None),
        key("alias/x"),
        ("update_secret", {"SecretId": ARN, "KmsKeyId": "alias/x"}, {}),
        describe(None, KmsKeyId="alias/x"),
        kms_key_id="alias/x",
    )
    assert run.actions == ["kms_key_updated"]


def test_what_somebody_else_puts_while_it_is_encrypted_anew_is_put_back() -> None:
    theirs = "their new value"
    run = Run(
        describe(KmsKeyId=KEY_ARN),
        versions("DefaultEncryptionKey"),
        key(KEY_ARN),
        value(),
        versions("DefaultEncryptionKey"),
        put(STORED),
        describe(TOKEN, THEIRS, KmsKeyId=KEY_ARN),
        value(theirs, THEIRS),
        value(STORED, TOKEN),
        put(theirs, TOKENS[1]),
        describe(TOKENS[1], TOKEN, KmsKeyId=KEY_ARN),
        kms_key_id=KEY_ARN,
    )
    assert run.actions == ["value_reencrypted"]


# -- replicas ---------------------------------------------------------------------------------------------------------

THERE, FAR = "eu-central-1", "us-east-1"
KEY_THERE = f"arn:aws:kms:{THERE}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def wanted(**regions: str | None) -> list[dict[str, Any]]:
    return [{"region": region.replace("_", "-"), "kms_key_id": its} for region, its in regions.items()]


def test_replicas_are_made_with_the_secret() -> None:
    added = [{"Region": THERE, "KmsKeyId": KEY_THERE}, {"Region": FAR}]
    there = replicas({"Region": THERE, "KmsKeyId": KEY_THERE}, {"Region": FAR, "KmsKeyId": "alias/aws/secretsmanager"})
    late = replicas({"Region": THERE, "KmsKeyId": KEY_THERE, "Status": "InProgress"}, {"Region": FAR, "Status": "InProgress"})
    run = Run(
        ABSENT,
        key(KEY_THERE),
        create(AddReplicaRegions=added),
        describe(TOKEN, **late),
        describe(TOKEN, **there),
        replica_regions=wanted(eu_central_1=KEY_THERE, us_east_1=None),
        **CREDENTIAL,
    )
    assert run.actions == ["created"] and run.now > 0
    assert run.result["secret"]["replica_regions"] == [
        {"region": THERE, "kms_key_id": KEY_THERE, "status": "InSync"},
        {"region": FAR, "kms_key_id": None, "status": "InSync"},
    ]


def test_missing_replicas_are_added_and_others_left_alone() -> None:
    before, after = replicas({"Region": "eu-north-1"}), replicas({"Region": "eu-north-1"}, {"Region": FAR})
    added = ("replicate_secret_to_regions", {"SecretId": ARN, "AddReplicaRegions": [{"Region": FAR}]}, {})
    run = Run(describe(**before), added, describe(**after), replica_regions=wanted(us_east_1=None))
    assert run.actions == ["replicas_added"]
    assert [one["region"] for one in run.result["secret"]["replica_regions"]] == ["eu-north-1", FAR]
    assert Run(describe(**after), replica_regions=wanted(us_east_1=None)).actions == []
    assert Run(describe(**after), purge_replica_regions=True).actions == []


def test_replicas_are_purged_on_request_only() -> None:
    removed = ("remove_regions_from_replication", {"SecretId": ARN, "RemoveReplicaRegions": [FAR]}, {})
    run = Run(
        describe(**replicas({"Region": FAR}, {"Region": THERE})),
        removed,
        describe(**replicas({"Region": THERE})),
        replica_regions=wanted(eu_central_1=None),
        purge_replica_regions=True,
    )
    assert run.actions == ["replicas_removed"]


def test_a_replica_can_get_another_key_in_its_own_region() -> None:
    its = ("describe_key", {"KeyId": KEY_THERE}, {"KeyMetadata": {"KeyId": KEY_ARN[-36:], "Arn": KEY_THERE, "KeyManager": "CUSTOMER"}})
    run = Run(
        describe(**replicas({"Region": THERE, "KmsKeyId": KEY_THERE})),
        its,
        ("update_secret", {"SecretId": ARN.replace("eu-west-1", THERE), "KmsKeyId": "alias/aws/secretsmanager"}, {}),
        describe(**replicas({"Region": THERE, "KmsKeyId": "alias/aws/secretsmanager"})),
        replica_regions=wanted(eu_central_1="alias/aws/secretsmanager"),
    )
    assert run.actions == ["replica_keys_updated"]
    assert run.regions == {THERE}


def test_a_replica_that_failed_is_tried_again_and_told() -> None:
    failed = replicas({"Region": FAR, "Status": "Failed", "StatusMessage": "the name is taken"})
    again = ("replicate_secret_to_regions", {"SecretId": ARN, "AddReplicaRegions": [{"Region": FAR}]}, {})
    run = Run(describe(**failed), again, describe(**failed), replica_regions=wanted(us_east_1=None))
    assert "Secrets Manager could not replicate it to us-east-1: the name is taken; mend the cause, then run again" in run.message
    assert "Done before that: replicas_added" in run.message


def test_a_secret_with_replicas_is_deleted_after_them() -> None:
    there = describe(**replicas({"Region": FAR}, {"Region": THERE}))
    refused = Run(there, state="absent")
    assert f"it has replicas in {THERE}, {FAR}, and Secrets Manager deletes no secret that has" in refused.message
    run = Run(
        there,
        ("remove_regions_from_replication", {"SecretId": ARN, "RemoveReplicaRegions": [THERE, FAR]}, {}),
        ("delete_secret", {"SecretId": ARN}, {"DeletionDate": DATE}),
        describe(DeletedDate=DATE),
        state="absent",
        purge_replica_regions=True,
    )
    assert run.actions == ["replicas_removed", "deleted"]


# -- readers ----------------------------------------------------------------------------------------------------------

READERS = [{"account": "444455556666", "roles": None, "users": None, "arn": None}]


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("options", [CREDENTIAL, {**CREDENTIAL, "kms_key_id": "alias/aws/secretsmanager"}])
def test_readers_elsewhere_need_a_customer_managed_key(options: dict[str, Any], check_mode: bool) -> None:
    run = Run(ABSENT, readers=READERS, owner="111122223333", check_mode=check_mode, **options)
    assert (
        "would be encrypted with the key that AWS manages (alias/aws/secretsmanager), which never decrypts for another account"
        in run.message
    )
    assert "'readers' names 444455556666; give a customer managed key in 'kms_key_id'" in run.message


def test_readers_of_a_secret_that_is_there() -> None:
    assert "give a customer managed key in 'kms_key_id'" in Run(describe(), readers=READERS).message
    assert Run(describe(), readers=[{**READERS[0], "account": "111122223333"}]).actions == []
    assert Run(describe(KmsKeyId=KEY_ARN), key(KEY_ARN, KeyManager="CUSTOMER"), readers=READERS).actions == []
    assert Run(describe(), readers=READERS, state="absent", check_mode=True).actions == ["deleted"]
    copied = replicas({"Region": FAR})
    run = Run(describe(KmsKeyId=KEY_ARN, **copied), key(KEY_ARN, KeyManager="CUSTOMER"), readers=READERS)
    assert "its replica in us-east-1 would be encrypted" in run.message and "in 'replica_regions'" in run.message


def test_a_secret_that_is_scheduled_for_deletion_is_restored_first() -> None:
    run = Run(
        describe(DeletedDate=DATE),
        ("restore_secret", {"SecretId": ARN}, {}),
        describe(),
        value(),
        put(),
        describe(TOKEN, V1),
        password="s3cr3t-2",
    )
    assert run.actions == ["restored", "value_updated"]
    assert run.result["secret"]["deletion_date"] is None


def test_a_restored_secret_with_the_right_value_gets_no_version() -> None:
    run = Run(describe(DeletedDate=DATE), ("restore_secret", {"SecretId": ARN}, {}), describe(), value(), describe(), value(), **CREDENTIAL)
    assert run.actions == ["restored"]


def test_a_restored_secret_may_show_late() -> None:
    run = Run(
        describe(DeletedDate=DATE),
        ("restore_secret", {"SecretId": ARN}, {}),
        describe(DeletedDate=DATE),
        describe(),
        value(MARKED),
        describe(),
        value(),
        describe(),
        value(),
        **CREDENTIAL,
    )
    assert run.actions == ["restored"] and run.now > 0


@pytest.mark.parametrize(
    ("options", "how"), [({}, {}), ({"recovery_window_in_days": 7}, {"RecoveryWindowInDays": 7}), ({"description": "ignored"}, {})]
)
def test_deletion_can_be_undone(options: dict[str, Any], how: dict[str, Any]) -> None:
    run = Run(
        describe(),
        ("delete_secret", {"SecretId": ARN, **how}, {"DeletionDate": DATE}),
        describe(DeletedDate=DATE),
        state="absent",
        **options,
    )
    assert run.actions == ["deleted"] and run.result["secret"]["deletion_date"] == "2026-12-21T00:00:00+00:00"


@pytest.mark.parametrize("more", [{}, {"DeletedDate": DATE}])
def test_deletion_for_good_waits_until_the_secret_is_gone(more: dict[str, Any]) -> None:
    delete: Call = ("delete_secret", {"SecretId": ARN, "ForceDeleteWithoutRecovery": True}, {"DeletionDate": DATE})
    run = Run(describe(**more), delete, describe(DeletedDate=DATE), ABSENT, state="absent", force_delete=True)
    assert run.actions == ["deleted"] and run.result["secret"] is None and run.now > 0


def test_by_arn() -> None:
    arn_describe = describe(name=ARN)
    assert Run(arn_describe, value(), name=ARN, **CREDENTIAL).actions == []
    assert "an ARN cannot be chosen" in Run(("describe_secret", {"SecretId": ARN}, GONE), name=ARN, **CREDENTIAL).message


# -- check mode -------------------------------------------------------------------------------------------------------

RUNS: list[tuple[list[Call], list[Call], dict[str, Any]]] = [
    ([ABSENT], [create(Description="d"), describe(TOKEN, Description="d")], {**CREDENTIAL, "description": "d"}),
    ([describe(), value()], [put(), describe(TOKEN, V1)], {"password": "s3cr3t-2"}),
    (
        [describe(), key("alias/x"), value()],
        [
            ("update_secret", {"SecretId": ARN, "KmsKeyId": "alias/x"}, {}),
            versions("DefaultEncryptionKey"),
            put(STORED),
            describe(TOKEN, V1, KmsKeyId=KEY_ARN),
        ],
        {"kms_key_id": "alias/x"},
    ),
    (
        [describe(Tags=[{"Key": "a", "Value": "1"}])],
        [("untag_resource", {"SecretId": ARN, "TagKeys": ["a"]}, {}), describe()],
        {"tags": {}},
    ),
    ([describe(DeletedDate=DATE)], [("restore_secret", {"SecretId": ARN}, {}), describe(), describe()], {}),
    ([describe()], [("delete_secret", {"SecretId": ARN}, {"DeletionDate": DATE}), describe(DeletedDate=DATE)], {"state": "absent"}),
    (
        [describe()],
        [("delete_secret", {"SecretId": ARN, "ForceDeleteWithoutRecovery": True}, {}), ABSENT],
        {"state": "absent", "force_delete": True},
    ),
    ([describe(), value()], [], CREDENTIAL),
]


@pytest.mark.parametrize(("reads", "writes", "options"), RUNS)
def test_check_mode_only_reads_and_says_the_same(reads: list[Call], writes: list[Call], options: dict[str, Any]) -> None:
    predicted = Run(*reads, check_mode=True, **options).result
    real = Run(*reads, *writes, **options).result
    for name in ("arn", "version_id", "deletion_date"):  # what only Secrets Manager knows
        for result in (predicted, real):
            if result["secret"] and (predicted["secret"][name] is None):
                result["secret"][name] = None
    assert predicted == real


def test_check_mode_says_what_it_cannot_know() -> None:
    result = Run(describe(DeletedDate=DATE), check_mode=True, **CREDENTIAL).result
    assert result["actions"] == ["restored"]
    assert "compared when the secret is restored" in result["diff"][0]["after"]


def test_the_diff_names_fields_and_shows_no_value() -> None:
    result = Run(describe(), value(), check_mode=True, username="other", password="s3cr3t-2", description="d").result
    assert result["diff"] == [
        {
            "before_header": "secret registry/quay",
            "after_header": "secret registry/quay",
            "before": '{\n  "description": "",\n  "kms_key_id": "alias/aws/secretsmanager",\n  "scheduled_for_deletion": false,\n'
            '  "tags": {},\n  "replica_regions": {},\n  "value": "(hidden)"\n}\n',
            "after": '{\n  "description": "d",\n  "kms_key_id": "alias/aws/secretsmanager",\n  "scheduled_for_deletion": false,\n'
            '  "tags": {},\n  "replica_regions": {},\n  "value": "(hidden, changes: password, username)"\n}\n',
        }
    ]


# -- late, lost, refused ----------------------------------------------------------------------------------------------


def test_a_new_secret_may_show_late_and_is_not_created_twice() -> None:
    run = Run(ABSENT, create(), ABSENT, ABSENT, describe(None), describe(TOKEN), **CREDENTIAL)
    assert run.actions == ["created"] and run.now > 0


def test_a_new_version_may_show_late() -> None:
    run = Run(describe(), value(), put(), describe(), describe(TOKEN, V1), password="s3cr3t-2")
    assert run.result["secret"]["version_id"] == TOKEN


def test_settings_may_show_late() -> None:
    update: Call = ("update_secret", {"SecretId": ARN, "Description": "d"}, {})
    run = Run(describe(), update, describe(), describe(), describe(Description="d"), description="d")
    assert run.actions == ["description_updated"]


def test_what_never_shows_is_an_error_that_says_so() -> None:
    update: Call = ("update_secret", {"SecretId": ARN, "Description": "d"}, {})
    run = Run(describe(), update, describe(), timeout=0, description="d")
    assert "after 0 seconds this is still to be done: description_updated; somebody else may have put it back" in run.message
    assert "Done before that: description_updated" in run.message


@pytest.mark.parametrize("error", [("InternalServiceError", "Internal error", 500), ("ThrottlingException", "Rate exceeded")])
def test_passing_trouble_is_looked_into_and_tried_again_with_the_same_token(error: tuple[Any, ...]) -> None:
    run = Run(describe(), value(), put(answer=error), describe(), value(), put(), describe(TOKEN, V1), password="s3cr3t-2")
    assert run.actions == ["value_updated"]
    run = Run(describe(), value(), put(answer=error), describe(TOKEN, V1), describe(TOKEN, V1), password="s3cr3t-2")
    assert run.actions == ["value_updated"]
    run = Run(ABSENT, create(error), ABSENT, create(), describe(TOKEN), **CREDENTIAL)
    assert run.actions == ["created"]


def test_trouble_that_does_not_pass_ends() -> None:
    error = ("InternalServiceError", "Internal error", 500)
    run = Run(describe(), value(), put(answer=error), describe(), value(), timeout=0, password="s3cr3t-2")
    assert "PutSecretValue: InternalServiceError: Internal error" in run.message


def test_a_deletion_whose_answer_got_lost_is_one() -> None:
    delete: Call = ("delete_secret", {"SecretId": ARN}, MARKED)
    run = Run(describe(), delete, describe(DeletedDate=DATE), describe(DeletedDate=DATE), state="absent")
    assert run.actions == ["deleted"]


def test_the_name_of_a_secret_that_is_just_being_deleted_becomes_free() -> None:
    busy = ("InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion.")
    run = Run(ABSENT, create(busy), ABSENT, create(), describe(TOKEN), **CREDENTIAL)
    assert run.actions == ["created"] and run.now > 0
    assert "already scheduled for deletion" in Run(ABSENT, create(busy), ABSENT, timeout=0, **CREDENTIAL).message


EXISTS = ("ResourceExistsException", f"The operation failed because the secret {NAME} already exists.")


def test_somebody_else_creates_the_same() -> None:
    run = Run(ABSENT, create(EXISTS), describe(THEIRS), value(), describe(THEIRS), value(), **CREDENTIAL)
    assert run.actions == [] and run.result["secret"]["version_id"] == THEIRS


def test_somebody_else_creates_another_one() -> None:
    theirs = json.dumps({"username": "payments", "password": "theirs", "host": "quay.io"})
    merged = json.dumps({**CREDENTIAL, "host": "quay.io"})
    run = Run(
        ABSENT,
        create(EXISTS),
        describe(THEIRS),
        value(theirs),
        put(merged, TOKENS[1]),
        describe(TOKENS[1], THEIRS),
        **CREDENTIAL,
    )
    assert run.actions == ["value_updated"]


def test_our_own_creation_whose_answer_got_lost() -> None:
    assert Run(ABSENT, create(EXISTS), describe(TOKEN), describe(TOKEN), **CREDENTIAL).actions == ["created"]


def test_somebody_else_puts_a_value_between_our_read_and_our_write() -> None:
    """What they had added is put back; the fields that we were given are ours."""
    theirs = json.dumps({"username": "payments", "password": "s3cr3t-1", "host": "quay.io"})
    merged = json.dumps({**CREDENTIAL, "password": "s3cr3t-2", "host": "quay.io"})
    run = Run(
        describe(),
        value(),
        put(),
        describe(TOKEN, THEIRS),
        value(theirs, THEIRS),
        value(NEW, TOKEN),
        put(merged, TOKENS[1]),
        describe(TOKENS[1], TOKEN),
        password="s3cr3t-2",
    )
    assert run.actions == ["value_updated"] and run.result["secret"]["version_id"] == TOKENS[1]


def test_somebody_else_puts_the_same_value_at_the_same_time() -> None:
    run = Run(
        describe(),
        value(),
        put(),
        describe(TOKEN, THEIRS),
        value(NEW, THEIRS),
        value(NEW, TOKEN),
        describe(TOKEN, THEIRS),
        password="s3cr3t-2",
    )
    assert run.actions == ["value_updated"]
    run = Run(describe(), value(), put(), describe(THEIRS, TOKEN), value(NEW), password="s3cr3t-2")
    assert run.result["secret"]["version_id"] == THEIRS


def test_somebody_else_overwrites_ours_at_once() -> None:
    run = Run(describe(), value(), put(), describe(THEIRS, TOKEN), value(), password="s3cr3t-2")
    assert f"somebody else put another value at the same time (version {THEIRS})" in run.message


def test_a_secret_that_vanishes_meanwhile() -> None:
    update: Call = ("update_secret", {"SecretId": ARN, "Description": "d"}, GONE)
    assert "there is no such secret; give 'username' and 'password'" in Run(describe(), update, ABSENT, description="d").message


def test_an_error_says_what_was_done_before() -> None:
    denied = ("AccessDeniedException", "User is not authorized to perform: secretsmanager:TagResource")
    run = Run(describe(), value(), put(), ("tag_resource", ANY_TAGS, denied), password="s3cr3t-2", tags={"a": "1"})
    assert run.message.endswith(
        "TagResource: AccessDeniedException: User is not authorized to perform: secretsmanager:TagResource. "
        "Done before that: value_updated. Mend the cause and run again, the run continues where it stopped"
    )


ANY_TAGS = {"SecretId": ARN, "Tags": [{"Key": "a", "Value": "1"}]}


def test_a_restored_secret_whose_value_is_no_credential() -> None:
    run = Run(describe(DeletedDate=DATE), ("restore_secret", {"SecretId": ARN}, {}), describe(), value("plain"), **CREDENTIAL)
    assert "not a JSON object" in run.message and "Done before that: restored" in run.message


def test_a_value_that_is_not_json_is_replaced_when_asked_for() -> None:
    assert "'overwrite_value: true'" in Run(describe(), value("plain"), **CREDENTIAL).message
    run = Run(describe(), value("plain"), put(STORED), describe(TOKEN, V1), overwrite_value=True, **CREDENTIAL)
    assert run.actions == ["value_updated"]


def test_a_value_that_cannot_be_decrypted_any_more() -> None:
    lost = ("DecryptionFailure", "Secrets Manager can't decrypt the protected secret text using the provided KMS key.")
    run = Run(describe(), value(lost), **CREDENTIAL)
    assert isinstance(run.error, ServiceError) and run.error.code == "DecryptionFailure"
    run = Run(describe(), value(lost), put(STORED), describe(TOKEN, V1), overwrite_value=True, **CREDENTIAL)
    assert run.actions == ["value_updated"]


def test_another_secret_than_the_named_one_is_refused() -> None:
    answer = {"ARN": ARN, "Name": "registry/other"}
    assert "answered with another one" in Run(("describe_secret", {"SecretId": NAME}, answer), description="d").message


def test_a_bad_key_is_refused_before_the_first_write() -> None:
    for check_mode in (True, False):
        run = Run(ABSENT, key("alias/x", KeyState="Disabled"), check_mode=check_mode, kms_key_id="alias/x", **CREDENTIAL)
        assert "the KMS key 'alias/x' is Disabled; enable it" in run.message


def test_warnings() -> None:
    describing: Call = ("describe_secret", {"SecretId": "docker-quayio"}, GONE)
    run = Run(describing, check_mode=True, name="docker-quayio", **CREDENTIAL)
    assert len(run.warnings) == 1 and "ends in a hyphen and six characters" in run.warnings[0]
    run = Run(describe(RotationEnabled=True), value(), check_mode=True, password="s3cr3t-2")
    assert len(run.warnings) == 1 and "rotates by itself" in run.warnings[0]


# -- secrets ----------------------------------------------------------------------------------------------------------

CANARIES = ('q7"Zk\\w/ö%42', "kept-token-91", 'deep"x\\y-77')


def test_no_error_quotes_a_value_that_was_given_or_read() -> None:
    kept = {"username": "payments", "password": "was-s3cret-0", "token": CANARIES[1], "more": [{"deep": CANARIES[2]}]}
    sent = json.dumps({**kept, "password": CANARIES[0]})
    quoting = f"1 validation error detected: Value '{sent}' at 'secretString' failed; {CANARIES[0]}; {json.dumps(CANARIES[2])}"
    run = Run(describe(), value(json.dumps(kept)), put(sent, answer=("ValidationException", quoting)), password=CANARIES[0])
    assert isinstance(run.error, ServiceError)
    text = "".join([run.message, *traceback.format_exception(run.error), repr(vars(run.error))])
    error: BaseException | None = run.error
    for error in itertools.takewhile(bool, (run.error.__cause__, run.error.__context__)):
        text += repr(error)
    spellings = [spelling for canary in CANARIES for spelling in (canary, json.dumps(canary)[1:-1])]
    assert not [spelling for spelling in spellings if spelling in text]
    assert "ValidationException: 1 validation error detected: Value '********' at 'secretString' failed; ********" in text


@pytest.mark.parametrize("text", ["plain-s3cret", '{"password": "cut-s3cret', '["s3cret"]'])
def test_no_error_quotes_a_value_that_is_not_json(text: str) -> None:
    run = Run(describe(), value(text), **CREDENTIAL)
    assert run.error
    assert "s3cret" not in run.message + "".join(traceback.format_exception(run.error)) + repr(run.error.__context__)
