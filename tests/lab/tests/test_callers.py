# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is asking, and who is turned away at the door."""

from __future__ import annotations

import datetime
import json
import urllib.error
import urllib.request
import xml.etree.ElementTree

import botocore.auth
import pytest
from botocore.exceptions import ClientError

from tests.lab import Lab

from .helpers import ONCE, PRIMARY, REGION, SECONDARY, Accounts, allow_identity, document, refused

INVALID = "The security token included in the request is invalid."


def test_the_administrator_of_an_account(accounts: Accounts) -> None:
    who = accounts.client("sts").get_caller_identity()
    assert (who["Account"], who["Arn"], who["UserId"]) == (PRIMARY, f"arn:aws:iam::{PRIMARY}:root", PRIMARY)


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")])
def test_the_region_decides_the_partition(accounts: Accounts, region: str, partition: str) -> None:
    made = accounts.client("ecr", region=region).create_repository(repositoryName="team/app")["repository"]
    assert made["repositoryArn"] == f"arn:{partition}:ecr:{region}:{PRIMARY}:repository/team/app"
    suffix = ".cn" if partition == "aws-cn" else ""
    assert made["repositoryUri"] == f"{PRIMARY}.dkr.ecr.{region}.amazonaws.com{suffix}/team/app"
    assert accounts.client("sts", region=region).get_caller_identity()["Arn"] == f"arn:{partition}:iam::{PRIMARY}:root"


def test_accounts_are_separate(accounts: Accounts) -> None:
    accounts.repository()
    assert accounts.client("ecr", SECONDARY).describe_repositories()["repositories"] == []


def test_users_and_sessions_are_who_they_are(accounts: Accounts) -> None:
    robot = accounts.user()
    assert robot.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{SECONDARY}:user/robot"
    arn = accounts.role(Path="/team/")
    assert arn == f"arn:aws:iam::{SECONDARY}:role/team/puller"
    who = accounts.as_role(arn, "sts", session="build-7").get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{SECONDARY}:assumed-role/puller/build-7"
    role_id = accounts.client("iam", SECONDARY).get_role(RoleName="puller")["Role"]["RoleId"]
    assert who["UserId"] == f"{role_id}:build-7"
    assert role_id.startswith("AROA")


@pytest.mark.parametrize(
    ("service", "call", "code", "status"),
    [
        ("ecr", "describe_repositories", "UnrecognizedClientException", 400),
        ("secretsmanager", "list_secrets", "UnrecognizedClientException", 400),
        ("kms", "list_keys", "UnrecognizedClientException", 400),
        ("iam", "list_roles", "InvalidClientTokenId", 403),
        ("sts", "get_caller_identity", "InvalidClientTokenId", 403),
    ],
)
def test_unknown_keys(lab: Lab, service: str, call: str, code: str, status: int) -> None:
    client = lab.session_of("AKIAIOSFODNN7EXAMPLE", "x").client(service, config=ONCE)
    assert refused(getattr(client, call)) == (code, INVALID, status)


def test_a_session_without_its_token_or_with_another_one(accounts: Accounts) -> None:
    session = accounts.assume(accounts.role())
    keys = session.get_credentials()
    for token in (None, "other"):
        client = accounts.lab.session_of(keys.access_key, keys.secret_key, token).client("sts", config=ONCE)
        assert refused(client.get_caller_identity) == ("InvalidClientTokenId", INVALID, 403)


def test_signatures_of_users_and_sessions_are_checked(accounts: Accounts) -> None:
    robot = accounts.user().get_credentials()
    wrong = accounts.lab.session_of(robot.access_key, "wrong")
    assert refused(wrong.client("sts", config=ONCE).get_caller_identity)[::2] == ("SignatureDoesNotMatch", 403)
    assert refused(wrong.client("ecr", config=ONCE).describe_repositories)[::2] == ("InvalidSignatureException", 400)
    session = accounts.assume(accounts.role()).get_credentials()
    wrong = accounts.lab.session_of(session.access_key, "wrong", session.token)
    assert refused(wrong.client("sts", config=ONCE).get_caller_identity).code == "SignatureDoesNotMatch"


def test_expired_sessions(accounts: Accounts) -> None:
    session = accounts.assume(accounts.role())
    session.client("sts").get_caller_identity()
    assert accounts.lab.control("POST", "/lab/sessions/expire", {"access_key": session.get_credentials().access_key}) == {"expired": 1}
    text = "The security token included in the request is expired"
    assert refused(session.client("ecr", config=ONCE).describe_repositories) == ("ExpiredTokenException", text, 400)
    assert refused(session.client("sts", config=ONCE).get_caller_identity) == ("ExpiredToken", text, 403)


