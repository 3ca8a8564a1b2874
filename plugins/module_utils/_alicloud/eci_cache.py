# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Image caches of ECI: the options of the module, and what they are on the wire.

https://www.alibabacloud.com/help/en/eci/developer-reference/api-eci-2018-08-08-createimagecache
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._errors import RegistryError
from .._settings_flow import Settings
from .eci_module import ECI_SPEC, Own, manage
from .eci_workload import Kind, Told

if TYPE_CHECKING:
    from .module import AlicloudModule

CACHE_SPEC: dict[str, Any] = {
    **ECI_SPEC,
    "image_cache_id": {"type": "str"},
    "images": {"type": "list", "elements": "str"},
    "size": {"type": "int"},
    "retention_days": {"type": "int"},
    "elimination_strategy": {"type": "str", "choices": ["LRU"]},
    "flash": {"type": "bool"},
    "auto_match_image_cache": {"type": "bool"},
    "vswitch_id": {"type": "str"},
    "wait_timeout": {"type": "int", "default": 3600},
}
_MOST_IMAGES = 20
#: ECI makes 20 GiB of less: a difference that would never go away.
_SMALLEST = 20


def manage_cache(module: AlicloudModule) -> dict[str, Any]:
    """Brings the image cache of the module's options about; returns the module's result. Raises RegistryError."""
    params = module.params
    if params["state"] == "absent":
        return manage(module, CACHE, None)
    images = list(dict.fromkeys(params["images"]))
    if not 1 <= len(images) <= _MOST_IMAGES:
        raise RegistryError(f"'images' has {len(images)}; an image cache has 1 to {_MOST_IMAGES}")
    if params["size"] is not None and params["size"] < _SMALLEST:
        raise RegistryError(f"'size' is {params['size']}; ECI makes at least {_SMALLEST} GiB, so write {_SMALLEST} or more")
    if params["retention_days"] is not None and params["retention_days"] < 1:
        raise RegistryError(f"'retention_days' is {params['retention_days']}; it must be at least 1")
    for at, info in enumerate(params["acr_registry_info"] or ()):
        if info["instance_id"] is None:
            raise RegistryError(f"'acr_registry_info[{at}]' has no 'instance_id', which an image cache needs")
    parameters = {
        "Image": sorted(images),
        "ImageCacheSize": params["size"],
        "RetentionDays": params["retention_days"],
        "EliminationStrategy": params["elimination_strategy"],
        "Flash": params["flash"],
        "AutoMatchImageCache": params["auto_match_image_cache"],
        "VSwitchId": params["vswitch_id"],
    }
    return manage(module, CACHE, Own(parameters, {"images": sorted(images), "size": params["size"]}))


def _settings(told: Told) -> Settings:
    return {"images": sorted(map(str, told.get("Images") or ())), "size": told.get("ImageCacheSize")}


def _shown(told: Told) -> dict[str, Any]:
    return {
        "progress": told.get("Progress"),
        "snapshot_id": told.get("SnapshotId") or None,
        "container_group_id": told.get("ContainerGroupId") or None,
        "expires": told.get("ExpireDateTime") or None,
    }


CACHE = Kind(
    text="image cache",
    noun="ImageCache",
    id_option="image_cache_id",
    ready=("Ready",),
    failed=("Failed",),
    stale=("UpdateFailed",),
    gone=(),
    updates=True,
    dry_run=False,
    by_id=lambda identity: {"ImageCacheId": identity},
    settings=_settings,
    shown=_shown,
)
