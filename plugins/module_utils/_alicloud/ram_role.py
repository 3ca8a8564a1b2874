# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""A RAM role: how it is read, written and deleted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError, ServiceError
from .._policy.dialect import RAM
from .._policy.document import parse, same_meaning
from .._policy.principals import typed_principals
from .._settings_flow import Settings
from .arns import RoleArn
from .ram_writes import RamWrites
from .wire import json_text

if TYPE_CHECKING:
    from .client import AlicloudClient

#: What a role has that was created without them.
DEFAULTS: Mapping[str, Any] = {"description": "", "max_session_duration": 3600, "policies": []}
#: Settings that UpdateRole changes.
#: https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-updaterole
_UPDATED = ("description", "max_session_duration", "trust_policy")


class RamRoleStore:
    """One role, found by its name whatever its letter case. ``with_tags`` says whether its tags are read, too.

    ``shown_arn`` and ``role_id`` are those of the role as it was last read.
    """

    kind = "RAM role"
    region: str | None = None

    def __init__(self, client: AlicloudClient, account: str, name: str, with_tags: bool = False) -> None:
        self._client = client
        self._name = name
        self._with_tags = with_tags
        self._there: Settings = {}
        self._names_others = False
        self.account: str | None = account
        self.resource = f"role/{name}"
        self.shown_arn = str(RoleArn(account, name))
        self.role_id: str | None = None

    def read(self) -> Settings | None:
        """All settings. Raises RegistryError for a role that belongs to a service."""
        try:
            role = self._client.call("ram", "GetRole", {"RoleName": self._name})["Role"]
            if role.get("IsServiceLinkedRole"):
                raise RegistryError(
                    f"{self._name} is a service-linked role: only the service that it belongs to may change or delete it; use another name"
                )
            settings = {
                "description": role.get("Description") or "",
                "max_session_duration": role["MaxSessionDuration"],
                "trust_policy": json.loads(role["AssumeRolePolicyDocument"]),
                "policies": self._policies(),
                **({"tags": self._tags()} if self._with_tags else {}),
            }
        except ServiceError as error:
            # It may be gone between one call and the next.
            if error.code != "EntityNotExist.Role":
                raise
            self._there, self.role_id = {}, None
            return None
        self._there, self.role_id, self.shown_arn = settings, role["RoleId"], role["Arn"]
        return settings

    def same(self, setting: str, current: Any, desired: Any) -> bool:
        if setting == "trust_policy" and current and desired:
            return same_meaning(parse(current, RAM), parse(desired, RAM))
        if setting == "policies":
            return {policy_key(one) for one in current or ()} == {policy_key(one) for one in desired or ()}
        return bool(current == desired) or (not current and not desired)

    def can_change(self, _setting: str, _value: Any) -> bool:
        return True

    def create(self, settings: Settings) -> None:
        tags, write = settings.get("tags"), RamWrites(self._client)
        self._names_others = _names_others(settings["trust_policy"])
        write(
            "CreateRole",
            {
                "RoleName": self._name,
                "AssumeRolePolicyDocument": json_text(settings["trust_policy"]),
                "Description": settings["description"] or None,
                "MaxSessionDuration": settings["max_session_duration"],
                "Tag": _pairs(tags) if tags else None,
            },
        )
        self._attach(write, settings["policies"])

    def update(self, settings: Settings, changed: Sequence[str]) -> None:
        """Attaches before it detaches, so that the role never has less than it had and shall have."""
        write = RamWrites(self._client)
        if set(changed) & set(_UPDATED):
            self._names_others = _names_others(settings["trust_policy"])
            request = {
                "NewDescription": settings["description"] if "description" in changed else None,
                "NewMaxSessionDuration": settings["max_session_duration"] if "max_session_duration" in changed else None,
                "NewAssumeRolePolicyDocument": json_text(settings["trust_policy"]) if "trust_policy" in changed else None,
            }
            write("UpdateRole", {"RoleName": self._name, **request})
        if "tags" in changed:
            self._write_tags(write, settings["tags"])
        if "policies" in changed:
            there = {policy_key(one): one for one in self._there.get("policies", ())}
            wanted = {policy_key(one): one for one in settings["policies"]}
            self._attach(write, (one for key, one in wanted.items() if key not in there))
            self._detach(write, (one for key, one in there.items() if key not in wanted))

    def delete(self) -> None:
        write = RamWrites(self._client)
        self._detach(write, self._there.get("policies", ()))
        write("DeleteRole", {"RoleName": self._name}, unless=("EntityNotExist.Role",))

    def waits_for(self, error: ServiceError) -> str | None:
        """RAM learns of its own changes after a while: of new roles and policies, and of policies that were detached."""
        match error.operation, error.code:
            case "DeleteRole", "DeleteConflict.Role.Policy":
                return "RAM still sees a policy that was detached from the role"
            case "CreateRole", "EntityAlreadyExists.Role":
                return "RAM has the role already, but does not show it (yet)"
            case "AttachPolicyToRole", "EntityNotExist.Policy":
                return "RAM does not know a custom policy that is to be attached (yet)"
            case "AttachPolicyToRole" | "UpdateRole" | "TagResources" | "UntagResources", "EntityNotExist.Role":
                return "RAM does not know the role (yet)"
            case "CreateRole" | "UpdateRole", "MalformedPolicyDocument" if self._names_others and "principal" in error.message.lower():
                return "RAM does not know a principal of the trust policy (yet)"
        return None

    def _policies(self) -> list[dict[str, str]]:
        answer = self._client.call("ram", "ListPoliciesForRole", {"RoleName": self._name})
        found = [{"name": one["PolicyName"], "type": one["PolicyType"]} for one in answer["Policies"]["Policy"]]
        return sorted(found, key=policy_key)

    def _tags(self) -> dict[str, str]:
        asked = {"ResourceType": "role", "ResourceNames": json_text([self._name])}
        pages = self._client.pages("ram", "ListTagResources", asked, ("NextToken", "NextToken"))
        found = (tag for page in pages for tag in page["TagResources"]["TagResource"])
        return {tag["TagKey"]: tag["TagValue"] for tag in found}

    def _write_tags(self, write: RamWrites, tags: Mapping[str, str]) -> None:
        there = self._there.get("tags", {})
        role = {"ResourceType": "role", "ResourceNames": json_text([self._name])}
        gone = sorted(set(there) - set(tags))
        if gone:
            write("UntagResources", {**role, "TagKey": json_text(gone)})
        new = {key: value for key, value in tags.items() if there.get(key) != value}
        if new:
            write("TagResources", {**role, "Tag": _pairs(new)})

    def _attach(self, write: RamWrites, policies: Iterable[Mapping[str, str]]) -> None:
        for one in policies:
            write("AttachPolicyToRole", self._attachment(one), unless=("EntityAlreadyExists.Role.Policy",))

    def _detach(self, write: RamWrites, policies: Iterable[Mapping[str, str]]) -> None:
        """Goes on where somebody else was faster: a role must not be left with the policies that come after."""
        for one in policies:
            codes = ("EntityNotExist.Role.Policy", "EntityNotExist.Policy", "EntityNotExist.Role")
            write("DetachPolicyFromRole", self._attachment(one), unless=codes)

    def _attachment(self, policy: Mapping[str, str]) -> dict[str, str]:
        return {"PolicyType": policy["type"], "PolicyName": policy["name"], "RoleName": self._name}


def policy_key(policy: Mapping[str, str]) -> tuple[str, str]:
    """What tells policies apart: RAM takes names that differ in their letter case for the same."""
    return policy["type"], policy["name"].lower()


def _names_others(trust: Mapping[str, Any]) -> bool:
    """Whether a trust policy names roles, users or identity providers, which RAM may not know yet."""
    named = (value for one in trust["Statement"] for _kind, value in typed_principals(one.get("Principal"), RAM))
    return any("/" in value for value in named)


def _pairs(tags: Mapping[str, str]) -> str:
    return json_text([{"Key": key, "Value": value} for key, value in sorted(tags.items())])
