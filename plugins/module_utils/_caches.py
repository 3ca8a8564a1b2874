# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Pull-through caches: one declaration, and what each account that it names has to do for it.

Upstream lets the role of the cache fetch. Downstream is the cache: the role, its trust and permissions, the rule, the creation template.
Pullers are roles and users that pull from it. https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ._errors import RegistryError
from ._grants import (
    LOGIN_SID,
    REGISTRY_ACTIONS,
    SID_PREFIX,
    Grant,
    Recipient,
    check_keys,
    identity_statements,
    is_region,
    read_grants,
    read_recipients,
    registry_statements,
    switch,
)
from ._policy.document import RawStatement
from ._policy.principals import partition_of
from ._prefixes import ROOT, checked_prefix
from ._upstreams import ECR, SERVICE, UPSTREAMS

#: Sids of statements that come from caches start with this; those of grants do not, so neither takes the other's away.
CACHE_SID_PREFIX = "CrossaccountCache"
#: What the first pull of an image takes beyond those of any pull, in the account of the cache.
#: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
_FIRST_PULL = ("ecr:BatchImportUpstreamImage", "ecr:CreateRepository")
#: Lengths of prefixes: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html
_SHORTEST, _LONGEST = 2, 30
#: When a creation template is for what a cache makes.
CACHING = "PULL_THROUGH_CACHE"
#: The fields of an entry of the declaration, and of its parts.
_FIELDS = ("name", "state", "upstream", "downstream", "pullers", "template")
_FIELDS_OF: Mapping[str, tuple[str, ...]] = {
    "upstream": ("account", "region", "repository_prefix", "allow", "scope", "registry", "url", "credential_arn"),
    "downstream": ("account", "regions", "repository_prefix", "role", "require_source_account"),
    "template": (
        "applied_for",
        "custom_role_arn",
        "description",
        "encryption",
        "image_tag_mutability",
        "image_tag_mutability_exclusion_filters",
        "lifecycle_policy",
        "tags",
    ),
}


@dataclass(frozen=True)
class Puller:
    """Who pulls from a cache. ``first_pull``: also what is not cached yet. ``state`` is C(absent) for one who shall not any more."""

    recipient: Recipient
    first_pull: bool
    state: str


@dataclass(frozen=True)
class Cache:
    """One entry of the declaration. ``upstream`` is (account, region) of an ECR registry; None for a registry of somebody else, which
    ``rule`` has. ``scope`` says in which of its policies the statement for the cache is. ``role`` may have a path."""

    name: str
    state: str
    upstream: tuple[str, str] | None
    upstream_prefix: str
    allow: str
    scope: str
    account: str
    regions: tuple[str, ...]
    prefix: str
    role: str | None
    source_account: bool
    rule: Mapping[str, Any]
    template: Mapping[str, Any]
    pullers: tuple[Puller, ...]

    def sid(self, kind: str) -> str:
        """The Sid of the statement of this kind, or the beginning of those."""
        return CACHE_SID_PREFIX + self.pulls(()).stem.removeprefix(SID_PREFIX) + kind

    @property
    def cached(self) -> str:
        """The pattern of what it has cached."""
        return _pattern(self.prefix)

    def role_arn(self) -> str:
        """The ARN of the role that ECR fetches with."""
        return f"arn:{partition_of(self.regions[0])}:iam::{self.account}:role/{self.role}"

    def fetches(self) -> Grant:
        """What upstream grants, to the role by a condition: so it can be said before there is a role, and after it was made anew."""
        if self.upstream is None:
            raise ValueError("only images of ECR registries are fetched by a role")
        account, region = self.upstream
        to = Recipient(self.account, roles=(str(self.role),) if self.allow == "role" else ())
        return Grant(self.name, account, (region,), (_pattern(self.upstream_prefix),), "cache", (to,), self.scope, "condition")

    def pulls(self, pullers: Sequence[Puller], scope: str = "repository") -> Grant:
        """What downstream grants to pullers of other accounts."""
        others = tuple(one.recipient for one in pullers if one.state == "present" and one.recipient.account != self.account)
        return Grant(self.name, self.account, self.regions, (self.cached,), "pull", others, scope, "condition")

    def pulled_by(self, puller: Puller) -> Grant:
        """One puller as the recipient of a grant, whatever its account."""
        return Grant(self.name, self.account, self.regions, (self.cached,), "pull", (puller.recipient,))

    def may_fill(self, puller: Puller) -> bool:
        """Whether a puller may also pull what is not cached yet: in the account of the cache, everybody."""
        return puller.first_pull or puller.recipient.account == self.account

    def first_pull_actions(self) -> tuple[str, ...]:
        """A template with tags makes who pulls first tag, too."""
        return (*_FIRST_PULL, "ecr:TagResource") if self.template.get("tags") else _FIRST_PULL


