# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RAM and STS: shapes, exact codes, limits, what is malformed."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.lab.alicloud import AlibabaCloud
from tests.lab.alicloud.account import Account
from tests.lab.alicloud.evaluation import decide

from .helpers import OWNS, RUNS, allow, code_of, deny, document, key_of, role_arn, trust

ECI = trust(Service=["eci.aliyuncs.com"])


@pytest.fixture
def account(cloud: AlibabaCloud) -> Account:
    return cloud.account(RUNS)


def make_role(account: Account, name: str = "Role-A", text: str = ECI, **more: t.Any) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", account.call("ram", "CreateRole", RoleName=name, AssumeRolePolicyDocument=text, **more)["Role"])


def make_policy(account: Account, name: str = "puller", text: str | None = None, **more: t.Any) -> None:
    account.call("ram", "CreatePolicy", PolicyName=name, PolicyDocument=text or document(allow()), **more)


def test_roles(account: Account) -> None:
    made = make_role(account, Description="d", MaxSessionDuration=7200, Tag=json.dumps([{"Key": "a", "Value": "b"}]))
    assert made["Arn"] == f"acs:ram::{RUNS}:role/role-a"
    assert (made["RoleName"], made["MaxSessionDuration"]) == ("Role-A", 7200)
    found = account.call("ram", "GetRole", RoleName="ROLE-A")["Role"]
    assert found["AssumeRolePolicyDocument"] == ECI
    assert (found["IsServiceLinkedRole"], found["RolePrincipalName"]) == (False, f"role-a@role.{RUNS}.onaliyunservice.com")
    account.call("ram", "UpdateRole", RoleName="role-a", NewDescription="e", NewMaxSessionDuration=3600)
    changed = account.call("ram", "GetRole", RoleName="role-a")["Role"]
    assert (changed["Description"], changed["MaxSessionDuration"], changed["AssumeRolePolicyDocument"]) == ("e", 3600, ECI)
    make_role(account, "b")
    page = account.call("ram", "ListRoles", MaxItems=1)
    assert (page["IsTruncated"], [role["RoleName"] for role in page["Roles"]["Role"]]) == (True, ["b"])
    page = account.call("ram", "ListRoles", MaxItems=1, Marker=page["Marker"])
    assert (page["IsTruncated"], [role["RoleName"] for role in page["Roles"]["Role"]]) == (False, ["Role-A"])
    account.call("ram", "DeleteRole", RoleName="ROLE-a")
    assert list(account.roles) == ["b"]


