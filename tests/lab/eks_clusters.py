# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters of EKS, as far as their identity: name, ARN, OpenID Connect issuer, tags. Nothing runs in them; they are active at once."""

from __future__ import annotations

import dataclasses
import secrets
import time
import typing as t

from .call import AwsError, Call, dns_suffix
from .operations import on_reset, own
from .paging import page

Place = tuple[str, str]  # account, region


@dataclasses.dataclass
class Cluster:
    """`shown` is what the service answers about it."""

    name: str
    arn: str
    issuer: str
    shown: dict[str, t.Any]


_CLUSTERS: dict[Place, dict[str, Cluster]] = {}


@on_reset
def forget() -> None:
    _CLUSTERS.clear()


def clusters(call: Call) -> dict[str, Cluster]:
    """The clusters of the account and region that a call is about."""
    return _CLUSTERS.setdefault((call.account, call.region), {})


def cluster_named(call: Call, name: str) -> Cluster:
    found = clusters(call).get(name)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"No cluster found for name: {name}.", 404)
    return found


def paged(call: Call, key: str, items: list[t.Any]) -> dict[str, t.Any]:
    """One page of a list of EKS."""
    invalid = AwsError("InvalidParameterException", "Invalid nextToken.")
    shown, following = page(items, call.parameters.get("nextToken"), int(call.parameters.get("maxResults") or 100), invalid)
    return {key: shown, **({"nextToken": following} if following else {})}


@own("eks", "CreateCluster")
def create_cluster(call: Call) -> dict[str, t.Any]:
    name = str(call.parameters["name"])
    if name in clusters(call):
        raise AwsError("ResourceInUseException", f"Cluster already exists with name: {name}", 409, clusterName=name)
    arn = f"arn:{call.partition}:eks:{call.region}:{call.account}:cluster/{name}"
    issuer = f"https://oidc.eks.{call.region}.{dns_suffix(call.partition)}/id/{secrets.token_hex(16).upper()}"
    shown = {
        "name": name,
        "arn": arn,
        "createdAt": time.time(),
        "version": call.parameters.get("version") or "1.34",
        "endpoint": f"https://{secrets.token_hex(16).upper()}.gr7.{call.region}.eks.{dns_suffix(call.partition)}",
        "roleArn": call.parameters["roleArn"],
        "resourcesVpcConfig": call.parameters["resourcesVpcConfig"],
        "identity": {"oidc": {"issuer": issuer}},
        "status": "ACTIVE",
        "tags": dict(call.parameters.get("tags") or {}),
    }
    clusters(call)[name] = Cluster(name, arn, issuer, shown)
    return {"cluster": shown}


@own("eks", "DescribeCluster")
def describe_cluster(call: Call) -> dict[str, t.Any]:
    return {"cluster": cluster_named(call, str(call.parameters["name"])).shown}


@own("eks", "ListClusters")
def list_clusters(call: Call) -> dict[str, t.Any]:
    return paged(call, "clusters", sorted(clusters(call)))


@own("eks", "DeleteCluster")
def delete_cluster(call: Call) -> dict[str, t.Any]:
    found = cluster_named(call, str(call.parameters["name"]))
    del clusters(call)[found.name]
    return {"cluster": {**found.shown, "status": "DELETING"}}
