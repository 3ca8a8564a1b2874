# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What is wrong or risky in a document, in one sentence, and what to do about it in another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["critical", "high", "medium", "low", "info"]
#: The worst first.
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")


@dataclass(frozen=True)
class Finding:
    """``document`` is what it is about, ``statement`` its statements, ``principal`` whom it is about, each None when it is about none."""

    severity: Severity
    rule: str
    document: str
    message: str
    remedy: str
    statement: str | None = None
    principal: str | None = None
