# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module eks_pod_identity_association: the one association of a service account, through its whole life."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.tasks import done, tasks, thrice
from tests.lab import Lab

MODULE = "eks_pod_identity_association"
POD = {"cluster_name": "acs", "namespace": "stackrox", "service_account": "central"}
ROLE, OTHER_ROLE = (f"arn:aws:iam::{PRIMARY}:role/{name}" for name in ("rhacs-central", "rhacs-next"))
TARGET = f"arn:aws:iam::{SECONDARY}:role/reader"
FOR_PODS = {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [FOR_PODS]})


@pytest.fixture
def cluster(primary: Account) -> Account:
    """An account with a cluster and two roles for its pods."""
    primary.client("eks").create_cluster(name="acs", roleArn=f"arn:aws:iam::{PRIMARY}:role/cluster", resourcesVpcConfig={})
    for arn in (ROLE, OTHER_ROLE):
        primary.client("iam").create_role(RoleName=arn.rpartition("/")[2], AssumeRolePolicyDocument=TRUST)
    return primary


def association(account: Account) -> dict[str, Any]:
    eks = account.client("eks")
    (one,) = eks.list_pod_identity_associations(clusterName="acs")["associations"]
    found: dict[str, Any] = eks.describe_pod_identity_association(clusterName="acs", associationId=one["associationId"])["association"]
    return found


def test_first_and_second_run(ansible: Ansible, cluster: Account) -> None:
    """What only EKS knows is not there in check mode."""
    options = {**POD, "role_arn": ROLE, "tags": {"team": "security"}}
    call = {f"crossaccount.registry.{MODULE}": options, "diff": True}
    listed = [{"name": "check", **call, "check_mode": True}, {"name": "real", **call}, {"name": "again", **call}]
    run = ansible(json.dumps(listed) + "\n").succeeded()
    assert run["check"].outcome == {**run["real"].outcome, "association": None}
    found = association(cluster)
    assert run["real"]["association"] == {"id": found["associationId"], "arn": found["associationArn"], "external_id": None}
    assert not run["again"].changed
    assert run["again"]["association"] == run["real"]["association"]
    assert (found["roleArn"], found["tags"]) == (ROLE, {"team": "security"})


def test_a_life(ansible: Ansible, cluster: Account, journal: Journal) -> None:
    run = tasks(
        ansible,
        MODULE,
        {
            "made": {**POD, "role_arn": ROLE, "tags": {"a": "1"}},
            "left alone": POD,
            "target": {**POD, "target_role_arn": TARGET, "disable_session_tags": True, "tags": {"b": "2"}, "purge_tags": False},
            "role": {**POD, "role_arn": OTHER_ROLE},
        },
    )
    assert [one.changed for one in run.results] == [True, False, True, True]
    found = association(cluster)
    assert (found["roleArn"], found["targetRoleArn"], found["tags"]) == (OTHER_ROLE, TARGET, {"a": "1", "b": "2"})
    assert run["target"]["association"]["external_id"] == found["externalId"]
    assert [one["parameters"].get("roleArn") for one in journal.calls("UpdatePodIdentityAssociation")] == [None, OTHER_ROLE]
    thrice(ansible, MODULE, {**POD, "target_role_arn": "", "disable_session_tags": False, "tags": {}})
    assert not {"targetRoleArn", "externalId"} & set(association(cluster))
    run = tasks(
        ansible,
        MODULE,
        {
            "checked": {**POD, "state": "absent"},
            "gone": {**POD, "state": "absent"},
            "no cluster": {**POD, "cluster_name": "none", "state": "absent"},
        },
    )
    assert done(run["checked"]) == {"acs/stackrox/central": "deleted"}
    assert not run["gone"].changed
    assert not run["no cluster"].failed


@pytest.mark.usefixtures("cluster")
def test_what_is_refused(ansible: Ansible, journal: Journal) -> None:
    journal.clear()
    run = tasks(
        ansible,
        MODULE,
        {
            "no role": POD,
            "cluster": {**POD, "cluster_name": "none", "role_arn": ROLE},
            "foreign": {**POD, "role_arn": TARGET},
            "name": {**POD, "role_arn": "rhacs-central"},
            "empty": {**POD, "role_arn": ""},
            "namespace": {**POD, "role_arn": ROLE, "namespace": "Stack Rox"},
            "arn": {**POD, "role_arn": ROLE, "cluster_name": f"arn:aws:eks:{REGION}:{PRIMARY}:cluster/acs"},
            "target": {**POD, "role_arn": ROLE, "target_role_arn": "reader"},
            "account": {**POD, "role_arn": ROLE, "account_id": OTHER},
            "late": {**POD, "role_arn": f"{ROLE}-none", "wait_timeout": 1},
        },
    )
    assert "it is not there yet, and a new one needs 'role_arn'" in run["no role"].msg
    assert "there is no EKS cluster 'none' in this account and region" in run["cluster"].msg
    assert f"EKS assumes roles of the cluster's own account only, which is {PRIMARY}; create the role there" in run["foreign"].msg
    assert "which is not the ARN of a role" in run["name"].msg
    assert "'role_arn' is '', which is not the ARN of a role" in run["empty"].msg
    assert "'namespace' is 'Stack Rox', which is no name in Kubernetes" in run["namespace"].msg
    assert "which is no name of an EKS cluster; give its name, not its ARN" in run["arn"].msg
    assert "'target_role_arn' is 'reader', which is not the ARN of a role" in run["target"].msg
    assert f"but 'account_id' is {OTHER}" in run["account"].msg
    assert "EKS does not know the role (yet) (waited 1 seconds)" in run["late"].msg
    assert set(journal.writes()) == {"CreatePodIdentityAssociation"}


def test_somebody_is_faster_and_aws_learns_late(lab: Lab, ansible: Ansible, primary: Account, cluster: Account) -> None:
    """A role that was just made is waited for; what somebody else creates at the same moment is brought to what it shall be."""
    pod = {"clusterName": "acs", "namespace": "stackrox", "serviceAccount": "central", "roleArn": OTHER_ROLE}
    lab.write_concurrently(
        "CreatePodIdentityAssociation", write={"service": "eks", "operation": "CreatePodIdentityAssociation", "parameters": pod}
    )
    lab.set_faults({"profile": "eventual-consistency", "seconds": 1})
    primary.client("iam").create_role(RoleName="new", AssumeRolePolicyDocument=TRUST)
    new = f"arn:aws:iam::{PRIMARY}:role/new"
    run = tasks(ansible, MODULE, {"race": {**POD, "role_arn": ROLE}, "new": {**POD, "service_account": "sensor", "role_arn": new}})
    lab.set_faults()
    assert not run["race"].failed, run["race"].msg
    assert not run["new"].failed, run["new"].msg
    named = {
        one["serviceAccount"]: one["associationId"]
        for one in cluster.client("eks").list_pod_identity_associations(clusterName="acs")["associations"]
    }
    described = cluster.client("eks").describe_pod_identity_association(clusterName="acs", associationId=named["central"])
    assert described["association"]["roleArn"] == ROLE
