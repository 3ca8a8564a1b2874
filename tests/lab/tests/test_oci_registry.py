# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The distribution API: what container clients say to a registry, by its real name, through the lab's proxy."""

from __future__ import annotations

import base64
import concurrent.futures
import hashlib
import http.client
import json
import ssl
import typing as t
from urllib.parse import urlsplit

import pytest

from tests.demo import images
from tests.lab import Lab

from .caches import READS as CACHE_READS
from .caches import Cache, layer_of
from .helpers import ONCE, PRIMARY, PULL, PUSH, REGION, SECONDARY, Accounts, allow, allow_identity, push

HOST = f"{PRIMARY}.dkr.ecr.{REGION}.amazonaws.com"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"
LOGIN = "ecr:GetAuthorizationToken"
ARN = f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/team/app"


class Answer(t.NamedTuple):
    status: int
    headers: t.Mapping[str, str]
    body: bytes

    @property
    def error(self) -> tuple[int, str, str]:
        (error,) = json.loads(self.body)["errors"]
        return self.status, error["code"], error["message"]


class Client:
    """Speaks HTTP with a registry as a container client does."""

    def __init__(self, lab: Lab, password: str | None = None, host: str = HOST, user: str = "AWS") -> None:
        self.proxy = urlsplit(lab.endpoint)
        self.trust = ssl.create_default_context(cafile=lab.registry_environment["SSL_CERT_FILE"])
        self.host = host
        self.headers = {}
        if password is not None:
            self.headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def __call__(self, method: str, path: str, body: bytes | None = None, host: str | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPSConnection(str(self.proxy.hostname), self.proxy.port, context=self.trust, timeout=30)
        connection.set_tunnel(host or self.host, 443)
        sent = {**(self.headers if host is None else {}), **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        found = Answer(response.status, response.headers, response.read())
        connection.close()
        return found

    def follow(self, answer: Answer) -> Answer:
        """What the location of a redirect gives; without the password, as clients do for another host."""
        where = urlsplit(answer.headers["Location"])
        return self("GET", where.path, host=where.netloc)

    def upload(self, blob: bytes, name: str = "team/app") -> str:
        digest = "sha256:" + hashlib.sha256(blob).hexdigest()
        place = urlsplit(self("POST", f"/v2/{name}/blobs/uploads/").headers["Location"]).path
        half = len(blob) // 2 if len(blob) > 10_000_000 else len(blob)
        assert self("PATCH", place, blob[:half]).status == 202
        done = self("PUT", f"{place}?digest={digest}", blob[half:])
        assert (done.status, done.headers["Docker-Content-Digest"]) == (201, digest), done
        return digest


def password_of(ecr: t.Any) -> str:
    data = ecr.get_authorization_token()["authorizationData"][0]
    user, _colon, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    assert user == "AWS"
    return password


@pytest.fixture
def client(lab: Lab, accounts: Accounts) -> Client:
    """The owner of the registry, which has the repository team/app."""
    accounts.repository()
    return Client(lab, password_of(accounts.client("ecr")))


def secondary_client(lab: Lab, accounts: Accounts, *actions: str) -> Client:
    """A role of another account, allowed these actions and to log in."""
    arn = accounts.role()
    accounts.permit("puller", allow_identity([LOGIN, *actions]))
    return Client(lab, password_of(accounts.as_role(arn, "ecr")))


def manifest(*layers: tuple[str, int], config: tuple[str, int]) -> bytes:
    parts = [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "digest": one, "size": size} for one, size in layers]
    first = {"mediaType": "application/vnd.docker.container.image.v1+json", "digest": config[0], "size": config[1]}
    return json.dumps({"schemaVersion": 2, "mediaType": DOCKER, "config": first, "layers": parts}).encode()


def test_the_token_has_the_shape_that_clients_read(accounts: Accounts) -> None:
    data = accounts.client("ecr").get_authorization_token()["authorizationData"][0]
    assert data["proxyEndpoint"] == f"https://{HOST}"
    parts = json.loads(base64.b64decode(password_of(accounts.client("ecr"))))
    assert set(parts) == {"payload", "datakey", "version", "type", "expiration"}
    assert abs(parts["expiration"] - data["expiresAt"].timestamp()) < 60


def test_a_registry_asks_for_the_password(lab: Lab, client: Client) -> None:
    asked = Client(lab)("GET", "/v2/")
    assert asked.error == (401, "UNAUTHORIZED", "Not Authorized")
    assert asked.headers["Www-Authenticate"] == f'Basic realm="https://{HOST}/",service="ecr.amazonaws.com"'
    assert asked.headers["Docker-Distribution-Api-Version"] == "registry/2.0"
    assert client("GET", "/v2/").status == 200
    for wrong in ({"password": "garbage"}, {"password": password_of(lab.session(PRIMARY).client("ecr")), "user": "aws"}):
        assert Client(lab, **wrong)("GET", "/v2/").status == 401


def test_an_expired_token_is_refused(lab: Lab, client: Client) -> None:
    lab.expire_registry_tokens(SECONDARY)
    assert client("GET", "/v2/").status == 200
    lab.expire_registry_tokens(PRIMARY)
    text = "Your authorization token has expired. Reauthenticate and try again."
    assert client("GET", "/v2/").error == (403, "DENIED", text)
    assert client("GET", "/v2/team/app/manifests/1").error == (403, "DENIED", text)


def test_a_token_is_good_for_every_registry_of_its_region(client: Client) -> None:
    for host in (f"{SECONDARY}.dkr.ecr.{REGION}.amazonaws.com", f"{PRIMARY}.dkr.ecr-fips.{REGION}.amazonaws.com"):
        client.host = host
        assert client("GET", "/v2/").status == 200
    client.host = f"{PRIMARY}.dkr-ecr.{REGION}.on.aws"
    assert client("GET", "/v2/").status == 200
    client.host = f"{PRIMARY}.dkr.ecr.us-east-1.amazonaws.com"
    assert client("GET", "/v2/").status == 401


@pytest.mark.parametrize(
    "target",
    ["example.com:443", f"{HOST}:80", f"ecr.{REGION}.amazonaws.com:443", f"{PRIMARY}.dkr.ecr.cn-north-1.amazonaws.com:443"],
)
def test_the_proxy_leads_to_registries_only(lab: Lab, target: str) -> None:
    proxy = urlsplit(lab.endpoint)
    connection = http.client.HTTPConnection(str(proxy.hostname), proxy.port, timeout=30)
    host, _colon, port = target.rpartition(":")
    connection.set_tunnel(host, int(port))
    with pytest.raises(OSError, match="403"):
        connection.connect()
    connection.close()


def test_a_registry_has_no_control_endpoints(client: Client) -> None:
    assert client("POST", "/lab/reset").status == 404
    assert client("DELETE", "/v2/team/app/manifests/1").status == 405


def test_the_catalogue_is_what_may_be_described(lab: Lab, accounts: Accounts, client: Client) -> None:
    """All repositories in pages, for who may describe them; repository policies do not help."""
    accounts.repository("team/other")
    first = client("GET", "/v2/_catalog?n=1")
    following = urlsplit(first.headers["Link"].partition(">")[0].removeprefix("<"))
    second = client("GET", f"{following.path}?{following.query}")
    names = [json.loads(page.body)["repositories"] for page in (first, second)]
    assert (names, second.headers["Link"]) == ([["team/app"], ["team/other"]], None)
    accounts.set_policy(allow({"AWS": SECONDARY}, "ecr:*"))
    status, code, message = secondary_client(lab, accounts, "ecr:*")("GET", "/v2/_catalog").error
    assert (status, code) == (403, "DENIED") and "ecr:DescribeRepositories" in message


def test_what_the_api_pushed_the_registry_gives(accounts: Accounts, client: Client) -> None:
    images.push(accounts.client("ecr"), PRIMARY, "team/app", b"hello")
    got = client("GET", "/v2/team/app/manifests/latest")
    assert (got.status, got.headers["Content-Type"]) == (200, DOCKER)
    digest = "sha256:" + hashlib.sha256(got.body).hexdigest()
    assert got.headers["Docker-Content-Digest"] == digest
    head = client("HEAD", f"/v2/team/app/manifests/{digest}")
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(got.body)), b"")
    layer = json.loads(got.body)["layers"][0]
    there = client("HEAD", f"/v2/team/app/blobs/{layer['digest']}")
    assert (there.status, there.headers["Content-Length"]) == (200, str(layer["size"]))
    redirect = client("GET", f"/v2/team/app/blobs/{layer['digest']}")
    assert redirect.status == 307
    assert urlsplit(redirect.headers["Location"]).netloc == f"prod-{REGION}-starport-layer-bucket.s3.{REGION}.amazonaws.com"
    assert "sha256:" + hashlib.sha256(client.follow(redirect).body).hexdigest() == layer["digest"]


