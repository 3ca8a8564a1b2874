# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the API server refuses: a Status with its reason, in Kubernetes' words."""

from __future__ import annotations

import typing as t

REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    415: "UnsupportedMediaType",
    422: "Invalid",
    500: "InternalError",
    503: "ServiceUnavailable",
}


class Refused(Exception):
    """The request ends with this Status."""

    def __init__(self, status: int, message: str, reason: str = "", **details: t.Any) -> None:
        super().__init__(message)
        self.status, self.message, self.reason, self.details = status, message, reason or REASONS[status], details

    @property
    def body(self) -> dict[str, t.Any]:
        found = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": self.message, "reason": self.reason}
        return {**found, **({"details": self.details} if self.details else {}), "code": self.status}


def unauthorized() -> Refused:
    return Refused(401, "Unauthorized")
