# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of eks_pod_identity_association."""

from __future__ import annotations

from typing import Any

from ansible_collections.crossaccount.registry.plugins.modules import eks_pod_identity_association as module

from .conftest import ACCOUNT, Stubbed

PLACE = {"clusterName": "acs", "namespace": "stackrox", "serviceAccount": "central"}
ROLE, OTHER = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("central", "next"))
ARN = f"arn:aws:eks:eu-west-1:{ACCOUNT}:podidentityassociation/acs/a-1"
ONE = {"clusterName": "acs", "associationId": "a-1"}
NONE = ("list_pod_identity_associations", PLACE, {"associations": []})
MISSING = ("ResourceNotFoundException", "No cluster found for name: acs.")


def association(**changes: Any) -> dict[str, Any]:
    return {"association": {**PLACE, "associationId": "a-1", "associationArn": ARN, "roleArn": ROLE, "tags": {}, **changes}}


def there(**changes: Any) -> list[tuple[str, Any, Any]]:
    listed = {"associations": [{**PLACE, "associationId": "a-1", "associationArn": ARN}]}
    return [("list_pod_identity_associations", PLACE, listed), ("describe_pod_identity_association", ONE, association(**changes))]


def run(stubbed: Stubbed, *calls: Any, **options: Any) -> dict[str, Any]:
    place = {"cluster_name": "acs", "namespace": "stackrox", "service_account": "central"}
    return stubbed(module, *calls, service="eks", diff=True, **{**place, **options})


def create(stubbed: Stubbed, *calls: Any, **options: Any) -> dict[str, Any]:
    return run(stubbed, *calls, role_arn=ROLE, **options)


def test_the_calls_of_a_second_run_and_of_check_mode(stubbed: Stubbed) -> None:
    check = create(stubbed, NONE, check=True)
    assert (check["changed"], check["association"]) == (True, None)
    assert check["actions"][0]["settings_changed"] == ["role_arn"]
    again = create(stubbed, *there())
    assert (again["changed"], again["association"]) == (False, {"id": "a-1", "arn": ARN, "external_id": None})


def test_only_what_differs_is_sent(stubbed: Stubbed) -> None:
    old = there(targetRoleArn=OTHER, externalId="x", tags={"a": "1", "b": "2"})
    shown = run(stubbed, *old, check=True, role_arn=OTHER, target_role_arn="", tags={"a": "3"})
    assert shown["actions"][0]["settings_changed"] == ["role_arn", "tags", "target_role_arn"]
    assert shown["association"]["external_id"] is None
    tag = ("tag_resource", {"resourceArn": ARN, "tags": {"a": "3"}}, {})
    untag = ("untag_resource", {"resourceArn": ARN, "tagKeys": ["b"]}, {})
    assert run(stubbed, *old, tag, untag, *there(targetRoleArn=OTHER, tags={"a": "3"}), tags={"a": "3"})["changed"]
    partly = run(stubbed, *old, tag, (*untag[:2], ("AccessDeniedException", "no")), tags={"a": "3"})
    assert partly["failed"] and "Written nevertheless: 1 of those that failed" in partly["msg"]


def test_deleting(stubbed: Stubbed) -> None:
    gone = ("delete_pod_identity_association", ONE, association())
    result = run(stubbed, *there(), gone, NONE, state="absent")
    assert (result["summary"]["deleted"], result["association"]) == (1, None)
    assert not run(stubbed, ("list_pod_identity_associations", PLACE, MISSING), state="absent")["changed"]


def test_without_a_cluster_or_a_role_nothing_is_written(stubbed: Stubbed) -> None:
    assert "there is no EKS cluster 'acs'" in create(stubbed, ("list_pod_identity_associations", PLACE, MISSING))["msg"]
    assert "a new one needs 'role_arn'" in run(stubbed, NONE)["msg"]
    assert "EKS assumes roles of the cluster's own account only" in run(stubbed, role_arn="arn:aws:iam::444455556666:role/a")["msg"]
