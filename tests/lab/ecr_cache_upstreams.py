# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registries that a pull through cache rule can have upstream, told by their URLs (API reference of CreatePullThroughCacheRule)."""

from __future__ import annotations

import dataclasses
import re

from moto.ecr.models import ecr_backends

from .call import AwsError, Call, dns_suffix, partition_of

HOSTS = {
    "public.ecr.aws": "ecr-public",
    "registry-1.docker.io": "docker-hub",
    "ghcr.io": "github-container-registry",
    "registry.gitlab.com": "gitlab-container-registry",
    "registry.k8s.io": "k8s",
    "quay.io": "quay",
    "cgr.dev": "chainguard",
}
AZURE = re.compile(r"[a-z0-9-]+\.azurecr\.io")
PRIVATE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)")
# Those that need no credentials (ECR user guide, "Sync an upstream registry").
OPEN = {"ecr-public", "k8s", "quay"}


@dataclasses.dataclass(frozen=True)
class Upstream:
    """`kind` is the name of the API; `account` and `region` are those of a private ECR registry."""

    kind: str
    account: str = ""
    region: str = ""

    @property
    def takes_secret(self) -> bool:
        return self.kind != "ecr" and self.kind not in OPEN


def invalid_url(url: str) -> AwsError:
    """AWS's sentence, as reported in https://github.com/goharbor/harbor/issues/20174."""
    text = f"The upstream registry URL {url} is invalid. Specify a valid upstream registry URL and try again"
    return AwsError("UnsupportedUpstreamRegistryException", text)


def upstream_of(call: Call, url: str, named: str | None) -> Upstream:
    """The registry behind a URL; raises UnsupportedUpstreamRegistryException for one that it cannot be."""
    private = PRIVATE.fullmatch(url)
    if private is not None:
        upstream = Upstream("ecr", private[1], private[2])
        known = upstream.region in ecr_backends[call.account] and partition_of(upstream.region) == call.partition
        itself = (upstream.account, upstream.region) == (call.account, call.region)
        if not known or private[3] != dns_suffix(call.partition) or itself:
            raise invalid_url(url)
    elif url in HOSTS or AZURE.fullmatch(url):
        upstream = Upstream(HOSTS.get(url, "azure-container-registry"))
    else:
        raise invalid_url(url)
    if named is not None and named != upstream.kind:
        raise invalid_url(url)
    return upstream
