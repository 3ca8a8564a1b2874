# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API server: from a request to objects and back, for the verbs that clients use."""

from __future__ import annotations

import json
import threading
import time
import typing as t

import yaml

from ..loopback import Answer, Asked
from . import patches, selectors, validation
from .access import User, Users, demand
from .controllers import Controllers
from .errors import Refused
from .kinds import AUTHENTICATION, KINDS, POD, SERVICE_ACCOUNT, Kind, discovery
from .store import Store, Thing
from .tokens import public_keys

ANYBODY = ("/version", "/healthz", "/readyz", "/livez")
PAGE_NOT_FOUND = Answer(404, b"404 page not found\n", (("Content-Type", "text/plain; charset=utf-8"),))
LOOK_AGAIN = 0.05  # seconds between two looks of a watch
WATCH_SECONDS = 300.0
# What the API server fills in or keeps to itself.
KEPT = ("uid", "resourceVersion", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds")


class Target(t.NamedTuple):
    """What a path is about."""

    kind: Kind
    namespace: str
    name: str
    subresource: str


def _json(status: int, value: t.Any) -> Answer:
    return Answer(status, json.dumps(value).encode(), (("Content-Type", "application/json"), ("Cache-Control", "no-cache, private")))


class ApiServer:
    """`issue` gives a token for a service account, audience and seconds."""

    def __init__(
        self,
        users: Users,
        store: Store,
        controllers: Controllers,
        openshift: bool,
        issuer: str,
        issue: t.Callable[[Thing, str, float], str],
    ) -> None:
        self._users, self._store, self._controllers, self._issuer, self._issue = users, store, controllers, issuer, issue
        self._kinds = (*KINDS, AUTHENTICATION) if openshift else KINDS
        self.lock = threading.RLock()

    def answer(self, asked: Asked, address: str) -> tuple[str, Answer]:
        """Who asked, and the answer; also the refusal."""
        name = ""
        try:
            user = self._users.who(asked.headers.get("Authorization", ""))
            name = user.name
            with self.lock:
                self._controllers.run()
                found = self._answer(asked, user, address)
                self._controllers.run()
        except Refused as refused:
            found = _json(refused.status, refused.body)
        return name, found

    def _answer(self, asked: Asked, user: User, address: str) -> Answer:
        path = asked.path.rstrip("/")
        if path in ANYBODY[1:]:
            return Answer(200, b"ok", (("Content-Type", "text/plain; charset=utf-8"),))
        known = discovery(self._kinds, path, address)
        if known is not None and (user.name != "system:anonymous" or path in ANYBODY):
            return _json(200, known)
        if path == "/.well-known/openid-configuration":
            keys = f"{self._issuer}/keys"
            told = {
                "issuer": self._issuer,
                "jwks_uri": keys,
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
            }
            return _json(200, {**told, "id_token_signing_alg_values_supported": ["RS256"]})
        if path == "/openid/v1/jwks":
            return _json(200, public_keys())
        target = self._target(path)
        if target is None:
            if user.name == "system:anonymous":
                raise Refused(403, f'forbidden: User "system:anonymous" cannot get path "{path}"')
            return PAGE_NOT_FOUND
        return self._act(target, asked, user)

    def _target(self, path: str) -> Target | None:
        parts = path.strip("/").split("/")
        start = 2 if parts[0] == "api" else 3
        version, rest = "/".join(parts[1:start]), parts[start:]
        namespace = ""
        if len(rest) > 2 and rest[0] == "namespaces":
            namespace, rest = rest[1], rest[2:]
        kind = next((one for one in self._kinds if rest and one.plural == rest[0] and one.api_version == version), None)
        if kind is None or parts[0] != ("apis" if kind.group else "api") or len(rest) > 3 or kind.namespaced < bool(namespace):
            return None
        rest = [*rest, "", ""]
        return Target(kind, namespace, rest[1], rest[2])

    def _act(self, target: Target, asked: Asked, user: User) -> Answer:
        kind, namespace, name, subresource = target
        if subresource:
            return self._token(target, asked, user)
        watch = _query(asked, "watch") in ("1", "true")
        verbs = {"POST": "create", "PUT": "update", "PATCH": "patch", "HEAD": "get"}
        verb = verbs.get(asked.method) or (asked.method.lower() if name else {"GET": "list", "DELETE": "deletecollection"}[asked.method])
        verb = "watch" if verb == "list" and watch else verb
        demand(user, verb, kind, namespace, name)
        if verb in ("create", "update", "patch") and bool(name) == (verb == "create"):
            raise Refused(405, "the server does not allow this method on the requested resource")
        if verb == "get":
            return _json(200, self._store.need(kind, namespace, name))
        if verb == "list":
            return _json(200, self._list(kind, namespace, asked))
        if verb == "watch":
            return self._watch(kind, namespace, asked)
        dry = _query(asked, "dryRun") == "All"
        if verb in ("delete", "deletecollection"):
            return self._delete(target, asked, dry)
        given = _body(asked)
        if verb == "create":
            return _json(201, self._create(kind, namespace, given, dry))
        if verb == "update":
            return _json(200, self._replace(kind, namespace, name, given, dry))
        return self._patch(target, asked, user, given, dry)

    def _token(self, target: Target, asked: Asked, user: User) -> Answer:
        """TokenRequest, the one subresource that is here."""
        if target.kind is not SERVICE_ACCOUNT or target.subresource != "token" or asked.method != "POST":
            return PAGE_NOT_FOUND
        demand(user, "create", target.kind, target.namespace, target.name, "/token")
        account, given = self._store.need(SERVICE_ACCOUNT, target.namespace, target.name), _body(asked)
        spec = given.get("spec") or {}
        seconds = float(spec.get("expirationSeconds") or 3600)
        token = self._issue(account, (spec.get("audiences") or [self._issuer])[0], seconds)
        return _json(201, {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec, "status": {"token": token}})

    def _selected(self, kind: Kind, namespace: str, asked: Asked) -> list[Thing]:
        labels = selectors.label_tests(_query(asked, "labelSelector"))
        fields = selectors.field_tests(_query(asked, "fieldSelector"))
        found = self._store.list(kind, namespace)
        found = [thing for thing in found if all(test(thing["metadata"].get("labels") or {}) for test in labels)]
        return [thing for thing in found if all(test(thing) for test in fields)]

    def _list(self, kind: Kind, namespace: str, asked: Asked) -> dict[str, t.Any]:
        # The items of a list do not say what they are.
        items = [
            {key: value for key, value in thing.items() if key not in ("kind", "apiVersion")}
            for thing in self._selected(kind, namespace, asked)
        ]
        meta = {"resourceVersion": str(self._store.version)}
        return {"kind": f"{kind.name}List", "apiVersion": kind.api_version, "metadata": meta, "items": items}

    def _watch(self, kind: Kind, namespace: str, asked: Asked) -> Answer:
        given = _query(asked, "resourceVersion")
        labels = selectors.label_tests(_query(asked, "labelSelector"))
        fields = selectors.field_tests(_query(asked, "fieldSelector"))
        end = time.monotonic() + float(_query(asked, "timeoutSeconds") or WATCH_SECONDS)
        first = [] if given not in ("", "0") else self._selected(kind, namespace, asked)
        since = int(given) if given not in ("", "0") else self._store.version

        def events() -> t.Iterator[bytes]:
            seen = since
            for thing in first:
                yield json.dumps({"type": "ADDED", "object": thing}).encode() + b"\n"
            while time.monotonic() < end:
                with self.lock:
                    self._controllers.run()
                    new = [event for event in self._store.events if event[0] > seen]
                    seen = self._store.version
                for _version, what, which, thing in new:
                    meta = thing["metadata"]
                    wanted = which is kind and namespace in ("", meta.get("namespace", ""))
                    if wanted and all(test(meta.get("labels") or {}) for test in labels) and all(test(thing) for test in fields):
                        yield json.dumps({"type": what, "object": thing}).encode() + b"\n"
                time.sleep(LOOK_AGAIN)

        return Answer(200, events(), (("Content-Type", "application/json"),))

    def _create(self, kind: Kind, namespace: str, given: t.Any, dry: bool) -> Thing:
        validation.check(self._store, kind, given, namespace, None)
        meta = {key: value for key, value in given["metadata"].items() if key not in KEPT}
        thing = {**given, "metadata": {**meta, **({"namespace": namespace} if kind.namespaced else {})}}
        thing.pop("status", None)
        if dry:
            if self._store.get(kind, namespace, meta["name"]) is not None:
                self._store.create(kind, thing)  # which refuses it
            return {"apiVersion": kind.api_version, "kind": kind.name, **thing}
        return self._store.create(kind, thing)

    def _replace(self, kind: Kind, namespace: str, name: str, given: t.Any, dry: bool) -> Thing:
        old = self._store.need(kind, namespace, name)
        validation.check(self._store, kind, given, namespace, old)
        if given["metadata"]["name"] != name:
            raise Refused(400, f"the name of the object ({given['metadata']['name']}) does not match the name on the URL ({name})")
        kept = {key: old["metadata"][key] for key in KEPT if key in old["metadata"]}
        meta = {**{key: value for key, value in given["metadata"].items() if value not in ({}, None)}, **kept}
        thing = {**given, "metadata": {**meta, **({"namespace": namespace} if kind.namespaced else {})}}
        thing = {"apiVersion": kind.api_version, "kind": kind.name, **thing}
        thing.pop("status", None)  # it has a subresource of its own
        if "status" in old:
            thing["status"] = old["status"]
        return thing if dry else self._store.put(kind, thing)

    def _patch(self, target: Target, asked: Asked, user: User, patch: t.Any, dry: bool) -> Answer:
        kind, namespace, name, _subresource = target
        content_type = str(asked.headers.get("Content-Type", "")).partition(";")[0].strip()
        old = self._store.get(kind, namespace, name)
        if old is None and content_type == patches.APPLY_PATCH:
            demand(user, "create", kind, namespace, name)
            return _json(201, self._create(kind, namespace, patch, dry))
        old = self._store.need(kind, namespace, name)
        return _json(200, self._replace(kind, namespace, name, patches.patched(content_type, old, patch), dry))

    def _delete(self, target: Target, asked: Asked, dry: bool) -> Answer:
        kind, namespace, name, _subresource = target
        options = _body(asked) if asked.body.strip() else {}
        things = [self._store.need(kind, namespace, name)] if name else self._selected(kind, namespace, asked)
        found = []
        for thing in things:
            wanted = (options.get("preconditions") or {}).get("uid")
            validation.check(
                self._store, kind, {**thing, "metadata": {**thing["metadata"], "uid": wanted or thing["metadata"]["uid"]}}, namespace, thing
            )
            if dry:
                found.append(thing)
            elif kind is POD:
                grace = str(options.get("gracePeriodSeconds", _query(asked, "gracePeriodSeconds")))
                found.append(self._controllers.delete(thing, at_once=grace == "0"))
            else:
                self._store.remove(kind, thing)
                found.append(thing)
        if not name:
            return _json(200, {"kind": f"{kind.name}List", "apiVersion": kind.api_version, "metadata": {}, "items": found})
        if kind is POD:
            return _json(200, found[0])
        details = {"name": name, "kind": kind.plural, "uid": found[0]["metadata"]["uid"], **({"group": kind.group} if kind.group else {})}
        return _json(200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})


def _query(asked: Asked, name: str) -> str:
    return (asked.query.get(name) or [""])[-1]


def _body(asked: Asked) -> t.Any:
    try:
        if "yaml" in str(asked.headers.get("Content-Type", "")):
            return yaml.safe_load(asked.body)
        return json.loads(asked.body)
    except (ValueError, yaml.YAMLError):
        raise Refused(
            400, "the object provided is unrecognized (must be of type ...): couldn't get version/kind; json parse error"
        ) from None
