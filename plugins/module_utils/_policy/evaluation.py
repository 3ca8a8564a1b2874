# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The decision that AWS IAM makes for a request, and which statement or layer makes it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-eval-logic

Left out are policies that nobody hands in: resource control policies and VPC endpoint policies, which can only deny more, KMS grants,
and what single services decide for themselves (STS lets no account root assume a role).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from .answers import NO, YES, Answer, every, opposite, settled, some, unknown
from .conditions import Test, test_of
from .document import Meaning, Policy, label_of
from .principals import EVERYONE
from .request import Caller, Request
from .variables import Texts

Outcome = Literal["allowed", "denied", "unknown"]
Layer = Literal["organization", "resource", "identity", "boundary", "session"]

#: What a statement of a resource policy does for a caller, from the weakest to the strongest.
_ACCOUNT, _LIMITED, _DIRECT = 1, 2, 3


@dataclass(frozen=True)
class Named:
    """A policy document and what messages call it. Make it once for many decisions: it keeps its statements ready.

    ``only``: the actions that the document has a say in, None for all (an ECR registry policy of scope V1 has in three of them).
    """

    name: str
    policy: Policy
    only: tuple[str, ...] | None = None

    @cached_property
    def statements(self) -> dict[str, tuple[Statement, ...]]:
        """The statements made ready, by effect, in an order that does not depend on the document's."""
        found = [Statement(label_of(one, at), self.policy.meaning(one)) for at, one in enumerate(self.policy.statements)]
        found.sort(key=lambda one: one.rank)
        return {effect: tuple(one for one in found if one.meaning.effect == effect) for effect in ("Allow", "Deny")}

    @cached_property
    def _has_a_say(self) -> Texts:
        return Texts(self.only or (), fold=True)

    def speaks_of(self, request: Request) -> bool:
        """Whether this document has a say in the request at all."""
        return self.only is None or bool(self._has_a_say.match(request.action, request.context).truth)


@dataclass(frozen=True)
class Policies:
    """Every policy that has a say.

    ``identity``: inline and managed policies of the caller. ``boundary`` and ``session`` are None where there is none.
    ``resource``: the policies of the resource (for an image those of its repository and of the registry; a trust policy; a key
    policy). ``organization``: for each level from the root down to the caller's account the service control policies there; None when
    nobody gave them, and for the management account and service-linked roles, which they do not touch.
    """

    identity: tuple[Named, ...] = ()
    boundary: Named | None = None
    session: tuple[Named, ...] | None = None
    resource: tuple[Named, ...] = ()
    organization: tuple[tuple[Named, ...], ...] | None = None


@dataclass(frozen=True)
class Decision:
    """What AWS decides.

    ``layer`` is the kind of policy that decides. ``document`` and ``statement`` name the deciding statement; they are None where the
    layer says nothing. For what is allowed across accounts they name the resource's side. ``explicit`` is true for a Deny.
    ``missing`` is what is not known and would decide, sorted: condition keys in lower case, C(name of the session), or what cannot be
    evaluated (C(operator ...), C(value ...), C(an element that is not known)).
    """

    outcome: Outcome
    layer: Layer
    document: str | None = None
    statement: str | None = None
    explicit: bool = False
    missing: tuple[str, ...] = ()


class Statement:
    """One statement made ready for many requests."""

    def __init__(self, label: str, meaning: Meaning) -> None:
        self.label = label
        self.meaning = meaning
        self.rank = (label.startswith("#"), label if not label.startswith("#") else "", _text_of(meaning), label)
        self._actions = Texts(meaning.action[1], fold=True)
        self._resources = Texts(meaning.resource[1])
        self._beyond = unknown({"an element that is not known"}, _text_of(meaning)) if meaning.other else YES
        self._tests: tuple[Test, ...] = tuple(test_of(*one) for one in sorted(meaning.condition, key=lambda one: (one[:2], sorted(one[2]))))

    def applies(self, request: Request) -> Answer:
        """Whether action, resource and condition of the statement match the request; the principal is not looked at."""
        if bool(self._actions.match(request.action, request.context).truth) == self.meaning.action[0]:
            return NO
        resource = self._resources.match(request.resource, request.context)
        if self.meaning.resource[0]:
            resource = opposite(resource)
        if resource.truth is False:
            return NO
        return every([resource, self._beyond, *(test(request.context) for test in self._tests)])


