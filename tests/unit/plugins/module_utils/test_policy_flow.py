# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flow, step by step: which calls it makes, what it waits for, and what it does when somebody else writes too."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import ServiceError
from ansible_collections.crossaccount.registry.plugins.module_utils._guards import GuardOptions
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.merge import Ownership
from ansible_collections.crossaccount.registry.plugins.module_utils._policy_flow import Document, FlowOptions, Outcome, PolicyFlow
from ansible_collections.crossaccount.registry.plugins.module_utils._policy_result import policy_result

from .stores import UNKNOWN_PRINCIPAL, Clock, FakeStore, SimulatedStore, Simulation, document, sids, statement

ROLE = "arn:aws:iam::444455556666:role/ecsInstanceRole"
ORPHAN = "AROAEXAMPLEROLE00001"
OURS, THEIRS, MORE = statement("Ours"), statement("Theirs", "777788889999"), statement("More", "777788889999", "ecr:DescribeImages")
REFUSED = ServiceError("SetRepositoryPolicy", "InvalidParameterException", "Invalid repository policy provided", "request-2")
GONE = ServiceError("GetRepositoryPolicy", "RepositoryNotFoundException", "The repository does not exist", "request-3")


def desire(*statements: dict[str, Any], state: str = "present", **ownership: Any) -> tuple[Policy, Ownership]:
    """What a document should become."""
    return Policy(statements=statements), Ownership(state, **ownership)  # type: ignore[arg-type]


PRESENT = desire(OURS)
ABSENT = desire(OURS, state="absent")


def slow() -> FakeStore:
    """Another document, whose calls take so long that the others are not fresh any more."""
    return FakeStore(document(THEIRS, OURS), resource="slow", takes=1.0)


def flow(*stores: FakeStore, desired: tuple[Policy, Ownership] = PRESENT, told: list[str] | None = None, **options: Any) -> list[Outcome]:
    """Runs the flow on stores that share the first one's clock, one after the other."""
    clock = stores[0].clock
    for store in stores:
        store.clock = clock
    runner = PolicyFlow(
        FlowOptions(**{"workers": 1, **options}), tell=(told if told is not None else []).append, clock=clock, sleep=clock.sleep
    )
    return runner.run([Document(store, *desired) for store in stores])


def shown(outcomes: Sequence[Outcome], **settings: Any) -> dict[str, Any]:
    """The result that a module would return."""
    return policy_result(outcomes, with_diff=True, check_mode=settings.get("check_mode", False))


# -- which calls -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "desired", "action", "calls"),
    [
        pytest.param(None, PRESENT, "created", ["read", "write", "read"], id="first statement"),
        pytest.param(document(THEIRS), PRESENT, "updated", ["read", "write", "read"], id="one more statement"),
        pytest.param(document(THEIRS, OURS), PRESENT, "unchanged", ["read"], id="there already"),
        pytest.param(document(THEIRS, OURS), ABSENT, "updated", ["read", "write", "read"], id="one statement less"),
        pytest.param(document(OURS), ABSENT, "deleted", ["read", "delete", "read"], id="no statement left"),
        pytest.param(document(THEIRS), ABSENT, "unchanged", ["read"], id="absent already"),
        pytest.param(None, ABSENT, "unchanged", ["read"], id="absent from nothing"),
        pytest.param(document(THEIRS), desire(OURS, state="exact"), "updated", ["read", "write", "read"], id="exact"),
        pytest.param(document(THEIRS), desire(state="exact"), "deleted", ["read", "delete", "read"], id="exactly nothing"),
    ],
)
def test_calls_and_check_mode(text: str | None, desired: tuple[Policy, Ownership], action: str, calls: list[str]) -> None:
    preview = FakeStore(text)
    previewed = flow(preview, desired=desired, check_mode=True)
    assert preview.calls == ["read"] and preview.text == text
    store = FakeStore(text)
    done = flow(store, desired=desired)
    assert [one.action for one in done] == [action]
    assert store.calls == calls
    assert shown(done) == shown(previewed, check_mode=True)
    again = FakeStore(store.text)
    assert [one.action for one in flow(again, desired=desired)] == ["unchanged"] and again.calls == ["read"]


def test_a_document_read_long_ago_is_read_again_before_it_is_written() -> None:
    store = FakeStore(document(THEIRS))
    told: list[str] = []
    flow(store, slow(), told=told)
    assert store.calls == ["read", "read", "write", "read"]
    assert not any("somebody" in line for line in told)


