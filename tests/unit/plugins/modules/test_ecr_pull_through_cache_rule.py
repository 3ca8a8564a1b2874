# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of ecr_pull_through_cache_rule, and what it refuses before any of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.modules import ecr_pull_through_cache_rule as module

from .conftest import ACCOUNT as PRIMARY
from .conftest import REGION, Stubbed

SECONDARY, ELSEWHERE = "444455556666", "eu-central-1"
UPSTREAM = f"{SECONDARY}.dkr.ecr.{ELSEWHERE}.amazonaws.com"
ROLE = f"arn:aws:iam::{PRIMARY}:role/cache"
#: A rule for an ECR upstream of another account.
SHARED: dict[str, Any] = {
    "ecr_repository_prefix": "shared",
    "upstream_ecr": {"account": SECONDARY, "region": ELSEWHERE},
    "custom_role_arn": ROLE,
}
STORED = {
    "ecrRepositoryPrefix": "shared",
    "upstreamRegistry": "ecr",
    "upstreamRegistryUrl": UPSTREAM,
    "upstreamRepositoryPrefix": "ROOT",
    "customRoleArn": ROLE,
}
NAMED = {"ecrRepositoryPrefix": "shared"}
DESCRIBE = ("describe_pull_through_cache_rules", {"ecrRepositoryPrefixes": ["shared"]})
NONE = (*DESCRIBE, ("PullThroughCacheRuleNotFoundException", "not there"))
THERE = (*DESCRIBE, {"pullThroughCacheRules": [STORED]})
VALIDATE = ("validate_pull_through_cache_rule", NAMED)


def test_the_calls_of_a_first_and_of_a_second_run(stubbed: Stubbed) -> None:
    create = ("create_pull_through_cache_rule", STORED, STORED)
    first = stubbed(module, NONE, create, THERE, diff=True, **SHARED)
    assert (first["changed"], first["actions"][0]["validation"]) == (True, None)
    check = stubbed(module, NONE, check=True, diff=True, **SHARED)
    assert {**check, "invocation": None} == {**first, "invocation": None}
    assert stubbed(module, THERE, **SHARED)["changed"] is False


def test_only_the_role_is_sent_when_only_it_changes(stubbed: Stubbed) -> None:
    new = f"{ROLE}-new"
    update = ("update_pull_through_cache_rule", {**NAMED, "customRoleArn": new}, NAMED)
    after = (*DESCRIBE, {"pullThroughCacheRules": [{**STORED, "customRoleArn": new}]})
    assert stubbed(module, THERE, update, after, ecr_repository_prefix="shared", custom_role_arn=new)["changed"]


def replacement(after: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """The calls by which the rule becomes another one."""
    return [
        THERE,
        ("delete_pull_through_cache_rule", NAMED, NAMED),
        NONE,
        ("create_pull_through_cache_rule", after, after),
        (*DESCRIBE, {"pullThroughCacheRules": [after]}),
    ]


def test_a_replacement_deletes_and_creates(stubbed: Stubbed) -> None:
    changed = {**STORED, "upstreamRepositoryPrefix": "base"}
    result = stubbed(module, *replacement(changed), ecr_repository_prefix="shared", upstream_repository_prefix="base", replace=True)
    assert result["actions"][0]["replaced"]


def test_another_kind_of_upstream_takes_nothing_of_the_old_one_along(stubbed: Stubbed) -> None:
    quay = {**NAMED, "upstreamRegistry": "quay", "upstreamRegistryUrl": "quay.io"}
    result = stubbed(module, *replacement(quay), ecr_repository_prefix="shared", upstream_registry="quay", replace=True)
    assert result["actions"][0]["settings_changed"] == [
        *("custom_role_arn", "upstream_registry", "upstream_registry_url", "upstream_repository_prefix"),
    ]
    refused = stubbed(module, THERE, ecr_repository_prefix="shared", upstream_registry="quay")
    assert 'upstream_registry is "ecr" and shall be "quay"' in refused["msg"]
    assert "'replace: true' deletes it and creates it again" in refused["msg"]


def test_a_rule_without_a_prefix_upstream_is_about_all_of_it(stubbed: Stubbed) -> None:
    shown = {name: value for name, value in STORED.items() if name != "upstreamRepositoryPrefix"}
    result = stubbed(module, (*DESCRIBE, {"pullThroughCacheRules": [shown]}), **SHARED)
    assert not result["changed"] and result["actions"][0]["settings"]["upstream_repository_prefix"] == "ROOT"


def test_deleting_what_is_not_there(stubbed: Stubbed) -> None:
    assert not stubbed(module, NONE, ecr_repository_prefix="shared", state="absent")["changed"]
    gone = ("delete_pull_through_cache_rule", NAMED, ("PullThroughCacheRuleNotFoundException", "not there"))
    assert stubbed(module, THERE, gone, NONE, ecr_repository_prefix="shared", state="absent")["changed"]


def test_a_full_registry_is_asked_once(stubbed: Stubbed) -> None:
    """botocore takes LimitExceededException for throttling, and would repeat the call."""
    full = ("create_pull_through_cache_rule", STORED, ("LimitExceededException", "service limit"))
    result = stubbed(module, NONE, full, **SHARED)
    assert "the registry is full: it has 50 rules, which AWS does not raise" in result["msg"]
    assert result["actions"][0]["error"]["code"] == "LimitExceededException"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("SecretNotFoundException", "there is no secret 'credential_arn'; create it, or correct the ARN"),
        ("UnableToDecryptSecretValueException", "ECR reads only secrets with the key aws/secretsmanager, and 'credential_arn' has another"),
    ],
)
def test_what_to_do_about_a_secret(stubbed: Stubbed, code: str, words: str) -> None:
    secret = f"arn:aws:secretsmanager:{REGION}:{PRIMARY}:secret:ecr-pullthroughcache/x-AbCdEf"
    sent = {**NAMED, "upstreamRegistry": "docker-hub", "upstreamRegistryUrl": "registry-1.docker.io", "credentialArn": secret}
    create = ("create_pull_through_cache_rule", sent, (code, "It is so."))
    result = stubbed(module, NONE, create, ecr_repository_prefix="shared", upstream_registry="docker-hub", credential_arn=secret)
    assert words in result["msg"] and result["actions"][0]["error"]["code"] == code


