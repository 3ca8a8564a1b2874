# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controllers: deployments get pods, pods become ready and go away. They run whenever somebody looks, by the clock."""

from __future__ import annotations

import copy
import hashlib
import json
import secrets
import time
import typing as t

from .kinds import DEPLOYMENT, POD, SERVICE_ACCOUNT
from .store import Store, Thing, stamp

HASH = "pod-template-hash"
Admit = t.Callable[[dict[str, t.Any], Thing], None]


def _condition(kind: str, true: bool) -> dict[str, t.Any]:
    return {"type": kind, "status": "True" if true else "False", "lastTransitionTime": stamp()}


def _phase(pod: Thing) -> str:
    return str(pod.get("status", {}).get("phase", "Pending"))  # one that was not made for a deployment has no status at first


def _status(container: dict[str, t.Any], state: dict[str, t.Any]) -> dict[str, t.Any]:
    image, running = container.get("image", ""), "running" in state
    told = {"name": container["name"], "ready": running, "started": running, "restartCount": 0, "state": state}
    return {**told, "image": image, "imageID": f"{image}@sha256:{hashlib.sha256(image.encode()).hexdigest()}" if running else ""}


def ready(pod: Thing) -> bool:
    """Whether a pod serves: ready, and not on its way out."""
    there = pod["metadata"].get("deletionTimestamp") is None
    return there and any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"]["conditions"])


class Controllers:
    """`admit` changes the specification of a new pod, for its service account."""

    def __init__(self, store: Store, admit: Admit, start_seconds: float) -> None:
        self._store, self._admit, self.start_seconds = store, admit, start_seconds
        self._starts: dict[str, float] = {}  # uid of a pod -> when it is ready
        self._ends: dict[str, float] = {}  # uid of a pod -> when it is gone

    def run(self) -> None:
        """Bring everything to where it is by now."""
        now = time.monotonic()
        deployments = self._store.list(DEPLOYMENT)
        owners = {deployment["metadata"]["uid"] for deployment in deployments}
        for pod in self._store.list(POD):
            uid = pod["metadata"]["uid"]
            if self._ends.get(uid, now + 1) <= now:
                self._store.remove(POD, pod)
            elif _phase(pod) == "Pending" and self._starts.get(uid, 0.0) <= now:
                self._start(pod)
            elif _owner(pod) and _owner(pod) not in owners:
                self.delete(pod)
        for deployment in deployments:
            self._deploy(deployment)

    def _start(self, pod: Thing) -> None:
        states = [_status(container, {"running": {"startedAt": stamp()}}) for container in pod["spec"]["containers"]]
        kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
        pod["status"] = {**pod.get("status", {}), "phase": "Running", "conditions": [_condition(kind, True) for kind in kinds]}
        pod["status"].update(containerStatuses=states, podIP="10.0.0.7")
        self._store.put(POD, pod)

    def delete(self, pod: Thing, at_once: bool = False) -> Thing:
        """Let a pod go, after it had time to end."""
        uid = pod["metadata"]["uid"]
        self._ends.setdefault(uid, time.monotonic() + (0.0 if at_once else self.start_seconds / 2))
        if pod["metadata"].get("deletionTimestamp") is None:
            pod["metadata"].update(deletionTimestamp=stamp(), deletionGracePeriodSeconds=0 if at_once else 30)
            pod = self._store.put(POD, pod)
        return pod

    def pods_of(self, deployment: Thing) -> list[Thing]:
        """Its pods, those on their way out included, in the order in which they were made."""
        uid = deployment["metadata"]["uid"]
        found = [pod for pod in self._store.list(POD) if _owner(pod) == uid]
        return sorted(found, key=lambda pod: self._starts[pod["metadata"]["uid"]])

    def _deploy(self, deployment: Thing) -> None:
        spec = deployment["spec"]
        wanted, hashed = spec.get("replicas", 1), _hash(spec["template"])
        pods = self.pods_of(deployment)
        old = [pod for pod in pods if pod["metadata"]["labels"].get(HASH) != hashed]
        new = [pod for pod in pods if pod not in old and pod["metadata"].get("deletionTimestamp") is None]
        recreate = (spec.get("strategy") or {}).get("type") == "Recreate"
        if recreate or sum(ready(pod) for pod in new) >= wanted:
            for pod in old:
                self.delete(pod)
        for pod in new[wanted:]:
            self.delete(pod)
        for _number in range(0 if recreate and old else max(0, wanted - len(new))):
            new.append(self._create(deployment, hashed))
        self._tell(deployment, new[:wanted], len([pod for pod in old if pod["metadata"].get("deletionTimestamp") is None]))

    def _create(self, deployment: Thing, hashed: str) -> Thing:
        meta, template = deployment["metadata"], copy.deepcopy(deployment["spec"]["template"])
        spec = {"serviceAccountName": "default", "restartPolicy": "Always", **template["spec"], "nodeName": "ip-10-0-0-1.ec2.internal"}
        account = self._store.get(SERVICE_ACCOUNT, meta["namespace"], spec["serviceAccountName"])
        if account is not None:
            self._admit(spec, account)
        # There is a replica set on the way from a deployment to its pods, which nobody has asked for yet.
        owner = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "name": f"{meta['name']}-{hashed}",
            "uid": _owned(meta["uid"]),
            "controller": True,
        }
        about = {
            "name": f"{meta['name']}-{hashed}-{secrets.token_hex(3)[:5]}",
            "namespace": meta["namespace"],
            "labels": {**(template["metadata"].get("labels") or {}), HASH: hashed},
            "ownerReferences": [owner],
            **({"annotations": template["metadata"]["annotations"]} if template["metadata"].get("annotations") else {}),
        }
        kinds = {"PodScheduled": True, "Initialized": True, "Ready": False, "ContainersReady": False}
        waiting = [_status(container, {"waiting": {"reason": "ContainerCreating"}}) for container in spec["containers"]]
        status = {"phase": "Pending", "conditions": [_condition(*kind) for kind in kinds.items()], "containerStatuses": waiting}
        pod = self._store.create(POD, {"metadata": about, "spec": spec, "status": status})
        self._starts[pod["metadata"]["uid"]] = time.monotonic() + self.start_seconds
        return pod

    def _tell(self, deployment: Thing, new: list[Thing], old: int) -> None:
        wanted, serving = deployment["spec"].get("replicas", 1), sum(ready(pod) for pod in new)
        found = {
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": len(new) + old,
            "updatedReplicas": len(new),
            "readyReplicas": serving,
            "availableReplicas": serving,
            "unavailableReplicas": max(0, wanted - serving),
        }
        # The API server leaves out what is 0.
        status: dict[str, t.Any] = {name: number for name, number in found.items() if number}
        before = {one["type"]: one for one in (deployment.get("status") or {}).get("conditions", [])}
        now = {"Available": serving >= wanted, "Progressing": True}
        status["conditions"] = [
            before[kind] if kind in before and before[kind]["status"] == str(true) else _condition(kind, true) for kind, true in now.items()
        ]
        self._store.put(DEPLOYMENT, {**deployment, "status": status})


def _hash(template: dict[str, t.Any]) -> str:
    return hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]


def _owned(uid: str) -> str:
    """The uid of a replica set for that of its deployment, and the other way round."""
    return f"{uid[:-1]}{int(uid[-1], 16) ^ 1:x}"


def _owner(pod: Thing) -> str:
    owners = pod["metadata"].get("ownerReferences")
    return _owned(str(owners[0]["uid"])) if owners else ""
