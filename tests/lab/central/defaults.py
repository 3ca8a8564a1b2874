# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The integrations that a new Central has: ten public registries, and its scanner."""

from __future__ import annotations

import typing as t

from .messages import complete

# id, name, type, endpoint, whether its test is skipped
REGISTRIES = (
    ("10d3b4dc-8295-41bc-bb50-6da5484cdb1a", "Public DockerHub", "docker", "registry-1.docker.io", False),
    ("c6a1a26d-8947-4cb0-a50d-a018856f9390", "Public Kubernetes GCR (deprecated)", "docker", "k8s.gcr.io", False),
    ("f6ce8982-1a75-4430-96f3-9b22b4b66604", "Public Kubernetes Registry", "docker", "registry.k8s.io", False),
    ("05fea766-e2f8-44b3-9959-eaa61a4f7466", "Public GCR", "docker", "gcr.io", False),
    ("6d7fc3f3-03d0-4b61-bf9f-34982a77bd56", "Public GKE GCR", "docker", "gke.gcr.io", True),
    ("e50087f1-6840-4d15-aeca-21ba636f0878", "Public Quay.io", "quay", "quay.io", False),
    ("4b36a1c3-2d6f-452e-a70f-6c388a0ff947", "Public Microsoft Container Registry", "docker", "mcr.microsoft.com", False),
    ("5febb194-a21d-4109-9fad-6880dd632adc", "Public Amazon ECR", "docker", "public.ecr.aws", False),
    ("54107745-5717-49c1-9073-a2b72f7a3b49", "registry.access.redhat.com", "rhel", "registry.access.redhat.com", False),
    ("48a1b014-fa42-4e3f-b45d-518c3b129f2e", "Public GitHub Container Registry", "ghcr", "ghcr.io", True),
)
SCANNER_ID = "a87471e6-9678-4e66-8348-91e302b6de07"


def default_integrations() -> list[dict[str, t.Any]]:
    """What is stored in a new Central."""
    found = [
        complete(
            {
                "id": one,
                "name": name,
                "type": kind,
                "categories": ["REGISTRY"],
                "quay" if kind == "quay" else "docker": {"endpoint": endpoint},
                "skipTestIntegration": skip,
            }
        )
        for one, name, kind, endpoint, skip in REGISTRIES
    ]
    scanner = {"id": SCANNER_ID, "name": "Scanner V4", "type": "scannerv4", "categories": ["SCANNER", "NODE_SCANNER"], "scannerV4": {}}
    return [*found, complete(scanner)]
