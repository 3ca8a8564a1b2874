# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of denials, as AWS's documentation quotes them and as users report them from services and clients."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._access.denials import Denial, read_denial

JOHN = "arn:aws:iam::123456789012:user/John"
HR = "arn:aws:iam::123456789012:role/HR"
SESSION = "arn:aws:sts::444455556666:assumed-role/puller/i-03543d3e416f0f883"
REPOSITORY = "arn:aws:ecr:eu-west-1:111122223333:repository/team/app"
SECRETS = "arn:aws:secretsmanager:us-east-1:123456789012:secret:*"
DEPLOYMENTS = "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:*"
SCP = "arn:aws:organizations::999988887777:policy/o-a1b2c3d4e5/service_control_policy/p-12345678"
RCP = "arn:aws:organizations::999988887777:policy/o-a1b2c3d4e5/resource_control_policy/p-abcdef12"
BOUNDARY = "arn:aws:iam::123456789012:policy/lab-boundary"
MANAGED = "arn:aws:iam::123456789012:policy/guard"


def denial(
    layer: Any, explicit: bool, action: str | None, resource: str | None = None, principal: str | None = JOHN, **more: Any
) -> Denial:
    return Denial(layer, explicit, action, resource, principal, **more)


#: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
DOCUMENTED = {
    f"User: {JOHN} is not authorized to perform:\ncodecommit:ListRepositories because no service control policy allows the "
    "codecommit:ListRespositories action": denial("organization", False, "codecommit:ListRepositories"),
    f"User: {JOHN} is not authorized to perform:\ncodecommit:ListRepositories with an explicit deny in a service control policy": denial(
        "organization", True, "codecommit:ListRepositories"
    ),
    f"User: {JOHN} is not authorized to perform:\nsecretsmanager:GetSecretValue on resource: {SECRETS} with an explicit deny in a "
    "resource control policy": denial("resource_control", True, "secretsmanager:GetSecretValue", SECRETS),
    f"User: {JOHN} is not authorized to perform:\ncodecommit:ListRepositories because no VPC endpoint policy allows the "
    "codecommit:ListRepositories action": denial("endpoint", False, "codecommit:ListRepositories"),
    f"User: {JOHN} is not authorized to perform:\ncodedeploy:ListDeployments on resource: {DEPLOYMENTS} with an explicit deny in a "
    "VPC endpoint policy": denial("endpoint", True, "codedeploy:ListDeployments", DEPLOYMENTS),
    f"User: {JOHN} is not authorized to perform:\ncodedeploy:ListDeployments on resource: {DEPLOYMENTS} because no permissions "
    "boundary allows the codedeploy:ListDeployments action": denial("boundary", False, "codedeploy:ListDeployments", DEPLOYMENTS),
    f"User: {JOHN} is not authorized to perform:\nsagemaker:ListModels with an explicit deny in a permissions boundary": denial(
        "boundary", True, "sagemaker:ListModels"
    ),
    f"User: {JOHN} is not authorized to perform:\ncodecommit:ListRepositories because no session policy allows the "
    "codecommit:ListRepositories action": denial("session", False, "codecommit:ListRepositories"),
    f"User: {JOHN} is not authorized to perform:\ncodedeploy:ListDeployments on resource: {DEPLOYMENTS} with an explicit deny in a "
    "sessions policy": denial("session", True, "codedeploy:ListDeployments", DEPLOYMENTS),
    f"User: {JOHN} is not authorized to perform:\nsecretsmanager:GetSecretValue because no resource-based policy allows the "
    "secretsmanager:GetSecretValue action": denial("resource", False, "secretsmanager:GetSecretValue"),
    f"User: {JOHN} is not authorized to perform:\nsecretsmanager:GetSecretValue on resource: {SECRETS} with an explicit deny in a "
    "resource-based policy": denial("resource", True, "secretsmanager:GetSecretValue", SECRETS),
    f"User: {JOHN} is not authorized to perform:\nsts:AssumeRole because no role trust policy allows the sts:AssumeRole action": denial(
        "trust", False, "sts:AssumeRole"
    ),
    f"User: {JOHN} is not authorized to perform:\nsts:AssumeRole with an explicit deny in the role trust policy": denial(
        "trust", True, "sts:AssumeRole"
    ),
    f"User: {HR} is not authorized to perform:\ncodecommit:ListRepositories because no identity-based policy allows the "
    "codecommit:ListRepositories action": denial("identity", False, "codecommit:ListRepositories", principal=HR),
    f"User: {HR} is not authorized to perform:\ncodedeploy:ListDeployments on resource: {DEPLOYMENTS} with an explicit deny in an "
    "identity-based policy": denial("identity", True, "codedeploy:ListDeployments", DEPLOYMENTS, HR),
    "User: arn:aws:sts::111122223333:assumed-role/role-name/role-session-name is not authorized to perform:\nSNS:Publish on resource: "
    "arn:aws:sns:us-east-1:444455556666:role-name-2\nwith an explicit deny in a VPC endpoint policy transitively through a service "
    "control policy": denial(
        *("organization", True, "SNS:Publish", "arn:aws:sns:us-east-1:444455556666:role-name-2"),
        "arn:aws:sts::111122223333:assumed-role/role-name/role-session-name",
    ),
}

