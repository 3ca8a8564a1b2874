# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What registries have: rules, templates, settings, policy and replication, as the modules that manage them know it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._errors import ServiceError
from .._fanout import fan_out
from .._policy.document import parse
from .account_setting import KNOWN_SETTINGS, NO_SETTING, read_setting
from .cache_rule import CacheRuleStore, rule_settings
from .creation_template import template_settings
from .errors import translated
from .policy_module import check_pace
from .registry_policy import RegistryPolicyStore
from .replication_configuration import ReplicationConfigurationStore
from .repositories import ALL_REGIONS, is_closed_region, warn_closed
from .settings_module import Registry, registries

if TYPE_CHECKING:
    from .module import RegistryAWSModule

#: Characters of all that is listed: AWX replaces results of more than 700,000 by nothing.
_BUDGET = 400_000
_PAGE = 100


def registry_info(module: RegistryAWSModule) -> dict[str, Any]:
    """The module's result. Raises RegistryError or ServiceError where the task makes no sense; what cannot be read is in the result."""
    params = module.params
    check_pace({**params, "wait_timeout": 0})
    found = registries(module, params["regions"])
    wanted = [(registry, part) for registry in found for part in params["include"]]
    answers = fan_out(lambda one: _READ[one[1]](one[0]), wanted, params["workers"])
    shown: dict[str, dict[str, Any]] = {
        registry.region: {"account": registry.account, "region": registry.region, "unread": []} for registry in found
    }
    for (registry, part), answer in zip(wanted, answers, strict=True):
        shown[registry.region][part] = answer.result
        if answer.error:
            shown[registry.region]["unread"].append(_unread(part, answer.error))
    if ALL_REGIONS in (params["regions"] or ()):
        closed = {registry.region for (registry, _part), answer in zip(wanted, answers, strict=True) if is_closed_region(answer.error)}
        closed = {region for region in closed if len(shown[region]["unread"]) == len(params["include"])}
        warn_closed(module, sorted(closed))
        shown = {region: one for region, one in shown.items() if region not in closed}
    if params["validate"]:
        _validate([registry for registry in found if registry.region in shown], shown, params["workers"])
    left_out = _keep_within_budget(list(shown.values()))
    return {"changed": False, "registries": list(shown.values()), "left_out": left_out}


def _rules(registry: Registry) -> list[dict[str, Any]]:
    found = _pages(registry, "describe_pull_through_cache_rules", "pullThroughCacheRules")
    rules = [{"ecr_repository_prefix": one["ecrRepositoryPrefix"], **rule_settings(one), "validation": None} for one in found]
    return sorted(rules, key=lambda rule: str(rule["ecr_repository_prefix"]))


def _templates(registry: Registry) -> list[dict[str, Any]]:
    found = _pages(registry, "describe_repository_creation_templates", "repositoryCreationTemplates")
    return sorted(({"prefix": one["prefix"], **template_settings(one)} for one in found), key=lambda template: str(template["prefix"]))


def _pages(registry: Registry, operation: str, member: str) -> list[Mapping[str, Any]]:
    with translated():
        pages = registry.reader.get_paginator(operation).paginate(PaginationConfig={"PageSize": _PAGE})
        return [one for page in pages for one in page[member]]


def _settings(registry: Registry) -> dict[str, str | None]:
    """The settings that are known; None for those that ECR does not have there."""
    found: dict[str, str | None] = {}
    for name in KNOWN_SETTINGS:
        try:
            found[name] = read_setting(registry.reader, name)
        except ServiceError as error:
            if error.code not in NO_SETTING:
                raise
            found[name] = None
    return found


def _policy(registry: Registry) -> dict[str, Any] | None:
    text = RegistryPolicyStore(registry.reader, registry.writer, registry.account, registry.region).read()
    return parse(text).as_dict() if text else None


def _replication(registry: Registry) -> list[Any]:
    return list(ReplicationConfigurationStore(registry).read()["rules"])


#: What can be read of a registry.
_READ: dict[str, Callable[[Registry], Any]] = {
    "pull_through_cache_rules": _rules,
    "repository_creation_templates": _templates,
    "account_settings": _settings,
    "registry_policy": _policy,
    "replication_rules": _replication,
}
PARTS = tuple(_READ)


def _unread(part: str, error: Exception) -> dict[str, Any]:
    code, request = (error.code, error.request_id) if isinstance(error, ServiceError) else (None, None)
    return {"part": part, "message": str(error), "code": code, "request_id": request}


def _validate(found: Sequence[Registry], shown: Mapping[str, Any], workers: int) -> None:
    """Has ECR validate every rule that was read, and notes what it says."""
    rules = [(registry, rule) for registry in found for rule in shown[registry.region].get("pull_through_cache_rules") or ()]
    answers = fan_out(lambda one: (CacheRuleStore(one[0], one[1]["ecr_repository_prefix"]).validate(),), rules, workers)
    for (_registry, rule), answer in zip(rules, answers, strict=True):
        failure = answer.result[0] if answer.result else str(answer.error)
        rule["validation"] = {"valid": None if answer.error else failure is None, "failure": failure}


def _keep_within_budget(shown: Sequence[dict[str, Any]]) -> int:
    """Takes out of the lists what does not fit; returns how much that is."""
    left, dropped = _BUDGET, 0
    for one in shown:
        for part in PARTS:
            value = one.get(part)
            if not isinstance(value, list):
                left -= len(str(value))
                continue
            kept = []
            for entry in value:
                left -= len(str(entry))
                if left >= 0:
                    kept.append(entry)
            dropped += len(value) - len(kept)
            one[part] = kept
    return dropped
