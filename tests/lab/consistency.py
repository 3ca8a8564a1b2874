# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Eventual consistency: what was written shows late. The window is 0 unless the fault profile is on."""

from __future__ import annotations

import threading
import time
import typing as t

from .operations import on_reset

# Permissions boundaries of users; moto keeps only those of roles.
USER_BOUNDARIES: dict[str, str] = {}

_LOCK = threading.Lock()
_WINDOW = [0.0]
_VISIBLE_FROM: dict[str, float] = {}
_OLD: dict[tuple[str, ...], tuple[float, t.Any]] = {}


@on_reset
def forget() -> None:
    with _LOCK:
        USER_BOUNDARIES.clear()
        _VISIBLE_FROM.clear()
        _OLD.clear()


def set_window(seconds: float) -> None:
    """How long writes stay unseen from now on; what is in flight becomes visible at once when it is 0."""
    with _LOCK:
        _WINDOW[0] = seconds
        if not seconds:
            _VISIBLE_FROM.clear()
            _OLD.clear()


def window() -> float:
    return _WINDOW[0]


def created(unique_id: str) -> None:
    """A role or user was created: other services learn of it when the window is over."""
    if _WINDOW[0]:
        with _LOCK:
            _VISIBLE_FROM[unique_id] = time.monotonic() + _WINDOW[0]


def is_visible(unique_id: str) -> bool:
    return _VISIBLE_FROM.get(unique_id, 0.0) <= time.monotonic()


def replaced(key: tuple[str, ...], old: t.Any) -> None:
    """A document is about to be replaced: readers see `old` until the window is over. The first old value of a window stays."""
    if not _WINDOW[0]:
        return
    with _LOCK:
        now = time.monotonic()
        until, kept = _OLD.get(key, (0.0, None))
        _OLD[key] = (now + _WINDOW[0], kept if until > now else old)


def gone(key: tuple[str, ...]) -> None:
    """What the document belonged to was deleted: one of the same name that comes after it starts without a past."""
    with _LOCK:
        _OLD.pop(key, None)


def stale(key: tuple[str, ...], current: t.Any) -> t.Any:
    """What a reader sees: the old value inside the window, else the current one."""
    until, old = _OLD.get(key, (0.0, None))
    return old if until > time.monotonic() else current


def visible_policies(unique_id: str, current: list[str]) -> list[str]:
    """The identity policies that are in effect: a new role has none for a while, changed ones come into effect late."""
    if not is_visible(unique_id):
        return []
    return t.cast("list[str]", stale(("identity", unique_id), current))
