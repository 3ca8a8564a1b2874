# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Tags of AWS resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._errors import RegistryError

#: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_TAG_KEY, _TAG_VALUE = 128, 256
#: How many tags a resource can have.
MOST_TAGS = 50


def given_tags(tags: Mapping[str, Any] | None) -> dict[str, str] | None:
    """The option C(tags) as texts; None when it is not given. Raises RegistryError for a tag that AWS would refuse."""
    if tags is None:
        return None
    for key, value in tags.items():
        if value is None:
            raise RegistryError(f"the tag '{key}' has no value; write '' for an empty one")
        if isinstance(value, (list, tuple, Mapping)):
            raise RegistryError(f"the tag '{key}' is a {'mapping' if isinstance(value, Mapping) else 'list'}; a value is text")
        if not 1 <= len(str(key)) <= _TAG_KEY or len(str(value)) > _TAG_VALUE:
            raise RegistryError(f"the tag '{key}' is too long: {_TAG_KEY} characters are allowed for a key, {_TAG_VALUE} for a value")
        if is_system_tag(str(key)):
            raise RegistryError(f"the tag '{key}' begins with 'aws:', which AWS keeps for itself")
    return {str(key): str(value) for key, value in tags.items()}


def is_system_tag(key: str) -> bool:
    """Whether a tag is AWS's own, which nobody else can set or take away."""
    return key.lower().startswith("aws:")
