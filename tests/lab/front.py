# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way of a request: faults, caller, validation, authorization, our own answer or moto's, journal."""

from __future__ import annotations

import io
import sys
import threading
import time
import traceback
import typing as t
import uuid
from urllib.parse import urlencode

from botocore.serialize import create_serializer
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from . import access, callers, control, journal, moto_bridge, writers
from .call import AwsError, Call, DropConnection, FromBeforeReset, partition_of
from .callers import administrator, identify
from .faults import FAULTS
from .operations import AFTER, BEFORE, OWN, hooks, resets
from .service_models import operation_model, validate
from .targets import account_of
from .wire import Answer, credential_of, read_call, service_of_target, write_error, write_result

# moto's backends are not made for threads; one lock around everything that reads or writes state.
STATE = threading.RLock()

HOME_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


def handle(environ: dict[str, t.Any], body: bytes) -> Answer:
    """Answer one HTTP request; raises DropConnection when there is to be no answer."""
    path = str(environ.get("PATH_INFO", "/"))
    if path.startswith("/lab/"):
        return control.handle(environ, body, STATE, invoke)
    started = time.perf_counter()
    request_id = str(uuid.uuid4())
    protocol = "query" if "x-www-form-urlencoded" in str(environ.get("CONTENT_TYPE", "")) else "json"
    try:
        credential = credential_of(environ)
    except AwsError as error:
        if protocol == "query":
            error.code = error.code.removesuffix("Exception")
        return write_error(protocol, request_id, error)
    service = credential.service if credential else _unsigned_service(environ, body)
    region = credential.region if credential else "us-east-1"
    try:
        call = read_call(environ, body, service, region)
    except AwsError as error:
        return write_error(protocol, request_id, error)
    if credential is None and (call.service, call.operation) in UNSIGNED:
        # Nobody signed for a region; the role says in which partition it is.
        partition = str(call.parameters.get("RoleArn", "")).partition("arn:")[2].partition(":")[0]
        if partition in HOME_REGIONS:
            call.partition, call.region = partition, HOME_REGIONS[partition]
    return serve(call, started, lambda: identify(credential, environ, body, call.protocol, call.partition))


def _unsigned_service(environ: dict[str, t.Any], body: bytes) -> str:
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    return service_of_target(target) or ("sts" if b"Action=AssumeRoleWith" in body or not body else "iam")


UNSIGNED = {("sts", "AssumeRoleWithWebIdentity"), ("sts", "AssumeRoleWithSAML")}


def serve(call: Call, started: float, who: t.Callable[[], t.Any]) -> Answer:
    """Run a parsed call through everything and note it in the journal."""
    executed, drop_answer = False, False
    error: AwsError | None = None
    answer: Answer = (500, [], b"")
    status: int | None = None
    try:
        with STATE:
            call.resets = resets()
            call.caller = administrator("000000000000", call.partition) if (call.service, call.operation) in UNSIGNED else who()
            callers.check_reach(call.caller, call.service, call.operation, call.protocol)
            call.account = account_of(call)
        if not call.internal:
            drop_answer = FAULTS.before(call)
        if call.model is not None and call.protocol in ("json", "query", "rest-json"):
            validate(call.service, call.model, call.parameters)
        with STATE:
            if call.resets != resets():
                raise FromBeforeReset  # noqa: TRY301 - handled below like every other refusal
            for writer in writers.due("before", call):
                _write(writer, call)
            call.place = journal.next_place()
            access.authorize(call)
            answer = _execute(call)
            executed = answer[0] < 400
            for writer in writers.due("after", call) if executed else ():
                _write(writer, call)
        status = answer[0]
        if drop_answer:
            status, error = None, AwsError("ConnectionDropped", "after")
            raise DropConnection  # noqa: TRY301 - handled below like one from a fault before the call
    except AwsError as refused:
        error, status = refused, refused.status
        answer = write_error(call.protocol, call.request_id, refused)
    except DropConnection:
        error = error or AwsError("ConnectionDropped", "before")
        raise
    except Exception as failure:  # noqa: BLE001 - a bug of the lab must show as such; 400, so that no client tries again
        traceback.print_exc(file=sys.stderr)
        error, status = AwsError("LabFailure", f"The lab itself failed: {type(failure).__name__}: {failure}"), 400
        answer = write_error(call.protocol, call.request_id, error)
    finally:
        code = error.code if error else (_error_code(answer) if status and status >= 400 else None)
        journal.record(call, status, code, executed, (time.perf_counter() - started) * 1000)
    return answer


def _error_code(answer: Answer) -> str:
    text = answer[2].decode("utf-8", "replace")
    for start, end in (('"__type": "', '"'), ('"__type":"', '"'), ("<Code>", "<")):
        if start in text:
            return text.split(start, 1)[1].split(end, 1)[0].rpartition("#")[2]
    return "Error"


def _execute(call: Call) -> Answer:
    ours = OWN.get((call.service, call.operation))
    try:
        for check in hooks(BEFORE, call.service, call.operation):
            check(call)
        answer = write_result(call, ours(call)) if ours else moto_bridge.to_moto(call)
    except (ServiceException, HTTPException) as error:
        raise moto_bridge.as_aws_error(error) from None
    except NotImplementedError:
        raise AwsError("NotImplemented", f"The lab has no {call.service}:{call.operation}") from None
    if answer[0] < 400:
        for follow_up in hooks(AFTER, call.service, call.operation):
            follow_up(call, answer)
    return answer


def _write(writer: writers.Writer, call: Call) -> None:
    answer = invoke(call.account, call.region, writer.write_service, writer.write_operation, writer.write_parameters)
    if answer[0] >= 400:
        print(f"lab: the concurrent writer was refused: {answer[2].decode()}", file=sys.stderr)


def invoke(account: str, region: str, service: str, operation: str, parameters: dict[str, t.Any]) -> Answer:
    """Make a call from inside the lab as the administrator of an account: no faults, and marked as `writer` in the journal."""
    model = operation_model(service, operation)
    if model is None:
        raise AwsError("InvalidAction", f"{service} has no operation {operation}")
    protocol = str(model.service_model.metadata["protocol"])
    made = create_serializer(protocol, include_validation=False).serialize_to_request(parameters, model)
    raw = made["body"]
    body = urlencode(raw).encode() if isinstance(raw, dict) else raw.encode() if isinstance(raw, str) else bytes(raw)
    scope_region = HOME_REGIONS[partition_of(region)] if service == "iam" else region
    scope = f"{account}/20200101/{scope_region}/{service}/aws4_request"
    environ: dict[str, t.Any] = {
        "REQUEST_METHOD": made["method"],
        "PATH_INFO": made["url_path"],
        "QUERY_STRING": urlencode(made["query_string"], doseq=True),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    }
    for key, value in made["headers"].items():
        name = key.upper().replace("-", "_")
        environ[name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + name] = value
    call = read_call(environ, body, service, scope_region)
    call.internal = True
    return serve(call, time.perf_counter(), lambda: administrator(account, call.partition))
