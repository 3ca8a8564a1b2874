# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Central and the lab's AWS: the four ways to credentials, what stands in the way, and scans as the proof."""

from __future__ import annotations

import re
import typing as t

import pytest

from tests.lab import Lab
from tests.lab.central import Central
from tests.lab.cluster import Cluster

from .centrals import HOST, KEYS, LIST, REGISTRY, REGISTRY_REGION, TEST, TEST_UPDATED, Client, integration, with_test
from .helpers import PULL, Accounts, allow, allow_identity, document, push, trust

HOME = "111111111111"
READER = f"arn:aws:iam::{REGISTRY}:role/rhacs-ecr-reader"
CENTRALS_ROLE = f"arn:aws:iam::{HOME}:role/rhacs-central"
ASSUMING = {"useAssumeRole": True, "assumeRoleId": "rhacs-ecr-reader"}
CATALOGUE = f'registry integration: Get "https://{HOST}/v2/_catalog": '
NO_TOKEN = f"{CATALOGUE}failed to get authorization token: operation error ECR: GetAuthorizationToken, "
REFRESH = "get identity: get credentials: failed to refresh cached credentials, "
SUBJECT = "system:serviceaccount:stackrox:central"
END = ": invalid arguments: invalid arguments"
READS = ["ecr:GetAuthorizationToken", "ecr:DescribeRepositories", "ecr:BatchCheckLayerAvailability", *PULL[:2]]


@pytest.fixture
def reader(accounts: Accounts) -> str:
    """The role of the registry's account that Central's role assumes, and a registry with an image."""
    ecr = accounts.client("ecr", REGISTRY, REGISTRY_REGION)
    ecr.create_repository(repositoryName="team/app")
    push(ecr)
    accounts.role("rhacs-ecr-reader", REGISTRY, trust(HOME))
    accounts.permit("rhacs-ecr-reader", allow_identity(READS), account=REGISTRY)
    return READER


@pytest.fixture
def cluster(lab: Lab) -> t.Iterator[Cluster]:
    with lab.start_cluster(account=HOME, region=REGISTRY_REGION, start_seconds=0.05) as cluster:
        yield cluster


@pytest.fixture
def central(lab: Lab) -> t.Iterator[Central]:
    """A Central that is an administrator of its account."""
    environment = {"AWS_ACCESS_KEY_ID": HOME, "AWS_SECRET_ACCESS_KEY": "any"}
    with lab.start_central(environment=environment) as central:
        yield central


def told(ask: Client, given: dict[str, t.Any]) -> str:
    """How the test of an integration is refused, without the ids of requests and sessions."""
    status, code, message = ask("POST", TEST, given).refusal
    assert (status, code) == (400, 3)
    return re.sub(r"/(aws-go-sdk-)?\d{19}", "/SESSION", re.sub(r"RequestID: [0-9a-f-]*", "RequestID: ID", message))


def image(ask: Client, tag: str = "1.0", **more: t.Any) -> t.Any:
    return ask("POST", "/v1/images/scan", {"imageName": f"{HOST}/team/app:{tag}", "force": True, **more})


