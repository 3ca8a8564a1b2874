# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ACR keeps: Enterprise instances with their endpoints, and the Personal Edition."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from .delays import Change

if t.TYPE_CHECKING:
    from .cloud import Cloud

#: The entry that a public endpoint has from the beginning.
AUTOMATIC = "127.0.0.1/32"


@dataclasses.dataclass
class AclEntry:
    entry: str
    comment: str
    visible: Change


@dataclasses.dataclass
class Internet:
    """The public endpoint of an instance. `running` is None while it is off."""

    running: Change | None = None
    entries: list[AclEntry] = dataclasses.field(default_factory=list)

    def lets_in(self, address: str, now: float) -> bool:
        """Whether the endpoint works, and its list has the address."""
        if self.running is None or not self.running.due(now):
            return False
        networks = [ipaddress.ip_network(item.entry) for item in self.entries if item.visible.due(now)]
        return any(ipaddress.ip_address(address) in network for network in networks)


@dataclasses.dataclass
class LinkedVpc:
    vpc: str
    vswitch: str
    address: str
    running: Change
    deleted: Change | None = None


@dataclasses.dataclass
class Charts:
    """How the charts of an instance are reached, which has nothing to do with how its images are."""

    internet: Internet = dataclasses.field(default_factory=Internet)
    linked: list[LinkedVpc] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Token:
    user: str
    password: str
    expires: float


@dataclasses.dataclass
class Instance:
    """An ACR Enterprise instance. Images are `namespace/repository:tag`."""

    id: str
    name: str
    region: str
    uid: str
    cloud: Cloud
    created: float
    status: str = "RUNNING"
    images: set[str] = dataclasses.field(default_factory=set)
    internet: Internet = dataclasses.field(default_factory=Internet)
    linked: list[LinkedVpc] = dataclasses.field(default_factory=list)
    charts: Charts = dataclasses.field(default_factory=Charts)
    #: Customized domains, with the certificate of each.
    domains: dict[str, str] = dataclasses.field(default_factory=dict)
    tokens: list[Token] = dataclasses.field(default_factory=list)

    @property
    def internet_domain(self) -> str:
        return f"{self.name}-registry.{self.region}.cr.aliyuncs.com"

    @property
    def vpc_domain(self) -> str:
        return f"{self.name}-registry-vpc.{self.region}.cr.aliyuncs.com"

    @property
    def hosts(self) -> set[str]:
        return {self.internet_domain, self.vpc_domain, *self.domains}

    def add_domain(self, domain: str, certificate: str = "cert-1") -> None:
        """A customized domain, which clients reach as they reach the default ones."""
        self.domains[domain] = certificate

    def open_internet(self, *entries: str) -> None:
        """A public endpoint that has been RUNNING for a while, with these entries beside the automatic one."""
        before = Change(0.0, seen=True)
        items = [AclEntry(AUTOMATIC, "default", before), *(AclEntry(entry, "", before) for entry in entries)]
        self.internet = Internet(before, items)

    def close_internet(self) -> None:
        self.internet = Internet()

    def link_vpc(self, vpc: str, vswitch: str) -> None:
        """A linked VPC that has been RUNNING for a while."""
        self.linked.append(LinkedVpc(vpc, vswitch, self.new_address(), Change(0.0, seen=True)))

    def new_address(self) -> str:
        return f"192.168.0.{len(self.linked) + 10}"

    def reached_from(self, vpcs: frozenset[str], now: float) -> bool:
        """Whether one of the VPCs is linked."""
        return any(link.vpc in vpcs and link.running.due(now) and link.deleted is None for link in self.linked)


@dataclasses.dataclass
class PersonalRegistry:
    """What an account has in ACR Personal Edition in a region, which all accounts share the hosts of."""

    region: str
    uid: str
    images: set[str]

    @property
    def hosts(self) -> set[str]:
        return {f"registry.{self.region}.aliyuncs.com", f"registry-vpc.{self.region}.aliyuncs.com"}
