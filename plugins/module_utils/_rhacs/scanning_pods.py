# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which pods of a workload run with another identity than they shall have, and whether those that shall are ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .scanning_declaration import IRSA, OPENSHIFT, POD_IDENTITY

#: What the webhook of EKS, or on OpenShift the deployment, gives to new pods. https://github.com/aws/amazon-eks-pod-identity-webhook
_ROLE = "AWS_ROLE_ARN"
_AGENT = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
#: Pods that have ended, such as evicted ones, stay in the list, and other ones do their work.
_ENDED = ("Succeeded", "Failed")
#: Where the role of new pods comes from, and what can come before it.
_SOURCES = {
    IRSA: (
        "The webhook of EKS gives new pods the role in the annotation of their service account, unless their deployment has the variable "
        "itself, or there is an association of EKS Pod Identity with the service account"
    ),
    POD_IDENTITY: (
        "The webhook of EKS gives new pods the way to the agent of EKS Pod Identity, some seconds after there is an association with their "
        "service account; no AWS_ROLE_ARN may come from their deployment"
    ),
    OPENSHIFT: "New pods have the role of their deployment; look at its rollout",
}


def pod_states(pods: Sequence[Mapping[str, Any]], workload: Mapping[str, Any]) -> dict[str, Any]:
    """C(stale): the names of the pods whose identity is another one. C(ready): all pods have the right one, and are ready.
    C(problem): why they are not, and where to look, as text; None when they are.

    ``pods`` are those of the workload as Kubernetes shows them; those that have ended or are being deleted do not count. ``workload``
    has C(name), C(identity) and C(role_arn).
    """
    there = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp") and pod.get("status", {}).get("phase") not in _ENDED]
    stale = {_name(pod): found for pod in there if not _is_right(found := _environment(pod, workload["name"]), workload)}
    problem = _problem(there, stale, workload)
    return {"stale": sorted(stale), "ready": problem is None, "problem": problem}


def _problem(there: Sequence[Mapping[str, Any]], stale: Mapping[str, Mapping[str, Any]], workload: Mapping[str, Any]) -> str | None:
    if not there:
        return f"no pod with the label app={workload['name']} runs; look whether its deployment is there, and not scaled to zero"
    if stale:
        name, environment = min(stale.items())
        if workload["identity"] != POD_IDENTITY:
            wrong = f"with {_ROLE} {environment.get(_ROLE) or 'not set'} instead of {workload['role_arn']}"
        elif _ROLE in environment:
            wrong = f"with {_ROLE} {environment[_ROLE]}, which comes before the credentials of EKS Pod Identity"
        else:
            wrong = "without the credentials of EKS Pod Identity"
        return f"the pod {name} runs {wrong}. {_SOURCES[workload['identity']]}"
    if late := sorted(_name(pod) for pod in there if not _is_ready(pod)):
        return f"the pod {late[0]} has its role, but is not ready; look at its events and its log"
    return None


def _name(pod: Mapping[str, Any]) -> str:
    return str(pod["metadata"]["name"])


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
