# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way of a request: which operation, who asks, faults, permission, answer, journal."""

from __future__ import annotations

import hmac
import json
import time
import traceback
import typing as t
import uuid

from . import signature
from .call import Call
from .callers import Caller, Credential
from .cloud import Cloud, find
from .errors import DropConnection, Html, Refused
from .faults import Plan
from .operations import VERSIONS
from .parameters import Parameters, from_request

Answer = tuple[int, dict[str, str], bytes]
#: What is asked without a signature: the token in it tells who asks.
UNSIGNED = {("sts", "AssumeRoleWithOIDC")}
NOBODY = Caller("federated", "0", "anonymous")


def handle(cloud: Cloud, request: signature.Request) -> Answer:
    """Answer one request. Raises DropConnection when there is to be no answer."""
    request_id = str(uuid.uuid4()).upper()
    product = ""
    try:
        parameters = Parameters(from_request(request.query, request.body, request.headers.get("content-type", "")))
        name, version = _wanted(request, parameters)
        product = _product(version)
        writes = find(product, name).writes
        caller = NOBODY if (product, name) in UNSIGNED else identify(cloud, request)
    except Refused as refused:
        return write_error(refused, request_id, product)
    region = parameters.values.get("RegionId") or _region_of(request.headers.get("host", ""))
    call = Call(cloud, product, name, caller, parameters, request_id, region, writes)
    return _serve(call)


def _wanted(request: signature.Request, parameters: Parameters) -> tuple[str, str]:
    """The operation and its version: signed requests say so in headers, those without a signature in the query."""
    if "x-acs-action" in request.headers:
        return request.headers["x-acs-action"], request.headers.get("x-acs-version", "")
    name, version = (str(parameters.values.pop(key, "")) for key in ("Action", "Version"))
    if (VERSIONS.get(version, ""), name) in UNSIGNED:
        return name, version
    raise Refused("InvalidAction.NotFound", "Specified api is not found, please check your url and method.", 404)


def _product(version: str) -> str:
    try:
        return VERSIONS[version]
    except KeyError:
        raise Refused("InvalidVersion", "Specified parameter Version is not valid.") from None


def _region_of(host: str) -> str | None:
    """The region in a host such as `cr.cn-hangzhou.aliyuncs.com`."""
    parts = host.split(":")[0].split(".")
    return parts[1] if len(parts) == 4 and host.split(":")[0].endswith(".aliyuncs.com") else None


def identify(cloud: Cloud, request: signature.Request) -> Caller:
    """Who signed a request. Raises Refused."""
    authorization = signature.read_authorization(request)
    credential = cloud.credential(authorization.key)
    _check_token(cloud, credential, request.headers.get("x-acs-security-token"))
    now = time.time()
    signature.check(request, authorization, credential.secret, now)
    nonce = f"{authorization.key}/{request.headers['x-acs-signature-nonce']}"
    with cloud.lock:
        if nonce in cloud.nonces:
            raise Refused("SignatureNonceUsed", "Specified signature nonce was used already.")
        cloud.nonces.add(nonce)
    return credential.caller


def _check_token(cloud: Cloud, credential: Credential, token: str | None) -> None:
    if credential.token is None:
        if token is not None:
            raise Refused("InvalidSecurityToken.MismatchWithAccessKey", "Specified SecurityToken mismatch with the AccessKey.")
        return
    if token is None:
        raise Refused("MissingSecurityToken", "SecurityToken is mandatory for this action.")
    if not hmac.compare_digest(token, credential.token):
        raise Refused("InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.")
    if credential.expires is not None and cloud.now() >= credential.expires:
        raise Refused("InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")


def _serve(call: Call) -> Answer:
    """Run a call and note it in the journal."""
    status: int | None = None
    error: str | None = None
    executed = False
    try:
        plan = call.cloud.faults.meet(call.name, call.caller.account)
        answer = _execute(call, plan)
        status, executed = 200, True
        if plan.drop_answer:
            status, error = None, "ConnectionDropped"
            raise DropConnection  # noqa: TRY301 - noted below like one from a fault before the call
    except Refused as refused:
        status, error = refused.status, refused.code
        answer = write_error(refused, call.request_id, call.product)
    except Html as page:
        status, error = page.status, "Html"
        answer = page.status, {"Content-Type": "text/html"}, b"<html><body><h1>Bad Gateway</h1></body></html>"
    except DropConnection:
        error = error or "ConnectionDropped"
        raise
    except Exception as failure:  # noqa: BLE001 - a bug of the stand-in must show as such; 400, so that no client tries again
        traceback.print_exc()
        bug = Refused("LabFailure", f"The stand-in itself failed: {type(failure).__name__}: {failure}")
        status, error = bug.status, bug.code
        answer = write_error(bug, call.request_id, call.product)
    finally:
        call.cloud.journal.note(_entry(call, status, error, executed))
    return answer


def _execute(call: Call, plan: Plan) -> Answer:
    if plan.race:
        first = Call(call.cloud, call.product, call.name, call.caller, call.parameters, call.request_id, call.region, call.writes)
        call.cloud.execute(first)
    body = json.dumps(call.cloud.execute(call)).encode()
    return 200, {"Content-Type": "application/json;charset=utf-8", "x-acs-request-id": call.request_id}, body


def _entry(call: Call, status: int | None, error: str | None, executed: bool) -> dict[str, t.Any]:
    return {
        "time": time.time(),
        "product": call.product,
        "operation": call.name,
        "account": call.caller.account,
        "caller": call.caller.arn,
        "region": call.region,
        "needs": call.needs,
        "parameters": call.parameters.values,
        "ignored": call.parameters.ignored if executed else [],
        "client_token": call.parameters.values.get("ClientToken"),
        "write": call.writes,
        "status": status,
        "error": error,
        "executed": executed,
        "request_id": call.request_id,
    }


def write_error(refused: Refused, request_id: str, product: str) -> Answer:
    """The answer for a refusal; CR's own have the status 200."""
    headers = {"Content-Type": "application/json;charset=utf-8", "x-acs-request-id": request_id}
    if refused.retry_after is not None:
        headers["x-acs-retry-after"] = str(refused.retry_after)
    if refused.status == 200:
        body = {"RequestId": request_id, "IsSuccess": False, "Code": refused.code, "Message": refused.message}
        return 200, headers, json.dumps(body).encode()
    body = {
        "RequestId": request_id,
        "HostId": f"{product or 'api'}.aliyuncs.com",
        "Code": refused.code,
        "Message": refused.message,
        "Recommend": f"https://api.aliyun.com/troubleshoot?q={refused.code}&product={product.capitalize()}&requestId={request_id}",
        **refused.members,
    }
    return refused.status, headers, json.dumps(body).encode()
