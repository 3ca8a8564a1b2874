# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why an access is denied: each cause is told apart, and the statement that is named as missing makes it work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._access.explanation import Explanation, explain
from ansible_collections.crossaccount.registry.plugins.module_utils._access.missing_statement import Missing
from ansible_collections.crossaccount.registry.plugins.module_utils._access.questions import Question, Registry
from ansible_collections.crossaccount.registry.plugins.module_utils._access.sides import (
    V1_ACTIONS,
    Evidence,
    IdentitySide,
    RegistrySide,
    Unread,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._access.verdicts import judge
from ansible_collections.crossaccount.registry.plugins.module_utils._grants import (
    LOGIN_SID,
    identity_statements,
    read_grants,
    registry_statements,
)

from .access import (
    APP,
    ARN,
    CONSUMER,
    LOGIN,
    OTHER,
    OWNER,
    PULL,
    REPOSITORY,
    Statement,
    evidence,
    grant,
    identity_side,
    named,
    own,
    pull,
    question,
    registry_side,
)

DOCUMENT = f"repository policy of {REPOSITORY}"
WHO = f"role app of account {CONSUMER}"
MISSING_PULL = {"Sid": "PullForApp", "Effect": "Allow", "Principal": {"AWS": APP}, "Action": PULL}
MISSING_OWN = {"Sid": "PullForApp", "Effect": "Allow", "Action": PULL, "Resource": ARN}
MISSING_LOGIN = {"Sid": "RegistryLogin", "Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": "*"}
OTHERS = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}}


def told(asked: Question, known: Evidence, **more: Any) -> tuple[str, str, Missing | None]:
    """The outcome, the reason, and what is missing."""
    verdict = judge(asked, known)
    found = explain(asked, verdict, known, **more)
    return verdict.outcome, found.reason, found.missing


def deny(statement: Statement, sid: str = "Stop") -> Statement:
    return {**statement, "Sid": sid, "Effect": "Deny"}


