# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Control endpoints under /lab/: reset, faults, writers, journal, organization, sessions, decisions. They need no credentials."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
import typing as t
from urllib.parse import parse_qsl

from botocore.exceptions import BotoCoreError

from . import (
    callers,
    decisions,
    journal,
    moto_bridge,
    oci_certificates,
    oci_tokens,
    operations,
    organization,
    principals,
    service_models,
    sts_sessions,
    writers,
)
from .call import AwsError
from .faults import FAULTS, Scheduled
from .wire import Answer

Invoke = t.Callable[[str, str, str, str, "dict[str, t.Any]"], Answer]
AT_START: list[t.Any] = []


class BadRequest(Exception):
    """What is wrong with a control request."""


def handle(environ: dict[str, t.Any], body: bytes, state: threading.RLock, invoke: Invoke) -> Answer:
    """Answer a control request; errors are 400 or 404 with {"error": text}."""
    method, path = str(environ["REQUEST_METHOD"]), str(environ["PATH_INFO"])
    query = dict(parse_qsl(str(environ.get("QUERY_STRING", ""))))
    try:
        given = json.loads(body) if body.strip() else {}
        if path.startswith("/lab/layers/"):
            return layer(path, state)
        action = ROUTES.get((method, path))
        if action is None:
            known = ", ".join(sorted({f"{verb} {where}" for verb, where in ROUTES}))
            return _json(404, {"error": f"no such control endpoint: {method} {path}", "endpoints": known})
        with state:
            return _json(200, action(given, query, invoke))
    except (BadRequest, ValueError, KeyError, TypeError, AttributeError, BotoCoreError, AwsError) as error:
        text = f"missing {error}" if isinstance(error, KeyError) else str(error)
        return _json(400, {"error": text})


def _json(status: int, value: t.Any) -> Answer:
    return status, [("Content-Type", "application/json")], json.dumps(value).encode()


def layer(path: str, state: threading.RLock) -> Answer:
    """The bytes behind the path of a download URL."""
    from .ecr_layers import bytes_for_url

    with state:
        data = bytes_for_url(path.rpartition("/")[2])
    if data is None:
        return 403, [("Content-Type", "text/plain")], b"Request has expired"
    return 200, [("Content-Type", "application/octet-stream")], data


def _health(_given: t.Any, _query: t.Any, _invoke: Invoke) -> t.Any:
    return {"ok": True}


def _reset(_given: t.Any, _query: t.Any, _invoke: Invoke) -> t.Any:
    moto_bridge.reset()
    operations.forget_everything()
    callers.SESSIONS.clear()
    principals.MISSING_ACCOUNTS.clear()
    FAULTS.set(AT_START)
    return {"ok": True}


def _faults(_given: t.Any, _query: t.Any, _invoke: Invoke) -> t.Any:
    return {
        "profiles": [{"profile": name, **settings} for name, settings in FAULTS.profiles.items()],
        "seed": FAULTS.seed,
        "scheduled": [dataclasses.asdict(fault) for fault in FAULTS.scheduled],
    }


def _set_faults(given: t.Any, query: t.Any, invoke: Invoke) -> t.Any:
    wanted = given if isinstance(given, list) else given.get("profiles", [given] if given else [])
    if isinstance(wanted, str):
        wanted = [name for name in wanted.split(",") if name]
    FAULTS.set(wanted, given.get("seed") if isinstance(given, dict) and "profiles" in given else None)
    return _faults(given, query, invoke)


def _schedule(given: t.Any, query: t.Any, invoke: Invoke) -> t.Any:
    names = [field.name for field in dataclasses.fields(Scheduled)]
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise BadRequest(f"a scheduled fault has no {', '.join(unknown)}; it has {', '.join(names)}")
    if "operation" not in given:
        raise BadRequest("a scheduled fault needs operation; * is any")
    fault = Scheduled(**given)
    if not (fault.error or fault.delay or fault.drop):
        raise BadRequest("a scheduled fault needs error, delay or drop")
    if fault.drop not in ("", "before", "after"):
        raise BadRequest("drop is before or after")
    FAULTS.schedule(fault)
    return _faults(given, query, invoke)


def _clear_scheduled(given: t.Any, query: t.Any, invoke: Invoke) -> t.Any:
    FAULTS.clear_scheduled()
    return _faults(given, query, invoke)


def _writers(_given: t.Any, _query: t.Any, _invoke: Invoke) -> t.Any:
    return {"writers": [dataclasses.asdict(writer) for writer in writers.waiting()]}


def _add_writer(given: t.Any, query: t.Any, invoke: Invoke) -> t.Any:
    rule = {key: given[key] for key in ("operation", "service", "resource", "account", "times", "skip") if key in given}
    when = given.get("when", "before")
    if when not in ("before", "after"):
        raise BadRequest("when is before or after")
    if "policy" in given:
        # The short form: another writer of the policy of the repository that `resource` names; null deletes it.
        policy = given["policy"]
        call = {"service": "ecr", "operation": "DeleteRepositoryPolicy", "parameters": {"repositoryName": given["resource"]}}
        if policy is not None:
            text = policy if isinstance(policy, str) else json.dumps(policy)
            call = {
                "service": "ecr",
                "operation": "SetRepositoryPolicy",
                "parameters": {"repositoryName": given["resource"], "policyText": text, "force": True},
            }
    else:
        call = given["write"]
    if service_models.operation_model(call["service"], call["operation"]) is None:
        raise BadRequest(f"{call['service']} has no operation {call['operation']}")
    write = {"write_service": call["service"], "write_operation": call["operation"], "write_parameters": call["parameters"]}
    writers.schedule(writers.Writer(when, **rule, **write))
    return _writers(given, query, invoke)


