# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where container groups and image caches run, and what they reach from there."""

from __future__ import annotations

import typing as t

from .call import Call
from .eci_checks import invalid, region
from .eci_state import Workload
from .errors import Refused
from .networks import Place, VSwitch

if t.TYPE_CHECKING:
    from .cloud import Cloud


def network(call: Call) -> tuple[str, str, str | None]:
    """The vSwitch, the security group and the EIP of a new workload. Raises Refused for what there is not."""
    networks = call.account.networks
    wanted = [name for name in (call.parameters.optional("VSwitchId") or "").split(",") if name]
    if len(wanted) > 10:
        raise invalid("VSwitchId", "The specified VSwitchId is not valid: up to 10 are supported.")
    for name in wanted:
        vswitch = networks.vswitches.get(name)
        if vswitch is None or vswitch.region != region(call):
            raise Refused("InvalidVSwitchId.NotFound", "The specified VSwitchId does not exist.", 404)
    group, eip = call.parameters.optional("SecurityGroupId"), call.parameters.optional("EipInstanceId")
    call.parameters.optional("ZoneId")
    if group is not None and group not in networks.security_groups:
        raise Refused("InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist.", 404)
    if eip is not None and eip not in networks.eips:
        raise Refused("InvalidEipInstanceId.NotFound", "The specified EipInstanceId does not exist.", 404)
    chosen = networks.vswitches[wanted[0]] if wanted else networks.default(region(call))
    if group is not None and networks.security_groups[group].vpc != chosen.vpc:
        message = "The specified VSwitchId and SecurityGroupId are not in the same VPC."
        raise Refused("OperationDenied.SecurityGroupMisMatch", message, 403)
    return chosen.id, group or f"sg-default-{chosen.region}", eip


def vswitch_of(cloud: Cloud, workload: Workload) -> VSwitch:
    networks = cloud.account(workload.uid).networks
    return networks.vswitches.get(workload.vswitch) or networks.default(workload.region)


def place_of(cloud: Cloud, workload: Workload) -> Place:
    """What a workload reaches from where it is."""
    vswitch = vswitch_of(cloud, workload)
    address = cloud.account(workload.uid).networks.eips.get(workload.eip or "", workload.eip) or vswitch.nat_ip
    return Place(workload.region, frozenset({vswitch.vpc}) | vswitch.peers, address)
