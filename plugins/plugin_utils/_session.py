# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The sessions of plugins that run on the controller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError

USER_AGENT = "APN/1.0 Ansible crossaccount.registry"
ROLE_OPTIONS = ("role_arn", "external_id", "session_name", "duration_seconds", "policy")
SESSION_NAME = "crossaccount-registry"


def assume_role(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The option as AwsSession takes it. Raises RegistryError."""
    if not given:
        return None
    unknown = sorted(set(given) - set(ROLE_OPTIONS))
    if unknown or not given.get("role_arn"):
        what = f"has no {', '.join(unknown)}" if unknown else "needs role_arn"
        raise RegistryError(f"'assume_role' {what}; it has {', '.join(ROLE_OPTIONS)}")
    return {"session_name": SESSION_NAME, **{name: value for name, value in given.items() if value is not None}}
