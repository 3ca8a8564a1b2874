# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repositories: create, delete, describe in pages; and the authorization token."""

from __future__ import annotations

import base64
import datetime
import json
import typing as t

from moto.ecr.models import Repository

from . import consistency, oci_tokens
from .call import AwsError, Call, dns_suffix
from .ecr_state import backend, repository_of
from .operations import before, own
from .paging import ecr_page

TAGS_PER_REPOSITORY = 50


def described(repository: Repository) -> dict[str, t.Any]:
    """A repository as DescribeRepositories shows it."""
    partition = repository.arn.split(":")[1]
    result = {
        "repositoryArn": repository.arn,
        "registryId": repository.registry_id,
        "repositoryName": repository.name,
        "repositoryUri": f"{repository.registry_id}.dkr.ecr.{repository.region_name}.{dns_suffix(partition)}/{repository.name}",
        "createdAt": repository.created_at,
        "imageTagMutability": str(getattr(repository.image_tag_mutability, "value", repository.image_tag_mutability)),
        "imageScanningConfiguration": repository.image_scanning_configuration,
        "encryptionConfiguration": repository.encryption_configuration,
    }
    if repository.image_tag_mutability_exclusion_filters:
        result["imageTagMutabilityExclusionFilters"] = repository.image_tag_mutability_exclusion_filters
    return result


def check_tag_list(tags: list[dict[str, str]]) -> None:
    # Codes from the API reference; the words are the lab's own.
    if len(tags) > TAGS_PER_REPOSITORY:
        raise AwsError("TooManyTagsException", f"A repository can have {TAGS_PER_REPOSITORY} tags at most.")
    if len({tag["Key"] for tag in tags}) < len(tags):
        raise AwsError("InvalidTagParameterException", "Tag keys must be unique.")


@before("ecr", "TagResource")
def check_tags(call: Call) -> None:
    check_tag_list(call.parameters["tags"])


@before("ecr", "PutRegistryScanningConfiguration")
def fill_in_what_is_left_out(call: Call) -> None:
    # moto reads the body itself and expects both.
    call.body = json.dumps({"scanType": "BASIC", "rules": [], **call.parameters}).encode()


@own("ecr", "CreateRepository")
def create_repository(call: Call) -> dict[str, t.Any]:
    given = call.parameters
    check_tag_list(given.get("tags") or [])
    made = backend(call.account, call.region).create_repository(
        repository_name=given["repositoryName"],
        registry_id=call.account,
        encryption_config=given.get("encryptionConfiguration"),
        image_scan_config=given.get("imageScanningConfiguration"),
        image_tag_mutability=given.get("imageTagMutability"),
        image_tag_mutability_exclusion_filters=given.get("imageTagMutabilityExclusionFilters"),
        tags=given.get("tags") or [],
    )
    return {"repository": described(made)}


@own("ecr", "DeleteRepository")
def delete_repository(call: Call) -> dict[str, t.Any]:
    repository = repository_of(call)
    if repository.images and not call.parameters.get("force"):
        raise AwsError(
            "RepositoryNotEmptyException",
            f"The repository with name '{repository.name}' in registry with id '{call.account}' cannot be deleted "
            "because it still contains images",
        )
    consistency.gone(("repository-policy", call.account, call.region, repository.name))
    return {"repository": described(backend(call.account, call.region).delete_repository(repository.name, call.account, True))}


@own("ecr", "DescribeRepositories")
def describe_repositories(call: Call) -> dict[str, t.Any]:
    every = backend(call.account, call.region).repositories
    names = call.parameters.get("repositoryNames")
    if names:
        for name in names:
            if name not in every:
                raise AwsError(
                    "RepositoryNotFoundException",
                    f"The repository with name '{name}' does not exist in the registry with id '{call.account}'",
                )
        return {"repositories": [described(every[name]) for name in dict.fromkeys(names)]}
    found, token = ecr_page(list(every.values()), call.parameters)
    result: dict[str, t.Any] = {"repositories": [described(repository) for repository in found]}
    if token:
        result["nextToken"] = token
    return result


@own("ecr", "GetAuthorizationToken")
def get_authorization_token(call: Call) -> dict[str, t.Any]:
    data = []
    for registry in call.parameters.get("registryIds") or [call.account]:
        password, expires = oci_tokens.issue(call.caller, call.region)
        data.append(
            {
                "authorizationToken": base64.b64encode(f"AWS:{password}".encode()).decode(),
                "expiresAt": datetime.datetime.fromtimestamp(expires, datetime.UTC),
                "proxyEndpoint": f"https://{registry}.dkr.ecr.{call.region}.{dns_suffix(call.partition)}",
            }
        )
    return {"authorizationData": data}
