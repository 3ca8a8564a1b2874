# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Grants of Alibaba Cloud, compiled to the RAM documents of both sides.

Elastic container instances assume a role of their own account. In the registry's account that role pulls by itself; from another account
it assumes a role of the registry's account, which trusts it and pulls.
https://www.alibabacloud.com/help/en/eci/user-guide/pull-images-from-a-container-registry-instance-without-using-a-password
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._errors import RegistryError
from ._grants import GRANT_NAME, check_keys, is_ram_grant, is_tag_selector, selector_problem, texts
from ._policy.dialect import RAM
from ._policy.document import RawStatement
from ._ram_trust import ram_trust_statements

#: The service that assumes the role of elastic container instances.
ECI = "eci.aliyuncs.com"
#: What a pull needs: actions that RAM checks against everything, and those on what is pulled.
#: https://www.alibabacloud.com/help/en/acr/user-guide/ram-authentication-rules and the system policy AliyunCSManagedAcrRolePolicy
_LOGIN = ("cr:GetAuthorizationToken", "cr:ListInstanceEndpoint")
_PULL = ("cr:PullRepository",)
_ROLE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z0-9]+)+")
#: Of Container Registry, Enterprise Edition.
INSTANCE_ID = re.compile(r"cri-[a-z0-9-]+")
_LONGEST_NAME = 64


@dataclass(frozen=True)
class RamGrant:
    """One entry of the declaration.

    ``role`` is the role of the registry's account that workloads of other accounts assume. ``workloads`` are (account, role).
    """

    name: str
    account: str
    region: str
    instance_id: str
    role: str
    repositories: tuple[str, ...]
    workloads: tuple[tuple[str, str], ...]

    @property
    def foreign(self) -> list[tuple[str, str]]:
        """The workloads of other accounts."""
        return sorted(one for one in self.workloads if one[0] != self.account)


@dataclass(frozen=True)
class RoleDocuments:
    """The statements of one role: of its ``trust`` policy, and of the ``policy`` that says what it may do."""

    trust: Sequence[RawStatement] = ()
    policy: Sequence[RawStatement] = ()


def ram_role_documents(grants: Iterable[RamGrant], account: str) -> dict[str, RoleDocuments]:
    """What these grants mean to the roles of one account, on whichever side: role -> its documents. Roles are sorted.

    Names that differ in their letter case are one role to RAM; it gets the first spelling. Raises RegistryError for what is no account id.
    """
    if not isinstance(account, str) or not RAM.account_id.fullmatch(account):
        raise RegistryError(f"the account is {account!r}; {RAM.account_id_help}")
    spelled: dict[str, str] = {}
    trust: dict[str, list[RawStatement]] = {}
    policy: dict[str, list[RawStatement]] = {}
    assumed: dict[str, set[str]] = {}
    pulled: dict[str, set[str]] = {}
    for grant in grants:
        for workload_account, role in grant.workloads:
            if workload_account == account:
                role = spelled.setdefault(role.lower(), role)
                trust.setdefault(role, ram_trust_statements([{"service": ECI}]))
                if grant.account == account:
                    pulled.setdefault(role, set()).update(_resources(grant))
                else:
                    assumed.setdefault(role, set()).add(f"acs:ram::{grant.account}:role/{grant.role}")
        if grant.account == account and grant.foreign:
            by_account = [{"account": one, "roles": [role]} for one, role in grant.foreign]
            pulling = spelled.setdefault(grant.role.lower(), grant.role)
            there = trust.setdefault(pulling, [])
            there += [statement for statement in ram_trust_statements(by_account) if statement not in there]
            pulled.setdefault(pulling, set()).update(_resources(grant))
    for role in trust:
        statements = policy.setdefault(role, [])
        if role in assumed:
            statements.append({"Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": sorted(assumed[role])})
        if role in pulled:
            statements.append({"Effect": "Allow", "Action": list(_LOGIN), "Resource": ["*"]})
            statements.append({"Effect": "Allow", "Action": list(_PULL), "Resource": sorted(pulled[role])})
    return {role: RoleDocuments(trust[role], policy[role]) for role in sorted(trust)}


def _resources(grant: RamGrant) -> list[str]:
    """The documentation of ECI has the pull checked on the instance, that of Container Registry on the repository: both are named."""
    start = f"acs:cr:{grant.region}:{grant.account}:"
    return [f"{start}instance/{grant.instance_id}", *(f"{start}repository/{grant.instance_id}/{one}" for one in grant.repositories)]


