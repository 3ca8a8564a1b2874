# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pull through cache rules: create, update, delete, describe."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from . import consistency, ecr_service_roles
from .call import AwsError, Call, invalid_parameter
from .ecr_cache_secrets import readable_version
from .ecr_cache_upstreams import Upstream, upstream_of
from .ecr_prefixes import ROOT, bare, best
from .operations import on_reset, own
from .paging import ecr_page

RULES_PER_REGISTRY = 50  # Service quotas of Amazon ECR; not adjustable


@dataclasses.dataclass(frozen=True)
class Rule:
    registry: str
    region: str
    partition: str
    prefix: str
    url: str
    upstream: Upstream
    upstream_prefix: str | None
    secret: str | None
    role: str | None
    created: datetime.datetime
    updated: datetime.datetime


_RULES: dict[tuple[str, str], dict[str, Rule]] = {}


@on_reset
def forget() -> None:
    _RULES.clear()


def rules_of(account: str, region: str) -> dict[str, Rule]:
    """The rules of a registry by prefix."""
    return _RULES.setdefault((account, region), {})


def rule_for(account: str, region: str, repository: str) -> Rule | None:
    """The rule that a repository name falls under: the longest prefix, ROOT last."""
    return best(rules_of(account, region), repository)


def rule_of(call: Call) -> Rule:
    """The rule that a call names; raises PullThroughCacheRuleNotFoundException."""
    rule = rules_of(call.account, call.region).get(bare(call.parameters["ecrRepositoryPrefix"]))
    if rule is None:
        raise _not_found()
    return rule


# The sentences of the API reference; no other ones are known.
def _not_found() -> AwsError:
    text = "The pull through cache rule was not found. Specify a valid pull through cache rule and try again."
    return AwsError("PullThroughCacheRuleNotFoundException", text)


def _already_there() -> AwsError:
    text = "A pull through cache rule with these settings already exists for the private registry."
    return AwsError("PullThroughCacheRuleAlreadyExistsException", text)


def _too_many() -> AwsError:
    text = "The operation did not succeed because it would have exceeded a service limit for your account."
    return AwsError("LimitExceededException", text)


def _nothing_to_update() -> AwsError:
    """As users of Pulumi saw it: https://github.com/pulumi/pulumi-aws/issues/5714"""
    return AwsError("InvalidParameterException", "Invalid input: Please set either credential arn or role arn to update the credentials")


def _needs_authentication(what: str) -> AwsError:
    # With "Secrets Manager ARN": https://github.com/aws-controllers-k8s/community/issues/2589. The other one is made like it.
    text = f"The specified upstream registry requires authentication. Specify a valid {what}"
    return AwsError("UnsupportedUpstreamRegistryException", text)


def shown(call: Call, rule: Rule, among: str | None = None) -> dict[str, t.Any]:
    """A rule with the members that the answer of this operation has by the service model."""
    every = {
        "ecrRepositoryPrefix": rule.prefix,
        "upstreamRegistryUrl": rule.url,
        "createdAt": rule.created,
        "updatedAt": rule.updated,
        "registryId": rule.registry,
        "upstreamRegistry": rule.upstream.kind,
        "credentialArn": rule.secret,
        "customRoleArn": rule.role,
        "upstreamRepositoryPrefix": rule.upstream_prefix,
    }
    shape: t.Any = call.model.output_shape if call.model else None
    members = shape.members[among].member.members if among else shape.members
    return {name: value for name, value in every.items() if value is not None and name in members}


def _key(call: Call) -> tuple[str, ...]:
    return ("cache-rules", call.account, call.region)


def _keep(call: Call, rule: Rule) -> None:
    rules = rules_of(call.account, call.region)
    consistency.replaced(_key(call), dict(rules))
    rules[rule.prefix] = rule


def _check_credentials(call: Call, upstream: Upstream) -> None:
    """What an upstream needs and what it cannot have; roles of the registry's account, secrets that ECR can read."""
    secret, role = call.parameters.get("credentialArn"), call.parameters.get("customRoleArn")
    if secret and not upstream.takes_secret:
        raise invalid_parameter("credentialArn", f"not supported for the upstream registry {upstream.kind}")
    if role and upstream.kind != "ecr":
        raise invalid_parameter("customRoleArn", f"not supported for the upstream registry {upstream.kind}")
    if role is not None:
        ecr_service_roles.check_own_role(call, role)
    if secret:
        readable_version(call.account, call.region, call.partition, secret)


