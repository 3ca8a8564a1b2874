# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions: each operator, with and without a value in the request. The tables name the page of the IAM User Guide that they are from."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.conditions import meets
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import as_written, canonical_condition, parse
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.request import Context
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.variables import Texts, substituted

from .strategies import examples

UNKNOWN = "unknown"
YES, NO = True, False


def answer(condition: dict[str, Any], context: dict[str, Any], version: str = "2012-10-17") -> tuple[bool | None, frozenset[str]]:
    """Asks as a statement of a document of this version would ask."""
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    policy = parse({"Version": version, "Statement": statement})
    found = meets(policy.meaning(policy.statements[0]).condition, Context(context))
    return found.truth, found.missing


def met(condition: dict[str, Any], context: dict[str, Any], version: str = "2012-10-17") -> bool | None:
    return answer(condition, context, version)[0]


# reference_policies_elements_condition_operators.html: one value in the policy, one in the request.
ARN = "arn:aws:lambda:eu-west-1:111122223333:function:pull"
SINGLE = [
    # #Conditions_String
    ("StringEquals", "core", "core", YES),
    ("StringEquals", "core", "Core", NO),
    ("StringEquals", "core", "core ", NO),
    ("StringEquals", "co*", "core", NO),
    ("StringEquals", "co*", "co*", YES),
    ("StringEquals", "co?", "co?", YES),
    ("StringEquals", "", "", YES),
    ("StringNotEquals", "core", "core", NO),
    ("StringNotEquals", "core", "Core", YES),
    ("StringNotEquals", "co*", "core", YES),
    ("StringEqualsIgnoreCase", "core", "CORE", YES),
    ("StringEqualsIgnoreCase", "CORE", "core", YES),
    ("StringEqualsIgnoreCase", "co*", "CORE", NO),
    ("StringEqualsIgnoreCase", "core", "cores", NO),
    ("StringNotEqualsIgnoreCase", "core", "CORE", NO),
    ("StringNotEqualsIgnoreCase", "core", "cores", YES),
    ("StringLike", "co*", "core", YES),
    ("StringLike", "co*", "co", YES),
    ("StringLike", "co*", "Core", NO),
    ("StringLike", "co?e", "core", YES),
    ("StringLike", "co?e", "coe", NO),
    ("StringLike", "*r*", "core", YES),
    ("StringLike", "c*r*e", "c.r.r.e", YES),
    ("StringLike", "**", "", YES),
    ("StringLike", "?*", "", NO),
    ("StringLike", "a.c", "abc", NO),
    ("StringLike", "[a]", "a", NO),
    ("StringLike", "a*", "a\nb", YES),
    ("StringLike", "*ab*ab", "abab", YES),
    ("StringLike", "*ab?", "abab1", YES),
    ("StringLike", "a??", "a*?", YES),
    ("StringNotLike", "co*", "core", NO),
    ("StringNotLike", "co*", "more", YES),
    # #Conditions_Numeric
    ("NumericEquals", "10", "10", YES),
    ("NumericEquals", "10", "10.0", YES),
    ("NumericEquals", "10.50", "10.5", YES),
    ("NumericEquals", 10, "10", YES),
    ("NumericEquals", "10", "11", NO),
    ("NumericEquals", "-1", "-1", YES),
    ("NumericEquals", "1e2", "100", YES),
    ("NumericEquals", "10", "ten", NO),
    ("NumericEquals", "10", "NaN", NO),
    ("NumericEquals", "10", "1_0", NO),
    ("NumericNotEquals", "10", "10", NO),
    ("NumericNotEquals", "10", "11", YES),
    ("NumericNotEquals", "10", "ten", YES),
    ("NumericLessThan", "10", "9", YES),
    ("NumericLessThan", "10", "10", NO),
    ("NumericLessThan", "10", "9.99", YES),
    ("NumericLessThan", "10", "1e400", NO),
    ("NumericLessThan", "9", "10", NO),
    ("NumericLessThanEquals", "10", "10", YES),
    ("NumericLessThanEquals", "10", "11", NO),
    ("NumericGreaterThan", "10", "11", YES),
    ("NumericGreaterThan", "10", "10", NO),
    ("NumericGreaterThan", "9", "10", YES),
    ("NumericGreaterThanEquals", "10", "10", YES),
    ("NumericGreaterThanEquals", "10", "9", NO),
    # #Conditions_Date: W3C formats of ISO 8601, or seconds since 1970
    ("DateEquals", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z", YES),
    ("DateEquals", "2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00", YES),
    ("DateEquals", "2026-01-31T12:00Z", "2026-01-31T12:00:00.000Z", YES),
    ("DateEquals", "2026-01-31", "2026-01-31T00:00:00Z", YES),
    ("DateEquals", "2026-01", "2026-01-01T00:00:00Z", YES),
    ("DateEquals", "1970-01-02T00:00:00Z", "86400", YES),
    ("DateEquals", "86400", "1970-01-02", YES),
    ("DateEquals", 1769860800, "2026-01-31T12:00:00Z", YES),
    ("DateEquals", "2026-01-31", "2026-02-01", NO),
    ("DateEquals", "2026-01-31", "2026-02-30", NO),
    ("DateEquals", "2026-01-31", "yesterday", NO),
    ("DateNotEquals", "2026-01-31", "2026-02-01", YES),
    ("DateNotEquals", "2026-01-31", "2026-01-31", NO),
    ("DateLessThan", "2026-01-31T12:00:00Z", "2026-01-31T11:59:59Z", YES),
    ("DateLessThan", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z", NO),
    ("DateLessThan", "2026-01-31T12:00:00Z", "2026-01-31T12:30:00+01:00", YES),
    ("DateLessThan", "2026-01-31T12:00:00Z", "1e99", NO),
    ("DateLessThan", "2026-01-31T12:00:00Z", "99999999999999999999", NO),
    ("DateLessThan", "99999999999999999999", "2026-01-31T12:00:00Z", YES),
    ("DateLessThanEquals", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z", YES),
    ("DateGreaterThan", "2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z", YES),
    ("DateGreaterThan", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z", NO),
    ("DateGreaterThanEquals", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z", YES),
    ("DateGreaterThanEquals", "2026-01-31T12:00:00Z", "2026-01-31T11:00:00Z", NO),
    # #Conditions_Boolean
    ("Bool", "true", "true", YES),
    ("Bool", True, "true", YES),
    ("Bool", "True", "true", YES),
    ("Bool", "true", "TRUE", YES),
    ("Bool", "true", "false", NO),
    ("Bool", "false", "false", YES),
    ("Bool", False, "true", NO),
    ("Bool", "true", "1", NO),
    # #Conditions_Binary
    ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", YES),
    ("BinaryEquals", "QmluYXJ5", "YmluYXJ5", NO),
    ("BinaryEquals", "QmluYXJ5", "no base64", NO),
    # #Conditions_IPAddress: CIDR, a mere address is a /32 or /128; IPv4 and IPv6
    ("IpAddress", "203.0.113.0/24", "203.0.113.7", YES),
    ("IpAddress", "203.0.113.0/24", "203.0.114.7", NO),
    ("IpAddress", "203.0.113.7", "203.0.113.7", YES),
    ("IpAddress", "203.0.113.7", "203.0.113.8", NO),
    ("IpAddress", "203.0.113.99/24", "203.0.113.7", YES),
    ("IpAddress", "0.0.0.0/0", "203.0.113.7", YES),
    ("IpAddress", "0.0.0.0/0", "2001:db8::1", NO),
    ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::9", YES),
    ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5679::9", NO),
    ("IpAddress", "2001:db8::1", "2001:0db8:0000:0000:0000:0000:0000:0001", YES),
    ("IpAddress", "::/0", "203.0.113.7", NO),
    ("IpAddress", "203.0.113.0/24", "AWS Internal", NO),
    ("NotIpAddress", "203.0.113.0/24", "203.0.113.7", NO),
    ("NotIpAddress", "203.0.113.0/24", "198.51.100.1", YES),
    ("NotIpAddress", "203.0.113.0/24", "2001:db8::1", YES),
    ("NotIpAddress", "203.0.113.0/24", "AWS Internal", YES),
    # #Conditions_ARN: six segments, each for itself; ArnEquals and ArnLike behave identically
    ("ArnEquals", ARN, ARN, YES),
    ("ArnEquals", ARN, ARN.replace("pull", "Pull"), NO),
    ("ArnEquals", "arn:aws:lambda:*:111122223333:function:*", ARN, YES),
    ("ArnLike", "arn:aws:lambda:*:111122223333:function:*", ARN, YES),
    ("ArnLike", "arn:aws:lambda:*:function:pull", ARN, NO),
    ("ArnLike", "arn:aws:lambda:*", ARN, NO),
    ("ArnLike", "arn:*:pull", ARN, NO),
    ("ArnLike", "arn:aws:lambda:eu-west-?:*:function:*", ARN, YES),
    ("ArnLike", "arn:aws:lambda:eu-west-1:?:function:*", ARN, NO),
    ("ArnLike", "arn:aws:lambda:eu-west-1:111122223333?function:pull", ARN, NO),
    ("ArnLike", "arn:aws:lambda:*-*-*:*:f*n:*", ARN, YES),
    ("ArnLike", "arn:aws:*a*a*:*:*:*pull", ARN, YES),
    ("ArnLike", "arn:aws:iam::*:role/pull-*", "arn:aws:iam::111122223333:role/pull-a/b", YES),
    ("ArnLike", "arn:aws:iam::*:role/pull-*", "arn:aws:iam::111122223333:role/team/pull-a", NO),
    ("ArnLike", "arn:aws:iam::*:role/*", "arn:aws:iam:eu-west-1:111122223333:role/a", NO),
    ("ArnLike", "*", ARN, YES),
    ("ArnNotEquals", ARN, ARN, NO),
    ("ArnNotEquals", "arn:aws:lambda:*:111122223333:function:*", ARN, NO),
    ("ArnNotLike", "arn:aws:lambda:*:111122223333:function:*", ARN, NO),
    ("ArnNotLike", "arn:aws:lambda:*:444455556666:function:*", ARN, YES),
    # StringLike on an ARN reaches over colons, ArnLike does not
    ("StringLike", "arn:aws:lambda:*", ARN, YES),
    ("StringLike", "arn:*:pull", ARN, YES),
]


@pytest.mark.parametrize(("operator", "wanted", "given", "expected"), SINGLE)
def test_a_value(operator: str, wanted: Any, given: str, expected: bool) -> None:
    assert met({operator: {"aws:Some": wanted}}, {"aws:Some": given}) is expected
    assert met({f"{operator}IfExists": {"aws:Some": wanted}}, {"aws:Some": given}) is expected
    # A set operator over one value is the plain one.
    assert met({f"ForAllValues:{operator}": {"aws:Some": wanted}}, {"aws:Some": [given]}) is expected
    assert met({f"ForAnyValue:{operator}": {"aws:Some": wanted}}, {"aws:Some": [given]}) is expected
    assert answer({operator: {"aws:Some": wanted}}, {})[1] == {"aws:some"}


POSITIVE = {
    "StringEquals": "a",
    "StringEqualsIgnoreCase": "a",
    "StringLike": "a*",
    "ArnEquals": ARN,
    "ArnLike": ARN,
    "NumericEquals": "1",
    "NumericLessThan": "1",
    "NumericLessThanEquals": "1",
    "NumericGreaterThan": "1",
    "NumericGreaterThanEquals": "1",
    "DateEquals": "2026-01-31",
    "DateLessThan": "2026-01-31",
    "DateLessThanEquals": "2026-01-31",
    "DateGreaterThan": "2026-01-31",
    "DateGreaterThanEquals": "2026-01-31",
    "Bool": "false",
    "BinaryEquals": "QmluYXJ5",
    "IpAddress": "10.0.0.0/8",
}
NEGATED = {
    "StringNotEquals": "a",
    "StringNotEqualsIgnoreCase": "a",
    "StringNotLike": "a*",
    "ArnNotEquals": ARN,
    "ArnNotLike": ARN,
    "NumericNotEquals": "1",
    "DateNotEquals": "2026-01-31",
    "NotIpAddress": "10.0.0.0/8",
}


# "If the key that you specify in a policy condition is not present in the request context, the values do not match and the condition is
# false. If the policy condition requires that the key is not matched, [...] and the right key is not present, the condition is true."
@pytest.mark.parametrize(("operator", "value"), [*POSITIVE.items(), *NEGATED.items()])
def test_a_key_that_the_request_lacks(operator: str, value: str) -> None:
    negated = operator in NEGATED
    lacking: dict[str, Any] = {"aws:some": ()}
    assert met({operator: {"aws:Some": value}}, lacking) is negated
    assert met({f"{operator}IfExists": {"aws:Some": value}}, lacking) is True
    # reference_policies_condition-single-vs-multi-valued-context-keys.html
    assert met({f"ForAllValues:{operator}": {"aws:Some": value}}, lacking) is True
    assert met({f"ForAnyValue:{operator}": {"aws:Some": value}}, lacking) is False
    assert met({f"ForAnyValue:{operator}IfExists": {"aws:Some": value}}, lacking) is True
    assert met({f"ForAllValues:{operator}IfExists": {"aws:Some": value}}, lacking) is True


@pytest.mark.parametrize(("operator", "value"), [*POSITIVE.items(), *NEGATED.items()])
@pytest.mark.parametrize("form", ["{}", "{}IfExists", "ForAllValues:{}", "ForAnyValue:{}", "ForAnyValue:{}IfExists"])
def test_a_key_of_which_nothing_is_known(form: str, operator: str, value: str) -> None:
    assert answer({form.format(operator): {"aws:Some": value}}, {}) == (None, {"aws:some"})


# reference_policies_elements_condition_operators.html#Conditions_Null
@pytest.mark.parametrize(
    ("values", "context", "expected"),
    [
        ("true", {"aws:some": ()}, YES),
        ("true", {"aws:some": "x"}, NO),
        ("false", {"aws:some": ()}, NO),
        ("false", {"aws:some": "x"}, YES),
        (True, {"aws:some": []}, YES),
        (False, {"aws:some": ["x", "y"]}, YES),
        ("True", {"aws:some": None}, YES),
        (["true", "false"], {"aws:some": ()}, YES),
        (["true", "false"], {"aws:some": "x"}, YES),
        (["true", "false"], {}, YES),
        ([], {"aws:some": "x"}, NO),
        ("true", {}, None),
        ("false", {}, None),
    ],
)
def test_null(values: Any, context: dict[str, Any], expected: bool | None) -> None:
    assert met({"Null": {"aws:Some": values}}, context) is expected


# reference_policies_condition-single-vs-multi-valued-context-keys.html and
# reference_policies_condition-logic-multiple-context-keys-or-values.html
SETS = [
    ("ForAllValues:StringEquals", ["a", "b"], ["a"], YES),
    ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], YES),
    ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], NO),
    ("ForAllValues:StringEquals", ["a", "b"], [], YES),
    ("ForAllValues:StringLike", ["a*"], ["a1", "a2"], YES),
    ("ForAllValues:StringLike", ["a*"], ["a1", "b2"], NO),
    ("ForAllValues:StringNotEquals", ["a", "b"], ["c", "d"], YES),
    ("ForAllValues:StringNotEquals", ["a", "b"], ["a", "d"], NO),
    ("ForAllValues:StringNotEquals", ["a", "b"], [], YES),
    ("ForAllValues:ArnLike", ["arn:aws:iam::*:role/*"], ["arn:aws:iam::1:role/a", "arn:aws:iam::1:user/a"], NO),
    ("ForAllValues:NumericLessThan", ["5"], ["1", "4"], YES),
    ("ForAllValues:NumericLessThan", ["5"], ["1", "6"], NO),
    ("ForAnyValue:StringEquals", ["a", "b"], ["a", "c"], YES),
    ("ForAnyValue:StringEquals", ["a", "b"], ["c", "d"], NO),
    ("ForAnyValue:StringEquals", ["a", "b"], [], NO),
    ("ForAnyValue:StringLike", ["o-1/r-1/ou-1/*"], ["o-1/r-1/ou-1/ou-2/"], YES),
    ("ForAnyValue:StringLike", ["o-1/r-1/ou-1/*"], ["o-1/r-1/ou-2/"], NO),
    ("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "c"], YES),
    ("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "b"], NO),
    ("ForAnyValue:StringNotEquals", ["a", "b"], [], NO),
    ("ForAnyValue:IpAddress", ["10.0.0.0/8"], ["10.1.1.1", "192.0.2.1"], YES),
    # Several values in the policy: any one for a positive operator, none for a negated one
    ("StringEquals", ["a", "b"], ["b"], YES),
    ("StringEquals", ["a", "b"], ["c"], NO),
    ("StringNotEquals", ["a", "b"], ["b"], NO),
    ("StringNotEquals", ["a", "b"], ["c"], YES),
    ("StringLike", ["a*", "b*"], ["b1"], YES),
    ("StringNotLike", ["a*", "b*"], ["b1"], NO),
    ("NumericLessThan", ["5", "10"], ["7"], YES),
    ("NumericNotEquals", ["5", "10"], ["10"], NO),
    ("NotIpAddress", ["10.0.0.0/8", "192.0.2.0/24"], ["192.0.2.1"], NO),
    ("Bool", ["true", "false"], ["false"], YES),
    ("StringEquals", [], ["a"], NO),
    ("StringNotEquals", [], ["a"], YES),
]


@pytest.mark.parametrize(("operator", "wanted", "given", "expected"), SETS)
def test_several_values(operator: str, wanted: list[str], given: list[str], expected: bool) -> None:
    assert met({operator: {"aws:TagKeys": wanted}}, {"aws:TagKeys": given}) is expected
    assert met({operator: {"aws:TagKeys": wanted[::-1]}}, {"aws:TagKeys": given[::-1]}) is expected


# reference_policies_condition-logic-multiple-context-keys-or-values.html: keys and operators are joined by AND
@pytest.mark.parametrize(
    ("context", "expected", "missing"),
    [
        ({"aws:a": "1", "aws:b": "2", "aws:c": "3"}, YES, set()),
        ({"aws:a": "0", "aws:b": "2", "aws:c": "3"}, NO, set()),
        ({"aws:a": "1", "aws:b": "0", "aws:c": "3"}, NO, set()),
        ({"aws:a": "1", "aws:b": "2", "aws:c": "0"}, NO, set()),
        ({"aws:a": "1", "aws:b": "2"}, None, {"aws:c"}),
        ({"aws:b": "2"}, None, {"aws:a", "aws:c"}),
        ({"aws:b": "0"}, NO, set()),
        ({}, None, {"aws:a", "aws:b", "aws:c"}),
    ],
)
def test_all_requirements_together(context: dict[str, Any], expected: bool | None, missing: set[str]) -> None:
    condition = {"StringEquals": {"aws:a": "1", "aws:b": "2"}, "NumericEquals": {"aws:c": "3"}}
    assert answer(condition, context) == (expected, missing)


@pytest.mark.parametrize(
    ("condition", "context"),
    [
        ({"StringEquals": {"AWS:principaltag/TEAM": "core"}}, {"aws:PrincipalTag/team": "core"}),
        ({"stringequals": {"aws:PrincipalTag/team": "core"}}, {"AWS:PRINCIPALTAG/TEAM": "core"}),
        ({"FORANYVALUE:STRINGEQUALSIFEXISTS": {"aws:principaltag/team": "core"}}, {"aws:principalTag/Team": ["core"]}),
        ({"NULL": {"aws:principaltag/team": "FALSE"}}, {"aws:principalTag/Team": "x"}),
    ],
)
def test_letter_case_of_keys_and_operators_does_not_count(condition: dict[str, Any], context: dict[str, Any]) -> None:
    assert met(condition, context) is True


@pytest.mark.parametrize(
    "operator", ["StringMatches", "ForSomeValues:StringEquals", "NullIfExists", "ForAnyValue:Null", "a:b:StringEquals", "", "IfExists"]
)
def test_operators_that_are_not_known(operator: str) -> None:
    assert answer({operator: {"aws:a": "1"}}, {"aws:a": "1"}) == (None, {f"operator {operator.lower()}"})
    assert met({operator: {"aws:a": "1"}, "Bool": {"aws:b": "true"}}, {"aws:a": "1", "aws:b": "false"}) is False


@pytest.mark.parametrize("condition", ["text", [1], {"StringEquals": "text"}])
def test_what_is_no_condition_is_unknown(condition: Any) -> None:
    assert meets(canonical_condition(condition), Context()).truth is None


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("NumericLessThan", "many"),
        ("NumericEquals", "NaN"),
        ("DateLessThan", "tomorrow"),
        ("DateLessThan", "2026"),
        ("DateLessThan", "2026-02-30"),
        ("IpAddress", "10.0.0.0/40"),
        ("Bool", "perhaps"),
        ("BinaryEquals", "no base64"),
        ("NumericEquals", "${aws:EpochTime}"),
        ("Bool", "${aws:SecureTransport}"),
    ],
)
def test_a_value_of_a_policy_that_cannot_be_read_is_no_guess(operator: str, value: str) -> None:
    given = {"aws:some": {"N": "5", "D": "2026-01-31", "I": "10.0.0.1"}.get(operator[0], "true"), "aws:epochtime": "5"}
    truth, missing = answer({operator: {"aws:some": value}}, given)
    assert truth is None and missing == {f"value {value.lower() if operator == 'Bool' else value}"}
    assert met({operator: {"aws:some": value}}, {"aws:some": ()}) is False


def test_another_value_may_match_beside_one_that_cannot_be_read() -> None:
    assert met({"NumericEquals": {"aws:some": ["many", "5"]}}, {"aws:some": "5"}) is True
    assert met({"NumericNotEquals": {"aws:some": ["many", "5"]}}, {"aws:some": "5"}) is False
    assert met({"NumericNotEquals": {"aws:some": ["many", "5"]}}, {"aws:some": "6"}) is None


# -- variables: reference_policies_variables.html ---------------------------------------------------------------------

WHO = {
    "aws:username": "ann",
    "aws:PrincipalTag/team": "core",
    "aws:PrincipalTag/name": "Ann",
    "aws:PrincipalTag/*": (),
    "aws:TagKeys": ["a", "b"],
    "aws:userid": "a*b?",
}
VARIABLES = [
    ("StringEquals", "${aws:username}", "ann", YES),
    ("StringEquals", "${AWS:UserName}", "ann", YES),
    ("StringEquals", "home/${aws:username}/x", "home/ann/x", YES),
    ("StringEquals", "home/${aws:username}/*", "home/ann/x", NO),
    ("StringLike", "home/${aws:username}/*", "home/ann/x", YES),
    ("StringLike", "home/${aws:username}/*", "home/bob/x", NO),
    ("StringLike", "${aws:PrincipalTag/team}-${aws:username}", "core-ann", YES),
    ("StringNotEquals", "${aws:username}", "ann", NO),
    ("StringNotEquals", "${aws:username}", "bob", YES),
    ("StringNotLike", "${aws:username}*", "anne", NO),
    ("StringEqualsIgnoreCase", "${aws:username}", "ANN", YES),
    ("StringEqualsIgnoreCase", "X-${aws:USERNAME}", "x-Ann", YES),
    ("StringEqualsIgnoreCase", "${aws:PrincipalTag/name}", "ANN", YES),
    ("ArnEquals", "arn:aws:iam::111122223333:user/${aws:username}", "arn:aws:iam::111122223333:user/ann", YES),
    ("ArnLike", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::111122223333:user/bob", NO),
    # A variable without a value: its text matches nothing
    ("StringEquals", "${aws:PrincipalTag/stage}", "", NO),
    ("StringEquals", "${aws:PrincipalTag/stage}", "${aws:PrincipalTag/stage}", NO),
    ("StringLike", "*${aws:PrincipalTag/stage}*", "anything", NO),
    ("StringNotEquals", "${aws:PrincipalTag/stage}", "x", YES),
    # Keys with several values are no variables
    ("StringEquals", "${aws:TagKeys}", "a", NO),
    # #policy-vars-default-values
    ("StringEquals", "${aws:PrincipalTag/stage, 'test'}", "test", YES),
    ("StringEquals", "${aws:PrincipalTag/stage,'test'}", "test", YES),
    ("StringEquals", "${aws:PrincipalTag/team, 'test'}", "core", YES),
    ("StringEquals", "${aws:PrincipalTag/team, 'test'}", "test", NO),
    ("StringEquals", "${aws:PrincipalTag/stage, ''}", "", YES),
    ("StringLike", "${aws:PrincipalTag/stage, 'a*'}", "abc", NO),
    ("StringLike", "${aws:PrincipalTag/stage, 'a*'}", "a*", YES),
    # #policy-vars-specialchars
    ("StringEquals", "a${*}", "a*", YES),
    ("StringEquals", "a${?}", "a?", YES),
    ("StringEquals", "a${$}", "a$", YES),
    ("StringLike", "a${*}", "ab", NO),
    ("StringLike", "a${*}", "a*", YES),
    ("StringLike", "a${?}*", "abc", NO),
    ("StringLike", "a${?}*", "a?c", YES),
    ("StringLike", "${$}{aws:username}", "${aws:username}", YES),
    # Wildcards in a value are no wildcards
    ("StringLike", "${aws:userid}", "a*b?", YES),
    ("StringLike", "${aws:userid}", "axxbx", NO),
    ("StringLike", "${aws:userid}*", "a*b?c", YES),
    # No variables
    ("StringEquals", "${aws:username", "${aws:username", YES),
    ("StringEquals", "$aws:username", "$aws:username", YES),
    ("StringEquals", "${}", "${}", YES),
]


@pytest.mark.parametrize(("operator", "wanted", "given", "expected"), VARIABLES)
def test_variables(operator: str, wanted: str, given: str, expected: bool) -> None:
    assert met({operator: {"aws:some": wanted}}, {**WHO, "aws:some": given}) is expected


# reference_policies_elements_version.html: without version 2012-10-17, ${aws:username} is text
@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        ("StringEquals", "${aws:username}", "ann", NO),
        ("StringEquals", "${aws:username}", "${aws:username}", YES),
        ("StringLike", "${aws:username}*", "${aws:username}/x", YES),
        ("StringLike", "${*}", "${anything}", YES),
        ("StringLike", "${*}", "*", NO),
        ("StringNotEquals", "${aws:username}", "ann", YES),
        ("ArnLike", "arn:aws:iam::111122223333:user/${aws:username}", "arn:aws:iam::111122223333:user/${aws:username}", YES),
        ("StringEqualsIgnoreCase", "${aws:UserName}", "${AWS:username}", YES),
    ],
)
def test_no_variables_in_old_documents(operator: str, wanted: str, given: str, expected: bool) -> None:
    assert met({operator: {"aws:some": wanted}}, {**WHO, "aws:some": given}, "2008-10-17") is expected