def test_inactive_and_deleted_keys(accounts: Accounts) -> None:
    robot = accounts.user()
    key, iam = robot.get_credentials().access_key, accounts.client("iam", SECONDARY)
    iam.update_access_key(UserName="robot", AccessKeyId=key, Status="Inactive")
    assert refused(robot.client("sts", config=ONCE).get_caller_identity).code == "InvalidClientTokenId"
    iam.update_access_key(UserName="robot", AccessKeyId=key, Status="Active")
    robot.client("sts").get_caller_identity()
    iam.delete_access_key(UserName="robot", AccessKeyId=key)
    assert refused(robot.client("sts", config=ONCE).get_caller_identity).code == "InvalidClientTokenId"


def test_a_session_ends_with_its_role(accounts: Accounts) -> None:
    session = accounts.assume(accounts.role())
    accounts.client("iam", SECONDARY).delete_role(RoleName="puller")
    assert refused(session.client("sts", config=ONCE).get_caller_identity).code == "InvalidClientTokenId"


def test_a_user_key_is_of_one_partition(accounts: Accounts) -> None:
    key = accounts.user().get_credentials()
    elsewhere = accounts.lab.session_of(key.access_key, key.secret_key, None, "cn-north-1")
    assert refused(elsewhere.client("ecr", config=ONCE).describe_repositories).code == "UnrecognizedClientException"


