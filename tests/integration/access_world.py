# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The accounts of the lab as generated declarations say, everybody who asks, and what the check of access reads and tries there."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from ansible_collections.crossaccount.registry.plugins.module_utils._access.questions import read_principal
from ansible_collections.crossaccount.registry.plugins.module_utils._access.sides import Evidence, IdentitySide
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.access_probe import Probed, consumer_session, probe
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.access_sides import read_identity_sides, read_registry_side
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.session import AwsSession
from ansible_collections.crossaccount.registry.plugins.module_utils._grants import (
    Grant,
    identity_statements,
    read_grants,
    registry_statements,
)
from tests.integration import access_declarations as declarations
from tests.integration.access_declarations import Declaration, Pair
from tests.integration.conftest import OTHER, PRIMARY, SECONDARY
from tests.lab import Lab

#: Declarations that are in force together: as many as the policies that they share have room for.
TOGETHER, ROOM = 9, 10_000
THREADS = 4
GROUP = "developers"

#: A call for Lab.call_all().
Call = tuple[str, str, str, str, dict[str, Any]]


def document(statements: Iterable[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


def repository_policy(region: str, name: str, statements: list[Any]) -> Call:
    if not statements:
        return PRIMARY, region, "ecr", "DeleteRepositoryPolicy", {"repositoryName": name}
    return PRIMARY, region, "ecr", "SetRepositoryPolicy", {"repositoryName": name, "policyText": document(statements), "force": True}


def identity_policy(arn: str, statements: list[Any]) -> Call:
    """The one policy of a role, or of the user's group; without statements it allows something else."""
    kind = "Group" if arn == declarations.USER else "Role"
    name = GROUP if arn == declarations.USER else arn.rpartition("/")[2]
    text = document(statements or [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}])
    given = {f"{kind}Name": name, "PolicyName": "registry", "PolicyDocument": text}
    return arn.split(":")[4], declarations.REGIONS[0], "iam", f"Put{kind}Policy", given


class World:
    """The accounts of the lab, everybody who asks, and what is declared at the moment."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._with_policy: set[str] = set()
        lab.set_organization(declarations.ORGANIZATION, declarations.PATHS)
        self.administrators = {account: self._session(account) for account in (PRIMARY, SECONDARY, OTHER)}
        self._sessions = dict(self._everybody())
        for session, region in itertools.product((*self.administrators.values(), *self._sessions.values()), declarations.REGIONS):
            session.client("ecr", region)  # made before threads use them

    def _session(self, access_key: str, secret: str = "any") -> AwsSession:
        keys = {"aws_access_key_id": access_key, "aws_secret_access_key": secret}
        return AwsSession(keys, self.lab.endpoint, declarations.REGIONS[0])

    def iam(self, account: str) -> Any:
        return self.administrators[account].client("iam", "us-east-1")

    def _everybody(self) -> Iterator[tuple[str, AwsSession]]:
        """The sessions of all who ask, the way probing gets them."""
        sessions: Any = SimpleNamespace(of=self.administrators.get, caller_of=lambda account: f"arn:aws:iam::{account}:root")
        for arn, tags in declarations.ROLES.items():
            account, path = arn.split(":")[4], arn.partition("role/")[2]
            trust = document([{"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}])
            folder = f"/{path.rpartition('/')[0]}/".replace("//", "/")
            shown = [{"Key": key, "Value": value} for key, value in tags.items()]
            self.iam(account).create_role(RoleName=path.rpartition("/")[2], Path=folder, AssumeRolePolicyDocument=trust, Tags=shown)
            yield arn, consumer_session(sessions, arn)
        iam = self.iam(SECONDARY)
        iam.create_user(UserName="ci")
        iam.create_group(GroupName=GROUP)
        iam.add_user_to_group(UserName="ci", GroupName=GROUP)
        key = iam.create_access_key(UserName="ci")["AccessKey"]
        yield declarations.USER, self._session(key["AccessKeyId"], key["SecretAccessKey"])
        self._boundaries = [
            iam.create_policy(PolicyName=f"boundary-{at}", PolicyDocument=document(boundary))["Policy"]["Arn"]
            for at, boundary in enumerate(declarations.BOUNDARIES)
        ]
        for account in declarations.ADMINISTRATORS:
            yield account, self.administrators[account]

    # -- writing ---------------------------------------------------------------------------------------------------------

    def declare(self, several: list[Declaration], grants: list[Grant]) -> None:
        """Makes the world as these declarations together say: repositories, both sides, and what is there beside."""
        calls: list[Call] = []
        for one in several:
            for (region, name), tags in one.repositories.items():
                shown = [{"Key": key, "Value": value} for key, value in tags.items()]
                calls.append((PRIMARY, region, "ecr", "CreateRepository", {"repositoryName": name, "tags": shown}))
                given = [made for grant in grants if grant.selects(name, tags) for made in registry_statements(grant, region, "repository")]
                given += one.foreign.get((region, name), [])
                calls += [repository_policy(region, name, given)] if given else []
        for region in declarations.REGIONS:
            given = [statement for one in several for statement in one.registries.get(region, [])]
            given += [statement for grant in grants for statement in registry_statements(grant, region, "registry")]
            calls += self._registry_policy(region, given, several[0].scope)
        for arn in (*declarations.ROLES, declarations.USER):
            kind, name = arn.split(":")[5].split("/", 1)
            given = identity_statements(grants, arn.split(":")[4], kind, name)
            given += [statement for one in several for statement in one.identities.get(arn, [])]
            calls.append(identity_policy(arn, given))
        boundary = {"RoleName": "bounded", "PermissionsBoundary": self._boundaries[several[0].boundary]}
        calls.append((SECONDARY, declarations.REGIONS[0], "iam", "PutRolePermissionsBoundary", boundary))
        self.lab.call_all(calls)

    def _registry_policy(self, region: str, statements: list[Any], scope: str) -> Iterator[Call]:
        """A policy that is written in scope V2 stays when the scope becomes V1."""
        setting = {"name": "REGISTRY_POLICY_SCOPE"}
        yield PRIMARY, region, "ecr", "PutAccountSetting", {**setting, "value": "V2"}
        if statements:
            yield PRIMARY, region, "ecr", "PutRegistryPolicy", {"policyText": document(statements)}
        elif region in self._with_policy:
            yield PRIMARY, region, "ecr", "DeleteRegistryPolicy", {}
        self._with_policy = self._with_policy - {region} | ({region} if statements else set())
        if scope != "V2":
            yield PRIMARY, region, "ecr", "PutAccountSetting", {**setting, "value": scope}

    # -- reading and trying ----------------------------------------------------------------------------------------------

    def evidence(self, several: list[Declaration]) -> Evidence:
        """What the check reads of AWS about all who ask and all that they ask for. Tags of repositories are as declared."""
        pairs = [pair for one in several for pair in one.pairs]
        identities: dict[str, Any] = {}
        for account, session in self.administrators.items():
            arns = {pair.principal for pair in pairs if pair.principal.split(":")[4:5] == [account]}
            identities |= read_identity_sides(session, sorted(arns), THREADS)
        for account in declarations.ADMINISTRATORS:
            caller = read_principal(account, "").caller(declarations.REGIONS[0])
            identities[account] = IdentitySide(caller, tags={}, organization=declarations.ORGANIZATION)
        registries = {}
        for region in sorted({pair.region for pair in pairs}):
            tags = {name: its for one in several for (where, name), its in one.repositories.items() if where == region}
            side = read_registry_side(self.administrators[PRIMARY], PRIMARY, region, list(tags), workers=THREADS)
            registries[PRIMARY, region] = replace(side, tags=tags)
        return Evidence(identities, registries)

    def probe(self, pair: Pair) -> list[Probed]:
        client = self._sessions[pair.principal].client("ecr", pair.region)
        return [*probe(client, PRIMARY, pair.repository, "login"), *probe(client, PRIMARY, pair.repository, pair.access)]


def groups(declared: list[Declaration]) -> Iterator[tuple[list[Declaration], list[Grant]]]:
    """Declarations that are in force together, and their grants."""
    several: list[Declaration] = []
    grants: list[Grant] = []
    used: Counter[str] = Counter()
    for one in declared:
        its_grants = read_grants(one.grants)
        sizes = sizes_of(one, its_grants)
        if several and (len(several) == TOGETHER or max((used + sizes).values()) > ROOM):
            yield several, grants
            several, grants, used = [], [], Counter()
        several, grants, used = [*several, one], [*grants, *its_grants], used + sizes
    yield several, grants


def sizes_of(one: Declaration, grants: list[Grant]) -> Counter[str]:
    """What a declaration takes of the policies that it shares with others: the registry's of each region, and everybody's own."""
    sizes: Counter[str] = Counter()
    for region in declarations.REGIONS:
        given = [made for grant in grants for made in registry_statements(grant, region, "registry")]
        sizes[region] = len(document([*given, *one.registries.get(region, [])]))
    for arn in (*declarations.ROLES, declarations.USER):
        kind, name = arn.split(":")[5].split("/", 1)
        given = identity_statements(grants, arn.split(":")[4], kind, name)
        # The policies of a group have half the room of a role's.
        sizes[arn] = len(document([*given, *one.identities.get(arn, [])])) * (2 if arn == declarations.USER else 1)
    return sizes
