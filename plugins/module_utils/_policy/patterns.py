# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Policy wildcards: C(*) is any text, the empty one included; C(?) is any one character."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

_WILDCARDS = re.compile(r"[*?]{2,}")
#: A character that no policy contains: it stands for every character that the patterns do not name.
_FRESH = "\ue000"
MOST_STATES = 5_000


def tidy(pattern: str) -> str:
    """The one spelling of a pattern: in each run of wildcards the C(?) come first and one C(*) is enough."""
    return _WILDCARDS.sub(lambda run: "?" * run.group().count("?") + "*" * ("*" in run.group()), pattern)


@lru_cache(maxsize=8192)
def covers(general: str, specific: str) -> bool:
    """Whether everything that the tidy pattern ``specific`` matches is also matched by ``general``.

    A text without wildcards is a pattern that matches itself, so this is also the test for a plain match.
    """
    if general == specific or general == "*":
        return True
    at, star, resume, position = 0, -1, 0, 0
    while position < len(specific):
        symbol = specific[position]
        if at < len(general) and general[at] == "*":
            star, resume = at, position
            at += 1
        elif at < len(general) and symbol != "*" and general[at] in ("?", symbol):
            at += 1
            position += 1
        elif star >= 0:
            resume += 1
            at, position = star + 1, resume
        else:
            return False
    return general[at:].strip("*") == ""


def widest(patterns: Iterable[str]) -> frozenset[str]:
    """The patterns, tidied, less those that another one of them covers: the same union in the fewest members."""
    tidied = frozenset(tidy(pattern) for pattern in patterns)
    if len(tidied) < 2 or not any("*" in pattern or "?" in pattern for pattern in tidied):
        return tidied
    wild = [pattern for pattern in tidied if "*" in pattern or "?" in pattern]
    return frozenset(pattern for pattern in tidied if not any(other != pattern and covers(other, pattern) for other in wild))


@lru_cache(maxsize=256)
def specimens(patterns: frozenset[str]) -> tuple[str, ...]:
    """Texts that stand for all texts: for each set of the patterns that some text matches exactly, one such text.

    All patterns run side by side over all texts, so that overlaps (C(a*) and C(*b) share C(ab)) are found too. A state is a
    number with one bit for each place in a pattern that the text has reached. Where there are more than MOST_STATES of them,
    which takes dozens of patterns with a C(*) in the middle, the texts found by then have to do, with some more for each pattern.
    """
    leads: list[str] = []  # the symbol that leads to each bit
    after: dict[str, int] = {}  # symbol -> the bits that it leads to
    first = last = stay = 0
    for pattern in sorted(patterns):
        first |= 1 << len(leads)
        leads.append("")
        for symbol in pattern:
            if symbol == "*":
                stay |= 1 << (len(leads) - 1)
            else:
                after[symbol] = after.get(symbol, 0) | 1 << len(leads)
                leads.append(symbol)
        last |= 1 << (len(leads) - 1)
    by_any = after.pop("?", 0)
    by_name = sum(after.values())
    found: dict[int, str] = {}
    reached = {first}
    states = [(first, "")]
    at = 0
    while at < len(states):
        state, text = states[at]
        at += 1
        found.setdefault(state & last, text)
        if len(states) > MOST_STATES:
            continue
        ahead = state << 1
        for symbol in [_FRESH, *sorted({leads[bit] for bit in _bits(ahead & by_name)})]:
            following = (ahead & (by_any | after.get(symbol, 0))) | (state & stay)
            if following not in reached:
                reached.add(following)
                states.append((following, text + symbol))
    if len(states) <= MOST_STATES:
        return tuple(found.values())
    longest = max(pattern.count("?") for pattern in patterns) + 1
    plain = (one.replace("?", _FRESH).replace("*", _FRESH * length) for one in sorted(patterns) for length in range(longest + 1))
    return tuple(dict.fromkeys([*found.values(), *plain]))


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
