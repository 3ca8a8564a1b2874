# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Policy wildcards: C(*) is any text, the empty one included; C(?) is any one character."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

_WILDCARDS = re.compile(r"[*?]{2,}")
#: Characters that no policy contains: they stand for "whatever the wildcard matches".
_FRESH = "\ue000"


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


def witnesses(pattern: str, longest: int) -> Iterator[str]:
    """Texts that a pattern matches and that tell it apart from other patterns.

    Its wildcards are filled with characters that no policy contains, each C(*) once empty and once longer than the ``longest``
    run of C(?) that another pattern has. Two unions of patterns that match the same witnesses of all their members match the
    same texts.
    """
    fillings = [_FRESH * length for length in range(longest + 2)]
    parts = pattern.replace("?", _FRESH).split("*")
    stars = len(parts) - 1
    # Real policies have few wildcards in a pattern; where there are many, all of them take the same filling.
    choices: Iterable[tuple[str, ...]] = (
        itertools.product(fillings, repeat=stars) if len(fillings) ** stars <= 256 else ((filling,) * stars for filling in fillings)
    )
    for choice in choices:
        yield parts[0] + "".join(filling + part for filling, part in zip(choice, parts[1:], strict=True))
