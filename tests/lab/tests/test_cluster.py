# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cluster, as the client of Kubernetes for Python sees it: objects, patches, pods that come and go, and what EKS adds to them."""

from __future__ import annotations

import base64
import json
import ssl
import typing as t
import urllib.error
import urllib.request

import kubernetes
import pytest
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.client import K8SClient, get_api_client
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.waiter import Waiter, exists, get_waiter
from kubernetes.client.exceptions import ApiException

from tests.lab.cluster import Cluster

ROLE = "arn:aws:iam::111122223333:role/rhacs-central"
ISSUER = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
WEB_IDENTITY_TOKEN = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
ANNOTATED = {"metadata": {"annotations": {"eks.amazonaws.com/role-arn": ROLE}}}


@pytest.fixture(scope="module")
def one_cluster() -> t.Iterator[Cluster]:
    with Cluster(issuer=ISSUER, start_seconds=0.05) as cluster:
        yield cluster


@pytest.fixture
def cluster(one_cluster: Cluster) -> Cluster:
    one_cluster.reset()
    return one_cluster


class Apis(t.NamedTuple):
    core: kubernetes.client.CoreV1Api
    apps: kubernetes.client.AppsV1Api


def apis(kubeconfig: str) -> Apis:
    client = kubernetes.config.new_client_from_config(kubeconfig)
    return Apis(kubernetes.client.CoreV1Api(client), kubernetes.client.AppsV1Api(client))


class Refusal(t.NamedTuple):
    status: int
    reason: str
    message: str


def refused(function: t.Callable[..., t.Any], *arguments: t.Any, **settings: t.Any) -> Refusal:
    with pytest.raises(ApiException) as caught:
        function(*arguments, **settings)
    body = json.loads(caught.value.body)
    assert (body["kind"], body["code"]) == ("Status", caught.value.status)
    return Refusal(caught.value.status, body["reason"], body["message"])


def asked_with(cluster: Cluster, token: str) -> Refusal:
    """How the namespaces are refused to who has this token."""
    request = urllib.request.Request(f"{cluster.endpoint}/api/v1/namespaces", headers={"Authorization": f"Bearer {token}"} if token else {})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, context=ssl.create_default_context(cafile=cluster.ca_path), timeout=10)
    body = json.loads(caught.value.read())
    return Refusal(caught.value.code, body["reason"], body["message"])


