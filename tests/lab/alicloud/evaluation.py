# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which requests RAM policies allow: wildcards, conditions, and a Deny wins."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from .documents import texts

Context = t.Mapping[str, str]


def matches(pattern: str, text: str) -> bool:
    """Whether a text is meant by a pattern with `*` and `?`; the case of letters does not matter."""
    expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(expression, text, re.IGNORECASE | re.DOTALL) is not None


def _covers(statement: dict[str, t.Any], name: str, text: str) -> bool:
    if name in statement:
        return any(matches(item, text) for item in texts(statement[name]))
    if f"Not{name}" in statement:
        return not any(matches(item, text) for item in texts(statement[f"Not{name}"]))
    return True  # a trust policy names no resource


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _in_network(value: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


_ORDERS: dict[str, t.Callable[[t.Any, t.Any], bool]] = {
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
    "Equals": lambda a, b: a == b,
}


def _compares(operator: str, actual: str, wanted: str) -> bool:
    """One comparison of a positive operator."""
    if operator == "StringLike":
        expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in wanted)
        return re.fullmatch(expression, actual, re.DOTALL) is not None
    if operator in ("StringEqualsIgnoreCase", "Bool"):
        return actual.lower() == wanted.lower()
    if operator == "IpAddress":
        return _in_network(actual, wanted)
    kind = next(kind for kind in ("String", "Numeric", "Date") if operator.startswith(kind))
    order = _ORDERS[operator.removeprefix(kind)]
    # Dates in UTC (YYYY-MM-DDThh:mm:ssZ) are in the order of their texts.
    return order(_number(actual), _number(wanted)) if kind == "Numeric" else order(actual, wanted)


def _condition_holds(operator: str, keys: dict[str, t.Any], context: Context) -> bool:
    negated = "Not" in operator
    positive = operator.replace("Not", "", 1)
    known = {key.lower(): value for key, value in context.items()}
    for key, value in keys.items():
        actual = known.get(key.lower())
        hit = actual is not None and any(_compares(positive, actual, wanted) for wanted in texts(value))
        if hit == negated:
            return False
    return True


def applies(statement: dict[str, t.Any], action: str, resource: str, context: Context) -> bool:
    """Whether a statement is about a request."""
    if not _covers(statement, "Action", action) or not _covers(statement, "Resource", resource):
        return False
    return all(_condition_holds(operator, keys, context) for operator, keys in statement.get("Condition", {}).items())


def decide(documents: t.Iterable[dict[str, t.Any]], action: str, resources: t.Sequence[str], context: Context) -> str:
    """`Allow`, `ExplicitDeny` or `ImplicitDeny`, for an action on a resource that may be spelled in any of several ways."""
    found = "ImplicitDeny"
    for document in documents:
        for statement in document["Statement"]:
            if any(applies(statement, action, resource, context) for resource in resources):
                if statement["Effect"] == "Deny":
                    return "ExplicitDeny"
                found = "Allow"
    return found
