# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Turns what the library raises into errors that a user can act on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .._errors import ServiceError

#: Beginnings of codes -> what to do.
#: https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-errorcodes
_ADVICE = (
    (
        ("NoPermission", "Forbidden", "AuthFailed", "NotAuthorized"),
        "the caller may not do this; allow it {product}:{action} in a RAM policy, or act as a role that may ('assume_role')",
    ),
    (("InvalidUser.PassRole",), "allow the caller ram:PassRole on the role of 'ram_role_name'"),
    (
        ("InvalidAccessKeyId", "Inactive"),
        "the access key does not exist or is disabled; check 'access_key_id', 'profile' and the ALIBABA_CLOUD_* variables",
    ),
    (("SignatureDoesNotMatch", "IncompleteSignature"), "the secret does not belong to the access key; check 'access_key_secret'"),
    (
        ("InvalidSecurityToken", "MissingSecurityToken", "MalformedSecurityToken"),
        "the temporary credentials have expired, or their token is missing; get new ones, and give 'security_token' with them",
    ),
    (("InvalidTimeStamp", "IllegalTimestamp"), "the clock of this machine is wrong; set it"),
    (
        ("InvalidParameter.PolicyDocument.Length", "InvalidParameter.AssumeRolePolicyDocument.Length"),
        "the document is too long; name fewer resources or use patterns, or spread it over several policies",
    ),
    (
        ("INSTANCE_NOT_EXIST",),
        "the account has no instance of Container Registry with this id in this region; check 'instance_id', 'region' and whose "
        "credentials these are",
    ),
    (("LimitExceeded",), "a quota of the account is used up; remove what is not used, or have the quota raised"),
)
#: The same for a role that cannot be assumed.
#: https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole
_ASSUMING = (
    "the role must trust the caller, with the external ID where it asks for one, and the caller must be allowed sts:AssumeRole on it; "
    "the key of an account itself can assume no role, use that of a RAM user"
)
#: Codes by which a service says that it has trouble of its own. SLB_SERVICE_ERROR: what the registry itself asks does not answer.
_TROUBLE = ("ServiceUnavailable", "InternalError", "SLB_SERVICE_ERROR", "SYSTEM_ERROR")
#: HTTP 429.
_TOO_MANY = 429
THROTTLED, TROUBLE, SILENCE = (
    "Alibaba Cloud takes no more requests for the moment",
    "Alibaba Cloud has trouble of its own",
    "Alibaba Cloud did not answer",
)
#: Characters of a message that repeats what is no answer of the service.
_LONGEST = 500
#: What the messages of network errors and of wrong signatures repeat of a request.
_URL = re.compile(r"(?<=with url: )\S+")
_SIGNED = re.compile(r"[,;.]?\s*server (?:string ?to ?sign|canonical request).*", re.IGNORECASE | re.DOTALL)
_STATUS = re.compile(r"^code: \d+, (?P<text>.*?)(?: request id: \S*)?$", re.DOTALL)


class AlicloudError(ServiceError):
    """A refusal of Alibaba Cloud. ``retry_after`` are the seconds that the service asks to wait."""

    def __init__(
        self,
        product: str,
        action: str,
        code: str,
        message: str,
        request_id: str | None = None,
        passing: str | None = None,
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(action, code, message, request_id, passing)
        self.retry_after = retry_after
        advice = _advice(product, action, code)
        if advice:
            self.args = (f"{self}; {advice}",)


def refusal(product: str, action: str, details: Mapping[str, Any], status: int | None, retry_after: float = 0.0) -> AlicloudError:
    """The error for an answer that is one. ``details`` are its C(Code), C(Message) and C(RequestId)."""
    code = str(details.get("Code") or details.get("code") or (f"HTTP {status}" if status else "no code"))
    message = _SIGNED.sub("", str(details.get("Message") or details.get("message") or "no reason is given"))
    request_id = details.get("RequestId") or details.get("requestId")
    return AlicloudError(product, action, code, message, request_id, _passing(code, status, retry_after), retry_after)


def silence(product: str, action: str, url: str, cause: BaseException, answered: bool) -> AlicloudError:
    """The error for a call that got no answer, or (``answered``) one that is not the service's, such as the page of a gateway."""
    message = _URL.sub("(left out)", str(getattr(cause, "message", None) or cause))
    if len(message) > _LONGEST:
        message = f"{message[:_LONGEST]}..."
    return AlicloudError(product, action, "UnreadableAnswer" if answered else "NoAnswer", f"{url}: {message}", passing=SILENCE)


def without(error: AlicloudError, secrets: Iterable[str | None]) -> AlicloudError:
    """The error, with no secret in its texts."""
    for secret in secrets:
        if secret:
            error.message = error.message.replace(secret, "********")
            error.args = (str(error).replace(secret, "********"),)
    return error


def plain_message(text: str) -> str:
    """A message without the status and the request id that the library writes around it."""
    found = _STATUS.match(text)
    return found["text"] if found else text


def _advice(product: str, action: str, code: str) -> str | None:
    if action == "AssumeRole" and code.startswith("NoPermission"):
        return _ASSUMING
    found = next((text for beginnings, text in _ADVICE if code.startswith(beginnings)), None)
    return found.format(product=product, action=action) if found else None


def _passing(code: str, status: int | None, retry_after: float) -> str | None:
    if "throttling" in code.lower() or retry_after or status == _TOO_MANY:
        return THROTTLED
    return TROUBLE if code.startswith(_TROUBLE) or (status or 0) >= 500 else None
