# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError


def registry_cache_plan(caches: Any, account: str) -> dict[str, Any]:
    """What an account has to do for a declaration of caches; see the documentation of the filter.

    Raises AnsibleFilterError.
    """
    # Not above: each task that uses any filter of the collection loads the files of all of them.
    from ansible_collections.crossaccount.registry.plugins.module_utils._caches import cache_plan, read_caches

    try:
        return cache_plan(read_caches(caches), account)
    except RegistryError as error:
        raise AnsibleFilterError(f"registry_cache_plan: {error}") from error


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"registry_cache_plan": registry_cache_plan}
