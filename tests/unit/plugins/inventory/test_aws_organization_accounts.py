# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tells cached organizations apart, and which texts are rendered."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.template import is_trusted_as_template, trust_as_template

from ansible_collections.crossaccount.registry.plugins.inventory.aws_organization_accounts import fingerprint
from ansible_collections.crossaccount.registry.plugins.plugin_utils._trust import never_rendered

OPTIONS: dict[str, Any] = {
    "access_key": "AKIA1",
    "secret_key": "s",
    "session_token": None,
    "profile": None,
    "role_name": trust_as_template("{{ aws_account_name }}"),
    "include_filters": [{"ids": ["111122223333"]}],
    "cache": True,
    "cache_timeout": 60,
}


@pytest.mark.parametrize(
    "changed",
    [
        {"access_key": "AKIA2"},
        {"profile": "central"},
        {"role_name": "x"},
        {"include_filters": []},
        {"assume_role": {"role_arn": "arn:aws:iam::111122223333:role/reader"}},
        {"endpoint_url": "http://127.0.0.1:1"},
        {"email": True},
    ],
)
def test_other_options_are_another_fingerprint(changed: dict[str, Any]) -> None:
    assert fingerprint({**OPTIONS, **changed}) != fingerprint(OPTIONS)


@pytest.mark.parametrize("changed", [{"secret_key": "t"}, {"cache_timeout": 61}, {"cache_connection": "x"}])
def test_secrets_and_settings_of_the_cache_do_not_count(changed: dict[str, Any]) -> None:
    assert fingerprint({**OPTIONS, **changed}) == fingerprint(OPTIONS)


def test_keys_of_a_session_do_not_count() -> None:
    sessions = [{**OPTIONS, "access_key": f"ASIA{number}", "session_token": f"t{number}"} for number in range(2)]
    assert fingerprint(sessions[0]) == fingerprint(sessions[1]) != fingerprint(OPTIONS)


@pytest.mark.parametrize("text", ["{{ 1 }}", "{% if x %}", "{# x #}", "{", "#jinja2: variable_start_string:'['"])
def test_what_could_be_a_template_is_never_one(text: str) -> None:
    found = never_rendered({"a": [text, trust_as_template(text)]})
    assert found == {"a": [text, text]}
    assert not any(map(is_trusted_as_template, found["a"]))


def test_other_texts_are_not_marked() -> None:
    found = never_rendered({"a": ["444455556666"], "b": 1, "c": None, "d": True})
    assert found == {"a": ["444455556666"], "b": 1, "c": None, "d": True}
    assert is_trusted_as_template(found["a"][0])
