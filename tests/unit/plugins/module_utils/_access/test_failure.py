# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as a failure, and how it is told."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._access.failure import Rules, failure_of
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from tests.integration.access_samples import finding, row

ACCOUNT = "444455556666"


def check(trouble: str = "", declared: bool = True, repository: str = "web", **more: Any) -> dict[str, Any]:
    return row(ACCOUNT, "app", repository, "pull", trouble, declared) | more


EVERYTHING = {
    "checks": [check(), check(declared=False), check("undeclared"), check("unread"), check("contradiction")],
    "findings": [finding(1), finding(4)],
}


def test_only_what_is_declared_and_does_not_work_is_wrong_by_itself() -> None:
    assert failure_of(EVERYTHING, Rules()) == ""
    assert failure_of({}, Rules(True, True, True, "info")) == ""


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (Rules(undeclared=True), "1 access works without being declared:\n"),
        (Rules(unknown=True), "1 access is not known:\n"),
        (Rules(unprobed=True), "1 access declared, but was not tried:\n"),
        (Rules(severity="high"), "1 finding is high or worse:\n- high, 111122223333 eu-west-1 team/app-001 and 1 more: account 99990000"),
        (Rules(severity="info"), "2 findings are info or worse:\n"),
    ],
)
def test_what_else_may_be_wrong(rules: Rules, words: str) -> None:
    assert failure_of(EVERYTHING, rules).startswith(words)


def test_findings_that_are_less_severe_are_not_wrong() -> None:
    assert failure_of(EVERYTHING, Rules(severity="critical")) == ""
    assert failure_of({"findings": [finding(0)]}, Rules(severity="critical")).startswith("1 finding is critical:\n")


def test_the_table_has_the_reason_and_what_is_missing() -> None:
    text = failure_of({"checks": [check("no_policy"), check("explicit_deny", repository="longer/name")]}, Rules())
    first, header, web, longer, empty, missing, statement = text.splitlines()
    assert first == "2 accesses are declared and do not work:"
    assert header.split() == ["principal", "repository", "access", "expected", "policies", "tried", "why"]
    assert header.index("why") == web.index("the repository web has no policy") == longer.index("the statement DenyOutsideVpc")
    assert (empty, missing) == ("", "What is missing:")
    assert statement.startswith('- repository policy of web in 111122223333 eu-west-1: {"Effect": "Allow", "Principal"')


def test_a_long_table_is_cut_and_says_so() -> None:
    text = failure_of({"checks": [check("no_policy", repository=f"r{number}") for number in range(50)]}, Rules())
    assert text.startswith("50 accesses are declared")
    assert "\n... and 30 more" in text and text.endswith("\n... and 45 more, see 'missing' of each check")
    assert len(text.splitlines()) < 35


def test_a_severity_that_there_is_not() -> None:
    with pytest.raises(RegistryError, match="'fatal' is no severity; there are critical"):
        Rules(severity="fatal")
