# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refusals of ECR as the errors of the distribution API, which a container client prints as `code: message`."""

from __future__ import annotations

import json
import typing as t

from .wire import Answer

# code of the ECR API -> status, and code of the distribution API
KNOWN: dict[str, tuple[int, str]] = {
    "AccessDeniedException": (403, "DENIED"),
    "RepositoryNotFoundException": (404, "NAME_UNKNOWN"),
    "ImageNotFound": (404, "MANIFEST_UNKNOWN"),
    "LayersNotFoundException": (404, "BLOB_UNKNOWN"),
    "ReferencedImagesNotFoundException": (404, "MANIFEST_BLOB_UNKNOWN"),
    "UploadNotFoundException": (404, "BLOB_UPLOAD_UNKNOWN"),
    "InvalidLayerException": (400, "DIGEST_INVALID"),
    "InvalidImageDigest": (400, "DIGEST_INVALID"),
    "ImageDigestDoesNotMatchException": (400, "DIGEST_INVALID"),
    "InvalidLayerPartException": (416, "BLOB_UPLOAD_INVALID"),
    "EmptyUploadException": (400, "BLOB_UPLOAD_INVALID"),
    "LayerPartTooSmallException": (400, "SIZE_INVALID"),
    "ImageTagAlreadyExistsException": (400, "TAG_INVALID"),
    "InvalidParameterException": (400, "MANIFEST_INVALID"),
    # Through the cache: the first two as `denied: The authentication to the upstream registry failed.` is known; the third is not.
    "UpstreamAccessDenied": (403, "DENIED"),
    "UnableToGetUpstreamImageException": (403, "DENIED"),
    "UpstreamUnavailable": (503, "UNAVAILABLE"),
    "ThrottlingException": (429, "TOOMANYREQUESTS"),
}


class Refusal(Exception):
    """The request ends with this error; `cause` is the code of the ECR API, if it comes from there."""

    def __init__(self, status: int, code: str, message: str, *headers: tuple[str, str], cause: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message, self.headers, self.cause = status, code, message, headers, cause

    @property
    def answer(self) -> Answer:
        body = json.dumps({"errors": [{"code": self.code, "message": self.message}]}).encode()
        return self.status, [("Content-Type", "application/json; charset=utf-8"), *self.headers], body


def refused(cause: str, message: str, status: int = 400) -> Refusal:
    """The refusal for an error of the ECR API; `status` is what the API answered, and counts for what has no code here."""
    status, code = KNOWN.get(cause, (status, "UNKNOWN"))
    if "'repositoryName'" in message:
        code = "NAME_INVALID"
    return Refusal(status, code, message or cause, cause=cause)


def from_answer(answer: Answer) -> Refusal:
    """The refusal for an answer of the ECR API that is an error."""
    status, _headers, body = answer
    error: dict[str, t.Any] = json.loads(body)
    return refused(str(error.get("__type", "")), str(error.get("message", "")), status)
