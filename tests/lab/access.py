# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision about a call: its targets, the resource policies that speak, the caller's layers, and AWS's words for a denial."""

from __future__ import annotations

from . import ecr_state
from .authorization import Decision, Request, decide
from .call import AwsError, Call
from .callers import Caller
from .context import request_context, tag_keys
from .definition_revisions import PASSED_TO
from .documents import Statement
from .ecr_service_roles import NEEDED_BY
from .eks_pod_identity import SERVICE as PODS
from .identity import layers_of
from .targets import Target, targets_of

# What a registry policy can never give to another account (the service's public roadmap has it as an open wish).
NOT_BY_REGISTRY_POLICY = {"ecr:SetRepositoryPolicy"}
V1_ACTIONS = {"ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}
DENIED = {"ecr": ("AccessDeniedException", 400), "secretsmanager": ("AccessDeniedException", 400), "kms": ("AccessDeniedException", 400)}


def authorize(call: Call) -> None:
    """Raise AWS's access denied error when a target of the call is not allowed."""
    for target in targets_of(call):
        decision = decide_target(call, target)
        if not decision.allowed:
            code, status = DENIED.get(call.service, ("AccessDenied", 403) if call.protocol == "query" else ("AccessDeniedException", 400))
            raise AwsError(code, denial_text(call.caller, target.action, target.printed, decision), status)


def may(call: Call) -> bool:
    return all(decide_target(call, target).allowed for target in targets_of(call))


def denial_text(caller: Caller, action: str, resource: str, decision: Decision) -> str:
    return f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource} {decision.reason(action)}"


def decide_target(call: Call, target: Target) -> Decision:
    statements, must, more = _resource_side(call, target)
    more.update(_request_keys(call))
    call.needs.append((target.action, target.resource))
    context = request_context(call.caller, call.region, call.account, call.source_ip, more=more)
    request = Request(call.caller, target.action, target.resource, context)
    return decide(request, call.account, layers_of(call.caller), statements, must)


def _request_keys(call: Call) -> dict[str, list[str]]:
    keys: dict[str, list[str]] = {}
    tags = call.parameters.get("tags") or call.parameters.get("Tags") or []
    if call.service in ("batch", "eks") and isinstance(tags, dict):
        tags = [{"Key": key, "Value": value} for key, value in tags.items()]
    elif call.service == "ecs" and isinstance(tags, list):
        tags = [{"Key": tag.get("key"), "Value": tag.get("value", "")} for tag in tags]
    if isinstance(tags, list) and all(isinstance(tag, dict) and isinstance(tag.get("Key"), str) for tag in tags):
        keys.update(tag_keys([{"Key": tag["Key"], "Value": str(tag.get("Value", ""))} for tag in tags], "aws:requesttag"))
        if tags:
            keys["aws:tagkeys"] = [tag["Key"] for tag in tags]
    names = call.parameters.get("tagKeys") or call.parameters.get("TagKeys")
    if names:
        keys["aws:tagkeys"] = [str(name) for name in names]
    if call.service == "iam":
        if call.parameters.get("PolicyArn"):
            keys["iam:policyarn"] = [call.parameters["PolicyArn"]]
        if call.parameters.get("PermissionsBoundary"):
            keys["iam:permissionsboundary"] = [call.parameters["PermissionsBoundary"]]
    return keys


def _resource_side(call: Call, target: Target) -> tuple[list[Statement] | None, bool, dict[str, list[str]]]:
    """The statements of the resource policies, whether they have to allow, and the keys that the resource adds."""
    if call.service == "ecr" and target.action.startswith("iam:"):
        service = NEEDED_BY[call.operation].service
        return None, False, {"iam:passedtoservice": [service], "iam:awsservicename": [service]}
    if target.action == "iam:PassRole":
        return None, False, {"iam:passedtoservice": [PODS if call.service == "eks" else PASSED_TO]}
    if call.service == "ecr" and target.resource != "*":
        name = target.resource.partition(":repository/")[2]
        repository = ecr_state.find_repository(call.account, call.region, name)
        tags = ecr_state.tags_of(repository) if repository is not None else []
        statements = statements_about(call.account, call.region, name, target.action, call.caller.account != call.account)
        return statements, False, tag_keys(tags, "aws:resourcetag", "ecr:resourcetag")
    if call.service == "secretsmanager" and target.resource != "*":
        from .secrets_store import resource_side

        statements, keys = resource_side(call.account, call.region, target.resource)
        return statements, False, keys
    if call.service == "kms" and target.resource != "*":
        from .kms_keys import key_policy

        statements = key_policy(call.account, call.region, target.resource)
        # In the own account, a key that is not there is not found; of another account, nothing is told.
        return statements, statements is not None, {"kms:calleraccount": [call.caller.account]}
    return None, False, {}


def statements_about(account: str, region: str, repository_name: str, action: str, across: bool) -> list[Statement]:
    """Registry policy: every action in scope V2, three in V1; never SetRepositoryPolicy for another account."""
    statements: list[Statement] = []
    repository = ecr_state.find_repository(account, region, repository_name) if repository_name else None
    if repository is not None:
        policy = ecr_state.state_of(repository).policy
        statements.extend(policy.statements if policy else ())
    registry = ecr_state.registry(account, region)
    if registry.policy and (registry.settings["REGISTRY_POLICY_SCOPE"] == "V2" or action in V1_ACTIONS):
        withheld = across and action in NOT_BY_REGISTRY_POLICY
        statements.extend(s for s in registry.policy.statements if not (s.allow and withheld))
    return statements
