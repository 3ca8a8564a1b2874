# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report: merged, without duplicates, counted, the worst first."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._access.report import SEVERITIES, STATES, report_of, state_of
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from tests.integration.access_samples import finding, result, results, row

WHEN = "2026-11-21T21:37:00Z"
ACCOUNT = "444455556666"


def report(*parts: dict[str, Any], hosts: dict[str, str] | None = None) -> dict[str, Any]:
    return report_of(parts, WHEN, hosts or {})


def secondary(*checks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return result("payments", ACCOUNT, ["secondary"], checks=list(checks), **more)


def check(trouble: str = "", declared: bool = True, repository: str = "payments/web", **more: Any) -> dict[str, Any]:
    return row(ACCOUNT, "app", repository, "pull", trouble, declared) | more


@pytest.mark.parametrize(
    ("line", "state"),
    [
        (check(), "works"),
        (check(declared=False), "denied"),
        (check("no_identity"), "broken"),
        (check("no_policy"), "broken"),
        (check("explicit_deny"), "broken"),
        (check("undeclared", declared=False), "undeclared"),
        (check("contradiction"), "contradiction"),
        (check("unread"), "unknown"),
        (check(outcome="unknown", as_expected=None, agree=None), "unknown"),
        (check(evaluated="denied", outcome="allowed", agree=None), "works"),
        (check(expected=None, as_expected=None), "open"),
        (check(expected=None, as_expected=None, outcome="denied", agree=None), "denied"),
        (check(expected=None, as_expected=None, outcome="unknown", agree=None), "unknown"),
        (check("no_identity", agree=False), "broken"),
    ],
)
def test_what_a_check_means(line: dict[str, Any], state: str) -> None:
    assert state_of(line) == state


def test_the_worst_comes_first() -> None:
    found = report(*results(3, findings=10))
    ranks = [STATES.index(line["state"]) for line in found["checks"]]
    assert ranks == sorted(ranks) and {line["state"] for line in found["checks"]} == set(STATES) - {"open"}
    severities = [SEVERITIES.index(one["severity"]) for one in found["findings"]]
    assert severities == sorted(severities) and len(set(severities)) == 5


def test_counts_are_those_of_the_rows() -> None:
    found = report(*results(20))
    summary = found["summary"]
    for state in STATES:
        assert summary["states"][state] == sum(line["state"] == state for line in found["checks"])
    assert summary["checks"] == len(found["checks"]) == summary["as_declared"] + summary["problems"]
    assert summary["declared"] == sum(line["expected"] == "allowed" for line in found["checks"])
    assert [line["state"] in ("works", "denied", "open") for line in found["checks"]].index(True) == summary["problems"]


def test_neither_the_order_nor_how_they_are_cut_matters() -> None:
    parts = results(12)
    whole = report(*parts)
    shuffled = random.Random(7).sample(parts, len(parts))
    assert report(*shuffled, *parts[:3]) == whole
    assert json.loads(json.dumps(whole)) == whole


def test_of_two_results_of_a_host_the_latest_counts() -> None:
    old, new = secondary(check("no_policy"), checked_at="2026-11-20T09:00:00Z"), secondary(check())
    assert report(new, old)["headline"] == report(old, new)["headline"] == "The declared access works."


def test_of_two_answers_the_one_that_knows_more_counts() -> None:
    tried, read, neither = (
        check(evaluated="unknown", agree=None),
        check(probed=None, agree=None),
        check(evaluated="unknown", probed=None, outcome="unknown", as_expected=None, agree=None),
    )
    images = result("images", "111122223333", ["primary"], checks=[neither])
    for answers in ((tried, neither), (neither, tried), (read, tried)):
        parts = [secondary(answers[0]), {**images, "checks": [answers[1]]}]
        assert [line["probed"] for line in report(*parts)["checks"]] == ["allowed"]
    assert [line["state"] for line in report(secondary(neither), {**images, "checks": [read]})["checks"]] == ["works"]


@pytest.mark.parametrize(
    ("checks", "findings", "headline", "lead"),
    [
        ([], [], "No declared access was checked.", ""),
        ([check()], [], "The declared access works.", ""),
        ([check(), check(repository="b")], [4], "All 2 declared accesses work.", "No critical or high findings."),
        ([check("no_policy"), check(repository="b")], [0, 1], "1 of 2 declared accesses does not work.", "1 critical and 1 high findings."),
        ([check("no_policy"), check("no_policy", repository="b")], [1], "2 of 2 declared accesses do not work.", "1 high finding."),
        ([check("unread")], [], "Whether 1 declared access works is not known.", ""),
        ([check(), check("unread", repository="b")], [], "1 of 2 declared accesses works.", "Whether the other one works is not known."),
        (
            [check("no_policy"), check("unread", repository="b")],
            [],
            "1 of 2 declared accesses does not work.",
            "Whether 1 more works is not known.",
        ),
        (
            [check(), check("undeclared", repository="b"), check("contradiction", repository="c")],
            [],
            "All 2 declared accesses work.",
            "1 access works without being declared. For 1, the policies say one thing and AWS does another.",
        ),
    ],
)
def test_what_a_reader_has_to_know_first(checks: list[Any], findings: list[int], headline: str, lead: str) -> None:
    found = report(secondary(*checks, findings=[finding(number) for number in findings]))
    assert (found["headline"], found["lead"]) == (headline, lead)


def test_what_did_not_fit_is_counted() -> None:
    """The module lists what matters first, so what it leaves out is as declared, unless it has no room for all problems."""
    cut = secondary(check("no_policy"), checks_left_out=1000, summary={"expected_allowed": 401, "mismatched": 1})
    found = report(cut)
    assert found["headline"] == "1 of 401 declared accesses does not work."
    assert found["summary"]["states"] | {"broken": 1, "works": 400, "denied": 600} == found["summary"]["states"]
    assert found["summary"]["checks"] == 1001 and found["summary"]["complete"]
    assert "1000 checks that are as declared of account 444455556666 (host payments)" in found["not_looked_at"][0]
    worse = report(cut | {"summary": {"expected_allowed": 401, "mismatched": 3}})
    assert worse["headline"] == "At least 1 of 401 declared accesses does not work."
    assert not worse["summary"]["complete"]


def test_what_was_not_looked_at_is_named() -> None:
    found = report(*results(1), hosts={"images": "111122223333", "team-000": "400000000000", "shop": "777788889999"})
    assert found["not_looked_at"] == [
        "Account 777788889999 (host shop) has no result: its checks failed, or were not run.",
        "organization o-a1b2c3d4e5: its members are not known",
    ]


def test_the_fingerprint_leaves_out_the_time() -> None:
    parts = results(2)
    later = [part | {"checked_at": "2026-12-24T00:00:00Z"} for part in parts]
    assert report(*parts)["fingerprint"] == report_of(later, "2026-12-24T00:00:00Z", {})["fingerprint"]
    assert report(*parts)["fingerprint"] != report(*parts[1:])["fingerprint"]
    assert report(*parts)["created_text"] == "21 November 2026, 21:37 UTC"


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("payments", 'this is no result of the role access_verification: "payments"'),
        ({"format": 1}, "this is no result"),
        ({"format": 2, "host": "payments"}, "the result of host 'payments' has format 2, this collection reads format 1; use the same"),
        (secondary(findings=[{"severity": "fatal"}]), "has a finding of severity 'fatal'; there are critical, high"),
    ],
)
def test_what_is_no_result_is_refused(part: Any, words: str) -> None:
    with pytest.raises(RegistryError) as refused:
        report_of([part], WHEN, {})
    assert words in str(refused.value)


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(RegistryError, match="the time of a report is 'now'"):
        report_of([], "now", {})
