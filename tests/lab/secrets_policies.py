# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resource policies of secrets: what Secrets Manager accepts, and how it shows it."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from . import access, consistency
from .call import AwsError, Call
from .conditions import is_operator
from .documents import as_list, strict_json, wildcard
from .ecr_state import StoredPolicy
from .operations import own
from .principals import BadPrincipal
from .respelling import bound_document, compact, shown_document
from .secrets_store import Secret, secret_of
from .service_models import service_model

ELEMENTS = {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
SID = re.compile(r"[0-9A-Za-z]*")
RESTRICTING = ("aws:principal", "aws:source", "aws:userid", "aws:resourceaccount")


def malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicyDocumentException", message)


SYNTAX = "This resource policy contains invalid Json"


def _checked(text: str) -> dict[str, t.Any]:
    try:
        document = strict_json(text)
    except (ValueError, RecursionError):
        raise malformed(SYNTAX) from None
    if not isinstance(document, dict) or set(document) - {"Version", "Id", "Statement"} or not as_list(document.get("Statement", [])):
        raise malformed("This resource policy contains invalid syntax.")
    if document.get("Version", "2012-10-17") not in ("2008-10-17", "2012-10-17"):
        raise malformed("This resource policy contains invalid syntax.")
    sids: set[str] = set()
    for statement in as_list(document["Statement"]):
        if not isinstance(statement, dict) or set(statement) - ELEMENTS or statement.get("Effect") not in ("Allow", "Deny"):
            raise malformed("This resource policy contains invalid syntax.")
        for one, other in (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")):
            if (one in statement) == (other in statement):
                raise malformed(f"This resource policy must have one of {one} and {other} in each statement.")
        _check_statement(statement)
        sid = statement.get("Sid", "")
        if not isinstance(sid, str) or not SID.fullmatch(sid) or (sid and sid in sids):
            raise malformed("This resource policy contains a statement ID that is not valid.")
        sids.add(sid)
    return t.cast("dict[str, t.Any]", document)


def _is_action(value: str) -> bool:
    if value == "*":
        return True
    pattern = wildcard(value, ignore_case=True)
    return any(pattern.fullmatch(f"secretsmanager:{name}") for name in service_model("secretsmanager").operation_names)


def _check_statement(statement: dict[str, t.Any]) -> None:
    for value in as_list(statement.get("Action", statement.get("NotAction"))):
        if not isinstance(value, str) or not _is_action(value):
            raise malformed("This resource policy contains an unsupported action.")
    for value in as_list(statement.get("Resource", statement.get("NotResource"))):
        if not isinstance(value, str) or not (value == "*" or re.fullmatch(r"arn:[^:]*:secretsmanager:[^:]*:[^:]*:.+", value)):
            raise malformed("This resource policy contains an unsupported resource.")
    conditions = statement.get("Condition", {})
    if not isinstance(conditions, dict) or not all(is_operator(name) and isinstance(block, dict) for name, block in conditions.items()):
        raise malformed("This resource policy contains an unsupported condition.")


def stored_from(text: str, partition: str) -> StoredPolicy:
    """The stored form of a resource policy; raises MalformedPolicyDocumentException."""
    try:
        return StoredPolicy(bound_document(_checked(text), partition))
    except BadPrincipal:
        raise malformed("This resource policy contains an unsupported principal.") from None


def is_public(policy: StoredPolicy) -> bool:
    """Whether a statement allows everybody, with no condition that says who."""
    for statement in policy.statements:
        everybody = any(value == "*" for _kind, value in statement.principals or ())
        if statement.allow and everybody and not any(key.lower().startswith(RESTRICTING) for _op, key, _values in statement.conditions):
            return True
    return False


def _key(secret: Secret) -> tuple[str, ...]:
    return ("secret-policy", secret.arn)


def _only_default(call: Call) -> None:
    if call.parameters.get("PolicyName", "default") != "default":
        raise AwsError("InvalidParameterException", "The only policy name that is supported is default.")


@own("secretsmanager", "PutResourcePolicy")
def put_resource_policy(call: Call) -> dict[str, t.Any]:
    _only_default(call)
    secret = secret_of(call)
    policy = stored_from(call.parameters["ResourcePolicy"], call.partition)
    if call.parameters.get("BlockPublicPolicy") and is_public(policy):
        raise AwsError("PublicPolicyException", "The resource policy grants broad access to the secret, and BlockPublicPolicy is on.")
    consistency.replaced(_key(secret), secret.policy)
    secret.policy = policy
    return {"ARN": secret.arn, "Name": secret.name}


@own("secretsmanager", "GetResourcePolicy")
def get_resource_policy(call: Call) -> dict[str, t.Any]:
    _only_default(call)
    secret = secret_of(call)
    policy = consistency.stale(_key(secret), secret.policy)
    result = {"ARN": secret.arn, "Name": secret.name}
    if policy is not None:
        result["ResourcePolicy"] = compact(shown_document(policy.document))
    return result


@own("secretsmanager", "DeleteResourcePolicy")
def delete_resource_policy(call: Call) -> dict[str, t.Any]:
    _only_default(call)
    secret = secret_of(call)
    consistency.replaced(_key(secret), secret.policy)
    secret.policy = None
    return {"ARN": secret.arn, "Name": secret.name}


@own("secretsmanager", "ValidateResourcePolicy")
def validate_resource_policy(call: Call) -> dict[str, t.Any]:
    if call.parameters.get("SecretId"):
        secret_of(call)
    policy = stored_from(call.parameters["ResourcePolicy"], call.partition)
    errors = []
    if is_public(policy):
        errors.append({"CheckName": "PublicAccess", "ErrorMessage": "The resource policy grants broad access to the secret."})
    if call.parameters.get("SecretId") and not _may_change_it_again(call, policy):
        errors.append({"CheckName": "Lockout", "ErrorMessage": "The resource policy locks out the caller."})
    return {"PolicyValidationPassed": not errors, "ValidationErrors": errors}


def _may_change_it_again(call: Call, policy: StoredPolicy) -> bool:
    """Whether the caller could put another policy after this one. PutResourcePolicy itself does not ask."""
    secret = secret_of(call)
    old, secret.policy = secret.policy, policy
    try:
        return access.may(dataclasses.replace(call, operation="PutResourcePolicy"))
    finally:
        secret.policy = old
