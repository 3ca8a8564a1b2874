# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repository creation templates: one for each prefix, account and region."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.accounts import grant
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.meaning import statements
from tests.integration.tasks import done, shown, tasks, thrice
from tests.lab import Lab

MODULE = "ecr_repository_creation_template"
ELSEWHERE = "eu-central-1"
PREFIX = "CrossaccountRegistry"
ROLE = f"arn:aws:iam::{PRIMARY}:role/templates"
KEY = f"arn:aws:kms:{REGION}:{PRIMARY}:key/0a1b2c3d-0000-0000-0000-000000000000"
TEAM = {"Sid": "Team", "Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": "ecr:BatchGetImage"}
POLICY = {"Version": "2012-10-17", "Statement": [TEAM]}
LIFECYCLE = {
    "rules": [
        {
            "rulePriority": 1,
            "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 5},
            "action": {"type": "expire"},
        }
    ]
}
CACHED: dict[str, Any] = {"prefix": "cached", "applied_for": ["PULL_THROUGH_CACHE"]}
#: Every setting at once.
EVERYTHING: dict[str, Any] = {
    **CACHED,
    "applied_for": ["REPLICATION", "PULL_THROUGH_CACHE"],
    "description": "for caches",
    "image_tag_mutability": "IMMUTABLE_WITH_EXCLUSION",
    "image_tag_mutability_exclusion_filters": ["latest", "dev-*"],
    "encryption": {"type": "KMS", "kms_key": KEY},
    "tags": {"origin": "cache", "cost": "1"},
    "lifecycle_policy": LIFECYCLE,
    "repository_policy": POLICY,
    "custom_role_arn": ROLE,
}
AS_PRIMARY = {"credentials": PRIMARY, "region": REGION}


def templates(account: Account, region: str = REGION) -> dict[str, dict[str, Any]]:
    """The templates of a registry by prefix, without what changes by itself."""
    found = account.client("ecr", region).describe_repository_creation_templates()["repositoryCreationTemplates"]
    hidden = ("prefix", "createdAt", "updatedAt")
    return {one["prefix"]: {key: value for key, value in one.items() if key not in hidden} for one in found}


def policy_of(account: Account, prefix: str) -> list[dict[str, Any]]:
    return statements(templates(account)[prefix].get("repositoryPolicy"))


def test_every_setting(ansible: Ansible, journal: Journal, primary: Account) -> None:
    """Created in two regions, changed one by one, cleared, deleted."""
    elsewhere = {**EVERYTHING, "encryption": {"type": "KMS"}, "regions": [REGION, ELSEWHERE]}
    assert thrice(ansible, MODULE, elsewhere, **AS_PRIMARY)["summary"]["created"] == 2
    real = thrice(ansible, MODULE, EVERYTHING, **AS_PRIMARY)
    assert real["actions"][0]["settings_changed"] == ["encryption"]
    assert f"repository creation template of {PRIMARY} {REGION} cached" in shown(real)
    (there,) = templates(primary).values()
    assert statements(there.pop("repositoryPolicy")) == statements(POLICY)
    assert json.loads(there.pop("lifecyclePolicy")) == LIFECYCLE
    assert {**there, "resourceTags": {one["Key"]: one["Value"] for one in there["resourceTags"]}} == {
        "description": "for caches",
        "appliedFor": ["PULL_THROUGH_CACHE", "REPLICATION"],
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": one} for one in ("dev-*", "latest")],
        "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": KEY},
        "resourceTags": {"origin": "cache", "cost": "1"},
        "customRoleArn": ROLE,
    }
    journal.clear()
    one_by_one: dict[str, dict[str, Any]] = {
        "description": {"description": "other"},
        "tags kept": {"tags": {"cost": "2"}, "purge_tags": False},
        "tags": {"tags": {"cost": "2"}},
        "filters": {"image_tag_mutability_exclusion_filters": ["main"]},
        "mutability": {"image_tag_mutability": "MUTABLE"},
        "no lifecycle": {"lifecycle_policy": ""},
        "no policy": {"repository_policy": {}},
        "no description": {"description": ""},
        "plain": {"tags": {}, "encryption": {"type": "AES256"}, "custom_role_arn": ""},
    }
    run = tasks(ansible, MODULE, {name: {"prefix": "cached", **options} for name, options in one_by_one.items()}, **AS_PRIMARY)
    assert {one.task: one["actions"][0]["settings_changed"] for one in run.results} == {
        "description": ["description"],
        "tags kept": ["tags"],
        "tags": ["tags"],
        "filters": ["image_tag_mutability_exclusion_filters"],
        "mutability": ["image_tag_mutability", "image_tag_mutability_exclusion_filters"],
        "no lifecycle": ["lifecycle_policy"],
        "no policy": ["repository_policy"],
        "no description": ["description"],
        "plain": ["custom_role_arn", "encryption", "tags"],
    }
    assert run["tags kept"]["actions"][0]["settings"]["tags"] == {"origin": "cache", "cost": "2"}
    assert templates(primary)["cached"] == {
        "appliedFor": ["PULL_THROUGH_CACHE", "REPLICATION"],
        "imageTagMutability": "MUTABLE",
        "encryptionConfiguration": {"encryptionType": "AES256"},
    }
    gone = thrice(ansible, MODULE, {"prefix": "cached", "state": "absent"}, **AS_PRIMARY)
    assert done(gone) == {"cached": "deleted"}
    assert (list(templates(primary)), list(templates(primary, ELSEWHERE))) == ([], ["cached"])


