# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Parameters as a model of their service wants them: whether they fit, and where they do not."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .._errors import RegistryError

_PROBLEMS_IN_MESSAGE = 5


class Shape(Protocol):
    """A shape of a service model, as botocore has them. Which attributes there are depends on its ``type_name``."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def type_name(self) -> str:
        """Which kind of value it describes."""

    @property
    def members(self) -> Mapping[str, Shape]:
        """Of a structure."""

    @property
    def required_members(self) -> Sequence[str]:
        """Of a structure."""

    @property
    def member(self) -> Shape:
        """Of a list."""

    @property
    def value(self) -> Shape:
        """Of a map."""

    @property
    def enum(self) -> Sequence[str]:
        """The texts that are allowed; none where all are."""


def fitted(value: Mapping[str, Any], shape: Shape, source: str) -> dict[str, Any]:
    """Parameters in the types of the model; numbers and booleans that are written as text are converted, and numbers to text.

    What is null is left out. ``source`` says where the model is from. Raises RegistryError with the path of everything that does not fit.
    """
    problems: list[str] = []
    result: dict[str, Any] = _fit(value, shape, "", problems)
    if problems:
        more = f"; and {len(problems) - _PROBLEMS_IN_MESSAGE} more" if len(problems) > _PROBLEMS_IN_MESSAGE else ""
        raise RegistryError(f"{'; '.join(problems[:_PROBLEMS_IN_MESSAGE])}{more} (compared with the model of {source})")
    return result


def joined(path: str, name: str) -> str:
    """The path of a member."""
    return f"{path}.{name}" if path else name


def item_path(path: str, at: int, item: Any) -> str:
    """The path of an item of a list: by its name where it has one."""
    name = item.get("name") if isinstance(item, Mapping) else None
    return f"{path}[{name if isinstance(name, str) and name else at}]"


def _fit(value: Any, shape: Shape, path: str, problems: list[str]) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return _fit_structure(value, shape, path, problems)
    if kind == "list":
        if not isinstance(value, list | tuple):
            return _misfit(value, "a list", path, problems)
        return [_fit(item, shape.member, item_path(path, at, item), problems) for at, item in enumerate(value) if item is not None]
    if kind == "map":
        if not isinstance(value, Mapping):
            return _misfit(value, "a dictionary", path, problems)
        return {str(key): _fit(item, shape.value, joined(path, str(key)), problems) for key, item in value.items() if item is not None}
    if kind == "string":
        return _fit_text(value, shape, path, problems)
    if kind in ("integer", "long"):
        return _fit_number(value, path, problems)
    if kind == "boolean":
        text = str(value).lower()
        return text in ("true", "yes") if text in ("true", "false", "yes", "no") else _misfit(value, "true or false", path, problems)
    return value


def _fit_structure(value: Any, shape: Shape, path: str, problems: list[str]) -> Any:
    if not isinstance(value, Mapping):
        return _misfit(value, "a dictionary", path, problems)
    there = {name: item for name, item in value.items() if item is not None}
    for name in there:
        if name not in shape.members:
            near = difflib.get_close_matches(str(name), shape.members, n=2, cutoff=0.6)
            hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"there are {', '.join(sorted(shape.members))}"
            problems.append(f"{joined(path, str(name))} is unknown; {hint}")
    problems += [f"{joined(path, name)} is missing" for name in shape.required_members if name not in there]
    return {name: _fit(there[name], member, joined(path, name), problems) for name, member in shape.members.items() if name in there}


def _fit_text(value: Any, shape: Shape, path: str, problems: list[str]) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return _misfit(value, "text, write it in quotes" if isinstance(value, bool) else "text", path, problems)
    if shape.enum and str(value) not in shape.enum:
        return _misfit(value, f"one of {', '.join(shape.enum)}", path, problems)
    return str(value)


def _fit_number(value: Any, path: str, problems: list[str]) -> Any:
    if not isinstance(value, bool):
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = 0.5
        if number.is_integer():
            return int(number)
    return _misfit(value, "a whole number", path, problems)


def _misfit(value: Any, wanted: str, path: str, problems: list[str]) -> None:
    shown = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    problems.append(f"{path or 'the definition'} is {shown if len(shown) <= 80 else type(value).__name__}, and must be {wanted}")
