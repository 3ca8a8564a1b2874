# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.dialect import AWS, RAM
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.difference import equivalent
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import PolicyError, parse

_DIALECTS = {"aws": AWS, "ram": RAM}


def policy_equivalent(left: Any, right: Any, dialect: str = "aws") -> bool:
    """Whether two policy documents (mappings or JSON text) allow and deny the same. Raises AnsibleFilterError."""
    if dialect not in _DIALECTS:
        raise AnsibleFilterError(f"policy_equivalent: dialect is '{dialect}', it must be one of: {', '.join(_DIALECTS)}")
    try:
        return equivalent(parse(left, _DIALECTS[dialect]), parse(right, _DIALECTS[dialect]))
    except PolicyError as error:
        raise AnsibleFilterError(f"policy_equivalent: {error}") from error


class TestModule:
    """The tests of this file."""

    def tests(self) -> dict[str, Callable[..., bool]]:
        return {"policy_equivalent": policy_equivalent}