def _pattern(prefix: str) -> str:
    return "*" if prefix == ROOT else f"{prefix}/*"


# -- what an account does --------------------------------------------------------------------------------------------


def cache_plan(caches: Sequence[Cache], account: str) -> dict[str, Any]:
    """What one account has to do for all caches, as the options of the modules that do it.

    ``upstream`` (registry policies), ``upstream_repositories`` (repository policies), ``roles``, ``rules``, ``templates``, ``cached``
    (policies of repositories that are there already), ``registry`` (registry policies of the cache itself) and ``pullers`` (identity
    policies). Each entry has its C(state); statements that shall go are in C(sids).
    """
    here = [cache for cache in caches if cache.account == account]
    fetched = [cache for cache in caches if _needs_upstream(cache) and cache.upstream and cache.upstream[0] == account]
    return {
        "upstream": [_upstream(cache) for cache in fetched],
        "upstream_repositories": [_upstream_repositories(cache) for cache in fetched],
        "roles": [_role(cache) for cache in here if cache.role],
        "rules": [_rule(cache) for cache in here],
        "templates": [_template(cache) for cache in here],
        "cached": [_cached(cache) for cache in here],
        "registry": [_first_pulls(cache, region) for cache in here for region in cache.regions],
        "pullers": [
            _puller(cache, puller)
            for cache in caches
            for puller in cache.pullers
            if puller.recipient.account == account and puller.recipient.arns("aws")
        ],
    }


def _needs_upstream(cache: Cache) -> bool:
    """Within one account the policies of the role suffice."""
    return cache.upstream is not None and cache.upstream[0] != cache.account


def _upstream(cache: Cache) -> dict[str, Any]:
    return {"name": cache.name, "region": cache.fetches().regions[0], **_upstream_statements(cache, "registry")}


def _upstream_repositories(cache: Cache) -> dict[str, Any]:
    grant = cache.fetches()
    where = {"account": grant.account, "regions": list(grant.regions), "repositories": list(grant.repositories)}
    return {"name": cache.name, "cached": cache.state == "present", **where, **_upstream_statements(cache, "repository")}


def _upstream_statements(cache: Cache, scope: str) -> dict[str, Any]:
    """What the policies of this scope shall have; those of the other one shall have nothing of the cache."""
    grant, stem = cache.fetches(), cache.sid("Upstream")
    return _wanted(cache, _renamed(registry_statements(grant, grant.regions[0], scope), grant, stem), (stem, f"{stem}Roles"))


def _role(cache: Cache) -> dict[str, Any]:
    grant = cache.fetches()
    narrow = replace(grant, recipients=(Recipient(cache.account, roles=(str(cache.role),)),))
    stem = cache.sid("Role")
    statements = _renamed(identity_statements([narrow], cache.account, "role", str(cache.role)), narrow, stem)
    for statement in statements:
        if statement["Sid"] == f"{stem}Store":
            statement["Resource"] = _arns(cache)
    trusted = {"sid": cache.sid("Trust"), "service": SERVICE, **({"source_account": cache.account} if cache.source_account else {})}
    sids = (stem, f"{stem}Login", f"{stem}Store")
    return {"name": cache.name, "role": cache.role, "trusted": [trusted], **_wanted(cache, statements, sids)}


def _rule(cache: Cache) -> dict[str, Any]:
    settings = dict(cache.rule)
    if cache.upstream:
        account, region = cache.upstream
        settings |= {"upstream_ecr": {"account": account, "region": region}, "upstream_repository_prefix": cache.upstream_prefix}
        settings |= {"custom_role_arn": cache.role_arn()} if cache.role else {}
    identity = {"ecr_repository_prefix": cache.prefix, "regions": list(cache.regions)}
    return {"name": cache.name, "state": cache.state, "rule": {**identity, **(settings if cache.state == "present" else {})}}


