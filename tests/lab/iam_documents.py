# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What IAM accepts as an identity policy and as a trust policy, in its words."""

from __future__ import annotations

import re
import typing as t

from .call import AwsError
from .conditions import is_operator
from .documents import as_list, strict_json
from .ecr_state import StoredPolicy
from .principals import BadPrincipal
from .respelling import bound_document

ELEMENTS = {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
SID = re.compile(r"[0-9A-Za-z]*")
TRUST_ACTIONS = re.compile(r"sts:(\*|assumerole(\*|withwebidentity|withsaml)?|tagsession|setsourceidentity|setcontext)", re.IGNORECASE)


def malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicyDocument", message)


def counted(text: str) -> int:
    """The size that IAM's quotas count: everything but white space."""
    return len(re.sub(r"\s", "", text))


def _parse(text: str, versions: tuple[str, ...]) -> dict[str, t.Any]:
    try:
        document = strict_json(text)
    except (ValueError, RecursionError):
        raise malformed("Syntax errors in policy.") from None
    if not isinstance(document, dict) or set(document) - {"Version", "Id", "Statement"}:
        raise malformed("Syntax errors in policy.")
    if "Statement" not in document or not as_list(document["Statement"]):
        raise malformed("Syntax errors in policy.")
    version = document.get("Version")
    if version is not None and version not in ("2008-10-17", "2012-10-17"):
        raise malformed("Syntax errors in policy.")
    if version not in versions:
        raise malformed("Policy document must be version 2012-10-17 or greater.")
    sids: set[str] = set()
    for statement in as_list(document["Statement"]):
        if not isinstance(statement, dict) or set(statement) - ELEMENTS or not isinstance(statement.get("Sid", ""), str):
            raise malformed("Syntax errors in policy.")
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise malformed("Missing required field Effect" if "Effect" not in statement else f"Invalid effect: {statement['Effect']}")
        sid = statement.get("Sid", "")
        if not SID.fullmatch(sid):
            raise malformed(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
            )
        if sid and sid in sids:
            raise malformed("Statement IDs (SID) in a single policy must be unique.")
        sids.add(sid)
        _condition(statement.get("Condition", {}))
    return t.cast("dict[str, t.Any]", document)


def _condition(element: t.Any) -> None:
    if not isinstance(element, dict):
        raise malformed("Syntax errors in policy.")
    for operator, block in element.items():
        if not is_operator(operator):
            raise malformed(f"Invalid Condition type : {operator}.")
        if not isinstance(block, dict):
            raise malformed("Syntax errors in policy.")
        for values in block.values():
            if not all(isinstance(value, (str, bool, int, float)) for value in as_list(values)):
                raise malformed("Syntax errors in policy.")


def _texts(statement: dict[str, t.Any], name: str) -> list[str]:
    values = as_list(statement[name])
    if not all(isinstance(value, str) for value in values):
        raise malformed("Syntax errors in policy.")
    return values


def check_identity_policy(text: str) -> None:
    """Refuse what no inline or managed policy may be."""
    # moto, which reads the document next, asks for version 2012-10-17 in IAM's words.
    document = _parse(text, ("2012-10-17", "2008-10-17", None))  # type: ignore[arg-type]
    for statement in as_list(document["Statement"]):
        if "Principal" in statement or "NotPrincipal" in statement:
            raise malformed("Policy document must not specify a principal.")
        for one, other, missing in (
            ("Action", "NotAction", "Policy statement must contain actions."),
            ("Resource", "NotResource", "Policy statement must contain resources."),
        ):
            if (one in statement) == (other in statement):
                raise malformed("Syntax errors in policy." if one in statement else missing)
            name = one if one in statement else other
            values = _texts(statement, name)
            if not values:
                raise malformed(missing)
            for value in values:
                _action(value) if one == "Action" else _resource(value)


def _action(value: str) -> None:
    if value == "*":
        return
    vendor, colon, rest = value.partition(":")
    if not colon:
        raise malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    if not rest or ":" in rest:
        raise malformed("Actions/Condition can contain only one colon.")
    if not re.fullmatch(r"[a-zA-Z0-9\-.]+", vendor):
        raise malformed(f"Vendor {vendor} is not valid")


def _resource(value: str) -> None:
    if value == "*":
        return
    if not value.startswith("arn:"):
        raise malformed(f'Resource {value} must be in ARN format or "*".')
    if len(value.split(":", 5)) != 6:
        raise malformed("The policy failed legacy parsing")


def check_session_policy(text: str) -> None:
    check_identity_policy(text)


def stored_trust_policy(text: str, partition: str) -> StoredPolicy:
    """A trust policy in stored form; raises MalformedPolicyDocument, or LimitExceeded over 2,048 characters."""
    document = _parse(text, ("2012-10-17", "2008-10-17", None))  # type: ignore[arg-type]
    for statement in as_list(document["Statement"]):
        for field in ("Resource", "NotResource", "NotPrincipal"):
            if field in statement:
                raise malformed(f"Has prohibited field {field}")
        if "Principal" not in statement:
            raise malformed("Missing required field Principal")
        if ("Action" in statement) == ("NotAction" in statement):
            raise malformed("Missing required field Action" if "Action" not in statement else "Syntax errors in policy.")
        name = "Action" if "Action" in statement else "NotAction"
        if not _texts(statement, name):
            raise malformed("Missing required field Action")
        for value in _texts(statement, name):
            if value != "*" and not TRUST_ACTIONS.fullmatch(value):
                raise malformed("AssumeRole policy may only specify STS AssumeRole actions.")
    if counted(text) > 2048:
        raise AwsError("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", 409)
    for statement in as_list(document["Statement"]):
        principal = statement["Principal"]
        if (not isinstance(principal, dict) and principal != "*") or principal == {}:
            raise malformed("Syntax errors in policy.")
        if isinstance(principal, dict) and [] in principal.values():
            raise malformed("Missing required field Principal")
    try:
        return StoredPolicy(bound_document(document, partition, federated=True))
    except BadPrincipal as bad:
        if bad.kind == "Federated":
            raise malformed("Federated principals must be valid domain names or SAML metadata ARNs") from None
        kind = bad.kind.upper() if bad.kind == "Service" else bad.kind  # IAM writes "AWS" and "SERVICE"
        raise malformed(f'Invalid principal in policy: "{kind}":"{bad.value}"') from None
