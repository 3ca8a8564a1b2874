# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Options that task and job definitions share, and the parameters of the API that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._errors import RegistryError

#: The option for everything that has no option of its own.
MORE = "api_parameters"
Options = Mapping[str, Any]

MORE_SPEC: dict[str, Any] = {"type": "dict"}
LIST_OF_TEXTS: dict[str, Any] = {"type": "list", "elements": "str"}
#: Options of a container that both services have.
CONTAINER_SPEC: dict[str, Any] = {
    "image": {"type": "str", "required": True},
    "command": LIST_OF_TEXTS,
    "environment": {"type": "dict"},
    "secrets": {"type": "dict", "no_log": False},
    "repository_credentials": {"type": "str", "no_log": False},
    "log_configuration": {
        "type": "dict",
        "options": {
            "log_driver": {"type": "str", "required": True},
            "options": {"type": "dict"},
            "secret_options": {"type": "dict", "no_log": False},
        },
    },
    "mount_points": {
        "type": "list",
        "elements": "dict",
        "options": {
            "source_volume": {"type": "str", "required": True},
            "container_path": {"type": "str", "required": True},
            "read_only": {"type": "bool"},
        },
    },
    "ulimits": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "soft_limit": {"type": "int", "required": True},
            "hard_limit": {"type": "int", "required": True},
        },
    },
    "user": {"type": "str"},
    "privileged": {"type": "bool"},
    "readonly_root_filesystem": {"type": "bool"},
    MORE: MORE_SPEC,
}
DEPENDS_ON_SPEC: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "options": {"container_name": {"type": "str", "required": True}, "condition": {"type": "str", "default": "START"}},
}
VOLUMES_SPEC: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "mutually_exclusive": [("host_path", "efs")],
    "options": {
        "name": {"type": "str", "required": True},
        "host_path": {"type": "str"},
        "efs": {
            "type": "dict",
            "options": {
                "file_system_id": {"type": "str", "required": True},
                "root_directory": {"type": "str"},
                "access_point_id": {"type": "str"},
                "transit_encryption": {"type": "bool"},
                "iam": {"type": "bool"},
            },
        },
        MORE: MORE_SPEC,
    },
}
RUNTIME_PLATFORM_SPEC: dict[str, Any] = {
    "type": "dict",
    "options": {"cpu_architecture": {"type": "str"}, "operating_system_family": {"type": "str"}},
}


def given(**parameters: Any) -> dict[str, Any]:
    """The parameters that are given, those that are null left out."""
    return {name: value for name, value in parameters.items() if value is not None}


def with_more(parameters: Mapping[str, Any], options: Options, where: str) -> dict[str, Any]:
    """Parameters together with those of the option C(api_parameters). Raises RegistryError for one that is given both ways."""
    more = {name: value for name, value in (options.get(MORE) or {}).items() if value is not None}
    both = sorted(set(more) & set(parameters))
    if both:
        raise RegistryError(f"{where}{MORE} has {', '.join(both)}, which other options say already; keep one of the two")
    return {**parameters, **more}


def pairs(values: Mapping[str, Any] | None, of_value: str = "value") -> list[dict[str, Any]] | None:
    """A dictionary as a list of name and value, sorted; what is null is left out."""
    if values is None:
        return None
    return [{"name": str(name), of_value: values[name]} for name in sorted(values, key=str) if values[name] is not None]


def container_parameters(options: Options) -> dict[str, Any]:
    """The parameters of a container that both services have."""
    log, credentials = options["log_configuration"], options["repository_credentials"]
    return given(
        image=options["image"],
        command=options["command"],
        environment=pairs(options["environment"]),
        secrets=pairs(options["secrets"], "valueFrom"),
        repositoryCredentials=None if credentials is None else {"credentialsParameter": credentials},
        logConfiguration=log
        and given(logDriver=log["log_driver"], options=log["options"], secretOptions=pairs(log["secret_options"], "valueFrom")),
        mountPoints=each(
            options["mount_points"],
            lambda mount: given(sourceVolume=mount["source_volume"], containerPath=mount["container_path"], readOnly=mount["read_only"]),
        ),
        ulimits=each(
            options["ulimits"],
            lambda limit: {"name": limit["name"], "softLimit": limit["soft_limit"], "hardLimit": limit["hard_limit"]},
        ),
        user=options["user"],
        privileged=options["privileged"],
        readonlyRootFilesystem=options["readonly_root_filesystem"],
    )


def depends_on(options: Options) -> list[dict[str, Any]] | None:
    """Which containers a container waits for."""
    return each(options["depends_on"], lambda one: {"containerName": one["container_name"], "condition": one["condition"]})


def volumes(options: Options, where: str = "") -> list[dict[str, Any]] | None:
    """The volumes of a definition. Raises RegistryError."""
    return each(options["volumes"], lambda volume: _volume(volume, where))


def runtime_platform(options: Options) -> dict[str, Any] | None:
    """Processor and operating system."""
    platform = options["runtime_platform"]
    return platform and given(cpuArchitecture=platform["cpu_architecture"], operatingSystemFamily=platform["operating_system_family"])


def ephemeral_storage(options: Options) -> dict[str, Any] | None:
    """The size of the disk."""
    size = options["ephemeral_storage"]
    return None if size is None else {"sizeInGiB": size}


def enabled(switch: bool | None) -> str | None:
    """How the API writes some switches."""
    return None if switch is None else "ENABLED" if switch else "DISABLED"


def each(items: Sequence[Options] | None, convert: Callable[[Options], dict[str, Any]]) -> list[dict[str, Any]] | None:
    """The items of an option, converted; None when it is not given."""
    return None if items is None else [convert(item) for item in items]


def _volume(volume: Options, where: str) -> dict[str, Any]:
    host, efs = volume["host_path"], volume["efs"]
    parameters = given(
        name=volume["name"],
        host=None if host is None else {"sourcePath": host},
        efsVolumeConfiguration=efs
        and given(
            fileSystemId=efs["file_system_id"],
            rootDirectory=efs["root_directory"],
            transitEncryption=enabled(efs["transit_encryption"]),
            authorizationConfig=given(accessPointId=efs["access_point_id"], iam=enabled(efs["iam"])) or None,
        ),
    )
    return with_more(parameters, volume, f"{where}volumes[{volume['name']}].")
