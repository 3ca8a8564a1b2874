# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of ecr_repository_creation_template, and what it refuses before any write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.modules import ecr_repository_creation_template as module

from .conftest import ACCOUNT as PRIMARY
from .conftest import REGION, Stubbed

SECONDARY, OTHER, ELSEWHERE = "444455556666", "777788889999", "eu-central-1"
ROLE = f"arn:aws:iam::{PRIMARY}:role/templates"
KEY = f"arn:aws:kms:{REGION}:{PRIMARY}:key/0a1b2c3d-0000-0000-0000-000000000000"
TEAM = {"Sid": "Team", "Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": "ecr:BatchGetImage"}
POLICY = {"Version": "2012-10-17", "Statement": [TEAM]}
CACHED: dict[str, Any] = {"prefix": "cached", "applied_for": ["PULL_THROUGH_CACHE"]}
EVERYTHING: dict[str, Any] = {
    **CACHED,
    "image_tag_mutability": "IMMUTABLE_WITH_EXCLUSION",
    "image_tag_mutability_exclusion_filters": ["latest"],
    "encryption": {"type": "KMS", "kms_key": KEY},
    "tags": {"origin": "cache"},
    "custom_role_arn": ROLE,
}
DESCRIBE = ("describe_repository_creation_templates", {"prefixes": ["cached"]})
NONE = (*DESCRIBE, {"repositoryCreationTemplates": []})
#: The least that a template has.
PLAIN = {"imageTagMutability": "MUTABLE", "encryptionConfiguration": {"encryptionType": "AES256"}}
STORED = {"prefix": "cached", "appliedFor": ["PULL_THROUGH_CACHE"], **PLAIN}


def there(**settings: Any) -> tuple[str, Any, Any]:
    return (*DESCRIBE, {"repositoryCreationTemplates": [{**STORED, **settings}]})


def grant(name: str, access: str, to: Any, repositories: list[str]) -> dict[str, Any]:
    registry = {"account": PRIMARY, "regions": [REGION]}
    recipients = [{"account": one} for one in ([to] if isinstance(to, str) else to)]
    return {"name": name, "registry": registry, "repositories": repositories, "access": access, "to": recipients}


def test_the_calls_of_a_first_and_of_a_second_run(stubbed: Stubbed) -> None:
    create = ("create_repository_creation_template", STORED, {})
    first = stubbed(module, NONE, create, there(), diff=True, **CACHED)
    assert first["changed"]
    check = stubbed(module, NONE, check=True, diff=True, **CACHED)
    assert {**check, "invocation": None} == {**first, "invocation": None}
    assert stubbed(module, there(), **CACHED)["changed"] is False


def test_only_what_changes_is_sent_and_what_would_fall_back(stubbed: Stubbed) -> None:
    """The API's documentation says that the mutability is the default where an update leaves it out."""
    update = {"prefix": "cached", "description": "new", "imageTagMutability": "IMMUTABLE"}
    calls = [
        there(description="old", imageTagMutability="IMMUTABLE"),
        ("update_repository_creation_template", update, {}),
        there(description="new", imageTagMutability="IMMUTABLE"),
    ]
    assert stubbed(module, *calls, prefix="cached", description="new")["actions"][0]["settings_changed"] == ["description"]


def test_an_empty_value_takes_a_setting_away(stubbed: Stubbed) -> None:
    full = {
        "description": "d",
        "lifecyclePolicy": '{"rules": []}',
        "repositoryPolicy": json.dumps(POLICY),
        "resourceTags": [{"Key": "a", "Value": "b"}],
        "customRoleArn": ROLE,
    }
    empty = {"description": "", "lifecyclePolicy": "", "repositoryPolicy": "", "resourceTags": [], "customRoleArn": ""}
    update = {"prefix": "cached", "imageTagMutability": "MUTABLE", **empty}
    calls = [there(**full), ("update_repository_creation_template", update, {}), there()]
    cleared = {"description": "", "lifecycle_policy": "", "repository_policy": "", "tags": {}, "custom_role_arn": ""}
    result = stubbed(module, *calls, prefix="cached", **cleared)
    assert result["changed"]
    assert {result["actions"][0]["settings"][name] for name in ("description", "custom_role_arn", "repository_policy")} == {None}
    assert not stubbed(module, there(), prefix="cached", **cleared)["changed"]


def test_who_gains_and_loses_access(stubbed: Stubbed) -> None:
    gained = stubbed(module, NONE, check=True, **CACHED, repository_policy=POLICY)["actions"][0]
    entry = {"principal": SECONDARY, "resource": "*", "condition": "", "actions_gained": ["ecr:BatchGetImage"], "actions_lost": []}
    assert (gained["access_changes"], gained["access_changes_left_out"]) == ([entry], 0)
    lost = stubbed(module, there(repositoryPolicy=json.dumps(POLICY)), check=True, prefix="cached", state="absent")["actions"][0]
    assert [one["actions_lost"] for one in lost["access_changes"]] == [["ecr:BatchGetImage"]]


