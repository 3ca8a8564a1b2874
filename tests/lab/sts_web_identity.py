# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AssumeRoleWithWebIdentity: tokens of an OIDC provider that IAM knows. Issuer, audience and age are checked, the signature is not."""

from __future__ import annotations

import base64
import json
import time
import typing as t

from . import iam_oidc_providers, iam_trust_policies
from .authorization import Layers, Request, decide
from .call import AwsError, Call
from .callers import Caller
from .context import request_context
from .operations import own
from .sts_sessions import find_role, start_session

ACTION = "sts:AssumeRoleWithWebIdentity"


def claims_of(token: str, invalid: AwsError) -> dict[str, t.Any]:
    """What a JSON web token says; raises `invalid` for what is none, or names no issuer or subject."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        claims = None
    if not isinstance(claims, dict) or not isinstance(claims.get("iss"), str) or not isinstance(claims.get("sub"), str):
        raise invalid
    return claims


def must_not_be_expired(claims: dict[str, t.Any]) -> None:
    """Raise AwsError for the claims of a token that has expired."""
    if float(claims.get("exp", 0)) <= time.time():
        raise AwsError("ExpiredTokenException", "Token expired: the current date/time must be before the expiration date/time")


@own("sts", "AssumeRoleWithWebIdentity")
def assume_role_with_web_identity(call: Call) -> dict[str, t.Any]:
    refused = AwsError("AccessDenied", f"Not authorized to perform {ACTION}", 403)
    claims = claims_of(call.parameters["WebIdentityToken"], AwsError("InvalidIdentityToken", "The ID Token provided is not a valid JWT."))
    role = find_role(call.parameters["RoleArn"], call.partition)
    if role is None:
        raise refused
    provider = iam_oidc_providers.of_issuer(role.account_id, call.partition, claims["iss"])
    if provider is None:
        raise AwsError("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {claims['iss']}")
    audiences = claims.get("aud") if isinstance(claims.get("aud"), list) else [claims.get("aud")]
    audience = next((one for one in t.cast("list[t.Any]", audiences) if one in provider.client_ids), None)
    if audience is None:
        raise AwsError("InvalidIdentityToken", "Incorrect token audience")
    must_not_be_expired(claims)
    name = provider.arn
    caller = Caller("federated", "", call.partition, name, name, name, name, name)
    host = claims["iss"].removeprefix("https://")
    more = {
        f"{host}:sub": [claims["sub"]],
        f"{host}:aud": [audience],
        "sts:rolesessionname": [call.parameters["RoleSessionName"]],
    }
    context = request_context(caller, call.region, role.account_id, call.source_ip, more=more)
    request = Request(caller, ACTION, role.arn, context)
    if not decide(request, role.account_id, Layers(), iam_trust_policies.statements(role), resource_must_allow=True).allowed:
        raise refused
    result = start_session(call, role, [], chained=False)
    return {**result, "SubjectFromWebIdentityToken": claims["sub"], "Audience": audience, "Provider": name}
