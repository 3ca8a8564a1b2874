# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that several CR operations share."""

from __future__ import annotations

import typing as t

from .call import Call
from .cr_state import Charts, Instance
from .errors import Unsuccessful

SUCCESS = {"IsSuccess": True, "Code": "success"}
MODULES = ("Registry", "Chart")


def named(call: Call) -> str:
    """The instance that a call is about, as a resource."""
    name = str(call.parameters.values.get("InstanceId", "*"))
    instance = call.account.instances.get(name)
    return f"acs:cr:{instance.region if instance else call.region or '*'}:{call.caller.account}:instance/{name}"


def find_instance(call: Call) -> Instance:
    """The instance that a call is about. Raises Unsuccessful for one that the account does not have in this region."""
    instance = call.account.instances.get(call.parameters.text("InstanceId"))
    if instance is None or call.region not in (None, instance.region):
        raise Unsuccessful("INSTANCE_NOT_EXIST", "instance is not exist")
    return instance


def running_instance(call: Call) -> Instance:
    """Raises Unsuccessful for one that is not RUNNING."""
    instance = find_instance(call)
    if instance.status != "RUNNING":
        raise Unsuccessful("INSTANCE_STATUS_NOT_SUPPORT", f"the status of the instance is {instance.status}")
    return instance


def module_name(call: Call) -> str:
    name = call.parameters.optional("ModuleName") or "Registry"
    if name not in MODULES:
        raise Unsuccessful("PARAMETER_ERROR", f"ModuleName {name} is not one of {', '.join(MODULES)}")
    return name


def part_of(call: Call, instance: Instance) -> Instance | Charts:
    """What a call is about: how the images are reached, or the charts. Raises Unsuccessful."""
    return instance.charts if module_name(call) == "Chart" else instance


def domains(*system: str, custom: t.Iterable[str] = ()) -> list[dict[str, str]]:
    return [{"Domain": name, "Type": "SYSTEM"} for name in system] + [{"Domain": name, "Type": "USER"} for name in custom]
