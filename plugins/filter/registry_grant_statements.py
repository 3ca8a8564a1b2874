# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError


def registry_grant_statements(
    grants: Any,
    region: str | None = None,
    repository: str | None = None,
    scope: str = "repository",
    account: str | None = None,
    role: str | None = None,
    user: str | None = None,
    tags: Mapping[str, str] | None = None,
    alicloud_account: str | None = None,
    document: str = "policy",
) -> list[dict[str, Any]]:
    """The policy statements of a declaration of grants; see the documentation of the filter.

    Raises AnsibleFilterError.
    """
    # Not above: each task that uses any filter of the collection loads the files of all of them.
    from ansible_collections.crossaccount.registry.plugins.module_utils._grants import (
        identity_statements,
        read_grants,
        registry_statements,
    )

    if alicloud_account:
        return _ram_statements(grants, alicloud_account, role, document)
    try:
        declared = read_grants(grants)
    except RegistryError as error:
        raise AnsibleFilterError(f"registry_grant_statements: {error}") from error
    if role or user:
        if not account or region or repository or (role and user):
            raise AnsibleFilterError(
                "registry_grant_statements: the identity side needs 'account' and one of 'role' or 'user', nothing else"
            )
        return identity_statements(declared, account, "role" if role else "user", str(role or user))
    if not region:
        raise AnsibleFilterError(
            "registry_grant_statements: give 'region' for the registry side, or 'account' and 'role' for the identity side"
        )
    if scope not in ("repository", "registry"):
        raise AnsibleFilterError(f"registry_grant_statements: scope is '{scope}', it must be 'repository' or 'registry'")
    return [
        statement
        for grant in declared
        if account in (None, grant.account) and (repository is None or grant.selects(repository, tags or {}))
        for statement in registry_statements(grant, region, scope)
    ]


def _ram_statements(grants: Any, account: str, role: str | None, document: str) -> list[dict[str, Any]]:
    """The statements of a RAM role's trust policy or of its policy. Raises AnsibleFilterError."""
    from ansible_collections.crossaccount.registry.plugins.module_utils._ram_grants import (
        RoleDocuments,
        ram_role_documents,
        read_ram_grants,
    )

    if not role or document not in ("trust", "policy"):
        raise AnsibleFilterError("registry_grant_statements: 'alicloud_account' goes with 'role', and 'document' is 'trust' or 'policy'")
    try:
        documents = ram_role_documents(read_ram_grants(grants), account)
    except RegistryError as error:
        raise AnsibleFilterError(f"registry_grant_statements: {error}") from error
    found = next((one for name, one in documents.items() if name.lower() == role.lower()), RoleDocuments())
    return list(found.trust if document == "trust" else found.policy)


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"registry_grant_statements": registry_grant_statements}
