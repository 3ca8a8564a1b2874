# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The flow of modules that manage things with settings, such as rules and templates: read, plan, write, confirm.

A setting that is not given is left alone. Nothing is written before everything of the task was read, planned and found possible.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias

from ._errors import RegistryError, ServiceError
from ._fanout import Done, fan_out
from ._flow import SETTLE, TRIES, pauses, place_of
from ._policy.document import PolicyError
from ._result import build_result

#: Settings by the names of the module's options.
Settings = Mapping[str, Any]
#: Works out all settings that a thing shall have, None when it shall not be there, from those that it has, None when it is not there.
#: Raises RegistryError or PolicyError when that is not possible.
Planner: TypeAlias = "Callable[[Settings | None], Settings | None]"


class Thing(Protocol):
    """What has settings, and where it is. ``kind`` is what messages call it."""

    kind: str
    account: str | None
    region: str | None
    resource: str


class SettingsStore(Thing, Protocol):
    """One thing of a service that has settings."""

    def read(self) -> Settings | None:
        """All settings; None when it is not there. Raises ServiceError."""

    def same(self, setting: str, current: Any, desired: Any) -> bool:
        """Whether two values of a setting mean the same."""

    def can_change(self, setting: str, value: Any, /) -> bool:
        """Whether the service can change a setting to this value while the thing is there."""

    def create(self, settings: Settings) -> None:
        """Creates it with these settings; what is not among them is the service's default. Raises ServiceError."""

    def update(self, settings: Settings, changed: Sequence[str]) -> None:
        """Changes it to these settings, which are complete; ``changed`` are those that differ. Raises ServiceError."""

    def delete(self) -> None:
        """Deletes it; it is no error when it is not there. Raises ServiceError."""

    def waits_for(self, error: ServiceError) -> str | None:
        """What the service may learn soon, as text, when the error of a write can go away by itself; else None."""


def keeping(desired: Settings | None) -> Planner:
    """Plans the settings that are given, and leaves the others as they are; None for a thing that shall not be there."""
    return lambda current: None if desired is None else {**(current or {}), **desired}


@dataclass(frozen=True)
class Item:
    """One thing and what it should become.

    ``replaceable``: it may be deleted and created again where the service cannot change a setting. ``shared``: a setting is a list or a
    document that others write to as well, so that it is read again right before it is written, and read back when they have finished.
    """

    store: SettingsStore
    plan: Planner
    replaceable: bool = False
    shared: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one thing, or in check mode would become of it.

    ``action``: created, updated, deleted, unchanged, skipped (because another one failed) or failed. ``changed_settings`` are the
    names of the settings that differ. ``replaced``: it was deleted and created again. ``current`` and ``planned`` are all settings
    before and after. ``written`` is true where it failed after something had been written. ``more`` are further fields for the result.
    """

    store: Thing
    action: str
    current: Settings | None = None
    planned: Settings | None = None
    changed_settings: tuple[str, ...] = ()
    replaced: bool = False
    error: RegistryError | PolicyError | None = None
    written: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.store.kind

    @property
    def before(self) -> str:
        """All settings before, as text for a diff; empty when it was not there."""
        return _text(self.current)

    @property
    def after(self) -> str:
        """All settings after."""
        return _text(self.planned)

    @property
    def may_be_written(self) -> bool:
        """Whether it was written although it failed, as far as can be told."""
        planned = self.current is not None or self.planned is not None
        return self.written or (planned and isinstance(self.error, ServiceError) and self.error.passing is not None)


@dataclass(frozen=True)
class SettingsOptions:
    """How the flow runs. ``wait_timeout`` is in seconds, for each thing."""

    check_mode: bool = False
    stop_on_error: bool = True
    wait_timeout: float = 60.0
    workers: int = 32


class _Failed(RegistryError):
    """Carries the outcome of a thing that could not be written, so that the others can be stopped."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(str(outcome.error))
        self.outcome = outcome


