# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which pods of a workload run with another identity than they shall have, and whether those that shall are ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .scanning_declaration import POD_IDENTITY

#: What the webhook of EKS, or on OpenShift the deployment, gives to new pods. https://github.com/aws/amazon-eks-pod-identity-webhook
_ROLE = "AWS_ROLE_ARN"
_AGENT = "AWS_CONTAINER_CREDENTIALS_FULL_URI"


def pod_states(pods: Sequence[Mapping[str, Any]], workload: Mapping[str, Any]) -> dict[str, Any]:
    """C(stale): the names of the pods whose identity is another one. C(ready): all pods have the right one, and are ready.

    ``pods`` are those of the workload as Kubernetes shows them; the ones that are being deleted do not count. ``workload`` has
    C(name), C(identity) and C(role_arn).
    """
    there = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    stale = [str(pod["metadata"]["name"]) for pod in there if not _is_right(_environment(pod, workload["name"]), workload)]
    return {"stale": sorted(stale), "ready": bool(there) and not stale and all(map(_is_ready, there))}


def _environment(pod: Mapping[str, Any], container: str) -> dict[str, Any]:
    """The variables of the container that has the name of the workload."""
    containers = [one for one in pod["spec"]["containers"] if one["name"] == container]
    return {variable["name"]: variable.get("value") for one in containers for variable in one.get("env") or ()}


def _is_right(environment: Mapping[str, Any], workload: Mapping[str, Any]) -> bool:
    if workload["identity"] == POD_IDENTITY:
        # The SDK looks for a token with a role before it asks the agent.
        return _ROLE not in environment and _AGENT in environment
    return bool(environment.get(_ROLE) == workload["role_arn"])


def _is_ready(pod: Mapping[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