UNKNOWN_VARIABLES = [
    ({"StringEquals": {"aws:some": "${aws:x}"}}, None),
    ({"StringNotEquals": {"aws:some": "${aws:x}"}}, None),
    ({"StringEquals": {"aws:some": ["${aws:x}", "given"]}}, YES),
    ({"StringNotEquals": {"aws:some": ["${aws:x}", "given"]}}, NO),
    ({"StringEquals": {"aws:some": "other-${aws:x}"}}, NO),
    ({"StringNotEquals": {"aws:some": "other-${aws:x}"}}, YES),
    ({"StringLike": {"aws:some": "g${aws:x}*"}}, None),
    ({"ForAllValues:StringLike": {"aws:some": ["${aws:x}", "g*"]}}, YES),
    ({"ForAnyValue:StringNotLike": {"aws:some": ["${aws:x}", "g*"]}}, NO),
    ({"StringEquals": {"aws:some": "${aws:x, 'given'}"}}, None),
    ({"StringEquals": {"aws:some": "${aws:y}${aws:x}"}}, NO),
    ({"ArnLike": {"aws:arn": "arn:aws:${aws:x}"}}, None),
    ({"ArnLike": {"aws:arn": "arn:aws-cn:${aws:x}"}}, NO),
    ({"ArnLike": {"aws:arn": "${aws:x}"}}, None),
]