def test_what_was_written_is_read_back_when_whoever_overlapped_has_finished() -> None:
    store = FakeStore(takes=0.5)
    moments: list[float] = []
    store.after = {("write", 1): lambda store: moments.append(store.clock.now), ("read", 2): lambda store: moments.append(store.clock.now)}
    flow(store)
    # Another writer may have read just before our write took effect: its read, its pause of 0.2 seconds, and its write are over.
    assert store.calls == ["read", "write", "read"]
    assert moments[1] - store.takes - moments[0] >= 0.2 + 2 * store.takes


# -- somebody else writes too ------------------------------------------------------------------------------------------


def theirs(*statements: dict[str, Any]) -> Callable[[FakeStore], None]:
    """Somebody else makes the document these statements."""

    def write(store: FakeStore) -> None:
        store.text = document(*statements) if statements else None

    return write


def test_a_statement_added_since_the_first_read_stays() -> None:
    store = FakeStore(None, after={("read", 1): theirs(THEIRS)})
    told: list[str] = []
    outcome, _unused = flow(store, slow(), told=told)
    assert sids(store.text) == ["Theirs", "Ours"]
    assert outcome.action == "updated", "it is an update of what somebody else has created meanwhile"
    assert told == ["111122223333 eu-west-1 payments/api: somebody else changed the repository policy; merging again"]


def test_what_somebody_else_did_for_us_is_no_change_of_ours() -> None:
    store = FakeStore(None, after={("read", 1): theirs(OURS)})
    outcome, _unused = flow(store, slow())
    assert outcome.action == "unchanged" and "write" not in store.calls


def test_an_overwritten_document_is_merged_again_once() -> None:
    store = FakeStore(document(THEIRS), after={("write", 1): theirs(THEIRS, MORE)})
    told: list[str] = []
    (outcome,) = flow(store, told=told)
    assert outcome.action == "updated"
    assert sids(store.text) == ["Theirs", "More", "Ours"]
    assert store.calls == ["read", "write", "read", "read", "write", "read"]
    assert told == ["111122223333 eu-west-1 payments/api: somebody else overwrote the repository policy; merging again"]


def test_a_document_that_is_overwritten_again_and_again_is_reported() -> None:
    store = FakeStore(document(THEIRS))
    store.after = {("write", 1): theirs(THEIRS, MORE), ("write", 2): theirs(MORE)}
    (outcome,) = flow(store)
    assert outcome.action == "failed"
    assert "somebody else keeps overwriting the repository policy" in str(outcome.error)
    assert "find out who else manages it" in str(outcome.error)
    assert store.calls.count("write") == 2
    assert sids(store.text) == ["More"]


@pytest.mark.parametrize(
    ("text", "desired", "becomes", "left"),
    [
        pytest.param(None, PRESENT, (OURS, THEIRS), ["Ours", "Theirs"], id="a statement was added to ours"),
        pytest.param(document(OURS), ABSENT, (THEIRS,), ["Theirs"], id="the deleted document is there again with another statement"),
        pytest.param(document(THEIRS, OURS), ABSENT, (), [], id="what we left was deleted"),
    ],
)
def test_changes_by_others_that_leave_ours_alone_are_left_alone(
    text: str | None, desired: tuple[Policy, Ownership], becomes: tuple[dict[str, Any], ...], left: list[str]
) -> None:
    store = FakeStore(text)
    store.after = dict.fromkeys([("write", 1), ("delete", 1)], theirs(*becomes))
    (outcome,) = flow(store, desired=desired)
    assert outcome.action in ("created", "updated", "deleted")
    assert sids(store.text) == left and store.calls.count("write") + store.calls.count("delete") == 1


def test_somebody_who_puts_the_old_document_back_is_reported() -> None:
    store = FakeStore(document(THEIRS), after={("write", 1): theirs(THEIRS)})
    (outcome,) = flow(store, wait_timeout=5)
    assert outcome.action == "failed"
    assert "was written, but still reads as before after 5 seconds" in str(outcome.error)
    assert "run again" in str(outcome.error)


def test_a_document_deleted_by_somebody_else_is_created_again() -> None:
    store = FakeStore(document(THEIRS), after={("read", 1): theirs()})
    outcome, _unused = flow(store, slow())
    assert outcome.action == "created" and sids(store.text) == ["Ours"]


# -- a lost answer, and a service in trouble ---------------------------------------------------------------------------


