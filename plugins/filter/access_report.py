# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.plugin_utils._plain import plain

#: So many rows of each kind are in the page as plain tables, for readers without scripts.
_PLAIN_ROWS = 500


def access_report(results: Any, created: str, hosts: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The report of several accounts; see the documentation of the filter.

    Raises AnsibleFilterError.
    """
    # Not above: each task that uses any filter of the collection loads the files of all of them.
    from ansible_collections.crossaccount.registry.plugins.module_utils._access.report import report_of

    given = plain(results)
    if not isinstance(given, list):
        raise AnsibleFilterError(f"access_report: the results are {type(given).__name__}, they must be a list")
    parsed = [json.loads(one) if isinstance(one, str) and one.startswith("{") else one for one in given]
    try:
        report = report_of(parsed, str(created), plain(hosts or {}))
    except (RegistryError, KeyError) as error:
        raise AnsibleFilterError(f"access_report: {error}") from error
    lists: dict[str, Sequence[Any]] = {"problems": report["checks"][: report["summary"]["problems"]], "findings": report["findings"]}
    kept = ("headline", "lead", "created", "created_text", "hosts", "summary", "registries", "not_looked_at", "fingerprint")
    return {
        **{key: report[key] for key in kept},
        **{key: rows[:_PLAIN_ROWS] for key, rows in lists.items()},
        **{f"{key}_left": max(0, len(rows) - _PLAIN_ROWS) for key, rows in lists.items()},
        "entries": len(report["access"]),
        "listed": len(report["checks"]),
        # Plain ASCII and without "<", so that it can also stand in a page, in a script element.
        "json": json.dumps(report, separators=(",", ":")).replace("<", "\\u003c"),
    }


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"access_report": access_report}
