# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of ecr_access_info: grouped, the worst first, bounded, and the same whatever order things came in."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._access.finding import Finding, Severity
from ansible_collections.crossaccount.registry.plugins.module_utils._access.info_result import Looked, RegistryReport, info_result
from ansible_collections.crossaccount.registry.plugins.module_utils._access.outside import Access, Holder

from .samples import FRIEND, OTHER, OWNER, REGION

#: AWX replaces longer results by nothing.
AWX_LIMIT = 700_000


def report(looked: Sequence[Looked], region: str = REGION, repositories: int | None = None) -> RegistryReport:
    count = sum(one.repository is not None for one in looked) if repositories is None else repositories
    return RegistryReport(OWNER, region, "V2", False, count, count, 0, 0, 0, looked)


def pulls(principal: str = FRIEND, kind: str = "account", levels: tuple[str, ...] = ("pull",), statement: str = "S") -> Access:
    holder = Holder(principal, kind, principal if kind == "account" else None)
    return Access(holder, f"arn:aws:ecr:{REGION}:{OWNER}:repository/*", (statement,), levels, ("ecr:BatchGetImage",), "")


def finding(severity: Severity = "high", rule: str = "wildcard-action", statement: str = "S") -> Finding:
    return Finding(severity, rule, "repository policy", "It is so.", "Change it.", statement, FRIEND)


def looked(name: str, *access: Access, findings: Sequence[Finding] = ()) -> Looked:
    return Looked("repository_policy", name, access, tuple(findings))


def result(reports: Sequence[RegistryReport], minimum: str = "info", fail_on: str | None = None) -> dict[str, Any]:
    found = info_result(reports, minimum, fail_on)
    assert set(found) - {"failed", "msg"} == {
        *("changed", "registries", "access", "access_left_out", "findings", "findings_left_out", "summary")
    }
    return found


def test_nothing() -> None:
    found = result([report([])])
    assert (found["access"], found["findings"], found["access_left_out"], found["findings_left_out"]) == ([], [], 0, 0)
    counts = {"critical": 0, "high": 0, "medium": 0, "low": 0, "info": 0}
    assert found["summary"] == {"repositories": 0, "outside_principals": 0, "findings": counts}
    assert found["registries"] == [
        {
            "account": OWNER,
            "region": REGION,
            "scope": "V2",
            "registry_policy": False,
            "repositories": 0,
            "repositories_with_policy": 0,
            "repositories_cached": 0,
            "templates": 0,
            "cache_rules": 0,
        }
    ]


def test_equal_things_are_one_entry() -> None:
    found = result(
        [report([looked(name, pulls(), findings=[finding()]) for name in ("b", "a")]), report([looked("a", pulls())], "us-east-1")]
    )
    assert [(one["region"], one["resources"], one["resources_count"]) for one in found["access"]] == [
        (REGION, ["a", "b"], 2),
        ("us-east-1", ["a"], 1),
    ]
    assert [(one["repository"], one["repositories"], one["repositories_count"]) for one in found["findings"]] == [(None, ["a", "b"], 2)]
    assert found["summary"]["outside_principals"] == 1
    assert found["summary"]["findings"]["high"] == 1


def test_patterns_of_a_registry_policy_are_one_entry() -> None:
    base = pulls()
    two = [Access(base.holder, f"arn:aws:ecr:{REGION}:{OWNER}:repository/{name}/*", ("S",), ("pull",), base.actions, "") for name in "ba"]
    (entry,) = result([report([Looked("registry_policy", None, tuple(two), (finding(),))])])["access"]
    assert (entry["source"], entry["resources"]) == ("registry_policy", ["a/*", "b/*"])
    (told,) = result([report([Looked("registry_policy", None, (), (finding(),))])])["findings"]
    assert (told["repository"], told["repositories"], told["repositories_count"]) == (None, [], 0)


