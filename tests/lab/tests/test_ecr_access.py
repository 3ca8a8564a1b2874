# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access to repositories, in one account and across accounts, as real pulls and pushes meet it."""

from __future__ import annotations

import json
import typing as t
import urllib.request

import pytest

from .helpers import ONCE, PRIMARY, PULL, PUSH, REGION, SECONDARY, THIRD, Accounts, allow, allow_identity, document, push, refused, trust

REPOSITORY = f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/team/app"
OTHER = {"AWS": SECONDARY}
PROBE = {"registryId": PRIMARY, "repositoryName": "team/app", "imageIds": [{"imageTag": "absent"}]}
SESSION = f"arn:aws:sts::{SECONDARY}:assumed-role/puller/session"


def denied(who: str, action: str, why: str, resource: str = REPOSITORY) -> tuple[str, str, int]:
    return "AccessDeniedException", f"User: {who} is not authorized to perform: {action} on resource: {resource} {why}", 400


def no_resource(action: str) -> str:
    return f"because no resource-based policy allows the {action} action"


def no_identity(action: str) -> str:
    return f"because no identity-based policy allows the {action} action"


@pytest.fixture
def puller(accounts: Accounts) -> t.Any:
    """A role of the secondary account with every ECR action, and its ECR client; the primary account has a repository."""
    accounts.repository()
    arn = accounts.role()
    accounts.permit("puller", allow_identity())
    return accounts.as_role(arn, "ecr")


def test_a_pull_across_accounts_needs_both_sides(accounts: Accounts) -> None:
    accounts.repository()
    pushed = push(accounts.client("ecr"))
    ecr = accounts.as_role(accounts.role(), "ecr")
    image = {"registryId": PRIMARY, "repositoryName": "team/app", "imageIds": [{"imageTag": "1.0"}]}
    assert refused(ecr.batch_get_image, **image) == denied(SESSION, "ecr:BatchGetImage", no_identity("ecr:BatchGetImage"))
    accounts.permit("puller", allow_identity(PULL, REPOSITORY))
    assert refused(ecr.batch_get_image, **image) == denied(SESSION, "ecr:BatchGetImage", no_resource("ecr:BatchGetImage"))
    accounts.set_policy(allow(OTHER, PULL))
    found = ecr.batch_get_image(**image)["images"][0]
    assert found["imageId"] == pushed["imageId"]
    layer = json.loads(found["imageManifest"])["layers"][0]["digest"]
    url = ecr.get_download_url_for_layer(registryId=PRIMARY, repositoryName="team/app", layerDigest=layer)["downloadUrl"]
    assert urllib.request.urlopen(url).read() == b"a layer"
    accounts.client("iam", SECONDARY).delete_role_policy(RoleName="puller", PolicyName="permits")
    assert refused(ecr.batch_get_image, **image).message.endswith(no_identity("ecr:BatchGetImage"))


def test_a_push_across_accounts(accounts: Accounts, puller: t.Any) -> None:
    accounts.set_policy(allow(OTHER, PULL))
    assert refused(push, ecr=puller, registryId=PRIMARY) == denied(
        SESSION, "ecr:InitiateLayerUpload", no_resource("ecr:InitiateLayerUpload")
    )
    accounts.set_policy(allow(OTHER, PULL + PUSH))
    pushed = push(puller, registryId=PRIMARY)
    assert pushed["registryId"] == PRIMARY
    assert accounts.client("ecr").list_images(repositoryName="team/app")["imageIds"] == [pushed["imageId"]]
    accounts.set_policy(allow(OTHER, PULL + PUSH[:-1]))
    assert refused(push, ecr=puller, registryId=PRIMARY, tag="2", content=b"b").message.endswith(no_resource("ecr:PutImage"))


