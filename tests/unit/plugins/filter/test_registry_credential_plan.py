# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that compiles credentials: what it returns when, and how it says what is wrong."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.filter.registry_credential_plan import FilterModule

plan = FilterModule().filters()["registry_credential_plan"]


def test_what_needs_arns_is_there_when_they_are() -> None:
    before = {"names", "roles", "secrets", "lookups"}
    assert set(plan([], "111122223333")) == before
    after = plan([], "111122223333", [], [])
    assert set(after) == before | {"permissions", "expected", "job_definitions", "task_definitions"}
    assert after["permissions"] == after["job_definitions"] == []


def test_what_is_wrong_is_said_by_the_name_of_the_filter() -> None:
    with pytest.raises(AnsibleFilterError, match="registry_credential_plan: credential 'quay': secret is missing"):
        plan([{"name": "quay"}], "111122223333")
