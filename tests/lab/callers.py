# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is asking: from an access key and a session token to a principal.

The access key of an account's administrator is the account's 12-digit id, with any secret. It acts as `arn:aws:iam::ACCOUNT:root`
and, unlike a root user on AWS, may assume roles, because administrators of real accounts do that with a user of theirs.
"""

from __future__ import annotations

import calendar
import dataclasses
import re
import time
import typing as t

from . import iam_view
from .call import AwsError
from .signatures import signature_matches

if t.TYPE_CHECKING:
    from .wire import Credential

ACCOUNT = re.compile(r"[0-9]{12}")
STAMP = "%Y%m%dT%H%M%SZ"
CLOCK_SKEW = 15 * 60  # seconds that a client's clock may be wrong (IAM user guide, "Troubleshoot signed requests")


@dataclasses.dataclass
class Session:
    """Temporary credentials, and what they act as."""

    access_key: str
    secret_key: str
    token: str
    expires: float
    caller: Caller
    chained: bool = False


@dataclasses.dataclass(frozen=True)
class Caller:
    """A principal of a request.

    `arn` is what AWS prints, `principal_arn` is aws:PrincipalArn (for a session of a role the role's ARN), `unique_id` the AROA or AIDA id.
    """

    kind: str  # root, user, role, service, federated
    account: str
    partition: str
    arn: str
    principal_arn: str
    user_id: str
    unique_id: str
    name: str = ""
    session_name: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tags: tuple[tuple[str, str], ...] = ()  # session tags that go on to the next role of a chain
    session_policies: tuple[str, ...] | None = None
    temporary: bool = False
    issued: float = 0.0  # when its temporary credentials were given, in seconds since the epoch


def administrator(account: str, partition: str) -> Caller:
    arn = f"arn:{partition}:iam::{account}:root"
    return Caller("root", account, partition, arn, arn, account, account)


def user_caller(user: t.Any) -> Caller:
    partition = user.arn.split(":")[1]
    tags = tuple((tag["Key"], tag["Value"]) for tag in user.tags or [])
    return Caller("user", user.account_id, partition, user.arn, user.arn, user.id, user.id, user.name, tags=tags)


SESSIONS: dict[str, Session] = {}


class Protocolled(t.NamedTuple):
    """The code and status for the same refusal in a JSON service and in a query service."""

    json: tuple[str, int]
    query: tuple[str, int]


INVALID = Protocolled(("UnrecognizedClientException", 400), ("InvalidClientTokenId", 403))
EXPIRED = Protocolled(("ExpiredTokenException", 400), ("ExpiredToken", 403))
MISSING = Protocolled(("MissingAuthenticationTokenException", 400), ("MissingAuthenticationToken", 403))
SIGNATURE = Protocolled(("InvalidSignatureException", 400), ("SignatureDoesNotMatch", 403))


def refusal(which: Protocolled, protocol: str, message: str) -> AwsError:
    code, status = which.json if protocol not in ("query", "ec2", "rest-xml") else which.query
    return AwsError(code, message, status)


INVALID_TEXT = "The security token included in the request is invalid."
SIGNATURE_TEXT = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. "
    "Consult the service documentation for details."
)


def _stamp(moment: float) -> str:
    return time.strftime(STAMP, time.gmtime(moment))


def _out_of_time(signed: str) -> str:
    """What AWS says about a request that was signed too long ago or in the future; nothing when it says no time, or the right one."""
    try:
        when = calendar.timegm(time.strptime(signed, STAMP))
    except ValueError:
        return ""
    now, limit = time.time(), CLOCK_SKEW // 60
    if when < now - CLOCK_SKEW:
        return f"Signature expired: {signed} is now earlier than {_stamp(now - CLOCK_SKEW)} ({_stamp(now)} - {limit} min.)"
    if when > now + CLOCK_SKEW:
        return f"Signature not yet current: {signed} is still later than {_stamp(now + CLOCK_SKEW)} ({_stamp(now)} + {limit} min.)"
    return ""


def identify(credential: Credential | None, environ: dict[str, t.Any], body: bytes, protocol: str, partition: str) -> Caller:
    """The caller of a request; raises AwsError as AWS refuses keys it does not know, expired ones and wrong signatures."""
    if credential is None:
        raise refusal(MISSING, protocol, "Request is missing Authentication Token")
    key = credential.access_key
    token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN")
    if ACCOUNT.fullmatch(key):
        return administrator(key, partition)
    if key.startswith("ASIA"):
        session = SESSIONS.get(key)
        if session is None or token != session.token or session.caller.partition != partition:
            raise refusal(INVALID, protocol, INVALID_TEXT)
        if time.time() >= session.expires:
            raise refusal(EXPIRED, protocol, "The security token included in the request is expired")
        _check(credential, session.secret_key, environ, body, protocol)
        return _current(session, protocol)
    found = iam_view.user_of_access_key(key)
    if found is None or found[1].status != "Active" or found[0].arn.split(":")[1] != partition or token:
        raise refusal(INVALID, protocol, INVALID_TEXT)
    _check(credential, found[1].secret_access_key, environ, body, protocol)
    return user_caller(found[0])


def _current(session: Session, protocol: str) -> Caller:
    # A session of a role that was deleted is refused; a session outlives neither its role nor its user.
    if not session.caller.unique_id.startswith(("AROA", "AIDA")):
        return session.caller
    entity = iam_view.by_unique_id(session.caller.unique_id)
    if entity is None:
        raise refusal(INVALID, protocol, INVALID_TEXT)
    if session.caller.kind == "user":
        return dataclasses.replace(user_caller(entity), temporary=True, issued=session.caller.issued)
    return session.caller


def check_reach(caller: Caller, service: str, operation: str, protocol: str) -> None:
    """What a user's GetSessionToken credentials without MFA may not call (API reference of GetSessionToken): IAM, and most of STS."""
    if caller.kind != "user" or not caller.temporary:
        return
    if service == "iam" or (service == "sts" and operation not in ("AssumeRole", "GetCallerIdentity", "GetSessionToken")):
        raise refusal(INVALID, protocol, INVALID_TEXT)


def _check(credential: Credential, secret: str, environ: dict[str, t.Any], body: bytes, protocol: str) -> None:
    late = _out_of_time(str(environ.get("HTTP_X_AMZ_DATE", "")))
    if late:
        raise refusal(SIGNATURE, protocol, late)
    if not signature_matches(credential, secret, environ, body):
        raise refusal(SIGNATURE, protocol, SIGNATURE_TEXT)
