# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""How a failure of access is told to people: a table of what is not right, and the statements that are missing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_STATEMENTS = 5


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows, the header first, as lines of text in columns; the last column is as wide as it is."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    return ["  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[-1]]) for row in rows]


def what_is_missing(missing: Iterable[Mapping[str, Any] | None]) -> list[str]:
    """Lines with each statement once, ready to paste; no lines when nothing is missing. They are entries C(missing) of checks."""
    statements = list(dict.fromkeys(_statement(one) for one in missing if one))
    if not statements:
        return []
    lines = ["", "What is missing:", *(f"- {text}" for text in statements[:_STATEMENTS])]
    if len(statements) > _STATEMENTS:
        lines.append(f"... and {len(statements) - _STATEMENTS} more, see 'missing' of each check")
    return lines


def _statement(missing: Mapping[str, Any]) -> str:
    where = " ".join(part for part in (missing["account"], missing["region"]) if part)
    return f"{missing['document']}{f' in {where}' if where else ''}: {json.dumps(missing['statement'])}"
