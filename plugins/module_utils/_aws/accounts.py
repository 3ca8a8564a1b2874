# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The credentials of several accounts in one task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .module import RegistryAWSModule
    from .session import AwsSession

#: The option C(accounts).
ACCOUNTS_SPEC: dict[str, Any] = {"type": "list", "elements": "dict"}


class AccountSessions:
    """The sessions of a task, one for each account: the task's own, and those of the option C(accounts)."""

    def __init__(self, module: RegistryAWSModule) -> None:
        self._module = module

    @property
    def own(self) -> str:
        """The account of the task's own credentials. Asks STS once. Raises ServiceError."""
        raise NotImplementedError

    def of(self, account: str) -> AwsSession | None:
        """The session for an account; None when nobody gave credentials of it. Raises RegistryError or ServiceError."""
        raise NotImplementedError

    def caller_of(self, account: str) -> str | None:
        """The ARN that STS says the credentials of an account are; None when there are none."""
        raise NotImplementedError
