# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Why an access is denied, in one sentence, and the one statement that is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .._grants import LOGIN_SID, Grant
from .._policy.document import as_written, sid_of
from .._policy.principals import as_list, orphans, typed_principals
from .missing_statement import Missing, find_missing, template_name
from .near_misses import Near, allows, documents_of, nearest, unmet_conditions
from .questions import CACHED_PULL, Question, name_of
from .sides import V1_ACTIONS, Evidence, NewRepository, RegistrySide
from .verdicts import STAND_INS, Judged, Verdict

_MOST_NAMED = 3


@dataclass(frozen=True)
class Explanation:
    """Why, and what is missing; None when no statement would help."""

    reason: str
    missing: Missing | None = None


def explain(question: Question, verdict: Verdict, evidence: Evidence, grants: Sequence[Grant] = ()) -> Explanation:
    """Why a question has its answer. ``grants`` are the declaration that the question comes from; Sids and statements are then its own."""
    one = verdict.deciding
    if one is None:
        return Explanation(verdict.obstacle or "")
    if verdict.outcome == "allowed":
        return Explanation(_allowed(question, one) + _by_cache(question, verdict))
    if verdict.outcome == "unknown":
        return Explanation(_unknown(one))
    if one.decision.explicit:
        return Explanation(_explicit(question, one))
    layer = one.decision.layer
    lacking = [other for other in verdict.judged if _is_like(other, one)]
    missing = find_missing(question, layer, lacking, evidence, grants)
    if layer != "resource":
        cause = _no_own(question, one, lacking)
    elif verdict.new:
        cause = _no_resource_yet(question, one, verdict.new, evidence, lacking)
    else:
        cause = _no_resource(question, one, evidence, lacking)
    texts = [cause, _declared(missing, grants, one), *_besides(verdict, one)]
    return Explanation("; ".join(text for text in texts if text), missing)


def _is_like(other: Judged, one: Judged) -> bool:
    """Whether another step is denied for the same cause, which one statement mends."""
    alike = (other.decision.layer, other.decision.explicit, _side(other)) == (one.decision.layer, False, _side(one))
    return alike and other.outcome == "denied"


def _side(one: Judged) -> str:
    """A repository that is not there yet is on the side of one that is: the registry policy speaks of both."""
    return "repository" if one.step.place == "registry" else one.step.place


def _by_cache(question: Question, verdict: Verdict) -> str:
    """What is said besides, where a pull-through cache makes the repository."""
    new = verdict.new
    if new is None:
        return ""
    if question.access == CACHED_PULL:
        return f"; the repository is not there yet, and a pull by somebody who may fill the cache makes it (cache rule {new.rule})"
    return f"; the repository is not there yet, and the first pull makes it (cache rule {new.rule})"


def _besides(verdict: Verdict, one: Judged) -> Iterator[str]:
    """What else stands in the way, so that nobody mends one thing at a time."""
    across = one.request.caller.account != one.request.owner
    own_side = one.decision.layer != "resource" and _side(one) == "repository"
    if own_side and across and not any(allows(one.request, "resource", document) for document in one.policies.resource):
        yield "the registry's side does not allow it either"
    if one.step.place != "login" and any(other.step.place == "login" and other.outcome == "denied" for other in verdict.judged):
        yield "neither may it log in (ecr:GetAuthorizationToken)"


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
        near = nearest(one, "resource", [replace(document, only=None)])
        if near and not near.misfits:
            return (
                f"{near.name} would allow {one.step.action}, but the registry of {question.registry.account} in "
                f"{question.registry.region} has REGISTRY_POLICY_SCOPE V1, where registry policies count for three other actions only; "
                "set the scope to V2, or write the statement into the repository policy"
            )
    own = side.repositories.get(question.repository) if isinstance(side, RegistrySide) else None
    near = nearest(one, "resource", [document for document in documents if document not in silent])
    if near and near.misfits and near.misfits != {"principal"}:
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


