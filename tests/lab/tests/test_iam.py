# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IAM: documents, quotas, conflicts, lists and pages."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from .helpers import ONCE, PRIMARY, SECONDARY, Accounts, allow, allow_identity, document, refused, trust

PATH = "/crossaccount.registry/"


def malformed(text: str) -> tuple[str, str, int]:
    return "MalformedPolicyDocument", text, 400


SYNTAX = malformed("Syntax errors in policy.")
TWICE = malformed("Statement IDs (SID) in a single policy must be unique.")
GOOD = allow_identity()
IDENTITY_DOCUMENTS = {
    "not JSON": ("{", SYNTAX),
    "no statement": ("{}", SYNTAX),
    "unknown element": (document({**GOOD, "Owner": "x"}), SYNTAX),
    "unknown version": (json.dumps({"Version": "2020-01-01", "Statement": GOOD}), SYNTAX),
    "principal": (document({**GOOD, "Principal": "*"}), malformed("Policy document must not specify a principal.")),
    "same Sid twice": (document({**GOOD, "Sid": "a"}, {**GOOD, "Sid": "a"}), TWICE),
    "Sid with a dash": (
        document({**GOOD, "Sid": "a-b"}),
        malformed("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"),
    ),
    "no action": (document({"Effect": "Allow", "Resource": "*"}), malformed("Policy statement must contain actions.")),
    "no resource": (document({"Effect": "Allow", "Action": "ecr:*"}), malformed("Policy statement must contain resources.")),
    "action without vendor": (
        document(allow_identity("BatchGetImage")),
        malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    ),
    "resource": (document(allow_identity(resource="app")), malformed('Resource app must be in ARN format or "*".')),
}  # fmt: skip


@pytest.mark.parametrize(("text", "refusal"), IDENTITY_DOCUMENTS.values(), ids=IDENTITY_DOCUMENTS.keys())
def test_identity_documents(accounts: Accounts, text: str, refusal: tuple[str, str, int]) -> None:
    accounts.role()
    iam = accounts.client("iam", SECONDARY)
    iam.create_user(UserName="robot")
    made = iam.create_policy(PolicyName="good", PolicyDocument=document(GOOD))["Policy"]["Arn"]
    assert refused(iam.create_policy, PolicyName="p", PolicyDocument=text) == refusal
    assert refused(iam.create_policy_version, PolicyArn=made, PolicyDocument=text) == refusal
    assert refused(iam.put_role_policy, RoleName="puller", PolicyName="p", PolicyDocument=text) == refusal
    assert refused(iam.put_user_policy, UserName="robot", PolicyName="p", PolicyDocument=text) == refusal


def test_identity_documents_are_kept_as_they_are(accounts: Accounts) -> None:
    iam = accounts.client("iam")
    text = '{ "Statement": {"Effect":"Allow",\n"Action":["ecr:*"],"Resource":["*"]}, "Version":"2012-10-17" }'
    arn = iam.create_policy(PolicyName="p", PolicyDocument=text)["Policy"]["Arn"]
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == json.loads(text)


def sized(length: int) -> str:
    statement = {"Effect": "Allow", "Action": "ecr:*", "Resource": "*", "Sid": ""}
    statement["Sid"] = "a" * (length - len(json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))))
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=4)


def test_sizes_do_not_count_white_space(accounts: Accounts) -> None:
    iam = accounts.client("iam", SECONDARY)
    assert len(sized(6144)) > 6144
    arn = iam.create_policy(PolicyName="p", PolicyDocument=sized(6144))["Policy"]["Arn"]
    over = ("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", 409)
    assert refused(iam.create_policy, PolicyName="q", PolicyDocument=sized(6145)) == over
    assert refused(iam.create_policy_version, PolicyArn=arn, PolicyDocument=sized(6145)) == over
    accounts.role()
    iam.put_role_policy(RoleName="puller", PolicyName="a", PolicyDocument=sized(6000))
    assert refused(iam.put_role_policy, RoleName="puller", PolicyName="b", PolicyDocument=sized(4241)) == (
        "LimitExceeded",
        "Maximum policy size of 10240 bytes exceeded for role puller",
        409,
    )
    iam.put_role_policy(RoleName="puller", PolicyName="b", PolicyDocument=sized(4240))
    iam.put_role_policy(RoleName="puller", PolicyName="a", PolicyDocument=sized(6000))


