# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images of a repository: put, describe, list, delete. Kept in moto's list of images, so that moto knows a repository is not empty."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import typing as t

from moto.ecr.models import Repository

from .call import AwsError, Call, invalid_parameter
from .documents import wildcard
from .ecr_layers import DIGEST
from .ecr_state import repository_of, state_of
from .operations import own
from .paging import ecr_page


@dataclasses.dataclass
class Image:
    digest: str
    manifest: str
    media_type: str
    size: int
    tags: list[str]
    replicas: dict[tuple[str, str], str | None] = dataclasses.field(default_factory=dict)  # region and account -> why it failed
    pushed: datetime.datetime = dataclasses.field(default_factory=lambda: datetime.datetime.now(datetime.UTC))


def images_of(repository: Repository) -> list[Image]:
    return t.cast("list[Image]", repository.images)


def _where(call: Call) -> str:
    return f"repository with name '{call.parameters['repositoryName']}' in the registry with id '{call.account}'"


def _manifest(call: Call) -> dict[str, t.Any]:
    try:
        manifest = json.loads(call.parameters["imageManifest"])
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict):
        raise invalid_parameter("ImageManifest", "Invalid JSON syntax")
    return manifest


def is_immutable(repository: Repository, tag: str) -> bool:
    """Whether a tag of this repository may not move to another image."""
    setting = str(getattr(repository.image_tag_mutability, "value", repository.image_tag_mutability))
    filters = repository.image_tag_mutability_exclusion_filters or []
    excluded = any(wildcard(str(item["filter"])).fullmatch(tag) for item in filters)
    return setting.startswith("IMMUTABLE") != excluded


@own("ecr", "PutImage")
def put_image(call: Call) -> dict[str, t.Any]:
    repository, text, manifest = repository_of(call), call.parameters["imageManifest"], _manifest(call)
    media_type = call.parameters.get("imageManifestMediaType") or manifest.get("mediaType")
    if not media_type:
        raise AwsError("InvalidParameterException", "image manifest mediatype not provided in manifest or parameter")
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    if call.parameters.get("imageDigest", digest) != digest:
        raise AwsError(
            "ImageDigestDoesNotMatchException", f"The provided image digest does not match the digest '{digest}' of the manifest"
        )
    _check_parts(call, repository, manifest)
    images, tag = images_of(repository), call.parameters.get("imageTag")
    image = next((one for one in images if one.digest == digest), None)
    if image is not None and (not tag or tag in image.tags):
        tagged = f" and tag '{tag}'" if tag else ""
        raise AwsError("ImageAlreadyExistsException", f"Image with digest '{digest}'{tagged} already exists in the {_where(call)}")
    holder = next((one for one in images if tag and tag in one.tags), None)
    if holder is not None and is_immutable(repository, tag):
        raise AwsError(
            "ImageTagAlreadyExistsException",
            f"The image tag '{tag}' already exists in the '{repository.name}' repository "
            "and cannot be overwritten because the tag is immutable.",
        )
    if holder is not None:
        holder.tags.remove(tag)
    if image is None:
        size = sum(int(part.get("size", 0)) for part in [manifest.get("config") or {}, *manifest.get("layers", [])])
        image = Image(digest, text, media_type, size, [])
        images.append(image)
    if tag:
        image.tags.append(tag)
    return {"image": shown_image(call, image, tag)}


def copy_image(source: Repository, target: Repository, image: Image, tag: str | None) -> Image:
    """Bring an image with its layers, and the images that it lists, into another repository; a tag that another image has moves."""
    manifest = json.loads(image.manifest)
    have, into = state_of(source).layers, state_of(target).layers
    for part in [manifest.get("config"), *manifest.get("layers", [])]:
        if isinstance(part, dict) and part.get("digest") in have:
            into[part["digest"]] = have[part["digest"]]
    known = {one.digest: one for one in images_of(source)}
    for part in manifest.get("manifests", []):
        if part.get("digest") in known:
            copy_image(source, target, known[part["digest"]], None)
    there = next((one for one in images_of(target) if one.digest == image.digest), None)
    if there is None:
        there = Image(image.digest, image.manifest, image.media_type, image.size, [])
        images_of(target).append(there)
    if tag:
        for one in images_of(target):
            one.tags = [held for held in one.tags if held != tag]
        there.tags.append(tag)
    return there


