# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Central with everything that the examples of its modules mention."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.integration.accounts import push
from tests.integration.conftest import PRIMARY, REGION, SECONDARY, Account
from tests.lab import Lab

ROLE, EXTERNAL_ID = "rhacs-ecr-reader", "acme-rhacs-7f3c"


@contextmanager
def sample_central(lab: Lab, primary: Account, secondary: Account) -> Iterator[dict[str, str]]:
    """The environment that leads to a Central of the secondary account, which may read the registries of both."""
    for account in (primary, secondary):
        account.create_role(ROLE, {"AWS": SECONDARY}, Condition={"StringEquals": {"sts:ExternalId": EXTERNAL_ID}})
        account.let(ROLE, "ecr:*")
    push(primary.client("ecr"), "payments/api", "1.0")
    with lab.start_central(environment={"AWS_ACCESS_KEY_ID": SECONDARY, "AWS_SECRET_ACCESS_KEY": "any"}) as central:
        role = {"useAssumeRole": True, "assumeRoleId": ROLE, "assumeRoleExternalId": EXTERNAL_ID}
        central.add({"name": "base", "ecr": {"registryId": PRIMARY, "region": REGION, "useIam": True, **role}})
        yield central.environment
