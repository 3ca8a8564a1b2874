# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What a container group or an image cache tells of its trouble: events, and the states of its containers.

A pull that fails is no error of the API: https://www.alibabacloud.com/help/en/eci/user-guide/view-events-of-an-elastic-container-instance
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .eci_workload import Workload

_LISTED, _LONGEST = 5, 600
_PULLING = ("Pulling", "Pulled")
_ABOUT_IMAGES = (*_PULLING, "Failed", "BackOff")
_PULL_FAILED = re.compile(r"ErrImagePull|ImagePullBackOff|InvalidImageName|Failed to pull image|Back-off pulling image", re.IGNORECASE)


def pull_failures(workload: Workload, past: bool = False) -> list[str]:
    """What is said of images that cannot be pulled, each text once; empty when nothing is.

    Without ``past`` only of those that cannot be pulled now: an image that is being pulled again may well be there in the end.
    """
    states = [" ".join(_state_texts(state)) for _name, state in _states(workload)]
    failing = [text for text in states if _PULL_FAILED.search(text)]
    if not failing and (past or not _is_pulling(workload)):
        events = [f"{one.get('Reason')}: {one.get('Message')}" for one in _warnings(workload)]
        failing = [text for text in events if _PULL_FAILED.search(text)]
    return list(dict.fromkeys(failing))


def _is_pulling(workload: Workload) -> bool:
    """Whether the latest event about images is one of pulling."""
    about = [one for one in workload.told.get("Events") or () if one.get("Reason") in _ABOUT_IMAGES]
    # One that comes again keeps its place and gets another time. Times are in UTC, and in the order of their texts.
    about.sort(key=lambda one: str(one.get("LastTimestamp")))
    return bool(about) and about[-1]["Reason"] in _PULLING


def evidence(workload: Workload) -> str:
    """Events and states of containers as one line of text, not too long."""
    events = [f"{one.get('Reason')}: {one.get('Message')}" for one in _warnings(workload)]
    containers = [f"{name}: {': '.join([str(state.get('State')), *_state_texts(state)])}" for name, state in _states(workload)]
    parts = [("events", events), ("containers", containers)]
    return "; ".join(f"{title}: {_shortened(lines)}" for title, lines in parts if lines) or "ECI tells no events"


def _warnings(workload: Workload) -> list[Mapping[str, Any]]:
    return [one for one in workload.told.get("Events") or () if one.get("Type") == "Warning"]


def _states(workload: Workload) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for one in [*(workload.told.get("InitContainers") or ()), *(workload.told.get("Containers") or ())]:
        if one.get("CurrentState"):
            yield str(one.get("Name")), one["CurrentState"]


def _state_texts(state: Mapping[str, Any]) -> list[str]:
    """Reason, message and exit code of a state, as far as there are any."""
    code = state.get("ExitCode")
    texts = [str(state[key]) for key in ("Reason", "Message") if state.get(key)]
    return [*texts, f"exit code {code}"] if code else texts


def _shortened(lines: Sequence[str]) -> str:
    told = list(dict.fromkeys(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..." for line in lines))
    return " | ".join(told[-_LISTED:])
