# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PutRegistryPolicy, GetRegistryPolicy, DeleteRegistryPolicy and the account settings of a registry."""

from __future__ import annotations

import typing as t

from . import consistency, ecr_policy_grammar
from .call import AwsError, Call, invalid_parameter
from .ecr_state import StoredPolicy, registry
from .operations import own
from .principals import BadPrincipal
from .respelling import bound_document, pretty, shown_document

# REGISTRY_POLICY_SCOPE: the API's documentation names V2 only; V1 is what older registries have and is accepted so that it can be tested.
SETTINGS = {
    "REGISTRY_POLICY_SCOPE": ("V1", "V2"),
    "BASIC_SCAN_TYPE_VERSION": ("AWS_NATIVE", "CLAIR"),
    "BLOB_MOUNTING": ("ENABLED", "DISABLED"),
}


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


def _setting(call: Call) -> tuple[str, str]:
    name = str(call.parameters["name"])
    if name not in SETTINGS:
        raise invalid_parameter("name", f"Unknown account setting {name}")
    return name, registry(call.account, call.region).settings[name]


@own("ecr", "GetAccountSetting")
def get_account_setting(call: Call) -> dict[str, t.Any]:
    name, value = _setting(call)
    return {"name": name, "value": value}


@own("ecr", "PutAccountSetting")
def put_account_setting(call: Call) -> dict[str, t.Any]:
    name, _old = _setting(call)
    value = str(call.parameters["value"])
    if value not in SETTINGS[name]:
        raise invalid_parameter("value", f"must be one of {', '.join(SETTINGS[name])}")
    registry(call.account, call.region).settings[name] = value
    return {"name": name, "value": value}
