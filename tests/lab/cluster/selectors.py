# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Label and field selectors."""

from __future__ import annotations

import re
import typing as t

from .errors import Refused

IN = re.compile(r"\s*([^\s,!=()]+)\s+(in|notin)\s+\(([^)]*)\)\s*")
EQUALS = re.compile(r"\s*([^\s,!=()]+)\s*(==|=|!=)\s*([^\s,!=()]*)\s*")
EXISTS = re.compile(r"\s*(!?)\s*([^\s,!=()]+)\s*")
Test = t.Callable[[t.Mapping[str, t.Any]], bool]


def _one_of(key: str, values: t.Collection[str], wanted: bool) -> Test:
    # A label that is not there is none of the values.
    return lambda labels: (labels.get(key) in values) == wanted


def _is_there(key: str, wanted: bool) -> Test:
    return lambda labels: (key in labels) == wanted


def label_tests(text: str) -> list[Test]:
    """What labels have to satisfy, all of it; raises Refused for what is no selector."""
    found: list[Test] = []
    for part in re.split(r",(?![^(]*\))", text) if text.strip() else []:
        if match := IN.fullmatch(part):
            values = {value.strip() for value in match[3].split(",")}
            found.append(_one_of(match[1], values, match[2] == "in"))
        elif match := EQUALS.fullmatch(part):
            found.append(_one_of(match[1], {match[3]}, match[2] != "!="))
        elif match := EXISTS.fullmatch(part):
            found.append(_is_there(match[2], not match[1]))
        else:
            raise Refused(400, f'unable to parse requirement: found "{part}"')
    return found


def field_tests(text: str) -> list[Test]:
    """The same for fields of an object."""
    found: list[Test] = []
    for part in text.split(",") if text.strip() else []:
        match = EQUALS.fullmatch(part)
        if match is None:
            raise Refused(400, f"invalid selector: '{part}'; can't understand '{part}'")
        found.append(_field(match[1].split("."), match[3], match[2] != "!="))
    return found


def _field(path: list[str], value: str, wanted: bool) -> Test:
    def test(thing: t.Mapping[str, t.Any]) -> bool:
        found: t.Any = thing
        for name in path:
            found = found.get(name, "") if isinstance(found, dict) else ""
        return (str(found) == value) == wanted

    return test
