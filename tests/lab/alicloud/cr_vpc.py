# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPCs that are linked to an ACR Enterprise instance."""

from __future__ import annotations

import typing as t

from .call import Call
from .cr_checks import SUCCESS, domains, find_instance, named, part_of, running_instance
from .cr_state import Instance, LinkedVpc
from .delays import Change
from .errors import Unsuccessful
from .operations import operation

MOST_VPCS = 3
PRIVATE_ZONE_ROLE = "AliyunServiceRoleForContainerRegistryAccessCustomerPrivateZone"


def shown(call: Call, instance: Instance) -> list[dict[str, t.Any]]:
    """The linked VPCs as CR tells them."""
    part = part_of(call, instance)
    part.linked = [link for link in part.linked if link.deleted is None or not link.deleted.done(call.now, reading=True)]
    return [
        {
            "VpcId": link.vpc,
            "VswitchId": link.vswitch,
            "Ip": link.address,
            "Status": _status(link, call.now),
            "DefaultAccess": number == 0,
            "Issue": "",
        }
        for number, link in enumerate(part.linked)
    ]


def _status(link: LinkedVpc, now: float) -> str:
    if link.deleted is not None:
        return "DELETING"
    return "RUNNING" if link.running.done(now, reading=True) else "CREATING"


@operation("cr", "GetInstanceVpcEndpoint", named)
def get_instance_vpc_endpoint(call: Call) -> dict[str, t.Any]:
    instance = find_instance(call)
    links = shown(call, instance)
    return {**SUCCESS, "Enable": bool(links), "LinkedVpcs": links, "Domains": domains(instance.vpc_domain, custom=instance.domains)}


@operation("cr", "CreateInstanceVpcEndpointLinkedVpc", named, writes=True)
def create_linked_vpc(call: Call) -> dict[str, t.Any]:
    instance = running_instance(call)
    part, vpc, name = part_of(call, instance), call.parameters.text("VpcId"), call.parameters.text("VswitchId")
    vswitch = call.account.networks.vswitches.get(name)
    if vswitch is None or vswitch.vpc != vpc or vswitch.region != instance.region:
        raise Unsuccessful("VPC_NOT_EXIST", f"vpc {vpc} with vswitch {name} is not exist")
    if any(link.vpc == vpc for link in part.linked):
        raise Unsuccessful("INSTANCE_ACCESS_ALREADY_EXIST", "instance access already exists")
    if len(part.linked) >= MOST_VPCS:
        raise Unsuccessful("INSTANCE_ACCESS_LIMIT_EXCEEDED", "the number of linked vpcs exceeds the limit")
    if call.parameters.flag("EnableCreateDNSRecordInPvzt"):
        call.account.add_service_role(PRIVATE_ZONE_ROLE, "access-customer-private-zone.cr.aliyuncs.com")
    running = Change(call.now + call.cloud.delays.vpc_link)
    part.linked.append(LinkedVpc(vpc, name, instance.new_address(), running))
    return dict(SUCCESS)


@operation("cr", "DeleteInstanceVpcEndpointLinkedVpc", named, writes=True)
def delete_linked_vpc(call: Call) -> dict[str, t.Any]:
    part = part_of(call, running_instance(call))
    vpc, name = call.parameters.text("VpcId"), call.parameters.text("VswitchId")
    for link in part.linked:
        if link.vpc == vpc and link.vswitch == name and link.deleted is None:
            link.deleted = Change(call.now + call.cloud.delays.delete)
            return dict(SUCCESS)
    raise Unsuccessful("INSTANCE_ACCESS_NOT_EXIST", "instance access is not exist")
