# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the policies say about a question, action by action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from .._policy.document import Policy
from .._policy.evaluation import Decision, Named, Outcome, Policies, decide
from .._policy.principals import partition_of
from .._policy.request import Context, Request, context_of
from .questions import CACHEABLE, CREATE, TAG, Question, Step, steps_of
from .sides import Evidence, IdentitySide, NewRepository, RegistrySide, Unread

#: Stands in for what was not read: where even this does not help, the answer is certain.
ANYTHING = Named(
    "what was not read",
    Policy(({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*"},), "2012-10-17"),
)
ANYTHING_OF_IDENTITY = Named("what was not read", Policy(({"Effect": "Allow", "Action": "*", "Resource": "*"},), "2012-10-17"))
STAND_INS = (ANYTHING, ANYTHING_OF_IDENTITY)


@dataclass(frozen=True)
class Judged:
    """One step, what was asked of AWS's rules about it, and the decision."""

    step: Step
    request: Request
    policies: Policies
    decision: Decision
    unread: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The decision, but unknown where only what was not read could allow it."""
        return "unknown" if self.unread and self.decision.outcome == "allowed" else self.decision.outcome


@dataclass(frozen=True)
class Verdict:
    """The answer to a question.

    ``deciding`` is the step that decides: the first one that is denied, else the first one that is unknown, else the first one.
    It is None where it is no policy that decides, and ``obstacle`` says what: the repository or the principal is not there, they are in
    different partitions, or nobody knows whether the cache can fetch. ``new`` is what was judged where the repository is not there and a
    pull-through cache would make it.
    """

    outcome: Outcome
    judged: tuple[Judged, ...] = ()
    deciding: Judged | None = None
    obstacle: str | None = None
    new: NewRepository | None = None


def judge(question: Question, evidence: Evidence) -> Verdict:
    """What the policies say about a question. Raises nothing."""
    new = _new(question, evidence)
    obstacle = _obstacle(question, evidence, new)
    if obstacle:
        return Verdict(obstacle[0], obstacle=obstacle[1], new=new)
    asker = _Asker(question, evidence, new)
    judged = tuple(asker.judge(step) for step in steps_of(question, new))
    for outcome in ("denied", "unknown"):
        deciding = next((one for one in judged if one.outcome == outcome), None)
        if deciding:
            return Verdict(outcome, judged, deciding, new=new)
    if new and new.untested:
        text = f"whether ECR can fetch with the cache rule {new.rule} is not known: {new.untested}"
        return Verdict("unknown", judged, obstacle=text, new=new)
    return Verdict("allowed", judged, judged[0], new=new)


def _new(question: Question, evidence: Evidence) -> NewRepository | None:
    if question.access not in CACHEABLE:
        return None
    return evidence.new_repository(question.registry.account, question.registry.region, question.repository)


def _obstacle(question: Question, evidence: Evidence, new: NewRepository | None) -> tuple[Outcome, str] | None:
    """Why no policy matters: what is asked for, or who asks, is not there, or nobody can fetch it."""
    principal, registry = question.principal, question.registry
    partition = partition_of(registry.region)
    if principal.partition not in (None, partition):
        text = f"{principal.text} is in the partition {principal.partition} and the registry in {partition}"
        return "denied", f"{text}; no policy reaches from one partition of AWS into another"
    identity = evidence.identities.get(principal.text)
    if isinstance(identity, Unread) and identity.gone:
        return "denied", identity.reason
    if new:
        return ("denied", f"the cache rule {new.rule} cannot fetch: {new.failure}") if new.failure else None
    side = evidence.registries.get((registry.account, registry.region))
    if not isinstance(side, RegistrySide) or question.access == "replicate":
        return None
    if question.repository in side.repositories or side.unread_of(question.repository):
        return None
    if question.access in CACHEABLE and isinstance(side.coming, Unread):
        return "unknown", f"{_nowhere(question, side)}, and whether a pull-through cache would make it is not known: {side.coming.reason}"
    return "denied", _absent(question, side)


def _nowhere(question: Question, side: RegistrySide) -> str:
    return f"there is no repository {question.repository} in account {side.account} in {side.region}"


def _absent(question: Question, side: RegistrySide) -> str:
    text = _nowhere(question, side)
    if question.cached:
        return f"{text}, and no pull-through cache rule covers it; write the rule with crossaccount.registry.ecr_pull_through_cache_rule"
    elsewhere = side.elsewhere.get(question.repository)
    if elsewhere:
        return f"{text}; it is in {' and '.join(elsewhere)}, so ask the registry of that region, or replicate the repository"
    close = get_close_matches(question.repository, list(side.repositories), n=3)
    return f"{text}; there is {', '.join(close)}" if close else f"{text}; create it first, or correct the name"


class _Asker:
    """The requests of one question."""

    def __init__(self, question: Question, evidence: Evidence, new: NewRepository | None) -> None:
        self._question = question
        self._known = {**question.principal.context(question.registry.region), **evidence.context}
        self._evidence = evidence
        principal, registry = question.principal, question.registry
        found = evidence.identities.get(principal.text)
        if found is None:
            reason = f"the policies of {principal.text}" if principal.is_read else ""
            found = Unread(reason) if reason else IdentitySide(principal.caller(registry.region))
        self._identity_unread: tuple[str, ...]
        if isinstance(found, Unread):
            self._identity = IdentitySide(principal.caller(registry.region))
            self._identity_unread = (found.reason,)
        else:
            self._identity, self._identity_unread = found, found.unread
        side = evidence.registries.get((registry.account, registry.region))
        if isinstance(side, RegistrySide):
            self._resource, self._resource_unread = side.policies_of(question.repository), side.unread_of(question.repository)
            self._before = () if side.registry_policy is None else (side.registry_policy,)
            self._tags = side.tags.get(question.repository)
        else:
            self._resource, self._before, self._tags = (), (), None
            self._resource_unread = (side.reason if side else f"the policies of the registry of {registry.account} in {registry.region}",)
        self._template_unread: tuple[str, ...] = ()
        self._new_tags: dict[str, str] = {}
        if new:
            template, self._template_unread = new.template, new.unread
            self._new_tags = dict(template.tags) if template else {}
            self._tags = None if new.unread else self._new_tags
            self._resource = (*([template.policy] if template and template.policy else []), *self._before)

    def judge(self, step: Step) -> Judged:
        theirs: dict[str, tuple[tuple[Named, ...], tuple[str, ...]]] = {
            "registry": (self._before, self._resource_unread),
            "repository": (self._resource, (*self._resource_unread, *self._template_unread)),
        }
        resource, resource_unread = theirs.get(step.place, ((), ()))
        unread = (*self._identity_unread, *resource_unread)
        policies = Policies(
            identity=(*self._identity.identity, *([ANYTHING_OF_IDENTITY] if self._identity_unread else [])),
            boundary=self._identity.boundary,
            session=self._evidence.sessions.get(self._question.principal.text),
            resource=(*resource, *([ANYTHING] if resource_unread else [])),
            organization=self._evidence.organizations.get(self._question.principal.account),
        )
        request = Request(self._identity.caller, step.action, step.resource, step.owner, self._context(step))
        return Judged(step, request, policies, decide(request, policies), unread)

    def _context(self, step: Step) -> Context:
        known = dict(self._known)
        if step.place == "login":
            # The endpoint that is asked is that of the registry's region.
            known.setdefault("aws:RequestedRegion", self._question.registry.region)
        elif step.place == "repository" and self._tags is not None:
            known |= _tag_keys(("aws:ResourceTag", "ecr:ResourceTag"), self._tags)
        elif step.place == "registry":
            # What is not there yet has no tags; who creates it asks for those of the template.
            known |= _tag_keys(("aws:ResourceTag", "ecr:ResourceTag"), {})
            asked = self._new_tags if step.action in (CREATE, TAG) else {}
            known |= {**_tag_keys(("aws:RequestTag",), asked), "aws:TagKeys": list(asked)}
        side = self._identity
        return context_of(side.caller, step.action, step.resource, step.owner, side.tags, side.organization, known=known)


def _tag_keys(prefixes: Iterable[str], tags: Mapping[str, str]) -> dict[str, Any]:
    """The condition keys for tags, of which there are no others."""
    found: dict[str, Any] = {}
    for prefix in prefixes:
        found |= {f"{prefix}/*": (), **{f"{prefix}/{key}": value for key, value in tags.items()}}
    return found