def _template(cache: Cache) -> dict[str, Any]:
    statements = _pull_statements(cache)
    policy: Any = {"Version": "2012-10-17", "Statement": statements} if statements else ""
    own = {"name": cache.name, "prefix": cache.prefix, "regions": list(cache.regions), "state": cache.state}
    return {**own, "settings": dict(cache.template), "repository_policy": policy}


def _cached(cache: Cache) -> dict[str, Any]:
    stem = cache.sid("Pull")
    wanted = _wanted(cache, _pull_statements(cache), (stem, f"{stem}Roles"))
    return {"name": cache.name, "regions": list(cache.regions), "repositories": [cache.cached], **wanted}


def _pull_statements(cache: Cache) -> list[RawStatement]:
    grant = cache.pulls(cache.pullers)
    return _renamed(registry_statements(grant, cache.regions[0], "repository"), grant, cache.sid("Pull"))


def _first_pulls(cache: Cache, region: str) -> dict[str, Any]:
    grant = cache.pulls([one for one in cache.pullers if one.first_pull], "registry")
    stem = cache.sid("FirstPull")
    statements = _renamed(registry_statements(grant, region, "registry"), grant, stem)
    for statement in statements:
        statement["Action"] = sorted({*statement["Action"], *cache.first_pull_actions()})
    return {"name": cache.name, "region": region, **_wanted(cache, statements, (stem, f"{stem}Roles"))}


def _puller(cache: Cache, puller: Puller) -> dict[str, Any]:
    """The identity side of a puller."""
    stem = cache.sid("Pull")
    actions = sorted({*REGISTRY_ACTIONS["pull"], *(cache.first_pull_actions() if cache.may_fill(puller) else ())})
    statements: list[RawStatement] = [
        {"Sid": f"{stem}Login", "Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": "*"},
        {"Sid": stem, "Effect": "Allow", "Action": actions, "Resource": _arns(cache)},
    ]
    wanted = _wanted(cache, statements if puller.state == "present" else (), (stem, f"{stem}Login"))
    return {"name": cache.name, "roles": list(puller.recipient.roles), "users": list(puller.recipient.users), **wanted}


def _arns(cache: Cache) -> list[str]:
    """What is, or will be, cached."""
    return [f"arn:{partition_of(region)}:ecr:{region}:{cache.account}:repository/{cache.cached}" for region in cache.regions]


def _renamed(statements: Sequence[RawStatement], grant: Grant, stem: str) -> list[RawStatement]:
    """Statements of a grant with the Sids of the cache."""
    return [
        {**one, "Sid": f"{stem}Login" if one["Sid"] == LOGIN_SID else stem + one["Sid"].removeprefix(grant.sid())} for one in statements
    ]


def _wanted(cache: Cache, statements: Sequence[RawStatement], sids: Sequence[str]) -> dict[str, Any]:
    """Statements that shall be there; where there are none, the Sids of those that there may have been."""
    if cache.state == "absent" or not statements:
        return {"state": "absent", "statements": [], "sids": list(sids)}
    return {"state": "present", "statements": list(statements), "sids": []}


# -- reading the declaration -----------------------------------------------------------------------------------------


def read_caches(declaration: Any) -> list[Cache]:
    """Reads and checks a declaration of caches.

    ``declaration`` is a list of mappings with C(name), C(upstream) (C(account) and C(region), or C(registry)), C(downstream)
    (C(account), C(regions), C(repository_prefix), C(role)), and optionally C(pullers), C(template) and C(state).

    Raises RegistryError that says which cache, which field, why, and what to write instead.
    """
    if isinstance(declaration, (str, Mapping)) or not isinstance(declaration, Sequence):
        raise RegistryError(f"caches must be a list of caches, not {type(declaration).__name__}")
    caches = [_read_cache(entry, at) for at, entry in enumerate(declaration)]
    stems: dict[str, Cache] = {}
    places: dict[tuple[str, str, str], Cache] = {}
    for cache in caches:
        if (other := stems.setdefault(cache.sid(""), cache)) is not cache:
            raise RegistryError(f"cache '{cache.name}': the name gives the same Sids as '{other.name}'; choose another one")
        for region in cache.regions:
            if (other := places.setdefault((cache.account, region, cache.prefix), cache)) is not cache:
                raise RegistryError(f"cache '{cache.name}': the prefix '{cache.prefix}' in {region} is that of '{other.name}', too")
    return caches


