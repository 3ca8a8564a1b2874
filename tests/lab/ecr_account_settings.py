# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of a registry: the scope of its policy, how it scans, whether layers are mounted from other repositories."""

from __future__ import annotations

import typing as t

from . import consistency
from .call import Call, invalid_parameter
from .ecr_state import registry
from .operations import own

# The values of the API reference, and V1: what older registries have, accepted so that it can be tested. CLAIR has ended in 2026.
SETTINGS = {
    "REGISTRY_POLICY_SCOPE": ("V1", "V2"),
    "BASIC_SCAN_TYPE_VERSION": ("AWS_NATIVE",),
    "BLOB_MOUNTING": ("ENABLED", "DISABLED"),
}


def _name(call: Call) -> str:
    name = str(call.parameters["name"])
    if name not in SETTINGS:
        raise invalid_parameter("name", f"Unknown account setting {name}")
    return name


def _key(call: Call, name: str) -> tuple[str, ...]:
    return ("account-setting", call.account, call.region, name)


@own("ecr", "GetAccountSetting")
def get_account_setting(call: Call) -> dict[str, t.Any]:
    name = _name(call)
    return {"name": name, "value": consistency.stale(_key(call, name), registry(call.account, call.region).settings[name])}


@own("ecr", "PutAccountSetting")
def put_account_setting(call: Call) -> dict[str, t.Any]:
    name, value = _name(call), str(call.parameters["value"])
    if value not in SETTINGS[name]:
        raise invalid_parameter("value", f"must be one of {', '.join(SETTINGS[name])}")
    settings = registry(call.account, call.region).settings
    consistency.replaced(_key(call, name), settings[name])
    settings[name] = value
    return {"name": name, "value": value}
