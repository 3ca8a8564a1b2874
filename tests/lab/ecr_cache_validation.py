# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ValidatePullThroughCacheRule: what a pull would meet before it gets to an image."""

from __future__ import annotations

import typing as t

from . import access, ecr_state
from .authorization import RESOURCE
from .call import AwsError, Call
from .callers import Caller
from .ecr_cache_chain import assumed_role, must_read, must_write
from .ecr_cache_rules import Rule, rule_of, shown
from .ecr_cache_secrets import BAD_SYNTAX, is_well_formed, readable_version
from .ecr_prefixes import ROOT, rest_of
from .ecr_service_roles import Denied
from .identity import layers_of
from .operations import own


@own("ecr", "ValidatePullThroughCacheRule")
def validate_pull_through_cache_rule(call: Call) -> dict[str, t.Any]:
    rule = rule_of(call)
    failure = _failure(rule)
    return {**shown(call, rule), "isValid": failure is None, **({"failure": failure} if failure else {})}


def _failure(rule: Rule) -> str | None:
    """Why the upstream cannot be used. The lab reaches no registry outside of itself, so of those the secret is all that counts."""
    try:
        if rule.secret:
            version = readable_version(rule.registry, rule.region, rule.partition, rule.secret)
            return None if is_well_formed(version) else BAD_SYNTAX
        if rule.upstream.kind == "ecr":
            caller = assumed_role(rule)
            upstream = _names(caller, rule.upstream.account, rule.upstream.region, rule.upstream_prefix or ROOT)
            _must_any(must_read, rule, caller, upstream)
            _must_any(must_write, rule, caller, _names(caller, rule.registry, rule.region, rule.prefix))
    except AwsError as error:
        return error.message
    return None


def _names(caller: Caller, account: str, region: str, prefix: str) -> list[str]:
    """Repositories by which to try a prefix: those that are there, and what the policies name under it; "*" stands for any name."""
    statements = [*layers_of(caller).identity, *access.statements_about(account, region, "", "ecr:BatchImportUpstreamImage", False)]
    resources = [resource for statement in statements for resource in statement.resources or ()]
    named = [resource.partition(":repository/")[2] for resource in resources]
    known = [*ecr_state.backend(account, region).repositories, *named, "*" if prefix == ROOT else f"{prefix}/*"]
    return [name for name in dict.fromkeys(known) if name and rest_of(prefix, name) is not None]


def _must_any(must: t.Callable[[Rule, Caller, str], None], rule: Rule, caller: Caller, names: list[str]) -> None:
    """Pass when one of the names does: a rule that serves some of its repositories is valid. Else raise what the name met that came
    furthest; the role's own policies come before those of the other side."""
    nearest: Denied | None = None
    for name in names:
        try:
            must(rule, caller, name)
        except Denied as denied:
            if nearest is None or (denied.decision.layer == RESOURCE and nearest.decision.layer != RESOURCE):
                nearest = denied
        else:
            return
    if nearest is not None:
        raise nearest
