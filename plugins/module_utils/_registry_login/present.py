# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which logins are there, and until when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from .auth_file import AuthFile, Login
from .passwords import expiry_of, shown

#: The credential helper of Amazon ECR: it gets passwords by itself, with the AWS credentials of the machine.
ECR_HELPER = "ecr-login"


class Tools(Protocol):
    """Programs of the machine."""

    def find(self, name: str) -> str | None:
        """The path of a program, None when it is not installed."""

    def run(self, command: Sequence[str], data: str) -> tuple[int, str, str]:
        """Runs a program with this standard input; returns its code, its output, and its errors."""


@dataclass(frozen=True)
class Present:
    """What there is for a registry. ``helper`` is the credential helper that keeps it, ``problem`` why no login could be read."""

    host: str
    login: Login | None
    helper: str | None = None
    problem: str = "there is no login"

    @property
    def expires(self) -> datetime | None:
        return expiry_of(self.login.password) if self.login else None

    @property
    def by_itself(self) -> bool:
        """Whether the helper logs in by itself, so that nobody else has to."""
        return self.helper == ECR_HELPER

    def why_renew(self, now: datetime, within: timedelta) -> str | None:
        """Why a new login is needed; None when none is."""
        if self.by_itself:
            return None
        if self.login is None:
            return self.problem
        if self.expires is None:
            return "the login does not say when it expires"
        if self.expires <= now:
            return "the login has expired"
        return "the login expires soon" if self.expires <= now + within else None

    def described(self, now: datetime, within: timedelta) -> dict[str, Any]:
        """The same as a result shows it, without the password."""
        why = self.why_renew(now, within)
        return {
            "registry": self.host,
            "logged_in": self.by_itself or (self.login is not None and (self.expires is None or self.expires > now)),
            "username": self.login.username if self.login else None,
            "expires_at": shown(self.expires),
            "helper": self.helper,
            "needs_login": why is not None,
            "reason": why or (f"docker-credential-{ECR_HELPER} logs in by itself" if self.by_itself else "the login is good"),
        }


def present_login(host: str, file: AuthFile, tools: Tools) -> Present:
    """What there is for a registry, in the file or with the credential helper that the file names."""
    helper = file.helper_of(host)
    if helper is None:
        return Present(host, file.login_for(host))
    if helper == ECR_HELPER:
        return Present(host, None, helper)
    program = f"docker-credential-{helper}"
    path = tools.find(program)
    if path is None:
        return Present(host, None, helper, f"{program}, which should keep the login, is not installed")
    code, output, _errors = tools.run((path, "get"), host)
    try:
        answer = json.loads(output) if code == 0 else {}
        return Present(host, Login(str(answer["Username"]), str(answer["Secret"])), helper)
    except (ValueError, TypeError, KeyError):
        return Present(host, None, helper, f"{program} has no login")
