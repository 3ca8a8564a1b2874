# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which roles and users a task is about, and what their policies should become."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from .._errors import RegistryError
from .._grants import LOGIN_SID, identities, identity_statements, read_grants
from .._policy.document import Policy, check_statements
from .._policy_flow import Document
from .._trust import trust_statements
from .iam_statements import check_identity_statements, check_trust_statements
from .identity import caller_identity
from .policy_module import given_ownership, given_policy, require_statements
from .role_registry_policy import Holder, RolePolicyStore, holders
from .trust_policy import TrustPolicyStore

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .identity import Identity
    from .module import RegistryAWSModule

#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


def registry_policy_documents(module: RegistryAWSModule) -> list[Document]:
    """One document for each role or user whose registry policy is, or was, the matter of the module's options.

    Raises RegistryError, PolicyError or ServiceError.
    """
    params = module.params
    policy = given_policy(params)
    grants = None if params["grants"] is None else read_grants(params["grants"])
    identity = caller_identity(module)
    client = _iam(module)
    there = holders(client)
    if grants is not None:
        ownership = given_ownership(params, [sid for grant in grants for sid in grant.family()], companions=[LOGIN_SID])
        named = {Holder(kind, name) for kind, name in identities(grants, identity.account)} if params["state"] != "absent" else set()
        # A grant may have named others before: whoever has a policy is looked at.
        wanted = named | set(there)
    else:
        ownership = given_ownership(params)
        named = {Holder(kind, name) for kind in ("role", "user") for name in _names(params[f"{kind}s"], kind, identity)}
        wanted = named
        _require_roles(named)
        require_statements(params, policy)
        if policy and params["state"] != "absent":
            check_identity_statements(policy)
        named = named if params["state"] != "absent" else set()
    new = {Holder("role", name) for name in _names(params["new_roles"], "role", identity)} if module.check_mode else set()
    documents = []
    for holder in sorted(wanted, key=lambda one: (one.kind, one.name)):
        store = RolePolicyStore(client, identity, holder, there.get(holder), leaving=holder not in named, expected=holder in new)
        desired = policy or Policy()
        if grants is not None and holder in named:
            desired = Policy(statements=tuple(identity_statements(grants, identity.account, holder.kind, holder.name)))
        documents.append(Document(store, desired, ownership))
    return documents


def trust_policy_documents(module: RegistryAWSModule) -> list[Document]:
    """One document for each role of the module's options. Raises RegistryError, PolicyError or ServiceError."""
    params = module.params
    policy = given_policy(params)
    identity = caller_identity(module)
    if params["trusted"] is not None:
        policy = Policy(statements=tuple(check_statements(trust_statements(params["trusted"], identity.partition))))
    _require_roles(params["roles"])
    require_statements(params, policy)
    if policy and params["state"] != "absent":
        check_trust_statements(policy)
    ownership = given_ownership(params)
    reader, writer = _iam(module), _iam(module, repeats=False)
    paths = {name: _path(text) if params["create_missing"] else None for text, name in _named(params["roles"], "role", identity)}
    return [
        Document(TrustPolicyStore(reader, writer, identity, role, params["size_limit"], path), policy or Policy(), ownership)
        for role, path in paths.items()
    ]


def _iam(module: RegistryAWSModule, repeats: bool = True) -> BaseClient:
    """IAM is the same in all regions, so it needs none."""
    return module.aws_client("iam", module.region or "us-east-1", repeats)


def _names(given: Sequence[str] | None, kind: str, identity: Identity) -> list[str]:
    """The names of roles or users that may be given with their paths or as ARNs, each once. Raises RegistryError."""
    return list(dict.fromkeys(name for with_path, name in _named(given, kind, identity)))


def _path(named: str) -> str:
    """The path of a role, from its name with its path."""
    return f"/{named.lstrip('/').rpartition('/')[0]}/".replace("//", "/")


def _named(given: Sequence[str] | None, kind: str, identity: Identity) -> list[tuple[str, str]]:
    """(name with its path, name) of roles or users that may be given as ARNs.

    Raises RegistryError for an ARN that is not of this account: a role of the same name may well be here too.
    """
    names = []
    for text in given or ():
        path = text
        if text.startswith("arn:"):
            start = f"arn:{identity.partition}:iam::{identity.account}:{kind}/"
            if not text.startswith(start):
                raise RegistryError(f"'{text}' is no {kind} of the account {identity.account}, which the credentials belong to")
            path = text.removeprefix(start)
        name = path.rpartition("/")[2]
        if not _NAME.fullmatch(name):
            raise RegistryError(f"'{text}' is no name and no ARN of a {kind}")
        names.append((path, name))
    return names


def _require_roles(named: Collection[object]) -> None:
    if not named:
        raise RegistryError("nothing says which roles: give 'roles'")
