# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of the check of access, and what real calls add to it."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._access.check_result import Basis, Row, check_result
from ansible_collections.crossaccount.registry.plugins.module_utils._access.denials import Denial
from ansible_collections.crossaccount.registry.plugins.module_utils._access.matrix import NotChecked
from ansible_collections.crossaccount.registry.plugins.module_utils._access.probing import Probe
from ansible_collections.crossaccount.registry.plugins.module_utils._access.questions import Question
from ansible_collections.crossaccount.registry.plugins.module_utils._access.sides import Evidence, Unread
from ansible_collections.crossaccount.registry.plugins.module_utils._access.verdicts import judge
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.access_probe import Probed
from ansible_collections.crossaccount.registry.plugins.module_utils._grants import (
    REGISTRY_ACTIONS,
    identity_statements,
    read_grants,
    registry_statements,
)

from .access import APP, CONSUMER, LOGIN, OWNER, PULL, REPOSITORY, evidence, grant, identity_side, own, pull, question, registry_side

Outcome = Literal["allowed", "denied", "unknown"]
BATCH, URL, TOKEN = *PULL, "ecr:GetAuthorizationToken"
ABSENT = Probed(BATCH, "unknown", None, "RepositoryNotFoundException", "no", "the repository is absent")
EXPIRED = Probed(BATCH, "unknown", None, "ExpiredTokenException", "no", "the credentials have expired; get new ones and try again")


def answers(outcome: Outcome = "allowed", denial: Denial | None = None, *actions: str) -> Probe:
    """Answers that are all the same, to the calls of a pull."""
    code = "AccessDeniedException" if outcome == "denied" else None
    return Probe(tuple(Probed(action, outcome, denial, code) for action in actions or (BATCH, URL, TOKEN)))


def denied_by(layer: Any, explicit: bool = False, policy: str | None = None) -> Probe:
    """A pull that a layer denies; the login is allowed."""
    denial = Denial(layer, explicit, policy=policy)
    return Probe((*answers("denied", denial, BATCH, URL).answers, *answers("allowed", None, TOKEN).answers))


def row(known: Evidence | None = None, probe: Probe | None = None, expected: Any = None, **more: Any) -> Row:
    asked = question(expected=expected, **more)
    return Row(asked, judge(asked, known) if known else None, probe)


def one(given: Row, known: Evidence | None = None, grants: Any = ()) -> dict[str, Any]:
    """The entry of the result for one row."""
    (entry,) = check_result([given], Basis(known or Evidence(), tuple(grants)))["checks"]
    return dict(entry)


WORKS = evidence()
DENIES = evidence(registry=registry_side())
UNKNOWN = evidence(registry=Unread("the policies of X"))


@pytest.mark.parametrize(
    ("known", "probe", "expected", "told"),
    [
        (WORKS, None, None, ("allowed", None, None, None)),
        (WORKS, None, "allowed", ("allowed", None, True, None)),
        (WORKS, None, "denied", ("allowed", None, False, None)),
        (DENIES, None, "allowed", ("denied", None, False, None)),
        (UNKNOWN, None, "allowed", ("unknown", None, None, None)),
        (None, answers(), "allowed", (None, "allowed", True, None)),
        (None, denied_by("resource"), "denied", (None, "denied", True, None)),
        (None, Probe((EXPIRED,)), "allowed", (None, "unknown", None, None)),
        (None, Probe((ABSENT,)), "allowed", (None, "denied", False, None)),
        (None, Probe(obstacle="no credentials"), "allowed", (None, "unknown", None, None)),
        (WORKS, answers(), "allowed", ("allowed", "allowed", True, True)),
        (DENIES, denied_by("resource"), "allowed", ("denied", "denied", False, True)),
        # Real calls count more than what the policies seem to say.
        (WORKS, denied_by("organization"), "allowed", ("allowed", "denied", False, False)),
        (WORKS, denied_by("organization"), "denied", ("allowed", "denied", True, False)),
        (DENIES, answers(), "allowed", ("denied", "allowed", True, False)),
        (UNKNOWN, answers(), "allowed", ("unknown", "allowed", True, True)),
        (WORKS, Probe((EXPIRED,)), "allowed", ("allowed", "unknown", True, None)),
    ],
)
def test_what_counts(known: Evidence | None, probe: Probe | None, expected: Any, told: tuple[Any, ...]) -> None:
    found = one(row(known, probe, expected), known)
    assert (found["evaluated"], found["probed"], found["as_expected"], found["agree"]) == told
    assert (found["disagreement"] is not None) == (told[3] is False)
    assert found["reason"]


