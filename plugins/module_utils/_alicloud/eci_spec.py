# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What container groups and image caches are made with, which ECI tells in part only: it is remembered as a hash in a tag.

DescribeContainerGroups and DescribeImageCaches tell no AcrRegistryInfo, and the update calls take no roles in it.
https://www.alibabacloud.com/help/en/eci/developer-reference/api-eci-2018-08-08-describecontainergroups
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

#: Parameters of the request that creates something.
Request = Mapping[str, Any]

SPEC_TAG = "ansible-spec-sha256"
#: What says where, and not what.
_ELSEWHERE = ("RegionId", "ContainerGroupName", "ImageCacheName")
_ROLES = ("ArnService", "ArnUser")


def spec_of(request: Request) -> str:
    """A hash of a request. Secrets are left out: a hash of a password can be guessed. RAM changes the letter case of ARNs."""
    told = {name: value for name, value in request.items() if name not in _ELSEWHERE}
    if told.get("ImageRegistryCredential") is not None:
        told["ImageRegistryCredential"] = [one["Server"] for one in told["ImageRegistryCredential"]]
    if told.get("AcrRegistryInfo") is not None:
        told["AcrRegistryInfo"] = [
            {name: value.lower() if name in _ROLES and value else value for name, value in info.items()} for info in told["AcrRegistryInfo"]
        ]
    text = json.dumps(_given(told), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def with_spec(request: Request, tags: Mapping[str, str]) -> dict[str, Any]:
    """The request with its tags, the hash among them."""
    pairs = [{"Key": key, "Value": value} for key, value in sorted({**tags, SPEC_TAG: spec_of({**request, "Tag": dict(tags)})}.items())]
    return {**request, "Tag": pairs}


def has_roles(request: Request) -> bool:
    """Whether the request names roles, which only count when something is created."""
    return any(info.get(name) for info in request.get("AcrRegistryInfo") or () for name in _ROLES)


def _given(value: Any) -> Any:
    """A value without what is not given, or empty."""
    if isinstance(value, Mapping):
        return {str(key): _given(one) for key, one in value.items() if one is not None and one != []}
    return [_given(one) for one in value] if isinstance(value, (list, tuple)) else value