LOST = ServiceError("SetRepositoryPolicy", "ConnectionClosedError", "Connection was closed", passing="AWS did not answer")


def test_a_write_in_trouble_is_not_repeated_blindly() -> None:
    def refuse_late(store: FakeStore) -> None:
        theirs(THEIRS, MORE)(store)
        raise LOST

    store = FakeStore(document(THEIRS), script={("write", 1): refuse_late})
    told: list[str] = []
    (outcome,) = flow(store, told=told)
    assert outcome.action == "updated"
    assert sids(store.text) == ["Theirs", "More", "Ours"], "what was written while we were refused is kept"
    assert store.calls == ["read", "write", "read", "write", "read"]
    assert told == [
        "111122223333 eu-west-1 payments/api: waiting: AWS did not answer",
        "111122223333 eu-west-1 payments/api: somebody else changed the repository policy; merging again",
    ]


def test_a_write_whose_answer_was_lost_counts_as_ours() -> None:
    store = FakeStore(document(THEIRS), after={("write", 1): LOST})
    told: list[str] = []
    (outcome,) = flow(store, told=told)
    assert outcome.action == "updated" and outcome.plan is not None and outcome.plan.added == ["Ours"]
    assert store.calls == ["read", "write", "read", "read"]
    assert not any("somebody" in line for line in told)


def test_what_is_added_to_a_write_whose_answer_was_lost_stays() -> None:
    def add_and_lose(store: FakeStore) -> None:
        theirs(THEIRS, OURS, MORE)(store)
        raise LOST

    store = FakeStore(document(THEIRS), after={("write", 1): add_and_lose})
    (outcome,) = flow(store)
    assert outcome.action == "updated" and sids(store.text) == ["Theirs", "Ours", "More"]
    assert store.calls.count("write") == 1


def test_a_service_that_stays_in_trouble_is_given_up() -> None:
    store = FakeStore(document(THEIRS)).scripted(range(1, 100), "write", LOST)
    outcomes = flow(store, wait_timeout=0)
    assert [one.action for one in outcomes] == ["failed"] and outcomes[0].error is LOST
    assert store.calls.count("write") == 8
    assert store.clock.now < 60
    assert "1 of those that failed, as far as can be told" in shown(outcomes)["msg"]


# -- eventual consistency ----------------------------------------------------------------------------------------------


def test_stale_reads_are_waited_for() -> None:
    store = FakeStore(document(THEIRS)).scripted(range(2, 5), "read", document(THEIRS))
    told: list[str] = []
    (outcome,) = flow(store, told=told)
    assert outcome.action == "updated"
    assert store.calls == ["read", "write", "read", "read", "read", "read"]
    assert set(told) == {"111122223333 eu-west-1 payments/api: waiting until the new repository policy is visible"}


def test_stale_reads_of_any_older_document_are_waited_for() -> None:
    """After a merge with somebody else's document, a reader may still show the one from before."""
    store = FakeStore(document(THEIRS), after={("write", 1): theirs(THEIRS, MORE)}).scripted([4], "read", document(THEIRS))
    (outcome,) = flow(store)
    assert outcome.action == "updated", outcome.error
    assert sids(store.text) == ["Theirs", "More", "Ours"]
    assert store.calls.count("write") == 2


def test_a_principal_that_is_not_known_yet_is_waited_for() -> None:
    store = FakeStore(None).scripted(range(1, 4), "write", UNKNOWN_PRINCIPAL)
    told: list[str] = []
    (outcome,) = flow(store, desired=desire(statement("Ours", ROLE)), told=told)
    assert outcome.action == "created"
    assert store.calls.count("write") == 4
    assert told[0] == f"111122223333 eu-west-1 payments/api: waiting: the service does not know a principal (yet): {ROLE}"


def test_a_principal_that_nobody_knows_is_named() -> None:
    store = FakeStore(document(THEIRS)).scripted(range(1, 1000), "write", UNKNOWN_PRINCIPAL)
    (outcome,) = flow(store, desired=desire(statement("Ours", [ROLE, "777788889999"])), wait_timeout=10)
    assert outcome.action == "failed"
    text = str(outcome.error)
    assert ROLE in text and "777788889999" not in text, "only the principal that is new in the document is in question"
    assert "waited" in text and "Principal not found" in text and "request-1" in text
    assert 5 < store.clock.now <= 10
    assert sids(store.text) == ["Theirs"]


