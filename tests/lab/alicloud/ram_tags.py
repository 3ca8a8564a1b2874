# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags of roles and policies: `ResourceNames` and `Tag` are JSON texts."""

from __future__ import annotations

import json
import typing as t

from .call import Call
from .errors import Refused, missing
from .operations import operation
from .ram_checks import find_policy, find_role, tags_of
from .ram_state import CUSTOM

MOST_TAGS = 20


def _resource(call: Call) -> str:
    return f"acs:ram:*:{call.caller.account}:{call.parameters.values.get('ResourceType', '*')}/*"


def _names(call: Call, parameter: str) -> list[str]:
    text = call.parameters.optional(parameter)
    try:
        found = json.loads(text) if text is not None else []
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise Refused(f"InvalidParameter.{parameter}", f'The parameter - "{parameter}" is invalid.')
    return found


def _tagged(call: Call) -> list[tuple[str, dict[str, str]]]:
    """The name and the tags of every resource that a call names. Raises Refused."""
    kind = call.parameters.text("ResourceType")
    if kind not in ("role", "policy"):
        raise Refused("InvalidParameter.ResourceType", 'The parameter - "ResourceType" is invalid.')
    found = []
    for name in _names(call, "ResourceNames"):
        holder: t.Any = find_role(call.ram, name) if kind == "role" else find_policy(call.ram, CUSTOM, name)
        found.append((holder.name, holder.tags))
    return found


@operation("ram", "TagResources", _resource, writes=True)
def tag_resources(call: Call) -> dict[str, t.Any]:
    tags, found = tags_of(call.parameters.text("Tag")), _tagged(call)
    if not found:
        raise missing("ResourceNames")
    for _name, present in found:
        if len({**present, **tags}) > MOST_TAGS:
            raise Refused("LimitExceeded.Tag", "The count of tags beyond the current limits.", 409)
        present.update(tags)
    return {}


@operation("ram", "UntagResources", _resource, writes=True)
def untag_resources(call: Call) -> dict[str, t.Any]:
    everything, keys, found = call.parameters.flag("All"), _names(call, "TagKey"), _tagged(call)
    if not found:
        raise missing("ResourceNames")
    for _name, present in found:
        for key in list(present) if everything else keys:
            present.pop(key, None)
    return {}


@operation("ram", "ListTagResources", _resource)
def list_tag_resources(call: Call) -> dict[str, t.Any]:
    kind = call.parameters.text("ResourceType")
    shown = [
        {"ResourceName": name, "ResourceType": kind, "TagKey": key, "TagValue": value}
        for name, present in _tagged(call)
        for key, value in sorted(present.items())
    ]
    return {"TagResources": {"TagResource": shown}, "IsTruncated": False}
