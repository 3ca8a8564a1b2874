# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""BatchGetImage, and the pull through cache behind it: an image that is not there is fetched from upstream, if everybody lets it.

A cached image is served as it is. AWS looks upstream again every 24 hours; the lab does not.
"""

from __future__ import annotations

import dataclasses
import typing as t

from . import access
from .call import AwsError, Call
from .ecr_cache_chain import assumed_role, must_read, must_write, upstream_name
from .ecr_cache_rules import Rule, rule_for
from .ecr_cache_secrets import is_well_formed, readable_version
from .ecr_images import Image, copy_image, find_image, shown_image
from .ecr_state import find_repository, repository_of
from .ecr_template_use import PULL_THROUGH_CACHE, make_repository, tags_for
from .operations import own

Failure = tuple[str, str]
ImageId = dict[str, str]

NOT_FOUND: Failure = ("ImageNotFound", "Requested image not found")
# The sentence is from https://github.com/aws/containers-roadmap/issues/2354.
AUTHENTICATION = (
    "The authentication to the upstream registry failed. "
    "Verify that the credentials provided in the pull through cache rule are correct, and try again."
)
UNREACHABLE: Failure = ("UpstreamUnavailable", "The upstream registry cannot be reached.")  # the code is AWS's, the words are the lab's


@own("ecr", "BatchGetImage")
def batch_get_image(call: Call) -> dict[str, t.Any]:
    images, failures = [], []
    for image_id in call.parameters["imageIds"]:
        found = _image(call, image_id)
        if isinstance(found, Image):
            images.append(shown_image(call, found, image_id.get("imageTag")))
        else:
            failures.append({"imageId": image_id, "failureCode": found[0], "failureReason": found[1]})
    return {"images": images, "failures": failures}


def _image(call: Call, image_id: ImageId) -> Image | Failure:
    """An image of the repository, or of upstream; raises RepositoryNotFoundException when there is none of that name to look in."""
    name = str(call.parameters["repositoryName"])
    rule = rule_for(call.account, call.region, name)
    repository = find_repository(call.account, call.region, name)
    if repository is not None:
        found = find_image(repository, image_id)
        if rule is None or found != NOT_FOUND:
            return found
    elif rule is None:
        repository_of(call)  # raises
    return _imported(call, t.cast(Rule, rule), name, image_id)


def _may(call: Call, operation: str, **parameters: t.Any) -> bool:
    return access.may(dataclasses.replace(call, operation=operation, parameters=parameters))


def _imported(call: Call, rule: Rule, name: str, image_id: ImageId) -> Image | Failure:
    """Fetch an image from upstream.

    Who may not create the repository is told that it does not exist, who may not import that there is no such image (ECR user guide,
    "Troubleshooting pull through cache issues").
    """
    if find_repository(call.account, call.region, name) is None:
        tags = tags_for(call.account, call.region, name, PULL_THROUGH_CACHE)
        if not _may(call, "CreateRepository", repositoryName=name, tags=tags):
            repository_of(call)  # raises
    if not _may(call, "BatchImportUpstreamImage", repositoryName=name):
        return NOT_FOUND
    if rule.upstream.kind != "ecr":
        return _out_of_reach(rule)
    upstream = upstream_name(rule, name)
    try:
        caller = assumed_role(rule)
        must_read(rule, caller, upstream)
        must_write(rule, caller, name)
    except AwsError as denial:
        return "UpstreamAccessDenied", denial.message
    source = find_repository(rule.upstream.account, rule.upstream.region, upstream)
    if source is None:
        repository_of(call)  # raises, unless the repository of the cache is there
        return NOT_FOUND
    image = find_image(source, image_id)
    if not isinstance(image, Image):
        return image
    target = find_repository(call.account, call.region, name)
    if target is None:
        try:
            target = make_repository(call.account, call.region, call.partition, name, PULL_THROUGH_CACHE)
        except AwsError:
            # A template that cannot be followed: https://github.com/aws/containers-roadmap/issues/2398.
            target = repository_of(call)  # raises
    return copy_image(source, target, image, image_id.get("imageTag"))


def _out_of_reach(rule: Rule) -> Failure:
    """What a pull from a registry outside of AWS comes to: the secret is looked at first, and there is no way out of the lab."""
    if rule.secret:
        try:
            version = readable_version(rule.registry, rule.region, rule.partition, rule.secret)
        except AwsError as error:
            raise AwsError("UnableToGetUpstreamImageException", error.message) from None
        if not is_well_formed(version):
            raise AwsError("UnableToGetUpstreamImageException", AUTHENTICATION)
    return UNREACHABLE
