# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Whether a text matches one of the patterns of a statement, in which policy variables may stand.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from .answers import NO, YES, Answer, some, unknown
from .document import as_written
from .patterns import tidy
from .request import Context

_VARIABLE = re.compile(r"\$\{\s*(?P<key>[^},]+?)\s*(?:,\s*'(?P<default>[^']*)'\s*)?\}")
#: Characters that are no wildcards, as a L(document.Meaning) writes them inside of variables.
_NO_WILDCARD = {ord("*"): "\ue101", ord("?"): "\ue102"}
#: C(${*}), C(${?}) and C(${$}) stand for these characters themselves:
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
_CHARACTERS = ("\ue101", "\ue102", "$")


class Texts:
    """The patterns of one element or requirement, made ready once.

    ``patterns`` are spelled as in a L(document.Meaning). ``wild`` says whether C(*) and C(?) are wildcards, ``fold`` that letter case
    does not count. ``arn`` is for patterns that are compared segment by segment.
    """

    def __init__(self, patterns: Iterable[str], wild: bool = True, fold: bool = False, arn: bool = False) -> None:
        spelled = [one if wild else one.translate(_NO_WILDCARD) for one in patterns]
        spelled = [one.lower() for one in spelled] if fold else spelled
        fixed = [one for one in spelled if not _VARIABLE.search(one)]
        source = _arn if arn else _glob
        sources = [source(one) for one in sorted(fixed) if _is_wild(one)]
        self._plain = frozenset(as_written(one) for one in fixed if not _is_wild(one))
        self._wild = re.compile("|".join(sources), re.DOTALL) if sources else None
        self._variable = tuple(sorted(set(spelled) - set(fixed)))
        self._fold = fold
        self._source = source
        #: Whether every text matches, and whether none does, whatever the request is.
        self.all = "*" in fixed
        self.none = not spelled

    def match(self, text: str, context: Context) -> Answer:
        """Whether a text matches one of the patterns in a request with this context."""
        if self._fold:
            text = text.lower()
        if text in self._plain or (self._wild and self._wild.fullmatch(text)):
            return YES
        if not self._variable:
            return NO
        return some(self._match_variable(pattern, text, context) for pattern in self._variable)

    def _match_variable(self, pattern: str, text: str, context: Context) -> Answer:
        filled, missing = substituted(pattern, context)
        if filled is None:
            return NO
        if self._fold:
            filled = filled.lower()
        if not missing:
            return YES if _matches(filled, text, self._source) else NO
        # Unknown variables left a C(*) here. What does not match now would match with no value of theirs.
        return unknown(missing, pattern, text, self._source, self._fold) if _matches(filled, text, _glob) else NO


def substituted(text: str, context: Context) -> tuple[str | None, frozenset[str]]:
    """A text with its policy variables replaced, and the unknown keys among them, which leave a C(*).

    None where a variable has no value and no default, so that the text matches nothing. Wildcard characters of values and defaults
    are written as characters that are no wildcards. A key with several values is none for a variable.
    """
    missing: set[str] = set()
    absent = False

    def replace(match: re.Match[str]) -> str:
        nonlocal absent
        key = match["key"].lower()
        if key in _CHARACTERS:
            return key
        values = context.get(key)
        if values is None:
            missing.add(key)
            return "*"
        if len(values) == 1:
            return values[0].translate(_NO_WILDCARD)
        absent = absent or match["default"] is None
        return match["default"] or ""

    filled = _VARIABLE.sub(replace, text)
    return (None if absent else filled), frozenset(missing)


def _is_wild(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def _matches(pattern: str, text: str, source: Callable[[str], str]) -> bool:
    if not _is_wild(pattern):
        return as_written(pattern) == text
    return _expression(source(pattern)).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _expression(source: str) -> re.Pattern[str]:
    return re.compile(source, re.DOTALL)


def _glob(pattern: str, character: str = ".") -> str:
    """A pattern as a regular expression; ``character`` is what a wildcard may stand for.

    A C(*) takes as little as leads to the text that follows it and never comes back for more, which could not help what comes after.
    So no pattern takes long.
    """
    first, *others = [character.join(re.escape(as_written(part)) for part in piece.split("?")) for piece in tidy(pattern).split("*")]
    if not others:
        return first
    middle = "".join(f"(?>{character}*?{piece})" for piece in others[:-1])
    return f"{first}{middle}{character}*{others[-1]}"


def _arn(pattern: str) -> str:
    """An ARN pattern as a regular expression: each of the six segments is compared for itself.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    segments = pattern.split(":", 5)
    if pattern == "*":
        return ".*"
    if len(segments) < 6:
        return "(?!)"
    return ":".join([*(_glob(segment, "[^:]") for segment in segments[:5]), _glob(segments[5])])
