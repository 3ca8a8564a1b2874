# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The OCI distribution API, as ECR serves it: every request is a call of the ECR API, made as the one who got the token.

Images and layers are those of the ECR API: what one side pushes, the other one pulls.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import time
import typing as t
from urllib.parse import parse_qsl, quote, urlsplit

from . import ecr_layers, front, oci_tokens
from .call import Call, partition_of
from .callers import Caller
from .oci_errors import Refusal, from_answer, refused
from .oci_hosts import RegistryHost, layer_host
from .service_models import operation_model
from .wire import Answer

LARGEST_LAYER = 512 * 1024 * 1024  # ECR takes far larger ones; the lab keeps them in memory
CATALOGUE_PAGE = 100
VERSION = ("Docker-Distribution-Api-Version", "registry/2.0")
EXPIRED = "Your authorization token has expired. Reauthenticate and try again."


@dataclasses.dataclass(frozen=True)
class Request:
    """A request about one repository (or none, when it is about the registry), and who makes it."""

    host: RegistryHost
    caller: Caller
    repository: str
    query: dict[str, str]
    environ: dict[str, t.Any]
    body: bytes

    def ecr(self, operation: str, **parameters: t.Any) -> dict[str, t.Any]:
        """A call of the ECR API, through faults, enforcement and journal; raises Refusal."""
        given = {"registryId": self.host.account, **({"repositoryName": self.repository} if self.repository else {}), **parameters}
        region, model = self.host.region, operation_model("ecr", operation)
        call = Call("ecr", operation, region, partition_of(region), given, model, "json", self.environ, b"")
        answer = front.serve(call, time.perf_counter(), lambda: self.caller)
        if answer[0] >= 400:
            raise from_answer(answer)
        return t.cast("dict[str, t.Any]", json.loads(answer[2]))

    @contextlib.contextmanager
    def unless(self, cause: str) -> t.Iterator[None]:
        """What is there already need not be pushed again: this refusal of the ECR API is none here."""
        try:
            yield
        except Refusal as refusal:
            if refusal.cause != cause:
                raise

    def at(self, *parts: str) -> tuple[str, str]:
        return "Location", f"https://{self.host.name}/v2/{self.repository}/" + "/".join(quote(part, safe=":") for part in parts)


def handle(host: RegistryHost, environ: dict[str, t.Any], body: bytes) -> Answer:
    """Answer a request for a registry; raises DropConnection when there is to be no answer."""
    try:
        status, headers, data = _answer(host, environ, body)
    except Refusal as refusal:
        status, headers, data = refusal.answer
    return status, [VERSION, *headers], data


def _answer(host: RegistryHost, environ: dict[str, t.Any], body: bytes) -> Answer:
    caller = _caller(host, environ)
    method, path = str(environ["REQUEST_METHOD"]), str(environ["PATH_INFO"])
    if path.rstrip("/") == "/v2":
        return 200, [("Content-Type", "text/plain; charset=utf-8")], b""
    query = dict(parse_qsl(str(environ.get("QUERY_STRING", ""))))
    for pattern, methods in ROUTES:
        found = pattern.fullmatch(path)
        if found and method in methods:
            repository, *rest = found.groups() or ("",)
            return methods[method](Request(host, caller, repository, query, environ, body), *rest)
    raise Refusal(405, "UNSUPPORTED", "The operation is unsupported.")


def _caller(host: RegistryHost, environ: dict[str, t.Any]) -> Caller:
    with front.STATE:
        token = oci_tokens.token_of(str(environ.get("HTTP_AUTHORIZATION", "")))
    if token is None or token.region != host.region:
        challenge = f'Basic realm="https://{host.name}/",service="ecr.amazonaws.com"'
        raise Refusal(401, "UNAUTHORIZED", "Not Authorized", ("Www-Authenticate", challenge))
    if time.time() >= token.expires:
        raise Refusal(403, "DENIED", EXPIRED)
    return token.caller


def _image_id(reference: str) -> dict[str, str]:
    return {"imageDigest" if ":" in reference else "imageTag": reference}


def get_manifest(request: Request, reference: str) -> Answer:
    found = request.ecr("BatchGetImage", imageIds=[_image_id(reference)])
    for failure in found["failures"]:
        raise refused(failure["failureCode"], failure["failureReason"])
    image = found["images"][0]
    headers = [("Content-Type", image["imageManifestMediaType"]), ("Docker-Content-Digest", image["imageId"]["imageDigest"])]
    return 200, headers, image["imageManifest"].encode()


def put_manifest(request: Request, reference: str) -> Answer:
    try:
        text = request.body.decode()
    except UnicodeDecodeError:
        raise Refusal(400, "MANIFEST_INVALID", "The manifest is not text") from None
    digest = ecr_layers.digest_of(request.body)
    media_type = {"imageManifestMediaType": request.environ["CONTENT_TYPE"]} if request.environ.get("CONTENT_TYPE") else {}
    with request.unless("ImageAlreadyExistsException"):
        request.ecr("PutImage", imageManifest=text, **media_type, **_image_id(reference))
    return 201, [request.at("manifests", digest), ("Docker-Content-Digest", digest)], b""


