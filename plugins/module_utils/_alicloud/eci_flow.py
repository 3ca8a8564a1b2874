# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The flow of container groups and image caches: find, compare, delete and create or update, and wait until the work is done.

What ECI cannot change, and what it does not tell, is a reason to create it anew, if that is asked for.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .._errors import RegistryError
from .._flow import pauses, place_of
from .._settings_flow import Outcome, Settings, with_loss
from .eci_evidence import evidence, pull_failures
from .eci_spec import SPEC_TAG, Request, has_roles
from .eci_workload import EciStore, Workload


@dataclass(frozen=True)
class Wanted:
    """What something is to become.

    ``request`` creates it, None where it shall not be there; ``settings`` are those of its options that ECI tells. ``identity`` is its
    id, where the name is not enough. ``recreate``: it may be deleted and created again. ``wait``: until it does its work, or is gone.
    Times are in seconds: ``wait_timeout`` for everything, ``pull_timeout`` for images that cannot be pulled.
    """

    request: Request | None
    settings: Settings
    spec: str | None = None
    identity: str | None = None
    recreate: bool = False
    wait: bool = True
    wait_timeout: float = 1200.0
    pull_timeout: float = 120.0

    @property
    def given(self) -> dict[str, Any]:
        """The settings that are given."""
        return {name: value for name, value in self.settings.items() if value is not None}


@dataclass(frozen=True)
class EciOutcome(Outcome):
    """What became of it, or in check mode would become of it. ``workload`` is how it was told of last, as far as it was."""

    workload: Workload | None = None


@dataclass(frozen=True)
class _Plan:
    """``target`` is the one that the task is about, ``removed`` are those that have to go first, the target among them or not."""

    outcome: EciOutcome
    target: Workload | None = None
    removed: Sequence[Workload] = field(default=())

    @property
    def creates(self) -> bool:
        return self.outcome.action == "created" or self.outcome.replaced


