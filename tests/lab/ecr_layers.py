# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Layers of a repository: uploads in parts, digests that are checked, downloads that give the bytes."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
import typing as t
import uuid

from .call import AwsError, Call
from .ecr_state import Upload, find_repository, repository_of, state_of
from .operations import on_reset, own

PART_SIZE = 10 * 1024 * 1024
LEAST_PART = 5 * 1024 * 1024  # of every part but the last: API reference, LayerPartTooSmallException
DIGEST = re.compile(r"[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+")
URL_LIFE = 3600.0

_URLS: dict[str, tuple[bytes, float]] = {}


@on_reset
def forget() -> None:
    _URLS.clear()


def bytes_for_url(token: str) -> bytes | None:
    """What a download URL gives, None when the lab did not give that URL or it is over an hour old."""
    data, until = _URLS.get(token, (b"", 0.0))
    return data if until > time.time() else None


def digest_of(data: bytes | bytearray) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def received(account: str, region: str, repository_name: str, upload_id: str) -> int:
    """How many bytes an upload has so far; none for one that is not there."""
    repository = find_repository(account, region, repository_name)
    upload = state_of(repository).uploads.get(upload_id) if repository is not None else None
    return len(upload.data) if upload is not None else 0


def _where(call: Call) -> str:
    return f"in the repository with name '{call.parameters['repositoryName']}' in the registry with id '{call.account}'"


def _upload(call: Call) -> Upload:
    upload = state_of(repository_of(call)).uploads.get(call.parameters["uploadId"])
    if upload is None:
        raise AwsError("UploadNotFoundException", f"The upload with id '{call.parameters['uploadId']}' does not exist {_where(call)}")
    return upload


@own("ecr", "InitiateLayerUpload")
def initiate_layer_upload(call: Call) -> dict[str, t.Any]:
    upload = Upload(str(uuid.uuid4()))
    state_of(repository_of(call)).uploads[upload.upload_id] = upload
    return {"uploadId": upload.upload_id, "partSize": PART_SIZE}


@own("ecr", "UploadLayerPart")
def upload_layer_part(call: Call) -> dict[str, t.Any]:
    upload = _upload(call)
    first, last, blob = call.parameters["partFirstByte"], call.parameters["partLastByte"], call.parameters["layerPartBlob"]
    if first != len(upload.data) or last - first + 1 != len(blob):
        raise AwsError(
            "InvalidLayerPartException",
            "The layer part size is not valid, or the first byte specified is not consecutive to the last byte "
            f"of a previous layer part upload {_where(call)}",
            registryId=call.account,
            repositoryName=call.parameters["repositoryName"],
            uploadId=upload.upload_id,
            lastValidByteReceived=len(upload.data) - 1,
        )
    upload.data.extend(blob)
    upload.parts.append(len(blob))
    answer = {"registryId": call.account, "repositoryName": call.parameters["repositoryName"], "uploadId": upload.upload_id}
    return {**answer, "lastByteReceived": len(upload.data) - 1}


@own("ecr", "CompleteLayerUpload")
def complete_layer_upload(call: Call) -> dict[str, t.Any]:
    state, upload = state_of(repository_of(call)), _upload(call)
    if not upload.data:
        raise AwsError("EmptyUploadException", "The specified layer upload does not contain any layer parts.")
    if any(size < LEAST_PART for size in upload.parts[:-1]):
        raise AwsError("LayerPartTooSmallException", "Layer parts must be at least 5 MiB in size.")
    digest = digest_of(upload.data)
    wanted = call.parameters["layerDigests"]
    if digest not in wanted:
        raise AwsError("InvalidLayerException", f"The layer digest '{digest}' of the upload is none of '[{', '.join(wanted)}]'")
    if digest in state.layers:
        raise AwsError("LayerAlreadyExistsException", f"The layer with digest '{digest}' already exists {_where(call)}")
    state.layers[digest] = bytes(upload.data)
    del state.uploads[upload.upload_id]
    return {
        "registryId": call.account,
        "repositoryName": call.parameters["repositoryName"],
        "uploadId": upload.upload_id,
        "layerDigest": digest,
    }


@own("ecr", "BatchCheckLayerAvailability")
def batch_check_layer_availability(call: Call) -> dict[str, t.Any]:
    state = state_of(repository_of(call))
    layers: list[dict[str, t.Any]] = []
    failures: list[dict[str, t.Any]] = []
    for digest in call.parameters["layerDigests"]:
        if not DIGEST.fullmatch(digest):
            reason = "Invalid request parameters: layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"
            failures.append({"layerDigest": digest, "failureCode": "InvalidLayerDigest", "failureReason": reason})
        elif digest in state.layers:
            layer = {"layerDigest": digest, "layerAvailability": "AVAILABLE", "layerSize": len(state.layers[digest])}
            layers.append({**layer, "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip"})
        else:
            layers.append({"layerDigest": digest, "layerAvailability": "UNAVAILABLE"})
    return {"layers": layers, "failures": failures}


@own("ecr", "GetDownloadUrlForLayer")
def get_download_url_for_layer(call: Call) -> dict[str, t.Any]:
    digest = call.parameters["layerDigest"]
    data = state_of(repository_of(call)).layers.get(digest)
    if data is None:
        raise AwsError("LayersNotFoundException", f"The layer with digest '{digest}' does not exist {_where(call)}")
    token = secrets.token_urlsafe(24)
    _URLS[token] = (data, time.time() + URL_LIFE)
    return {"downloadUrl": f"http://{call.environ.get('HTTP_HOST', '127.0.0.1')}/lab/layers/{token}", "layerDigest": digest}
