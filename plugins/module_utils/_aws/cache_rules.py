# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which pull-through cache rules a task is about, and what each should become."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError
from .._grants import is_region
from .._policy.principals import partition_of
from .._prefixes import ROOT, checked_prefix
from .._settings_flow import Item, Planner, Settings
from .._upstreams import ECR, UPSTREAMS, ecr_home, ecr_url, kind_of, known_upstreams
from .cache_rule import SETTINGS, CacheRuleStore
from .identity import account_id_problem
from .repositories import ALL_REGIONS
from .roles import check_own_role
from .settings_module import Registry, registries

if TYPE_CHECKING:
    from .module import RegistryAWSModule

#: The options of one rule.
RULE_SPEC: dict[str, Any] = {
    "ecr_repository_prefix": {"type": "str"},
    "upstream_registry": {"type": "str", "choices": list(UPSTREAMS)},
    "upstream_registry_url": {"type": "str"},
    "upstream_ecr": {
        "type": "dict",
        "options": {"account": {"type": "raw", "required": True}, "region": {"type": "str", "required": True}},
    },
    "upstream_repository_prefix": {"type": "str"},
    "credential_arn": {"type": "str"},
    "custom_role_arn": {"type": "str"},
}
#: Characters of a prefix: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html
_SHORTEST, _LONGEST = 2, 30
_SECRET = re.compile(r"arn:aws[a-z-]*:secretsmanager:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):secret:(?P<name>.+)")
#: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-secret.html
_NAME_OF_SECRETS = "ecr-pullthroughcache/"


@dataclass(frozen=True)
class DesiredRule:
    """A rule as the options want it: its ``prefix``, its ``settings`` that are given, and the ``regions`` of its own, if any."""

    prefix: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    regions: tuple[str, ...] | None = None

    @property
    def kind(self) -> Any:
        return self.settings.get("upstream_registry")


def read_rules(params: Mapping[str, Any]) -> list[DesiredRule]:
    """The rules of the module's options, checked as far as AWS is not needed. Raises RegistryError that names the rule."""
    entries = params["rules"] if params["rules"] is not None else [params]
    return [_read_rule(entry, "" if entry is params else f"rules[{at}]: ", params["state"]) for at, entry in enumerate(entries)]


def _read_rule(entry: Mapping[str, Any], where: str, state: str) -> DesiredRule:
    if not entry["ecr_repository_prefix"]:
        raise RegistryError(f"{where}'ecr_repository_prefix' is missing; it is the name of the rule")
    try:
        prefix = checked_prefix("ecr_repository_prefix", entry["ecr_repository_prefix"], _SHORTEST, _LONGEST)
        settings = {} if state == "absent" else _given_settings(entry)
    except RegistryError as error:
        raise RegistryError(f"{where}{error}") from error
    regions = entry["regions"] if where else None
    if ALL_REGIONS in (regions or ()):
        raise RegistryError(f"{where}'regions' must name the regions; '{ALL_REGIONS}' is for the 'regions' of the task")
    return DesiredRule(prefix, settings, None if regions is None else tuple(regions))


