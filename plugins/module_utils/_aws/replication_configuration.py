# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""The replication configuration of a registry: how it is read and written. There is one for each registry, perhaps without rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError, ServiceError
from .._settings_flow import Settings
from .errors import translated

if TYPE_CHECKING:
    from .settings_module import Registry

#: A rule, by the names of the module's options. What only newer versions of ECR have stays in it under ECR's own names.
Rule = Mapping[str, Any]
_KNOWN = ("destinations", "repositoryFilters", "deleteReplication")
#: The only type of a filter: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RepositoryFilter.html
_BY_PREFIX = "PREFIX_MATCH"


def read_rule(answer: Mapping[str, Any]) -> Rule:
    """A rule as ECR describes it."""
    filters = answer.get("repositoryFilters") or ()
    return {
        "destinations": [{"region": one["region"], "account": one["registryId"]} for one in answer["destinations"]],
        "repository_filters": [one["filter"] if one.get("filterType") == _BY_PREFIX else dict(one) for one in filters],
        "delete_replication": bool((answer.get("deleteReplication") or {}).get("enabled")),
        **{name: value for name, value in answer.items() if name not in _KNOWN},
    }


def _request(rule: Rule) -> dict[str, Any]:
    ours = ("destinations", "repository_filters", "delete_replication")
    request: dict[str, Any] = {name: value for name, value in rule.items() if name not in ours}
    request["destinations"] = [{"region": one["region"], "registryId": one["account"]} for one in rule["destinations"]]
    if rule["repository_filters"]:
        request["repositoryFilters"] = [
            {"filter": one, "filterType": _BY_PREFIX} if isinstance(one, str) else one for one in rule["repository_filters"]
        ]
    if rule["delete_replication"]:
        request["deleteReplication"] = {"enabled": True}
    return request


class ReplicationConfigurationStore:
    """The rules of one registry."""

    kind = "replication configuration"
    resource = "registry"

    def __init__(self, registry: Registry) -> None:
        self._reader = registry.reader
        self._writer = registry.writer
        self.account: str | None = registry.account
        self.region: str | None = registry.region

    def read(self) -> Settings:
        with translated():
            answer = self._reader.describe_registry()
        return {"rules": [read_rule(rule) for rule in answer["replicationConfiguration"]["rules"]]}

    def same(self, _setting: str, current: Any, desired: Any) -> bool:
        return bool(current == desired)

    def can_change(self, _setting: str, _value: Any) -> bool:
        return True

    def create(self, settings: Settings) -> None:
        self.update(settings, ())

    def update(self, settings: Settings, _changed: Sequence[str]) -> None:
        """Writes all rules. An old botocore does not see that a rule replicates deletions, and would turn it off."""
        members = self._writer.meta.service_model.shape_for("ReplicationRule").members
        if settings["rules"] and "deleteReplication" not in members:
            raise RegistryError(
                "the installed botocore does not know deleteReplication, so that it would be turned off in all rules; install a newer one"
            )
        configuration = {"rules": [_request(rule) for rule in settings["rules"]]}
        with translated():
            self._writer.put_replication_configuration(replicationConfiguration=configuration)

    def delete(self) -> None:
        self.update({"rules": []}, ())

    def waits_for(self, _error: ServiceError) -> str | None:
        return None
