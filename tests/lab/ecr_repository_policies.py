# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SetRepositoryPolicy, GetRepositoryPolicy, DeleteRepositoryPolicy."""

from __future__ import annotations

import dataclasses
import typing as t

from . import access, consistency, ecr_policy_grammar
from .call import AwsError, Call, invalid_parameter
from .ecr_state import StoredPolicy, repository_of, state_of
from .operations import own
from .principals import MalformedPrincipal, UnknownPrincipal
from .respelling import bound_document, pretty, shown_document


def refuse(constraint: str) -> AwsError:
    return invalid_parameter("PolicyText", constraint)


def stored_from(text: str, partition: str) -> StoredPolicy:
    """The stored form of a policy text; raises what SetRepositoryPolicy raises."""
    try:
        return StoredPolicy(bound_document(ecr_policy_grammar.parse(text), partition))
    except (ecr_policy_grammar.BadPolicy, MalformedPrincipal):
        raise refuse("Invalid repository policy provided") from None
    except UnknownPrincipal:
        raise refuse("Principal not found") from None


def _answer(call: Call, name: str, policy: StoredPolicy) -> dict[str, t.Any]:
    return {"registryId": call.account, "repositoryName": name, "policyText": pretty(shown_document(policy.document))}


def _key(call: Call, name: str) -> tuple[str, ...]:
    return ("repository-policy", call.account, call.region, name)


@own("ecr", "SetRepositoryPolicy")
def set_repository_policy(call: Call) -> dict[str, t.Any]:
    repository = repository_of(call)
    policy = stored_from(call.parameters["policyText"], call.partition)
    state = state_of(repository)
    if not call.parameters.get("force"):
        # The API promises to refuse a document that prevents the caller from setting another one; its words are not documented,
        # so the lab uses those for every other document that it refuses.
        old, state.policy = state.policy, policy
        try:
            locked_out = not access.may(dataclasses.replace(call, operation="SetRepositoryPolicy"))
        finally:
            state.policy = old
        if locked_out:
            raise refuse("Invalid repository policy provided")
    consistency.replaced(_key(call, repository.name), state.policy)
    state.policy = policy
    return _answer(call, repository.name, policy)


def _not_found(call: Call, name: str) -> AwsError:
    return AwsError(
        "RepositoryPolicyNotFoundException",
        f"Repository policy does not exist for the repository with name '{name}' in the registry with id '{call.account}'",
    )


@own("ecr", "GetRepositoryPolicy")
def get_repository_policy(call: Call) -> dict[str, t.Any]:
    repository = repository_of(call)
    policy = consistency.stale(_key(call, repository.name), state_of(repository).policy)
    if policy is None:
        raise _not_found(call, repository.name)
    return _answer(call, repository.name, policy)


@own("ecr", "DeleteRepositoryPolicy")
def delete_repository_policy(call: Call) -> dict[str, t.Any]:
    repository = repository_of(call)
    state = state_of(repository)
    policy = state.policy
    if policy is None:
        raise _not_found(call, repository.name)
    consistency.replaced(_key(call, repository.name), policy)
    state.policy = None
    return _answer(call, repository.name, policy)
