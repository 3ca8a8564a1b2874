# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is asking: an account itself, a RAM user, a session of a role, or a service of Alibaba Cloud."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class Caller:
    """`kind` is `root`, `user`, `session`, `service` or `federated`; `name` that of the user, the role, the service or the provider."""

    kind: str
    account: str
    name: str = ""
    id: str = ""
    session: str = ""
    #: The policy that narrows a session.
    policy: str | None = None

    @property
    def arn(self) -> str:
        if self.kind == "root":
            return f"acs:ram::{self.account}:root"
        if self.kind == "user":
            return f"acs:ram::{self.account}:user/{self.name}"
        if self.kind == "session":
            return f"acs:ram::{self.account}:assumed-role/{self.name.lower()}/{self.session}"
        return self.name

    @property
    def principals(self) -> list[tuple[str, str]]:
        """The names in a trust policy that mean this caller."""
        if self.kind == "service":
            return [("Service", self.name), ("Service", f"{self.account}@{self.name}")]
        if self.kind == "federated":
            return [("Federated", self.name)]
        everyone = ("RAM", f"acs:ram::{self.account}:root")
        if self.kind == "root":
            return [everyone]
        return [everyone, ("RAM", f"acs:ram::{self.account}:{'user' if self.kind == 'user' else 'role'}/{self.name}")]


class Credential(t.NamedTuple):
    """What an access key stands for. `expires` is None for one that lasts."""

    secret: str
    caller: Caller
    token: str | None = None
    expires: float | None = None
