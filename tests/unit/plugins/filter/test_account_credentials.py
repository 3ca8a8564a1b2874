# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the accounts of hosts are reached."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.filter.account_credentials import FilterModule, account_credentials

ROLE = "arn:aws:iam::111122223333:role/reader"


@pytest.mark.parametrize(
    ("host", "entry"),
    [
        ({"aws_profile": "images"}, {"profile": "images"}),
        ({"aws_assume_role_arn": ROLE}, {"assume_role": {"role_arn": ROLE}}),
        (
            {"aws_profile": "images", "aws_assume_role_arn": ROLE, "aws_assume_role_external_id": "x"},
            {"profile": "images", "assume_role": {"role_arn": ROLE, "external_id": "x"}},
        ),
    ],
)
def test_each_way(host: dict[str, Any], entry: dict[str, Any]) -> None:
    assert account_credentials([{"aws_account_id": "111122223333", **host}]) == [{"account_id": "111122223333", **entry}]


def test_those_that_nobody_else_can_reach_are_left_out() -> None:
    assert account_credentials([{"aws_account_id": "111122223333", "aws_profile": ""}, {"aws_profile": "a"}, {}]) == []


def test_an_account_has_one_entry() -> None:
    hosts = [{"aws_account_id": "111122223333", "aws_profile": name} for name in ("first", "second")]
    assert account_credentials(hosts) == [{"account_id": "111122223333", "profile": "first"}]
    assert FilterModule().filters() == {"account_credentials": account_credentials}
