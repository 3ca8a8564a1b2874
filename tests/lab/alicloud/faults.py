# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong on request: profiles, of which a seeded share of the calls has something, and what is scheduled for the next calls."""

from __future__ import annotations

import dataclasses
import random
import threading
import time
import typing as t

from ..fault_profiles import SEED, read_profile
from .errors import DropConnection, Html, Refused

FLOW = "Request was denied due to user flow control."


@dataclasses.dataclass
class Fault:
    """For the next `times` calls of an operation (`*`: any), of one account when it is given, after `skip` others."""

    operation: str
    error: str = ""
    message: str = ""
    status: int = 0
    retry_after: float | None = None
    html: bool = False
    drop: str = ""  # "before" or "after" the call took effect
    race: bool = False  # somebody else makes the same call right before
    delay: float = 0.0
    times: int = 1
    skip: int = 0
    account: str | None = None
    before: t.Callable[[], t.Any] | None = None


class Plan(t.NamedTuple):
    """What else is to happen with a call that takes effect."""

    drop_answer: bool = False
    race: bool = False


def throttled(code: str = "Throttling.User", message: str = FLOW, status: int = 400, retry_after: float | None = None) -> Refused:
    refused = Refused(code, message, status)
    refused.retry_after = retry_after
    return refused


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scheduled: list[Fault] = []
        self._profiles: dict[str, dict[str, float]] = {}
        self._random = random.Random(SEED)

    def set(self, *wanted: t.Any, seed: int | None = None) -> None:
        """Turn on exactly these profiles: names, or dicts with `profile` and its settings. Raises UnknownProfile or ValueError."""
        profiles = dict(map(read_profile, wanted))
        with self._lock:
            self._profiles = profiles
            self._random = random.Random(SEED if seed is None else seed)

    @property
    def window(self) -> float:
        """For how many seconds RAM is seen as it was."""
        return self._profiles.get("eventual-consistency", {}).get("seconds", 0.0)

    def schedule(self, fault: Fault) -> None:
        with self._lock:
            self._scheduled.append(fault)

    def clear_scheduled(self) -> None:
        with self._lock:
            self._scheduled.clear()

    def _take(self, operation: str, account: str) -> list[Fault]:
        """The hook that is due, if there is one, and the fault that is due."""
        found: list[Fault] = []
        with self._lock:
            for fault in list(self._scheduled):
                if fault.operation not in ("*", operation) or fault.account not in (None, account):
                    continue
                if fault.before is None and any(item.before is None for item in found):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._scheduled.remove(fault)
                found.append(fault)
        return found

    def _hit(self, profile: str) -> bool:
        share = self._profiles.get(profile, {}).get("share", 0.0)
        with self._lock:
            return share > 0 and self._random.random() < share

    def meet(self, operation: str, account: str) -> Plan:
        """Let a call meet what is due. Raises Refused, Html or DropConnection for a call that is not to take effect."""
        plan = Plan()
        for fault in self._take(operation, account):
            if fault.before is not None:
                fault.before()
            else:
                plan = _apply(fault)
        time.sleep(self._profiles.get("slow", {}).get("seconds", 0.0))
        if self._hit("throttling"):
            raise throttled()
        if self._hit("server-errors"):
            raise Refused("ServiceUnavailable", "The request has failed due to a temporary failure of the server.", 503)
        if self._hit("dropped-connections"):
            with self._lock:
                before = self._random.random() < 0.5
            if before:
                raise DropConnection
            return Plan(drop_answer=True)
        return plan


def _apply(fault: Fault) -> Plan:
    time.sleep(fault.delay)
    if fault.drop == "before":
        raise DropConnection
    if fault.html:
        raise Html(fault.status or 502)
    if fault.error:
        throttles = "Throttling" in fault.error
        message = fault.message or (FLOW if throttles else fault.error)
        status = fault.status or (500 if fault.error == "InternalError" else 503 if fault.error == "ServiceUnavailable" else 400)
        raise throttled(fault.error, message, status, fault.retry_after)
    return Plan(fault.drop == "after", fault.race)
