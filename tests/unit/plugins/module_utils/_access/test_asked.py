# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users ask about: principals in all spellings, repositories, expectations, and documents that they give."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._access.asked import Asked, questions_of, read_asked, read_expected
from ansible_collections.crossaccount.registry.plugins.module_utils._access.given_documents import read_documents, with_documents
from ansible_collections.crossaccount.registry.plugins.module_utils._access.questions import (
    DECIDING_ACTIONS,
    Registry,
    name_of,
    read_principal,
    steps_of,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._access.sides import V1_ACTIONS, Evidence, Unread
from ansible_collections.crossaccount.registry.plugins.module_utils._access.verdicts import judge
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import PolicyError

from .access import (
    APP,
    ARN,
    CONSUMER,
    LOGIN,
    OTHER,
    OWNER,
    REGISTRY,
    REPOSITORY,
    evidence,
    identity_side,
    own,
    pull,
    question,
    registry_side,
)

SESSION = f"arn:aws:sts::{CONSUMER}:assumed-role/app/i-0123"
FUNCTION = f"arn:aws:lambda:eu-west-1:{CONSUMER}:function:resize"


@pytest.mark.parametrize(
    ("text", "kind", "name", "caller", "account"),
    [
        (APP, "role", f"role app of account {CONSUMER}", APP, CONSUMER),
        (f"arn:aws:iam::{CONSUMER}:user/ann", "user", f"user ann of account {CONSUMER}", f"arn:aws:iam::{CONSUMER}:user/ann", CONSUMER),
        (CONSUMER, "root", f"account {CONSUMER}", f"arn:aws:iam::{CONSUMER}:root", CONSUMER),
        (f"arn:aws-cn:iam::{CONSUMER}:root", "root", f"account {CONSUMER}", f"arn:aws:iam::{CONSUMER}:root", CONSUMER),
        (SESSION, "role", f"role app of account {CONSUMER}", f"arn:aws:iam::{CONSUMER}:role/app", CONSUMER),
        (f"lambda.amazonaws.com/{CONSUMER}", "service", f"lambda.amazonaws.com for account {CONSUMER}", "lambda.amazonaws.com", None),
        (FUNCTION, "service", f"lambda.amazonaws.com for account {CONSUMER}", "lambda.amazonaws.com", None),
    ],
)
def test_principals(text: str, kind: str, name: str, caller: str, account: str | None) -> None:
    principal = read_principal(text, "principals")
    assert (principal.kind, principal.account, name_of(principal)) == (kind, CONSUMER, name)
    found = principal.caller("eu-west-1")
    assert (found.arn, found.account) == (caller, account)
    assert found.session == (text if text == SESSION else None)


def test_what_services_say() -> None:
    anything = {"aws:SourceAccount": CONSUMER, "aws:SourceArn": f"arn:aws-cn:lambda:cn-north-1:{CONSUMER}:function:*"}
    assert read_principal(f"lambda.amazonaws.com/{CONSUMER}", "").context("cn-north-1") == anything
    assert read_principal(FUNCTION, "").context("eu-west-1") == {"aws:SourceAccount": CONSUMER, "aws:SourceArn": FUNCTION}
    assert read_principal(f"codebuild.amazonaws.com/{CONSUMER}", "").context("eu-west-1") == {"aws:SourceAccount": CONSUMER}
    assert read_principal(APP, "").context("eu-west-1") == {}
    assert read_principal(CONSUMER, "").caller("us-gov-west-1").arn == f"arn:aws-us-gov:iam::{CONSUMER}:root"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (444455556666, "principals has the number 444455556666; write account ids in quotes"),
        ("app", "principals has 'app'; a principal is the ARN of a role"),
        ("4444", "principals has '4444'"),
        (None, "principals has 'None'"),
        (True, "principals has 'True'"),
        ("lambda.amazonaws.com", "a service with the account that it works for, such as lambda.amazonaws.com/444455556666"),
        ("arn:aws:iam::444455556666:group/x", "principals has 'arn:aws:iam::444455556666:group/x'"),
    ],
)
def test_what_is_no_principal(value: Any, told: str) -> None:
    with pytest.raises(RegistryError, match=re.escape(told)):
        read_principal(value, "principals")


