# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that the stand-in knows: accounts, keys and sessions, the clock, what goes wrong, and what was asked."""

from __future__ import annotations

import copy
import hashlib
import itertools
import threading
import time
import typing as t
import uuid

from .account import Account
from .behaviours import OPERATIONS
from .call import Call
from .callers import Caller, Credential
from .delays import Delays
from .errors import Refused
from .faults import Faults
from .journal import Journal
from .operations import Operation
from .parameters import Parameters
from .permissions import authorize
from .ram_state import Key, Ram


class Cloud:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.journal = Journal()
        self.reset()

    def reset(self) -> None:
        """Empty, with the right time and nothing that goes wrong."""
        with self.lock:
            self.accounts: dict[str, Account] = {}
            self.credentials: dict[str, Credential] = {}
            self.nonces: set[str] = set()
            #: OIDC tokens and what they claim.
            self.tokens: dict[str, dict[str, str]] = {}
            self.faults = Faults()
            self.delays = Delays()
            self._ahead = 0.0
            self._numbers = itertools.count(1)
            self.journal.clear()

    def now(self) -> float:
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass for everything but signatures."""
        self._ahead += seconds

    def new_number(self, first: str) -> str:
        """A number of 18 digits that nothing else has."""
        return f"{first}{next(self._numbers):017}"

    def new_id(self, prefix: str) -> str:
        """An id like those of the services: a prefix and 16 letters and digits."""
        return f"{prefix}{hashlib.sha256(self.new_number('9').encode()).hexdigest()[:16]}"

    def account(self, uid: str) -> Account:
        """An account; it exists when it is first used."""
        with self.lock:
            return self.accounts.setdefault(uid, Account(uid, self))

    def seen(self, account: Account) -> Ram:
        """RAM of an account as others see it: with eventual consistency, as it was before the latest writes."""
        since = self.now() - self.faults.window
        return next((before for moment, before in account.history if moment > since), account.ram)

    def credential(self, key: str) -> Credential:
        """What an access key stands for. Raises Refused."""
        found = self.credentials.get(key)
        if found is None:
            raise Refused("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
        return found

    def call(
        self, key: Key, product: str, name: str, parameters: dict[str, t.Any], region: str | None = None, source: str = "127.0.0.1"
    ) -> dict[str, t.Any]:
        """A call without HTTP, signature, faults and journal. Raises Refused."""
        given = {key: _as_sent(value) for key, value in parameters.items() if value is not None}
        call = self.prepare(self.credential(key.id).caller, product, name, Parameters(given), region or given.get("RegionId"), source)
        return self.execute(call)

    def prepare(self, caller: Caller, product: str, name: str, parameters: Parameters, region: str | None, source: str) -> Call:
        """A call that can be executed. Raises Refused for an operation that there is not."""
        found = find(product, name)
        return Call(self, product, name, caller, parameters, str(uuid.uuid4()).upper(), region, found.writes, source)

    def execute(self, call: Call) -> dict[str, t.Any]:
        """Authorize a call and run it; returns the body of the answer. Raises Refused."""
        found = find(call.product, call.name)
        with self.lock:
            if found.action is not None:
                authorize(call, found.action, found.resource(call))
            before = copy.deepcopy(call.account.ram) if self.faults.window and found.writes and call.product == "ram" else None
            body = found.handler(call)
            if before is not None:
                call.account.history.append((self.now(), before))
            return {"RequestId": call.request_id, **body}


def find(product: str, name: str) -> Operation:
    """Raises Refused for an operation that there is not."""
    try:
        return OPERATIONS[product, name]
    except KeyError:
        message = "Specified api is not found, please check your url and method."
        raise Refused("InvalidAction.NotFound", message, 404) from None


def _as_sent(value: t.Any) -> t.Any:
    """A value as it would come from a request."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return {key: _as_sent(item) for key, item in value.items() if item is not None}
    return [_as_sent(item) for item in value] if isinstance(value, list) else str(value)