@pytest.mark.parametrize(("condition", "expected"), UNKNOWN_VARIABLES)
def test_unknown_variables(condition: dict[str, Any], expected: bool | None) -> None:
    found = answer(condition, {"aws:some": "given", "aws:arn": ARN, "aws:y": ()})
    assert found == (expected, {"aws:x"} if expected is None else set())


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringLikeIfExists": {"aws:some": ["*", "a"]}}, YES),
        ({"ForAllValues:StringLike": {"aws:some": "*"}}, YES),
        ({"StringLike": {"aws:some": "*"}}, None),
        ({"StringNotLike": {"aws:some": "*"}}, None),
        ({"ForAnyValue:StringNotLike": {"aws:some": "*"}}, NO),
        ({"ForAnyValue:StringLike": {"aws:some": "*"}}, None),
        ({"ArnLikeIfExists": {"aws:some": "*"}}, YES),
        ({"StringEqualsIfExists": {"aws:some": "*"}}, None),
        ({"StringEquals": {"aws:some": []}}, NO),
        ({"StringNotEquals": {"aws:some": []}}, YES),
        ({"ForAllValues:StringEquals": {"aws:some": []}}, None),
    ],
)
def test_requirements_that_no_value_can_change(condition: dict[str, Any], expected: bool | None) -> None:
    assert met(condition, {}) is expected


