# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What each account, each cluster and Central have to do so that Red Hat Advanced Cluster Security scans registries of other accounts.

The workloads of a cluster get a role by the service account that they run as. This role may assume the roles of the registries' accounts,
or use their repositories where the policies of those allow it. https://docs.redhat.com/en/documentation/
red_hat_advanced_cluster_security_for_kubernetes/4.9/html/integrating/integrate-with-image-registries; the README of the role
rhacs_scanning says where and why this differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from .._grants import REGISTRY_ACTIONS
from .._policy.document import RawStatement
from .._trust import trust_statements
from .scanning_declaration import OPENSHIFT, POD_IDENTITY, Cluster, Registry, Scanning

#: Sids of these statements start with this; those of grants and caches do not, so none takes those of the others away.
SID_PREFIX = "CrossaccountScanning"
#: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
_POD_SERVICE, _ASSUME, _TAG = "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"
#: The audiences of the tokens of service accounts: those that the webhook of EKS has mounted, and those that OpenShift mounts.
_AUDIENCES = {OPENSHIFT: "openshift"}
_AUDIENCE = "sts.amazonaws.com"
_LOGIN: RawStatement = {"Sid": f"{SID_PREFIX}Login", "Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": "*"}


def scanning_plan(scanning: Scanning, account: str | None = None, cluster: str | None = None) -> dict[str, Any]:
    """What has to be done in one account, in one cluster, and in Central, as the options of the modules that do it.

    ``identities`` (roles of workloads), ``registry_roles`` and ``repositories`` are for the account, ``workloads`` for the cluster, and
    ``integrations`` for Central.
    """
    return {
        "identities": [_identity(scanning, one) for one in scanning.clusters if one.account == account],
        "registry_roles": [_registry_role(scanning, one) for one in scanning.registries if one.account == account and one.role],
        "repositories": [_repositories(scanning, one) for one in scanning.registries if one.account == account and not one.role],
        "workloads": [one for its in scanning.clusters if its.name == cluster for one in _workloads(its)],
        "integrations": [one for registry in scanning.registries for one in _integrations(registry)],
    }


# -- the account of a cluster ----------------------------------------------------------------------------------------


def _identity(scanning: Scanning, cluster: Cluster) -> dict[str, Any]:
    by_pods = cluster.identity == POD_IDENTITY
    subjects = [f"system:serviceaccount:{cluster.namespace}:{one}" for one in cluster.workloads]
    audience = _AUDIENCES.get(cluster.identity, _AUDIENCE)
    provider = {"url": cluster.issuer, "eks_cluster": None if cluster.issuer else cluster.name, "client_ids": [audience]}
    return {
        "name": cluster.name,
        "region": cluster.region,
        "role": cluster.role,
        "role_arn": cluster.role_arn,
        "provider": None if by_pods else provider,
        "trusted": None if by_pods else {"sid": SID_PREFIX, "subjects": subjects, "audience": audience},
        "trust": [_trust_of_pods(cluster)] if by_pods else [],
        "associations": [{"namespace": cluster.namespace, "service_account": one} for one in cluster.workloads] if by_pods else [],
        **_wanted(_permissions(scanning, cluster), ("Registries", "Login", "Scan")),
    }


def _trust_of_pods(cluster: Cluster) -> RawStatement:
    """Pod Identity lets any association use a role; the session tags say which ones may."""
    condition = {
        "aws:RequestTag/eks-cluster-arn": cluster.arn,
        "aws:RequestTag/kubernetes-namespace": cluster.namespace,
        "aws:RequestTag/kubernetes-service-account": list(cluster.workloads),
    }
    trust: RawStatement = {"Sid": SID_PREFIX, "Effect": "Allow", "Principal": {"Service": _POD_SERVICE}, "Action": [_ASSUME, _TAG]}
    return {**trust, "Condition": {"StringEquals": condition}}


