# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The scan of one image, which proves that Central gets at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._errors import RegistryError
from .client import UNREACHABLE_IMAGE, Central, CentralError
from .failures import failure_of

#: Notes of Central on an image that it could not fetch. https://github.com/stackrox/stackrox/blob/master/proto/storage/image.proto
_MISSING = "MISSING_METADATA"


def scan_image(central: Central, image: str, force: bool, cluster: str | None) -> dict[str, Any]:
    """Has Central scan an image; what came of it. ``cluster``: have the sensor of this cluster scan it.

    Raises CentralError, and RegistryError when Central cannot get at the image.
    """
    if not image.strip():
        raise RegistryError("'image' is empty; give an image with its registry, and a tag or a digest")
    body = {"imageName": image, "force": force, **({"cluster": cluster} if cluster else {})}
    try:
        scanned = central.ask("/v1/images/scan", body)
    except CentralError as error:
        if UNREACHABLE_IMAGE not in error.message:
            raise
        layer = failure_of(error.message).layer
        where = "" if layer == "other" else f", it fails at {layer}"
        raise RegistryError(
            f"Central cannot get at {image}{where}: {error.message}. Look whether it has an integration with this registry, "
            "and test that one with rhacs_ecr_integration"
        ) from error
    if _MISSING in (scanned.get("notes") or []) or not scanned.get("metadata"):
        raise RegistryError(f"Central does not get at {image}; look whether it has an integration with this registry, and test that one")
    return _described(scanned)


def _described(scanned: Mapping[str, Any]) -> dict[str, Any]:
    metadata, scan = scanned["metadata"], scanned.get("scan") or {}
    components = scan.get("components") or []
    vulnerabilities = {one.get("cve") for component in components for one in component.get("vulns") or []}
    return {
        "image": scanned["name"]["fullName"],
        "digest": scanned.get("id") or None,
        "integration": (metadata.get("dataSource") or {}).get("name") or None,
        "layers": len(metadata.get("layerShas") or []),
        "is_scanned": bool(scan),
        "components": len(components),
        "vulnerabilities": len(vulnerabilities),
        "notes": list(scanned.get("notes") or []),
    }
