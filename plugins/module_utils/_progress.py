# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Progress of a long task, written to a file that the action plugin shows while the module runs."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TextIO

#: Seconds between two lines about how far a phase is; the first one comes after as long.
_INTERVAL = 2.0


class Progress:
    """Appends lines to a file; does nothing without one. Safe to use from many threads."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._file: TextIO | None = None
        self._lock = Lock()
        self._next = time.monotonic() + _INTERVAL
        self._told: set[str] = set()

    def __enter__(self) -> Progress:
        if self._path:
            self._file = Path(self._path).open("a", encoding="utf-8", buffering=1)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file:
            self._file.close()

    def tell(self, text: str) -> None:
        """A line that is shown at once, and only once."""
        with self._lock:
            if self._file and text not in self._told:
                self._told.add(text)
                self._file.write(f"{text}\n")

    def step(self, phase: str, done: int, total: int) -> None:
        """How far a phase is; shown every few seconds."""
        with self._lock:
            if self._file and time.monotonic() >= self._next:
                self._next = time.monotonic() + _INTERVAL
                self._file.write(f"{phase}: {done} of {total}\n")
