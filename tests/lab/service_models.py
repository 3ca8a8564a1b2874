# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""botocore's service models: what an operation takes and gives, and whether a request satisfies it."""

from __future__ import annotations

import functools
import re
import typing as t

import botocore.session
from botocore.model import OperationModel, Shape
from moto.core.model import ServiceModel
from moto.core.utils import get_service_model as moto_service_model

from .call import AwsError

# Signing names that differ from the name botocore uses for the model.
SIGNING_NAMES = {"tagging": "resourcegroupstaggingapi"}

INVALID = {
    "batch": "ClientException",
    "ecr": "InvalidParameterException",
    "ecs": "InvalidParameterException",
    "eks": "InvalidParameterException",
    "eks-auth": "InvalidParameterException",
    "iam": "ValidationError",
    "organizations": "InvalidInputException",
    "sts": "ValidationError",
}


@functools.cache
def service_model(service: str) -> ServiceModel:
    """The model of a service by its signing name; raises botocore's UnknownServiceError."""
    return moto_service_model(SIGNING_NAMES.get(service, service))


@functools.cache
def regions_of(service: str, partition: str) -> frozenset[str]:
    """The regions of a partition in which a service is."""
    return frozenset(botocore.session.Session().get_available_regions(service, partition_name=partition))


@functools.cache
def operation_model(service: str, operation: str) -> OperationModel | None:
    model = service_model(service)
    if operation not in model.operation_names:
        return None
    return model.operation_model(operation)


@functools.cache
def _pattern(text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(text)
    except re.error:  # Java syntax that Python does not know, such as \p{L}
        return None


class Violation(t.NamedTuple):
    path: str
    value: t.Any
    constraint: str
    ecr_constraint: str


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def violations(shape: Shape, value: t.Any, path: str = "") -> t.Iterator[Violation]:
    """What is wrong with a value, by the model: required, type, length, range, pattern, enum."""
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            raise AwsError("SerializationException", "Unexpected type for a structure")
        for name in shape.required_members:
            if value.get(name) is None:
                yield Violation(_join(path, name), None, "Member must not be null", "must not be null")
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from violations(member, value[name], _join(path, name))
        return
    if kind == "list":
        if not isinstance(value, list):
            raise AwsError("SerializationException", "Unexpected type for a list")
        yield from _bounds(shape, value, len(value), path, "length")
        for number, item in enumerate(value, 1):
            yield from violations(shape.member, item, f"{path}.{number}.member")
        return
    if kind == "map":
        if not isinstance(value, dict):
            raise AwsError("SerializationException", "Unexpected type for a map")
        for key, item in value.items():
            yield from violations(shape.value, item, f"{path}.{key}.member")
        return
    if kind == "string":
        if not isinstance(value, str):
            raise AwsError("SerializationException", f"{type(value).__name__} can not be converted to an String")
        yield from _bounds(shape, value, len(value), path, "length")
        enum = getattr(shape, "enum", None) or shape.metadata.get("enum")
        if enum and value not in enum:
            members = f"Member must satisfy enum value set: [{', '.join(enum)}]"
            yield Violation(path, value, members, members)
        pattern = shape.metadata.get("pattern")
        compiled = _pattern(pattern) if pattern else None
        if compiled and not compiled.fullmatch(value):
            text = f"Member must satisfy regular expression pattern: {pattern}"
            yield Violation(path, value, text, f"must satisfy regular expression '{pattern}'")
        return
    if kind in ("integer", "long"):
        if isinstance(value, bool) or not isinstance(value, int):
            raise AwsError("SerializationException", f"{type(value).__name__} can not be converted to an Integer")
        yield from _bounds(shape, value, value, path, "value")
        return
    if kind == "boolean" and not isinstance(value, bool):
        raise AwsError("SerializationException", f"{type(value).__name__} can not be converted to a Boolean")


def _join(path: str, name: str) -> str:
    return f"{path}.{_lower_first(name)}" if path else _lower_first(name)


def _bounds(shape: Shape, value: t.Any, size: int, path: str, what: str) -> t.Iterator[Violation]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        text = f"Member must have {what} greater than or equal to {least}"
        yield Violation(path, value, text, text)
    if most is not None and size > most:
        text = f"Member must have {what} less than or equal to {most}"
        yield Violation(path, value, text, text)


def validate(service: str, model: OperationModel | None, parameters: dict[str, t.Any]) -> None:
    """Refuse parameters that the model of the operation does not allow, as the service itself does."""
    if model is None or model.input_shape is None:
        return
    found = list(violations(model.input_shape, parameters))
    if not found:
        return
    code = INVALID.get(service, "ValidationException")
    if service == "ecr":
        first = found[0]
        raise AwsError(code, f"Invalid parameter at '{first.path}' failed to satisfy constraint: '{first.ecr_constraint}'")
    texts = [f"{_value(item)} at '{item.path}' failed to satisfy constraint: {item.constraint}" for item in found]
    plural = "error" if len(found) == 1 else "errors"
    raise AwsError(code, f"{len(found)} validation {plural} detected: " + "; ".join(texts))


def _value(item: Violation) -> str:
    if item.value is None:
        return "Value null"
    text = str(item.value)
    return "Value" if len(text) > 512 else f"Value '{text}'"
