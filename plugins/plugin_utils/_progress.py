# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Shows the progress that a module writes to a file while it runs.

Modules cannot print. Where the module runs on the controller, as modules for clouds do, it can append lines to a file that the
controller reads at the same time. They are shown on stderr, so that output in JSON stays valid.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from ansible import constants
from ansible.plugins.action import ActionBase

#: Seconds between two looks at the file.
_INTERVAL = 0.5


class ProgressActionModule(ActionBase):
    """Runs the module ``module_name`` with its option C(progress_file) set, and shows the lines that appear in that file."""

    module_name = ""
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        elsewhere = self._connection.transport != "local" or bool(self._task.async_val) or bool(self._connection.become)
        if elsewhere or self._task.no_log or arguments.get("progress_file"):
            return self._execute_module(self.module_name, arguments, task_vars=task_vars, wrap_async=bool(self._task.async_val))
        # In Ansible's own folder, which it clears away even when this process is killed.
        place = constants.DEFAULT_LOCAL_TMP
        with (
            tempfile.NamedTemporaryFile("r", encoding="utf-8", prefix="crossaccount-registry-", dir=place) as lines,
            self._showing(lines, task_vars),
        ):
            return self._execute_module(self.module_name, {**arguments, "progress_file": lines.name}, task_vars=task_vars)

    @contextmanager
    def _showing(self, lines: TextIO, task_vars: dict[str, Any] | None) -> Iterator[None]:
        host = (task_vars or {}).get("inventory_hostname", "")
        finished = threading.Event()

        def show() -> None:
            ended = False
            while not ended:
                # Looked at once more after the end, for what the module said last.
                ended = finished.wait(_INTERVAL)
                for line in lines:
                    self._display.display(f"[{host}] {line.rstrip()}", stderr=True)

        thread = threading.Thread(target=show, daemon=True)
        thread.start()
        try:
            yield
        finally:
            finished.set()
            thread.join()
