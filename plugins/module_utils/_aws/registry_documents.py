# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which registry policies a task is about, and what each should become."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .._grants import read_grants, registry_statements
from .._policy.document import Policy
from .._policy_flow import Document
from .account_setting import RegistryScope
from .identity import caller_identity
from .policy_module import given_ownership, given_policy, require_statements
from .registry_policy import RegistryPolicyStore, check_registry_statements, check_resources
from .repositories import ALL_REGIONS, open_to_us, regions_of

if TYPE_CHECKING:
    from .module import RegistryAWSModule


def registry_documents(module: RegistryAWSModule) -> list[Document]:
    """One document for each region of the module's options. Raises RegistryError, PolicyError or ServiceError."""
    params = module.params
    policy = given_policy(params)
    # Grants of the other scope stay in: they own what they had here before their scope changed.
    grants = None if params["grants"] is None else read_grants(params["grants"])
    require_statements(params, policy, grants)
    if policy and params["state"] != "absent":
        check_registry_statements(policy)
    account = caller_identity(module).account
    here = [grant for grant in grants or () if grant.account == account]
    ownership = given_ownership(params, sids=[sid for grant in grants or () for sid in grant.family()])
    regions = [*(params["regions"] or ()), *(region for grant in here for region in grant.regions)]
    if grants is not None and not regions:
        return []
    stores = [
        RegistryPolicyStore(module.aws_client("ecr", region), module.aws_client("ecr", region, repeats=False), account, region)
        for region in regions_of(module, regions)
    ]
    if ALL_REGIONS in regions:
        needed = {region for grant in here if grant.scope == "registry" for region in grant.regions}
        is_open = open_to_us(module, stores, needed)
        stores = [store for store in stores if store.region in is_open]
    documents = []
    for store in stores:
        desired = policy or Policy()
        if grants is not None and params["state"] != "absent":
            desired = Policy(statements=tuple(one for grant in here for one in registry_statements(grant, str(store.region), "registry")))
        documents.append(Document(store, desired, ownership, partial(_check, store, desired)))
    return documents


def _check(store: RegistryPolicyStore, desired: Policy) -> None:
    """Refuses what this very registry does not take. Raises PolicyError or ServiceError."""
    check_resources(desired, str(store.account), str(store.region))
    RegistryScope(store.reader).check(desired)
