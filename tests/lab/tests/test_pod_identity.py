# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters of EKS, associations of Pod Identity, and the credentials that pods get by them."""

from __future__ import annotations

import base64
import json
import time
import typing as t

import pytest
from botocore.exceptions import ClientError

from .helpers import ONCE, PRIMARY, REGION, SECONDARY, Accounts, allow, allow_identity, document, refused

PODS = "pods.eks.amazonaws.com"
ROLE = f"arn:aws:iam::{PRIMARY}:role/central"
POD = {"clusterName": "acs", "namespace": "stackrox", "serviceAccount": "central"}
TRUST = document(allow({"Service": PODS}, ["sts:AssumeRole", "sts:TagSession"]))


@pytest.fixture
def eks(accounts: Accounts) -> t.Any:
    """EKS with a cluster, and a role for its pods."""
    accounts.role("central", PRIMARY, TRUST)
    client = accounts.client("eks")
    client.create_cluster(name="acs", roleArn=f"arn:aws:iam::{PRIMARY}:role/cluster", resourcesVpcConfig={})
    return client


def issuer(eks: t.Any) -> str:
    return str(eks.describe_cluster(name="acs")["cluster"]["identity"]["oidc"]["issuer"])


def token(eks: t.Any, **claims: t.Any) -> str:
    everything = {"iss": issuer(eks), "aud": [PODS], "exp": time.time() + 600, "sub": "system:serviceaccount:stackrox:central", **claims}
    parts = [json.dumps({"alg": "RS256"}), json.dumps(everything), "signature"]
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


def assume(accounts: Accounts, eks: t.Any, **claims: t.Any) -> t.Any:
    """The boto3 session of a pod."""
    answer = accounts.client("eks-auth").assume_role_for_pod_identity(clusterName="acs", token=token(eks, **claims))
    given = answer["credentials"]
    assert given["expiration"].timestamp() > time.time()
    return accounts.lab.session_of(given["accessKeyId"], given["secretAccessKey"], given["sessionToken"])


def test_clusters(accounts: Accounts, eks: t.Any) -> None:
    found = eks.describe_cluster(name="acs")["cluster"]
    assert (found["arn"], found["status"]) == (f"arn:aws:eks:{REGION}:{PRIMARY}:cluster/acs", "ACTIVE")
    assert issuer(eks).startswith(f"https://oidc.eks.{REGION}.amazonaws.com/id/")
    assert eks.list_clusters()["clusters"] == ["acs"]
    assert accounts.client("eks", SECONDARY).list_clusters()["clusters"] == []
    assert refused(eks.describe_cluster, name="none") == ("ResourceNotFoundException", "No cluster found for name: none.", 404)
    again = {"name": "acs", "roleArn": ROLE, "resourcesVpcConfig": {}}
    assert refused(eks.create_cluster, **again) == ("ResourceInUseException", "Cluster already exists with name: acs", 409)


def test_an_association_from_its_beginning_to_its_end(eks: t.Any) -> None:
    made = eks.create_pod_identity_association(**POD, roleArn=ROLE, tags={"team": "security"})["association"]
    name = made["associationId"]
    assert made["associationArn"] == f"arn:aws:eks:{REGION}:{PRIMARY}:podidentityassociation/acs/{name}"
    assert made["disableSessionTags"] is False
    assert not {"targetRoleArn", "externalId"} & set(made)
    listed = eks.list_pod_identity_associations(clusterName="acs", namespace="stackrox", serviceAccount="central")["associations"]
    assert listed == [{**POD, "associationArn": made["associationArn"], "associationId": name}]
    assert eks.list_pod_identity_associations(clusterName="acs", serviceAccount="sensor")["associations"] == []
    target = f"arn:aws:iam::{SECONDARY}:role/reader"
    changed = eks.update_pod_identity_association(clusterName="acs", associationId=name, targetRoleArn=target)["association"]
    assert changed["externalId"]
    kept = eks.update_pod_identity_association(clusterName="acs", associationId=name, disableSessionTags=True)["association"]
    assert (kept["targetRoleArn"], kept["externalId"], kept["disableSessionTags"]) == (target, changed["externalId"], True)
    eks.tag_resource(resourceArn=made["associationArn"], tags={"a": "b"})
    eks.untag_resource(resourceArn=made["associationArn"], tagKeys=["team"])
    shown = eks.describe_pod_identity_association(clusterName="acs", associationId=name)["association"]
    assert (shown["tags"], shown["roleArn"]) == ({"a": "b"}, ROLE)
    assert "externalId" not in eks.update_pod_identity_association(clusterName="acs", associationId=name, targetRoleArn="")["association"]
    eks.delete_pod_identity_association(clusterName="acs", associationId=name)
    gone = refused(eks.describe_pod_identity_association, clusterName="acs", associationId=name)
    assert gone == ("ResourceNotFoundException", f"No association found for id: {name}.", 404)