def test_what_the_registry_got_the_api_gives(accounts: Accounts, client: Client) -> None:
    layer, config = b"x" * 11_000_000, b"{}"
    text = manifest((client.upload(layer), len(layer)), config=(client.upload(config), len(config)))
    put = client("PUT", "/v2/team/app/manifests/1.0", text, Content_Type=DOCKER)
    digest = "sha256:" + hashlib.sha256(text).hexdigest()
    assert (put.status, put.headers["Docker-Content-Digest"]) == (201, digest)
    assert put.headers["Location"] == f"https://{HOST}/v2/team/app/manifests/{digest}"
    assert client("PUT", "/v2/team/app/manifests/1.0", text, Content_Type=DOCKER).status == 201  # again
    assert client.upload(config)  # again
    (image,) = accounts.client("ecr").describe_images(repositoryName="team/app")["imageDetails"]
    assert (image["imageDigest"], image["imageTags"], image["imageSizeInBytes"]) == (digest, ["1.0"], len(layer) + len(config))
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [{"digest": digest, "size": len(text)}]}).encode()
    assert client("PUT", "/v2/team/app/manifests/all", index, Content_Type=INDEX).status == 201
    assert client("GET", "/v2/team/app/manifests/all").headers["Content-Type"] == INDEX


def test_tags_come_in_pages(accounts: Accounts, client: Client) -> None:
    for tag in ("a", "b", "c"):
        push(accounts.client("ecr"), tag, tag.encode())
    assert json.loads(client("GET", "/v2/team/app/tags/list").body) == {"name": "team/app", "tags": ["a", "b", "c"]}
    first = client("GET", "/v2/team/app/tags/list?n=2")
    assert json.loads(first.body)["tags"] == ["a", "b"]
    assert first.headers["Link"] == '</v2/team/app/tags/list?n=2&last=b>; rel="next"'
    last = client("GET", "/v2/team/app/tags/list?n=2&last=b")
    assert json.loads(last.body)["tags"] == ["c"] and "Link" not in last.headers


