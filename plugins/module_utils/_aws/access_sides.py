# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Reads both sides of an access across accounts. What AWS does not let us read is noted, and is no error.

Nobody but an organization's management account can read its service control policies, so they are not looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .._access.sides import V1_ACTIONS, IdentitySide, RegistrySide, Scope
from .._errors import RegistryError, ServiceError
from .._fanout import fan_out
from .._grants import is_tag_selector
from .._policy.document import PolicyError, parse
from .._policy.evaluation import Named
from .access_caches import CacheReader, read_new_repositories
from .account_setting import NO_SETTING, SCOPE
from .errors import translated
from .iam_principals import NOT_ALLOWED, NoSuchPrincipal, read_principals
from .registry_policy import RegistryPolicyStore
from .repositories import Repository, find_repositories_with
from .repository_policy import RepositoryPolicyStore

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .session import AwsSession

__all__ = [
    "IdentitySide",
    "NoSuchPrincipal",
    "RegistrySide",
    "read_identity_side",
    "read_identity_sides",
    "read_organization",
    "read_registry_side",
]


def read_identity_side(session: AwsSession, arn: str) -> IdentitySide:
    """What has a say on the side of a role or user; ``session`` is one of its account.

    ``arn`` is that of a role, a user, or a session of a role. Raises NoSuchPrincipal (with names that come close), RegistryError when
    one of its policies cannot be understood, ServiceError for other trouble.
    """
    found = read_identity_sides(session, [arn], workers=1)[arn]
    if isinstance(found, RegistryError):
        raise found
    return found


def read_identity_sides(session: AwsSession, arns: Iterable[str], workers: int = 10) -> dict[str, IdentitySide | RegistryError]:
    """The same for many principals of one account; policies that they share are read once, and errors are kept per principal."""
    client = session.client("iam", session.home_region)
    principals = read_principals(client, arns, workers)
    organization = None
    if any(not isinstance(one, RegistryError) for one in principals.values()):
        organization = read_organization(session)
    return {
        arn: one
        if isinstance(one, RegistryError)
        else IdentitySide(one.caller, one.identity, one.boundary, one.tags, organization, one.unread)
        for arn, one in principals.items()
    }


def read_organization(session: AwsSession) -> str | None:
    """The id of the organization that the account is in; empty when it is in none, None when AWS does not tell, whatever the reason.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html
    """
    try:
        with translated():
            return str(session.client("organizations", session.home_region).describe_organization()["Organization"]["Id"])
    except ServiceError as error:
        return "" if error.code == "AWSOrganizationsNotInUseException" else None


def read_registry_side(
    session: AwsSession,
    account: str,
    region: str,
    repositories: Sequence[str],
    regions: Sequence[str] = (),
    workers: int = 10,
    tags: bool = False,
    cached: Sequence[str] = (),
) -> RegistrySide:
    """What has a say on the side of the registry; ``session`` is one of its account.

    ``repositories`` are names and selectors (patterns, C(tag:key=value)). ``regions`` are where to look for names that are not in
    ``region``. ``tags`` reads the tags of each repository. ``cached`` are names, or patterns that stand for a name each, of repositories
    that a pull-through cache is to make. Raises RegistryError or ServiceError.
    """
    return _RegistryReader(session, account, region, workers).read(repositories, [one for one in regions if one != region], tags, cached)


