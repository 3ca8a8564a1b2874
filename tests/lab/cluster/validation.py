# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the API server refuses about an object before it stores it."""

from __future__ import annotations

import re
import typing as t

from .errors import Refused
from .kinds import DEPLOYMENT, NAMESPACE, Kind
from .store import Store, Thing

NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
JSON_NAMES = {bool: "bool", int: "number", float: "number", list: "array", dict: "object"}


def check(store: Store, kind: Kind, thing: t.Any, namespace: str, old: Thing | None) -> None:
    """Raise Refused for what cannot be stored; `old` is what it would replace."""
    _shape(kind, thing)
    meta = thing["metadata"]
    name = str(meta.get("name", ""))
    if not NAME.fullmatch(name):
        text = f'{kind.name}{"." + kind.group if kind.group else ""} "{name}" is invalid: metadata.name: Invalid value: "{name}"'
        raise Refused(422, f"{text}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'")
    if kind.namespaced and meta.get("namespace", namespace) != namespace:
        raise Refused(400, "the namespace of the provided object does not match the namespace sent on the request")
    if kind.namespaced and store.get(NAMESPACE, "", namespace) is None:
        raise Refused(404, f'namespaces "{namespace}" not found', name=namespace, kind="namespaces")
    if old is not None:
        _unchanged(kind, old, thing)
    if kind is DEPLOYMENT:
        _deployment(name, thing, old)


def _unchanged(kind: Kind, old: Thing, new: Thing) -> None:
    before, after = old["metadata"], new["metadata"]
    start = f'Operation cannot be fulfilled on {kind.printed} "{before["name"]}": '
    if after.get("resourceVersion", before["resourceVersion"]) != before["resourceVersion"]:
        text = "the object has been modified; please apply your changes to the latest version and try again"
        raise Refused(409, start + text, name=before["name"], kind=kind.plural)
    if after.get("uid", before["uid"]) != before["uid"]:
        text = f"Precondition failed: UID in precondition: {after['uid']}, UID in object meta: {before['uid']}"
        raise Refused(409, start + text, name=before["name"], kind=kind.plural)


def _shape(kind: Kind, thing: t.Any) -> None:
    if (
        not isinstance(thing, dict)
        or thing.get("kind", kind.name) != kind.name
        or thing.get("apiVersion", kind.api_version) != kind.api_version
    ):
        given = f"{thing.get('apiVersion')}, Kind={thing.get('kind')}" if isinstance(thing, dict) else "no object"
        expected = f"{kind.api_version}, Kind={kind.name}"
        raise Refused(400, f"the API version in the data ({given}) does not match the expected API version ({expected})")
    meta = thing.get("metadata")
    if not isinstance(meta, dict):
        raise _wrong(kind, meta, "metadata", "v1.ObjectMeta")
    for field in ("labels", "annotations"):
        for value in (meta.get(field) or {}).values():
            if not isinstance(value, str):
                raise _wrong(kind, value, f"ObjectMeta.metadata.{field}", "string")
    template = (thing.get("spec") or {}).get("template") or {}
    for container in (template.get("spec") or {}).get("containers") or []:
        for variable in container.get("env") or []:
            if not isinstance(variable.get("value", ""), str):
                raise _wrong(kind, variable["value"], "EnvVar.spec.template.spec.containers.env.value", "string")


def _wrong(kind: Kind, value: t.Any, field: str, wanted: str) -> Refused:
    what = next((name for type_, name in JSON_NAMES.items() if isinstance(value, type_)), "null")
    text = f'{kind.name} in version "{kind.version}" cannot be handled as a {kind.name}: '
    return Refused(400, f"{text}json: cannot unmarshal {what} into Go struct field {field} of type {wanted}")


def _deployment(name: str, thing: Thing, old: Thing | None) -> None:
    start = f'Deployment.apps "{name}" is invalid: '
    spec = thing.get("spec") or {}
    selector, template = spec.get("selector"), spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    if not selector:
        raise Refused(422, f"{start}spec.selector: Required value", name=name, kind="Deployment")
    if old is not None and selector != old["spec"]["selector"]:
        raise Refused(422, f"{start}spec.selector: Invalid value: field is immutable", name=name, kind="Deployment")
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        raise Refused(422, f"{start}spec.template.metadata.labels: Invalid value: `selector` does not match template `labels`")
    if not (template.get("spec") or {}).get("containers"):
        raise Refused(422, f"{start}spec.template.spec.containers: Required value", name=name, kind="Deployment")