@pytest.mark.parametrize(
    ("name", "parameters", "status", "code"),
    [
        ("CreateRole", {"RoleName": "role-A", "AssumeRolePolicyDocument": ECI}, 409, "EntityAlreadyExists.Role"),
        ("CreateRole", {"RoleName": "a_b", "AssumeRolePolicyDocument": ECI}, 400, "InvalidParameter.RoleName.InvalidChars"),
        ("CreateRole", {"RoleName": "a" * 65, "AssumeRolePolicyDocument": ECI}, 400, "InvalidParameter.RoleName.Length"),
        ("CreateRole", {"RoleName": "x"}, 400, "MissingAssumeRolePolicyDocument"),
        ("CreateRole", {"RoleName": "x", "AssumeRolePolicyDocument": " " * 7000}, 400, "InvalidParameter.AssumeRolePolicyDocument.Length"),
        (
            "CreateRole",
            {"RoleName": "x", "AssumeRolePolicyDocument": ECI, "MaxSessionDuration": 60},
            400,
            "InvalidParameter.MaxSessionDuration",
        ),
        (
            "CreateRole",
            {"RoleName": "x", "AssumeRolePolicyDocument": ECI, "Description": "d" * 1025},
            400,
            "InvalidParameter.Description.Length",
        ),
        ("UpdateRole", {"RoleName": "role-a", "NewDescription": ""}, 400, "InvalidParameter.NewDescription.Length"),
        ("UpdateRole", {"RoleName": "role-a", "NewAssumeRolePolicyDocument": "{}"}, 400, "MalformedPolicyDocument"),
        ("UpdateRole", {"RoleName": "none"}, 404, "EntityNotExist.Role"),
        ("GetRole", {"RoleName": "none"}, 404, "EntityNotExist.Role"),
        ("DeleteRole", {"RoleName": "none"}, 404, "EntityNotExist.Role"),
        ("DeleteRole", {"RoleName": "role-a"}, 409, "DeleteConflict.Role.Policy"),
        ("DeleteRole", {"RoleName": "AliyunServiceRoleForECI"}, 403, "NoPermission.ServiceLinkedRole"),
        ("UpdateRole", {"RoleName": "AliyunServiceRoleForECI", "NewDescription": "d"}, 403, "NoPermission.ServiceLinkedRole"),
        ("GetPolicy", {"PolicyType": "Custom", "PolicyName": "none"}, 404, "EntityNotExist.Policy"),
        ("GetPolicy", {"PolicyType": "Other", "PolicyName": "none"}, 400, "InvalidParameter.PolicyType"),
        ("CreatePolicy", {"PolicyName": "PULLER", "PolicyDocument": document(allow())}, 409, "EntityAlreadyExists.Policy"),
        ("CreatePolicy", {"PolicyName": "a.b", "PolicyDocument": document(allow())}, 400, "InvalidParameter.PolicyName.InvalidChars"),
        ("CreatePolicy", {"PolicyName": "big", "PolicyDocument": " " * 6145}, 400, "InvalidParameter.PolicyDocument.Length"),
        ("CreatePolicyVersion", {"PolicyName": "none", "PolicyDocument": document(allow())}, 404, "EntityNotExist.Policy"),
        ("SetDefaultPolicyVersion", {"PolicyName": "puller", "VersionId": "v9"}, 404, "EntityNotExist.Policy.Version"),
        ("DeletePolicyVersion", {"PolicyName": "puller", "VersionId": "v9"}, 404, "EntityNotExist.Policy.Version"),
        ("DeletePolicyVersion", {"PolicyName": "puller", "VersionId": "v1"}, 409, "DeleteConflict.Policy.Version.Default"),
        ("DeletePolicy", {"PolicyName": "puller", "CascadingDelete": "true"}, 409, "DeleteConflict.Policy.Role"),
        ("DeletePolicy", {"PolicyName": "robot-policy"}, 409, "DeleteConflict.Policy.User"),
        ("DeletePolicy", {"PolicyName": "versions"}, 409, "DeleteConflict.Policy.Version"),
        (
            "AttachPolicyToRole",
            {"PolicyType": "Custom", "PolicyName": "Puller", "RoleName": "role-a"},
            409,
            "EntityAlreadyExists.Role.Policy",
        ),
        ("AttachPolicyToRole", {"PolicyType": "Custom", "PolicyName": "none", "RoleName": "role-a"}, 404, "EntityNotExist.Policy"),
        ("AttachPolicyToRole", {"PolicyType": "Custom", "PolicyName": "puller", "RoleName": "none"}, 404, "EntityNotExist.Role"),
        (
            "DetachPolicyFromRole",
            {"PolicyType": "Custom", "PolicyName": "versions", "RoleName": "role-a"},
            404,
            "EntityNotExist.Role.Policy",
        ),
        ("TagResources", {"ResourceType": "role", "ResourceNames": '["none"]', "Tag": "[]"}, 404, "EntityNotExist.Role"),
        ("TagResources", {"ResourceType": "user", "ResourceNames": '["none"]', "Tag": "[]"}, 400, "InvalidParameter.ResourceType"),
    ],
)
def test_refusals(account: Account, name: str, parameters: dict[str, t.Any], status: int, code: str) -> None:
    make_role(account)
    make_policy(account)
    make_policy(account, "versions")
    account.call("ram", "CreatePolicyVersion", PolicyName="versions", PolicyDocument=document(deny("*")))
    account.call("ram", "AttachPolicyToRole", PolicyType="Custom", PolicyName="puller", RoleName="role-a")
    account.user("robot", json.loads(document(allow())))
    account.add_service_role("AliyunServiceRoleForECI", "eci.aliyuncs.com")
    before = repr(account.ram)
    assert code_of(account.call, "ram", name, **parameters) == (status, code)
    assert repr(account.ram) == before


