# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Layers and images: stored for real, digests checked, paged."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request

import pytest

from .helpers import PRIMARY, Accounts, push, push_layer, refused

WHERE = f"in the repository with name 'team/app' in the registry with id '{PRIMARY}'"
IN = f"repository with name 'team/app' in the registry with id '{PRIMARY}'"


def test_what_is_pushed_can_be_pulled(accounts: Accounts) -> None:
    accounts.repository()
    ecr = accounts.client("ecr")
    pushed = push(ecr, "1.0", b"bytes of the layer")
    manifest = pushed["imageManifest"]
    assert pushed["imageId"] == {"imageTag": "1.0", "imageDigest": "sha256:" + hashlib.sha256(manifest.encode()).hexdigest()}
    by_digest = ecr.batch_get_image(repositoryName="team/app", imageIds=[{"imageDigest": pushed["imageId"]["imageDigest"]}])["images"][0]
    assert by_digest["imageManifest"] == manifest
    assert by_digest["imageManifestMediaType"] == "application/vnd.docker.distribution.manifest.v2+json"
    layer = json.loads(manifest)["layers"][0]["digest"]
    available = ecr.batch_check_layer_availability(repositoryName="team/app", layerDigests=[layer, "sha256:" + "0" * 64, "nonsense"])
    assert [(one["layerDigest"], one["layerAvailability"]) for one in available["layers"]] == [
        (layer, "AVAILABLE"),
        ("sha256:" + "0" * 64, "UNAVAILABLE"),
    ]
    assert available["failures"][0]["failureCode"] == "InvalidLayerDigest"
    url = ecr.get_download_url_for_layer(repositoryName="team/app", layerDigest=layer)["downloadUrl"]
    assert urllib.request.urlopen(url).read() == b"bytes of the layer"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(url + "x")


def test_an_image_needs_its_layers_in_this_repository(accounts: Accounts) -> None:
    accounts.repository()
    accounts.repository("team/other")
    ecr = accounts.client("ecr")
    layer = push_layer(ecr, b"x", "team/other")
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "m", "layers": [layer]})
    assert refused(ecr.put_image, repositoryName="team/app", imageManifest=manifest) == (
        "LayersNotFoundException",
        f"Layers with digests '[{layer['digest']}]' required for pushing image into {IN} do not exist",
        400,
    )
    ecr.put_image(repositoryName="team/other", imageManifest=manifest)
    index = json.dumps({"schemaVersion": 2, "mediaType": "i", "manifests": [{"digest": "sha256:" + "1" * 64}]})
    assert refused(ecr.put_image, repositoryName="team/app", imageManifest=index).code == "ReferencedImagesNotFoundException"
    assert refused(ecr.put_image, repositoryName="team/app", imageManifest="{").code == "InvalidParameterException"
    wrong = {"repositoryName": "team/other", "imageManifest": manifest, "imageTag": "t", "imageDigest": "sha256:" + "2" * 64}
    assert refused(ecr.put_image, **wrong).code == "ImageDigestDoesNotMatchException"


def test_uploads_are_checked(accounts: Accounts) -> None:
    accounts.repository()
    ecr = accounts.client("ecr")
    where = {"repositoryName": "team/app", "uploadId": ecr.initiate_layer_upload(repositoryName="team/app")["uploadId"]}
    good, wrong = "sha256:" + hashlib.sha256(b"abc").hexdigest(), "sha256:" + "0" * 64
    assert refused(ecr.complete_layer_upload, **where, layerDigests=[good]).code == "EmptyUploadException"
    part = {**where, "partFirstByte": 0, "partLastByte": 2, "layerPartBlob": b"abc"}
    assert refused(ecr.upload_layer_part, **{**part, "partFirstByte": 1, "partLastByte": 3}).code == "InvalidLayerPartException"
    assert refused(ecr.upload_layer_part, **{**part, "partLastByte": 5}).code == "InvalidLayerPartException"
    assert ecr.upload_layer_part(**part)["lastByteReceived"] == 2
    assert refused(ecr.complete_layer_upload, **where, layerDigests=[wrong]).code == "InvalidLayerException"
    assert ecr.complete_layer_upload(**where, layerDigests=[good])["layerDigest"] == good
    assert refused(ecr.complete_layer_upload, **where, layerDigests=[good]).code == "UploadNotFoundException"
    again = refused(push_layer, ecr=ecr, data=b"abc")
    assert again[:2] == ("LayerAlreadyExistsException", f"The layer with digest '{good}' already exists {WHERE}")


def test_small_parts_in_the_middle_are_refused(accounts: Accounts) -> None:
    accounts.repository()
    ecr = accounts.client("ecr")
    where = {"repositoryName": "team/app", "uploadId": ecr.initiate_layer_upload(repositoryName="team/app")["uploadId"]}
    for byte, data in enumerate((b"a", b"b")):
        ecr.upload_layer_part(**where, partFirstByte=byte, partLastByte=byte, layerPartBlob=data)
    digest = "sha256:" + hashlib.sha256(b"ab").hexdigest()
    assert refused(ecr.complete_layer_upload, **where, layerDigests=[digest]).code == "LayerPartTooSmallException"