class _Found(NamedTuple):
    """What a layer says, and which statement says it."""

    layer: Layer
    answer: Answer
    document: str | None = None
    statement: str | None = None


class _Hit(NamedTuple):
    """A statement that applies, or may; ``strength`` is what it does for the caller."""

    strength: int
    document: str
    statement: Statement
    answer: Answer


class _Way(NamedTuple):
    """A way in which a request can be allowed: what grants it, and all layers that must say yes, the granting one among them."""

    grant: _Found
    layers: list[_Found]


def decide(request: Request, policies: Policies) -> Decision:
    """The decision for a request. The order of documents and statements does not matter. Raises nothing for documents that parse."""
    doubts: list[_Found] = []
    bounded = policies.boundary is not None
    for layer, documents in _denying(request, policies):
        deny = _strongest(layer, [hit for document in documents for hit in _hits("Deny", layer, document, request, bounded)])
        if deny.answer.truth:
            return Decision("denied", layer, deny.document, deny.statement, explicit=True)
        if deny.answer.truth is None:
            doubts.append(deny)
    return _concluded(_ways(request, policies), doubts)


def _denying(request: Request, policies: Policies) -> list[tuple[Layer, Sequence[Named]]]:
    """Every layer that a Deny may come from, in the order in which AWS looks at them.

    Service principals and federated callers belong to no account, so only the resource's policies speak of them:
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#scp-effects-on-permissions
    """
    if request.caller.is_outsider:
        return [("resource", policies.resource)]
    return [
        ("organization", [document for level in policies.organization or () for document in level]),
        ("resource", policies.resource),
        ("identity", policies.identity),
        ("boundary", [policies.boundary] if policies.boundary else []),
        ("session", policies.session or []),
    ]


def _ways(request: Request, policies: Policies) -> list[_Way]:
    """The ways in which a request can be allowed when nothing denies it. The first one tells best what is missing.

    Inside an account a resource policy is enough that names the user, the session or everybody. Where it names the role, the boundary
    and the session policy must allow too. Where it names the account, it leaves the decision to the identity policies:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-eval-logic
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
    """
    hits = [hit for document in policies.resource for hit in _hits("Allow", "resource", document, request)]
    somehow = _strongest("resource", hits)
    caller = request.caller
    if caller.is_outsider:
        return [_Way(somehow, [somehow])]
    guards = [_allow("organization", level, request) for level in policies.organization or ()]
    limits = [_allow("boundary", [policies.boundary], request)] if policies.boundary else []
    limits += [] if policies.session is None else [_allow("session", policies.session, request)]
    # The account's root needs no identity policy.
    own = _Found("identity", YES, "account root") if caller.kind == "root" else _allow("identity", policies.identity, request)
    if caller.account != request.owner:
        # What the other side lacks is worth telling only when the caller's is complete.
        return [_Way(somehow, [*guards, own, *limits, somehow])]
    ways = []
    direct = [hit for hit in hits if hit.strength == _DIRECT]
    if direct:
        grant = _strongest("resource", direct)
        ways.append(_Way(grant, [*guards, grant]))
    limited = [hit for hit in hits if hit.strength == _LIMITED]
    if limited:
        grant = _strongest("resource", limited)
        ways.append(_Way(grant, [*guards, grant, *limits]))
    needed = [somehow] if request.resource_decides else []
    return [*ways, _Way(own, [*guards, *needed, own, *limits])]


def _concluded(ways: list[_Way], doubts: list[_Found]) -> Decision:
    """The decision when no statement certainly denies; ``doubts`` are layers that may."""
    open_ways = [way for way in ways if all(found.answer.truth is not False for found in way.layers)]
    if not open_ways:
        silent = next(found for found in ways[0].layers if found.answer.truth is False)
        return Decision("denied", silent.layer)
    sure = next((way for way in open_ways if all(found.answer.truth for found in way.layers)), None)
    if sure and not doubts:
        return Decision("allowed", sure.grant.layer, sure.grant.document, sure.grant.statement)
    undecided = [] if sure else [found for way in open_ways for found in way.layers if found.answer.truth is None]
    undecided += doubts
    # Statements that depend on the same facts may leave only one outcome.
    somehow = some(every(found.answer for found in way.layers) for way in open_ways)
    outcome = settled(every([somehow, *(opposite(found.answer) for found in doubts)]))
    first = undecided[0]
    if outcome is True:
        grant = (sure or open_ways[0]).grant
        return Decision("allowed", grant.layer, grant.document, grant.statement)
    if outcome is False and doubts:
        return Decision("denied", doubts[0].layer, doubts[0].document, doubts[0].statement, explicit=True)
    if outcome is False:
        return Decision("denied", first.layer)
    missing = frozenset[str]().union(*(found.answer.missing for found in undecided))
    return Decision("unknown", first.layer, first.document, first.statement, missing=tuple(sorted(missing)))


