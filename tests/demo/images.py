# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pushing and pulling a small image with the calls that container clients make."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import tarfile
import urllib.request
from typing import Any

#: The one file of an image.
_FILE = "content"
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def push(ecr: Any, registry: str, repository: str, content: bytes) -> None:
    """Pushes an image of one layer, a file with this content, with the tag C(latest). Raises botocore's ClientError when AWS refuses."""
    place = {"registryId": registry, "repositoryName": repository}
    archive = _archive(content)
    layer = gzip.compress(archive, mtime=0)
    root = {"type": "layers", "diff_ids": [_digest(archive)]}
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": root}).encode()
    for blob in (layer, config):
        upload = ecr.initiate_layer_upload(**place)["uploadId"]
        ecr.upload_layer_part(**place, uploadId=upload, partFirstByte=0, partLastByte=len(blob) - 1, layerPartBlob=blob)
        _complete(ecr, place, upload, blob)
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _descriptor("application/vnd.docker.container.image.v1+json", config),
        "layers": [_descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip", layer)],
    }
    with contextlib.suppress(ecr.exceptions.ImageAlreadyExistsException):
        ecr.put_image(**place, imageManifest=json.dumps(manifest), imageTag="latest")


def pull(ecr: Any, registry: str, repository: str) -> bytes:
    """Pulls the image with the tag C(latest) and returns the content of its file. Raises botocore's ClientError when AWS refuses."""
    place = {"registryId": registry, "repositoryName": repository}
    ecr.get_authorization_token()
    answer = ecr.batch_get_image(**place, imageIds=[{"imageTag": "latest"}])
    layer = json.loads(answer["images"][0]["imageManifest"])["layers"][0]["digest"]
    url = ecr.get_download_url_for_layer(**place, layerDigest=layer)["downloadUrl"]
    with urllib.request.urlopen(url, timeout=10) as download:
        blob: bytes = download.read()
    if _digest(blob) != layer:
        raise ValueError(f"the layer of {repository} is not the one that was pushed")
    with tarfile.open(fileobj=io.BytesIO(blob)) as archive:
        file = archive.extractfile(_FILE)
        return file.read() if file else b""


def _archive(content: bytes) -> bytes:
    """A tar archive with the one file; the same content gives the same bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo(_FILE)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _complete(ecr: Any, place: dict[str, str], upload: str, blob: bytes) -> None:
    with contextlib.suppress(ecr.exceptions.LayerAlreadyExistsException):
        ecr.complete_layer_upload(**place, uploadId=upload, layerDigests=[_digest(blob)])


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _descriptor(media_type: str, blob: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "size": len(blob), "digest": _digest(blob)}
