# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pulls through a cache of what is not there: what they take, and the one document that is named when something is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._access.explanation import explain
from ansible_collections.crossaccount.registry.plugins.module_utils._access.questions import Question
from ansible_collections.crossaccount.registry.plugins.module_utils._access.sides import (
    V1_ACTIONS,
    Evidence,
    NewRepository,
    RegistrySide,
    Template,
    Unread,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._access.verdicts import judge
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.document import Policy
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.evaluation import Named

from .access import (
    APP,
    CONSUMER,
    LOGIN,
    OTHER,
    OWNER,
    PULL,
    REPOSITORY,
    Statement,
    identity_side,
    named,
    own,
    pull,
    question,
    registry_side,
)

FILL = [*PULL, "ecr:CreateRepository", "ecr:BatchImportUpstreamImage"]
LOCAL = f"arn:aws:iam::{OWNER}:role/app"
THEIRS = "repository policy of the creation template payments"


def new(*statements: Statement, template: bool = True, **more: Any) -> RegistrySide:
    """A registry without the repository, but with a rule; ``statements`` are the policy that the template gives."""
    policy = named(THEIRS, statements) if statements else None
    made = Template("payments", policy, more.pop("tags", {})) if template else None
    failure, unread, untested = more.pop("failure", None), more.pop("template_unread", ()), more.pop("untested", None)
    coming = {REPOSITORY: NewRepository("payments", failure, made, unread, untested)}
    return registry_side(repositories={}, coming=coming, **more)


def everything(sid: str = "Fill", **elements: Any) -> Statement:
    """The statement of the registry policy that lets somebody of another account fill the cache."""
    return pull(sid, **{"Action": FILL, "Resource": "*", **elements})


def told(side: RegistrySide, *mine: Statement, principal: str = APP, access: str = "pull", **more: Any) -> tuple[str, str, Any]:
    """The outcome, the reason, and (document, actions, kind) of what is missing; that is then added, and has to do."""
    asked = question(principal, access, **more)
    known = Evidence({principal: identity_side(*mine, arn=principal)}, {(OWNER, "eu-west-1"): side})
    verdict = judge(asked, known)
    found = explain(asked, verdict, known)
    if found.missing is None:
        return verdict.outcome, found.reason, None
    assert mended(asked, known, found.missing).outcome == "allowed"
    return verdict.outcome, found.reason, (found.missing.policy_kind, found.missing.document, found.missing.statement["Action"])


def mended(asked: Question, known: Evidence, missing: Any) -> Any:
    """The verdict when the statement is added to the document that it is said to be missing in."""
    side: Any = known.registries[OWNER, "eu-west-1"]
    identity: Any = known.identities[asked.principal.text]

    def with_it(document: Named | None) -> Named:
        return Named(missing.document, Policy((*(document.policy.statements if document else ()), missing.statement), "2012-10-17"))

    if missing.policy_kind == "identity_policy":
        identity = replace(identity, identity=(with_it(identity.identity[0] if identity.identity else None),))
    elif missing.policy_kind == "registry_policy":
        side = replace(side, registry_policy=with_it(side.registry_policy))
    else:
        coming = side.coming[REPOSITORY]
        template = coming.template or Template("payments")
        coming = replace(coming, template=replace(template, policy=with_it(template.policy)))
        side = replace(side, coming={REPOSITORY: coming})
    return judge(asked, Evidence({asked.principal.text: identity}, {(OWNER, "eu-west-1"): side}))


MINE = own(Action=FILL)


def test_in_the_account_of_the_cache_its_own_policies_decide() -> None:
    outcome, reason, missing = told(new(), LOGIN, MINE, principal=LOCAL)
    assert (outcome, missing) == ("allowed", None)
    assert reason.endswith("the repository is not there yet, and the first pull makes it (cache rule payments)")
    for action in FILL:
        left = [one for one in FILL if one != action]
        outcome, reason, missing = told(new(), LOGIN, own(Action=left), principal=LOCAL)
        assert (outcome, missing) == ("denied", ("identity_policy", "identity policy of role app", [action]))
        assert f"lacks {action}" in reason
    outcome, reason, missing = told(new(), LOGIN, principal=LOCAL)
    assert missing[0] == "identity_policy" and sorted(missing[2]) == sorted(FILL)


def test_another_account_needs_the_registry_policy() -> None:
    """Before there is a repository nothing else speaks of it; the template's policy counts from then on."""
    assert told(new(registry=[everything()]), LOGIN, MINE)[0] == "allowed"
    before = [action for action in FILL if action != "ecr:GetDownloadUrlForLayer"]
    assert told(new(pull(), registry=[everything(Action=before)]), LOGIN, MINE)[0] == "allowed"
    outcome, reason, missing = told(new(pull()), LOGIN, MINE)
    assert (outcome, missing[:2]) == ("denied", ("registry_policy", f"registry policy of {OWNER} in eu-west-1"))
    assert sorted(missing[2]) == sorted(before)
    assert reason == (
        f"before there is the repository {REPOSITORY}, only the registry policy of {OWNER} in eu-west-1 can let role app of account "
        f"{CONSUMER} in, and it does not allow ecr:BatchGetImage and ecr:CreateRepository and ecr:BatchImportUpstreamImage"
    )
    outcome, reason, missing = told(new(), LOGIN, MINE)
    assert sorted(missing[2]) == sorted(FILL)
    outcome, reason, missing = told(new(registry=[everything(Action=PULL)]), LOGIN, MINE)
    assert missing[2] == ["ecr:CreateRepository", "ecr:BatchImportUpstreamImage"]


@pytest.mark.parametrize(
    ("side", "says"),
    [
        (new(registry=[everything(Action=FILL[:1] + FILL[2:])]), "the creation template payments gives repositories no policy; across"),
        (
            new(registry=[everything(Action=FILL[:1] + FILL[2:])], template=False),
            "no creation template is for what the cache rule payments makes, so its repositories get no policy; across accounts",
        ),
        (
            new(pull(principal=OTHER), registry=[everything(Action=FILL[:1] + FILL[2:])]),
            f"no statement of the {THEIRS} names role app of account {CONSUMER}; statement Pull of the {THEIRS} allows it to {OTHER}",
        ),
    ],
    ids=["no policy", "no template", "others"],
)
def test_only_the_template_is_missing(side: RegistrySide, says: str) -> None:
    outcome, reason, missing = told(side, LOGIN, MINE)
    assert (outcome, missing) == ("denied", ("creation_template", THEIRS, ["ecr:GetDownloadUrlForLayer"]))
    assert reason.startswith(says)


def test_what_others_have_cached_goes_by_the_template() -> None:
    outcome, reason, _missing = told(new(pull()), LOGIN, own(), access="cached_pull")
    assert outcome == "allowed" and "a pull by somebody who may fill the cache makes it" in reason
    outcome, reason, missing = told(new(), LOGIN, own(), access="cached_pull")
    assert (outcome, missing) == ("denied", ("creation_template", THEIRS, PULL))
    assert told(new(), LOGIN, own(), access="cached_pull", principal=LOCAL)[0] == "allowed"


def test_tags_of_the_template_are_asked_for() -> None:
    tagged = new(tags={"team": "platform"})
    assert told(tagged, LOGIN, MINE, principal=LOCAL)[2] == ("identity_policy", "identity policy of role app", ["ecr:TagResource"])
    only = {"StringEquals": {"aws:RequestTag/team": "platform"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    careful = own("Create", Action=["ecr:CreateRepository", "ecr:TagResource"], Condition=only)
    assert told(tagged, LOGIN, own(Action=[*PULL, "ecr:BatchImportUpstreamImage"]), careful, principal=LOCAL)[0] == "allowed"
    other = own("Create", Action=["ecr:CreateRepository", "ecr:TagResource"], Condition={"StringEquals": {"aws:RequestTag/team": "web"}})
    assert told(tagged, LOGIN, own(Action=[*PULL, "ecr:BatchImportUpstreamImage"]), other, principal=LOCAL)[0] == "denied"


def test_scope_v1_lets_nobody_of_another_account_fill() -> None:
    asked = question()
    side = new(pull(), registry=[everything()], only=V1_ACTIONS)
    known = Evidence({APP: identity_side(LOGIN, MINE)}, {(OWNER, "eu-west-1"): side})
    reason = explain(asked, judge(asked, known), known).reason
    assert reason.endswith("and that takes REGISTRY_POLICY_SCOPE V2, where it has V1")


def test_what_no_policy_mends() -> None:
    outcome, reason, missing = told(new(failure="the role has no trust"), LOGIN, MINE, principal=LOCAL)
    assert (outcome, reason, missing) == ("denied", "the cache rule payments cannot fetch: the role has no trust", None)
    nobody = registry_side(repositories={})
    nowhere = f"there is no repository {REPOSITORY} in account {OWNER} in eu-west-1"
    assert told(nobody, LOGIN, MINE)[:2] == ("denied", f"{nowhere}; create it first, or correct the name")
    for more in ({"access": "cached_pull"}, {"of_cache": True}):
        outcome, reason, missing = told(nobody, LOGIN, MINE, **more)
        assert reason.startswith(f"{nowhere}, and no pull-through cache rule covers it; write the rule")
    for access in ("push", "pull_push", "scan"):
        assert told(new(), LOGIN, MINE, principal=LOCAL, access=access)[1].startswith(nowhere)


def test_what_could_not_be_read() -> None:
    unread = registry_side(repositories={}, coming=Unread("the pull-through cache rules (AccessDenied)"))
    outcome, reason, _missing = told(unread, LOGIN, MINE)
    assert outcome == "unknown" and "whether a pull-through cache would make it is not known: the pull-through cache rules" in reason
    assert told(unread, LOGIN, MINE, access="push")[0] == "denied"
    side = new(registry=[everything()], template=False, template_unread=("the repository creation templates (AccessDenied)",))
    assert told(side, LOGIN, MINE)[:2] == ("unknown", "not known: the repository creation templates (AccessDenied)")
    known = Evidence({APP: identity_side(LOGIN, own(Action=PULL))}, {(OWNER, "eu-west-1"): side})
    assert judge(question(), known).outcome == "denied"


def test_what_could_not_be_validated() -> None:
    """Who may pull does not get anything if ECR cannot fetch; who may not is denied whatever it can."""
    side = new(untested="ValidatePullThroughCacheRule: AccessDenied")
    outcome, reason, _missing = told(side, LOGIN, MINE, principal=LOCAL)
    words = "whether ECR can fetch with the cache rule payments is not known: ValidatePullThroughCacheRule: AccessDenied"
    assert (outcome, reason) == ("unknown", words)
    known = Evidence({LOCAL: identity_side(LOGIN, own(Action=PULL), arn=LOCAL)}, {(OWNER, "eu-west-1"): side})
    assert judge(question(LOCAL), known).outcome == "denied"
