# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options ask of a secret, and what there is to do about it."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.registry_secret import (
    Desired,
    Plan,
    Replica,
    Secret,
    ambiguous,
    described,
    plan,
    read_options,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.secret_value import StoredValue
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError

ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry/quay-AbCdEf"
DEFAULTS: dict[str, Any] = {
    "name": "registry/quay",
    "state": "present",
    "username": None,
    "password": None,
    "extra": None,
    "overwrite_value": False,
    "kms_key_id": None,
    "description": None,
    "tags": None,
    "purge_tags": True,
    "recovery_window_in_days": None,
    "force_delete": False,
    "replica_regions": None,
    "purge_replica_regions": False,
    "readers": None,
}
CREDENTIAL = {"username": "payments", "password": "s3cret"}
SECRET = Secret("registry/quay", ARN, "old", None, {"team": "payments", "aws:created-by": "x"}, version_id="v1")
STORED = StoredValue({"username": "payments", "password": "s3cret"})


def options(**given: Any) -> Desired:
    return read_options({**DEFAULTS, **given})


def planned(secret: Secret | None = SECRET, stored: StoredValue | None = None, same_key: bool = True, **given: Any) -> Plan:
    return plan(secret, stored, options(**given), lambda *_names: same_key)


# -- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "x" * 512, "registry/quay.io_prod+1=2@eu-west", "ecr-pullthroughcache/docker-hub"])
def test_names(name: str) -> None:
    assert options(name=name) == Desired(name)


@pytest.mark.parametrize("name", ["", "x" * 513, "registry quay", "registry:quay", "registry#1", "régistry", "a\n", "rds!db"])
def test_names_that_secrets_manager_does_not_take(name: str) -> None:
    with pytest.raises(RegistryError, match="1 to 512 of these characters"):
        options(name=name)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso-b"])
def test_an_arn_says_the_region(partition: str) -> None:
    arn = ARN.replace(":aws:", f":{partition}:")
    assert options(name=arn).region == "eu-west-1"
    assert Secret("", arn).home == f"arn:{partition}:kms:eu-west-1:111122223333:"


@pytest.mark.parametrize(
    "name", [ARN[:-7], ARN.replace("secretsmanager", "ssm"), "arn:aws:secretsmanager:eu-west-1:1:secret:x-AbCdEf", "arn:"]
)
def test_other_arns_are_refused(name: str) -> None:
    with pytest.raises(RegistryError, match="not the full ARN of a secret"):
        options(name=name)


@pytest.mark.parametrize(
    ("name", "expected"), [("quay-AbC123", True), ("a/docker-quayio", True), ("quay-AbC12", False), ("quay-AbC_12", False)]
)
def test_names_that_end_like_an_arn(name: str, expected: bool) -> None:
    assert ambiguous(name) is expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"recovery_window_in_days": 6}, "'recovery_window_in_days' is 6; it must be from 7 to 30"),
        ({"recovery_window_in_days": 31}, "from 7 to 30"),
        ({"recovery_window_in_days": 7, "force_delete": True}, "exclude each other"),
        ({"description": "x" * 2049}, "2048 are allowed"),
        ({"kms_key_id": ""}, "'kms_key_id' is empty; leave it out to keep the key"),
        ({"tags": {"team": None}}, "the tag 'team' has no value"),
        ({"tags": {"aws:team": "x"}}, "AWS keeps for itself"),
        ({"tags": {"": "x"}}, "too long|128"),
        ({"tags": {"k" * 129: "x"}}, "128 characters are allowed for a key"),
        ({"tags": {"k": "x" * 257}}, "256 for a value"),
        ({"password": ""}, "'password' is empty"),
    ],
)
def test_options_that_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(RegistryError, match=message):
        options(**given)


def test_tags_are_text_as_amazon_aws_writes_them() -> None:
    assert options(tags={"prod": True, "cost": 12, "empty": ""}).tags == {"prod": "True", "cost": "12", "empty": ""}


