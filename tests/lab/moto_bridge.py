# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Handing a call to moto: with the account it is about, and without moto's own idea of access control."""

from __future__ import annotations

import functools
import importlib
import io
import typing as t

from moto.core.request import Request
from werkzeug.exceptions import HTTPException

from .call import AwsError, Call, dns_suffix
from .wire import Answer

# Services whose every call goes to one method of moto; they need no routing.
DIRECT = {"ecr", "iam", "sts", "secretsmanager", "kms", "organizations", "resourcegroupstaggingapi", "tagging"}

REQUEST_ID = "x-amzn-requestid"


def to_moto(call: Call) -> Answer:
    """moto's answer to a call."""
    environ = dict(call.environ)
    environ["HTTP_HOST"] = f"{call.service}.{call.region}.{dns_suffix(call.partition)}"
    environ["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
    # moto would take the region from here before it looks at the credential scope.
    environ["HTTP_USER_AGENT"] = f"lab region/{call.region}"
    environ["wsgi.input"] = io.BytesIO(call.body)
    environ["CONTENT_LENGTH"] = str(len(call.body))
    if call.service not in DIRECT:
        return _routed(environ)
    request = Request(environ)
    try:
        status, headers, body = _dispatcher(call.service)(request, request.url, request.headers)
    except HTTPException as error:
        status, headers, body = error.code or 500, dict(error.get_headers(environ)), error.get_body(environ)
    data = body.encode() if isinstance(body, str) else bytes(body or b"")
    moto_id = next((str(value) for key, value in headers.items() if key.lower() == REQUEST_ID), "")
    if moto_id and call.protocol == "query":
        data = data.replace(f"<RequestId>{moto_id}<".encode(), f"<RequestId>{call.request_id}<".encode())
    left_out = ("content-length", "server", "date", "status", REQUEST_ID)
    kept = [(key, str(value)) for key, value in headers.items() if key.lower() not in left_out]
    return int(headers.get("status", status)), [*kept, ("x-amzn-RequestId", call.request_id)], data


def as_aws_error(error: t.Any) -> AwsError:
    """An exception of one of moto's backends, as the error that the client sees."""
    code = getattr(error, "error_type", None) or getattr(error, "code", "Error")
    return AwsError(str(code), str(getattr(error, "message", "") or error))


@functools.cache
def _dispatcher(service: str) -> t.Any:
    module = "resourcegroupstaggingapi" if service == "tagging" else service
    urls = importlib.import_module(f"moto.{module}.urls")
    return next(iter(urls.url_paths.values()))


@functools.lru_cache(maxsize=1)
def _application() -> t.Any:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    return DomainDispatcherApplication(create_backend_app)


def _routed(environ: dict[str, t.Any]) -> Answer:
    captured: dict[str, t.Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: t.Any = None) -> None:
        captured.update(status=int(status.split()[0]), headers=headers)

    body = b"".join(_application()(environ, start_response))
    return captured["status"], [(key, value) for key, value in captured["headers"] if key.lower() != "content-length"], body


def reset() -> None:
    """Forget everything that moto knows. moto's own reset fills every backend again that it empties."""
    from moto.core.base_backend import BackendDict, backend_lock

    with backend_lock:
        for backend in list(BackendDict._instances):
            backend.clear()
        BackendDict._instances.clear()
