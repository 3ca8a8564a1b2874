# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Red Hat Advanced Cluster Security scans registries of other accounts: empty accounts, one run, and what is told when trust is gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.accounts import Fleet, policies, push
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible, Journal
from tests.integration.jobs import start_slices, union
from tests.integration.playbooks import PlaybookRun
from tests.lab import Lab

PLAYBOOK = "crossaccount.registry.rhacs_scanning"
FAR = "us-east-1"
CLUSTER: dict[str, Any] = {"name": "acs", "account": SECONDARY, "region": REGION, "role": "security/rhacs-central"}
REGISTRIES: list[dict[str, Any]] = [
    {"account": PRIMARY, "regions": [REGION], "role": "rhacs-ecr-reader", "external_id": "acme-rhacs-7f3c", "repositories": ["payments/*"]},
    {"account": OTHER, "regions": [FAR], "role": "scanning/reader"},
]
IMAGES = [f"{PRIMARY}.dkr.ecr.{REGION}.amazonaws.com/payments/api:1", f"{OTHER}.dkr.ecr.{FAR}.amazonaws.com/shop/web:1"]
NAMES = [f"ecr-{PRIMARY}-{REGION}", f"ecr-{OTHER}-{FAR}"]


class World(Fleet):
    """Three accounts with nothing but images and a cluster, in which Central has just been installed."""

    def __init__(self, folder: Path, lab: Lab, kind: str = "eks") -> None:
        super().__init__(folder)
        self.cluster = lab.start_cluster(name="acs", account=SECONDARY, region=REGION, kind=kind)
        self.cluster.wait_ready("central")
        self.central = lab.start_central(cluster=self.cluster)
        self.accounts = {account: Account(lab, account) for account in (PRIMARY, SECONDARY, OTHER)}
        for account, region, repository in ((PRIMARY, REGION, "payments/api"), (OTHER, FAR, "shop/web")):
            self.accounts[account].create_repositories(repository, region=region)
            push(self.accounts[account].client("ecr", region), repository, "1", account)

    def declare(self, *registries: Any, cluster: Any = None, **variables: Any) -> None:
        scanning = {"clusters": [cluster or CLUSTER], "registries": list(registries or REGISTRIES)}
        self.write({"rhacs_scanning": scanning, "rhacs_scanning_images": IMAGES, **variables})

    def tree(self, only: Any = None) -> dict[str, Any]:
        tree = super().tree(only)
        central = {"rhacs_central_endpoint": self.central.endpoint, "rhacs_ca_path": str(self.central.ca_path)}
        central["rhacs_api_token"] = self.central.api_token
        tree["all"]["children"] |= {
            "rhacs_clusters": {"hosts": {"cluster": {"rhacs_cluster": "acs", "rhacs_kubeconfig": str(self.cluster.kubeconfig)}}},
            "rhacs_centrals": {"hosts": {"central": central}},
        }
        return tree

    def uid(self) -> str:
        """The uid of the pod of Central."""
        return str(self.cluster.pod("central")["metadata"]["uid"])

    def annotations(self) -> dict[str, str]:
        """Those of the service account of Central."""
        return dict(self.cluster.service_account("central")["metadata"].get("annotations") or {})

    def close(self) -> None:
        self.central.stop()
        self.cluster.stop()


@pytest.fixture
def world(tmp_path: Path, lab: Lab) -> Any:
    made = World(tmp_path, lab)
    yield made
    made.close()


def failures(run: PlaybookRun) -> str:
    """What the failed tasks say."""
    texts = []
    for one in run.results:
        if one.failed:
            texts += [one.msg, *(str(part.get("msg", "")) for part in one.result.get("results", ()) if part.get("failed"))]
    return "\n".join(texts)


def what_changed(run: PlaybookRun) -> list[str]:
    """The tasks that changed something."""
    return [f"{one.host}: {one.task}" for one in run.results if one.changed]


def results_of(run: PlaybookRun, task: str) -> dict[str, Any]:
    """What the one task of Central with this name did to each integration."""
    (one,) = [one for one in run.results if one.task.endswith(f" : {task}") and one.host == "central"]
    return {action["resource"]: action for action in one["actions"]}


