# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused when somebody wants it, and in which words: what, where, why, and what to write instead."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.dialect import AWS, RAM, Dialect
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import PolicyError, check_statements, parse

ROLE = "arn:aws:iam::111122223333:role/puller"
GOOD = {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "ecr:BatchGetImage"}
DIGITS = "an AWS account id has 12 digits; write it in quotes, YAML drops leading zeros of numbers"

STATEMENT_ALONE = "this is a statement and no policy document; give {Version: ..., Statement: [...]} with it in the list"


def without(*elements: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD.items() if key not in elements}


def refusal_of_document(source: Any, dialect: Dialect = AWS) -> str:
    with pytest.raises(PolicyError) as refusal:
        parse(source, dialect, strict=True)
    return str(refusal.value)


def test_a_statement_alone_is_no_document_without_statements() -> None:
    """Not even where documents are read as they are: it would equal the empty one."""
    with pytest.raises(PolicyError, match="this is a statement and no policy document"):
        parse([GOOD])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param(
            '{\n  "Statement": [}\n', "the policy document is not valid JSON: Expecting value at line 2, column 17", id="malformed JSON"
        ),
        pytest.param(
            '{"Statement": []} x', "the policy document is not valid JSON: Extra data at line 1, column 19", id="text after the document"
        ),
        pytest.param(
            '{"Statement": [{"Action": "a", "Action": "b"}]}',
            "the policy document has the key 'Action' twice in one object; only the last one would count",
            id="duplicate key",
        ),
        pytest.param(b"\xff{}", "the policy document is not UTF-8 text: invalid start byte at byte 1", id="not UTF-8"),
        pytest.param("[" * 200_000, "the policy document is nested too deeply to be a policy", id="nested too deeply"),
        pytest.param('"text"', "a policy document is a JSON object, this one is a text", id="JSON text"),
        pytest.param("0", "a policy document is a JSON object, this one is a number", id="JSON zero"),
        pytest.param(False, "a policy document is a JSON object, this one is a boolean", id="false"),
        pytest.param([{}, {}], "a policy document is a JSON object, this one is a list", id="two documents"),
        pytest.param(GOOD, STATEMENT_ALONE, id="statement"),
        pytest.param([GOOD], STATEMENT_ALONE, id="list of a statement"),
        pytest.param({"Statement": ["Pull"]}, "statement #1 is a text, it must be a JSON object", id="statement that is text"),
        pytest.param({"Statement": [GOOD, None]}, "statement #2 is a null, it must be a JSON object", id="statement that is null"),
        pytest.param({"Version": "2012-10-18"}, "Version is '2012-10-18', it must be one of: 2008-10-17, 2012-10-17", id="version"),
        pytest.param(
            {"Statements": [GOOD], "version": "1"},
            "the policy document has unknown elements: Statements, version; it may have Version, Id and Statement",
            id="unknown elements",
        ),
    ],
)
def test_refused_document(source: Any, message: str) -> None:
    assert refusal_of_document(source) == message


@pytest.mark.parametrize("source", [None, "", " \n", "{}", "null", "[]", {}, [], [{}], b"", {"Statement": []}, {"Version": "2012-10-17"}])
def test_nothing_is_a_document_without_statements(source: Any) -> None:
    assert parse(source, strict=True).statements == ()