def read_ram_grants(declaration: Any) -> list[RamGrant]:
    """Reads and checks the grants of a declaration whose registry is in Alibaba Cloud; others are left out.

    Raises RegistryError that lists everything that is wrong: which grant, which field, why, and what to write instead.
    """
    if isinstance(declaration, (str, Mapping)) or not isinstance(declaration, Sequence):
        raise RegistryError(f"grants must be a list of grants, not {type(declaration).__name__}")
    problems: list[str] = []
    entries = [entry for entry in declaration if is_ram_grant(entry)]
    grants = [_read(entry, f"grant '{entry.get('name')}'", problems) for entry in entries]
    problems += _shared_by_accident(grant for grant, entry in zip(grants, entries, strict=True) if not entry["registry"].get("role"))
    names = [grant.name for grant in grants]
    problems += [
        f"grant '{name}': the name is used twice; every grant needs a name of its own" for name in {*names} if names.count(name) > 1
    ]
    if problems:
        raise RegistryError("; ".join(problems))
    return grants


def _shared_by_accident(grants: Iterable[RamGrant]) -> Iterator[str]:
    """Problems of grants that say no role, and would get the same one: each would give the others what it allows."""
    found: dict[tuple[str, str], str] = {}
    for grant in grants:
        other = found.setdefault((grant.account, grant.role.lower()), grant.name)
        if other != grant.name:
            yield f"grant '{grant.name}': its role would be {grant.role}, that of the grant '{other}'; give 'registry.role' to one of them"


def _read(entry: Mapping[str, Any], where: str, problems: list[str]) -> RamGrant:
    check_keys(entry, ("name", "registry", "repositories", "access", "to"), where, problems)
    registry = {key: value for key, value in entry["registry"].items() if value is not None}
    check_keys(registry, ("alicloud_account", "region", "instance_id", "role"), f"{where}: registry", problems)
    name = str(entry.get("name"))
    if not GRANT_NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        problems.append(f"{where}: name must be letters, digits, - and _, begin with a letter, and have at most {_LONGEST_NAME} characters")
    _check_account(registry["alicloud_account"], f"{where}: registry.alicloud_account", problems)
    role = str(registry.get("role") or f"registry-{name.replace('_', '-')}"[:_LONGEST_NAME])
    for field, value, pattern, example in (
        ("region", registry.get("region"), _REGION, "cn-hangzhou"),
        ("instance_id", registry.get("instance_id"), INSTANCE_ID, "cri-1a2b3c4d5e6f"),
        ("role", role, _ROLE, "registry-pull"),
    ):
        if not isinstance(value, str) or not pattern.fullmatch(value):
            problems.append(f"{where}: registry.{field} is {value!r}; write for example {example}")
    if entry.get("access") != "pull":
        problems.append(f"{where}: access is {entry.get('access')!r}; with a registry in Alibaba Cloud it is pull")
    repositories = texts(entry.get("repositories"), f"{where}: repositories", problems)
    problems += [f"{where}: repositories: {problem}" for one in repositories if (problem := _repository_problem(one))]
    workloads = _workloads(entry.get("to"), where, problems)
    account, region, instance = (str(registry.get(key)) for key in ("alicloud_account", "region", "instance_id"))
    return RamGrant(name, account, region, instance, role, repositories, workloads)


def _workloads(to: Any, where: str, problems: list[str]) -> tuple[tuple[str, str], ...]:
    if isinstance(to, (str, Mapping)) or not isinstance(to, Sequence) or not to:
        problems.append(f"{where}: to must be a list of accounts with the roles of their container instances")
        return ()
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for at, one in enumerate(to):
        place = f"{where}: to[{at}]"
        if not isinstance(one, Mapping):
            problems.append(f"{place} is no mapping; write for example 'account: \"1609982529000001\"' and 'roles: [eci-pull]'")
            continue
        given = {key: value for key, value in one.items() if value is not None}
        check_keys(given, ("account", "roles"), place, problems)
        _check_account(given.get("account"), f"{place}: account", problems)
        roles = texts(given.get("roles"), f"{place}: roles", problems)
        problems += [f"{place}: roles: '{role}' is no name of a role" for role in roles if not _ROLE.fullmatch(role)]
        for role in roles:
            found.setdefault((str(given.get("account")), role.lower()), (str(given.get("account")), role))
    return tuple(found.values())


def _check_account(value: Any, where: str, problems: list[str]) -> None:
    if not isinstance(value, str) or not RAM.account_id.fullmatch(value):
        problems.append(f"{where} is {value!r}; {RAM.account_id_help}")


def _repository_problem(selector: str) -> str | None:
    if is_tag_selector(selector):
        return f"'{selector}' selects by tag, which RAM cannot; write names or patterns, such as payments/*"
    if "/" not in selector and not selector.endswith("*"):
        return f"'{selector}' has no namespace; write NAMESPACE/NAME, or NAMESPACE/* for all of it"
    return selector_problem(selector)