def _upstream_prefix(call: Call, upstream: Upstream, prefix: str) -> str | None:
    """The prefix in the upstream registry. It is of ECR to ECR only, and with the prefix ROOT it is ROOT (ECR user guide, "Customizing
    repository prefixes for ECR to ECR pull through cache")."""
    given = call.parameters.get("upstreamRepositoryPrefix")
    if upstream.kind != "ecr":
        if given is not None:
            raise invalid_parameter("upstreamRepositoryPrefix", f"not supported for the upstream registry {upstream.kind}")
        return None
    wanted = bare(given or ROOT)
    if prefix == ROOT and wanted != ROOT:
        raise invalid_parameter("upstreamRepositoryPrefix", "must be ROOT when the ECR repository prefix is ROOT")
    return wanted


@own("ecr", "CreatePullThroughCacheRule")
def create_pull_through_cache_rule(call: Call) -> dict[str, t.Any]:
    given, rules = call.parameters, rules_of(call.account, call.region)
    prefix = bare(given["ecrRepositoryPrefix"])
    upstream = upstream_of(call, given["upstreamRegistryUrl"], given.get("upstreamRegistry"))
    upstream_prefix = _upstream_prefix(call, upstream, prefix)
    if prefix in rules:
        raise _already_there()
    if len(rules) >= RULES_PER_REGISTRY:
        raise _too_many()
    if upstream.takes_secret and not given.get("credentialArn"):
        raise _needs_authentication("Secrets Manager ARN")
    if upstream.kind == "ecr" and upstream.account != call.account and not given.get("customRoleArn"):
        raise _needs_authentication("IAM role ARN")
    ecr_service_roles.appear(ecr_service_roles.CACHE, call.account, call.partition)
    _check_credentials(call, upstream)
    moment = datetime.datetime.now(datetime.UTC)
    rule = Rule(
        registry=call.account,
        region=call.region,
        partition=call.partition,
        prefix=prefix,
        url=given["upstreamRegistryUrl"],
        upstream=upstream,
        upstream_prefix=upstream_prefix,
        secret=given.get("credentialArn"),
        role=given.get("customRoleArn"),
        created=moment,
        updated=moment,
    )
    _keep(call, rule)
    return shown(call, rule)


@own("ecr", "UpdatePullThroughCacheRule")
def update_pull_through_cache_rule(call: Call) -> dict[str, t.Any]:
    """Only the credentials can change; what is left out stays, but one of them there must be."""
    old = rule_of(call)
    if not (call.parameters.get("credentialArn") or call.parameters.get("customRoleArn")):
        raise _nothing_to_update()
    ecr_service_roles.appear(ecr_service_roles.CACHE, call.account, call.partition)
    _check_credentials(call, old.upstream)
    rule = dataclasses.replace(
        old,
        secret=call.parameters.get("credentialArn") or old.secret,
        role=call.parameters.get("customRoleArn") or old.role,
        updated=datetime.datetime.now(datetime.UTC),
    )
    _keep(call, rule)
    return shown(call, rule)


@own("ecr", "DeletePullThroughCacheRule")
def delete_pull_through_cache_rule(call: Call) -> dict[str, t.Any]:
    """The repositories that it cached stay."""
    rule, rules = rule_of(call), rules_of(call.account, call.region)
    consistency.replaced(_key(call), dict(rules))
    del rules[rule.prefix]
    return shown(call, rule)


@own("ecr", "DescribePullThroughCacheRules")
def describe_pull_through_cache_rules(call: Call) -> dict[str, t.Any]:
    rules: dict[str, Rule] = consistency.stale(_key(call), rules_of(call.account, call.region))
    wanted = dict.fromkeys(bare(prefix) for prefix in call.parameters.get("ecrRepositoryPrefixes") or rules)
    if any(prefix not in rules for prefix in wanted):
        raise _not_found()
    found, token = ecr_page([rules[prefix] for prefix in wanted], call.parameters)
    result: dict[str, t.Any] = {"pullThroughCacheRules": [shown(call, rule, "pullThroughCacheRules") for rule in found]}
    return {**result, "nextToken": token} if token else result
