# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""How large each kind of document may be, and how to make it smaller."""

from __future__ import annotations

from dataclasses import dataclass

from .dialect import AWS, RAM, Dialect
from .document import Policy, PolicyError


@dataclass(frozen=True)
class DocumentKind:
    """A kind of policy document.

    ``name`` is what messages call it, ``limit`` its size in characters of minified text (None where only the service knows it),
    ``advice`` what to do when it does not fit. ``administration`` are the actions without which its owner could not change it again,
    ``deletable`` is false where there must always be a document. ``decides_alone`` is true where not even the owner's account may do what
    the document does not allow.
    """

    name: str
    limit: int | None
    advice: str
    dialect: Dialect = AWS
    administration: tuple[str, ...] = ()
    deletable: bool = True
    decides_alone: bool = False


_FEWER = "grant to whole accounts instead of single roles, or to an organization (a condition on aws:PrincipalOrgID)"

#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
REPOSITORY_POLICY = DocumentKind(
    "repository policy",
    10_240,
    f"{_FEWER}, or use 'scope: registry', where one statement serves many repositories",
    administration=("ecr:SetRepositoryPolicy", "ecr:DeleteRepositoryPolicy"),
)
#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutRegistryPolicy.html
REGISTRY_POLICY = DocumentKind(
    "registry policy",
    10_240,
    f"{_FEWER}, or use 'scope: repository' for single repositories",
    administration=("ecr:PutRegistryPolicy", "ecr:DeleteRegistryPolicy"),
)
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
TRUST_POLICY = DocumentKind(
    "trust policy",
    2_048,
    "trust whole accounts instead of single roles, or have the account's quota L-C07B4B0D raised and give the new 'size_limit'",
    deletable=False,
)
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MANAGED_POLICY = DocumentKind(
    "managed policy",
    6_144,
    "use patterns such as 'payments/*' instead of single repositories, fewer regions in a grant, or several roles",
)
#: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
SECRET_POLICY = DocumentKind(
    "secret policy",
    20_480,
    _FEWER,
    administration=("secretsmanager:PutResourcePolicy", "secretsmanager:DeleteResourcePolicy"),
)
#: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
#: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
KEY_POLICY = DocumentKind(
    "key policy",
    32_768,
    _FEWER,
    administration=("kms:PutKeyPolicy",),
    deletable=False,
    decides_alone=True,
)
#: How long it may be is not documented, and differs between accounts for the other one:
#: https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-createpolicy
RAM_TRUST_POLICY = DocumentKind("trust policy", None, "trust whole accounts instead of single roles", dialect=RAM, deletable=False)
RAM_POLICY = DocumentKind("RAM policy", None, "name fewer resources or use patterns, or spread it over several policies", dialect=RAM)


def size_of(policy: Policy | None) -> int:
    """Characters of the document's minified text; 0 for no document."""
    return 0 if policy is None else len(policy.text())


def check_size(policy: Policy | None, kind: DocumentKind) -> int:
    """The size of the document. Raises PolicyError when it is over the limit, with what to do instead."""
    size = size_of(policy)
    if kind.limit is not None and size > kind.limit:
        raise PolicyError(f"the {kind.name} would have {size:,} characters, {kind.limit:,} are allowed; {kind.advice}")
    return size