def _given_settings(entry: Mapping[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    url, kind = entry["upstream_registry_url"], entry["upstream_registry"]
    if entry["upstream_ecr"]:
        account, region = entry["upstream_ecr"]["account"], entry["upstream_ecr"]["region"]
        problem = account_id_problem(account, "upstream_ecr.account")
        if problem:
            raise RegistryError(problem)
        if not is_region(region):
            raise RegistryError(f"'upstream_ecr.region' is '{region}', which is no region")
        url = ecr_url(account, region)
    if url is not None and not kind_of(url):
        raise RegistryError(
            f"'upstream_registry_url' is '{url}'; ECR caches from these, written without https:// or a path: {known_upstreams()}"
        )
    if kind is not None and url is None:
        url = UPSTREAMS[kind].host
        if url is None:
            more = "give 'upstream_ecr' (account and region)" if kind == ECR else "give 'upstream_registry_url' (NAME.azurecr.io)"
            raise RegistryError(f"'upstream_registry: {kind}' does not say which registry; {more}")
    if url is not None:
        if kind not in (None, kind_of(url)):
            raise RegistryError(f"'upstream_registry_url' is '{url}', which is no {kind} but {kind_of(url)}; leave 'upstream_registry' out")
        settings |= {"upstream_registry": kind_of(url), "upstream_registry_url": url}
    if entry["upstream_repository_prefix"]:
        given = entry["upstream_repository_prefix"]
        settings["upstream_repository_prefix"] = checked_prefix("upstream_repository_prefix", given, _SHORTEST, _LONGEST)
    # An empty text takes a credential or a role away.
    settings |= {name: entry[name] or None for name in ("credential_arn", "custom_role_arn") if entry[name] is not None}
    return settings


def cache_rule_items(module: RegistryAWSModule) -> list[Item]:
    """One item for each rule and region of the module's options. Raises RegistryError for what no rule can be, or ServiceError."""
    params = module.params
    rules = read_rules(params)
    named = list(dict.fromkeys(region for rule in rules for region in rule.regions or ()))
    by_name = {registry.region: registry for registry in (registries(module, named) if named else ())}
    everywhere = [] if all(rule.regions for rule in rules) else registries(module, params["regions"])
    items = []
    seen = set()
    for rule in rules:
        for registry in [by_name[region] for region in dict.fromkeys(rule.regions)] if rule.regions else everywhere:
            if (rule.prefix, registry.region) in seen:
                raise RegistryError(f"the prefix '{rule.prefix}' is given twice in {registry.region}; a registry has one rule for a prefix")
            seen.add((rule.prefix, registry.region))
            if params["state"] != "absent":
                _check_account(rule, registry)
            items.append(Item(CacheRuleStore(registry, rule.prefix), _planner(rule, registry, params["state"]), params["replace"]))
    return items


def _check_account(rule: DesiredRule, registry: Registry) -> None:
    """Refuses a credential or a role that ECR could not use in this registry."""
    where = f"the rule '{rule.prefix}' in {registry.region}"
    credential, role = rule.settings.get("credential_arn"), rule.settings.get("custom_role_arn")
    if credential:
        secret = _SECRET.fullmatch(credential)
        if not secret or not secret["name"].startswith(_NAME_OF_SECRETS):
            raise RegistryError(
                f"{where}: 'credential_arn' is '{credential}'; it must be the ARN of a secret whose name begins with {_NAME_OF_SECRETS}; "
                "create one with that name, ECR can read no other"
            )
        if (secret["account"], secret["region"]) != (registry.account, registry.region):
            raise RegistryError(
                f"{where}: 'credential_arn' is a secret of account {secret['account']} in {secret['region']}; it must be in the account "
                f"and region of the rule, {registry.account} in {registry.region}; create it there"
            )
    if role:
        check_own_role(f"{where}: 'custom_role_arn'", role, registry.account)


def _planner(rule: DesiredRule, registry: Registry, state: str) -> Planner:
    def plan(current: Settings | None) -> Settings | None:
        if state == "absent":
            return None
        # The credential, the role or the prefix of an upstream of another kind are none of the new one.
        kept = current if current and rule.kind in (None, current["upstream_registry"]) else {}
        planned = {**dict.fromkeys(SETTINGS), **kept, **rule.settings}
        if planned["upstream_registry"] is None:
            raise RegistryError(
                "there is no such rule; to create it, say which upstream it has: give 'upstream_registry', 'upstream_registry_url' or "
                "'upstream_ecr'"
            )
        if planned["upstream_registry"] == ECR and planned["upstream_repository_prefix"] is None:
            planned["upstream_repository_prefix"] = ROOT
        check_rule(rule.prefix, planned, registry.account, registry.region)
        return planned

    return plan


def check_rule(prefix: str, planned: Settings, account: str, region: str) -> None:
    """Refuses a rule that ECR would refuse, or that could never fetch anything. Raises RegistryError with what to do."""
    kind, url = planned["upstream_registry"], planned["upstream_registry_url"]
    takes_credential = kind in UPSTREAMS and UPSTREAMS[kind].credential
    if takes_credential and not planned["credential_arn"]:
        raise RegistryError(
            f"{url} lets nobody in without a credential; give 'credential_arn', the ARN of a secret with username and accessToken "
            f"whose name begins with {_NAME_OF_SECRETS}"
        )
    if planned["credential_arn"] and not takes_credential:
        how = "authenticates with a role ('custom_role_arn')" if kind == ECR else "needs none"
        raise RegistryError(f"'credential_arn' is given, but ECR takes no credential for {url}, which {how}; leave it out, or set it to ''")
    if kind != ECR:
        for name in ("custom_role_arn", "upstream_repository_prefix"):
            if planned[name]:
                raise RegistryError(
                    f"'{name}' is given, but only an ECR upstream has one, and {url} is none; leave it out, or set it to ''"
                )
        return
    if prefix == ROOT and planned["upstream_repository_prefix"] != ROOT:
        raise RegistryError(
            f"'upstream_repository_prefix' is '{planned['upstream_repository_prefix']}'; with 'ecr_repository_prefix: {ROOT}' it must be "
            f"{ROOT}, too"
        )
    home = ecr_home(url)
    if home == (account, region):
        raise RegistryError(f"the upstream {url} is the registry itself; give another account or region")
    if home and partition_of(home[1]) != partition_of(region):
        raise RegistryError(f"the upstream {url} is in another partition than {region}; ECR caches within one partition only")
    if home and home[0] != account and not planned["custom_role_arn"]:
        # AWSECRPullThroughCache_ServiceRolePolicy, version 4
        raise RegistryError(
            f"the upstream {url} is in another account; give 'custom_role_arn', a role of account {account} that ECR fetches with: the "
            "role of its own that ECR uses otherwise is kept to its own account since May 2026"
        )