def annotate(cluster: Cluster, accounts: Accounts, **condition: str) -> None:
    """Give Central's service account its role, by a trust policy with this subject and audience."""
    host = cluster.issuer.removeprefix("https://")
    iam = accounts.client("iam", HOME)
    provider = iam.create_open_id_connect_provider(Url=cluster.issuer, ClientIDList=["sts.amazonaws.com"])["OpenIDConnectProviderArn"]
    equals = {f"{host}:aud": "sts.amazonaws.com", f"{host}:sub": SUBJECT, **{f"{host}:{key}": value for key, value in condition.items()}}
    trusted = allow({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", Condition={"StringEquals": equals})
    accounts.role("rhacs-central", HOME, document(trusted))
    accounts.permit("rhacs-central", allow_identity("sts:AssumeRole", READER), account=HOME)
    cluster.annotate("central", {"eks.amazonaws.com/role-arn": CENTRALS_ROLE})
    restart(cluster)


def restart(cluster: Cluster) -> None:
    cluster.delete_pod("central")
    cluster.wait_ready("central")


def test_container_iam_with_an_assumed_role(accounts: Accounts, reader: str, central: Central) -> None:
    """Neither the test nor a refused test stores anything; a created one works, and its scan makes it healthy."""
    ask = Client(central)
    given = integration(**ASSUMING)
    assert ask("POST", TEST, given).value == {}
    assert central.integrations() == []
    identity = ask.make(with_test(given))
    assert ask("POST", TEST_UPDATED, {"config": {**given, "id": identity}, "updatePassword": False}).value == {}
    assert ask.health("ecr-b-use1") == ("UNINITIALIZED", "")
    found = image(ask).value
    assert found["name"]["fullName"] == f"{HOST}/team/app:1.0"
    assert found["id"] == found["metadata"]["v2"]["digest"] and found["metadata"]["dataSource"]["name"] == "ecr-b-use1"
    assert ask.health("ecr-b-use1") == ("HEALTHY", "")
    accounts.client("iam", REGISTRY).update_assume_role_policy(RoleName="rhacs-ecr-reader", PolicyDocument=trust(REGISTRY))
    who = f"User: arn:aws:iam::{HOME}:root is not authorized to perform: sts:AssumeRole on resource: {reader}"
    sts = "operation error STS: AssumeRole, https response error StatusCode: 403, RequestID: ID, api error AccessDenied: "
    assert told(ask, {**given, "id": identity}) == f"{NO_TOKEN}{REFRESH}{sts}{who}{END}"
    assert image(ask).status == 200  # its token is still good


def test_external_ids(accounts: Accounts, reader: str, central: Central) -> None:
    ask = Client(central)
    condition = {"StringEquals": {"sts:ExternalId": "acme-rhacs-7f3c"}}
    statement = allow({"AWS": HOME}, "sts:AssumeRole", Condition=condition)
    accounts.client("iam", REGISTRY).update_assume_role_policy(RoleName="rhacs-ecr-reader", PolicyDocument=document(statement))
    assert "is not authorized to perform: sts:AssumeRole" in told(ask, integration(**ASSUMING))
    assert "is not authorized to perform: sts:AssumeRole" in told(ask, integration(**ASSUMING, assumeRoleExternalId="other"))
    assert ask("POST", TEST, integration(**ASSUMING, assumeRoleExternalId="acme-rhacs-7f3c")).value == {}
    # An external id without an assumed role is not looked at, an ARN is taken for a name.
    assert "because no" in told(ask, integration(assumeRoleExternalId="other"))
    assert f"role/{reader}" in told(ask, integration(useAssumeRole=True, assumeRoleId=reader))


def test_keys_with_and_without_an_assumed_role(lab: Lab, accounts: Accounts, reader: str) -> None:  # noqa: ARG001 - it has to be there
    robot = accounts.user("robot", REGISTRY).get_credentials()
    keys = {"useIam": False, "accessKeyId": robot.access_key, "secretAccessKey": robot.secret_key}
    accounts.client("iam", REGISTRY).put_user_policy(UserName="robot", PolicyName="p", PolicyDocument=document(allow_identity(READS)))
    with lab.start_central(tls=False) as central:
        ask = Client(central)
        accounts.client("iam", REGISTRY).update_assume_role_policy(RoleName="rhacs-ecr-reader", PolicyDocument=trust(REGISTRY))
        assert ask("POST", TEST, integration(**keys)).value == {}
        accounts.client("iam", REGISTRY).put_user_policy(
            UserName="robot", PolicyName="p", PolicyDocument=document(allow_identity("sts:AssumeRole"))
        )
        assert ask("POST", TEST, integration(**keys, **ASSUMING)).value == {}
        assert "because no identity-based policy allows the ecr:GetAuthorizationToken action" in told(ask, integration(**keys))
        wrong = told(ask, integration(**KEYS))
        text = "api error UnrecognizedClientException: The security token included in the request is invalid."
        assert wrong == f"{NO_TOKEN}https response error StatusCode: 400, RequestID: ID, {text}{END}"


def test_a_registry_that_lets_nobody_list(accounts: Accounts, reader: str, central: Central) -> None:  # noqa: ARG001 - it has to be there
    """The repository's policy lets pull: the test fails with the registry's answer, and a scan succeeds all the same."""
    statement = allow({"AWS": HOME}, [*PULL, "ecr:DescribeImages", "ecr:ListImages"])
    accounts.client("ecr", REGISTRY, REGISTRY_REGION).set_repository_policy(repositoryName="team/app", policyText=document(statement))
    ask = Client(central)
    found = told(ask, integration())
    assert found.startswith(f"{CATALOGUE}http: non-successful response (status=403 body=")
    assert "ecr:DescribeRepositories" in found and found.endswith(f"){END}")
    ask.make(integration())
    assert image(ask).status == 200


def test_what_is_made_without_a_test_may_not_work(central: Central) -> None:
    """Bad credentials are accepted then; three failures in a row make it unhealthy, one success healthy."""
    ask = Client(central)
    ask.make(integration(**ASSUMING))
    for number in range(3):
        assert ask.health("ecr-b-use1")[0] == "UNINITIALIZED", number
        status, code, message = image(ask).refusal
        head = f'failed to get the manifest digest: Head "https://{HOST}/v2/team/app/manifests/1.0": failed to get authorization token: '
        start = f"image enrichment error: error getting metadata for image: {HOST}/team/app:1.0 error: getting metadata from registry: "
        assert (status, code) == (500, 13) and message.startswith(f'{start}"ecr-b-use1": {head}')
    health = ask.health("ecr-b-use1")
    assert health[0] == "UNHEALTHY" and "sts:AssumeRole" in health[1]


def test_which_integration_scans(accounts: Accounts, reader: str, central: Central) -> None:  # noqa: ARG001 - they have to be there
    ask = Client(central)
    nobody = f"no matching image registries found: please add an image integration for {HOST}"
    assert image(ask).refusal[2] == f"image enrichment error: error getting metadata for image: {HOST}/team/app:1.0 error: {nobody}"
    central.add({"name": "auto", "autogenerated": True, "ecr": integration(**ASSUMING)["ecr"]})
    assert image(ask).value["metadata"]["dataSource"]["name"] == "auto"
    ask.make(integration("by hand", **ASSUMING))
    assert image(ask).value["metadata"]["dataSource"]["name"] == "by hand"
    assert "status=404" in image(ask, "absent").refusal[2]
    ask.make(integration("elsewhere", region="eu-west-1", **ASSUMING))
    assert image(ask).value["metadata"]["dataSource"]["name"] == "by hand"
    assert image(ask, force=False).status == 200


def test_hosts_that_are_not_there(central: Central) -> None:
    """China has other host names, endpoints are those of ECR in the integration's region."""
    ask = Client(central)
    assert "no such host" in told(ask, integration(endpoint="ecr.example.com"))
    assert "no such host" in told(ask, integration(registryId="12"))
    assert "Credential should be scoped to a valid region" in told(ask, integration(endpoint="ecr.eu-west-1.amazonaws.com"))
    private = "https://vpce-0a1b2c3d-x1y2z3.api.ecr.us-east-1.vpce.amazonaws.com"
    assert "/v2/_catalog" in told(ask, integration(endpoint=private)) and "failed to get" not in told(ask, integration(endpoint=private))


def test_faults_of_aws_reach_central(lab: Lab, reader: str, central: Central) -> None:  # noqa: ARG001 - they have to be there
    ask = Client(central)
    lab.fail_next("AssumeRole", error="Throttling", message="Rate exceeded")
    assert ask("POST", TEST, integration(**ASSUMING)).value == {}  # three attempts
    lab.fail_next("GetAuthorizationToken", error="ThrottlingException", message="Rate exceeded", times=8)
    assert "exceeded maximum number of attempts, 3, https response error" in told(ask, integration(**ASSUMING))


def test_the_role_of_the_pod(accounts: Accounts, reader: str, lab: Lab, cluster: Cluster) -> None:
    """Central has what its running pod has: nothing, then a role once it was annotated and restarted; what fails says which call it was."""
    with lab.start_central(cluster=cluster) as central:
        ask, given = Client(central), integration(**ASSUMING)
        sts = "operation error STS: AssumeRole, "
        assert told(ask, given).startswith(f"{NO_TOKEN}{REFRESH}{sts}{REFRESH}no EC2 IMDS role found, ")
        annotate(cluster, accounts, sub="system:serviceaccount:stackrox:other")
        web = "failed to retrieve credentials, operation error STS: AssumeRoleWithWebIdentity, "
        denied = "api error AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"
        status = "https response error StatusCode: 403, RequestID: ID, "
        assert told(ask, given) == f"{NO_TOKEN}{REFRESH}{sts}{REFRESH}{web}{status}{denied}{END}"
        iam = accounts.client("iam", HOME)
        trusted = iam.get_role(RoleName="rhacs-central")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]
        equals = trusted["Condition"]["StringEquals"]
        equals[f"{cluster.issuer.removeprefix('https://')}:sub"] = SUBJECT
        iam.update_assume_role_policy(RoleName="rhacs-central", PolicyDocument=document(trusted))
        accounts.client("iam", REGISTRY).update_assume_role_policy(RoleName="rhacs-ecr-reader", PolicyDocument=trust(REGISTRY))
        who = f"User: arn:aws:sts::{HOME}:assumed-role/rhacs-central/SESSION"
        refused = f"{who} is not authorized to perform: sts:AssumeRole on resource: {reader}"
        assert told(ask, given).endswith(f"api error AccessDenied: {refused}{END}")
        accounts.client("iam", REGISTRY).update_assume_role_policy(RoleName="rhacs-ecr-reader", PolicyDocument=trust(CENTRALS_ROLE))
        assert ask("POST", TEST, given).value == {}


def test_a_pod_identity_association(accounts: Accounts, reader: str, lab: Lab, cluster: Cluster) -> None:  # noqa: ARG001 - it has to be there
    trusted = allow({"Service": "pods.eks.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession"])
    role = accounts.role("rhacs-central", HOME, document(trusted))
    accounts.permit("rhacs-central", allow_identity(["sts:AssumeRole", "sts:TagSession"], READER), account=HOME)
    both = allow({"AWS": role}, ["sts:AssumeRole", "sts:TagSession"])
    accounts.client("iam", REGISTRY).update_assume_role_policy(RoleName="rhacs-ecr-reader", PolicyDocument=document(both))
    eks = accounts.client("eks", HOME, REGISTRY_REGION)
    with lab.start_central(cluster=cluster) as central:
        ask, given = Client(central), integration(**ASSUMING)
        eks.create_pod_identity_association(clusterName="acs", namespace="stackrox", serviceAccount="central", roleArn=role)
        assert "no EC2 IMDS role found" in told(ask, given)
        restart(cluster)
        assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" in cluster.environment("central")
        assert ask("POST", TEST, given).value == {}


def test_on_openshift(accounts: Accounts, reader: str, lab: Lab) -> None:  # noqa: ARG001 - it has to be there
    """The provider and the trust are for the audience openshift, the role is named on the deployment."""
    with lab.start_cluster(kind="openshift", start_seconds=0.02) as cluster, lab.start_central(cluster=cluster) as central:
        host = cluster.issuer.removeprefix("https://")
        given = {"Url": cluster.issuer, "ClientIDList": ["openshift"]}
        provider = accounts.client("iam", HOME).create_open_id_connect_provider(**given)["OpenIDConnectProviderArn"]
        equals = {"StringEquals": {f"{host}:sub": SUBJECT}}
        accounts.role("rhacs-central", HOME, document(allow({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", Condition=equals)))
        accounts.permit("rhacs-central", allow_identity("sts:AssumeRole", READER), account=HOME)
        path = "/var/run/secrets/openshift/serviceaccount/token"
        cluster.set_variables("central", {"AWS_ROLE_ARN": CENTRALS_ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": path})
        cluster.wait_ready("central")
        assert Client(central)("POST", TEST, integration(**ASSUMING)).value == {}


def test_a_restart_closes_connections_and_forgets_tokens(accounts: Accounts, reader: str, lab: Lab, cluster: Cluster) -> None:  # noqa: ARG001
    annotate(cluster, accounts)
    accounts.client("iam", REGISTRY).update_assume_role_policy(RoleName="rhacs-ecr-reader", PolicyDocument=trust(CENTRALS_ROLE))
    with lab.start_central(cluster=cluster) as central:
        ask = Client(central)
        ask.make(with_test(integration(**ASSUMING)))
        assert image(ask).status == 200
        accounts.client("iam", REGISTRY).update_assume_role_policy(RoleName="rhacs-ecr-reader", PolicyDocument=trust(REGISTRY))
        assert image(ask).status == 200
        restart(cluster)
        assert "sts:AssumeRole" in image(ask).refusal[2]
        cluster.delete_pod("central")
        with pytest.raises(OSError):
            ask("GET", "/v1/ping")
        cluster.wait_ready("central")
        assert ask("GET", "/v1/ping").status == 200


def test_a_sensor_scans_with_its_own_role(lab: Lab, reader: str, cluster: Cluster, central: Central) -> None:  # noqa: ARG001
    with lab.start_central(secured={"edge": cluster}, environment={"AWS_ACCESS_KEY_ID": HOME, "AWS_SECRET_ACCESS_KEY": "any"}) as other:
        ask = Client(other)
        ask.make(integration(**ASSUMING))
        assert image(ask).status == 200
        assert "no EC2 IMDS role found" in image(ask, cluster="edge").refusal[2]
        assert image(ask, cluster="nowhere").status == 404


def test_a_reset_of_the_lab_makes_new_ones(lab: Lab, cluster: Cluster, central: Central) -> None:
    token, issuer, uid = central.api_token, cluster.issuer, cluster.wait_ready("central")["metadata"]["uid"]
    Client(central).make(integration())
    lab.reset()
    assert central.integrations() == [] and central.requests == [] and central.api_token != token
    assert cluster.issuer != issuer and cluster.wait_ready("central")["metadata"]["uid"] != uid
    assert Client(central)("GET", LIST).status == 200
