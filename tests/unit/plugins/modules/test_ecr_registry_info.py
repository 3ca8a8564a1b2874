# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of ecr_registry_info, and how it stays bounded."""

from __future__ import annotations

from typing import Any

from ansible_collections.crossaccount.registry.plugins.modules import ecr_registry_info as module

from .conftest import ACCOUNT, REGION, Stubbed

PAGE = {"maxResults": 100}
RULE = {"ecrRepositoryPrefix": "k8s", "upstreamRegistryUrl": "registry.k8s.io"}


def rules(*found: dict[str, Any]) -> tuple[str, Any, Any]:
    return ("describe_pull_through_cache_rules", PAGE, {"pullThroughCacheRules": list(found)})


def templates(*found: dict[str, Any]) -> tuple[str, Any, Any]:
    return ("describe_repository_creation_templates", PAGE, {"repositoryCreationTemplates": list(found)})


def setting(name: str, answer: Any) -> tuple[str, Any, Any]:
    return ("get_account_setting", {"name": name}, answer)


def test_each_part_is_one_call_and_trouble_with_one_leaves_the_others(stubbed: Stubbed) -> None:
    result = stubbed(
        module,
        rules(RULE),
        templates(),
        setting("BASIC_SCAN_TYPE_VERSION", {"value": "AWS_NATIVE"}),
        setting("BLOB_MOUNTING", ("InvalidParameterException", "unknown")),
        setting("REGISTRY_POLICY_SCOPE", {"value": "V2"}),
        ("get_registry_policy", {}, ("AccessDeniedException", "not authorized")),
        ("describe_registry", {}, {"replicationConfiguration": {"rules": []}}),
    )
    (registry,) = result["registries"]
    assert registry["unread"] == [
        {
            "part": "registry_policy",
            "message": "GetRegistryPolicy: AccessDeniedException: not authorized",
            "code": "AccessDeniedException",
            "request_id": None,
        }
    ]
    assert (registry["account"], registry["region"]) == (ACCOUNT, REGION)
    assert registry["account_settings"] == {"BASIC_SCAN_TYPE_VERSION": "AWS_NATIVE", "BLOB_MOUNTING": None, "REGISTRY_POLICY_SCOPE": "V2"}
    assert registry["pull_through_cache_rules"][0]["upstream_registry"] == "k8s"
    assert registry["registry_policy"] is None


def test_validation_tells_what_aws_says_and_what_went_wrong(stubbed: Stubbed) -> None:
    asked = ("validate_pull_through_cache_rule", {"ecrRepositoryPrefix": "k8s"})
    options: dict[str, Any] = {"include": ["pull_through_cache_rules"], "validate": True}
    for answer, validation in (
        ({"isValid": True}, {"valid": True, "failure": None}),
        ({"isValid": False, "failure": "cannot reach it"}, {"valid": False, "failure": "cannot reach it"}),
        (("ServerException", "no"), {"valid": None, "failure": "ValidatePullThroughCacheRule: ServerException: no"}),
    ):
        result = stubbed(module, rules(RULE), (*asked, answer), **options)
        assert result["registries"][0]["pull_through_cache_rules"][0]["validation"] == validation


def test_the_result_stays_bounded(stubbed: Stubbed) -> None:
    """AWX replaces results of more than 700,000 characters by nothing."""
    large = [{"prefix": f"team-{at}", "repositoryPolicy": "x" * 10_000, "appliedFor": ["REPLICATION"]} for at in range(100)]
    result = stubbed(module, templates(*large), include=["repository_creation_templates"])
    assert 0 < len(str(result)) < 700_000
    assert len(result["registries"][0]["repository_creation_templates"]) + result["left_out"] == 100
    assert result["left_out"] > 0