def test_deleting_what_somebody_else_deletes(stubbed: Stubbed) -> None:
    gone = ("delete_repository_creation_template", {"prefix": "cached"}, ("TemplateNotFoundException", "not there"))
    assert stubbed(module, there(), gone, NONE, prefix="cached", state="absent")["changed"]
    assert not stubbed(module, NONE, prefix="cached", state="absent")["changed"]


REFUSED: Mapping[str, tuple[dict[str, Any], str]] = {
    "prefix": ({"prefix": "Cached"}, "'prefix' is 'Cached'; a prefix has lower case letters"),
    "no scenario": ({"prefix": "cached"}, "'applied_for' is missing: say when repositories are made from the template"),
    "description": ({**CACHED, "description": "d" * 257}, "'description' has 257 characters, 256 are allowed"),
    "filters": ({**CACHED, "image_tag_mutability_exclusion_filters": ["latest"]}, "exactly where"),
    "no filters": ({**CACHED, "image_tag_mutability": "MUTABLE_WITH_EXCLUSION"}, "'image_tag_mutability' is MUTABLE_WITH_EXCLUSION"),
    "six filters": ({**EVERYTHING, "image_tag_mutability_exclusion_filters": list("abcdef")}, "has 6 filters, 5 are allowed"),
    "wrong filter": ({**EVERYTHING, "image_tag_mutability_exclusion_filters": ["a b"]}, "has 'a b'; a filter has 1 to 128 letters"),
    "alias": ({**CACHED, "encryption": {"type": "KMS", "kms_key": "alias/k"}, "custom_role_arn": ROLE}, "the full ARN of a key"),
    "region of the key": ({**EVERYTHING, "region": ELSEWHERE}, f"is a key in {REGION}; it must be in the region of the repositories"),
    "key without KMS": ({**EVERYTHING, "encryption": {"type": "AES256", "kms_key": KEY}}, "goes with the types KMS and KMS_DSSE"),
    "tags without a role": ({**CACHED, "tags": {"a": "b"}}, "tags and encryption with KMS need 'custom_role_arn'"),
    "KMS without a role": ({**CACHED, "encryption": {"type": "KMS_DSSE"}}, "tags and encryption with KMS need 'custom_role_arn'"),
    "tags of a tag": ({**EVERYTHING, "tags": {"a": {"b": "c"}}}, "the tag 'a' is a mapping; a value is text"),
    "tag": ({**EVERYTHING, "tags": {"aws:x": "y"}}, "the tag 'aws:x' begins with 'aws:'"),
    "role elsewhere": (
        {**CACHED, "custom_role_arn": f"arn:aws:iam::{SECONDARY}:role/r"},
        f"is a role of account {SECONDARY}; ECR assumes roles of the registry's own account only, which is {PRIMARY}",
    ),
    "lifecycle JSON": ({**CACHED, "lifecycle_policy": "{"}, "'lifecycle_policy' is not valid JSON"),
    "lifecycle rules": ({**CACHED, "lifecycle_policy": {"rule": []}}, "'lifecycle_policy' has no list of 'rules'"),
    "lifecycle size": ({**CACHED, "lifecycle_policy": {"rules": ["r" * 31_000]}}, "30,720 are allowed"),
    "policy JSON": ({**CACHED, "repository_policy": "{"}, "not valid JSON"),
    "policy action": (
        {**CACHED, "repository_policy": {"Statement": [{**TEAM, "Action": "ecr:GetAuthorizationToken"}]}},
        "statement Team: the action ecr:GetAuthorizationToken is not about a repository",
    ),
    "public": ({**CACHED, "repository_policy": {"Statement": [{**TEAM, "Principal": "*"}]}}, "statement Team allows everyone"),
    "stranger": ({**CACHED, "repository_policy": POLICY, "allowed_accounts": [OTHER]}, f"statement Team allows {SECONDARY}, outside of"),
    "stranger by grant": (
        {**CACHED, "grants": [grant("g", "pull", SECONDARY, ["*"])], "allowed_accounts": [OTHER]},
        f"allows {SECONDARY}, outside of 'allowed_accounts'",
    ),
    "size": (
        {**CACHED, "grants": [grant("g", "pull", [str(10**11 + at) for at in range(700)], ["*"])]},
        "10,240 are allowed; grant to whole accounts",
    ),
    "short Sids": ({**CACHED, "grants": [], "sid_prefix": "X"}, "it must be at least 3 letters or digits"),
    "account": ({**CACHED, "account_id": OTHER}, f"'account_id' is {OTHER}"),
    "both": ({**CACHED, "grants": [], "repository_policy": POLICY}, "mutually exclusive"),
    "workers": ({**CACHED, "workers": 0}, "'workers' must be at least 1"),
}


#: Those that depend on what is there.
WHEN_NEW = (
    *("no scenario", "filters", "no filters", "key without KMS", "tags without a role", "KMS without a role"),
    *("stranger by grant", "size"),
)


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(stubbed: Stubbed, case: str) -> None:
    """Nearly all of it before anything is asked; the rest when it is known that there is no such template."""
    options, words = REFUSED[case]
    result = stubbed(module, *([NONE] if case in WHEN_NEW else []), **options)
    assert result["failed"]
    assert words in result["msg"]
    assert not result.get("changed")
