# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fault profiles (a share of the calls goes wrong, seeded) and scheduled faults (the next N calls of an operation go wrong)."""

from __future__ import annotations

import dataclasses
import random
import threading
import time
import typing as t

from . import consistency
from .call import AwsError, Call, DropConnection, FromBeforeReset
from .fault_profiles import SEED, read_profile
from .operations import on_reset, resets

# What services call an error of their own.
INTERNAL = {"ecr": "ServerException", "secretsmanager": "InternalServiceError", "kms": "KMSInternalException"}


@dataclasses.dataclass
class Scheduled:
    """A fault for the next `times` calls of an operation (and resource, account, service, when given)."""

    operation: str
    service: str = ""
    resource: str = ""
    account: str = ""
    times: int = 1
    error: str = ""
    message: str = ""
    status: int = 0
    delay: float = 0.0
    drop: str = ""  # "before" or "after" the call took effect
    skip: int = 0


class Faults:
    """The faults that are on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.profiles: dict[str, dict[str, float]] = {}
        self.scheduled: list[Scheduled] = []
        self.seed = SEED
        self._random: dict[str, random.Random] = {}

    def set(self, wanted: t.Iterable[t.Any], seed: int | None = None) -> None:
        """Turn on exactly these profiles: names, or dicts with `profile` and its settings. Raises UnknownProfile or ValueError."""
        profiles: dict[str, dict[str, float]] = {}
        for item in wanted:
            if isinstance(item, dict) and "seed" in item:
                seed = int(item["seed"])
                item = {key: value for key, value in item.items() if key != "seed"}
            profiles.update([read_profile(item)])
        with self._lock:
            self.profiles = profiles
            self.seed = SEED if seed is None else seed
            self._random = {name: random.Random(f"{self.seed}/{name}") for name in profiles}
        consistency.set_window(profiles.get("eventual-consistency", {}).get("seconds", 0.0))

    def schedule(self, fault: Scheduled) -> None:
        with self._lock:
            self.scheduled.append(fault)

    def clear_scheduled(self) -> None:
        with self._lock:
            self.scheduled.clear()

    def _take(self, call: Call) -> Scheduled | None:
        with self._lock:
            for fault in self.scheduled:
                if concerns(fault, call):
                    if fault.skip:
                        fault.skip -= 1
                        continue
                    fault.times -= 1
                    if fault.times <= 0:
                        self.scheduled.remove(fault)
                    return fault
        return None

    def _hit(self, profile: str) -> bool:
        settings = self.profiles.get(profile)
        if not settings:
            return False
        with self._lock:
            source = self._random.get(profile)
            return source is not None and source.random() < settings["share"]

    def _coin(self, profile: str) -> bool:
        with self._lock:
            source = self._random.get(profile)  # somebody may have turned the profile off since it hit
            return source is not None and source.random() < 0.5

    def before(self, call: Call) -> bool:
        """Delay, refuse or drop a call before it takes effect. True: it is to take effect, and the answer to be dropped."""
        slow = self.profiles.get("slow")
        if slow:
            time.sleep(slow["seconds"])
        if call.resets != resets():
            raise FromBeforeReset  # and meets none of the faults of the new lab
        fault = self._take(call)
        if fault is not None:
            if fault.delay:
                time.sleep(fault.delay)
            if fault.drop == "before":
                raise DropConnection
            if fault.error:
                raise AwsError(fault.error, fault.message or fault.error, fault.status or _status(fault.error))
            return fault.drop == "after"
        if self._hit("throttling"):
            raise _throttled(call)
        if self._hit("server-errors"):
            raise self._server_error(call)
        if self._hit("dropped-connections"):
            if self._coin("dropped-connections"):
                raise DropConnection
            return True
        return False

    def _server_error(self, call: Call) -> AwsError:
        if self._coin("server-errors"):
            return AwsError(INTERNAL.get(call.service, "InternalFailure"), "We encountered an internal error. Please try again.", 500)
        return AwsError("ServiceUnavailable" if call.protocol == "query" else "ServiceUnavailableException", "Service Unavailable", 503)


def _throttled(call: Call) -> AwsError:
    if call.service == "organizations":
        text = "You have sent too many requests in too short a period of time. Try again later."
        return AwsError("TooManyRequestsException", text, 400)
    return AwsError("Throttling" if call.protocol == "query" else "ThrottlingException", "Rate exceeded", 400)


def _status(code: str) -> int:
    if code in INTERNAL.values() or code == "InternalFailure":
        return 500
    return {"ServiceUnavailable": 503, "ServiceUnavailableException": 503, "AccessDenied": 403}.get(code, 400)


def concerns(rule: t.Any, call: Call) -> bool:
    """Whether a rule with `operation`, `service`, `account` and `resource` is about a call; what it leaves empty does not restrict."""
    if rule.operation not in ("*", call.operation) or rule.service not in ("", call.service):
        return False
    if rule.account and rule.account not in (call.account, call.caller.account if call.caller else ""):
        return False
    return not rule.resource or rule.resource in _names(call.parameters)


def _names(parameters: dict[str, t.Any]) -> set[str]:
    found: set[str] = set()
    for value in parameters.values():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str):
                found.add(item)
    return found


FAULTS = Faults()


@on_reset
def forget() -> None:
    FAULTS.clear_scheduled()
