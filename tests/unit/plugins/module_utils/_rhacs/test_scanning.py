# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scanning of registries of other accounts: what each account, each cluster and Central do, and what no declaration may say."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.scanning_declaration import read_scanning
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.scanning_plan import SID_PREFIX, scanning_plan
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.scanning_pods import pod_states

HOME, OWNER, OTHER = "111122223333", "444455556666", "777788889999"
CLUSTER: dict[str, Any] = {"name": "acs", "account": HOME, "region": "eu-west-1", "role": "team/rhacs-central"}
REGISTRY: dict[str, Any] = {"account": OWNER, "regions": ["us-east-1"], "role": "reader", "external_id": "acme-7f3c"}
BY_POLICY: dict[str, Any] = {
    "account": OTHER,
    "regions": ["eu-west-1", "us-east-1"],
    "access": "repository_policy",
    "repositories": ["shop/*"],
}
CENTRAL = f"arn:aws:iam::{HOME}:role/team/rhacs-central"
READER = f"arn:aws:iam::{OWNER}:role/reader"
ISSUER = "https://rh-oidc.s3.us-east-1.amazonaws.com/27bd"


def plan(account: str | None = None, cluster: str | None = None, **changes: Any) -> dict[str, Any]:
    declaration = {"clusters": [CLUSTER], "registries": [REGISTRY], **changes}
    return scanning_plan(read_scanning(declaration), account, cluster)


def by_sid(entry: dict[str, Any], field: str = "statements") -> dict[str, Any]:
    return {one["Sid"].removeprefix(SID_PREFIX): one for one in entry[field]}


def test_the_role_of_central_is_for_its_service_account_and_for_exactly_the_roles_of_the_registries() -> None:
    (one,) = plan(HOME)["identities"]
    assert one["provider"] == {"url": None, "eks_cluster": "acs", "client_ids": ["sts.amazonaws.com"]}
    assert one["trusted"] == {"sid": SID_PREFIX, "subjects": ["system:serviceaccount:stackrox:central"], "audience": "sts.amazonaws.com"}
    assert (one["trust"], one["associations"], one["role_arn"]) == ([], [], CENTRAL)
    registries = by_sid(one)["Registries"]
    assert (registries["Action"], registries["Resource"]) == (["sts:AssumeRole"], [READER])
    assert set(by_sid(one)) == {"Registries"}


def test_the_role_of_a_registry_trusts_the_role_of_the_cluster_in_its_own_account() -> None:
    """The documentation of RHACS has the account of the registry in its place."""
    (one,) = plan(OWNER, registries=[{**REGISTRY, "repositories": ["payments/*"]}])["registry_roles"]
    (trust,) = one["trust"]
    assert trust["Principal"] == {"AWS": [CENTRAL]} and trust["Action"] == ["sts:AssumeRole"]
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "acme-7f3c"}}
    allowed = by_sid(one)
    assert (allowed["Login"]["Action"], allowed["Login"]["Resource"]) == (["ecr:GetAuthorizationToken"], "*")
    assert allowed["Scan"]["Resource"] == [f"arn:aws:ecr:us-east-1:{OWNER}:repository/payments/*"]
    assert (allowed["List"]["Action"], allowed["List"]["Resource"]) == (
        ["ecr:DescribeRepositories"], [f"arn:aws:ecr:us-east-1:{OWNER}:repository/*"],
    )  # fmt: skip
    assert not any(action.startswith("ecr:Put") for statement in one["statements"] for action in statement["Action"])


def test_policies_of_repositories() -> None:
    """Both sides, and no test, which would list the repositories of another account."""
    everything = [REGISTRY, BY_POLICY]
    (one,) = plan(OTHER, registries=everything)["repositories"]
    (statement,) = one["statements"]
    assert statement["Principal"] == {"AWS": [CENTRAL]} and "Resource" not in statement
    assert set(statement["Action"]) == {
        "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer", "ecr:ListImages",
    }  # fmt: skip
    (identity,) = plan(HOME, registries=everything)["identities"]
    assert by_sid(identity)["Scan"]["Resource"] == [f"arn:aws:ecr:{region}:{OTHER}:repository/shop/*" for region in BY_POLICY["regions"]]
    assert set(by_sid(identity)) == {"Registries", "Login", "Scan"}
    shown = {one["options"]["name"]: (one["testable"], one["options"]["skip_test"]) for one in plan(registries=everything)["integrations"]}
    assert shown == {
        f"ecr-{OWNER}-us-east-1": (True, False), f"ecr-{OTHER}-eu-west-1": (False, True), f"ecr-{OTHER}-us-east-1": (False, True),
    }  # fmt: skip


