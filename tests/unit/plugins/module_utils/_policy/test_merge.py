# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What merging does to a document: who may remove what, what stays as it is, and which version the result has."""

from __future__ import annotations

import contextlib
import copy
import random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.difference import equivalent
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import (
    Policy,
    PolicyError,
    meaning_of,
    parse,
    same_meaning,
    sid_of,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.merge import Ownership, Plan, plan
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.principals import is_orphan

from .strategies import ORPHANS, Statement, as_aws_shows, documents, examples, statements

ID, OTHER, ORPHAN = "111122223333", "444455556666", ORPHANS[0]
VARIABLE = "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}"
PRESENT, ABSENT, EXACT = Ownership("present"), Ownership("absent"), Ownership("exact")


def pull(sid: str | None, principal: str = ID, **elements: Any) -> Statement:
    named = {} if sid is None else {"Sid": sid}
    return {**named, "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "ecr:BatchGetImage", **elements}


def policy(*members: Statement, version: str | None = None) -> Policy:
    return parse({"Statement": list(members)} | ({} if version is None else {"Version": version}))


def names(result: Plan) -> dict[str, list[str]]:
    """What a plan says that it does, less what it does not do."""
    said = {name: getattr(result, name) for name in ("added", "replaced", "removed", "orphans_dropped")}
    return {name: members for name, members in said.items() if members}


FOREIGN = pull("OtherTeam", OTHER, Action=["ecr:putimage", "ecr:PutImage"], Condition={})
OURS, OLD = pull("OursPull"), pull("OursGone", "012345678901")
UNNAMED = pull(None, OTHER)

CASES = {
    "no document": (None, (OURS,), PRESENT, (OURS,), {"added": ["OursPull"]}),
    "empty document": ((), (OURS,), PRESENT, (OURS,), {"added": ["OursPull"]}),
    "nothing wanted": ((FOREIGN,), (), PRESENT, (FOREIGN,), {}),
    "nothing wanted of nothing": (None, (), EXACT, None, {}),
    "added behind the others": ((FOREIGN, UNNAMED), (OURS,), PRESENT, (FOREIGN, UNNAMED, OURS), {"added": ["OursPull"]}),
    "replaced in its place": ((pull("OursPull", OTHER), FOREIGN), (OURS,), PRESENT, (OURS, FOREIGN), {"replaced": ["OursPull"]}),
    "kept in the other's spelling": (
        (pull("OursPull", f"arn:aws:iam::{ID}:root", Action=["ECR:batchGetImage"]),),
        (OURS,),
        PRESENT,
        (pull("OursPull", f"arn:aws:iam::{ID}:root", Action=["ECR:batchGetImage"]),),
        {},
    ),
    "ours that is no longer wanted, without a prefix": ((OLD, FOREIGN), (OURS,), PRESENT, (OLD, FOREIGN, OURS), {"added": ["OursPull"]}),
    "ours that is no longer wanted, by prefix": (
        (OLD, FOREIGN),
        (OURS,),
        Ownership(sid_prefix="Ours"),
        (FOREIGN, OURS),
        {"added": ["OursPull"], "removed": ["OursGone"]},
    ),
    "ours that is no longer wanted, by Sid": (
        (OLD, pull("OursToo")),
        (),
        Ownership(sids=frozenset({"OursGone"})),
        (pull("OursToo"),),
        {"removed": ["OursGone"]},
    ),
    "prefix and letter case": ((pull("ours"),), (), Ownership(sid_prefix="Ours"), (pull("ours"),), {}),
    "empty prefix owns nothing": ((FOREIGN,), (OURS,), Ownership(sid_prefix=""), (FOREIGN, OURS), {"added": ["OursPull"]}),
    "prefix does not own statements without a Sid": (
        (UNNAMED, pull("", OTHER)),
        (),
        Ownership(sid_prefix="O"),
        (UNNAMED, pull("", OTHER)),
        {},
    ),
    "last one, by prefix": ((OLD,), (), Ownership(sid_prefix="Ours"), None, {"removed": ["OursGone"]}),
    "without a Sid, there by meaning": ((pull("Theirs", OTHER),), (UNNAMED,), PRESENT, (pull("Theirs", OTHER),), {}),
    "without a Sid, ours by prefix and wanted": (
        (pull("OursX", OTHER),),
        (UNNAMED,),
        Ownership(sid_prefix="Ours"),
        (pull("OursX", OTHER),),
        {},
    ),
    "without a Sid, not there": ((FOREIGN,), (UNNAMED,), PRESENT, (FOREIGN, UNNAMED), {"added": ["#2"]}),
    "empty Sid is no Sid": ((pull("", OTHER),), (UNNAMED,), PRESENT, (pull("", OTHER),), {}),
    "Sid twice in the document": (
        (OURS, FOREIGN, pull("OursPull", OTHER)),
        (OURS,),
        PRESENT,
        (OURS, FOREIGN),
        {"removed": ["OursPull"]},
    ),
    "Sid twice in the document, both old": (
        (pull("OursPull", OTHER), FOREIGN, pull("OursPull", "012345678901")),
        (OURS,),
        PRESENT,
        (OURS, FOREIGN),
        {"replaced": ["OursPull"], "removed": ["OursPull"]},
    ),
    "others' Sid twice": ((FOREIGN, FOREIGN), (OURS,), PRESENT, (FOREIGN, FOREIGN, OURS), {"added": ["OursPull"]}),
    "absent by Sid, whatever it says": ((FOREIGN, pull("OursPull", OTHER)), (OURS,), ABSENT, (FOREIGN,), {"removed": ["OursPull"]}),
    "absent by meaning": ((FOREIGN, pull("Theirs", OTHER)), (UNNAMED,), ABSENT, (FOREIGN,), {"removed": ["Theirs"]}),
    "absent by prefix": ((OLD, FOREIGN, OURS), (), Ownership("absent", "Ours"), (FOREIGN,), {"removed": ["OursGone", "OursPull"]}),
    "absent and not there": ((FOREIGN,), (OURS,), ABSENT, (FOREIGN,), {}),
    "absent of nothing": (None, (OURS,), ABSENT, None, {}),
    "absent and nothing left": ((UNNAMED,), (UNNAMED,), ABSENT, None, {"removed": ["#1"]}),
    "exact": ((FOREIGN, UNNAMED), (OURS,), EXACT, (OURS,), {"added": ["OursPull"], "removed": ["OtherTeam", "#2"]}),
    "exact in another order": ((OURS, FOREIGN), (FOREIGN, OURS), EXACT, (OURS, FOREIGN), {}),
    "exact in another spelling": (
        (pull("OursPull", f"arn:aws:iam::{ID}:root"),),
        (OURS,),
        EXACT,
        (pull("OursPull", f"arn:aws:iam::{ID}:root"),),
        {},
    ),
    "exact replaces": ((pull("OursPull", OTHER), FOREIGN), (OURS,), EXACT, (OURS,), {"replaced": ["OursPull"], "removed": ["OtherTeam"]}),
    "exact with nothing": ((FOREIGN,), (), EXACT, None, {"removed": ["OtherTeam"]}),
    "exact, the same with and without a Sid": (
        (pull("OursPull", OTHER),),
        (UNNAMED, pull("OursPull", OTHER)),
        EXACT,
        (UNNAMED, pull("OursPull", OTHER)),
        {"added": ["#1"]},
    ),
    "exact, another Sid": ((pull("Theirs"),), (OURS,), EXACT, (OURS,), {"added": ["OursPull"], "removed": ["Theirs"]}),
    "exact without a Sid takes one of any name": ((pull("Theirs", OTHER),), (UNNAMED,), EXACT, (pull("Theirs", OTHER),), {}),
    "companion goes with the last": (
        (OLD, pull("Helper")),
        (),
        Ownership(sid_prefix="Ours", companions=frozenset({"Helper"})),
        None,
        {"removed": ["OursGone", "Helper"]},
    ),
    "companion stays with others": (
        (OLD, pull("Helper"), FOREIGN),
        (),
        Ownership(sid_prefix="Ours", companions=frozenset({"Helper"})),
        (pull("Helper"), FOREIGN),
        {"removed": ["OursGone"]},
    ),
    "companion that is wanted stays": (
        (pull("Helper"),),
        (pull("Helper"),),
        Ownership(companions=frozenset({"Helper"})),
        (pull("Helper"),),
        {},
    ),
    "companion alone, absent": (
        (OURS, pull("Helper")),
        (OURS,),
        Ownership("absent", companions=frozenset({"Helper"})),
        None,
        {"removed": ["OursPull", "Helper"]},
    ),
}


@pytest.mark.parametrize(("current", "desired", "ownership", "expected", "said"), CASES.values(), ids=CASES)
def test_plan(
    current: tuple[Statement, ...] | None,
    desired: tuple[Statement, ...],
    ownership: Ownership,
    expected: tuple[Statement, ...] | None,
    said: dict[str, list[str]],
) -> None:
    before = None if current is None else policy(*current)
    result = plan(before, policy(*desired), ownership)
    assert names(result) == said
    assert result.changed == bool(said)
    assert (None if result.policy is None else result.policy.statements) == expected
    if not result.changed:
        assert result.policy is before
    assert [sid_of(one) for one in result.written] == [sid_of(one) for one in desired if one in result.written]
    assert len(result.written) == len(result.added) + len(result.replaced)


def test_statement_given_without_a_list() -> None:
    result = plan(parse({"Version": "2008-10-17", "Statement": FOREIGN}), parse({"Statement": OURS}), PRESENT)
    assert result.policy == policy(FOREIGN, OURS, version="2008-10-17")


def test_what_stands_beside_the_statements_stays_unless_all_is_ours() -> None:
    current, desired = parse({"Id": "theirs", "Statement": FOREIGN}), parse({"Id": "ours", "Statement": OURS})
    merged, replaced = plan(current, desired, PRESENT).policy, plan(current, desired, EXACT).policy
    assert merged and merged.other == {"Id": "theirs"}
    assert replaced and replaced.other == {"Id": "ours"}


# -- versions ---------------------------------------------------------------------------------------------------------

VERSIONS = {
    "new document": (None, policy(OURS), PRESENT, "2012-10-17"),
    "new document with a version": (None, policy(OURS, version="2008-10-17"), PRESENT, "2008-10-17"),
    "foreign version stays": (policy(FOREIGN, version="2008-10-17"), policy(OURS, version="2012-10-17"), PRESENT, "2008-10-17"),
    "missing version stays": (policy(FOREIGN), policy(OURS), PRESENT, None),
    "variables need the newer version": (policy(FOREIGN), policy(pull("V", Resource=VARIABLE)), PRESENT, "2012-10-17"),
    "variables that are there": (
        policy(pull("F", Resource=VARIABLE), version="2012-10-17"),
        policy(pull("V", Resource=VARIABLE)),
        PRESENT,
        "2012-10-17",
    ),
    "literal text of others stays literal": (policy(pull("F", Resource=VARIABLE)), policy(OURS), PRESENT, None),
    "exact has its own version": (policy(FOREIGN, version="2008-10-17"), policy(OURS, version="2012-10-17"), EXACT, "2012-10-17"),
    "exact without a version": (policy(FOREIGN, version="2008-10-17"), policy(OURS), EXACT, "2008-10-17"),
    "exact with variables": (policy(pull("F", Resource=VARIABLE)), policy(pull("V", Resource=VARIABLE)), EXACT, "2012-10-17"),
}


@pytest.mark.parametrize(("current", "desired", "ownership", "version"), VERSIONS.values(), ids=VERSIONS)
def test_version(current: Policy | None, desired: Policy, ownership: Ownership, version: str | None) -> None:
    result = plan(current, desired, ownership).policy
    assert result
    assert result.version == version
    assert [result.meaning(one) for one in desired.statements] == [meaning_of(one, version="2012-10-17") for one in desired.statements] or (
        desired.version == "2008-10-17"
    )


@pytest.mark.parametrize("sid", ["Literal", None])
def test_a_version_that_would_change_what_others_mean_is_refused(sid: str | None) -> None:
    literal = pull(sid, Resource=VARIABLE)
    wanted = pull(None, Resource=VARIABLE)
    with pytest.raises(PolicyError) as refusal:
        plan(policy(FOREIGN, literal), policy(wanted), PRESENT)
    assert str(refusal.value) == (
        "the desired statements use policy variables, which need Version 2012-10-17; the document has Version 2008-10-17, and changing it "
        f"would change what the statements {sid or '#2'} mean"
    )


# -- orphans ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("principal", "left"),
    [
        ({"AWS": [ORPHAN, OTHER]}, {"AWS": [OTHER]}),
        ({"AWS": ORPHAN, "Service": "lambda.amazonaws.com"}, {"Service": "lambda.amazonaws.com"}),
        ({"AWS": ORPHAN}, None),
    ],
)
def test_orphans_go_only_when_asked(principal: dict[str, Any], left: dict[str, Any] | None) -> None:
    foreign = {**FOREIGN, "Principal": principal}
    kept, dropped = (plan(policy(foreign, UNNAMED), policy(), PRESENT, drop_orphans=drop) for drop in (False, True))
    assert not kept.changed
    assert names(dropped) == {"orphans_dropped": [f"OtherTeam: {ORPHAN}"]}
    assert dropped.policy
    assert dropped.policy.statements == ((UNNAMED,) if left is None else ({**foreign, "Principal": left}, UNNAMED))
    assert not plan(dropped.policy, policy(), PRESENT, drop_orphans=True).changed


def test_nothing_is_left_of_a_document_of_orphans() -> None:
    assert plan(policy(pull("A", ORPHAN)), policy(), PRESENT, drop_orphans=True).policy is None


def test_orphans_that_are_exempt_from_a_deny_stay() -> None:
    deny = {"Effect": "Deny", "NotPrincipal": {"AWS": [ORPHAN]}, "Action": "*"}
    assert not plan(policy(deny), policy(), PRESENT, drop_orphans=True).changed


def test_a_role_that_was_created_again_is_named_again() -> None:
    wanted = pull("OursPull", f"arn:aws:iam::{ID}:role/puller")
    assert names(plan(policy(pull("OursPull", ORPHAN)), policy(wanted), PRESENT)) == {"replaced": ["OursPull"]}


# -- what holds for all documents -------------------------------------------------------------------------------------

SEEDS = st.integers(0, 2**32 - 1).map(random.Random)
FOREIGN_SIDS = st.sampled_from([None, "", "OtherTeam", "AllowPull", "ours"])
OUR_SIDS = st.sampled_from([None, "OursA", "OursB", "OursC", "OursD"])
CURRENT = documents(statements(FOREIGN_SIDS | OUR_SIDS), most=5).map(parse) | st.none()
FOREIGN_ONLY = documents(statements(FOREIGN_SIDS), most=4).map(parse) | st.none()
DESIRED = documents(statements(OUR_SIDS, orphans=False), most=3).map(parse)
NAMED = documents(statements(OUR_SIDS.filter(bool), orphans=False), most=3).map(parse)
OWNERSHIPS = st.builds(
    Ownership,
    state=st.sampled_from(["present", "absent", "exact"]),
    sid_prefix=st.sampled_from([None, "Ours"]),
    sids=st.sampled_from([frozenset(), frozenset({"OursD", "AllowPull"})]),
    companions=st.sampled_from([frozenset(), frozenset({"OtherTeam", "OursA"})]),
)


def planned(current: Policy | None, desired: Policy, ownership: Ownership, drop_orphans: bool = False) -> Plan:
    """The plan; examples that are refused, which can only be because of their versions, are left out."""
    with contextlib.suppress(PolicyError):
        return plan(current, desired, ownership, drop_orphans)
    assume(current is None or (current.version or "2008-10-17") == (desired.version or "2012-10-17"))
    raise AssertionError("refused, and not because of the versions")


def is_foreign(current: Policy, statement: Statement, desired: Policy, ownership: Ownership) -> bool:
    """Whether a statement is none of ours: neither its Sid nor, where we give no Sid, its meaning."""
    sids = {sid_of(one) for one in desired.statements} - {None}
    meanings = {meaning_of(one, version=desired.version or "2012-10-17") for one in desired.statements if not sid_of(one)}
    sid = sid_of(statement)
    return not (sid in sids or ownership.owns(sid) or sid in ownership.companions or current.meaning(statement) in meanings)


def meanings(of: Policy | None) -> set[Any]:
    return {of.meaning(one) for one in of.statements} if of else set()


@given(current=CURRENT, desired=DESIRED, ownership=OWNERSHIPS, drop=st.booleans(), rng=SEEDS)
@examples(130)
def test_plan_of_an_applied_plan_is_empty(
    current: Policy | None, desired: Policy, ownership: Ownership, drop: bool, rng: random.Random
) -> None:
    applied = planned(current, desired, ownership, drop).policy
    assert not plan(applied, desired, ownership, drop).changed
    if applied is not None:
        assert not plan(parse(as_aws_shows(applied.as_dict(), rng)), desired, ownership, drop).changed


@given(current=CURRENT, desired=DESIRED, ownership=OWNERSHIPS.filter(lambda ownership: ownership.state != "exact"))
@examples(130)
def test_foreign_statements_keep_place_spelling_and_meaning(current: Policy | None, desired: Policy, ownership: Ownership) -> None:
    before = current or Policy()
    original = copy.deepcopy(before.as_dict())
    after = planned(current, desired, ownership).policy or Policy()
    foreign = [one for one in before.statements if is_foreign(before, one, desired, ownership)]
    left = [one for one in after.statements if any(one is theirs for theirs in foreign)]
    assert list(map(id, left)) == list(map(id, foreign))
    assert [after.meaning(one) for one in foreign] == [before.meaning(one) for one in foreign]
    assert before.as_dict() == original


@given(current=CURRENT, desired=DESIRED, ownership=OWNERSHIPS.filter(lambda ownership: not ownership.companions))
@examples(100)
def test_orphans_are_all_that_is_dropped(current: Policy | None, desired: Policy, ownership: Ownership) -> None:
    kept, dropped = planned(current, desired, ownership).policy, planned(current, desired, ownership, True).policy

    def less_orphans(of: Policy | None) -> list[tuple[str | None, frozenset[str]]]:
        found = [(sid_of(one), of.meaning(one).principal) for one in of.statements] if of else []
        return [
            (sid, living) for sid, who in found if who and not who[0] and (living := frozenset(one for one in who[1] if not is_orphan(one)))
        ]

    assert less_orphans(dropped) == less_orphans(kept)


@given(current=CURRENT, desired=DESIRED, state=st.sampled_from(["present", "exact"]), prefix=st.sampled_from([None, "Ours"]))
@examples(130)
def test_what_is_wanted_is_there_and_means_what_was_meant(current: Policy | None, desired: Policy, state: Any, prefix: str | None) -> None:
    after = planned(current, desired, Ownership(state, prefix)).policy
    wanted = {meaning_of(one, version=desired.version or "2012-10-17") for one in desired.statements}
    assert wanted <= meanings(after)
    if state == "exact":
        assert wanted == meanings(after)
    sids = [sid for one in (after.statements if after else ()) if (sid := sid_of(one))]
    assert len(sids) == len(set(sids))


@given(current=CURRENT, desired=DESIRED, prefix=st.sampled_from([None, "Ours"]))
@examples(80)
def test_what_is_not_wanted_is_gone(current: Policy | None, desired: Policy, prefix: str | None) -> None:
    after = plan(current, desired, Ownership("absent", prefix)).policy or Policy()
    gone = {sid_of(one) for one in desired.statements} - {None}
    assert not any(sid_of(one) in gone or (prefix and (sid_of(one) or "").startswith(prefix)) for one in after.statements)


@given(current=FOREIGN_ONLY, desired=DESIRED, prefix=st.sampled_from([None, "Ours"]))
@examples(130)
def test_present_then_absent_restores_the_original(current: Policy | None, desired: Policy, prefix: str | None) -> None:
    wanted = {meaning_of(one, version=desired.version or "2012-10-17") for one in desired.statements if not sid_of(one)}
    assume(not wanted & meanings(current))  # what was there already without a Sid is taken for ours
    there = planned(current, desired, Ownership("present", prefix)).policy
    after = plan(there, desired, Ownership("absent", prefix)).policy
    assert (after.statements if after else ()) == (current.statements if current else ())
    assert meanings(after) == meanings(current)
    assert equivalent(after, current)


@given(current=FOREIGN_ONLY, first=NAMED, second=NAMED, prefix=st.booleans())
@examples(130)
def test_two_writers_who_own_different_sids_commute(current: Policy | None, first: Policy, second: Policy, prefix: bool) -> None:
    other = Policy(tuple({**one, "Sid": one["Sid"].replace("Ours", "Theirs")} for one in second.statements), first.version)
    writers = [(one, Ownership(sid_prefix=name if prefix else None)) for one, name in ((first, "Ours"), (other, "Theirs"))]

    def written(order: list[tuple[Policy, Ownership]]) -> Policy:
        document = current
        for desired, ownership in order:
            document = planned(document, desired, ownership).policy
        return document or Policy()

    forward, backward = written(writers), written(writers[::-1])
    assert same_meaning(forward, backward)
    assert {sid_of(one) for one in forward.statements} == {sid_of(one) for one in backward.statements}