#: With the ARN of the policy, as services show it since 2025.
WITH_POLICY = {
    f'User: {JOHN} is not authorized to perform: s3:CreateBucket on resource: "arn:aws:s3:::state" with an explicit deny in a service '
    f"control policy: {SCP}": denial("organization", True, "s3:CreateBucket", "arn:aws:s3:::state", policy=SCP),
    f"User: {JOHN} is not authorized to perform: iam:CreatePolicyVersion on resource: policy arn:aws:iam::123456789012:policy/tools with "
    f"an explicit deny in a permissions boundary: {BOUNDARY}": denial(
        "boundary", True, "iam:CreatePolicyVersion", "policy arn:aws:iam::123456789012:policy/tools", policy=BOUNDARY
    ),
    "You are not authorized to perform this operation. "
    f"User: {JOHN} is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:ap-southeast-1:123456789012:instance/* with an "
    f"explicit deny in a permissions boundary: {BOUNDARY}. Encoded authorization failure message: QmqLfs-S_9": denial(
        "boundary", True, "ec2:RunInstances", "arn:aws:ec2:ap-southeast-1:123456789012:instance/*", policy=BOUNDARY
    ),
    f"You are not authorized to perform this operation. User: {SESSION} is not authorized to perform: ec2:DescribeImages with "
    f"an explicit deny in an identity-based policy: {MANAGED}": denial(
        "identity", True, "ec2:DescribeImages", None, SESSION, policy=MANAGED
    ),
    f'S3Exception: User: {JOHN} is not authorized to perform:\ns3:GetObject on resource: "arn:aws:s3:::docs/a/b.pdf"\n'
    "with an explicit deny in an identity-based policy: arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3\n"
    "(Service: S3, Status Code: 403, Request ID: 0123456789ABCDEF)": denial(
        *("identity", True, "s3:GetObject", "arn:aws:s3:::docs/a/b.pdf"),
        policy="arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3",
    ),
    f"User: {SESSION} is not authorized to perform: ecr:BatchGetImage on resource: {REPOSITORY} with an explicit deny in a resource "
    f"control policy: {RCP}": denial("resource_control", True, "ecr:BatchGetImage", REPOSITORY, SESSION, policy=RCP),
    f'API Error: 403 {{"Message":"User: {JOHN} is not authorized to perform: bedrock:InvokeModel with an explicit deny in an '
    'identity-based policy: arn:aws:iam::123456789012:policy/Minimal"}': denial(
        "identity", True, "bedrock:InvokeModel", policy="arn:aws:iam::123456789012:policy/Minimal"
    ),
}

