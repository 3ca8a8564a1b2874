# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Statements that would allow an access if one of their parts were different."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from .._policy.document import Policy, RawStatement, label_of
from .._policy.evaluation import Layer, Named, Policies, decide
from .._policy.principals import account_of, as_list, orphans, typed_principals
from .._policy.request import Request
from .questions import LOGIN
from .verdicts import ANYTHING_OF_IDENTITY, STAND_INS, Judged

Part = Literal["principal", "action", "resource", "condition"]

#: Part of a statement -> the elements that say it, and what it is when it sets no limit.
_PARTS: dict[Part, tuple[tuple[str, ...], Any]] = {
    "principal": (("Principal", "NotPrincipal"), {"AWS": "*"}),
    "action": (("Action", "NotAction"), "*"),
    "resource": (("Resource", "NotResource"), "*"),
    "condition": (("Condition",), {}),
}
#: What may differ in a statement that tells something, beginning with what tells most.
_TELLING: tuple[set[Part], ...] = (set(), {"condition"}, {"action"}, {"resource"}, {"action", "condition"}, {"principal"})


@dataclass(frozen=True)
class Near:
    """A statement that allows something else, and in which parts it differs from what is asked for."""

    document: Named
    label: str
    statement: RawStatement
    misfits: frozenset[Part]

    @property
    def name(self) -> str:
        return f"statement {self.label} of the {self.document.name}"


def nearest(one: Judged, layer: Layer, documents: Iterable[Named]) -> Near | None:
    """The statement that comes closest to allowing a step; None when all are about something else."""
    found = []
    for document in documents:
        for at, statement in enumerate(document.policy.statements):
            if document.policy.meaning(statement).effect == "Allow":
                misfits = frozenset(part for part in _PARTS if not _fits(one.request, layer, document, statement, part))
                found.append(Near(document, label_of(statement, at), statement, misfits))
    account = one.request.caller.account
    ranked = [
        (rank, *_closeness(near, account), near.document.name, near.label, near)
        for near in found
        if (rank := _rank(near, layer)) is not None
    ]
    return min(ranked, key=lambda each: each[:-1])[-1] if ranked else None


def _rank(near: Near, layer: Layer) -> int | None:
    """How telling a statement is, the least number first; None when it says nothing about the case.

    A statement of the registry's side that names somebody else tells less than one that names the caller. On the caller's own side
    every statement is about the caller, so that other actions tell something only where they are a registry's.
    """
    if "action" in near.misfits and layer != "resource" and not _is_about_registries(near):
        return None
    return _TELLING.index(near.misfits) if near.misfits in _TELLING else None


def _is_about_registries(near: Near) -> bool:
    negated, actions = near.document.policy.meaning(near.statement).action
    return not negated and any(action.startswith("ecr:") and action != LOGIN.lower() for action in actions)


def _closeness(near: Near, account: str | None) -> tuple[bool, bool]:
    principal = near.statement.get("Principal")
    accounts = {account_of(value) for _kind, value in typed_principals(principal)}
    return not orphans(principal), account not in accounts


def unmet_conditions(one: Judged, layer: Layer, near: Near) -> list[tuple[str, str, list[str], list[str] | None]]:
    """The conditions of a statement that do not hold: operator, key, the values that it wants, and those of the request.

    The request's values are None where they are not known. Empty when only several conditions together do not hold.
    """
    conditions = near.statement.get("Condition")
    found = []
    for operator, keys in conditions.items() if isinstance(conditions, Mapping) else ():
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            alone = {**_relaxed(near.statement, *_PARTS), "Condition": {operator: {key: values}}}
            if not allows(one.request, layer, _with(near.document, alone)):
                has = one.request.context.get(str(key).lower())
                found.append((str(operator), str(key), [str(value) for value in as_list(values)], None if has is None else list(has)))
    return found


def documents_of(one: Judged, layer: Layer) -> list[Named]:
    """The documents of a layer of the caller's side; of the organization those of the first level that does not allow the step."""
    policies = one.policies
    if layer == "identity":
        found = list(policies.identity)
    elif layer == "boundary":
        found = [policies.boundary] if policies.boundary else []
    elif layer == "session":
        found = list(policies.session or ())
    else:
        levels = policies.organization or ()
        found = next((list(level) for level in levels if not any(allows(one.request, layer, document) for document in level)), [])
    return [document for document in found if document not in STAND_INS]


def _fits(request: Request, layer: Layer, document: Named, statement: RawStatement, part: Part) -> bool:
    """Whether one part of a statement, taken alone, goes with the request."""
    return allows(request, layer, _with(document, _relaxed(statement, *(other for other in _PARTS if other != part))))


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


def allows(request: Request, layer: Layer, document: Named) -> bool:
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
