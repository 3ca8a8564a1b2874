# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Reads a declaration of what Red Hat Advanced Cluster Security scans: clusters whose workloads scan, and registries that let them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._cluster_names import CLUSTER, NAMESPACE
from .._errors import RegistryError
from .._grants import is_region, is_tag_selector, read_recipients, selector_problem
from .._policy.principals import partition_of
from .._trust import trust_statements

IRSA, POD_IDENTITY, OPENSHIFT = "irsa", "pod_identity", "openshift"
ASSUME_ROLE, REPOSITORY_POLICY = "assume_role", "repository_policy"
_CLUSTER_FIELDS = ("name", "account", "region", "role", "identity", "issuer", "namespace", "workloads")
_REGISTRY_FIELDS = ("account", "regions", "access", "role", "external_id", "repositories", "state")
#: Their service accounts and deployments have the same names.
_WORKLOADS = ("central", "sensor")
#: Central has the DNS names of these partitions only, and ARNs of roles in the first one only: pkg/registries/ecr/ecr.go of stackrox.
_PARTITIONS = ("aws", "aws-us-gov")


@dataclass(frozen=True)
class Cluster:
    """A cluster with Central or Sensor. ``role`` may have a path; ``issuer`` is None where EKS tells it."""

    name: str
    account: str
    region: str
    role: str
    identity: str
    issuer: str | None
    namespace: str
    workloads: tuple[str, ...]

    @property
    def role_arn(self) -> str:
        """The ARN of the role that its workloads get."""
        return f"arn:{partition_of(self.region)}:iam::{self.account}:role/{self.role}"

    @property
    def arn(self) -> str:
        """The ARN of the EKS cluster."""
        return f"arn:{partition_of(self.region)}:eks:{self.region}:{self.account}:cluster/{self.name}"


@dataclass(frozen=True)
class Registry:
    """The registries of an account in some regions. ``role``, which may have a path, is None where the policies of repositories allow."""

    account: str
    regions: tuple[str, ...]
    role: str | None
    external_id: str | None
    repositories: tuple[str, ...]
    state: str

    @property
    def role_arn(self) -> str:
        """The ARN of the role that Central assumes."""
        return f"arn:{partition_of(self.regions[0])}:iam::{self.account}:role/{self.role}"

    def arns(self) -> list[str]:
        """The repositories that may be scanned, as resources of policies."""
        return [f"{registry}/{name}" for registry in self.registry_arns() for name in self.repositories]

    def registry_arns(self) -> list[str]:
        """The beginnings of the ARNs of all its repositories."""
        return [f"arn:{partition_of(region)}:ecr:{region}:{self.account}:repository" for region in self.regions]


@dataclass(frozen=True)
class Scanning:
    """The declaration."""

    clusters: tuple[Cluster, ...]
    registries: tuple[Registry, ...]


def read_scanning(declaration: Any) -> Scanning:
    """Reads and checks a declaration, a mapping with C(clusters) and C(registries).

    Raises RegistryError that says which entry, which field, why, and what to write instead.
    """
    whole = _mapping(declaration, "the declaration", ("clusters", "registries"))
    clusters = tuple(_read_cluster(one, f"clusters[{at}]") for at, one in enumerate(_items(whole, "clusters")))
    registries = tuple(_read_registry(one, f"registries[{at}]") for at, one in enumerate(_items(whole, "registries")))
    _once([cluster.name for cluster in clusters], "clusters: the name '{}' is there twice; names tell clusters apart")
    _once([cluster.role_arn for cluster in clusters], "clusters: the role '{}' is there twice; give each cluster a role of its own")
    _once(
        [f"{one.account} {region}" for one in registries for region in one.regions],
        "registries: '{}' is there twice; Central has one integration for each account and region",
    )
    _once(
        [one.role_arn for one in registries if one.role],
        "registries: the role '{}' is there twice; write one entry with all its regions, or another role",
    )
    _check_partitions(clusters, registries)
    if shared := {cluster.role_arn for cluster in clusters} & {one.role_arn for one in registries if one.role}:
        raise RegistryError(f"the role '{shared.pop()}' is that of a cluster and of a registry; give the registry a role of its own")
    return Scanning(clusters, registries)


def _check_partitions(clusters: Sequence[Cluster], registries: Sequence[Registry]) -> None:
    """Raises RegistryError where a role of one partition would have to get into another one, which it cannot."""
    for registry in registries:
        homes = {partition_of(cluster.region): f"cluster '{cluster.name}'" for cluster in clusters}
        places = homes | {partition_of(region): region for region in registry.regions}
        if len(places) > 1:
            found = " and ".join(f"{place} in {partition}" for partition, place in sorted(places.items()))
            raise RegistryError(f"registry {registry.account}: there is {found}; a role cannot get from one partition into another")


def _read_cluster(entry: Any, where: str) -> Cluster:
    one = _mapping(entry, where, _CLUSTER_FIELDS)
    name = _text(one, "name", where, CLUSTER, "a name has letters, digits, - and _")
    where = f"cluster '{name}'"
    account, role = _account_and_role(one, where)
    if role is None:
        raise RegistryError(f"{where}: role is missing; name the role for its workloads, which is created if it is not there")
    region = _region(one.get("region"), f"{where}: region")
    identity = _choice(one, "identity", where, (IRSA, POD_IDENTITY, OPENSHIFT))
    issuer = one.get("issuer")
    if identity == OPENSHIFT and not issuer:
        raise RegistryError(
            f"{where}: issuer is missing; this tells it: oc get authentication.config.openshift.io cluster "
            "-o jsonpath={.spec.serviceAccountIssuer}"
        )
    if identity == POD_IDENTITY and issuer:
        raise RegistryError(f"{where}: issuer has no meaning with EKS Pod Identity; leave it out")
    workloads = tuple(dict.fromkeys(_texts(one, "workloads", where, ("central",))))
    if wrong := [workload for workload in workloads if workload not in _WORKLOADS]:
        raise RegistryError(f"{where}: workloads: '{wrong[0]}' is not {' or '.join(_WORKLOADS)}")
    namespace = _text({"namespace": "stackrox", **one}, "namespace", where, NAMESPACE, "a namespace has lower case letters, digits and -")
    return Cluster(name, account, region, role, identity, issuer, namespace, workloads)


