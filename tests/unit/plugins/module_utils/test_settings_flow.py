# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flow of things with settings: what it calls, in which order, and what it says when something goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError, ServiceError
from ansible_collections.crossaccount.registry.plugins.module_utils._settings_flow import (
    Item,
    Outcome,
    Planner,
    SettingsFlow,
    SettingsOptions,
    keeping,
    settings_result,
)

THROTTLED = ServiceError("UpdateRule", "ThrottlingException", "Rate exceeded", "r-1", passing="AWS takes no more requests for the moment")
REFUSED = ServiceError("CreateRule", "ValidationException", "no", "r-2")
UNKNOWN_ROLE = ServiceError("CreateRule", "ValidationException", "role unknown", "r-3")


class Rule:
    """A rule of a service that remembers what it was asked. ``trouble``: errors of the next calls, by method."""

    kind = "rule"
    account: str | None = "111122223333"
    region: str | None = "eu-west-1"

    def __init__(self, settings: Mapping[str, Any] | None = None, resource: str = "cache", stale: int = 0, **trouble: list[Any]) -> None:
        self.settings = None if settings is None else dict(settings)
        self.resource = resource
        self.calls: list[tuple[Any, ...]] = []
        self._trouble = trouble
        self._stale = stale
        self._shown = self.settings

    def _called(self, name: str, *arguments: Any, do: Callable[[], None]) -> None:
        self.calls.append((name, *arguments))
        error = (self._trouble.get(name) or [None]).pop(0)
        if error is None or error == "lost":
            do()
        if error == "lost":
            raise THROTTLED
        if error is not None:
            raise error

    def read(self) -> Mapping[str, Any] | None:
        self.calls.append(("read",))
        error = (self._trouble.get("read") or [None]).pop(0)
        if error is not None:
            raise error
        if self._shown != self.settings and self._stale:
            self._stale -= 1
            return self._shown
        self._shown = self.settings
        return self.settings

    def same(self, setting: str, current: Any, desired: Any) -> bool:
        return setting in ("role", "upstream") and bool(current == desired)

    def can_change(self, setting: str, value: Any) -> bool:
        return setting != "upstream" and value is not None

    def create(self, settings: Mapping[str, Any]) -> None:
        self._called("create", dict(settings), do=lambda: setattr(self, "settings", dict(settings)))

    def update(self, settings: Mapping[str, Any], changed: Sequence[str]) -> None:
        self._called("update", dict(settings), list(changed), do=lambda: setattr(self, "settings", dict(settings)))

    def delete(self) -> None:
        self._called("delete", do=lambda: setattr(self, "settings", None))

    def waits_for(self, error: ServiceError) -> str | None:
        return "the service does not know the role (yet)" if error is UNKNOWN_ROLE else None

    @property
    def writes(self) -> list[tuple[Any, ...]]:
        return [call for call in self.calls if call[0] != "read"]


def wanted(rule: Rule, desired: Mapping[str, Any] | None, **how: Any) -> Item:
    return Item(rule, keeping(desired), **how)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def run(*items: Item, told: list[str] | None = None, **options: Any) -> list[Outcome]:
    clock = Clock()
    flow = SettingsFlow(SettingsOptions(**{"workers": 1, **options}), (told if told is not None else []).append, clock, clock.sleep)
    return flow.run(items)


@pytest.mark.parametrize(
    ("current", "desired", "action", "writes"),
    [
        (None, {"upstream": "a"}, "created", [("create", {"upstream": "a"})]),
        ({"upstream": "a"}, {"upstream": "a"}, "unchanged", []),
        ({"upstream": "a", "role": "r"}, {"upstream": "a"}, "unchanged", []),
        ({"upstream": "a", "role": "r"}, {"role": "s"}, "updated", [("update", {"upstream": "a", "role": "s"}, ["role"])]),
        ({"upstream": "a"}, None, "deleted", [("delete",)]),
        (None, None, "unchanged", []),
    ],
)
def test_only_what_is_given_and_differs_is_written(
    current: dict[str, Any] | None, desired: dict[str, Any] | None, action: str, writes: list[tuple[Any, ...]]
) -> None:
    planned = run(wanted(Rule(current), desired), check_mode=True)
    rule = Rule(current)
    (outcome,) = run(wanted(rule, desired))
    assert (outcome.action, rule.writes) == (action, writes)
    assert outcome.planned == (None if desired is None else rule.settings)
    assert settings_result(planned, with_diff=True, check_mode=True) == settings_result([outcome], with_diff=True, check_mode=False)
    assert run(wanted(rule, desired))[0].action == "unchanged"


def test_what_cannot_be_changed_is_refused_before_anything_is_written() -> None:
    other, stuck = Rule(resource="other"), Rule({"upstream": "a"})
    outcomes = run(wanted(other, {"upstream": "x"}), wanted(stuck, {"upstream": "b"}))
    assert [outcome.action for outcome in outcomes] == ["skipped", "failed"]
    assert (other.writes, stuck.writes) == ([], [])
    assert 'upstream is "a" and shall be "b"' in str(outcomes[1].error)
    assert "replace: true" in str(outcomes[1].error)