#: As registries, docker, ECS, EKS, Lambda and other tools show what ECR says.
WRAPPED = {
    "Error response from daemon: pull access denied for 111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app, repository does not exist "
    f"or may require 'docker login': denied: User: {SESSION} is not authorized to perform: ecr:BatchGetImage on resource: {REPOSITORY} "
    "because no resource-based policy allows the ecr:BatchGetImage action": denial(
        "resource", False, "ecr:BatchGetImage", REPOSITORY, SESSION
    ),
    "Error response from daemon: pull access denied for 111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app, repository does not exist "
    f"or may require 'docker login': denied: User: {SESSION} is not authorized to perform: ecr:BatchGetImage on resource: {REPOSITORY} "
    "because no identity-based policy allows the ecr:BatchGetImage action\n": denial(
        "identity", False, "ecr:BatchGetImage", REPOSITORY, SESSION
    ),
    'level=error msg="Not continuing with pull after error: denied: '
    f'User: {SESSION} is not authorized to perform: ecr:BatchGetImage on resource: {REPOSITORY}"\n': denial(
        None, False, "ecr:BatchGetImage", REPOSITORY, SESSION
    ),
    f'"denied: User: {JOHN} is not authorized to perform: ecr:InitiateLayerUpload on resource: \n   {REPOSITORY}"': denial(
        None, False, "ecr:InitiateLayerUpload", REPOSITORY
    ),
    f"Error: denied: User: {JOHN}\nis not authorized to perform: ecr:InitiateLayerUpload\n": denial(None, False, "ecr:InitiateLayerUpload"),
    "denied: User is not authorized to perform: ecr:InitiateLayerUpload": denial(None, False, "ecr:InitiateLayerUpload", principal=None),
    f"CannotPullECRContainerError: AccessDeniedException: User: {SESSION} is not authorized to perform: ecr:GetAuthorizationToken on "
    "resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action status code: 400, request id: 5f7c": denial(
        "identity", False, "ecr:GetAuthorizationToken", "*", SESSION
    ),
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to get registry "
    f"auth from Amazon ECR: service call has been retried 1 time(s): AccessDeniedException: User: {SESSION} is not authorized to perform: "
    "ecr:GetAuthorizationToken on resource: * because no VPC endpoint policy allows the ecr:GetAuthorizationToken action": denial(
        "endpoint", False, "ecr:GetAuthorizationToken", "*", SESSION
    ),
    "An error occurred (AccessDeniedException) when calling the GetAuthorizationToken operation: "
    f"User: {JOHN} is not authorized to perform: ecr:GetAuthorizationToken on resource: *": denial(
        None, False, "ecr:GetAuthorizationToken", "*"
    ),
    "An error occurred (AccessDeniedException) when calling the PutImage operation: "
    f"User: {SESSION} is not authorized to perform: ecr:PutImage on resource: {REPOSITORY} with an explicit deny in a resource-based "
    "policy": denial("resource", True, "ecr:PutImage", REPOSITORY, SESSION),
    "│ Error: reading ECR: operation error ECR: DescribeRepositories, https response error StatusCode: 400, RequestID: 1a, "
    f"AccessDeniedException: User: {SESSION} is not authorized to perform: ecr:DescribeRepositories on resource: "
    "arn:aws:ecr:eu-west-1:111122223333:repository/* because no resource-based policy allows the ecr:DescribeRepositories "
    "action\n│ ": denial("resource", False, "ecr:DescribeRepositories", "arn:aws:ecr:eu-west-1:111122223333:repository/*", SESSION),
    f"User: {SESSION} is not authorized to perform: ecr:BatchImportUpstreamImage on resource: {REPOSITORY} because no permissions boundary "
    "allows the ecr:BatchImportUpstreamImage action": denial("boundary", False, "ecr:BatchImportUpstreamImage", REPOSITORY, SESSION),
    f"User: {SESSION} is not authorized to perform: ecr:ListImages on resource: {REPOSITORY} because no session policy allows the "
    "ecr:ListImages action": denial("session", False, "ecr:ListImages", REPOSITORY, SESSION),
    f"User: {SESSION} is not authorized to perform: ecr:ListImages on resource: {REPOSITORY} with an explicit deny in a session "
    "policy": denial("session", True, "ecr:ListImages", REPOSITORY, SESSION),
    "User: arn:aws-cn:sts::444455556666:assumed-role/ci/a@b=c,d is not authorized to perform: ecr:UploadLayerPart on resource: "
    "arn:aws-cn:ecr:cn-north-1:111122223333:repository/a because no resource-based policy allows the ecr:UploadLayerPart action.": denial(
        *("resource", False, "ecr:UploadLayerPart", "arn:aws-cn:ecr:cn-north-1:111122223333:repository/a"),
        "arn:aws-cn:sts::444455556666:assumed-role/ci/a@b=c,d",
    ),
}