#: What is different from an access that works -> what the reason says, and the statement that is missing, None where none would help.
REGISTRY_SIDE: dict[str, tuple[RegistrySide, str, Statement | None]] = {
    "no repository policy": (
        registry_side(),
        f"the repository {REPOSITORY} has no policy; across accounts the registry's side must allow it too",
        MISSING_PULL,
    ),
    "no repository policy, and a registry policy for others": (
        registry_side(registry=[pull("All", OTHER, Resource="*")]),
        f"the repository {REPOSITORY} has no policy; statement All of the registry policy allows it to {OTHER}",
        MISSING_PULL,
    ),
    "no repository policy, and a registry policy about something else": (
        registry_side(registry=[pull("All", OTHER, Action="ecr:ReplicateImage", Resource="*")]),
        f"the repository {REPOSITORY} has no policy, and no statement of the registry policy allows ecr:BatchGetImage to {WHO}; across",
        MISSING_PULL,
    ),
    "nobody who comes close": (
        registry_side(pull("Push", OTHER, Action="ecr:PutImage")),
        f"no statement of the {DOCUMENT} names {WHO}; across accounts",
        MISSING_PULL,
    ),
    "wrong principal": (
        registry_side(pull(principal=OTHER)),
        f"no statement of the {DOCUMENT} names {WHO}; statement Pull of the {DOCUMENT} allows it to {OTHER}",
        MISSING_PULL,
    ),
    "wrong principal, one of the same account is nearer": (
        registry_side(pull("A", OTHER), pull("B", [f"arn:aws:iam::{CONSUMER}:role/app", OTHER, "111111111111", "222222222222"])),
        f"statement B of the {DOCUMENT} allows it to arn:aws:iam::{CONSUMER}:role/app, {OTHER}, 111111111111 and 1 more",
        MISSING_PULL,
    ),
    "orphan principal": (
        registry_side(pull("Other", OTHER), pull("Gone", "AROAEXAMPLEOFTHEOLDONE")),
        f"statement Gone of the {DOCUMENT} names AROAEXAMPLEOFTHEOLDONE, which a deleted role or user left behind",
        MISSING_PULL,
    ),
    "all but the principal": (
        registry_side({"Sid": "NotThem", "Effect": "Allow", "NotPrincipal": {"AWS": [APP]}, "Action": PULL}),
        f"statement NotThem of the {DOCUMENT} allows it to others",
        MISSING_PULL,
    ),
    "one action is missing": (
        registry_side(pull(Action="ecr:BatchGetImage")),
        f"statement Pull of the {DOCUMENT} names {WHO}, but lacks ecr:GetDownloadUrlForLayer",
        {**MISSING_PULL, "Action": ["ecr:GetDownloadUrlForLayer"]},
    ),
    "all actions are missing": (
        registry_side(pull("Push", CONSUMER, Action="ecr:PutImage")),
        f"statement Push of the {DOCUMENT} names {WHO}, but lacks ecr:BatchGetImage and ecr:GetDownloadUrlForLayer",
        MISSING_PULL,
    ),
    "a condition does not hold": (
        registry_side(pull(principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": OTHER}})),
        f"statement Pull of the {DOCUMENT} does not allow ecr:BatchGetImage: its condition StringEquals on aws:PrincipalAccount wants "
        f"{OTHER} and the request has {CONSUMER}",
        MISSING_PULL,
    ),
    "in no organization": (
        registry_side(pull(principal="*", Condition=ORGANIZATION)),
        "its condition StringEquals on aws:PrincipalOrgID wants o-a1b2c3d4e5 and the request has no such key",
        MISSING_PULL,
    ),
    "one of two conditions does not hold": (
        registry_side(
            pull(Condition={"Bool": {"aws:SecureTransport": "true"}, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ci*"}})
        ),
        f"its condition ArnLike on aws:PrincipalArn wants arn:aws:iam::*:role/ci* and the request has {APP}",
        MISSING_PULL,
    ),
    "conditions that are no conditions": (
        registry_side(pull(Condition={"StringEquals": "x"}), deny(pull(Condition={"Bool": {"aws:SecureTransport": "true"}}))),
        "statement Stop",
        None,
    ),
    "another repository": (
        registry_side(registry=[pull("Some", Resource=f"{ARN}-2")]),
        f"statement Some of the registry policy is about other resources: {ARN}-2; asked for is {ARN}",
        MISSING_PULL,
    ),
    "all but the repository": (
        registry_side(registry=[{**pull("Some"), "NotResource": [ARN, f"{ARN}-2"]}]),
        f"statement Some of the registry policy is about all resources but {ARN}, {ARN}-2; asked for is {ARN}",
        MISSING_PULL,
    ),
    "scope V1": (
        registry_side(registry=[pull("All", CONSUMER, Resource="*")], only=V1_ACTIONS),
        f"statement All of the registry policy would allow ecr:BatchGetImage, but the registry of {OWNER} in eu-west-1 has "
        "REGISTRY_POLICY_SCOPE V1",
        MISSING_PULL,
    ),
    "explicit deny": (
        registry_side(pull(), deny(pull(principal="*"))),
        f"statement Stop of the {DOCUMENT} denies ecr:BatchGetImage explicitly, which no other statement can outweigh; change that "
        f"statement so that it spares {WHO}",
        None,
    ),
    "explicit deny in the registry policy": (
        registry_side(pull(), registry=[deny(pull(principal="*", Resource="*"))]),
        "statement Stop of the registry policy denies ecr:BatchGetImage explicitly",
        None,
    ),
    "absent, and others come close": (
        registry_side(repositories={"payments/wep": None, "base": None}),
        f"there is no repository {REPOSITORY} in account {OWNER} in eu-west-1; there is payments/wep",
        None,
    ),
    "absent": (
        registry_side(repositories={}),
        f"there is no repository {REPOSITORY} in account {OWNER} in eu-west-1; create it first, or correct the name",
        None,
    ),
    "wrong region": (
        registry_side(repositories={}, elsewhere={REPOSITORY: ("eu-central-1", "us-east-1")}),
        f"there is no repository {REPOSITORY} in account {OWNER} in eu-west-1; it is in eu-central-1 and us-east-1, so ask the registry of "
        "that region",
        None,
    ),
}

INLINE = "inline policy own"
LIMIT = "permissions boundary limit"
IDENTITY_SIDE: dict[str, tuple[IdentitySide | Unread, str, Statement | None]] = {
    "no identity policy": (
        identity_side(),
        f"{WHO} has no identity policy that allows anything; neither may it log in (ecr:GetAuthorizationToken)",
        MISSING_OWN,
    ),
    "only a deny of something else": (
        identity_side(deny(own(Action="s3:*"))),
        f"{WHO} has no identity policy that allows anything",
        MISSING_OWN,
    ),
    "nothing about registries": (
        identity_side(LOGIN, own("Storage", Action="s3:*", Resource="*")),
        f"no identity policy of {WHO} allows ecr:BatchGetImage (it has the {INLINE})",
        MISSING_OWN,
    ),
    "an action is missing": (
        identity_side(LOGIN, own(Action="ecr:BatchGet*")),
        f"statement Own of the {INLINE} lacks ecr:GetDownloadUrlForLayer",
        {**MISSING_OWN, "Action": ["ecr:GetDownloadUrlForLayer"]},
    ),
    "all actions but these": (
        identity_side(LOGIN, own(NotAction="ecr:*")),
        f"no identity policy of {WHO} allows ecr:BatchGetImage",
        MISSING_OWN,
    ),
    "another repository": (
        identity_side(LOGIN, own(Resource=[f"{ARN}-{one}" for one in range(5)])),
        f"statement Own of the {INLINE} is about other resources: {ARN}-0, {ARN}-1, {ARN}-2 and 2 more; asked for is {ARN}",
        MISSING_OWN,
    ),
    "a condition does not hold": (
        identity_side(LOGIN, own(Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}})),
        f"statement Own of the {INLINE} does not allow ecr:BatchGetImage: its condition StringEquals on aws:RequestedRegion wants "
        "us-east-1 and the request has eu-west-1",
        MISSING_OWN,
    ),
    "explicit deny": (
        identity_side(LOGIN, own(), deny(own())),
        f"statement Stop of the {INLINE} denies ecr:BatchGetImage explicitly",
        None,
    ),
    "no login": (
        identity_side(own()),
        f"no identity policy of {WHO} allows ecr:GetAuthorizationToken, so it cannot log in",
        MISSING_LOGIN,
    ),
    "login on a repository": (
        identity_side(own(), {**LOGIN, "Resource": ARN}),
        f"statement Login of the {INLINE} allows ecr:GetAuthorizationToken on single resources only; it has none, so it needs",
        MISSING_LOGIN,
    ),
    "login denied": (identity_side(LOGIN, own(), deny(LOGIN)), f"statement Stop of the {INLINE} denies ecr:GetAuthorizationToken", None),
    "boundary": (
        identity_side(LOGIN, own(), boundary=[LOGIN, own("Storage", Action="s3:*", Resource="*")]),
        f"the {LIMIT} does not allow ecr:BatchGetImage, whatever the identity policies of {WHO} allow",
        MISSING_OWN,
    ),
    "boundary that lacks an action": (
        identity_side(LOGIN, own(), boundary=[LOGIN, own("Limit", Action=PULL[:1], Resource="*")]),
        f"statement Limit of the {LIMIT} lacks ecr:GetDownloadUrlForLayer",
        {**MISSING_OWN, "Action": PULL[1:]},
    ),
    "boundary without the login": (
        identity_side(LOGIN, own(), boundary=[own()]),
        f"the {LIMIT} does not allow ecr:GetAuthorizationToken",
        MISSING_LOGIN,
    ),
    "boundary that denies": (
        identity_side(LOGIN, own(), boundary=[own("All", Action="*", Resource="*"), deny(own())]),
        f"statement Stop of the {LIMIT} denies ecr:BatchGetImage explicitly",
        None,
    ),
    "gone": (Unread(f"there is no role app in account {CONSUMER} (there is apps)", gone=True), "there is no role app in account", None),
}


def with_missing(known: Evidence, missing: Missing, principal: str = APP) -> Evidence:
    """The evidence after the missing statement was pasted where it belongs."""
    side: Any = known.registries[OWNER, "eu-west-1"]
    mine: Any = known.identities[principal]
    added = missing.statement
    if missing.policy_kind == "repository_policy":
        before = side.repositories[REPOSITORY]
        document = named(DOCUMENT, [*(before.policy.statements if before else ()), added])
        side = replace(side, repositories={**side.repositories, REPOSITORY: document})
    elif missing.policy_kind == "registry_policy":
        before = side.registry_policy
        side = replace(side, registry_policy=named("registry policy", [*(before.policy.statements if before else ()), added]))
    elif missing.policy_kind == "identity_policy":
        mine = replace(mine, identity=(*mine.identity, named("pasted", [added])))
    elif missing.policy_kind == "permissions_boundary":
        mine = replace(mine, boundary=named(LIMIT, [*mine.boundary.policy.statements, added]))
    elif missing.policy_kind == "session_policy":
        return replace(known, sessions={principal: (*known.sessions[principal], named("pasted", [added]))})
    else:
        return replace(known, organizations={CONSUMER: ((*known.organizations[CONSUMER][0], named("pasted", [added])),)})
    return replace(known, registries={(OWNER, "eu-west-1"): side}, identities={principal: mine})


def check(known: Evidence, reason: str, statement: Statement | None, place: tuple[str | None, str | None]) -> None:
    outcome, why, missing = told(question(), known)
    assert outcome == "denied"
    assert reason in why
    assert "  " not in why
    assert (missing.statement if missing else None) == statement
    if missing:
        assert (missing.account, missing.region) == place
        known = with_missing(known, missing)
        if "log in" in why and missing.statement != MISSING_LOGIN:
            _outcome, _why, missing = told(question(), known)
            assert missing is not None
            assert missing.statement == MISSING_LOGIN
            known = with_missing(known, missing)
        assert judge(question(), known).outcome == "allowed"


@pytest.mark.parametrize("case", REGISTRY_SIDE)
def test_what_the_registry_lacks(case: str) -> None:
    side, reason, statement = REGISTRY_SIDE[case]
    check(evidence(registry=side), reason, statement, (OWNER, "eu-west-1"))


@pytest.mark.parametrize("case", IDENTITY_SIDE)
def test_what_the_principal_lacks(case: str) -> None:
    side, reason, statement = IDENTITY_SIDE[case]
    check(evidence(identity=side), reason, statement, (CONSUMER, None))


def test_nothing_is_wrong_with_the_access_that_the_tables_start_from() -> None:
    assert told(question(), evidence()) == ("allowed", f"statement Pull of the {DOCUMENT} allows it", None)


EVERYTHING = {"Sid": "FullAccess", "Effect": "Allow", "Action": "*", "Resource": "*"}


def test_session_policy() -> None:
    known = evidence(sessions={APP: (named("session policy of ci", [LOGIN]),)})
    check(known, "the session policy of ci does not allow ecr:BatchGetImage", MISSING_OWN, (CONSUMER, None))
    known = evidence(sessions={APP: (named("session policy of ci", [EVERYTHING, deny(own())]),)})
    check(known, "statement Stop of the session policy of ci denies", None, (None, None))


def test_service_control_policy() -> None:
    known = evidence(organizations={CONSUMER: ((named("SCP root", [LOGIN]),),)})
    check(known, "the SCP root does not allow ecr:BatchGetImage", MISSING_OWN, (None, None))
    known = evidence(organizations={CONSUMER: ((named("SCP root", [EVERYTHING]),), (named("SCP unit", [LOGIN]),))})
    outcome, why, missing = told(question(), known)
    assert (outcome, missing and missing.document) == ("denied", "SCP unit")
    assert "the SCP unit does not allow" in why
    known = evidence(organizations={CONSUMER: ((named("SCP root", [EVERYTHING, deny(own())]),),)})
    check(known, "statement Stop of the SCP root denies", None, (None, None))


def test_what_else_stands_in_the_way() -> None:
    _outcome, why, _missing = told(question(), evidence(identity_side(), registry_side()))
    assert why.endswith("; the registry's side does not allow it either; neither may it log in (ecr:GetAuthorizationToken)")
    _outcome, why, _missing = told(
        question(), evidence(identity_side(LOGIN), registry_side(registry=[pull(Resource="*")], only=V1_ACTIONS))
    )
    assert why.endswith("; the registry's side does not allow it either")


def test_other_partition() -> None:
    cn = Registry(OWNER, "cn-north-1")
    outcome, why, missing = told(question(registry=cn), Evidence())
    assert (outcome, missing) == ("denied", None)
    assert f"{APP} is in the partition aws and the registry in aws-cn" in why


@pytest.mark.parametrize(
    ("principal", "statement"),
    [
        (CONSUMER, {**MISSING_PULL, "Sid": f"PullFor{CONSUMER}", "Principal": {"AWS": CONSUMER}}),
        (
            f"lambda.amazonaws.com/{CONSUMER}",
            {
                "Sid": f"PullForLambda{CONSUMER}",
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": PULL,
                "Condition": {"StringLike": {"aws:SourceArn": f"arn:aws:lambda:eu-west-1:{CONSUMER}:function:*"}},
            },
        ),
        (
            f"codebuild.amazonaws.com/{CONSUMER}",
            {
                "Sid": f"PullForCodebuild{CONSUMER}",
                "Effect": "Allow",
                "Principal": {"Service": "codebuild.amazonaws.com"},
                "Action": PULL,
                "Condition": {"StringEquals": {"aws:SourceAccount": CONSUMER}},
            },
        ),
    ],
)
def test_accounts_and_services(principal: str, statement: Statement) -> None:
    known = Evidence({}, {(OWNER, "eu-west-1"): registry_side()})
    outcome, _why, missing = told(question(principal), known)
    assert outcome == "denied"
    assert missing is not None
    assert missing.statement == statement
    pasted = Evidence({}, {(OWNER, "eu-west-1"): registry_side(missing.statement)})
    assert judge(question(principal), pasted).outcome == "allowed"


def test_session_of_a_role_gets_a_statement_for_the_role() -> None:
    session = f"arn:aws:sts::{CONSUMER}:assumed-role/app/ci"
    side = identity_side(LOGIN, own())
    known = evidence(replace(side, caller=replace(side.caller, session=session)), registry_side(), principal=session)
    _outcome, _why, missing = told(question(session), known)
    assert missing is not None
    assert missing.statement == MISSING_PULL


# -- what is not known -------------------------------------------------------------------------------------------------

UNREAD = Unread("the policies of X")


def test_what_was_not_read_is_unknown_and_named() -> None:
    for known in (evidence(identity=UNREAD), evidence(registry=UNREAD)):
        assert told(question(), known) == ("unknown", "not known: the policies of X", None)
    assert told(question(), Evidence())[:2] == (
        "unknown",
        f"not known: the policies of {APP}, the policies of the registry of {OWNER} in eu-west-1",
    )


def test_a_certain_denial_of_the_side_that_was_read_is_one() -> None:
    check_registry = told(question(), evidence(UNREAD, registry_side()))
    assert check_registry[0] == "denied"
    assert check_registry[2] is not None
    assert told(question(), evidence(UNREAD, registry_side(pull(), deny(pull()))))[0] == "denied"
    assert told(question(), evidence(identity_side(LOGIN), UNREAD))[0] == "denied"
    assert told(question(), evidence(identity_side(own()), UNREAD))[0] == "denied"


def test_parts_that_were_not_read() -> None:
    side = registry_side(pull(), unread={"": ("the registry policy (refused)",)})
    assert told(question(), evidence(registry=side))[:2] == ("unknown", "not known: the registry policy (refused)")
    side = registry_side(pull(), deny(pull()), unread={"": ("the registry policy (refused)",)})
    assert told(question(), evidence(registry=side))[0] == "denied"
    mine = identity_side(LOGIN, own(), unread=("the managed policy x (refused)",))
    assert told(question(), evidence(mine))[:2] == ("unknown", "not known: the managed policy x (refused)")
    # What was not read on one side does not make the other side's silence less certain.
    assert told(question(), evidence(mine, registry_side()))[0] == "denied"


def test_keys_that_nobody_knows() -> None:
    known = evidence(registry=registry_side(pull(Condition=OTHERS)))
    assert told(question(), known)[:2] == (
        "unknown",
        f"it depends on aws:sourcevpce in statement Pull of the {DOCUMENT}; give the value in 'context'",
    )
    assert told(question(), replace(known, context={"aws:SourceVpce": "vpce-1"}))[0] == "allowed"
    outcome, why, _missing = told(question(), replace(known, context={"aws:SourceVpce": "vpce-2"}))
    assert outcome == "denied"
    assert "its condition StringEquals on aws:SourceVpce wants vpce-1 and the request has vpce-2" in why
    session = registry_side(pull(principal=f"arn:aws:sts::{CONSUMER}:assumed-role/app/ci"))
    assert told(question(), evidence(registry=session))[1] == "it depends on the name of the session; ask about the ARN of the session"


def test_tags_of_the_repository() -> None:
    tagged = {"StringEquals": {"aws:ResourceTag/team": "payments"}}
    mine = identity_side(LOGIN, own(Resource="*", Condition=tagged))
    assert told(question(), evidence(mine))[0] == "unknown"
    for tags, outcome in (({"team": "payments"}, "allowed"), ({"team": "x"}, "denied"), ({}, "denied")):
        assert told(question(), evidence(mine, registry_side(pull(), tags={REPOSITORY: tags})))[0] == outcome


# -- the account of the registry, and other access levels -----------------------------------------------------------------


def test_inside_an_account_either_side_is_enough() -> None:
    mine = f"arn:aws:iam::{OWNER}:role/app"
    full = identity_side(LOGIN, own(), arn=mine)
    assert told(question(mine), evidence(full, registry_side(), mine))[0] == "allowed"
    assert told(question(mine), evidence(identity_side(LOGIN, arn=mine), registry_side(pull(principal=mine)), mine))[0] == "allowed"
    outcome, why, missing = told(question(mine), evidence(identity_side(LOGIN, arn=mine), registry_side(), mine))
    assert (outcome, missing and missing.policy_kind) == ("denied", "identity_policy")
    assert f"no identity policy of role app of account {OWNER} allows ecr:BatchGetImage" in why
    assert told(question(OWNER), Evidence({}, {(OWNER, "eu-west-1"): registry_side()}))[:2] == (
        "allowed",
        f"account {OWNER} may do everything in its own account",
    )


def test_replication_needs_the_registry_policy_only() -> None:
    known = Evidence({}, {(OWNER, "eu-west-1"): registry_side(repositories={})})
    outcome, why, missing = told(question(CONSUMER, "replicate"), known)
    assert outcome == "denied"
    assert why.startswith(f"the registry of {OWNER} in eu-west-1 has no policy")
    assert missing is not None
    assert (missing.policy_kind, missing.document) == ("registry_policy", f"registry policy of {OWNER} in eu-west-1")
    side = registry_side(repositories={}, registry=[missing.statement], only=V1_ACTIONS)
    assert judge(question(CONSUMER, "replicate"), Evidence({}, {(OWNER, "eu-west-1"): side})).outcome == "allowed"


def test_undeclared_access_that_is_allowed() -> None:
    asked = question(expected="denied", undeclared=True)
    assert told(asked, evidence())[1] == f"statement Pull of the {DOCUMENT} allows it, but no grant declares it"


# -- with grants -------------------------------------------------------------------------------------------------------

ACCESS_LEVELS = ("pull", "push", "pull_push", "scan", "cache")


@pytest.mark.parametrize("scope", ["repository", "registry"])
@pytest.mark.parametrize("level", ACCESS_LEVELS)
@pytest.mark.parametrize("selector", ["payments/*", "tag:team=payments"])
@pytest.mark.parametrize("principals_as", ["arn", "condition"])
def test_a_statement_that_was_removed_is_named(scope: str, level: str, selector: str, principals_as: str) -> None:
    """Each statement that a grant compiles to is found, whatever else is there, and is exactly what is missing."""
    to = {"account": CONSUMER, "roles": ["team/app"]}
    grants = read_grants([
        grant("runtime", level, to, repositories=[selector], scope=scope, principals_as=principals_as),
        grant("another", "pull", {"account": OTHER}),
    ])  # fmt: skip
    theirs = [one for each in grants for one in registry_statements(each, "eu-west-1", each.scope)]
    mine = identity_statements(grants, CONSUMER, "role", "app")
    asked = question(access=level, grant="runtime")

    def known(less: Statement | None = None) -> Evidence:
        # Both sides of a grant share a Sid, so statements are told apart by what they are.
        registry, identity = ([one for one in place if one is not less] for place in (theirs, mine))
        inside, whole = ([one for one in registry if ("Resource" in one) is wanted] for wanted in (False, True))
        side = registry_side(*inside, registry=whole, tags={REPOSITORY: {"team": "payments"}})
        return evidence(identity_side(*identity), side)

    assert told(asked, known(), grants=grants)[0] == "allowed"
    for statement in [*theirs, *mine]:
        if statement["Sid"].startswith("CrossaccountRegistryAnother"):
            continue
        outcome, why, missing = told(asked, known(less=statement), grants=grants)
        assert outcome == "denied"
        assert missing is not None
        assert missing.statement == statement
        who = "the grants" if statement["Sid"] == LOGIN_SID else "grant runtime"
        assert f"statement {statement['Sid']} of {who} is missing there" in why


def test_a_statement_that_was_changed_is_named() -> None:
    grants = read_grants([grant("runtime", "pull", {"account": CONSUMER, "roles": ["team/app"]})])
    (statement,) = registry_statements(grants[0], "eu-west-1", "repository")
    known = evidence(registry=registry_side({**statement, "Action": ["ecr:BatchGetImage"]}))
    _outcome, why, missing = told(question(grant="runtime"), known, grants=grants)
    assert missing is not None
    assert missing.statement == statement
    assert why.endswith("statement CrossaccountRegistryRuntimePull of grant runtime is there, but does not say what the grant says")


def test_no_statement_is_named_that_would_not_count() -> None:
    """In scope V1 the statement of a grant to the registry policy does not help."""
    to = {"account": CONSUMER, "roles": ["team/app"]}
    grants = read_grants([grant("a", "pull", to, scope="registry"), grant("b", "pull", to)])
    for scope, kind, named_by in (("V1", "repository_policy", 1), ("V2", "registry_policy", 0)):
        known = evidence(registry=registry_side(scope=scope))
        _outcome, _why, missing = told(question(), known, grants=grants)
        assert missing is not None
        assert missing.policy_kind == kind
        assert [missing.statement] == registry_statements(grants[named_by], "eu-west-1", grants[named_by].scope)


def test_lambda_needs_both_of_its_statements() -> None:
    grants = read_grants([grant("functions", "pull", {"account": CONSUMER, "service": "lambda"})])
    account, service = registry_statements(grants[0], "eu-west-1", "repository")
    for principal, needed, other in ((CONSUMER, account, service), (f"lambda.amazonaws.com/{CONSUMER}", service, account)):
        known = Evidence({}, {(OWNER, "eu-west-1"): registry_side(other)})
        _outcome, _why, missing = told(question(principal), known, grants=grants)
        assert missing is not None
        assert missing.statement == needed


def test_an_explanation_without_a_statement_has_none() -> None:
    assert Explanation("why").missing is None
