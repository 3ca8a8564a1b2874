# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pull-through caches: what each account does for a declaration, and what no cache may say."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._caches import CACHE_SID_PREFIX, cache_plan, read_caches
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._grants import SID_PREFIX

PRIMARY, SECONDARY, OTHER = "111122223333", "444455556666", "777788889999"
UP, DOWN = "eu-west-1", "us-east-1"
CACHED = f"arn:aws:ecr:{DOWN}:{SECONDARY}:repository/platform/*"
FETCH = {"ecr:BatchGetImage", "ecr:BatchImportUpstreamImage", "ecr:GetDownloadUrlForLayer", "ecr:GetImageCopyStatus"}
STORE = {"ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"}
PULL = {"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
FILL = {"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}


def entry(**fields: Any) -> dict[str, Any]:
    """A cache as somebody writes it; fields of a side are added to that side."""
    sides = {
        "upstream": {"account": PRIMARY, "region": UP, "repository_prefix": "base"},
        "downstream": {"account": SECONDARY, "regions": [DOWN], "repository_prefix": "platform", "role": "ecr-cache"},
    }
    merged = {name: {**sides[name], **fields.pop(name, {})} for name in sides}
    return {"name": "platform", **merged, **fields}


def plan(account: str, *entries: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return cache_plan(read_caches(entries or [entry(**fields)]), account)


def actions(statement: dict[str, Any]) -> set[str]:
    return set(statement["Action"])


def test_upstream_lets_in_the_role_and_nobody_else() -> None:
    found = plan(PRIMARY)
    (one,), (repositories,) = found.pop("upstream"), found.pop("upstream_repositories")
    assert not any(found.values())
    assert (repositories["state"], repositories["cached"], repositories["repositories"]) == ("absent", True, ["base/*"])
    (statement,) = one["statements"]
    assert (one["region"], one["state"], one["sids"]) == (UP, "present", [])
    assert statement["Principal"] == {"AWS": [SECONDARY]}
    assert statement["Condition"] == {"ArnEquals": {"aws:PrincipalArn": [f"arn:aws:iam::{SECONDARY}:role/ecr-cache"]}}
    assert statement["Resource"] == [f"arn:aws:ecr:{UP}:{PRIMARY}:repository/base/*"]
    assert actions(statement) == FETCH


def test_upstream_may_let_in_the_account() -> None:
    (statement,) = plan(PRIMARY, upstream={"allow": "account", "repository_prefix": None})["upstream"][0]["statements"]
    assert "Condition" not in statement and statement["Principal"] == {"AWS": [SECONDARY]}
    assert statement["Resource"] == [f"arn:aws:ecr:{UP}:{PRIMARY}:repository/*"]


def test_upstream_may_let_in_by_the_policies_of_its_repositories() -> None:
    """What one kind of policy has, the other one has not, so that a change of scope leaves nothing behind."""
    found = plan(PRIMARY, upstream={"scope": "repository"})
    (registry,), (one,) = found["upstream"], found["upstream_repositories"]
    (statement,) = one["statements"]
    assert (one["regions"], one["repositories"], one["state"]) == ([UP], ["base/*"], "present")
    assert actions(statement) == FETCH and "Resource" not in statement and statement["Sid"] == "CrossaccountCachePlatformUpstreamRoles"
    assert (registry["state"], registry["statements"]) == ("absent", []) and statement["Sid"] in registry["sids"]
    assert plan(PRIMARY, upstream={"scope": "registry"}) == plan(PRIMARY)
    assert statement["Sid"] in plan(PRIMARY)["upstream_repositories"][0]["sids"]


def test_a_template_is_for_caches_and_may_be_for_more() -> None:
    settings = {"image_tag_mutability": "IMMUTABLE_WITH_EXCLUSION", "image_tag_mutability_exclusion_filters": ["latest"]}
    (one,) = plan(SECONDARY, template=settings)["templates"]
    assert one["settings"] == {**settings, "applied_for": ["PULL_THROUGH_CACHE"]}
    both = ["PULL_THROUGH_CACHE", "REPLICATION"]
    assert plan(SECONDARY, template={"applied_for": both})["templates"][0]["settings"]["applied_for"] == both


def test_one_account_needs_no_policy_upstream() -> None:
    found = plan(SECONDARY, upstream={"account": SECONDARY})
    assert found["upstream"] == []
    assert plan(SECONDARY, upstream={"account": SECONDARY}, downstream={"role": None})["roles"] == []


def test_the_role_has_what_is_documented_and_no_more() -> None:
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html"""
    (role,) = plan(SECONDARY)["roles"]
    login, fetch, store = role["statements"]
    assert actions(login) | actions(fetch) | actions(store) == FETCH | STORE | {"ecr:GetAuthorizationToken"}
    assert login["Resource"] == "*"
    assert fetch["Resource"] == [f"arn:aws:ecr:{UP}:{PRIMARY}:repository/base/*"]
    assert store["Resource"] == [CACHED] and actions(store) == STORE | {"ecr:BatchImportUpstreamImage"}
    assert role["trusted"] == [{"sid": "CrossaccountCachePlatformTrust", "service": "pullthroughcache.ecr.amazonaws.com"}]
    (careful,) = plan(SECONDARY, downstream={"require_source_account": True})["roles"]
    assert careful["trusted"][0]["source_account"] == SECONDARY


def test_the_role_may_have_a_path_or_an_arn() -> None:
    for role in ("caches/platform", f"arn:aws:iam::{SECONDARY}:role/caches/platform"):
        found = plan(SECONDARY, downstream={"role": role})
        assert found["roles"][0]["role"] == "caches/platform"
        assert found["rules"][0]["rule"]["custom_role_arn"] == f"arn:aws:iam::{SECONDARY}:role/caches/platform"


def test_the_rule() -> None:
    (one,) = plan(SECONDARY)["rules"]
    assert one["rule"] == {
        "ecr_repository_prefix": "platform",
        "regions": [DOWN],
        "upstream_ecr": {"account": PRIMARY, "region": UP},
        "upstream_repository_prefix": "base",
        "custom_role_arn": f"arn:aws:iam::{SECONDARY}:role/ecr-cache",
    }


def test_a_registry_of_somebody_else() -> None:
    secret = f"arn:aws:secretsmanager:{DOWN}:{SECONDARY}:secret:ecr-pullthroughcache/hub-a"
    cache = {**entry(downstream={"role": None}), "upstream": {"registry": "docker-hub", "credential_arn": secret}}
    found = plan(SECONDARY, cache)
    assert found["rules"][0]["rule"] == {
        "ecr_repository_prefix": "platform",
        "regions": [DOWN],
        "upstream_registry": "docker-hub",
        "credential_arn": secret,
    }
    assert found["roles"] == found["upstream"] == []


PULLERS = [
    {"account": SECONDARY, "roles": ["app"]},
    {"account": OTHER, "roles": ["shop"]},
    {"account": OTHER, "users": ["ci"], "first_pull": True},
]


def test_pullers() -> None:
    """In the account of the cache everybody may fill it; elsewhere who is allowed to, on both sides."""
    here, there = plan(SECONDARY, pullers=PULLERS), plan(OTHER, pullers=PULLERS)
    assert [(one["roles"], one["users"]) for one in here["pullers"] + there["pullers"]] == [(["app"], []), (["shop"], []), ([], ["ci"])]
    gained = [actions(one["statements"][1]) for one in here["pullers"] + there["pullers"]]
    assert gained == [PULL | FILL, PULL, PULL | FILL]
    assert all(one["statements"][1]["Resource"] == [CACHED] for one in here["pullers"] + there["pullers"])
    (statement,) = here["templates"][0]["repository_policy"]["Statement"]
    everybody = [f"arn:aws:iam::{OTHER}:role/shop", f"arn:aws:iam::{OTHER}:user/ci"]
    assert (actions(statement), statement["Condition"]) == (PULL, {"ArnEquals": {"aws:PrincipalArn": everybody}})
    assert here["cached"][0]["statements"] == [statement]
    (first,) = here["registry"][0]["statements"]
    assert (actions(first), first["Resource"]) == (PULL | FILL, [CACHED])
    assert first["Condition"] == {"ArnEquals": {"aws:PrincipalArn": everybody[1:]}}


def test_tags_of_the_template_are_made_by_who_pulls_first() -> None:
    found = plan(SECONDARY, pullers=PULLERS, template={"tags": {"team": "platform"}})
    assert actions(found["pullers"][0]["statements"][1]) == PULL | FILL | {"ecr:TagResource"}
    assert "ecr:TagResource" in actions(found["registry"][0]["statements"][0])


def test_a_puller_that_shall_go() -> None:
    left = [PULLERS[0], {**PULLERS[1], "state": "absent"}]
    assert plan(SECONDARY, pullers=left)["templates"][0]["repository_policy"] == ""
    (one,) = plan(OTHER, pullers=left)["pullers"]
    assert (one["state"], one["statements"]) == ("absent", [])
    assert one["sids"] == ["CrossaccountCachePlatformPull", "CrossaccountCachePlatformPullLogin"]


def test_all_that_is_written_is_removed_by_its_sids() -> None:
    """Every Sid of a cache that is there is one of those that go with it, and none belongs to grants."""
    for account in (PRIMARY, SECONDARY, OTHER):
        there, gone = plan(account, pullers=PULLERS), plan(account, pullers=PULLERS, state="absent")
        for part in ("upstream", "roles", "cached", "registry", "pullers"):
            for one, left in zip(there[part], gone[part], strict=True):
                sids = {statement["Sid"] for statement in one["statements"]}
                assert sids <= set(left["sids"]) and left["state"] == "absent" and left["statements"] == []
                assert all(sid.startswith(CACHE_SID_PREFIX) and not sid.startswith(SID_PREFIX) for sid in left["sids"])
    assert plan(SECONDARY, state="absent")["rules"][0]["rule"] == {"ecr_repository_prefix": "platform", "regions": [DOWN]}


def test_the_partition_is_that_of_the_regions() -> None:
    found = plan(SECONDARY, upstream={"region": "cn-north-1"}, downstream={"regions": ["cn-northwest-1"]})
    assert found["rules"][0]["rule"]["custom_role_arn"].startswith("arn:aws-cn:iam::")
    assert found["roles"][0]["statements"][2]["Resource"][0].startswith("arn:aws-cn:ecr:cn-northwest-1:")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "no name"}, "cache 'no name': name must be letters"),
        ({"state": "gone"}, "cache 'platform': state is 'gone', it must be present or absent"),
        ({"upstream": {"account": 111122223333}}, "cache 'platform': upstream: account is the number 111122223333; write it in quotes"),
        ({"upstream": {"region": None}}, "cache 'platform': upstream: region is missing"),
        ({"upstream": {"region": "eu-west"}}, "upstream: region: 'eu-west' is no region"),
        ({"upstream": {"registry": "hub"}}, "upstream: registry is 'hub', it must be one of: ecr, "),
        ({"upstream": {"registry": "quay"}}, "upstream: account is that of an ECR registry, and quay is none; leave it out"),
        ({"upstream": {"url": "ghcr.io"}}, "upstream: url has no meaning for an ECR registry"),
        ({"upstream": {"allow": "all"}}, "upstream: allow is 'all', it must be role or account"),
        ({"upstream": {"scope": "all"}}, "upstream: scope is 'all', it must be registry or repository"),
        ({"upstream": {"repository_prefix": "base/*"}}, "upstream: 'repository_prefix' is 'base/*'; a prefix has lower case"),
        ({"upstream": {"region": "cn-north-1"}}, "upstream: region 'cn-north-1' is in another partition of AWS than 'us-east-1'"),
        ({"upstream": {"account": SECONDARY, "region": DOWN}}, "upstream is the registry of the cache itself in us-east-1"),
        ({"downstream": {"repository_prefix": "ROOT"}}, "upstream: repository_prefix is 'base'; where that of downstream is ROOT"),
        ({"template": {"applied_for": ["REPLICATION"]}}, "template: applied_for lacks PULL_THROUGH_CACHE"),
        ({"downstream": {"account": "1"}}, "downstream: account is '1', an account id has 12 digits"),
        ({"downstream": {"regions": []}}, "downstream: regions is missing"),
        ({"downstream": {"regions": DOWN}}, f"downstream: regions is '{DOWN}', it must be a list; write [{DOWN}] for one region"),
        ({"downstream": {"role": None}}, "downstream: role is missing; an upstream in another account needs one"),
        ({"downstream": {"role": f"arn:aws:iam::{PRIMARY}:role/a"}}, f"is no role of the account {SECONDARY}"),
        ({"downstream": {"role": "ecr-*"}}, "downstream: role: 'ecr-*' is a pattern, which no principal can be; name each of them"),
        ({"downstream": {"repository_prefix": "a"}}, "downstream: 'repository_prefix' is 'a'; a prefix has 2 to 30 characters"),
        ({"downstream": {"repository_prefix": None}}, "downstream: repository_prefix is missing"),
        ({"downstream": {"repository_prefix": 2024}}, "downstream: repository_prefix is 2024, it must be text; write it in quotes"),
        ({"puller": []}, "cache 'platform': unknown field puller; known are name, state, upstream"),
        ({"upstream": {"prefix": "base"}}, "cache 'platform': upstream: unknown field prefix; known are account, region"),
        ({"downstream": {"region": DOWN}}, "cache 'platform': downstream: unknown field region; known are account, regions"),
        ({"template": {"repository_policy": {}}}, "cache 'platform': template: unknown field repository_policy; known are applied_for"),
        ({"pullers": [{"account": OTHER, "first_pull": True}]}, "pullers[0]: first_pull is for roles and users"),
        ({"pullers": [{"account": OTHER, "roles": []}]}, "pullers[0]: roles is empty"),
        ({"pullers": [PULLERS[0], PULLERS[0]]}, f"pullers: arn:aws:iam::{SECONDARY}:role/app is there twice"),
    ],
)
def test_what_no_cache_may_say(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(RegistryError) as refused:
        read_caches([entry(**fields)])
    assert words in str(refused.value)


def test_a_refusal_says_it_once() -> None:
    """Ansible shows an error with its causes."""
    with pytest.raises(RegistryError) as refused:
        read_caches([entry(upstream={"account": 111122223333})])
    assert refused.value.__cause__ is None


def test_what_no_declaration_may_say() -> None:
    public = {**entry(), "upstream": {"registry": "quay"}}
    for declaration, words in (
        ("platform", "caches must be a list of caches, not str"),
        ([None], "cache #1 is no mapping"),
        ([{"name": "a"}], "cache 'a': upstream is missing"),
        ([public], "downstream: role 'ecr-cache' has no meaning, because the upstream is no ECR registry"),
        ([entry(), entry()], "cache 'platform': the name gives the same Sids as 'platform'"),
        ([entry(), entry(name="other")], f"cache 'other': the prefix 'platform' in {DOWN} is that of 'platform', too"),
    ):
        with pytest.raises(RegistryError) as refused:
            read_caches(declaration)
        assert words in str(refused.value)