def test_policy_versions(account: Account) -> None:
    make_policy(account, Description="d")
    new = {"PolicyName": "puller", "PolicyDocument": document(deny("*"))}
    for number in range(2, 6):
        made = account.call("ram", "CreatePolicyVersion", **new, SetAsDefault=number == 3)["PolicyVersion"]
        assert (made["VersionId"], made["IsDefaultVersion"]) == (f"v{number}", number == 3)
    assert code_of(account.call, "ram", "CreatePolicyVersion", **new) == (409, "LimitExceeded.Policy.Version")
    account.call("ram", "CreatePolicyVersion", **new, RotateStrategy="DeleteOldestNonDefaultVersionWhenLimitExceeded")
    found = account.call("ram", "ListPolicyVersions", PolicyType="Custom", PolicyName="puller")["PolicyVersions"]["PolicyVersion"]
    assert {version["VersionId"] for version in found} == {"v2", "v3", "v4", "v5", "v6"}
    account.call("ram", "SetDefaultPolicyVersion", PolicyName="puller", VersionId="v2")
    got = account.call("ram", "GetPolicy", PolicyType="Custom", PolicyName="Puller")
    assert (got["DefaultPolicyVersion"]["VersionId"], got["Policy"]["DefaultVersion"], got["Policy"]["AttachmentCount"]) == ("v2", "v2", 0)
    account.call("ram", "UpdatePolicyDescription", PolicyName="puller", NewDescription="e")
    assert account.policies["puller"].description == "e"
    account.call("ram", "DeletePolicy", PolicyName="puller", CascadingDelete=True)
    assert account.policies == {}


def test_attachments_and_limits(account: Account) -> None:
    make_role(account)
    for number in range(6):
        make_policy(account, f"p{number}")
    for number in range(5):
        account.call("ram", "AttachPolicyToRole", PolicyType="Custom", PolicyName=f"P{number}", RoleName="ROLE-A")
    wanted = {"PolicyType": "Custom", "PolicyName": "p5", "RoleName": "role-a"}
    assert code_of(account.call, "ram", "AttachPolicyToRole", **wanted) == (409, "LimitExceeded.Role.Policy")
    system = {"PolicyType": "System", "PolicyName": "AliyunStsAssumeRoleAccess", "RoleName": "role-a"}
    account.call("ram", "AttachPolicyToRole", **system)
    listed = account.call("ram", "ListPoliciesForRole", RoleName="role-a")["Policies"]["Policy"]
    assert [(item["PolicyType"], item["PolicyName"]) for item in listed][-1] == ("System", "AliyunSTSAssumeRoleAccess")
    entities = account.call("ram", "ListEntitiesForPolicy", PolicyType="Custom", PolicyName="p0")
    assert [role["RoleName"] for role in entities["Roles"]["Role"]] == ["Role-A"]
    assert (entities["Users"]["User"], entities["Groups"]["Group"]) == ([], [])
    account.call("ram", "DetachPolicyFromRole", **system)
    assert len(account.roles["role-a"].attached) == 5
    summary = account.call("ram", "GetAccountSummary")["SummaryMap"]
    assert (summary["VersionsPerPolicyQuota"], summary["AttachedPoliciesPerRoleQuota"]) == (5, 5)
    assert (summary["AttachedSystemPoliciesPerRoleQuota"], summary["Roles"]) == (20, 1)


def test_tags(account: Account) -> None:
    make_role(account)
    names = {"ResourceType": "role", "ResourceNames": '["role-a"]'}
    account.call("ram", "TagResources", **names, Tag='[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}]')
    account.call("ram", "UntagResources", **names, TagKey='["a"]')
    found = account.call("ram", "ListTagResources", **names)["TagResources"]["TagResource"]
    assert [(item["TagKey"], item["TagValue"]) for item in found] == [("b", "2")]


@pytest.mark.parametrize(
    "name", ["AliyunSTSAssumeRoleAccess", "AliyunContainerRegistryReadOnlyAccess", "AliyunContainerRegistryFullAccess"]
)
def test_system_policies(account: Account, name: str) -> None:
    found = account.call("ram", "GetPolicy", PolicyType="System", PolicyName=name.lower())
    assert found["Policy"]["PolicyName"] == name
    assert json.loads(found["DefaultPolicyVersion"]["PolicyDocument"])["Version"] == "1"
    assert code_of(account.call, "ram", "DeletePolicy", PolicyName=name) == (404, "EntityNotExist.Policy")


