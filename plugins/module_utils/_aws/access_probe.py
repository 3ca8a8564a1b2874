# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Does it work? Real calls with the credentials of the one who is to have access."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .._access.denials import Denial

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .accounts import AccountSessions
    from .session import AwsSession

Outcome = Literal["allowed", "denied", "unknown"]


@dataclass(frozen=True)
class Probed:
    """What AWS answered to a call. ``code`` and ``message`` are its own, None when it answered well.

    ``reason`` says in words why the outcome is unknown.
    """

    action: str
    outcome: Outcome
    denial: Denial | None = None
    code: str | None = None
    message: str | None = None
    reason: str | None = None


def probe(client: BaseClient, registry_account: str, repository: str, access: str) -> list[Probed]:
    """What AWS answers to the calls of an access level: login (``repository`` does not matter), pull, push, pull_push or scan.

    One for each action that is probed, in a fixed order; errors are outcomes. Nothing that lasts is changed, and nothing costs anything.
    """
    raise NotImplementedError


def outcome_of(probed: Iterable[Probed]) -> Outcome:
    """What several answers say together: denied when one is denied, else unknown when one is, else allowed."""
    raise NotImplementedError


def consumer_session(sessions: AccountSessions, arn: str) -> AwsSession:
    """A session that acts as a role or user.

    The credentials of its account when they are its own already, else those of the role, which they assume. Raises RegistryError that
    says what is missing: credentials of the account, of the user, or the trust of the role.
    """
    raise NotImplementedError