# -- properties -------------------------------------------------------------------------------------------------------

LETTERS = st.text("ab*?", max_size=6)
PATTERNS = st.lists(LETTERS, max_size=3)


def slowly(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern, by definition."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(slowly(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and slowly(pattern[1:], text[1:])


@given(patterns=PATTERNS, text=LETTERS)
@examples(500)
def test_wildcards_match_by_definition(patterns: list[str], text: str) -> None:
    assert Texts(patterns).match(text, Context()).truth is any(slowly(one, text) for one in patterns)
    assert Texts(patterns, wild=False).match(text, Context()).truth is (text in patterns)


@given(
    pattern=st.lists(st.text("ab*?", max_size=4), min_size=6, max_size=6), text=st.lists(st.text("ab", max_size=3), min_size=6, max_size=7)
)
@examples(300)
def test_arns_match_segment_by_segment(pattern: list[str], text: list[str]) -> None:
    expected = all(slowly(one, other) for one, other in zip(pattern, [*text[:5], ":".join(text[5:])], strict=True))
    assert Texts([":".join(pattern)], arn=True).match(":".join(text), Context()).truth is expected


@given(
    values=st.lists(LETTERS, max_size=3), wanted=PATTERNS, form=st.sampled_from(["", "ForAllValues:", "ForAnyValue:"]), exists=st.booleans()
)
@examples(300)
def test_negated_operators_say_the_opposite(values: list[str], wanted: list[str], form: str, exists: bool) -> None:
    """Of any and all: what ForAnyValue finds, the negated ForAllValues misses."""
    opposites = {"": "", "ForAllValues:": "ForAnyValue:", "ForAnyValue:": "ForAllValues:"}
    context = {"aws:some": values}
    for plain, negated in (("StringEquals", "StringNotEquals"), ("StringLike", "StringNotLike")):
        left = met({f"{form}{plain}": {"aws:some": wanted}}, context)
        right = met({f"{opposites[form]}{negated}": {"aws:some": wanted}}, context)
        assert left is not right
        if exists and not values:
            assert met({f"{form}{plain}IfExists": {"aws:some": wanted}}, context)


FORMS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "ForAllValues:", "ForAnyValue:"]),
    st.sampled_from(["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"]),
    st.sampled_from(["", "IfExists"]),
)
REQUIREMENTS = st.dictionaries(
    FORMS | st.just("Null"),
    st.dictionaries(
        st.sampled_from(["aws:x", "aws:y"]),
        st.lists(st.sampled_from(["a", "b", "a*", "*", "${aws:x}", "b${aws:y,'b'}", "true"]), max_size=2),
        max_size=2,
    ),
    max_size=2,
)
#: All that the patterns above can tell apart, several values and none among them.
VALUES: list[list[str]] = [[], ["a"], ["b"], ["ab"], ["bb"], ["ba"], ["A"], ["c"], ["true"], ["a", "b"], ["a", "c"], ["ba", "bb"]]


