# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError


def rhacs_scanning_plan(declaration: Any, account: str | None = None, cluster: str | None = None) -> dict[str, Any]:
    """What an account, a cluster and Central have to do for a declaration; see the documentation of the filter.

    Raises AnsibleFilterError.
    """
    # Not above: each task that uses any filter of the collection loads the files of all of them.
    from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.scanning_declaration import read_scanning
    from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.scanning_plan import scanning_plan

    try:
        scanning = read_scanning(declaration)
    except RegistryError as error:
        raise AnsibleFilterError(f"rhacs_scanning_plan: {error}") from error
    if cluster is not None and cluster not in [one.name for one in scanning.clusters]:
        raise AnsibleFilterError(f"rhacs_scanning_plan: the declaration has no cluster '{cluster}'")
    return scanning_plan(scanning, account, cluster)


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"rhacs_scanning_plan": rhacs_scanning_plan}
