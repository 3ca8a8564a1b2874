# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Single tasks of one module, several in one run of a playbook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.integration.conftest import Ansible
from tests.integration.playbooks import PlaybookRun, TaskResult

COLLECTION = "crossaccount.registry"


def tasks(ansible: Ansible, module: str, wanted: Mapping[str, Mapping[str, Any]], *arguments: str, **settings: Any) -> PlaybookRun:
    """Runs a module once for each name in ``wanted``, with these options; one that fails does not stop the others."""
    listed = [{"name": name, f"{COLLECTION}.{module}": dict(options), "ignore_errors": True} for name, options in wanted.items()]
    return ansible(json.dumps(listed) + "\n", *arguments, **settings).succeeded()


def thrice(ansible: Ansible, module: str, options: Mapping[str, Any], **settings: Any) -> TaskResult:
    """Runs a module in check mode, for real and again, and returns the real result.

    Fails unless check mode and the real run say the same, differences included, and the second run changes nothing.
    """
    call = {f"{COLLECTION}.{module}": dict(options), "diff": True}
    listed = [{"name": "check", **call, "check_mode": True}, {"name": "real", **call}, {"name": "again", **call}]
    run = ansible(json.dumps(listed) + "\n", **settings).succeeded()
    real, again = run["real"], run["again"]
    assert run["check"].outcome == real.outcome
    assert not again.changed
    assert again["diff"] == []
    assert {state for state, number in again["summary"].items() if number} <= {"unchanged"}
    return real


def done(result: TaskResult) -> dict[str, str]:
    """What a task did to each document: resource -> action."""
    return {one["resource"]: one["action"] for one in result["actions"]}


def shown(result: TaskResult) -> str:
    """The differences of a task as text."""
    return "\n".join(f"{one['before_header']}\n{one['before']}\n{one['after']}\n{one.get('prepared', '')}" for one in result["diff"])