def test_what_cannot_be_taken_away_needs_a_replacement() -> None:
    (outcome,) = run(wanted(Rule({"upstream": "a", "role": "r"}), {"role": None}))
    assert 'role is "r" and shall be not set' in str(outcome.error)
    rule = Rule({"upstream": "a", "role": "r"})
    (outcome,) = run(wanted(rule, {"role": None}, replaceable=True))
    assert (outcome.action, outcome.replaced, rule.settings) == ("updated", True, {"upstream": "a", "role": None})


def test_a_replaced_thing_keeps_the_settings_that_are_not_given() -> None:
    rule = Rule({"upstream": "a", "role": "r"})
    (outcome,) = run(wanted(rule, {"upstream": "b"}, replaceable=True))
    assert rule.writes == [("delete",), ("create", {"upstream": "b", "role": "r"})]
    assert (outcome.action, outcome.replaced) == ("updated", True)


@pytest.mark.parametrize("trouble", [{"delete": ["lost"]}, {"delete": [THROTTLED]}, {"create": ["lost"]}, {"create": [THROTTLED]}])
def test_a_replacement_survives_trouble_at_every_step(trouble: dict[str, list[Any]]) -> None:
    rule = Rule({"upstream": "a", "role": "r"}, **trouble)
    (outcome,) = run(wanted(rule, {"upstream": "b"}, replaceable=True))
    assert (outcome.action, rule.settings) == ("updated", {"upstream": "b", "role": "r"})


def test_a_replacement_that_fails_half_way_says_what_is_gone() -> None:
    (outcome,) = run(wanted(Rule({"upstream": "a", "role": "r"}, create=[REFUSED]), {"upstream": "b"}, replaceable=True))
    assert outcome.action == "failed"
    assert "deleted to be replaced, and is not back" in str(outcome.error)
    assert '"role": "r"' in str(outcome.error)
    result = settings_result([outcome], with_diff=True, check_mode=False)
    assert (result["changed"], result["failed"]) == (True, True)
    assert result["actions"][0]["error"]["code"] == "ValidationException"


def test_a_replacement_waits_until_the_old_one_is_gone() -> None:
    told: list[str] = []
    rule = Rule({"upstream": "a"}, stale=2)
    (outcome,) = run(wanted(rule, {"upstream": "b"}, replaceable=True), told=told)
    assert (outcome.action, rule.settings) == ("updated", {"upstream": "b"})
    assert any("until the old rule is gone" in line for line in told)


@pytest.mark.parametrize(("trouble", "calls"), [(["lost"], 1), ([THROTTLED, THROTTLED], 3)])
def test_a_write_is_tried_again_only_where_it_did_not_take_effect(trouble: list[Any], calls: int) -> None:
    rule = Rule({"role": "r"}, update=trouble)
    (outcome,) = run(wanted(rule, {"role": "s"}))
    assert (outcome.action, rule.settings) == ("updated", {"role": "s"})
    assert len(rule.writes) == calls


def test_trouble_without_end_fails_and_says_that_nobody_knows() -> None:
    (outcome,) = run(wanted(Rule({"role": "r"}, update=[THROTTLED] * 99), {"role": "s"}))
    assert (outcome.action, outcome.written, outcome.may_be_written) == ("failed", False, True)


def test_trouble_while_reading_has_written_nothing() -> None:
    (outcome,) = run(wanted(Rule({"role": "r"}, read=[THROTTLED]), {"role": "s"}))
    assert (outcome.action, outcome.may_be_written) == ("failed", False)


def test_what_the_service_learns_soon_is_waited_for() -> None:
    told: list[str] = []
    rule = Rule(None, create=[UNKNOWN_ROLE, UNKNOWN_ROLE])
    (outcome,) = run(wanted(rule, {"role": "s"}), told=told)
    assert outcome.action == "created"
    assert told[0] == "111122223333 eu-west-1 cache: waiting: the service does not know the role (yet)"


def test_waiting_ends_with_the_cause() -> None:
    (outcome,) = run(wanted(Rule(None, create=[UNKNOWN_ROLE] * 99), {"role": "s"}), wait_timeout=10)
    assert "does not know the role (yet) (waited 10 seconds)" in str(outcome.error)
    assert "request id r-3" in str(outcome.error)


def test_a_write_is_read_back_until_it_shows() -> None:
    rule = Rule({"role": "r"}, stale=3)
    (outcome,) = run(wanted(rule, {"role": "s"}))
    assert outcome.action == "updated"
    assert [call[0] for call in rule.calls] == ["read", "update", "read", "read", "read", "read"]


def test_a_write_that_never_shows_fails() -> None:
    (outcome,) = run(wanted(Rule({"role": "r"}, stale=999), {"role": "s"}), wait_timeout=5)
    assert (outcome.action, outcome.written) == ("failed", True)
    assert "still reads differently after 5 seconds" in str(outcome.error)


