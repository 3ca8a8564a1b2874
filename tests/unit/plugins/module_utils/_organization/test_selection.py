# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which accounts filters mean."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._organization.selection import Choice, read_entries, unknown_ids

from .samples import CLOSED, MANAGEMENT, ORGANIZATION, PATH, PAYMENTS, PROD, SHOP

ALL = ("ACTIVE", "SUSPENDED")


def chosen(include: Any = None, exclude: Any = None, states: tuple[str, ...] = ("ACTIVE",), with_tags: bool = True) -> list[str]:
    entries = [tuple(entry.resolved(ORGANIZATION) for entry in read_entries("f", given)) for given in (include, exclude)]
    return [account.id for account in Choice(states, *entries).accounts(ORGANIZATION, with_tags)]


@pytest.mark.parametrize(
    ("given", "accounts"),
    [
        (None, [MANAGEMENT, PAYMENTS, SHOP, CLOSED]),
        ([{"ids": PAYMENTS}], [PAYMENTS]),
        ([{"ids": [SHOP, PAYMENTS]}], [PAYMENTS, SHOP]),
        ([{"names": "Payments"}], [PAYMENTS, CLOSED]),
        ([{"names": ["pay*", "Web*"]}], [SHOP]),
        ([{"organizational_units": "Workloads"}], [PAYMENTS, SHOP, CLOSED]),
        ([{"organizational_units": [PROD]}], [PAYMENTS]),
        ([{"organizational_units": f"{PATH}*"}], [MANAGEMENT, PAYMENTS, SHOP, CLOSED]),
        ([{"organizational_units": "Production"}], []),
        ([{"tags": {"stage": "prod"}}], [PAYMENTS, CLOSED]),
        ([{"tags": {"stage": ["prod", "te*"]}}], [PAYMENTS, SHOP, CLOSED]),
        ([{"tags": {"registry": "*"}}], [PAYMENTS]),
        ([{"tags": {"stage": "prod", "registry": "primary"}, "names": "Pay*", "organizational_units": "Workloads"}], [PAYMENTS]),
        ([{"tags": {"stage": "prod"}, "names": "Web*"}], []),
        ([{"ids": MANAGEMENT}, {"tags": {"stage": "test"}}], [MANAGEMENT, SHOP]),
    ],
)
def test_entries(given: Any, accounts: list[str]) -> None:
    assert chosen(given, states=ALL) == accounts
    if given:
        assert chosen(exclude=given, states=ALL) == [one for one in [MANAGEMENT, PAYMENTS, SHOP, CLOSED] if one not in accounts]


def test_states_count_beside_filters() -> None:
    assert chosen([{"names": "Payments"}]) == [PAYMENTS]
    assert chosen(states=("SUSPENDED",)) == [CLOSED]


def test_before_tags_are_known_whom_they_could_mean_stays() -> None:
    include, exclude = [{"tags": {"stage": "prod"}, "names": "Payments"}], [{"tags": {"registry": "primary"}}]
    assert chosen(include, exclude, ALL, with_tags=False) == [PAYMENTS, CLOSED]
    assert chosen(include, exclude, ALL) == [CLOSED]
    assert chosen(exclude=[{"ids": PAYMENTS}], with_tags=False) == [MANAGEMENT, SHOP]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ids": PAYMENTS}, "'f' is {'ids': '444455556666'}; it is a list"),
        ("all", "'f' is 'all'; it is a list"),
        ([{}], r"'f\[0\]' is {}; an entry has at least one of ids, names, organizational_units, tags"),
        (["444455556666"], r"'f\[0\]' is '444455556666'"),
        ([{"ids": PAYMENTS}, {"name": "x", "units": "y"}], r"'f\[1\]' has no name, units"),
        ([{"ids": 444455556666}], r"f\[0\].ids is 444455556666; an account id has 12 digits and is written in quotes"),
        ([{"ids": ["44445555666"]}], r"f\[0\].ids is '44445555666'; an account id"),
        ([{"ids": None}], r"f\[0\].ids is None"),
        ([{"names": []}], r"'f\[0\].names' is empty, and would mean no account"),
        ([{"names": [1]}], r"'f\[0\].names' has 1, which is not a text"),
        ([{"tags": {}}], r"'f\[0\].tags' is {}"),
        ([{"tags": ["stage"]}], r"'f\[0\].tags' is \['stage'\]"),
        ([{"tags": {"stage": True}}], r"'f\[0\].tags.stage' has True, which is not a text; write it in quotes"),
        ([{"organizational_units": "Nowhere"}], "no organizational unit 'Nowhere'"),
    ],
)
def test_entries_that_cannot_be(given: Any, message: str) -> None:
    with pytest.raises(RegistryError, match=message):
        chosen(given)


def test_ids_that_nobody_has() -> None:
    entries = read_entries("f", [{"ids": [PAYMENTS, "000000000001"]}, {"names": "x"}])
    assert unknown_ids(entries, ORGANIZATION) == ["000000000001"]
