# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Events of container groups and image caches."""

from __future__ import annotations

from .call import date
from .eci_state import Event, Failure, Values, Workload


def note(workload: Workload, kind: str, reason: str, message: str, now: float) -> None:
    """An event; the same one again counts."""
    for event in workload.events:
        if (event.reason, event.message) == (reason, message):
            event.count, event.last = event.count + 1, now
            return
    workload.events.append(Event(kind, reason, message, f"{workload.name}.{len(workload.events) + 1:016x}", now, now))


def note_failure(workload: Workload, failure: Failure, now: float) -> None:
    """The events of a pull that failed, as a kubelet writes them."""
    note(workload, "Normal", "Pulling", f'Pulling image "{failure.image}"', now)
    note(workload, "Warning", "Failed", failure.message, now)
    note(workload, "Warning", "Failed", "Error: ErrImagePull", now)
    note(workload, "Normal", "BackOff", f'Back-off pulling image "{failure.image}"', now)


def shown_events(workload: Workload) -> list[Values]:
    return [
        {
            "Type": event.type,
            "Reason": event.reason,
            "Message": event.message,
            "Name": event.name,
            "Count": event.count,
            "FirstTimestamp": date(event.first),
            "LastTimestamp": date(event.last),
        }
        for event in workload.events
    ]