def claims(token: str) -> dict[str, t.Any]:
    payload = token.split(".")[1]
    return t.cast("dict[str, t.Any]", json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def test_what_is_there_from_the_start(cluster: Cluster) -> None:
    core, apps = apis(cluster.kubeconfig)
    assert [one.metadata.name for one in core.list_namespace().items] == ["default", "kube-system", "stackrox"]
    assert [one.metadata.name for one in core.list_namespaced_service_account("stackrox").items] == ["central", "default", "sensor"]
    deployment = apps.read_namespaced_deployment("central", "stackrox")
    assert deployment.spec.strategy.type == "Recreate"
    assert (deployment.status.available_replicas, deployment.status.observed_generation) == (1, 1)
    (pod,) = core.list_namespaced_pod("stackrox", label_selector="app=central").items
    assert pod.status.phase == "Running" and pod.status.container_statuses[0].ready
    assert len(core.list_pod_for_all_namespaces(label_selector="app in (central,sensor)").items) == 2
    assert core.list_pod_for_all_namespaces(label_selector="app=other").items == []
    assert (
        core.list_namespaced_pod("stackrox", field_selector=f"metadata.name={pod.metadata.name}").items[0].metadata.uid == pod.metadata.uid
    )


def test_the_role_is_injected_into_new_pods_only(cluster: Cluster) -> None:
    """An annotation changes nothing of the pod that runs; the one that replaces it has the role, and a token that is the account's."""
    core, _apps = apis(cluster.kubeconfig)
    before = cluster.wait_ready("central")
    core.patch_namespaced_service_account("central", "stackrox", ANNOTATED)
    assert "AWS_ROLE_ARN" not in cluster.environment("central")
    core.delete_namespaced_pod(before["metadata"]["name"], "stackrox")
    assert not cluster.process("central").running()
    after = cluster.wait_ready("central")
    assert after["metadata"]["uid"] != before["metadata"]["uid"]
    found = cluster.environment("central")
    assert (found["AWS_ROLE_ARN"], found["AWS_WEB_IDENTITY_TOKEN_FILE"]) == (ROLE, WEB_IDENTITY_TOKEN)
    assert (found["AWS_REGION"], found["AWS_STS_REGIONAL_ENDPOINTS"], found["ROX_NAMESPACE"]) == ("eu-west-1", "regional", "stackrox")
    token = claims(cluster.process("central").read(WEB_IDENTITY_TOKEN))
    assert (token["iss"], token["aud"], token["sub"]) == (ISSUER, ["sts.amazonaws.com"], "system:serviceaccount:stackrox:central")
    assert token["kubernetes.io"]["pod"]["uid"] == after["metadata"]["uid"]
    assert "AWS_ROLE_ARN" not in cluster.environment("sensor")


def test_a_pod_goes_through_pending_and_terminating(cluster: Cluster) -> None:
    core, _apps = apis(cluster.kubeconfig)
    name = cluster.wait_ready("central")["metadata"]["name"]
    assert core.delete_namespaced_pod(name, "stackrox").metadata.deletion_timestamp is not None
    old, new = cluster.pods("central")
    assert (old["metadata"]["name"], new["status"]["phase"]) == (name, "Pending")
    assert cluster.deployment("central")["status"]["unavailableReplicas"] == 1
    cluster.wait_ready("central")
    assert [pod["metadata"]["name"] for pod in cluster.pods("central")] == [new["metadata"]["name"]]
    assert "unavailableReplicas" not in cluster.deployment("central")["status"]


def test_a_deployment_can_be_scaled(cluster: Cluster) -> None:
    cluster.scale("central", 0)
    assert all("deletionTimestamp" in pod["metadata"] for pod in cluster.pods("central"))
    cluster.scale("central", 1)
    cluster.wait_ready("central")


def test_another_template_recreates_the_pod(cluster: Cluster) -> None:
    """With the strategy Recreate the new pod comes when the old one is gone; a change of metadata alone restarts nothing."""
    _core, apps = apis(cluster.kubeconfig)
    before = cluster.wait_ready("central")
    apps.patch_namespaced_deployment("central", "stackrox", {"metadata": {"annotations": {"team": "platform"}}})
    assert cluster.wait_ready("central")["metadata"]["uid"] == before["metadata"]["uid"]
    change = {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}}}}}
    patched = apps.patch_namespaced_deployment("central", "stackrox", change)
    assert patched.metadata.generation == 2
    (pod,) = cluster.pods("central")
    assert pod["metadata"]["uid"] == before["metadata"]["uid"] and "deletionTimestamp" in pod["metadata"]
    assert cluster.wait_ready("central")["metadata"]["uid"] != before["metadata"]["uid"]
    status = cluster.deployment("central")["status"]
    assert (status["observedGeneration"], status["availableReplicas"]) == (2, 1)


@pytest.mark.parametrize(
    ("patch", "content_type"),
    [
        (
            {"spec": {"template": {"spec": {"containers": [{"name": "central", "env": [{"name": "A", "value": "1"}]}]}}}},
            "strategic-merge-patch",
        ),
        ([{"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": {"name": "A", "value": "1"}}], "json-patch"),
    ],
)
def test_patches_that_keep_the_rest_of_a_list(cluster: Cluster, patch: t.Any, content_type: str) -> None:
    _core, apps = apis(cluster.kubeconfig)
    apps.patch_namespaced_deployment("central", "stackrox", patch, _content_type=f"application/{content_type}+json")
    cluster.wait_ready("central")
    assert cluster.environment("central") == {"ROX_NAMESPACE": "stackrox", "A": "1"}