def _read_registry(entry: Any, where: str) -> Registry:
    one = _mapping(entry, where, _REGISTRY_FIELDS)
    account, role = _account_and_role(one, where)
    where = f"registry {account}"
    regions = tuple(dict.fromkeys(_region(region, f"{where}: regions") for region in _texts(one, "regions", where, ())))
    if not regions:
        raise RegistryError(f"{where}: regions is missing; name the regions whose registries are scanned")
    access = _choice(one, "access", where, (ASSUME_ROLE, REPOSITORY_POLICY))
    repositories = tuple(_texts(one, "repositories", where, ("*",)))
    for repository in repositories:
        if problem := selector_problem(repository):
            raise RegistryError(f"{where}: repositories: {problem}")
        if is_tag_selector(repository):
            raise RegistryError(f"{where}: repositories: '{repository}' selects by tag; give names or patterns")
    external_id = one.get("external_id")
    _check_external_id(account, external_id, where)
    if access == REPOSITORY_POLICY and (wrong := next((name for name in ("role", "external_id") if one.get(name)), None)):
        raise RegistryError(f"{where}: {wrong} has no meaning with 'access: {REPOSITORY_POLICY}'; leave it out")
    if access == ASSUME_ROLE:
        if role is None:
            raise RegistryError(f"{where}: role is missing; name the role that Central assumes, which is created if it is not there")
        if partition_of(regions[0]) != _PARTITIONS[0]:
            raise RegistryError(
                f"{where}: Central assumes roles in the partition aws only; in {regions[0]} use 'access: {REPOSITORY_POLICY}'"
            )
    return Registry(account, regions, role, external_id, repositories, _choice(one, "state", where, ("present", "absent")))


def _account_and_role(one: Mapping[str, Any], where: str) -> tuple[str, str | None]:
    """Account and role as recipients of grants have them: a name with its path, or an ARN of the account."""
    role = one.get("role")
    if set("*?") & set(str(role)):
        raise RegistryError(f"{where}: role is '{role}'; name one role, without a pattern")
    try:
        (found,) = read_recipients([{"account": one.get("account"), **({"roles": [role]} if role else {})}], where)
    except RegistryError as error:
        raise RegistryError(str(error).replace(f"{where}[0]", where).replace(": roles:", ": role:")) from error
    return str(found.account), found.roles[0] if found.roles else None


def _check_external_id(account: str, external_id: Any, where: str) -> None:
    if external_id is not None and not isinstance(external_id, str):
        raise RegistryError(f"{where}: external_id is {external_id!r}; write it in quotes")
    try:
        trust_statements([{"account": account, "external_id": external_id}])
    except RegistryError as error:
        raise RegistryError(f"{where}: {str(error).partition(': ')[2]}") from error


def _region(value: Any, where: str) -> str:
    if not isinstance(value, str) or not is_region(value):
        raise RegistryError(f"{where}: {value!r} is no region" if value is not None else f"{where} is missing")
    if partition_of(value) not in _PARTITIONS:
        raise RegistryError(f"{where}: Central has no way into registries of '{value}'; it knows those of {' and '.join(_PARTITIONS)} only")
    return value


def _mapping(value: Any, where: str, fields: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RegistryError(f"{where} is no mapping")
    given = {name: one for name, one in value.items() if one is not None}
    if unknown := [str(name) for name in given if name not in fields]:
        raise RegistryError(f"{where}: there is no field '{unknown[0]}'; there is {', '.join(fields)}")
    return given


def _items(whole: Mapping[str, Any], field: str) -> Sequence[Any]:
    value = whole.get(field, [])
    if isinstance(value, (str, Mapping)) or not isinstance(value, Sequence):
        raise RegistryError(f"{field} must be a list, not {type(value).__name__}")
    return value


def _texts(one: Mapping[str, Any], field: str, where: str, default: Sequence[str]) -> Sequence[str]:
    value = one.get(field, default)
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(text, str) for text in value):
        raise RegistryError(f"{where}: {field} must be a list of texts")
    if field in one and not value:
        raise RegistryError(f"{where}: {field} is empty; leave it out, or name something")
    return value


def _text(one: Mapping[str, Any], field: str, where: str, pattern: re.Pattern[str], rule: str) -> str:
    value = one.get(field)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise RegistryError(f"{where}: {field} is {value!r}; {rule}" if value is not None else f"{where}: {field} is missing")
    return value


def _choice(one: Mapping[str, Any], field: str, where: str, choices: Sequence[str]) -> str:
    """One of the choices, the first one when nothing is given."""
    value = one.get(field, choices[0])
    if value not in choices:
        raise RegistryError(f"{where}: {field} is {value!r}, it must be one of: {', '.join(choices)}")
    return str(value)


def _once(names: Sequence[str], message: str) -> None:
    if twice := [name for name in names if names.count(name) > 1]:
        raise RegistryError(message.format(twice[0]))
