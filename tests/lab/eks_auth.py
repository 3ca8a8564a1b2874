# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""EKS Auth: what the Pod Identity agent on a node asks for a pod. Session tags and their names are those of the EKS user guide."""

from __future__ import annotations

import dataclasses
import typing as t
import uuid

from . import sts_sessions
from .call import AwsError, Call
from .eks_clusters import Cluster, cluster_named
from .eks_pod_identity import SERVICE, Association, service_caller, visible
from .operations import own
from .sts_web_identity import claims_of, must_not_be_expired


@own("eks-auth", "AssumeRoleForPodIdentity")
def assume_role_for_pod_identity(call: Call) -> dict[str, t.Any]:
    cluster = cluster_named(call, str(call.parameters["clusterName"]))
    association = _association(cluster, _subject(cluster, str(call.parameters["token"])))
    shown = association.shown
    session = f"eks-{cluster.name}-{shown['serviceAccount']}-{uuid.uuid4()}"[:64]
    wanted: dict[str, t.Any] = {"RoleArn": shown["roleArn"], "RoleSessionName": session}
    if not shown["disableSessionTags"]:
        tags = _session_tags(cluster, association)
        wanted.update(Tags=[{"Key": key, "Value": value} for key, value in tags.items()], TransitiveTagKeys=list(tags))
    if shown.get("policy"):
        wanted["Policy"] = shown["policy"]
    source = {"aws:sourceaccount": [call.account], "aws:sourcearn": [cluster.arn]}
    try:
        result = sts_sessions.assume(dataclasses.replace(call, caller=service_caller(call.partition), parameters=wanted), source)
        if shown.get("targetRoleArn"):
            chained = {"RoleArn": shown["targetRoleArn"], "RoleSessionName": session, "ExternalId": shown["externalId"]}
            result = sts_sessions.assume(dataclasses.replace(call, caller=sts_sessions.caller_of(result), parameters=chained))
    except AwsError as error:
        raise AwsError("AccessDeniedException", error.message) from None
    given = result["Credentials"]
    return {
        "subject": {"namespace": shown["namespace"], "serviceAccount": shown["serviceAccount"]},
        "audience": SERVICE,
        "podIdentityAssociation": {name: shown[name] for name in ("associationArn", "associationId")},
        "assumedRoleUser": {"arn": result["AssumedRoleUser"]["Arn"], "assumeRoleId": result["AssumedRoleUser"]["AssumedRoleId"]},
        "credentials": {
            "sessionToken": given["SessionToken"],
            "secretAccessKey": given["SecretAccessKey"],
            "accessKeyId": given["AccessKeyId"],
            "expiration": given["Expiration"],
        },
    }


def _subject(cluster: Cluster, token: str) -> str:
    claims = claims_of(token, AwsError("InvalidTokenException", "The token included in the request is invalid."))
    audiences = claims.get("aud") if isinstance(claims.get("aud"), list) else [claims.get("aud")]
    if claims["iss"] != cluster.issuer or SERVICE not in t.cast("list[t.Any]", audiences):
        raise AwsError("InvalidTokenException", "The token included in the request is invalid.")
    must_not_be_expired(claims)
    return str(claims["sub"])


def _association(cluster: Cluster, subject: str) -> Association:
    namespace, _colon, name = subject.removeprefix("system:serviceaccount:").partition(":")
    for association in visible(cluster).values():
        if association.is_for(namespace, name):
            return association
    raise AwsError("ResourceNotFoundException", f"No pod identity association found for service account {namespace}/{name}.", 404)


def _session_tags(cluster: Cluster, association: Association) -> dict[str, str]:
    shown = association.shown
    return {
        "eks-cluster-arn": cluster.arn,
        "eks-cluster-name": cluster.name,
        "kubernetes-namespace": shown["namespace"],
        "kubernetes-service-account": shown["serviceAccount"],
        "kubernetes-pod-name": f"{shown['serviceAccount']}-0",
        "kubernetes-pod-uid": str(uuid.uuid5(uuid.NAMESPACE_URL, cluster.arn)),
    }
