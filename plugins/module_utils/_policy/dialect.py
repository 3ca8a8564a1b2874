# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What differs between the policy languages that share this core.

AWS IAM: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
Alibaba Cloud RAM: https://www.alibabacloud.com/help/en/ram/user-guide/policy-elements
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Dialect:
    """One policy language.

    ``identity_type`` is the principal type that holds accounts, roles and users (C(AWS), C(RAM)).
    ``account_root`` matches the ARN that stands for a whole account; its group ``account`` is the account id.
    ``account_id`` matches a bare account id. ``member_arn`` matches the ARN of an identity inside an account.
    ``default_version`` is what a document without C(Version) means; ``new_version`` is written into new documents.
    ``fold_principals`` is true where the service changes the letter case of ARNs. ``elements`` are those of a statement, ``beside`` what
    a document may have next to its version and its statements. ``text_only`` is true where numbers and booleans in conditions have to be
    written as text. ``narrowing`` says what to write instead of an ARN with a wildcard, ``restriction`` what keeps strangers out.
    """

    name: str
    identity_type: str
    principal_types: tuple[str, ...]
    account_id: re.Pattern[str]
    account_id_help: str
    account_root: re.Pattern[str]
    member_arn: re.Pattern[str]
    orphan: re.Pattern[str] | None
    versions: tuple[str, ...]
    default_version: str
    new_version: str
    variables_version: str
    fold_principals: bool
    elements: tuple[str, ...]
    beside: tuple[str, ...]
    text_only: bool
    narrowing: str
    restriction: str

    @property
    def has_sids(self) -> bool:
        """Whether statements have names."""
        return "Sid" in self.elements


_RAM_ELEMENTS = ("Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition")
#: Unique ids that AWS shows in place of a deleted role (AROA) or user (AIDA).
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
_AWS_ORPHAN = re.compile(r"A(?:ROA|IDA)[A-Z0-9]{12,}")

AWS = Dialect(
    name="AWS",
    identity_type="AWS",
    principal_types=("AWS", "Service", "Federated", "CanonicalUser"),
    account_id=re.compile(r"[0-9]{12}"),
    account_id_help="an AWS account id has 12 digits; write it in quotes, YAML drops leading zeros of numbers",
    account_root=re.compile(r"arn:aws[a-z0-9-]*:iam::(?P<account>[0-9]{12}):root"),
    member_arn=re.compile(r"arn:aws[a-z0-9-]*:(?:iam|sts)::(?P<account>[0-9]{12}):(?:role|user|assumed-role|federated-user)/[^*?\s]+"),
    orphan=_AWS_ORPHAN,
    versions=("2008-10-17", "2012-10-17"),
    default_version="2008-10-17",
    new_version="2012-10-17",
    variables_version="2012-10-17",
    fold_principals=False,
    elements=("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"),
    beside=("Id",),
    text_only=False,
    narrowing="use a condition on aws:PrincipalArn instead",
    restriction="a condition such as aws:PrincipalOrgID",
)

#: RAM returns role ARNs in lower case whatever was written, so ARNs compare case-insensitively. Statements have no names:
#: https://www.alibabacloud.com/help/en/ram/user-guide/policy-structure-and-syntax
RAM = Dialect(
    name="RAM",
    identity_type="RAM",
    principal_types=("RAM", "Service", "Federated"),
    account_id=re.compile(r"[0-9]{10,20}"),
    account_id_help="an Alibaba Cloud account id has 10 to 20 digits; write it in quotes",
    account_root=re.compile(r"acs:ram::(?P<account>[0-9]{10,20}):root", re.IGNORECASE),
    member_arn=re.compile(r"acs:(?:ram|sts)::(?P<account>[0-9]{10,20}):(?:role|user|assumed-role)/[^*?\s]+", re.IGNORECASE),
    orphan=None,
    versions=("1",),
    default_version="1",
    new_version="1",
    variables_version="1",
    fold_principals=True,
    elements=_RAM_ELEMENTS,
    beside=(),
    text_only=True,
    narrowing="name each role or user, or the whole account",
    restriction="a condition on acs:SourceIp",
)