def _no_resource_yet(question: Question, one: Judged, new: NewRepository, evidence: Evidence, lacking: Sequence[Judged]) -> str:
    """The same for a repository that a pull-through cache makes."""
    registry = question.registry
    template = template_name(new)
    if one.step.place == "registry":
        side = evidence.registries.get((registry.account, registry.region))
        place = f"registry policy of {registry.account} in {registry.region}"
        text = f"before there is the repository {question.repository}, only the {place} can let {name_of(question.principal)} in"
        if isinstance(side, RegistrySide) and side.scope == "V1" and any(other.step.action not in V1_ACTIONS for other in lacking):
            return f"{text}, and that takes REGISTRY_POLICY_SCOPE V2, where it has V1"
        near = nearest(one, "resource", [document for document in one.policies.resource if document not in STAND_INS])
        if near and near.misfits and near.misfits != {"principal"}:
            return f"{text}; {_misfit(question, one, near, lacking)}"
        lacks = " and ".join(other.step.action for other in lacking)
        return f"{text}, and it does not allow {lacks}"
    near = nearest(one, "resource", [new.template.policy] if new.template and new.template.policy else [])
    if near and near.misfits and near.misfits != {"principal"}:
        return _misfit(question, one, near, lacking)
    if new.template is None:
        return f"no creation template is for what the cache rule {new.rule} makes, so its repositories get no policy{_needs_both(one)}"
    if new.template.policy is None:
        return f"{template} gives repositories no policy{_needs_both(one)}"
    text = f"no statement of the {new.template.policy.name} names {name_of(question.principal)}"
    return f"{text}; {_other_principals(near)}" if near else text + _needs_both(one)


def _needs_both(one: Judged) -> str:
    caller = one.request.caller
    return "" if caller.is_outsider or caller.account == one.request.owner else "; across accounts the registry's side must allow it too"


def _other_principals(near: Near) -> str:
    left = orphans(near.statement.get("Principal"))
    if left:
        return (
            f"{near.name} names {', '.join(left[:_MOST_NAMED])}, which a deleted role or user left behind; who has its name today is "
            "somebody else, so write the statement again"
        )
    values = [value for _kind, value in typed_principals(near.statement.get("Principal"))]
    return f"{near.name} allows it to {_listed(values) or 'others'}"


# -- the principal's side ----------------------------------------------------------------------------------------------


def _no_own(question: Question, one: Judged, lacking: Sequence[Judged]) -> str:
    layer, who, action = one.decision.layer, name_of(question.principal), one.step.action
    documents = documents_of(one, layer)
    near = nearest(one, layer, documents)
    if layer == "identity" and one.step.place == "login":
        if near and near.misfits == {"resource"}:
            return f'{near.name} allows {action} on single resources only; it has none, so it needs "Resource": "*"'
        return f"no identity policy of {who} allows {action}, so it cannot log in"
    if near and near.misfits:
        return _misfit(question, one, near, lacking)
    if layer == "identity":
        if not any(document.statements["Allow"] for document in documents):
            return f"{who} has no identity policy that allows anything"
        return f"no identity policy of {who} allows {action} (it has the {_listed([document.name for document in documents])})"
    limit = _listed([document.name for document in documents]) or f"{layer} policy"
    return f"the {limit} does not allow {action}, whatever the identity policies of {who} allow"


# -- both sides --------------------------------------------------------------------------------------------------------


def _misfit(question: Question, one: Judged, near: Near, lacking: Sequence[Judged]) -> str:
    """What is wrong with a statement that is about the caller."""
    if "condition" in near.misfits:
        return f"{near.name} does not allow {one.step.action}{_unmet(one, near)}"
    if "action" in near.misfits:
        named = f" names {name_of(question.principal)}, but" if one.decision.layer == "resource" else ""
        return f"{near.name}{named} lacks {' and '.join(other.step.action for other in lacking)}"
    resources = [str(value) for element in ("Resource", "NotResource") for value in as_list(near.statement.get(element))]
    what = "all resources but" if "NotResource" in near.statement else "other resources:"
    return f"{near.name} is about {what} {_listed(resources)}; asked for is {one.step.resource}"


def _unmet(one: Judged, near: Near) -> str:
    texts = []
    for operator, key, wanted, has in unmet_conditions(one, one.decision.layer, near):
        request = "" if has is None else f" and the request has {_listed(has) or 'no such key'}"
        texts.append(f"its condition {operator} on {key} wants {_listed(wanted)}{request}")
    return ": " + "; ".join(texts) if texts else ": its conditions do not hold together"


def _listed(values: Sequence[str]) -> str:
    more = f" and {len(values) - _MOST_NAMED} more" if len(values) > _MOST_NAMED else ""
    return ", ".join(as_written(value) for value in values[:_MOST_NAMED]) + more


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
