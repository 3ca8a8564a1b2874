# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Container groups of ECI."""

from __future__ import annotations

import json
import typing as t

from . import eci_checks as checks
from .call import Call, date
from .delays import Change
from .eci_events import shown_events
from .eci_places import network, vswitch_of
from .eci_state import Group, Values
from .eci_states import find, refresh
from .errors import Refused, missing
from .operations import operation

POLICIES = ("Always", "Never", "OnFailure")
DEFAULTS = {"Cpu": "2", "Memory": "4"}
SETTINGS = ("InstanceType", "SpotStrategy", "SpotPriceLimit", "CpuArchitecture", "OsType")
ON_CONTAINERS = ("Name", "Image", "Cpu", "Memory", "WorkingDir", "ImagePullPolicy")
_named = checks.resource("containergroup", "ContainerGroupId")


def _containers(call: Call, required: bool = True) -> list[Values]:
    found = call.parameters.items("Container")
    if required and not found:
        raise missing("Container")
    for item in found:
        for name in ("Name", "Image"):
            if not item.get(name):
                raise missing(f"Container.{name}")
    if len({item["Name"] for item in found}) < len(found):
        raise Refused("InvalidParameter.DuplicatedName", "The container group include containers with duplicate names.")
    return found


def _restart_policy(call: Call) -> str | None:
    policy = call.parameters.optional("RestartPolicy")
    if policy not in (None, *POLICIES):
        raise checks.invalid("RestartPolicy", "The specified RestartPolicy is not valid.")
    return policy


def _snapshot(call: Call) -> str | None:
    """The image cache that a group starts from."""
    name = call.parameters.optional("ImageSnapshotId")
    match = call.parameters.flag("AutoMatchImageCache")
    if name is None:
        images = {str(item["Image"]) for item in _containers(call)}
        fitting = (cache for cache in call.account.caches.values() if cache.status == "Ready" and images & set(cache.images))
        return next((cache.id for cache in fitting if match), None)
    cache = next((cache for cache in call.account.caches.values() if name in (cache.id, cache.snapshot)), None)
    if cache is None:
        raise Refused("ImageSnapshot.NotFound", "The specified snapshot does not exist.", 404)
    if cache.status != "Ready":
        raise Refused("ImageSnapshot.IncorrectStatus", f"The status of the image cache is {cache.status}.")
    return cache.id


@operation("eci", "CreateContainerGroup", _named, writes=True)
def create_container_group(call: Call) -> Values:
    return checks.repeated(call, lambda: _create(call))


def _create(call: Call) -> Values:
    region, name, containers = checks.region(call), checks.new_name(call, "ContainerGroupName"), _containers(call)
    refresh(call.cloud, call.account)
    vswitch, security_group, eip = network(call)
    if call.parameters.flag("AutoCreateEip"):
        if eip is not None:
            raise checks.invalid("EipInstanceId", "The specified EipInstanceId and AutoCreateEip are mutually exclusive.")
        eip = f"47.100.{len(call.account.groups) // 250}.{len(call.account.groups) % 250 + 1}"
    snapshot, registries, tags = _snapshot(call), checks.registries(call), checks.tags(call)
    credentials = call.parameters.items("ImageRegistryCredential")
    settings: Values = {key: call.parameters.optional(key) for key in SETTINGS}
    settings.update({key: call.parameters.optional(key) or value for key, value in DEFAULTS.items()})
    settings.update(RestartPolicy=_restart_policy(call) or "Always", RamRoleName=checks.check_ram_role(call))
    resource_group = call.parameters.optional("ResourceGroupId") or ""
    if call.parameters.flag("DryRun"):
        raise Refused("DryRunOperation", "Request validation has been passed with DryRun flag set.")
    checks.ensure_service_role(call)
    made = Group(
        call.cloud.new_id("eci-"),
        name,
        region,
        call.caller.account,
        vswitch,
        security_group,
        eip,
        registries,
        credentials,
        tags,
        call.now,
        Change(call.now + call.cloud.delays.group),
        "Scheduling",
        resource_group=resource_group,
        containers=containers,
        settings=settings,
        snapshot=snapshot,
    )
    call.account.groups[made.id] = made
    return {"ContainerGroupId": made.id}


def _state(group: Group, container: Values) -> Values:
    """The CurrentState of a container."""
    if group.failure is not None and group.failure.image == container["Image"]:
        return {"State": "Waiting", "Reason": "ErrImagePull", "DetailStatus": "ErrImagePull", "Message": group.failure.message}
    if group.status in ("Running", "Updating"):
        return {"State": "Running", "StartTime": date(group.created), "DetailStatus": ""}
    if group.status in ("Succeeded", "Failed"):
        reason, code = ("Completed", 0) if group.status == "Succeeded" else ("Error", 1)
        return {"State": "Terminated", "Reason": reason, "ExitCode": code, "FinishTime": date(group.ended or 0)}
    return {"State": "Waiting", "Reason": "ContainerCreating", "DetailStatus": ""}


