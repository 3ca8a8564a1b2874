# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The registries that ECR can cache images from, and what each of them needs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ._policy.principals import partition_of

ECR, AZURE = "ecr", "azure-container-registry"
#: Who assumes the role of a cache.
SERVICE = "pullthroughcache.ecr.amazonaws.com"


@dataclass(frozen=True)
class Upstream:
    """A kind of upstream registry: its ``host``, None where each registry has its own, and whether it takes a credential (a secret)."""

    host: str | None
    credential: bool


#: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html (who needs authentication) and
#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html (the URLs)
UPSTREAMS: dict[str, Upstream] = {
    ECR: Upstream(None, credential=False),
    "ecr-public": Upstream("public.ecr.aws", credential=False),
    "quay": Upstream("quay.io", credential=False),
    "k8s": Upstream("registry.k8s.io", credential=False),
    "docker-hub": Upstream("registry-1.docker.io", credential=True),
    "github-container-registry": Upstream("ghcr.io", credential=True),
    "gitlab-container-registry": Upstream("registry.gitlab.com", credential=True),
    AZURE: Upstream(None, credential=True),
    "chainguard": Upstream("cgr.dev", credential=True),
}
_PRIVATE = re.compile(r"(?P<account>[0-9]{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")
_AZURE_HOST = re.compile(r"[a-z0-9-]+\.azurecr\.io")


def kind_of(url: str) -> str | None:
    """The kind of the upstream with this URL, which is a host name; None when ECR cannot cache from it."""
    if _PRIVATE.fullmatch(url):
        return ECR
    if _AZURE_HOST.fullmatch(url):
        return AZURE
    return next((kind for kind, upstream in UPSTREAMS.items() if upstream.host == url), None)


def ecr_url(account: str, region: str) -> str:
    """The URL of a private ECR registry."""
    return f"{account}.dkr.ecr.{region}.amazonaws.com" + (".cn" if partition_of(region) == "aws-cn" else "")


def ecr_home(url: str) -> tuple[str, str] | None:
    """The account and the region of a private ECR registry; None for another upstream."""
    found = _PRIVATE.fullmatch(url)
    return (found["account"], found["region"]) if found else None


def known_upstreams() -> str:
    """All upstreams and their URLs, for messages."""
    own = {ECR: "ACCOUNT.dkr.ecr.REGION.amazonaws.com", AZURE: "NAME.azurecr.io"}
    return ", ".join(f"{upstream.host or own[kind]} ({kind})" for kind, upstream in UPSTREAMS.items())
