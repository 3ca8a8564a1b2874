# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What C(ecr_access_info) reads in AWS, and what it makes of it.

Policies are looked at as soon as they are read, and are not kept; equal ones are looked at once. So memory does not grow with them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._access.clauses import read_document, repositories_arn
from .._access.finding import SEVERITIES, Finding
from .._access.findings import (
    Template,
    invalid_cache_rule,
    is_cached,
    look_at,
    not_read,
    scope_v1,
    unparsable,
    without_policy,
    without_template,
)
from .._access.info_result import Looked, RegistryReport, info_result
from .._access.outside import Access
from .._errors import RegistryError, service_error_behind
from .._fanout import Done, fan_out
from .._guards import GuardOptions
from .._policy.document import PolicyError
from .cache_rule import CacheRuleStore
from .errors import translated
from .identity import caller_identity
from .policy_module import given_guards
from .registry_policy import RegistryPolicyStore
from .repositories import Found, Repository, find_repositories, is_closed_region, regions_of, unmatched_anywhere
from .repository_policy import RepositoryPolicyStore
from .settings_module import Registry

if TYPE_CHECKING:
    from .module import RegistryAWSModule

_SEVERITY: dict[str, Any] = {"type": "str", "choices": list(SEVERITIES)}
#: The options of the module.
ACCESS_INFO_SPEC: dict[str, Any] = {
    "repositories": {"type": "list", "elements": "str", "default": ["*"]},
    "regions": {"type": "list", "elements": "str"},
    "account_id": {"type": "raw"},
    "allowed_accounts": {"type": "list", "elements": "raw"},
    "allowed_organizations": {"type": "list", "elements": "str"},
    "validate_cache_rules": {"type": "bool", "default": False},
    "minimum_severity": {**_SEVERITY, "default": "info"},
    "fail_on": _SEVERITY,
    "workers": {"type": "int", "default": 32},
}
#: A statement that is about other resources than all: what it means depends on the repository.
_NAMES_RESOURCES = re.compile(r'"(?:NotResource"|Resource"\s*+:\s*+(?!"\*"))')


def access_info(module: RegistryAWSModule) -> dict[str, Any]:
    """The result of the module.

    Raises RegistryError for options that make no sense, selectors that select nothing, and credentials of the wrong account;
    ServiceError when the repositories of no region at all can be listed.
    """
    params = module.params
    if params["workers"] < 1:
        raise RegistryError("'workers' must be at least 1")
    looker = _Looker(given_guards(params))
    account = caller_identity(module).account
    registries = _read_registries(module, regions_of(module, params["regions"]))
    _check_listed(params["repositories"], registries)
    repositories = [repository for registry in registries for repository in registry.repositories]

    def look(repository: Repository) -> Looked | None:
        client = module.aws_client("ecr", repository.region)
        text = RepositoryPolicyStore(client, client, repository, force=False).read()
        return None if text is None else looker.repository_policy(repository, text)

    answers = fan_out(look, repositories, params["workers"])
    by_region: dict[str, list[tuple[Repository, Done[Looked | None]]]] = {registry.region: [] for registry in registries}
    for repository, answer in zip(repositories, answers, strict=True):
        by_region[repository.region].append((repository, answer))
    named = frozenset(params["regions"] or (module.region,))
    rules = _validate(module, account, registries) if params["validate_cache_rules"] else {}
    reports = [
        _report(registry, account, by_region[registry.region], looker, registry.region in named, rules.get(registry.region, ()))
        for registry in registries
    ]
    return info_result(reports, params["minimum_severity"], params["fail_on"])


# -- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Registry:
    """What was read of one region, apart from the policies of its repositories: the answers to _READS, in their order."""

    region: str
    found: Done[Found]
    policy: Done[str | None]
    scope: Done[str]
    templates: Done[list[Mapping[str, Any]]]
    cache_prefixes: Done[list[str]]

    @property
    def repositories(self) -> Sequence[Repository]:
        return self.found.result.repositories if self.found.result else ()


