# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages of a list: opaque tokens that really continue where the page before ended."""

from __future__ import annotations

import base64
import typing as t

from .call import AwsError, invalid_parameter

Item = t.TypeVar("Item")


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(f"lab-page:{position}".encode()).decode()


def _position(token: str) -> int | None:
    try:
        text = base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError:
        return None
    head, _colon, number = text.partition(":")
    return int(number) if head == "lab-page" and number.isdigit() else None


def page(items: t.Sequence[Item], token: str | None, size: int, invalid: AwsError) -> tuple[list[Item], str | None]:
    """One page and the token of the next one, None at the end; raises `invalid` for a token that the lab did not give."""
    start = 0
    if token:
        found = _position(token)
        if found is None:
            raise invalid
        start = found
    end = start + size
    return list(items[start:end]), _token(end) if end < len(items) else None


def ecr_page(items: t.Sequence[Item], parameters: dict[str, t.Any]) -> tuple[list[Item], str | None]:
    """ECR's paging: maxResults up to 1,000 and 100 when it is not given."""
    invalid = invalid_parameter("nextToken", "Invalid token")
    return page(items, parameters.get("nextToken"), int(parameters.get("maxResults") or 100), invalid)
