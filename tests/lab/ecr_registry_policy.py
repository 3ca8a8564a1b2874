# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PutRegistryPolicy, GetRegistryPolicy and DeleteRegistryPolicy."""

from __future__ import annotations

import typing as t

from . import consistency, ecr_policy_grammar
from .call import AwsError, Call, invalid_parameter
from .ecr_state import StoredPolicy, registry
from .operations import own
from .principals import BadPrincipal
from .respelling import bound_document, pretty, shown_document


def _key(call: Call) -> tuple[str, ...]:
    return ("registry-policy", call.account, call.region)


def _answer(call: Call, policy: StoredPolicy) -> dict[str, t.Any]:
    return {"registryId": call.account, "policyText": pretty(shown_document(policy.document))}


@own("ecr", "PutRegistryPolicy")
def put_registry_policy(call: Call) -> dict[str, t.Any]:
    state = registry(call.account, call.region)
    try:
        document = ecr_policy_grammar.parse(call.parameters["policyText"])
        scope = state.settings["REGISTRY_POLICY_SCOPE"]
        ecr_policy_grammar.check_registry_document(document, scope, call.partition, call.region, call.account)
        policy = StoredPolicy(bound_document(document, call.partition))
    except (ecr_policy_grammar.BadPolicy, BadPrincipal):
        raise invalid_parameter("PolicyText", "Invalid registry policy provided") from None
    consistency.replaced(_key(call), state.policy)
    state.policy = policy
    return _answer(call, policy)


def _not_found(call: Call) -> AwsError:
    return AwsError("RegistryPolicyNotFoundException", f"Registry policy does not exist in the registry with id '{call.account}'")


@own("ecr", "GetRegistryPolicy")
def get_registry_policy(call: Call) -> dict[str, t.Any]:
    policy = consistency.stale(_key(call), registry(call.account, call.region).policy)
    if policy is None:
        raise _not_found(call)
    return _answer(call, policy)


@own("ecr", "DeleteRegistryPolicy")
def delete_registry_policy(call: Call) -> dict[str, t.Any]:
    state = registry(call.account, call.region)
    policy = state.policy
    if policy is None:
        raise _not_found(call)
    consistency.replaced(_key(call), policy)
    state.policy = None
    return _answer(call, policy)
