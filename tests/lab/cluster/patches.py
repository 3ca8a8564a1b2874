# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of patches: JSON patch, merge patch, strategic merge patch, and server-side apply."""

from __future__ import annotations

import copy
import typing as t

from .errors import Refused

# The lists that a strategic merge patch merges by a key, by the name of the list.
KEYS = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "ports": "containerPort",
    "imagePullSecrets": "name",
    "secrets": "name",
    "conditions": "type",
}
JSON_PATCH, MERGE_PATCH = "application/json-patch+json", "application/merge-patch+json"
STRATEGIC_PATCH, APPLY_PATCH = "application/strategic-merge-patch+json", "application/apply-patch+yaml"


def patched(content_type: str, thing: t.Any, patch: t.Any) -> t.Any:
    """The thing with a patch applied; raises Refused."""
    thing = copy.deepcopy(thing)
    if content_type == JSON_PATCH:
        for step in patch:
            thing = _step(thing, step)
        return thing
    if content_type == MERGE_PATCH:
        return _merge(thing, patch)
    if content_type in (STRATEGIC_PATCH, APPLY_PATCH):
        return _strategic(thing, patch)
    raise Refused(415, "the body of the request was in an unknown format - accepted media types include: " + JSON_PATCH)


def _merge(old: t.Any, patch: t.Any) -> t.Any:
    if not isinstance(patch, dict):
        return patch
    found = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = _merge(found.get(key), value)
    return found


def _strategic(old: t.Any, patch: t.Any, name: str = "") -> t.Any:
    if isinstance(patch, list) and name in KEYS:
        return _strategic_list(old if isinstance(old, list) else [], patch, KEYS[name])
    if not isinstance(patch, dict):
        return patch
    if patch.get("$patch") == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    found = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None:
            found.pop(key, None)
        else:
            found[key] = _strategic(found.get(key), value, key)
    return found


def _strategic_list(old: list[t.Any], patch: list[t.Any], key: str) -> list[t.Any]:
    if any(item.get("$patch") == "replace" for item in patch):
        return [item for item in patch if "$patch" not in item]
    found = list(old)
    for item in patch:
        if key not in item:
            raise Refused(400, f"map: {item} does not contain declared merge key: {key}")
        place = next((number for number, one in enumerate(found) if one.get(key) == item[key]), None)
        if item.get("$patch") == "delete":
            found = [one for one in found if one.get(key) != item[key]]
        elif place is None:
            found.append(_strategic({}, item))
        else:
            found[place] = _strategic(found[place], item)
    return found


def _step(thing: t.Any, step: dict[str, t.Any]) -> t.Any:
    operation, pointer = step["op"], step["path"]
    names = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    absent = Refused(
        422, f"the server rejected our request due to an error in our request: {operation} operation does not apply: {pointer}"
    )
    parent = thing
    for name in names[:-1]:
        parent = _child(parent, name, absent)
    last = names[-1]
    if operation == "test":
        if _child(parent, last, absent) != step.get("value"):
            raise absent
    elif isinstance(parent, list):
        place = len(parent) if last == "-" else int(last)
        if operation == "add":
            parent.insert(place, step["value"])
        elif place >= len(parent):
            raise absent
        elif operation == "remove":
            del parent[place]
        else:
            parent[place] = step["value"]
    elif operation != "add" and last not in parent:
        raise absent
    elif operation == "remove":
        del parent[last]
    else:
        parent[last] = step["value"]
    return thing


def _child(parent: t.Any, name: str, absent: Refused) -> t.Any:
    try:
        return parent[int(name)] if isinstance(parent, list) else parent[name]
    except (KeyError, IndexError, ValueError, TypeError):
        raise absent from None
