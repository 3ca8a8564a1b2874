# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The flow of definitions that have revisions: read the latest one, compare what it means, register, and deregister old ones.

A definition is whole: a revision is never changed, and another one is registered exactly when what it means differs from the latest
active one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ._definitions.meaning import differences
from ._errors import RegistryError, ServiceError
from ._flow import TRIES, pauses
from ._result import build_result

#: Parameters of the request that registers a definition.
Definition = Mapping[str, Any]


@dataclass(frozen=True)
class Revision:
    """A revision: its number, its ARN, and what it consists of, tags included; a definition without tags keeps those of the latest."""

    number: int
    arn: str
    definition: Definition = field(default_factory=dict)


class DefinitionStore(Protocol):
    """The revisions of one name. ``kind`` is what messages call it."""

    kind: str
    account: str | None
    region: str | None
    resource: str

    def latest(self) -> Revision | None:
        """The latest active revision; None when there is none. Raises ServiceError."""

    def active(self) -> Sequence[int]:
        """The numbers of all active revisions, ascending; asked after latest(). Raises ServiceError."""

    def register(self, definition: Definition) -> Revision:
        """Registers another revision, and asks for it once; what it consists of is not told. Raises ServiceError."""

    def deregister(self, revision: int) -> None:
        """Makes a revision inactive; it is no error when it already is. Raises ServiceError."""

    def effective(self, definition: Definition) -> Definition:
        """The one spelling of all definitions that mean the same."""

    def waits_for(self, error: ServiceError, /) -> str | None:
        """What the service may learn soon, as text, when the error of register() can go away by itself; else None."""


@dataclass(frozen=True)
class DefinitionOutcome:
    """What became of a definition, or in check mode would become of it.

    ``action``: created, updated, deleted, unchanged or failed. ``latest`` is the revision before, ``revision`` the one after; in check
    mode that is unknown for one that would be registered. ``deregistered`` are the numbers of those that are no longer active.
    ``before`` and ``after`` are the effective definitions as text.
    """

    store: DefinitionStore
    action: str
    latest: Revision | None = None
    revision: Revision | None = None
    fields_changed: tuple[str, ...] = ()
    deregistered: tuple[int, ...] = ()
    before: str = ""
    after: str = ""
    error: RegistryError | None = None
    written: bool = False

    @property
    def kind(self) -> str:
        return self.store.kind

    @property
    def may_be_written(self) -> bool:
        """Whether something was written although it failed, as far as can be told."""
        return self.written or (isinstance(self.error, ServiceError) and self.error.passing is not None and self.after != self.before)


@dataclass(frozen=True)
class DefinitionOptions:
    """How the flow runs. ``keep``: how many active revisions stay, None for all. ``wait_timeout`` is in seconds."""

    check_mode: bool = False
    keep: int | None = None
    wait_timeout: float = 60.0


