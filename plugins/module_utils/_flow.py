# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the flow of policy documents and the flow of settings share."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Protocol

#: A write is tried so often when the service is in trouble.
TRIES = 8
#: A document is read back this many seconds and twice the time that writing it took after it was written. By then a writer has
#: finished who does as we do and read the document right before ours took effect: its read and its write are over.
SETTLE = 0.3
#: First and longest pause in seconds between two attempts.
_PAUSE, _LONGEST_PAUSE = 0.25, 5.0


class Place(Protocol):
    """Where something is: the region is None where the service is global."""

    @property
    def account(self) -> str | None:
        """The account that it is in."""

    @property
    def region(self) -> str | None:
        """The region that it is in."""

    @property
    def resource(self) -> str:
        """Its name or ARN."""


def place_of(place: Place) -> str:
    """Where something is, for messages."""
    return " ".join(part for part in (place.account, place.region, place.resource) if part)


def pauses() -> Iterator[float]:
    """Pauses between attempts in seconds: doubling, with jitter, so that parallel writers do not meet again."""
    pause = _PAUSE
    while True:
        yield pause * random.uniform(0.8, 1.2)  # noqa: S311 - nothing secret depends on it
        pause = min(pause * 2, _LONGEST_PAUSE)
