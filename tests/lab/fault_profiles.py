# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names and settings of the fault profiles. Imports nothing heavy, so that a wrong name is refused at once."""

from __future__ import annotations

import typing as t

#: What the random choices begin with.
SEED = 20240801
# profile -> its settings and what they are when nothing else is said
PROFILES: dict[str, dict[str, float]] = {
    "slow": {"seconds": 0.15},
    "throttling": {"share": 0.2},
    "server-errors": {"share": 0.15},
    "dropped-connections": {"share": 0.1},
    "eventual-consistency": {"seconds": 3.0},
}
ALIASES = {"5xx": "server-errors"}


class UnknownProfile(ValueError):
    """No such fault profile; the message lists those that there are."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown fault profile {name!r}; there are: {', '.join([*PROFILES, *ALIASES])}")


def profile_name(name: str) -> str:
    """The proper name of a profile; raises UnknownProfile."""
    found = name.strip().lower()
    found = ALIASES.get(found, found)
    if found not in PROFILES:
        raise UnknownProfile(name)
    return found


def read_profile(wanted: t.Any) -> tuple[str, dict[str, float]]:
    """A profile's name and all settings, from a name or a dict of `profile` and settings. Raises UnknownProfile or ValueError."""
    given = dict(wanted) if isinstance(wanted, dict) else {"profile": wanted}
    name = profile_name(str(given.pop("profile", "")))
    unknown = set(given) - set(PROFILES[name])
    if unknown:
        raise ValueError(f"profile {name} has no setting {', '.join(sorted(unknown))}; it has {', '.join(PROFILES[name])}")
    return name, {**PROFILES[name], **{key: float(value) for key, value in given.items()}}


def parse_names(text: str) -> list[str]:
    """The profiles in a comma-separated text."""
    return [profile_name(name) for name in text.split(",") if name.strip()]
