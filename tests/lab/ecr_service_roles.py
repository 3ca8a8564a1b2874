# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles that ECR acts as: its service-linked ones, and those of the registry's account that a caller hands over.

Service-linked roles appear with the first call that needs them, when its caller may create them (ECR user guide, "Using service-linked
roles"). They have AWS's managed policies, among them the one of the pull through cache that holds for the own account only.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from . import iam_view
from .authorization import Decision, Request, decide
from .call import AwsError, Call, invalid_parameter
from .callers import Caller
from .context import request_context
from .documents import Statement
from .identity import layers_of
from .sts_sessions import assumed_by_service, role_caller


class Denied(AwsError):
    """A role that ECR acts as may not do something; `decision` says why."""

    def __init__(self, caller: Caller, action: str, resource: str, decision: Decision) -> None:
        text = f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource} {decision.reason(action)}"
        super().__init__("AccessDeniedException", text)
        self.decision = decision


@dataclasses.dataclass(frozen=True)
class Kind:
    """`service` is whom the service-linked role trusts, and whom a role of the customer's has to trust in its place."""

    name: str
    policy: str
    service: str


CACHE = Kind("AWSServiceRoleForECRPullThroughCache", "AWSECRPullThroughCache_ServiceRolePolicy", "pullthroughcache.ecr.amazonaws.com")
TEMPLATE = Kind("AWSServiceRoleForECRTemplate", "ECRTemplateServiceRolePolicy", "ecr.amazonaws.com")
REPLICATION = Kind("AWSServiceRoleForECRReplication", "ECRReplicationServiceRolePolicy", "replication.ecr.amazonaws.com")

# Which calls hand a role to ECR, or make a service-linked role appear.
NEEDED_BY = {
    "CreatePullThroughCacheRule": CACHE,
    "UpdatePullThroughCacheRule": CACHE,
    "CreateRepositoryCreationTemplate": TEMPLATE,
    "UpdateRepositoryCreationTemplate": TEMPLATE,
    "PutReplicationConfiguration": REPLICATION,
}


def linked_arn(kind: Kind, account: str, partition: str) -> str:
    return f"arn:{partition}:iam::{account}:role/aws-service-role/{kind.service}/{kind.name}"


def is_there(kind: Kind, account: str, partition: str) -> bool:
    return iam_view.by_arn(linked_arn(kind, account, partition)) is not None


def appear(kind: Kind, account: str, partition: str) -> None:
    """Make the service-linked role, when the account does not have it."""
    if is_there(kind, account, partition):
        return
    trust = {"Effect": "Allow", "Principal": {"Service": kind.service}, "Action": "sts:AssumeRole"}
    role = iam_view.backend(account, partition).create_role(
        kind.name,
        json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        f"/aws-service-role/{kind.service}/",
        None,
        "",
        [],
        "3600",
        linked_service=kind.service,
    )
    arn = f"arn:{partition}:iam::aws:policy/aws-service-role/{kind.policy}"
    iam_view.backend(account, partition).managed_policies[arn].attach_to(role)


def check_own_role(call: Call, arn: str) -> None:
    """A role that is handed to ECR is one of the registry's account (API reference, customRoleArn); whether it exists is not asked."""
    fields = arn.split(":", 5)
    if len(fields) != 6 or fields[:3] != ["arn", call.partition, "iam"] or not fields[5].startswith("role/"):
        raise invalid_parameter("customRoleArn", "must be the ARN of an IAM role")
    if fields[4] != call.account:
        raise invalid_parameter("customRoleArn", f"The role must be in the same account as the registry with id '{call.account}'")


def acting(kind: Kind, account: str, region: str, partition: str, custom: str | None) -> Caller:
    """The principal that ECR acts as: a session of the custom role, or of the service-linked one.

    Raises AwsError, in the words of STS, when ECR cannot assume it.
    """
    arn = custom or linked_arn(kind, account, partition)
    return role_caller(assumed_by_service(kind.service, arn, account, region, partition), "ecr")


def decision_about(
    caller: Caller,
    action: str,
    resource: str,
    place: tuple[str, str],
    statements: t.Sequence[Statement] | None,
    more: t.Mapping[str, t.Sequence[str]] | None = None,
    resource_must_allow: bool = False,
) -> Decision:
    """Whether a role that ECR acts as may do something in the account and region `place`."""
    account, region = place
    context = request_context(caller, region, account, "127.0.0.1", more=more)
    del context["aws:sourceip"]
    return decide(Request(caller, action, resource, context), account, layers_of(caller), statements, resource_must_allow)


def must_be_allowed(
    caller: Caller,
    action: str,
    resource: str,
    place: tuple[str, str],
    statements: t.Sequence[Statement] | None,
    more: t.Mapping[str, t.Sequence[str]] | None = None,
    resource_must_allow: bool = False,
) -> None:
    """Raise Denied when a role that ECR acts as may not do something."""
    decision = decision_about(caller, action, resource, place, statements, more, resource_must_allow)
    if not decision.allowed:
        raise Denied(caller, action, resource, decision)