def _allow(layer: Layer, documents: Iterable[Named], request: Request) -> _Found:
    """Whether a layer allows the request."""
    return _strongest(layer, [hit for document in documents for hit in _hits("Allow", layer, document, request)])


def _strongest(layer: Layer, hits: Sequence[_Hit]) -> _Found:
    """What hits say together. The one to name does not depend on their order."""
    if not hits:
        return _Found(layer, NO)
    best = min(hits, key=lambda hit: (hit.answer.truth is None, -hit.strength, hit.document, hit.statement.rank))
    return _Found(layer, some(hit.answer for hit in hits), best.document, best.statement.label)


def _hits(effect: str, layer: Layer, document: Named, request: Request, bounded: bool = False) -> list[_Hit]:
    """The statements of a document with this effect that match the request, or may; ``bounded`` is for callers with a boundary."""
    found = []
    if document.speaks_of(request):
        for statement in document.statements[effect]:
            applies = statement.applies(request)
            if applies.truth is not False:
                for strength, named in _named(statement.meaning, request.caller, layer, bounded):
                    answer = every((named, applies))
                    if answer.truth is not False:
                        found.append(_Hit(strength, document.name, statement, answer))
    return found


def _named(meaning: Meaning, caller: Caller, layer: Layer, bounded: bool) -> list[tuple[int, Answer]]:
    """What a statement does for the caller, and whether it does.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    if meaning.principal is None:
        return [] if layer == "resource" else [(_DIRECT, YES)]
    negated, members = meaning.principal
    if negated:
        if meaning.effect == "Deny":
            return [(_DIRECT, opposite(_spared(members, caller, bounded)))]
        return [(_DIRECT, opposite(some(answer for _strength, answer in _naming(members, caller))))]
    return _naming(members, caller)


def _naming(members: frozenset[str], caller: Caller) -> list[tuple[int, Answer]]:
    """How a list of canonical principals names the caller: itself, its role or the user whose session it is, its account."""
    found = []
    if EVERYONE in members or caller.session in members:
        found.append((_DIRECT, YES))
    else:
        may_be_session = _session_in(members, caller)
        if may_be_session.truth is None:
            found.append((_DIRECT, may_be_session))
    if not members.isdisjoint(caller.identity):
        found.append((_LIMITED if caller.kind == "role" or caller.session else _DIRECT, YES))
    elif caller.account in members:
        found.append((_ACCOUNT, YES))
    return found


def _spared(members: frozenset[str], caller: Caller, bounded: bool) -> Answer:
    """Whether a Deny with NotPrincipal spares the caller: its account, its role or user, and its session must all be listed.

    It spares nobody who has a permissions boundary:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    if EVERYONE in members:
        return YES
    if bounded or members.isdisjoint(caller.identity) or not (caller.is_outsider or caller.account in members):
        return NO
    return YES if caller.kind in ("service", "federated", "root") else _session_in(members, caller)


def _session_in(members: frozenset[str], caller: Caller) -> Answer:
    """Whether a list names the caller's session, where that is not known yet; yes for a user who has none."""
    if caller.session is not None or caller.kind != "role":
        return YES if caller.session is None or caller.session in members else NO
    names = frozenset(member for member in members if caller.any_session and member.startswith(caller.any_session))
    return unknown({"name of the session"}, names) if names else NO


def _text_of(meaning: Meaning) -> str:
    """A text that is the same for equal meanings."""
    parts = [meaning.principal or (False, frozenset()), meaning.action, meaning.resource]
    condition = sorted([operator, key, *sorted(values)] for operator, key, values in meaning.condition)
    return json.dumps([[negated, sorted(members)] for negated, members in parts] + [condition, meaning.other])
