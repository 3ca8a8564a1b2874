# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Whether a request meets a condition, as far as the request is known.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from .answers import NO, YES, Answer, every, opposite, some, unknown, unknown_key
from .document import as_written
from .request import Context
from .variables import Texts

#: One requirement of a condition in canonical form: (operator, key, values).
Requirement = tuple[str, str, frozenset[str]]
#: A requirement made ready: whether a request with this context meets it.
Test = Callable[[Context], Answer]
#: The values of a requirement made ready: whether a value of the request matches one of them.
Match = Callable[[str, Context], Answer]


def meets(condition: Iterable[Requirement], context: Context) -> Answer:
    """Whether the request meets all requirements of a condition, as L(document.Meaning) holds them."""
    return every(test_of(*requirement)(context) for requirement in condition)


@lru_cache(maxsize=4096)
def test_of(operator: str, key: str, values: frozenset[str]) -> Test:
    """The test for one requirement in canonical form. An operator that is not known gives a test whose answer is unknown."""
    if operator == "null":
        return _null(key, values)
    quantifier, _colon, base = operator.rpartition(":")
    plain = base.removesuffix("ifexists")
    if quantifier not in ("", "foranyvalue", "forallvalues") or plain not in _OPERATORS:
        answer = unknown({f"operator {operator}"}, key, values)
        return lambda _context: answer
    prepare, negated = _OPERATORS[plain]
    match = prepare(values)
    join = every if quantifier == "forallvalues" or (negated and not quantifier) else some
    # A key that the request lacks: negated operators match, as do those with IfExists and ForAllValues; ForAnyValue does not.
    met_when_absent = plain != base or quantifier == "forallvalues" or (negated and quantifier != "foranyvalue")
    when_absent = YES if met_when_absent else NO
    when_unknown = _unknown(key, plain, values, join is some, negated, met_when_absent)

    def test(context: Context) -> Answer:
        have = context.get(key)
        if have is None:
            return when_unknown
        if not have:
            return when_absent
        answers = (match(value, context) for value in have)
        return join(map(opposite, answers) if negated else answers)

    return test


def _unknown(key: str, plain: str, values: frozenset[str], by_some: bool, negated: bool, when_absent: bool) -> Answer:
    """The answer for a key of which nothing is known. ``by_some`` is for requirements that one value of the request meets."""
    when_present = None
    if not values:
        when_present = negated
    elif "*" in values and plain in ("stringlike", "stringnotlike", "arnlike", "arnnotlike"):
        when_present = not negated
    if when_present is when_absent:
        return YES if when_absent else NO
    # One value among those of the policy meets "some is" and fails "all are not"; one that is none of them, the other two.
    return unknown_key(key, when_absent, when_present, by_some, (by_some is not negated, plain.replace("not", "", 1), values))


def _null(key: str, values: frozenset[str]) -> Test:
    """C(Null): true asks for a key that the request lacks, false for one that it has."""
    when_absent, when_present = (YES if wanted in values else NO for wanted in ("true", "false"))
    when_unknown = when_absent if when_absent is when_present else unknown_key(key, "true" in values, "false" in values)

    def test(context: Context) -> Answer:
        have = context.get(key)
        if have is None:
            return when_unknown
        return when_present if have else when_absent

    return test


# -- texts: https://...elements_condition_operators.html#Conditions_String, Conditions_ARN ------------------------------


def _texts(wild: bool = False, fold: bool = False, arn: bool = False) -> Callable[[frozenset[str]], Match]:
    """Operators on texts. Only in those are policy variables replaced."""
    return lambda values: Texts(values, wild, fold, arn).match


# -- other values: a value of the policy that cannot be read could be anything, one of the request matches nothing -----


def _read(
    wanted_by: Callable[[str], Any], given_by: Callable[[str], Any], accept: Callable[[Any, Any], bool]
) -> Callable[[frozenset[str]], Match]:
    """Operators on other values. The first two read a value of the policy and of the request; they give None for what is none.

    ``accept`` compares both.
    """

    def prepare(values: frozenset[str]) -> Match:
        read = {value: wanted_by(value) for value in values}
        wanted = [one for one in read.values() if one is not None]
        unread = [value for value, one in read.items() if one is None]
        missing = frozenset(f"value {as_written(value)}" for value in unread)

        def match(value: str, _context: Context) -> Answer:
            given = given_by(value)
            if given is None:
                return NO
            if any(accept(one, given) for one in wanted):
                return YES
            return unknown(missing, wanted_by, accept, given) if missing else NO

        return match

    return prepare


def _truth(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


@lru_cache(maxsize=1024)
def _number(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?", text) else None


#: https://www.w3.org/TR/NOTE-datetime; a time without zone is taken for UTC.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?")


@lru_cache(maxsize=1024)
def _moment(text: str) -> Decimal | None:
    """A date, or seconds since 1970, as those seconds. Four digits, which may be a year or seconds, are not read.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
    """
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        return None if re.fullmatch(r"[0-9]{4}", text) else Decimal(text)
    if not _DATE.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text if len(text) > len("2026-11") else f"{text}-01")
    except ValueError:
        return None
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    return Decimal(since // timedelta(microseconds=1)) / 1_000_000


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def _same(wanted: Any, given: Any) -> bool:
    return bool(wanted == given)


def _ordered(prefix: str, read: Callable[[str], Decimal | None]) -> dict[str, tuple[Callable[[frozenset[str]], Match], bool]]:
    equal = _read(read, read, _same)
    return {
        f"{prefix}equals": (equal, False),
        f"{prefix}notequals": (equal, True),
        f"{prefix}lessthan": (_read(read, read, lambda wanted, given: bool(given < wanted)), False),
        f"{prefix}lessthanequals": (_read(read, read, lambda wanted, given: bool(given <= wanted)), False),
        f"{prefix}greaterthan": (_read(read, read, lambda wanted, given: bool(given > wanted)), False),
        f"{prefix}greaterthanequals": (_read(read, read, lambda wanted, given: bool(given >= wanted)), False),
    }


_in_network = _read(_network, _address, lambda wanted, given: given in wanted)

#: Canonical operator -> (what makes its values ready, whether it is the negated one).
_OPERATORS: Mapping[str, tuple[Callable[[frozenset[str]], Match], bool]] = {
    "stringequals": (_texts(), False),
    "stringnotequals": (_texts(), True),
    "stringequalsignorecase": (_texts(fold=True), False),
    "stringnotequalsignorecase": (_texts(fold=True), True),
    "stringlike": (_texts(wild=True), False),
    "stringnotlike": (_texts(wild=True), True),
    "arnlike": (_texts(wild=True, arn=True), False),
    "arnnotlike": (_texts(wild=True, arn=True), True),
    "bool": (_read(_truth, _truth, _same), False),
    "ipaddress": (_in_network, False),
    "notipaddress": (_in_network, True),
    "binaryequals": (_read(_bytes, _bytes, _same), False),
    **_ordered("numeric", _number),
    **_ordered("date", _moment),
}
