# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Why an access is denied, in one sentence, and the one statement that is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from .._grants import LOGIN_SID, Grant, identity_statements, registry_statements
from .._policy.document import Policy, RawStatement, as_written, label_of, sid_of
from .._policy.evaluation import Layer, Named, Policies, decide
from .._policy.principals import account_of, as_list, orphans, typed_principals
from .._policy.request import Request
from .questions import LAMBDA, Principal, Question
from .sides import Evidence, RegistrySide
from .verdicts import ANYTHING_OF_IDENTITY, STAND_INS, Judged, Verdict

PolicyKind = Literal[
    "repository_policy", "registry_policy", "identity_policy", "permissions_boundary", "session_policy", "service_control_policy"
]
Part = Literal["principal", "action", "resource", "condition"]

_KINDS: dict[Layer, PolicyKind] = {
    "identity": "identity_policy",
    "boundary": "permissions_boundary",
    "session": "session_policy",
    "organization": "service_control_policy",
}
#: Part of a statement -> the elements that say it, and what it is when it sets no limit.
_PARTS: dict[Part, tuple[tuple[str, ...], Any]] = {
    "principal": (("Principal", "NotPrincipal"), {"AWS": "*"}),
    "action": (("Action", "NotAction"), "*"),
    "resource": (("Resource", "NotResource"), "*"),
    "condition": (("Condition",), {}),
}
_MOST_NAMED = 3


@dataclass(frozen=True)
class Missing:
    """A statement that is missing, and where it belongs. ``region`` is None for IAM, ``account`` for service control policies."""

    account: str | None
    region: str | None
    document: str
    policy_kind: PolicyKind
    statement: RawStatement


@dataclass(frozen=True)
class Explanation:
    """Why, and what is missing; None when no statement would help."""

    reason: str
    missing: Missing | None = None


@dataclass(frozen=True)
class _Near:
    """A statement that allows something else, and in which parts it differs from what is asked for."""

    document: Named
    label: str
    statement: RawStatement
    misfits: frozenset[Part]

    @property
    def name(self) -> str:
        return f"statement {self.label} of the {self.document.name}"


def explain(question: Question, verdict: Verdict, evidence: Evidence, grants: Sequence[Grant] = ()) -> Explanation:
    """Why a question has its answer. ``grants`` are the declaration that the question comes from; Sids and statements are then its own."""
    one = verdict.deciding
    if one is None:
        return Explanation(verdict.obstacle or "")
    if verdict.outcome == "allowed":
        return Explanation(_allowed(question, one))
    if verdict.outcome == "unknown":
        return Explanation(_unknown(one))
    if one.decision.explicit:
        return Explanation(_explicit(question, one))
    layer = one.decision.layer
    lacking = [other for other in verdict.judged if _is_like(other, one)]
    missing = find_missing(question, layer, lacking, evidence, grants)
    cause = _no_resource(question, one, evidence, lacking) if layer == "resource" else _no_own(question, one, lacking)
    declared = _declared(missing, grants, one)
    return Explanation(cause + (f"; {declared}" if declared else ""), missing)


def _is_like(other: Judged, one: Judged) -> bool:
    """Whether another step is denied for the same cause."""
    alike = (other.decision.layer, other.decision.explicit, other.step.place) == (one.decision.layer, False, one.step.place)
    return alike and other.outcome == "denied"


# -- what is not simply missing ----------------------------------------------------------------------------------------


def _allowed(question: Question, one: Judged) -> str:
    decision = one.decision
    if decision.statement is None:
        text = f"{name_of(question.principal)} may do everything in its own account"
    else:
        text = f"statement {decision.statement} of the {decision.document} allows it"
    return f"{text}, but no grant declares it" if question.undeclared and question.expected == "denied" else text


def _unknown(one: Judged) -> str:
    texts = [f"not known: {', '.join(one.unread)}"] if one.unread else []
    keys = [key for key in one.decision.missing if key != "name of the session"]
    if keys:
        named = f" in statement {one.decision.statement} of the {one.decision.document}" if one.decision.statement else ""
        texts.append(f"it depends on {', '.join(keys)}{named}; give the value in 'context'")
    if len(keys) < len(one.decision.missing):
        texts.append("it depends on the name of the session; ask about the ARN of the session")
    return "; ".join(texts)


def _explicit(question: Question, one: Judged) -> str:
    decision = one.decision
    return (
        f"statement {decision.statement} of the {decision.document} denies {one.step.action} explicitly, which no other statement can "
        f"outweigh; change that statement so that it spares {name_of(question.principal)}"
    )


