# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Types of credentials: which are accepted, what credentials of them have, and what they put into a job."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .errors import invalid

MASK = "$encrypted$"
_NAME = re.compile(r"[a-zA-Z_]+[a-zA-Z0-9_]*")
_KEYS = {"env": _NAME, "extra_vars": _NAME, "file": re.compile(r"template(\.[a-zA-Z_]+[a-zA-Z0-9_]*)?")}
_FIELD = {"id", "label", "type", "format", "choices", "help_text", "multiline", "secret", "ask_at_runtime", "default"}


class _Unnamed:
    def __str__(self) -> str:
        raise UndefinedError("Must define unnamed file injector in order to reference `tower.filename`.")


class _Tower:
    def __init__(self, filename: t.Any) -> None:
        self.filename = filename


def check_type(kind: str, inputs: dict[str, t.Any], injectors: dict[str, t.Any]) -> None:
    """Raises Refused for what AWX refuses. `inputs` get the type of fields that have none."""
    if kind not in ("net", "cloud"):
        raise invalid("kind", f'"{kind}" is not a valid choice.')
    seen: set[str] = set()
    for field in inputs.get("fields", []):
        unknown = sorted(set(field) - _FIELD)
        if unknown:
            raise invalid("inputs", f"Additional properties are not allowed ('{unknown[0]}' was unexpected)")
        for name in ("id", "label"):
            if name not in field:
                raise invalid("inputs", f"'{name}' is a required property")
        if field["id"] == "tower":
            raise invalid("inputs", '"tower" is a reserved field name')
        if field["id"] in seen:
            raise invalid("inputs", f"field IDs must be unique ({field['id']})")
        seen.add(field["id"])
        field.setdefault("type", "string")
    for type_, injector in injectors.items():
        if type_ not in _KEYS:
            raise invalid("injectors", f"Additional properties are not allowed ('{type_}' was unexpected)")
        for key, template in injector.items():
            _check_injector(type_, key, template, seen, injectors)


def _check_injector(type_: str, key: str, template: t.Any, fields: set[str], injectors: dict[str, t.Any]) -> None:
    if not _KEYS[type_].fullmatch(key):
        raise invalid("injectors", f"Additional properties are not allowed ('{key}' was unexpected)")
    if type_ == "env" and key.startswith("ANSIBLE_"):
        raise invalid("injectors", f"Environment variable {key} may affect Ansible configuration so its use is not allowed in credentials.")
    filename = "EXAMPLE_FILENAME" if "template" in injectors.get("file", {}) else _Unnamed()
    names: dict[str, t.Any] = {**dict.fromkeys(fields, "EXAMPLE"), "tower": _Tower(filename)}
    try:
        ImmutableSandboxedEnvironment(undefined=StrictUndefined).from_string(template).render(names)
    except UndefinedError as error:
        raise invalid("injectors", f"{key} uses an undefined field ({error})") from None
    except TemplateSyntaxError as error:
        raise invalid("injectors", f"Syntax error rendering template for {key} inside of {type_} ({error})") from None


def check_credential(its_type: dict[str, t.Any], inputs: dict[str, t.Any]) -> None:
    """Raises Refused for inputs that the type does not have."""
    known = {field["id"] for field in its_type["inputs"].get("fields", [])}
    for name in inputs:
        if name not in known:
            raise invalid("inputs", f"Additional properties are not allowed ('{name}' was unexpected)")


def masked(its_type: dict[str, t.Any], inputs: dict[str, t.Any]) -> dict[str, t.Any]:
    """The inputs as AWX shows them."""
    secret = {field["id"] for field in its_type["inputs"].get("fields", []) if field.get("secret")}
    return {name: MASK if name in secret and value else value for name, value in inputs.items()}


def inject(its_type: dict[str, t.Any], inputs: dict[str, t.Any], folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The environment and the extra variables of a job with such a credential; its file is in the folder."""
    environment = ImmutableSandboxedEnvironment()
    names: dict[str, t.Any] = dict(inputs)
    injectors = its_type["injectors"]
    if "template" in injectors.get("file", {}):
        file = folder / "credential"
        file.touch(mode=0o600)
        file.write_text(environment.from_string(injectors["file"]["template"]).render(names))
        names["tower"] = _Tower(str(file))
    rendered = [
        {key: environment.from_string(template).render(names) for key, template in injectors.get(type_, {}).items()}
        for type_ in ("env", "extra_vars")
    ]
    return rendered[0], rendered[1]
