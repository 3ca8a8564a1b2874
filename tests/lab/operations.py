# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place where behaviour is attached to an operation.

`own(service, operation)`: the function answers the call; what it returns is the result as boto3 would show it.
`before(service, operation)`: the function may refuse the call, or change the state that moto is about to read.
`after(service, operation)`: the function runs when the call succeeded; it gets the status, headers and body of the answer.
An operation of "*" means every operation of the service. What is not `own` goes to moto.
"""

from __future__ import annotations

import collections
import typing as t

from .call import Call

Own = t.Callable[[Call], "dict[str, t.Any] | None"]
Before = t.Callable[[Call], None]
After = t.Callable[[Call, t.Any], None]

OWN: dict[tuple[str, str], Own] = {}
BEFORE: dict[tuple[str, str], list[Before]] = collections.defaultdict(list)
AFTER: dict[tuple[str, str], list[After]] = collections.defaultdict(list)
ON_RESET: list[t.Callable[[], None]] = []

_RESETS = [0]


def own(service: str, operation: str) -> t.Callable[[Own], Own]:
    def register(function: Own) -> Own:
        OWN[(service, operation)] = function
        return function

    return register


def before(service: str, *operations: str) -> t.Callable[[Before], Before]:
    def register(function: Before) -> Before:
        for operation in operations:
            BEFORE[(service, operation)].append(function)
        return function

    return register


def after(service: str, *operations: str) -> t.Callable[[After], After]:
    def register(function: After) -> After:
        for operation in operations:
            AFTER[(service, operation)].append(function)
        return function

    return register


def on_reset(function: t.Callable[[], None]) -> t.Callable[[], None]:
    """The function empties what its file remembers, when the lab is reset."""
    ON_RESET.append(function)
    return function


def forget_everything() -> None:
    """Empty what every file remembers; calls that are under way belong to the lab as it was, and are not to touch the new one."""
    _RESETS[0] += 1
    for forget in ON_RESET:
        forget()


def resets() -> int:
    """How often the lab was reset."""
    return _RESETS[0]


def hooks(table: dict[tuple[str, str], list[t.Any]], service: str, operation: str) -> list[t.Any]:
    return table.get((service, operation), []) + table.get((service, "*"), [])
