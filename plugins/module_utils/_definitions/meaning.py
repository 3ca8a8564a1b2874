# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What a definition means, whatever it is spelled like, and where two definitions differ in that."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .model import Shape, item_path, joined

_EMPTY: tuple[Any, ...] = (None, "", [], {})
#: What tells the items of a list apart, in this order.
_IDENTITIES = ("name", "type", "key")


@dataclass(frozen=True)
class Rules:
    """What makes no difference to a service: the order of lists (``unordered``, by the names of the members), and ``defaults``, by the
    names of structure and member. ``unify`` writes the rest in one spelling; it changes the definition that it gets.
    """

    unordered: frozenset[str]
    defaults: Mapping[tuple[str, str], Any]
    unify: Callable[[dict[str, Any]], None]


def effective(definition: Mapping[str, Any], shape: Shape, rules: Rules) -> dict[str, Any]:
    """The one spelling of all definitions that mean the same: without defaults, without what is empty, and without what is not in the
    model of the request, such as revision and status.
    """
    unified = copy.deepcopy(dict(definition))
    rules.unify(unified)
    return _structure(unified, shape, rules)


def differences(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> list[str]:
    """The paths at which two effective definitions differ."""
    found: list[str] = []
    for name in sorted({*before, *after}):
        old, new, here = before.get(name), after.get(name), joined(path, name)
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found += differences(old, new, here)
        elif isinstance(old, list) and isinstance(new, list):
            found += _between_lists(old, new, here)
        else:
            found.append(here)
    return found


def _between_lists(old: Sequence[Any], new: Sequence[Any], path: str) -> list[str]:
    if not all(isinstance(item, Mapping) for item in (*old, *new)):
        return [path]
    for identity in _IDENTITIES:
        before, after = ({str(item.get(identity)): item for item in items} for items in (old, new))
        if all(identity in item for item in (*old, *new)) and len(before) == len(old) and len(after) == len(new):
            found = []
            for name in sorted({*before, *after}):
                one, other = before.get(name), after.get(name)
                if one is None or other is None:
                    found.append(f"{path}[{name}]")
                else:
                    found += differences(one, other, f"{path}[{name}]")
            # In a list whose order matters, that is all that differs.
            return found or [path]
    changed = [at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other]
    if len(old) != len(new) or len(changed) != 1:
        return [path]
    return differences(old[changed[0]], new[changed[0]], item_path(path, changed[0], None))


def _structure(value: Mapping[str, Any], shape: Shape, rules: Rules) -> dict[str, Any]:
    result = {}
    for name, member in shape.members.items():
        reduced = _value(value.get(name), member, rules)
        if reduced in _EMPTY or ((shape.name, name) in rules.defaults and reduced == rules.defaults[shape.name, name]):
            continue
        if name in rules.unordered and isinstance(reduced, list):
            reduced = _sorted(reduced)
        result[name] = reduced
    return result


def _value(value: Any, shape: Shape, rules: Rules) -> Any:
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return _structure(value, shape, rules)
    if shape.type_name == "list" and isinstance(value, list):
        items = [_value(item, shape.member, rules) for item in value]
        return [item for item in items if item != {}] if shape.member.type_name == "structure" else items
    return value


def _sorted(items: list[Any]) -> list[Any]:
    """Of items with the same name the last one wins, so these keep their order."""
    if all(isinstance(item, Mapping) and "name" in item for item in items):
        return sorted(items, key=lambda item: str(item["name"]))
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
