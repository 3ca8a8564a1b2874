# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the lab say in one word: accounts, roles, documents, refusals."""

from __future__ import annotations

import hashlib
import json
import typing as t

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.lab import Lab

PRIMARY, SECONDARY, THIRD = "111122223333", "444455556666", "777788889999"
REGION = "eu-west-1"
ONCE = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
PUSH = ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"]


def document(*statements: dict[str, t.Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: t.Any, action: t.Any = "ecr:BatchGetImage", **more: t.Any) -> dict[str, t.Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


def allow_identity(action: t.Any = "ecr:*", resource: t.Any = "*", **more: t.Any) -> dict[str, t.Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trust(*principals: str) -> str:
    return document(allow({"AWS": list(principals)}, "sts:AssumeRole"))


_CLIENTS: dict[tuple[str, ...], t.Any] = {}


class Refused(t.NamedTuple):
    code: str
    message: str
    status: int


def refused(function: t.Callable[..., t.Any], **parameters: t.Any) -> Refused:
    """The refusal of a call; a call that succeeds fails the test."""
    with pytest.raises(ClientError) as caught:
        function(**parameters)
    error = caught.value.response["Error"]
    return Refused(error["Code"], error["Message"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"])


class Accounts:
    """Clients of principals in the accounts of a lab."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def client(self, service: str, account: str = PRIMARY, region: str = REGION) -> t.Any:
        """A client of an account's administrator; made once for all tests, because making one costs more than most tests."""
        key = (self.lab.endpoint, service, account, region)
        if key not in _CLIENTS:
            _CLIENTS[key] = self.lab.session(account, region).client(service, config=ONCE)
        return _CLIENTS[key]

    def repository(self, name: str = "team/app", account: str = PRIMARY, **options: t.Any) -> str:
        return str(self.client("ecr", account).create_repository(repositoryName=name, **options)["repository"]["repositoryArn"])

    def set_policy(self, *statements: dict[str, t.Any], name: str = "team/app", **options: t.Any) -> t.Any:
        return self.client("ecr").set_repository_policy(repositoryName=name, policyText=document(*statements), **options)

    def policy(self, name: str = "team/app") -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", json.loads(self.client("ecr").get_repository_policy(repositoryName=name)["policyText"]))

    def role(self, name: str = "puller", account: str = SECONDARY, trusts: str | None = None, **options: t.Any) -> str:
        made = self.client("iam", account).create_role(RoleName=name, AssumeRolePolicyDocument=trusts or trust(account), **options)
        return str(made["Role"]["Arn"])

    def permit(self, name: str, *statements: dict[str, t.Any], account: str = SECONDARY, policy: str = "permits") -> None:
        self.client("iam", account).put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=document(*statements))

    def assume(self, arn: str, by: str | None = None, session: str = "session", **options: t.Any) -> t.Any:
        """A boto3 session of a role, assumed by the administrator of its account unless `by` names another account."""
        sts = self.client("sts", by or arn.split(":")[4])
        given = sts.assume_role(RoleArn=arn, RoleSessionName=session, **options)["Credentials"]
        return self.lab.session_of(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def as_role(self, arn: str, service: str, **options: t.Any) -> t.Any:
        return self.assume(arn, **options).client(service, config=ONCE)

    def user(self, name: str = "robot", account: str = SECONDARY, **options: t.Any) -> t.Any:
        """A boto3 session of a new user."""
        iam = self.client("iam", account)
        iam.create_user(UserName=name, **options)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return self.lab.session_of(key["AccessKeyId"], key["SecretAccessKey"])


def push_layer(ecr: t.Any, data: bytes, name: str = "team/app", **options: t.Any) -> dict[str, t.Any]:
    upload = ecr.initiate_layer_upload(repositoryName=name, **options)["uploadId"]
    ecr.upload_layer_part(repositoryName=name, uploadId=upload, partFirstByte=0, partLastByte=len(data) - 1, layerPartBlob=data, **options)
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    ecr.complete_layer_upload(repositoryName=name, uploadId=upload, layerDigests=[digest], **options)
    return {"digest": digest, "size": len(data)}


def push(ecr: t.Any, tag: str = "1.0", content: bytes = b"a layer", name: str = "team/app", **options: t.Any) -> dict[str, t.Any]:
    """Push an image of one layer; returns what PutImage answers."""
    config = push_layer(ecr, json.dumps({"tag": tag, "content": content.decode()}).encode(), name, **options)
    layer = push_layer(ecr, content, name, **options)
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", **config},
        "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", **layer}],
    }
    answer = ecr.put_image(repositoryName=name, imageManifest=json.dumps(manifest), imageTag=tag, **options)
    return t.cast("dict[str, t.Any]", answer["image"])