def test_what_is_not_there(client: Client) -> None:
    nothing, absent = "sha256:" + "0" * 64, f"The repository with name 'team/none' does not exist in the registry with id '{PRIMARY}'"
    assert client("GET", "/v2/team/none/manifests/1").error == (404, "NAME_UNKNOWN", absent)
    assert client("POST", "/v2/team/none/blobs/uploads/").error == (404, "NAME_UNKNOWN", absent)
    assert client("GET", "/v2/team/app/manifests/1").error == (404, "MANIFEST_UNKNOWN", "Requested image not found")
    assert client("HEAD", f"/v2/team/app/blobs/{nothing}").status == 404
    assert client("GET", f"/v2/team/app/blobs/{nothing}").error[:2] == (404, "BLOB_UNKNOWN")
    assert client("PATCH", "/v2/team/app/blobs/uploads/7b1f4f1e-0000-4000-8000-000000000000", b"x").error[:2] == (
        404,
        "BLOB_UPLOAD_UNKNOWN",
    )
    assert client("GET", "/v2/Team/manifests/1").error[:2] == (400, "NAME_INVALID")


def test_what_does_not_fit_is_refused(accounts: Accounts, client: Client) -> None:
    wrong = "sha256:" + "0" * 64
    place = urlsplit(client("POST", "/v2/team/app/blobs/uploads/").headers["Location"]).path
    assert client("PATCH", place, b"abc", Content_Range="5-7").error[:2] == (416, "BLOB_UPLOAD_INVALID")
    assert client("PUT", f"{place}?digest={wrong}", b"abc").error[:2] == (400, "DIGEST_INVALID")
    assert client("PUT", "/v2/team/app/manifests/1", b"{", Content_Type=DOCKER).error[:2] == (400, "MANIFEST_INVALID")
    assert client("PUT", "/v2/team/app/manifests/1", b"\xff", Content_Type=DOCKER).error[:2] == (400, "MANIFEST_INVALID")
    assert client("PUT", "/v2/team/app/manifests/1", manifest((wrong, 1), config=(wrong, 1)), Content_Type=DOCKER).status == 404
    config = (client.upload(b"{}"), 2)
    accounts.client("ecr").put_image_tag_mutability(repositoryName="team/app", imageTagMutability="IMMUTABLE")
    assert client("PUT", "/v2/team/app/manifests/1", manifest(config=config), Content_Type=DOCKER).status == 201
    moved = client("PUT", "/v2/team/app/manifests/1", manifest(config, config=config), Content_Type=DOCKER)
    assert moved.error[:2] == (400, "TAG_INVALID")