def test_the_credential_is_not_in_the_representation() -> None:
    assert "s3cret" not in repr(options(**CREDENTIAL))


def test_absent_looks_at_nothing_else() -> None:
    found = options(state="absent", username=5, password="", tags={"a": None}, recovery_window_in_days=7)
    assert found == Desired("registry/quay", absent=True, recovery_days=7)


# -- what Secrets Manager shows ---------------------------------------------------------------------------------------


def test_a_described_secret() -> None:
    deleted = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
    answer = {"ARN": ARN, "Name": "registry/quay", "VersionIdsToStages": {"v0": ["AWSPREVIOUS"], "v1": ["AWSCURRENT", "AWSPENDING"]}}
    assert described(answer) == Secret("registry/quay", ARN, version_id="v1", previous_id="v0", versions=frozenset(["v0", "v1"]))
    found = described({**answer, "KmsKeyId": "k", "Description": "d", "Tags": [{"Key": "a", "Value": "b"}], "DeletedDate": deleted})
    assert (found.kms_key_id, found.description, found.tags) == ("k", "d", {"a": "b"})
    assert found.scheduled and found.deletion_date == "2026-11-21T12:00:00+00:00"


# -- plans ------------------------------------------------------------------------------------------------------------


def test_options_that_are_not_given_leave_alone() -> None:
    kept = Secret("registry/quay", ARN, "old", "alias/x", {"team": "payments"}, version_id="v1", rotates=True)
    assert planned(kept) == Plan(after=kept)
    assert planned(kept, STORED, **CREDENTIAL).actions == ()


def test_what_differs_is_done_in_an_order_that_keeps_the_secret_usable() -> None:
    found = planned(
        Secret("registry/quay", ARN, "old", None, {"team": "payments"}, scheduled=True, version_id="v1"),
        StoredValue({**CREDENTIAL, "password": "old"}),
        same_key=False,
        **CREDENTIAL,
        kms_key_id="alias/x",
        description="new",
        tags={"owner": "me"},
    )
    assert found.actions == ("restored", "kms_key_updated", "description_updated", "value_updated", "tags_added", "tags_removed")
    assert found.after == Secret("registry/quay", ARN, "new", "alias/x", {"owner": "me"})
    assert (found.tags_set, found.tags_removed) == ({"owner": "me"}, ("team",))


@pytest.mark.parametrize(
    ("given", "after"),
    [
        ({"tags": {"team": "payments"}}, {"team": "payments"}),
        ({"tags": {"team": "other"}}, {"team": "other"}),
        ({"tags": {"owner": "me"}}, {"owner": "me"}),
        ({"tags": {"owner": "me"}, "purge_tags": False}, {"team": "payments", "owner": "me"}),
        ({"tags": {}}, {}),
        ({"tags": {}, "purge_tags": False}, {"team": "payments"}),
        ({}, {"team": "payments"}),
    ],
)
def test_tags_of_others_stay_where_they_are_not_purged_and_those_of_aws_always(given: dict[str, Any], after: dict[str, str]) -> None:
    found = planned(**given)
    assert found.after and found.after.tags == {**after, "aws:created-by": "x"}
    assert bool(found.actions) is (after != {"team": "payments"})


def test_an_empty_description_is_one() -> None:
    found = planned(description="")
    assert found.actions == ("description_updated",)
    assert planned(Secret("registry/quay", ARN), description="").actions == ()


def test_the_managed_key_shows_as_none() -> None:
    for key in ("alias/aws/secretsmanager", "aws/secretsmanager"):
        found = planned(Secret("registry/quay", ARN, kms_key_id="alias/x"), same_key=False, kms_key_id=key)
        assert found.actions == ("kms_key_updated",) and found.after and found.after.kms_key_id is None


