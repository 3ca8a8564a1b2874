# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which custom policy of RAM a task is about, and what it should become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError
from .._policy.dialect import RAM
from .._policy.difference import access_changes
from .._policy.document import Policy, PolicyError, parse
from .._settings_flow import Item, Settings
from .identity import caller_identity
from .ram_policy import RamPolicyStore
from .ram_roles import POLICY_NAME, access_result, checked_description, given_ram_policy
from .settings_module import run_settings

if TYPE_CHECKING:
    from .module import AlicloudModule


def manage_policy(module: AlicloudModule) -> dict[str, Any]:
    """Brings the policy of the module's options about; returns the module's result.

    Raises RegistryError or PolicyError for what no policy can be, before anything is written; AlicloudError.
    """
    params = module.params
    if not POLICY_NAME.fullmatch(params["name"]):
        raise RegistryError(f"'name' is '{params['name']}'; a policy's name has 1 to 128 letters, digits and -")
    wanted = _given_settings(params)
    identity = caller_identity(module)
    store = RamPolicyStore(module.client, identity.account, params["name"], params["rotate"])
    planner = _Planner(store, None if params["state"] == "absent" else wanted, params["force"])
    (outcome,) = run_settings(module, [Item(store, planner)])
    before, after = (parse(settings["policy"], RAM) if settings else None for settings in (outcome.current, outcome.planned))
    changes = access_changes(before, after, subject=store.resource, dialect=RAM)
    return {**access_result(module, outcome, changes, version_made_default=planner.older_version), "account_id": identity.account}


def _given_settings(params: Mapping[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    policy = given_ram_policy(params)
    if policy is not None:
        _check(policy)
        settings["policy"] = replace(policy, version=RAM.new_version).as_dict()
    if checked_description(params["description"]) is not None:
        settings["description"] = params["description"]
    return settings


def _check(policy: Policy) -> None:
    if not policy.statements:
        raise PolicyError("the policy has no statement; RAM takes none without, so give at least one, or 'state: absent'")
    for position, statement in enumerate(policy.statements, start=1):
        if "Principal" in statement:
            raise PolicyError(f"statement #{position}: a policy has no Principal; it is about whom it is attached to")
        if "Resource" not in statement and "NotResource" not in statement:
            raise PolicyError(f"statement #{position}: Resource is missing; write '*' for everything")


class _Planner:
    """Plans one policy. ``wanted`` are its settings, None when it shall not be there.

    ``older_version`` is the id of the version that becomes the default one again, None when a new one is made.
    """

    def __init__(self, store: RamPolicyStore, wanted: Mapping[str, Any] | None, force: bool) -> None:
        self._store = store
        self._wanted = wanted
        self._force = force
        self._looked = False
        self.older_version: str | None = None

    def __call__(self, current: Settings | None) -> Settings | None:
        store, wanted = self._store, self._wanted
        if wanted is None:
            if store.attachments and not self._force:
                raise RegistryError(
                    f"the policy is attached to {store.attachments} users, groups or roles; give 'force: true' to detach and delete it"
                )
            return None
        if current is None:
            if "policy" not in wanted:
                raise RegistryError(
                    f"there is no custom policy {store.resource.partition('/')[2]} in account {store.account}; "
                    "give 'policy' or 'statements' to create it"
                )
            if not self._looked and store.is_system_policy():
                raise RegistryError("Alibaba Cloud has a system policy of this name; choose another one")
        elif not self._looked and "policy" in wanted and not store.same("policy", current["policy"], wanted["policy"]):
            self.older_version = store.older_version(wanted["policy"])
        # Later readings are about what this task has written.
        self._looked = True
        return {"description": "", **(current or {}), **wanted}
