# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Associations of EKS Pod Identity, and the tags of what EKS keeps.

Sentences about roles, duplicates and clusters are those that users report.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import secrets
import string
import time
import typing as t

from . import consistency, iam_trust_policies, iam_view
from .authorization import principal_strength
from .call import AwsError, Call
from .callers import Caller
from .conditions import pattern_for
from .eks_clusters import Cluster, cluster_named, clusters, paged
from .operations import after, on_reset, own

SERVICE = "pods.eks.amazonaws.com"
NEEDED = ("sts:AssumeRole", "sts:TagSession")
SHOWN_IN_LISTS = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")


@dataclasses.dataclass
class Association:
    """`shown` is what the service answers about it."""

    shown: dict[str, t.Any]

    def is_for(self, namespace: str, service_account: str) -> bool:
        return (self.shown["namespace"], self.shown["serviceAccount"]) == (namespace, service_account)


_OF_CLUSTERS: dict[str, dict[str, Association]] = {}


@on_reset
def forget() -> None:
    _OF_CLUSTERS.clear()


def associations(cluster: Cluster) -> dict[str, Association]:
    """The associations of a cluster by id, as they are."""
    return _OF_CLUSTERS.setdefault(cluster.arn, {})


def visible(cluster: Cluster) -> dict[str, Association]:
    """The associations of a cluster as readers, and new pods, see them."""
    return t.cast("dict[str, Association]", consistency.stale(("pod-identity", cluster.arn), associations(cluster)))


def _about_to_change(cluster: Cluster) -> None:
    consistency.replaced(("pod-identity", cluster.arn), copy.deepcopy(associations(cluster)))


def service_caller(partition: str) -> Caller:
    return Caller("service", "", partition, SERVICE, SERVICE, SERVICE, SERVICE, SERVICE)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


def _check_role(call: Call, arn: str) -> None:
    role = iam_view.by_arn(arn)
    if role is None or role.account_id != call.account or not consistency.is_visible(role.id):
        raise _invalid("Role provided in the request does not exist.")
    trusted = [
        statement
        for statement in iam_trust_policies.statements(role)
        if statement.allow
        and any(principal_strength(kind, value, service_caller(call.partition)) for kind, value in statement.principals or ())
    ]
    for action in NEEDED:
        if not any(pattern_for(pattern, None, ignore_case=True).fullmatch(action) for one in trusted for pattern in one.actions or ()):
            raise _invalid("Trust policy of the role provided is invalid. Follow the official documentation to resolve the issue.")


def _check_target(arn: str) -> None:
    fields = arn.split(":", 5)
    if len(fields) != 6 or fields[2] != "iam" or not fields[5].startswith("role/"):
        raise _invalid("Target role ARN provided in the request is invalid.")


def _check_policy(wanted: t.Mapping[str, t.Any]) -> None:
    if wanted.get("policy"):
        try:
            json.loads(wanted["policy"])
        except ValueError:
            raise _invalid("Policy provided in the request is not valid JSON.") from None
        if not wanted.get("disableSessionTags"):
            raise _invalid("Session tags must be disabled when a policy is provided.")


def _change(call: Call, association: Association) -> None:
    given = call.parameters
    if "roleArn" in given:
        _check_role(call, str(given["roleArn"]))
    wanted = {
        **association.shown,
        **{name: given[name] for name in ("roleArn", "disableSessionTags", "targetRoleArn", "policy") if name in given},
    }
    if wanted.get("targetRoleArn"):
        _check_target(str(wanted["targetRoleArn"]))
        wanted.setdefault("externalId", secrets.token_urlsafe(24))
    else:
        for name in ("targetRoleArn", "externalId"):
            wanted.pop(name, None)
    _check_policy(wanted)
    association.shown = {**wanted, "modifiedAt": time.time()}


@own("eks", "CreatePodIdentityAssociation")
def create(call: Call) -> dict[str, t.Any]:
    given = call.parameters
    cluster = cluster_named(call, str(given["clusterName"]))
    there = associations(cluster)
    for name, one in there.items():
        if one.is_for(given["namespace"], given["serviceAccount"]):
            raise AwsError("ResourceInUseException", f"Association already exists: {name}", 409, clusterName=cluster.name)
    new = "a-" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _place in range(17))
    made = Association(
        {
            "clusterName": cluster.name,
            "namespace": given["namespace"],
            "serviceAccount": given["serviceAccount"],
            "associationArn": f"arn:{call.partition}:eks:{call.region}:{call.account}:podidentityassociation/{cluster.name}/{new}",
            "associationId": new,
            "tags": dict(given.get("tags") or {}),
            "createdAt": time.time(),
            "disableSessionTags": False,
        }
    )
    _change(call, made)
    _about_to_change(cluster)
    there[new] = made
    return {"association": made.shown}


def _association(call: Call, seen: bool) -> tuple[Cluster, Association]:
    cluster = cluster_named(call, str(call.parameters["clusterName"]))
    name = str(call.parameters["associationId"])
    found = (visible(cluster) if seen else associations(cluster)).get(name)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"No association found for id: {name}.", 404, clusterName=cluster.name)
    return cluster, found


@own("eks", "DescribePodIdentityAssociation")
def describe(call: Call) -> dict[str, t.Any]:
    return {"association": _association(call, seen=True)[1].shown}


@own("eks", "ListPodIdentityAssociations")
def list_associations(call: Call) -> dict[str, t.Any]:
    given = call.parameters
    found = [
        {name: one.shown[name] for name in SHOWN_IN_LISTS if name in one.shown}
        for one in visible(cluster_named(call, str(given["clusterName"]))).values()
        if given.get("namespace") in (None, one.shown["namespace"]) and given.get("serviceAccount") in (None, one.shown["serviceAccount"])
    ]
    return paged(call, "associations", found)


@own("eks", "UpdatePodIdentityAssociation")
def update(call: Call) -> dict[str, t.Any]:
    cluster, found = _association(call, seen=False)
    _about_to_change(cluster)
    _change(call, found)
    return {"association": found.shown}


@own("eks", "DeletePodIdentityAssociation")
def delete(call: Call) -> dict[str, t.Any]:
    cluster, found = _association(call, seen=False)
    _about_to_change(cluster)
    del associations(cluster)[found.shown["associationId"]]
    return {"association": found.shown}


@after("eks", "DeleteCluster")
def forget_those_of_a_cluster(call: Call, _answer: t.Any) -> None:
    _OF_CLUSTERS.pop(f"arn:{call.partition}:eks:{call.region}:{call.account}:cluster/{call.parameters['name']}", None)


def _tagged(call: Call) -> dict[str, t.Any]:
    arn = str(call.parameters["resourceArn"])
    for cluster in clusters(call).values():
        for one in (cluster, *associations(cluster).values()):
            if arn in (one.shown.get("arn"), one.shown.get("associationArn")):
                return one.shown
    raise AwsError("NotFoundException", f"Resource not found for ARN: {arn}", 404)


@own("eks", "TagResource")
def tag(call: Call) -> dict[str, t.Any]:
    _tagged(call)["tags"].update(call.parameters["tags"])
    return {}


@own("eks", "UntagResource")
def untag(call: Call) -> dict[str, t.Any]:
    tags = _tagged(call)["tags"]
    for key in call.parameters["tagKeys"]:
        tags.pop(key, None)
    return {}


@own("eks", "ListTagsForResource")
def list_tags(call: Call) -> dict[str, t.Any]:
    return {"tags": _tagged(call)["tags"]}