def test_what_is_refused(accounts: Accounts, eks: t.Any) -> None:
    made = eks.create_pod_identity_association(**POD, roleArn=ROLE)["association"]
    twice = refused(eks.create_pod_identity_association, **POD, roleArn=ROLE)
    assert twice == ("ResourceInUseException", f"Association already exists: {made['associationId']}", 409)
    other = {**POD, "serviceAccount": "sensor"}
    invalid = "InvalidParameterException"
    absent = refused(eks.create_pod_identity_association, **other, roleArn=f"{ROLE}-2")
    assert absent == (invalid, "Role provided in the request does not exist.", 400)
    for name, trusts in (
        ("closed", None),
        ("halfway", document(allow({"Service": PODS}, "sts:AssumeRole"))),
        ("federated", document(allow({"Federated": f"arn:aws:iam::{PRIMARY}:oidc-provider/x.org"}, "sts:AssumeRoleWithWebIdentity"))),
    ):
        arn = accounts.role(name, PRIMARY, trusts)
        refusal = refused(eks.create_pod_identity_association, **other, roleArn=arn)
        assert refusal.message == "Trust policy of the role provided is invalid. Follow the official documentation to resolve the issue."
    assert refused(eks.create_pod_identity_association, **other, roleArn=ROLE, targetRoleArn="reader").code == invalid
    assert (
        refused(eks.create_pod_identity_association, **{**other, "clusterName": "none"}, roleArn=ROLE).code == "ResourceNotFoundException"
    )
    missing = refused(accounts.client("eks").create_pod_identity_association, clusterName="acs", namespace="stackrox", roleArn=ROLE)
    assert missing.code == invalid


@pytest.mark.usefixtures("eks")
def test_who_may(accounts: Accounts) -> None:
    """eks:CreatePodIdentityAssociation on the cluster, and iam:PassRole to the pods' service."""
    user = accounts.user("robot", PRIMARY).client("eks", config=ONCE)
    iam = accounts.client("iam")
    cluster = f"arn:aws:eks:{REGION}:{PRIMARY}:cluster/acs"
    assert refused(user.create_pod_identity_association, **POD, roleArn=ROLE).message.endswith(
        f"is not authorized to perform: eks:CreatePodIdentityAssociation on resource: {cluster} "
        "because no identity-based policy allows the eks:CreatePodIdentityAssociation action"
    )
    may = allow_identity("eks:CreatePodIdentityAssociation", cluster)
    iam.put_user_policy(UserName="robot", PolicyName="p", PolicyDocument=document(may))
    assert "iam:PassRole" in refused(user.create_pod_identity_association, **POD, roleArn=ROLE).message
    passes = allow_identity("iam:PassRole", ROLE, Condition={"StringEquals": {"iam:PassedToService": PODS}})
    iam.put_user_policy(UserName="robot", PolicyName="p", PolicyDocument=document(may, passes))
    made = user.create_pod_identity_association(**POD, roleArn=ROLE)["association"]["associationId"]
    assert "podidentityassociation" in refused(user.delete_pod_identity_association, clusterName="acs", associationId=made).message


