# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy documents by what they say, for comparisons in tests. Shares no code with the collection, so that it has no bugs in common."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any


def statements(document: str | Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The statements of a document in their order, each in one spelling: sorted lists, account ids for roots, lower-case actions."""
    if not document:
        return []
    found = json.loads(document) if isinstance(document, str) else document
    return [statement(one) for one in _list(found["Statement"])]


def statement(one: Mapping[str, Any]) -> dict[str, Any]:
    """One statement in one spelling. An empty Sid or Condition is left out."""
    shown = dict(one)
    for element in ("Sid", "Condition"):
        if not shown.get(element):
            shown.pop(element, None)
    for element in ("Action", "NotAction"):
        if element in shown:
            shown[element] = sorted({action.lower() for action in _list(shown[element])})
    for element in ("Resource", "NotResource"):
        if element in shown:
            shown[element] = sorted(set(_list(shown[element])))
    for element in ("Principal", "NotPrincipal"):
        if element in shown:
            typed = shown[element] if isinstance(shown[element], Mapping) else {"AWS": shown[element]}
            shown[element] = {kind: sorted({_account(value) for value in _list(values)}) for kind, values in typed.items()}
    if "Condition" in shown:
        shown["Condition"] = {
            operator.lower(): {key.lower(): sorted({str(value) for value in _list(values)}) for key, values in keys.items()}
            for operator, keys in shown["Condition"].items()
        }
    return shown


def _account(principal: str) -> str:
    root = re.fullmatch(r"arn:[a-z-]+:iam::([0-9]{12}):root", principal)
    return root.group(1) if root else principal


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
