# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to a stand-in on loopback that go wrong because a test wants it."""

from __future__ import annotations

import dataclasses
import threading
import time

from .call import DropConnection


@dataclasses.dataclass
class Fault:
    """What happens to the next requests with this method and start of the path; * is any.

    `status` is answered, `drop` closes the connection.
    """

    method: str
    path: str
    status: int = 0
    message: str = ""
    drop: str = ""  # before the request takes effect, or after
    delay: float = 0.0
    times: int = 1
    skip: int = 0


class Faults:
    """Those that wait for their request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def schedule(self, fault: Fault) -> None:
        if not (fault.status or fault.drop or fault.delay) or fault.drop not in ("", "before", "after"):
            raise ValueError('a fault needs a status, a delay, or drop="before" or "after"')
        with self._lock:
            self._waiting.append(fault)

    def forget(self) -> None:
        with self._lock:
            self._waiting.clear()

    def meet(self, method: str, path: str) -> Fault | None:
        """The fault of a request, after its delay; raises DropConnection where nothing is to happen at all."""
        fault = self._next(method, path)
        if fault is not None:
            time.sleep(fault.delay)
            if fault.drop == "before":
                raise DropConnection
        return fault

    def _next(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault in self._waiting:
                if fault.method not in ("*", method) or not (fault.path == "*" or path.startswith(fault.path)):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times < 1:
                    self._waiting.remove(fault)
                return fault
        return None
