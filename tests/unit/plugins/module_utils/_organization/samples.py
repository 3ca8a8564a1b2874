# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An organization for unit tests, and random ones."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import strategies as st

from ansible_collections.crossaccount.registry.plugins.module_utils._organization.model import Account, Organization, Unit

MANAGEMENT, PAYMENTS, SHOP, CLOSED = "111122223333", "444455556666", "777788889999", "999900001111"
WORK, PROD, TEST, OTHER_PROD = "ou-ab12-11111111", "ou-ab12-22222222", "ou-ab12-33333333", "ou-ab12-44444444"
ROOT = "r-ab12"
PATH = f"o-a1b2c3d4e5/{ROOT}/"

ORGANIZATION = Organization(
    id="o-a1b2c3d4e5",
    root=ROOT,
    partition="aws",
    management=MANAGEMENT,
    caller=MANAGEMENT,
    units=(Unit(WORK, "Workloads", ROOT), Unit(PROD, "Production", WORK), Unit(TEST, "Test", WORK), Unit(OTHER_PROD, "Production", ROOT)),
    accounts=(
        Account(MANAGEMENT, "Management", "ACTIVE", ROOT, "aws@example.com", {}),
        Account(PAYMENTS, "Payments", "ACTIVE", PROD, None, {"stage": "prod", "registry": "primary"}),
        Account(SHOP, "Web shop", "ACTIVE", TEST, None, {"stage": "test"}),
        Account(CLOSED, "Payments", "SUSPENDED", WORK, None, {"stage": "prod"}),
    ),
)

#: Few different names and letters, so that they meet.
NAMES = st.one_of(
    st.sampled_from(["a", "a b", "a-b", "a_b", "all", "localhost", "", "!", "A", "a/b"]), st.text(alphabet="ab-_ /{", max_size=3)
)


@st.composite
def organizations(draw: st.DrawFn) -> Organization:
    """Organizations whose accounts and units have names that are alike."""
    units: list[Unit] = []
    for number in range(draw(st.integers(0, 6))):
        parent = draw(st.sampled_from([ROOT, *(unit.id for unit in units)]))
        units.append(Unit(f"ou-ab12-{number:08}", draw(NAMES), parent))
    ids = [f"{number:012}" for number in range(draw(st.integers(0, 8)))]
    # Names that are another account's name with its id added.
    names = st.one_of(
        NAMES, st.builds(lambda name, number: f"{name}-{number}", NAMES, st.sampled_from(ids or ["x"])), st.sampled_from(ids or ["x"])
    )
    parents = st.sampled_from([ROOT, *(unit.id for unit in units)])
    states = st.sampled_from(["ACTIVE", "SUSPENDED"])
    accounts = tuple(Account(one, draw(names), draw(states), draw(parents), None, {"stage": draw(NAMES)}) for one in ids)
    return replace(ORGANIZATION, units=tuple(units), accounts=accounts)


def shuffled(organization: Organization, rng: random.Random) -> Organization:
    """The same organization, told in another order."""
    units, accounts = list(organization.units), list(organization.accounts)
    rng.shuffle(units)
    rng.shuffle(accounts)
    return replace(organization, units=tuple(units), accounts=tuple(accounts))
