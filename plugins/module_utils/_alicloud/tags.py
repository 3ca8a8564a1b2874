# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Tags of resources of Alibaba Cloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._errors import RegistryError

#: https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-tagresources
_TAG_KEY, _TAG_VALUE = 128, 128


def given_tags(tags: Mapping[str, Any] | None) -> dict[str, str] | None:
    """The option C(tags) as texts; None when it is not given. Raises RegistryError for a tag that would be refused."""
    for key, value in (tags or {}).items():
        if value is None:
            raise RegistryError(f"the tag '{key}' has no value; write '' for an empty one")
        if not 1 <= len(str(key)) <= _TAG_KEY or len(str(value)) > _TAG_VALUE:
            raise RegistryError(f"the tag '{key}' is too long: {_TAG_KEY} characters are allowed for a key, {_TAG_VALUE} for a value")
        if str(key).lower().startswith(("aliyun", "acs:", "http://", "https://")):
            raise RegistryError(f"the tag '{key}' begins with what Alibaba Cloud keeps for itself or does not take")
    return None if tags is None else {str(key): str(value) for key, value in tags.items()}
