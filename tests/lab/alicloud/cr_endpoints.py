# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The public endpoint of an ACR Enterprise instance and its access list."""

from __future__ import annotations

import ipaddress
import json
import typing as t

from .call import Call
from .cr_checks import SUCCESS, domains, find_instance, named, part_of, running_instance
from .cr_state import AUTOMATIC, AclEntry, Charts, Instance, Internet
from .cr_vpc import shown as shown_links
from .delays import Change
from .errors import Refused, Unsuccessful
from .operations import operation


def _type(call: Call) -> None:
    """Only the public endpoint has an access list. Raises Unsuccessful."""
    kind = call.parameters.text("EndpointType")
    if kind != "Internet":
        raise Unsuccessful("ENDPOINT_TYPE_NOT_SUPPORT", f"EndpointType {kind} is not supported")


def _status(part: Instance | Charts, now: float, reading: bool) -> str:
    running = part.internet.running
    if running is None:
        return ""
    return "RUNNING" if running.done(now, reading) else "CREATING"


def _shown(call: Call, instance: Instance) -> dict[str, t.Any]:
    part = part_of(call, instance)
    enabled = part.internet.running is not None
    entries = [
        {"Entry": item.entry, "Comment": item.comment} for item in part.internet.entries if item.visible.done(call.now, reading=True)
    ]
    names = domains(instance.internet_domain, custom=instance.domains) if enabled else []
    status = _status(part, call.now, reading=True)
    return {"Enable": enabled, "Status": status, "AclEnable": enabled, "AclEntries": entries, "Domains": names}


@operation("cr", "GetInstanceEndpoint", named)
def get_instance_endpoint(call: Call) -> dict[str, t.Any]:
    instance = find_instance(call)
    _type(call)
    return {**SUCCESS, **_shown(call, instance)}


@operation("cr", "ListInstanceEndpoint", named)
def list_instance_endpoint(call: Call) -> dict[str, t.Any]:
    instance = find_instance(call)
    call.parameters.flag("Summary")
    public = {"EndpointType": "Internet", **_shown(call, instance), "LinkedVpcs": []}
    links = shown_links(call, instance)
    names = domains(instance.vpc_domain, custom=instance.domains)
    private = {"EndpointType": "VPC", "Enable": bool(links), "Status": "RUNNING", "AclEnable": False, "AclEntries": [], "Domains": names}
    return {**SUCCESS, "Endpoints": [public, {**private, "LinkedVpcs": links}]}


@operation("cr", "UpdateInstanceEndpointStatus", named, writes=True)
def update_instance_endpoint_status(call: Call) -> dict[str, t.Any]:
    part = part_of(call, running_instance(call))
    _type(call)
    call.parameters.text("Enable")
    enable = call.parameters.flag("Enable")
    if not enable:
        part.internet = Internet()
    elif part.internet.running is None:
        visible = Change(call.now, seen=True)
        part.internet = Internet(Change(call.now + call.cloud.delays.endpoint), [AclEntry(AUTOMATIC, "default", visible)])
    return dict(SUCCESS)


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise Unsuccessful("PARAMETER_ERROR", f"Entry {text} is not valid") from None


def _given(call: Call) -> list[tuple[str, str]]:
    """The entries and comments that a call is about: one, or several as JSON. Raises Refused."""
    text = call.parameters.optional("Entries")
    if text is None:
        return [(_network(call.parameters.text("Entry")), call.parameters.optional("Comment") or "")]
    try:
        return [(_network(item["Entry"]), item.get("Comment", "")) for item in json.loads(text)]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Refused("InvalidParameter", "The specified parameter Entries is not valid.") from None


@operation("cr", "CreateInstanceEndpointAclPolicy", named, writes=True)
def create_acl_policy(call: Call) -> dict[str, t.Any]:
    part = part_of(call, running_instance(call))
    _type(call)
    given, internet = _given(call), part.internet
    if internet.running is None:
        raise Unsuccessful("INSTANCE_ENDPOINT_NOT_ENABLED", "the endpoint is not enabled")
    if _status(part, call.now, reading=False) == "CREATING":
        return dict(SUCCESS)  # and nothing comes of it
    for entry, comment in given:
        if any(item.entry == entry for item in internet.entries):
            raise Unsuccessful("ACL_ENTRY_ALREADY_EXIST", f"the entry {entry} already exists")
        internet.entries.append(AclEntry(entry, comment, Change(call.now + call.cloud.delays.acl)))
    return dict(SUCCESS)


@operation("cr", "DeleteInstanceEndpointAclPolicy", named, writes=True)
def delete_acl_policy(call: Call) -> dict[str, t.Any]:
    part = part_of(call, running_instance(call))
    _type(call)
    for entry, _comment in _given(call):
        found = [item for item in part.internet.entries if item.entry == entry]
        if not found:
            raise Unsuccessful("ACL_ENTRY_NOT_EXIST", f"the entry {entry} does not exist")
        part.internet.entries.remove(found[0])
    return dict(SUCCESS)
