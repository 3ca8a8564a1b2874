# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which public endpoint a task is about, and what it should become."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError
from .._settings_flow import Item, Settings, settings_result
from .cr_endpoint import AUTOMATIC, CrEndpointStore, as_acl, as_comments
from .cr_states import RUNNING, checked_instance
from .identity import caller_identity
from .settings_module import run_settings

if TYPE_CHECKING:
    from .module import AlicloudModule

#: The option C(acl).
ACL_SPEC: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "options": {"entry": {"type": "str", "required": True}, "comment": {"type": "str"}},
}
_HOW_TO_OPEN = "give networks in 'acl', or 'allow_public: true' if that is what you want"


def manage_endpoint(module: AlicloudModule) -> dict[str, Any]:
    """Brings the endpoint of the module's options about; returns the module's result.

    Raises RegistryError for what makes no sense, before anything is written; AlicloudError.
    """
    params = module.params
    planner = _Planner(params)
    instance, region = checked_instance(params["instance_id"]), module.region
    identity = caller_identity(module)
    store = CrEndpointStore(module.client, identity.account, region, instance, params["module_name"])
    outcomes = run_settings(module, [Item(store, planner)])
    return {**settings_result(outcomes, module.with_diff, module.check_mode), "account_id": identity.account}


class _Planner:
    """What the options say, checked. Raises RegistryError."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._public: bool | None = params["public"]
        self._purge: bool = params["purge_acl"]
        self._allow_public: bool = params["allow_public"]
        self._acl = None if params["acl"] is None else self._read(params["acl"])
        if self._acl and self._public is False:
            raise RegistryError("'acl' has entries, and 'public' is false; an endpoint that is off has no access list")

    def __call__(self, current: Settings | None) -> Settings:
        there = current or {}
        public = there["public"] if self._public is None else self._public
        if not public:
            if self._acl:
                raise RegistryError("the public endpoint is off, so it has no access list; give 'public: true' to turn it on")
            return {**there, "public": False, "status": None}
        entries = self._entries(as_comments(there["acl"]))
        if not entries and not self._allow_public and (self._public or self._acl is not None):
            raise RegistryError(
                "the endpoint would be public without any entry in its access list, and nobody says whether that lets in nobody or "
                f"everybody; {_HOW_TO_OPEN}"
            )
        return {"public": True, "status": RUNNING, "acl": as_acl(entries)}

    def _entries(self, there: Mapping[str, str]) -> dict[str, str]:
        """The entries to be; those that are given without a comment keep theirs."""
        if self._acl is None:
            return dict(there)
        wanted = {entry: there.get(entry, "") if comment is None else comment for entry, comment in self._acl.items()}
        return wanted if self._purge else {**there, **wanted}

    def _read(self, acl: list[Mapping[str, Any]]) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for at, one in enumerate(acl):
            entry = self._network(one["entry"], f"'acl[{at}].entry' is '{one['entry']}'")
            if found.get(entry, one["comment"]) != one["comment"]:
                raise RegistryError(f"'acl' has {entry} twice, with different comments; keep one of them")
            found[entry] = one["comment"]
        return found

    def _network(self, text: str, where: str) -> str:
        """A network in the spelling of the service."""
        try:
            network = ipaddress.ip_network(text.strip(), strict=False)
        except ValueError as error:
            raise RegistryError(f"{where}; it must be an address or a network, such as 47.100.0.1 or 47.100.0.0/24 ({error})") from error
        if str(network) == AUTOMATIC:
            raise RegistryError(f"{where}, which every endpoint has by itself; leave it out")
        if network.prefixlen == 0 and not self._allow_public:
            raise RegistryError(f"{where}, which is everybody; {_HOW_TO_OPEN}")
        return str(network)
