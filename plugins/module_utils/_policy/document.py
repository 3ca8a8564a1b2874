# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Policy documents: reading, checking, the meaning of a statement, and text.

A statement is kept as it was written (a dict), because foreign statements must not be re-spelled.
What it means, whatever its spelling, is a L(Meaning).
Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from .dialect import AWS, Dialect
from .patterns import widest
from .principals import as_list, canonical_principals, typed_principals

#: A statement as written.
RawStatement = dict[str, Any]

_PAIRS = (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))
#: Every element that a statement can have in any dialect, in the order in which they are shown.
_ELEMENTS = AWS.elements
#: Condition keys whose values are account ids.
_ACCOUNT_KEYS = ("aws:sourceaccount", "aws:principalaccount", "aws:resourceaccount", "kms:calleraccount")
#: Marks a C(${...}) that is plain text; no policy contains this character.
LITERAL = "\ue100"
#: Wildcard characters inside of a variable, as in C(${*}), are no wildcards; no policy contains their stand-ins.
_NO_WILDCARD = {ord("*"): "\ue101", ord("?"): "\ue102"}
_WRITTEN = {ord(LITERAL): "", 0xE101: "*", 0xE102: "?"}
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]+)(?:\.(?P<fraction>[0-9]*))?")
_ANY: tuple[bool, frozenset[str]] = (False, frozenset({"*"}))


class PolicyError(ValueError):
    """A policy document or statement that cannot be used; the text says where and why."""


@dataclass(frozen=True)
class Meaning:
    """What a statement says, independent of its spelling and of its Sid.

    ``principal``, ``action`` and ``resource`` are (negated, members). ``principal`` is None where the statement names none
    (identity policies). ``condition`` holds (operator, key, values) and all of them must be met.
    In documents too old for policy variables the C($) of a literal C(${...}) is followed by LITERAL.
    ``other`` is the JSON text of elements that this core does not know.
    """

    effect: str
    principal: tuple[bool, frozenset[str]] | None
    action: tuple[bool, frozenset[str]]
    resource: tuple[bool, frozenset[str]]
    condition: frozenset[tuple[str, str, frozenset[str]]]
    other: str = ""


@dataclass(frozen=True)
class Policy:
    """A policy document: its statements as written, and what stands beside them (C(Version), C(Id))."""

    statements: tuple[RawStatement, ...] = ()
    version: str | None = None
    other: Mapping[str, Any] = field(default_factory=dict)
    dialect: Dialect = AWS

    def meaning(self, statement: RawStatement) -> Meaning:
        """What one of this document's statements means."""
        return meaning_of(statement, self.dialect, self.version)

    def as_dict(self) -> dict[str, Any]:
        """The document as plain data, ready for JSON."""
        version = {} if self.version is None else {"Version": self.version}
        return {**version, **self.other, "Statement": list(self.statements)}

    def text(self) -> str:
        """The document as the shortest JSON text: no white space outside of strings."""
        return json.dumps(self.as_dict(), separators=(",", ":"), ensure_ascii=False)


def sid_of(statement: Mapping[str, Any]) -> str | None:
    """The Sid of a statement; None when it has none or, as the IAM console writes, an empty one."""
    return str(statement["Sid"]) if statement.get("Sid") not in (None, "") else None


def label_of(statement: Mapping[str, Any], position: int) -> str:
    """How messages call a statement: its Sid, else its place in the document, counted from 1."""
    return sid_of(statement) or f"#{position + 1}"


def parse(source: Any, dialect: Dialect = AWS, strict: bool = False) -> Policy:
    """Reads a policy document.

    ``source`` is JSON text, a mapping, a list of one mapping, or nothing (None, empty text, ``{}``), which is a document
    without statements. ``strict`` is for documents that somebody wants to have: each statement is checked.
    Documents that a service returned are read as they are, so that nothing foreign is refused.

    Raises PolicyError.
    """
    data = _load(source)
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if data is None:
        return Policy(dialect=dialect)
    if not isinstance(data, Mapping):
        raise PolicyError(f"a policy document is a JSON object, this one is a {_type_name(data)}")
    if "Statement" not in data and "Effect" in data:
        # Read as a document, it would have no statements, and equal any other that has none.
        raise PolicyError("this is a statement and no policy document; give {Version: ..., Statement: [...]} with it in the list")
    statements = data.get("Statement")
    statements = [statements] if isinstance(statements, Mapping) else as_list(statements)
    for position, statement in enumerate(statements):
        if not isinstance(statement, Mapping):
            raise PolicyError(f"statement #{position + 1} is a {_type_name(statement)}, it must be a JSON object")
    version = data.get("Version")
    policy = Policy(
        statements=tuple(dict(statement) for statement in statements),
        version=None if version is None else str(version),
        other={key: value for key, value in data.items() if key not in ("Version", "Statement")},
        dialect=dialect,
    )
    return replace(policy, statements=tuple(_checked_document(policy))) if strict else policy


