# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Condition operators of IAM policies (IAM user guide: "IAM JSON policy elements: Condition operators")."""

from __future__ import annotations

import datetime
import ipaddress
import re
import typing as t

from .documents import wildcard

Context = t.Mapping[str, "list[str]"]

VARIABLE = re.compile(r"\$\{([^}]*)\}")
ESCAPES = {"*": "*", "?": "?", "$": "$"}


class Unresolved(Exception):
    """A policy variable has no value in this request, and no default."""


def fill_variables(text: str, context: Context, literal: t.Callable[[str], str] = lambda value: value) -> str:
    """Replace ${key} and ${key, 'default'}; ${*}, ${?} and ${$} stand for the characters themselves."""

    def replace(match: re.Match[str]) -> str:
        inner = match.group(1).strip()
        if inner in ESCAPES:
            return literal(ESCAPES[inner])
        key, comma, default = inner.partition(",")
        values = context.get(key.strip().lower())
        if values and len(values) == 1:
            return literal(values[0])
        if comma:
            return literal(default.strip().strip("'"))
        raise Unresolved(key)

    return VARIABLE.sub(replace, text)


def pattern_for(text: str, context: Context | None, ignore_case: bool = False) -> re.Pattern[str]:
    """A wildcard pattern with variables filled in; characters that come from a variable are no wildcards."""
    if context is None or "${" not in text:
        return wildcard(text, ignore_case)
    pieces: list[str] = []

    def keep(value: str) -> str:
        pieces.append(value)
        return f"\0{len(pieces) - 1}\0"

    filled = fill_variables(text, context, keep)
    source = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in filled)
    for number, piece in enumerate(pieces):
        source = source.replace(re.escape(f"\0{number}\0"), re.escape(piece))
    return re.compile(source, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _text(value: str, context: Context | None) -> str:
    return value if context is None or "${" not in value else fill_variables(value, context)


def _number(test: t.Callable[[float, float], bool]) -> t.Callable[[str, str, Context | None], bool]:
    def compare(actual: str, wanted: str, context: Context | None) -> bool:
        try:
            return test(float(actual), float(_text(wanted, context)))
        except ValueError:
            return False

    return compare


def _moment(text: str) -> float:
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    value = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (value if value.tzinfo else value.replace(tzinfo=datetime.UTC)).timestamp()


def _date(test: t.Callable[[float, float], bool]) -> t.Callable[[str, str, Context | None], bool]:
    def compare(actual: str, wanted: str, context: Context | None) -> bool:
        try:
            return test(_moment(actual), _moment(_text(wanted, context)))
        except ValueError:
            return False

    return compare


def _arn(actual: str, wanted: str, context: Context | None) -> bool:
    # Each of the six parts of an ARN is compared for itself: a * does not reach over a colon, except in the last part.
    have, want = actual.split(":", 5), wanted.split(":", 5)
    if wanted == "*":
        return True
    if len(have) != 6 or len(want) != 6:
        return False
    return all(pattern_for(w, context).fullmatch(h) is not None for h, w in zip(have, want, strict=True))


def _address(actual: str, wanted: str, context: Context | None) -> bool:
    try:
        return ipaddress.ip_address(actual) in ipaddress.ip_network(_text(wanted, context), strict=False)
    except ValueError:
        return False


def _like(actual: str, wanted: str, context: Context | None) -> bool:
    return pattern_for(wanted, context).fullmatch(actual) is not None


OPERATORS: dict[str, t.Callable[[str, str, Context | None], bool]] = {
    "stringequals": lambda a, w, c: a == _text(w, c),
    "stringequalsignorecase": lambda a, w, c: a.lower() == _text(w, c).lower(),
    "stringlike": _like,
    "numericequals": _number(lambda a, w: a == w),
    "numericlessthan": _number(lambda a, w: a < w),
    "numericlessthanequals": _number(lambda a, w: a <= w),
    "numericgreaterthan": _number(lambda a, w: a > w),
    "numericgreaterthanequals": _number(lambda a, w: a >= w),
    "dateequals": _date(lambda a, w: a == w),
    "datelessthan": _date(lambda a, w: a < w),
    "datelessthanequals": _date(lambda a, w: a <= w),
    "dategreaterthan": _date(lambda a, w: a > w),
    "dategreaterthanequals": _date(lambda a, w: a >= w),
    "bool": lambda a, w, c: a.lower() == _text(w, c).lower(),
    "binaryequals": lambda a, w, _c: a == w,
    "arnequals": _arn,
    "arnlike": _arn,
    "ipaddress": _address,
}
NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
}


def is_operator(name: str) -> bool:
    """Whether a name is a condition operator, with its prefix and suffix."""
    prefix, base, if_exists = _split(name)
    if base == "null":
        return not prefix and not if_exists  # Null asks for existence itself
    return base in OPERATORS or base in NEGATED


def _split(name: str) -> tuple[str, str, bool]:
    prefix, colon, base = name.lower().partition(":")
    if not colon:
        prefix, base = "", prefix
    elif prefix not in ("foranyvalue", "forallvalues"):
        return "", "?", False
    if base.endswith("ifexists"):
        return prefix, base[: -len("ifexists")], True
    return prefix, base, False


def condition_holds(operator: str, key: str, wanted: t.Sequence[str], context: Context, variables: bool = True) -> bool:
    """Whether one operator with one key and its values holds in a request's context (keys in lower case)."""
    prefix, base, if_exists = _split(operator)
    actual = context.get(key.lower())
    present = bool(actual)
    if base == "null":
        return any((value.lower() == "true") != present for value in wanted)
    if not present and prefix == "forallvalues":
        return True
    if not present and if_exists:
        return True
    fill = context if variables else None
    negated = base in NEGATED
    test = OPERATORS.get(NEGATED.get(base, base))
    if test is None:
        return False
    if not present:
        return negated and prefix != "foranyvalue"

    def matches(value: str) -> bool:
        hit = False
        for one in wanted:
            try:
                hit = hit or test(value, one, fill)
            except Unresolved:
                continue
        return hit != negated

    values = actual or []
    if prefix == "forallvalues":
        return all(matches(value) for value in values)
    if prefix == "foranyvalue":
        return any(matches(value) for value in values)
    # A single-valued operator on a key with many values: any may match, and a negated one needs all not to match.
    return all(matches(value) for value in values) if negated else any(matches(value) for value in values)