def test_a_merge_patch_replaces_lists_and_drops_null(cluster: Cluster) -> None:
    core, apps = apis(cluster.kubeconfig)
    core.patch_namespaced_service_account("central", "stackrox", ANNOTATED, _content_type="application/merge-patch+json")
    assert cluster.service_account("central")["metadata"]["annotations"] == ANNOTATED["metadata"]["annotations"]
    nothing = {"metadata": {"annotations": {"eks.amazonaws.com/role-arn": None}}}
    core.patch_namespaced_service_account("central", "stackrox", nothing, _content_type="application/merge-patch+json")
    assert not cluster.service_account("central")["metadata"].get("annotations")
    container = {"name": "central", "image": "other", "env": [{"name": "B", "value": "2"}]}
    patch = {"spec": {"template": {"spec": {"containers": [container]}}}}
    apps.patch_namespaced_deployment("central", "stackrox", patch, _content_type="application/merge-patch+json")
    assert cluster.deployment("central")["spec"]["template"]["spec"]["containers"] == [container]


def test_applying_makes_and_changes(cluster: Cluster) -> None:
    core, _apps = apis(cluster.kubeconfig)
    thing = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "new", **ANNOTATED["metadata"]}}
    for _time in range(2):
        core.patch_namespaced_service_account("new", "stackrox", thing, field_manager="test", _content_type="application/apply-patch+yaml")
    assert cluster.service_account("new")["metadata"]["annotations"] == ANNOTATED["metadata"]["annotations"]
    assert [one.status for one in cluster.requests] == [201, 200]


def test_what_changes_nothing_keeps_its_version(cluster: Cluster) -> None:
    core, _apps = apis(cluster.kubeconfig)
    first = core.patch_namespaced_service_account("central", "stackrox", ANNOTATED).metadata.resource_version
    assert core.patch_namespaced_service_account("central", "stackrox", ANNOTATED).metadata.resource_version == first
    dry = core.patch_namespaced_service_account("central", "stackrox", {"metadata": {"labels": {"a": "b"}}}, dry_run="All")
    assert dry.metadata.labels["a"] == "b"
    assert "a" not in cluster.service_account("central")["metadata"]["labels"]


def test_refusals(cluster: Cluster) -> None:
    core, apps = apis(cluster.kubeconfig)
    assert refused(core.read_namespaced_service_account, "x", "stackrox") == (404, "NotFound", 'serviceaccounts "x" not found')
    assert refused(apps.read_namespaced_deployment, "x", "stackrox").message == 'deployments.apps "x" not found'
    account = {"metadata": {"name": "central"}}
    already = (409, "AlreadyExists", 'serviceaccounts "central" already exists')
    assert refused(core.create_namespaced_service_account, "stackrox", account) == already
    assert refused(core.create_namespaced_service_account, "stackrox", account, dry_run="All") == already
    assert refused(core.create_namespaced_service_account, "absent", account).message == 'namespaces "absent" not found'
    wrong = {"metadata": {"annotations": {"a": True}}}
    told = refused(core.patch_namespaced_service_account, "central", "stackrox", wrong)
    assert told.status == 400 and told.message.endswith(
        "cannot unmarshal bool into Go struct field ObjectMeta.metadata.annotations of type string"
    )
    number = {"spec": {"template": {"spec": {"containers": [{"name": "central", "env": [{"name": "A", "value": 1}]}]}}}}
    assert (
        "cannot unmarshal number into Go struct field EnvVar"
        in refused(apps.patch_namespaced_deployment, "central", "stackrox", number).message
    )
    stale = core.read_namespaced_service_account("central", "stackrox")
    core.patch_namespaced_service_account("central", "stackrox", ANNOTATED)
    conflict = refused(core.replace_namespaced_service_account, "central", "stackrox", stale)
    assert (
        conflict[:2] == (409, "Conflict")
        and "the object has been modified; please apply your changes to the latest version" in conflict.message
    )
    pod = cluster.wait_ready("central")["metadata"]["name"]
    other = {"preconditions": {"uid": "00000000-0000-0000-0000-000000000000"}}
    assert refused(core.delete_namespaced_pod, pod, "stackrox", body=other).status == 409
    selector = {"spec": {"selector": {"matchLabels": {"app": "other"}}}}
    assert refused(apps.patch_namespaced_deployment, "central", "stackrox", selector)[:2] == (422, "Invalid")