def test_an_unchanged_rule_is_validated_also_in_check_mode(stubbed: Stubbed) -> None:
    invalid = (*VALIDATE, {"isValid": False, "failure": "cannot assume the role"})
    result = stubbed(module, THERE, invalid, check=True, validate=True, **SHARED)
    assert result["actions"][0]["validation"] == {"valid": False, "failure": "cannot assume the role"}
    assert "the rule is there, but not valid: cannot assume the role; check that the role" in result["msg"]
    assert result["changed"] is False
    valid = stubbed(module, THERE, (*VALIDATE, {"isValid": True}), check=True, validate=True, **SHARED)
    assert valid["actions"][0]["validation"] == {"valid": True, "failure": None}


def test_a_rule_that_would_be_written_is_not_validated_in_check_mode(stubbed: Stubbed) -> None:
    assert stubbed(module, NONE, check=True, validate=True, **SHARED)["actions"][0]["validation"] is None


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"upstreamRegistryUrl": "quay.io"}, "check that quay.io can be reached"),
        (
            {
                "upstreamRegistryUrl": "ghcr.io",
                "credentialArn": f"arn:aws:secretsmanager:{REGION}:{PRIMARY}:secret:ecr-pullthroughcache/x-AbCdEf",
            },
            "check that username and accessToken in the secret",
        ),
        ({**STORED, "upstreamRegistryUrl": UPSTREAM.replace(SECONDARY, PRIMARY), "customRoleArn": None}, "lets the role's account fetch"),
    ],
)
def test_what_to_do_about_a_rule_that_is_not_valid(stubbed: Stubbed, stored: dict[str, Any], words: str) -> None:
    shown = {**NAMED, **{name: value for name, value in stored.items() if value}}
    calls = [(*DESCRIBE, {"pullThroughCacheRules": [shown]}), (*VALIDATE, {"isValid": False})]
    result = stubbed(module, *calls, validate=True, wait_timeout=0, ecr_repository_prefix="shared")
    assert f"not valid: ECR does not say why; {words}" in result["msg"] or words in result["msg"]


