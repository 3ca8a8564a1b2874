# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for all decisions, not only for those that somebody thought of."""

from __future__ import annotations

import copy
import random
from dataclasses import replace
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import parse
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.evaluation import Decision, Named, Policies, decide
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.request import Caller, Request, context_of

from .strategies import Statement, documents, examples, respelled_document, statements

SEEDS = st.integers(0, 2**32 - 1).map(random.Random)
OWNER, OTHER = "111122223333", "444455556666"
PULLER = f"arn:aws:iam::{OWNER}:role/puller"
CALLERS = (
    Caller(PULLER, OWNER, "role", f"arn:aws:sts::{OWNER}:assumed-role/puller/s1", "AROAEXAMPLEROLE00001"),
    Caller(PULLER, OWNER, "role"),
    Caller(f"arn:aws:iam::{OTHER}:role/team/Pusher", OTHER, "role", f"arn:aws:sts::{OTHER}:assumed-role/Pusher/s1"),
    Caller(f"arn:aws:iam::{OWNER}:user/ci", OWNER, "user"),
    Caller(f"arn:aws:iam::{OTHER}:user/ci", OTHER, "user", f"arn:aws:sts::{OTHER}:federated-user/x"),
    Caller(f"arn:aws:iam::{OTHER}:root", OTHER, "root"),
    Caller("lambda.amazonaws.com", None, "service"),
)
ACTIONS = ("ecr:BatchGetImage", "ecr:PutImage")
RESOURCES = (f"arn:aws:ecr:eu-west-1:{OWNER}:repository/base", f"arn:aws:ecr:eu-west-1:{OWNER}:repository/app")
PRINCIPALS = (
    *("*", {"AWS": OWNER}, {"AWS": OTHER}, {"AWS": PULLER}, {"AWS": f"arn:aws:iam::{OTHER}:role/team/Pusher"}, {"AWS": [OWNER, PULLER]}),
    *(
        {"AWS": f"arn:aws:sts::{OWNER}:assumed-role/puller/s1"},
        {"AWS": f"arn:aws:iam::{OWNER}:user/ci"},
        {"Service": "lambda.amazonaws.com"},
    ),
    {"AWS": [OWNER, PULLER, f"arn:aws:sts::{OWNER}:assumed-role/puller/s1"]},
)
#: Texts, lists, variables and Null about two keys; all that they can tell apart is in VALUES.
CONDITIONS: tuple[dict[str, Any], ...] = (
    *({}, {}, {}),
    {"StringEquals": {"aws:SourceVpce": "a"}},
    {"StringNotEquals": {"aws:SourceVpce": "a"}},
    {"StringEqualsIfExists": {"aws:SourceVpce": ["a", "b"]}},
    {"StringNotLike": {"aws:SourceVpce": "b*"}},
    {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}},
    {"ForAllValues:StringNotEquals": {"aws:TagKeys": "a"}},
    {"StringEquals": {"aws:SourceVpce": "a"}, "Null": {"aws:TagKeys": "true"}},
    {"StringEquals": {"aws:RequestedRegion": "eu-west-1", "aws:SourceVpce": "b"}},
    {"StringEquals": {"aws:RequestedRegion": "us-east-1", "aws:SourceVpce": "b"}},
    {"StringLike": {"aws:TagKeys": "${aws:SourceVpce}*"}},
)
VALUES: tuple[list[str], ...] = ([], ["a"], ["b"], ["bb"], ["c"], ["a", "c"], ["b", "c"])


@st.composite
def statement(draw: st.DrawFn, principals: bool, effects: tuple[str, ...] = ("Allow", "Allow", "Allow", "Allow", "Deny")) -> Statement:
    found: Statement = {"Effect": draw(st.sampled_from(effects))}
    if principals:
        element = "NotPrincipal" if draw(st.integers(0, 5)) == 5 else "Principal"
        found[element] = copy.deepcopy(draw(st.sampled_from(PRINCIPALS)))
    action = draw(st.sampled_from(["Action", "Action", "Action", "NotAction"]))
    resource = draw(st.sampled_from(["Resource", "Resource", "Resource", "NotResource"]))
    found[action] = draw(st.sampled_from(["ecr:*" if action == "Action" else "s3:*", *ACTIONS]))
    arns = ("arn:aws:ecr:*:*:repository/base", "arn:aws:ecr:*:*:repository/${aws:SourceVpce}*")
    found[resource] = draw(st.sampled_from(["*", "*", *arns] if resource == "Resource" else ["arn:aws:s3:::*", *arns]))
    condition = draw(st.sampled_from(CONDITIONS))
    if condition:
        found["Condition"] = copy.deepcopy(condition)
    return found


