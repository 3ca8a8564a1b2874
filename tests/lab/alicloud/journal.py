# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was asked, so that tests can count calls and prove that nothing was written."""

from __future__ import annotations

import collections
import threading
import typing as t

Entry = dict[str, t.Any]
HIDDEN = {"Password", "OIDCToken"}


class Journal:
    """The calls in the order in which they ended; bounded, so that a stand-in that runs for days does not fill the memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: collections.deque[Entry] = collections.deque(maxlen=100_000)

    def note(self, entry: Entry) -> None:
        with self._lock:
            self._entries.append({**entry, "parameters": _shown(entry["parameters"])})

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def entries(self, **wanted: t.Any) -> list[Entry]:
        """Those whose fields have these values."""
        with self._lock:
            found = list(self._entries)
        return [entry for entry in found if all(entry.get(name) == value for name, value in wanted.items())]


def _shown(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: "(hidden)" if key in HIDDEN else _shown(item) for key, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list) else value
