# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which repository creation templates a task is about, and what each should become."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError
from .._grants import Grant, read_grants, registry_statements
from .._guards import GuardOptions, check_desired
from .._policy.difference import access_changes
from .._policy.document import Policy, parse
from .._policy.limits import REPOSITORY_POLICY, check_size
from .._policy.merge import Ownership, plan
from .._policy_result import shown_changes
from .._prefixes import ROOT, checked_prefix
from .._settings_flow import Item, Outcome, Settings
from .creation_template import DEFAULTS, CreationTemplateStore
from .policy_module import given_guards, given_ownership
from .repository_policy import check_repository_statements
from .roles import check_own_role
from .settings_module import Registry, registries
from .tags import MOST_TAGS, given_tags

if TYPE_CHECKING:
    from .module import RegistryAWSModule

MUTABILITIES = ("MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION")
SCENARIOS = ("PULL_THROUGH_CACHE", "REPLICATION", "CREATE_ON_PUSH")
#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepositoryCreationTemplate.html
_SHORTEST, _LONGEST, _DESCRIPTION, _LIFECYCLE, _FILTERS = 1, 256, 256, 30_720, 5
_FILTER = re.compile(r"[0-9a-zA-Z._*-]{1,128}")
_KEY = re.compile(r"arn:aws[a-z0-9-]*:kms:(?P<region>[a-z0-9-]+):[0-9]{12}:key/[a-z0-9-]+")


def template_items(module: RegistryAWSModule) -> list[Item]:
    """One item for each region of the module's options. Raises RegistryError or PolicyError for what no template can be; ServiceError."""
    params = module.params
    prefix = checked_prefix("prefix", params["prefix"], _SHORTEST, _LONGEST)
    absent = params["state"] == "absent"
    given = {} if absent else _given_settings(params)
    grants = None if params["grants"] is None or absent else read_grants(params["grants"])
    own = {"state": "present", "sid_prefix": params["sid_prefix"], "sids": None}
    ownership = given_ownership(own, sids=[sid for grant in grants or () for sid in grant.family()])
    guards = given_guards(params)
    items = []
    for registry in registries(module, params["regions"]):
        if given.get("custom_role_arn"):
            check_own_role("'custom_role_arn'", given["custom_role_arn"], registry.account)
        _check_key(given.get("encryption"), registry.region)
        if given.get("repository_policy"):
            _check_policy(parse(given["repository_policy"]), guards, registry.account)
        planner = _Planner(prefix, given, params["purge_tags"], grants, ownership, guards, registry)
        items.append(Item(CreationTemplateStore(registry, prefix), _nothing if absent else planner, shared=grants is not None))
    return items