def check_statements(statements: Iterable[Any], dialect: Dialect = AWS) -> list[RawStatement]:
    """Checks statements that somebody wants to have and returns them as plain dicts.

    Raises PolicyError that names the statement, the element, the reason and what to write instead.
    """
    checked = []
    sids: set[str] = set()
    for position, statement in enumerate(statements):
        if not isinstance(statement, Mapping):
            raise PolicyError(f"statement #{position + 1} is a {_type_name(statement)}, it must be a mapping")
        if not dialect.has_sids and statement.get("Sid", "") in (None, ""):
            statement = {key: value for key, value in statement.items() if key != "Sid"}
        try:
            _check_statement(statement, dialect)
        except PolicyError as error:
            raise PolicyError(f"statement {label_of(statement, position)}: {error}") from None
        sid = sid_of(statement)
        if sid in sids:
            raise PolicyError(f"statement {sid}: the Sid is used by more than one statement; Sids must be unique in a document")
        if sid:
            sids.add(sid)
        checked.append(dict(statement))
    return checked


def meaning_of(statement: Mapping[str, Any], dialect: Dialect = AWS, version: str | None = None) -> Meaning:
    """What a statement means; ``version`` is the version of the document that it stands in.

    A missing C(Resource) is the same as C("*"): it is only allowed where the document belongs to the resource itself.
    A C(Principal) that names nobody is the same as none.
    """
    principal = None
    for negated, element in enumerate(("Principal", "NotPrincipal")):
        if element in statement:
            members = canonical_principals(statement[element], dialect)
            principal = (bool(negated), members) if members or negated else None
    rest = {key: value for key, value in statement.items() if key not in _ELEMENTS}
    literal = (version or dialect.default_version) != dialect.variables_version
    return Meaning(
        effect=str(statement.get("Effect", "")).capitalize(),
        principal=principal,
        action=_members(statement, "Action", "NotAction", fold=True) or (False, frozenset()),
        resource=_members(statement, "Resource", "NotResource", fold=False, literal=literal) or _ANY,
        condition=canonical_condition(statement.get("Condition"), literal),
        other=json.dumps(rest, sort_keys=True, default=str) if rest else "",
    )


def same_meaning(left: Policy, right: Policy) -> bool:
    """Whether two documents have statements of the same meaning, in any order; Sids and duplicates do not count."""
    return {left.meaning(one) for one in left.statements} == {right.meaning(one) for one in right.statements}


def display(policy: Policy | None) -> str:
    """The document as text for people: sorted lists without duplicates, accounts as their ids, nothing that is empty.

    The common respellings of a statement give the same text, so that a diff shows what differs. The letter case of actions and
    condition keys stays as written, for people to read. Ends with a newline.
    """
    if policy is None:
        return ""
    shown = {**policy.as_dict(), "Statement": [_display_statement(statement, policy.dialect) for statement in policy.statements]}
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def has_variables(statement: Mapping[str, Any]) -> bool:
    """Whether a statement holds C(${...}), which is a policy variable or plain text, depending on the document's version."""
    return "${" in json.dumps([statement.get(element) for element in ("Resource", "NotResource", "Condition")], default=str)