def test_a_policy_of_the_same_meaning_is_no_change(ansible: Ansible, primary: Account) -> None:
    spelled = {"Statement": {**TEAM, "Principal": {"AWS": [f"arn:aws:iam::{SECONDARY}:root"]}, "Action": ["ECR:batchgetimage"]}}
    run = tasks(
        ansible,
        MODULE,
        {"first": {**CACHED, "repository_policy": POLICY}, "same": {"prefix": "cached", "repository_policy": json.dumps(spelled)}},
        **AS_PRIMARY,
    )
    assert not run["same"].changed
    assert "PULL_THROUGH_CACHE" in templates(primary)["cached"]["appliedFor"]


def test_grants_that_cover_the_template(ansible: Ansible, primary: Account) -> None:
    """Their statements come and go; another team's statement, and grants for single repositories, are none of them."""
    primary.client("ecr").create_repository_creation_template(
        prefix="payments", appliedFor=["REPLICATION"], repositoryPolicy=json.dumps(POLICY)
    )
    covering = grant("all", "pull", SECONDARY, ["payments/*"])
    others = [
        grant("one", "pull", SECONDARY, ["payments/api"]),
        grant("registry", "pull", SECONDARY, ["payments/*"], scope="registry"),
        grant("elsewhere", "pull", SECONDARY, ["payments/*"], regions=[ELSEWHERE]),
        grant("theirs", "pull", SECONDARY, ["payments/*"], account=OTHER),
    ]
    options = {"prefix": "payments", "sid_prefix": PREFIX}
    thrice(ansible, MODULE, {**options, "grants": [covering, *others]}, **AS_PRIMARY)
    assert [one["Sid"] for one in policy_of(primary, "payments")] == ["Team", f"{PREFIX}AllPull"]
    thrice(ansible, MODULE, {**options, "grants": [{**covering, "access": "push"}]}, **AS_PRIMARY)
    assert [one["Sid"] for one in policy_of(primary, "payments")] == ["Team", f"{PREFIX}AllPush"]
    thrice(ansible, MODULE, {**options, "grants": []}, **AS_PRIMARY)
    assert [one["Sid"] for one in policy_of(primary, "payments")] == ["Team"]


def test_grants_for_every_repository_and_by_tag(ansible: Ansible, primary: Account) -> None:
    everything = grant("all", "pull", SECONDARY, ["*"])
    tagged = grant("tagged", "pull", SECONDARY, ["tag:team=a"])
    wanted = {"prefix": "ROOT", "applied_for": ["CREATE_ON_PUSH"], "tags": {"team": "a"}, "custom_role_arn": ROLE}
    thrice(ansible, MODULE, {**wanted, "grants": [everything, tagged]}, **AS_PRIMARY)
    assert [one["Sid"] for one in policy_of(primary, "ROOT")] == [f"{PREFIX}AllPull", f"{PREFIX}TaggedPull"]


def test_what_only_aws_knows(ansible: Ansible) -> None:
    role = {**TEAM, "Principal": {"AWS": f"arn:aws:iam::{SECONDARY}:role/nobody"}}
    unknown = {**TEAM, "Action": "ecr:Pull"}
    run = tasks(
        ansible,
        MODULE,
        {
            "role": {**CACHED, "repository_policy": {"Statement": [role]}, "wait_timeout": 1},
            "action": {**CACHED, "repository_policy": {"Statement": [unknown]}},
        },
        **AS_PRIMARY,
    )
    assert "ECR does not know a principal of the repository policy (yet) (waited 1 seconds)" in run["role"].msg
    assert "ECR has no such action, as far as is known: ecr:Pull (statement Team); correct the name" in run["action"].msg
    assert run["action"]["actions"][0]["error"]["code"] == "InvalidParameterException"


def test_somebody_else_writes_at_the_same_time(lab: Lab, ansible: Ansible, primary: Account) -> None:
    """Another team's statement that comes right after ours was written is kept, and ours comes back."""
    tasks(ansible, MODULE, {"made": {"prefix": "payments", "applied_for": ["REPLICATION"]}}, **AS_PRIMARY)
    theirs = {"prefix": "payments", "repositoryPolicy": json.dumps(POLICY)}
    operation = "UpdateRepositoryCreationTemplate"
    lab.write_concurrently(operation, when="after", write={"service": "ecr", "operation": operation, "parameters": theirs})
    run = tasks(ansible, MODULE, {"merged": {"prefix": "payments", "grants": [grant("a", "pull", SECONDARY, ["*"])]}}, **AS_PRIMARY)
    assert not run["merged"].failed, run["merged"].msg
    assert [one["Sid"] for one in policy_of(primary, "payments")] == ["Team", f"{PREFIX}APull"]


@pytest.mark.parametrize("profiles", [["throttling", "server-errors", "dropped-connections"], ["eventual-consistency"]])
def test_trouble_of_the_service(lab: Lab, ansible: Ansible, primary: Account, secondary: Account, profiles: list[str]) -> None:
    lab.set_faults(*profiles)
    secondary.create_role("new")
    wanted = {**CACHED, "grants": [grant("a", "pull", (SECONDARY, "new"), ["*"])]}
    run = tasks(ansible, MODULE, {"first": wanted, "again": wanted, "gone": {"prefix": "cached", "state": "absent"}}, **AS_PRIMARY)
    lab.set_faults()
    for name in ("first", "again", "gone"):
        assert not run[name].failed, run[name].msg
    assert not run["again"].changed
    assert templates(primary) == {}