def test_mounting_falls_back_to_an_upload(accounts: Accounts, client: Client) -> None:
    accounts.repository("team/other")
    digest = client.upload(b"abc", "team/other")
    assert client("POST", f"/v2/team/app/blobs/uploads/?mount={digest}&from=team/other").status == 202


def test_another_account_needs_both_sides(lab: Lab, accounts: Accounts) -> None:
    accounts.repository()
    push(accounts.client("ecr"))
    client = secondary_client(lab, accounts, *PULL)
    arn = f"arn:aws:sts::{SECONDARY}:assumed-role/puller/session"
    denied = f"User: {arn} is not authorized to perform: ecr:BatchGetImage on resource: {ARN}"
    text = f"{denied} because no resource-based policy allows the ecr:BatchGetImage action"
    assert client("GET", "/v2/team/app/manifests/1.0").error == (403, "DENIED", text)
    accounts.set_policy(allow({"AWS": SECONDARY}, PULL))
    got = client("GET", "/v2/team/app/manifests/1.0")
    assert got.status == 200
    assert client("GET", f"/v2/team/app/blobs/{json.loads(got.body)['layers'][0]['digest']}").status == 307
    refused = client("POST", "/v2/team/app/blobs/uploads/").error
    assert refused[:2] == (403, "DENIED") and "because no identity-based policy allows the ecr:InitiateLayerUpload action" in refused[2]
    accounts.permit("puller", allow_identity([LOGIN, *PULL, *PUSH]))
    assert "because no resource-based policy allows" in client("POST", "/v2/team/app/blobs/uploads/").error[2]
    accounts.client("ecr").delete_repository_policy(repositoryName="team/app")
    assert client("GET", "/v2/team/app/manifests/1.0").error == (403, "DENIED", text)


@pytest.mark.parametrize(
    ("left_out", "path", "method"),
    [
        ("ecr:BatchCheckLayerAvailability", "blobs/{digest}", "HEAD"),
        ("ecr:GetDownloadUrlForLayer", "blobs/{digest}", "GET"),
        ("ecr:BatchGetImage", "manifests/1.0", "HEAD"),
        ("ecr:ListImages", "tags/list", "GET"),
        ("ecr:PutImage", "manifests/2", "PUT"),
        ("ecr:InitiateLayerUpload", "blobs/uploads/", "POST"),
        ("ecr:UploadLayerPart", "blobs/uploads/{upload}", "PATCH"),
        ("ecr:CompleteLayerUpload", "blobs/uploads/{upload}?digest={digest}", "PUT"),
    ],
)
def test_each_request_needs_its_action(lab: Lab, accounts: Accounts, left_out: str, path: str, method: str) -> None:
    accounts.repository()
    ecr = accounts.client("ecr")
    digest = json.loads(push(ecr)["imageManifest"])["layers"][0]["digest"]
    path = path.format(digest=digest, upload=ecr.initiate_layer_upload(repositoryName="team/app")["uploadId"])
    accounts.set_policy(allow({"AWS": SECONDARY}, [*PULL, *PUSH, "ecr:ListImages"]))
    every = {*PULL, *PUSH, "ecr:ListImages"}
    client = secondary_client(lab, accounts, *every - {left_out})
    lab.clear_journal()
    refused = client(method, f"/v2/team/app/{path}", b"{}" if method in ("PATCH", "PUT") else None)
    assert refused.status == 403
    (entry,) = lab.journal(operation=left_out.partition(":")[2])
    assert (entry["error"], entry["caller_account"], entry["account"]) == ("AccessDeniedException", SECONDARY, PRIMARY)
    accounts.permit("puller", allow_identity([LOGIN, *every]))
    assert client(method, f"/v2/team/app/{path}", b"{}" if method in ("PATCH", "PUT") else None).status != 403