class _RegistryReader:
    def __init__(self, session: AwsSession, account: str, region: str, workers: int) -> None:
        self._session = session
        self._client: BaseClient = session.client("ecr", region)
        self._account = account
        self._region = region
        self._workers = workers
        self._unread: dict[str, list[str]] = {}

    def read(self, selectors: Sequence[str], other_regions: Sequence[str], tags: bool, cached: Sequence[str]) -> RegistrySide:
        names = [one for one in dict.fromkeys(selectors) if not is_tag_selector(one) and not set("*?") & set(one)]
        repositories = self._repositories(selectors, names, tags)
        policies = self._policies(repositories)
        missing = [name for name in names if name not in policies]
        registry_policy, scope = self._registry_policy()
        return RegistrySide(
            account=self._account,
            region=self._region,
            registry_policy=registry_policy,
            scope=scope,
            repositories=policies,
            tags={one.name: one.tags for one in repositories if one.name in policies} if tags else {},
            elsewhere=self._elsewhere(missing, other_regions),
            coming=read_new_repositories(CacheReader(self._client, self._account, self._region), [*missing, *cached], self._workers),
            unread={about: tuple(texts) for about, texts in self._unread.items()},
        )

    def _repositories(self, selectors: Sequence[str], names: Sequence[str], tags: bool) -> list[Repository]:
        """The repositories to read. Names alone need no list: asking for its policy tells whether a repository is there."""
        if tags or len(names) < len(set(selectors)):
            found: list[Repository] | None = self._allowed(
                "", "the list of repositories and their tags", lambda: self._find([self._region], selectors, tags)
            )
            if found is not None:
                return found
        return [Repository(self._account, self._region, name, "") for name in names]

    def _policies(self, repositories: Sequence[Repository]) -> dict[str, Named | None]:
        """Name -> policy of those that are there; None when it has none, or it may not be read."""
        found: dict[str, Named | None] = {}
        for repository, done in zip(repositories, fan_out(self._policy, repositories, self._workers, stop_on_error=True), strict=True):
            if done.error:
                raise done.error
            if done.result is not None:
                found[repository.name] = done.result[0]
        return found

    def _policy(self, repository: Repository) -> tuple[Named | None] | None:
        """The policy of a repository; None when there is no such repository."""
        title = f"repository policy of {repository.name}"
        store = RepositoryPolicyStore(self._client, self._client, repository, force=False)
        try:
            text = self._allowed(repository.name, title, store.read)
        except ServiceError as error:
            if error.code == "RepositoryNotFoundException":
                return None
            raise
        return (None if text is None else self._named(title, text),)

    def _registry_policy(self) -> tuple[Named | None, Scope | None]:
        title = "registry policy"
        text = self._allowed("", title, RegistryPolicyStore(self._client, self._client, self._account, self._region).read)
        scope = self._scope(matters=text is not None)
        if text is None:
            return None, scope
        return self._named(title, text, only=V1_ACTIONS if scope == "V1" else None), scope

    def _scope(self, matters: bool) -> Scope | None:
        """What the registry policy has a say in; None when AWS does not tell, which makes the policy itself unread."""
        try:
            with translated():
                value = self._client.get_account_setting(name=SCOPE)["value"]
        except ServiceError as error:
            if error.code not in (*NOT_ALLOWED, *NO_SETTING):
                raise
            value, reason = None, f"the account setting {SCOPE}, which says what the registry policy counts for ({error})"
        else:
            reason = f"the account setting {SCOPE} is {value!r}, and only V1 and V2 are known"
        if value in ("V1", "V2"):
            return "V1" if value == "V1" else "V2"
        if matters:
            self._unread.setdefault("", []).append(reason)
        return None

    def _elsewhere(self, missing: Sequence[str], regions: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Missing name -> the other regions where there is a repository of that name. This only helps, so trouble with it is none."""
        if not missing or not regions:
            return {}
        try:
            found = self._find(regions, missing, may_skip=True)
        except ServiceError:
            return {}
        places = {name: tuple(one.region for one in found if one.name == name) for name in missing}
        return {name: where for name, where in places.items() if where}

    def _find(self, regions: Sequence[str], selectors: Sequence[str], tags: bool = False, may_skip: bool = False) -> list[Repository]:
        return find_repositories_with(self._session.client, self._workers, regions, selectors, tags, may_skip).repositories

    def _allowed(self, about: str, what: str, call: Callable[[], Any]) -> Any:
        """What a call answers; None, and a note, when AWS does not let us ask."""
        try:
            return call()
        except ServiceError as error:
            if error.code not in NOT_ALLOWED:
                raise
            self._unread.setdefault(about, []).append(f"the {what.removeprefix('the ')} ({error})")
            return None

    def _named(self, title: str, text: str, only: tuple[str, ...] | None = None) -> Named:
        try:
            return Named(title, parse(text), only)
        except PolicyError as error:
            raise RegistryError(f"the {title} in account {self._account}, {self._region}, cannot be understood: {error}") from error