def test_pod_identity() -> None:
    """Its session tags say who may use the role, and have to be allowed to go on to the next one."""
    cluster = {**CLUSTER, "identity": "pod_identity", "workloads": ["central", "sensor"], "namespace": "acs"}
    (one,) = plan(HOME, clusters=[cluster])["identities"]
    assert (one["provider"], one["trusted"]) == (None, None)
    (trust,) = one["trust"]
    assert (trust["Principal"], trust["Action"]) == ({"Service": "pods.eks.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession"])
    assert trust["Condition"] == {
        "StringEquals": {
            "aws:RequestTag/eks-cluster-arn": f"arn:aws:eks:eu-west-1:{HOME}:cluster/acs",
            "aws:RequestTag/kubernetes-namespace": "acs",
            "aws:RequestTag/kubernetes-service-account": ["central", "sensor"],
        }
    }
    assert one["associations"] == [{"namespace": "acs", "service_account": name} for name in ("central", "sensor")]
    assert by_sid(one)["Registries"]["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    (registry,) = plan(OWNER, clusters=[cluster])["registry_roles"]
    assert registry["trust"][0]["Action"] == ["sts:AssumeRole", "sts:TagSession"]


def test_several_clusters_have_statements_of_their_own() -> None:
    """A sensor that scans for itself comes from another cluster, with another provider."""
    sensor = {"name": "edge", "account": OTHER, "region": "us-east-1", "role": "sensor", "identity": "openshift", "issuer": ISSUER,
              "workloads": ["sensor"]}  # fmt: skip
    (registry,) = plan(OWNER, clusters=[CLUSTER, sensor])["registry_roles"]
    assert list(by_sid(registry, "trust")) == [f"Acs{HOME}", f"Edge{OTHER}"]
    (one,) = plan(OTHER, clusters=[CLUSTER, sensor])["identities"]
    assert one["provider"] == {"url": ISSUER, "eks_cluster": None, "client_ids": ["openshift"]}
    assert (one["trusted"]["subjects"], one["trusted"]["audience"]) == (["system:serviceaccount:stackrox:sensor"], "openshift")
    assert plan(cluster="edge", clusters=[CLUSTER, sensor])["workloads"] == [
        {"name": "sensor", "namespace": "stackrox", "identity": "openshift", "role_arn": f"arn:aws:iam::{OTHER}:role/sensor"}
    ]


def test_what_shall_go_is_named() -> None:
    gone = [{**REGISTRY, "state": "absent"}, {**BY_POLICY, "state": "absent"}]
    (identity,) = plan(HOME, registries=gone)["identities"]
    assert (identity["state"], identity["sids"]) == ("absent", [f"{SID_PREFIX}{kind}" for kind in ("Registries", "Login", "Scan")])
    (role,) = plan(OWNER, registries=gone)["registry_roles"]
    assert (role["state"], role["trust"], role["trust_sids"]) == ("absent", [], [f"{SID_PREFIX}Acs{HOME}"])
    (repositories,) = plan(OTHER, registries=gone)["repositories"]
    assert (repositories["state"], repositories["sids"]) == ("absent", [SID_PREFIX])
    assert {one["state"] for one in plan(registries=gone)["integrations"]} == {"absent"}


def test_nothing_to_do() -> None:
    found = plan("000000000000", registries=[])
    assert not any(found.values())


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "field": ({"clusters": [{**CLUSTER, "oidc": "x"}]}, r"clusters\[0\]: there is no field 'oidc'; there is name, account"),
    "name": ({"clusters": [{**CLUSTER, "name": None}]}, r"clusters\[0\]: name is missing"),
    "account": ({"clusters": [{**CLUSTER, "account": 111122223333}]}, "cluster 'acs': account is the number 111122223333"),
    "role": ({"clusters": [{**CLUSTER, "role": None}]}, "cluster 'acs': role is missing; name the role for its workloads"),
    "pattern": ({"clusters": [{**CLUSTER, "role": "central-*"}]}, "role is 'central-\\*'"),
    "foreign role": ({"clusters": [{**CLUSTER, "role": READER}]}, f"'{READER}' is no role of the account {HOME}"),
    "identity": ({"clusters": [{**CLUSTER, "identity": "iam"}]}, "identity is 'iam', it must be one of: irsa, pod_identity, openshift"),
    "issuer": ({"clusters": [{**CLUSTER, "identity": "openshift"}]}, "issuer is missing; this tells it: oc get"),
    "no issuer": ({"clusters": [{**CLUSTER, "identity": "pod_identity", "issuer": ISSUER}]}, "issuer has no meaning with EKS Pod Identity"),
    "workload": ({"clusters": [{**CLUSTER, "workloads": ["scanner"]}]}, "workloads: 'scanner' is not central or sensor"),
    "namespace": ({"clusters": [{**CLUSTER, "namespace": "Stack Rox"}]}, "namespace is 'Stack Rox'"),
    "twice": ({"clusters": [CLUSTER, CLUSTER]}, "clusters: the name 'acs' is there twice"),
    "one role": ({"clusters": [CLUSTER, {**CLUSTER, "name": "b"}]}, "give each cluster a role of its own"),
    "both": ({"registries": [{**REGISTRY, "account": HOME, "role": "team/rhacs-central"}]}, "give the registry a role of its own"),
    "region": ({"registries": [{**REGISTRY, "regions": ["us-east"]}]}, f"registry {OWNER}: regions: 'us-east' is no region"),
    "no region": ({"registries": [{**REGISTRY, "regions": None}]}, "regions is missing"),
    "empty": ({"registries": [{**REGISTRY, "repositories": []}]}, "repositories is empty; leave it out, or name something"),
    "china": ({"registries": [{**REGISTRY, "regions": ["cn-north-1"]}]}, "Central has no way into registries of 'cn-north-1'"),
    "gov": ({"registries": [{**REGISTRY, "regions": ["us-gov-west-1"]}]}, "Central assumes roles in the partition aws only"),
    "regions of two partitions": (
        {"registries": [{**REGISTRY, "regions": ["us-east-1", "us-gov-west-1"]}]},
        f"registry {OWNER}: there is us-east-1 in aws and us-gov-west-1 in aws-us-gov; a role cannot get from one partition into another",
    ),
    "registry of another partition": (
        {"registries": [{**BY_POLICY, "regions": ["us-gov-west-1"]}]},
        f"registry {OTHER}: there is cluster 'acs' in aws and us-gov-west-1 in aws-us-gov",
    ),
    "access": ({"registries": [{**REGISTRY, "access": "policy"}]}, "access is 'policy'"),
    "role and policy": ({"registries": [{**BY_POLICY, "external_id": "abc"}]}, "external_id has no meaning with 'access: repo"),
    "no role": ({"registries": [{**REGISTRY, "role": None}]}, "role is missing; name the role that Central assumes"),
    "tag": ({"registries": [{**REGISTRY, "repositories": ["tag:a=b"]}]}, "'tag:a=b' selects by tag"),
    "repository": ({"registries": [{**REGISTRY, "repositories": ["Payments"]}]}, "'Payments' is no repository name"),
    "same registry": ({"registries": [REGISTRY, {**REGISTRY, "role": "b"}]}, f"'{OWNER} us-east-1' is there twice"),
    "same role": ({"registries": [REGISTRY, {**REGISTRY, "regions": ["eu-west-1"]}]}, "write one entry with all its regions"),
    "external id": ({"registries": [{**REGISTRY, "external_id": "a b"}]}, f"registry {OWNER}: external_id must be 2 to 1224 letters"),
    "number": ({"registries": [{**REGISTRY, "external_id": 1234}]}, "external_id is 1234; write it in quotes"),
    "list": ({"registries": "all"}, "registries must be a list, not str"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "sentence"), REFUSALS.values(), ids=REFUSALS)
