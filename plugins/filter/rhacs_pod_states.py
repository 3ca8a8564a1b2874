# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any


def rhacs_pod_states(pods: Sequence[Mapping[str, Any]], workload: Mapping[str, Any]) -> dict[str, Any]:
    """Which pods of a workload have another identity; see the documentation of the filter."""
    # Not above: each task that uses any filter of the collection loads the files of all of them.
    from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.scanning_pods import pod_states

    return pod_states(pods, workload)


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"rhacs_pod_states": rhacs_pod_states}