def test_every_data_plane_call_is_enforced(puller: t.Any) -> None:
    digest = "sha256:" + "0" * 64
    calls: dict[str, dict[str, t.Any]] = {
        "batch_get_image": {"imageIds": [{"imageTag": "x"}]},
        "batch_check_layer_availability": {"layerDigests": [digest]},
        "get_download_url_for_layer": {"layerDigest": digest},
        "initiate_layer_upload": {},
        "upload_layer_part": {
            "uploadId": "00000000-0000-4000-8000-000000000000",
            "partFirstByte": 0,
            "partLastByte": 0,
            "layerPartBlob": b"x",
        },
        "complete_layer_upload": {"uploadId": "00000000-0000-4000-8000-000000000000", "layerDigests": [digest]},
        "put_image": {"imageManifest": "{}"},
        "describe_images": {},
        "list_images": {},
        "batch_delete_image": {"imageIds": [{"imageTag": "x"}]},
        "get_repository_policy": {},
        "set_repository_policy": {"policyText": document(allow(OTHER))},
        "delete_repository_policy": {},
        "delete_repository": {},
        "get_lifecycle_policy": {},
        "put_image_tag_mutability": {"imageTagMutability": "MUTABLE"},
    }
    for name, parameters in calls.items():
        action = "ecr:" + "".join(part.capitalize() for part in name.split("_"))
        found = refused(getattr(puller, name), registryId=PRIMARY, repositoryName="team/app", **parameters)
        assert found == denied(SESSION, action, no_resource(action)), name


