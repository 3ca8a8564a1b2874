# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the modules for settings of registries share: their options, the registries they are about, and the way to the flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._progress import Progress
from .._settings_flow import Item, Outcome, SettingsFlow, SettingsOptions
from .identity import caller_identity
from .policy_module import check_pace
from .repositories import ALL_REGIONS, open_to_us, regions_of

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .module import RegistryAWSModule

#: Options of every module for settings of registries; the documentation fragment C(settings) describes them.
SETTINGS_SPEC: dict[str, Any] = {
    "regions": {"type": "list", "elements": "str"},
    "account_id": {"type": "raw"},
    "on_error": {"type": "str", "choices": ["stop", "continue"], "default": "stop"},
    "wait_timeout": {"type": "int", "default": 60},
    "workers": {"type": "int", "default": 32},
}


@dataclass(frozen=True)
class Registry:
    """The registry of an account in one region. ``writer`` makes each call once, see AwsSession.client."""

    account: str
    region: str
    reader: BaseClient
    writer: BaseClient


def registries(module: RegistryAWSModule, regions: Sequence[str] | None) -> list[Registry]:
    """The registries of the task's account in these regions, by default in the task's own.

    Raises RegistryError when there is no region or the account is another one than C(account_id) says; ServiceError.
    """
    account = caller_identity(module).account
    return [
        Registry(account, region, module.aws_client("ecr", region), module.aws_client("ecr", region, repeats=False))
        for region in regions_of(module, regions)
    ]


def run_setting(module: RegistryAWSModule, item: Item) -> list[Outcome]:
    """Runs the flow of settings for the one thing that a module is about. Raises RegistryError for options that make no sense."""
    wait_timeout = module.params["wait_timeout"]
    check_pace({"workers": 1, "wait_timeout": wait_timeout})
    return SettingsFlow(SettingsOptions(check_mode=module.check_mode, wait_timeout=wait_timeout, workers=1)).run([item])


def run_settings(module: RegistryAWSModule, items: Sequence[Item]) -> list[Outcome]:
    """Runs the flow of settings with the module's options; of all regions, those that the account may not use are left out.

    Raises RegistryError for options that make no sense.
    """
    params = module.params
    check_pace(params)
    if ALL_REGIONS in (params["regions"] or ()):
        is_open = open_to_us(module, list({item.store.region: item.store for item in items}.values()))
        items = [item for item in items if item.store.region in is_open]
    options = SettingsOptions(
        check_mode=module.check_mode,
        stop_on_error=params["on_error"] == "stop",
        wait_timeout=params["wait_timeout"],
        workers=params["workers"],
    )
    with Progress(params.get("progress_file")) as progress:
        return SettingsFlow(options, progress.tell).run(items)
