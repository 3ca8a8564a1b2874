# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pull through cache from one account to another one, as the ECR user guide sets it up, for the tests to take apart."""

from __future__ import annotations

import json
import typing as t

from .helpers import PRIMARY, REGION, SECONDARY, Accounts, allow, allow_identity, document, push

# The cache is in PRIMARY, upstream of it is SECONDARY.
SERVICE = "pullthroughcache.ecr.amazonaws.com"
READS = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchImportUpstreamImage", "ecr:GetImageCopyStatus"]
WRITES = ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"]
NEEDED = ["ecr:GetAuthorizationToken", *READS, *WRITES]
ROLE = f"arn:aws:iam::{PRIMARY}:role/cache"
UPSTREAM_HOST = f"{SECONDARY}.dkr.ecr.{REGION}.amazonaws.com"
EVERYTHING_UPSTREAM = f"arn:aws:ecr:{REGION}:{SECONDARY}:repository/*"
DOWNSTREAM = {"AWS": f"arn:aws:iam::{PRIMARY}:root"}


class Cache:
    """The six documents: the rule, the role, its trust and permissions, the policy upstream, and a repository with an image there."""

    def __init__(self, accounts: Accounts, prefix: str = "cache", **more: t.Any) -> None:
        self.accounts, self.prefix = accounts, prefix
        self.ecr, self.upstream = accounts.client("ecr"), accounts.client("ecr", SECONDARY)
        accounts.repository(account=SECONDARY)
        self.image = push(self.upstream, "1.0", b"bytes of the layer")
        accounts.role("cache", PRIMARY, self.trust_document())
        self.permit(NEEDED)
        self.let_in(READS)
        self.rule(prefix, **more)

    def rule(self, prefix: str, url: str = UPSTREAM_HOST, **more: t.Any) -> None:
        more.setdefault("customRoleArn", ROLE)
        given = {name: value for name, value in more.items() if value is not None}
        self.ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=prefix, upstreamRegistryUrl=url, **given)

    @staticmethod
    def trust_document(service: str = SERVICE, **more: t.Any) -> str:
        return document(allow({"Service": service}, "sts:AssumeRole", **more))

    def trust(self, text: str) -> None:
        self.accounts.client("iam").update_assume_role_policy(RoleName="cache", PolicyDocument=text)

    def permit(self, actions: t.Any, resource: t.Any = "*", **more: t.Any) -> None:
        self.accounts.permit("cache", allow_identity(actions, resource, **more), account=PRIMARY)

    def let_in(self, actions: t.Any, principal: t.Any = None, resource: t.Any = EVERYTHING_UPSTREAM, **more: t.Any) -> None:
        """The registry policy upstream."""
        statement = allow(principal or DOWNSTREAM, actions, Resource=resource, **more)
        self.upstream.put_registry_policy(policyText=document(statement))

    def pull(self, name: str = "cache/team/app", by: t.Any = None, tag: str = "1.0", **image_id: str) -> t.Any:
        """What BatchGetImage answers: the image, or code and reason of the failure."""
        ids = [image_id or {"imageTag": tag}]
        answer = (by or self.ecr).batch_get_image(registryId=PRIMARY, repositoryName=name, imageIds=ids)
        if answer["images"]:
            return answer["images"][0]
        return answer["failures"][0]["failureCode"], answer["failures"][0]["failureReason"]

    def validate(self) -> str | None:
        """The failure that validation finds; None when the rule is valid."""
        answer = self.ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix=self.prefix)
        assert answer["isValid"] == ("failure" not in answer)
        return t.cast("str | None", answer.get("failure"))

    def repositories(self) -> list[str]:
        return [one["repositoryName"] for one in self.ecr.describe_repositories()["repositories"]]


def session_name(role: str = "cache", account: str = PRIMARY) -> str:
    """The principal that ECR is when it has assumed a role."""
    return f"arn:aws:sts::{account}:assumed-role/{role}/ecr"


def layer_of(image: dict[str, t.Any]) -> str:
    return str(json.loads(image["imageManifest"])["layers"][0]["digest"])