@pytest.mark.parametrize(
    ("probe", "hint"),
    [
        (denied_by("organization", explicit=True), "the service control policy of the organization denies it explicitly. Service control"),
        (denied_by("resource_control", explicit=True), "Resource control policies are not read"),
        (denied_by("endpoint"), "no VPC endpoint policy allows it. VPC endpoint policies are not read"),
        (denied_by("session"), "The session has a session policy"),
        (denied_by("identity"), "A change may need some more seconds"),
        (denied_by(None), "AccessDeniedException, without saying which policy lacks it. A change may need"),
        (answers("denied"), "A change may need some more seconds"),
    ],
)
def test_what_evaluation_cannot_see(probe: Probe, hint: str) -> None:
    found = one(row(WORKS, probe), WORKS)
    assert found["disagreement"].startswith("the policies allow ecr:BatchGetImage, but AWS denies it")
    assert hint in found["disagreement"]
    assert f"AWS denies ecr:BatchGetImage to role app of account {CONSUMER}" in found["reason"]


@pytest.mark.parametrize(
    ("lacking", "outcome", "agree"),
    [
        ([], "allowed", True),
        # No harmless call tries these, so only the policies tell about them.
        (["ecr:PutImage"], "denied", True),
        (["ecr:CompleteLayerUpload", "ecr:UploadLayerPart"], "denied", True),
        # These were tried, and real calls count more.
        (["ecr:InitiateLayerUpload"], "allowed", False),
    ],
)
def test_what_no_call_tries_is_told_by_the_policies(lacking: list[str], outcome: str, agree: bool) -> None:
    actions = [action for action in REGISTRY_ACTIONS["push"] if action not in lacking]
    known = evidence(identity=identity_side(LOGIN, own(Action="ecr:*")), registry=registry_side(pull("Push", Action=actions)))
    tried = answers("allowed", None, "ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", TOKEN)
    found = one(row(known, tried, "allowed", access="push"), known)
    assert (found["probed"], found["outcome"], found["agree"]) == ("allowed", outcome, agree)
    assert found["as_expected"] is (outcome == "allowed")
    if outcome == "denied":
        assert found["missing"]["statement"]["Action"] == lacking
        assert all(action in found["reason"] for action in lacking)


def test_what_is_not_known_about_untried_actions_does_not_count() -> None:
    tried = answers("allowed", None, "ecr:InitiateLayerUpload", TOKEN)
    known = evidence(identity=identity_side(LOGIN, own(Action="ecr:*")), registry=Unread("the policies of X"))
    assert one(row(known, tried, "allowed", access="push"), known)["outcome"] == "allowed"


def test_disagreements_are_about_single_actions() -> None:
    """A call that was not made, or whose answer says nothing, disagrees with nobody."""
    lacks_url = evidence(registry=registry_side(pull(Action=BATCH)))
    assert one(row(lacks_url, answers("allowed", None, BATCH)), lacks_url)["agree"] is True
    found = one(row(lacks_url, answers("allowed", None, BATCH, URL)), lacks_url)
    assert found["disagreement"].startswith("the policies deny ecr:GetDownloadUrlForLayer, but AWS allows it. A change may need")
    absent = evidence(registry=registry_side(repositories={}))
    assert one(row(absent, Probe((ABSENT, *answers("allowed", None, TOKEN).answers))), absent)["agree"] is True
    assert one(row(absent, answers("allowed", None, TOKEN)), absent)["agree"] is None
    found = one(row(absent, answers()), absent)
    assert found["disagreement"].startswith("AWS allows ecr:BatchGetImage, although there is no repository")


