# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Concurrent writers: somebody else's call, right before or right after a call of the client."""

from __future__ import annotations

import dataclasses
import threading
import typing as t

from .call import Call
from .faults import concerns
from .operations import on_reset


@dataclasses.dataclass
class Writer:
    """Before or after the next `times` calls that match, `write_*` is done as the administrator of the account."""

    when: str
    operation: str
    write_service: str
    write_operation: str
    write_parameters: dict[str, t.Any]
    service: str = ""
    resource: str = ""
    account: str = ""
    times: int = 1
    skip: int = 0


_LOCK = threading.Lock()
_WRITERS: list[Writer] = []


@on_reset
def forget() -> None:
    with _LOCK:
        _WRITERS.clear()


def schedule(writer: Writer) -> None:
    with _LOCK:
        _WRITERS.append(writer)


def waiting() -> list[Writer]:
    with _LOCK:
        return list(_WRITERS)


def due(when: str, call: Call) -> list[Writer]:
    """The writers whose moment this is."""
    if call.internal or not _WRITERS:
        return []
    found = []
    with _LOCK:
        for writer in list(_WRITERS):
            if writer.when == when and concerns(writer, call):
                if writer.skip:
                    writer.skip -= 1
                    continue
                found.append(writer)
                writer.times -= 1
                if writer.times <= 0:
                    _WRITERS.remove(writer)
    return found
