# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a policy module returns: one shape, bounded, and true."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError, ServiceError
from ansible_collections.crossaccount.registry.plugins.module_utils._guards import GuardOptions
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.merge import Ownership
from ansible_collections.crossaccount.registry.plugins.module_utils._policy_flow import Document, FlowOptions, Outcome, PolicyFlow
from ansible_collections.crossaccount.registry.plugins.module_utils._policy_result import policy_result

from .stores import FakeStore, document, statement

#: AWX drops results whose text in Python is longer.
MOST = 700_000
SHAPE = {"changed", "summary", "actions", "actions_left_out"}
ACTION = {
    *("account", "region", "resource", "action", "statements_added", "statements_replaced", "statements_removed"),
    *("orphan_principals_dropped", "access_changes", "access_changes_left_out", "size", "size_limit", "error"),
}


def outcomes(number: int, *statements: dict[str, Any], text: str | None = None, **options: Any) -> list[Outcome]:
    """What becomes of so many documents that get these statements."""
    stores = [FakeStore(text, resource=f"payments/application-{at:04}") for at in range(number)]
    desired = Policy(statements=statements)
    flow = PolicyFlow(FlowOptions(workers=1, check_mode=True, **options), clock=lambda: 0.0, sleep=time.sleep)
    return flow.run([Document(store, desired, Ownership()) for store in stores])


@pytest.mark.parametrize("number", [0, 1, 2, 30])
@pytest.mark.parametrize("there", [True, False], ids=["unchanged", "created"])
def test_the_shape_is_the_same_for_any_number(number: int, there: bool) -> None:
    text = document(statement("Ours")) if there else None
    result = policy_result(outcomes(number, statement("Ours"), text=text), with_diff=True, check_mode=True)
    assert set(result) == SHAPE | {"diff"}
    assert set(result["summary"]) == {"created", "updated", "deleted", "unchanged", "skipped", "failed"}
    assert sum(result["summary"].values()) == number
    assert all(set(action) == ACTION for action in result["actions"])
    assert result["changed"] is (number > 0 and not there)
    assert len(result["actions"]) == (0 if there and number > 10 else number)
    assert len(result["diff"]) == (0 if there else number)
    assert [action["resource"] for action in result["actions"]] == sorted(action["resource"] for action in result["actions"])


def test_without_diff_mode_there_is_no_diff() -> None:
    assert "diff" not in policy_result(outcomes(1, statement("Ours")), with_diff=False, check_mode=False)


LARGE: dict[str, list[dict[str, Any]]] = {
    "small": [statement("A")],
    "three roles": [statement(f"Statement{at}", f"arn:aws:iam::444455556666:role/a-role-with-a-long-name-{at}") for at in range(3)],
    "sixty accounts": [statement("Accounts", [f"{number:012d}" for number in range(10**11, 10**11 + 60)])],
    "conditions": [
        statement(
            f"Conditions{at}",
            "*",
            Condition={
                "StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5", "o-b1b2c3d4e5"]},
                "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::444455556666:role/{'x' * 60}-*"},
            },
        )
        for at in range(8)
    ],
    "quotes and letters of all kinds": [statement("A", Condition={"StringLike": {"aws:PrincipalTag/a": ["'\"\\\n\u00e9\u4e2d" * 40]}})],
}


@pytest.mark.parametrize("statements", [pytest.param(value, id=name) for name, value in LARGE.items()])
def test_results_of_thousands_stay_small(statements: list[dict[str, Any]]) -> None:
    many = outcomes(2000, *statements, guard=GuardOptions(allow_public=True))
    result = policy_result(many, with_diff=True, check_mode=False)
    assert len(str(result)) < MOST - 100_000, "there is room for the options that Ansible adds"
    assert result["summary"]["created"] == 2000
    assert result["actions_left_out"] == 2000 - len(result["actions"]) and len(result["actions"]) > 10
    assert f"... {2000 - len(result['diff']) + 1} more differ" in result["diff"][-1]["prepared"]


def test_results_of_thousands_of_failures_stay_small_and_name_the_first() -> None:
    many = [Outcome(FakeStore(resource=str(at)), "failed", error=RegistryError("x" * 300)) for at in range(3000)]
    result = policy_result([*outcomes(50, statement("A")), *many], with_diff=True, check_mode=False)
    assert len(str(result)) < MOST
    assert result["msg"].startswith("3000 of 3050 failed: repository policy of 111122223333 eu-west-1 0: xxx")
    assert "and 2995 more" in result["msg"] and "Written nevertheless: 50 created" in result["msg"]
    assert all(action["action"] == "failed" for action in result["actions"]), "failures come first where not all fit"


def test_many_access_changes_are_counted() -> None:
    accounts = [f"{number:012d}" for number in range(10**11, 10**11 + 80)]
    result = policy_result(outcomes(1, statement("A", accounts)), with_diff=True, check_mode=False)
    (action,) = result["actions"]
    assert (len(action["access_changes"]), action["access_changes_left_out"]) == (50, 30)
    assert "... and 30 more" in result["diff"][0]["prepared"]


def test_a_diff_tells_what_it_means() -> None:
    moved = [statement("Moved", "777788889999", ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])]
    result = policy_result(outcomes(1, *moved, text=document(statement("Moved"))), with_diff=True, check_mode=False)
    (diff,) = result["diff"]
    assert diff["before_header"] == diff["after_header"] == "repository policy of 111122223333 eu-west-1 payments/application-0000"
    assert diff["prepared"].splitlines() == [
        "444455556666 loses ecr:BatchGetImage",
        "777788889999 gains ecr:BatchGetImage, ecr:GetDownloadUrlForLayer",
    ]


def test_an_error_carries_what_the_service_said() -> None:
    said = ServiceError("SetRepositoryPolicy", "InvalidParameterException", "no", "request-1")
    wrapped = RegistryError("this is what it means")
    wrapped.__cause__ = said
    many = [Outcome(FakeStore(), "failed", error=error) for error in (said, wrapped, RegistryError("ours"))]
    errors = [action["error"] for action in policy_result(many, with_diff=False, check_mode=False)["actions"]]
    code = {"code": "InvalidParameterException", "request_id": "request-1"}
    assert errors == [
        {"message": "SetRepositoryPolicy: InvalidParameterException: no (request id request-1)", **code},
        {"message": "this is what it means", **code},
        {"message": "ours", "code": None, "request_id": None},
    ]
