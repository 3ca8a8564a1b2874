# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents as AWS stores and shows them: principals bound, one-item lists as strings, lists in no particular order, ECR's printing."""

from __future__ import annotations

import json
import random
import typing as t

from .documents import as_list
from .operations import on_reset
from .principals import MalformedPrincipal, bind, spell

_SHUFFLE = random.Random(20150921)
ORDER = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")


@on_reset
def forget() -> None:
    _SHUFFLE.seed(20150921)


def bound_principal(element: t.Any, partition: str, federated: bool = False) -> t.Any:
    """A Principal element with every principal bound; raises BadPrincipal."""
    if not isinstance(element, dict):
        return bind("*", element, partition)
    for kind, values in element.items():
        if values == []:
            raise MalformedPrincipal(kind, values)
    return {
        kind: list(dict.fromkeys(bind(kind, value, partition, federated) for value in as_list(values))) for kind, values in element.items()
    }


def bound_document(document: dict[str, t.Any], partition: str, federated: bool = False) -> dict[str, t.Any]:
    """A document as it is stored: version filled in, statements in a list, elements in AWS's order, principals bound."""
    stored: dict[str, t.Any] = {"Version": document.get("Version", "2008-10-17")}
    if "Id" in document:
        stored["Id"] = document["Id"]
    stored["Statement"] = []
    for raw in as_list(document["Statement"]):
        statement = {name: raw[name] for name in ORDER if name in raw}
        for name in ("Principal", "NotPrincipal"):
            if name in statement:
                statement[name] = bound_principal(statement[name], partition, federated)
        stored["Statement"].append(statement)
    return stored


def _one_or_many(values: t.Any, shuffle: bool) -> t.Any:
    if not isinstance(values, list):
        return values
    if len(values) == 1:
        return values[0]
    result = list(values)
    if shuffle:
        _SHUFFLE.shuffle(result)
    return result


def shown_document(stored: dict[str, t.Any], shuffle: bool = True) -> dict[str, t.Any]:
    """A stored document as a reader gets it."""
    shown = {key: value for key, value in stored.items() if key != "Statement"}
    shown["Statement"] = []
    for raw in stored["Statement"]:
        statement = dict(raw)
        for name in ("Action", "NotAction", "Resource", "NotResource"):
            if name in statement:
                statement[name] = _one_or_many(statement[name], shuffle)
        for name in ("Principal", "NotPrincipal"):
            if isinstance(statement.get(name), dict):
                statement[name] = {
                    kind: _one_or_many([spell(value) for value in as_list(values)], shuffle) for kind, values in statement[name].items()
                }
        if "Condition" in statement:
            statement["Condition"] = {
                operator: {key: _one_or_many(values, shuffle) for key, values in block.items()}
                for operator, block in statement["Condition"].items()
            }
        shown["Statement"].append(statement)
    return shown


def pretty(value: t.Any, indent: str = "") -> str:
    """JSON as ECR prints it: two spaces, " : " after keys, lists on the line of their brackets."""
    if isinstance(value, dict):
        if not value:
            return "{ }"
        inner = indent + "  "
        body = ",\n".join(f"{inner}{json.dumps(key)} : {pretty(item, inner)}" for key, item in value.items())
        return "{\n" + body + "\n" + indent + "}"
    if isinstance(value, list):
        return "[ " + ", ".join(pretty(item, indent) for item in value) + " ]" if value else "[ ]"
    return json.dumps(value, ensure_ascii=False)


def compact(value: t.Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