def _read_registries(module: RegistryAWSModule, regions: Sequence[str]) -> list[_Registry]:
    # Clients are made one after the other: botocore's client creation is not thread-safe.
    for region in regions:
        module.aws_client("ecr", region)
    parts = [(region, read) for region in regions for read in _READS]
    answers: list[Done[Any]] = fan_out(lambda part: part[1](module, part[0]), parts, module.params["workers"])
    return [_Registry(region, *answers[at * len(_READS) : (at + 1) * len(_READS)]) for at, region in enumerate(regions)]


def _read_found(module: RegistryAWSModule, region: str) -> Found:
    return find_repositories(module, [region], module.params["repositories"], tags=False, may_skip=False)


def _read_policy(module: RegistryAWSModule, region: str) -> str | None:
    client = module.aws_client("ecr", region)
    return RegistryPolicyStore(client, client, "", region).read()


def _read_scope(module: RegistryAWSModule, region: str) -> str:
    with translated():
        return str(module.aws_client("ecr", region).get_account_setting(name="REGISTRY_POLICY_SCOPE")["value"])


def _read_templates(module: RegistryAWSModule, region: str) -> list[Mapping[str, Any]]:
    with translated():
        pages = module.aws_client("ecr", region).get_paginator("describe_repository_creation_templates").paginate()
        return [one for page in pages for one in page["repositoryCreationTemplates"]]


def _read_cache_prefixes(module: RegistryAWSModule, region: str) -> list[str]:
    with translated():
        pages = module.aws_client("ecr", region).get_paginator("describe_pull_through_cache_rules").paginate()
        return [one["ecrRepositoryPrefix"] for page in pages for one in page["pullThroughCacheRules"]]


def _validate(module: RegistryAWSModule, account: str, registries: Sequence[_Registry]) -> dict[str, list[Finding]]:
    """Region -> the findings for cache rules with which ECR cannot fetch."""
    found: dict[str, list[Finding]] = {}
    rules = [(registry.region, prefix) for registry in registries for prefix in registry.cache_prefixes.result or ()]

    def failure(rule: tuple[str, str]) -> tuple[str | None]:
        client = module.aws_client("ecr", rule[0])
        return (CacheRuleStore(Registry(account, rule[0], client, client), rule[1]).validate(),)

    for (region, prefix), done in zip(rules, fan_out(failure, rules, module.params["workers"]), strict=True):
        if done.error:
            found.setdefault(region, []).append(not_read(f"validation of the pull-through cache rule {prefix}", _reason(done), "info"))
        elif done.result and done.result[0] is not None:
            found.setdefault(region, []).append(invalid_cache_rule(prefix, done.result[0]))
    return found


_READS: tuple[Callable[[RegistryAWSModule, str], Any], ...] = (
    *(_read_found, _read_policy, _read_scope),
    *(_read_templates, _read_cache_prefixes),
)


def _check_listed(selectors: Sequence[str], registries: Sequence[_Registry]) -> None:
    errors = [registry.found.error for registry in registries if registry.found.error]
    for error in errors:
        # What the service did not say is about the options, and what no region could answer is no report.
        if len(errors) == len(registries) or service_error_behind(error) is None:
            raise error
    missing = [] if errors else unmatched_anywhere(selectors, [registry.found.result for registry in registries if registry.found.result])
    if missing:
        raise RegistryError(f"these select no repository: {'; '.join(missing)}. Correct the name, or leave it out")


# -- looking ---------------------------------------------------------------------------------------------------------


class _Looker:
    """Looks at documents, at each text once."""

    def __init__(self, options: GuardOptions) -> None:
        self._options = options
        self._known: dict[bytes, tuple[tuple[Access, ...], tuple[Finding, ...]]] = {}

    def repository_policy(self, repository: Repository, text: str) -> Looked:
        about = repository.arn if _NAMES_RESOURCES.search(text) else repositories_arn(repository.account, repository.region)
        key = hashlib.sha256(f"{about} {text}".encode()).digest()
        if key not in self._known:
            seen = self.document("repository_policy", "repository policy", repository.account, about, text)
            self._known[key] = seen.access, seen.findings
        return Looked("repository_policy", repository.name, *self._known[key])

    def document(self, source: str, title: str, account: str, about: str, text: str, scope: str | None = None) -> Looked:
        """What there is to say about a document; a text that is no policy is a finding."""
        try:
            document = read_document(source, title, account, about, text, scope)
        except PolicyError as error:
            return Looked(source, findings=(unparsable(title, str(error)),))
        return Looked(source, None, *look_at(document, self._options))