def test_what_no_declaration_may_say(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RegistryError, match=sentence):
        plan(**changes)


# -- pods ------------------------------------------------------------------------------------------------------------

WITH_ROLE, WITH_AGENT = {"AWS_ROLE_ARN": CENTRAL}, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"}


def pod(name: str, environment: dict[str, str], ready: bool = True, deleted: bool = False, phase: str = "Running") -> dict[str, Any]:
    container = {"name": "central", "env": [{"name": key, "value": value} for key, value in environment.items()]}
    metadata = {"name": name, **({"deletionTimestamp": "2026-11-22T00:00:00Z"} if deleted else {})}
    conditions = [{"type": "Ready", "status": str(ready)}]
    return {
        "metadata": metadata,
        "spec": {"containers": [{"name": "proxy"}, container]},
        "status": {"conditions": conditions, "phase": phase},
    }


def states(identity: str, *pods: dict[str, Any]) -> dict[str, Any]:
    return pod_states(pods, {"name": "central", "identity": identity, "role_arn": CENTRAL})


@pytest.mark.parametrize(
    ("identity", "pods", "stale", "ready"),
    [
        ("irsa", [pod("a", WITH_ROLE)], [], True),
        ("irsa", [pod("a", WITH_ROLE, ready=False)], [], False),
        ("irsa", [pod("a", {}), pod("b", {"AWS_ROLE_ARN": READER}), pod("c", WITH_ROLE)], ["a", "b"], False),
        ("irsa", [pod("a", {}, deleted=True), pod("b", WITH_ROLE)], [], True),
        ("irsa", [pod("a", {}, deleted=True)], [], False),
        ("irsa", [], [], False),
        ("openshift", [pod("a", WITH_ROLE)], [], True),
        ("pod_identity", [pod("a", WITH_AGENT)], [], True),
        ("pod_identity", [pod("a", {})], ["a"], False),
        ("pod_identity", [pod("a", {**WITH_AGENT, **WITH_ROLE})], ["a"], False),
        ("irsa", [pod("a", WITH_AGENT)], ["a"], False),
        # An evicted pod stays in the list.
        ("irsa", [pod("a", WITH_ROLE, ready=False, phase="Failed"), pod("b", WITH_ROLE)], [], True),
        ("irsa", [pod("a", {}, phase="Failed"), pod("b", WITH_ROLE)], [], True),
        ("irsa", [pod("a", WITH_ROLE, ready=False, phase="Succeeded")], [], False),
    ],
)
def test_which_pods_have_to_start_again(identity: str, pods: list[dict[str, Any]], stale: list[str], ready: bool) -> None:
    found = states(identity, *pods)
    assert (found["stale"], found["ready"], found["problem"] is None) == (stale, ready, ready)


