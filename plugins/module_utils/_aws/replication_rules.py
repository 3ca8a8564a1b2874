# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which replication rules a task is about, and what the configuration should become."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError
from .._grants import Grant, is_region, read_grants
from .._policy.principals import partition_of
from .._settings_flow import Item, Planner, Settings
from .identity import account_id_problem
from .replication_configuration import ReplicationConfigurationStore, Rule
from .settings_module import Registry, registries

if TYPE_CHECKING:
    from .module import RegistryAWSModule

#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ReplicationConfiguration.html and .../API_ReplicationRule.html
_RULES, _DESTINATIONS, _FILTERS = 25, 100, 100
#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RepositoryFilter.html
_FILTER = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*")
_SHORTEST, _LONGEST = 2, 256


def replication_items(module: RegistryAWSModule) -> list[Item]:
    """One item for each region of the module's options. Raises RegistryError for rules that cannot be; ServiceError."""
    params = module.params
    given = None if params["rules"] is None else _given_rules(params["rules"])
    grants = None if params["grants"] is None else read_grants(params["grants"])
    # Ansible itself only looks whether one of them is there. With 'state: exact' nothing would mean no rules at all.
    if given is None and grants is None:
        raise RegistryError("nothing says which rules: give 'rules' or 'grants'; a template may have left it empty")
    items = []
    for registry in registries(module, params["regions"]):
        rules = given if given is not None else granted_rules(grants or (), registry.account, registry.region)
        if params["state"] != "absent":
            for rule in rules:
                _check_destinations(rule, registry)
        items.append(Item(ReplicationConfigurationStore(registry), _planner(rules, params["state"]), shared=True))
    return items


def granted_rules(grants: Sequence[Grant], account: str, region: str) -> list[Rule]:
    """The rules by which a registry fulfils the grants that let it replicate to others: one for each grant.

    Raises RegistryError for a grant whose repositories no prefix can mean.
    """
    rules = []
    for grant in grants:
        if grant.access != "replicate" or account not in {recipient.account for recipient in grant.recipients}:
            continue
        destinations = [{"region": one, "account": grant.account} for one in grant.regions if (grant.account, one) != (account, region)]
        if destinations:
            rules.append(_rule(destinations, _prefixes(grant)))
    return rules


def _prefixes(grant: Grant) -> list[str]:
    """The filters for the repositories of a grant; none for all of them."""
    prefixes = []
    for selector in grant.repositories:
        prefix = selector.removesuffix("*")
        if not _FILTER.fullmatch(prefix):
            raise RegistryError(
                f"grant '{grant.name}': repositories: '{selector}' is no prefix; replication goes by the beginning of names, so write "
                "names, patterns that end in their only *, or '*'"
            )
        if prefix and len(prefix) < _SHORTEST:
            raise RegistryError(
                f"grant '{grant.name}': repositories: '{selector}' is too short; replication goes by beginnings of names with "
                f"{_SHORTEST} to {_LONGEST} characters, or by '*'"
            )
        prefixes.append(prefix)
    return [] if "" in prefixes else prefixes


def _given_rules(entries: Sequence[Mapping[str, Any]]) -> list[Rule]:
    rules: dict[Hashable, Rule] = {}
    for at, entry in enumerate(entries):
        rule = _given_rule(entry, f"rules[{at}]")
        other = rules.setdefault(_identity(rule), rule)
        if other.get("delete_replication") != rule.get("delete_replication"):
            raise RegistryError(f"rules[{at}]: another rule has the same destinations and filters, and another 'delete_replication'")
    return list(rules.values())


def _given_rule(rule: Mapping[str, Any], where: str) -> Rule:
    if not rule["destinations"]:
        raise RegistryError(f"{where}: 'destinations' is empty; say where to replicate to")
    for destination in rule["destinations"]:
        problem = account_id_problem(destination["account"], "account")
        if problem:
            raise RegistryError(f"{where}: destinations: {problem}")
        if not is_region(destination["region"]):
            raise RegistryError(f"{where}: destinations: '{destination['region']}' is no region")
    filters = rule["repository_filters"] or []
    for one in filters:
        if not _SHORTEST <= len(one) <= _LONGEST or not _FILTER.fullmatch(one):
            raise RegistryError(
                f"{where}: 'repository_filters' has '{one}'; a filter is the beginning of repository names, {_SHORTEST} to {_LONGEST} "
                "lower case letters, digits and . _ - /, without a pattern"
            )
    if len(filters) > _FILTERS:
        raise RegistryError(f"{where}: 'repository_filters' has {len(filters)} filters, {_FILTERS} are allowed")
    return _rule(rule["destinations"], filters, rule["delete_replication"])


def _rule(destinations: Sequence[Mapping[str, str]], filters: Sequence[str], delete_replication: bool | None = None) -> Rule:
    """A rule with each destination and filter once. Whether it replicates deletions is left alone where that is None."""
    places = dict.fromkeys((one["region"], one["account"]) for one in destinations)
    return {
        "destinations": [{"region": region, "account": account} for region, account in places],
        "repository_filters": list(dict.fromkeys(filters)),
        **({} if delete_replication is None else {"delete_replication": delete_replication}),
    }


def _check_destinations(rule: Rule, registry: Registry) -> None:
    for one in rule["destinations"]:
        if (one["account"], one["region"]) == (registry.account, registry.region):
            raise RegistryError(
                f"a destination is the registry itself, account {registry.account} in {registry.region}; give another account or region"
            )
        if partition_of(one["region"]) != partition_of(registry.region):
            raise RegistryError(f"the destination {one['region']} is in another partition than {registry.region}; that cannot be")


def _identity(rule: Rule) -> Hashable:
    """By what a rule is found: rules have no names, so it is what they replicate, and where to."""
    destinations = frozenset((one["region"], one["account"]) for one in rule["destinations"])
    return destinations, frozenset(str(one) for one in rule["repository_filters"])


def _planner(rules: Sequence[Rule], state: str) -> Planner:
    def plan(current: Settings | None) -> Settings:
        there = list((current or {"rules": []})["rules"])
        return {"rules": _checked(merged(there, rules, state))}

    return plan


def merged(there: Sequence[Rule], rules: Sequence[Rule], state: str) -> list[Rule]:
    """The next rules. Those that are not given keep their place, and go only with the state C(exact)."""
    wanted = {_identity(rule): rule for rule in rules}
    if state == "absent":
        return [rule for rule in there if _identity(rule) not in wanted]
    kept: list[Rule] = []
    placed = set()
    for rule in there:
        name = _identity(rule)
        if name not in wanted:
            kept += [] if state == "exact" else [rule]
        elif name not in placed:
            placed.add(name)
            # Only what is given changes; destinations and filters are the same, perhaps in another order.
            changes = {"delete_replication": wanted[name].get("delete_replication", rule["delete_replication"])}
            kept.append({**rule, **changes})
    return kept + [{"delete_replication": False, **rule} for name, rule in wanted.items() if name not in placed]


def _checked(rules: list[Rule]) -> list[Rule]:
    destinations = {(one["region"], one["account"]) for rule in rules for one in rule["destinations"]}
    if len(rules) > _RULES:
        raise RegistryError(
            f"the registry would have {len(rules)} rules, {_RULES} are allowed; put filters of the same destinations together"
        )
    if len(destinations) > _DESTINATIONS:
        raise RegistryError(f"the registry would have {len(destinations)} destinations, {_DESTINATIONS} are allowed")
    return rules
