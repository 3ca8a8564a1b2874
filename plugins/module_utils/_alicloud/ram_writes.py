# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""One write to RAM that takes several calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._errors import ServiceError

if TYPE_CHECKING:
    from .client import AlicloudClient


class RamWrites:
    """Makes the calls of one write. What is refused after one of them took effect is ``partly`` done."""

    def __init__(self, client: AlicloudClient) -> None:
        self._client = client
        self._made = False

    def __call__(self, action: str, parameters: Mapping[str, Any], unless: tuple[str, ...] = ()) -> None:
        """Makes a call; nothing happens when RAM refuses with a code that begins like one of ``unless``. Raises ServiceError."""
        try:
            self._client.call("ram", action, parameters)
        except ServiceError as error:
            if not error.code.startswith(unless):
                error.partly = self._made
                raise
        else:
            self._made = True
