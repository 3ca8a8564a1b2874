# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError


def registry_credential_plan(credentials: Any, account: str, definitions: Any = (), found: Any = None) -> dict[str, Any]:
    """What an account has to do for a declaration of credentials; see the documentation of the filter.

    Raises AnsibleFilterError.
    """
    # Not above: each task that uses any filter of the collection loads the files of all of them.
    from ansible_collections.crossaccount.registry.plugins.module_utils._credentials import (
        credential_plan,
        expected,
        permissions,
        read_credentials,
        secrets_of,
    )
    from ansible_collections.crossaccount.registry.plugins.module_utils._workloads import read_workloads, workload_plan

    try:
        read, workloads = read_credentials(credentials), read_workloads(definitions)
        plan = credential_plan(read, account)
        secrets = None if found is None else secrets_of(read, account, found)
        plan |= workload_plan(workloads, read, account, secrets)
        if secrets is not None:
            plan |= {"permissions": permissions(read, account, secrets), "expected": expected(read, account, secrets)}
    except RegistryError as error:
        raise AnsibleFilterError(f"registry_credential_plan: {error}") from error
    return plan


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"registry_credential_plan": registry_credential_plan}
