# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in a new cluster: Central and a sensor of Red Hat ACS, and the namespaces around them."""

from __future__ import annotations

from .kinds import AUTHENTICATION, DEPLOYMENT, NAMESPACE, SERVICE_ACCOUNT
from .store import Store
from .webhooks import token_volume

CENTRAL, SENSOR = "central", "sensor"
STACKROX = "stackrox"
OPENSHIFT_FOLDER = "/var/run/secrets/openshift/serviceaccount"


def fill(store: Store, openshift: bool, issuer: str) -> None:
    """Make it all."""
    for name in ("default", "kube-system", STACKROX):
        about = {"name": name, "labels": {"kubernetes.io/metadata.name": name}}
        store.create(NAMESPACE, {"metadata": about, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}})
        store.create(SERVICE_ACCOUNT, {"metadata": {"name": "default", "namespace": name}})
    for name in (CENTRAL, SENSOR):
        labels = {"app": name, "app.kubernetes.io/component": name, "app.kubernetes.io/name": STACKROX}
        store.create(SERVICE_ACCOUNT, {"metadata": {"name": name, "namespace": STACKROX, "labels": labels}})
        store.create(
            DEPLOYMENT, {"metadata": {"name": name, "namespace": STACKROX, "labels": labels}, "spec": _deployment(name, openshift)}
        )
    if openshift:
        store.create(AUTHENTICATION, {"metadata": {"name": "cluster"}, "spec": {"serviceAccountIssuer": issuer}})


def _deployment(name: str, openshift: bool) -> dict[str, object]:
    container: dict[str, object] = {
        "name": name,
        "image": "registry.redhat.io/advanced-cluster-security/rhacs-main-rhel8:4.11.2",
        "env": [{"name": "ROX_NAMESPACE", "value": STACKROX}],
        "ports": [{"containerPort": 8443, "name": "api", "protocol": "TCP"}],
    }
    spec: dict[str, object] = {"serviceAccountName": name, "securityContext": {"fsGroup": 4000}, "containers": [container]}
    if openshift:
        container["volumeMounts"] = [{"name": "bound-sa-token", "mountPath": OPENSHIFT_FOLDER, "readOnly": True}]
        spec["volumes"] = [token_volume("bound-sa-token", "openshift", "token", 3600)]
    return {
        "replicas": 1,
        "selector": {"matchLabels": {"app": name}},
        "strategy": {"type": "Recreate"},
        "template": {"metadata": {"labels": {"app": name}}, "spec": spec},
    }
