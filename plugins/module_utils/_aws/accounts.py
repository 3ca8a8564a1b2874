# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The credentials of several accounts in one task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import RegistryError
from .errors import translated
from .identity import account_id_problem
from .module import ASSUME_ROLE_SPEC

if TYPE_CHECKING:
    from .module import RegistryAWSModule
    from .session import AwsSession

#: The option C(accounts). An account id is C(raw), so that a number, which YAML may have changed, is not taken for text.
ACCOUNTS_SPEC: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "options": {
        "account_id": {"type": "raw", "required": True},
        "profile": {"type": "str"},
        "access_key": {"type": "str", "no_log": False},
        "secret_key": {"type": "str", "no_log": True},
        "session_token": {"type": "str", "no_log": True},
        "assume_role": ASSUME_ROLE_SPEC,
    },
    "mutually_exclusive": [("profile", "access_key")],
    "required_one_of": [("profile", "access_key", "assume_role")],
    "required_together": [("access_key", "secret_key")],
    "required_by": {"session_token": "access_key"},
}


class _Opened(NamedTuple):
    """A session, and the ARN that STS says its credentials are."""

    session: AwsSession
    arn: str

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]


class AccountSessions:
    """The sessions of a task, one for each account: the task's own, and those of the module's option C(accounts).

    Each is made, and checked, when it is first asked for, and only once, also when several threads ask. The clients of one session
    must still be made by one thread.

    Raises RegistryError when an entry has no proper account id, or an account has two.
    """

    def __init__(self, module: RegistryAWSModule) -> None:
        self._module = module
        self._entries = _by_account(module.params.get("accounts") or ())
        self._opened: dict[str, _Opened] = {}
        self._task: _Opened | None = None
        self._lock = RLock()

    @property
    def own(self) -> str:
        """The account of the task's own credentials. Raises ServiceError."""
        return self._own().account

    def of(self, account: str) -> AwsSession | None:
        """The session for an account; None when nobody gave credentials of it.

        Raises RegistryError when the credentials are those of another account, ServiceError when they do not work.
        """
        opened = self._open(account)
        return opened.session if opened else None

    def need(self, account: str) -> AwsSession:
        """The session for an account. Raises RegistryError when nobody gave credentials of it, and as of()."""
        found = self.of(account)
        if found is None:
            raise RegistryError(f"there are no credentials of account {account}; give them in 'accounts'")
        return found

    def caller_of(self, account: str) -> str | None:
        """The ARN that the credentials of an account are; None when nobody gave any. Raises as of()."""
        opened = self._open(account)
        return opened.arn if opened else None

    def _open(self, account: str) -> _Opened | None:
        with self._lock:
            if account not in self._opened:
                entry = self._entries.get(account)
                if entry is None:
                    return self._own() if self._own().account == account else None
                try:
                    self._opened[account] = self._checked(entry)
                except RegistryError as error:
                    raise RegistryError(f"accounts: {account}: {error}") from error
            return self._opened[account]

    def _own(self) -> _Opened:
        with self._lock:
            if self._task is None:
                self._task = self._identified(self._module.session)
            return self._task

    def _checked(self, entry: Mapping[str, Any]) -> _Opened:
        """The session of an entry, whose credentials must be those of its account."""
        opened = self._identified(self._module.session_with(_credentials(entry), entry.get("assume_role")))
        if opened.account != entry["account_id"]:
            raise RegistryError(
                f"the credentials are those of account {opened.account} ({opened.arn}); give the profile, the keys or the role "
                f"that belong to account {entry['account_id']}"
            )
        return opened

    def _identified(self, session: AwsSession) -> _Opened:
        """Asks STS, which needs no permission."""
        with translated():
            answer = session.client("sts", self._module.region or "us-east-1").get_caller_identity()
        return _Opened(session, answer["Arn"])


def _by_account(entries: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for entry in entries:
        problem = account_id_problem(entry["account_id"])
        if problem:
            raise RegistryError(f"accounts: {problem}")
        if entry["account_id"] in found:
            raise RegistryError(f"accounts: {entry['account_id']} is there twice; one entry for an account is enough")
        found[entry["account_id"]] = entry
    return found


def _credentials(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """The credentials that an entry gives, as AwsSession wants them; None where it gives none, and the task's own ones assume a role."""
    credentials = {
        "profile_name": entry.get("profile"),
        "aws_access_key_id": entry.get("access_key"),
        "aws_secret_access_key": entry.get("secret_key"),
        "aws_session_token": entry.get("session_token"),
    }
    return credentials if any(credentials.values()) else None