GOOD = {"Effect": "Allow", "Action": "cr:GetInstance", "Resource": "*"}


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[]",
        json.dumps({"Statement": [GOOD]}),
        json.dumps({"Version": 1, "Statement": [GOOD]}),
        json.dumps({"Version": "2012-10-17", "Statement": [GOOD]}),
        json.dumps({"Version": "1", "Statement": GOOD}),
        json.dumps({"Version": "1", "Statement": []}),
        json.dumps({"Version": "1", "Statement": [GOOD], "Id": "x"}),
        document({**GOOD, "Sid": "Mine"}),
        document({**GOOD, "Effect": "ALLOW"}),
        document({**GOOD, "Action": []}),
        document({**GOOD, "Action": "GetInstance"}),
        document({**GOOD, "NotAction": "cr:*"}),
        document({**GOOD, "Resource": "cri-1"}),
        document({**GOOD, "Principal": {"RAM": ["*"]}}),
        document({"Effect": "Allow", "Action": "cr:*"}),
        document({**GOOD, "Condition": {"ArnLike": {"acs:SourceArn": "x"}}}),
        document({**GOOD, "Condition": {"StringEquals": {"SourceIp": "x"}}}),
        document({**GOOD, "Condition": {"IpAddress": {"acs:SourceIp": "x"}}}),
        document({**GOOD, "Condition": {"Bool": {"acs:SecureTransport": ["true", "false"]}}}),
    ],
)
def test_malformed_policies(account: Account, text: str) -> None:
    assert code_of(account.call, "ram", "CreatePolicy", PolicyName="p", PolicyDocument=text) == (400, "MalformedPolicyDocument")


def _trusting(principal: t.Any) -> str:
    return document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (trust(Service=["eci.aliyuncs.com"]), True),
        (trust(Service="eci.aliyuncs.com"), True),
        (trust(RAM=[f"acs:ram::{OWNS}:root", f"acs:ram::{RUNS}:user/admin"]), True),
        (trust(RAM=f"acs:ram::{RUNS}:role/there"), True),
        (trust(RAM=f"acs:ram::{RUNS}:role/THERE"), True),
        (trust(Federated=[f"acs:ram::{RUNS}:oidc-provider/ack"]), True),
        (trust(RAM=f"acs:ram::{RUNS}:role/missing"), False),
        (trust(RAM="acs:ram::999:role/there"), False),
        (trust(RAM=f"acs:ram::{RUNS}:user/missing"), False),
        (trust(Federated=[f"acs:ram::{RUNS}:saml-provider/ack"]), False),
        (trust(RAM="*"), False),
        (trust(RAM=RUNS), False),
        (trust(AWS=f"acs:ram::{OWNS}:root"), False),
        (trust(Service=["eci.amazonaws.com"]), False),
        (_trusting("*"), False),
        (_trusting({}), False),
        (document({"Effect": "Allow", "Action": "ram:GetRole", "Principal": {"RAM": f"acs:ram::{OWNS}:root"}}), False),
        (document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": f"acs:ram::{OWNS}:root"}, "Resource": "*"}), False),
        (document({"Effect": "Allow", "Action": "sts:AssumeRole"}), False),
    ],
)
def test_trust_documents(account: Account, text: str, good: bool) -> None:
    make_role(account, "there")
    assert account.key.id
    account.add_identity_provider("oidc-provider", "ack")
    if good:
        make_role(account, "new", text)
    else:
        assert code_of(make_role, account, "new", text) == (400, "MalformedPolicyDocument")


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow("cr:Get*")], "Allow"),
        ([allow("CR:getinstance")], "Allow"),
        ([allow("cr:GetInstanc?")], "Allow"),
        ([allow("cr:List*")], "ImplicitDeny"),
        ([allow("*"), deny("cr:Get*")], "ExplicitDeny"),
        ([allow("cr:*", "acs:cr:*:*:instance/cri-1")], "Allow"),
        ([allow("cr:*", ["acs:cr:*:*:instance/cri-2", "acs:oss:*:*:*"])], "ImplicitDeny"),
        ([{"Effect": "Allow", "NotAction": "cr:Delete*", "Resource": "*"}], "Allow"),
        ([{"Effect": "Allow", "Action": "cr:*", "NotResource": "*instance/cri-1"}], "ImplicitDeny"),
        ([allow(Condition={"IpAddress": {"acs:SourceIp": ["10.0.0.0/8", "47.0.0.1"]}})], "Allow"),
        ([allow(Condition={"NotIpAddress": {"acs:SourceIp": "10.0.0.0/8"}})], "ImplicitDeny"),
        ([allow(Condition={"StringEquals": {"acs:none": "x"}})], "ImplicitDeny"),
        ([allow(Condition={"StringNotEquals": {"acs:none": "x"}})], "Allow"),
        ([allow(Condition={"StringLike": {"acs:Name": "te?m-*"}, "Bool": {"acs:SecureTransport": "true"}})], "Allow"),
        ([allow(Condition={"StringEqualsIgnoreCase": {"acs:name": "TEAM-1"}})], "Allow"),
        ([allow(Condition={"NumericLessThan": {"acs:Count": "10"}, "DateLessThan": {"acs:CurrentTime": "2030-01-01T00:00:00Z"}})], "Allow"),
        ([allow(Condition={"NumericGreaterThanEquals": {"acs:Count": "10"}})], "ImplicitDeny"),
    ],
)
def test_evaluation(statements: list[dict[str, t.Any]], expected: str) -> None:
    context = {
        "acs:SourceIp": "10.1.2.3",
        "acs:SecureTransport": "true",
        "acs:Name": "team-1",
        "acs:Count": "9",
        "acs:CurrentTime": "2026-01-01T00:00:00Z",
    }
    found = decide([json.loads(document(*statements))], "cr:GetInstance", ["acs:cr:cn-hangzhou:1:instance/cri-1"], context)
    assert found == expected