REFUSED: Mapping[str, tuple[dict[str, Any], str]] = {
    "no prefix": ({"rules": [{"upstream_registry": "quay"}]}, "rules[0]: 'ecr_repository_prefix' is missing"),
    "short prefix": ({"ecr_repository_prefix": "a", "upstream_registry": "quay"}, "a prefix has 2 to 30 characters"),
    "long prefix": ({"ecr_repository_prefix": "a" * 31, "upstream_registry": "quay"}, "a prefix has 2 to 30 characters"),
    "pattern": ({"ecr_repository_prefix": "pay/*", "upstream_registry": "quay"}, "without a pattern"),
    "upper case": ({"ecr_repository_prefix": "Quay", "upstream_registry": "quay"}, "lower case letters"),
    "upstream prefix": ({**SHARED, "upstream_repository_prefix": "-x"}, "'upstream_repository_prefix' is '-x'"),
    "root": ({**SHARED, "ecr_repository_prefix": "ROOT", "upstream_repository_prefix": "base"}, "it must be ROOT, too"),
    "twice": (
        {"rules": [{"ecr_repository_prefix": "aa", "upstream_registry": "quay"}, {"ecr_repository_prefix": "aa/", "regions": [REGION]}]},
        f"the prefix 'aa' is given twice in {REGION}",
    ),
    "no upstream": ({"ecr_repository_prefix": "new"}, "say which upstream it has"),
    "unknown host": ({"ecr_repository_prefix": "new", "upstream_registry_url": "https://quay.io"}, "without https://"),
    "which azure": ({"ecr_repository_prefix": "new", "upstream_registry": "azure-container-registry"}, "NAME.azurecr.io"),
    "which ecr": ({"ecr_repository_prefix": "new", "upstream_registry": "ecr"}, "give 'upstream_ecr'"),
    "another kind": (
        {"ecr_repository_prefix": "new", "upstream_registry": "quay", "upstream_registry_url": "ghcr.io"},
        "which is no quay but github-container-registry",
    ),
    "number": (
        {"ecr_repository_prefix": "new", "upstream_ecr": {"account": 444455556666, "region": REGION}},
        "'upstream_ecr.account' is 444455556666; an account id has 12 digits and is written in quotes",
    ),
    "no region": (
        {"ecr_repository_prefix": "new", "upstream_ecr": {"account": SECONDARY, "region": "eu-west"}},
        "'upstream_ecr.region' is 'eu-west', which is no region",
    ),
    "no credential": ({"ecr_repository_prefix": "hub", "upstream_registry": "docker-hub"}, "lets nobody in without a credential"),
    "credential of nobody": (
        {
            "ecr_repository_prefix": "new",
            "upstream_registry": "quay",
            "credential_arn": f"arn:aws:secretsmanager:{REGION}:{PRIMARY}:secret:ecr-pullthroughcache/x-AbCdEf",
        },
        "ECR takes no credential for quay.io, which needs none",
    ),
    "name of the secret": (
        {
            "ecr_repository_prefix": "hub",
            "upstream_registry": "docker-hub",
            "credential_arn": f"arn:aws:secretsmanager:{REGION}:{PRIMARY}:secret:hub-AbCdEf",
        },
        "a secret whose name begins with ecr-pullthroughcache/",
    ),
    "region of the secret": (
        {
            "ecr_repository_prefix": "hub",
            "upstream_registry": "docker-hub",
            "credential_arn": f"arn:aws:secretsmanager:{ELSEWHERE}:{PRIMARY}:secret:ecr-pullthroughcache/x-AbCdEf",
        },
        f"it must be in the account and region of the rule, {PRIMARY} in {REGION}",
    ),
    "account of the role": (
        {**SHARED, "custom_role_arn": f"arn:aws:iam::{SECONDARY}:role/cache"},
        f"is a role of account {SECONDARY}; ECR assumes roles of the registry's own account only, which is {PRIMARY}",
    ),
    "no role": ({**SHARED, "custom_role_arn": "cache"}, "is 'cache', which is not the ARN of a role"),
    "role is missing": (
        {key: value for key, value in SHARED.items() if key != "custom_role_arn"},
        f"is in another account; give 'custom_role_arn', a role of account {PRIMARY}",
    ),
    "role of nobody": (
        {"ecr_repository_prefix": "new", "upstream_registry": "quay", "custom_role_arn": ROLE},
        "only an ECR upstream has one, and quay.io is none",
    ),
    "itself": (
        {"ecr_repository_prefix": "new", "upstream_ecr": {"account": PRIMARY, "region": REGION}},
        "is the registry itself",
    ),
    "partition": (
        {**SHARED, "upstream_ecr": {"account": SECONDARY, "region": "cn-north-1"}},
        "is in another partition than eu-west-1",
    ),
    "account": ({**SHARED, "account_id": SECONDARY}, f"the credentials are those of account {PRIMARY}, but 'account_id' is {SECONDARY}"),
    "flat and list": ({**SHARED, "rules": []}, "mutually exclusive"),
    "two upstreams": ({**SHARED, "upstream_registry_url": "quay.io"}, "mutually exclusive"),
    "nothing": ({}, "one of the following is required: ecr_repository_prefix, rules"),
    "all regions of a rule": (
        {"rules": [{"ecr_repository_prefix": "aa", "upstream_registry": "quay", "regions": ["all"]}]},
        "'regions' must name the regions",
    ),
}


#: Those that depend on what is there.
WHEN_NEW = (*("root", "no upstream", "no credential", "credential of nobody", "role is missing", "role of nobody", "itself", "partition"),)


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(stubbed: Stubbed, case: str) -> None:
    """Nearly all of it before anything is asked; the rest when it is known that there is no such rule."""
    options, words = REFUSED[case]
    prefix = options.get("ecr_repository_prefix", "aa").removesuffix("/")
    describe = ("describe_pull_through_cache_rules", {"ecrRepositoryPrefixes": [prefix]}, ("PullThroughCacheRuleNotFoundException", "-"))
    result = stubbed(module, *([describe] if case in WHEN_NEW else []), **options)
    assert result["failed"]
    assert words in result["msg"]
    assert not result.get("changed")
