# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pushing and pulling a small image with the calls that container clients make."""

from __future__ import annotations

import contextlib
import hashlib
import json
import urllib.request
from typing import Any

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def push(ecr: Any, registry: str, repository: str, content: bytes) -> None:
    """Pushes an image of one layer with the tag C(latest). Raises botocore's ClientError when AWS refuses."""
    place = {"registryId": registry, "repositoryName": repository}
    config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}).encode()
    for blob in (content, config):
        upload = ecr.initiate_layer_upload(**place)["uploadId"]
        ecr.upload_layer_part(**place, uploadId=upload, partFirstByte=0, partLastByte=len(blob) - 1, layerPartBlob=blob)
        _complete(ecr, place, upload, blob)
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _descriptor("application/vnd.docker.container.image.v1+json", config),
        "layers": [_descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip", content)],
    }
    with contextlib.suppress(ecr.exceptions.ImageAlreadyExistsException):
        ecr.put_image(**place, imageManifest=json.dumps(manifest), imageTag="latest")


def pull(ecr: Any, registry: str, repository: str) -> bytes:
    """Pulls the image with the tag C(latest) and returns its layer. Raises botocore's ClientError when AWS refuses."""
    place = {"registryId": registry, "repositoryName": repository}
    ecr.get_authorization_token()
    answer = ecr.batch_get_image(**place, imageIds=[{"imageTag": "latest"}])
    layer = json.loads(answer["images"][0]["imageManifest"])["layers"][0]["digest"]
    url = ecr.get_download_url_for_layer(**place, layerDigest=layer)["downloadUrl"]
    with urllib.request.urlopen(url, timeout=10) as download:
        content: bytes = download.read()
    if _digest(content) != layer:
        raise ValueError(f"the layer of {repository} is not the one that was pushed")
    return content


def _complete(ecr: Any, place: dict[str, str], upload: str, blob: bytes) -> None:
    with contextlib.suppress(ecr.exceptions.LayerAlreadyExistsException):
        ecr.complete_layer_upload(**place, uploadId=upload, layerDigests=[_digest(blob)])


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _descriptor(media_type: str, blob: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "size": len(blob), "digest": _digest(blob)}
