# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which keys' policies a task is about, and what each should become."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .._errors import RegistryError
from .._grants import read_recipients
from .._policy.document import Policy
from .._policy.limits import KEY_POLICY
from .._policy_flow import Document
from .._readers import decrypt_sids, decrypt_statements, region_of_secret
from .identity import caller_identity
from .key_policy import KeyPolicyStore
from .policy_module import check_resource_statements, given_ownership, given_policy, require_statements
from .repositories import regions_of

if TYPE_CHECKING:
    from .module import RegistryAWSModule

_ARN = re.compile(r"arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):(?:key|alias)/.+")


def key_policy_documents(module: RegistryAWSModule) -> list[Document]:
    """One document for each key of the module's options. Raises RegistryError, PolicyError or ServiceError."""
    params = module.params
    policy, absent = given_policy(params), params["state"] == "absent"
    readers = None if params["decrypt_for"] is None else read_recipients(params["decrypt_for"], "decrypt_for")
    require_statements(params, policy, readers)
    if policy and not absent:
        check_resource_statements(policy, KEY_POLICY, "kms")
    if params["secrets"] is not None and (readers is None or not params["secrets"]):
        raise RegistryError("'secrets' narrows 'decrypt_for' down to some secrets: give both, with one secret at least, or leave it out")
    secrets: dict[str, list[str]] = {}
    for arn in params["secrets"] or ():
        secrets.setdefault(region_of_secret(arn, "'secrets'"), []).append(arn)
    places = _places(module)
    _check_regions(secrets, [region for region, _key in places])
    account = caller_identity(module).account
    _check_account(places, account)
    documents = []
    for region, key in places:
        here = secrets.get(region, [])
        ours = decrypt_sids(here) if readers is not None else []
        desired = policy or Policy(statements=() if absent else tuple(decrypt_statements(readers or (), region, here)))
        store = KeyPolicyStore(
            reader=module.aws_client("kms", region),
            writer=module.aws_client("kms", region, repeats=False),
            key=key,
            account=account,
            region=region,
            force=params["force"],
            for_secrets=bool(readers) and not absent,
            warn=module.warn,
        )
        documents.append(Document(store, desired, given_ownership(params, sids=ours)))
    return documents


def _places(module: RegistryAWSModule) -> list[tuple[str, str]]:
    """The region and name of each key. An ARN says its region itself."""
    given = list(dict.fromkeys(module.params["keys"]))
    if not given:
        raise RegistryError("nothing says which keys: give 'keys'")
    if "" in given:
        raise RegistryError("'keys' has an empty name, most likely a variable that is not set")
    arns = [(found["region"], one) for one in given if (found := _ARN.fullmatch(one))]
    names = [one for one in given if not _ARN.fullmatch(one)]
    wrong = [one for one in names if one.startswith("arn:")]
    if wrong:
        raise RegistryError(f"'keys' has '{wrong[0]}', which is no ARN of a KMS key or alias")
    regions = regions_of(module, module.params["regions"]) if names else []
    return [*arns, *((region, name) for region in regions for name in names)]


def _check_regions(secrets: dict[str, list[str]], regions: Sequence[str]) -> None:
    """A key encrypts in its own region only; without a secret there a key would serve all secrets."""
    if not secrets:
        return
    stray = [arn for region, arns in secrets.items() for arn in arns if region not in regions]
    if stray:
        raise RegistryError(f"'secrets' has {stray[0]}, but none of 'keys' is in that region, and a key encrypts in its own region only")
    idle = [region for region in regions if region not in secrets]
    if idle:
        raise RegistryError(
            f"'keys' has one in {idle[0]}, but none of 'secrets' is there; give a secret of that region, or leave the key out"
        )


def _check_account(places: Sequence[tuple[str, str]], account: str) -> None:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html says: cross-account use: no."""
    for _region, key in places:
        found = _ARN.fullmatch(key)
        if found and found["account"] != account:
            raise RegistryError(
                f"the key {key} is of account {found['account']}, and only identities of that account can change its policy; "
                f"the credentials are those of account {account}"
            )