@pytest.mark.parametrize(
    ("identity", "pods", "problem"),
    [
        ("irsa", [], "no pod with the label app=central runs; look whether its deployment is there, and not scaled"),
        ("irsa", [pod("a", WITH_ROLE, ready=False)], "the pod a has its role, but is not ready; look at its events"),
        ("irsa", [pod("a", {"AWS_ROLE_ARN": READER})], f"the pod a runs with AWS_ROLE_ARN {READER} instead of {CENTRAL}. The webhook of"),
        (
            "irsa",
            [pod("a", WITH_AGENT)],
            "runs with AWS_ROLE_ARN not set instead of .* or there is an association of EKS Pod Identity with",
        ),
        ("pod_identity", [pod("a", {})], "the pod a runs without the credentials of EKS Pod Identity. .* some seconds after"),
        ("pod_identity", [pod("a", WITH_ROLE)], f"runs with AWS_ROLE_ARN {CENTRAL}, which comes before the credentials of EKS Pod"),
        ("openshift", [pod("a", {})], "New pods have the role of their deployment; look at its rollout"),
    ],
)
def test_why_pods_are_not_what_they_shall_be(identity: str, pods: list[dict[str, Any]], problem: str) -> None:
    assert re.search(problem, states(identity, *pods)["problem"])


def test_a_pod_without_status_or_variables_is_not_ready() -> None:
    bare = {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "central"}]}}
    assert states("irsa", bare) | {"problem": None} == {"stale": ["a"], "ready": False, "problem": None}
