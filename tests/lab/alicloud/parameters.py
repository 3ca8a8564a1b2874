# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flat parameters of a request to nested ones, and reading them: `X.1.Y.2=v` is item 2 of Y of item 1 of X."""

from __future__ import annotations

import typing as t
from urllib.parse import parse_qsl

from .errors import Refused, missing


def nested(flat: t.Iterable[tuple[str, str]]) -> dict[str, t.Any]:
    """Dicts and lists from dotted names; a name that is not one of a list, such as `X.1Y`, stays a name of its own."""
    tree: dict[str, t.Any] = {}
    for name, value in flat:
        place = tree
        *path, last = name.split(".")
        for part in path:
            inner = place.setdefault(part, {})
            if not isinstance(inner, dict):
                inner = place[part] = {}
            place = inner
        place[last] = value
    return {name: _lists(value) for name, value in tree.items()}


def _lists(value: t.Any) -> t.Any:
    if not isinstance(value, dict):
        return value
    if all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(item) for key, item in value.items()}


def from_request(query: str, body: bytes, content_type: str) -> dict[str, t.Any]:
    """The nested parameters in a query and in a form body."""
    pairs = parse_qsl(query, keep_blank_values=True)
    if "x-www-form-urlencoded" in content_type:
        pairs += parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return nested(pairs)


class Parameters:
    """The parameters of a call. What an operation never asks for is ignored, as the services do; `ignored` tells their names."""

    def __init__(self, values: dict[str, t.Any]) -> None:
        self.values = values
        self._asked: set[str] = set()

    def get(self, name: str) -> t.Any:
        """The value as it came; None when it is not given or empty."""
        self._asked.add(name)
        value = self.values.get(name)
        return None if value == "" else value

    @property
    def ignored(self) -> list[str]:
        return sorted(set(self.values) - self._asked)

    def text(self, name: str) -> str:
        """A text that is required. Raises Refused."""
        value = self.optional(name)
        if value is None:
            raise missing(name)
        return value

    def optional(self, name: str) -> str | None:
        """A text, or None. Raises Refused for a list."""
        value = self.get(name)
        if value is not None and not isinstance(value, str):
            raise Refused("InvalidParameter", f"The specified parameter {name} is not valid.")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean, spelled `true` or `false`. Raises Refused for every other spelling."""
        value = self.optional(name)
        if value not in (None, "true", "false"):
            raise Refused("InvalidParameter", f"The specified parameter {name} is not valid: {value} is neither true nor false.")
        return default if value is None else value == "true"

    def number(self, name: str, lowest: int, highest: int, default: int | None = None) -> int | None:
        """A whole number within limits. Raises Refused."""
        value = self.optional(name)
        if value is None:
            return default
        if not value.lstrip("-").isdigit() or not lowest <= int(value) <= highest:
            raise Refused(f"InvalidParameter.{name}", f"The specified parameter {name} is not valid.")
        return int(value)

    def items(self, name: str) -> list[dict[str, t.Any]]:
        """A list of structures, such as `Tag.1.Key`. Raises Refused for anything else."""
        return [item for item in self._list(name) if self._is(name, item, dict)]

    def texts(self, name: str) -> list[str]:
        """A list of texts, such as `Image.1`. Raises Refused for anything else."""
        return [item for item in self._list(name) if self._is(name, item, str)]

    def _list(self, name: str) -> list[t.Any]:
        value = self.get(name)
        if value is not None and not isinstance(value, list):
            raise Refused("InvalidParameter", f"The specified parameter {name} is not valid.")
        return value or []

    def _is(self, name: str, item: t.Any, kind: type) -> bool:
        if not isinstance(item, kind):
            raise Refused("InvalidParameter", f"The specified parameter {name} is not valid.")
        return True