def canonical_condition(condition: Any, literal: bool = False) -> frozenset[tuple[str, str, frozenset[str]]]:
    """A C(Condition) element as a set of (operator, key, values).

    ``literal`` says that C(${...}) is plain text. Operators and keys are compared without regard to letter case.
    What cannot be read as conditions becomes one requirement that nothing else equals, never no requirement.
    C(ArnEquals) and C(ArnLike) behave identically:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    if condition in (None, "", []):
        return frozenset()
    if not isinstance(condition, Mapping) or not all(isinstance(keys, Mapping) for keys in condition.values()):
        return frozenset({("malformed", "", frozenset({json.dumps(condition, sort_keys=True, default=str)}))})
    return frozenset(
        (
            _canonical_operator(operator),
            str(key).lower(),
            frozenset(_marked(_canonical_value(operator, value), literal) for value in as_list(values)),
        )
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


# -- reading ---------------------------------------------------------------------------------------------------------


def _load(source: Any) -> Any:
    """The document as plain data; None for those that hold nothing."""
    try:
        data = bytes(source).decode("utf-8") if isinstance(source, (bytes, bytearray)) else source
        if isinstance(data, str):
            data = json.loads(data, object_pairs_hook=_object_without_duplicates) if data.strip() else None
    except json.JSONDecodeError as error:
        raise PolicyError(f"the policy document is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError as error:
        raise PolicyError(f"the policy document is not UTF-8 text: {error.reason} at byte {error.start + 1}") from None
    except RecursionError:
        raise PolicyError("the policy document is nested too deeply to be a policy") from None
    return None if data in ("", [], {}) else data


def _object_without_duplicates(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise PolicyError(f"the policy document has the key '{key}' twice in one object; only the last one would count")
        result[key] = value
    return result


def _type_name(value: Any) -> str:
    names = {"dict": "mapping", "list": "list", "str": "text", "int": "number", "float": "number", "bool": "boolean", "NoneType": "null"}
    return names.get(type(value).__name__, type(value).__name__)


# -- checking --------------------------------------------------------------------------------------------------------


def _checked_document(policy: Policy) -> list[RawStatement]:
    if policy.version is not None and policy.version not in policy.dialect.versions:
        raise PolicyError(f"Version is '{policy.version}', it must be one of: {', '.join(policy.dialect.versions)}")
    unknown = sorted(set(policy.other) - set(policy.dialect.beside))
    if unknown:
        known = " and ".join([", ".join(("Version", *policy.dialect.beside)), "Statement"])
        raise PolicyError(f"the policy document has unknown elements: {', '.join(unknown)}; it may have {known}")
    return check_statements(policy.statements, policy.dialect)


def _check_statement(statement: Mapping[str, Any], dialect: Dialect) -> None:
    unknown = sorted(str(key) for key in statement if key not in dialect.elements)
    if unknown:
        raise PolicyError(f"unknown element {', '.join(unknown)}; a statement has {', '.join(dialect.elements)}")
    if statement.get("Sid") is not None and not isinstance(statement["Sid"], str):
        raise PolicyError(f"Sid is a {_type_name(statement['Sid'])}, it must be text")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise PolicyError(f"Effect is {statement.get('Effect')!r}, it must be 'Allow' or 'Deny', in this spelling")
    for plain, negated in _PAIRS:
        if plain in statement and negated in statement:
            raise PolicyError(f"{plain} and {negated} exclude each other")
    if "Action" not in statement and "NotAction" not in statement:
        raise PolicyError("Action (or NotAction) is missing")
    for element in ("Action", "NotAction", "Resource", "NotResource"):
        if element in statement:
            _check_texts(element, statement[element])
    for element in ("Principal", "NotPrincipal"):
        if element in statement:
            _check_principal(element, statement[element], dialect)
    condition = statement.get("Condition")
    if condition is not None and not (isinstance(condition, Mapping) and all(isinstance(keys, Mapping) for keys in condition.values())):
        raise PolicyError("Condition must map operators to keys to values, as in {'StringEquals': {'aws:SourceAccount': '111122223333'}}")
    for operator, keys in (condition or {}).items():
        for key, values in keys.items():
            accounts = str(key).lower() in _ACCOUNT_KEYS and str(operator).lower() != "null"
            _check_condition_values(f"Condition {operator} {key}", accounts, values, dialect)


def _check_condition_values(where: str, accounts: bool, values: Any, dialect: Dialect) -> None:
    for value in [None] if values is None else as_list(values):
        if accounts and (not isinstance(value, str) or (value.isdigit() and not dialect.account_id.fullmatch(value))):
            raise PolicyError(f"{where} has {value!r}; {dialect.account_id_help}")
        if not isinstance(value, (str, int, float)):
            raise PolicyError(f"{where} has {value!r}, it must be text, a number or a boolean")
        if dialect.text_only and not isinstance(value, str):
            raise PolicyError(f"{where} has {value!r}; numbers and booleans are written in quotes, as '{str(value).lower()}'")


def _check_texts(element: str, value: Any) -> None:
    items = as_list(value)
    if not items:
        raise PolicyError(f"{element} is empty")
    for item in items:
        if not isinstance(item, str) or not item:
            raise PolicyError(f"{element} has {item!r}, it must be text")


def _check_principal(element: str, value: Any, dialect: Dialect) -> None:
    if isinstance(value, str):
        if value != "*":
            typed = f'{{"{dialect.identity_type}": "{value}"}}'
            raise PolicyError(f'{element} is "{value}"; as plain text it can only be "*", otherwise write {typed}')
        return
    if not isinstance(value, Mapping):
        raise PolicyError(f"{element} is a {_type_name(value)}, it must map a type ({', '.join(dialect.principal_types)}) to principals")
    if not any(as_list(values) for values in value.values()):
        raise PolicyError(f"{element} names nobody")
    for kind, values in value.items():
        if kind not in dialect.principal_types:
            raise PolicyError(f"{element} has the type {kind!r}, it must be one of: {', '.join(dialect.principal_types)}")
        for item in as_list(values):
            if not isinstance(item, str):
                raise PolicyError(f"{element} has {item!r}, a {_type_name(item)}; {dialect.account_id_help}")
            if not item:
                raise PolicyError(f"{element} has an empty text under {kind}")
            if kind == dialect.identity_type:
                _check_identity(element, item, dialect)


def _check_identity(element: str, item: str, dialect: Dialect) -> None:
    if item == "*" or dialect.account_id.fullmatch(item) or dialect.account_root.fullmatch(item) or dialect.member_arn.fullmatch(item):
        return
    if dialect.orphan and dialect.orphan.fullmatch(item):
        raise PolicyError(f"{element} has {item}, the unique id of a deleted role or user; name the role or user by its ARN")
    if item.isdigit():
        raise PolicyError(f"{element} has {item!r}; {dialect.account_id_help}")
    if "*" in item or "?" in item:
        raise PolicyError(f"{element} has {item!r}; an ARN with a wildcard is not a principal, {dialect.narrowing}")
    raise PolicyError(f"{element} has {item!r}, which is no account id and no ARN of an account root, role, user or session")


# -- meaning ---------------------------------------------------------------------------------------------------------


def _members(
    statement: Mapping[str, Any], plain: str, negated: str, fold: bool, literal: bool = False
) -> tuple[bool, frozenset[str]] | None:
    for is_negated, element in ((False, plain), (True, negated)):
        if element in statement:
            return is_negated, _texts(tuple(_marked(str(item), literal) for item in as_list(statement[element])), fold)
    return None


def _marked(text: str, literal: bool) -> str:
    if "${" not in text:
        return text
    return text.replace("${", "$" + LITERAL + "{") if literal else _VARIABLE.sub(lambda found: found.group().translate(_NO_WILDCARD), text)


def as_written(text: str) -> str:
    """A text of a Meaning without the marks that it carries where C(${...}) stands."""
    return text.translate(_WRITTEN)


@lru_cache(maxsize=1024)
def _texts(items: tuple[str, ...], fold: bool) -> frozenset[str]:
    """Actions (``fold``) or resources as the smallest set of patterns; C(*:*) is C(*)."""
    texts = (item.lower() if fold else item for item in items)
    return widest("*" if fold and item == "*:*" else item for item in texts)


@lru_cache(maxsize=1024)
def _canonical_operator(operator: str) -> str:
    return str(operator).lower().replace("arnequals", "arnlike").replace("arnnotequals", "arnnotlike")


def _canonical_value(operator: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    kind = str(operator).lower().rpartition(":")[2].removesuffix("ifexists")
    if kind in ("bool", "null"):
        return text.lower()
    if kind.startswith("numeric"):
        return _canonical_number(text)
    if kind in ("ipaddress", "notipaddress"):
        return _canonical_network(text)
    if kind.endswith("ignorecase"):
        return text.lower()
    return text


def _canonical_number(text: str) -> str:
    """A number without the zeros that do not count; other texts, numbers with exponents among them, as they are."""
    number = _NUMBER.fullmatch(text)
    if not number:
        return text
    sign, whole, fraction = number["sign"], number["whole"].lstrip("0") or "0", (number["fraction"] or "").rstrip("0")
    size = f"{whole}.{fraction}" if fraction else whole
    return f"-{size}" if sign == "-" and size != "0" else size


def _canonical_network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return text


# -- display ---------------------------------------------------------------------------------------------------------


def _display_statement(statement: RawStatement, dialect: Dialect) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for element in _ELEMENTS:
        value = statement.get(element)
        if value in (None, "", [], {}):
            continue
        if element in ("Principal", "NotPrincipal"):
            shown[element] = _display_principal(value, dialect)
        elif element == "Condition" and isinstance(value, Mapping):
            shown[element] = {
                operator: {key: sorted({_canonical_value(operator, item) for item in as_list(keys[key])}) for key in sorted(keys, key=str)}
                if isinstance(keys, Mapping)
                else keys
                for operator, keys in sorted(value.items())
            }
        elif element in ("Sid", "Effect"):
            shown[element] = value
        elif element in ("Action", "NotAction"):
            shown[element] = sorted({str(item).lower(): str(item) for item in as_list(value)}.values(), key=str.lower)
        else:
            shown[element] = sorted({str(item) for item in as_list(value)})
    return {**shown, **{key: value for key, value in statement.items() if key not in _ELEMENTS}}


def _display_principal(principal: Any, dialect: Dialect) -> Any:
    groups: dict[str, set[str]] = {}
    for kind, value in typed_principals(principal, dialect):
        root = dialect.account_root.fullmatch(value) if kind == dialect.identity_type else None
        groups.setdefault(kind, set()).add(root.group("account") if root else value)
    return {kind: sorted(values) for kind, values in sorted(groups.items())}
