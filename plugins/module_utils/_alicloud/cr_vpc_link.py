# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""VPCs that are linked to an instance of Container Registry: how a link is read, made and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._errors import ServiceError
from .._settings_flow import Item, Settings, keeping, settings_result
from .cr_states import RUNNING, StillWorking, checked_instance, says_gone, says_there_already
from .identity import caller_identity
from .settings_module import run_settings

if TYPE_CHECKING:
    from .client import AlicloudClient
    from .module import AlicloudModule


def manage_vpc_link(module: AlicloudModule) -> dict[str, Any]:
    """Brings the link of the module's options about; returns the module's result.

    Raises RegistryError for what makes no sense, before anything is written; AlicloudError.
    """
    params = module.params
    instance, region = checked_instance(params["instance_id"]), module.region
    identity = caller_identity(module)
    store = CrVpcLinkStore(module.client, identity.account, region, instance, params["module_name"], params["vpc_id"])
    store.with_dns_record = params["create_dns_record"]
    present = params["state"] == "present"
    planner = keeping({"vswitch_id": params["vswitch_id"], "status": RUNNING} if present else None)
    outcomes = run_settings(module, [Item(store, planner, replaceable=params["replace"])])
    return {**settings_result(outcomes, module.with_diff, module.check_mode), "account_id": identity.account}


class CrVpcLinkStore:
    """The link of one VPC. ``with_dns_record``: the domain of the registry leads to it in this VPC; only said when it is made.

    ``status`` is a setting, so that the flow waits until it is RUNNING.
    """

    kind = "linked VPC"

    def __init__(self, client: AlicloudClient, account: str, region: str, instance_id: str, module_name: str, vpc_id: str) -> None:
        self._client = client
        self._place = {"InstanceId": instance_id, "ModuleName": module_name}
        self._vpc = vpc_id
        self._there: Settings = {}
        self.with_dns_record: bool | None = None
        self.account: str | None = account
        self.region: str | None = region
        self.resource = f"instance/{instance_id}/{module_name}/{vpc_id}"

    def read(self) -> Settings | None:
        linked = self._call("GetInstanceVpcEndpoint").get("LinkedVpcs") or ()
        found = next((one for one in linked if one["VpcId"] == self._vpc), None)
        self._there = {"vswitch_id": found["VswitchId"], "status": found["Status"]} if found else {}
        return self._there or None

    def same(self, _setting: str, current: Any, desired: Any) -> bool:
        return bool(current == desired)

    def can_change(self, setting: str, _value: Any) -> bool:
        return setting == "status"

    def create(self, settings: Settings) -> None:
        link = {"VpcId": self._vpc, "VswitchId": settings["vswitch_id"]}
        self._call("CreateInstanceVpcEndpointLinkedVpc", **link, EnableCreateDNSRecordInPvzt=self.with_dns_record)
        raise self._waiting("CreateInstanceVpcEndpointLinkedVpc", "CREATING", partly=True)

    def update(self, _settings: Settings, _changed: Sequence[str]) -> None:
        """There is nothing to write: the link is on its way."""
        raise self._waiting("GetInstanceVpcEndpoint", str(self._there["status"]))

    def delete(self) -> None:
        if self._there["status"] == "DELETING":
            raise self._waiting("GetInstanceVpcEndpoint", "DELETING")
        try:
            self._call("DeleteInstanceVpcEndpointLinkedVpc", VpcId=self._vpc, VswitchId=self._there["vswitch_id"])
        except ServiceError as error:
            if not says_gone(error):
                raise
        raise self._waiting("DeleteInstanceVpcEndpointLinkedVpc", "DELETING", partly=True)

    def waits_for(self, error: ServiceError) -> str | None:
        if isinstance(error, StillWorking):
            return "until the linked VPC is gone" if error.code == "DELETING" else f"until the linked VPC is {RUNNING}"
        if error.operation == "CreateInstanceVpcEndpointLinkedVpc" and says_there_already(error):
            return "until the linked VPC is visible"
        return None

    def _waiting(self, operation: str, status: str, partly: bool = False) -> StillWorking:
        return StillWorking(operation, status, f"the linked VPC is {status}", partly)

    def _call(self, action: str, **parameters: Any) -> dict[str, Any]:
        return self._client.call("cr", action, {**self._place, **parameters}, self.region)