def test_unsigned_requests(lab: Lab) -> None:
    request = urllib.request.Request(
        lab.endpoint + "/",
        data=b"{}",
        headers={"X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories", "Content-Type": "application/x-amz-json-1.1"},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 400
    assert json.loads(caught.value.read())["__type"] == "MissingAuthenticationTokenException"


def test_get_session_token(accounts: Accounts) -> None:
    robot = accounts.user()
    accounts.client("iam", SECONDARY).put_user_policy(UserName="robot", PolicyName="p", PolicyDocument=document(allow_identity("ecr:*")))
    given = robot.client("sts").get_session_token()["Credentials"]
    temporary = accounts.lab.session_of(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert temporary.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{SECONDARY}:user/robot"
    assert temporary.client("ecr").describe_repositories()["repositories"] == []


def test_requests_are_validated_by_the_model(accounts: Accounts) -> None:
    ecr, iam = accounts.client("ecr"), accounts.client("iam")
    assert refused(ecr.create_repository, repositoryName="Team") == (
        "InvalidParameterException",
        "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression "
        "'[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*''",
        400,
    )
    assert (
        refused(ecr.get_repository_policy).message
        == "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must not be null'"
    )
    assert refused(ecr.describe_repositories, maxResults=1001).code == "InvalidParameterException"
    assert refused(ecr.put_image_tag_mutability, repositoryName="team/app", imageTagMutability="MAYBE").code == "InvalidParameterException"
    assert refused(iam.get_role, RoleName="a b") == (
        "ValidationError",
        "1 validation error detected: Value 'a b' at 'roleName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [\\w+=,.@-]+",
        400,
    )
    assert refused(iam.create_role, RoleName="x").message.startswith(
        "1 validation error detected: Value null at 'assumeRolePolicyDocument'"
    )
    secrets = accounts.client("secretsmanager")
    assert refused(secrets.create_secret, Name="x", ClientRequestToken="short", SecretString="y").code == "ValidationException"


def test_operations_that_are_not_there(accounts: Accounts) -> None:
    assert refused(accounts.client("ecr").put_signing_configuration, signingConfiguration={"rules": []})[:2] == (
        "NotImplemented",
        "The lab has no ecr:PutSigningConfiguration",
    )


@pytest.mark.parametrize(
    ("scope", "headers", "body", "status", "words"),
    [
        ("iam", {"X-Amz-Target": "secretsmanager.ListSecrets"}, b"{}", 400, b"InvalidSignatureException"),
        ("ecr", {"X-Amz-Target": "secretsmanager.ListSecrets"}, b"{}", 400, b"correct service: 'secretsmanager'. "),
        ("ecr", {}, b"Action=GetCallerIdentity&Version=2011-06-15", 403, b"correct service: 'sts'. "),
        ("sts", {}, b"Action=ListRoles&Version=2010-05-08", 403, b"SignatureDoesNotMatch"),
    ],
)
def test_a_signature_is_for_one_service(lab: Lab, scope: str, headers: dict[str, str], body: bytes, status: int, words: bytes) -> None:
    signature = f"AWS4-HMAC-SHA256 Credential={PRIMARY}/20260101/{REGION}/{scope}/aws4_request, SignedHeaders=host, Signature=0"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(lab.endpoint + "/", data=body, headers={"Authorization": signature, **headers}))
    assert caught.value.code == status
    assert words in caught.value.read()


def test_a_request_has_one_id(accounts: Accounts) -> None:
    accounts.repository()
    iam, ecr = accounts.client("iam"), accounts.client("ecr")
    seen = [
        iam.list_groups()["ResponseMetadata"],
        ecr.list_tags_for_resource(resourceArn=f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/team/app")["ResponseMetadata"],
        ecr.describe_repositories()["ResponseMetadata"],
    ]
    with pytest.raises(ClientError) as caught:
        iam.get_instance_profile(InstanceProfileName="nope")
    seen.append(caught.value.response["ResponseMetadata"])
    noted = [entry["request_id"] for entry in accounts.lab.journal()][1:]
    assert [metadata["RequestId"] for metadata in seen] == noted
    assert [metadata["HTTPHeaders"]["x-amzn-requestid"] for metadata in seen] == noted


def test_what_a_session_of_a_user_may_not_call(accounts: Accounts) -> None:
    robot, iam = accounts.user(), accounts.client("iam", SECONDARY)
    iam.put_user_policy(UserName="robot", PolicyName="p", PolicyDocument=document(allow_identity("*")))
    given = robot.client("sts").get_session_token()["Credentials"]
    temporary = accounts.lab.session_of(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert refused(temporary.client("iam", config=ONCE).list_roles) == ("InvalidClientTokenId", INVALID, 403)
    assert refused(temporary.client("sts", config=ONCE).get_session_token) == (
        "AccessDenied", "Cannot call GetSessionToken with session credentials", 403,
    )  # fmt: skip
    robot.client("iam", config=ONCE).list_roles()


@pytest.mark.parametrize(("minutes", "words"), [(-16, "Signature expired: "), (16, "Signature not yet current: "), (-14, ""), (14, "")])
def test_clocks_that_are_wrong(accounts: Accounts, monkeypatch: pytest.MonkeyPatch, minutes: int, words: str) -> None:
    ecr = accounts.user().client("ecr", config=ONCE)
    real = botocore.auth.get_current_datetime
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *given: real(*given) + datetime.timedelta(minutes=minutes))
    error = refused(ecr.describe_repositories)
    if words:
        assert error.code == "InvalidSignatureException"
        assert error.message.startswith(words)
        assert error.message.endswith("15 min.)")
    else:
        assert error.code == "AccessDeniedException"


def raw(lab: Lab, authorization: str, body: bytes = b"{}", form: bool = False) -> tuple[int, bytes]:
    """The answer to a request that no SDK would make."""
    headers = {"Authorization": authorization, "Content-Type": "application/x-www-form-urlencoded"}
    if not form:
        target = "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories"
        headers.update({"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target})
    try:
        with urllib.request.urlopen(urllib.request.Request(lab.endpoint + "/", data=body, headers=headers)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.parametrize(
    ("authorization", "words"),
    [
        ("AWS4-HMAC-SHA256 garbage", b"Authorization header requires 'Credential' parameter. Authorization header requires 'Signature'"),
        ("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0", b"slash-delimited elements"),
        (f"AWS4-HMAC-SHA256 Credential={PRIMARY}/20260101/{REGION}/ecr/aws4_request", b"requires 'Signature' parameter"),
    ],
)
def test_half_an_authorization(lab: Lab, authorization: str, words: bytes) -> None:
    status, body = raw(lab, authorization)
    assert (status, json.loads(body)["__type"]) == (400, "IncompleteSignatureException")
    assert words in body
    status, body = raw(lab, authorization, b"Action=ListRoles&Version=2010-05-08", form=True)
    assert status == 400
    assert b"<Code>IncompleteSignature</Code>" in body


def test_query_parameters_that_are_none(lab: Lab) -> None:
    signed = f"AWS4-HMAC-SHA256 Credential={PRIMARY}/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0"
    status, body = raw(lab, signed, b"Action=ListRoles&Version=2010-05-08&MaxItems=many", form=True)
    assert status == 400
    assert b"<Code>MalformedInput</Code>" in body
    status, body = raw(lab, signed, b"Action=GetRole&Version=2010-05-08&RoleName=a%01b", form=True)
    assert status == 400
    assert xml.etree.ElementTree.fromstring(body).findtext(".//Code") == "ValidationError"
