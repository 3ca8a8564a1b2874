# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ECI keeps: container groups, image caches, and the client tokens that it has seen."""

from __future__ import annotations

import dataclasses
import typing as t

from .delays import Change

Values = dict[str, t.Any]


@dataclasses.dataclass
class Failure:
    """Why an image cannot be pulled: a short cause for tests of the stand-in, and the words that users see."""

    cause: str
    image: str
    message: str


@dataclasses.dataclass
class Event:
    type: str
    reason: str
    message: str
    name: str
    first: float
    last: float
    count: int = 1


@dataclasses.dataclass
class Workload:
    """What groups and caches have in common: images, how to log in to their registries, and a place in a network."""

    id: str
    name: str
    region: str
    uid: str
    vswitch: str
    security_group: str
    eip: str | None
    registries: list[Values]
    credentials: list[Values]
    tags: dict[str, str]
    created: float
    changing: Change
    status: str
    events: list[Event] = dataclasses.field(default_factory=list)
    failure: Failure | None = None
    #: Since when the images cannot be pulled.
    failing: float | None = None
    #: Since when it is over.
    ended: float | None = None
    resource_group: str = ""


@dataclasses.dataclass
class Group(Workload):
    containers: list[Values] = dataclasses.field(default_factory=list)
    settings: Values = dataclasses.field(default_factory=dict)
    snapshot: str | None = None
    #: The image cache that this group is made for.
    builds: str | None = None


@dataclasses.dataclass
class ImageCache(Workload):
    images: list[str] = dataclasses.field(default_factory=list)
    size: int = 20
    group: str = ""
    snapshot: str = ""
    progress: int = 0
    retention_days: int | None = None
    strategy: str = ""


@dataclasses.dataclass
class Eci:
    groups: dict[str, Group] = dataclasses.field(default_factory=dict)
    caches: dict[str, ImageCache] = dataclasses.field(default_factory=dict)
    #: (operation, client token) -> the parameters that it came with, and the answer.
    tokens: dict[tuple[str, str], tuple[Values, Values]] = dataclasses.field(default_factory=dict)
