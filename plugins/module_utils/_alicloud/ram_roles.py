# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which RAM role a task is about, and what it should become."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError, ServiceError
from .._guards import GuardOptions, check_desired
from .._policy.dialect import RAM
from .._policy.difference import AccessChange, access_changes
from .._policy.document import Policy, PolicyError, check_statements, parse
from .._policy.limits import RAM_TRUST_POLICY
from .._policy.merge import Ownership, plan
from .._policy.principals import EVERYONE, typed_principals
from .._policy_result import change_lines, shown_changes
from .._ram_trust import ram_trust_statements
from .._settings_flow import Item, Outcome, Settings, settings_result
from .arns import ROLE_NAME
from .identity import account_id_problem, caller_identity
from .ram_role import DEFAULTS, RamRoleStore, policy_key
from .settings_module import run_settings
from .tags import given_tags

if TYPE_CHECKING:
    from .client import AlicloudClient
    from .module import AlicloudModule

#: The option C(trusted).
TRUSTED_SPEC: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "options": {
        "service": {"type": "str"},
        "account": {"type": "raw"},
        "roles": {"type": "list", "elements": "str"},
        "users": {"type": "list", "elements": "str"},
        "external_id": {"type": "str"},
        "oidc_provider": {"type": "str"},
        "issuer": {"type": "str"},
        "audience": {"type": "str"},
        "subjects": {"type": "list", "elements": "str"},
        "saml_provider": {"type": "str"},
        "recipient": {"type": "str"},
    },
}
#: The option C(policies).
POLICIES_SPEC: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "options": {
        "name": {"type": "str", "required": True},
        "type": {"type": "str", "choices": ["System", "Custom"], "required": True},
    },
}
#: https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-createrole
_SHORTEST_SESSION, _LONGEST_SESSION, DESCRIPTION = 3600, 43_200, 1024
POLICY_NAME = re.compile(r"[A-Za-z0-9-]{1,128}")
#: https://www.alibabacloud.com/help/en/ram/user-guide/edit-the-trust-policy-of-a-ram-role
_TRUSTED = re.compile(r"acs:ram::[0-9]{10,20}:(?:root|(?:role|user)/.+)", re.IGNORECASE)


def manage_role(module: AlicloudModule) -> dict[str, Any]:
    """Brings the role of the module's options about; returns the module's result.

    Raises RegistryError or PolicyError for what no role can be, before anything is written; AlicloudError.
    """
    params = module.params
    wanted = _Wanted(params)
    identity = caller_identity(module)
    store = RamRoleStore(module.client, identity.account, params["name"], wanted.tags is not None)
    planner = _Planner(wanted, module.client, identity.account)
    (outcome,) = run_settings(module, [Item(store, planner, shared=True)])
    before, after = (_trust_of(settings) for settings in (outcome.current, outcome.planned))
    result = access_result(module, outcome, access_changes(before, after, owner=identity.account, dialect=RAM))
    return {**result, "arn": store.shown_arn, "role_id": store.role_id, "account_id": identity.account}


def access_result(module: AlicloudModule, outcome: Outcome, changes: Sequence[AccessChange], **more: Any) -> dict[str, Any]:
    """The result of a module for something that says who may do what: with C(access_changes), and in plain words under the diff."""
    told = replace(outcome, more={**shown_changes(changes), **more})
    return settings_result([told], module.with_diff, module.check_mode, lambda _outcome: change_lines(changes))


def checked_description(text: str | None) -> str | None:
    """The option C(description). Raises RegistryError for one that RAM cannot take."""
    if text is not None and not 1 <= len(text) <= DESCRIPTION:
        raise RegistryError(f"'description' has {len(text)} characters; RAM takes 1 to {DESCRIPTION:,}, and cannot take one away again")
    return text


def given_ram_policy(params: Mapping[str, Any]) -> Policy | None:
    """The desired document of the options C(policy) or C(statements), checked; None when neither is given. Raises PolicyError."""
    if params["policy"] is not None:
        return parse(params["policy"], RAM, strict=True)
    if params["statements"] is not None:
        return Policy(statements=tuple(check_statements(params["statements"], RAM)), dialect=RAM)
    return None


