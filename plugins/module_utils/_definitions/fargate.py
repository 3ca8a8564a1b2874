# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The sizes that AWS Fargate has."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

#: MiB of memory, by CPU units. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
#: The largest ones are in https://docs.aws.amazon.com/batch/latest/APIReference/API_ResourceRequirement.html
_SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
    32768: (61440, 122880, 249856),
}
#: What tasks run on when nothing else is said. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html
_PLATFORM = {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}


def special_platform(platform: Mapping[str, Any] | None) -> dict[str, Any]:
    """What of a runtime platform is another one than tasks on Fargate have anyway."""
    return {name: value for name, value in (platform or {}).items() if value != _PLATFORM.get(name)}


def is_size(cpu: int, memory: int) -> bool:
    """Whether Fargate has tasks of these CPU units and MiB."""
    return memory in _SIZES.get(cpu, ())


def nearest_sizes(cpu: int, memory: int, number: int = 3) -> list[tuple[int, int]]:
    """The sizes of Fargate that are nearest to these CPU units and MiB, in proportion; the smallest first."""

    def distance(size: tuple[int, int]) -> float:
        return sum(abs(math.log2(one / max(other, 1))) for one, other in zip(size, (cpu, memory), strict=True))

    return sorted(sorted(((units, mib) for units, all_mib in _SIZES.items() for mib in all_mib), key=distance)[:number])
