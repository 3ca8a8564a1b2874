# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The one statement that is missing, ready to paste, and where it belongs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .._grants import Grant, identity_statements, registry_statements
from .._policy.document import Policy, RawStatement
from .._policy.evaluation import Layer, Named
from .._policy.request import Caller
from .near_misses import allows, documents_of
from .questions import CACHEABLE, Question
from .sides import V1_ACTIONS, Evidence, NewRepository, RegistrySide
from .verdicts import Judged

PolicyKind = Literal[
    "repository_policy",
    "registry_policy",
    "creation_template",
    "secret_policy",
    "key_policy",
    "identity_policy",
    "permissions_boundary",
    "session_policy",
    "service_control_policy",
]

#: What the policies of a principal are called.
KINDS: dict[Layer, PolicyKind] = {
    "identity": "identity_policy",
    "boundary": "permissions_boundary",
    "session": "session_policy",
    "organization": "service_control_policy",
}


@dataclass(frozen=True)
class Missing:
    """A missing statement, ready to paste, and where it belongs. ``region`` is None for IAM, ``account`` for service control policies."""

    account: str | None
    region: str | None
    document: str
    policy_kind: PolicyKind
    statement: RawStatement


def find_missing(question: Question, layer: Layer, lacking: Sequence[Judged], evidence: Evidence, grants: Sequence[Grant]) -> Missing:
    """The one statement that a layer lacks, for all steps that it lacks it for.

    That is the statement of a grant that allows them, else the smallest one that does.
    """
    principal, registry = question.principal, question.registry
    ordered = sorted(grants, key=lambda grant: (grant.name != question.grant, grant.name))
    if layer == "resource":
        place = (registry.account, registry.region)
        new = evidence.new_repository(*place, question.repository) if question.access in CACHEABLE else None
        if new:
            return _of_new(question, new, lacking)
        own = f"repository policy of {question.repository}"
        whole = f"registry policy of {registry.account} in {registry.region}"
        side = evidence.registries.get((registry.account, registry.region))
        tags = side.tags.get(question.repository, {}) if isinstance(side, RegistrySide) else {}
        # In scope V1 a statement of the registry policy does not help with most actions, even where a grant wants it there.
        of_registry = V1_ACTIONS if isinstance(side, RegistrySide) and side.scope == "V1" else None
        for grant in ordered:
            if grant.account == registry.account and (grant.scope == "registry" or grant.selects(question.repository, tags)):
                for statement in registry_statements(grant, registry.region, grant.scope):
                    in_own = grant.scope == "repository"
                    if _would_do(lacking, layer, statement, only=None if in_own else of_registry):
                        return Missing(*place, own if in_own else whole, "repository_policy" if in_own else "registry_policy", statement)
        if question.access == "replicate":
            return Missing(*place, whole, "registry_policy", {**_smallest(question, lacking), "Resource": lacking[0].step.resource})
        return Missing(*place, own, "repository_policy", _smallest(question, lacking))
    caller = lacking[0].request.caller
    if layer == "identity":
        document = f"identity policy of {principal.kind} {caller.name}"
        for statement in identity_statements(ordered, principal.account, principal.kind, caller.name):
            if _would_do(lacking, layer, statement):
                return Missing(principal.account, None, document, "identity_policy", statement)
    else:
        document = ", ".join(one.name for one in documents_of(lacking[0], layer)) or KINDS[layer].replace("_", " ")
    account = None if layer == "organization" else principal.account
    return Missing(account, None, document, KINDS[layer], _smallest_own(question, lacking))


def _of_new(question: Question, new: NewRepository, lacking: Sequence[Judged]) -> Missing:
    """What lacks where a pull-through cache makes the repository: before it is there only the registry policy counts."""
    place = (question.registry.account, question.registry.region)
    statement = _smallest(question, lacking)
    if lacking[0].step.place == "registry":
        whole = f"registry policy of {place[0]} in {place[1]}"
        return Missing(*place, whole, "registry_policy", {**statement, "Resource": lacking[0].step.resource})
    return Missing(*place, f"repository policy of {template_name(new)}", "creation_template", statement)


def template_name(new: NewRepository) -> str:
    """What messages call the creation template of a repository that is not there; one that is missing has the prefix of the rule."""
    return f"the creation template {new.template.prefix if new.template else new.rule}"


def _would_do(lacking: Sequence[Judged], layer: Layer, statement: RawStatement, only: tuple[str, ...] | None = None) -> bool:
    document = Named("", Policy((statement,), "2012-10-17"), only)
    return all(allows(one.request, layer, document) for one in lacking)


def _smallest(question: Question, lacking: Sequence[Judged]) -> RawStatement:
    principal, caller = question.principal, lacking[0].request.caller
    statement: RawStatement = {"Sid": _sid(question, caller), "Effect": "Allow"}
    actions = [one.step.action for one in lacking]
    if not caller.is_outsider:
        return {**statement, "Principal": {"AWS": principal.account if caller.kind == "root" else caller.arn}, "Action": actions}
    resources = principal.context(question.registry.region).get("aws:SourceArn")
    source = {"StringLike": {"aws:SourceArn": resources}} if resources else {"StringEquals": {"aws:SourceAccount": principal.account}}
    return {**statement, "Principal": {"Service": caller.arn}, "Action": actions, "Condition": source}


def _smallest_own(question: Question, lacking: Sequence[Judged]) -> RawStatement:
    resources = sorted({one.step.resource for one in lacking})
    place = lacking[0].step.place
    sid = {"login": "RegistryLogin", "store": "RegistryStore"}.get(place) or _sid(question, lacking[0].request.caller)
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": [one.step.action for one in lacking],
        "Resource": resources[0] if len(resources) == 1 else resources,
    }


def _sid(question: Question, caller: Caller) -> str:
    """A Sid that says what the statement is for; letters and digits only, as Sids are."""
    service = f"{caller.name.partition('.')[0]} {question.principal.account}"
    name = {"service": service, "root": question.principal.account}.get(caller.kind, caller.name)
    words = re.findall(r"[A-Za-z0-9]+", f"{question.access} for {name}")
    return "".join(word[:1].upper() + word[1:] for word in words)