@given(condition=REQUIREMENTS, y=st.sampled_from([None, *VALUES]))
@examples(500)
def test_an_unknown_key_is_never_guessed(condition: dict[str, Any], y: list[str] | None) -> None:
    known: dict[str, Any] = {} if y is None else {"aws:y": y}
    truth, missing = answer(condition, known)
    outcomes = {met(condition, {**known, "aws:x": value}) for value in VALUES}
    if truth is not None:
        assert outcomes == {truth}
        assert not missing
    else:
        assert missing <= {"aws:x", "aws:y"} - set(known)


@given(condition=REQUIREMENTS, context=st.fixed_dictionaries({"aws:x": st.sampled_from(VALUES), "aws:y": st.sampled_from(VALUES)}))
@examples(300)
def test_when_all_is_known_the_answer_is_definite(condition: dict[str, Any], context: dict[str, Any]) -> None:
    assert met(condition, context) is not None


@given(text=st.text(), operator=st.sampled_from([*POSITIVE, *NEGATED, "Null"]), have=st.text())
@examples(300)
def test_no_text_breaks_it(text: str, operator: str, have: str) -> None:
    answer({operator: {"aws:some": text}}, {"aws:some": have, "aws:x": have})
    answer({operator: {"aws:some": f"{text}${{{text}}}"}}, {"aws:some": have})


