# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which regions and repositories a task is about."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from .._errors import RegistryError, ServiceError
from .._fanout import fan_out
from .._grants import is_region, is_tag_selector, selector_matches, selector_problem
from .errors import translated

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .module import RegistryAWSModule

    #: Gives the client for a service in a region.
    ClientOf = Callable[[str, str], BaseClient]

#: Stands for all regions that are enabled for the account.
ALL_REGIONS = "all"
_ANY_REGION = "any region"
#: Names in one DescribeRepositories call, and repositories in one page of its answer.
#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html
_NAMES_AT_ONCE, _PAGE = 100, 1000
#: What AWS answers where a region is not enabled for the account, or forbidden by an organization's policy.
_CLOSED_REGION = ("UnrecognizedClientException", "InvalidClientTokenId", "AccessDeniedException", "AuthFailure", "OptInRequired")


@dataclass(frozen=True)
class Repository:
    """An ECR repository and its tags, which are only read where a selector needs them."""

    account: str
    region: str
    name: str
    arn: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """``repositories`` that selectors mean, sorted by region and name, the ``names`` of all that were looked at, by region, and the
    regions that AWS did not let us look into (``closed``)."""

    repositories: list[Repository]
    names: Mapping[str, list[str]]
    closed: list[str]


def regions_of(module: RegistryAWSModule, wanted: Sequence[str] | None) -> list[str]:
    """The regions to work in: the given ones, with C(all) also those that are enabled for the account; by default the task's own.

    Raises RegistryError when there is none or one is no region, or ServiceError.
    """
    named = [region for region in dict.fromkeys(wanted or ()) if region != ALL_REGIONS]
    check_regions(named, f", or {ALL_REGIONS}")
    if named and ALL_REGIONS not in (wanted or ()):
        return named
    if not wanted:
        if not module.region:
            raise RegistryError("no region: give 'regions' or 'region', or set AWS_REGION")
        return [module.region]
    with translated():
        answer = module.aws_client("ec2", module.region or "us-east-1").describe_regions(AllRegions=False)
    return sorted({*named, *(region["RegionName"] for region in answer["Regions"])})


def check_regions(regions: Sequence[str], hint: str = "") -> None:
    """Raises RegistryError when one of the option C(regions) cannot be the name of a region."""
    for region in regions:
        if not is_region(region):
            raise RegistryError(f"'regions' has '{region}', which is no region; write its name, such as eu-west-1{hint}")


def is_closed_region(error: BaseException | None) -> bool:
    """Whether AWS refused because the account may not use the region."""
    return isinstance(error, ServiceError) and error.code in _CLOSED_REGION


class Readable(Protocol):
    """Something in a region that can be read. ``read`` raises ServiceError."""

    @property
    def region(self) -> str | None:
        """The region that it is in."""

    def read(self) -> Any:
        """What AWS has."""


def open_to_us(module: RegistryAWSModule, things: Sequence[Readable], needed: Collection[str] = ()) -> set[str]:
    """The regions of these things that the account may use, and those that are ``needed``; a warning tells the others."""
    answers = fan_out(lambda thing: thing.read(), things, module.params["workers"])
    closed = {str(thing.region) for thing, answer in zip(things, answers, strict=True) if is_closed_region(answer.error)} - {*needed}
    warn_closed(module, sorted(closed))
    return {str(thing.region) for thing in things} - closed


def warn_closed(module: RegistryAWSModule, regions: Sequence[str]) -> None:
    """Tells the user which regions were left out."""
    if regions:
        module.warn(f"not looked into, because AWS does not let this account use them: {', '.join(sorted(regions))}")


def find_repositories(module: RegistryAWSModule, regions: Sequence[str], selectors: Sequence[str], tags: bool, may_skip: bool) -> Found:
    """The repositories that the selectors mean, with the credentials of the task; see find_repositories_with()."""
    return find_repositories_with(module.aws_client, module.params["workers"], regions, selectors, tags, may_skip)


