# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Account settings of ECR, one of which says which actions a registry policy can have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .._access.sides import V1_ACTIONS
from .._errors import RegistryError, ServiceError
from .._policy.document import Policy, PolicyError, label_of, parse
from .._policy.principals import as_list
from .._settings_flow import Item, Planner, Settings
from .errors import translated
from .iam_principals import NOT_ALLOWED
from .registry_policy import RegistryPolicyStore
from .settings_module import Registry, registries

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .module import RegistryAWSModule

SCOPE = "REGISTRY_POLICY_SCOPE"
#: The settings that are known, and their values. AWS may know more of them.
#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutAccountSetting.html
KNOWN_SETTINGS = {
    "BASIC_SCAN_TYPE_VERSION": ("AWS_NATIVE", "CLAIR"),
    "BLOB_MOUNTING": ("ENABLED", "DISABLED"),
    SCOPE: ("V1", "V2"),
}
#: What ECR says where it does not know of a setting (yet): not every partition and endpoint got them at the same time.
NO_SETTING = ("InvalidParameterException", "ValidationException", "UnknownOperationException", "NotImplemented")


def read_setting(reader: BaseClient, name: str) -> str | None:
    """The value of a setting; None when it has none. Raises ServiceError."""
    with translated():
        answer = reader.get_account_setting(name=name)
    return str(answer["value"]) if answer.get("value") else None


def outside_of_v1(policy: Policy) -> list[str]:
    """The statements of a registry policy that the scope V1 does not know, with their actions."""
    found = []
    known = {action.lower() for action in V1_ACTIONS}
    for position, statement in enumerate(policy.statements):
        unknown = sorted(str(action) for action in as_list(statement.get("Action")) if str(action).lower() not in known)
        unknown += ["NotAction"] if "NotAction" in statement else []
        if unknown:
            found.append(f"{label_of(statement, position)}: {', '.join(unknown)}")
    return found


class RegistryScope:
    """The scope of the policy of one registry."""

    def __init__(self, reader: BaseClient) -> None:
        self._reader = reader

    @cached_property
    def value(self) -> str | None:
        """V1 or V2; None when AWS does not tell. Raises ServiceError."""
        try:
            return read_setting(self._reader, SCOPE)
        except ServiceError as error:
            if error.code in (*NOT_ALLOWED, *NO_SETTING):
                return None
            raise

    def check(self, policy: Policy) -> None:
        """Refuses statements that the scope does not know; it is only read where it matters.

        Raises PolicyError that names the statements, or ServiceError.
        """
        unknown = outside_of_v1(policy)
        if unknown and self.value == "V1":
            raise PolicyError(
                f"the account setting {SCOPE} is V1 here, so that a registry policy can only have ecr:BatchImportUpstreamImage, "
                f"ecr:CreateRepository and ecr:ReplicateImage, each by its full name; these statements have others: {'; '.join(unknown)}; "
                "set the scope to V2 (crossaccount.registry.ecr_account_setting), or put them into repository policies"
            )


class AccountSettingStore:
    """One account setting in one region. There is always a value; it cannot be deleted."""

    kind = "account setting"

    def __init__(self, registry: Registry, name: str) -> None:
        self._reader = registry.reader
        self._writer = registry.writer
        self.account: str | None = registry.account
        self.region: str | None = registry.region
        self.resource = name

    def read(self) -> Settings:
        return {"value": read_setting(self._reader, self.resource)}

    def same(self, _setting: str, current: Any, desired: Any) -> bool:
        return bool(current == desired)

    def can_change(self, _setting: str, _value: Any) -> bool:
        return True

    def create(self, settings: Settings) -> None:
        self.update(settings, ())

    def update(self, settings: Settings, _changed: Sequence[str]) -> None:
        with translated():
            self._writer.put_account_setting(name=self.resource, value=settings["value"])

    def delete(self) -> None:
        raise RegistryError(f"the account setting {self.resource} cannot be deleted")

    def waits_for(self, _error: ServiceError) -> str | None:
        return None


def setting_items(module: RegistryAWSModule) -> list[Item]:
    """One item for each region of the module's options. Raises RegistryError or ServiceError."""
    name, value = module.params["name"], module.params["value"]
    known = KNOWN_SETTINGS.get(name)
    if known and value not in known:
        raise RegistryError(f"'value' is '{value}'; {name} can be {' or '.join(known)}")
    found = registries(module, module.params["regions"])
    return [Item(AccountSettingStore(registry, name), _planner(name, value, registry)) for registry in found]


def _planner(name: str, value: str, registry: Registry) -> Planner:
    def plan(current: Settings | None) -> Settings:
        if (name, value) == (SCOPE, "V1") and current != {"value": value}:
            text = RegistryPolicyStore(registry.reader, registry.writer, registry.account, registry.region).read()
            unknown = outside_of_v1(parse(text)) if text else []
            if unknown:
                raise RegistryError(
                    f"the registry policy has statements that V1 does not know ({'; '.join(unknown)}); they would lose their effect; "
                    "remove them first"
                )
        return {"value": value}

    return plan