class EciFlow:
    """Runs the flow for one name.

    ``explain`` says why these images cannot be pulled. ``tell`` gets lines of text about what is waited for. ``clock``, ``sleep`` and
    ``token`` can be replaced in tests.
    """

    def __init__(
        self,
        store: EciStore,
        wanted: Wanted,
        explain: Callable[[Sequence[str]], str],
        tell: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        token: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._store = store
        self._wanted = wanted
        self._explain = explain
        self._tell = tell
        self._clock = clock
        self._sleep = sleep
        self._token = token
        self._deadline = 0.0

    def run(self, check_mode: bool) -> EciOutcome:
        """Brings it about, or in check mode only works it out. Never raises RegistryError, the outcome has it."""
        try:
            plan = self._plan()
            if plan.creates and self._store.of.dry_run and (check_mode or plan.removed):
                # Nothing is deleted for a request that ECI would refuse.
                self._store.check(self._request)
        except RegistryError as error:
            return EciOutcome(self._store, "failed", error=error)
        return plan.outcome if check_mode else self._bring_about(plan)

    @property
    def _request(self) -> Request:
        if self._wanted.request is None:
            raise ValueError("nothing shall be created")
        return self._wanted.request

    # -- plan --------------------------------------------------------------------------------------------------------

    def _plan(self) -> _Plan:
        """What has to be done. Raises RegistryError where it cannot be, or may not."""
        store, wanted = self._store, self._wanted
        found = store.named()
        if wanted.identity is not None and all(one.id != wanted.identity for one in found) and self._expected(wanted.identity):
            raise RegistryError(f"there is none with the id {wanted.identity} and this name; correct one of them, or leave out the id")
        if wanted.request is None:
            target = store.chosen([one for one in found if not one.is_gone], wanted.identity)
            if target is None:
                return _Plan(EciOutcome(store, "unchanged"))
            return _Plan(EciOutcome(store=store, action="deleted", current=target.settings, workload=target), target, [target])
        target = store.chosen([one for one in found if not one.is_gone and not one.has_failed], wanted.identity)
        if target is None:
            # Those that failed and are of this collection make room; others may be somebody's evidence.
            failed = [one for one in found if one.has_failed and not one.is_gone and one.spec]
            planned = {**wanted.given, "spec_sha256": wanted.spec}
            outcome = EciOutcome(store, "created", None, planned, tuple(sorted(planned)))
            return _Plan(outcome, None, failed)
        return self._compared(target)

    def _expected(self, identity: str) -> bool:
        """Whether it is a mistake that nothing has both this id and the name. What shall not be there may be gone already."""
        if self._wanted.request is not None:
            return True
        elsewhere = self._store.with_id(identity)
        return elsewhere is not None and not elsewhere.is_gone

    def _compared(self, target: Workload) -> _Plan:
        """The plan for one that is there and works, or is about to."""
        store, wanted = self._store, self._wanted
        current = target.settings
        planned = {**current, **wanted.given, "tags": {**current["tags"], **wanted.settings["tags"]}, "spec_sha256": wanted.spec}
        changed = tuple(sorted(name for name, value in planned.items() if value != current.get(name)))
        if not changed and target.status not in store.of.stale:
            return _Plan(EciOutcome(store=store, action="unchanged", current=current, planned=current, workload=target), target)
        outcome = EciOutcome(store=store, action="updated", current=current, planned=planned, changed_settings=changed, workload=target)
        if store.of.updates and not has_roles(self._request):
            return _Plan(outcome, target)
        if not wanted.recreate:
            raise RegistryError(f"{target.id} {_difference(target, planned, changed)}; {_why_anew(store)}")
        anew = {**wanted.given, "spec_sha256": wanted.spec}
        changed = tuple(sorted(name for name, value in anew.items() if value != current.get(name)))
        return _Plan(replace(outcome, planned=anew, changed_settings=changed, replaced=True), target, [target])

    # -- write and wait ----------------------------------------------------------------------------------------------

    def _bring_about(self, plan: _Plan) -> EciOutcome:
        store, wanted, outcome = self._store, self._wanted, plan.outcome
        self._deadline = self._clock() + wanted.wait_timeout
        written = made = False
        try:
            for one in plan.removed:
                store.delete(one.id, self._token())
                written = True
                self._until_gone(one.id)
            if wanted.request is None:
                return replace(outcome, workload=None)
            identity = plan.target.id if plan.target else ""
            if plan.creates:
                identity = store.create(self._request, self._token())
                written = made = True
            elif outcome.action == "updated":
                if plan.target and plan.target.status not in store.of.stale:
                    self._until_ready(identity)
                store.update(identity, self._request, self._token())
                written = True
            return replace(outcome, workload=self._until_ready(identity))
        except RegistryError as error:
            return replace(outcome, action="failed", error=with_loss(error, outcome, written and not made), written=written)

    def _until_gone(self, identity: str) -> None:
        """Raises RegistryError when it is still there after the time to wait."""
        waits = pauses()
        while self._wanted.wait:
            left = self._store.with_id(identity)
            if left is None or (left.is_gone and left.status != "Terminating"):
                return
            if not self._may_wait(waits, f"until {identity} is gone, which is {left.status}"):
                raise RegistryError(
                    f"{identity} is still {left.status} after {self._wanted.wait_timeout:.0f} seconds; give it more time with "
                    "'wait_timeout'"
                )

    def _until_ready(self, identity: str) -> Workload | None:
        """Waits until it does its work, if that is asked for; returns it as it is told of then. Raises RegistryError."""
        waits, failing_since = pauses(), None
        while True:
            found = self._store.with_id(identity)
            if found is None:
                what = f"until {identity} is visible"
            elif found.is_ready or not self._wanted.wait:
                return found
            elif found.has_failed or found.is_gone or found.status in found.kind.stale:
                raise RegistryError(self._failure(found, f"is {found.status}"))
            else:
                failing = bool(pull_failures(found))
                failing_since = self._clock() if failing and failing_since is None else failing_since
                if failing and failing_since is not None and self._clock() - failing_since >= self._wanted.pull_timeout:
                    raise RegistryError(self._failure(found, f"is {found.status} and cannot pull its images"))
                what = f"until {identity} is {self._store.of.ready[0]}; it is {found.status}{_progress(found)}"
            if not self._may_wait(waits, what):
                raise RegistryError(self._late(identity, found))

    def _failure(self, found: Workload, what: str) -> str:
        """The message for one that does not do its work, with the cause where it is known."""
        failures = pull_failures(found, past=True)
        cause = f": {self._explain(failures)}" if failures else ""
        return f"{found.id} {what}{cause} ({evidence(found)})"

    def _late(self, identity: str, found: Workload | None) -> str:
        waited = f"after {self._wanted.wait_timeout:.0f} seconds"
        if found is None:
            return (
                f"ECI said yes, but does not show {identity} {waited}; who may not use eci:Describe{self._store.of.noun}s is shown an "
                "empty list, so check that the caller may"
            )
        hint = (
            ""
            if pull_failures(found, past=True)
            else "; without a way to the registry (EIP, NAT gateway, or linked VPC) it gets no further"
        )
        return self._failure(found, f"is still {found.status}{_progress(found)} {waited}{hint}")

    def _may_wait(self, waits: Iterator[float], what: str) -> bool:
        """Waits a moment; False when there is no time left."""
        pause = next(waits)
        if self._clock() + pause > self._deadline:
            return False
        self._tell(f"{place_of(self._store)}: waiting: {what}")
        self._sleep(pause)
        return True


def _difference(target: Workload, planned: Settings, changed: Sequence[str]) -> str:
    """How one that is there differs from the options."""
    there: Mapping[str, Any] = target.settings
    told = [name for name in changed if name != "spec_sha256"]
    texts = [f"{name} is {json.dumps(there.get(name))} and shall be {json.dumps(planned[name])}" for name in told]
    if "spec_sha256" in changed and target.spec is None:
        texts.append(f"nobody knows all that it was made with, because it has no tag {SPEC_TAG}")
    elif "spec_sha256" in changed and not texts:
        texts.append("other options were given when it was made")
    return f"differs: {'; '.join(texts)}" if texts else f"is {target.status}"


def _why_anew(store: EciStore) -> str:
    reason = "an update would lose the roles of 'acr_registry_info'" if store.of.updates else f"a {store.kind} is only created as a whole"
    return f"{reason}; 'recreate: changed' deletes it and creates it again"


def _progress(workload: Workload) -> str:
    progress = workload.told.get("Progress")
    return f" ({progress})" if progress else ""
