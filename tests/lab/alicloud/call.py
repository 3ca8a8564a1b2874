# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One call of an operation, from whoever and wherever it comes."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .callers import Caller
from .parameters import Parameters

if t.TYPE_CHECKING:
    from .account import Account
    from .cloud import Cloud
    from .ram_state import Ram


def date(moment: float) -> str:
    """A time as the services spell it."""
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclasses.dataclass
class Call:
    cloud: Cloud
    product: str
    name: str
    caller: Caller
    parameters: Parameters
    request_id: str
    region: str | None = None
    writes: bool = False
    source: str = "127.0.0.1"
    needs: list[tuple[str, str]] = dataclasses.field(default_factory=list)  # (action, resource) pairs that policies were asked about

    @property
    def account(self) -> Account:
        """The account that is asked: the caller's own."""
        return self.cloud.account(self.caller.account)

    @property
    def ram(self) -> Ram:
        """RAM of the account: as it is for a write, as it is seen for a read."""
        return self.account.ram if self.writes else self.cloud.seen(self.account)

    @property
    def now(self) -> float:
        return self.cloud.now()

    @property
    def context(self) -> dict[str, str]:
        """What conditions of policies can ask about."""
        return {"acs:SourceIp": self.source, "acs:CurrentTime": date(self.now), "acs:SecureTransport": "true"}
