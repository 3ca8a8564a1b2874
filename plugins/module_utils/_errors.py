# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The errors that a user sees. Each says what was refused, where, why, and what to do."""

from __future__ import annotations

from typing import Any


class RegistryError(Exception):
    """Something that a user can understand and act on; the text is complete."""


class ServiceError(RegistryError):
    """A cloud service's refusal.

    ``operation`` is the API operation, ``code`` and ``message`` are the service's own, ``request_id`` is what its support asks for.
    ``passing`` says what the trouble is when it has nothing to do with what was asked and the same call may succeed a moment later; it
    may even have taken effect. ``partly`` is true where other calls of the same write took effect before it.
    """

    partly = False

    def __init__(self, operation: str, code: str, message: str, request_id: str | None = None, passing: str | None = None) -> None:
        self.operation = operation
        self.code = code
        self.message = message
        self.request_id = request_id
        self.passing = passing
        super().__init__(f"{operation}: {code}: {message}" + (f" (request id {request_id})" if request_id else ""))


def service_error_behind(error: BaseException | None) -> ServiceError | None:
    """The service's refusal that an error comes from: the error itself, or one that caused it; None when there is none."""
    while error is not None and not isinstance(error, ServiceError):
        error = error.__cause__
    return error


def error_details(error: BaseException) -> dict[str, Any]:
    """What a result says of a service's refusal: C(error) with C(code), C(message), C(operation), and C(request_id)."""
    cause = service_error_behind(error)
    if cause is None:
        return {}
    details = {"code": cause.code, "message": cause.message, "operation": cause.operation, "request_id": cause.request_id}
    return {"error": details}
