# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of ecr_replication_configuration, and what it refuses before any write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.replication_rules import merged
from ansible_collections.crossaccount.registry.plugins.modules import ecr_replication_configuration as module

from .conftest import ACCOUNT as PRIMARY
from .conftest import REGION, Stubbed

SECONDARY, OTHER = "444455556666", "777788889999"
MIRROR: dict[str, Any] = {"destinations": [{"account": SECONDARY, "region": REGION}], "repository_filters": ["payments/"]}
STORED: dict[str, Any] = {
    "destinations": [{"registryId": SECONDARY, "region": REGION}],
    "repositoryFilters": [{"filter": "payments/", "filterType": "PREFIX_MATCH"}],
}
TEAM: dict[str, Any] = {"destinations": [{"registryId": OTHER, "region": REGION}], "deleteReplication": {"enabled": True}}


def grant(name: str, access: str, to: str, repositories: list[str], account: str) -> dict[str, Any]:
    registry = {"account": account, "regions": [REGION]}
    return {"name": name, "registry": registry, "repositories": repositories, "access": access, "to": [{"account": to}]}


def configuration(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"replicationConfiguration": {"rules": list(rules)}}


def there(*rules: dict[str, Any]) -> tuple[str, Any, Any]:
    return ("describe_registry", {}, configuration(*rules))


def put(*rules: dict[str, Any]) -> tuple[str, Any, Any]:
    return ("put_replication_configuration", configuration(*rules), configuration(*rules))


@pytest.mark.parametrize("option", ["rules", "grants"])
def test_an_empty_template_does_not_mean_no_rules(stubbed: Stubbed, option: str) -> None:
    result = stubbed(module, state="exact", **{option: None})
    assert result["failed"] and "nothing says which rules: give 'rules' or 'grants'" in result["msg"]


def test_it_is_read_again_right_before_it_is_written(stubbed: Stubbed) -> None:
    result = stubbed(module, there(), there(TEAM), put(TEAM, STORED), there(TEAM, STORED), rules=[MIRROR])
    assert result["changed"]
    assert not stubbed(module, there(TEAM, STORED), rules=[MIRROR])["changed"]


def test_check_mode_only_reads(stubbed: Stubbed) -> None:
    result = stubbed(module, there(TEAM), check=True, diff=True, rules=[MIRROR])
    assert [rule["delete_replication"] for rule in result["actions"][0]["settings"]["rules"]] == [True, False]
    assert result["diff"][0]["before_header"] == f"replication configuration of {PRIMARY} {REGION} registry"


def test_what_only_newer_versions_have_stays(stubbed: Stubbed) -> None:
    """A rule of somebody else goes back as it came, also what this collection does not know."""
    kept = {"destinations": [{"region": REGION, "account": OTHER}], "repository_filters": [], "delete_replication": False, "novelty": 1}
    assert merged([kept], [MIRROR], "present")[0] == kept
    assert stubbed(module, there(TEAM), check=True, rules=[])["changed"] is False


def test_rules_are_found_by_what_they_say() -> None:
    first = {**MIRROR, "delete_replication": True}
    again = {"destinations": MIRROR["destinations"] * 2, "repository_filters": ["payments/"]}
    assert merged([first], [again], "present") == [first]
    assert merged([first, first], [MIRROR], "present") == [first]
    assert merged([first], [{**MIRROR, "repository_filters": ["a-"]}], "present")[0] == first
    assert merged([first], [again], "absent") == []
    assert merged([first, {**MIRROR, "repository_filters": []}], [MIRROR], "exact") == [first]


MANY = [{"account": str(10**11 + at), "region": REGION} for at in range(101)]
REFUSED: Mapping[str, tuple[dict[str, Any], str]] = {
    "itself": ({"rules": [{"destinations": [{"account": PRIMARY, "region": REGION}]}]}, "a destination is the registry itself"),
    "partition": ({"rules": [{"destinations": [{"account": SECONDARY, "region": "cn-north-1"}]}]}, "is in another partition"),
    "number": (
        {"rules": [{"destinations": [{"account": 444455556666, "region": REGION}]}]},
        "rules[0]: destinations: 'account' is 444455556666",
    ),
    "region": (
        {"rules": [{"destinations": [{"account": SECONDARY, "region": "eu_west_1"}]}]},
        "rules[0]: destinations: 'eu_west_1' is no region",
    ),
    "no region": ({"rules": [{"destinations": [{"account": SECONDARY, "region": ""}]}]}, "rules[0]: destinations: '' is no region"),
    "contradiction": (
        {"rules": [MIRROR, {**MIRROR, "destinations": MIRROR["destinations"] * 2, "delete_replication": True}]},
        "rules[1]: another rule has the same destinations and filters, and another 'delete_replication'",
    ),
    "nowhere": ({"rules": [{"destinations": []}]}, "rules[0]: 'destinations' is empty"),
    "short filter": ({"rules": [{**MIRROR, "repository_filters": ["a"]}]}, "'repository_filters' has 'a'"),
    "pattern": ({"rules": [{**MIRROR, "repository_filters": ["payments/*"]}]}, "without a pattern"),
    "filters": ({"rules": [{**MIRROR, "repository_filters": [f"a{at}" for at in range(101)]}]}, "101 filters, 100 are allowed"),
    "rules": (
        {"rules": [{**MIRROR, "repository_filters": [f"a{at}"]} for at in range(26)]},
        "the registry would have 26 rules, 25 are allowed; put filters of the same destinations together",
    ),
    "destinations": (
        {"rules": [{"destinations": MANY[:51]}, {"destinations": MANY[51:]}]},
        "the registry would have 101 destinations, 100 are allowed",
    ),
    "grant": (
        {"grants": [grant("g", "replicate", PRIMARY, ["*/api"], account=SECONDARY)]},
        "grant 'g': repositories: '*/api' is no prefix",
    ),
    "short grant": (
        {"grants": [grant("g", "replicate", PRIMARY, ["b*"], account=SECONDARY)]},
        "grant 'g': repositories: 'b*' is too short; replication goes by beginnings of names with 2 to 256 characters, or by '*'",
    ),
    "tag": ({"grants": [grant("g", "replicate", PRIMARY, ["tag:a=b"], account=SECONDARY)]}, "'tag:a=b' is no prefix"),
    "both": ({"grants": [], "rules": []}, "mutually exclusive"),
    "nothing": ({}, "one of the following is required: rules, grants"),
    "account": ({"rules": [], "account_id": OTHER}, f"'account_id' is {OTHER}"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(stubbed: Stubbed, case: str) -> None:
    """Nearly all of it before anything is asked."""
    options, words = REFUSED[case]
    result = stubbed(module, *([there()] if case in ("rules", "destinations") else []), **options)
    assert result["failed"]
    assert words in result["msg"]
    assert not result.get("changed")