@pytest.mark.parametrize("access", DECIDING_ACTIONS)
def test_steps(access: str) -> None:
    """The login comes last; the role of a cache also stores; replication and services do not log in."""
    role, account, service = (steps_of(question(one, access)) for one in (APP, CONSUMER, f"lambda.amazonaws.com/{CONSUMER}"))
    actions = [(step.action, ARN, OWNER) for step in role if step.place == "repository"]
    assert actions == [(action, ARN, OWNER) for action in DECIDING_ACTIONS[access]]
    assert [step.place for step in account if step.place != "repository"] == ([] if access == "replicate" else ["login"])
    assert {step.place for step in service} == {"repository"}
    assert role[-1].place == ("repository" if access == "replicate" else "login")
    assert {step.owner for step in role if step.place == "store"} == ({CONSUMER} if access == "cache" else set())


# -- options -----------------------------------------------------------------------------------------------------------

EXPECT = {"principal": APP, "repository": REPOSITORY, "access": "pull", "allowed": True}
US = Registry(OWNER, "us-east-1")


def test_expectations() -> None:
    principal = read_principal(APP, "")
    assert read_expected([EXPECT], [REGISTRY, US]) == [Asked(principal, one, REPOSITORY, "pull", "allowed") for one in (REGISTRY, US)]
    given = [
        ({"account": OTHER, "region": "eu-north-1"}, [Registry(OTHER, "eu-north-1")]),
        ({"account": OTHER}, [Registry(OTHER, "eu-west-1"), Registry(OTHER, "us-east-1")]),
        ({"region": "eu-north-1"}, [Registry(OWNER, "eu-north-1")]),
        ({}, [REGISTRY, US]),
    ]
    for registry, found in given:
        asked = read_expected([{**EXPECT, "registry": registry, "allowed": False}], [REGISTRY, US])
        assert [(one.registry, one.expected) for one in asked] == [(one, "denied") for one in found]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"principal": None}, "expect[0]: principal is missing"),
        ({"repository": None, "allowed": None}, "expect[0]: repository and allowed is missing"),
        ({"principal": "x"}, "expect[0]: principal has 'x'"),
        ({"access": "delete"}, "expect[0]: access is 'delete', it must be one of: pull, push"),
        ({"repository": "Payments:latest"}, "expect[0]: 'Payments:latest' is no repository name"),
        (
            {"registry": {"account": 111122223333, "region": "eu-west-1"}},
            "expect[0]: registry.account is 111122223333;",
        ),
        ({"registry": {"account": OWNER}}, "expect[0]: registry is missing"),
    ],
)
def test_expectations_that_make_no_sense(entry: dict[str, Any], told: str) -> None:
    with pytest.raises(RegistryError, match=re.escape(told)):
        read_expected([{**EXPECT, **entry}], [REGISTRY] if "repository" in entry else [])


def test_expectations_that_contradict_each_other() -> None:
    entries = [EXPECT, EXPECT, {**EXPECT, "repository": "payments/*", "allowed": False}]
    with pytest.raises(RegistryError, match=f"'pull' for {APP} on {REPOSITORY} in {OWNER} eu-west-1 is both allowed and not allowed"):
        questions_of(read_expected(entries, [REGISTRY]), evidence())
    assert len(questions_of(read_expected(entries[:2], [REGISTRY]), evidence())[0]) == 2


def test_everybody_is_asked_about_everything() -> None:
    asked = read_asked([APP, OTHER], ["a", "b"], ["pull", "push"], [REGISTRY, US])
    assert len({(one.principal.text, one.repository, one.access, one.registry) for one in asked}) == len(asked) == 16


def test_selectors() -> None:
    side = registry_side(repositories={"payments/web": None, "base": None}, tags={"base": {"team": "x"}})
    known = evidence(registry=side)
    asked = read_asked([APP], ["*", "tag:team=x", "gone", "x*"], ["pull"], [REGISTRY])
    questions, not_checked = questions_of(asked, known)
    assert [one.repository for one in questions] == ["base", "payments/web", "base", "gone"]
    assert [tuple(one) for one in not_checked] == [(f"'x*' in {OWNER} eu-west-1", "it means no repository there", None)]
    questions, not_checked = questions_of(asked, evidence(registry=Unread("refused")))
    assert [one.repository for one in questions] == ["gone"]
    assert {one.reason for one in not_checked} == {"which repositories it means is not known: refused"}


# -- documents ---------------------------------------------------------------------------------------------------------


