# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Central refuses: gRPC codes, their HTTP statuses, and the sentinels at the end of its sentences."""

from __future__ import annotations

import typing as t

# gRPC code -> HTTP status, as the gateway maps them.
STATUSES = {2: 500, 3: 400, 4: 504, 5: 404, 7: 403, 8: 429, 12: 501, 13: 500, 14: 503, 16: 401}

INVALID, NOT_FOUND, DENIED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, UNAUTHENTICATED = 3, 5, 7, 12, 13, 14, 16


class Refused(Exception):
    """The request ends with this code and message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message

    @property
    def status(self) -> int:
        return STATUSES[self.code]

    @property
    def body(self) -> dict[str, t.Any]:
        return {"code": self.code, "message": self.message, "details": [], "error": self.message}


class Invalid(Exception):
    """What is wrong with an integration, before Central wraps it into a refusal."""


def invalid(text: str, wrapped: int = 1) -> Refused:
    """400 with the sentinel of every function of Central that handed the error on."""
    return Refused(INVALID, text + ": invalid arguments" * wrapped)


def not_found(text: str) -> Refused:
    return Refused(NOT_FOUND, f"{text}: not found")


def listed(start: str, texts: t.Sequence[str]) -> str:
    """Central's list of errors: `start error: x`, or `start errors: [x, y]`."""
    return f"{start} error: {texts[0]}" if len(texts) == 1 else f"{start} errors: [{', '.join(texts)}]"
