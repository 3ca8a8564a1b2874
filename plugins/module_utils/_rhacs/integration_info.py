# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What Central has of image integrations of type ECR. No secret is among it, not even the mask that Central shows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .integrations import Integrations, is_ecr
from .plan import Integration, settings_of
from .rules import registry_host


def described_integrations(integrations: Integrations, names: Collection[str] | None) -> list[dict[str, Any]]:
    """The integrations with these names, by default all, sorted by name. Raises CentralError."""
    found = [one for one in integrations.all() if is_ecr(one) and (names is None or one["name"] in names)]
    health = integrations.health() if found else {}
    return [_described(one, health) for one in sorted(found, key=lambda one: str(one["name"]))]


def _described(integration: Integration, health: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    settings = settings_of(integration)
    del settings["keys"]
    registry_id, region = settings["registry_id"], settings["region"]
    return {
        "id": integration["id"],
        **settings,
        "registry": registry_host(registry_id, region) if registry_id and region else None,
        "categories": list(integration.get("categories") or []),
        "cluster_id": integration.get("clusterId") or None,
        "health": health.get(integration["id"]),
    }
