# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""How elastic container instances log in to registries: the options, and what they are on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._errors import RegistryError
from .arns import RoleArn
from .cr_states import checked_instance
from .wire import checked_region

#: One entry of the option C(acr_registry_info).
Info = Mapping[str, Any]

ACR_REGISTRY_INFO_SPEC: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "options": {
        "instance_id": {"type": "str"},
        "instance_name": {"type": "str"},
        "region_id": {"type": "str"},
        "domains": {"type": "list", "elements": "str"},
        "service_role_arn": {"type": "str"},
        "user_role_arn": {"type": "str"},
    },
    "required_one_of": [("instance_id", "service_role_arn")],
    "required_by": {"user_role_arn": ["service_role_arn"]},
}
IMAGE_REGISTRY_CREDENTIAL_SPEC: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "options": {
        "server": {"type": "str", "required": True},
        "user_name": {"type": "str", "required": True},
        "password": {"type": "str", "required": True, "no_log": True},
    },
}
_ROLES = ("service_role_arn", "user_role_arn")


def check_infos(infos: Sequence[Info]) -> None:
    """Raises RegistryError for ids, regions and ARNs that cannot be."""
    for at, info in enumerate(infos):
        where = f"acr_registry_info[{at}]"
        try:
            if info["instance_id"] is not None:
                checked_instance(info["instance_id"])
            if info["region_id"] is not None:
                checked_region(info["region_id"])
        except RegistryError as error:
            raise RegistryError(f"{where}: {error}") from error
        for option in _ROLES:
            if info[option] is not None:
                RoleArn.read(info[option], f"'{where}.{option}'")


def check_accounts(infos: Sequence[Info], account: str) -> list[str]:
    """Warnings about roles that make no sense together. Raises RegistryError for a service role of another account than this one."""
    warnings = []
    for at, info in enumerate(infos):
        if info["service_role_arn"] is None:
            continue
        service = RoleArn.read(info["service_role_arn"], "service_role_arn")
        if service.account != account:
            raise RegistryError(
                f"'acr_registry_info[{at}].service_role_arn' is a role of account {service.account}; the service assumes a role of the "
                f"account that runs the container instances, which is {account}. The role of the registry's account is 'user_role_arn'"
            )
        if info["user_role_arn"] and RoleArn.read(info["user_role_arn"], "user_role_arn").account == account:
            warnings.append(
                f"acr_registry_info[{at}]: both roles are in account {account}. 'user_role_arn' is for a registry in another account; "
                "in this account 'service_role_arn' is enough."
            )
    return warnings


def info_parameters(infos: Sequence[Info] | None) -> list[dict[str, Any]] | None:
    """AcrRegistryInfo: https://www.alibabacloud.com/help/en/eci/developer-reference/api-eci-2018-08-08-createcontainergroup"""
    names = ("InstanceId", "InstanceName", "RegionId", "Domain", "ArnService", "ArnUser")
    options = ("instance_id", "instance_name", "region_id", "domains", *_ROLES)
    return None if infos is None else [dict(zip(names, map(info.get, options), strict=True)) for info in infos]


def credential_parameters(credentials: Sequence[Mapping[str, str]] | None) -> list[dict[str, str]] | None:
    """ImageRegistryCredential."""
    if credentials is None:
        return None
    return [{"Server": one["server"], "UserName": one["user_name"], "Password": one["password"]} for one in credentials]
