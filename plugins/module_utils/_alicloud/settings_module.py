# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""From items of the settings flow to outcomes, with the options of a module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError
from .._progress import Progress
from .._settings_flow import Item, Outcome, SettingsFlow, SettingsOptions

if TYPE_CHECKING:
    from .module import AlicloudModule

#: The option of modules that wait until something is visible.
WAIT_SPEC: dict[str, Any] = {"wait_timeout": {"type": "int", "default": 60}}
#: The options of modules that wait long, and show it; the documentation fragment C(_alicloud.waiting) describes the second one.
LONG_WAIT_SPEC: dict[str, Any] = {"wait_timeout": {"type": "int", "default": 600}, "progress_file": {"type": "path"}}


def run_settings(module: AlicloudModule, items: Sequence[Item]) -> list[Outcome]:
    """Runs the flow of settings with the module's options. Raises RegistryError for options that make no sense."""
    options = SettingsOptions(check_mode=module.check_mode, wait_timeout=checked_seconds(module.params, "wait_timeout"))
    with Progress(module.params.get("progress_file")) as progress:
        return SettingsFlow(options, progress.tell).run(items)


def checked_seconds(params: Mapping[str, Any], option: str) -> int:
    """The value of an option in seconds. Raises RegistryError for one below 0."""
    seconds: int = params[option]
    if seconds < 0:
        raise RegistryError(f"'{option}' is {seconds}; it must be at least 0 seconds")
    return seconds