# -- the registry's side -----------------------------------------------------------------------------------------------


def _no_resource(question: Question, one: Judged, evidence: Evidence, lacking: Sequence[Judged]) -> str:
    side = evidence.registries.get((question.registry.account, question.registry.region))
    documents = [document for document in one.policies.resource if document not in STAND_INS]
    silent = [document for document in documents if not document.speaks_of(one.request)]
    for document in silent:
        near = _nearest(one, "resource", [replace(document, only=None)])
        if near and not near.misfits:
            return (
                f"{near.name} would allow {one.step.action}, but the registry of {question.registry.account} in "
                f"{question.registry.region} has REGISTRY_POLICY_SCOPE V1, where registry policies count for three other actions only; "
                "set the scope to V2, or write the statement into the repository policy"
            )
    own = side.repositories.get(question.repository) if isinstance(side, RegistrySide) else None
    near = _nearest(one, "resource", [document for document in documents if document not in silent])
    if near and near.misfits != {"principal"}:
        return _misfit(question, one, near, lacking)
    if own is None and question.access != "replicate":
        text = f"the repository {question.repository} has no policy"
    elif not documents:
        text = f"the registry of {question.registry.account} in {question.registry.region} has no policy"
    else:
        named = " or ".join(f"the {document.name}" for document in documents)
        text = f"no statement of {named} names {name_of(question.principal)}"
    if near:
        return f"{text}; {_other_principals(near)}"
    if own is None and documents:
        text += f", and no statement of the {documents[0].name} allows {one.step.action} to {name_of(question.principal)}"
    return text + _needs_both(one)


def _needs_both(one: Judged) -> str:
    caller = one.request.caller
    return "" if caller.is_outsider or caller.account == one.request.owner else "; across accounts the registry's side must allow it too"


def _other_principals(near: _Near) -> str:
    left = orphans(near.statement.get("Principal"))
    if left:
        return (
            f"{near.name} names {', '.join(left[:_MOST_NAMED])}, which a deleted role or user left behind; who has its name today is "
            "somebody else, so write the statement again"
        )
    values = [value for _kind, value in typed_principals(near.statement.get("Principal"))]
    more = f" and {len(values) - _MOST_NAMED} more" if len(values) > _MOST_NAMED else ""
    if not values:
        return f"{near.name} allows it to others"
    return f"{near.name} allows it to {', '.join(values[:_MOST_NAMED])}{more}"


# -- the principal's side ----------------------------------------------------------------------------------------------


def _no_own(question: Question, one: Judged, lacking: Sequence[Judged]) -> str:
    layer, who, action = one.decision.layer, name_of(question.principal), one.step.action
    documents = _documents(one, layer)
    near = _nearest(one, layer, documents)
    if layer == "identity" and one.step.place == "login":
        if near and near.misfits == {"resource"}:
            return f'{near.name} allows {action} on single resources only; it has none, so it needs "Resource": "*"'
        return f"no identity policy of {who} allows {action}, so it cannot log in"
    if near and near.misfits:
        return _misfit(question, one, near, lacking)
    if layer == "identity":
        if not any(document.statements["Allow"] for document in documents):
            return f"{who} has no identity policy that allows anything"
        names = ", ".join(document.name for document in documents[:_MOST_NAMED])
        more = f" and {len(documents) - _MOST_NAMED} more" if len(documents) > _MOST_NAMED else ""
        return f"no identity policy of {who} allows {action} ({names}{more})"
    whose = {"boundary": f"the permissions boundary of {who}", "session": f"the session policy of {who}"}.get(
        layer, f"a service control policy of the organization of account {question.principal.account}"
    )
    names = ", ".join(document.name for document in documents)
    return f"{whose} does not allow {action} ({names}), whatever the identity policies allow"


def _documents(one: Judged, layer: Layer) -> list[Named]:
    policies = one.policies
    if layer == "identity":
        found = list(policies.identity)
    elif layer == "boundary":
        found = [policies.boundary] if policies.boundary else []
    elif layer == "session":
        found = list(policies.session or ())
    else:
        levels = policies.organization or ()
        found = next((list(level) for level in levels if not any(_allows(one.request, layer, document) for document in level)), [])
    return [document for document in found if document not in STAND_INS]


# -- near misses -------------------------------------------------------------------------------------------------------


