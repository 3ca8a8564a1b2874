# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The networks of an account, as far as they decide what a container group reaches."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class VSwitch:
    id: str
    vpc: str
    region: str
    nat_ip: str | None = None
    peers: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class SecurityGroup:
    id: str
    vpc: str


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a container group runs: which VPCs it reaches, and as which address the Internet sees it, if at all."""

    region: str
    vpcs: frozenset[str]
    address: str | None


@dataclasses.dataclass
class Networks:
    vswitches: dict[str, VSwitch] = dataclasses.field(default_factory=dict)
    security_groups: dict[str, SecurityGroup] = dataclasses.field(default_factory=dict)
    eips: dict[str, str] = dataclasses.field(default_factory=dict)

    def default(self, region: str) -> VSwitch:
        """The vSwitch of a region that is used when none is named: that of the default VPC."""
        return VSwitch(f"vsw-default-{region}", f"vpc-default-{region}", region)
