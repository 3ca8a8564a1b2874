# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy documents in memory: a store whose calls can be scripted, a clock, and two writers whose calls interleave."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError, ServiceError
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.limits import REPOSITORY_POLICY, DocumentKind

OWNER = "111122223333"
UNKNOWN_PRINCIPAL = ServiceError("SetRepositoryPolicy", "InvalidParameterException", "Principal not found", "request-1")


def statement(sid: str | None = None, account: Any = "444455556666", action: str = "ecr:BatchGetImage", **more: Any) -> dict[str, Any]:
    """A statement that allows an account something."""
    named = {} if sid is None else {"Sid": sid}
    return {**named, "Effect": "Allow", "Principal": {"AWS": account}, "Action": action, **more}


def document(*statements: Mapping[str, Any]) -> str:
    """The text of a document with these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def sids(text: str | None) -> list[str | None]:
    """The Sids of a document."""
    return [one.get("Sid") for one in json.loads(text)["Statement"]] if text else []


class Clock:
    """Time that passes only when somebody sleeps or calls."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class FakeStore:
    """One document.

    ``calls`` are the calls so far. ``script`` maps a call and its number, such as C(("write", 2)), to what happens instead of it: an
    error is raised, a function gets the store, a text is what a read returns. ``after`` does so when the call has taken effect.
    """

    text: str | None = None
    clock: Clock = field(default_factory=Clock)
    resource: str = "payments/api"
    takes: float = 0.0
    kind: DocumentKind = REPOSITORY_POLICY
    account: str | None = OWNER
    region: str | None = "eu-west-1"
    owner: str | None = OWNER
    subject: str = ""
    calls: list[str] = field(default_factory=list)
    script: dict[tuple[str, int], Any] = field(default_factory=dict)
    after: dict[tuple[str, int], Any] = field(default_factory=dict)

    def read(self) -> str | None:
        answer = self._call("read")
        text = answer if isinstance(answer, str) else self.text
        self._end("read")
        return text

    def write(self, policy: Policy) -> None:
        self._call("write")
        self.text = policy.text()
        self._end("write")

    def delete(self) -> None:
        self._call("delete")
        self.text = None
        self._end("delete")

    def waits_for(self, error: ServiceError) -> str | None:
        return "the service does not know a principal (yet)" if "Principal not found" in error.message else None

    def scripted(self, numbers: Iterable[int], call: str, what: Any) -> FakeStore:
        """This store, where the same happens at several calls."""
        self.script.update(dict.fromkeys([(call, number) for number in numbers], what))
        return self

    def _call(self, call: str) -> Any:
        self.calls.append(call)
        self.clock.now += self.takes
        return self._do(self.script.get((call, self.calls.count(call))))

    def _end(self, call: str) -> None:
        self._do(self.after.get((call, self.calls.count(call))))

    def _do(self, what: Any) -> Any:
        if isinstance(what, RegistryError):
            raise what
        return what(self) if callable(what) else what


class Simulation:
    """Actors whose calls take time and interleave: always the one goes on whose moment comes first."""

    def __init__(self, text: str | None) -> None:
        self.text = text
        self.now = 0.0
        self._waiting: dict[int, tuple[float, threading.Semaphore]] = {}
        self._idle = threading.Semaphore(0)
        self._me = threading.local()

    def wait(self, seconds: float) -> None:
        """Lets the time pass, and the others act meanwhile."""
        mine = threading.Semaphore(0)
        self._waiting[self._me.number] = (self.now + seconds, mine)
        self._idle.release()
        mine.acquire()

    def run(self, actors: Iterable[Callable[[], None]]) -> None:
        """Runs the actors to their ends; raises what one of them raised."""
        errors: list[BaseException] = []

        def act(number: int, actor: Callable[[], None]) -> None:
            self._me.number = number
            try:
                self.wait(0.0)
                actor()
            except BaseException as error:  # noqa: BLE001 - raised again by run()
                errors.append(error)
            finally:
                self._idle.release()

        threads = [threading.Thread(target=act, args=pair, daemon=True) for pair in enumerate(actors)]
        for thread in threads:
            thread.start()
            self._idle.acquire()
        while self._waiting:
            number = min(self._waiting, key=lambda one: (self._waiting[one][0], one))
            self.now, semaphore = self._waiting.pop(number)
            semaphore.release()
            self._idle.acquire()
        for thread in threads:
            thread.join(10)
        if errors:
            raise errors[0]


class SimulatedStore:
    """The document of a simulation as one of the actors sees it; a call takes effect at its begin or at its end."""

    kind = REPOSITORY_POLICY
    account: str | None = OWNER
    region: str | None = "eu-west-1"
    resource = "payments/api"
    owner: str | None = OWNER
    subject = ""

    def __init__(self, simulation: Simulation, durations: Callable[[], float], chance: random.Random) -> None:
        self._simulation, self._durations, self._chance = simulation, durations, chance

    def read(self) -> str | None:
        return self._at_some_moment(lambda: self._simulation.text)

    def write(self, policy: Policy) -> None:
        self._at_some_moment(lambda: self._become(policy.text()))

    def delete(self) -> None:
        self._at_some_moment(lambda: self._become(None))

    def waits_for(self, _error: ServiceError) -> str | None:
        return None

    def _become(self, text: str | None) -> None:
        self._simulation.text = text

    def _at_some_moment(self, effect: Callable[[], Any]) -> Any:
        takes = self._durations()
        until = takes * self._chance.choice([0.0, 1.0])
        self._simulation.wait(until)
        answer = effect()
        self._simulation.wait(takes - until)
        return answer
