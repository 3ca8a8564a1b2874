# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that compiles caches: what it needs, and how it says what is wrong."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.filter.registry_cache_plan import FilterModule

plan = FilterModule().filters()["registry_cache_plan"]


def test_an_account_without_a_part_has_nothing_to_do() -> None:
    found = plan([], "111122223333")
    assert set(found) == {"upstream", "upstream_repositories", "roles", "rules", "templates", "cached", "registry", "pullers"}
    assert not any(found.values())


def test_what_is_wrong_is_said_by_the_name_of_the_filter() -> None:
    with pytest.raises(AnsibleFilterError, match="registry_cache_plan: cache 'platform': upstream is missing"):
        plan([{"name": "platform"}], "111122223333")