def head_blob(request: Request, digest: str) -> Answer:
    found = request.ecr("BatchCheckLayerAvailability", layerDigests=[digest])
    for layer in found["layers"]:
        if layer["layerAvailability"] == "AVAILABLE":
            # What a HEAD says about the length is what a GET would send.
            headers = [("Content-Type", "application/octet-stream"), ("Docker-Content-Digest", digest)]
            return 200, [*headers, ("Content-Length", str(layer["layerSize"]))], b""
    raise refused("LayersNotFoundException", f"The layer with digest '{digest}' does not exist")


def get_blob(request: Request, digest: str) -> Answer:
    url = request.ecr("GetDownloadUrlForLayer", layerDigest=digest)["downloadUrl"]
    return 307, [("Location", f"https://{layer_host(request.host.region)}{urlsplit(url).path}")], b""


def start_upload(request: Request) -> Answer:
    """A digest to mount from another repository is not looked at: the client then uploads it, as the specification says."""
    upload = request.ecr("InitiateLayerUpload")["uploadId"]
    return 202, [request.at("blobs", "uploads", upload), ("Docker-Upload-Uuid", upload), ("Range", "0-0")], b""


def continue_upload(request: Request, upload: str) -> Answer:
    end = _receive(request, upload)
    return 202, [request.at("blobs", "uploads", upload), ("Docker-Upload-Uuid", upload), ("Range", f"0-{max(end - 1, 0)}")], b""


def finish_upload(request: Request, upload: str) -> Answer:
    digest = request.query.get("digest", "")
    _receive(request, upload)
    with request.unless("LayerAlreadyExistsException"):
        request.ecr("CompleteLayerUpload", uploadId=upload, layerDigests=[digest])
    return 201, [request.at("blobs", digest), ("Docker-Content-Digest", digest)], b""


def _receive(request: Request, upload: str) -> int:
    """Add the body to an upload, in parts as large as the ECR API takes them; returns how many bytes the upload has then."""
    with front.STATE:
        have = ecr_layers.received(request.host.account, request.host.region, request.repository, upload)
    given = re.match(r"(\d+)-", str(request.environ.get("HTTP_CONTENT_RANGE", "")))
    first = int(given[1]) if given else have
    if first + len(request.body) > LARGEST_LAYER:
        raise Refusal(413, "SIZE_INVALID", f"The lab takes layers of up to {LARGEST_LAYER} bytes")
    for start in range(0, len(request.body), ecr_layers.PART_SIZE):
        part = request.body[start : start + ecr_layers.PART_SIZE]
        where = {"partFirstByte": first, "partLastByte": first + len(part) - 1}
        request.ecr("UploadLayerPart", uploadId=upload, layerPartBlob=part, **where)
        first += len(part)
    return first


def list_tags(request: Request) -> Answer:
    tags: list[str] = []
    more: dict[str, str] = {}
    while True:
        page = request.ecr("ListImages", filter={"tagStatus": "TAGGED"}, maxResults=1000, **more)
        tags += [image["imageTag"] for image in page["imageIds"]]
        if "nextToken" not in page:
            break
        more = {"nextToken": page["nextToken"]}
    after = sorted(tag for tag in tags if tag > request.query.get("last", ""))
    size = int(request.query["n"]) if request.query.get("n", "").isdigit() else len(after)
    headers = [("Content-Type", "application/json; charset=utf-8")]
    if after[size:]:
        headers.append(("Link", f'</v2/{request.repository}/tags/list?n={size}&last={quote(after[:size][-1])}>; rel="next"'))
    return 200, headers, json.dumps({"name": request.repository, "tags": after[:size]}).encode()


def catalogue(request: Request) -> Answer:
    """The names of repositories in pages, as DescribeRepositories gives them; `last` is its token, as nobody else's is known."""
    given = request.query.get("n", "")
    size = min(int(given), CATALOGUE_PAGE) if given.isdigit() and int(given) else CATALOGUE_PAGE
    more = {"nextToken": request.query["last"]} if request.query.get("last") else {}
    page = request.ecr("DescribeRepositories", maxResults=size, **more)
    headers = [("Content-Type", "application/json; charset=utf-8")]
    if "nextToken" in page:
        headers.append(("Link", f'</v2/_catalog?n={size}&last={quote(page["nextToken"], safe="")}>; rel="next"'))
    return 200, headers, json.dumps({"repositories": [found["repositoryName"] for found in page["repositories"]]}).encode()


Route = t.Callable[..., Answer]
ROUTES: tuple[tuple[re.Pattern[str], dict[str, Route]], ...] = (
    (re.compile("/v2/_catalog"), {"GET": catalogue}),
    (re.compile("/v2/(.+)/manifests/([^/]+)"), {"GET": get_manifest, "HEAD": get_manifest, "PUT": put_manifest}),
    (re.compile("/v2/(.+)/blobs/uploads/?"), {"POST": start_upload}),
    (re.compile("/v2/(.+)/blobs/uploads/([^/]+)"), {"PATCH": continue_upload, "PUT": finish_upload}),
    (re.compile("/v2/(.+)/blobs/([^/]+)"), {"HEAD": head_blob, "GET": get_blob}),
    (re.compile("/v2/(.+)/tags/list"), {"GET": list_tags}),
)