def test_pods_get_the_credentials_of_the_role(accounts: Accounts, eks: t.Any) -> None:
    with pytest.raises(ClientError, match="No pod identity association found"):
        assume(accounts, eks)
    eks.create_pod_identity_association(**POD, roleArn=ROLE)
    who = assume(accounts, eks).client("sts").get_caller_identity()["Arn"]
    assert who.startswith(f"arn:aws:sts::{PRIMARY}:assumed-role/central/eks-acs-central-")
    for claims, code in (
        ({"aud": "sts.amazonaws.com"}, "InvalidTokenException"),
        ({"iss": "https://other.example.com"}, "InvalidTokenException"),
        ({"exp": 1}, "ExpiredTokenException"),
        ({"sub": "system:serviceaccount:stackrox:sensor"}, "ResourceNotFoundException"),
    ):
        with pytest.raises(ClientError) as caught:
            assume(accounts, eks, **claims)
        assert caught.value.response["Error"]["Code"] == code
    revoked = document(allow({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole"))
    accounts.client("iam").update_assume_role_policy(RoleName="central", PolicyDocument=revoked)
    with pytest.raises(ClientError, match=r"AccessDeniedException.*pods\.eks\.amazonaws\.com is not authorized to perform: sts:AssumeRole"):
        assume(accounts, eks)


def test_a_trust_policy_can_say_which_pods(accounts: Accounts, eks: t.Any) -> None:
    conditions = {
        "StringEquals": {"aws:RequestTag/kubernetes-namespace": "stackrox", "aws:RequestTag/kubernetes-service-account": "central"}
    }
    limited = document(allow({"Service": PODS}, ["sts:AssumeRole", "sts:TagSession"], Condition=conditions))
    accounts.client("iam").update_assume_role_policy(RoleName="central", PolicyDocument=limited)
    eks.create_pod_identity_association(**POD, roleArn=ROLE)
    eks.create_pod_identity_association(**{**POD, "serviceAccount": "sensor"}, roleArn=ROLE)
    assume(accounts, eks)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        assume(accounts, eks, sub="system:serviceaccount:stackrox:sensor")


def test_session_tags_go_on_to_the_next_role(accounts: Accounts, eks: t.Any) -> None:
    """They are transitive: without sts:TagSession on both sides a pod cannot assume another role."""
    target = accounts.role("reader", SECONDARY, document(allow({"AWS": ROLE}, "sts:AssumeRole")))
    accounts.permit("central", allow_identity(["sts:AssumeRole", "sts:TagSession"], target), account=PRIMARY)
    made = eks.create_pod_identity_association(**POD, roleArn=ROLE)["association"]["associationId"]
    call = {"RoleArn": target, "RoleSessionName": "session"}
    assert "sts:TagSession" in refused(assume(accounts, eks).client("sts", config=ONCE).assume_role, **call).message
    both = document(allow({"AWS": ROLE}, ["sts:AssumeRole", "sts:TagSession"]))
    accounts.client("iam", SECONDARY).update_assume_role_policy(RoleName="reader", PolicyDocument=both)
    assume(accounts, eks).client("sts").assume_role(**call)
    accounts.client("iam", SECONDARY).update_assume_role_policy(
        RoleName="reader", PolicyDocument=document(allow({"AWS": ROLE}, "sts:AssumeRole"))
    )
    eks.update_pod_identity_association(clusterName="acs", associationId=made, disableSessionTags=True)
    assume(accounts, eks).client("sts").assume_role(**call)


def test_target_roles_want_the_external_id_of_the_association(accounts: Accounts, eks: t.Any) -> None:
    target = f"arn:aws:iam::{SECONDARY}:role/reader"
    accounts.permit("central", allow_identity(["sts:AssumeRole", "sts:TagSession"], target), account=PRIMARY)
    made = eks.create_pod_identity_association(**POD, roleArn=ROLE, targetRoleArn=target)["association"]
    condition = {"StringEquals": {"sts:ExternalId": made["externalId"]}}
    accounts.role("reader", SECONDARY, document(allow({"AWS": ROLE}, ["sts:AssumeRole", "sts:TagSession"], Condition=condition)))
    who = assume(accounts, eks).client("sts").get_caller_identity()["Arn"]
    assert who.startswith(f"arn:aws:sts::{SECONDARY}:assumed-role/reader/")
    condition["StringEquals"]["sts:ExternalId"] = "another"
    wrong = document(allow({"AWS": ROLE}, ["sts:AssumeRole", "sts:TagSession"], Condition=condition))
    accounts.client("iam", SECONDARY).update_assume_role_policy(RoleName="reader", PolicyDocument=wrong)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        assume(accounts, eks)


def test_late_for_readers(accounts: Accounts, eks: t.Any) -> None:
    accounts.lab.set_faults({"profile": "eventual-consistency", "seconds": 60})
    made = eks.create_pod_identity_association(**POD, roleArn=ROLE)["association"]["associationId"]
    assert eks.list_pod_identity_associations(clusterName="acs")["associations"] == []
    assert refused(eks.describe_pod_identity_association, clusterName="acs", associationId=made).code == "ResourceNotFoundException"
    new = accounts.role("late", PRIMARY, TRUST)
    accounts.lab.set_faults()
    assert [one["associationId"] for one in eks.list_pod_identity_associations(clusterName="acs")["associations"]] == [made]
    accounts.lab.set_faults({"profile": "eventual-consistency", "seconds": 60})
    new = accounts.role("later", PRIMARY, TRUST)
    late = refused(eks.update_pod_identity_association, clusterName="acs", associationId=made, roleArn=new)
    assert late.message == "Role provided in the request does not exist."
    accounts.lab.set_faults()


def test_from_inside_the_lab(accounts: Accounts, eks: t.Any) -> None:
    eks.create_pod_identity_association(**POD, roleArn=ROLE)
    call = {"account": PRIMARY, "region": REGION, "service": "eks", "operation": "ListPodIdentityAssociations"}
    found = accounts.lab.control("POST", "/lab/call", {**call, "parameters": {"clusterName": "acs", "namespace": "stackrox"}})
    assert found["status"] == 200
    assert "central" in json.dumps(found)
