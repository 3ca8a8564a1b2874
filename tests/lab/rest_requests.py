# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which operation a request of the REST protocol is, and what its path and query say, by botocore's model."""

from __future__ import annotations

import functools
import re
import typing as t
from urllib.parse import parse_qs, unquote

from botocore.model import OperationModel, Shape

from .service_models import operation_model, service_model

LABEL = re.compile(r"\{(\w+)(\+?)\}")
HERE = (None, "uri", "querystring")  # what is in a header, or is the whole body, is left to moto


class Found(t.NamedTuple):
    """The operation, empty when none of the service's is asked for, and its parameters outside of the body."""

    operation: str
    parameters: dict[str, t.Any]


def _members(operation: OperationModel) -> dict[str, Shape]:
    return dict(operation.input_shape.members) if operation.input_shape else {}


def _is_read_here(operation: OperationModel) -> bool:
    whole_body = operation.input_shape is not None and "payload" in operation.input_shape.serialization
    return not whole_body and all(member.serialization.get("location") in HERE for member in _members(operation).values())


@functools.cache
def _routes(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    """Method, path and operation; a path without a label goes before one that would match it too."""
    model = service_model(service)
    found = []
    for name in model.operation_names:
        operation = t.cast(OperationModel, operation_model(service, name))
        if _is_read_here(operation):
            uri = str(operation.http["requestUri"]).partition("?")[0]
            pattern = "".join(
                re.escape(part) if number % 3 == 0 else f"(?P<{part}>" if number % 3 == 1 else ".+)" if part else "[^/]+)"
                for number, part in enumerate(LABEL.split(uri))
            )
            found.append((str(operation.http["method"]), re.compile(pattern), str(name)))
    return sorted(found, key=lambda route: route[1].groups)


def find(service: str, method: str, path: str, query: str) -> Found:
    """What a request asks for; `path` and `query` are as they were sent, with %XX in them."""
    for wanted, pattern, name in _routes(service):
        match = pattern.fullmatch(path) if wanted == method else None
        if match:
            labels = {label: unquote(text) for label, text in match.groupdict().items()}
            given = parse_qs(query, keep_blank_values=True)
            members = _members(t.cast(OperationModel, operation_model(service, name)))
            return Found(name, dict(_outside_of_body(members, labels, given)))
    return Found("", {})


def _outside_of_body(members: dict[str, Shape], labels: dict[str, str], query: dict[str, list[str]]) -> t.Iterator[tuple[str, t.Any]]:
    for name, shape in members.items():
        sent_as = shape.serialization.get("name", name)
        location = shape.serialization.get("location")
        if location == "uri":
            yield name, labels[sent_as]
        elif location == "querystring" and sent_as in query:
            texts = query[sent_as]
            yield name, texts if shape.type_name == "list" else _value(shape, texts[-1])


def _value(shape: Shape, text: str) -> t.Any:
    if shape.type_name == "integer" and text.lstrip("-").isdigit():
        return int(text)
    if shape.type_name == "boolean" and text in ("true", "false"):
        return text == "true"
    return text
