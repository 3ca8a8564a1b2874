# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same work on many items at once."""

from __future__ import annotations

import threading
import time

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._fanout import fan_out


def test_results_are_in_the_order_of_the_items() -> None:
    def work(number: int) -> int:
        time.sleep(0.001 * (10 - number))
        return number * 2

    assert [done.result for done in fan_out(work, range(10), 4)] == [number * 2 for number in range(10)]


def test_no_more_than_so_many_run_at_once() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def work(_item: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.005)
        with lock:
            running -= 1

    fan_out(work, range(20), 3)
    assert most == 3


@pytest.mark.parametrize("items", [0, 1])
def test_few_items_need_no_threads(items: int) -> None:
    assert [done.result for done in fan_out(lambda _item: threading.current_thread(), range(items), 16)] == [
        threading.main_thread()
    ] * items


@pytest.mark.parametrize(("stop", "expected"), [(False, [0, "three", 2, 3]), (True, [0, "three", None, None])])
def test_errors_are_kept_per_item(stop: bool, expected: list[object]) -> None:
    counted: list[int] = []

    def work(item: int) -> int:
        if item == 1:
            raise RegistryError("three")
        return item

    done = fan_out(work, range(4), 1, stop_on_error=stop, on_done=lambda: counted.append(1))
    assert [str(one.error) if one.error else one.result for one in done] == expected
    assert len(counted) == sum(one is not None for one in expected), "only what was begun is counted"


def test_errors_that_nobody_expects_are_not_swallowed() -> None:
    def work(item: int) -> float:
        return 1 / item

    with pytest.raises(ZeroDivisionError):
        fan_out(work, [1, 0, 1], 2)