def find_repositories_with(
    client: ClientOf, workers: int, regions: Sequence[str], selectors: Sequence[str], tags: bool, may_skip: bool
) -> Found:
    """The repositories that the selectors mean.

    ``client`` gives the client for a service in a region. ``tags`` reads the tags of each repository. ``may_skip`` leaves out regions
    that are closed to this account; otherwise they are an error. Raises RegistryError or ServiceError.
    """
    problems = [problem for selector in selectors if (problem := selector_problem(selector))]
    if problems:
        raise RegistryError(f"repositories: {'; '.join(problems)}")
    skipped: list[str] = []

    def look(region: str) -> list[Repository]:
        try:
            found = _list(client("ecr", region), region, selectors)
        except ServiceError as error:
            if not may_skip or not is_closed_region(error):
                raise
            skipped.append(region)
            return []
        return _with_tags(client, workers, found) if tags or any(map(is_tag_selector, selectors)) else found

    # Clients are made one after the other: botocore's client creation is not thread-safe.
    for region in regions:
        client("ecr", region)
    answers = fan_out(look, regions, workers, stop_on_error=True)
    for answer in answers:
        if answer.error:
            raise answer.error
    found = [
        repository
        for answer in answers
        for repository in sorted(answer.result or [], key=lambda one: one.name)
        if any(selector_matches(selector, repository.name, repository.tags) for selector in selectors)
    ]
    names = {region: [repository.name for repository in answer.result or ()] for region, answer in zip(regions, answers, strict=True)}
    return Found(found, names, sorted(skipped))


def unmatched(
    regions: Iterable[str], selectors: Sequence[str], found: Iterable[Repository], names: Mapping[str, Sequence[str]]
) -> list[str]:
    """A text for each selector that means no repository of a region, with those of the ``names`` there that come closest.

    C(*) is not asked for: an empty registry is all repositories of that registry.
    """
    by_region: dict[str, list[Repository]] = {region: [] for region in regions}
    for repository in found:
        by_region.setdefault(repository.region, []).append(repository)
    texts = []
    for region, repositories in by_region.items():
        for selector in selectors:
            if selector != "*" and not any(selector_matches(selector, one.name, one.tags) for one in repositories):
                close = difflib.get_close_matches(selector, names.get(region, ()), n=3)
                texts.append(f"'{selector}' in {region}" + (f" (there is {', '.join(close)})" if close else ""))
    return texts


def unmatched_anywhere(selectors: Sequence[str], found: Iterable[Found]) -> list[str]:
    """The same for selectors that mean no repository of any region."""
    looked = list(found)
    anywhere = [replace(one, region=_ANY_REGION) for its in looked for one in its.repositories]
    names = sorted({name for its in looked for its_names in its.names.values() for name in its_names})
    return unmatched([_ANY_REGION], selectors, anywhere, {_ANY_REGION: names})


def _list(client: BaseClient, region: str, selectors: Sequence[str]) -> list[Repository]:
    exact = not any(is_tag_selector(selector) or set("*?") & set(selector) for selector in selectors)
    with translated():
        if exact and selectors and len(selectors) <= _NAMES_AT_ONCE:
            try:
                answer = client.describe_repositories(repositoryNames=list(selectors))
                return [_repository(one, region) for one in answer["repositories"]]
            except client.exceptions.RepositoryNotFoundException:
                pass  # one of them is missing; the list tells which, and what is there instead
        pages = client.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": _PAGE})
        return [_repository(one, region) for page in pages for one in page["repositories"]]


def _repository(answer: Mapping[str, str], region: str) -> Repository:
    return Repository(answer["registryId"], region, answer["repositoryName"], answer["repositoryArn"])


def _with_tags(client: ClientOf, workers: int, repositories: Sequence[Repository]) -> list[Repository]:
    def read(repository: Repository) -> Repository:
        with translated():
            answer = client("ecr", repository.region).list_tags_for_resource(resourceArn=repository.arn)
        tags = {tag["Key"]: tag["Value"] for tag in answer.get("tags", [])}
        return Repository(repository.account, repository.region, repository.name, repository.arn, tags)

    answers = fan_out(read, repositories, workers, stop_on_error=True)
    for answer in answers:
        if answer.error:
            raise answer.error
    return [answer.result for answer in answers if answer.result]