def test_without_time_to_wait_a_principal_is_tried_once() -> None:
    store = FakeStore(None).scripted([1], "write", UNKNOWN_PRINCIPAL)
    (outcome,) = flow(store, desired=desire(statement("Ours", ROLE)), wait_timeout=0)
    assert outcome.action == "failed" and store.calls == ["read", "write"]


def test_a_refusal_that_is_not_named_transient_fails_at_once() -> None:
    store = FakeStore(document(THEIRS)).scripted([1], "write", REFUSED)
    (outcome,) = flow(store)
    assert outcome.action == "failed" and outcome.error is REFUSED
    assert store.calls == ["read", "write"] and not store.clock.slept
    result = shown([outcome])
    assert result["actions"][0]["error"] == {"message": str(REFUSED), "code": "InvalidParameterException", "request_id": "request-2"}
    assert result["changed"] is False and result["msg"].endswith("Nothing was written.")


def test_a_unique_id_right_after_a_role_was_created_is_waited_for() -> None:
    store = FakeStore(None).scripted([2, 3], "read", document(statement("Ours", ORPHAN)))
    (outcome,) = flow(store, desired=desire(statement("Ours", ROLE)))
    assert outcome.action == "created"
    assert store.calls == ["read", "write", "read", "read", "read"]


def test_a_role_that_is_deleted_right_after_the_write_is_told() -> None:
    store = FakeStore(None).scripted(range(2, 1000), "read", document(statement("Ours", ORPHAN)))
    (outcome,) = flow(store, desired=desire(statement("Ours", ROLE)), wait_timeout=5)
    assert outcome.action == "failed"
    assert ORPHAN in str(outcome.error) and "deleted" in str(outcome.error) and "reads as before" not in str(outcome.error)


# -- orphan principals -------------------------------------------------------------------------------------------------

WITH_ORPHAN = document(statement("Theirs", [ORPHAN, "777788889999"]))


def test_a_document_with_orphans_is_refused_with_the_way_out() -> None:
    store = FakeStore(WITH_ORPHAN).scripted(range(1, 1000), "write", UNKNOWN_PRINCIPAL)
    (outcome,) = flow(store)
    assert outcome.action == "failed"
    assert f"Theirs: {ORPHAN}" in str(outcome.error) and "orphan_principals: drop" in str(outcome.error)
    assert store.clock.now < 10, "waiting does not help"


def test_orphans_are_dropped_on_request() -> None:
    store = FakeStore(WITH_ORPHAN)
    (outcome,) = flow(store, guard=GuardOptions(orphan_principals="drop"))
    assert outcome.plan is not None and outcome.plan.orphans_dropped == [f"Theirs: {ORPHAN}"]
    assert ORPHAN not in str(store.text) and sids(store.text) == ["Theirs", "Ours"]


def test_orphans_fail_on_request_before_the_first_write() -> None:
    clean, dirty = FakeStore(None), FakeStore(WITH_ORPHAN, resource="dirty")
    outcomes = flow(clean, dirty, guard=GuardOptions(orphan_principals="fail"))
    assert [one.action for one in outcomes] == ["skipped", "failed"]
    assert clean.calls == dirty.calls == ["read"]


# -- many documents ----------------------------------------------------------------------------------------------------


def stores(**script: Any) -> list[FakeStore]:
    """Three documents; ``script`` maps the resource of some to their scripts."""
    return [FakeStore(None, resource=name, script=script.get(name, {})) for name in ("a", "b", "c")]


@pytest.mark.parametrize(
    ("script", "on_error", "actions", "written"),
    [
        pytest.param({"b": {("read", 1): GONE}}, "stop", ["skipped", "failed", "skipped"], [], id="one cannot be read, stop"),
        pytest.param(
            {"b": {("read", 1): GONE}}, "continue", ["created", "failed", "created"], ["a", "c"], id="one cannot be read, continue"
        ),
        pytest.param({"b": {("write", 1): REFUSED}}, "stop", ["created", "failed", "skipped"], ["a"], id="one is refused, stop"),
        pytest.param(
            {"b": {("write", 1): REFUSED}}, "continue", ["created", "failed", "created"], ["a", "c"], id="one is refused, continue"
        ),
    ],
)
def test_on_error(script: dict[str, Any], on_error: str, actions: list[str], written: list[str]) -> None:
    documents = stores(**script)
    outcomes = flow(*documents, stop_on_error=on_error == "stop")
    assert [one.action for one in outcomes] == actions
    assert [one.resource for one in documents if one.text] == written
    result = shown(outcomes)
    assert result["changed"] is bool(written)
    assert result["summary"] == {**dict.fromkeys(result["summary"], 0), **{action: actions.count(action) for action in set(actions)}}
    assert result["msg"].startswith("1 of 3 failed: repository policy of 111122223333 eu-west-1 b: ")
    assert (f"Written nevertheless: {len(written)} created." if written else "Nothing was written.") in result["msg"]
    assert [one["before_header"][-1] for one in result["diff"]] == written, "a diff shows what happened"


