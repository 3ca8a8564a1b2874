# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account: what it has in each service, and how tests prepare it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing as t

from .callers import Caller, Credential
from .cr_state import Instance, PersonalRegistry
from .documents import parse
from .eci_state import Eci, Group, ImageCache
from .networks import Networks, SecurityGroup, VSwitch
from .ram_state import CUSTOM, SYSTEM, Attachment, Key, Policy, PolicyVersion, Ram, Role, User

if t.TYPE_CHECKING:
    from .cloud import Cloud


@dataclasses.dataclass
class Account:
    """One account (UID). Tests read its state directly, and prepare with its methods what no API of the stand-in makes."""

    uid: str
    cloud: Cloud
    ram: Ram = dataclasses.field(default_factory=Ram)
    #: (time, what RAM was before a write), for reads that are late.
    history: list[tuple[float, Ram]] = dataclasses.field(default_factory=list)

    #: ACR Enterprise instances by id; ACR Personal Edition by region.
    instances: dict[str, Instance] = dataclasses.field(default_factory=dict)
    personal: dict[str, PersonalRegistry] = dataclasses.field(default_factory=dict)
    networks: Networks = dataclasses.field(default_factory=Networks)
    eci: Eci = dataclasses.field(default_factory=Eci)

    @property
    def groups(self) -> dict[str, Group]:
        """Container groups by id."""
        return self.eci.groups

    @property
    def caches(self) -> dict[str, ImageCache]:
        """Image caches by id."""
        return self.eci.caches

    @property
    def roles(self) -> dict[str, Role]:
        """By name in lower case."""
        return self.ram.roles

    @property
    def policies(self) -> dict[str, Policy]:
        """Custom policies by name in lower case."""
        return self.ram.policies

    @property
    def root_key(self) -> Key:
        """The key of the account itself: everything is allowed, but STS lets it assume no role."""
        return self._key(Caller("root", self.uid, id=self.uid), "root")

    @property
    def key(self) -> Key:
        """The key of the RAM user `admin`, who has AdministratorAccess."""
        return self._user_key("admin", Attachment(SYSTEM, "AdministratorAccess", self.cloud.now()))

    def user(self, name: str, document: dict[str, t.Any] | None = None) -> Key:
        """The key of a RAM user who has a custom policy with this document, or none."""
        if document is None:
            return self._user_key(name)
        text = json.dumps(document)
        parse("PolicyDocument", text)
        policy, now = f"{name}-policy", self.cloud.now()
        self.ram.policies[policy.lower()] = Policy(policy, "", now, now, [PolicyVersion("v1", text, True, now)])
        return self._user_key(name, Attachment(CUSTOM, policy, now))

    def _user_key(self, name: str, *attached: Attachment) -> Key:
        with self.cloud.lock:
            user = self.ram.users.get(name.lower())
            if user is None:
                user = self.ram.users[name.lower()] = User(name, self.cloud.new_number("2"), self.cloud.now())
                user.attached += attached
            return self._key(Caller("user", self.uid, user.name, user.id), name)

    def _key(self, caller: Caller, name: str) -> Key:
        key = f"LTAI5t{self.uid}{name}"
        secret = "Secret" + hashlib.sha256(key.encode()).hexdigest()[:24]
        self.cloud.credentials.setdefault(key, Credential(secret, caller))
        return Key(key, secret)

    def add_identity_provider(self, kind: str, name: str) -> str:
        """A SAML or OIDC provider (`saml-provider`, `oidc-provider`) that trust documents may name; returns its ARN."""
        arn = f"acs:ram::{self.uid}:{kind}/{name}"
        self.ram.providers.add(arn)
        return arn

    def oidc_token(self, provider: str, subject: str, audience: str = "sts.aliyuncs.com") -> str:
        """A token that the OIDC provider of this ARN has given to somebody; it is opaque here."""
        token = f"eyJ{hashlib.sha256(f'{provider}/{subject}/{audience}'.encode()).hexdigest()}"
        self.cloud.tokens[token] = {"provider": provider, "iss": f"https://{provider.rpartition('/')[2]}", "aud": audience, "sub": subject}
        return token

    def add_service_role(self, name: str, service: str) -> Role:
        """A service-linked role, as a service makes it when it is first used."""
        now = self.cloud.now()
        statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": [service]}}
        trust = json.dumps({"Statement": [statement], "Version": "1"})
        role = Role(name, self.cloud.new_number("3"), trust, now, now, service_linked=service, allow_console_login=False)
        return self.ram.roles.setdefault(name.lower(), role)

    def add_instance(
        self, instance_id: str, name: str, region: str = "cn-hangzhou", images: t.Iterable[str] = (), status: str = "RUNNING"
    ) -> Instance:
        """An ACR Enterprise instance with images (`namespace/repository:tag`); no network reaches it yet."""
        made = Instance(instance_id, name, region, self.uid, self.cloud, self.cloud.now(), status=status, images=set(images))
        self.instances[instance_id] = made
        return made

    def add_personal_registry(self, region: str = "cn-hangzhou", images: t.Iterable[str] = ()) -> PersonalRegistry:
        """The account's part of ACR Personal Edition in a region; its images' namespaces are the account's own."""
        made = self.personal.setdefault(region, PersonalRegistry(region, self.uid, set()))
        made.images.update(images)
        return made

    def add_vswitch(
        self, vswitch: str, vpc: str, region: str = "cn-hangzhou", nat_ip: str | None = None, peers: t.Iterable[str] = ()
    ) -> VSwitch:
        """A vSwitch. `nat_ip`: its way to the Internet, seen there as this address; `peers`: VPCs that its VPC has routes to."""
        made = VSwitch(vswitch, vpc, region, nat_ip, frozenset(peers))
        self.networks.vswitches[vswitch] = made
        return made

    def add_security_group(self, group: str, vpc: str) -> SecurityGroup:
        made = self.networks.security_groups[group] = SecurityGroup(group, vpc)
        return made

    def add_eip(self, eip: str, address: str) -> None:
        """An elastic IP address that groups and image caches can be given."""
        self.networks.eips[eip] = address

    def call(self, product: str, name: str, *, region: str | None = None, key: Key | None = None, **parameters: t.Any) -> dict[str, t.Any]:
        """A call as the account itself, or with a key, without HTTP, signature and faults. Raises Refused."""
        return self.cloud.call(key or self.root_key, product, name, parameters, region)
