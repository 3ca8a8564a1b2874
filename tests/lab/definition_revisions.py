# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Definitions that have revisions, as Batch and ECS keep them: numbered by name, never changed, active until they are deregistered."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import typing as t

from . import consistency, iam_view
from .operations import on_reset

# What runs as the roles of a definition, and what iam:PassedToService says.
PASSED_TO = "ecs-tasks.amazonaws.com"
ROLES = ("executionRoleArn", "jobRoleArn", "taskRoleArn")
ECR_IMAGE = re.compile(r"[0-9]{12}\.dkr[.-]ecr(-fips)?\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|on\.aws)/.*")
# "Fargate task size", ECS developer guide: CPU units, least and most MiB, and the step between two sizes.
FARGATE = {
    256: (512, 2048, 0),
    512: (1024, 4096, 1024),
    1024: (2048, 8192, 1024),
    2048: (4096, 16384, 1024),
    4096: (8192, 30720, 1024),
    8192: (16384, 61440, 4096),
    16384: (32768, 122880, 8192),
}
# The largest sizes: "ResourceRequirement", Batch API reference.
FARGATE_LARGEST = (32768, (61440, 122880, 249856))


@dataclasses.dataclass
class Revision:
    """`shown` is what the service answers about it, without its status."""

    number: int
    shown: dict[str, t.Any]
    tags: t.Any
    active: bool = True

    @property
    def status(self) -> str:
        return "ACTIVE" if self.active else "INACTIVE"


Place = tuple[str, str, str]  # service, account, region
_NAMES: dict[Place, dict[str, list[Revision]]] = {}


@on_reset
def forget() -> None:
    _NAMES.clear()


def names(place: Place) -> dict[str, list[Revision]]:
    """Every revision of every name, oldest first."""
    return _NAMES.setdefault(place, {})


def add(place: Place, name: str, shown: dict[str, t.Any], tags: t.Any) -> Revision:
    """Another revision; readers that ask for the active ones may not see it at once."""
    there = names(place).setdefault(name, [])
    consistency.replaced(_key(place, name), active(place, name))
    made = Revision(len(there) + 1, shown, tags)
    there.append(made)
    return made


def active(place: Place, name: str) -> list[Revision]:
    return [one for one in names(place).get(name, []) if one.active]


def visible(place: Place, name: str) -> list[Revision]:
    """The active revisions as a reader sees them."""
    seen = consistency.stale(_key(place, name), active(place, name))
    return [one for one in seen if one.active]


def _key(place: Place, name: str) -> tuple[str, ...]:
    return ("definition", *place, name)


def is_fargate_size(cpu: float, memory: int) -> bool:
    if cpu == FARGATE_LARGEST[0]:
        return memory in FARGATE_LARGEST[1]
    least, most, step = FARGATE.get(int(cpu), (0, 0, 0))
    if not least or cpu != int(cpu):
        return False
    return memory in (512, 1024, 2048) if not step else least <= memory <= most and (memory - least) % step == 0


def shuffled(items: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """Named items in another order than they were sent in; clients have to cope with that."""
    return sorted(items, key=lambda item: hashlib.sha256(str(item.get("name")).encode()).digest())


def repeated(items: list[dict[str, t.Any]]) -> str | None:
    """The first name that two items have."""
    found = [str(item.get("name")) for item in items]
    return next((name for name in found if found.count(name) > 1), None)


def none_essential(containers: list[dict[str, t.Any]]) -> bool:
    return not any(container.get("essential", True) for container in containers)


def roles_in(value: t.Any) -> list[str]:
    """Every role that a definition names."""
    if isinstance(value, list):
        return [role for item in value for role in roles_in(item)]
    if not isinstance(value, dict):
        return []
    own = [str(value[name]) for name in ROLES if value.get(name)]
    return list(dict.fromkeys(own + [role for name, item in value.items() if name not in ROLES for role in roles_in(item)]))


def role_exists(arn: str) -> bool:
    role = iam_view.by_arn(arn)
    return role is not None and consistency.is_visible(role.id)
