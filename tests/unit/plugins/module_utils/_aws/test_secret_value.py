# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The value of a credential: compared as JSON, merged, and never shown."""

from __future__ import annotations

import json
import traceback
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.secret_value import (
    NewValue,
    StoredValue,
    given_fields,
    new_value,
    stored_value,
    without_values,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError

CANARY = 'q7"Zk\\w/ö%42'
GIVEN = {"username": "payments", "password": CANARY}
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(codec="utf-8"))
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=5
)
OBJECTS = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), JSON, max_size=4)
#: The same examples in every run, and no files left behind.
EXAMPLES = settings(max_examples=150, deadline=None, derandomize=True, database=None)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


def stored(text: str) -> StoredValue:
    return stored_value({"SecretString": text})


def fields_of(value: NewValue | None) -> Any:
    assert value
    return json.loads(value.text)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"username": "payments", "password": CANARY}),
        json.dumps({"password": CANARY, "username": "payments"}, ensure_ascii=False),
        json.dumps({"password": CANARY, "username": "payments"}, indent=4),
        json.dumps({"username": "payments", "password": CANARY, "host": "quay.io", "port": 443}, separators=(",", ":")),
        '{"username": "p\\u0061yments", "password": ' + json.dumps(CANARY) + "}",
    ],
)
def test_other_spellings_of_the_same_value_are_no_change(text: str) -> None:
    assert new_value(stored(text), GIVEN, overwrite=False) is None


def test_only_what_differs_is_named_and_the_rest_is_kept() -> None:
    text = (
        '{"host": "quay.io", "password": "old", "username": "payments", "note": "\\ud83d\\ude00", '
        '"ratio": 0.10, "big": 12345678901234567890}'
    )
    value = new_value(stored(text), GIVEN, overwrite=False)
    assert value and value.changes == ("password",)
    assert fields_of(value) == {**json.loads(text), "password": CANARY}
    assert list(fields_of(value))[:2] == ["host", "password"]


def test_one_field_alone_keeps_the_other() -> None:
    value = new_value(stored('{"username": "payments", "password": "old"}'), {"password": "new"}, overwrite=False)
    assert fields_of(value) == {"username": "payments", "password": "new"}


def test_a_new_value_has_all_that_is_given() -> None:
    value = new_value(StoredValue(), {**GIVEN, "accessToken": "t"}, overwrite=False)
    assert value and value.changes == ("accessToken", "password", "username")
    assert fields_of(value) == {**GIVEN, "accessToken": "t"}


@pytest.mark.parametrize("text", ['{"user": "x"}', "{}", '{"username": 5}'])
def test_a_value_that_would_be_no_credential_is_refused(text: str) -> None:
    with pytest.raises(RegistryError, match="no username to keep; give 'username' and 'password'"):
        new_value(stored(text), {"password": "new"}, overwrite=False)


@pytest.mark.parametrize(
    "answer",
    [
        {"SecretString": text}
        for text in ("plain text", "", "[1]", '"text"', "5", "null", '{"a": NaN}', '{"a": 1', "[" * 60_000, '{"a":' * 60_000, "9" * 5000)
    ]
    + [{"SecretBinary": b"{}"}],
)
def test_what_is_no_json_object_is_only_replaced_when_asked_for(answer: dict[str, Any]) -> None:
    found = stored_value(answer)
    with pytest.raises(RegistryError, match=r"(not a JSON object|binary).*'overwrite_value: true'"):
        new_value(found, GIVEN, overwrite=False)
    assert fields_of(new_value(found, GIVEN, overwrite=True)) == GIVEN
    with pytest.raises(RegistryError, match="no username to keep"):
        new_value(found, {"password": "new"}, overwrite=True)


def test_a_number_that_python_cannot_keep_is_not_rewritten() -> None:
    text = '{"username": "payments", "password": "old", "precise": 0.1234567890123456789, "huge": 1e999}'
    assert new_value(stored(text), {"username": "payments"}, overwrite=False) is None
    with pytest.raises(RegistryError, match="number that cannot be written back"):
        new_value(stored(text), GIVEN, overwrite=False)