def _given_settings(params: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are given, in the form in which the store has them. Raises RegistryError or PolicyError."""
    texts = ("description", "image_tag_mutability", "custom_role_arn")
    settings: dict[str, Any] = {name: params[name] or None for name in texts if params[name] is not None}
    if params["applied_for"] is not None:
        settings["applied_for"] = sorted(set(params["applied_for"]))
    if len(settings.get("description") or "") > _DESCRIPTION:
        raise RegistryError(f"'description' has {len(settings['description'])} characters, {_DESCRIPTION} are allowed")
    filters = params["image_tag_mutability_exclusion_filters"]
    if filters is not None:
        wrong = [one for one in filters if not _FILTER.fullmatch(one)]
        if wrong:
            raise RegistryError(
                f"'image_tag_mutability_exclusion_filters' has '{wrong[0]}'; a filter has 1 to 128 letters, digits, and . _ - or *"
            )
        if len(set(filters)) > _FILTERS:
            raise RegistryError(f"'image_tag_mutability_exclusion_filters' has {len(set(filters))} filters, {_FILTERS} are allowed")
        settings["image_tag_mutability_exclusion_filters"] = sorted(set(filters))
    if params["encryption"] is not None:
        settings["encryption"] = {"type": params["encryption"]["type"], "kms_key": params["encryption"]["kms_key"] or None}
    if params["tags"] is not None:
        settings["tags"] = given_tags(params["tags"])
    if params["lifecycle_policy"] is not None:
        settings["lifecycle_policy"] = _given_lifecycle(params["lifecycle_policy"])
    if params["repository_policy"] is not None:
        policy = parse(params["repository_policy"], strict=bool(params["repository_policy"]))
        settings["repository_policy"] = policy.as_dict() if policy.statements else None
    return settings


def _given_lifecycle(text: str) -> Any:
    if not text:
        return None
    try:
        policy = json.loads(text)
    except ValueError as error:
        raise RegistryError(f"'lifecycle_policy' is not valid JSON: {error}") from error
    if policy and not (isinstance(policy, dict) and isinstance(policy.get("rules"), list)):
        raise RegistryError("'lifecycle_policy' has no list of 'rules'")
    size = len(json.dumps(policy, separators=(",", ":")))
    if size > _LIFECYCLE:
        raise RegistryError(f"'lifecycle_policy' has {size:,} characters, {_LIFECYCLE:,} are allowed")
    return policy or None


def _check_key(encryption: Mapping[str, Any] | None, region: str) -> None:
    if not encryption or not encryption["kms_key"]:
        return
    key = _KEY.fullmatch(encryption["kms_key"])
    if not key:
        raise RegistryError(f"'encryption.kms_key' is '{encryption['kms_key']}'; it must be the full ARN of a key, not that of an alias")
    if key["region"] != region:
        raise RegistryError(f"'encryption.kms_key' is a key in {key['region']}; it must be in the region of the repositories, {region}")


def _check_policy(policy: Policy, guards: GuardOptions, owner: str) -> None:
    check_repository_statements(policy)
    check_desired(policy, REPOSITORY_POLICY, guards, owner)
    check_size(policy, REPOSITORY_POLICY)


def _nothing(_current: Settings | None) -> None:
    """Plans that there is no template."""


class _Planner:
    """Plans one template. ``given`` are its settings, ``grants`` are about the statements of its policy that ``ownership`` owns."""

    def __init__(
        self,
        prefix: str,
        given: Mapping[str, Any],
        purge_tags: bool,
        grants: Sequence[Grant] | None,
        ownership: Ownership,
        guards: GuardOptions,
        registry: Registry,
    ) -> None:
        self._prefix = prefix
        self._given = given
        self._purge_tags = purge_tags
        self._grants = grants
        self._ownership = ownership
        self._guards = guards
        self._registry = registry

    def __call__(self, current: Settings | None) -> Settings | None:
        planned = {**DEFAULTS, **(current or {}), **self._given}
        if "tags" in self._given and not self._purge_tags and current:
            planned["tags"] = {**current["tags"], **self._given["tags"]}
        exclusion = str(planned["image_tag_mutability"]).endswith("_WITH_EXCLUSION")
        if not exclusion and "image_tag_mutability_exclusion_filters" not in self._given:
            planned["image_tag_mutability_exclusion_filters"] = []
        if self._grants is not None:
            planned["repository_policy"] = self._granted(planned["repository_policy"], planned["tags"])
        if not planned["applied_for"]:
            raise RegistryError(f"'applied_for' is missing: say when repositories are made from the template ({', '.join(SCENARIOS)})")
        if exclusion != bool(planned["image_tag_mutability_exclusion_filters"]):
            raise RegistryError(
                f"'image_tag_mutability' is {planned['image_tag_mutability']}; it has to be one with _WITH_EXCLUSION exactly where "
                "'image_tag_mutability_exclusion_filters' has filters"
            )
        encryption = planned["encryption"]
        if encryption["kms_key"] and encryption["type"] == "AES256":
            raise RegistryError("'encryption.kms_key' goes with the types KMS and KMS_DSSE, not with AES256")
        if len(planned["tags"]) > MOST_TAGS:
            raise RegistryError(f"it would have {len(planned['tags'])} tags, {MOST_TAGS} are allowed")
        if (planned["tags"] or encryption["type"] != "AES256") and not planned["custom_role_arn"]:
            # https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-iam.html
            raise RegistryError(
                "tags and encryption with KMS need 'custom_role_arn', a role of this account that trusts ecr.amazonaws.com: the role of "
                "its own that ECR uses otherwise may neither tag repositories nor use keys"
            )
        return planned

    def _granted(self, current: Any, tags: Mapping[str, str]) -> Any:
        """The repository policy with the statements of the grants that cover all repositories of the template, and no others of theirs."""
        registry = self._registry
        repositories = "*" if self._prefix == ROOT else f"{self._prefix}/*"
        desired = Policy(
            statements=tuple(
                statement
                for grant in self._grants or ()
                if grant.account == registry.account and grant.selects(repositories, tags)
                for statement in registry_statements(grant, registry.region, "repository")
            )
        )
        _check_policy(desired, self._guards, registry.account)
        policy = plan(parse(current) if current else None, desired, self._ownership).policy
        check_size(policy, REPOSITORY_POLICY)
        return policy.as_dict() if policy else None


def with_access_changes(outcome: Outcome) -> Outcome:
    """The outcome with who gains or loses what in the repositories that will be made from the template."""
    before, after = (_policy(settings) for settings in (outcome.current, outcome.planned))
    return replace(outcome, more=shown_changes(access_changes(before, after, owner=outcome.store.account)))


def _policy(settings: Settings | None) -> Policy | None:
    document = (settings or {}).get("repository_policy")
    return parse(document) if document else None
