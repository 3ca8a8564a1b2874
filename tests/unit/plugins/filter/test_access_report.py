# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters that make a report and a failure of results."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.filter import access_failures as failures
from ansible_collections.crossaccount.registry.plugins.filter import access_report as reports
from ansible_collections.crossaccount.registry.plugins.module_utils._access.report import report_of
from tests.integration.access_samples import results, row

WHEN = "2026-11-21T21:37:00Z"


def test_the_json_is_the_whole_report() -> None:
    parts = results(3)
    made = reports.access_report(parts, WHEN, {"ghost": "123456789012"})
    report = report_of(parts, WHEN, {"ghost": "123456789012"})
    assert json.loads(made["json"]) == report
    assert made["problems"] == [line for line in report["checks"] if line["state"] not in ("works", "denied")]
    assert (made["problems_left"], made["listed"], made["entries"]) == (0, 61, 3)
    assert made["headline"] == report["headline"]


def test_results_may_be_json() -> None:
    parts = results(2)
    assert reports.access_report([json.dumps(part) for part in parts], WHEN) == reports.access_report(parts, WHEN)


def test_the_json_can_stand_in_a_page() -> None:
    hostile = "</script><!-- \u2028 <img onerror=x>"
    part = results(0)[0] | {"checks": [row("444455556666", "app", hostile, "pull")]}
    text = reports.access_report([part], WHEN)["json"]
    assert "<" not in text and text.isascii()
    assert json.loads(text)["checks"][0]["repository"] == hostile


def test_the_plain_tables_are_bounded() -> None:
    made = reports.access_report(results(100, trouble_every=3), WHEN)
    assert len(made["problems"]) == 500 and made["problems_left"] == made["summary"]["problems"] - 500 > 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("nothing", "the results are str, they must be a list"),
        (["nothing"], "this is no result of the role access_verification"),
        ([{"format": 1, "host": "a", "checks": [{}]}], "access_report: "),
    ],
)
def test_what_is_no_result_is_refused(given: Any, words: str) -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        reports.access_report(given, WHEN)
    assert words in str(refused.value)


def test_failures() -> None:
    part = {"checks": [row("444455556666", "app", "web", "pull", "undeclared", False)]}
    assert failures.access_failures(part) == ""
    assert failures.access_failures(part, undeclared=True).startswith("1 access works without being declared")
    with pytest.raises(AnsibleFilterError, match="access_failures: 'fatal' is no severity"):
        failures.access_failures(part, severity="fatal")
    assert set({**reports.FilterModule().filters(), **failures.FilterModule().filters()}) == {"access_report", "access_failures"}
