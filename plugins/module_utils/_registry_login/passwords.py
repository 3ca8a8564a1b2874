# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What can be read in the password of a registry."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime


def expiry_of(password: str) -> datetime | None:
    """When a password of Amazon ECR expires; None for one that does not say.

    It is JSON in base64, with the seconds since 1970 as C(expiration). AWS does not document that, so nothing but the date of the next
    login hangs on it.
    """
    try:
        parts = json.loads(base64.b64decode(password, validate=True))
        return datetime.fromtimestamp(int(parts["expiration"]), UTC)
    except (binascii.Error, ValueError, TypeError, KeyError, OverflowError, OSError):
        return None


def shown(moment: datetime | None) -> str | None:
    """A date as results show it, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
