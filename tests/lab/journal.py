# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was asked of the lab, so that tests can count calls and prove that nothing was written."""

from __future__ import annotations

import collections
import itertools
import operator
import threading
import time
import typing as t

from .call import Call
from .operations import on_reset, resets

HIDDEN = {"SecretString", "SecretBinary", "layerPartBlob", "Plaintext", "CiphertextBlob"}
READS = ("Get", "List", "Describe", "Batch", "Validate", "Lookup", "Simulate")
NO_WRITES = {"AssumeRole", "AssumeRoleWithWebIdentity", "DecodeAuthorizationMessage", "BatchDeleteImage"}

_LOCK = threading.Lock()
# Bounded, so that a lab that runs for days does not fill the memory.
# (place, entry): a place is given when a call takes effect, an entry is made when it has ended.
_ENTRIES: collections.deque[tuple[int, dict[str, t.Any]]] = collections.deque(maxlen=200_000)
_PLACES = itertools.count()


@on_reset
def clear() -> None:
    with _LOCK:
        _ENTRIES.clear()


def is_write(operation: str) -> bool:
    """Whether an operation changes anything (asking STS for a session does not)."""
    if operation == "BatchDeleteImage":
        return True
    return operation not in NO_WRITES and not operation.startswith(READS)


def next_place() -> tuple[int, float]:
    """The place in the order of calls, and the time, for a call that is being executed now."""
    return next(_PLACES), time.time()


def record(call: Call, status: int | None, error: str | None, executed: bool, milliseconds: float) -> None:
    """Note one call: `status` is None when the connection was closed, `executed` says whether it took effect all the same."""
    caller = call.caller
    place, moment = call.place or next_place()
    entry = {
        "time": moment,
        "account": call.account,
        "caller": caller.arn if caller else None,
        "caller_account": caller.account if caller else None,
        "service": call.service,
        "operation": call.operation,
        "region": call.region,
        "needs": [list(pair) for pair in call.needs],
        "parameters": {key: "(hidden)" if key in HIDDEN else _plain(value) for key, value in call.parameters.items()},
        "write": is_write(call.operation),
        "status": status,
        "error": error,
        "executed": executed,
        "writer": call.internal,
        "request_id": call.request_id,
        "milliseconds": round(milliseconds, 3),
    }
    with _LOCK:
        if call.resets == resets():  # a call that ends after a reset is no call of the new lab
            _ENTRIES.append((place, entry))


def _plain(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def entries(**wanted: str) -> list[dict[str, t.Any]]:
    """The entries whose fields have the given values (as text, in any case), in the order in which the calls took effect."""
    with _LOCK:
        kept = list(_ENTRIES)
    found = [entry for _place, entry in sorted(kept, key=operator.itemgetter(0))]
    return [entry for entry in found if all(str(entry.get(key)).lower() == value.lower() for key, value in wanted.items())]
