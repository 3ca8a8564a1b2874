# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes how long each task took on the controller, start to end, as lines of JSON."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: task_times
type: aggregate
short_description: The wall time of each task
description: Appends {"task", "seconds", "result"} to the file that the environment variable BENCH_TASK_TIMES names.
requirements: []
"""


class CallbackModule(CallbackBase):
    """A task begins when it is announced, and ends when its result is in (of a loop: the result of all items)."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_times"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._started = 0.0

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:  # noqa: ARG002
        self._started = time.monotonic()

    def v2_runner_on_ok(self, result: Any) -> None:
        seconds = time.monotonic() - self._started
        found = result._result
        kept = {key: found[key] for key in ("changed", "summary") if key in found}
        with Path(os.environ["BENCH_TASK_TIMES"]).open("a") as file:
            file.write(json.dumps({"task": result._task.get_name(), "seconds": seconds, "result": kept}) + "\n")
