# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How groups and caches go on by themselves: scheduling, pulling, waiting for an image, ending."""

from __future__ import annotations

import typing as t

from .call import Call
from .eci_checks import images_of, region
from .eci_events import note, note_failure
from .eci_places import place_of
from .eci_pull import why_not
from .eci_state import Failure, Group, ImageCache, Workload
from .errors import Refused

if t.TYPE_CHECKING:
    from .account import Account
    from .cloud import Cloud

Found = t.TypeVar("Found", bound=Workload)
#: For how long an image cache that failed is still told.
DAY = 24 * 3600


def refresh(cloud: Cloud, account: Account) -> None:
    """Let everything of an account be as it is now that somebody looks."""
    now = cloud.now()
    for cache in list(account.caches.values()):
        _refresh_cache(cloud, account, cache, now)
        if cache.status == "Failed":
            cache.ended = cache.ended or now
            if now - cache.ended > DAY:
                del account.caches[cache.id]
    for group in list(account.groups.values()):
        if group.builds is None:
            _refresh_group(cloud, account, group, now)
        if group.status == "Terminating" and group.changing.done(now, reading=True):
            del account.groups[group.id]


def find(call: Call, workloads: t.Mapping[str, Found], identity: str, unknown: Refused) -> Found:
    """The group or cache that a call is about, by the parameter with its id, as it is now. Raises `unknown`."""
    place = region(call)
    refresh(call.cloud, call.account)
    found = workloads.get(call.parameters.text(identity))
    if found is None or found.region != place:
        raise unknown
    return found


def _pull(cloud: Cloud, workload: Workload, images: t.Iterable[str], now: float) -> bool:
    """Try to pull; what comes of it is in the workload. A pull that failed is tried again every time."""
    workload.failure = _first_failure(cloud, workload, images)
    if workload.failure is not None:
        workload.failing = workload.failing or now
        note_failure(workload, workload.failure, now)
        return False
    workload.failing = None
    for image in images:
        note(workload, "Normal", "Pulled", f'Successfully pulled image "{image}"', now)
    return True


def _first_failure(cloud: Cloud, workload: Workload, images: t.Iterable[str]) -> Failure | None:
    place = place_of(cloud, workload)
    return next((failure for failure in (why_not(cloud, workload, place, image) for image in images) if failure is not None), None)


def _refresh_group(cloud: Cloud, account: Account, group: Group, now: float) -> None:
    if group.status not in ("Scheduling", "Pending", "Updating") or not group.changing.done(now, reading=True):
        return
    cached = account.caches.get(group.snapshot or "")
    images = [image for image in images_of(group) if cached is None or image not in cached.images]
    if _pull(cloud, group, images, now):
        group.status = _after_start(group)
        group.ended = now if group.status in ("Succeeded", "Failed") else None
        for container in group.containers:
            note(group, "Normal", "Started", f"Started container {container['Name']}", now)
    elif group.failing is not None and now - group.failing >= cloud.delays.failed_after:
        group.status, group.ended = "Failed", now
    else:
        group.status = "Pending"


def _after_start(group: Group) -> str:
    """Nothing really runs; the commands `true` and `false` end, where nobody restarts them."""
    commands = {" ".join(container.get("Command", [])) for container in group.containers}
    if group.settings.get("RestartPolicy") == "Never" and "false" in commands:
        return "Failed"
    if group.settings.get("RestartPolicy") in ("Never", "OnFailure") and commands == {"true"}:
        return "Succeeded"
    return "Running"


def _refresh_cache(cloud: Cloud, account: Account, cache: ImageCache, now: float) -> None:
    if cache.status not in ("Preparing", "Creating", "Updating"):
        return
    updating = cache.status == "Updating"
    builder = account.groups.get(cache.group)
    if builder is None or builder.status == "Terminating":
        note(cache, "Warning", "Failed", "The container group of the image cache is gone", now)
        cache.status = "UpdateFailed" if updating else "Failed"
        return
    if not cache.changing.done(now, reading=True):
        return
    if not updating and cache.status == "Preparing" and _has_network(cloud, cache):
        cache.status, cache.progress = "Creating", 50
        return
    ready = _pull(cloud, cache, cache.images, now)
    builder.events, builder.failure = cache.events, cache.failure
    if ready:
        cache.status, cache.progress, cache.snapshot = "Ready", 100, cache.snapshot or cloud.new_id("s-")
    elif cache.failing is not None and now - cache.failing >= cloud.delays.failed_after:
        cache.status = "UpdateFailed" if updating else "Failed"
    if cache.status not in ("Preparing", "Creating", "Updating"):
        account.groups.pop(cache.group, None)
    else:
        builder.status = "Pending"


def _has_network(cloud: Cloud, cache: ImageCache) -> bool:
    """Whether the build gets anywhere at all; otherwise it stays at 0 %."""
    failure = _first_failure(cloud, cache, cache.images)
    return failure is None or failure.cause != "endpoint"
