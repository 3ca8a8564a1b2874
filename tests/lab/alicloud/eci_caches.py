# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Image caches of ECI."""

from __future__ import annotations

from . import eci_checks as checks
from .call import Call, date
from .delays import Change
from .eci_events import shown_events
from .eci_places import network
from .eci_state import Group, ImageCache, Values
from .eci_states import find, refresh
from .errors import Refused, missing
from .operations import operation

SMALLEST, LARGEST = 20, 32768
_named = checks.resource("imagecache", "ImageCacheId")


def _images(call: Call, required: bool = True) -> list[str]:
    found = call.parameters.texts("Image")
    if required and not found:
        raise missing("Image")
    if len(found) > 20:
        raise checks.invalid("Image", "The specified Image is not valid: up to 20 are supported.")
    return found


def _size(call: Call) -> int:
    """At least 20 GiB, whatever is asked for."""
    return max(call.parameters.number("ImageCacheSize", 1, LARGEST, SMALLEST) or SMALLEST, SMALLEST)


def _registries(call: Call, roles: bool = True) -> list[Values]:
    found = checks.registries(call, roles)
    if any(not item.get("InstanceId") for item in found):
        raise missing("AcrRegistryInfo.InstanceId")
    return found


@operation("eci", "CreateImageCache", _named, writes=True)
def create_image_cache(call: Call) -> Values:
    return checks.repeated(call, lambda: _create(call))


def _create(call: Call) -> Values:
    region, name, images = checks.region(call), checks.new_name(call, "ImageCacheName"), _images(call)
    vswitch, security_group, eip = network(call)
    registries, tags, size = _registries(call), checks.tags(call), _size(call)
    credentials = call.parameters.items("ImageRegistryCredential")
    strategy = call.parameters.optional("EliminationStrategy")
    if strategy not in (None, "LRU"):
        raise checks.invalid("EliminationStrategy", "The specified EliminationStrategy is not valid.")
    days = call.parameters.number("RetentionDays", 1, 3650)
    for flag in ("Flash", "AutoMatchImageCache"):
        call.parameters.flag(flag)
    for number in ("FlashCopyCount", "StandardCopyCount"):
        call.parameters.number(number, 0, 100)
    resource_group = call.parameters.optional("ResourceGroupId") or ""
    checks.ensure_service_role(call)
    uid, now = call.caller.account, call.now
    cache = ImageCache(
        call.cloud.new_id("imc-"),
        name,
        region,
        uid,
        vswitch,
        security_group,
        eip,
        registries,
        credentials,
        tags,
        now,
        Change(now + call.cloud.delays.cache),
        "Preparing",
        resource_group=resource_group,
        images=images,
        size=size,
        retention_days=days,
        strategy=strategy or "",
    )
    _build(call, cache)
    call.account.caches[cache.id] = cache
    return {"ImageCacheId": cache.id, "ContainerGroupId": cache.group}


def _build(call: Call, cache: ImageCache) -> None:
    """The container group that pulls the images; it is there until the cache is ready."""
    group = Group(
        call.cloud.new_id("eci-"),
        f"imagecache-{cache.name}"[:128],
        cache.region,
        cache.uid,
        cache.vswitch,
        cache.security_group,
        cache.eip,
        cache.registries,
        cache.credentials,
        {},
        call.now,
        Change(call.now),
        "Pending",
        builds=cache.id,
    )
    group.containers = [{"Name": f"image-{number}", "Image": image} for number, image in enumerate(cache.images)]
    cache.group = group.id
    call.account.groups[group.id] = group


def _shown(cache: ImageCache) -> Values:
    found: Values = {
        "ImageCacheId": cache.id,
        "ImageCacheName": cache.name,
        "RegionId": cache.region,
        "Images": list(cache.images),
        "Status": cache.status,
        "Progress": f"{cache.progress}%",
        "SnapshotId": cache.snapshot,
        "FlashSnapshotId": "",
        "ImageCacheSize": cache.size,
        "EliminationStrategy": cache.strategy,
        "Events": shown_events(cache),
        "Tags": checks.shown_tags(cache),
        "ContainerGroupId": cache.group,
        "ResourceGroupId": cache.resource_group,
        "CreationTime": date(cache.created),
    }
    if cache.retention_days is not None:
        found["ExpireDateTime"] = date(cache.created + cache.retention_days * 86400)
    return found


def _filters(call: Call) -> tuple[str | None, str | None, str | None, list[str]]:
    """The id, the name, one image and all images that are asked for."""
    call.parameters.flag("ImageFullMatch")
    image, images = call.parameters.optional("Image"), call.parameters.texts("MatchImage")
    return call.parameters.optional("ImageCacheId"), call.parameters.optional("ImageCacheName"), image, images


def _is_wanted(call: Call, cache: ImageCache) -> bool:
    identity, name, image, images = _filters(call)
    if identity not in (None, cache.id) or name not in (None, cache.name) or (image is not None and image not in cache.images):
        return False
    return set(images) <= set(cache.images) and checks.has_tags(call, cache)


@operation("eci", "DescribeImageCaches", action=None)
def describe_image_caches(call: Call) -> Values:
    region = checks.region(call)
    refresh(call.cloud, call.account)
    _filters(call)
    allowed = checks.may(call, "eci:DescribeImageCaches", _named(call))
    found = [cache for cache in call.account.caches.values() if allowed and cache.region == region and _is_wanted(call, cache)]
    return checks.page(call, "ImageCaches", [_shown(cache) for cache in found], 100)


def _find(call: Call) -> ImageCache:
    unknown = Refused("ImageSnapshot.NotFound", "The specified image cache does not exist.", 404)
    return find(call, call.account.caches, "ImageCacheId", unknown)


@operation("eci", "UpdateImageCache", _named, writes=True)
def update_image_cache(call: Call) -> Values:
    return checks.repeated(call, lambda: _update(call))


def _update(call: Call) -> Values:
    cache = _find(call)
    if cache.status not in ("Ready", "UpdateFailed"):
        raise Refused("ImageSnapshot.IncorrectStatus", f"The status of the image cache is {cache.status}.")
    images, registries, tags = _images(call, required=False), _registries(call, roles=False), checks.tags(call)
    if call.parameters.get("ImageCacheName") is not None:
        cache.name = checks.new_name(call, "ImageCacheName")
    if call.parameters.get("ImageCacheSize") is not None:
        cache.size = _size(call)
    cache.retention_days = call.parameters.number("RetentionDays", 1, 3650, cache.retention_days)
    cache.images, cache.tags = images or cache.images, tags or cache.tags
    if {"VSwitchId", "SecurityGroupId", "EipInstanceId"} & set(call.parameters.values):
        cache.vswitch, cache.security_group, cache.eip = network(call)
    # What is not given is not kept from the creation: above all no role.
    cache.registries, cache.credentials = registries, call.parameters.items("ImageRegistryCredential")
    cache.status, cache.progress, cache.failing, cache.events = "Updating", 0, None, []
    cache.changing = Change(call.now + call.cloud.delays.cache)
    _build(call, cache)
    return {}


@operation("eci", "DeleteImageCache", _named, writes=True)
def delete_image_cache(call: Call) -> Values:
    return checks.repeated(call, lambda: _delete(call))


def _delete(call: Call) -> Values:
    cache = _find(call)
    call.account.groups.pop(cache.group, None)
    del call.account.caches[cache.id]
    return {}