def test_version_as_yaml_reads_it() -> None:
    assert parse({"Version": datetime.date(2012, 10, 17), "Statement": GOOD}, strict=True).version == "2012-10-17"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        pytest.param(
            {**GOOD, "Actions": "x"},
            "unknown element Actions; a statement has Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, "
            "Condition",
            id="unknown element",
        ),
        pytest.param({**GOOD, "Effect": "allow"}, "Effect is 'allow', it must be 'Allow' or 'Deny', in this spelling", id="effect's case"),
        pytest.param(without("Effect"), "Effect is None, it must be 'Allow' or 'Deny', in this spelling", id="no effect"),
        pytest.param({**GOOD, "NotAction": "x"}, "Action and NotAction exclude each other", id="Action and NotAction"),
        pytest.param({**GOOD, "NotPrincipal": "*"}, "Principal and NotPrincipal exclude each other", id="Principal and NotPrincipal"),
        pytest.param(
            {**GOOD, "Resource": "*", "NotResource": "*"}, "Resource and NotResource exclude each other", id="Resource and NotResource"
        ),
        pytest.param(without("Action"), "Action (or NotAction) is missing", id="no action"),
        pytest.param({**GOOD, "Action": []}, "Action is empty", id="empty action list"),
        pytest.param({**GOOD, "Action": None}, "Action is empty", id="null action"),
        pytest.param({**GOOD, "Action": ["ecr:*", 7]}, "Action has 7, it must be text", id="action that is a number"),
        pytest.param({**GOOD, "Resource": [""]}, "Resource has '', it must be text", id="empty resource"),
        pytest.param({**GOOD, "Principal": {}}, "Principal names nobody", id="empty principal"),
        pytest.param({**GOOD, "Principal": {"AWS": []}}, "Principal names nobody", id="principal without members"),
        pytest.param({**GOOD, "Principal": {"Service": ""}}, "Principal has an empty text under Service", id="empty text as principal"),
        pytest.param(
            {**GOOD, "Principal": "111122223333"},
            'Principal is "111122223333"; as plain text it can only be "*", otherwise write {"AWS": "111122223333"}',
            id="bare principal",
        ),
        pytest.param(
            {**GOOD, "Principal": ["*"]},
            "Principal is a list, it must map a type (AWS, Service, Federated, CanonicalUser) to principals",
            id="principal that is a list",
        ),
        pytest.param(
            {**GOOD, "Principal": {"aws": "*"}},
            "Principal has the type 'aws', it must be one of: AWS, Service, Federated, CanonicalUser",
            id="unknown type of principal",
        ),
        pytest.param(
            {**GOOD, "Principal": {"AWS": 111122223333}}, f"Principal has 111122223333, a number; {DIGITS}", id="account id as a number"
        ),
        pytest.param(
            {**GOOD, "Principal": {"AWS": [ROLE, 12345678901]}}, f"Principal has 12345678901, a number; {DIGITS}", id="short number"
        ),
        pytest.param({**GOOD, "Principal": {"AWS": "12345678901"}}, f"Principal has '12345678901'; {DIGITS}", id="account id of 11 digits"),
        pytest.param(
            {**GOOD, "Principal": {"AWS": "arn:aws:iam::111122223333:role/*"}},
            "Principal has 'arn:aws:iam::111122223333:role/*'; an ARN with a wildcard is not a principal, "
            "use a condition on aws:PrincipalArn instead",
            id="wildcard in a principal",
        ),
        pytest.param(
            {**GOOD, "Principal": {"AWS": "AROAEXAMPLEROLE00001"}},
            "Principal has AROAEXAMPLEROLE00001, the unique id of a deleted role or user; name the role or user by its ARN",
            id="orphan",
        ),
        pytest.param(
            {**GOOD, "Principal": {"AWS": "arn:aws:iam::111122223333:group/team"}},
            "Principal has 'arn:aws:iam::111122223333:group/team', which is no account id and no ARN of an account "
            "root, role, user or session",
            id="group as principal",
        ),
        pytest.param({**GOOD, "Sid": 7}, "Sid is a number, it must be text", id="Sid that is a number"),
        pytest.param(
            {**GOOD, "Condition": {"StringEquals": "x"}},
            "Condition must map operators to keys to values, as in {'StringEquals': {'aws:SourceAccount': '111122223333'}}",
            id="condition of another shape",
        ),
        pytest.param(
            {**GOOD, "Condition": {"StringEquals": {"aws:SourceAccount": 12345678901}}},
            f"Condition StringEquals aws:SourceAccount has 12345678901; {DIGITS}",
            id="account id as a number in a condition",
        ),
        pytest.param(
            {**GOOD, "Condition": {"StringEquals": {"AWS:sourceaccount": ["111122223333", "12345678901"]}}},
            f"Condition StringEquals AWS:sourceaccount has '12345678901'; {DIGITS}",
            id="account id of 11 digits in a condition",
        ),
        pytest.param(
            {**GOOD, "Condition": {"StringEquals": {"aws:PrincipalOrgID": None}}},
            "Condition StringEquals aws:PrincipalOrgID has None, it must be text, a number or a boolean",
            id="null in a condition",
        ),
        pytest.param(
            {**GOOD, "Condition": {"DateLessThan": {"aws:CurrentTime": datetime.date(2030, 1, 1)}}},
            "Condition DateLessThan aws:CurrentTime has datetime.date(2030, 1, 1), it must be text, a number or a boolean",
            id="date as YAML reads it",
        ),
    ],
)
def test_refused_statement(statement: dict[str, Any], message: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        check_statements([statement])
    assert str(refusal.value) == f"statement {statement.get('Sid')}: {message}"


def test_refusals_name_the_place_of_statements_without_a_sid() -> None:
    assert refusal_of_document({"Statement": [GOOD, {**without("Sid"), "Effect": "No"}]}).startswith("statement #2: Effect is 'No'")


def test_a_sid_is_used_once() -> None:
    assert refusal_of_document({"Statement": [GOOD, GOOD]}) == (
        "statement Pull: the Sid is used by more than one statement; Sids must be unique in a document"
    )


def test_a_statement_is_a_mapping() -> None:
    with pytest.raises(PolicyError, match=r"^statement #1 is a text, it must be a mapping$"):
        check_statements(["Pull"])


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"Principal": "*"}, id="everyone"),
        pytest.param({"Principal": {"AWS": "*"}}, id="everyone by type"),
        pytest.param({"Principal": {"AWS": ["012345678901", "arn:aws-us-gov:iam::111122223333:root", ROLE]}}, id="accounts and roles"),
        pytest.param({"Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/puller/session"}}, id="session"),
        pytest.param({"Principal": {"Service": "lambda.amazonaws.com", "AWS": []}}, id="service beside nobody"),
        pytest.param({"Sid": ""}, id="empty Sid"),
        pytest.param({"Condition": None}, id="no condition"),
        pytest.param({"Condition": {}}, id="empty condition"),
        pytest.param({"Condition": {"Null": {"aws:SourceAccount": False}}}, id="whether there is an account"),
        pytest.param({"Condition": {"StringLike": {"aws:SourceAccount": "1111*"}}}, id="pattern of accounts"),
        pytest.param(
            {"Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": 1.5}, "Bool": {"aws:SecureTransport": True}}}, id="no texts"
        ),
    ],
)
def test_accepted_statement(changes: dict[str, Any]) -> None:
    statement = {**GOOD, **changes}
    assert check_statements([statement, {**without("Sid"), "Resource": "*"}]) == [statement, {**without("Sid"), "Resource": "*"}]


def test_identity_policies_name_no_principal() -> None:
    check_statements([without("Principal")])


def test_what_a_service_returns_is_never_refused() -> None:
    foreign = {"Sid": "Odd", "Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLEROLE00001"}, "Action": "x", "Unknown": 1}
    assert parse({"Version": "2030-01-01", "Other": 1, "Statement": foreign}).statements == (foreign,)


def test_refusals_speak_the_language_of_the_document() -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": 1234567890123456}}
    assert refusal_of_document({"Version": "1", "Statement": [statement]}, RAM) == (
        "statement #1: Principal has 1234567890123456, a number; an Alibaba Cloud account id has 10 to 20 digits; write it in quotes"
    )
    assert refusal_of_document({"Version": "2012-10-17"}, RAM) == "Version is '2012-10-17', it must be one of: 1"
