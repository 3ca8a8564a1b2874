# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Associations of EKS Pod Identity: which role the pods with a service account get."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from .._cluster_names import NAMESPACE, SERVICE_ACCOUNT
from .._errors import RegistryError, ServiceError
from .._settings_flow import Item, Planner, Settings
from .eks_cluster import NOT_FOUND, check_name, no_cluster
from .errors import in_turn, translated
from .identity import caller_identity
from .roles import check_own_role, check_role
from .tags import given_tags, is_system_tag

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .module import RegistryAWSModule

#: The settings as EKS calls them.
_FIELDS = {"role_arn": "roleArn", "target_role_arn": "targetRoleArn", "disable_session_tags": "disableSessionTags"}
#: What EKS says about a role that it does not know, or whose trust policy it does not see, yet.
#: https://github.com/hashicorp/terraform-provider-aws/pull/34717, https://github.com/hashicorp/terraform-provider-aws/issues/41483
_LATE = {
    "Role provided in the request does not exist": "EKS does not know the role (yet)",
    "Trust policy of the role provided is invalid": "EKS does not see (yet) that the role trusts pods.eks.amazonaws.com "
    "with sts:AssumeRole and sts:TagSession",
}


class PodIdentityStore:
    """The one association of a service account, found by its names. ``required``: without a cluster it is an error."""

    kind = "Pod Identity association"

    def __init__(self, reader: BaseClient, writer: BaseClient, account: str, place: tuple[str, str, str], required: bool = True) -> None:
        self._reader = reader
        self._writer = writer
        self._cluster, self._namespace, self._service_account = place
        self._required = required
        self.account: str | None = account
        self.region: str | None = reader.meta.region_name
        self.resource = "/".join(place)
        #: The association as EKS described it last; None when it is not there.
        self.described: Mapping[str, Any] | None = None

    def read(self) -> Settings | None:
        self.described = self._describe()
        if self.described is None:
            return None
        return {
            "role_arn": self.described["roleArn"],
            "target_role_arn": self.described.get("targetRoleArn") or None,
            "disable_session_tags": bool(self.described.get("disableSessionTags")),
            "tags": {key: value for key, value in (self.described.get("tags") or {}).items() if not is_system_tag(key)},
        }

    def _describe(self) -> Mapping[str, Any] | None:
        named = {"clusterName": self._cluster}
        try:
            with translated():
                answer = self._reader.list_pod_identity_associations(
                    **named, namespace=self._namespace, serviceAccount=self._service_account
                )
        except ServiceError as error:
            if error.code != NOT_FOUND:
                raise
            if self._required:
                raise no_cluster(self._reader, self.account, self._cluster, error) from error
            return None
        if not answer["associations"]:
            return None
        try:
            with translated():
                found: Mapping[str, Any] = self._reader.describe_pod_identity_association(
                    **named, associationId=answer["associations"][0]["associationId"]
                )["association"]
        except ServiceError as error:
            if error.code == NOT_FOUND:
                return None
            raise
        return found

    def same(self, _setting: str, current: Any, desired: Any) -> bool:
        return bool(current == desired) or (not current and not desired)

    def can_change(self, _setting: str, _value: Any) -> bool:
        return True

    def create(self, settings: Settings) -> None:
        given = {_FIELDS[name]: value for name, value in settings.items() if name in _FIELDS and value}
        if settings.get("tags"):
            given["tags"] = dict(settings["tags"])
        place = {"clusterName": self._cluster, "namespace": self._namespace, "serviceAccount": self._service_account}
        try:
            with translated():
                self._writer.create_pod_identity_association(**place, **given)
        except ServiceError as error:
            # An answer that got lost, or somebody who was faster; what they made is read and brought to what it shall be.
            if error.code != "ResourceInUseException":
                raise

    def update(self, settings: Settings, changed: Sequence[str]) -> None:
        in_turn(self._updates(settings, changed, self.described or self._missing()))

    def _updates(self, settings: Settings, changed: Sequence[str], there: Mapping[str, Any]) -> Iterator[Callable[[], object]]:
        """The calls that make the settings out of what is ``there``."""
        writer, arn = self._writer, there["associationArn"]
        given = {_FIELDS[name]: settings[name] or _EMPTY[name] for name in changed if name in _FIELDS}
        if given:
            yield partial(writer.update_pod_identity_association, clusterName=self._cluster, associationId=there["associationId"], **given)
        if "tags" in changed:
            old = there.get("tags") or {}
            added = {key: value for key, value in settings["tags"].items() if old.get(key) != value}
            removed = sorted(key for key in set(old) - set(settings["tags"]) if not is_system_tag(key))
            if added:
                yield partial(writer.tag_resource, resourceArn=arn, tags=added)
            if removed:
                yield partial(writer.untag_resource, resourceArn=arn, tagKeys=removed)

    def _missing(self) -> Mapping[str, Any]:
        raise RegistryError(f"the {self.kind} is gone; somebody else may have deleted it, run again")

    def delete(self) -> None:
        if self.described is None:
            return
        try:
            with translated():
                self._writer.delete_pod_identity_association(clusterName=self._cluster, associationId=self.described["associationId"])
        except ServiceError as error:
            if error.code != NOT_FOUND:
                raise

    def waits_for(self, error: ServiceError) -> str | None:
        if error.code != "InvalidParameterException":
            return None
        return next((awaited for text, awaited in _LATE.items() if text in error.message), None)