class SettingsFlow:
    """Runs the flow for any number of things.

    ``tell`` gets lines of text about what is waited for. ``clock`` and ``sleep`` can be replaced in tests.
    """

    def __init__(
        self,
        options: SettingsOptions,
        tell: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._options = options
        self._tell = tell or (lambda _text: None)
        self._clock = clock
        self._sleep = sleep

    def run(self, items: Sequence[Item]) -> list[Outcome]:
        """Brings every thing to what it should become; one outcome for each, in the same order. Never raises for a single one."""
        options = self._options
        planned = fan_out(self._plan, items, options.workers)
        outcomes = [_outcome(item.store, done) for item, done in zip(items, planned, strict=True)]
        if options.stop_on_error and any(outcome.action == "failed" for outcome in outcomes):
            return [_skipped(outcome) for outcome in outcomes]
        if options.check_mode:
            return outcomes
        todo = [at for at, outcome in enumerate(outcomes) if outcome.action not in ("unchanged", "failed")]
        done = fan_out(lambda at: self._bring_about(items[at], outcomes[at]), todo, options.workers, options.stop_on_error)
        for at, one in zip(todo, done, strict=True):
            outcomes[at] = one.error.outcome if isinstance(one.error, _Failed) else one.result or _skipped(outcomes[at])
        return outcomes

    def _plan(self, item: Item) -> Outcome:
        """What has to be done. Raises RegistryError when a setting cannot be changed, or what its planner raises."""
        store, current = item.store, item.store.read()
        planned = item.plan(current)
        if planned is None:
            return Outcome(store, "unchanged") if current is None else Outcome(store, "deleted", current)
        there = current or {}
        changed = tuple(sorted(name for name, value in planned.items() if not store.same(name, there.get(name), value)))
        if current is None:
            return Outcome(store, "created", None, planned, changed)
        stuck = [name for name in changed if not store.can_change(name, planned[name])]
        if stuck and not item.replaceable:
            texts = [f"{name} is {_shown(current.get(name))} and shall be {_shown(planned[name])}" for name in stuck]
            raise RegistryError(
                f"{'; '.join(texts)}: this cannot be changed while it is there; 'replace: true' deletes it and creates it again"
            )
        if not changed:
            return Outcome(store, "unchanged", current, current)
        return Outcome(store, "updated", current, {**current, **{name: planned[name] for name in changed}}, changed, bool(stuck))

    def _bring_about(self, item: Item, outcome: Outcome) -> Outcome:
        """Writes and reads back. Raises _Failed.

        What could not be written is planned anew before another try: it may have been written although the answer got lost.
        """
        if outcome.replaced:
            # What is not given has to survive, too.
            item = replace(item, plan=keeping(outcome.planned))
        deadline, waits, tries = self._clock() + self._options.wait_timeout, pauses(), 0
        written, overwritten, left = False, False, outcome
        known = [outcome.current]
        try:
            if item.shared:
                left = outcome = self._plan(item)
            while left.action != "unchanged":
                known += [left.current, left.planned]
                begun = self._clock()
                try:
                    self._write(item.store, left)
                    written = True
                except ServiceError as error:
                    written = written or error.partly
                    awaited, tries = item.store.waits_for(error), tries + 1
                    if not awaited and (not error.passing or tries == TRIES):
                        raise
                    self._wait(item.store, awaited or str(error.passing), waits, deadline, error)
                else:
                    if not left.replaced:
                        if item.shared:
                            self._sleep(SETTLE + 2 * (self._clock() - begun))
                        if self._confirm(item, known, waits, deadline):
                            break
                        if overwritten:
                            raise RegistryError(f"somebody else keeps changing the {item.store.kind}; find out who, then run again")
                        left, overwritten = self._plan(item), True
                        continue
                left, before = self._plan(item), left
                if left.replaced and before.replaced and written:
                    self._wait(item.store, f"until the old {item.store.kind} is gone", waits, deadline)
        except (RegistryError, PolicyError) as error:
            raise _Failed(replace(outcome, action="failed", error=with_loss(error, outcome, written), written=written)) from error
        return outcome

    def _write(self, store: SettingsStore, planned: Outcome) -> None:
        """Makes one call; what has to be replaced is only deleted by it."""
        if planned.planned is None or planned.replaced:
            store.delete()
        elif planned.current is None:
            store.create(planned.planned)
        else:
            store.update(planned.planned, planned.changed_settings)

    def _confirm(self, item: Item, known: Sequence[Settings | None], waits: Iterator[float], deadline: float) -> bool:
        """Reads back until nothing is left to do; false when somebody else has made something out of it that is not ``known``."""
        while True:
            # What is read may still be the old one, which could not be changed.
            left = self._plan(replace(item, replaceable=True))
            if left.action == "unchanged" or left.current not in known:
                return left.action == "unchanged"
            self._wait(item.store, f"until the change of the {item.store.kind} is visible", waits, deadline)

    def _wait(self, store: SettingsStore, what: str, waits: Iterator[float], deadline: float, error: ServiceError | None = None) -> None:
        pause = next(waits)
        if self._clock() + pause > deadline:
            seconds = f"{self._options.wait_timeout:.0f} seconds"
            if error:
                raise RegistryError(f"{what} (waited {seconds}); {error}") from error
            raise RegistryError(
                f"it was written, but still reads differently after {seconds}; somebody else may have changed it; run again to see"
            )
        self._tell(f"{place_of(store)}: waiting: {what}")
        self._sleep(pause)


def settings_result(
    outcomes: Sequence[Outcome], with_diff: bool, check_mode: bool, explain: Callable[[Outcome], Sequence[str]] | None = None
) -> dict[str, Any]:
    """The result of a module on this flow; see build_result. Each action has C(settings_changed), C(replaced) and C(settings)."""
    return build_result(outcomes, _details, with_diff, check_mode, explain)


def _details(outcome: Outcome) -> dict[str, Any]:
    shown = outcome.current if outcome.action in ("failed", "skipped") and not outcome.written else outcome.planned
    return {
        "settings_changed": list(outcome.changed_settings),
        "replaced": outcome.replaced,
        "settings": None if shown is None else dict(shown),
        **outcome.more,
    }


def with_loss(error: RegistryError | PolicyError, outcome: Outcome, written: bool) -> RegistryError | PolicyError:
    """The error, with what the user has to know when a thing that was to be replaced is gone."""
    if not (outcome.replaced and written):
        return error
    told = RegistryError(f"it was deleted to be replaced, and is not back: {error}. These were its settings: {json.dumps(outcome.current)}")
    told.__cause__ = error
    return told


def _outcome(store: SettingsStore, done: Done[Outcome]) -> Outcome:
    return done.result or Outcome(store, "failed", error=done.error)


def _skipped(outcome: Outcome) -> Outcome:
    """The outcome of a thing that was not written because another one failed."""
    return outcome if outcome.action in ("failed", "unchanged") else replace(outcome, action="skipped", planned=outcome.current)


def _text(settings: Settings | None) -> str:
    return "" if settings is None else json.dumps(settings, indent=2, sort_keys=True) + "\n"


def _shown(value: Any) -> str:
    return "not set" if value is None else json.dumps(value)
