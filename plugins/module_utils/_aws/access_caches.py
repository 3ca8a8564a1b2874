# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Reads what the first pull through a cache would make of repositories that are not there. Nothing is pulled for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._access.fetch_failure import explain_fetch
from .._access.sides import NewRepository, Template, Unread
from .._caches import CACHING
from .._errors import RegistryError, ServiceError
from .._fanout import fan_out
from .._policy.document import PolicyError, parse
from .._policy.evaluation import Named
from .._prefixes import longest
from .cache_rule import CacheRuleStore
from .creation_template import template_settings
from .errors import translated
from .iam_principals import NOT_ALLOWED
from .settings_module import Registry

if TYPE_CHECKING:
    from botocore.client import BaseClient

#: Not every partition and endpoint has caches.
_NO_CACHES = ("UnknownOperationException", "NotImplemented")


@dataclass(frozen=True)
class CacheReader:
    """The rules and templates of one registry."""

    client: BaseClient
    account: str
    region: str

    def rules(self) -> list[str]:
        """The prefixes of the rules. Raises ServiceError."""
        return [one["ecrRepositoryPrefix"] for one in self._pages("describe_pull_through_cache_rules", "pullThroughCacheRules")]

    def templates(self) -> dict[str, Template]:
        """Prefix -> template, of those that are for caches. Raises ServiceError, and RegistryError for a policy that is none."""
        found = self._pages("describe_repository_creation_templates", "repositoryCreationTemplates")
        settings = {one["prefix"]: template_settings(one) for one in found}
        return {prefix: self._template(prefix, its) for prefix, its in settings.items() if CACHING in its["applied_for"]}

    def validation(self, prefix: str) -> tuple[str | None, str | None]:
        """Why ECR cannot fetch with a rule, in words, and why that is not known; None for what is not the case."""
        store = CacheRuleStore(Registry(self.account, self.region, self.client, self.client), prefix)
        try:
            failure = store.validate()
        except ServiceError as error:
            return None, None if error.code in _NO_CACHES else str(error)
        return (explain_fetch(failure) or failure if failure else None), None

    def _pages(self, operation: str, member: str) -> list[Mapping[str, Any]]:
        with translated():
            return [one for page in self.client.get_paginator(operation).paginate() for one in page[member]]

    def _template(self, prefix: str, settings: Mapping[str, Any]) -> Template:
        title = f"repository policy of the creation template {prefix}"
        try:
            policy = Named(title, parse(settings["repository_policy"])) if settings["repository_policy"] else None
        except PolicyError as error:
            raise RegistryError(f"the {title} in account {self.account}, {self.region}, cannot be understood: {error}") from error
        return Template(prefix, policy, settings["tags"])


def read_new_repositories(reader: CacheReader, names: Sequence[str], workers: int) -> dict[str, NewRepository] | Unread:
    """Name -> what the first pull makes of it, of those that a cache rule covers; Unread where AWS does not let us read the rules.

    Raises RegistryError or ServiceError.
    """
    if not names:
        return {}
    try:
        rules = reader.rules()
    except ServiceError as error:
        if error.code in _NO_CACHES:
            return {}
        if error.code not in NOT_ALLOWED:
            raise
        return Unread(f"the pull-through cache rules ({error})")
    covered = {name: prefix for name in dict.fromkeys(names) if (prefix := longest(rules, name)) is not None}
    if not covered:
        return {}
    templates: dict[str, Template] = {}
    unread: tuple[str, ...] = ()
    try:
        templates = reader.templates()
    except ServiceError as error:
        if error.code not in (*NOT_ALLOWED, *_NO_CACHES):
            raise
        unread = (f"the repository creation templates ({error})",)
    used = sorted(set(covered.values()))
    answers = fan_out(reader.validation, used, workers)
    validations = {prefix: done.result or (None, None) for prefix, done in zip(used, answers, strict=True)}
    found = {}
    for name, prefix in covered.items():
        failure, untested = validations[prefix]
        found[name] = NewRepository(prefix, failure, templates.get(longest(templates, name) or ""), unread, untested)
    return found