def test_a_new_secret() -> None:
    found = planned(None, **CREDENTIAL, description="d", tags={"a": 1}, kms_key_id="alias/x")
    assert found.actions == ("created",)
    assert found.after == Secret("registry/quay", None, "d", "alias/x", {"a": "1"})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "no such secret; give 'username' and 'password' to create it"),
        ({"password": "x"}, "give 'username' and 'password'"),
        ({**CREDENTIAL, "name": ARN}, "an ARN cannot be chosen; give the name"),
        ({**CREDENTIAL, "tags": {str(at): "" for at in range(51)}}, "it would have 51 tags, 50 are allowed"),
    ],
)
def test_secrets_that_cannot_be_created(given: dict[str, Any], message: str) -> None:
    with pytest.raises(RegistryError, match=message):
        planned(None, **given)


def test_secrets_of_others_are_refused_but_only_for_changes() -> None:
    managed = Secret("registry/quay", ARN, "old", owning_service="rds")
    replica = Secret("registry/quay", ARN, "old", primary_region="us-east-1")
    for secret, message in (
        (managed, "managed by rds; change it there"),
        (replica, "replica of a secret in us-east-1; give 'region: us-east-1'"),
    ):
        assert planned(secret, description="old").actions == ()
        with pytest.raises(RegistryError, match=message):
            planned(secret, description="new")
    primary = Secret("registry/quay", ARN, "old", primary_region="eu-west-1")
    assert planned(primary, description="new").actions == ("description_updated",)


def test_deletion() -> None:
    scheduled = Secret("registry/quay", ARN, scheduled=True, deletion_date="2026-11-21")
    assert planned(None, state="absent") == Plan()
    assert planned(scheduled, state="absent") == Plan(after=scheduled)
    assert planned(state="absent").actions == ("deleted",)
    assert planned(state="absent").after and planned(state="absent").after.scheduled
    for secret in (SECRET, scheduled):
        assert planned(secret, state="absent", force_delete=True) == Plan(("deleted",), None)


# -- replicas and readers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"replica_regions": [{"region": "Frankfurt", "kms_key_id": None}]},
            "replica_regions[0]: region is 'Frankfurt', which is no region",
        ),
        ({"replica_regions": [{"region": "us-east-1", "kms_key_id": ""}]}, "replica_regions[0]: kms_key_id is empty; leave it out"),
        ({"replica_regions": [{"region": "us-east-1", "kms_key_id": None}] * 2}, "replica_regions[1]: us-east-1 is there twice"),
        ({"readers": [{"account": 111122223333}]}, "readers[0]: account is the number 111122223333"),
    ],
)
def test_bad_replicas_and_readers(given: dict[str, Any], words: str) -> None:
    with pytest.raises(RegistryError) as caught:
        options(**given)
    assert words in str(caught.value)


def test_replicas_that_are_not_given_are_left_alone() -> None:
    there = replace(SECRET, replicas={"us-east-1": Replica("alias/x", "InSync"), "eu-north-1": Replica(None, "Failed", "why")})
    assert planned(there, purge_replica_regions=True).actions == ()
    assert planned(there, replica_regions=[]).actions == ()
    purged = planned(there, replica_regions=[], purge_replica_regions=True)
    assert (purged.actions, purged.replicas_removed) == (("replicas_removed",), ("eu-north-1", "us-east-1"))
    assert planned(there, replica_regions=[{"region": "us-east-1", "kms_key_id": None}], same_key=False).actions == ()
    again = planned(there, replica_regions=[{"region": "eu-north-1", "kms_key_id": None}])
    assert (again.actions, again.replicas_added) == (("replicas_added",), {"eu-north-1": None})
    with pytest.raises(RegistryError, match="'replica_regions' has eu-west-1, where the secret itself is"):
        planned(there, replica_regions=[{"region": "eu-west-1", "kms_key_id": None}])


def test_what_is_stored_is_not_shown() -> None:
    assert "s3cret" not in repr(StoredValue({}, content="s3cret")) + repr(Plan(content="s3cret"))