def test_rights(cluster: Cluster) -> None:
    core, apps = apis(cluster.kubeconfig_for("serviceaccounts:get,patch", "pods:list"))
    core.patch_namespaced_service_account("central", "stackrox", ANNOTATED)
    core.list_namespaced_pod("stackrox")
    assert refused(core.read_namespaced_service_account, "default", "default") == (
        403,
        "Forbidden",
        'serviceaccounts "default" is forbidden: User "restricted" cannot get resource "serviceaccounts" in API group "" '
        'in the namespace "default"',
    )
    assert refused(apps.list_deployment_for_all_namespaces).message == (
        'deployments.apps is forbidden: User "restricted" cannot list resource "deployments" in API group "apps" at the cluster scope'
    )
    assert asked_with(cluster, "wrong") == (401, "Unauthorized", "Unauthorized")
    assert 'User "system:anonymous" cannot list resource "namespaces"' in asked_with(cluster, "").message
    told = asked_with(cluster, cluster.token("central")).message
    assert told.startswith('namespaces is forbidden: User "system:serviceaccount:stackrox:central" cannot list')


def test_a_watch_tells_what_happens(cluster: Cluster) -> None:
    core, _apps = apis(cluster.kubeconfig)
    name = cluster.wait_ready("central")["metadata"]["name"]
    since = core.list_namespaced_pod("stackrox").metadata.resource_version
    core.delete_namespaced_pod(name, "stackrox")
    told: list[tuple[str, bool]] = []
    ready = False
    watching = kubernetes.watch.Watch()
    for event in watching.stream(
        core.list_namespaced_pod, "stackrox", label_selector="app=central", resource_version=since, timeout_seconds=5
    ):
        pod = event["object"]
        told.append((event["type"], pod.metadata.name == name))
        statuses = pod.status.container_statuses
        ready = ready or (told[-1] == ("MODIFIED", False) and bool(statuses) and statuses[0].ready)
        if ready and ("DELETED", True) in told:  # in any order: the next one starts while the old one ends
            watching.stop()
    assert ready and told[0] == ("MODIFIED", True) and ("ADDED", False) in told and ("DELETED", True) in told


def test_kubernetes_core_finds_changes_and_waits(cluster: Cluster) -> None:
    """What the modules k8s and k8s_info do, with the client that they have: discovery, merge patches, dry runs, waiting for pods."""
    client = get_api_client(kubeconfig=cluster.kubeconfig)
    accounts, pods, deployments = client.resource("sa", "v1"), client.resource("Pod", "v1"), client.resource("Deployment", "apps/v1")
    where = {"name": "central", "namespace": "stackrox", "content_type": "application/merge-patch+json"}
    dry = K8SClient(client.configuration, client.client, dry_run=True)
    assert dry.patch(accounts, ANNOTATED, **where).metadata.annotations.to_dict() == ANNOTATED["metadata"]["annotations"]
    assert client.get(accounts, name="central", namespace="stackrox").metadata.annotations is None
    assert cluster.writes() == []
    client.patch(accounts, ANNOTATED, **where)
    name = cluster.wait_ready("central")["metadata"]["name"]
    client.delete(pods, name=name, namespace="stackrox")
    gone = get_waiter(client, pods, state="absent").wait(timeout=60, sleep=0.02, name=name, namespace="stackrox")
    assert gone[0]
    label = {"namespace": "stackrox", "label_selectors": ["app=central"]}
    (new,) = client.get(pods, namespace="stackrox", label_selector="app=central").items
    assert get_waiter(client, pods).wait(timeout=60, sleep=0.02, name=new.metadata.name, namespace="stackrox")[0]
    found, listed, _seconds = Waiter(client, pods, exists).wait(timeout=0, sleep=1, **label)
    assert found and listed["items"][0]["spec"]["containers"][0]["env"][-2] == {"name": "AWS_ROLE_ARN", "value": ROLE}
    client.patch(deployments, {"spec": {"template": {"metadata": {"annotations": {"restarted": "now"}}}}}, **where)
    waited = get_waiter(client, deployments).wait(timeout=60, sleep=0.02, name="central", namespace="stackrox")
    assert waited[0] and cluster.wait_ready("central")["metadata"]["name"] != new.metadata.name
    assert client.get(pods, namespace="stackrox", label_selector="app=central").items[0].metadata.annotations.restarted == "now"


