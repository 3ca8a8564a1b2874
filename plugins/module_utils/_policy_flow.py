# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The flow that every policy module runs: read, plan, guard, write, confirm.

A document is written only after all documents of the task were read, planned and found acceptable. None of the services
has a version token for policies, so a document is read again right before it is written, and read back afterwards: what
somebody else wrote in between is merged, not overwritten.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ._errors import RegistryError, ServiceError, service_error_behind
from ._fanout import Done, Item, Result, fan_out
from ._flow import SETTLE, TRIES, pauses, place_of
from ._guards import GuardOptions, check_administration, check_desired, check_orphans, new_identities, orphans_of
from ._policy.difference import AccessChange, access_changes
from ._policy.document import Meaning, Policy, PolicyError, display, parse, sid_of
from ._policy.limits import DocumentKind, check_size, size_of
from ._policy.merge import Ownership, Plan, plan
from ._policy.principals import is_orphan

#: A document read longer ago than this many seconds is read again before it is written.
_FRESH = 0.2


class Store(Protocol):
    """One place where a service keeps one policy document.

    ``account``, ``region`` (None where the service is global) and ``resource`` say where it is. ``owner`` is the account that owns
    the resource, ``subject`` whom an identity policy is attached to.
    """

    kind: DocumentKind
    account: str | None
    region: str | None
    resource: str
    owner: str | None
    subject: str

    def read(self) -> str | Mapping[str, Any] | None:
        """The document as text or as data; None when there is none. Raises ServiceError."""

    def write(self, policy: Policy) -> None:
        """Makes the document this one. Raises ServiceError."""

    def delete(self) -> None:
        """Deletes the document; it is no error when there is none. Raises ServiceError."""

    def waits_for(self, error: ServiceError) -> str | None:
        """What the service may learn soon, as text, when the error of a write can go away by itself; else None."""


@dataclass(frozen=True)
class Document:
    """One document and what it should become.

    ``check`` refuses, before a change, what this very place cannot take of it; raises PolicyError or RegistryError.
    """

    store: Store
    desired: Policy
    ownership: Ownership
    check: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class FlowOptions:
    """How the flow runs. ``wait_timeout`` is in seconds, for each document."""

    check_mode: bool = False
    guard: GuardOptions = field(default_factory=GuardOptions)
    stop_on_error: bool = True
    wait_timeout: float = 60.0
    workers: int = 32


@dataclass(frozen=True)
class Outcome:
    """What became of one document.

    ``action``: created, updated, deleted, unchanged, failed, or skipped (not written because another document failed).
    ``before`` and ``after`` are canonical texts for a diff, empty where there is no document. ``size`` is that of the document after.
    ``written`` is true where it failed after it had been written.
    """

    store: Store
    action: str
    plan: Plan | None = None
    before: str = ""
    after: str = ""
    changes: Sequence[AccessChange] = ()
    size: int = 0
    error: RegistryError | PolicyError | None = None
    written: bool = False

    @property
    def kind(self) -> str:
        """What kind of document it is, for messages."""
        return self.store.kind.name

    @property
    def may_be_written(self) -> bool:
        """Whether it was written although it failed, or a part of it, as far as can be told: the answer to a write may have got lost."""
        refusal = service_error_behind(self.error) if self.plan is not None else None
        return self.written or (refusal is not None and (refusal.passing is not None or refusal.partly))


@dataclass(frozen=True)
class _Prepared:
    document: Document
    current: Policy | None
    plan: Plan
    size: int
    read_at: float
    #: When writers who overlapped with our write have finished.
    settled_at: float = 0.0