def _misfit(question: Question, one: Judged, near: _Near, lacking: Sequence[Judged]) -> str:
    """What is wrong with a statement that names the principal."""
    if "condition" in near.misfits:
        return f"{near.name} does not allow {one.step.action}{_unmet(one, near)}"
    if "action" in near.misfits:
        named = " names " + name_of(question.principal) + ", but" if one.decision.layer == "resource" else ""
        return f"{near.name}{named} lacks {', '.join(other.step.action for other in lacking)}"
    resources = [str(value) for element in ("Resource", "NotResource") for value in as_list(near.statement.get(element))]
    listed = ", ".join(resources[:_MOST_NAMED]) + (" ..." if len(resources) > _MOST_NAMED else "")
    return f"{near.name} is about other resources ({listed}) than {one.step.resource}"


def _unmet(one: Judged, near: _Near) -> str:
    texts = []
    for operator, keys in near.statement["Condition"].items():
        for key, values in keys.items():
            alone = {**_relaxed(near.statement, *_PARTS), "Condition": {operator: {key: values}}}
            if not _allows(one.request, one.decision.layer, _with(near.document, alone)):
                has = one.request.context.get(str(key).lower())
                request = "" if has is None else f", the request has {' and '.join(map(as_written, has)) or 'no such key'}"
                wanted = " or ".join(map(str, as_list(values)[:_MOST_NAMED]))
                texts.append(f"its condition {operator} {key} wants {wanted}{request}")
    return ": " + "; ".join(texts) if texts else ", because its conditions do not hold together"


def _nearest(one: Judged, layer: Layer, documents: Iterable[Named]) -> _Near | None:
    """The statement that comes closest to allowing a step; None when all are about something else."""
    found = []
    for document in documents:
        for at, statement in enumerate(document.policy.statements):
            if document.policy.meaning(statement).effect == "Allow":
                misfits = frozenset(part for part in _PARTS if not _fits(one.request, layer, document, statement, part))
                found.append(_Near(document, label_of(statement, at), statement, misfits))
    near = [each for each in found if _rank(each) is not None]
    account = one.request.caller.account
    return min(near, key=lambda each: (_rank(each), *_closeness(each, account), each.document.name, each.label), default=None)


def _rank(near: _Near) -> int | None:
    """How telling a statement is: the fewer parts differ, the better, and who it names says most."""
    order: list[frozenset[Part]] = [
        frozenset(), frozenset({"condition"}), frozenset({"action"}), frozenset({"resource"}), frozenset({"action", "condition"}),
        frozenset({"principal"}),
    ]  # fmt: skip
    return order.index(near.misfits) if near.misfits in order else None


def _closeness(near: _Near, account: str | None) -> tuple[bool, bool]:
    principal = near.statement.get("Principal")
    accounts = {account_of(value) for _kind, value in typed_principals(principal)}
    return not orphans(principal), account not in accounts


def _fits(request: Request, layer: Layer, document: Named, statement: RawStatement, part: Part) -> bool:
    """Whether one part of a statement, taken alone, goes with the request."""
    return _allows(request, layer, _with(document, _relaxed(statement, *(other for other in _PARTS if other != part))))


def _relaxed(statement: RawStatement, *parts: Part) -> RawStatement:
    """The statement without the limits that some of its parts set."""
    result = dict(statement)
    for part in parts:
        elements, anything = _PARTS[part]
        for element in elements:
            result.pop(element, None)
        result[elements[0]] = anything
    return result


def _with(document: Named, statement: RawStatement) -> Named:
    return replace(document, policy=Policy((statement,), document.policy.version))


def _allows(request: Request, layer: Layer, document: Named) -> bool:
    """Whether a document allows a request, or may, as far as its own layer goes."""
    if layer == "resource":
        policies = Policies(identity=(ANYTHING_OF_IDENTITY,), resource=(document,))
    else:
        request = replace(request, owner=request.caller.account or request.owner)
        policies = {
            "identity": Policies(identity=(document,)),
            "boundary": Policies(identity=(ANYTHING_OF_IDENTITY,), boundary=document),
            "session": Policies(identity=(ANYTHING_OF_IDENTITY,), session=(document,)),
            "organization": Policies(identity=(ANYTHING_OF_IDENTITY,), organization=((document,),)),
        }[layer]
    return decide(request, policies).outcome != "denied"


# -- the missing statement ---------------------------------------------------------------------------------------------


