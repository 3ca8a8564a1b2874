# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A callback that writes every task result to the file that EVENTS_FILE names, one JSON object per line.

It also lets runs share what Ansible zips up for each module, in the folder that ZIPPED_MODULES names. Ansible itself keeps it for one
run, in a folder of this name, and spends a third of a second on each module.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: event_file
type: aggregate
short_description: Write task results to a file
description:
  - Writes every task result, whole, and the recap to the file that the environment variable EVENTS_FILE names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "event_file"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        if zipped := os.environ.get("ZIPPED_MODULES"):
            Path(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache").symlink_to(zipped)

    def _write(self, **event: Any) -> None:
        with Path(os.environ["EVENTS_FILE"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(event, default=str) + "\n")

    def _result(self, status: str, result: Any) -> None:
        self._write(status=status, host=result._host.get_name(), task=result._task.get_name(), result=dict(result._result))

    def v2_runner_on_ok(self, result: Any) -> None:
        self._result("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._result("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._result("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._result("unreachable", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._write(recap={host: stats.summarize(host) for host in stats.processed})