def test_trust_policy_size(accounts: Accounts) -> None:
    def text(length: int) -> str:
        statement = {**allow({"AWS": SECONDARY}, "sts:AssumeRole"), "Sid": ""}
        statement["Sid"] = "a" * (length - len(document(statement).replace(" ", "")))
        return document(statement)

    accounts.role(trusts=text(2048))
    assert refused(accounts.role, name="other", trusts=text(2049)) == ("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", 409)


TRUSTED = allow({"AWS": SECONDARY}, "sts:AssumeRole")
ABSENT = f"arn:aws:iam::{SECONDARY}:role/absent"
TRUST_DOCUMENTS = {
    "not JSON": ("{", SYNTAX),
    "resource": (document({**TRUSTED, "Resource": "*"}), malformed("Has prohibited field Resource")),
    "other actions": (document({**TRUSTED, "Action": "ecr:*"}), malformed("AssumeRole policy may only specify STS AssumeRole actions.")),
    "unknown role": (document({**TRUSTED, "Principal": {"AWS": [SECONDARY, ABSENT]}}), malformed(
        f'Invalid principal in policy: "AWS":"{ABSENT}"')),
    "bad account": (document(allow({"AWS": "4444"}, "sts:AssumeRole")), malformed('Invalid principal in policy: "AWS":"4444"')),
    "unique id": (document(allow({"AWS": "AROAABCDEFGHIJKLMNOPQ"}, "sts:AssumeRole")), malformed(
        'Invalid principal in policy: "AWS":"AROAABCDEFGHIJKLMNOPQ"')),
    "nobody": (document(allow({"AWS": []}, "sts:AssumeRole")), malformed("Missing required field Principal")),
    "bad service": (document(allow({"Service": "ec2"}, "sts:AssumeRole")), malformed('Invalid principal in policy: "SERVICE":"ec2"')),
    "no principal": (document({"Effect": "Allow", "Action": "sts:AssumeRole"}), malformed("Missing required field Principal")),
    "same Sid twice": (document({**TRUSTED, "Sid": "a"}, {**TRUSTED, "Sid": "a"}), malformed(
        "Statement IDs (SID) in a single policy must be unique.")),
}  # fmt: skip


@pytest.mark.parametrize(("text", "refusal"), TRUST_DOCUMENTS.values(), ids=TRUST_DOCUMENTS.keys())
def test_trust_documents(accounts: Accounts, text: str, refusal: tuple[str, str, int]) -> None:
    assert refused(accounts.role, trusts=text) == refusal
    assert refused(accounts.client("iam", SECONDARY).get_role, RoleName="puller").code == "NoSuchEntity"
    accounts.role()
    assert refused(accounts.client("iam", SECONDARY).update_assume_role_policy, RoleName="puller", PolicyDocument=text) == refusal


def test_trust_policies_are_bound_and_respelled(accounts: Accounts) -> None:
    iam = accounts.client("iam", SECONDARY)
    other = accounts.role("other")
    other_id = iam.get_role(RoleName="other")["Role"]["RoleId"]
    accounts.role(trusts=document(allow({"AWS": [PRIMARY]}, ["sts:AssumeRole"]), allow({"AWS": [other]}, "sts:AssumeRole")))

    def principals() -> list[t.Any]:
        read = iam.get_role(RoleName="puller")["Role"]["AssumeRolePolicyDocument"]
        listed = next(role for role in iam.list_roles()["Roles"] if role["RoleName"] == "puller")["AssumeRolePolicyDocument"]
        assert read == listed
        assert read["Statement"][0]["Action"] == "sts:AssumeRole"
        return [statement["Principal"]["AWS"] for statement in read["Statement"]]

    assert principals() == [f"arn:aws:iam::{PRIMARY}:root", other]
    iam.delete_role(RoleName="other")
    assert principals() == [f"arn:aws:iam::{PRIMARY}:root", other_id]
    accounts.role("other")
    assert principals() == [f"arn:aws:iam::{PRIMARY}:root", other_id]
    assert refused(accounts.as_role, arn=other.replace("other", "puller"), service="sts", by=SECONDARY).code == "AccessDenied"


