# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Python interpreter that also says what the process used: `module_python.py FILE ...` runs Python on FILE.

Set as ansible_python_interpreter, it measures the module's own process, not Ansible's. It appends peak memory in bytes and CPU
seconds to the file that BENCH_PROCESS_USE names, as a line of JSON. It costs a process more, so no run is timed with it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main() -> int:
    child = os.posix_spawn(sys.executable, [sys.executable, *sys.argv[1:]], os.environ)
    _unused, status, used = os.wait4(child, 0)
    line = json.dumps({"peak_bytes": used.ru_maxrss * 1024, "cpu_seconds": used.ru_utime + used.ru_stime})
    with Path(os.environ["BENCH_PROCESS_USE"]).open("a") as file:
        file.write(line + "\n")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
