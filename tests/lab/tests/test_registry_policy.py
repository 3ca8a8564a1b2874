# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry's policy, its scope, and the account settings."""

from __future__ import annotations

import json
import typing as t

import pytest

from .helpers import PRIMARY, PULL, REGION, SECONDARY, Accounts, allow, allow_identity, document, refused

MALFORMED = (
    "InvalidParameterException",
    "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry policy provided'",
    400,
)
EVERYTHING = f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/*"
OTHER = {"AWS": SECONDARY}
PROBE = {"registryId": PRIMARY, "repositoryName": "team/app", "imageIds": [{"imageTag": "absent"}]}


def put(accounts: Accounts, *statements: dict[str, t.Any]) -> None:
    accounts.client("ecr").put_registry_policy(policyText=document(*statements))


def scope(accounts: Accounts, value: str) -> None:
    accounts.client("ecr").put_account_setting(name="REGISTRY_POLICY_SCOPE", value=value)


@pytest.fixture
def puller(accounts: Accounts) -> t.Any:
    accounts.repository()
    arn = accounts.role()
    accounts.permit("puller", allow_identity())
    return accounts.as_role(arn, "ecr")


def test_write_read_delete(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    absent = ("RegistryPolicyNotFoundException", f"Registry policy does not exist in the registry with id '{PRIMARY}'", 400)
    assert refused(ecr.get_registry_policy) == absent
    assert refused(ecr.delete_registry_policy) == absent
    put(accounts, allow(OTHER, ["ecr:BatchGetImage"], Resource=[EVERYTHING], Sid="Pull"))
    answer = ecr.get_registry_policy()
    assert answer["registryId"] == PRIMARY
    assert answer["policyText"].startswith('{\n  "Version" : "2012-10-17",\n  "Statement" : [ {\n    "Sid" : "Pull",')
    assert json.loads(answer["policyText"])["Statement"] == [
        allow({"AWS": f"arn:aws:iam::{SECONDARY}:root"}, "ecr:BatchGetImage", Resource=EVERYTHING, Sid="Pull")
    ]
    ecr.delete_registry_policy()
    assert refused(ecr.get_registry_policy) == absent


@pytest.mark.parametrize(
    "statement",
    [
        allow(OTHER),
        allow(OTHER, Resource="arn:aws:ecr:eu-west-1:444455556666:repository/*"),
        allow(OTHER, Resource="arn:aws:ecr:us-east-1:111122223333:repository/*"),
        allow(OTHER, "ecr:GetAuthorizationToken", Resource=EVERYTHING),
        allow(OTHER, "ecr:Nonsense", Resource=EVERYTHING),
        allow(OTHER, "s3:GetObject", Resource=EVERYTHING),
        allow({"AWS": f"arn:aws:iam::{SECONDARY}:role/absent"}, Resource=EVERYTHING),
    ],
    ids=["no resource", "other account", "other region", "token", "unknown action", "other service", "unknown principal"],
)
def test_refusals(accounts: Accounts, statement: dict[str, t.Any]) -> None:
    assert refused(put, accounts=accounts) == MALFORMED  # no statement at all
    assert refused(accounts.client("ecr").put_registry_policy, policyText=document(statement)) == MALFORMED


def test_scope_v2_gives_every_action(accounts: Accounts, puller: t.Any) -> None:
    assert accounts.client("ecr").get_account_setting(name="REGISTRY_POLICY_SCOPE")["value"] == "V2"
    assert refused(puller.batch_get_image, **PROBE).code == "AccessDeniedException"
    put(accounts, allow(OTHER, PULL, Resource=EVERYTHING))
    puller.batch_get_image(**PROBE)
    put(accounts, allow(OTHER, PULL, Resource=f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/other/*"))
    assert refused(puller.batch_get_image, **PROBE).code == "AccessDeniedException"


def test_scope_v1_gives_three_actions_only(accounts: Accounts, puller: t.Any) -> None:
    put(accounts, allow(OTHER, PULL, Resource=EVERYTHING))
    scope(accounts, "V1")
    assert refused(puller.batch_get_image, **PROBE).code == "AccessDeniedException"
    pull = document(allow(OTHER, PULL, Resource=EVERYTHING))
    assert refused(accounts.client("ecr").put_registry_policy, policyText=pull) == MALFORMED
    put(accounts, allow(OTHER, ["ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"], Resource=EVERYTHING))
    made = puller.create_repository(registryId=PRIMARY, repositoryName="team/cached")["repository"]
    assert made["registryId"] == PRIMARY


def test_a_deny_in_the_registry_policy_beats_a_repository_policy(accounts: Accounts, puller: t.Any) -> None:
    accounts.set_policy(allow(OTHER))
    puller.batch_get_image(**PROBE)
    put(accounts, {"Effect": "Deny", "Principal": OTHER, "Action": "ecr:*", "Resource": EVERYTHING})
    assert refused(puller.batch_get_image, **PROBE).message.endswith("with an explicit deny in a resource-based policy")


def test_repository_policies_cannot_be_handed_out_by_the_registry_policy(accounts: Accounts, puller: t.Any) -> None:
    put(accounts, allow(OTHER, "ecr:*", Resource=EVERYTHING))
    puller.describe_repositories(registryId=PRIMARY)
    write = {"registryId": PRIMARY, "repositoryName": "team/app", "policyText": document(allow(OTHER))}
    assert refused(puller.set_repository_policy, **write).message.endswith(
        "because no resource-based policy allows the ecr:SetRepositoryPolicy action"
    )


def test_it_is_one_for_each_region(accounts: Accounts) -> None:
    put(accounts, allow(OTHER, Resource=EVERYTHING))
    assert refused(accounts.client("ecr", region="us-east-1").get_registry_policy).code == "RegistryPolicyNotFoundException"


@pytest.mark.parametrize("action", ["ecr:*", "*", "ecr:Batch*", "ecr:BatchGetImage", "ecr:SetRepositoryPolicy"])
def test_scope_v1_takes_its_three_actions_by_name(accounts: Accounts, action: str) -> None:
    """Facts 2.2: PutRegistryPolicy says the same for actions that are not in scope as for what is malformed."""
    text = document(allow(OTHER, ["ecr:ReplicateImage", action], Resource=EVERYTHING))
    accounts.client("ecr").put_registry_policy(policyText=text)
    scope(accounts, "V1")
    assert refused(accounts.client("ecr").put_registry_policy, policyText=text) == MALFORMED
    rest = {"Effect": "Deny", "Principal": OTHER, "NotAction": "ecr:ReplicateImage", "Resource": EVERYTHING}
    assert refused(accounts.client("ecr").put_registry_policy, policyText=document(rest)) == MALFORMED


def test_account_settings(accounts: Accounts) -> None:
    """The three settings of the API reference; Clair scanning has ended."""
    ecr = accounts.client("ecr")
    defaults = {"BLOB_MOUNTING": "DISABLED", "BASIC_SCAN_TYPE_VERSION": "AWS_NATIVE", "REGISTRY_POLICY_SCOPE": "V2"}
    for name, value in defaults.items():
        answer = ecr.get_account_setting(name=name)
        assert (answer["name"], answer["value"]) == (name, value)
    assert ecr.put_account_setting(name="BLOB_MOUNTING", value="ENABLED")["value"] == "ENABLED"
    assert ecr.get_account_setting(name="BLOB_MOUNTING")["value"] == "ENABLED"
    assert accounts.client("ecr", region="us-east-1").get_account_setting(name="BLOB_MOUNTING")["value"] == "DISABLED"
    assert refused(ecr.get_account_setting, name="NONSENSE").code == "InvalidParameterException"
    for name, value in (
        ("REGISTRY_POLICY_SCOPE", "V3"),
        ("BASIC_SCAN_TYPE_VERSION", "CLAIR"),
        ("BLOB_MOUNTING", "enabled"),
        ("NONSENSE", "V1"),
    ):
        assert refused(ecr.put_account_setting, name=name, value=value).code == "InvalidParameterException"


def test_a_written_setting_is_read_late(accounts: Accounts) -> None:
    accounts.lab.set_faults({"profile": "eventual-consistency", "seconds": 60})
    scope(accounts, "V1")
    assert accounts.client("ecr").get_account_setting(name="REGISTRY_POLICY_SCOPE")["value"] == "V2"
    accounts.lab.set_faults()
    assert accounts.client("ecr").get_account_setting(name="REGISTRY_POLICY_SCOPE")["value"] == "V1"
