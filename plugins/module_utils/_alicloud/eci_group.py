# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Container groups of ECI: the options of the module, and what they are on the wire.

https://www.alibabacloud.com/help/en/eci/developer-reference/api-eci-2018-08-08-createcontainergroup
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError
from .._settings_flow import Settings
from .eci_module import ECI_SPEC, Own, manage
from .eci_workload import Kind, Told
from .wire import json_text

if TYPE_CHECKING:
    from .module import AlicloudModule

_TEXTS: dict[str, Any] = {"type": "list", "elements": "str"}
GROUP_SPEC: dict[str, Any] = {
    **ECI_SPEC,
    "container_group_id": {"type": "str"},
    "containers": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "image": {"type": "str", "required": True},
            "cpu": {"type": "float"},
            "memory": {"type": "float"},
            "command": _TEXTS,
            "args": _TEXTS,
            "environment": {"type": "dict"},
            "ports": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "port": {"type": "int", "required": True},
                    "protocol": {"type": "str", "choices": ["TCP", "UDP"], "default": "TCP"},
                },
            },
            "working_dir": {"type": "str"},
            "image_pull_policy": {"type": "str", "choices": ["Always", "IfNotPresent", "Never"]},
        },
    },
    "cpu": {"type": "float"},
    "memory": {"type": "float"},
    "instance_type": {"type": "str"},
    "restart_policy": {"type": "str", "choices": ["Always", "Never", "OnFailure"]},
    "vswitch_ids": _TEXTS,
    "auto_create_eip": {"type": "bool"},
    "ram_role_name": {"type": "str"},
    "image_cache_id": {"type": "str"},
    "auto_match_image_cache": {"type": "bool"},
    "wait_timeout": {"type": "int", "default": 1200},
}
_MOST_VSWITCHES = 10


def manage_group(module: AlicloudModule) -> dict[str, Any]:
    """Brings the container group of the module's options about; returns the module's result. Raises RegistryError."""
    params = module.params
    if params["state"] == "absent":
        return manage(module, GROUP, None)
    containers = params["containers"]
    if not containers:
        raise RegistryError("'containers' is empty; a container group has at least one")
    names = [one["name"] for one in containers]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RegistryError(f"'containers' has {', '.join(twice)} twice; each needs a name of its own")
    if len(params["vswitch_ids"] or ()) > _MOST_VSWITCHES:
        raise RegistryError(f"'vswitch_ids' has {len(params['vswitch_ids'])}; ECI takes up to {_MOST_VSWITCHES}")
    parameters = {
        "Container": [_container(one) for one in containers],
        "Cpu": _number(params["cpu"]),
        "Memory": _number(params["memory"]),
        "InstanceType": params["instance_type"],
        "RestartPolicy": params["restart_policy"],
        "VSwitchId": ",".join(params["vswitch_ids"] or ()) or None,
        "AutoCreateEip": params["auto_create_eip"],
        "RamRoleName": params["ram_role_name"],
        "ImageSnapshotId": params["image_cache_id"],
        "AutoMatchImageCache": params["auto_match_image_cache"],
    }
    images = [{"name": one["name"], "image": one["image"]} for one in containers]
    return manage(module, GROUP, Own(parameters, {"containers": _sorted(images), "restart_policy": params["restart_policy"]}))


def _container(options: Mapping[str, Any]) -> dict[str, Any]:
    ports = options["ports"]
    return {
        "Name": options["name"],
        "Image": options["image"],
        "Cpu": _number(options["cpu"]),
        "Memory": _number(options["memory"]),
        "Command": options["command"],
        "Arg": options["args"],
        "EnvironmentVar": _variables(options),
        "Port": ports and [{"Port": one["port"], "Protocol": one["protocol"]} for one in ports],
        "WorkingDir": options["working_dir"],
        "ImagePullPolicy": options["image_pull_policy"],
    }


def _variables(container: Mapping[str, Any]) -> list[dict[str, str]] | None:
    """Raises RegistryError for values that YAML has made something else of than text or a number."""
    given = container["environment"]
    for name, value in (given or {}).items():
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise RegistryError(f"container '{container['name']}': the variable {name} is {value!r}; write its value in quotes")
    return given and [{"Key": str(name), "Value": str(given[name])} for name in sorted(given, key=str)]


def _number(value: float | None) -> str | None:
    """A number of CPUs or GiB as text, 2 rather than 2.0."""
    return None if value is None else f"{value:g}"


def _sorted(containers: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return sorted((dict(one) for one in containers), key=lambda one: one["name"])


def _settings(told: Told) -> Settings:
    containers = [{"name": str(one.get("Name")), "image": str(one.get("Image"))} for one in told.get("Containers") or ()]
    return {"containers": _sorted(containers), "restart_policy": told.get("RestartPolicy") or "Always"}


def _shown(told: Told) -> dict[str, Any]:
    return {
        "intranet_ip": told.get("IntranetIp") or None,
        "internet_ip": told.get("InternetIp") or None,
        "vswitch_id": told.get("VSwitchId") or None,
        "security_group_id": told.get("SecurityGroupId") or None,
        "containers": [
            {
                "name": one.get("Name"),
                "image": one.get("Image"),
                "state": (one.get("CurrentState") or {}).get("State"),
                "ready": bool(one.get("Ready")),
            }
            for one in told.get("Containers") or ()
        ],
    }


GROUP = Kind(
    text="container group",
    noun="ContainerGroup",
    id_option="container_group_id",
    ready=("Running", "Succeeded"),
    failed=("Failed", "ScheduleFailed"),
    stale=(),
    gone=("Terminating", "Expired"),
    updates=False,
    dry_run=True,
    by_id=lambda identity: {"ContainerGroupIds": json_text([identity])},
    settings=_settings,
    shown=_shown,
)