#: Older texts, and those of services that say less.
SHORT = {
    f"User: {JOHN} is not authorized to perform: sts:AssumeRole on resource: {HR}": denial(None, False, "sts:AssumeRole", HR),
    f"User: {JOHN} is not authorized to perform: servicequotas:GetAWSDefaultServiceQuota with an explicit deny": denial(
        None, True, "servicequotas:GetAWSDefaultServiceQuota"
    ),
    f"User: {JOHN} is not authorized to perform: iam:GetRole on resource: role puller because no identity-based policy allows the "
    "iam:GetRole action": denial("identity", False, "iam:GetRole", "role puller"),
    f"User: {JOHN} is not authorized to perform: kms:GenerateDataKey on this resource because no identity-based policy allows the "
    "kms:GenerateDataKey action": denial("identity", False, "kms:GenerateDataKey"),
    "User: anonymous is not authorized to perform: es:ESHttpGet": denial(None, False, "es:ESHttpGet", principal="anonymous"),
    "Not authorized to perform sts:AssumeRoleWithWebIdentity": denial(None, False, "sts:AssumeRoleWithWebIdentity", principal=None),
    "You are not authorized to perform this operation.": denial(None, False, None, principal=None),
    "AccessDeniedException: User is not authorized to perform: dynamodb:DescribeTable\nbecause no VPC endpoint policy allows the "
    "dynamodb:DescribeTable action\n": denial("endpoint", False, "dynamodb:DescribeTable", principal=None),
    f"User: {JOHN} is not authorized to perform: s3:GetObject on resource: x Because no Permissions Boundary allows the s3:GetObject "
    "action": denial("boundary", False, "s3:GetObject", "x"),
}


@pytest.mark.parametrize(("text", "read"), [pair for table in (DOCUMENTED, WITH_POLICY, WRAPPED, SHORT) for pair in table.items()])
def test_what_a_denial_says(text: str, read: Denial) -> None:
    assert read_denial(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Rate exceeded",
        "The security token included in the request is expired",
        "The repository with name 'a' does not exist in the registry with id '111122223333'",
        "denied: Your authorization token has expired. Reauthenticate and try again.",
        'failed to resolve ref "a": unexpected status code 403 Forbidden',
        "no basic auth credentials",
        "Request to the permissions boundary service failed with an explicit deny in a session policy",
        "requested access to the resource is denied",
    ],
)
def test_what_says_nothing_of_policies_is_no_denial(text: str) -> None:
    assert read_denial(text) is None


def test_what_stands_before_the_sentence_gives_no_reason() -> None:
    text = f"because no session policy allows it, or not: User: {JOHN} is not authorized to perform: ecr:PutImage"
    assert read_denial(text) == denial(None, False, "ecr:PutImage")
