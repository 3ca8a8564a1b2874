# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Container groups and image caches of ECI: what both have in common, and the calls that are about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError, ServiceError
from .._settings_flow import Settings
from .eci_spec import SPEC_TAG, Request

if TYPE_CHECKING:
    from .client import AlicloudClient

#: How many ids a message lists.
_LISTED = 10
#: One container group or image cache as ECI tells it.
Told = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """Container groups, or image caches.

    ``noun`` is what the names of actions and parameters are made of. ``ready`` are the states in which it does its work, ``failed``
    those that it does not leave, ``stale`` those in which it has to be updated again, ``gone`` those of what is no more. ``updates``:
    ECI can change it, but for roles; ``dry_run``: ECI can check a request without creating anything. ``by_id`` makes the parameters
    that ask for one of them, ``settings`` takes out what can be compared with options.
    """

    text: str
    noun: str
    id_option: str
    ready: tuple[str, ...]
    failed: tuple[str, ...]
    stale: tuple[str, ...]
    gone: tuple[str, ...]
    updates: bool
    dry_run: bool
    by_id: Callable[[str], Mapping[str, Any]]
    settings: Callable[[Told], Settings]
    shown: Callable[[Told], Mapping[str, Any]]


@dataclass(frozen=True)
class Workload:
    """One container group or image cache. ``spec`` is the hash of what it was made with, None where this collection did not make it."""

    kind: Kind
    told: Told

    @property
    def id(self) -> str:
        return str(self.told[f"{self.kind.noun}Id"])

    @property
    def status(self) -> str:
        return str(self.told.get("Status"))

    @property
    def tags(self) -> dict[str, str]:
        """The tags, without that of this collection."""
        return {key: value for key, value in self._tags.items() if key != SPEC_TAG}

    @property
    def spec(self) -> str | None:
        return self._tags.get(SPEC_TAG)

    @property
    def has_failed(self) -> bool:
        """Whether it has ended without doing its work. One that is always restarted does not end."""
        return self.status in self.kind.failed or (self.status == "Succeeded" and self.told.get("RestartPolicy") == "Always")

    @property
    def is_gone(self) -> bool:
        return self.status in self.kind.gone

    @property
    def is_ready(self) -> bool:
        return self.status in self.kind.ready

    @property
    def settings(self) -> dict[str, Any]:
        """What can be compared with options, by their names."""
        return {**self.kind.settings(self.told), "tags": self.tags, "spec_sha256": self.spec}

    @property
    def shown(self) -> dict[str, Any]:
        """What a result tells of it."""
        name = str(self.told[f"{self.kind.noun}Name"])
        return {"id": self.id, "name": name, "status": self.status, **self.kind.shown(self.told)}

    @property
    def _tags(self) -> dict[str, str]:
        return {str(one["Key"]): str(one.get("Value") or "") for one in self.told.get("Tags") or ()}


class EciStore:
    """The container groups, or image caches, of one name. Names are not unique: ids are what tells one from another."""

    def __init__(self, client: AlicloudClient, of: Kind, account: str, region: str, name: str) -> None:
        self._client = client
        self.of = of
        self._name = name
        self.kind = of.text
        self.account: str | None = account
        self.region: str | None = region
        self.resource = f"{of.noun.lower()}/{name}"

    def named(self) -> list[Workload]:
        """All with this name. Who may not list them is told that there is none."""
        return [one for one in self._described({f"{self.of.noun}Name": self._name}) if one.told[f"{self.of.noun}Name"] == self._name]

    def with_id(self, identity: str) -> Workload | None:
        """The one with this id; None when there is none."""
        return next((one for one in self._described(self.of.by_id(identity)) if one.id == identity), None)

    def check(self, request: Request) -> None:
        """Has ECI look at a request without creating anything. Raises ServiceError for what is wrong with it."""
        try:
            self._call(f"Create{self.of.noun}", {**request, "DryRun": True})
        except ServiceError as error:
            # It is how ECI says that nothing is wrong.
            if error.code != "DryRunOperation":
                raise

    def create(self, request: Request, token: str) -> str:
        """Creates one and returns its id. The token is one that nothing else was created with: ECI tells the id of back then again."""
        return str(self._call(f"Create{self.of.noun}", {**request, "ClientToken": token}, repeats=True)[f"{self.of.noun}Id"])

    def update(self, identity: str, request: Request, token: str) -> None:
        """Changes one to what the request says, which has no roles. Its zone stays."""
        changes = {name: value for name, value in request.items() if name != "ZoneId"}
        self._call(f"Update{self.of.noun}", {**changes, f"{self.of.noun}Id": identity, "ClientToken": token}, repeats=True)

    def delete(self, identity: str, token: str) -> None:
        """Deletes one; it is no error when it is not there."""
        try:
            self._call(f"Delete{self.of.noun}", {f"{self.of.noun}Id": identity, "ClientToken": token}, repeats=True)
        except ServiceError:
            # How ECI says that it is not there is not documented.
            left = self.with_id(identity)
            if left is not None and not left.is_gone:
                raise

    def chosen(self, found: Sequence[Workload], identity: str | None) -> Workload | None:
        """The one that a task is about. Raises RegistryError when there are several and nothing says which."""
        if identity is not None:
            return next((one for one in found if one.id == identity), None)
        if len(found) > 1:
            listed = ", ".join(f"{one.id} ({one.status})" for one in found[:_LISTED])
            listed += f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
            raise RegistryError(
                f"there are {len(found)} of this name: {listed}; names are not unique, so say with '{self.of.id_option}' which one is "
                "meant, or delete the others"
            )
        return found[0] if found else None

    def _described(self, filters: Mapping[str, Any]) -> list[Workload]:
        parameters = {"RegionId": self.region, **filters}
        pages = self._client.pages("eci", f"Describe{self.of.noun}s", parameters, ("NextToken", "NextToken"), self.region)
        return [Workload(self.of, one) for page in pages for one in page.get(f"{self.of.noun}s") or ()]

    def _call(self, action: str, parameters: Mapping[str, Any], repeats: bool | None = None) -> dict[str, Any]:
        return self._client.call("eci", action, {"RegionId": self.region, **parameters}, self.region, repeats)