class PolicyFlow:
    """Runs the flow for any number of documents.

    ``tell`` gets lines of text about what is waited for; ``step`` gets a phase and how many of its documents are done.
    ``clock`` and ``sleep`` can be replaced in tests.
    """

    def __init__(
        self,
        options: FlowOptions,
        tell: Callable[[str], None] | None = None,
        step: Callable[[str, int, int], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._options = options
        self._tell = tell or _ignore
        self._step = step or _ignore
        self._clock = clock
        self._sleep = sleep

    def run(self, documents: Sequence[Document]) -> list[Outcome]:
        """Brings every document to what it should become; one outcome for each, in the same order. Never raises for a single document."""
        prepared = self._each("reading", self._prepare, documents, stop_on_error=False)
        outcomes = [self._planned(document, done) for document, done in zip(documents, prepared, strict=True)]
        if self._options.stop_on_error and any(outcome.action == "failed" for outcome in outcomes):
            return [_skipped(outcome) for outcome in outcomes]
        if self._options.check_mode:
            return outcomes
        todo = [at for at, done in enumerate(prepared) if done.result and done.result.plan.changed]
        written = self._each("writing", self._write, [_result(prepared[at]) for at in todo], self._options.stop_on_error)
        for at, done in zip(todo, written, strict=True):
            outcomes[at] = self._written(outcomes[at], done)
        todo = [at for at, done in zip(todo, written, strict=True) if done.result]
        confirmed = self._each("confirming", self._confirm, [_result(done) for done in written if done.result], stop_on_error=False)
        for at, done in zip(todo, confirmed, strict=True):
            outcomes[at] = replace(self._written(outcomes[at], done), written=done.error is not None)
        return outcomes

    def _each(self, phase: str, work: Callable[[Item], Result], items: Sequence[Item], stop_on_error: bool) -> list[Done[Result]]:
        done = 0

        def count() -> None:
            nonlocal done
            done += 1
            self._step(phase, done, len(items))

        return fan_out(work, items, self._options.workers, stop_on_error, count)

    # -- read, plan, guard -------------------------------------------------------------------------------------------

    def _prepare(self, document: Document) -> _Prepared:
        store, guard = document.store, self._options.guard
        current = self._read(store)
        if document.ownership.state != "absent":
            check_desired(document.desired, store.kind, guard, store.owner)
        check_orphans(current, guard)
        planned = plan(current, document.desired, document.ownership, guard.orphan_principals == "drop")
        if planned.policy is None and current is not None and not store.kind.deletable:
            raise PolicyError(
                f"no statement would be left, and there cannot be no {store.kind.name}; keep one, or delete what it belongs to"
            )
        if planned.changed:
            check_administration(planned.policy, current, store.kind, guard, store.owner)
        size = check_size(planned.policy, store.kind) if planned.changed else size_of(current)
        if planned.changed and document.ownership.state != "absent":
            document.check()
        return _Prepared(document, current, planned, size, self._clock())

    def _read(self, store: Store) -> Policy | None:
        source = store.read()
        return None if source is None else parse(source, store.kind.dialect)

    def _planned(self, document: Document, done: Done[_Prepared]) -> Outcome:
        if done.result is None:
            return Outcome(document.store, "failed", error=done.error)
        return _outcome(done.result)

    def _written(self, outcome: Outcome, done: Done[_Prepared]) -> Outcome:
        if done.error:
            return replace(outcome, action="failed", error=done.error)
        if done.result is None:
            return _skipped(outcome)
        # Comparing documents is the dear part, and mostly they are those that were compared when planning.
        return outcome if done.result.plan is outcome.plan else _outcome(done.result)

    # -- write -------------------------------------------------------------------------------------------------------

    def _write(self, prepared: _Prepared) -> _Prepared:
        """Writes the planned document; returns what was really planned last and when it was written.

        Where the service is in trouble, the document is read again before another try: a call that is repeated blindly would
        overwrite what somebody else wrote meanwhile.
        """
        store = prepared.document.store
        deadline = self._clock() + self._options.wait_timeout
        started, waits, tries = self._clock(), pauses(), 0
        sent: _Prepared | None = None
        while True:
            if self._clock() - prepared.read_at > _FRESH:
                prepared = self._prepare_again(prepared, sent)
                if not prepared.plan.changed:
                    return sent or prepared
            begun = self._clock()
            try:
                if prepared.plan.policy is None:
                    store.delete()
                else:
                    store.write(prepared.plan.policy)
                return self._settling(prepared, begun)
            except ServiceError as error:
                pause = next(waits)
                awaited = store.waits_for(error)
                if awaited:
                    awaited = self._explain(awaited, prepared)
                    if self._clock() + pause > deadline:
                        waited = f"{awaited} (waited {self._clock() - started:.0f} seconds)"
                        raise RegistryError(f"{waited}; correct the name, or create what is missing and run again; {error}") from error
                else:
                    awaited, tries = error.passing, tries + 1
                    if not awaited or tries == TRIES:
                        raise
                    sent = self._settling(prepared, begun)
                self._tell(f"{place_of(store)}: waiting: {awaited}")
                self._sleep(pause)

    def _settling(self, prepared: _Prepared, begun: float) -> _Prepared:
        now = self._clock()
        return replace(prepared, settled_at=now + SETTLE + 2 * (now - begun))

    def _explain(self, awaited: str, prepared: _Prepared) -> str:
        """What is waited for, with the principals in question. Raises where waiting cannot help."""
        policy = prepared.plan.policy
        left = orphans_of(policy) if policy else []
        if left:
            raise RegistryError(
                f"the service takes no document back that names deleted roles or users ({'; '.join(left)}); "
                "give 'orphan_principals: drop' to remove them, which takes no access from anybody"
            )
        names = new_identities(prepared.plan.written, prepared.current, prepared.document.desired)
        return f"{awaited}: {', '.join(names)}" if names else awaited

    def _prepare_again(self, prepared: _Prepared, sent: _Prepared | None) -> _Prepared:
        """Reads and plans again. ``sent`` is what was written, or not: its answer got lost."""
        fresh = self._prepare(prepared.document)
        if not _same_document(fresh.current, prepared.current) and not (sent and _same_document(fresh.current, sent.plan.policy)):
            self._tell(f"{place_of(prepared.document.store)}: somebody else changed the {prepared.document.store.kind.name}; merging again")
        return fresh

    # -- confirm -----------------------------------------------------------------------------------------------------

    def _confirm(self, written: _Prepared) -> _Prepared:
        """Reads back until the document is there; merges once more when somebody else has overwritten it."""
        store = written.document.store
        earlier = [written.current]
        merged_again = False
        deadline = self._clock() + self._options.wait_timeout
        waits = pauses()
        self._sleep(max(0.0, written.settled_at - self._clock()))
        while True:
            there = self._read(store)
            if _same_document(there, written.plan.policy):
                return written
            unique_ids = _same_but_unique_ids(there, written.plan.policy)
            if not unique_ids and not any(_same_document(there, one) for one in earlier):
                again = self._prepare(written.document)
                if not again.plan.changed:
                    return written
                if merged_again:
                    raise RegistryError(
                        f"somebody else keeps overwriting the {store.kind.name}: it was merged again once and is different again; "
                        "find out who else manages it, then run again"
                    )
                self._tell(f"{place_of(store)}: somebody else overwrote the {store.kind.name}; merging again")
                earlier += [written.plan.policy, again.current]
                written, merged_again = self._write(again), True
                self._sleep(max(0.0, written.settled_at - self._clock()))
                continue
            pause = next(waits)
            if self._clock() + pause > deadline:
                if unique_ids and there:
                    raise RegistryError(
                        f"the {store.kind.name} was written, but shows unique ids in place of names ({'; '.join(orphans_of(there))}): "
                        "the role or user was deleted meanwhile; create it, then run again"
                    )
                raise RegistryError(
                    f"the {store.kind.name} was written, but still reads as before after {self._options.wait_timeout:.0f} seconds; "
                    "somebody else may have put it back; run again to see"
                )
            self._tell(f"{place_of(store)}: waiting until the new {store.kind.name} is visible")
            self._sleep(pause)


def _result(done: Done[_Prepared]) -> _Prepared:
    if done.result is None:
        raise ValueError("only documents that were prepared are written")
    return done.result


def _outcome(prepared: _Prepared) -> Outcome:
    planned, current, store = prepared.plan, prepared.current, prepared.document.store
    if not planned.changed:
        return Outcome(store, "unchanged", planned, size=prepared.size)
    action = "created" if current is None else ("deleted" if planned.policy is None else "updated")
    return Outcome(
        store=store,
        action=action,
        plan=planned,
        before=display(current),
        after=display(planned.policy),
        changes=access_changes(current, planned.policy, store.subject, store.owner, store.kind.dialect),
        size=prepared.size,
    )


def _skipped(outcome: Outcome) -> Outcome:
    """The outcome of a document that was not written because another one failed."""
    return outcome if outcome.action in ("failed", "unchanged") else Outcome(outcome.store, "skipped", outcome.plan)


def _same_document(left: Policy | None, right: Policy | None) -> bool:
    """Whether two documents have the same statements under the same Sids, however they are spelled and ordered."""
    return _named_meanings(left) == _named_meanings(right)


def _named_meanings(policy: Policy | None) -> set[tuple[str | None, Meaning]]:
    return {(sid_of(one), policy.meaning(one)) for one in policy.statements} if policy else set()


def _same_but_unique_ids(there: Policy | None, written: Policy | None) -> bool:
    """Whether a document is the written one with unique ids in place of names, as it can read right after a role was created."""

    def masked(policy: Policy | None) -> set[tuple[str | None, Meaning]]:
        return {(sid, _without_identities(meaning, policy)) for sid, meaning in _named_meanings(policy)} if policy else set()

    return there is not None and bool(orphans_of(there)) and masked(there) == masked(written)


def _without_identities(meaning: Meaning, policy: Policy) -> Meaning:
    if meaning.principal is None:
        return meaning
    excludes, members = meaning.principal
    dialect = policy.dialect
    return replace(
        meaning, principal=(excludes, frozenset(one for one in members if not (dialect.member_arn.fullmatch(one) or is_orphan(one))))
    )


def _ignore(*_arguments: object) -> None:
    """For callers who do not want to be told."""