def _clear_writers(given: t.Any, query: t.Any, invoke: Invoke) -> t.Any:
    writers.forget()
    return _writers(given, query, invoke)


def _journal(_given: t.Any, query: t.Any, _invoke: Invoke) -> t.Any:
    return {"entries": journal.entries(**query)}


def _clear_journal(_given: t.Any, _query: t.Any, _invoke: Invoke) -> t.Any:
    journal.clear()
    return {"ok": True}


def _organization(_given: t.Any, _query: t.Any, _invoke: Invoke) -> t.Any:
    return {"accounts": organization.members()}


def _set_organization(given: t.Any, query: t.Any, invoke: Invoke) -> t.Any:
    accounts = given["accounts"]
    if not isinstance(accounts, (list, dict)):
        raise BadRequest("accounts is a list, or an object of account and path")
    if isinstance(accounts, list):
        accounts = dict.fromkeys(accounts, "")
    if given["id"] is None:
        organization.remove(accounts)
    else:
        organization.declare(str(given["id"]), accounts, given.get("settings"))
    return _organization(given, query, invoke)


def _missing_accounts(given: t.Any, _query: t.Any, _invoke: Invoke) -> t.Any:
    principals.MISSING_ACCOUNTS.clear()
    principals.MISSING_ACCOUNTS.update(str(account) for account in given["accounts"])
    return {"accounts": sorted(principals.MISSING_ACCOUNTS)}


def _expire(given: t.Any, _query: t.Any, _invoke: Invoke) -> t.Any:
    key = given.get("access_key", "*")
    found = [session for session in callers.SESSIONS.values() if key in ("*", session.access_key)]
    for session in found:
        session.expires = time.time() - 1
    return {"expired": len(found)}


def _service_session(given: t.Any, _query: t.Any, _invoke: Invoke) -> t.Any:
    arn, region = str(given["role"]), str(given.get("region", "eu-west-1"))
    fields = arn.split(":", 5)
    if len(fields) != 6:
        raise BadRequest("role is the ARN of a role")
    role = sts_sessions.assumed_by_service(str(given["service"]), arn, fields[4], region, fields[1], given.get("source_arn"))
    session = sts_sessions.open_session(sts_sessions.role_caller(role, str(given.get("session_name", "task"))), sts_sessions.HOUR)
    return {"access_key": session.access_key, "secret_key": session.secret_key, "token": session.token}


def _expire_tokens(given: t.Any, _query: t.Any, _invoke: Invoke) -> t.Any:
    return {"expired": oci_tokens.expire(str(given.get("account", "*")))}


def _registry(_given: t.Any, _query: t.Any, _invoke: Invoke) -> t.Any:
    return {"certificate": oci_certificates.authority_pem()}


def _call(given: t.Any, _query: t.Any, invoke: Invoke) -> t.Any:
    status, _headers, body = invoke(given["account"], given["region"], given["service"], given["operation"], given.get("parameters", {}))
    return {"status": status, "body": body.decode("utf-8", "replace")}


def _calls(given: t.Any, query: t.Any, invoke: Invoke) -> t.Any:
    return {"answers": [_call(one, query, invoke) for one in given["calls"]]}


def _decide(given: t.Any, _query: t.Any, _invoke: Invoke) -> t.Any:
    return decisions.decide_hypothetical(given)


ROUTES: dict[tuple[str, str], t.Callable[[t.Any, t.Any, Invoke], t.Any]] = {
    ("GET", "/lab/health"): _health,
    ("POST", "/lab/reset"): _reset,
    ("GET", "/lab/faults"): _faults,
    ("PUT", "/lab/faults"): _set_faults,
    ("POST", "/lab/faults"): _set_faults,
    ("POST", "/lab/faults/next"): _schedule,
    ("DELETE", "/lab/faults/next"): _clear_scheduled,
    ("GET", "/lab/writers"): _writers,
    ("POST", "/lab/writers"): _add_writer,
    ("DELETE", "/lab/writers"): _clear_writers,
    ("GET", "/lab/journal"): _journal,
    ("DELETE", "/lab/journal"): _clear_journal,
    ("GET", "/lab/organization"): _organization,
    ("PUT", "/lab/organization"): _set_organization,
    ("PUT", "/lab/accounts/missing"): _missing_accounts,
    ("POST", "/lab/sessions"): _service_session,
    ("POST", "/lab/sessions/expire"): _expire,
    ("GET", "/lab/registry"): _registry,
    ("POST", "/lab/registry/tokens/expire"): _expire_tokens,
    ("POST", "/lab/call"): _call,
    ("POST", "/lab/calls"): _calls,
    ("POST", "/lab/decide"): _decide,
}