def find_missing(question: Question, layer: Layer, lacking: Sequence[Judged], evidence: Evidence, grants: Sequence[Grant]) -> Missing:
    """The one statement that a layer lacks, for all steps that it lacks it for.

    That is the statement of a grant that allows them, else the smallest one that does.
    """
    principal, registry = question.principal, question.registry
    ordered = sorted(grants, key=lambda grant: (grant.name != question.grant, grant.name))
    if layer == "resource":
        place = (registry.account, registry.region)
        own = f"repository policy of {question.repository}"
        whole = f"registry policy of {registry.account} in {registry.region}"
        side = evidence.registries.get((registry.account, registry.region))
        tags = side.tags.get(question.repository, {}) if isinstance(side, RegistrySide) else {}
        for grant in ordered:
            if grant.account == registry.account and (grant.scope == "registry" or grant.selects(question.repository, tags)):
                for statement in registry_statements(grant, registry.region, grant.scope):
                    if _would_do(lacking, layer, statement):
                        in_own = grant.scope == "repository"
                        return Missing(*place, own if in_own else whole, "repository_policy" if in_own else "registry_policy", statement)
        if question.access == "replicate":
            return Missing(*place, whole, "registry_policy", {**_smallest(question, lacking), "Resource": lacking[0].step.resource})
        return Missing(*place, own, "repository_policy", _smallest(question, lacking))
    if layer == "identity":
        document = f"identity policy of {name_of(principal)}"
        for statement in identity_statements(ordered, principal.account, principal.kind, lacking[0].request.caller.name):
            if _would_do(lacking, layer, statement):
                return Missing(principal.account, None, document, "identity_policy", statement)
    else:
        document = ", ".join(one.name for one in _documents(lacking[0], layer)) or _KINDS[layer].replace("_", " ")
    account = None if layer == "organization" else principal.account
    return Missing(account, None, document, _KINDS[layer], _smallest_own(question, lacking))


def _would_do(lacking: Sequence[Judged], layer: Layer, statement: RawStatement) -> bool:
    document = Named("", Policy((statement,), "2012-10-17"))
    return all(_allows(one.request, layer, document) for one in lacking)


def _smallest(question: Question, lacking: Sequence[Judged]) -> RawStatement:
    principal, caller = question.principal, lacking[0].request.caller
    statement: RawStatement = {"Sid": _sid(question.access, principal), "Effect": "Allow"}
    statement["Principal"] = (
        {"Service": caller.arn} if caller.is_outsider else {"AWS": principal.account if caller.kind == "root" else caller.arn}
    )
    statement["Action"] = [one.step.action for one in lacking]
    if caller.is_outsider:
        source = principal.context(question.registry.region)
        functions = source.get("aws:SourceArn")
        condition = (
            {"StringLike": {"aws:SourceArn": functions}} if functions else {"StringEquals": {"aws:SourceAccount": principal.account}}
        )
        statement["Condition"] = condition
    return statement


def _smallest_own(question: Question, lacking: Sequence[Judged]) -> RawStatement:
    resources = sorted({one.step.resource for one in lacking})
    place = lacking[0].step.place
    sid = {"login": "RegistryLogin", "store": "RegistryStore"}.get(place) or _sid(question.access, question.principal)
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": [one.step.action for one in lacking],
        "Resource": resources[0] if len(resources) == 1 else resources,
    }


def _sid(access: str, principal: Principal) -> str:
    name = principal.text.rpartition("/")[2] if principal.kind != "service" else f"{principal.text.partition('.')[0]}{principal.account}"
    words = re.findall(r"[A-Za-z0-9]+", f"{access} for {name}")
    return "".join(word[:1].upper() + word[1:] for word in words)


def _declared(missing: Missing | None, grants: Sequence[Grant], one: Judged) -> str | None:
    """Which grant's statement is missing, or is not what the grant says any more."""
    sid = sid_of(missing.statement) if missing else None
    owner = next((grant for grant in grants if sid in grant.family()), None)
    if owner is None and sid != LOGIN_SID:
        return None
    documents = one.policies.resource if one.decision.layer == "resource" else one.policies.identity
    there = any(sid_of(statement) == sid for document in documents for statement in document.policy.statements)
    what = f"statement {sid}" + (f" of grant {owner.name}" if owner else " of the grants")
    return f"{what} is there, but does not say what the grant says" if there else f"{what} is missing there"


# -- words -------------------------------------------------------------------------------------------------------------


def name_of(principal: Principal) -> str:
    """What messages call a principal."""
    if principal.kind == "root":
        return f"account {principal.account}"
    if principal.kind == "service":
        service = LAMBDA if principal.partition else principal.text.partition("/")[0]
        return f"{service} for account {principal.account}"
    name = principal.text.partition("assumed-role/")[2].partition("/")[0] or principal.text.rpartition("/")[2]
    return f"{principal.kind} {name} of account {principal.account}"
