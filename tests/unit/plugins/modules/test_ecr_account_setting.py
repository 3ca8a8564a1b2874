# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of ecr_account_setting, and of the modules that ask for the scope of a registry policy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.modules import ecr_account_setting as module
from ansible_collections.crossaccount.registry.plugins.modules import ecr_registry_policy

from .conftest import Stubbed

SCOPE = "REGISTRY_POLICY_SCOPE"
TEAM: dict[str, Any] = {
    "Sid": "Team",
    "Effect": "Allow",
    "Principal": {"AWS": "444455556666"},
    "Action": "ecr:BatchGetImage",
    "Resource": "*",
}
DENIED = ("AccessDeniedException", "not authorized")


def is_set(value: str, name: str = SCOPE) -> tuple[str, Any, Any]:
    return ("get_account_setting", {"name": name}, {"name": name, "value": value})


def put(value: str, answer: Any = None) -> tuple[str, Any, Any]:
    return ("put_account_setting", {"name": SCOPE, "value": value}, answer or {"name": SCOPE, "value": value})


def policy(*statements: Any) -> tuple[str, Any, Any]:
    return ("get_registry_policy", {}, {"policyText": json.dumps({"Version": "2012-10-17", "Statement": list(statements)})})


NO_POLICY = ("get_registry_policy", {}, ("RegistryPolicyNotFoundException", "none"))


def test_the_calls_of_a_first_and_of_a_second_run(stubbed: Stubbed) -> None:
    first = stubbed(module, is_set("V1"), put("V2"), is_set("V2"), diff=True, name=SCOPE, value="V2")
    assert first["actions"][0]["settings"] == {"value": "V2"}
    check = stubbed(module, is_set("V1"), check=True, diff=True, name=SCOPE, value="V2")
    assert {**check, "invocation": None} == {**first, "invocation": None}
    assert not stubbed(module, is_set("V2"), name=SCOPE, value="V2")["changed"]


def test_the_scope_goes_back_only_where_the_policy_allows_it(stubbed: Stubbed) -> None:
    result = stubbed(module, is_set("V2"), policy(TEAM), name=SCOPE, value="V1")
    assert "statements that V1 does not know (Team: ecr:BatchGetImage); they would lose their effect; remove them first" in result["msg"]
    known = {**TEAM, "Action": ["ecr:ReplicateImage", "ecr:createrepository"]}
    assert stubbed(module, is_set("V2"), policy(known), put("V1"), is_set("V1"), name=SCOPE, value="V1")["changed"]
    assert stubbed(module, is_set("V2"), NO_POLICY, put("V1"), is_set("V1"), name=SCOPE, value="V1")["changed"]
    assert not stubbed(module, is_set("V1"), name=SCOPE, value="V1")["changed"]


def test_values(stubbed: Stubbed) -> None:
    """Those of known settings are checked; AWS decides about others."""
    assert "'value' is 'V3'; REGISTRY_POLICY_SCOPE can be V1 or V2" in stubbed(module, name=SCOPE, value="V3")["msg"]
    assert not stubbed(module, is_set("x", "NEW_SETTING"), name="NEW_SETTING", value="x")["changed"]


def test_a_refusal_keeps_the_code(stubbed: Stubbed) -> None:
    result = stubbed(module, is_set("V1"), put("V2", DENIED), name=SCOPE, value="V2")
    assert result["actions"][0]["error"]["code"] == "AccessDeniedException"


# -- who else asks for the scope -----------------------------------------------------------------------------------------


def registry_policy(stubbed: Stubbed, *calls: Any, **changes: Any) -> dict[str, Any]:
    return stubbed(ecr_registry_policy, *calls, check=True, statements=[{**TEAM, **changes}])


def test_a_registry_policy_asks_for_the_scope_only_where_it_matters(stubbed: Stubbed) -> None:
    assert registry_policy(stubbed, NO_POLICY, Action="ecr:ReplicateImage")["changed"]
    assert registry_policy(stubbed, NO_POLICY, is_set("V2"))["changed"]
    assert not registry_policy(stubbed, policy(TEAM))["changed"]


@pytest.mark.parametrize("action", ["ecr:BatchGetImage", "ecr:*", "*", "ecr:Replicate*"])
def test_what_the_scope_does_not_know_is_refused_with_the_reason(stubbed: Stubbed, action: str) -> None:
    result = registry_policy(stubbed, NO_POLICY, is_set("V1"), Action=["ecr:CreateRepository", action])
    assert f"these statements have others: Team: {action}; set the scope to V2" in result["msg"]


@pytest.mark.parametrize("answer", [DENIED, ("InvalidParameterException", "Unknown account setting")])
def test_the_scope_need_not_be_readable(stubbed: Stubbed, answer: tuple[str, str]) -> None:
    assert registry_policy(stubbed, NO_POLICY, ("get_account_setting", {"name": SCOPE}, answer))["changed"]


def test_trouble_with_reading_the_scope_is_told(stubbed: Stubbed) -> None:
    result = registry_policy(stubbed, NO_POLICY, ("get_account_setting", {"name": SCOPE}, ("ServerException", "trouble")))
    assert "GetAccountSetting: ServerException: trouble" in result["msg"]
