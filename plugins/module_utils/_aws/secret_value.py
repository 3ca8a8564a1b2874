# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The value of a registry credential: a JSON object with a user name, a password, and whatever else somebody keeps there.

Nothing here shows a value: not in a message, not in a representation, not in the context of an exception.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .._errors import RegistryError

USERNAME, PASSWORD = "username", "password"
#: Characters of a secret value; https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
_LIMIT = 65_536
#: What stands for a value in a message of AWS that quotes it.
_HIDDEN = "********"
#: Other values than the password that are shorter than this tell nothing, and hiding them would make a message unreadable.
_TELLING = 4
_KINDS = {bool: "a boolean", int: "a number", float: "a number", dict: "a mapping", list: "a list"}


@dataclass(frozen=True)
class StoredValue:
    """What a secret holds: ``fields`` of a JSON object, or the ``problem`` why there are none; neither where it has no value yet.

    ``content`` is the value as it is stored; None where there is none, or none that can be read.
    """

    fields: Mapping[str, Any] | None = field(default=None, repr=False)
    problem: str = ""
    content: str | bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class NewValue:
    """What a secret is to hold: its ``text``, and the names of the fields that differ from what it holds now."""

    text: str = field(repr=False)
    changes: tuple[str, ...]


def given_fields(username: Any, password: Any, extra: Mapping[str, Any] | None) -> dict[str, Any]:
    """The fields that the options give; those that are None are left alone. Raises RegistryError for what is no credential."""
    fields: dict[str, Any] = {}
    for name, value in ((USERNAME, username), (PASSWORD, password)):
        if value is None:
            continue
        if not isinstance(value, str):
            kind = _KINDS.get(type(value), "no text")
            raise RegistryError(f"'{name}' is {kind}, not text; write it in quotes, otherwise YAML changes it (leading zeros are lost)")
        if not value:
            raise RegistryError(f"'{name}' is empty, most likely a variable that is not set; leave it out to keep the stored one")
        fields[name] = value
    for name, value in (extra or {}).items():
        if name in (USERNAME, PASSWORD):
            raise RegistryError(f"'extra' has '{name}', which is an option of its own; give it there")
        if value is None:
            raise RegistryError(f"'extra' has '{name}' without a value; leave it out to keep the stored one")
        fields[str(name)] = value
    exact = _loaded(_dumped(fields))
    if exact is None:
        raise RegistryError("'username', 'password' or 'extra' has something that JSON cannot hold, such as a broken character or NaN")
    return exact


def stored_value(answer: Mapping[str, Any]) -> StoredValue:
    """What the answer of GetSecretValue holds."""
    if "SecretString" not in answer:
        return StoredValue(problem="its value is binary, not a JSON object", content=answer.get("SecretBinary"))
    text = answer["SecretString"]
    fields = _loaded(text)
    return StoredValue(fields, "its value is not a JSON object" if fields is None else "", text)


def new_value(stored: StoredValue, given: Mapping[str, Any], overwrite: bool) -> NewValue | None:
    """The value with the given fields in it; None when it has them already. Fields that are not given are kept.

    ``overwrite`` replaces a value that is not a JSON object. Raises RegistryError where that would be needed, where the result would
    not be a credential, or where it would be too long.
    """
    if stored.problem and not overwrite:
        raise RegistryError(f"{stored.problem}; give 'overwrite_value: true' to replace it")
    current = stored.fields or {}
    changes = tuple(sorted(name for name, value in given.items() if name not in current or not _same(current[name], value)))
    if not changes:
        return None
    merged = {**current, **given}
    missing = [name for name in (USERNAME, PASSWORD) if not isinstance(merged.get(name), str)]
    if missing:
        have = "its value has" if stored.fields else "it has"
        raise RegistryError(f"{have} no {' and no '.join(missing)} to keep; give 'username' and 'password'")
    text = _dumped(merged)
    if text is None:
        raise RegistryError("its value has a number that cannot be written back as it is; store it as text first")
    if len(text) > _LIMIT:
        raise RegistryError(f"the value would have {len(text)} characters, {_LIMIT} are allowed; give a shorter password, or less 'extra'")
    return NewValue(text, changes)


def without_values(message: str, text: str) -> str:
    """A message of AWS without what it quotes of a value. The user name is not a secret."""
    hidden = [text]
    for name, value in (_loaded(text) or {}).items():
        for leaf in _leaves(value) if name != USERNAME else ():
            if name == PASSWORD or len(leaf) >= _TELLING:
                hidden += [leaf, json.dumps(leaf)[1:-1], json.dumps(leaf, ensure_ascii=False)[1:-1]]
    for quoted in sorted(filter(None, hidden), key=len, reverse=True):
        message = message.replace(quoted, _HIDDEN)
    return message


def _leaves(value: Any) -> Iterable[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _loaded(text: str | None) -> dict[str, Any] | None:
    """The fields of a JSON object; None for everything else. Raises nothing: the errors of the parser hold the text."""
    try:
        found = json.loads(text or "", parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _dumped(fields: Mapping[str, Any]) -> str | None:
    """The fields as JSON text; None where JSON cannot hold them exactly. Raises nothing, for the same reason."""
    try:
        text = json.dumps(fields, default=_exact, allow_nan=False)
        json.dumps(fields, default=_exact, ensure_ascii=False).encode()
    except (ValueError, TypeError, RecursionError):
        return None
    return text


def _refuse(_constant: str) -> Any:
    """Python reads NaN and Infinity, which are no JSON."""
    raise ValueError


def _exact(value: Any) -> float:
    """A number as the encoder wants it, if that changes nothing."""
    if isinstance(value, Decimal) and Decimal(repr(float(value))) == value:
        return float(value)
    raise ValueError


def _same(left: Any, right: Any) -> bool:
    """Whether two JSON values are equal; unlike in Python, a boolean is no number."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(value, right[name]) for name, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)
