# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions: tables drawn from AWS's documented rules. Each names the page of the IAM User Guide, or the guide, that it is from.

A decision is written as one text: outcome, layer, and the Sid of the statement that decides; C(!) before the Sid of a Deny, and
C(?) before each thing that is not known.
"""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import parse
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.evaluation import Decision, Named, Policies, decide
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.request import Caller, Context, Request, context_of

OWNER, OTHER = "111122223333", "444455556666"
PULL, PUSH = "ecr:BatchGetImage", "ecr:PutImage"
REPOSITORY = f"arn:aws:ecr:eu-west-1:{OWNER}:repository/base/python"


def role(account: str, name: str = "puller", session: str | None = "s1") -> Caller:
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/{session}" if session else None
    return Caller(f"arn:aws:iam::{account}:role/team/{name}", account, "role", arn, "AROAEXAMPLEROLE00001")


def user(account: str) -> Caller:
    return Caller(f"arn:aws:iam::{account}:user/ann", account, "user", None, "AIDAEXAMPLEUSER00001")


def federated_user(account: str) -> Caller:
    return Caller(f"arn:aws:iam::{account}:user/ann", account, "user", f"arn:aws:sts::{account}:federated-user/ann")


def root(account: str) -> Caller:
    return Caller(f"arn:aws:iam::{account}:root", account, "root")


def service(name: str = "lambda.amazonaws.com") -> Caller:
    return Caller(name, None, "service")


OIDC = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"
PROVIDER = f"arn:aws:iam::{OWNER}:oidc-provider/{OIDC}"
FEDERATED = Caller(PROVIDER, None, "federated")


def allow(sid: str = "A", **elements: Any) -> dict[str, Any]:
    plain = {} if "NotAction" in elements else {"Action": PULL}
    return {"Sid": sid, "Effect": "Allow", **plain, **({} if "NotResource" in elements else {"Resource": "*"}), **elements}


def deny(sid: str = "D", **elements: Any) -> dict[str, Any]:
    return {**allow(sid, **elements), "Effect": "Deny"}


def document(name: str, *statements: dict[str, Any], version: str = "2012-10-17", only: tuple[str, ...] | None = None) -> Named:
    return Named(name, parse({"Version": version, "Statement": list(statements)}), only)


Statements = list[dict[str, Any]]


def policies(
    identity: Statements | None = None,
    resource: Statements | None = None,
    boundary: Statements | None = None,
    session: Statements | None = None,
    organization: list[Statements] | None = None,
) -> Policies:
    levels = None if organization is None else tuple((document(f"scp {at}", *one),) for at, one in enumerate(organization))
    return Policies(
        identity=(document("identity", *(identity or [])),),
        resource=(document("resource", *(resource or [])),),
        boundary=None if boundary is None else document("boundary", *boundary),
        session=None if session is None else (document("session", *session),),
        organization=levels,
    )


def told(decision: Decision) -> str:
    statement = f" {'!' if decision.explicit else ''}{decision.statement}" if decision.statement else ""
    return f"{decision.outcome} {decision.layer}{statement}" + "".join(f" ?{one}" for one in decision.missing)


def asked(
    caller: Caller, given: Policies, context: dict[str, Any] | None = None, action: str = PULL, resource: str = REPOSITORY, **more: Any
) -> str:
    owner = more.pop("owner", OWNER)
    known = context_of(caller, action, resource, owner, known=context)
    return told(decide(Request(caller, action, resource, owner, known, **more), given))


ROLE, USER, FOREIGN, FOREIGN_USER = role(OWNER), user(OWNER), role(OTHER), user(OTHER)
TO_ALL = {"Principal": "*"}


def to(*principals: str | None) -> dict[str, Any]:
    return {"Principal": {"AWS": list(principals)}}


def but(*principals: str | None) -> dict[str, Any]:
    return {"NotPrincipal": {"AWS": list(principals)}}


# -- one account: reference_policies_evaluation-logic_policy-eval-basics-single-account.html --------------------------

ONE_ACCOUNT = [
    # Identity and resource policies: a union
    (ROLE, policies(), "denied identity"),
    (ROLE, policies([allow()]), "allowed identity A"),
    (USER, policies([allow()]), "allowed identity A"),
    (ROLE, policies([allow(Action=PUSH)]), "denied identity"),
    (ROLE, policies([allow(Resource="arn:aws:ecr:eu-west-1:111122223333:repository/other")]), "denied identity"),
    (ROLE, policies([], [allow(**to(ROLE.arn))]), "allowed resource A"),
    (USER, policies([], [allow(**to(USER.arn))]), "allowed resource A"),
    (ROLE, policies([], [allow(**to(ROLE.session))]), "allowed resource A"),
    (ROLE, policies([], [allow(**TO_ALL)]), "allowed resource A"),
    (ROLE, policies([], [allow(**to(ROLE.unique_id))]), "allowed resource A"),
    (ROLE, policies([allow("I")], [allow("R", **to(ROLE.arn))]), "allowed resource R"),
    # An account as principal leaves the decision to the account's identity policies
    (ROLE, policies([], [allow(**to(OWNER))]), "denied identity"),
    (ROLE, policies([], [allow(**to(f"arn:aws:iam::{OWNER}:root"))]), "denied identity"),
    (USER, policies([], [allow(**to(OWNER))]), "denied identity"),
    (ROLE, policies([allow("I")], [allow("R", **to(OWNER))]), "allowed identity I"),
    (ROLE, policies([], [allow(**to(OTHER))]), "denied identity"),
    (ROLE, policies([], [allow(**to(role(OWNER, "other").arn))]), "denied identity"),
    (ROLE, policies([], [allow(**to(role(OWNER, "puller", "s2").session))]), "denied identity"),
    (USER, policies([], [allow(**to(ROLE.arn, ROLE.session))]), "denied identity"),
    (ROLE, policies([], [allow(Principal={"Service": "lambda.amazonaws.com"})]), "denied identity"),
    # A resource policy's statement without a principal is about nobody
    (ROLE, policies([], [allow()]), "denied identity"),
    (ROLE, policies([allow()], [deny()]), "allowed identity A"),
    (ROLE, policies([], [allow(Principal={"AWS": []})]), "denied identity"),
    # Permissions boundary: an intersection with identity policies
    (ROLE, policies([allow("I")], boundary=[allow("B")]), "allowed identity I"),
    (ROLE, policies([allow("I")], boundary=[]), "denied boundary"),
    (USER, policies([allow("I")], boundary=[allow(Action=PUSH)]), "denied boundary"),
    (USER, policies([], boundary=[allow("B")]), "denied identity"),
    (USER, policies([], boundary=[]), "denied identity"),
    # Session policy: an intersection with identity policies
    (ROLE, policies([allow("I")], session=[allow("S")]), "allowed identity I"),
    (ROLE, policies([allow("I")], session=[]), "denied session"),
    (ROLE, policies([], session=[allow("S")]), "denied identity"),
    (ROLE, policies([allow("I")], boundary=[allow("B")], session=[allow("S")]), "allowed identity I"),
    (ROLE, policies([allow("I")], boundary=[allow("B")], session=[]), "denied session"),
    (ROLE, policies([allow("I")], boundary=[], session=[allow("S")]), "denied boundary"),
    (ROLE, policies([allow("I")], boundary=[], session=[]), "denied boundary"),
    # The account's root is limited by none of its identity policies; a resource policy may only deny it
    (root(OWNER), policies(), "allowed identity"),
    (root(OWNER), policies([], [allow(**to(OTHER))]), "allowed identity"),
    (root(OWNER), policies([], [allow(**to(OWNER))]), "allowed resource A"),
    (root(OWNER), policies([], [deny(**to(OWNER))]), "denied resource !D"),
    (root(OWNER), policies([], [deny(**to(ROLE.arn))]), "allowed identity"),
]


@pytest.mark.parametrize(("caller", "given", "expected"), ONE_ACCOUNT)
def test_one_account(caller: Caller, given: Policies, expected: str) -> None:
    assert asked(caller, given) == expected


# -- which principals a boundary and a session policy limit ------------------------------------------------------------
# access_policies_boundaries.html#access_policies_boundaries-eval-logic, and the table of implicit denies in
# reference_policies_evaluation-logic_policy-eval-denyallow.html

NOTHING: Statements = []
LIMITS = [
    # A role's ARN as principal: limited by both
    (ROLE, to(ROLE.arn), {"boundary": NOTHING}, "denied boundary"),
    (ROLE, to(ROLE.arn), {"session": NOTHING}, "denied session"),
    (ROLE, to(ROLE.arn), {"boundary": NOTHING, "session": NOTHING}, "denied boundary"),
    (ROLE, to(ROLE.arn), {"boundary": [allow()], "session": [allow()]}, "allowed resource R"),
    (ROLE, to(ROLE.unique_id), {"boundary": NOTHING}, "denied boundary"),
    # The session's ARN as principal: limited by neither
    (ROLE, to(ROLE.session), {"boundary": NOTHING}, "allowed resource R"),
    (ROLE, to(ROLE.session), {"session": NOTHING}, "allowed resource R"),
    (ROLE, to(ROLE.arn, ROLE.session), {"boundary": NOTHING, "session": NOTHING}, "allowed resource R"),
    # Everybody as principal, also with a condition on aws:PrincipalArn: limited by neither
    (ROLE, TO_ALL, {"boundary": NOTHING}, "allowed resource R"),
    (ROLE, TO_ALL, {"session": NOTHING}, "allowed resource R"),
    (ROLE, {**TO_ALL, "Condition": {"ArnEquals": {"aws:PrincipalArn": ROLE.arn}}}, {"boundary": NOTHING}, "allowed resource R"),
    # A user's ARN as principal: not limited by its boundary
    (USER, to(USER.arn), {"boundary": NOTHING}, "allowed resource R"),
    (USER, TO_ALL, {"boundary": NOTHING}, "allowed resource R"),
    (USER, to(OWNER), {"boundary": NOTHING}, "denied identity"),
    # A federated user's session: its user's ARN as principal is limited by both, the session's ARN by neither
    (federated_user(OWNER), to(USER.arn), {"session": NOTHING}, "denied session"),
    (federated_user(OWNER), to(USER.arn), {"boundary": NOTHING}, "denied boundary"),
    (federated_user(OWNER), to(USER.arn), {"session": [allow()]}, "allowed resource R"),
    (federated_user(OWNER), to(federated_user(OWNER).session), {"boundary": NOTHING, "session": NOTHING}, "allowed resource R"),
    # An explicit deny limits everybody
    (ROLE, to(ROLE.session), {"boundary": [deny()]}, "denied boundary !D"),
    (ROLE, TO_ALL, {"session": [deny()]}, "denied session !D"),
    (USER, to(USER.arn), {"boundary": [deny()]}, "denied boundary !D"),
    (USER, to(USER.arn), {"identity": [deny()]}, "denied identity !D"),
    # Across accounts both limit whatever the resource policy names
    (FOREIGN, to(FOREIGN.session), {"identity": [allow()], "boundary": NOTHING}, "denied boundary"),
    (FOREIGN, TO_ALL, {"identity": [allow()], "session": NOTHING}, "denied session"),
    (FOREIGN_USER, to(FOREIGN_USER.arn), {"identity": [allow()], "boundary": NOTHING}, "denied boundary"),
]


@pytest.mark.parametrize(("caller", "principal", "given", "expected"), LIMITS)
def test_what_limits_a_resource_policy(caller: Caller, principal: dict[str, Any], given: dict[str, Any], expected: str) -> None:
    assert asked(caller, policies(resource=[allow("R", **principal)], **given)) == expected


# -- two accounts: reference_policies_evaluation-logic-cross-account.html ----------------------------------------------

BOTH = [
    (FOREIGN, [], [], "denied identity"),
    (FOREIGN, [allow("I")], [], "denied resource"),
    (FOREIGN, [], [allow("R", **to(FOREIGN.arn))], "denied identity"),
    (FOREIGN, [], [allow("R", **to(FOREIGN.session))], "denied identity"),
    (FOREIGN, [], [allow("R", **TO_ALL)], "denied identity"),
    (FOREIGN_USER, [], [allow("R", **to(FOREIGN_USER.arn))], "denied identity"),
    (FOREIGN, [allow("I")], [allow("R", **to(FOREIGN.arn))], "allowed resource R"),
    (FOREIGN, [allow("I")], [allow("R", **to(FOREIGN.session))], "allowed resource R"),
    (FOREIGN, [allow("I")], [allow("R", **to(OTHER))], "allowed resource R"),
    (FOREIGN, [allow("I")], [allow("R", **to(f"arn:aws:iam::{OTHER}:root"))], "allowed resource R"),
    (FOREIGN, [allow("I")], [allow("R", **TO_ALL)], "allowed resource R"),
    (FOREIGN_USER, [allow("I")], [allow("R", **to(FOREIGN_USER.arn))], "allowed resource R"),
    (FOREIGN_USER, [allow("I")], [allow("R", **to(OTHER))], "allowed resource R"),
    (FOREIGN, [allow("I")], [allow("R", **to(OWNER))], "denied resource"),
    (FOREIGN, [allow("I")], [allow("R", **to(role(OTHER, "other").arn))], "denied resource"),
    (FOREIGN, [allow("I")], [allow("R", **to(role(OWNER).arn))], "denied resource"),
    (FOREIGN, [allow("I")], [allow("R", Action=PUSH, **to(OTHER))], "denied resource"),
    (FOREIGN, [allow("I", Action=PUSH)], [allow("R", **to(OTHER))], "denied identity"),
    (FOREIGN, [allow("I")], [allow("R", **to("AROAOTHERROLE0000001"))], "denied resource"),
    (root(OTHER), [], [allow("R", **to(OTHER))], "allowed resource R"),
    (root(OTHER), [], [allow("R", **TO_ALL)], "allowed resource R"),
    (root(OTHER), [], [], "denied resource"),
    (root(OTHER), [], [allow("R", **to(FOREIGN.arn))], "denied resource"),
    # The statement that names the caller best is the one that is named
    (FOREIGN, [allow("I")], [allow("A", **to(OTHER)), allow("B", **to(FOREIGN.arn))], "allowed resource B"),
    (FOREIGN, [allow("I")], [allow("A", **to(OTHER)), allow("B", **to(FOREIGN.arn)), allow("C", **TO_ALL)], "allowed resource C"),
    (FOREIGN, [allow("I")], [allow("B", **to(OTHER)), allow("A", **to(OTHER))], "allowed resource A"),
]


@pytest.mark.parametrize(("caller", "identity", "resource", "expected"), BOTH)
def test_two_accounts(caller: Caller, identity: Statements, resource: Statements, expected: str) -> None:
    assert asked(caller, policies(identity, resource)) == expected


# -- an explicit deny: reference_policies_evaluation-logic_policy-eval-denyallow.html ----------------------------------

LAYERS = ["organization", "resource", "identity", "boundary", "session"]


def everything(principal: dict[str, Any], **more: Any) -> dict[str, Any]:
    full: dict[str, Any] = {"identity": [allow()], "resource": [allow(**principal)], "boundary": [allow()], "session": [allow()]}
    return {**full, "organization": [[allow()], [allow()]], **more}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("caller", [ROLE, USER, FOREIGN, FOREIGN_USER, federated_user(OWNER), root(OWNER), root(OTHER)])
def test_a_deny_anywhere_wins(caller: Caller, layer: str) -> None:
    given = everything(TO_ALL)
    assert asked(caller, policies(**given)).startswith("allowed ")
    levels = given[layer] if layer != "organization" else given[layer][1]
    levels.append(deny(**(TO_ALL if layer == "resource" else {})))
    assert asked(caller, policies(**given)) == f"denied {layer} !D"


@pytest.mark.parametrize("count", range(1, len(LAYERS)))
def test_the_first_layer_that_denies_is_named(count: int) -> None:
    given: dict[str, Any] = {layer: [deny(**TO_ALL)] for layer in LAYERS[count:]}
    given["organization"] = None
    assert asked(ROLE, policies(**given)) == f"denied {LAYERS[count]} !D"


DENIED = [
    (ROLE, to(ROLE.arn), True),
    (ROLE, to(ROLE.session), True),
    (ROLE, to(OWNER), True),
    (ROLE, TO_ALL, True),
    (ROLE, to(ROLE.unique_id), True),
    (ROLE, to(OTHER), False),
    (ROLE, to(role(OWNER, "other").arn), False),
    (ROLE, to(role(OWNER, "puller", "s2").session), False),
    (USER, to(USER.arn), True),
    (USER, to(OWNER), True),
    (USER, to(ROLE.arn), False),
    # reference_policies_elements_notprincipal.html: spared is only who is named with its account, and for a role with its session
    (USER, but(USER.arn, OWNER), False),
    (USER, but(USER.arn), True),
    (USER, but(OWNER), True),
    (ROLE, but(OWNER, ROLE.arn, ROLE.session), False),
    (ROLE, but(f"arn:aws:iam::{OWNER}:root", ROLE.arn, ROLE.session), False),
    (ROLE, but(OWNER, ROLE.unique_id, ROLE.session), False),
    (ROLE, but(OWNER, ROLE.arn), True),
    (ROLE, but(ROLE.arn, ROLE.session), True),
    (ROLE, but(OWNER, ROLE.session), True),
    (ROLE, but(OWNER, ROLE.arn, role(OWNER, "puller", "s2").session), True),
    (ROLE, but(OTHER), True),
    (ROLE, {"NotPrincipal": {"Service": "lambda.amazonaws.com"}}, True),
    (root(OWNER), but(OWNER), False),
    (root(OWNER), but(OTHER), True),
    (federated_user(OWNER), but(OWNER, USER.arn, federated_user(OWNER).session), False),
    (federated_user(OWNER), but(OWNER, USER.arn), True),
]


@pytest.mark.parametrize(("caller", "principal", "denied"), DENIED)
def test_whom_a_deny_names(caller: Caller, principal: dict[str, Any], denied: bool) -> None:
    expected = "denied resource !D" if denied else "allowed identity" if caller.kind == "root" else "allowed identity A"
    assert asked(caller, policies([allow()], [deny(**principal)])) == expected


# reference_policies_elements_notprincipal.html: "always deny any IAM principal that has a permissions boundary policy attached"
@pytest.mark.parametrize(
    ("caller", "names"), [(USER, (USER.arn, OWNER)), (ROLE, (OWNER, ROLE.arn, ROLE.session)), (FOREIGN_USER, (FOREIGN_USER.arn, OTHER))]
)
def test_not_principal_spares_nobody_with_a_boundary(caller: Caller, names: tuple[str, ...]) -> None:
    given = {"identity": [allow()], "resource": [allow(**TO_ALL), deny(**but(*names))]}
    assert asked(caller, policies(**given)) == "allowed resource A"
    assert asked(caller, policies(**given, boundary=[allow()])) == "denied resource !D"


ALLOWED_BUT = [
    (ROLE, but(OTHER), "allowed resource R"),
    (ROLE, but(ROLE.arn), "denied identity"),
    (ROLE, but(ROLE.session), "denied identity"),
    (ROLE, but(OWNER), "denied identity"),
    (ROLE, but(ROLE.unique_id), "denied identity"),
    (USER, but(ROLE.arn), "allowed resource R"),
    (root(OWNER), but(OWNER), "allowed identity"),
    (service(), but(OWNER), "allowed resource R"),
    (service(), {"NotPrincipal": {"Service": "lambda.amazonaws.com"}}, "denied resource"),
]


@pytest.mark.parametrize(("caller", "principal", "expected"), ALLOWED_BUT)
def test_allow_with_not_principal(caller: Caller, principal: dict[str, Any], expected: str) -> None:
    assert asked(caller, policies([], [allow("R", **principal)])) == expected


# -- service control policies: Organizations User Guide, orgs_manage_policies_scps_evaluation.html ----------------------

FULL = allow("FullAWSAccess", Action="*")
SCPS = [
    (ROLE, None, "allowed identity A"),
    (ROLE, [], "allowed identity A"),
    (ROLE, [[FULL]], "allowed identity A"),
    (ROLE, [[FULL], [FULL], [FULL]], "allowed identity A"),
    (ROLE, [[FULL], [FULL], []], "denied organization"),
    (ROLE, [[], [FULL], [FULL]], "denied organization"),
    (ROLE, [[FULL], [], [FULL]], "denied organization"),
    (ROLE, [[FULL], [allow(Action="ecr:*")], [allow(Action="ecr:Batch*")]], "allowed identity A"),
    (ROLE, [[FULL], [allow(Action="ecr:*")], [allow(Action="s3:*")]], "denied organization"),
    (ROLE, [[FULL], [FULL, deny("NoPull")], [FULL]], "denied organization !NoPull"),
    (ROLE, [[FULL], [deny("NoPush", Action=PUSH), FULL]], "allowed identity A"),
    (
        ROLE,
        [[deny("Regions", Action="*", Condition={"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}), FULL]],
        "denied organization !Regions",
    ),
    (
        ROLE,
        [[deny("Regions", Action="*", Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}), FULL]],
        "allowed identity A",
    ),
    (USER, [[FULL], []], "denied organization"),
    (root(OWNER), [[FULL]], "allowed identity"),
    (root(OWNER), [[FULL], []], "denied organization"),
    (
        root(OWNER),
        [[FULL, deny("NoRoot", Condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}})]],
        "denied organization !NoRoot",
    ),
]


@pytest.mark.parametrize(("caller", "levels", "expected"), SCPS)
def test_service_control_policies(caller: Caller, levels: list[Statements] | None, expected: str) -> None:
    assert asked(caller, policies([allow()], organization=levels)) == expected


@pytest.mark.parametrize("caller", [ROLE, USER, FOREIGN, FOREIGN_USER])
def test_a_resource_policy_does_not_help_against_a_service_control_policy(caller: Caller) -> None:
    assert asked(caller, policies([allow()], [allow(**TO_ALL)], organization=[[FULL], []])) == "denied organization"


@pytest.mark.parametrize("levels", [[[]], [[deny(Action="*")]]])
@pytest.mark.parametrize("caller", [service(), FEDERATED])
def test_service_control_policies_are_not_for_those_outside_of_accounts(caller: Caller, levels: list[Statements]) -> None:
    given = policies([deny()], [allow("R", **TO_ALL)], boundary=[deny()], session=[deny()], organization=levels)
    assert asked(caller, given) == "allowed resource R"


# -- services: reference_policies_elements_principal.html#principal-services; Lambda Developer Guide, images across accounts --

LAMBDA = {"Principal": {"Service": "lambda.amazonaws.com"}}
FUNCTION = {"StringLike": {"aws:sourceARN": f"arn:aws:lambda:eu-west-1:{OTHER}:function:*"}}
SERVICES = [
    (service(), [allow("R", **LAMBDA)], {}, "allowed resource R"),
    (service(), [], {}, "denied resource"),
    (service("codebuild.amazonaws.com"), [allow("R", **LAMBDA)], {}, "denied resource"),
    (service(), [allow("R", **to(OTHER))], {}, "denied resource"),
    (service(), [allow("R", **LAMBDA), deny(**TO_ALL)], {}, "denied resource !D"),
    (service(), [allow("R", **LAMBDA), deny(**but(OTHER))], {}, "denied resource !D"),
    (service(), [allow("R", **LAMBDA), deny(NotPrincipal=LAMBDA["Principal"])], {}, "allowed resource R"),
    (
        service(),
        [allow("R", **LAMBDA, Condition=FUNCTION)],
        {"aws:SourceArn": f"arn:aws:lambda:eu-west-1:{OTHER}:function:pull"},
        "allowed resource R",
    ),
    (
        service(),
        [allow("R", **LAMBDA, Condition=FUNCTION)],
        {"aws:SourceArn": f"arn:aws:lambda:eu-west-1:{OWNER}:function:pull"},
        "denied resource",
    ),
    (service(), [allow("R", **LAMBDA, Condition=FUNCTION)], {}, "unknown resource R ?aws:sourcearn"),
    (
        service(),
        [allow("R", **LAMBDA, Condition={"StringEquals": {"aws:SourceAccount": OTHER}})],
        {"aws:SourceAccount": OTHER},
        "allowed resource R",
    ),
    (
        service(),
        [allow("R", **LAMBDA, Condition={"StringEquals": {"aws:SourceAccount": OTHER}})],
        {"aws:SourceAccount": OWNER},
        "denied resource",
    ),
    (
        service(),
        [allow("R", **LAMBDA, Condition={"StringEquals": {"aws:SourceAccount": OTHER}})],
        {},
        "unknown resource R ?aws:sourceaccount",
    ),
    # aws:PrincipalOrgID is no key of services
    (service(), [allow("R", **TO_ALL, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3"}})], {}, "denied resource"),
    (
        service(),
        [allow("R", **LAMBDA), deny(**TO_ALL, Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3"}})],
        {},
        "denied resource !D",
    ),
    (
        service(),
        [
            allow("R", **LAMBDA),
            deny(
                **TO_ALL,
                Condition={
                    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3"},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                },
            ),
        ],
        {},
        "allowed resource R",
    ),
]


@pytest.mark.parametrize(("caller", "resource", "context", "expected"), SERVICES)
def test_services(caller: Caller, resource: Statements, context: dict[str, Any], expected: str) -> None:
    assert asked(caller, policies([allow("I")], resource), context) == expected


# -- NotAction, NotResource, wildcards: reference_policies_elements_notaction.html, _notresource.html, _resource.html ----

ELEMENTS = [
    ({"Action": "ecr:BatchGetImage"}, True),
    ({"Action": "ECR:batchgetimage"}, True),
    ({"Action": "ecr:*"}, True),
    ({"Action": "ecr:Batch*"}, True),
    ({"Action": "ecr:*Image"}, True),
    ({"Action": "ecr:BatchGetImag?"}, True),
    ({"Action": "*"}, True),
    ({"Action": "*:*"}, True),
    ({"Action": ["s3:*", "ecr:BatchGetImage"]}, True),
    ({"Action": "ecr:BatchGetImage?"}, False),
    ({"Action": "ecr:Get*"}, False),
    ({"Action": "s3:*"}, False),
    ({"Action": []}, False),
    ({"NotAction": "s3:*"}, True),
    ({"NotAction": ["s3:*", "ecr:Put*"]}, True),
    ({"NotAction": "ecr:*"}, False),
    ({"NotAction": ["s3:*", "ecr:batch*"]}, False),
    ({"NotAction": "*"}, False),
    ({"Resource": REPOSITORY}, True),
    ({"Resource": f"arn:aws:ecr:*:{OWNER}:repository/base/*"}, True),
    ({"Resource": f"arn:aws:ecr:eu-west-1:{OWNER}:repository/*"}, True),
    ({"Resource": f"arn:aws:ecr:eu-west-1:{OWNER}:*"}, True),
    ({"Resource": "arn:aws:ecr:*"}, True),
    ({"Resource": f"arn:aws:ecr:eu-west-?:{OWNER}:repository/base/pyth?n"}, True),
    ({"Resource": ["arn:aws:s3:::x", REPOSITORY]}, True),
    ({"Resource": REPOSITORY.upper()}, False),
    ({"Resource": REPOSITORY.replace("base", "Base")}, False),
    ({"Resource": f"arn:aws:ecr:us-east-1:{OWNER}:repository/*"}, False),
    ({"Resource": f"arn:aws:ecr:eu-west-1:{OTHER}:repository/*"}, False),
    ({"Resource": f"arn:aws-cn:ecr:eu-west-1:{OWNER}:repository/*"}, False),
    ({"Resource": f"{REPOSITORY}/*"}, False),
    ({"Resource": []}, False),
    ({"NotResource": "arn:aws:s3:::*"}, True),
    ({"NotResource": f"{REPOSITORY}-2"}, True),
    ({"NotResource": REPOSITORY}, False),
    ({"NotResource": ["arn:aws:s3:::*", "arn:aws:ecr:*:*:repository/base/*"]}, False),
    ({"NotResource": "*"}, False),
    # reference_policies_variables.html#policy-vars-wheretouse
    ({"Resource": "arn:aws:ecr:*:${aws:PrincipalAccount}:repository/base/*"}, True),
    ({"Resource": "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}/*"}, True),
    ({"Resource": "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/stage}/*"}, False),
    ({"Resource": "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/stage, 'base'}/*"}, True),
    ({"Resource": "arn:aws:ecr:*:*:repository/${aws:username}/*"}, False),
    ({"Resource": "arn:aws:ecr:*:*:repository/${*}"}, False),
    ({"NotResource": "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}/*"}, False),
    ({"NotResource": "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/stage}/*"}, True),
]


@pytest.mark.parametrize(("elements", "matches"), ELEMENTS)
def test_actions_and_resources(elements: dict[str, Any], matches: bool) -> None:
    known = {"aws:PrincipalTag/team": "base", "aws:PrincipalTag/*": ()}
    assert asked(ROLE, policies([allow(**elements)]), known) == ("allowed identity A" if matches else "denied identity")
    assert asked(ROLE, policies([allow(), deny(**elements)]), known) == ("denied identity !D" if matches else "allowed identity A")
    assert asked(ROLE, policies([], [allow(**elements, **to(ROLE.arn))]), known).startswith("allowed" if matches else "denied")
    assert asked(ROLE, policies([allow()], boundary=[allow(**elements)]), known).startswith("allowed" if matches else "denied")


# Amazon ECR User Guide, registry authentication: the token is not of a repository
def test_an_action_without_a_resource() -> None:
    token = {"action": "ecr:GetAuthorizationToken", "resource": "*"}
    assert asked(ROLE, policies([allow(Action=token["action"])]), **token) == "allowed identity A"
    assert asked(ROLE, policies([allow(Action=token["action"], Resource=REPOSITORY)]), **token) == "denied identity"
    assert asked(ROLE, policies([allow(Action=token["action"], Resource="arn:*")]), **token) == "denied identity"


# -- trust policies: reference_policies_evaluation-logic_policy-eval-denyallow.html, id_roles_create_for-user_externalid.html --

TRUSTED = f"arn:aws:iam::{OWNER}:role/scanner"
ASSUME, WEB = "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"


def trust(**elements: Any) -> Statements:
    """Trust policies have no Resource."""
    statement = {"Sid": "T", "Effect": "Allow", "Action": ASSUME, **elements}
    return [statement]


CAN_ASSUME = [allow("I", Action=ASSUME)]
EXTERNAL = {"Condition": {"StringEquals": {"sts:ExternalId": "12345"}}}
SUBJECT = f"{OIDC}:sub"
OIDC_TRUST = {
    "Action": WEB,
    "Principal": {"Federated": PROVIDER},
    "Condition": {"StringEquals": {f"{OIDC}:sub": "system:serviceaccount:stackrox:sensor", f"{OIDC}:aud": "sts.amazonaws.com"}},
}
CLAIMS = {f"{OIDC}:sub": "system:serviceaccount:stackrox:sensor", f"{OIDC}:aud": "sts.amazonaws.com"}
TRUST = [
    # Inside an account: the trust policy must allow, and is enough when it names the caller
    (ROLE, CAN_ASSUME, [], {}, "denied resource"),
    (ROLE, [], trust(**to(ROLE.arn)), {}, "allowed resource T"),
    (USER, [], trust(**to(USER.arn)), {}, "allowed resource T"),
    (ROLE, [], trust(**to(OWNER)), {}, "denied identity"),
    (ROLE, CAN_ASSUME, trust(**to(OWNER)), {}, "allowed identity I"),
    (ROLE, CAN_ASSUME, trust(**to(OTHER)), {}, "denied resource"),
    (root(OWNER), [], [], {}, "denied resource"),
    # Across accounts: both
    (FOREIGN, CAN_ASSUME, trust(**to(OTHER)), {}, "allowed resource T"),
    (FOREIGN, CAN_ASSUME, trust(**to(FOREIGN.arn)), {}, "allowed resource T"),
    (FOREIGN, [], trust(**to(FOREIGN.arn)), {}, "denied identity"),
    (FOREIGN, CAN_ASSUME, [], {}, "denied resource"),
    # External id
    (FOREIGN, CAN_ASSUME, trust(**to(OTHER), **EXTERNAL), {"sts:ExternalId": "12345"}, "allowed resource T"),
    (FOREIGN, CAN_ASSUME, trust(**to(OTHER), **EXTERNAL), {"sts:ExternalId": "54321"}, "denied resource"),
    (FOREIGN, CAN_ASSUME, trust(**to(OTHER), **EXTERNAL), {"sts:ExternalId": ()}, "denied resource"),
    (FOREIGN, CAN_ASSUME, trust(**to(OTHER), **EXTERNAL), {}, "unknown resource T ?sts:externalid"),
    (FOREIGN, [], trust(**to(OTHER), **EXTERNAL), {}, "denied identity"),
    # Services
    (
        service("pullthroughcache.ecr.amazonaws.com"),
        [],
        trust(Principal={"Service": "pullthroughcache.ecr.amazonaws.com"}),
        {},
        "allowed resource T",
    ),
    (service("ecr.amazonaws.com"), [], trust(Principal={"Service": "pullthroughcache.ecr.amazonaws.com"}), {}, "denied resource"),
]


@pytest.mark.parametrize(("caller", "identity", "statements", "context", "expected"), TRUST)
def test_trust_policies(caller: Caller, identity: Statements, statements: Statements, context: dict[str, Any], expected: str) -> None:
    given = policies(identity, statements)
    assert asked(caller, given, context, action=ASSUME, resource=TRUSTED, resource_decides=True) == expected


# id_roles_create_for-idp_oidc.html; reference_policies_iam-condition-keys.html#condition-keys-wif
WEB_IDENTITY = [
    (OIDC_TRUST, CLAIMS, "allowed resource T"),
    (OIDC_TRUST, {**CLAIMS, SUBJECT: "system:serviceaccount:stackrox:other"}, "denied resource"),
    (OIDC_TRUST, {**CLAIMS, f"{OIDC}:aud": "other"}, "denied resource"),
    (OIDC_TRUST, {SUBJECT: CLAIMS[SUBJECT]}, f"unknown resource T ?{OIDC.lower()}:aud"),
    (OIDC_TRUST, {SUBJECT: "other"}, "denied resource"),
    ({**OIDC_TRUST, "Condition": {"StringLike": {SUBJECT: "system:serviceaccount:stackrox:*"}}}, CLAIMS, "allowed resource T"),
    ({**OIDC_TRUST, "Condition": {"StringLike": {SUBJECT: "system:serviceaccount:other:*"}}}, CLAIMS, "denied resource"),
    ({**OIDC_TRUST, "Principal": {"Federated": PROVIDER.replace("EXAMPLE", "OTHER")}}, CLAIMS, "denied resource"),
    ({**OIDC_TRUST, "Principal": {"AWS": OWNER}}, CLAIMS, "denied resource"),
    ({**OIDC_TRUST, "Action": ASSUME}, CLAIMS, "denied resource"),
    ({**OIDC_TRUST, "Condition": {}}, {}, "allowed resource T"),
]


@pytest.mark.parametrize(("elements", "context", "expected"), WEB_IDENTITY)
def test_web_identities(elements: dict[str, Any], context: dict[str, Any], expected: str) -> None:
    given = policies([], trust(**elements))
    assert asked(FEDERATED, given, context, action=WEB, resource=TRUSTED, resource_decides=True) == expected


# -- key policies: AWS KMS Developer Guide, key-policy-default.html, key-policy-modifying-external-accounts.html ---------

KEY = f"arn:aws:kms:eu-west-1:{OWNER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
DECRYPT = "kms:Decrypt"
CAN_DECRYPT = [allow("I", Action=DECRYPT, Resource=KEY)]
VIA = {"StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}}
KEYS = [
    # Without a statement for the account, identity policies have no effect
    (ROLE, CAN_DECRYPT, [], {}, "denied resource"),
    (ROLE, CAN_DECRYPT, [allow("K", Action="kms:*", **to(OWNER))], {}, "allowed identity I"),
    (ROLE, [], [allow("K", Action="kms:*", **to(OWNER))], {}, "denied identity"),
    (ROLE, [], [allow("K", Action=DECRYPT, **to(ROLE.arn))], {}, "allowed resource K"),
    (ROLE, CAN_DECRYPT, [allow("K", Action="kms:*", **to(OTHER))], {}, "denied resource"),
    (root(OWNER), [], [], {}, "denied resource"),
    (root(OWNER), [], [allow("K", Action="kms:*", **to(OWNER))], {}, "allowed resource K"),
    # Across accounts: both, and the secret's service may be asked for
    (FOREIGN, CAN_DECRYPT, [allow("K", Action=DECRYPT, **to(OTHER))], {}, "allowed resource K"),
    (FOREIGN, [], [allow("K", Action=DECRYPT, **to(OTHER))], {}, "denied identity"),
    (FOREIGN, CAN_DECRYPT, [allow("K", Action=DECRYPT, **to(OWNER))], {}, "denied resource"),
    (FOREIGN, CAN_DECRYPT, [allow("K", Action=DECRYPT, **to(OTHER), Condition=VIA)], {}, "unknown resource K ?kms:viaservice"),
    (
        FOREIGN,
        CAN_DECRYPT,
        [allow("K", Action=DECRYPT, **to(OTHER), Condition=VIA)],
        {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"},
        "allowed resource K",
    ),
    (FOREIGN, CAN_DECRYPT, [allow("K", Action=DECRYPT, **to(OTHER), Condition=VIA)], {"kms:ViaService": ()}, "denied resource"),
]


@pytest.mark.parametrize(("caller", "identity", "statements", "context", "expected"), KEYS)
def test_key_policies(caller: Caller, identity: Statements, statements: Statements, context: dict[str, Any], expected: str) -> None:
    given = policies(identity, statements)
    assert asked(caller, given, context, action=DECRYPT, resource=KEY, resource_decides=True) == expected


# -- repository and registry policies: Amazon ECR User Guide, registry-permissions.html ---------------------------------

V1 = ("ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository")


@pytest.mark.parametrize(
    ("action", "repository", "registry", "scope", "expected"),
    [
        (PULL, [allow("R", **to(OTHER))], [], None, "allowed resource R"),
        (PULL, [], [allow("G", Action="ecr:*", **to(OTHER))], None, "allowed resource G"),
        (PULL, [], [allow("G", Action="ecr:*", **to(OTHER))], V1, "denied resource"),
        ("ecr:createrepository", [], [allow("G", Action="ecr:*", **to(OTHER))], V1, "allowed resource G"),
        (PULL, [allow("R", **to(OTHER))], [deny(**TO_ALL)], None, "denied resource !D"),
        (PULL, [allow("R", **to(OTHER))], [deny(**TO_ALL)], V1, "allowed resource R"),
        (PULL, [deny(**to(OTHER))], [allow("G", **to(OTHER))], None, "denied resource !D"),
        (PULL, [], [allow("G", Resource=f"arn:aws:ecr:eu-west-1:{OWNER}:repository/base/*", **to(OTHER))], None, "allowed resource G"),
        (PULL, [], [allow("G", Resource=f"arn:aws:ecr:eu-west-1:{OWNER}:repository/app/*", **to(OTHER))], None, "denied resource"),
        (PULL, [], [], None, "denied resource"),
    ],
)
def test_registries(action: str, repository: Statements, registry: Statements, scope: tuple[str, ...] | None, expected: str) -> None:
    given = Policies(
        identity=(document("identity", allow("I", Action="ecr:*")),),
        resource=(document("repository", *repository), document("registry", *registry, only=scope)),
    )
    assert asked(FOREIGN, given, action=action) == expected


# -- global keys: reference_policies_condition-keys.html ----------------------------------------------------------------

ORGANIZATION = {"aws:PrincipalOrgID": "o-a1b2c3", "aws:PrincipalOrgPaths": ["o-a1b2c3/r-ab12/ou-ab12-11111111/ou-ab12-22222222/"]}
GLOBAL = [
    ({"ArnEquals": {"aws:PrincipalArn": FOREIGN.arn}}, {}, True),
    ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:role/team/*"}}, {}, True),
    ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:role/*"}}, {}, True),
    # The role's ARN, not the session's
    ({"ArnEquals": {"aws:PrincipalArn": str(FOREIGN.session)}}, {}, False),
    ({"ArnNotEquals": {"aws:PrincipalArn": FOREIGN.arn}}, {}, False),
    ({"StringEquals": {"aws:PrincipalAccount": OTHER}}, {}, True),
    ({"StringEquals": {"aws:PrincipalAccount": [OWNER, OTHER]}}, {}, True),
    ({"StringEquals": {"aws:PrincipalAccount": OWNER}}, {}, False),
    ({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, {}, True),
    ({"StringLike": {"aws:userid": "AROAEXAMPLEROLE00001:*"}}, {}, True),
    ({"StringEquals": {"aws:userid": "AROAEXAMPLEROLE00001:s2"}}, {}, False),
    ({"Null": {"aws:username": "true"}}, {}, True),
    ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3"}}, ORGANIZATION, True),
    ({"StringEquals": {"aws:PrincipalOrgID": "o-d4e5f6"}}, ORGANIZATION, False),
    ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3"}}, {"aws:PrincipalOrgID": ()}, False),
    ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3"}}, {}, "aws:principalorgid"),
    ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3/r-ab12/ou-ab12-11111111/*"}}, ORGANIZATION, True),
    ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3/*/ou-ab12-22222222/"}}, ORGANIZATION, True),
    ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3/r-ab12/ou-ab12-33333333/*"}}, ORGANIZATION, False),
    ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-1/*", "o-a1b2c3/*"]}}, ORGANIZATION, True),
    ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3/*"}}, {"aws:PrincipalOrgPaths": []}, False),
    ({"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3/*"}}, {"aws:PrincipalOrgPaths": []}, True),
    ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3/*"}}, {}, "aws:principalorgpaths"),
    ({"StringEquals": {"aws:PrincipalTag/team": "core"}}, {"aws:PrincipalTag/team": "core"}, True),
    ({"StringEquals": {"aws:PrincipalTag/TEAM": "core"}}, {"aws:PrincipalTag/team": "core"}, True),
    ({"StringEquals": {"aws:PrincipalTag/team": "core"}}, {"aws:PrincipalTag/team": "Core"}, False),
    ({"StringEquals": {"aws:PrincipalTag/team": "core"}}, {"aws:PrincipalTag/*": ()}, False),
    ({"StringEquals": {"aws:PrincipalTag/team": "core"}}, {}, "aws:principaltag/team"),
    ({"Bool": {"aws:PrincipalIsAWSService": "false"}}, {}, True),
    ({"Bool": {"aws:ViaAWSService": "false"}}, {}, True),
    ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, {}, True),
    ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, {}, False),
    ({"StringEquals": {"aws:ResourceAccount": OWNER}}, {}, True),
    ({"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}, {}, False),
    ({"StringNotEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}, {}, True),
    # A caller's own request lacks what services set
    ({"ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:*:function:*"}}, {}, False),
    ({"ArnLikeIfExists": {"aws:SourceArn": "arn:aws:lambda:*:*:function:*"}}, {}, True),
    ({"StringEquals": {"aws:SourceAccount": OTHER}}, {}, False),
    ({"StringNotEquals": {"aws:SourceAccount": OTHER}}, {}, True),
    ({"Null": {"aws:SourceOrgID": "true"}}, {}, True),
    ({"StringEquals": {"sts:ExternalId": "12345"}}, {}, False),
    ({"Bool": {"aws:SecureTransport": "true"}}, {}, True),
    ({"Bool": {"aws:SecureTransport": "true"}}, {"aws:securetransport": "false"}, False),
    # The network is not known until it is told
    ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, {"aws:SourceVpce": "vpce-1"}, True),
    ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, {"aws:SourceVpce": ()}, False),
    ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, {"aws:SourceVpce": ()}, True),
    ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, {}, "aws:sourcevpce"),
    ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}, {"aws:SourceIp": "203.0.113.9"}, True),
    ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}, {"aws:SourceIp": "2001:DB8::9"}, True),
    ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}, {"aws:SourceIp": "198.51.100.9"}, False),
    ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws:SourceIp": ()}, True),
    ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {}, "aws:sourceip"),
    ({"DateLessThan": {"aws:CurrentTime": "2026-12-31T23:59:59Z"}}, {"aws:CurrentTime": "2026-06-01T00:00:00Z"}, True),
    ({"DateLessThan": {"aws:CurrentTime": "2026-12-31T23:59:59Z"}}, {"aws:CurrentTime": "2027-01-01T00:00:00Z"}, False),
    ({"DateLessThan": {"aws:CurrentTime": "2026-12-31T23:59:59Z"}}, {}, "aws:currenttime"),
    ({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}, {"aws:MultiFactorAuthAge": 300}, True),
    # id_credentials_mfa_configure-api-require.html: long-term credentials lack the key
    ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, {"aws:MultiFactorAuthPresent": ()}, False),
    ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, {"aws:MultiFactorAuthPresent": ()}, True),
    ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {}, "aws:multifactorauthpresent"),
]


@pytest.mark.parametrize(("condition", "context", "expected"), GLOBAL)
def test_global_keys(condition: dict[str, Any], context: dict[str, Any], expected: bool | str) -> None:
    allowing = policies([allow("I")], [allow("R", **to(OTHER), Condition=condition)])
    denying = policies([allow("I")], [allow("R", **to(OTHER)), deny(**TO_ALL, Condition=condition)])
    if isinstance(expected, str):
        assert asked(FOREIGN, allowing, context) == f"unknown resource R ?{expected}"
        assert asked(FOREIGN, denying, context) == f"unknown resource D ?{expected}"
    else:
        assert asked(FOREIGN, allowing, context) == ("allowed resource R" if expected else "denied resource")
        assert asked(FOREIGN, denying, context) == ("denied resource !D" if expected else "allowed resource R")


# -- what is not known ---------------------------------------------------------------------------------------------------

IF = {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}
IF_NOT = {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}
IF_EXISTS = {"Condition": {"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}}
ANY_IS = {"Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}}
ANY_IS_NOT = {"Condition": {"ForAnyValue:StringNotEquals": {"aws:TagKeys": "team"}}}
ELSE = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
UNSURE = [
    # It cannot matter: something else decides
    (ROLE, {"identity": [allow("A", **IF), allow("B")]}, "allowed identity B"),
    (ROLE, {"identity": [allow("A"), deny("D", Action=PUSH, **IF)]}, "allowed identity A"),
    (ROLE, {"identity": [deny("D", **IF)]}, "denied identity"),
    (ROLE, {"identity": [allow("A", **IF), deny("D")]}, "denied identity !D"),
    (ROLE, {"identity": [allow("A", **IF)], "boundary": []}, "denied boundary"),
    (ROLE, {"identity": [], "boundary": [allow("B", **IF)]}, "denied identity"),
    (ROLE, {"identity": [], "organization": [[allow("O", **IF)]]}, "denied identity"),
    (ROLE, {"identity": [allow("A", **IF)], "session": []}, "denied session"),
    (FOREIGN, {"identity": [allow("A", **IF)]}, "denied resource"),
    (FOREIGN, {"resource": [allow("R", **to(OTHER), **IF)]}, "denied identity"),
    (ROLE, {"identity": [allow("A", **IF)], "resource": [allow("R", **to(ROLE.arn))]}, "allowed resource R"),
    (ROLE, {"identity": [allow("A")], "resource": [allow("R", **to(ROLE.arn), **IF)]}, "allowed identity A"),
    (ROLE, {"identity": [allow("A")], "boundary": [], "resource": [allow("R", **to(ROLE.arn), **IF)]}, "denied boundary"),
    (ROLE, {"resource": [allow("R", **to(OWNER), **IF)]}, "denied identity"),
    (ROLE, {"identity": [allow("A", Condition={**IF["Condition"], "Bool": {"aws:SecureTransport": "false"}})]}, "denied identity"),
    # It matters
    (ROLE, {"identity": [allow("A", **IF)]}, "unknown identity A ?aws:sourcevpce"),
    (ROLE, {"identity": [allow("A"), deny("D", **IF)]}, "unknown identity D ?aws:sourcevpce"),
    (ROLE, {"identity": [allow("A", **IF), deny("D", **ELSE)]}, "unknown identity A ?aws:sourceip ?aws:sourcevpce"),
    (ROLE, {"identity": [allow("A", **IF), allow("B", **ELSE)]}, "unknown identity A ?aws:sourceip ?aws:sourcevpce"),
    (ROLE, {"identity": [allow("A")], "boundary": [allow("B", **IF)]}, "unknown boundary B ?aws:sourcevpce"),
    (ROLE, {"identity": [allow("A")], "session": [allow("S", **IF)]}, "unknown session S ?aws:sourcevpce"),
    (ROLE, {"identity": [allow("A")], "organization": [[allow("O", **IF)], [FULL]]}, "unknown organization O ?aws:sourcevpce"),
    (ROLE, {"identity": [allow("A", **ELSE)], "boundary": [allow("B", **IF)]}, "unknown identity A ?aws:sourceip ?aws:sourcevpce"),
    (FOREIGN, {"identity": [allow("A")], "resource": [allow("R", **to(OTHER), **IF)]}, "unknown resource R ?aws:sourcevpce"),
    (FOREIGN, {"identity": [allow("A", **ELSE)], "resource": [allow("R", **to(OTHER))]}, "unknown identity A ?aws:sourceip"),
    (ROLE, {"resource": [allow("R", **to(ROLE.arn), **IF)]}, "unknown resource R ?aws:sourcevpce"),
    (
        ROLE,
        {"resource": [allow("R", **to(ROLE.arn), **IF)], "identity": [allow("A", **ELSE)]},
        "unknown resource R ?aws:sourceip ?aws:sourcevpce",
    ),
    (
        ROLE,
        {"resource": [allow("R", **to(ROLE.arn)), deny(**TO_ALL, **IF)], "identity": [allow("A", **ELSE)]},
        "unknown resource D ?aws:sourcevpce",
    ),
    # Statements about the same key leave one outcome only
    (ROLE, {"identity": [allow("A", **IF), allow("B", **IF_NOT)]}, "allowed identity A"),
    (ROLE, {"identity": [allow("A"), deny("D", **IF), deny("E", **IF_NOT)]}, "denied identity !D"),
    (ROLE, {"identity": [allow("A", **IF), deny("D", **IF)]}, "denied identity !D"),
    (ROLE, {"identity": [allow("A", **IF), deny("D", **IF_NOT)]}, "unknown identity A ?aws:sourcevpce"),
    (ROLE, {"identity": [allow("A", **IF)], "boundary": [allow("B", **IF_NOT)]}, "denied identity"),
    (ROLE, {"identity": [allow("A", **IF)], "boundary": [allow("B", **IF)]}, "unknown identity A ?aws:sourcevpce"),
    (ROLE, {"identity": [allow("A", **IF)], "boundary": [allow("B", Condition={"Null": {"aws:SourceVpce": "true"}})]}, "denied identity"),
    (
        ROLE,
        {"identity": [allow("A", **IF), allow("B", Condition={"ForAnyValue:StringNotEquals": {"aws:SourceVpce": "vpce-1"}})]},
        "unknown identity A ?aws:sourcevpce",
    ),
    # A request may have a value that is meant, and another one that is not
    (ROLE, {"identity": [allow("A", **ANY_IS)], "boundary": [allow("B", **ANY_IS_NOT)]}, "unknown identity A ?aws:tagkeys"),
    (ROLE, {"identity": [allow("A", **IF_EXISTS)], "boundary": [allow("B", **IF_NOT)]}, "unknown identity A ?aws:sourcevpce"),
    # What cannot be evaluated
    (ROLE, {"identity": [allow("A", Condition={"StringMatches": {"aws:x": "1"}})]}, "unknown identity A ?operator stringmatches"),
    (ROLE, {"identity": [allow("A"), deny("D", NewElement=1)]}, "unknown identity D ?an element that is not known"),
    (ROLE, {"identity": [allow("A"), deny("D", NewElement=1, Action=PUSH)]}, "allowed identity A"),
    (ROLE, {"identity": [allow("A"), deny("D", Resource="arn:aws:ecr:*:*:repository/${aws:x}/python")]}, "unknown identity D ?aws:x"),
    (ROLE, {"identity": [allow("A"), deny("D", Resource="arn:aws:ecr:*:*:repository/${aws:x}/java")]}, "allowed identity A"),
    (ROLE, {"identity": [allow("A", NotResource="arn:aws:ecr:*:*:repository/${aws:x}/python")]}, "unknown identity A ?aws:x"),
    (ROLE, {"identity": [allow("A", NotResource="arn:aws:ecr:*:*:repository/${aws:x}/java")]}, "allowed identity A"),
]


@pytest.mark.parametrize(("caller", "given", "expected"), UNSURE)
def test_what_is_not_known(caller: Caller, given: dict[str, Any], expected: str) -> None:
    assert asked(caller, policies(**given)) == expected


# A session whose name is not known: which of a role's sessions it is
ANY = role(OWNER, session=None)
SESSIONS = [
    ([allow("R", **to(ROLE.session))], "unknown resource R ?name of the session"),
    ([allow("R", **to(role(OWNER, "pull").session))], "denied identity"),
    ([allow("R", **to(ROLE.session, ROLE.arn))], "allowed resource R"),
    ([allow("R", **to(ROLE.session)), deny(**to(ROLE.session))], "denied resource !D"),
    ([allow("R", **to(ROLE.arn)), deny(**but(OWNER, ROLE.arn, ROLE.session))], "unknown resource D ?name of the session"),
    ([allow("R", **to(ROLE.arn)), deny(**but(OWNER, ROLE.arn))], "denied resource !D"),
    ([allow("R", **but(ROLE.session))], "unknown resource R ?name of the session"),
    ([allow("R", **but(ROLE.arn))], "denied identity"),
    ([allow("R", **TO_ALL, Condition={"StringLike": {"aws:userid": "*:s1"}})], "unknown resource R ?aws:userid"),
]


@pytest.mark.parametrize(("resource", "expected"), SESSIONS)
def test_a_session_whose_name_is_not_known(resource: Statements, expected: str) -> None:
    assert asked(ANY, policies(resource=resource)) == expected


def test_a_boundary_may_not_matter_for_a_session_whose_name_is_not_known() -> None:
    given = policies(resource=[allow("R", **to(ROLE.session, ROLE.arn))], boundary=[])
    assert asked(ANY, given) == "unknown resource R ?name of the session"
    assert asked(ROLE, given) == "allowed resource R"
    assert asked(role(OWNER, session="s2"), given) == "denied boundary"


# -- old documents, unnamed statements, names ---------------------------------------------------------------------------


def test_old_documents_have_no_variables() -> None:
    pattern = "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}/*"
    new = Policies(identity=(document("identity", allow(Resource=pattern)),))
    old = Policies(identity=(document("identity", allow(Resource=pattern), version="2008-10-17"),))
    assert asked(ROLE, new, {"aws:PrincipalTag/team": "base"}) == "allowed identity A"
    assert asked(ROLE, old, {"aws:PrincipalTag/team": "base"}) == "denied identity"
    verbatim = f"arn:aws:ecr:eu-west-1:{OWNER}:repository/${{aws:PrincipalTag/team}}/x"
    assert asked(ROLE, old, {"aws:PrincipalTag/team": "base"}, resource=verbatim) == "allowed identity A"


def test_the_decision_names_document_and_statement() -> None:
    given = Policies(identity=(document("b", allow("Z")), document("a", {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"})))
    decision = decide(Request(ROLE, PULL, REPOSITORY, OWNER), given)
    assert decision == Decision("allowed", "identity", "a", "#1")


def test_statements_of_no_known_effect_say_nothing() -> None:
    assert asked(ROLE, policies([{**allow(), "Effect": "Perhaps"}])) == "denied identity"
    assert asked(ROLE, policies([{"Action": "*"}])) == "denied identity"


def test_without_any_policy() -> None:
    request = Request(ROLE, PULL, REPOSITORY, OWNER, Context())
    assert decide(request, Policies()) == Decision("denied", "identity")
    assert decide(Request(FOREIGN, PULL, REPOSITORY, OWNER), Policies(resource=())) == Decision("denied", "identity")