def test_the_worst_first_in_any_order() -> None:
    severities: list[Severity] = ["info", "critical", "low", "high", "medium"]
    things = [looked(f"r{at}", pulls(str(10**11 + at)), findings=[finding(one)]) for at, one in enumerate(severities)]
    things += [
        looked("p", pulls("*", "public")),
        looked("o", pulls("AROAEXAMPLEROLE00001", "orphan")),
        looked("o2", pulls("o-a", "organization")),
    ]
    things += [looked("d", pulls(OTHER, levels=("delete",)))]
    first = result([report(things)])
    assert [one["severity"] for one in first["findings"]] == ["critical", "high", "medium", "low", "info"]
    assert [one["kind"] for one in first["access"]] == ["public", "organization", *["account"] * 6, "orphan"]
    assert first["access"][2]["principal"] == OTHER
    assert first["summary"]["outside_principals"] == 8
    for seed in range(5):
        random.Random(seed).shuffle(things)
        assert result([report(things)]) == first


def test_less_severe_findings_are_counted_and_not_listed() -> None:
    reports = [report([looked("a", findings=[finding("low"), finding("high"), finding("critical", "public")])])]
    found = result(reports, minimum="high")
    assert [one["severity"] for one in found["findings"]] == ["critical", "high"]
    assert found["findings_left_out"] == 0
    assert found["summary"]["findings"] == {"critical": 1, "high": 1, "medium": 0, "low": 1, "info": 0}


@pytest.mark.parametrize(
    ("fail_on", "message"),
    [
        (None, None),
        ("critical", None),
        (
            "high",
            "A finding is high or more:\n- high: wildcard-action: repository policy of a in eu-west-1 (111122223333), statement S",
        ),
        ("info", "2 findings are info or more:"),
    ],
)
def test_fail_on(fail_on: str | None, message: str | None) -> None:
    found = result([report([looked("a", findings=[finding(), finding("low")])])], minimum="critical", fail_on=fail_on)
    assert bool(found.get("failed")) is (message is not None)
    assert found.get("msg", "").startswith(message or "")
    assert found["findings"] == []


def test_a_long_message_is_cut() -> None:
    many = [looked("a", findings=[finding(statement=f"S{at}") for at in range(50)]), looked("b", findings=[finding(statement="S0")])]
    text = result([report(many)], fail_on="high")["msg"]
    assert text.startswith("50 findings are high or more:\n- high: wildcard-action: repository policy of 2 repositories in")
    assert text.endswith("- and 45 more")


def size(found: dict[str, Any]) -> int:
    return len(json.dumps(found))


def test_ten_thousand_different_repositories_are_bounded() -> None:
    things = [
        looked(f"team/service-{at:05}", pulls(str(10**11 + at)), pulls(FRIEND), findings=[finding(statement=f"S{at}"), finding()])
        for at in range(10_000)
    ]
    things.append(looked("open", pulls("*", "public"), findings=[finding("critical", "public")]))
    found = result([report(things)])
    assert size(found) < AWX_LIMIT
    assert found["access"][0]["principal"] == "*" and found["findings"][0]["severity"] == "critical"
    assert found["access_left_out"] == 10_002 - len(found["access"]) > 0
    assert found["findings_left_out"] == 10_002 - len(found["findings"]) > 0
    assert found["summary"]["findings"] == {"critical": 1, "high": 10_001, "medium": 0, "low": 0, "info": 0}
    assert found["summary"]["outside_principals"] == 10_002
    (shared,) = (one for one in found["findings"] if one["statement"] == "S" and one["severity"] == "high")
    assert shared["repositories_count"] == 10_000 > len(shared["repositories"]) > 0


def test_ten_thousand_equal_repositories_are_bounded_and_complete() -> None:
    found = result([report([looked(f"team/service-{at:05}", pulls(), findings=[finding()]) for at in range(10_000)])])
    assert size(found) < AWX_LIMIT
    assert (found["access_left_out"], found["findings_left_out"]) == (0, 0)
    assert found["access"][0]["resources_count"] == 10_000
    assert len(found["access"][0]["resources"]) >= 1_000


def test_long_names_and_many_statements_are_bounded() -> None:
    names = [f"{'x' * 240}/{at:05}" for at in range(3_000)]
    accesses = tuple(pulls(str(10**11 + at), statement=f"S{at}") for at in range(300))
    found = result([report([Looked("repository_policy", name, accesses) for name in names])])
    assert size(found) < AWX_LIMIT
    assert found["access"] and all(one["resources_count"] == 3_000 for one in found["access"])
