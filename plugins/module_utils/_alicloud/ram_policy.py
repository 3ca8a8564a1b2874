# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""A custom policy of RAM and its versions: how it is read, written and deleted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError, ServiceError
from .._policy.dialect import RAM
from .._policy.document import parse, same_meaning
from .._settings_flow import Settings
from .ram_writes import RamWrites
from .wire import json_text

if TYPE_CHECKING:
    from .client import AlicloudClient

#: https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-createpolicyversion
_ROTATE = "DeleteOldestNonDefaultVersionWhenLimitExceeded"


class RamPolicyStore:
    """One custom policy. ``rotate``: the oldest version goes when a new one does not fit.

    ``attachments`` is how many users, groups and roles had it when it was last read, None when it was not there.
    """

    kind = "RAM policy"
    region: str | None = None

    def __init__(self, client: AlicloudClient, account: str, name: str, rotate: bool) -> None:
        self._client = client
        self._name = name
        self._rotate = rotate
        self.account: str | None = account
        self.resource = f"policy/{name}"
        self.attachments: int | None = None

    def read(self) -> Settings | None:
        answer = self._get("Custom")
        self.attachments = int(answer["Policy"].get("AttachmentCount") or 0) if answer else None
        if answer is None:
            return None
        document = json.loads(answer["DefaultPolicyVersion"]["PolicyDocument"])
        return {"description": answer["Policy"].get("Description") or "", "policy": document}

    def is_system_policy(self) -> bool:
        """Whether Alibaba Cloud has a policy of this name, which no custom policy can have then."""
        return self._get("System") is not None

    def older_version(self, document: Any) -> str | None:
        """The id of the newest version that means the same as a document and is not the default one; None when there is none."""
        wanted = parse(document, RAM)
        answer = self._client.call("ram", "ListPolicyVersions", {"PolicyName": self._name, "PolicyType": "Custom"})
        versions = [one for one in answer["PolicyVersions"]["PolicyVersion"] if not one["IsDefaultVersion"]]
        same = [one for one in versions if same_meaning(parse(one["PolicyDocument"], RAM), wanted)]
        return str(max(same, key=lambda one: str(one["CreateDate"]))["VersionId"]) if same else None

    def same(self, setting: str, current: Any, desired: Any) -> bool:
        if setting == "policy" and current and desired:
            return same_meaning(parse(current, RAM), parse(desired, RAM))
        return bool(current == desired) or (not current and not desired)

    def can_change(self, _setting: str, _value: Any) -> bool:
        return True

    def create(self, settings: Settings) -> None:
        document, description = json_text(settings["policy"]), settings["description"] or None
        self._client.call("ram", "CreatePolicy", {"PolicyName": self._name, "PolicyDocument": document, "Description": description})

    def update(self, settings: Settings, changed: Sequence[str]) -> None:
        """An older version that says the same is made the default one, so that nothing is lost by going back and forth."""
        write = RamWrites(self._client)
        if "policy" in changed:
            older = self.older_version(settings["policy"])
            if older:
                write("SetDefaultPolicyVersion", {"PolicyName": self._name, "VersionId": older})
            else:
                self._add_version(write, settings["policy"])
        if "description" in changed:
            write("UpdatePolicyDescription", {"PolicyName": self._name, "NewDescription": settings["description"]})

    def delete(self) -> None:
        """Detaches it from whoever has it, and deletes it with all its versions."""
        write = RamWrites(self._client)
        if self.attachments:
            self._detach(write)
        write("DeletePolicy", {"PolicyName": self._name, "CascadingDelete": True}, unless=("EntityNotExist.Policy",))

    def waits_for(self, error: ServiceError) -> str | None:
        """RAM learns of its own changes after a while."""
        match error.operation, error.code:
            case "DeletePolicy", "DeleteConflict.Policy.User" | "DeleteConflict.Policy.Group" | "DeleteConflict.Policy.Role":
                return "RAM still sees somebody from whom the policy was detached"
            case "CreatePolicy", "EntityAlreadyExists.Policy":
                return "RAM has the policy already, but does not show it (yet)"
            case "CreatePolicyVersion" | "SetDefaultPolicyVersion" | "UpdatePolicyDescription", "EntityNotExist.Policy":
                return "RAM does not know the policy (yet)"
        return None

    def _get(self, kind: str) -> dict[str, Any] | None:
        try:
            return self._client.call("ram", "GetPolicy", {"PolicyName": self._name, "PolicyType": kind})
        except ServiceError as error:
            if error.code == "EntityNotExist.Policy":
                return None
            raise

    def _add_version(self, write: RamWrites, document: Any) -> None:
        request = {"PolicyName": self._name, "PolicyDocument": json_text(document), "SetAsDefault": True}
        try:
            write("CreatePolicyVersion", {**request, "RotateStrategy": _ROTATE if self._rotate else "None"})
        except ServiceError as error:
            if error.code != "LimitExceeded.Policy.Version":
                raise
            raise RegistryError(
                f"the policy has as many versions as RAM allows; give 'rotate: true' to let the oldest one go, or delete one ({error})"
            ) from error

    def _detach(self, write: RamWrites) -> None:
        """Goes on where somebody else was faster."""
        policy = {"PolicyName": self._name, "PolicyType": "Custom"}
        holders = self._client.call("ram", "ListEntitiesForPolicy", policy)
        for kind in ("User", "Group", "Role"):
            for holder in holders.get(f"{kind}s", {}).get(kind, ()):
                write(f"DetachPolicyFrom{kind}", {**policy, f"{kind}Name": holder[f"{kind}Name"]}, unless=("EntityNotExist",))
