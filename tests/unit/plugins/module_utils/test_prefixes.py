# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which prefix counts for a name."""

from __future__ import annotations

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._prefixes import longest


@pytest.mark.parametrize(
    ("prefixes", "name", "found"),
    [
        ((), "hub/a", None),
        (("hub", "hub/library", "ROOT"), "hub/library/a", "hub/library"),
        (("hub", "hub/library"), "hub/a", "hub"),
        (("hub/",), "hub/a", "hub/"),
        (("hub",), "hubs/a", None),
        (("hub",), "hub", None),
        (("ROOT", "hub"), "hub", "ROOT"),
        (("ROOT", "a"), "a/b", "a"),
        (("hub",), "hub/*", "hub"),
        (("ROOT",), "*", "ROOT"),
    ],
)
def test_the_longest_prefix_counts(prefixes: tuple[str, ...], name: str, found: str | None) -> None:
    assert longest(prefixes, name) == found
