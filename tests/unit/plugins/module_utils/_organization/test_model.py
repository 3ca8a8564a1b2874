# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths and names of organizational units, and the form for caches."""

from __future__ import annotations

import json

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._organization.model import from_plain, to_plain

from .samples import ORGANIZATION, OTHER_PROD, PATH, PROD, ROOT, TEST, WORK


def test_paths() -> None:
    assert ORGANIZATION.path(ROOT) == PATH
    assert ORGANIZATION.path(PROD) == f"{PATH}{WORK}/{PROD}/"
    assert [unit.name for unit in ORGANIZATION.lineage(PROD)] == ["Workloads", "Production"]
    assert ORGANIZATION.lineage(ROOT) == ()


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        (ROOT, ROOT),
        (PATH, ROOT),
        (f"{PATH}*", ROOT),
        (PROD, PROD),
        (f"{WORK}/{PROD}", PROD),
        (f"{PATH}{WORK}/{PROD}/*", PROD),
        ("Workloads", WORK),
        ("/Workloads/Test/", TEST),
        ("Production", OTHER_PROD),
        ("Workloads/Production", PROD),
    ],
)
def test_a_unit_is_found_by_id_path_or_names(text: str, unit: str) -> None:
    assert ORGANIZATION.unit_named(text) == unit


@pytest.mark.parametrize("text", ["Test", "", "workloads", "ou-ab12-99999999", f"{TEST}/{PROD}", "11111111", "o-a1b2c3d4e5", "*"])
def test_a_unit_that_is_not_there(text: str) -> None:
    with pytest.raises(RegistryError, match=f"organization o-a1b2c3d4e5 has no organizational unit '{text.replace('*', '.')}'"):
        ORGANIZATION.unit_named(text)


def test_a_cache_keeps_everything() -> None:
    assert from_plain(json.loads(json.dumps(to_plain(ORGANIZATION)))) == ORGANIZATION
