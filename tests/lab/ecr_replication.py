# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replication: the configuration of a registry, and copies of what is pushed to other regions and accounts.

An image is copied once, when it is pushed; copies are not copied further, and neither is what the pull through cache brings (ECR user
guide, "Private image replication").
"""

from __future__ import annotations

import json
import typing as t

from moto.ecr.models import Repository, ecr_backends

from . import consistency, ecr_service_roles
from .access import statements_about
from .call import AwsError, Call, invalid_parameter, partition_of
from .ecr_images import Image, copy_image, find_image, images_of, is_immutable, not_found, remove_image
from .ecr_service_roles import REPLICATION as ROLE
from .ecr_service_roles import must_be_allowed
from .ecr_state import find_repository, repository_of
from .ecr_template_use import REPLICATION, make_repository
from .operations import after, on_reset, own

if t.TYPE_CHECKING:
    from .wire import Answer

_CONFIGURATIONS: dict[tuple[str, str], dict[str, t.Any]] = {}
NOTHING: dict[str, t.Any] = {"rules": []}


@on_reset
def forget() -> None:
    _CONFIGURATIONS.clear()


def _key(call: Call) -> tuple[str, ...]:
    return ("replication", call.account, call.region)


def _check_destination(call: Call, destination: dict[str, str]) -> None:
    region, account = destination["region"], destination["registryId"]
    if (account, region) == (call.account, call.region):
        raise invalid_parameter("replicationConfiguration", "Replication destination cannot be the same as the source registry")
    if region not in ecr_backends[call.account] or partition_of(region) != call.partition:
        raise invalid_parameter("replicationConfiguration", f"Replication destination region {region} is not valid")


@own("ecr", "PutReplicationConfiguration")
def put_replication_configuration(call: Call) -> dict[str, t.Any]:
    given = call.parameters["replicationConfiguration"]
    for rule in given["rules"]:
        for destination in rule["destinations"]:
            _check_destination(call, destination)
    ecr_service_roles.appear(ROLE, call.account, call.partition)
    consistency.replaced(_key(call), _CONFIGURATIONS.get((call.account, call.region), NOTHING))
    _CONFIGURATIONS[(call.account, call.region)] = given
    return {"replicationConfiguration": given}


@own("ecr", "DescribeRegistry")
def describe_registry(call: Call) -> dict[str, t.Any]:
    current = _CONFIGURATIONS.get((call.account, call.region), NOTHING)
    return {"registryId": call.account, "replicationConfiguration": consistency.stale(_key(call), current)}


def _rules_for(call: Call) -> list[dict[str, t.Any]]:
    name = str(call.parameters["repositoryName"])
    rules = _CONFIGURATIONS.get((call.account, call.region), NOTHING)["rules"]
    return [rule for rule in rules if _matches(rule.get("repositoryFilters"), name)]


def _matches(filters: list[dict[str, str]] | None, name: str) -> bool:
    return not filters or any(name.startswith(one["filter"]) for one in filters)


def _destinations(rules: t.Iterable[dict[str, t.Any]]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((one["region"], one["registryId"]) for rule in rules for one in rule["destinations"]))


def _allowed_target(call: Call, region: str, account: str, create: bool) -> Repository | None:
    """The repository to copy to, made when it is missing and `create` is true; raises AwsError when the destination does not let it."""
    name, place = str(call.parameters["repositoryName"]), (account, region)
    caller = ecr_service_roles.acting(ROLE, call.account, call.region, call.partition, None)
    resource = f"arn:{call.partition}:ecr:{region}:{account}:repository/{name}"
    found = find_repository(account, region, name)
    for action in ("ecr:ReplicateImage", *(["ecr:CreateRepository"] if found is None and create else [])):
        statements = statements_about(account, region, name, action, across=account != call.account)
        must_be_allowed(caller, action, resource, place, statements)
    if found is None and create:
        found = make_repository(account, region, call.partition, name, REPLICATION)
    return found


@after("ecr", "PutImage")
def replicate(call: Call, answer: Answer) -> None:
    repository = repository_of(call)
    pushed = json.loads(answer[2])["image"]["imageId"]
    image = t.cast(Image, find_image(repository, {"imageDigest": pushed["imageDigest"]}))
    for region, account in _destinations(_rules_for(call)):
        try:
            target = t.cast(Repository, _allowed_target(call, region, account, create=True))
        except AwsError as error:
            image.replicas[(region, account)] = error.code
            continue
        tag = pushed.get("imageTag")
        held = any(tag in one.tags for one in images_of(target) if one.digest != image.digest)
        # A tag that may not move stays where it is, and the copy goes without it (ECR user guide, "Private image replication").
        copy_image(repository, target, image, None if held and is_immutable(target, tag) else tag)
        image.replicas[(region, account)] = None


@after("ecr", "BatchDeleteImage")
def replicate_deletions(call: Call, answer: Answer) -> None:
    """Deletions go the same way, where a rule asks for it."""
    rules = [rule for rule in _rules_for(call) if (rule.get("deleteReplication") or {}).get("enabled")]
    for region, account in _destinations(rules):
        try:
            target = _allowed_target(call, region, account, create=False)
        except AwsError:
            target = None
        if target is None:
            continue
        for image_id in json.loads(answer[2])["imageIds"]:
            copy = find_image(target, image_id)
            if isinstance(copy, Image):
                remove_image(target, copy, image_id.get("imageTag"))


@own("ecr", "DescribeImageReplicationStatus")
def describe_image_replication_status(call: Call) -> dict[str, t.Any]:
    repository, image_id = repository_of(call), call.parameters["imageId"]
    image = find_image(repository, image_id)
    if not isinstance(image, Image):
        raise not_found(call, image_id)
    statuses = []
    for (region, account), failure in image.replicas.items():
        status = {"region": region, "registryId": account, "status": "FAILED" if failure else "COMPLETE"}
        statuses.append({**status, **({"failureCode": failure} if failure else {})})
    return {"repositoryName": repository.name, "imageId": image_id, "replicationStatuses": statuses}