def test_describe_repositories_across_accounts(accounts: Accounts, puller: t.Any) -> None:
    everything = f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/*"
    action = "ecr:DescribeRepositories"
    assert refused(puller.describe_repositories, registryId=PRIMARY) == denied(SESSION, action, no_resource(action), everything)
    accounts.set_policy(allow(OTHER, action))
    found = puller.describe_repositories(registryId=PRIMARY, repositoryNames=["team/app"])["repositories"]
    assert [one["repositoryArn"] for one in found] == [REPOSITORY]
    assert refused(puller.describe_repositories, registryId=PRIMARY).code == "AccessDeniedException"


def test_a_denial_does_not_tell_what_exists(accounts: Accounts, puller: t.Any) -> None:
    accounts.set_policy(allow(OTHER, PULL))
    assert puller.batch_get_image(**PROBE)["failures"] == [
        {"imageId": {"imageTag": "absent"}, "failureCode": "ImageNotFound", "failureReason": "Requested image not found"}
    ]
    absent = {**PROBE, "repositoryName": "team/absent"}
    assert refused(puller.batch_get_image, **absent) == denied(
        SESSION, "ecr:BatchGetImage", no_resource("ecr:BatchGetImage"), REPOSITORY.replace("app", "absent")
    )


def test_who_is_named(accounts: Accounts, puller: t.Any) -> None:
    role = f"arn:aws:iam::{SECONDARY}:role/puller"
    accounts.role("other")
    for principal, allowed in (
        (role, True), (SESSION, True), (SECONDARY, True), ("*", True), (f"arn:aws:iam::{SECONDARY}:role/other", False),
        (f"arn:aws:sts::{SECONDARY}:assumed-role/puller/another", False), (THIRD, False),
    ):  # fmt: skip
        accounts.set_policy(allow({"AWS": principal}))
        if allowed:
            puller.batch_get_image(**PROBE)
        else:
            assert refused(puller.batch_get_image, **PROBE).code == "AccessDeniedException", principal


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{SECONDARY}:role/puller"}}, True),
        ({"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{SECONDARY}:role/other"}}, False),
        ({"ArnEquals": {"aws:PrincipalArn": SESSION}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-0000000000"}}, False),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"]}}, True),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/r-ab12/ou-ab12-22222222/*"]}}, False),
        ({"StringEquals": {"aws:PrincipalAccount": SECONDARY}}, True),
        ({"StringEquals": {"aws:PrincipalTag/team": "payments"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/team": "other"}}, False),
        ({"StringEquals": {"aws:ResourceTag/stage": "prod"}}, True),
        ({"StringEquals": {"ecr:ResourceTag/stage": "prod"}}, True),
        ({"StringEquals": {"ecr:ResourceTag/stage": "test"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": REGION}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, False),
        ({"StringEquals": {"aws:ResourceAccount": PRIMARY}}, True),
        ({"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}, False),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"Null": {"aws:SourceArn": "false"}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
        ({"StringLike": {"aws:userid": "AROA*:session"}}, True),
    ],
)
def test_conditions(accounts: Accounts, condition: dict[str, t.Any], allowed: bool) -> None:
    accounts.repository(tags=[{"Key": "stage", "Value": "prod"}])
    accounts.lab.set_organization("o-a1b2c3d4e5", {SECONDARY: "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-33333333"})
    arn = accounts.role(Tags=[{"Key": "team", "Value": "payments"}])
    accounts.permit("puller", allow_identity())
    accounts.set_policy(allow("*", Condition=condition))
    ecr = accounts.as_role(arn, "ecr")
    if allowed:
        ecr.batch_get_image(**PROBE)
    else:
        assert refused(ecr.batch_get_image, **PROBE).message.endswith(no_resource("ecr:BatchGetImage"))


def test_the_root_with_a_principal_condition_survives_a_new_role(accounts: Accounts, puller: t.Any) -> None:
    arn = f"arn:aws:iam::{SECONDARY}:role/puller"
    accounts.set_policy(allow(OTHER, Condition={"ArnEquals": {"aws:PrincipalArn": arn}}))
    puller.batch_get_image(**PROBE)
    iam = accounts.client("iam", SECONDARY)
    iam.delete_role_policy(RoleName="puller", PolicyName="permits")
    iam.delete_role(RoleName="puller")
    accounts.role()
    accounts.permit("puller", allow_identity())
    accounts.as_role(arn, "ecr").batch_get_image(**PROBE)


def test_an_explicit_deny_wins(accounts: Accounts, puller: t.Any) -> None:
    accounts.set_policy(allow(OTHER), {"Effect": "Deny", "Principal": OTHER, "Action": "ecr:BatchGet*", "Sid": "No"})
    assert refused(puller.batch_get_image, **PROBE) == denied(
        SESSION, "ecr:BatchGetImage", "with an explicit deny in a resource-based policy"
    )
    accounts.set_policy(allow(OTHER))
    accounts.permit("puller", {"Effect": "Deny", "Action": "ecr:BatchGetImage", "Resource": "*"}, policy="denies")
    assert refused(puller.batch_get_image, **PROBE) == denied(
        SESSION, "ecr:BatchGetImage", "with an explicit deny in an identity-based policy"
    )


def test_boundaries_and_session_policies_restrict(accounts: Accounts, puller: t.Any) -> None:
    arn = f"arn:aws:iam::{SECONDARY}:role/puller"
    accounts.set_policy(allow({"AWS": arn}))
    iam = accounts.client("iam", SECONDARY)
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=document(allow_identity("s3:*")))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="puller", PermissionsBoundary=boundary)
    why = "because no permissions boundary allows the ecr:BatchGetImage action"
    assert refused(puller.batch_get_image, **PROBE) == denied(SESSION, "ecr:BatchGetImage", why)
    iam.delete_role_permissions_boundary(RoleName="puller")
    puller.batch_get_image(**PROBE)
    small = accounts.as_role(arn, "ecr", Policy=document(allow_identity("ecr:PutImage")))
    why = "because no session policy allows the ecr:BatchGetImage action"
    assert refused(small.batch_get_image, **PROBE) == denied(SESSION, "ecr:BatchGetImage", why)
    pull_only = [{"arn": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"}]
    accounts.as_role(arn, "ecr", PolicyArns=pull_only).batch_get_image(**PROBE)


def test_boundary_of_a_user(accounts: Accounts) -> None:
    accounts.repository("team/app", SECONDARY)
    iam = accounts.client("iam", SECONDARY)
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=document(allow_identity("ecr:List*")))["Policy"]["Arn"]
    robot = accounts.user(PermissionsBoundary=boundary).client("ecr", config=ONCE)
    iam.put_user_policy(UserName="robot", PolicyName="p", PolicyDocument=document(allow_identity()))
    robot.list_images(repositoryName="team/app")
    assert "because no permissions boundary allows" in refused(robot.describe_images, repositoryName="team/app").message
    assert iam.get_user(UserName="robot")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert refused(iam.delete_policy, PolicyArn=boundary).code == "DeleteConflict"


def test_in_one_account_either_side_is_enough(accounts: Accounts) -> None:
    accounts.repository()
    accounts.role("own", PRIMARY)
    ecr = accounts.as_role(f"arn:aws:iam::{PRIMARY}:role/own", "ecr")
    probe = {key: value for key, value in PROBE.items() if key != "registryId"}
    who = f"arn:aws:sts::{PRIMARY}:assumed-role/own/session"
    assert refused(ecr.batch_get_image, **probe) == denied(who, "ecr:BatchGetImage", no_identity("ecr:BatchGetImage"))
    accounts.set_policy(allow({"AWS": PRIMARY}))
    assert refused(ecr.batch_get_image, **probe).message.endswith(no_identity("ecr:BatchGetImage"))
    accounts.set_policy(allow({"AWS": f"arn:aws:iam::{PRIMARY}:role/own"}))
    ecr.batch_get_image(**probe)
    accounts.client("ecr").delete_repository_policy(repositoryName="team/app")
    accounts.permit("own", allow_identity(), account=PRIMARY)
    ecr.batch_get_image(**probe)


def test_managed_policies_and_groups(accounts: Accounts) -> None:
    accounts.repository("team/app", SECONDARY)
    probe = {"repositoryName": "team/app", "imageIds": [{"imageTag": "x"}]}
    iam = accounts.client("iam", SECONDARY)
    robot = accounts.user().client("ecr", config=ONCE)
    assert refused(robot.batch_get_image, **probe).code == "AccessDeniedException"
    iam.create_group(GroupName="builders")
    iam.add_user_to_group(GroupName="builders", UserName="robot")
    iam.attach_group_policy(GroupName="builders", PolicyArn="arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly")
    robot.batch_get_image(**probe)
    assert refused(robot.initiate_layer_upload, repositoryName="team/app").code == "AccessDeniedException"
    iam.attach_user_policy(UserName="robot", PolicyArn="arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser")
    robot.initiate_layer_upload(repositoryName="team/app")
    made = iam.create_policy(PolicyName="deny", PolicyDocument=document({"Effect": "Deny", "Action": "*", "Resource": "*"}))["Policy"]
    iam.attach_user_policy(UserName="robot", PolicyArn=made["Arn"])
    assert refused(robot.batch_get_image, **probe).message.endswith("with an explicit deny in an identity-based policy")
    iam.create_policy_version(PolicyArn=made["Arn"], PolicyDocument=document(allow_identity("s3:*")), SetAsDefault=True)
    robot.batch_get_image(**probe)


def test_the_authorization_token_is_a_matter_of_identity(accounts: Accounts) -> None:
    arn = accounts.role()
    ecr = accounts.as_role(arn, "ecr")
    assert refused(ecr.get_authorization_token) == denied(
        SESSION, "ecr:GetAuthorizationToken", no_identity("ecr:GetAuthorizationToken"), "*"
    )
    accounts.permit("puller", allow_identity("ecr:GetAuthorizationToken", f"arn:aws:ecr:{REGION}:{SECONDARY}:repository/*"))
    assert refused(ecr.get_authorization_token).code == "AccessDeniedException"
    accounts.permit("puller", allow_identity("ecr:GetAuthorizationToken"))
    data = ecr.get_authorization_token()["authorizationData"][0]
    assert data["proxyEndpoint"] == f"https://{SECONDARY}.dkr.ecr.{REGION}.amazonaws.com"


def test_policies_of_a_repository_across_accounts(accounts: Accounts, puller: t.Any) -> None:
    accounts.set_policy(allow(OTHER, ["ecr:SetRepositoryPolicy", "ecr:GetRepositoryPolicy"]))
    read = puller.get_repository_policy(registryId=PRIMARY, repositoryName="team/app")
    assert read["registryId"] == PRIMARY
    keep = document(allow(OTHER, ["ecr:SetRepositoryPolicy", "ecr:PutImage"]))
    puller.set_repository_policy(registryId=PRIMARY, repositoryName="team/app", policyText=keep)
    lose = {"registryId": PRIMARY, "repositoryName": "team/app", "policyText": document(allow(OTHER))}
    assert refused(puller.set_repository_policy, **lose).message.endswith("'Invalid repository policy provided'")
    puller.set_repository_policy(**lose, force=True)
    assert refused(puller.set_repository_policy, **lose).code == "AccessDeniedException"


def test_an_administrator_of_another_account_is_let_in_by_the_policy_only(accounts: Accounts) -> None:
    accounts.repository()
    ecr = accounts.client("ecr", SECONDARY)
    who = f"arn:aws:iam::{SECONDARY}:root"
    assert refused(ecr.batch_get_image, **PROBE) == denied(who, "ecr:BatchGetImage", no_resource("ecr:BatchGetImage"))
    accounts.set_policy(allow(OTHER))
    ecr.batch_get_image(**PROBE)


def test_assuming_a_role_of_the_owner_needs_no_resource_policy(accounts: Accounts) -> None:
    accounts.repository()
    arn = accounts.role("reader", PRIMARY, trust(SECONDARY))
    accounts.permit("reader", allow_identity(PULL), account=PRIMARY)
    accounts.assume(arn, by=SECONDARY).client("ecr").batch_get_image(repositoryName="team/app", imageIds=[{"imageTag": "x"}])


def test_tags_by_arn_across_accounts(accounts: Accounts, puller: t.Any) -> None:
    action = "ecr:ListTagsForResource"
    assert refused(puller.list_tags_for_resource, resourceArn=REPOSITORY) == denied(SESSION, action, no_resource(action))
    accounts.set_policy(allow(OTHER, [action, "ecr:TagResource"]))
    puller.tag_resource(resourceArn=REPOSITORY, tags=[{"Key": "a", "Value": "b"}])
    assert puller.list_tags_for_resource(resourceArn=REPOSITORY)["tags"] == [{"Key": "a", "Value": "b"}]


def test_service_principals(accounts: Accounts) -> None:
    accounts.repository()
    question = {"action": "ecr:BatchGetImage", "account": PRIMARY, "region": REGION, "repository": "team/app"}
    function = f"arn:aws:lambda:{REGION}:{SECONDARY}:function:f"

    def ask(**more: str) -> bool:
        allowed: bool = accounts.lab.decide(service="lambda.amazonaws.com", **question, **more)["allowed"]
        return allowed

    accounts.set_policy(allow(OTHER))
    assert not ask(source_arn=function)
    pattern = f"arn:aws:lambda:{REGION}:{SECONDARY}:function:*"
    accounts.set_policy(allow({"Service": "lambda.amazonaws.com"}, Condition={"StringLike": {"aws:sourceARN": pattern}}, Sid="Lambda"))
    assert ask(source_arn=function)
    assert not ask(source_arn=function.replace(SECONDARY, THIRD))
    assert not ask()
    accounts.set_policy(allow("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}))
    accounts.lab.set_organization("o-a1b2c3d4e5", [SECONDARY])
    assert not ask(source_arn=function)
    assert accounts.lab.decide(principal=SECONDARY, **question) == {
        "allowed": True, "layer": "resource-based policy", "explicit": False, "sid": "", "reason": "",
    }  # fmt: skip
    assert accounts.lab.decide(principal=THIRD, **question)["reason"] == no_resource("ecr:BatchGetImage")


def test_tag_keys_of_untag_resource(accounts: Accounts) -> None:
    arn = accounts.repository(tags=[{"Key": "team", "Value": "a"}, {"Key": "own", "Value": "b"}])
    role = accounts.role("tagger", PRIMARY)
    only_own = {"ForAllValues:StringEquals": {"aws:TagKeys": ["own"]}}
    accounts.permit("tagger", allow_identity("ecr:UntagResource", Condition=only_own), account=PRIMARY)
    tagger = accounts.as_role(role, "ecr")
    tagger.untag_resource(resourceArn=arn, tagKeys=["own"])
    assert refused(tagger.untag_resource, resourceArn=arn, tagKeys=["team"]).code == "AccessDeniedException"


def test_a_question_about_a_session(accounts: Accounts) -> None:
    accounts.repository()
    accounts.role()
    accounts.permit("puller", allow_identity())
    session = f"arn:aws:sts::{SECONDARY}:assumed-role/puller/one"
    accounts.set_policy(allow({"AWS": session}))
    question = {"action": "ecr:BatchGetImage", "account": PRIMARY, "region": "eu-west-1", "repository": "team/app"}
    assert accounts.lab.decide(principal=session, **question)["allowed"] is True
    assert accounts.lab.decide(principal=session.replace("/one", "/two"), **question)["allowed"] is False
