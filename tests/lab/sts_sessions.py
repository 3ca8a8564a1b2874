# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""STS: who am I, and sessions of roles by their trust policies."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import os
import secrets
import time
import typing as t

from moto.iam.utils import generate_access_key_id_from_account_id

from . import consistency, iam_trust_policies, iam_view
from .authorization import RESOURCE, Decision, Request, decide
from .call import AwsError, Call
from .callers import SESSIONS, Caller, Session
from .context import request_context, tag_keys
from .iam_documents import check_session_policy
from .identity import layers_of
from .operations import before, own

HOUR = 3600


def role_caller(
    role: t.Any,
    session_name: str,
    tags: t.Iterable[tuple[str, str]] = (),
    policies: tuple[str, ...] | None = None,
    transitive: t.Iterable[tuple[str, str]] = (),
) -> Caller:
    """The principal that a session of a role is."""
    partition = role.arn.split(":")[1]
    arn = f"arn:{partition}:sts::{role.account_id}:assumed-role/{role.name}/{session_name}"
    merged = {tag["Key"]: tag["Value"] for tag in role.tags or []}
    merged.update(dict(tags))
    user_id = f"{role.id}:{session_name}"
    return Caller(
        kind="role",
        account=role.account_id,
        partition=partition,
        arn=arn,
        principal_arn=role.arn,
        user_id=user_id,
        unique_id=role.id,
        name=role.name,
        session_name=session_name,
        tags=tuple(merged.items()),
        transitive_tags=tuple(transitive),
        session_policies=policies,
        temporary=True,
        issued=time.time(),
    )


def open_session(caller: Caller, seconds: int, chained: bool = False) -> Session:
    """New temporary credentials for a principal."""
    key = generate_access_key_id_from_account_id(caller.account, prefix="ASIA", total_length=20)
    token = "IQoJb3JpZ2luX2Vj" + base64.b64encode(os.urandom(240)).decode()
    session = Session(key, secrets.token_urlsafe(30), token, time.time() + seconds, caller, chained)
    SESSIONS[key] = session
    return session


def credentials_of(session: Session) -> dict[str, t.Any]:
    expires = datetime.datetime.fromtimestamp(int(session.expires), datetime.UTC).replace(tzinfo=None)
    return {
        "AccessKeyId": session.access_key,
        "SecretAccessKey": session.secret_key,
        "SessionToken": session.token,
        "Expiration": expires,
    }


@own("sts", "GetCallerIdentity")
def get_caller_identity(call: Call) -> dict[str, t.Any]:
    return {"UserId": call.caller.user_id, "Account": call.caller.account, "Arn": call.caller.arn}


@own("sts", "GetAccessKeyInfo")
def get_access_key_info(call: Call) -> dict[str, t.Any]:
    key = call.parameters["AccessKeyId"]
    session, user = SESSIONS.get(key), iam_view.user_of_access_key(key)
    if session is not None:
        return {"Account": session.caller.account}
    if user is None:
        raise AwsError("ValidationError", f"Invalid AccessKeyId: {key}")
    return {"Account": user[0].account_id}


@own("sts", "GetSessionToken")
def get_session_token(call: Call) -> dict[str, t.Any]:
    if call.caller.temporary:
        raise AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
    seconds = int(call.parameters.get("DurationSeconds") or (HOUR if call.caller.kind == "root" else 12 * HOUR))
    caller = dataclasses.replace(call.caller, temporary=True, issued=time.time())
    return {"Credentials": credentials_of(open_session(caller, seconds))}


@before("sts", "AssumeRoleWithSAML", "GetFederationToken")
def refuse_what_is_not_here(_call: Call) -> None:
    # moto would give credentials without asking anybody.
    raise NotImplementedError


def find_role(arn: str, partition: str) -> t.Any:
    """The role with this ARN, when STS knows it already."""
    fields = arn.split(":", 5)
    if len(fields) != 6 or fields[2] != "iam" or not fields[5].startswith("role/"):
        raise AwsError("ValidationError", f"{arn} is invalid")
    role = iam_view.by_arn(arn) if fields[1] == partition else None  # partitions know nothing of each other
    return role if role is not None and consistency.is_visible(role.id) else None


def not_authorized(caller_arn: str, action: str, role_arn: str, decision: Decision | None = None) -> AwsError:
    """STS does not say who did not allow, but it says who denied (IAM user guide, "Troubleshoot access denied error messages")."""
    text = f"User: {caller_arn} is not authorized to perform: {action} on resource: {role_arn}"
    if decision is not None and decision.explicit:
        text += " with an explicit deny in the role trust policy" if decision.layer == RESOURCE else f" {decision.reason(action)}"
    return AwsError("AccessDenied", text, 403)


def assumed_by_service(service: str, arn: str, account: str, region: str, partition: str, source_arn: str | None = None) -> t.Any:
    """The role that a service assumes for an account, when the trust policy of the role lets it. Raises AwsError, in the words of STS.

    Nobody calls AssumeRole for that, so it is in no journal.
    """
    role = iam_view.by_arn(arn)
    if role is None or not consistency.is_visible(role.id):
        raise not_authorized(service, "sts:AssumeRole", arn)
    caller = Caller("service", "", partition, service, service, service, service, service)
    more = {"aws:sourceaccount": [account], **tag_keys(role.tags or [], "aws:resourcetag", "iam:resourcetag")}
    if source_arn:
        more["aws:sourcearn"] = [source_arn]
    context = request_context(caller, region, account, "127.0.0.1", more=more)
    del context["aws:sourceip"]  # a service does not come from an address of the customer's
    request = Request(caller, "sts:AssumeRole", arn, context)
    decision = decide(request, account, layers_of(caller), iam_trust_policies.statements(role), resource_must_allow=True)
    if not decision.allowed:
        raise not_authorized(service, "sts:AssumeRole", arn, decision)
    return role


