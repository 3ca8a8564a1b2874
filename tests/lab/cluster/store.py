# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects of a cluster: versions, generations, and the events that watches tell."""

from __future__ import annotations

import copy
import datetime
import typing as t
import uuid

from .errors import Refused
from .kinds import Kind

Thing = dict[str, t.Any]
Key = tuple[str, str, str]  # plural, namespace, name


def stamp() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """The database of one cluster."""

    def __init__(self) -> None:
        self.version = 1000
        self._things: dict[Key, Thing] = {}
        self.events: list[tuple[int, str, Kind, Thing]] = []

    def _tell(self, what: str, kind: Kind, thing: Thing) -> None:
        self.events.append((self.version, what, kind, copy.deepcopy(thing)))

    def list(self, kind: Kind, namespace: str = "") -> list[Thing]:
        """Copies, in the order of their names."""
        found = [(key, thing) for key, thing in self._things.items() if key[0] == kind.plural and namespace in ("", key[1])]
        return [copy.deepcopy(thing) for _key, thing in sorted(found, key=lambda pair: pair[0])]

    def get(self, kind: Kind, namespace: str, name: str) -> Thing | None:
        return copy.deepcopy(self._things.get((kind.plural, namespace, name)))

    def need(self, kind: Kind, namespace: str, name: str) -> Thing:
        found = self.get(kind, namespace, name)
        if found is None:
            raise Refused(404, f'{kind.printed} "{name}" not found', name=name, kind=kind.plural)
        return found

    def create(self, kind: Kind, thing: Thing) -> Thing:
        """Store a new one; raises Refused when there is one of that name."""
        meta = thing["metadata"]
        key = kind.plural, meta.get("namespace", ""), meta["name"]
        if key in self._things:
            raise Refused(409, f'{kind.printed} "{key[2]}" already exists', "AlreadyExists", name=key[2], kind=kind.plural)
        self.version += 1
        given = {"uid": str(uuid.uuid4()), "creationTimestamp": stamp(), "resourceVersion": str(self.version)}
        if "spec" in thing and kind.name == "Deployment":
            given["generation"] = t.cast(t.Any, 1)
        new = {"apiVersion": kind.api_version, "kind": kind.name, **thing, "metadata": {**meta, **given}}
        self._things[key] = copy.deepcopy(new)
        self._tell("ADDED", kind, new)
        return new

    def put(self, kind: Kind, thing: Thing) -> Thing:
        """Store another state of one that is there; what is the same stays as it is."""
        meta = thing["metadata"]
        key = kind.plural, meta.get("namespace", ""), meta["name"]
        old = self._things[key]
        if thing == old:
            return copy.deepcopy(old)
        self.version += 1
        new = copy.deepcopy(thing)
        new["metadata"]["resourceVersion"] = str(self.version)
        if "generation" in old["metadata"]:
            new["metadata"]["generation"] = old["metadata"]["generation"] + (new.get("spec") != old.get("spec"))
        self._things[key] = new
        self._tell("MODIFIED", kind, new)
        return copy.deepcopy(new)

    def remove(self, kind: Kind, thing: Thing) -> None:
        meta = thing["metadata"]
        self.version += 1
        gone = self._things.pop((kind.plural, meta.get("namespace", ""), meta["name"]))
        gone["metadata"]["resourceVersion"] = str(self.version)
        self._tell("DELETED", kind, gone)
