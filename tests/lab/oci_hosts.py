# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host names of registries, and of the buckets that the service keeps layers in."""

from __future__ import annotations

import re
import typing as t

from .call import partition_of

# As the ECR user guide names them: IPv4 and FIPS hosts, and the dual-stack ones.
REGISTRY = re.compile(
    r"(?P<account>[0-9]{12})\.dkr(?:\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?P<china>\.cn)?"
    r"|-ecr(?:-fips)?\.(?P<dual>[a-z0-9-]+)\.on\.(?:aws|(?P<dual_china>amazonwebservices\.com\.cn)))"
)
# "Create the Amazon S3 gateway endpoint" in the ECR user guide names the bucket.
LAYERS = re.compile(r"prod-(?P<region>[a-z0-9-]+)-starport-layer-bucket\.s3\.(?P=region)\.amazonaws\.com(?:\.cn)?")


class RegistryHost(t.NamedTuple):
    name: str
    account: str
    region: str


def registry_host(name: str) -> RegistryHost | None:
    """The registry that a host name in lower case belongs to; None when it is no registry's."""
    found = REGISTRY.fullmatch(name)
    if found is None:
        return None
    region = found["region"] or found["dual"]
    if (partition_of(region) == "aws-cn") != bool(found["china"] or found["dual_china"]):
        return None
    return RegistryHost(name, found["account"], region)


def layer_host(region: str) -> str:
    suffix = ".cn" if partition_of(region) == "aws-cn" else ""
    return f"prod-{region}-starport-layer-bucket.s3.{region}.amazonaws.com{suffix}"


def is_layer_host(name: str) -> bool:
    return LAYERS.fullmatch(name) is not None
