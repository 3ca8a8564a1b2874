# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWX's REST API, as far as the modules of awx.awx use it."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
import typing as t

from ..loopback import Answer, Asked
from . import credential_types
from .errors import Refused, not_found
from .kinds import KINDS, RUN
from .store import Object, Store

PAGE_SIZE = 25
NOBODY = "Authentication credentials were not provided. To establish a login session, visit /api/login/."
_PATH = re.compile(r"/api/v2/(?P<kind>[a-z_]+)/(?:(?P<id>\d+)/(?:(?P<sub>[a-z_]+)/)?)?")
_VERSION = "24.6.1"


class Api:
    """The API over one store; `token` is the administrator's, `password` that of the user admin."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.token, self.password = secrets.token_hex(15), secrets.token_hex(8)
        self._tokens: dict[str, str] = {}  # id -> token, of those that were asked for

    def answer(self, asked: Asked) -> Answer:
        """The answer to a request; also its refusal."""
        try:
            status, value = self._value(asked)
        except Refused as refused:
            status, value = refused.status, refused.body
        headers = (("Content-Type", "application/json"), ("X-API-Product-Name", "AWX"), ("X-API-Product-Version", _VERSION))
        return Answer(status, b"" if status == 204 else json.dumps(value).encode(), headers)

    def _value(self, asked: Asked) -> tuple[int, t.Any]:
        if asked.path == "/api/v2/ping/":
            return 200, {"ha": False, "version": _VERSION, "active_node": "awx", "instances": [], "instance_groups": []}
        self._check_who(asked)
        match = _PATH.fullmatch(asked.path)
        if match is None:
            raise not_found()
        kind, sub = match["kind"], match["sub"]
        identity = int(match["id"] or 0)
        body = self._body(asked)
        if kind == "tokens":
            return self._token(asked, match["id"])
        if kind == "config":
            return 200, {"version": _VERSION, "license_info": {"license_type": "open"}}
        if kind == "me":
            return 200, self._page([{"id": 1, "type": "user", "username": "admin", "is_superuser": True}], asked)
        if kind == "project_updates" and identity in self._store.updates:
            return 200, {"id": identity, "status": self._store.updates[identity], "finished": "2026-01-01T00:00:00Z"}
        if kind == "unified_job_templates" and not identity:
            return 200, self._list(kind, asked)
        if kind not in KINDS:
            raise not_found()
        if sub:
            return self._sub(asked.method, kind, identity, sub, body, asked)
        return self._one(asked.method, kind, identity, body) if identity else self._many(asked, kind, body)

    @staticmethod
    def _body(asked: Asked) -> dict[str, t.Any]:
        try:
            found = json.loads(asked.body or b"{}")
        except ValueError:
            raise Refused(400, {"detail": "JSON parse error"}) from None
        if not isinstance(found, dict):
            raise Refused(400, {"detail": "JSON parse error - not a JSON object"})
        return found

    def _check_who(self, asked: Asked) -> None:
        scheme, _space, value = asked.headers.get("Authorization", "").partition(" ")
        if scheme == "Bearer" and value in (self.token, *self._tokens.values()):
            return
        if scheme == "Basic":
            try:
                if base64.b64decode(value, validate=True).decode() == f"admin:{self.password}":
                    return
            except (binascii.Error, UnicodeDecodeError):
                pass
        raise Refused(401, {"detail": NOBODY})

    def _token(self, asked: Asked, identity: str | None) -> tuple[int, t.Any]:
        if asked.method == "POST" and identity is None:
            name = str(len(self._tokens) + 1)
            self._tokens[name] = secrets.token_hex(15)
            return 201, {"id": int(name), "type": "o_auth2_access_token", "token": self._tokens[name]}
        if asked.method == "DELETE" and identity in self._tokens:
            self._tokens[identity] = ""
            return 204, None
        raise not_found()

    def _many(self, asked: Asked, kind: str, body: dict[str, t.Any]) -> tuple[int, t.Any]:
        if asked.method == "GET":
            return 200, self._list(kind, asked)
        if asked.method == "POST":
            return 201, self._shown(kind, self._store.create(kind, body))
        raise Refused(405, {"detail": f'Method "{asked.method}" not allowed.'})

    def _one(self, method: str, kind: str, identity: int, body: dict[str, t.Any]) -> tuple[int, t.Any]:
        if method == "GET":
            return 200, self._shown(kind, self._store.get(kind, identity))
        if method == "PATCH":
            return 200, self._shown(kind, self._store.change(kind, identity, body))
        if method == "DELETE":
            self._store.delete(kind, identity)
            return (202, {}) if kind == "inventories" else (204, None)
        raise Refused(405, {"detail": f'Method "{method}" not allowed.'})

    def _sub(self, method: str, kind: str, identity: int, sub: str, body: dict[str, t.Any], asked: Asked) -> tuple[int, t.Any]:
        if sub == "survey_spec" and kind in ("job_templates", "workflow_job_templates"):
            self._store.get(kind, identity)
            if method == "POST":
                self._store.set_survey(kind, identity, body)
            elif method == "DELETE":
                self._store.surveys.pop(identity, None)
            return 200, self._store.surveys.get(identity, {}) if method == "GET" else {}
        if sub not in KINDS[kind].linked:
            raise not_found()
        if method == "POST":
            if not isinstance(body.get("id"), int):
                raise Refused(400, {"msg": '"id" is required to disassociate'})
            self._store.link(kind, identity, sub, body["id"], bool(body.get("disassociate")))
            return 204, None
        other = KINDS[kind].linked[sub]
        self._store.get(kind, identity)
        return 200, self._page([self._shown(other, self._store.get(other, one)) for one in self._store.linked(identity, sub)], asked)

    def _list(self, kind: str, asked: Asked) -> dict[str, t.Any]:
        shown = [self._shown(self._kind_of(one) if kind == "unified_job_templates" else kind, one) for one in self._store.all(kind)]
        wanted = {key: values[-1] for key, values in asked.query.items() if key not in ("page", "page_size")}
        any_of = {key[4:]: value for key, value in wanted.items() if key.startswith("or__")}
        all_of = {key: value for key, value in wanted.items() if not key.startswith("or__")}
        for key in (*any_of, *all_of):
            known = {name for one in KINDS.values() for name in one.fields} | {"id", "type", "organization"}
            if key not in known:
                raise Refused(400, {"detail": f"{kind} has no field named '{key}'"})
        found = [
            one
            for one in shown
            if all(str(one.get(key)) == value for key, value in all_of.items())
            and (not any_of or any(str(one.get(key)) == value for key, value in any_of.items()))
        ]
        return self._page(found, asked)

    @staticmethod
    def _page(found: list[Object], asked: Asked) -> dict[str, t.Any]:
        query = {key: values[-1] for key, values in asked.query.items()}
        number, size = int(query.get("page", 1)), int(query.get("page_size", PAGE_SIZE))
        begin = (number - 1) * size
        more = len(found) > begin + size
        query["page"] = str(number + 1)
        following = f"{asked.path}?{'&'.join(f'{key}={value}' for key, value in query.items())}" if more else None
        return {"count": len(found), "next": following, "previous": None, "results": found[begin : begin + size]}

    def _kind_of(self, one: Object) -> str:
        return next(kind for kind in RUN if one in self._store.all(kind))

    def _shown(self, kind: str, one: Object) -> Object:
        """An object as the API tells about it: with where it is, and without secrets."""
        url = f"/api/v2/{kind}/{one['id']}/"
        related = {name: f"{url}{name}/" for name in KINDS[kind].linked}
        summary: dict[str, t.Any] = {}
        if kind in ("job_templates", "workflow_job_templates"):
            related["survey_spec"] = f"{url}survey_spec/"
        if kind == "projects":
            related["update"] = f"{url}update/"
            if "current_update" in one:
                summary["current_update"] = {"id": one["current_update"], "status": "pending"}
        shown = {key: value for key, value in one.items() if key != "current_update"}
        if kind == "credentials":
            shown["inputs"] = credential_types.masked(self._store.get("credential_types", one["credential_type"]), one["inputs"])
        if kind == "credential_types":
            shown["managed"] = False
        return {"type": KINDS[kind].type, "url": url, "related": related, "summary_fields": summary, **shown}