def _permissions(scanning: Scanning, cluster: Cluster) -> list[RawStatement]:
    there = [one for one in scanning.registries if one.state == "present"]
    roles = [one.role_arn for one in there if one.role]
    repositories = [arn for one in there if not one.role for arn in one.arns()]
    statements: list[RawStatement] = []
    if roles:
        statements.append({"Sid": f"{SID_PREFIX}Registries", "Effect": "Allow", "Action": _assuming([cluster]), "Resource": roles})
    if repositories:
        scan = {"Sid": f"{SID_PREFIX}Scan", "Effect": "Allow", "Action": list(REGISTRY_ACTIONS["scan"]), "Resource": repositories}
        statements += [dict(_LOGIN), scan]
    return statements


def _assuming(clusters: Iterable[Cluster]) -> list[str]:
    """The tags of sessions by Pod Identity are transitive, so they have to be allowed to go on."""
    return [_ASSUME, _TAG] if any(one.identity == POD_IDENTITY for one in clusters) else [_ASSUME]


# -- the account of a registry ---------------------------------------------------------------------------------------


def _registry_role(scanning: Scanning, registry: Registry) -> dict[str, Any]:
    trust = [_trust_of_registry(cluster, registry) for cluster in scanning.clusters] if registry.state == "present" else []
    scan = [
        dict(_LOGIN),
        # The test of an integration lists all repositories of the registry.
        {
            "Sid": f"{SID_PREFIX}List",
            "Effect": "Allow",
            "Action": ["ecr:DescribeRepositories"],
            "Resource": [f"{arn}/*" for arn in registry.registry_arns()],
        },
        {"Sid": f"{SID_PREFIX}Scan", "Effect": "Allow", "Action": list(REGISTRY_ACTIONS["scan"]), "Resource": registry.arns()},
    ]
    permissions = _wanted(scan if registry.state == "present" else [], ("Login", "List", "Scan"))
    sids = [_sid(cluster) for cluster in scanning.clusters]
    return {"role": registry.role, "trust": trust, "trust_sids": [] if trust else sids, **permissions}


def _trust_of_registry(cluster: Cluster, registry: Registry) -> RawStatement:
    entry = {"sid": _sid(cluster), "account": cluster.account, "roles": [cluster.role], "external_id": registry.external_id}
    (statement,) = trust_statements([entry])
    return {**statement, "Action": _assuming([cluster])}


def _repositories(scanning: Scanning, registry: Registry) -> dict[str, Any]:
    roles = [cluster.role_arn for cluster in scanning.clusters]
    allow: RawStatement = {"Sid": SID_PREFIX, "Effect": "Allow", "Principal": {"AWS": roles}, "Action": list(REGISTRY_ACTIONS["scan"])}
    wanted = _wanted([allow] if registry.state == "present" and roles else [], ("",))
    return {"regions": list(registry.regions), "repositories": list(registry.repositories), **wanted}


def _sid(cluster: Cluster) -> str:
    """Names that differ in more than - and _ give different Sids; the account tells the others apart."""
    return SID_PREFIX + "".join(part[:1].upper() + part[1:] for part in re.split("[-_]", cluster.name)) + cluster.account


def _wanted(statements: Sequence[RawStatement], kinds: Sequence[str]) -> dict[str, Any]:
    """Statements that shall be there; where there are none, the Sids of those that there may have been."""
    if statements:
        return {"state": "present", "statements": list(statements), "sids": []}
    return {"state": "absent", "statements": [], "sids": [SID_PREFIX + kind for kind in kinds]}


# -- the cluster, and Central ----------------------------------------------------------------------------------------


def _workloads(cluster: Cluster) -> list[dict[str, Any]]:
    shared = {"namespace": cluster.namespace, "identity": cluster.identity, "role_arn": cluster.role_arn}
    return [{"name": one, **shared} for one in cluster.workloads]


def _integrations(registry: Registry) -> list[dict[str, Any]]:
    """Where only policies of repositories let Central in, its test fails, because nothing lets it list all repositories."""
    role = {"role": registry.role or "", "external_id": registry.external_id or ""}
    options = {"credentials": "container_iam", "assume_role": role, "skip_test": registry.role is None}
    return [
        {
            "state": registry.state,
            "testable": registry.role is not None,
            "options": {"name": f"ecr-{registry.account}-{region}", "registry_id": registry.account, "regions": [region], **options},
        }
        for region in registry.regions
    ]