def some_statements(principals: bool) -> st.SearchStrategy[list[Statement]]:
    return st.lists(statement(principals), min_size=1, max_size=3)


def mostly_none(other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.none() | st.none() | other


LAYERS = st.fixed_dictionaries(
    {
        "identity": st.lists(some_statements(False), min_size=1, max_size=2),
        "resource": st.lists(some_statements(True), min_size=1, max_size=2),
        "boundary": mostly_none(some_statements(False)),
        "session": mostly_none(st.lists(some_statements(False), max_size=2)),
        "organization": mostly_none(st.lists(st.lists(some_statements(False), max_size=2), max_size=2)),
    }
)
World = dict[str, Any]


def policies(world: World) -> Policies:
    def made(name: str, found: list[Statement]) -> Named:
        labelled = [{"Sid": f"S{at}", **one} for at, one in enumerate(found)]
        return Named(name, parse({"Version": "2012-10-17", "Statement": labelled}))

    def several(name: str, found: list[list[Statement]] | None) -> tuple[Named, ...]:
        return tuple(made(f"{name} {at}", one) for at, one in enumerate(found or ()))

    return Policies(
        identity=several("identity", world["identity"]),
        resource=several("resource", world["resource"]),
        boundary=None if world["boundary"] is None else made("boundary", world["boundary"]),
        session=None if world["session"] is None else several("session", world["session"]),
        organization=None
        if world["organization"] is None
        else tuple(several(f"level {at}", level) for at, level in enumerate(world["organization"])),
    )


@st.composite
def requests(draw: st.DrawFn, known: bool = False) -> Request:
    caller, action, resource = (draw(st.sampled_from(some)) for some in (CALLERS, ACTIONS, RESOURCES))
    values = st.sampled_from(VALUES) if known else st.sampled_from([None, None, *VALUES])
    keys = {key: draw(values) for key in ("aws:SourceVpce", "aws:TagKeys")}
    context = context_of(caller, action, resource, OWNER, known={key: value for key, value in keys.items() if value is not None})
    return Request(caller, action, resource, OWNER, context, draw(st.booleans()))


def with_keys(request: Request, **values: Any) -> Request:
    return replace(request, context=request.context.extended({f"aws:{key}": value for key, value in values.items()}))


NAMES = ("identity", "resource", "session")
OPENNESS = {"allowed": 2, "unknown": 1, "denied": 0}


@given(
    world=LAYERS,
    request=requests(),
    added=statement(False, ("Deny",)),
    principal=st.sampled_from(PRINCIPALS),
    layer=st.sampled_from(NAMES),
)
@examples(300)
def test_adding_a_deny_never_allows(world: World, request: Request, added: Statement, principal: Any, layer: str) -> None:
    before = decide(request, policies(world))
    more = copy.deepcopy(world)
    if layer == "resource":
        added = {**added, "Principal": principal}
    assume(more[layer] is not None)
    more[layer].append([added])
    after = decide(request, policies(more))
    assert OPENNESS[after.outcome] <= OPENNESS[before.outcome]


@given(world=LAYERS, request=requests(), data=st.data())
@examples(300)
def test_widening_an_allow_never_denies(world: World, request: Request, data: st.DataObject) -> None:
    """More actions, more resources, everybody, no condition; or one more Allow."""
    wider = copy.deepcopy(world)
    layer = data.draw(st.sampled_from([name for name in NAMES if wider[name] is not None]))
    allows = [one for found in wider[layer] for one in found if one["Effect"] == "Allow"]
    if allows and data.draw(st.booleans()):
        chosen = data.draw(st.sampled_from(allows))
        for element, everything in data.draw(
            st.sampled_from([{"Action": "*"}, {"Resource": "*"}, {"Principal": "*"}, {"Condition": {}}])
        ).items():
            if element != "Principal" or layer == "resource":
                chosen.pop(f"Not{element}", None)
                chosen[element] = everything
    else:
        wider[layer].append([data.draw(statement(layer == "resource", ("Allow",)))])
    before, after = decide(request, policies(world)), decide(request, policies(wider))
    assert OPENNESS[after.outcome] >= OPENNESS[before.outcome]


@given(world=LAYERS, request=requests(), owner=st.just("999999999999"))
@examples(300)
def test_across_accounts_both_sides_are_needed(world: World, request: Request, owner: str) -> None:
    across = replace(request, owner=owner)
    allowed = decide(across, policies(world)).outcome == "allowed"
    assume(not request.caller.is_outsider)
    assert decide(across, policies({**world, "resource": []})).outcome == "denied"
    if request.caller.kind != "root":
        assert decide(across, policies({**world, "identity": []})).outcome == "denied"
    if allowed:
        # Each side for itself is complete: with the other one open, it still allows.
        open_side = [[{"Effect": "Allow", "Action": "*", "Resource": "*"}]]
        assert decide(across, policies({**world, "identity": open_side})).outcome == "allowed"
        assert decide(across, policies({**world, "resource": [[{**open_side[0][0], "Principal": "*"}]]})).outcome == "allowed"


def shuffled(found: Policies, rng: random.Random) -> Policies:
    """The same documents and statements in another order."""

    def one(given: Named) -> Named:
        own = list(given.policy.statements)
        rng.shuffle(own)
        return Named(given.name, replace(given.policy, statements=tuple(own)), given.only)

    def some(given: tuple[Named, ...]) -> tuple[Named, ...]:
        own = [one(document) for document in given]
        rng.shuffle(own)
        return tuple(own)

    levels = None if found.organization is None else [some(level) for level in found.organization]
    if levels:
        rng.shuffle(levels)
    return Policies(
        identity=some(found.identity),
        boundary=found.boundary and one(found.boundary),
        session=found.session and some(found.session),
        resource=some(found.resource),
        organization=None if levels is None else tuple(levels),
    )


@given(world=LAYERS, request=requests(), rng=SEEDS)
@examples(300)
def test_order_never_matters(world: World, request: Request, rng: random.Random) -> None:
    found = policies(world)
    decision = decide(request, found)
    assert decide(request, shuffled(found, rng)) == decision


def unlabelled(decision: Decision) -> Decision:
    return replace(decision, statement=None)


@given(found=st.lists(documents(statements()), min_size=1, max_size=2), request=requests(), rng=SEEDS)
@examples(300)
def test_respelling_never_matters(found: list[dict[str, Any]], request: Request, rng: random.Random) -> None:
    """Nor does it for which document decides; statements without a Sid are named by their place."""
    plain = tuple(Named(str(at), parse(one)) for at, one in enumerate(found))
    other = tuple(Named(str(at), parse(respelled_document(one, rng))) for at, one in enumerate(found))
    identity = Named("identity", parse({"Statement": {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}}))
    for own in ((), (identity,)):
        before, after = (decide(request, Policies(identity=own, resource=some)) for some in (plain, other))
        assert unlabelled(before) == unlabelled(after)
        assert (before.statement is None) == (after.statement is None)


@given(world=LAYERS, request=requests())
@examples(200)
def test_what_is_not_known_is_never_guessed(world: World, request: Request) -> None:
    found = policies(world)
    decision = decide(request, found)
    outcomes = {decide(with_keys(request, **keys), found).outcome for keys in completions(request)}
    if decision.outcome == "unknown":
        assert decision.missing
        assert {"aws:sourcevpce", "aws:tagkeys"}.isdisjoint({key for key in decision.missing if request.context.get(key) is not None})
    else:
        assert not decision.missing
        assert outcomes <= {decision.outcome, "unknown"}


def completions(request: Request) -> list[dict[str, list[str]]]:
    """All ways to complete the two keys."""
    choices: dict[str, Any] = {
        key: VALUES if request.context.get(f"aws:{key.lower()}") is None else [request.context.get(f"aws:{key.lower()}")]
        for key in ("SourceVpce", "TagKeys")
    }
    return [{"SourceVpce": vpce, "TagKeys": tags} for vpce in choices["SourceVpce"] for tags in choices["TagKeys"]]


@given(world=LAYERS, request=requests(known=True))
@examples(300)
def test_when_all_is_known_the_outcome_is_definite(world: World, request: Request) -> None:
    decision = decide(request, policies(world))
    assert set(decision.missing) <= {"name of the session"}
    assert decision.outcome != "unknown" or (request.caller.kind == "role" and request.caller.session is None)


@given(world=LAYERS, request=requests())
@examples(300)
def test_the_named_statement_has_the_effect(world: World, request: Request) -> None:
    found = policies(world)
    decision = decide(request, found)
    everything = [*found.identity, *found.resource, *(found.session or ()), *([found.boundary] if found.boundary else [])]
    everything += [document for level in found.organization or () for document in level]
    own = [one for document in everything if document.name == decision.document for one in document.policy.statements]
    effects = {one["Effect"] for one in own if one["Sid"] == decision.statement}
    if decision.explicit:
        assert decision.outcome == "denied" and effects == {"Deny"}
    elif decision.outcome == "denied":
        assert (decision.document, decision.statement) == (None, None)
    elif decision.outcome == "allowed":
        assert effects == {"Allow"} or (request.caller.kind == "root" and decision.layer == "identity")
