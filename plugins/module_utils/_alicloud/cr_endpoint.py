# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The public endpoint of an instance of Container Registry: how it is read and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._errors import ServiceError
from .._settings_flow import Settings
from .cr_states import RUNNING, StillWorking, says_gone, says_there_already

if TYPE_CHECKING:
    from .client import AlicloudClient

#: The entry that every endpoint gets by itself.
AUTOMATIC = "127.0.0.1/32"


class CrEndpointStore:
    """The endpoint of an instance for images or for charts. It is always there, on or off.

    Entries are added once it is RUNNING: the service says yes to those of before, and drops them.
    https://github.com/aliyun/terraform-provider-alicloud/pull/10170
    """

    kind = "public endpoint"

    def __init__(self, client: AlicloudClient, account: str, region: str, instance_id: str, module_name: str) -> None:
        self._client = client
        self._place = {"InstanceId": instance_id, "EndpointType": "Internet", "ModuleName": module_name}
        self._there: Settings = {}
        self.account: str | None = account
        self.region: str | None = region
        self.resource = f"instance/{instance_id}/{module_name}"

    def read(self) -> Settings | None:
        answer = self._call("GetInstanceEndpoint")
        entries = {str(one["Entry"]): str(one.get("Comment") or "") for one in answer.get("AclEntries") or ()}
        entries.pop(AUTOMATIC, None)
        self._there = {"public": bool(answer.get("Enable")), "status": answer.get("Status") or None, "acl": as_acl(entries)}
        return self._there

    def same(self, setting: str, current: Any, desired: Any) -> bool:
        """Which status an endpoint has that is off, or on its way there, does not matter."""
        return bool(current == desired) or (setting == "status" and desired is None)

    def can_change(self, _setting: str, _value: Any) -> bool:
        return True

    def create(self, settings: Settings) -> None:
        raise NotImplementedError("an endpoint is there as long as its instance")

    def update(self, settings: Settings, changed: Sequence[str]) -> None:
        """Raises StillWorking while the endpoint is not RUNNING."""
        if "public" in changed:
            self._call("UpdateInstanceEndpointStatus", Enable=settings["public"])
        if not settings["public"]:
            return
        status = "CREATING" if "public" in changed else self._there["status"]
        if status != RUNNING:
            raise StillWorking("GetInstanceEndpoint", str(status), f"the public endpoint is {status}", partly="public" in changed)
        self._write_acl(as_comments(self._there["acl"]), as_comments(settings["acl"]))

    def delete(self) -> None:
        raise NotImplementedError("an endpoint is there as long as its instance")

    def waits_for(self, error: ServiceError) -> str | None:
        """An entry that was added is told of a moment later."""
        if isinstance(error, StillWorking):
            return "until the public endpoint is RUNNING"
        if error.operation == "CreateInstanceEndpointAclPolicy" and says_there_already(error):
            return "until an entry of the access list is visible"
        return None

    def _write_acl(self, there: Mapping[str, str], wanted: Mapping[str, str]) -> None:
        """Adds before it removes, so that nobody is shut out meanwhile. A comment changes with its entry, which goes and comes back."""
        calls = [("Create", entry) for entry in wanted if entry not in there]
        for entry in wanted:
            if there.get(entry, wanted[entry]) != wanted[entry]:
                calls += [("Delete", entry), ("Create", entry)]
        calls += [("Delete", entry) for entry in there if entry not in wanted]
        for at, (verb, entry) in enumerate(calls):
            comment = {"Comment": wanted[entry] or None} if verb == "Create" else {}
            try:
                self._call(f"{verb}InstanceEndpointAclPolicy", Entry=entry, **comment)
            except ServiceError as error:
                if verb == "Create" or not says_gone(error):
                    error.partly = at > 0
                    raise

    def _call(self, action: str, **parameters: Any) -> dict[str, Any]:
        return self._client.call("cr", action, {**self._place, **parameters}, self.region)


def as_acl(comments: Mapping[str, str]) -> list[dict[str, str]]:
    """An access list as results show it: sorted by its entries."""
    return [{"entry": entry, "comment": comments[entry]} for entry in sorted(comments)]


def as_comments(acl: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The entries of an access list with their comments."""
    return {one["entry"]: one["comment"] for one in acl}