def assume(account: Account, key: t.Any, arn: str, **more: t.Any) -> dict[str, t.Any]:
    return account.call("sts", "AssumeRole", key=key, RoleArn=arn, RoleSessionName="me", **more)


def test_assume_role_needs_both_sides(cloud: AlibabaCloud, account: Account) -> None:
    owner = cloud.account(OWNS)
    arn = role_arn(OWNS, "target")
    robot = account.user("robot", json.loads(document(allow("sts:AssumeRole", arn))))
    nobody = account.user("nobody")
    make_role(owner, "Target", trust(RAM=f"acs:ram::{RUNS}:user/robot"))
    made = assume(account, robot, arn)
    assert made["AssumedRoleUser"]["Arn"] == f"acs:ram::{OWNS}:role/target/me"
    assert code_of(assume, account, nobody, arn) == (403, "NoPermission")  # neither side
    owner.roles["target"].trust = trust(RAM=f"acs:ram::{RUNS}:root")
    assert code_of(assume, account, nobody, arn) == (403, "NoPermission")  # trusted, not permitted
    assume(account, robot, role_arn(OWNS, "TARGET"))
    owner.roles["target"].trust = trust(RAM=f"acs:ram::{OWNS}:root")
    assert code_of(assume, account, robot, arn) == (403, "NoPermission")  # permitted, not trusted
    assert code_of(assume, account, robot, role_arn(OWNS, "none")) == (404, "EntityNotExist.Role")
    assert code_of(assume, account, robot, f"acs:ram::{OWNS}:user/x") == (400, "InvalidParameter.RoleArn")
    assert code_of(assume, account, account.root_key, arn) == (403, "NoPermission")


def test_assume_role_parameters(account: Account) -> None:
    arn = role_arn(RUNS, "target")
    condition = {"StringEquals": {"sts:ExternalId": "secret-1"}}
    principal = {"RAM": f"acs:ram::{RUNS}:root"}
    text = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, "Condition": condition})
    make_role(account, "target", text, MaxSessionDuration=7200)
    admin = account.key
    assert code_of(assume, account, admin, arn) == (403, "NoPermission")
    assert code_of(assume, account, admin, arn, ExternalId="other") == (403, "NoPermission")
    first = assume(account, admin, arn, ExternalId="secret-1", DurationSeconds=7200)
    for wrong, code in [
        ({"DurationSeconds": 7201}, "InvalidParameter.DurationSeconds"),
        ({"DurationSeconds": 899}, "InvalidParameter.DurationSeconds"),
        ({"Policy": "{}"}, "InvalidParameter.PolicyGrammar"),
        ({"ExternalId": "?"}, "InvalidParameter.ExternalId"),
        ({"RoleSessionName": "a b"}, "InvalidParameter.RoleSessionName"),
    ]:
        given = {"RoleArn": arn, "RoleSessionName": "me", "ExternalId": "secret-1", **wrong}
        assert code_of(account.call, "sts", "AssumeRole", key=admin, **given) == (400, code)
    session = key_of(first["Credentials"])
    account.call("ram", "AttachPolicyToRole", RoleName="target", PolicyType="System", PolicyName="AdministratorAccess")
    account.call("ram", "GetRole", key=session, RoleName="target")
    chained = {"key": session, "RoleArn": arn, "RoleSessionName": "me", "ExternalId": "secret-1"}
    assert code_of(account.call, "sts", "AssumeRole", **chained, DurationSeconds=7200) == (400, "InvalidParameter.DurationSeconds")
    narrow = assume(account, admin, arn, ExternalId="secret-1", Policy=document(allow("ram:ListRoles")))
    account.call("ram", "ListRoles", key=key_of(narrow["Credentials"]))
    assert code_of(account.call, "ram", "GetRole", key=key_of(narrow["Credentials"]), RoleName="target") == (403, "NoPermission")


