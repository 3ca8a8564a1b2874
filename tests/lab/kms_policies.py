# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Key policies: principals bound when they are written, a caller may not lock itself out, the only name is default."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from . import access, consistency, kms_keys
from .authorization import RESOURCE, Decision
from .call import AwsError, Call
from .conditions import is_operator
from .documents import as_list, strict_json
from .operations import after, before, own
from .principals import BadPrincipal
from .respelling import bound_document, compact, pretty, shown_document

if t.TYPE_CHECKING:
    from .wire import Answer


POLICY_SIZE = 32 * 1024  # KMS developer guide, "Quotas"
ELEMENTS = {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}


def malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicyDocumentException", message)


def _check_grammar(document: t.Any) -> None:
    if set(document) - {"Version", "Id", "Statement"} or document.get("Version", "2012-10-17") not in ("2008-10-17", "2012-10-17"):
        raise malformed("The new key policy is not valid: elements of the document.")
    sids: set[str] = set()
    for statement in as_list(document["Statement"]):
        sid = statement.get("Sid", "")
        if set(statement) - ELEMENTS or (sid and sid in sids):
            raise malformed("The new key policy is not valid: elements of a statement, or a Sid that is there twice.")
        sids.add(sid)
        if not as_list(statement.get("Action", statement.get("NotAction", []))):
            raise malformed("The new key policy is not valid: every statement needs an action.")
        for operator, block in statement.get("Condition", {}).items():
            if not is_operator(operator) or not isinstance(block, dict):
                raise malformed("The new key policy is not valid: conditions.")


def stored_text(text: str, partition: str) -> str:
    """The text that the lab keeps for a key policy, with principals bound. AWS's words about its grammar are not documented."""
    if len(text.encode()) > POLICY_SIZE:
        raise AwsError("LimitExceededException", "The key policy exceeds 32 KB.")
    try:
        document = strict_json(text)
        statements = as_list(document["Statement"])
        if any(not isinstance(s, dict) or s.get("Effect") not in ("Allow", "Deny") or "Resource" not in s for s in statements):
            raise malformed("The new key policy is not valid: every statement needs Effect and Resource.")
        if any("Principal" not in s and "NotPrincipal" not in s for s in statements):
            raise malformed("The new key policy is not valid: every statement needs a principal.")
        _check_grammar(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise malformed("The new key policy is not valid JSON, or has no statement.") from None
    try:
        return compact(bound_document(document, partition))
    except BadPrincipal:
        raise malformed("Policy contains a statement with one or more invalid principals.") from None


def not_found(call: Call, name: str) -> AwsError:
    prefix = f"arn:{call.partition}:kms:{call.region}:{call.account}:"
    if name.startswith("alias/") or ":alias/" in name:
        return AwsError("NotFoundException", f"Alias {name if name.startswith('arn:') else prefix + name} is not found.")
    return AwsError("NotFoundException", f"Key '{name if name.startswith('arn:') else prefix + 'key/' + name}' does not exist")


@before("kms", "EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion")
def take_key_arns_too(call: Call) -> None:
    """AWS takes a key's ARN here; moto takes its id only."""
    key = kms_keys.find_key(call.account, call.region, str(call.parameters["KeyId"]))
    if key is not None and call.parameters["KeyId"] == key.arn:
        call.body = json.dumps({**json.loads(call.body), "KeyId": key.id}).encode()


@before("kms", "GetKeyPolicy", "PutKeyPolicy")
def refuse_other_names_and_accounts(call: Call) -> None:
    """Both take ids and key ARNs, no aliases, and keys of one's own account only (API reference, "Cross-account use: No")."""
    name = str(call.parameters["KeyId"])
    if name.startswith("alias/") or ":alias/" in name:
        raise AwsError("NotFoundException", f"Invalid keyId '{name}'")
    if call.caller.account != call.account:
        denied = access.denial_text(call.caller, f"kms:{call.operation}", name, Decision(False, RESOURCE))
        raise AwsError("AccessDeniedException", denied)


USES = ("Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt", "Sign", "Verify", "GetPublicKey")


@before("kms", "*")
def named_key_must_exist(call: Call) -> None:
    name = call.parameters.get("KeyId")
    if name and kms_keys.find_key(call.account, call.region, str(name)) is None:
        raise not_found(call, str(name))


@before("kms", *USES)
def key_must_be_enabled(call: Call) -> None:
    name = kms_keys.named_key(call)
    key = kms_keys.find_key(call.account, call.region, name) if name else None
    if key is not None and key.key_state == "Disabled":
        raise AwsError("DisabledException", f"{key.arn} is disabled.")
    if key is not None and key.key_state == "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")


def _key(call: Call) -> t.Any:
    name = str(call.parameters["KeyId"])
    key = kms_keys.find_key(call.account, call.region, name)
    if key is None:
        raise not_found(call, name)
    if call.parameters.get("PolicyName", "default") != "default":
        raise AwsError("NotFoundException", "No such policy exists")
    return key


@own("kms", "GetKeyPolicy")
def get_key_policy(call: Call) -> dict[str, t.Any]:
    key = _key(call)
    text = consistency.stale(("key-policy", key.arn), key.policy)
    return {"Policy": pretty(shown_document(json.loads(text))), "PolicyName": "default"}


@own("kms", "PutKeyPolicy")
def put_key_policy(call: Call) -> None:
    key = _key(call)
    old, key.policy = key.policy, stored_text(call.parameters["Policy"], call.partition)
    if not call.parameters.get("BypassPolicyLockoutSafetyCheck") and not access.may(dataclasses.replace(call)):
        key.policy = old
        raise malformed("The new key policy will not allow you to update the key policy in the future.")
    consistency.replaced(("key-policy", key.arn), old)


@before("kms", "CreateKey")
def check_new_policy(call: Call) -> None:
    if call.parameters.get("Policy"):
        stored_text(call.parameters["Policy"], call.partition)


@after("kms", "CreateKey")
def bind_new_policy(call: Call, answer: Answer) -> None:
    key = kms_keys.find_key(call.account, call.region, json.loads(answer[2])["KeyMetadata"]["KeyId"])
    if key is not None and call.parameters.get("Policy"):
        key.policy = stored_text(call.parameters["Policy"], call.partition)
