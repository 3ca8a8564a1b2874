# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RAM policy documents: what RAM refuses as malformed. `Version` is always "1"."""

from __future__ import annotations

import ipaddress
import json
import re
import typing as t

from .errors import Refused

MOST_CHARACTERS = 6144
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?_/-]+")
_RESOURCE = re.compile(r"\*|acs:[^:]*:[^:]*:[^:]*:.+")
_PRINCIPALS = {
    "RAM": re.compile(r"acs:ram::\d+:(root|(user|role)/[\w.@-]+)"),
    "Service": re.compile(r"(\d+@)?[a-z0-9.-]+\.aliyuncs\.com"),
    "Federated": re.compile(r"acs:ram::\d+:(saml-provider|oidc-provider)/[\w.@-]+"),
}
_TYPES = ("String", "Numeric", "Date")
OPERATORS = {
    *(f"{kind}{word}" for kind in _TYPES for word in ("Equals", "NotEquals")),
    *(f"{kind}{word}" for kind in _TYPES[1:] for word in ("LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")),
    *("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike", "Bool", "IpAddress", "NotIpAddress"),
}


def malformed(message: str) -> Refused:
    return Refused("MalformedPolicyDocument", f"The policy document is invalid. {message}")


def texts(value: t.Any) -> list[str]:
    """One text or a list of them, as a list; an empty list for anything else."""
    if isinstance(value, str):
        return [value]
    return value if isinstance(value, list) and all(isinstance(item, str) for item in value) else []


def parse(parameter: str, text: str, trust: bool = False) -> dict[str, t.Any]:
    """The document in a parameter. Raises Refused for one that is too long, no JSON or against the grammar."""
    if len(text) > MOST_CHARACTERS:
        raise Refused(f"InvalidParameter.{parameter}.Length", f'The parameter - "{parameter}" beyond the length limit.')
    try:
        document = json.loads(text)
    except ValueError:
        raise malformed("It is not valid JSON.") from None
    if not isinstance(document, dict):
        raise malformed("It is not a JSON object.")
    _known("document", document, {"Version", "Statement"})
    if document.get("Version") != "1":
        raise malformed('The Version element must be "1".')
    statements = document.get("Statement")
    if not isinstance(statements, list) or not statements:
        raise malformed("The Statement element must be a list with at least one statement.")
    for statement in statements:
        if not isinstance(statement, dict):
            raise malformed("A statement must be a JSON object.")
        _check_statement(statement, trust)
    return document


def _known(what: str, found: dict[str, t.Any], known: set[str]) -> None:
    unknown = sorted(set(found) - known)
    if unknown:
        raise malformed(f"Unknown element {unknown[0]} in the {what}.")


def _check_statement(statement: dict[str, t.Any], trust: bool) -> None:
    elements = {"Effect", "Action", "NotAction", "Condition"}
    _known("statement", statement, elements | ({"Principal"} if trust else {"Resource", "NotResource"}))
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise malformed("The Effect element must be Allow or Deny.")
    for value in _one_of(statement, "Action", "NotAction"):
        if not _ACTION.fullmatch(value):
            raise malformed(f"The action {value} is not valid.")
        if trust and not value.lower().startswith("sts:"):
            raise malformed(f"The action {value} is not one of STS.")
    if trust:
        _check_principals(statement.get("Principal"))
    else:
        for value in _one_of(statement, "Resource", "NotResource"):
            if not _RESOURCE.fullmatch(value):
                raise malformed(f"The resource {value} is not valid.")
    if "Condition" in statement:
        _check_condition(statement["Condition"])


def _one_of(statement: dict[str, t.Any], name: str, negated: str) -> list[str]:
    given = [key for key in (name, negated) if key in statement]
    if len(given) != 1:
        raise malformed(f"A statement must have either {name} or {negated}.")
    found = texts(statement[given[0]])
    if not found:
        raise malformed(f"The {given[0]} element must be a string or a list of strings.")
    return found


def _check_principals(principal: t.Any) -> None:
    if not isinstance(principal, dict) or not principal:
        raise malformed("The Principal element must name RAM, Service or Federated principals.")
    _known("Principal element", principal, set(_PRINCIPALS))
    for kind, value in principal.items():
        found = texts(value)
        if not found:
            raise malformed(f"The {kind} principals must be a string or a list of strings.")
        for item in found:
            if not _PRINCIPALS[kind].fullmatch(item):
                raise malformed(f"The {kind} principal {item} is not valid.")


def _check_condition(condition: t.Any) -> None:
    if not isinstance(condition, dict):
        raise malformed("The Condition element must be a JSON object.")
    for operator, keys in condition.items():
        if operator not in OPERATORS:
            raise malformed(f"Unknown condition operator {operator}.")
        if not isinstance(keys, dict) or not keys:
            raise malformed(f"The condition operator {operator} must have condition keys.")
        for key, value in keys.items():
            if not re.fullmatch(r"[\w-]+:.+", key):
                raise malformed(f"The condition key {key} is not valid.")
            _check_values(operator, key, texts(value))


def _check_values(operator: str, key: str, values: list[str]) -> None:
    if not values:
        raise malformed(f"The condition key {key} must have a string or a list of strings.")
    if operator == "Bool" and (len(values) != 1 or values[0] not in ("true", "false")):
        raise malformed(f"The condition key {key} must have one Boolean value.")
    if operator.endswith("IpAddress"):
        for value in values:
            try:
                ipaddress.ip_network(value, strict=False)
            except ValueError:
                raise malformed(f"The condition key {key} must have IP addresses.") from None


def principals(document: dict[str, t.Any]) -> list[tuple[str, str]]:
    """Kind and name of every principal in a trust document that was parsed."""
    found = []
    for statement in document["Statement"]:
        for kind, value in statement["Principal"].items():
            found += [(kind, item) for item in texts(value)]
    return found