def test_web_identities(account: Account) -> None:
    provider = account.add_identity_provider("oidc-provider", "ack")
    condition = {"StringEquals": {"oidc:sub": "system:serviceaccount:a:b"}}
    make_role(
        account,
        "web",
        document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Federated": [provider]}, "Condition": condition}),
    )
    given = {"RoleArn": role_arn(RUNS, "web"), "OIDCProviderArn": provider, "RoleSessionName": "me"}
    right, wrong = (account.oidc_token(provider, subject) for subject in ("system:serviceaccount:a:b", "system:serviceaccount:a:c"))
    made = account.call("sts", "AssumeRoleWithOIDC", **given, OIDCToken=right)
    found = account.call("sts", "GetCallerIdentity", key=key_of(made["Credentials"]))
    assert found["Arn"] == f"acs:ram::{RUNS}:assumed-role/web/me"
    assert code_of(account.call, "sts", "AssumeRoleWithOIDC", **given, OIDCToken=wrong) == (403, "NoPermission")
    assert code_of(account.call, "sts", "AssumeRoleWithOIDC", **given, OIDCToken="x") == (400, "AuthenticationFail.OIDCToken.Invalid")


def test_permissions_of_callers(account: Account) -> None:
    make_role(account)
    reader = account.user(
        "reader", json.loads(document(allow("ram:Get*", f"acs:ram:*:{RUNS}:role/role-*"), deny("ram:GetRole", "acs:ram:*:*:role/*secret")))
    )
    account.call("ram", "GetRole", key=reader, RoleName="role-a")
    for name in ("other", "role-secret"):
        assert code_of(account.call, "ram", "GetRole", key=reader, RoleName=name) == (403, "NoPermission")
    assert code_of(account.call, "ram", "DeleteRole", key=reader, RoleName="role-a") == (403, "NoPermission")
    assert code_of(account.call, "cr", "ListInstance", key=reader) == (403, "NoPermission")


def test_identities(account: Account) -> None:
    root = account.call("sts", "GetCallerIdentity")
    assert (root["IdentityType"], root["Arn"], root["AccountId"]) == ("Account", f"acs:ram::{RUNS}:root", RUNS)
    admin = account.call("sts", "GetCallerIdentity", key=account.key)
    assert (admin["IdentityType"], admin["Arn"]) == ("RAMUser", f"acs:ram::{RUNS}:user/admin")


def test_users(account: Account) -> None:
    account.call("ram", "CreateUser", UserName="u")
    attached = {"PolicyType": "System", "PolicyName": "AliyunECIFullAccess", "UserName": "u"}
    account.call("ram", "AttachPolicyToUser", **attached)
    assert code_of(account.call, "ram", "AttachPolicyToUser", **attached) == (409, "EntityAlreadyExists.User.Policy")
    assert len(account.call("ram", "ListPoliciesForUser", UserName="U")["Policies"]["Policy"]) == 1
    assert code_of(account.call, "ram", "DeleteUser", UserName="u") == (409, "DeleteConflict.User.Policy")
    account.call("ram", "DetachPolicyFromUser", **attached)
    account.call("ram", "DeleteUser", UserName="u")
    assert code_of(account.call, "ram", "GetUser", UserName="u") == (404, "EntityNotExist.User")