def association_of(described: Mapping[str, Any] | None, planned: Settings | None) -> dict[str, Any] | None:
    """What only EKS knows about an association that has, or in check mode would have, these settings; None where there is none."""
    if described is None or planned is None:
        return None
    external_id = described.get("externalId") if planned["target_role_arn"] else None
    return {"id": described["associationId"], "arn": described["associationArn"], "external_id": external_id or None}


#: What takes a setting away in an update.
_EMPTY: Mapping[str, Any] = {"target_role_arn": "", "disable_session_tags": False}


def association_item(module: RegistryAWSModule) -> tuple[PodIdentityStore, Item]:
    """What the options of a module mean. Raises RegistryError or ServiceError."""
    params = module.params
    tags = given_tags(params["tags"])
    account = caller_identity(module).account
    check_name("cluster_name", params["cluster_name"])
    for option, pattern in (("namespace", NAMESPACE), ("service_account", SERVICE_ACCOUNT)):
        if not pattern.fullmatch(params[option]):
            raise RegistryError(f"'{option}' is '{params[option]}', which is no name in Kubernetes: lower case letters, digits and -")
    if params["role_arn"] is not None:
        check_own_role("'role_arn'", params["role_arn"], account, "EKS")
    if params["target_role_arn"]:
        check_role("'target_role_arn'", params["target_role_arn"])
    reader, writer = module.aws_client("eks"), module.aws_client("eks", repeats=False)
    if params["target_role_arn"]:
        _require_target_roles(reader)
    place = (params["cluster_name"], params["namespace"], params["service_account"])
    present = params["state"] == "present"
    store = PodIdentityStore(reader, writer, account, place, required=present)
    return store, Item(store, _planner(params, tags) if present else lambda _current: None)


def _require_target_roles(client: BaseClient) -> None:
    members = client.meta.service_model.operation_model("CreatePodIdentityAssociation").input_shape.members
    if "targetRoleArn" not in members:
        raise RegistryError("'target_role_arn' needs a newer botocore, which knows about target roles of EKS Pod Identity")


def _planner(params: Mapping[str, Any], tags: Mapping[str, str] | None) -> Planner:
    def plan(current: Settings | None) -> Settings:
        if current is None and not params["role_arn"]:
            raise RegistryError("it is not there yet, and a new one needs 'role_arn'")
        planned = dict(current or {"target_role_arn": None, "disable_session_tags": False, "tags": {}})
        for name in _FIELDS:
            if params[name] is not None:
                planned[name] = None if params[name] == "" else params[name]
        if tags is not None:
            planned["tags"] = {**({} if params["purge_tags"] else planned["tags"]), **tags}
        return planned

    return plan
