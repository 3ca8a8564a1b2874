# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the policies say about a question, action by action."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from .._policy.document import Policy
from .._policy.evaluation import Decision, Named, Outcome, Policies, decide
from .._policy.principals import partition_of
from .._policy.request import Context, Request, context_of
from .questions import Question, Step, steps_of
from .sides import Evidence, IdentitySide, RegistrySide, Unread

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
    It is None where no policy matters, and ``obstacle`` says why: the repository or the principal is not there, or they are in
    different partitions.
    """

    outcome: Outcome
    judged: tuple[Judged, ...] = ()
    deciding: Judged | None = None
    obstacle: str | None = None


def judge(question: Question, evidence: Evidence) -> Verdict:
    """What the policies say about a question. Raises nothing."""
    obstacle = _obstacle(question, evidence)
    if obstacle:
        return Verdict("denied", obstacle=obstacle)
    asker = _Asker(question, evidence)
    judged = tuple(asker.judge(step) for step in steps_of(question))
    for outcome in ("denied", "unknown"):
        deciding = next((one for one in judged if one.outcome == outcome), None)
        if deciding:
            return Verdict(outcome, judged, deciding)
    return Verdict("allowed", judged, judged[0])


def _obstacle(question: Question, evidence: Evidence) -> str | None:
    """Why no policy matters: what is asked for, or who asks, is not there."""
    principal, registry = question.principal, question.registry
    partition = partition_of(registry.region)
    if principal.partition not in (None, partition):
        return (
            f"{principal.text} is in the partition {principal.partition} and the registry in {partition}; no policy reaches from one "
            "partition of AWS into another"
        )
    identity = evidence.identities.get(principal.text)
    if isinstance(identity, Unread) and identity.gone:
        return identity.reason
    side = evidence.registries.get((registry.account, registry.region))
    if not isinstance(side, RegistrySide) or question.access == "replicate":
        return None
    if question.repository in side.repositories or side.unread_of(question.repository):
        return None
    return _absent(question, side)


def _absent(question: Question, side: RegistrySide) -> str:
    text = f"there is no repository {question.repository} in account {side.account} in {side.region}"
    elsewhere = side.elsewhere.get(question.repository)
    if elsewhere:
        return f"{text}; it is in {' and '.join(elsewhere)}, so ask the registry of that region, or replicate the repository"
    close = get_close_matches(question.repository, list(side.repositories), n=3)
    return f"{text}; there is {', '.join(close)}" if close else f"{text}; create it first, or correct the name"


class _Asker:
    """The requests of one question."""

    def __init__(self, question: Question, evidence: Evidence) -> None:
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
            self._tags = side.tags.get(question.repository)
        else:
            self._resource, self._tags = (), None
            self._resource_unread = (side.reason if side else f"the policies of the registry of {registry.account} in {registry.region}",)

    def judge(self, step: Step) -> Judged:
        asks_registry = step.place == "repository"
        unread = (*self._identity_unread, *(self._resource_unread if asks_registry else ()))
        policies = Policies(
            identity=(*self._identity.identity, *([ANYTHING_OF_IDENTITY] if self._identity_unread else [])),
            boundary=self._identity.boundary,
            session=self._evidence.sessions.get(self._question.principal.text),
            resource=(*self._resource, *([ANYTHING] if self._resource_unread else [])) if asks_registry else (),
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
            for prefix in ("aws:ResourceTag", "ecr:ResourceTag"):
                known |= {f"{prefix}/*": (), **{f"{prefix}/{key}": value for key, value in self._tags.items()}}
        side = self._identity
        return context_of(side.caller, step.action, step.resource, step.owner, side.tags, side.organization, known=known)