def _report(
    registry: _Registry,
    account: str,
    policies: Sequence[tuple[Repository, Done[Looked | None]]],
    looker: _Looker,
    is_named: bool,
    rules: Sequence[Finding],
) -> RegistryReport:
    region, scope, templates, prefixes = registry.region, registry.scope.result, registry.templates.result, registry.cache_prefixes.result
    if is_closed_region(registry.found.error) and is_closed_region(registry.policy.error):
        finding = not_read("region", _reason(registry.found), "medium" if is_named else "info")
        return RegistryReport(account, region, None, None, None, 0, None, None, None, [Looked("region", findings=(finding,))])
    looked = [Looked("registry", findings=(*_registry_findings(registry), *rules))]
    if registry.policy.result is not None:
        everything = repositories_arn(account, region)
        looked.append(looker.document("registry_policy", "registry policy", account, everything, registry.policy.result, scope))
    open_to = looked[-1].access
    for template in templates or ():
        if template.get("repositoryPolicy"):
            prefix = template["prefix"]
            about = repositories_arn(account, region, "*" if prefix == "ROOT" else f"{prefix.rstrip('/')}/*")
            looked.append(looker.document("creation_template", f"creation template {prefix}", account, about, template["repositoryPolicy"]))
    without = []
    for repository, done in policies:
        if done.result is not None:
            looked.append(done.result)
        elif done.error is None:
            without.append((repository.name, repository.arn))
        elif not _is_gone(done):
            looked.append(Looked("repository_policy", repository.name, (), (not_read("repository policy", _reason(done)),)))
    if templates is not None and prefixes is not None:
        known = [_template(one) for one in templates]
        found = without_policy(without, prefixes, known, open_to)
        looked += [Looked("repository_policy", name, (), (finding,)) for name, finding in found]
        bare = without_template(prefixes, known, open_to, lambda pattern: repositories_arn(account, region, pattern))
        looked.append(Looked("registry", findings=tuple(bare)))
    return RegistryReport(
        account,
        region,
        scope,
        None if registry.policy.error else registry.policy.result is not None,
        None if registry.found.error else len(policies),
        sum(done.result is not None for _repository, done in policies),
        None if templates is None else len(templates),
        None if prefixes is None else len(prefixes),
        None if prefixes is None or registry.found.error else sum(is_cached(one.name, prefixes) for one, _done in policies),
        looked,
    )


def _registry_findings(registry: _Registry) -> Iterator[Finding]:
    if registry.scope.result == "V1":
        yield scope_v1()
    if registry.found.error:
        yield not_read("list of repositories", _reason(registry.found))
    if registry.policy.error:
        yield not_read("registry policy", _reason(registry.policy))
    settings: dict[str, Done[Any]] = {
        "account setting REGISTRY_POLICY_SCOPE": registry.scope,
        "repository creation templates": registry.templates,
        "pull-through cache rules": registry.cache_prefixes,
    }
    for title, done in settings.items():
        if done.error:
            yield not_read(title, _reason(done), "info")


def _template(answer: Mapping[str, Any]) -> Template:
    return Template(answer["prefix"], tuple(answer.get("appliedFor", ())), bool(answer.get("repositoryPolicy")))


def _reason(done: Done[Any]) -> str:
    """Why something could not be read, without what differs between repositories, so that equal trouble is one finding."""
    cause = service_error_behind(done.error)
    return f"AWS answered {cause.operation} with {cause.code}" if cause else str(done.error)


def _is_gone(done: Done[Any]) -> bool:
    """Whether the repository was deleted since the repositories were listed."""
    cause = service_error_behind(done.error)
    return cause is not None and cause.code == "RepositoryNotFoundException"
