# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the stores of Container Registry share."""

from __future__ import annotations

from typing import Any

from .._errors import RegistryError, ServiceError
from .._ram_grants import INSTANCE_ID

#: The option that says whether an endpoint is for images or for charts.
MODULE_NAME_SPEC: dict[str, Any] = {"type": "str", "choices": ["Registry", "Chart"], "default": "Registry"}
RUNNING = "RUNNING"


class StillWorking(ServiceError):
    """Something is in a ``status`` on its way to another one. ``partly``: this write has sent it there."""

    def __init__(self, operation: str, status: str, message: str, partly: bool = False) -> None:
        super().__init__(operation, status, message)
        self.partly = partly


def checked_instance(instance_id: str) -> str:
    """The option C(instance_id). Raises RegistryError for what is no id."""
    if not INSTANCE_ID.fullmatch(instance_id):
        raise RegistryError(f"'instance_id' is '{instance_id}'; write the id of an instance, such as cri-1a2b3c4d5e6f")
    return instance_id


def says_there_already(error: ServiceError) -> bool:
    """Whether what was to be created is there. The codes of Container Registry are documented in part only."""
    return "ALREADY_EXIST" in error.code


def says_gone(error: ServiceError) -> bool:
    """Whether what was to be deleted is not there, while its instance is."""
    return error.code.endswith("NOT_EXIST") and error.code != "INSTANCE_NOT_EXIST"
