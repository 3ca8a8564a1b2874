# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which secrets' policies a task is about, and what each should become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import RegistryError
from .._grants import read_recipients
from .._policy.document import Policy
from .._policy.limits import SECRET_POLICY
from .._policy_flow import Document
from .._readers import READERS_SID, readers_statements, region_of_secret
from .identity import caller_identity
from .policy_module import check_resource_statements, given_ownership, given_policy, require_statements
from .repositories import regions_of
from .secret_keys import SecretKeys
from .secret_policy import SecretPolicyStore

if TYPE_CHECKING:
    from .module import RegistryAWSModule


def secret_policy_documents(module: RegistryAWSModule) -> list[Document]:
    """One document for each secret of the module's options. Raises RegistryError, PolicyError or ServiceError."""
    params = module.params
    policy, absent = given_policy(params), params["state"] == "absent"
    readers = None if params["readers"] is None else read_recipients(params["readers"], "readers")
    require_statements(params, policy, readers)
    if policy and not absent:
        check_resource_statements(policy, SECRET_POLICY, "secretsmanager")
    ownership = given_ownership(params, sids=() if readers is None else [READERS_SID])
    places = _places(module)
    account = caller_identity(module).account
    documents = []
    for region, name in places:
        desired = policy or Policy(statements=() if absent else tuple(readers_statements(readers or (), region)))
        store = SecretPolicyStore(
            reader=module.aws_client("secretsmanager", region),
            writer=module.aws_client("secretsmanager", region, repeats=False),
            keys=_keys(module, region),
            name=name,
            account=account,
            region=region,
            desired=None if absent else desired,
            block_public=params["block_public_policy"],
            expected=module.check_mode and name in (params["new_secrets"] or ()),
        )
        documents.append(Document(store, desired, ownership))
    return documents


def _keys(module: RegistryAWSModule, region: str) -> SecretKeys:
    """For one secret only: threads do not share it. The client is made here, by one thread."""
    client = module.aws_client("kms", region)
    return SecretKeys(lambda: client)


def _places(module: RegistryAWSModule) -> list[tuple[str, str]]:
    """The region and name of each secret. An ARN says its region itself."""
    given = list(dict.fromkeys(module.params["secrets"]))
    if not given:
        raise RegistryError("nothing says which secrets: give 'secrets'")
    if "" in given:
        raise RegistryError("'secrets' has an empty name, most likely a variable that is not set")
    arns = [(region_of_secret(one, "'secrets'"), one) for one in given if one.startswith("arn:")]
    names = [one for one in given if not one.startswith("arn:")]
    regions = regions_of(module, module.params["regions"]) if names else []
    return [*arns, *((region, name) for region in regions for name in names)]
