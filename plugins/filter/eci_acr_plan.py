# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError


def eci_acr_plan(grants: Any, account: str, container_groups: Any = (), image_caches: Any = ()) -> dict[str, Any]:
    """What an account of Alibaba Cloud has to do for a declaration of grants; see the documentation of the filter.

    Raises AnsibleFilterError.
    """
    # Not above: each task that uses any filter of the collection loads the files of all of them.
    from ansible_collections.crossaccount.registry.plugins.module_utils._ram_grants import read_ram_grants
    from ansible_collections.crossaccount.registry.plugins.module_utils._ram_plan import ram_plan

    try:
        return ram_plan(read_ram_grants(grants), account, container_groups, image_caches)
    except RegistryError as error:
        raise AnsibleFilterError(f"eci_acr_plan: {error}") from error


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"eci_acr_plan": eci_acr_plan}