def _check_parts(call: Call, repository: Repository, manifest: dict[str, t.Any]) -> None:
    have = state_of(repository).layers
    parts = [part for part in [manifest.get("config"), *manifest.get("layers", [])] if isinstance(part, dict) and not part.get("urls")]
    missing = [str(part.get("digest")) for part in parts if part.get("digest") not in have]
    if missing:
        raise AwsError(
            "LayersNotFoundException",
            f"Layers with digests '[{', '.join(missing)}]' required for pushing image into {_where(call)} do not exist",
        )
    known = {image.digest for image in images_of(repository)}
    absent = [str(part.get("digest")) for part in manifest.get("manifests", []) if part.get("digest") not in known]
    if absent:
        raise AwsError(
            "ReferencedImagesNotFoundException",
            f"Images with digests '[{', '.join(absent)}]' required for pushing image into {_where(call)} do not exist",
        )


def shown_image(call: Call, image: Image, tag: str | None) -> dict[str, t.Any]:
    return {
        "registryId": call.account,
        "repositoryName": call.parameters["repositoryName"],
        "imageId": {"imageDigest": image.digest, **({"imageTag": tag} if tag else {})},
        "imageManifest": image.manifest,
        "imageManifestMediaType": image.media_type,
    }


def find_image(repository: Repository, image_id: dict[str, str]) -> Image | tuple[str, str]:
    """The image of an id, or the code and reason of a failure."""
    tag, digest = image_id.get("imageTag"), image_id.get("imageDigest")
    if not tag and not digest:
        return "MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null"
    if digest and not DIGEST.fullmatch(digest):
        return "InvalidImageDigest", "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"
    images = images_of(repository)
    if tag and digest:
        image = next((one for one in images if one.digest == digest), None)
        if image is not None and tag not in image.tags:
            return "ImageTagDoesNotMatchDigest", "Invalid request parameters: the tag does not reference the digest"
    image = next((one for one in images if (not tag or tag in one.tags) and (not digest or one.digest == digest)), None)
    return image if image is not None else ("ImageNotFound", "Requested image not found")


def not_found(call: Call, image_id: dict[str, str]) -> AwsError:
    spelled = f"{{imageDigest:'{image_id.get('imageDigest', 'null')}', imageTag:'{image_id.get('imageTag', 'null')}'}}"
    return AwsError("ImageNotFoundException", f"The image with imageId {spelled} does not exist within the {_where(call)}")


def remove_image(repository: Repository, image: Image, tag: str | None) -> None:
    """Take a tag away, and the image with its last one; without a tag take the image away."""
    if tag:
        image.tags.remove(tag)
    if not tag or not image.tags:
        images_of(repository).remove(image)


@own("ecr", "BatchDeleteImage")
def batch_delete_image(call: Call) -> dict[str, t.Any]:
    repository = repository_of(call)
    gone, failures = [], []
    for image_id in call.parameters["imageIds"]:
        found = find_image(repository, image_id)
        if not isinstance(found, Image):
            failures.append({"imageId": image_id, "failureCode": found[0], "failureReason": found[1]})
            continue
        tag = image_id.get("imageTag")
        gone.append({"imageDigest": found.digest, **({"imageTag": tag} if tag else {})})
        remove_image(repository, found, tag)
    return {"imageIds": gone, "failures": failures}


def _by_status(call: Call, images: t.Iterable[Image]) -> list[Image]:
    status = (call.parameters.get("filter") or {}).get("tagStatus", "ANY")
    return [image for image in images if status == "ANY" or bool(image.tags) == (status == "TAGGED")]


@own("ecr", "DescribeImages")
def describe_images(call: Call) -> dict[str, t.Any]:
    repository = repository_of(call)
    wanted = call.parameters.get("imageIds")
    token = None
    if wanted:
        found = []
        for image_id in wanted:
            image = find_image(repository, image_id)
            if not isinstance(image, Image):
                raise not_found(call, image_id)
            found.append(image)
    else:
        found, token = ecr_page(_by_status(call, images_of(repository)), call.parameters)
    details = []
    for image in found:
        detail: dict[str, t.Any] = {
            "registryId": call.account,
            "repositoryName": repository.name,
            "imageDigest": image.digest,
            "imageSizeInBytes": image.size,
            "imagePushedAt": image.pushed,
            "imageManifestMediaType": image.media_type,
        }
        if image.tags:
            detail["imageTags"] = list(image.tags)
        details.append(detail)
    return {"imageDetails": details, **({"nextToken": token} if token else {})}


@own("ecr", "ListImages")
def list_images(call: Call) -> dict[str, t.Any]:
    ids: list[dict[str, str]] = []
    for image in _by_status(call, images_of(repository_of(call))):
        ids.extend({"imageDigest": image.digest, "imageTag": tag} for tag in image.tags)
        if not image.tags:
            ids.append({"imageDigest": image.digest})
    found, token = ecr_page(ids, call.parameters)
    return {"imageIds": found, **({"nextToken": token} if token else {})}
