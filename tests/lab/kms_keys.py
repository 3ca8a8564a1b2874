# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""KMS keys as moto keeps them: finding one by id, ARN or alias, its key policy, and whether a caller may use it."""

from __future__ import annotations

import json
import typing as t

from moto.kms.models import Key, kms_backends

from .authorization import Request, decide
from .call import AwsError, Call, dns_suffix, partition_of
from .context import request_context
from .documents import Statement, statements_of
from .identity import layers_of


def find_key(account: str, region: str, name: str) -> Key | None:
    """A key by id, key ARN, alias name or alias ARN; None also when it is of another region."""
    fields = name.split(":", 5)
    if name.startswith("arn:"):
        if len(fields) < 6 or fields[3] != region:
            return None
        account, name = fields[4], fields[5]
    backend = kms_backends[account][region]
    name = name.removeprefix("key/")
    if name.startswith("alias/"):
        # moto makes the AWS managed keys when somebody asks for their aliases, as AWS makes them at their first use.
        key_id = backend.get_key_id_from_alias(name)
        found = t.cast("Key | None", backend.keys.get(key_id or ""))
        if found is not None and name.startswith("alias/aws/") and found.key_manager != "AWS":
            found.key_manager = "AWS"
            found.policy = _managed_policy(account, region, name.removeprefix("alias/aws/"))
        return found
    return t.cast("Key | None", backend.keys.get(name))


def _managed_policy(account: str, region: str, service: str) -> str:
    """The policy of an AWS managed key: use by the account through the service, and a look at it. Nobody may change it."""
    partition = partition_of(region)
    through = {"kms:CallerAccount": account, "kms:ViaService": f"{service}.{region}.{dns_suffix(partition)}"}
    use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"]
    look = ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"]
    root = {"AWS": f"arn:{partition}:iam::{account}:root"}
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": use, "Resource": "*", "Condition": {"StringEquals": through}},
        {"Effect": "Allow", "Principal": root, "Action": look, "Resource": "*"},
    ]
    return json.dumps({"Version": "2012-10-17", "Id": f"auto-{service}", "Statement": statements})


def named_key(call: Call) -> str | None:
    """What names the key of a call; a ciphertext names its key itself, in any account (Decrypt without KeyId)."""
    name = call.parameters.get("KeyId") or call.parameters.get("TargetKeyId")
    blob = call.parameters.get("CiphertextBlob")
    if name or not isinstance(blob, bytes):
        return str(name) if name else None
    key_id = blob[:36].decode("ascii", "replace")  # moto's ciphertexts begin with the id of their key
    for account in list(kms_backends.keys()):
        key = kms_backends[account][call.region].keys.get(key_id)
        if key is not None:
            return str(key.arn)
    return None


def key_policy(account: str, region: str, arn: str) -> list[Statement] | None:
    """The statements of a key's policy; None when there is no such key."""
    key = find_key(account, region, arn)
    return list(statements_of(str(key.policy))) if key is not None else None


def must_be_usable(call: Call, name: str, action: str, secret_arn: str = "") -> None:
    """Refuse a key that is not there, disabled or asymmetric, or that the caller may not use through Secrets Manager, in its words."""
    key = find_key(call.account, call.region, name)
    if key is not None and key.account_id != call.account and not name.startswith("arn:"):
        key = None
    if key is None or key.key_state != "Enabled" or key.key_spec != "SYMMETRIC_DEFAULT":
        verb = "decrypt the protected secret text" if action == "kms:Decrypt" else "encrypt the protected secret text"
        code = "DecryptionFailure" if action == "kms:Decrypt" else "EncryptionFailure"
        raise AwsError(
            code,
            f"Secrets Manager can't {verb} using the provided KMS key. "
            "Check that the KMS key is available, enabled, and not in an invalid state.",
        )
    more = {
        "kms:viaservice": [f"secretsmanager.{call.region}.{dns_suffix(call.partition)}"],
        "kms:calleraccount": [call.caller.account],
    }
    if secret_arn:
        more["kms:encryptioncontext:secretarn"] = [secret_arn]
        more["kms:encryptioncontextkeys"] = ["SecretARN", "SecretVersionId"]
    context = request_context(call.caller, call.region, key.account_id, call.source_ip, more=more)
    request = Request(call.caller, action, key.arn, context)
    call.needs.append((action, key.arn))
    if not decide(request, key.account_id, layers_of(call.caller), statements_of(str(key.policy)), resource_must_allow=True).allowed:
        raise AwsError("AccessDeniedException", "Access to KMS is not allowed")
