# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Condition operators, one row each, against the tables of the IAM user guide."""

from __future__ import annotations

import pytest

from tests.lab.conditions import condition_holds, is_operator

CONTEXT = {
    "aws:principalarn": ["arn:aws:iam::444455556666:role/team/puller"],
    "aws:principalorgid": ["o-a1b2c3d4e5"],
    "aws:principalorgpaths": ["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/"],
    "aws:sourceip": ["203.0.113.7"],
    "aws:securetransport": ["true"],
    "aws:currenttime": ["2026-05-01T12:00:00Z"],
    "aws:username": ["ann"],
    "aws:tagkeys": ["team", "stage"],
    "aws:principaltag/team": ["payments"],
    "number": ["10"],
}

ROWS = [
    ("StringEquals", "aws:PrincipalOrgID", ["o-a1b2c3d4e5"], True),
    ("StringEquals", "aws:principalorgid", ["o-other", "o-a1b2c3d4e5"], True),
    ("StringEquals", "aws:PrincipalOrgID", ["O-A1B2C3D4E5"], False),
    ("StringEqualsIgnoreCase", "aws:PrincipalOrgID", ["O-A1B2C3D4E5"], True),
    ("StringNotEquals", "aws:PrincipalOrgID", ["o-other"], True),
    ("StringNotEquals", "aws:PrincipalOrgID", ["o-other", "o-a1b2c3d4e5"], False),
    ("StringNotEqualsIgnoreCase", "aws:PrincipalOrgID", ["O-A1B2C3D4E5"], False),
    ("StringLike", "aws:PrincipalArn", ["arn:aws:iam::*:role/team/*"], True),
    ("StringLike", "aws:PrincipalArn", ["arn:aws:iam::*:role/team/p?ller"], True),
    ("StringLike", "aws:PrincipalArn", ["arn:aws:iam::*:role/other/*"], False),
    ("StringNotLike", "aws:PrincipalArn", ["arn:aws:iam::*:role/other/*"], True),
    ("StringEquals", "aws:PrincipalArn", ["arn:aws:iam::*:role/team/puller"], False),
    ("ArnEquals", "aws:PrincipalArn", ["arn:aws:iam::444455556666:role/team/puller"], True),
    ("ArnLike", "aws:PrincipalArn", ["arn:aws:iam::444455556666:role/*"], True),
    ("ArnLike", "aws:PrincipalArn", ["arn:aws:iam::*"], False),
    ("ArnLike", "aws:PrincipalArn", ["arn:*:role/team/puller"], False),
    ("ArnNotLike", "aws:PrincipalArn", ["arn:aws:iam::111122223333:role/*"], True),
    ("ArnNotEquals", "aws:PrincipalArn", ["arn:aws:iam::444455556666:role/team/puller"], False),
    ("NumericEquals", "number", ["10.0"], True),
    ("NumericNotEquals", "number", ["10"], False),
    ("NumericLessThan", "number", ["10"], False),
    ("NumericLessThanEquals", "number", ["10"], True),
    ("NumericGreaterThan", "number", ["9"], True),
    ("NumericGreaterThanEquals", "number", ["11"], False),
    ("NumericLessThan", "aws:username", ["11"], False),
    ("DateLessThan", "aws:CurrentTime", ["2026-06-01T00:00:00Z"], True),
    ("DateGreaterThan", "aws:CurrentTime", ["2026-06-01T00:00:00Z"], False),
    ("DateGreaterThanEquals", "aws:CurrentTime", ["2026-05-01T12:00:00Z"], True),
    ("DateEquals", "aws:CurrentTime", ["1777636800"], True),
    ("DateNotEquals", "aws:CurrentTime", ["2026-05-01T12:00:00Z"], False),
    ("DateLessThanEquals", "aws:CurrentTime", ["2026-05-01T11:59:59Z"], False),
    ("Bool", "aws:SecureTransport", ["true"], True),
    ("Bool", "aws:SecureTransport", ["True"], True),
    ("Bool", "aws:SecureTransport", ["false"], False),
    ("IpAddress", "aws:SourceIp", ["203.0.113.0/24"], True),
    ("IpAddress", "aws:SourceIp", ["203.0.113.8"], False),
    ("NotIpAddress", "aws:SourceIp", ["198.51.100.0/24"], True),
    ("NotIpAddress", "aws:SourceIp", ["203.0.113.0/24", "198.51.100.0/24"], False),
    ("Null", "aws:SourceArn", ["true"], True),
    ("Null", "aws:SourceArn", ["false"], False),
    ("Null", "aws:PrincipalArn", ["false"], True),
    ("Null", "aws:PrincipalArn", ["true"], False),
    # A key that is absent: no match for a positive operator, a match for a negated one, and for IfExists.
    ("StringEquals", "aws:SourceArn", ["x"], False),
    ("StringNotEquals", "aws:SourceArn", ["x"], True),
    ("ArnNotLike", "aws:SourceArn", ["arn:aws:lambda:*:*:function:*"], True),
    ("StringEqualsIfExists", "aws:SourceArn", ["x"], True),
    ("StringEqualsIfExists", "aws:username", ["bob"], False),
    ("BoolIfExists", "aws:MultiFactorAuthPresent", ["true"], True),
    # Sets.
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", ["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"], True),
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", ["o-a1b2c3d4e5/r-ab12/ou-ab12-33333333/*"], False),
    ("ForAnyValue:StringEquals", "aws:TagKeys", ["team", "cost"], True),
    ("ForAnyValue:StringEquals", "aws:SourceVpc", ["x"], False),
    ("ForAllValues:StringEquals", "aws:TagKeys", ["team", "stage", "cost"], True),
    ("ForAllValues:StringEquals", "aws:TagKeys", ["team"], False),
    ("ForAllValues:StringEquals", "aws:SourceVpc", ["x"], True),
    ("ForAnyValue:StringNotEquals", "aws:TagKeys", ["team"], True),
    # Policy variables.
    ("StringEquals", "aws:username", ["${aws:username}"], True),
    ("StringLike", "aws:PrincipalArn", ["*role/team/${aws:username}"], False),
    ("StringEquals", "aws:PrincipalTag/team", ["${aws:PrincipalTag/team}"], True),
    ("StringEquals", "aws:username", ["${aws:SourceVpc, 'ann'}"], True),
    ("StringEquals", "aws:username", ["${aws:SourceVpc}"], False),
    ("StringLike", "aws:username", ["${*}"], False),
    ("Nonsense", "aws:username", ["ann"], False),
]


@pytest.mark.parametrize(("operator", "key", "wanted", "holds"), ROWS, ids=lambda value: str(value)[:48])
def test_condition(operator: str, key: str, wanted: list[str], holds: bool) -> None:
    assert condition_holds(operator, key, wanted, CONTEXT) is holds


def test_without_the_newer_version_a_variable_is_text() -> None:
    assert not condition_holds("StringEquals", "aws:username", ["${aws:username}"], CONTEXT, variables=False)
    assert condition_holds("StringEquals", "key", ["${aws:username}"], {"key": ["${aws:username}"]}, variables=False)


def test_a_wildcard_out_of_a_variable_is_no_wildcard() -> None:
    assert not condition_holds("StringLike", "key", ["${aws:username}"], {"key": ["anything"], "aws:username": ["*"]})


@pytest.mark.parametrize(
    ("name", "known"),
    [("StringEquals", True), ("ForAnyValue:StringLike", True), ("ArnLikeIfExists", True), ("Null", True), ("StringMatches", False),
     ("ForSome:StringEquals", False), ("", False), ("NullIfExists", False), ("ForAllValues:Null", False)],
)  # fmt: skip
def test_operator_names(name: str, known: bool) -> None:
    assert is_operator(name) is known
