# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix of a declaration: who must be able to do what, who must not, and what is left open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.crossaccount.registry.plugins.module_utils._access.matrix import Known, Matrix, Wanted, matrix, principals_of
from ansible_collections.crossaccount.registry.plugins.module_utils._access.questions import DECIDING_ACTIONS, Registry
from ansible_collections.crossaccount.registry.plugins.module_utils._access.sides import Evidence, IdentitySide, RegistrySide
from ansible_collections.crossaccount.registry.plugins.module_utils._access.verdicts import judge
from ansible_collections.crossaccount.registry.plugins.module_utils._grants import (
    Grant,
    identity_statements,
    read_grants,
    registry_statements,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.request import Caller

from .access import CONSUMER, OTHER, OWNER, REGISTRY, grant, named

APP, CI = f"arn:aws:iam::{CONSUMER}:role/team/app", f"arn:aws:iam::{CONSUMER}:role/ci"
REPOSITORIES: dict[str, dict[str, str]] = {"payments/web": {"team": "payments"}, "payments/api": {}, "base": {"team": "base"}}
KNOWN = Known({REGISTRY: REPOSITORIES})
TO_APP = {"account": CONSUMER, "roles": ["team/app"]}


def built(*grants: Mapping[str, Any], known: Known = KNOWN, wanted: Wanted | None = None) -> Matrix:
    return matrix(read_grants(list(grants)), known, wanted or Wanted())


def expected(table: Matrix, principal: str, *access: str) -> dict[str, str | None]:
    """What is expected of a principal: C(repository) for one access level, else C(repository access)."""
    return {
        one.repository if len(access) == 1 else f"{one.repository} {one.access}": one.expected
        for one in table.questions
        if one.principal.text == principal and one.access in (access or DECIDING_ACTIONS)
    }


def test_declared_and_undeclared_pairs() -> None:
    table = built(grant("a", "pull", TO_APP), grant("b", "push", {"account": CONSUMER, "roles": ["ci"]}, repositories=["base"]))
    assert expected(table, APP, "pull") == {"base": "denied", "payments/api": "allowed", "payments/web": "allowed"}
    assert set(expected(table, APP, "push").values()) == {"denied"}
    assert expected(table, CI, "push") == {"base": "allowed", "payments/api": "denied", "payments/web": "denied"}
    assert set(expected(table, CI, "pull").values()) == {"denied"}
    assert {one.grant for one in table.questions if one.expected == "allowed"} == {"a", "b"}
    assert all(one.undeclared == (one.expected == "denied") for one in table.questions)
    assert table.not_checked == ()


@pytest.mark.parametrize(
    ("level", "allowed"),
    [
        ("pull", {"pull"}),
        ("push", {"push"}),
        ("pull_push", {"pull", "push"}),
        ("scan", {"pull", "scan"}),
        ("cache", {"pull", "cache"}),
        ("replicate", {"replicate"}),
    ],
)
def test_what_an_access_level_takes_in(level: str, allowed: set[str]) -> None:
    table = built(grant("a", level, {"account": CONSUMER}, repositories=["*"]))
    found = {one.access for one in table.questions if one.expected == "allowed"}
    assert found == allowed
    assert {one.access for one in table.questions if one.expected == "denied"} == {"pull", "push"} - allowed


def test_grants_add_up() -> None:
    table = built(grant("a", "push", TO_APP, repositories=["base"]), grant("b", "pull", TO_APP, repositories=["b*"]))
    assert expected(table, APP) | {} == {
        **{f"{name} {access}": "denied" for name in ("payments/api", "payments/web") for access in ("pull", "push")},
        "base pull": "allowed",
        "base push": "allowed",
    }
    assert {(one.access, one.grant) for one in table.questions if one.grant} == {("pull", "b"), ("push", "a")}


def test_tags_select() -> None:
    table = built(grant("a", "pull", TO_APP, repositories=["tag:team=pay*"]))
    assert expected(table, APP, "pull") == {"base": "denied", "payments/api": "denied", "payments/web": "allowed"}


def test_a_whole_account_decides_about_its_roles_itself() -> None:
    table = built(grant("a", "pull", {"account": CONSUMER}), grant("b", "push", TO_APP, repositories=["base"]))
    assert expected(table, CONSUMER, "pull") == {"base": "denied", "payments/api": "allowed", "payments/web": "allowed"}
    assert expected(table, APP, "pull") == {"base": "denied", "payments/api": None, "payments/web": None}
    assert {one.note for one in table.questions if one.expected is None} == {
        "the grant is to the whole account or organization, which decides about its identities itself"
    }


def test_identities_of_the_registrys_own_account() -> None:
    mine = f"arn:aws:iam::{OWNER}:role/builder"
    table = built(grant("a", "push", {"account": OWNER, "roles": ["builder"]}, {"account": OWNER}, repositories=["base"]))
    assert expected(table, mine, "push") == {"base": "allowed", "payments/api": None, "payments/web": None}
    assert expected(table, OWNER, "push") == {"base": "allowed", "payments/api": None, "payments/web": None}
    assert {one.note for one in table.questions if one.undeclared} == {
        "it is an identity of the registry's own account, whose policies may allow it without a grant"
    }


def test_role_patterns_mean_the_roles_that_exist() -> None:
    to = {"account": CONSUMER, "roles": ["team/*", "x?"], "users": ["u*"]}
    declared = grant("a", "pull", to, principals_as="condition")
    service = f"arn:aws:iam::{CONSUMER}:role/aws-service-role/ecs.amazonaws.com/team/x"
    roles = {CONSUMER: [APP, CI, f"arn:aws:iam::{CONSUMER}:role/team/api", service]}
    table = built(declared, known=replace(KNOWN, roles=roles))
    assert {one.principal.text for one in table.questions} == {APP, f"arn:aws:iam::{CONSUMER}:role/team/api"}
    assert expected(table, APP, "pull")["payments/web"] == "allowed"
    assert [(one.subject, one.reason) for one in table.not_checked] == [
        (f"grant a: arn:aws:iam::{CONSUMER}:role/x?", f"no role of account {CONSUMER} fits"),
        (f"grant a: arn:aws:iam::{CONSUMER}:user/u*", f"the users of account {CONSUMER} were not listed"),
    ]
    table = built(declared)
    assert table.questions == ()
    assert {one.reason for one in table.not_checked} == {f"the {kind}s of account {CONSUMER} were not listed" for kind in ("role", "user")}


def test_organizations() -> None:
    members = grant("members", "pull", {"organization": "o-a1b2c3d4e5"})
    other = grant("other", "push", {"account": OTHER}, TO_APP, {"account": CONSUMER}, repositories=["base"])
    table = built(members, other, known=replace(KNOWN, organizations={CONSUMER: "o-a1b2c3d4e5", OTHER: ""}))
    assert expected(table, CONSUMER, "pull") == {"base": "denied", "payments/api": "allowed", "payments/web": "allowed"}
    assert set(expected(table, OTHER, "pull").values()) == {"denied"}
    assert expected(table, APP, "pull") == {"base": "denied", "payments/api": None, "payments/web": None}
    assert table.not_checked == ()
    # Whether accounts are in it is not known.
    table = built(members, other)
    assert expected(table, CONSUMER, "pull") == {"base": "denied", "payments/api": None, "payments/web": None}
    assert [one.subject for one in table.not_checked] == ["grant members: organization o-a1b2c3d4e5"]
    # Neither is where in the organization they are.
    part = grant("members", "pull", {"organization": "o-a1b2c3d4e5", "paths": ["o-a1b2c3d4e5/r-ab12/*"]})
    table = built(part, other, known=replace(KNOWN, organizations={CONSUMER: "o-a1b2c3d4e5", OTHER: ""}))
    assert expected(table, CONSUMER, "pull")["payments/web"] is None
    assert expected(table, OTHER, "pull")["payments/web"] == "denied"
    assert len(table.not_checked) == 1


def test_services() -> None:
    table = built(grant("a", "pull", {"account": CONSUMER, "service": "lambda"}))
    found = {"base": "denied", "payments/api": "allowed", "payments/web": "allowed"}
    assert expected(table, f"lambda.amazonaws.com/{CONSUMER}") == {f"{name} pull": one for name, one in found.items()}
    assert expected(table, CONSUMER, "pull") == found
    assert set(expected(table, CONSUMER, "push").values()) == {"denied"}


def test_what_is_not_there() -> None:
    table = built(grant("a", "pull", TO_APP, repositories=["gone", "nothing/*", "base"]))
    assert expected(table, APP, "pull")["gone"] == "allowed"
    assert [tuple(one) for one in table.not_checked] == [("grant a: 'nothing/*'", f"it means no repository of {OWNER} in eu-west-1", None)]


def test_regions_and_partitions() -> None:
    cn = Registry(OTHER, "cn-north-1")
    table = built(
        grant("a", "pull", TO_APP),
        grant("b", "pull", TO_APP, account=OTHER, regions=["cn-north-1"], repositories=["base"]),
        known=Known({REGISTRY: {"payments/web": {}}, cn: {"base": {}}}),
    )
    found = {(one.principal.text, one.registry.region) for one in table.questions}
    assert found == {(APP, "eu-west-1"), (APP.replace(":aws:", ":aws-cn:"), "cn-north-1")}


def test_what_is_asked_for() -> None:
    declared = (grant("a", "pull", TO_APP), grant("b", "pull", {"account": OTHER}, {"organization": "o-a1b2c3d4e5"}))
    only = built(*declared, wanted=Wanted(accounts=frozenset({OTHER})))
    assert {one.principal.account for one in only.questions} == {OTHER}
    report = built(*declared, wanted=Wanted("report"))
    assert {one.expected for one in report.questions if one.undeclared} == {None}
    assert len(report.questions) == len(built(*declared).questions)
    skip = built(*declared, wanted=Wanted("skip"))
    assert not any(one.undeclared for one in skip.questions)
    assert [one for one in report.questions if not one.undeclared] == list(skip.questions)


def test_undeclared_pairs_of_a_large_fleet_are_sampled() -> None:
    accounts = [f"{number:012}" for number in range(100)]
    known = Known({REGISTRY: {f"team/{number:03}": {} for number in range(50)}})
    table = built(
        *(grant(f"g{account}", "pull", {"account": account}, repositories=["team/000"]) for account in accounts),
        known=known,
        wanted=Wanted(limit=500),
    )
    undeclared = [one for one in table.questions if one.undeclared]
    declared = [one for one in table.questions if one.expected == "allowed"]
    assert len(declared) == 100
    assert 400 < len(undeclared) <= 500
    (left_out,) = table.not_checked
    assert left_out.checks == 100 * 50 * 2 - 100 - len(undeclared)
    assert f"of {100 * 50 * 2 - 100} such checks an even sample" in left_out.reason
    # The sample takes in everybody and everything.
    assert {one.principal.account for one in undeclared} == set(accounts)
    assert len({one.repository for one in undeclared}) == 50
    assert {one.access for one in undeclared} == {"pull", "push"}


# -- properties --------------------------------------------------------------------------------------------------------

ACCOUNTS = (OWNER, CONSUMER, OTHER)
ROLES = ("team/app", "ci", "team/api")
RECIPIENTS = st.one_of(
    st.builds(lambda account: {"account": account}, st.sampled_from(ACCOUNTS)),
    st.builds(
        lambda account, roles: {"account": account, "roles": roles},
        st.sampled_from(ACCOUNTS),
        st.lists(st.sampled_from(ROLES), min_size=1, max_size=2, unique=True),
    ),
)
LEVELS = st.sampled_from(["pull", "push", "pull_push", "scan", "cache"])
SELECTORS = st.lists(st.sampled_from(["payments/*", "payments/web", "base", "*", "tag:team=base"]), min_size=1, max_size=2, unique=True)
BODIES = st.tuples(
    LEVELS,
    st.lists(RECIPIENTS, min_size=1, max_size=3),
    SELECTORS,
    st.sampled_from(["repository", "registry"]),
    st.sampled_from(["arn", "condition"]),
)


def declaration(bodies: Sequence[Any]) -> list[Grant]:
    return read_grants([
        grant(f"g{at}", level, *to, repositories=selectors, scope=scope, principals_as=principals_as)
        for at, (level, to, selectors, scope, principals_as) in enumerate(bodies)
    ])  # fmt: skip


def answers(table: Matrix) -> dict[tuple[str, str, str], str | None]:
    return {(one.principal.text, one.repository, one.access): one.expected for one in table.questions}


@given(st.lists(BODIES, min_size=1, max_size=5), st.randoms())
def test_the_order_of_grants_does_not_matter(bodies: list[Any], random: Any) -> None:
    grants = declaration(bodies)
    shuffled = list(grants)
    random.shuffle(shuffled)
    assert matrix(shuffled, KNOWN, Wanted()) == matrix(grants, KNOWN, Wanted())


@given(st.lists(BODIES, min_size=1, max_size=5), BODIES)
def test_another_grant_never_takes_access_away(bodies: list[Any], more: Any) -> None:
    before, after = (answers(matrix(declaration(one), KNOWN, Wanted())) for one in (bodies, [*bodies, more]))
    assert set(before) <= set(after)
    for asked, answer in before.items():
        assert (answer != "allowed") or after[asked] == "allowed", asked
        assert (answer is not None) or after[asked] in (None, "allowed"), asked


@given(st.lists(BODIES, min_size=1, max_size=5))
def test_each_pair_is_asked_once(bodies: list[Any]) -> None:
    grants = declaration(bodies)
    table = matrix(grants, KNOWN, Wanted())
    assert len(answers(table)) == len(table.questions)
    pairs = {(one.principal, one.repository) for one in table.questions}
    assert len(pairs) == len(principals_of(grants, {})) * len(REPOSITORIES)


def compiled(grants: Sequence[Grant]) -> Evidence:
    """What both sides are when everything that the grants compile to is written, and nothing else."""
    own = {
        name: [one for each in grants if each.selects(name, tags) for one in registry_statements(each, "eu-west-1", "repository")]
        for name, tags in REPOSITORIES.items()
    }
    whole = [one for each in grants for one in registry_statements(each, "eu-west-1", "registry")]
    policies = {name: named(name, statements) if statements else None for name, statements in own.items()}
    side = RegistrySide(OWNER, "eu-west-1", named("registry policy", whole), "V2", policies, REPOSITORIES)
    identities = {
        one.text: IdentitySide(
            Caller(one.text, one.account, "role"),
            (named("own", identity_statements(grants, one.account, "role", one.text.rpartition("/")[2])),),
            tags={},
        )
        for one in principals_of(grants, {})
        if one.kind == "role"
    }
    return Evidence(dict(identities), {(OWNER, "eu-west-1"): side})


@settings(deadline=None)
@given(st.lists(BODIES, min_size=1, max_size=5))
def test_what_is_expected_is_what_the_compiled_statements_do(bodies: list[Any]) -> None:
    """The matrix and the evaluation of what the grants compile to know nothing of each other, and agree."""
    grants = declaration(bodies)
    evidence = compiled(grants)
    for question in matrix(grants, KNOWN, Wanted()).questions:
        verdict = judge(question, evidence)
        if question.expected:
            assert verdict.outcome == question.expected, question


def test_patterns_of_repositories_that_nobody_listed_are_named() -> None:
    table = built(grant("a", "pull", TO_APP, repositories=["payments/*", "base"]), known=Known())
    assert expected(table, APP, "pull") == {"base": "allowed"}
    reason = f"the repositories of {OWNER} in eu-west-1 were not listed"
    assert [tuple(one) for one in table.not_checked] == [("grant a: 'payments/*'", reason, None)]


def test_what_others_look_after_is_left_out() -> None:
    grants = [grant("a", "pull", TO_APP), grant("b", "pull", {"account": OTHER})]
    assert {one.principal.account for one in built(*grants).questions} == {CONSUMER, OTHER}
    assert {one.principal.account for one in built(*grants, wanted=Wanted(not_accounts=frozenset({CONSUMER}))).questions} == {OTHER}
    assert built(*grants, wanted=Wanted(registries=frozenset({OWNER}))) == built(*grants)
    elsewhere = built(*grants, known=Known(), wanted=Wanted(registries=frozenset({CONSUMER})))
    assert (elsewhere.questions, elsewhere.not_checked) == ((), ())