class _Wanted:
    """What the options say, checked. Raises RegistryError or PolicyError."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        if not ROLE_NAME.fullmatch(params["name"]):
            raise RegistryError(f"'name' is '{params['name']}'; a role's name has 1 to 64 letters, digits, and . - _")
        self.name: str = params["name"]
        self.absent = params["state"] == "absent"
        self.force: bool = params["force"]
        self.ownership = Ownership(params["trust_state"])
        self.guards = GuardOptions(allow_public=params["allow_public"], allowed_accounts=_accounts(params["allowed_accounts"]))
        self.trust = given_ram_policy(params)
        if params["trusted"] is not None:
            self.trust = Policy(statements=tuple(check_statements(ram_trust_statements(params["trusted"]), RAM)), dialect=RAM)
        if self.trust is not None:
            _check_trust(self.trust)
        self.settings: dict[str, Any] = {}
        if checked_description(params["description"]) is not None:
            self.settings["description"] = params["description"]
        duration = params["max_session_duration"]
        if duration is not None:
            if not _SHORTEST_SESSION <= duration <= _LONGEST_SESSION:
                raise RegistryError(
                    f"'max_session_duration' is {duration}; it must be {_SHORTEST_SESSION:,} to {_LONGEST_SESSION:,} seconds"
                )
            self.settings["max_session_duration"] = duration
        self.policies: Sequence[Mapping[str, str]] | None = params["policies"]
        wrong = [one["name"] for one in self.policies or () if not POLICY_NAME.fullmatch(one["name"])]
        if wrong:
            raise RegistryError(f"'policies' has '{wrong[0]}'; a policy's name has 1 to 128 letters, digits and -")
        self.purge_policies: bool = params["purge_policies"]
        self.tags = given_tags(params["tags"])
        self.purge_tags: bool = params["purge_tags"]


class _Planner:
    """Plans one role."""

    def __init__(self, wanted: _Wanted, client: AlicloudClient, account: str) -> None:
        self._wanted = wanted
        self._client = client
        self._account = account
        self._known: set[str] = set()

    def __call__(self, current: Settings | None) -> Settings | None:
        wanted = self._wanted
        if wanted.absent:
            self._check_deletion(current)
            return None
        planned = {**DEFAULTS, **(current or {}), **wanted.settings, "trust_policy": self._trust(current)}
        if wanted.policies is not None:
            planned["policies"] = self._policies(planned["policies"])
        if wanted.tags is not None:
            kept = {} if wanted.purge_tags or not current else current["tags"]
            planned["tags"] = {**kept, **wanted.tags}
        return planned

    def _trust(self, current: Settings | None) -> Mapping[str, Any]:
        wanted, before = self._wanted, None if current is None else parse(current["trust_policy"], RAM)
        if wanted.trust is None or (before is None and wanted.ownership.state == "absent"):
            if current is None:
                raise RegistryError(
                    f"there is no role {wanted.name} in account {self._account}, and nothing says whom a new one trusts: "
                    "give 'trusted', 'statements' or 'policy'"
                )
            there: Mapping[str, Any] = current["trust_policy"]
            return there
        if wanted.ownership.state != "absent":
            check_desired(wanted.trust, RAM_TRUST_POLICY, wanted.guards, self._account)
        policy = plan(before, wanted.trust, wanted.ownership).policy
        if policy is None:
            raise PolicyError(
                "the role would trust nobody any more, which RAM does not allow; keep somebody, or delete it with 'state: absent'"
            )
        return policy.as_dict()

    def _policies(self, there: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
        """The attachments to be; those that are there keep their spelling."""
        attached = {policy_key(one): one for one in there}
        wanted = {policy_key(one): attached.get(policy_key(one), one) for one in self._wanted.policies or ()}
        for key, one in wanted.items():
            if key not in attached and one["type"] == "System":
                self._check_system_policy(one["name"])
        kept = {} if self._wanted.purge_policies else attached
        return [one for _key, one in sorted({**kept, **wanted}.items())]

    def _check_system_policy(self, name: str) -> None:
        """A custom policy may be made by a task before this one; a system policy is there or not."""
        if name in self._known:
            return
        try:
            self._client.call("ram", "GetPolicy", {"PolicyName": name, "PolicyType": "System"})
        except ServiceError as error:
            if error.code != "EntityNotExist.Policy":
                raise
            raise RegistryError(f"there is no system policy {name}; correct its name, or give 'type: Custom' ({error})") from error
        self._known.add(name)

    def _check_deletion(self, current: Settings | None) -> None:
        if current and current["policies"] and not self._wanted.force:
            names = ", ".join(f"{one['name']} ({one['type']})" for one in current["policies"])
            raise RegistryError(f"the role has policies ({names}); give 'force: true' to detach them and delete the role")


def _check_trust(trust: Policy) -> None:
    for position, statement in enumerate(trust.statements, start=1):
        if "Principal" not in statement:
            raise PolicyError(f"statement #{position}: Principal is missing; a trust policy says who may assume the role")
        if "Resource" in statement or "NotResource" in statement:
            raise PolicyError(f"statement #{position}: a trust policy has no Resource; it is about its role")
        for kind, value in typed_principals(statement["Principal"], RAM):
            if kind == RAM.identity_type and value != EVERYONE and not _TRUSTED.fullmatch(value):
                raise PolicyError(
                    f"statement #{position}: Principal has '{value}'; write acs:ram::ACCOUNT:root for a whole account, "
                    "acs:ram::ACCOUNT:role/NAME or acs:ram::ACCOUNT:user/NAME"
                )


def _accounts(values: Sequence[Any] | None) -> tuple[str, ...] | None:
    for value in values or ():
        problem = account_id_problem(value, "allowed_accounts")
        if problem:
            raise RegistryError(problem)
    return None if values is None else tuple(values)


def _trust_of(settings: Settings | None) -> Policy | None:
    return parse(settings["trust_policy"], RAM) if settings else None