class DefinitionFlow:
    """Runs the flow for one definition. ``warn`` gets lines of text; ``clock`` and ``sleep`` can be replaced in tests."""

    def __init__(
        self,
        options: DefinitionOptions,
        warn: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._options = options
        self._warn = warn or (lambda _text: None)
        self._clock = clock
        self._sleep = sleep

    def run(self, store: DefinitionStore, desired: Definition | None) -> DefinitionOutcome:
        """Brings the revisions to what is desired; None for no active one. Never raises RegistryError, the outcome has it."""
        try:
            planned, definition = self._plan(store, desired)
        except RegistryError as error:
            return DefinitionOutcome(store, "failed", error=error)
        if self._options.check_mode or planned.action == "unchanged":
            return planned
        return self._bring_about(planned, definition)

    def _plan(self, store: DefinitionStore, desired: Definition | None) -> tuple[DefinitionOutcome, Definition | None]:
        """What has to be done, and the definition that has to be registered, None when there is none. Raises RegistryError."""
        latest = store.latest()
        before = store.effective(latest.definition) if latest else {}
        if desired is None:
            if latest is None:
                return DefinitionOutcome(store, "unchanged"), None
            return DefinitionOutcome(store, "deleted", latest, deregistered=tuple(store.active()), before=_text(before)), None
        if latest and "tags" in latest.definition:
            desired = {"tags": latest.definition["tags"], **desired}
        after = store.effective(desired)
        fields = tuple(differences(before, after))
        registers = latest is None or bool(fields)
        planned = DefinitionOutcome(
            store,
            "created" if latest is None else "updated" if registers else "unchanged",
            latest,
            None if registers else latest,
            fields,
            before=_text(before) if latest else "",
            after=_text(after),
        )
        if self._options.keep is not None and latest is not None:
            old = [number for number in store.active() if number < latest.number or registers]
            surplus = len(old) + 1 - self._options.keep
            planned = replace(planned, deregistered=tuple(old[: max(0, surplus)]))
            if planned.deregistered:
                planned = replace(planned, action="updated")
        return planned, desired if registers else None

    def _bring_about(self, planned: DefinitionOutcome, definition: Definition | None) -> DefinitionOutcome:
        done = replace(planned, deregistered=())
        try:
            if definition is not None:
                registered = self._register(planned, definition)
                done = replace(done, revision=registered, written=True)
                self._confirm(planned.store, registered, definition)
            for number in planned.deregistered:
                planned.store.deregister(number)
                done = replace(done, deregistered=(*done.deregistered, number), written=True)
        except RegistryError as error:
            return replace(done, action="failed", error=error)
        return replace(done, written=False)

    def _register(self, planned: DefinitionOutcome, definition: Definition) -> Revision:
        """Registers it once: when an answer got lost, it looks whether the revision is there. Raises RegistryError."""
        store, deadline, waits, tries = planned.store, self._clock() + self._options.wait_timeout, pauses(), 0
        while True:
            try:
                return store.register(definition)
            except ServiceError as error:
                awaited, tries = store.waits_for(error), tries + 1
                if not awaited and (not error.passing or tries == TRIES):
                    raise
                pause = next(waits)
                if self._clock() + pause > deadline:
                    waited = f"waited {self._options.wait_timeout:.0f} seconds"
                    raise RegistryError(f"{awaited or error.passing} ({waited}); {error}") from error
            self._sleep(pause)
            found = store.latest()
            is_new = found is not None and (planned.latest is None or found.number > planned.latest.number)
            if found is not None and is_new and not differences(store.effective(found.definition), store.effective(definition)):
                return found

    def _confirm(self, store: DefinitionStore, registered: Revision, definition: Definition) -> None:
        """Reads back until the revision is the latest one, so that the next task sees it. Raises RegistryError.

        Warns when it is not what was registered: then every run would register another one.
        """
        deadline, waits = self._clock() + self._options.wait_timeout, pauses()
        while True:
            found = store.latest()
            if found is not None and found.number >= registered.number:
                break
            pause = next(waits)
            if self._clock() + pause > deadline:
                seconds = f"{self._options.wait_timeout:.0f} seconds"
                raise RegistryError(f"revision {registered.number} was registered, but is not visible after {seconds}; run again to see")
            self._sleep(pause)
        other = differences(store.effective(definition), store.effective(found.definition))
        if other and found.number == registered.number:
            self._warn(
                f"{store.kind} {store.resource}: AWS shows revision {found.number} otherwise than it was registered: {', '.join(other)}. "
                "Write these as AWS shows them, or every run registers another revision."
            )


def definition_result(outcome: DefinitionOutcome, with_diff: bool, check_mode: bool) -> dict[str, Any]:
    """The result of a module on this flow; see build_result."""
    return build_result([outcome], _details, with_diff, check_mode)


def _details(outcome: DefinitionOutcome) -> dict[str, Any]:
    return {
        "revision": outcome.revision and outcome.revision.number,
        "arn": outcome.revision and outcome.revision.arn,
        "previous_revision": outcome.latest and outcome.latest.number,
        "fields_changed": list(outcome.fields_changed),
        "revisions_deregistered": list(outcome.deregistered),
    }


def _text(definition: Definition) -> str:
    return json.dumps(definition, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
