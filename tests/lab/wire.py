# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes to calls and results to bytes, for the JSON and query protocols; other protocols are passed through to moto."""

from __future__ import annotations

import base64
import calendar
import datetime
import json
import re
import typing as t
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from botocore.exceptions import UnknownServiceError
from moto.core.parse import QueryParser
from moto.core.serialize import QuerySerializer, SerializationContext
from werkzeug.datastructures import MultiDict

from . import rest_requests
from .call import AwsError, Call, partition_of
from .service_models import operation_model, service_model

Answer = tuple[int, list[tuple[str, str]], bytes]


class Credential(t.NamedTuple):
    """What the Authorization header names."""

    access_key: str
    date: str
    region: str
    service: str
    signed_headers: str
    signature: str


def credential_of(environ: dict[str, t.Any]) -> Credential | None:
    """The credential scope of a SigV4 header; None without one. Raises AwsError for one that is not whole."""
    header = environ.get("HTTP_AUTHORIZATION", "")
    if not header.startswith("AWS4-HMAC-SHA256 "):
        return None
    fields = dict(part.strip().partition("=")[::2] for part in header[len("AWS4-HMAC-SHA256 ") :].split(","))
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if not fields.get(name)]
    if missing:
        words = " ".join(f"Authorization header requires '{name}' parameter." for name in missing)
        raise AwsError("IncompleteSignatureException", f"{words} Authorization={header}")
    scope = fields["Credential"].split("/")
    if len(scope) != 5:
        text = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got"
        raise AwsError("IncompleteSignatureException", f"{text} '{fields['Credential']}'")
    return Credential(scope[0], scope[1], scope[2], scope[3], fields.get("SignedHeaders", ""), fields.get("Signature", ""))


NOT_IN_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
QUERY_VERSIONS = {"2010-05-08": "iam", "2011-06-15": "sts"}


def service_of_target(target: str) -> str | None:
    """The service that an X-Amz-Target header speaks to, among those of the lab."""
    prefix = target.rpartition(".")[0]
    return next((name for name in ("ecr", "ecs", "secretsmanager", "kms") if prefix == service_model(name).metadata["targetPrefix"]), None)


def _check_scope(service: str, environ: dict[str, t.Any], body: bytes) -> None:
    """Refuse a signature that was made for another service. On AWS every service has a host of its own; here the request itself tells."""
    spoken_to = service_of_target(str(environ.get("HTTP_X_AMZ_TARGET", "")))
    if spoken_to is None and body.startswith((b"Action=", b"Version=")):
        spoken_to = QUERY_VERSIONS.get(dict(parse_qsl(body.decode("utf-8", "replace"))).get("Version", ""))
    if spoken_to is None or spoken_to == service:
        return
    message = f"Credential should be scoped to correct service: '{spoken_to}'. "
    if spoken_to in QUERY_VERSIONS.values():
        raise AwsError("SignatureDoesNotMatch", message, 403)
    raise AwsError("InvalidSignatureException", message)


def read_call(environ: dict[str, t.Any], body: bytes, service: str, region: str) -> Call:
    """A call from a request; parameters are as boto3 names them. Raises AwsError for what no service would understand."""
    try:
        model = service_model(service)
    except UnknownServiceError:
        raise AwsError("UnknownService", f"The lab does not know the service {service}", 404) from None
    protocol = str(model.metadata.get("protocol"))
    _check_scope(service, environ, body)
    call = Call(service, "", region, partition_of(region), {}, None, protocol, environ, body)
    if protocol == "json":
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        prefix, dot, operation = target.rpartition(".")
        call.operation = operation
        call.model = operation_model(service, operation) if dot and prefix == model.metadata.get("targetPrefix") else None
        if call.model is None:
            raise AwsError("UnknownOperationException", "")
        call.parameters = _json_parameters(call)
    elif protocol == "rest-json":
        path = str(environ.get("REQUEST_URI") or environ.get("PATH_INFO")).partition("?")[0]
        found = rest_requests.find(service, str(environ.get("REQUEST_METHOD")), path, str(environ.get("QUERY_STRING", "")))
        call.operation = found.operation
        call.model = operation_model(service, call.operation) if call.operation else None
        call.parameters = {**_json_parameters(call), **found.parameters} if call.model else {}
    elif protocol in ("query", "ec2"):
        values = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True) or parse_qsl(environ.get("QUERY_STRING", ""))
        fields: MultiDict[str, str] = MultiDict(values)
        call.operation = fields.get("Action", "")
        call.model = operation_model(service, call.operation)
        if call.model is None:
            version = fields.get("Version", "NO_VERSION_SPECIFIED")
            raise AwsError("InvalidAction", f"Could not find operation {call.operation} for version {version}")
        if protocol == "query":
            try:
                call.parameters = dict(QueryParser(call.model).parse(t.cast(t.Any, {"values": fields})))
            except ValueError as error:
                raise AwsError("MalformedInput", str(error)) from None
    return call


def _json_parameters(call: Call) -> dict[str, t.Any]:
    if not call.body.strip():
        return {}
    try:
        parsed = json.loads(call.body)
    except ValueError:
        raise AwsError("SerializationException", "Could not parse the request body") from None
    if not isinstance(parsed, dict):
        raise AwsError("SerializationException", "The request body is not a structure")
    shape = call.model.input_shape if call.model else None
    for name, member in (shape.members if shape else {}).items():
        if member.type_name == "blob" and isinstance(parsed.get(name), str):
            try:
                parsed[name] = base64.b64decode(parsed[name], validate=True)
            except ValueError:
                raise AwsError("SerializationException", f"{name} is not base64") from None
    return parsed


def _plain(value: t.Any) -> t.Any:
    if isinstance(value, datetime.datetime):
        return calendar.timegm(value.utctimetuple()) + value.microsecond / 1e6
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value).__name__)


def write_result(call: Call, result: dict[str, t.Any] | None) -> Answer:
    """The HTTP answer for a result of an operation of ours."""
    if call.protocol == "query":
        serializer = QuerySerializer(t.cast(t.Any, call.model), SerializationContext(call.request_id))
        body = str(serializer.serialize(result or {})["body"]).encode()
        return 200, [("Content-Type", "text/xml"), ("x-amzn-RequestId", call.request_id)], body
    body = json.dumps(result, default=_plain).encode() if result is not None else b""
    return 200, [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", call.request_id)], body


def write_error(protocol: str, request_id: str, error: AwsError) -> Answer:
    """The HTTP answer for an error, in the form that the protocol gives errors."""
    headers = [("x-amzn-RequestId", request_id)]
    if protocol in ("query", "ec2", "rest-xml"):
        kind = "Sender" if error.status < 500 else "Receiver"
        body = (
            f"<ErrorResponse><Error><Type>{kind}</Type><Code>{escape(error.code)}</Code>"
            f"<Message>{escape(NOT_IN_XML.sub('?', error.message))}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return error.status, [("Content-Type", "text/xml"), *headers], body.encode()
    members = {"__type": error.code, "message": error.message, **error.members}
    headers.append(("x-amzn-ErrorType", error.code))
    return error.status, [("Content-Type", "application/x-amz-json-1.1"), *headers], json.dumps(members).encode()