def _read_cache(entry: Any, position: int) -> Cache:
    where = f"cache #{position + 1}"
    if not isinstance(entry, Mapping):
        raise RegistryError(f"{where} is no mapping")
    where = f"cache '{entry['name']}'" if entry.get("name") else where
    upstream, downstream = (_mapping(entry.get(side), f"{where}: {side}") for side in ("upstream", "downstream"))
    template = _mapping(entry.get("template") or {}, f"{where}: template")
    _check_fields(entry, {"upstream": upstream, "downstream": downstream, "template": template}, where)
    state = _state(entry, where)
    role = downstream.get("role")
    account = _account(downstream, f"{where}: downstream", [role] if role else None)
    regions = tuple(_regions(downstream.get("regions"), f"{where}: downstream: regions"))
    prefix = _prefix(downstream, "repository_prefix", f"{where}: downstream")
    home, rule = _read_upstream(upstream, f"{where}: upstream")
    if home and not role and home[0] != account.account:
        raise RegistryError(f"{where}: downstream: role is missing; an upstream in another account needs one, name a role to create or use")
    if role and not home:
        raise RegistryError(f"{where}: downstream: role '{role}' has no meaning, because the upstream is no ECR registry; leave it out")
    if home:
        _check_places(home, str(account.account), regions, where)
    allow, scope = upstream.get("allow") or "role", upstream.get("scope") or "registry"
    if allow not in ("role", "account"):
        raise RegistryError(f"{where}: upstream: allow is {allow!r}, it must be role or account")
    if scope not in ("registry", "repository"):
        raise RegistryError(f"{where}: upstream: scope is {scope!r}, it must be registry or repository")
    pullers = _read_pullers(entry.get("pullers") or (), f"{where}: pullers")
    names = [arn for puller in pullers for arn in puller.recipient.arns("aws")]
    if twice := [arn for arn in names if names.count(arn) > 1]:
        raise RegistryError(f"{where}: pullers: {twice[0]} is there twice; name everybody once")
    cache = Cache(
        name=str(entry.get("name")),
        state=state,
        upstream=home,
        upstream_prefix=_prefix({"repository_prefix": ROOT, **_given(upstream)}, "repository_prefix", f"{where}: upstream"),
        allow=allow,
        scope=scope,
        account=str(account.account),
        regions=regions,
        prefix=prefix,
        role=account.roles[0] if role else None,
        source_account=switch(downstream.get("require_source_account"), f"{where}: downstream: require_source_account"),
        rule=rule,
        template=_read_template(template, f"{where}: template"),
        pullers=pullers,
    )
    if home and cache.prefix == ROOT != cache.upstream_prefix:
        text = f"repository_prefix is '{cache.upstream_prefix}'; where that of downstream is {ROOT}, it must be {ROOT}, too"
        raise RegistryError(f"{where}: upstream: {text}")
    _check_name(entry.get("name"), cache, where)
    return cache


def _check_fields(entry: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]], where: str) -> None:
    problems: list[str] = []
    check_keys(entry, _FIELDS, where, problems)
    for name, part in parts.items():
        check_keys(part, _FIELDS_OF[name], f"{where}: {name}", problems)
    if problems:
        raise RegistryError("; ".join(problems))


def _check_name(name: Any, cache: Cache, where: str) -> None:
    """The name of a cache is one that a grant can have, so the reader of grants says what is wrong with it."""
    registry = {"account": cache.account, "regions": list(cache.regions)}
    grant = {"name": name, "registry": registry, "repositories": [cache.cached], "access": "pull", "to": [{"account": cache.account}]}
    try:
        read_grants([grant])
    except RegistryError as error:
        raise RegistryError(f"{where}: {str(error).partition(': ')[2]}") from error


def _read_upstream(upstream: Mapping[str, Any], where: str) -> tuple[tuple[str, str] | None, dict[str, Any]]:
    """(account, region) of an ECR registry, or None, and the settings of the rule that say another one."""
    kind = upstream.get("registry") or ECR
    if not isinstance(kind, str) or kind not in UPSTREAMS:
        raise RegistryError(f"{where}: registry is '{kind}', it must be one of: {', '.join(UPSTREAMS)}")
    if kind != ECR:
        if unknown := [name for name in ("account", "region", "repository_prefix", "allow", "scope") if upstream.get(name) is not None]:
            raise RegistryError(f"{where}: {unknown[0]} is that of an ECR registry, and {kind} is none; leave it out")
        names = {"url": "upstream_registry_url", "credential_arn": "credential_arn"}
        return None, {"upstream_registry": kind, **{names[name]: upstream[name] for name in names if upstream.get(name)}}
    if unknown := [name for name in ("url", "credential_arn") if upstream.get(name) is not None]:
        raise RegistryError(f"{where}: {unknown[0]} has no meaning for an ECR registry; give its account and region")
    account = _account(upstream, where)
    (region,) = _regions([upstream.get("region")], f"{where}: region")
    return (str(account.account), region), {}


