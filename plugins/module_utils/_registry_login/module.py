# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the modules about logins share. They run where the container client is, and need nothing but Python there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .._errors import RegistryError
from .clients import CLIENTS, Surroundings, auth_file_of
from .login import Client

#: Options of all of them.
ARGUMENTS: dict[str, Any] = {
    "client": {"type": "str", "choices": list(CLIENTS), "default": "auth_file"},
    "auth_file": {"type": "path"},
}


class ModuleTools:
    """The programs of the machine that the module runs on."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module

    def find(self, name: str) -> str | None:
        """The path of a program, None when it is not installed."""
        path = self._module.get_bin_path(name)
        return str(path) if path else None

    def run(self, command: Sequence[str], data: str) -> tuple[int, str, str]:
        """Runs a program with this standard input; returns its code, its output, and its errors."""
        code, output, errors = self._module.run_command(list(command), data=data, binary_data=True)
        return int(code), str(output), str(errors)


def client_of(module: AnsibleModule) -> Client:
    """The client that the options of a module name. Raises RegistryError."""
    name = module.params["client"]
    around = Surroundings(os.environ, Path.home(), os.getuid(), sys.platform)
    return Client(name, auth_file_of(name, module.params["auth_file"], around), ModuleTools(module))


def run(module: AnsibleModule, work: Callable[[], dict[str, Any]]) -> None:
    """Ends the module with what ``work`` returns, or with the message of the error that it raises."""
    try:
        result = work()
    except RegistryError as error:
        module.fail_json(msg=str(error))
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