def text(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


THEIRS = {"kind": "repository_policy", "repository": REPOSITORY, "policy": text(pull())}
MINE = {"kind": "identity_policy", "principal": APP, "policy": text(LOGIN, own())}
NONE = {"kind": "registry_policy", "policy": "{}"}


def given(known: Evidence, *entries: Any) -> Evidence:
    return with_documents(known, read_documents(entries, lambda: OWNER, "eu-west-1"))


def test_documents_alone_are_all_that_there_is() -> None:
    known = given(Evidence(), THEIRS, MINE)
    assert judge(question(), known).outcome == "allowed"
    assert judge(question(), given(Evidence(), MINE)).outcome == "unknown"
    assert judge(question(), given(Evidence(), THEIRS)).outcome == "unknown"
    assert judge(question(), given(Evidence(), {**THEIRS, "policy": "{}"}, MINE)).outcome == "denied"
    # Nothing is known of other repositories.
    assert judge(question(repository="base"), known).outcome == "denied"
    other = given(Evidence(), THEIRS, {**MINE, "policy": text(LOGIN, own(Resource="*"))})
    verdict = judge(question(repository="base"), other)
    assert (verdict.outcome, verdict.deciding and verdict.deciding.unread) == ("unknown", ("the repository policy of base",))


def test_documents_take_the_place_of_what_was_read() -> None:
    nothing = evidence(identity_side(), registry_side())
    assert judge(question(), given(nothing, THEIRS)).outcome == "denied"
    assert judge(question(), given(nothing, THEIRS, MINE)).outcome == "allowed"
    split = [{**MINE, "policy": text(LOGIN)}, {**MINE, "policy": text(own())}]
    assert judge(question(), given(evidence(), *split)).outcome == "allowed"
    assert judge(question(), given(evidence(), split[0])).outcome == "denied"
    assert judge(question(), given(evidence(), {**THEIRS, "policy": "{}"})).outcome == "denied"
    unread = evidence(identity_side(unread=("x",)), registry_side(unread={REPOSITORY: ("y",), "": ("z",)}))
    assert judge(question(), given(unread, MINE, THEIRS)).outcome == "unknown"
    assert judge(question(), given(unread, MINE, THEIRS, NONE)).outcome == "allowed"
    assert judge(question(), given(evidence(Unread("x")), MINE)).outcome == "allowed"


def test_the_scope_still_counts() -> None:
    whole = {"kind": "registry_policy", "policy": text(pull(Resource="*"))}
    assert judge(question(), given(evidence(registry=registry_side()), whole)).outcome == "allowed"
    v1 = registry_side(registry=[], only=V1_ACTIONS)
    assert judge(question(), given(evidence(registry=v1), whole)).outcome == "denied"


@pytest.mark.parametrize("kind", ["permissions_boundary", "session_policy", "service_control_policy"])
def test_documents_that_only_limit(kind: str) -> None:
    entry = {"kind": kind, "principal": APP, "account": CONSUMER, "policy": text(LOGIN), "name": "limit of tests"}
    verdict = judge(question(), given(evidence(), entry))
    assert verdict.outcome == "denied"
    assert judge(question(), given(evidence(), {**entry, "policy": text(LOGIN, own())})).outcome == "allowed"
    # They say nothing of what else there is.
    assert judge(question(), given(evidence(Unread("x")), {**entry, "policy": text(LOGIN, own())})).outcome == "unknown"


def test_levels_of_service_control_policies() -> None:
    everything = {"kind": "service_control_policy", "account": CONSUMER, "policy": text(own(Action="*", Resource="*"))}
    assert judge(question(), given(evidence(), everything, {**everything, "level": 1})).outcome == "allowed"
    assert judge(question(), given(evidence(), everything, {**everything, "level": 1, "policy": text(LOGIN)})).outcome == "denied"
    assert judge(question(), given(evidence(), everything, {**everything, "policy": text(LOGIN)})).outcome == "allowed"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"kind": "repository_policy"}, "documents[0]: kind repository_policy needs repository"),
        ({"kind": "identity_policy"}, "documents[0]: kind identity_policy needs principal"),
        ({"kind": "identity_policy", "principal": CONSUMER}, f"documents[0]: {CONSUMER} has no identity_policy"),
        ({"kind": "service_control_policy"}, "documents[0]: kind service_control_policy needs account"),
        ({"kind": "registry_policy", "account": 1}, "documents[0]: account is 1; an account id has 12 digits"),
        ({"kind": "registry_policy", "policy": "{"}, "documents[0]: the policy document is not valid JSON"),
    ],
)
def test_documents_that_make_no_sense(entry: dict[str, Any], told: str) -> None:
    with pytest.raises((RegistryError, PolicyError), match=re.escape(told)):
        read_documents([{"policy": "{}", **entry}], lambda: OWNER, "eu-west-1")
