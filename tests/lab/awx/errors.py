# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How AWX refuses."""

from __future__ import annotations

import typing as t


class Refused(Exception):
    """An answer that is no success; `body` is what it says."""

    def __init__(self, status: int, body: dict[str, t.Any]) -> None:
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


def invalid(field: str, message: str) -> Refused:
    """A request with a field that cannot be so."""
    return Refused(400, {field: [message]})


def not_found() -> Refused:
    return Refused(404, {"detail": "Not found."})