def test_one_run_on_empty_accounts(world: World, ansible: Ansible, journal: Journal, tmp_path: Path) -> None:
    """Shown, made in slices, unchanged as a whole; both integrations are healthy, nothing restarts again, a revoked trust is named."""
    world.declare()
    before = world.uid()
    journal.clear()
    check = ansible(PLAYBOOK, "--check", **world.settings).succeeded()
    assert journal.writes() == []
    assert world.central.writes() == []
    assert (world.uid(), world.annotations()) == (before, {})

    # The slice with the cluster and its account goes first, as the playbook says.
    real = union(start_slices(tmp_path, ansible, world, PLAYBOOK, "-vvvv", only=[one])[0].wait() for one in (1, 0)).succeeded()
    assert real.changed == check.changed
    assert world.central.api_token not in str(real)
    restarted = world.uid()
    assert restarted != before

    world.central.clear_requests()
    again = ansible(PLAYBOOK, **world.settings).succeeded()
    assert what_changed(again) == []
    tried = results_of(again, "Try the integrations that were there")
    assert {name: (one["health"]["status"], one["test"]["passed"]) for name, one in tried.items()} == dict.fromkeys(
        NAMES, ("HEALTHY", True)
    )
    assert (world.uid(), world.central.writes()) == (restarted, [])

    iam = world.accounts[OTHER].client("iam")
    somebody = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(RoleName="reader", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [somebody]}))
    revoked = ansible(PLAYBOOK, "--check", "--limit", "central", **world.settings)
    assert f"is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::{OTHER}:role/scanning/reader" in failures(revoked)
    tried = results_of(revoked, "Try the integrations that were there")
    assert {name: (one["test"] or {}).get("layer") for name, one in tried.items()} == {NAMES[0]: None, NAMES[1]: "assume_role"}


def test_pod_identity_and_repository_policies(world: World, ansible: Ansible) -> None:
    """Without a provider and without an annotation; the session tags go on to the next role, and Central and Sensor get the role."""
    cluster = {**CLUSTER, "identity": "pod_identity", "workloads": ["central", "sensor"]}
    by_policy = {"account": OTHER, "regions": [FAR], "access": "repository_policy"}
    world.declare(REGISTRIES[0], by_policy, cluster=cluster)
    ansible(PLAYBOOK, **world.settings).succeeded()
    assert world.annotations() == {}
    iam = world.accounts[SECONDARY].client("iam")
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
    (statement,) = iam.get_role(RoleName="rhacs-central")["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"]["StringEquals"]["aws:RequestTag/kubernetes-namespace"] == "stackrox"
    assert [one["skipTestIntegration"] for one in sorted(world.central.integrations(), key=lambda one: one["name"])] == [False, True]
    gone = [{**REGISTRIES[0], "state": "absent"}, {**by_policy, "state": "absent"}]
    world.declare(*gone, cluster=cluster, rhacs_scanning_images=[])
    ansible(PLAYBOOK, "--limit", "!cluster", **world.settings).succeeded()
    assert world.central.integrations() == []
    assert policies(world.accounts[PRIMARY]) == policies(world.accounts[SECONDARY]) == {}
    names = [role["RoleName"] for role in world.accounts[PRIMARY].client("iam").list_roles()["Roles"]]
    assert names == []
    assert world.accounts[OTHER].policy_text("shop/web", FAR) is None


def test_openshift(tmp_path: Path, lab: Lab, ansible: Ansible) -> None:
    """The role comes by the deployment, whose pods start again by themselves, and by the token of OpenShift."""
    world = World(tmp_path, lab, kind="openshift")
    try:
        openshift = {**CLUSTER, "identity": "openshift", "issuer": world.cluster.issuer}
        world.declare(REGISTRIES[0], cluster=openshift, rhacs_scanning_images=[])
        ansible(PLAYBOOK, "--limit", "!shop", **world.settings).succeeded()
        restarted = world.uid()
        assert world.cluster.environment("central")["AWS_ROLE_ARN"] == f"arn:aws:iam::{SECONDARY}:role/security/rhacs-central"
        again = ansible(PLAYBOOK, "--limit", "cluster", **world.settings).succeeded()
        assert (what_changed(again), world.uid()) == ([], restarted)
        # Nobody is to wait in vain without being told for what.
        world.cluster.scale("central", 0)
        world.declare(REGISTRIES[0], cluster=openshift, rhacs_scanning_restart_timeout=2)
        in_vain = ansible(PLAYBOOK, "--limit", "cluster", **world.settings)
        assert "In the namespace stackrox of the cluster acs, no pod with the label app=central runs" in failures(in_vain)
    finally:
        world.close()
