# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What AWS says when it denies something: which kind of policy, which statement's effect, which action, resource and caller.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DenialLayer = Literal["organization", "resource", "identity", "boundary", "session", "trust", "resource_control", "endpoint"]


@dataclass(frozen=True)
class Denial:
    """What a denial says. ``layer`` is None where it does not tell; ``policy`` is the ARN of the policy that denies, where it is told."""

    layer: DenialLayer | None
    explicit: bool
    action: str | None = None
    resource: str | None = None
    principal: str | None = None
    policy: str | None = None


def read_denial(message: str) -> Denial | None:
    """What AWS says in the text of a denial; None when the text is none."""
    raise NotImplementedError(message)