@pytest.mark.parametrize("stop", [True, False])
def test_check_mode_says_the_same_as_the_run_when_a_document_is_refused(stop: bool) -> None:
    script = {"b": {("read", 1): GONE}}
    previewed = shown(flow(*stores(**script), stop_on_error=stop, check_mode=True), check_mode=True)
    done = shown(flow(*stores(**script), stop_on_error=stop))
    assert previewed.pop("msg").endswith("This is check mode, nothing was written.")
    assert done.pop("msg")
    assert previewed == done


def test_a_document_that_was_written_and_not_confirmed_counts_as_a_change() -> None:
    store = FakeStore(document(THEIRS)).scripted([2], "read", GONE)
    outcomes = flow(store)
    assert [one.action for one in outcomes] == ["failed"]
    result = shown(outcomes)
    assert result["changed"] is True
    assert "Nothing was written" not in result["msg"]


def test_many_workers_keep_the_order() -> None:
    documents = [FakeStore(None if number % 2 else document(OURS), resource=str(number)) for number in range(40)]
    outcomes = flow(*documents, workers=8)
    assert [one.store.resource for one in outcomes] == [str(number) for number in range(40)]
    assert [one.action for one in outcomes] == ["unchanged", "created"] * 20


def test_a_document_that_cannot_be_missing_is_not_emptied() -> None:
    kind = replace(FakeStore.kind, deletable=False, name="trust policy")
    store = FakeStore(document(OURS), kind=kind)
    (outcome,) = flow(store, desired=ABSENT)
    assert outcome.action == "failed" and store.calls == ["read"]
    assert "no statement would be left" in str(outcome.error)


def test_a_document_that_is_too_large_is_not_written() -> None:
    store = FakeStore(document(THEIRS))
    (outcome,) = flow(store, desired=desire(statement("Ours", [f"{number:012d}" for number in range(700)])))
    assert outcome.action == "failed" and store.calls == ["read"]
    text = str(outcome.error)
    assert "the repository policy would have" in text and "10,240 are allowed" in text and "organization" in text


# -- foreign statements ------------------------------------------------------------------------------------------------