def _check_places(home: tuple[str, str], account: str, regions: Sequence[str], where: str) -> None:
    """Refuses an upstream from which ECR cannot cache: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html"""
    for region in regions:
        if partition_of(region) != partition_of(home[1]):
            raise RegistryError(
                f"{where}: upstream: region '{home[1]}' is in another partition of AWS than '{region}'; ECR caches within one only"
            )
        if (account, region) == home:
            raise RegistryError(f"{where}: upstream is the registry of the cache itself in {region}; give another account or region")


def _read_template(template: Mapping[str, Any], where: str) -> dict[str, Any]:
    found = _given(template)
    applied_for = found.setdefault("applied_for", [CACHING])
    if not isinstance(applied_for, Sequence) or CACHING not in applied_for:
        raise RegistryError(f"{where}: applied_for lacks {CACHING}, without which nothing that is cached gets the template; add it")
    return found


def _read_pullers(entries: Any, where: str) -> tuple[Puller, ...]:
    if isinstance(entries, (str, Mapping)) or not isinstance(entries, Sequence):
        raise RegistryError(f"{where} must be a list")
    return tuple(_read_puller(one, f"{where}[{at}]") for at, one in enumerate(entries))


def _read_puller(entry: Any, where: str) -> Puller:
    recipient = dict(_mapping(entry, where))
    first_pull, state = switch(recipient.pop("first_pull", None), f"{where}: first_pull"), _state(recipient, where)
    recipient.pop("state", None)
    (found,) = _recipients([recipient], where)
    if first_pull and not found.arns("aws"):
        raise RegistryError(f"{where}: first_pull is for roles and users; name those who may fill the cache")
    return Puller(found, first_pull, state)


def _state(entry: Mapping[str, Any], where: str) -> str:
    state = entry.get("state") or "present"
    if state not in ("present", "absent"):
        raise RegistryError(f"{where}: state is {state!r}, it must be present or absent")
    return str(state)


def _account(side: Mapping[str, Any], where: str, roles: Sequence[Any] | None = None) -> Recipient:
    (found,) = _recipients([{"account": side.get("account"), "roles": roles}], where, "role")
    return found


def _recipients(entries: Sequence[Mapping[str, Any]], where: str, roles: str = "roles") -> Sequence[Recipient]:
    """Recipients of a declaration that calls the field with their roles ``roles``."""
    try:
        return read_recipients(entries, where)
    except RegistryError as error:
        # A list of one needs no place in it. Ansible shows causes, too, and this one would say the same again.
        text = str(error).replace(f"{where}[0]", where)
        raise RegistryError(text.replace(f"{where}: roles: ", f"{where}: {roles}: ")) from None


def _regions(value: Any, where: str) -> list[str]:
    if not value or (not isinstance(value, str) and isinstance(value, Sequence) and None in value):
        raise RegistryError(f"{where} is missing")
    if isinstance(value, (str, Mapping)) or not isinstance(value, Sequence):
        raise RegistryError(f"{where} is {value!r}, it must be a list; write [{value}] for one region")
    if wrong := [one for one in value if not is_region(str(one))]:
        raise RegistryError(f"{where}: '{wrong[0]}' is no region")
    return list(dict.fromkeys(map(str, value)))


def _prefix(side: Mapping[str, Any], field: str, where: str) -> str:
    if side.get(field) is None:
        raise RegistryError(f"{where}: {field} is missing")
    if not isinstance(side[field], str):
        raise RegistryError(f"{where}: {field} is {side[field]!r}, it must be text; write it in quotes")
    try:
        return checked_prefix(field, side[field], _SHORTEST, _LONGEST)
    except RegistryError as error:
        raise RegistryError(f"{where}: {error}") from error


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RegistryError(f"{where} is missing")
    return value


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
