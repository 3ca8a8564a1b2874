# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long things take, and states that change with time."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass
class Delays:
    """Seconds until a state changes. 0.0: after it was read once, so that whoever has to wait really does."""

    endpoint: float = 0.0
    acl: float = 0.0
    vpc_link: float = 0.0
    group: float = 0.0
    cache: float = 0.0
    delete: float = 0.0
    #: How long a group or a cache stays Pending or Creating without its image. The documentation says up to four hours.
    failed_after: float = 4 * 3600.0


@dataclasses.dataclass
class Change:
    """A change of state that is under way until `at`, and until somebody has seen that it is."""

    at: float
    seen: bool = False

    def due(self, now: float) -> bool:
        """Whether its time has come, seen or not."""
        return now >= self.at

    def done(self, now: float, reading: bool) -> bool:
        """Whether it has happened for those who look. `reading`: somebody is looking now."""
        if self.due(now) and self.seen:
            return True
        self.seen = self.seen or reading
        return False
