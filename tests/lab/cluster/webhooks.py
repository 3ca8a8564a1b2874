# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What EKS adds to a pod when it is created, and never afterwards: a role by annotation, or credentials by a Pod Identity association."""

from __future__ import annotations

import typing as t

ROLE = "eks.amazonaws.com/role-arn"
AUDIENCE = "eks.amazonaws.com/audience"
REGIONAL = "eks.amazonaws.com/sts-regional-endpoints"
EXPIRATION = "eks.amazonaws.com/token-expiration"
WEB_IDENTITY_FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
AGENT_FOLDER, AGENT_FILE = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount", "eks-pod-identity-token"
AGENT_AUDIENCE, AGENT_URL = "pods.eks.amazonaws.com", "http://169.254.170.23/v1/credentials"
DAY = 86400

Spec = dict[str, t.Any]


def token_volume(name: str, audience: str, file: str, seconds: int) -> dict[str, t.Any]:
    """A volume with one service account token."""
    source = {"serviceAccountToken": {"audience": audience, "expirationSeconds": seconds, "path": file}}
    return {"name": name, "projected": {"defaultMode": 420, "sources": [source]}}


def inject(spec: Spec, account: dict[str, t.Any], region: str, associated: bool) -> None:
    """Change the specification of a new pod as the webhook does for its service account. An association goes before an annotation."""
    annotations = account["metadata"].get("annotations") or {}
    regions = {"AWS_DEFAULT_REGION": region, "AWS_REGION": region}
    if annotations.get(REGIONAL, "true") == "true":
        regions = {"AWS_STS_REGIONAL_ENDPOINTS": "regional", **regions}
    if associated:
        given = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": AGENT_URL, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": f"{AGENT_FOLDER}/{AGENT_FILE}"}
        _add(spec, {**regions, **given}, token_volume("eks-pod-identity-token", AGENT_AUDIENCE, AGENT_FILE, DAY), AGENT_FOLDER)
    elif annotations.get(ROLE):
        given = {"AWS_ROLE_ARN": annotations[ROLE], "AWS_WEB_IDENTITY_TOKEN_FILE": f"{WEB_IDENTITY_FOLDER}/token"}
        audience, seconds = annotations.get(AUDIENCE, "sts.amazonaws.com"), int(annotations.get(EXPIRATION, DAY))
        _add(spec, {**regions, **given}, token_volume("aws-iam-token", audience, "token", seconds), WEB_IDENTITY_FOLDER)


def _add(spec: Spec, variables: dict[str, str], volume: dict[str, t.Any], folder: str) -> None:
    for container in spec["containers"]:
        there = {variable["name"] for variable in container.get("env", [])}
        added = [{"name": name, "value": value} for name, value in variables.items() if name not in there]
        container["env"] = [*container.get("env", []), *added]
        mount = {"name": volume["name"], "mountPath": folder, "readOnly": True}
        container["volumeMounts"] = [*container.get("volumeMounts", []), mount]
    spec["volumes"] = [*spec.get("volumes", []), volume]