def test_what_is_not_there(accounts: Accounts) -> None:
    iam = accounts.client("iam")
    role = ("NoSuchEntity", "The role with name absent cannot be found.", 404)
    assert refused(iam.get_role, RoleName="absent") == role
    assert refused(iam.attach_role_policy, RoleName="absent", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess") == role
    assert refused(iam.get_user, UserName="absent") == ("NoSuchEntity", "The user with name absent cannot be found.", 404)
    arn = f"arn:aws:iam::{PRIMARY}:policy/absent"
    assert refused(iam.get_policy, PolicyArn=arn) == ("NoSuchEntity", f"Policy {arn} was not found.", 404)
    accounts.role("r", PRIMARY)
    missing = ("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
    assert refused(iam.attach_role_policy, RoleName="r", PolicyArn=arn) == missing
    assert refused(iam.detach_role_policy, RoleName="r", PolicyArn=arn).code == "NoSuchEntity"
    assert refused(iam.get_role_policy, RoleName="r", PolicyName="p") == (
        "NoSuchEntity",
        "The role policy with name p cannot be found.",
        404,
    )
    assert refused(accounts.role, name="R", account=PRIMARY) == ("EntityAlreadyExists", "Role with name R already exists.", 409)
    assert refused(accounts.role, name="x", PermissionsBoundary=arn).code == "NoSuchEntity"


def test_versions_attachments_and_conflicts(accounts: Accounts) -> None:
    iam = accounts.client("iam", SECONDARY)
    accounts.role()
    arn = iam.create_policy(PolicyName="p", Path=PATH, PolicyDocument=document(GOOD))["Policy"]["Arn"]
    assert refused(iam.create_policy, PolicyName="p", Path=PATH, PolicyDocument=document(GOOD)).code == "EntityAlreadyExists"
    for _unused in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(GOOD), SetAsDefault=True)
    assert refused(iam.create_policy_version, PolicyArn=arn, PolicyDocument=document(GOOD)) == (
        "LimitExceeded",
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
        409,
    )
    listed = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in listed] == [("v5", True), *((f"v{n}", False) for n in (4, 3, 2, 1))]
    assert refused(iam.delete_policy_version, PolicyArn=arn, VersionId="v5").code == "DeleteConflict"
    assert refused(iam.delete_policy_version, PolicyArn=arn, VersionId="v9").code == "NoSuchEntity"
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    assert iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(GOOD))["PolicyVersion"]["VersionId"] == "v6"
    iam.attach_role_policy(RoleName="puller", PolicyArn=arn)
    iam.attach_role_policy(RoleName="puller", PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    assert refused(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
    assert refused(iam.delete_role, RoleName="puller") == ("DeleteConflict", "Cannot delete entity, must detach all policies first.", 409)
    iam.detach_role_policy(RoleName="puller", PolicyArn=arn)
    assert refused(iam.delete_policy, PolicyArn=arn).message.startswith("This policy has more than one version.")
    for version in ("v2", "v3", "v4", "v6"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    iam.delete_policy(PolicyArn=arn)
    accounts.permit("puller", GOOD)
    assert refused(iam.delete_role, RoleName="puller").message == "Cannot delete entity, must delete policies first."
    accounts.user()
    assert refused(iam.delete_user, UserName="robot").message == "Cannot delete entity, must delete access keys first."
    managed = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"
    assert refused(iam.delete_policy, PolicyArn=managed)[::2] == ("AccessDenied", 403)


def test_ten_policies_for_a_role(accounts: Accounts) -> None:
    iam = accounts.client("iam", SECONDARY)
    accounts.role()
    for number in range(11):
        arn = iam.create_policy(PolicyName=f"p{number}", PolicyDocument=document(GOOD))["Policy"]["Arn"]
        if number < 10:
            iam.attach_role_policy(RoleName="puller", PolicyArn=arn)
    assert refused(iam.attach_role_policy, RoleName="puller", PolicyArn=arn) == (
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPerRole: 10",
        409,
    )


def test_lists_and_pages(accounts: Accounts) -> None:
    iam = accounts.client("iam", SECONDARY)
    arns = [iam.create_policy(PolicyName=f"p{n}", Path=PATH, PolicyDocument=document(GOOD))["Policy"]["Arn"] for n in range(5)]
    iam.create_policy(PolicyName="foreign", PolicyDocument=document(GOOD))
    for number in range(5):
        accounts.role(f"r{number}", Path="/team/")
        iam.attach_role_policy(RoleName=f"r{number}", PolicyArn=arns[0])
        iam.attach_role_policy(RoleName="r0", PolicyArn=arns[number])
    accounts.role("elsewhere")
    iam.create_user(UserName="robot")
    iam.attach_user_policy(UserName="robot", PolicyArn=arns[0])

    def pages(operation: str, key: str, size: int = 2, **parameters: t.Any) -> list[list[t.Any]]:
        answers = iam.get_paginator(operation).paginate(PaginationConfig={"PageSize": size}, **parameters)
        return [page[key] for page in answers]

    local = pages("list_policies", "Policies", Scope="Local", PathPrefix=PATH)
    assert [[one["Arn"] for one in page] for page in local] == [arns[:2], arns[2:4], arns[4:]]
    assert [len(page) for page in pages("list_policies", "Policies", Scope="Local")] == [2, 2, 2]
    attached = pages("list_policies", "Policies", 100, Scope="Local", OnlyAttached=True)
    assert [one["AttachmentCount"] for one in attached[0]] == [6, 1, 1, 1, 1]
    assert [[one["RoleName"] for one in page] for page in pages("list_roles", "Roles", PathPrefix="/team/")] == [
        ["r0", "r1"],
        ["r2", "r3"],
        ["r4"],
    ]
    assert [len(page) for page in pages("list_attached_role_policies", "AttachedPolicies", RoleName="r0")] == [2, 2, 1]
    answers = list(iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arns[0], PaginationConfig={"PageSize": 4}))
    assert [user["UserName"] for page in answers for user in page["PolicyUsers"]] == ["robot"]
    assert [role["RoleName"] for page in answers for role in page["PolicyRoles"]] == [f"r{number}" for number in range(5)]
    assert [page["IsTruncated"] for page in answers] == [True, False]
    roles_only = iam.list_entities_for_policy(PolicyArn=arns[0], EntityFilter="Role", PathPrefix="/team/")
    assert (len(roles_only["PolicyRoles"]), roles_only["PolicyUsers"]) == (5, [])
    assert [len(page) for page in pages("list_policy_versions", "Versions", PolicyArn=arns[0])] == [1]
    assert refused(iam.list_policies, Marker="nonsense").code == "ValidationError"
    names = {one["PolicyName"] for page in pages("list_policies", "Policies", 1000, Scope="AWS") for one in page}
    assert {"AmazonEC2ContainerRegistryPullOnly", "AmazonEC2ContainerRegistryReadOnly", "AdministratorAccess"} <= names


def test_iam_is_enforced_too(accounts: Accounts) -> None:
    accounts.role()
    robot = accounts.user().client("iam")
    who = f"User: arn:aws:iam::{SECONDARY}:user/robot is not authorized to perform:"
    assert refused(robot.get_role, RoleName="puller") == (
        "AccessDenied", f"{who} iam:GetRole on resource: role puller because no identity-based policy allows the iam:GetRole action", 403,
    )  # fmt: skip
    only = allow_identity(["iam:GetRole", "iam:PutRolePolicy"], f"arn:aws:iam::{SECONDARY}:role/puller")
    accounts.client("iam", SECONDARY).put_user_policy(UserName="robot", PolicyName="p", PolicyDocument=document(only))
    robot.get_role(RoleName="puller")
    robot.put_role_policy(RoleName="puller", PolicyName="p", PolicyDocument=document(GOOD))
    assert refused(robot.get_role, RoleName="absent").code == "AccessDenied"
    assert refused(robot.list_roles).message.startswith(f"{who} iam:ListRoles on resource: arn:aws:iam::{SECONDARY}:role/ because")


def test_the_old_version_of_trust_is_there(accounts: Accounts) -> None:
    accounts.role(trusts=json.dumps({"Statement": [TRUSTED]}))
    read = accounts.client("iam", SECONDARY).get_role(RoleName="puller")["Role"]["AssumeRolePolicyDocument"]
    assert read["Version"] == "2008-10-17"
    assert trust(SECONDARY) != read


@pytest.mark.parametrize(
    "condition",
    [
        {"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}},
        {"DateLessThan": {"aws:CurrentTime": 4102444800}},
        {"Bool": {"aws:SecureTransport": True}},
        {"stringequals": {"aws:PrincipalAccount": SECONDARY}},
        {"StringEquals": {"aws:PrincipalTag/cost center": "4711"}},
    ],
)
def test_conditions_that_iam_takes(accounts: Accounts, condition: dict[str, t.Any]) -> None:
    accounts.role()
    accounts.permit("puller", allow_identity(Condition=condition))


def test_a_date_that_is_none(accounts: Accounts) -> None:
    accounts.role()
    condition = {"DateLessThan": {"aws:CurrentTime": "2026-13-01T00:00:00Z"}}
    text = document(allow_identity(Condition=condition))
    put = accounts.client("iam", SECONDARY).put_role_policy
    assert refused(put, RoleName="puller", PolicyName="p", PolicyDocument=text)[:2] == malformed("The policy failed legacy parsing")[:2]


def test_names_are_unique_whatever_their_case(accounts: Accounts) -> None:
    iam, text = accounts.client("iam"), document(allow_identity())
    accounts.role("Team", PRIMARY)
    iam.create_user(UserName="Team")
    iam.create_group(GroupName="Team")
    iam.create_policy(PolicyName="Team", Path="/a/", PolicyDocument=text)
    assert refused(iam.create_role, RoleName="team", AssumeRolePolicyDocument=trust(PRIMARY)) == (
        "EntityAlreadyExists", "Role with name team already exists.", 409,
    )  # fmt: skip
    assert refused(iam.create_user, UserName="team") == ("EntityAlreadyExists", "User with name team already exists.", 409)
    assert refused(iam.create_group, GroupName="team") == ("EntityAlreadyExists", "Group with name team already exists.", 409)
    assert refused(iam.create_policy, PolicyName="team", Path="/b/", PolicyDocument=text) == (
        "EntityAlreadyExists", "A policy called team already exists. Duplicate names are not allowed.", 409,
    )  # fmt: skip
    assert refused(iam.get_role, RoleName="team")[:2] == ("NoSuchEntity", "The role with name team cannot be found.")
    iam.create_policy(PolicyName="AdministratorAccess", PolicyDocument=text)  # AWS's own are of another account


def test_groups(accounts: Accounts) -> None:
    iam, text = accounts.client("iam"), document(allow_identity())
    iam.create_user(UserName="robot")
    assert refused(iam.add_user_to_group, GroupName="team", UserName="robot") == (
        "NoSuchEntity", "The group with name team cannot be found.", 404,
    )  # fmt: skip
    iam.create_group(GroupName="team")
    policies = [iam.create_policy(PolicyName=f"p{number}", PolicyDocument=text)["Policy"]["Arn"] for number in range(11)]
    for arn in policies[:10]:
        iam.attach_group_policy(GroupName="team", PolicyArn=arn)
    assert refused(iam.attach_group_policy, GroupName="team", PolicyArn=policies[10]) == (
        "LimitExceeded", "Cannot exceed quota for PoliciesPerGroup: 10", 409,
    )  # fmt: skip
    assert refused(iam.detach_group_policy, GroupName="team", PolicyArn=policies[10]).code == "NoSuchEntity"
    assert refused(iam.attach_group_policy, GroupName="team", PolicyArn=policies[0] + "x")[:2] == (
        "NoSuchEntity", f"Policy {policies[0]}x does not exist or is not attachable.",
    )  # fmt: skip
    assert refused(iam.get_group_policy, GroupName="team", PolicyName="p")[:2] == (
        "NoSuchEntity", "The group policy with name p cannot be found.",
    )  # fmt: skip
    iam.put_group_policy(GroupName="team", PolicyName="p", PolicyDocument=text)
    iam.add_user_to_group(GroupName="team", UserName="robot")

    def conflict() -> tuple[str, str]:
        return refused(iam.delete_group, GroupName="team")[:2]

    assert conflict() == ("DeleteConflict", "Cannot delete entity, must remove users from group first.")
    iam.remove_user_from_group(GroupName="team", UserName="robot")
    assert conflict() == ("DeleteConflict", "Cannot delete entity, must detach all policies first.")
    for arn in policies[:10]:
        iam.detach_group_policy(GroupName="team", PolicyArn=arn)
    assert conflict() == ("DeleteConflict", "Cannot delete entity, must delete policies first.")
    iam.delete_group_policy(GroupName="team", PolicyName="p")
    iam.delete_group(GroupName="team")
    for number in range(11):
        iam.create_group(GroupName=f"group{number}")
    for number in range(10):
        iam.add_user_to_group(GroupName=f"group{number}", UserName="robot")
    assert refused(iam.add_user_to_group, GroupName="group10", UserName="robot")[:2] == (
        "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10",
    )  # fmt: skip


def test_unique_ids_say_what_they_are_of(accounts: Accounts) -> None:
    iam = accounts.client("iam")
    found = [
        iam.create_user(UserName="a")["User"]["UserId"],
        iam.create_group(GroupName="a")["Group"]["GroupId"],
        iam.create_policy(PolicyName="a", PolicyDocument=document(allow_identity()))["Policy"]["PolicyId"],
        iam.create_instance_profile(InstanceProfileName="a")["InstanceProfile"]["InstanceProfileId"],
    ]
    assert [unique_id[:4] for unique_id in found] == ["AIDA", "AGPA", "ANPA", "AIPA"]
    assert all(re.fullmatch("[A-Z0-9]{21}", unique_id) for unique_id in found)


def test_a_renamed_user_keeps_its_key(accounts: Accounts) -> None:
    robot = accounts.user()
    accounts.client("iam", SECONDARY).update_user(UserName="robot", NewUserName="other")
    assert robot.client("sts", config=ONCE).get_caller_identity()["Arn"] == f"arn:aws:iam::{SECONDARY}:user/other"


@pytest.mark.parametrize(
    ("principal", "known"),
    [
        ("lambda.amazonaws.com", True),
        ("pullthroughcache.ecr.amazonaws.com", True),
        ("ecs-tasks.amazonaws.com", True),
        ("logs.eu-west-1.amazonaws.com", True),
        ("ec2.amazonaws.com.cn", True),
        ("lamda.amazonaws.com", False),
        ("lambda.amazon.com", False),
        ("lambda", False),
        ("amazonaws.com", False),
        ("*.amazonaws.com", False),
    ],
)
def test_service_principals(accounts: Accounts, principal: str, known: bool) -> None:
    text = document(allow({"Service": principal}, "sts:AssumeRole"))
    if known:
        accounts.role("reader", PRIMARY, text)
    else:
        error = refused(accounts.client("iam").create_role, RoleName="reader", AssumeRolePolicyDocument=text)
        assert error == ("MalformedPolicyDocument", f'Invalid principal in policy: "SERVICE":"{principal}"', 400)