@pytest.mark.parametrize(
    ("kept", "wanted"), [(1, True), (0, False), ("1", 1), (None, False), ([1], [True]), ({"a": 1}, {"a": "1"}), ([], {})]
)
def test_types_of_json_differ(kept: Any, wanted: Any) -> None:
    text = json.dumps({**GIVEN, "extra": kept})
    value = new_value(stored(text), {"extra": wanted}, overwrite=False)
    assert value and value.changes == ("extra",)


def test_equal_numbers_are_equal() -> None:
    text = '{"username": "u", "password": "p", "a": 1.0, "b": 1e2, "c": [0.5, {"d": 2.50}]}'
    given_ones = given_fields(None, None, {"a": 1, "b": 100, "c": [0.5, {"d": 2.5}]})
    assert new_value(stored(text), given_ones, overwrite=False) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"password": 12345}, "'password' is a number, not text; write it in quotes"),
        ({"password": 0.5}, "'password' is a number"),
        ({"username": True}, "'username' is a boolean"),
        ({"password": [CANARY]}, "'password' is a list"),
        ({"password": {"a": CANARY}}, "'password' is a mapping"),
        ({"password": ""}, "'password' is empty"),
        ({"username": ""}, "'username' is empty"),
        ({"extra": {"password": CANARY}}, "'extra' has 'password', which is an option of its own"),
        ({"extra": {"token": None}}, "'extra' has 'token' without a value"),
        ({"extra": {"ratio": float("nan"), "token": CANARY}}, "JSON cannot hold"),
        ({"password": CANARY + "\udcff"}, "JSON cannot hold"),
    ],
)
def test_what_is_no_credential_is_refused_without_showing_it(options: dict[str, Any], message: str) -> None:
    with pytest.raises(RegistryError, match=message) as caught:
        given_fields(**{"username": None, "password": None, "extra": None, **options})
    assert "Zk" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


def test_too_long_a_value_is_refused() -> None:
    with pytest.raises(RegistryError, match="65536 are allowed"):
        new_value(StoredValue(), {**GIVEN, "password": "x" * 65_536}, overwrite=False)


def test_representations_show_nothing() -> None:
    value = new_value(stored(json.dumps({"host": "kept-secret"})), GIVEN, overwrite=False)
    assert "kept-secret" not in repr(stored('{"host": "kept-secret"}'))
    assert "Zk" not in repr(value) and "kept-secret" not in repr(value)


def test_messages_that_quote_the_value_are_cleaned() -> None:
    text = json.dumps({**GIVEN, "pin": 123456, "nested": {"list": ["deep-secret"]}, "port": 443})
    for quoted in (text, CANARY, json.dumps(CANARY)[1:-1], json.dumps(CANARY, ensure_ascii=False)[1:-1], "123456", "deep-secret"):
        assert without_values(f"Value '{quoted}' at 'secretString' for payments on 443", text) == (
            "Value '********' at 'secretString' for payments on 443"
        )


@EXAMPLES
@given(before=OBJECTS, username=TEXTS, password=TEXTS)
def test_merging_keeps_what_others_keep_and_is_done_once(before: dict[str, Any], username: str, password: str) -> None:
    wanted = {"username": username, "password": password}
    value = new_value(stored(json.dumps(before)), wanted, overwrite=False)
    if value is None:
        assert {**before, **wanted} == before
        return
    after = json.loads(value.text)
    assert after == {**before, **wanted}
    assert new_value(stored(value.text), wanted, overwrite=False) is None
    assert set(value.changes) <= set(wanted)


@EXAMPLES
@given(fields=OBJECTS, spaces=st.integers(0, 3), ascii_only=st.booleans(), order=st.randoms())
def test_no_spelling_of_an_object_is_a_change(fields: dict[str, Any], spaces: int, ascii_only: bool, order: Any) -> None:
    assume("username" not in fields and "password" not in fields)
    everything = {**GIVEN, **fields}
    items = list(everything.items())
    order.shuffle(items)
    text = json.dumps(dict(items), indent=spaces or None, ensure_ascii=ascii_only)
    extra = {name: value for name, value in fields.items() if value is not None}
    wanted = given_fields(GIVEN["username"], GIVEN["password"], extra)
    assert new_value(stored(text), wanted, overwrite=False) is None
