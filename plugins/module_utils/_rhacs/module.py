# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the modules that talk to Central share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .._errors import RegistryError, service_error_behind
from .client import Central, CentralError
from .connection import CONNECTION_EXCLUSIVE, CONNECTION_SPEC, connection


def rhacs_module(argument_spec: Mapping[str, Any], mutually_exclusive: Sequence[Sequence[str]] = (), **settings: Any) -> AnsibleModule:
    """A module with these options, and those that lead to Central."""
    return AnsibleModule(
        argument_spec={**CONNECTION_SPEC, **argument_spec},
        mutually_exclusive=[*CONNECTION_EXCLUSIVE, *mutually_exclusive],
        supports_check_mode=True,
        **settings,
    )


def central_of(module: AnsibleModule) -> Central:
    """The Central that the options or the environment lead to. Raises RegistryError."""
    found = connection(module.params, os.environ)
    # Ansible knows the secrets among the options; those of files and of the environment are hidden like them.
    module.no_log_values.update(found.secrets)
    return Central(found)


def run(module: AnsibleModule, work: Callable[[], dict[str, Any]]) -> None:
    """Ends the module with what ``work`` returns, or with the message of the error that it raises.

    A result that has C(msg) and a true C(failed) ends the module as failed.
    """
    try:
        result = work()
    except RegistryError as error:
        module.fail_json(msg=str(error), **_details(error))
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


def _details(error: RegistryError) -> dict[str, Any]:
    """What a result says of an error of Central: C(error) with C(code), C(message), C(operation) and C(status)."""
    cause = service_error_behind(error)
    if not isinstance(cause, CentralError):
        return {}
    return {"error": {"code": cause.code, "message": cause.message, "operation": cause.operation, "status": cause.status}}