@pytest.mark.parametrize(("stop", "actions"), [(True, ["created", "failed", "skipped"]), (False, ["created", "failed", "created"])])
def test_one_that_fails_stops_the_others_or_not(stop: bool, actions: list[str]) -> None:
    rules = [Rule(None, "a"), Rule(None, "b", create=[REFUSED]), Rule(None, "c")]
    outcomes = run(*(wanted(rule, {"role": "s"}) for rule in rules), stop_on_error=stop)
    assert [outcome.action for outcome in outcomes] == actions
    assert rules[2].writes == ([] if stop else [("create", {"role": "s"})])


def test_an_error_that_is_no_refusal_is_not_swallowed() -> None:
    with pytest.raises(KeyError):
        run(wanted(Rule(None, create=[KeyError("x")]), {"role": "s"}))


def test_the_result_shows_settings_and_diff() -> None:
    result = settings_result(run(wanted(Rule({"role": "r", "upstream": "a"}), {"role": "s"})), with_diff=True, check_mode=False)
    (action,) = result["actions"]
    assert action == {
        "account": "111122223333",
        "region": "eu-west-1",
        "resource": "cache",
        "action": "updated",
        "settings_changed": ["role"],
        "replaced": False,
        "settings": {"role": "s", "upstream": "a"},
        "error": None,
    }
    (diff,) = result["diff"]
    assert diff["before_header"] == "rule of 111122223333 eu-west-1 cache"
    assert (diff["before"], diff["after"]) == (
        '{\n  "role": "r",\n  "upstream": "a"\n}\n',
        '{\n  "role": "s",\n  "upstream": "a"\n}\n',
    )


def test_a_refusal_is_told_with_its_place() -> None:
    result = settings_result(run(wanted(Rule(None, create=[REFUSED]), {"role": "s"})), with_diff=False, check_mode=False)
    assert result["msg"].startswith(
        "1 of 1 failed: rule of 111122223333 eu-west-1 cache: CreateRule: ValidationException: no (request id r-2)"
    )
    assert isinstance(REFUSED, RegistryError)


class Shared(Rule):
    """A rule whose role is a list of letters that others write to as well. ``writers``: what they make of it, right after our writes."""

    def __init__(self, letters: str, *writers: str, before: str | None = None) -> None:
        super().__init__({"role": letters})
        self._writers = list(writers)
        self._before = before

    def read(self) -> Mapping[str, Any] | None:
        shown = super().read()
        if self._before is not None:
            self.settings, self._shown, self._before = {"role": self._before}, {"role": self._before}, None
        return shown

    def update(self, settings: Mapping[str, Any], changed: Sequence[str]) -> None:
        super().update(settings, changed)
        if self._writers:
            self.settings = {"role": self._writers.pop(0)}


def adding(letter: str) -> Planner:
    return lambda current: {"role": "".join(sorted({*(current or {})["role"], letter}))}


def test_what_others_write_too_is_read_again_right_before_it_is_written() -> None:
    rule = Shared("ab", before="abc")
    (outcome,) = run(Item(rule, adding("x"), shared=True))
    assert [call[0] for call in rule.calls] == ["read", "read", "update", "read"]
    assert (outcome.action, outcome.current, rule.settings) == ("updated", {"role": "abc"}, {"role": "abcx"})


def test_what_somebody_else_has_overwritten_is_merged_once() -> None:
    rule = Shared("ab", "abc")
    (outcome,) = run(Item(rule, adding("x"), shared=True))
    assert (outcome.action, rule.settings) == ("updated", {"role": "abcx"})


def test_what_somebody_else_keeps_overwriting_is_an_error() -> None:
    (outcome,) = run(Item(Shared("ab", "abc", "abd"), adding("x"), shared=True))
    assert (outcome.action, outcome.written) == ("failed", True)
    assert "somebody else keeps changing the rule" in str(outcome.error)


def test_what_somebody_else_has_put_in_its_place_is_not_deleted() -> None:
    """It is another thing now, which only a replacement could change."""

    class Taken(Rule):
        def update(self, settings: Mapping[str, Any], changed: Sequence[str]) -> None:
            super().update(settings, changed)
            self.settings = {"upstream": "theirs", "role": "s"}

    rule = Taken({"upstream": "a", "role": "r"})
    (outcome,) = run(wanted(rule, {"upstream": "a", "role": "s"}))
    assert (outcome.action, outcome.written) == ("failed", True)
    assert 'upstream is "theirs" and shall be "a"' in str(outcome.error)
    assert ("delete",) not in rule.calls


def test_a_planner_can_refuse() -> None:
    def refuse(_current: Any) -> Any:
        raise RegistryError("a rule needs an upstream")

    rule = Rule()
    (outcome,) = run(Item(rule, refuse))
    assert (outcome.action, str(outcome.error), rule.writes) == ("failed", "a rule needs an upstream", [])


def test_further_fields_reach_the_result() -> None:
    (outcome,) = run(wanted(Rule(), {"role": "r"}))
    result = settings_result([replace(outcome, more={"validation": None})], with_diff=False, check_mode=False)
    assert result["actions"][0]["validation"] is None
