# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a call can end with instead of a result."""

from __future__ import annotations

import typing as t


class Refused(Exception):
    """The service refuses: its code, its words, the HTTP status, and further members of the answer."""

    def __init__(self, code: str, message: str, status: int = 400, **members: t.Any) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members
        self.retry_after: float | None = None


class Unsuccessful(Refused):
    """CR's way to refuse: HTTP 200 with `IsSuccess: false` and a code."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code, message or code.replace("_", " ").lower(), 200)


class Html(Exception):
    """A gateway in front of the service answers with a page."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class DropConnection(Exception):
    """The connection is closed without an answer."""


def missing(name: str) -> Refused:
    """The gateway's refusal of a request without a parameter that is required."""
    return Refused(f"Missing{name}", f"{name} is mandatory for this action.", 400)
