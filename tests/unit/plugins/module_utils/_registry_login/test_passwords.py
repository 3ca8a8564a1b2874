# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a password expires."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ansible_collections.crossaccount.registry.plugins.module_utils._registry_login.passwords import expiry_of, shown


def encoded(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def test_the_password_says_it() -> None:
    assert expiry_of(encoded({"payload": "x", "expiration": 1795299243})) == datetime(2026, 11, 21, 22, 14, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "secret",
        "ü",
        encoded({}),
        encoded([]),
        encoded({"expiration": None}),
        encoded({"expiration": "soon"}),
        encoded({"expiration": 1e300}),
    ],
)
def test_or_it_does_not(password: str) -> None:
    assert expiry_of(password) is None


@given(
    some.one_of(
        some.text(),
        some.binary().map(lambda data: base64.b64encode(data).decode()),
        some.integers().map(lambda n: encoded({"expiration": n})),
    )
)
def test_no_password_is_an_error(password: str) -> None:
    assert expiry_of(password) is None or isinstance(expiry_of(password), datetime)


def test_dates_are_shown_in_utc() -> None:
    assert shown(datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=2)))) == "2026-01-02T01:04:05Z"
    assert shown(None) is None