FOREIGN = [
    pytest.param(statement(None), id="no Sid"),
    pytest.param({**statement(), "Sid": ""}, id="empty Sid"),
    pytest.param(
        statement("Same", ["444455556666", "arn:aws:iam::777788889999:root"], ["ecr:BatchGetImage", "ecr:batchgetimage"]), id="lists"
    ),
    pytest.param({"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "Action": "ecr:*"}, id="NotPrincipal"),
    pytest.param({"Effect": "Allow", "Principal": "*", "NotAction": "ecr:Delete*", "Condition": {}}, id="NotAction and empty Condition"),
    pytest.param(statement("Org", "*", Condition={"StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}}), id="condition"),
    pytest.param(statement("Var", Condition={"StringLike": {"aws:PrincipalArn": "${aws:username}"}}), id="text that looks like a variable"),
    pytest.param(
        {
            "Sid": "LambdaECRImageRetrievalPolicy",
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": ["ecr:BatchGetImage", "ecr:DeleteRepositoryPolicy", "ecr:GetDownloadUrlForLayer", "ecr:SetRepositoryPolicy"],
            "Condition": {"StringLike": {"aws:sourceArn": "arn:aws:lambda:eu-west-1:111122223333:function:*"}},
        },
        id="what Lambda adds by itself",
    ),
]


@pytest.mark.parametrize("version", ["2008-10-17", "2012-10-17", None])
@pytest.mark.parametrize("single", [True, False], ids=["dict", "list"])
@pytest.mark.parametrize("foreign", FOREIGN)
def test_foreign_statements_keep_place_and_spelling(foreign: dict[str, Any], single: bool, version: str | None) -> None:
    """Through present, a new declaration under a prefix, and absent."""
    head = {} if version is None else {"Version": version}
    its = foreign if single else [foreign, THEIRS]
    store = FakeStore(json.dumps({**head, "Id": "theirs", "Statement": its}))
    before = json.loads(str(store.text))
    first, second = statement("MineOne"), statement("MineTwo")
    kept = [foreign] if single else [foreign, THEIRS]
    for desired, expected in (
        (desire(first), [*kept, first]),
        (desire(second, sid_prefix="Mine"), [*kept, second]),
        (desire(state="absent", sid_prefix="Mine"), kept),
    ):
        (outcome,) = flow(store, desired=desired)
        assert outcome.action == "updated", outcome.error
        now = json.loads(str(store.text))
        assert now["Statement"] == expected
        assert {key: value for key, value in now.items() if key != "Statement"} == {
            key: value for key, value in before.items() if key != "Statement"
        }


# -- two flows at once -------------------------------------------------------------------------------------------------


CHANCES = st.integers(0, 2**32 - 1).map(random.Random)


def two_flows(durations: Callable[[random.Random], Callable[[], float]], chance: random.Random) -> None:
    """Two flows that add to one document at about the same time; one of them also removes a statement of its own."""
    old = statement("SecondOld", "777788889999")
    simulation = Simulation(document(THEIRS, old))
    outcomes: dict[str, Outcome] = {}

    def others(phase: str, *_step: int) -> None:
        """The task reads other documents too before it writes."""
        if phase == "reading":
            simulation.wait(chance.choice([0.0, 0.19]))

    def actor(name: str, desired: tuple[Policy, Ownership]) -> Callable[[], None]:
        def act() -> None:
            simulation.wait(chance.random())
            store = SimulatedStore(simulation, durations(chance), chance)
            runner = PolicyFlow(FlowOptions(workers=1), step=others, clock=lambda: simulation.now, sleep=simulation.wait)
            (outcomes[name],) = runner.run([Document(store, *desired)])

        return act

    simulation.run([actor("first", desire(statement("First"))), actor("second", desire(statement("SecondNew"), sid_prefix="Second"))])
    left = sids(simulation.text)
    assert "Theirs" in left
    assert "First" in left or outcomes["first"].action == "failed"
    assert ("SecondNew" in left and "SecondOld" not in left) or outcomes["second"].action == "failed"
    assert {one.action for one in outcomes.values()} <= {"updated", "failed"}


@given(CHANCES)
@settings(max_examples=150, deadline=None, derandomize=True, database=None)
def test_two_flows_lose_nothing_when_calls_are_fast(chance: random.Random) -> None:
    """Calls of up to 50 ms each, as different as may be."""
    two_flows(lambda chance: lambda: chance.uniform(0.0, 0.05), chance)


@given(CHANCES)
@settings(max_examples=700, deadline=None, derandomize=True, database=None)
def test_two_flows_lose_nothing_when_calls_are_slow(chance: random.Random) -> None:
    """Calls that take long, equally long for both."""
    takes = chance.uniform(0.05, 0.5)
    two_flows(lambda _chance: lambda: takes, chance)


@given(CHANCES)
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_two_flows_do_not_only_fail(chance: random.Random) -> None:
    """Of two writers both succeed: one merge more is enough for two."""
    simulation = Simulation(document(THEIRS))
    actions: list[str] = []

    def act(name: str) -> Callable[[], None]:
        def run() -> None:
            store = SimulatedStore(simulation, lambda: chance.uniform(0.0, 0.05), chance)
            runner = PolicyFlow(FlowOptions(workers=1), clock=lambda: simulation.now, sleep=simulation.wait)
            actions.append(runner.run([Document(store, *desire(statement(name)))])[0].action)

        return run

    simulation.run([act("First"), act("Second")])
    assert actions == ["updated", "updated"]
    assert sorted(map(str, sids(simulation.text))) == ["First", "Second", "Theirs"]


def test_progress_counts_each_phase_to_its_end() -> None:
    steps: list[tuple[str, int, int]] = []
    clock = Clock()
    documents = [FakeStore(None, clock=clock, resource=name) for name in ("a", "b")]
    runner = PolicyFlow(FlowOptions(workers=1), step=lambda *step: steps.append(step), clock=clock, sleep=clock.sleep)
    runner.run([Document(store, *PRESENT) for store in documents])
    assert steps == [(phase, number, 2) for phase in ("reading", "writing", "confirming") for number in (1, 2)]