def test_tags_move_unless_they_are_immutable(accounts: Accounts) -> None:
    accounts.repository()
    ecr = accounts.client("ecr")
    first = push(ecr, "latest", b"1")
    again = {"repositoryName": "team/app", "imageManifest": first["imageManifest"], "imageTag": "latest"}
    assert refused(ecr.put_image, **again) == (
        "ImageAlreadyExistsException",
        f"Image with digest '{first['imageId']['imageDigest']}' and tag 'latest' already exists in the {IN}",
        400,
    )
    second = push(ecr, "latest", b"2")
    assert ecr.batch_get_image(repositoryName="team/app", imageIds=[{"imageTag": "latest"}])["images"][0]["imageId"] == second["imageId"]
    untagged = ecr.list_images(repositoryName="team/app", filter={"tagStatus": "UNTAGGED"})["imageIds"]
    assert untagged == [{"imageDigest": first["imageId"]["imageDigest"]}]
    filters = [{"filterType": "WILDCARD", "filter": "latest*"}]
    ecr.put_image_tag_mutability(
        repositoryName="team/app", imageTagMutability="IMMUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters=filters
    )
    push(ecr, "latest", b"3")
    push(ecr, "1.0", b"4")
    assert refused(push, ecr=ecr, tag="1.0", content=b"5") == (
        "ImageTagAlreadyExistsException",
        "The image tag '1.0' already exists in the 'team/app' repository and cannot be overwritten because the tag is immutable.",
        400,
    )


def test_images_that_are_not_there(accounts: Accounts) -> None:
    accounts.repository()
    ecr = accounts.client("ecr")
    pushed = push(ecr)
    digest = pushed["imageId"]["imageDigest"]
    found = ecr.batch_get_image(
        repositoryName="team/app",
        imageIds=[
            {"imageTag": "x"},
            {"imageDigest": "sha256:" + "0" * 64},
            {"imageDigest": "nonsense"},
            {"imageTag": "x", "imageDigest": digest},
        ],
    )
    assert found["images"] == []
    assert [failure["failureCode"] for failure in found["failures"]] == [
        "ImageNotFound", "ImageNotFound", "InvalidImageDigest", "ImageTagDoesNotMatchDigest",
    ]  # fmt: skip
    assert refused(ecr.describe_images, repositoryName="team/app", imageIds=[{"imageTag": "x"}]) == (
        "ImageNotFoundException",
        f"The image with imageId {{imageDigest:'null', imageTag:'x'}} does not exist within the {IN}",
        400,
    )
    assert refused(ecr.describe_images, repositoryName="team/absent").code == "RepositoryNotFoundException"
    missing = refused(ecr.get_download_url_for_layer, repositoryName="team/app", layerDigest="sha256:" + "0" * 64)
    assert missing.code == "LayersNotFoundException"


def test_deleting_images_and_repositories(accounts: Accounts) -> None:
    accounts.repository()
    ecr = accounts.client("ecr")
    push(ecr)
    assert refused(ecr.delete_repository, repositoryName="team/app") == (
        "RepositoryNotEmptyException",
        f"The repository with name 'team/app' in registry with id '{PRIMARY}' cannot be deleted because it still contains images",
        400,
    )
    assert len(ecr.batch_delete_image(repositoryName="team/app", imageIds=[{"imageTag": "1.0"}])["imageIds"]) == 1
    assert ecr.describe_images(repositoryName="team/app")["imageDetails"] == []
    ecr.delete_repository(repositoryName="team/app")
    assert refused(ecr.describe_repositories, repositoryNames=["team/app"]).code == "RepositoryNotFoundException"


def test_pages_of_repositories_and_images(accounts: Accounts) -> None:
    names = [f"team/app{number:03}" for number in range(105)]
    for name in names:
        accounts.repository(name)
    ecr = accounts.client("ecr")
    first = ecr.describe_repositories()
    assert len(first["repositories"]) == 100
    rest = ecr.describe_repositories(nextToken=first["nextToken"])
    assert "nextToken" not in rest
    assert [one["repositoryName"] for one in first["repositories"] + rest["repositories"]] == names
    assert "nextToken" not in ecr.describe_repositories(maxResults=105)
    sizes = [len(page["repositories"]) for page in ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 50})]
    assert sizes == [50, 50, 5]
    assert refused(ecr.describe_repositories, nextToken="nonsense").code == "InvalidParameterException"
    assert refused(accounts.repository, name="team/app000").code == "RepositoryAlreadyExistsException"
    for number in range(5):
        push(ecr, f"t{number}", str(number).encode(), "team/app000")
    for operation, key in (("list_images", "imageIds"), ("describe_images", "imageDetails")):
        pages = ecr.get_paginator(operation).paginate(repositoryName="team/app000", PaginationConfig={"PageSize": 2})
        assert [len(page[key]) for page in pages] == [2, 2, 1]


def test_tags_of_repositories(accounts: Accounts) -> None:
    arn, ecr = accounts.repository(tags=[{"Key": "team", "Value": "a"}]), accounts.client("ecr")
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "stage", "Value": "prod"}, {"Key": "team", "Value": "b"}])
    ecr.untag_resource(resourceArn=arn, tagKeys=["stage"])
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "team", "Value": "b"}]
    assert refused(ecr.list_tags_for_resource, resourceArn=arn + "x").code == "RepositoryNotFoundException"
