# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The caller's side: inline and attached policies, groups, permissions boundary and session policies, read from moto's IAM."""

from __future__ import annotations

import typing as t

from . import consistency, iam_view
from .authorization import Layers
from .callers import Caller
from .documents import Statement, statements_of


def _managed(entity: t.Any) -> t.Iterator[str]:
    for policy in entity.managed_policies.values():
        default = next((v for v in policy.versions if v.version_id == policy.default_version_id), None)
        if default is not None:
            yield str(default.document)


def policy_texts(entity: t.Any) -> list[str]:
    """The documents that allow or deny things to a role or a user, those of a user's groups included."""
    texts = [str(text) for text in entity.policies.values()]
    texts.extend(_managed(entity))
    if hasattr(entity, "group_list"):
        backend = iam_view.backend(entity.account_id, entity.arn.split(":")[1])
        for group in backend.get_groups_for_user(entity.name):
            texts.extend(str(text) for text in group.policies.values())
            texts.extend(_managed(group))
    return texts


def _all(texts: t.Iterable[str]) -> tuple[Statement, ...]:
    return tuple(statement for text in texts for statement in statements_of(text))


def layers_of(caller: Caller) -> Layers:
    """The layers for a caller, as IAM shows them now (late for new ones, when the lab is eventually consistent)."""
    if caller.kind == "root":
        session = None if caller.session_policies is None else _all(caller.session_policies)
        return Layers(everything=True, session=session)
    if caller.kind == "service":
        return Layers()
    entity = iam_view.by_unique_id(caller.unique_id)
    if entity is None:
        return Layers()
    boundary = None
    boundary_arn = getattr(entity, "permissions_boundary_arn", None) or consistency.USER_BOUNDARIES.get(caller.unique_id)
    if boundary_arn:
        text = iam_view.managed_policy_document(caller.account, caller.partition, boundary_arn)
        boundary = statements_of(text) if text else ()
    texts = consistency.visible_policies(caller.unique_id, policy_texts(entity))
    session = None if caller.session_policies is None else _all(caller.session_policies)
    return Layers(_all(texts), boundary, session)