def test_pods_and_deployments_that_others_make(cluster: Cluster) -> None:
    core, apps = apis(cluster.kubeconfig)
    spec = {"containers": [{"name": "a", "image": "a"}]}
    core.create_namespaced_pod("default", {"metadata": {"name": "alone"}, "spec": spec})
    assert core.read_namespaced_pod("alone", "default").status.phase == "Running"
    template = {"metadata": {"labels": {"app": "new"}}, "spec": spec}
    wanted = {"replicas": 2, "selector": {"matchLabels": {"app": "new"}}, "template": template}
    apps.create_namespaced_deployment("default", {"metadata": {"name": "new"}, "spec": wanted})
    assert len(cluster.pods("new", "default")) == 2
    apps.patch_namespaced_deployment("new", "default", {"spec": {"replicas": 1}})
    (left,) = [pod for pod in cluster.pods("new", "default") if "deletionTimestamp" not in pod["metadata"]]
    apps.delete_namespaced_deployment("new", "default")
    told = core.read_namespaced_pod(left["metadata"]["name"], "default")
    assert told.metadata.deletion_timestamp is not None


def test_on_openshift_the_role_is_set_on_the_deployment(cluster: Cluster) -> None:
    path = "/var/run/secrets/openshift/serviceaccount/token"
    with Cluster(kind="openshift", start_seconds=0.02) as other:
        core, apps = apis(other.kubeconfig)
        core.patch_namespaced_service_account("central", "stackrox", ANNOTATED)
        variables = [{"name": "AWS_ROLE_ARN", "value": ROLE}, {"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": path}]
        patch = {"spec": {"template": {"spec": {"containers": [{"name": "central", "env": variables}]}}}}
        apps.patch_namespaced_deployment("central", "stackrox", patch)
        other.wait_ready("central")
        assert other.environment("central") == {"ROX_NAMESPACE": "stackrox", "AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": path}
        assert claims(other.process("central").read(path))["aud"] == ["openshift"]
        custom = kubernetes.client.CustomObjectsApi(core.api_client)
        told = custom.get_cluster_custom_object("config.openshift.io", "v1", "authentications", "cluster")
        assert told["spec"]["serviceAccountIssuer"] == other.issuer
    assert cluster.issuer == ISSUER


def test_requests_that_go_wrong(cluster: Cluster) -> None:
    core, _apps = apis(cluster.kubeconfig)
    cluster.fail_next("PATCH", "/api/v1/namespaces/stackrox/serviceaccounts/central", status=500, message="etcdserver: request timed out")
    change = core.patch_namespaced_service_account
    assert refused(change, "central", "stackrox", ANNOTATED) == (500, "InternalError", "etcdserver: request timed out")
    change("central", "stackrox", ANNOTATED)
    assert [(one.method, one.status) for one in cluster.writes()] == [("PATCH", 500), ("PATCH", 200)]
