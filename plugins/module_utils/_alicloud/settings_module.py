# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""From items of the settings flow to outcomes, with the options of a module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError
from .._settings_flow import Item, Outcome, SettingsFlow, SettingsOptions

if TYPE_CHECKING:
    from .module import AlicloudModule

#: The option of modules that wait until something is visible.
WAIT_SPEC: dict[str, Any] = {"wait_timeout": {"type": "int", "default": 60}}


def run_settings(module: AlicloudModule, items: Sequence[Item]) -> list[Outcome]:
    """Runs the flow of settings with the module's options. Raises RegistryError for options that make no sense."""
    timeout = module.params["wait_timeout"]
    if timeout < 0:
        raise RegistryError(f"'wait_timeout' is {timeout}; it must be at least 0 seconds")
    return SettingsFlow(SettingsOptions(check_mode=module.check_mode, wait_timeout=timeout)).run(items)