@pytest.mark.parametrize(
    ("probe", "reason", "layer", "statement"),
    [
        (answers(), f"AWS allows {BATCH} and {URL} and {TOKEN}", None, None),
        (Probe((ABSENT,)), f"there is no repository {REPOSITORY} in account {OWNER} in eu-west-1", None, None),
        (Probe((EXPIRED,)), "ecr:BatchGetImage could not be tried: the credentials have expired; get new ones and try again", None, None),
        (Probe(obstacle="why not"), "why not", None, None),
        (Probe(), "no harmless call proves this access level", None, None),
        (
            denied_by("resource"),
            "no policy of the repository or registry allows it",
            "resource",
            {"Sid": "PullForApp", "Effect": "Allow", "Principal": {"AWS": APP}, "Action": PULL},
        ),
        (denied_by("identity"), "no identity policy allows it", "identity", {**own("PullForApp")}),
        (denied_by("boundary"), "no permissions boundary allows it", "boundary", {**own("PullForApp")}),
        (denied_by("organization"), "no service control policy of the organization allows it", "organization", None),
        (denied_by("identity", True, "arn:x"), "the identity policy denies it explicitly (arn:x)", "identity", None),
        (denied_by(None, True), "with an explicit deny", None, None),
        (
            Probe((*answers("allowed", None, BATCH, URL).answers, *answers("denied", Denial("identity", False), TOKEN).answers)),
            "AWS denies ecr:GetAuthorizationToken",
            "identity",
            {"Sid": "RegistryLogin", "Effect": "Allow", "Action": [TOKEN], "Resource": "*"},
        ),
    ],
)
def test_probes_alone(probe: Probe, reason: str, layer: str | None, statement: Any) -> None:
    found = one(row(probe=probe))
    assert reason in found["reason"]
    assert found["layer"] == layer
    assert (found["missing"] and found["missing"]["statement"]) == statement


def test_probes_alone_name_the_statement_of_the_grant() -> None:
    grants = read_grants([grant("runtime", "pull", {"account": CONSUMER, "roles": ["team/app"]})])
    found = one(row(probe=denied_by("resource"), expected="allowed", grant="runtime"), grants=grants)
    assert [found["missing"]["statement"]] == registry_statements(grants[0], "eu-west-1", "repository")
    found = one(row(probe=denied_by("identity"), expected="allowed", grant="runtime"), grants=grants)
    assert found["missing"]["statement"] == identity_statements(grants, CONSUMER, "role", "app")[1]


def test_an_entry() -> None:
    assert one(row(evidence(identity_side(own())), expected="allowed"), evidence(identity_side(own()))) == {
        "principal": APP,
        "registry_account": OWNER,
        "region": "eu-west-1",
        "repository": REPOSITORY,
        "access": "pull",
        "grant": None,
        "expected": "allowed",
        "evaluated": "denied",
        "probed": None,
        "outcome": "denied",
        "as_expected": False,
        "agree": None,
        "action": TOKEN,
        "layer": "login",
        "document": None,
        "statement": None,
        "explicit": False,
        "reason": f"no identity policy of role app of account {CONSUMER} allows {TOKEN}, so it cannot log in",
        "disagreement": None,
        "unknown": [],
        "missing": {
            "account": CONSUMER,
            "region": None,
            "document": "identity policy of role app",
            "policy_kind": "identity_policy",
            "statement": {"Sid": "RegistryLogin", "Effect": "Allow", "Action": [TOKEN], "Resource": "*"},
        },
        "cache_rule": None,
    }
    assert one(row(UNKNOWN), UNKNOWN)["unknown"] == ["the policies of X"]
    assert one(row(WORKS, note="why"), WORKS)["reason"].endswith("allows it (nothing is expected: why)")


