# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flow of definitions: what it calls, in which order, and what it says when something goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._definition_flow import (
    DefinitionFlow,
    DefinitionOptions,
    DefinitionOutcome,
    Revision,
    definition_result,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import ServiceError

LOST = ServiceError("RegisterX", "ThrottlingException", "Rate exceeded", "r-1", passing="AWS takes no more requests for the moment")
REFUSED = ServiceError("RegisterX", "ClientException", "no", "r-2")
UNKNOWN_ROLE = ServiceError("RegisterX", "ClientException", "Role is not valid", "r-3")


class Definitions:
    """The revisions of a name, which remember what they were asked. ``trouble``: errors of the next calls, by method.

    A revision is seen after ``stale`` reads; what is registered becomes ``stores(definition)``.
    """

    kind = "definition"
    account: str | None = "111122223333"
    region: str | None = "eu-west-1"
    resource = "web"

    def __init__(self, *definitions: Mapping[str, Any], stale: int = 0, **trouble: list[Any]) -> None:
        self.revisions = [Revision(at, f"arn:{at}", one) for at, one in enumerate(definitions, 1)]
        self.calls: list[Any] = []
        self.stores: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict
        self._shown = list(self.revisions)
        self._number = len(self.revisions)
        self._stale = stale
        self._trouble = trouble

    def _fails(self, method: str) -> Any:
        return (self._trouble.get(method) or [None]).pop(0)

    def latest(self) -> Revision | None:
        self.calls.append("latest")
        if error := self._fails("latest"):
            raise error
        if self._shown == self.revisions or not self._stale:
            self._shown = list(self.revisions)
        else:
            self._stale -= 1
        return self._shown[-1] if self._shown else None

    def active(self) -> list[int]:
        self.calls.append("active")
        return [one.number for one in self.revisions]

    def register(self, definition: Mapping[str, Any]) -> Revision:
        self.calls.append(("register", dict(definition)))
        error = self._fails("register")
        if error in (None, "lost"):
            self._number += 1
            self.revisions.append(Revision(self._number, f"arn:{self._number}", self.stores(definition)))
        if error is not None:
            raise LOST if error == "lost" else error
        return Revision(self._number, f"arn:{self._number}")

    def deregister(self, revision: int) -> None:
        self.calls.append(("deregister", revision))
        if error := self._fails("deregister"):
            raise error
        self.revisions = [one for one in self.revisions if one.number != revision]

    def effective(self, definition: Mapping[str, Any]) -> Mapping[str, Any]:
        return {name: value for name, value in definition.items() if value}

    def waits_for(self, error: ServiceError) -> str | None:
        return "the service does not know the role (yet)" if error is UNKNOWN_ROLE else None


class Time:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def run(store: Definitions, desired: Mapping[str, Any] | None, warn: Any = None, **options: Any) -> DefinitionOutcome:
    time = Time()
    return DefinitionFlow(DefinitionOptions(**options), warn, clock=time, sleep=time.sleep).run(store, desired)


def action(outcome: DefinitionOutcome, check: bool = False) -> dict[str, Any]:
    result = definition_result(outcome, with_diff=False, check_mode=check)
    (one,) = result["actions"]
    return {"changed": result["changed"], **one}


def test_the_first_revision() -> None:
    store = Definitions()
    outcome = run(store, {"a": 1, "b": None})
    assert store.calls == ["latest", ("register", {"a": 1, "b": None}), "latest"]
    assert (outcome.action, outcome.fields_changed, outcome.before) == ("created", ("a",), "")
    assert action(outcome) == {
        "changed": True,
        "account": "111122223333",
        "region": "eu-west-1",
        "resource": "web",
        "action": "created",
        "revision": 1,
        "arn": "arn:1",
        "previous_revision": None,
        "fields_changed": ["a"],
        "revisions_deregistered": [],
        "error": None,
    }


def test_no_difference_is_one_read() -> None:
    store = Definitions({"a": 1}, {"a": 2})
    outcome = run(store, {"a": 2, "b": None})
    assert store.calls == ["latest"]
    assert (outcome.action, action(outcome)["revision"], action(outcome)["changed"]) == ("unchanged", 2, False)


def test_an_older_revision_is_never_taken_for_the_present_one() -> None:
    store = Definitions({"a": 1}, {"a": 2})
    outcome = run(store, {"a": 1})
    assert (outcome.action, action(outcome)["revision"], action(outcome)["previous_revision"]) == ("updated", 3, 2)


@pytest.mark.parametrize(
    ("there", "desired", "keep", "gone"),
    [
        (3, {"a": "new"}, 2, (1, 2)),
        (3, {"a": "new"}, 1, (1, 2, 3)),
        (3, {"a": "new"}, 9, ()),
        (3, {"a": 3}, 2, (1,)),
        (3, {"a": 3}, 1, (1, 2)),
        (3, {"a": 3}, 3, ()),
        (0, {"a": 1}, 1, ()),
    ],
)
def test_the_oldest_ones_beyond_those_to_keep_are_deregistered(
    there: int, desired: dict[str, Any], keep: int, gone: tuple[int, ...]
) -> None:
    """The same ones as check mode says, after the new one is there, and never the latest one."""
    check_store, store = (Definitions(*({"a": at} for at in range(1, there + 1))) for _twice in range(2))
    check = run(check_store, desired, check_mode=True, keep=keep)
    outcome = run(store, desired, keep=keep)
    assert outcome.deregistered == check.deregistered == gone
    assert [call for call in check_store.calls if not isinstance(call, str)] == []
    assert [call[1] for call in store.calls if call[0] == "deregister"] == list(gone)
    hidden = {"revision": None, "arn": None}
    assert {**action(check), **hidden} == {**action(outcome), **hidden}
    assert run(store, desired, keep=keep).action == "unchanged"