def test_faults_reach_the_registry_too(lab: Lab, client: Client) -> None:
    lab.fail_next("BatchGetImage", error="ThrottlingException", message="Rate exceeded")
    assert client("GET", "/v2/team/app/manifests/1").error == (429, "TOOMANYREQUESTS", "Rate exceeded")
    lab.fail_next("BatchGetImage", error="ServerException", message="trouble")
    assert client("GET", "/v2/team/app/manifests/1").error == (500, "UNKNOWN", "trouble")
    lab.fail_next("BatchGetImage", drop="before")
    with pytest.raises((http.client.HTTPException, OSError)):
        client("GET", "/v2/team/app/manifests/1")


def test_many_clients_at_once(accounts: Accounts, client: Client) -> None:
    blobs = [str(number).encode() * 1000 for number in range(40)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(client.upload, blobs))
    checked = accounts.client("ecr").batch_check_layer_availability(repositoryName="team/app", layerDigests=digests)
    assert {layer["layerAvailability"] for layer in checked["layers"]} == {"AVAILABLE"}


def test_a_reset_forgets_the_tokens(lab: Lab, client: Client) -> None:
    lab.reset()
    assert client("GET", "/v2/").status == 401


def test_a_token_outlives_the_session_that_got_it(lab: Lab, accounts: Accounts) -> None:
    accounts.repository()
    client = secondary_client(lab, accounts)
    lab.control("POST", "/lab/sessions/expire", {})
    assert client("GET", "/v2/").status == 200
    iam = accounts.client("iam", SECONDARY)
    iam.delete_role_policy(RoleName="puller", PolicyName="permits")
    iam.delete_role(RoleName="puller")
    assert client("GET", "/v2/team/app/manifests/1").error[:2] == (403, "DENIED")


def test_the_china_partition_has_hosts_of_its_own(lab: Lab) -> None:
    ecr = lab.session(PRIMARY, "cn-north-1").client("ecr", config=ONCE)
    ecr.create_repository(repositoryName="team/app")
    host = ecr.get_authorization_token()["authorizationData"][0]["proxyEndpoint"].removeprefix("https://")
    assert host == f"{PRIMARY}.dkr.ecr.cn-north-1.amazonaws.com.cn"
    assert Client(lab, password_of(ecr), host)("GET", "/v2/team/app/tags/list").status == 200


def test_a_pull_goes_through_the_cache(lab: Lab, accounts: Accounts) -> None:
    """The first pull by tag brings manifest and layers; who stands in the way is told as `denied`, what is not there as unknown."""
    cache = Cache(accounts)
    client = Client(lab, password_of(cache.ecr))
    cache.let_in(CACHE_READS[:1])
    denied = client("GET", "/v2/cache/team/app/manifests/1.0").error
    assert denied[:2] == (403, "DENIED")
    assert denied[2].endswith("because no resource-based policy allows the ecr:GetDownloadUrlForLayer action")
    cache.let_in(CACHE_READS)
    assert client("GET", "/v2/cache/team/app/manifests/absent").error == (404, "MANIFEST_UNKNOWN", "Requested image not found")
    assert client("GET", "/v2/cache/team/absent/manifests/1.0").error[:2] == (404, "NAME_UNKNOWN")
    pulled = client("GET", "/v2/cache/team/app/manifests/1.0")
    assert pulled.body.decode() == cache.image["imageManifest"]
    blob = client.follow(client("GET", f"/v2/cache/team/app/blobs/{layer_of(cache.image)}"))
    assert blob.body == b"bytes of the layer"
    cache.rule("public", "public.ecr.aws", customRoleArn=None)
    assert client("GET", "/v2/public/nginx/nginx/manifests/1.0").error[:2] == (503, "UNAVAILABLE")


def test_a_push_creates_what_a_template_is_for(accounts: Accounts, client: Client) -> None:
    assert client("POST", "/v2/new/app/blobs/uploads/").error[:2] == (404, "NAME_UNKNOWN")
    accounts.client("ecr").create_repository_creation_template(prefix="new", appliedFor=["CREATE_ON_PUSH"])
    assert client("POST", "/v2/new/app/blobs/uploads/").status == 202