@pytest.mark.timeout(60)
def test_no_pattern_takes_long() -> None:
    for pattern in ("*a" * 40 + "b", "?*a" * 40 + "b", "*" * 500 + "b", "*aa" * 40):
        assert Texts([pattern]).match("a" * 2000, Context()).truth is pattern.endswith("a")
        assert (
            not Texts([f"arn:aws:ecr:{pattern}b:1:{pattern}"], arn=True).match(f"arn:aws:ecr:{'a' * 1000}:1:{'a' * 1000}", Context()).truth
        )


def test_variables_carry_no_wildcards() -> None:
    filled, missing = substituted("${aws:x}-${aws:y}", Context({"aws:x": "*?"}))
    assert filled is not None and missing == {"aws:y"}
    assert as_written(filled) == "*?-*"
    assert not filled.startswith(("*", "?"))


# -- context ----------------------------------------------------------------------------------------------------------


def test_context() -> None:
    context = Context({"aws:TagKeys": ["a", 1], "aws:SecureTransport": True, "AWS:SourceArn": None, "aws:PrincipalTag/*": ()})
    assert context.get("aws:tagkeys") == ("a", "1")
    assert context.get("aws:securetransport") == ("true",)
    assert context.get("aws:sourcearn") == ()
    assert context.get("aws:principaltag/team") == ()
    assert context.get("aws:principalarn") is None
    assert context.extended({"aws:tagKeys": "b"}) == Context(
        {"aws:tagkeys": "b", "aws:securetransport": "true", "aws:sourcearn": (), "aws:principaltag/*": ()}
    )
    assert len({context, Context({"aws:x": "1"}), Context({"AWS:X": "1"})}) == 2