def test_absent_deregisters_all() -> None:
    store = Definitions({"a": 1}, {"a": 2})
    outcome = run(store, None)
    assert store.calls == ["latest", "active", ("deregister", 1), ("deregister", 2)]
    assert (outcome.action, outcome.deregistered, outcome.after, action(outcome)["revision"]) == ("deleted", (1, 2), "", None)
    assert run(store, None).action == "unchanged"
    assert run(Definitions(), None).action == "unchanged"


def test_tags_are_kept_unless_they_are_given() -> None:
    store = Definitions({"a": 1, "tags": {"t": 1}})
    assert run(store, {"a": 1}).action == "unchanged"
    assert run(store, {"a": 2}).fields_changed == ("a",)
    assert store.revisions[-1].definition == {"a": 2, "tags": {"t": 1}}
    assert run(store, {"a": 2, "tags": {"t": 2}}).fields_changed == ("tags.t",)
    assert run(store, {"a": 2, "tags": {}}).fields_changed == ("tags",)


def test_a_lost_answer_does_not_register_twice() -> None:
    store = Definitions({"a": 1}, register=["lost"])
    outcome = run(store, {"a": 2})
    assert [call for call in store.calls if call[0] == "register"] == [("register", {"a": 2})]
    assert (outcome.action, action(outcome)["revision"]) == ("updated", 2)


def test_a_call_that_had_no_effect_is_made_again() -> None:
    store = Definitions({"a": 1}, register=[LOST, LOST])
    assert run(store, {"a": 2}).action == "updated"
    assert len(store.revisions) == 2


def test_somebody_else_s_revision_is_not_ours() -> None:
    """While our call was on its way, another revision came, with another meaning."""
    store = Definitions({"a": 1}, register=[LOST])
    store.stores = dict
    store.revisions.append(Revision(5, "arn:5", {"a": 9}))
    store._number = 5
    store._shown = store.revisions[:1]
    store._stale = 1
    outcome = run(store, {"a": 2})
    assert (action(outcome)["revision"], store.revisions[-1].definition) == (6, {"a": 2})


def test_a_new_role_is_waited_for() -> None:
    store = Definitions(register=[UNKNOWN_ROLE, UNKNOWN_ROLE])
    assert run(store, {"a": 1}).action == "created"
    late = run(Definitions(register=[UNKNOWN_ROLE] * 99), {"a": 1}, wait_timeout=20)
    assert late.action == "failed"
    assert str(late.error).startswith("the service does not know the role (yet) (waited 20 seconds); RegisterX: ClientException: Role")
    assert action(late)["error"] == {"message": str(late.error), "code": "ClientException", "request_id": "r-3"}


def test_a_service_that_never_answers_ends_the_wait() -> None:
    outcome = run(Definitions(register=[LOST] * 99), {"a": 1}, wait_timeout=1)
    assert "AWS takes no more requests for the moment (waited 1 seconds)" in str(outcome.error)
    outcome = run(Definitions(register=[LOST] * 99), {"a": 1}, wait_timeout=999)
    assert (outcome.error, outcome.may_be_written) == (LOST, True)


def test_a_revision_is_waited_for() -> None:
    store = Definitions({"a": 1}, stale=3)
    assert run(store, {"a": 2}).action == "updated"
    assert store.calls.count("latest") == 5
    outcome = run(Definitions({"a": 1}, stale=99), {"a": 2}, wait_timeout=5)
    assert "revision 2 was registered, but is not visible after 5 seconds" in str(outcome.error)
    assert action(outcome) | {"error": None} == action(outcome) | {"changed": True, "action": "failed", "revision": 2, "error": None}


def test_what_the_service_stores_otherwise_is_told() -> None:
    """Else every run would register another revision, and nobody would know why."""
    store = Definitions()
    store.stores = lambda definition: {**definition, "b": 2}
    told: list[str] = []
    assert run(store, {"a": 1}, told.append).action == "created"
    assert told == [
        "definition web: AWS shows revision 1 otherwise than it was registered: b. "
        "Write these as AWS shows them, or every run registers another revision."
    ]


def test_refusals() -> None:
    refused = run(Definitions({"a": 1}, register=[REFUSED]), {"a": 2})
    assert (refused.action, refused.error, refused.written, action(refused)["changed"]) == ("failed", REFUSED, False, False)
    assert run(Definitions(latest=[REFUSED]), {"a": 1}).error is REFUSED
    half = run(Definitions({"a": 1}, {"a": 2}, {"a": 3}, deregister=[None, REFUSED]), {"a": 4}, keep=1)
    assert (half.action, half.deregistered, action(half)["revision"], action(half)["changed"]) == ("failed", (1,), 4, True)
    result = definition_result(half, with_diff=True, check_mode=False)
    assert result["failed"]
    assert "definition of 111122223333 eu-west-1 web: RegisterX: ClientException: no (request id r-2)" in result["msg"]
    assert "Written nevertheless" in result["msg"]


def test_the_difference_is_that_of_the_effective_definitions() -> None:
    outcome = run(Definitions({"a": 1, "b": []}), {"a": 2, "c": None}, check_mode=True)
    (diff,) = definition_result(outcome, with_diff=True, check_mode=True)["diff"]
    assert diff == {
        "before_header": "definition of 111122223333 eu-west-1 web",
        "after_header": "definition of 111122223333 eu-west-1 web",
        "before": '{\n  "a": 1\n}\n',
        "after": '{\n  "a": 2\n}\n',
    }
    same = run(Definitions({"a": 1}, {"a": 1}), {"a": 1}, keep=1)
    assert (same.action, definition_result(same, with_diff=True, check_mode=False)["diff"]) == ("updated", [])