def _shown_container(group: Group, container: Values) -> Values:
    return {
        **{key: container.get(key, "") for key in ON_CONTAINERS},
        "Cpu": float(container.get("Cpu", 0)),
        "Memory": float(container.get("Memory", 0)),
        "Commands": container.get("Command", []),
        "Args": container.get("Arg", []),
        "EnvironmentVars": [{"Key": item.get("Key"), "Value": item.get("Value", "")} for item in container.get("EnvironmentVar", [])],
        "Ports": [{"Port": int(item["Port"]), "Protocol": item.get("Protocol", "TCP")} for item in container.get("Port", [])],
        "VolumeMounts": container.get("VolumeMount", []),
        "Ready": group.status == "Running",
        "RestartCount": 0,
        "CurrentState": _state(group, container),
        "PreviousState": {},
    }


def _shown(call: Call, group: Group, events: bool) -> Values:
    networks, vswitch = call.account.networks, vswitch_of(call.cloud, group)
    started = group.status in ("Running", "Updating", "Succeeded")
    found: Values = {
        "ContainerGroupId": group.id,
        "ContainerGroupName": group.name,
        "RegionId": group.region,
        "ZoneId": f"{group.region}-b",
        "Status": group.status,
        "Cpu": float(group.settings.get("Cpu", 2)),
        "Memory": float(group.settings.get("Memory", 4)),
        "InstanceType": group.settings.get("InstanceType") or "",
        "RestartPolicy": group.settings.get("RestartPolicy", "Always"),
        "RamRoleName": group.settings.get("RamRoleName") or "",
        "ResourceGroupId": group.resource_group,
        "VSwitchId": group.vswitch,
        "VpcId": vswitch.vpc,
        "SecurityGroupId": group.security_group,
        "IntranetIp": "172.16.0.10" if started else "",
        "InternetIp": networks.eips.get(group.eip or "", group.eip) or "",
        "CreationTime": date(group.created),
        "Tags": checks.shown_tags(group),
        "Containers": [_shown_container(group, container) for container in group.containers],
        "InitContainers": [],
        "Volumes": [],
    }
    if group.ended is not None:
        found["FailedTime" if group.status == "Failed" else "SucceededTime"] = date(group.ended)
    return {**found, "Events": shown_events(group)} if events else found


def _wanted_ids(call: Call) -> list[str] | None:
    text = call.parameters.optional("ContainerGroupIds")
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or len(found) > 20:
        raise checks.invalid("ContainerGroupIds", "The specified ContainerGroupIds is not valid: a JSON list of up to 20.")
    return [str(item) for item in found]


# Who may not list groups is told an empty list.
@operation("eci", "DescribeContainerGroups", action=None)
def describe_container_groups(call: Call) -> Values:
    region, wanted = checks.region(call), _wanted_ids(call)
    filters: dict[str, t.Any] = {
        "name": call.parameters.optional("ContainerGroupName"),
        "status": call.parameters.optional("Status"),
        "vswitch": call.parameters.optional("VSwitchId"),
        "security_group": call.parameters.optional("SecurityGroupId"),
        "resource_group": call.parameters.optional("ResourceGroupId"),
    }
    events = call.parameters.flag("WithEvent", True)
    refresh(call.cloud, call.account)
    allowed = checks.may(call, "eci:DescribeContainerGroups", _named(call))
    found = [
        group
        for group in call.account.groups.values()
        if allowed
        and group.region == region
        and (wanted is None or group.id in wanted)
        and all(value in (None, getattr(group, key)) for key, value in filters.items())
        and checks.has_tags(call, group)
    ]
    return checks.page(call, "ContainerGroups", [_shown(call, group, events) for group in found], 20)


def _find(call: Call) -> Group:
    unknown = Refused("ContainerGroupNotFound", "The specified container group does not exist.", 404)
    return find(call, call.account.groups, "ContainerGroupId", unknown)


@operation("eci", "UpdateContainerGroup", _named, writes=True)
def update_container_group(call: Call) -> Values:
    return checks.repeated(call, lambda: _update(call))


def _update(call: Call) -> Values:
    group = _find(call)
    if group.status not in ("Pending", "Running"):
        raise Refused("IncorrectStatus", f"The status of the container group is {group.status}.")
    kind = call.parameters.optional("UpdateType") or "RenewUpdate"
    if kind not in ("RenewUpdate", "IncrementalUpdate"):
        raise checks.invalid("UpdateType", "The specified UpdateType is not valid.")
    containers, tags, policy = _containers(call, required=False), checks.tags(call), _restart_policy(call)
    registries, credentials = checks.registries(call, roles=False), call.parameters.items("ImageRegistryCredential")
    if containers:
        kept = {item["Name"]: item for item in group.containers} if kind == "IncrementalUpdate" else {}
        group.containers = list({**kept, **{item["Name"]: {**kept.get(item["Name"], {}), **item} for item in containers}}.values())
    group.registries, group.credentials = registries or group.registries, credentials or group.credentials
    group.tags = tags or group.tags
    for name in DEFAULTS:
        group.settings[name] = call.parameters.optional(name) or group.settings[name]
    group.settings["RestartPolicy"] = policy or group.settings["RestartPolicy"]
    group.status, group.changing = "Updating", Change(call.now + call.cloud.delays.group)
    return {}


@operation("eci", "DeleteContainerGroup", _named, writes=True)
def delete_container_group(call: Call) -> Values:
    return checks.repeated(call, lambda: _delete(call))


def _delete(call: Call) -> Values:
    group = _find(call)
    call.parameters.flag("Force")
    if group.status != "Terminating":
        group.status, group.changing = "Terminating", Change(call.now + call.cloud.delays.delete)
    return {}
