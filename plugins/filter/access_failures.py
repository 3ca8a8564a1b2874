# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.plugin_utils._plain import plain


def access_failures(
    result: Any, undeclared: bool = False, unknown: bool = False, unprobed: bool = False, severity: str | None = None
) -> str:
    """What is wrong, as text; see the documentation of the filter.

    Raises AnsibleFilterError.
    """
    # Not above: each task that uses any filter of the collection loads the files of all of them.
    from ansible_collections.crossaccount.registry.plugins.module_utils._access.failure import Rules, failure_of

    try:
        return failure_of(plain(result), Rules(undeclared, unknown, unprobed, severity or None))
    except RegistryError as error:
        raise AnsibleFilterError(f"access_failures: {error}") from error


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"access_failures": access_failures}