def test_summary_order_and_what_was_not_checked() -> None:
    rows = [
        row(WORKS, expected="allowed"),
        row(UNKNOWN, expected="allowed"),
        row(WORKS, answers("denied"), expected="denied"),
        row(WORKS, expected="denied"),
    ]
    result = check_result(rows, Basis(WORKS), [NotChecked("x", "y", 3)])
    assert result["summary"] == {
        "checks": 4,
        "allowed": 2,
        "denied": 1,
        "unknown": 1,
        "expected_allowed": 2,
        "as_expected": 2,
        "mismatched": 1,
        "disagreements": 1,
        "not_checked": 1,
    }
    assert [(each["as_expected"], each["agree"], each["evaluated"]) for each in result["checks"]] == [
        (False, None, "allowed"),
        (True, False, "allowed"),
        (None, None, "unknown"),
        (True, None, "allowed"),
    ]
    assert result["not_checked"] == [{"subject": "x", "reason": "y", "checks": 3}]
    assert (result["changed"], result["checks_left_out"]) == (False, 0)


def test_what_fails() -> None:
    assert "failed" not in check_result([row(WORKS, expected="allowed"), row(UNKNOWN, expected="allowed")], Basis(WORKS))
    assert "failed" not in check_result([row(WORKS, answers("denied"))], Basis(WORKS))
    assert check_result([row(UNKNOWN)], Basis(UNKNOWN), fail_unknown=True)["failed"]
    result = check_result([row(DENIES, expected="allowed"), row(WORKS, expected="allowed", access="push")], Basis(DENIES))
    where = f"{OWNER} eu-west-1 {REPOSITORY}"
    assert result["msg"].splitlines() == [
        "2 of 2 checks are not as expected:",
        "",
        "principal                         repository                           access  expected  evaluated  probed  why",
        f"role app of account {CONSUMER}  {where}  pull    allowed   denied     -       the repository {REPOSITORY} has no policy; across "
        "accounts the registry's side must allow it too",
        f"role app of account {CONSUMER}  {where}  push    allowed   denied     -       statement Own of the inline policy own lacks "
        "ecr:BatchCheckLayerAvailability and ecr:CompleteLayerUpload and ecr:InitiateLayerUpload and ecr:PutImage and ecr:UploadLayerPart; "
        "the registry's side does not allow it either",
        "",
        "What is missing:",
        f'- repository policy of {REPOSITORY} in {OWNER} eu-west-1: {{"Sid": "PullForApp", "Effect": "Allow", '
        f'"Principal": {{"AWS": "{APP}"}}, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]}}',
        result["msg"].splitlines()[-1],
    ]
    assert result["msg"].splitlines()[-1].startswith(f'- identity policy of role app in {CONSUMER}: {{"Sid": "PushForApp"')


def test_many_rows_stay_bounded() -> None:
    """Thousands of rows cost little: only those that are shown are explained."""
    known = evidence(identity_side(LOGIN, own()), registry_side())
    asked = [Question(question().principal, question().registry, f"team/{number}", "pull", "allowed") for number in range(5_000)]
    result = check_result([Row(each, judge(each, known)) for each in asked], Basis(known))
    assert result["summary"]["mismatched"] == 5_000
    assert len(str(result)) < 250_000
    assert result["checks_left_out"] == 5_000 - len(result["checks"]) > 0
    assert "... and 4980 more, see 'checks' in the result" in result["msg"]
    repositories = {f"team/{number}": None for number in range(10)}
    known = evidence(registry=registry_side(repositories=repositories))
    asked = asked[:10]
    message = check_result([Row(each, judge(each, known)) for each in asked], Basis(known))["msg"]
    assert message.endswith("... and 5 more, see 'missing' of each check")


def test_each_entry_is_told_by_one_side() -> None:
    """What an absent repository has to do with identity policies is nobody's business; what only AWS denies is AWS's to explain."""
    absent = evidence(registry=registry_side(repositories={}))
    found = one(row(absent, denied_by("identity")), absent)
    assert (found["layer"], found["action"], found["agree"]) == (None, None, True)
    found = one(row(WORKS, denied_by("organization", explicit=True)), WORKS)
    assert (found["layer"], found["action"], found["explicit"], found["statement"]) == ("organization", BATCH, True, None)
