# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The base of all modules that talk to Alibaba Cloud."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib

from .._errors import RegistryError, error_details
from .._policy.document import PolicyError
from . import library
from .client import AlicloudClient, Connection
from .credentials import assumed, key_source
from .wire import checked_region

#: The option to act as another role.
ASSUME_ROLE_SPEC: dict[str, Any] = {
    "type": "dict",
    "options": {
        "role_arn": {"type": "str", "required": True},
        "session_name": {"type": "str", "default": "crossaccount-registry"},
        "duration_seconds": {"type": "int", "default": 3600},
        "external_id": {"type": "str"},
        "policy": {"type": "json"},
    },
}
#: Options of every module; the documentation fragment C(_alicloud) describes them. Which of the variables with keys in them counts is
#: for key_source to say, since keys and a profile exclude each other.
ALICLOUD_SPEC: dict[str, Any] = {
    "access_key_id": {"type": "str"},
    "access_key_secret": {"type": "str", "no_log": True},
    "security_token": {"type": "str", "no_log": True},
    "profile": {"type": "str"},
    "region": {"type": "str", "fallback": (env_fallback, ["ALIBABA_CLOUD_REGION_ID", "ALICLOUD_REGION"])},
    "assume_role": ASSUME_ROLE_SPEC,
    "endpoint_url": {"type": "str"},
    "connect_timeout": {"type": "int", "default": 5},
    "read_timeout": {"type": "int", "default": 30},
    "max_attempts": {"type": "int", "default": 5},
    "account_id": {"type": "raw"},
}


class AlicloudModule:
    """An AnsibleModule with one client for the task, C(assume_role), and errors that keep Alibaba Cloud's code and request id.

    ``params`` are its options. It ends at once when the library is missing.
    """

    def __init__(self, argument_spec: Mapping[str, Any], **settings: Any) -> None:
        self._module = AnsibleModule(argument_spec={**ALICLOUD_SPEC, **argument_spec}, supports_check_mode=True, **settings)
        if library.PROBLEM:
            self._module.fail_json(msg=missing_required_lib(library.NAME), exception=library.PROBLEM)
        self.params: dict[str, Any] = self._module.params
        self.check_mode: bool = self._module.check_mode
        self.with_diff: bool = self._module._diff

    @cached_property
    def client(self) -> AlicloudClient:
        """The client of this task, made when it is first needed. Raises RegistryError for options that make no sense."""
        params = self.params
        if min(params["connect_timeout"], params["read_timeout"], params["max_attempts"]) < 1:
            raise RegistryError("'connect_timeout', 'read_timeout' and 'max_attempts' must be at least 1")
        connection = Connection(
            params["region"], params["endpoint_url"], params["connect_timeout"], params["read_timeout"], params["max_attempts"]
        )
        client = AlicloudClient(connection, key_source(params, AlicloudClient(connection, None), os.environ))
        role = params["assume_role"]
        return AlicloudClient(connection, assumed(client, role)) if role else client

    @property
    def region(self) -> str:
        """The region of this task. Raises RegistryError when none is known."""
        return checked_region(self.params["region"])

    def warn(self, text: str) -> None:
        """Warns the user."""
        self._module.warn(text)

    def run(self, work: Callable[[], dict[str, Any]]) -> None:
        """Ends the module with what ``work`` returns, or with the message of the error that it raises.

        A result that has C(msg) and a true C(failed) ends the module as failed.
        """
        result: dict[str, Any] = {}
        try:
            result = work()
        except (RegistryError, PolicyError) as error:
            self._module.fail_json(msg=str(error), **error_details(error))
        if result.get("failed"):
            self._module.fail_json(**result)
        self._module.exit_json(**result)
