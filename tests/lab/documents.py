# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy documents as the evaluator reads them: statements with lists everywhere."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import typing as t


def as_list(value: t.Any) -> list[t.Any]:
    return list(value) if isinstance(value, list) else [value]


class DuplicateKey(ValueError):
    """A JSON object names the same key twice."""


def _unique_pairs(pairs: list[tuple[str, t.Any]]) -> dict[str, t.Any]:
    result: dict[str, t.Any] = {}
    for key, value in pairs:
        if key in result:
            raise DuplicateKey(key)
        result[key] = value
    return result


def _no_constant(name: str) -> t.NoReturn:
    raise ValueError(f"{name} is not JSON")


def strict_json(text: str) -> t.Any:
    """Parse JSON; raises ValueError also for a key that is there twice, and for NaN and Infinity, which Python would let pass."""
    return json.loads(text, object_pairs_hook=_unique_pairs, parse_constant=_no_constant)


@dataclasses.dataclass(frozen=True)
class Statement:
    """One statement. `actions`, `resources` and `principals` are None when the element is absent."""

    sid: str
    allow: bool
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    principals: tuple[tuple[str, str], ...] | None
    not_principals: tuple[tuple[str, str], ...] | None
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]
    variables: bool


def _strings(statement: dict[str, t.Any], name: str) -> tuple[str, ...] | None:
    if name not in statement:
        return None
    return tuple(str(item) for item in as_list(statement[name]))


def principal_pairs(element: t.Any) -> tuple[tuple[str, str], ...]:
    """A Principal element as (type, value) pairs; the bare "*" is ("*", "*")."""
    if isinstance(element, dict):
        return tuple((str(kind), str(value)) for kind, values in element.items() for value in as_list(values))
    return tuple(("*" if value == "*" else "AWS", str(value)) for value in as_list(element))


def _condition_value(value: t.Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def parse_statements(document: dict[str, t.Any]) -> tuple[Statement, ...]:
    variables = document.get("Version") == "2012-10-17"  # without it, ${...} is text: IAM user guide, Version element
    result = []
    for raw in as_list(document.get("Statement", [])):
        conditions = tuple(
            (operator, key, tuple(_condition_value(value) for value in as_list(values)))
            for operator, block in (raw.get("Condition") or {}).items()
            for key, values in block.items()
        )
        result.append(
            Statement(
                str(raw.get("Sid", "")),
                raw.get("Effect") == "Allow",
                _strings(raw, "Action"),
                _strings(raw, "NotAction"),
                _strings(raw, "Resource"),
                _strings(raw, "NotResource"),
                principal_pairs(raw["Principal"]) if "Principal" in raw else None,
                principal_pairs(raw["NotPrincipal"]) if "NotPrincipal" in raw else None,
                conditions,
                variables,
            )
        )
    return tuple(result)


@functools.lru_cache(maxsize=4096)
def statements_of(text: str) -> tuple[Statement, ...]:
    """The statements of a document's JSON text; a text that is no document has none."""
    try:
        document = json.loads(text)
    except ValueError:
        return ()
    return parse_statements(document) if isinstance(document, dict) else ()


@functools.lru_cache(maxsize=8192)
def wildcard(pattern: str, ignore_case: bool = False) -> re.Pattern[str]:
    """A pattern in which * is any text and ? is any one character, as a regular expression."""
    text = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