@own("sts", "AssumeRole")
def assume_role(call: Call) -> dict[str, t.Any]:
    return assume(call)


def assume(call: Call, more: t.Mapping[str, list[str]] | None = None) -> dict[str, t.Any]:
    """A session for the caller of `call`, by its parameters; `more` are the keys that a service adds when it is the one who asks.

    Transitive tags of the caller's session are tags of the new one too, so both sides have to allow sts:TagSession for them
    (IAM user guide, "Chaining roles with session tags").
    """
    given = call.parameters
    arn = str(given["RoleArn"])
    role = find_role(arn, call.partition)
    if role is None:
        raise not_authorized(call.caller.arn, "sts:AssumeRole", arn)
    inherited = dict(call.caller.transitive_tags)
    tags = [*({"Key": key, "Value": value} for key, value in inherited.items()), *(given.get("Tags") or [])]
    if any(tag["Key"] in inherited for tag in given.get("Tags") or []):
        raise AwsError("InvalidParameterValue", "A session tag that is passed has the key of a transitive tag of the calling session.")
    needed = ["sts:AssumeRole", *(["sts:TagSession"] if tags else []), *(["sts:SetSourceIdentity"] if given.get("SourceIdentity") else [])]
    for action in needed:
        decision = _trusts(call, role, action, tags, more or {})
        if not decision.allowed:
            raise not_authorized(call.caller.arn, action, arn, decision)
    session_tags = [(tag["Key"], tag["Value"]) for tag in tags]
    transitive = {**inherited, **{key: value for key, value in session_tags if key in (given.get("TransitiveTagKeys") or [])}}
    return start_session(call, role, session_tags, call.caller.kind == "role", tuple(transitive.items()))


def caller_of(result: dict[str, t.Any]) -> Caller:
    """Whom the credentials act as that a session was started with."""
    return SESSIONS[result["Credentials"]["AccessKeyId"]].caller


def start_session(
    call: Call, role: t.Any, session_tags: list[tuple[str, str]], chained: bool, transitive: tuple[tuple[str, str], ...] = ()
) -> dict[str, t.Any]:
    """Open the session that AssumeRole and its like answer with, within the limits of the role."""
    given = call.parameters
    seconds = int(given.get("DurationSeconds") or HOUR)
    if chained and seconds > HOUR:
        raise AwsError(
            "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        )
    if seconds > int(role.max_session_duration or HOUR):
        raise AwsError("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    policies = _session_policies(call, role)
    caller = role_caller(role, str(given["RoleSessionName"]), session_tags, policies, transitive)
    result: dict[str, t.Any] = {
        "Credentials": credentials_of(open_session(caller, seconds, chained)),
        "AssumedRoleUser": {"AssumedRoleId": caller.user_id, "Arn": caller.arn},
    }
    if given.get("SourceIdentity"):
        result["SourceIdentity"] = given["SourceIdentity"]
    if policies:
        result["PackedPolicySize"] = min(100, sum(len(text) for text in policies) * 100 // 4096 + 1)
    return result


def _session_policies(call: Call, role: t.Any) -> tuple[str, ...] | None:
    texts: list[str] = []
    if call.parameters.get("Policy"):
        if len(call.parameters["Policy"]) > 2048:
            raise AwsError("PackedPolicyTooLarge", "Serialized token too large for session")
        check_session_policy(call.parameters["Policy"])
        texts.append(call.parameters["Policy"])
    for item in call.parameters.get("PolicyArns") or []:
        text = iam_view.managed_policy_document(role.account_id, call.partition, item.get("arn", ""))
        if text is None:
            raise AwsError("MalformedPolicyDocument", f"Policy {item.get('arn')} does not exist or is not attachable.")
        texts.append(text)
    return tuple(texts) if texts else None


def _trusts(call: Call, role: t.Any, action: str, tags: t.Sequence[t.Mapping[str, str]], of_service: t.Mapping[str, list[str]]) -> Decision:
    more: dict[str, list[str]] = {**of_service, "sts:rolesessionname": [str(call.parameters["RoleSessionName"])]}
    if call.parameters.get("ExternalId"):
        more["sts:externalid"] = [call.parameters["ExternalId"]]
    if call.parameters.get("SourceIdentity"):
        more["sts:sourceidentity"] = [call.parameters["SourceIdentity"]]
    more.update(tag_keys(tags, "aws:requesttag"))
    if tags:
        more["aws:tagkeys"] = [tag["Key"] for tag in tags]
    more.update(tag_keys(role.tags or [], "aws:resourcetag", "iam:resourcetag"))
    context = request_context(call.caller, call.region, role.account_id, call.source_ip, more=more)
    request = Request(call.caller, action, role.arn, context)
    call.needs.append((action, role.arn))
    return decide(request, role.account_id, layers_of(call.caller), iam_trust_policies.statements(role), resource_must_allow=True)
