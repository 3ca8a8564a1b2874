# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second opinion: the lab decides requests with code of its own, which shares nothing with the collection."""

from __future__ import annotations

import random

import pytest
from hypothesis import given

from ansible_collections.crossaccount.registry.plugins.module_utils._policy.evaluation import Named, Policies, decide
from ansible_collections.crossaccount.registry.plugins.module_utils._policy.request import Request

from .strategies import as_aws_shows, examples
from .test_evaluation_properties import LAYERS, World, policies, requests

pytest.importorskip("moto")

from tests.lab import authorization, callers, documents

WORDS = {
    authorization.IDENTITY: "identity",
    authorization.RESOURCE: "resource",
    authorization.BOUNDARY: "boundary",
    authorization.SESSION: "session",
}
KEYS = (
    *("aws:sourcevpce", "aws:tagkeys", "aws:requestedregion", "aws:principalarn", "aws:principalaccount", "aws:resourceaccount"),
    *("aws:sourcearn", "aws:securetransport"),
)


def statements(found: tuple[Named, ...]) -> tuple[documents.Statement, ...]:
    """The lab reads documents as AWS shows them."""
    texts = [as_aws_shows(document.policy.as_dict(), random.Random(0)) for document in found]
    return tuple(one for text in texts for one in documents.statements_of(text))


def second_opinion(request: Request, world: World) -> authorization.Decision:
    own, given_policies = request.caller, policies(world)
    if own.is_outsider:
        given_policies = Policies(resource=given_policies.resource)
    unique_id = own.unique_id or own.arn
    caller = callers.Caller(
        kind=own.kind,
        account=own.account or "",
        partition="aws",
        arn=own.session or own.arn,
        principal_arn=own.arn,
        user_id=unique_id,
        unique_id=own.account or "" if own.kind == "root" else unique_id,
        name=own.arn,
    )
    context = {key: list(values) for key in KEYS if (values := request.context.get(key)) is not None}
    layers = authorization.Layers(
        identity=statements(given_policies.identity),
        boundary=statements((given_policies.boundary,)) if given_policies.boundary else None,
        session=None if given_policies.session is None else statements(given_policies.session),
        everything=own.kind == "root",
    )
    asked = authorization.Request(caller, request.action, request.resource, context)
    return authorization.decide(asked, request.owner, layers, statements(given_policies.resource), request.resource_decides)


def is_comparable(request: Request, world: World) -> bool:
    """Whether the lab knows all that this request is about: it has no service control policies and no sessions of users."""
    caller = request.caller
    in_lab = caller.session is not None if caller.kind == "role" else caller.session is None
    not_principals = any("NotPrincipal" in one and one["Effect"] == "Deny" for found in world["resource"] for one in found)
    return in_lab and not (not_principals and world["boundary"] is not None)


@given(world=LAYERS, request=requests(known=True))
@examples(800)
def test_the_lab_decides_alike(world: World, request: Request) -> None:
    world = {**world, "organization": None}
    if not is_comparable(request, world):
        return
    ours, theirs = decide(request, policies(world)), second_opinion(request, world)
    assert (ours.outcome == "allowed") is theirs.allowed
    if not theirs.allowed:
        assert ours.explicit is theirs.explicit
        # Where several layers deny, AWS does not document which one it tells.
        assert ours.explicit or ours.layer == WORDS[theirs.layer]
