# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The same work on many items at once, with a bound on how many run together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Generic, TypeVar

from ._errors import RegistryError
from ._policy.document import PolicyError

Item = TypeVar("Item")
Result = TypeVar("Result")


class Done(Generic[Result]):
    """What became of one item: its ``result``, or its ``error``, or neither when it was not begun."""

    def __init__(self, result: Result | None = None, error: RegistryError | PolicyError | None = None) -> None:
        self.result = result
        self.error = error


def fan_out(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    workers: int,
    stop_on_error: bool = False,
    on_done: Callable[[], None] | None = None,
) -> list[Done[Result]]:
    """Runs ``work`` on every item, at most ``workers`` at a time; the results are in the order of the items.

    Errors that a user can act on are kept per item, all others are raised. With ``stop_on_error`` no further item is begun after
    the first error. ``on_done`` is called after each item, from the thread that did it.
    """
    stopped = Event()

    def one(item: Item) -> Done[Result]:
        if stopped.is_set():
            return Done()
        try:
            return Done(result=work(item))
        except (RegistryError, PolicyError) as error:
            if stop_on_error:
                stopped.set()
            return Done(error=error)
        finally:
            if on_done:
                on_done()

    if len(items) < 2:
        return [one(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(workers, len(items))) as pool:
        return list(pool.map(one, items))
