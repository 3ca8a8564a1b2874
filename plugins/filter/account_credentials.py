# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError


def account_credentials(hosts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """How the accounts of these hosts are reached; see the documentation of the filter.

    Raises AnsibleFilterError.
    """
    given = list(hosts) if isinstance(hosts, Iterable) else [hosts]
    if not all(isinstance(host, Mapping) for host in given):
        raise AnsibleFilterError("account_credentials: give a list with the variables of each host, as map('extract', hostvars) makes it")
    found: dict[str, dict[str, Any]] = {}
    for host in given:
        entry: dict[str, Any] = {"account_id": host.get("aws_account_id")}
        if host.get("aws_profile"):
            entry["profile"] = host["aws_profile"]
        if host.get("aws_assume_role_arn"):
            entry["assume_role"] = {"role_arn": host["aws_assume_role_arn"]}
            if host.get("aws_assume_role_external_id"):
                entry["assume_role"]["external_id"] = host["aws_assume_role_external_id"]
        if entry["account_id"] is not None and len(entry) > 1:
            found.setdefault(str(entry["account_id"]), entry)
    return list(found.values())


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"account_credentials": account_credentials}
