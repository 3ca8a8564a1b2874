# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Who reads a secret: statements for the policy of the secret, and for that of the key that encrypts it.

Across accounts both must allow, and the reader's own identity policy too:
https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from ._errors import RegistryError
from ._grants import SID_PREFIX, Recipient
from ._policy.document import Policy, RawStatement
from ._policy.patterns import covers
from ._policy.principals import EVERYONE, account_of, partition_of

#: All that somebody needs who fetches the value; the second one, on the key, where it is a customer managed one.
#: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
READ, DECRYPT = "secretsmanager:GetSecretValue", "kms:Decrypt"
#: The Sid of the statement of a secret's policy that lets readers in; it is ours.
READERS_SID = f"{SID_PREFIX}Readers"
_DECRYPT_SID = f"{SID_PREFIX}Decrypt"

#: The ARN of a secret, with the six characters that Secrets Manager adds to the name.
SECRET_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):secretsmanager:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):secret:(?P<name>.+-[A-Za-z0-9]{6})"
)


def region_of_secret(arn: str, where: str) -> str:
    """The region of a secret's full ARN. Raises RegistryError, which says ``where``, for what is none."""
    found = SECRET_ARN.fullmatch(arn)
    if not found:
        raise RegistryError(f"{where} has '{arn}', which is not the full ARN of a secret (it ends in a hyphen and six characters)")
    return found["region"]


def readers_statements(readers: Sequence[Recipient], region: str) -> list[RawStatement]:
    """The statement that lets readers fetch the value of the secret that has the policy; empty without readers.

    The resource is C(*), which means the secret that has the policy: replicas have the same policy and another ARN.
    """
    if not readers:
        return []
    return [{"Sid": READERS_SID, "Effect": "Allow", "Principal": _principal(readers, region), "Action": READ, "Resource": "*"}]


def decrypt_statements(readers: Sequence[Recipient], region: str, secrets: Sequence[str]) -> list[RawStatement]:
    """The statements of a key's policy that let readers decrypt secrets, and nothing else; empty without readers.

    ``secrets`` are the ARNs of the only secrets that are meant, each with a statement of its own; without any all that the key encrypts.
    Secrets Manager asks KMS in the reader's name, and names the secret:
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    if not readers:
        return []
    base = {"Effect": "Allow", "Principal": _principal(readers, region), "Action": DECRYPT, "Resource": "*"}
    through = {"kms:ViaService": via_service(region)}
    conditions = [{**through, "kms:EncryptionContext:SecretARN": arn} for arn in dict.fromkeys(secrets)] or [through]
    sids = decrypt_sids(secrets)
    return [{"Sid": sid, **base, "Condition": {"StringEquals": equal}} for sid, equal in zip(sids, conditions, strict=True)]


def decrypt_sids(secrets: Sequence[str]) -> list[str]:
    """The Sids of these statements, which are ours."""
    names = [arn.partition(":secret:")[2] for arn in dict.fromkeys(secrets)] or [""]
    return [_DECRYPT_SID + in_sid(name) for name in names]


def in_sid(name: str) -> str:
    """A name as a part of a Sid, which has letters and digits only."""
    return "".join(part[:1].upper() + part[1:] for part in re.split("[^A-Za-z0-9]", name))


def via_service(region: str) -> str | list[str]:
    """What C(kms:ViaService) says when Secrets Manager asks KMS.

    In China both spellings are given: it is not documented which domain the name of the service has there.
    """
    name = f"secretsmanager.{region}.amazonaws.com"
    return [name, f"{name}.cn"] if partition_of(region) == "aws-cn" else name


def readers_elsewhere(policy: Policy, owner: str | None) -> list[str]:
    """Who outside of the account ``owner`` may fetch the value according to a secret's policy: canonical principals, sorted."""
    found: set[str] = set()
    for meaning in map(policy.meaning, policy.statements):
        negated, actions = meaning.action
        if meaning.effect == "Allow" and meaning.principal and any(covers(one, READ.lower()) for one in actions) != negated:
            excludes, members = meaning.principal
            found |= {EVERYONE} if excludes else members
    return sorted(one for one in found if one == EVERYONE or account_of(one) not in (None, owner))


def _principal(readers: Iterable[Recipient], region: str) -> dict[str, Any]:
    partition = partition_of(region)
    return {"AWS": sorted({name for one in readers for name in one.arns(partition) or [str(one.account)]})}
