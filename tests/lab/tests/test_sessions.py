# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AssumeRole: trust policies and the caller's side, external ids, durations, tags, web identities."""

from __future__ import annotations

import base64
import datetime
import json
import time
import typing as t

import pytest

from tests.lab.handle import LabError

from .helpers import ONCE, PRIMARY, SECONDARY, THIRD, Accounts, allow, allow_identity, document, refused, trust

ROLE = f"arn:aws:iam::{PRIMARY}:role/reader"


def assume(sts: t.Any, arn: str = ROLE, **options: t.Any) -> t.Any:
    return refused(sts.assume_role, RoleArn=arn, RoleSessionName="session", **options)


def denied(who: str, arn: str = ROLE) -> tuple[str, str, int]:
    return "AccessDenied", f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {arn}", 403


def test_across_accounts_both_sides_have_to_allow(accounts: Accounts) -> None:
    accounts.role("reader", PRIMARY, trust(SECONDARY))
    robot = accounts.user().client("sts", config=ONCE)
    who = f"arn:aws:iam::{SECONDARY}:user/robot"
    assert assume(robot) == denied(who)
    iam = accounts.client("iam", SECONDARY)
    iam.put_user_policy(UserName="robot", PolicyName="p", PolicyDocument=document(allow_identity("sts:AssumeRole", ROLE)))
    given = robot.assume_role(RoleArn=ROLE, RoleSessionName="session")
    assert given["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{PRIMARY}:assumed-role/reader/session"
    assert given["Credentials"]["AccessKeyId"].startswith("ASIA")
    accounts.client("iam").update_assume_role_policy(RoleName="reader", PolicyDocument=trust(THIRD))
    assert assume(robot) == denied(who)


def test_in_one_account(accounts: Accounts) -> None:
    arn = accounts.role("reader", PRIMARY, trust(PRIMARY))
    robot = accounts.user("robot", PRIMARY).client("sts", config=ONCE)
    user = f"arn:aws:iam::{PRIMARY}:user/robot"
    assert assume(robot) == denied(user)  # the account's root hands on to identity policies
    accounts.client("iam").update_assume_role_policy(RoleName="reader", PolicyDocument=trust(user))
    robot.assume_role(RoleArn=arn, RoleSessionName="session")  # who is named needs nothing else
    accounts.client("iam").update_assume_role_policy(RoleName="reader", PolicyDocument=trust(SECONDARY))
    accounts.client("iam").put_user_policy(UserName="robot", PolicyName="p", PolicyDocument=document(allow_identity("sts:*")))
    assert assume(robot) == denied(user)  # an identity policy alone never opens a role


def test_a_service_gets_a_session_of_a_role_that_trusts_it(accounts: Accounts) -> None:
    """As ECS does for a task: no principal calls AssumeRole, the trust policy alone decides."""
    service = "ecs-tasks.amazonaws.com"
    arn = accounts.role("reader", PRIMARY, document(allow({"Service": service}, "sts:AssumeRole")))
    caller = accounts.lab.session_as_service(arn, service).client("sts", config=ONCE).get_caller_identity()
    assert caller["Arn"] == f"arn:aws:sts::{PRIMARY}:assumed-role/reader/task"
    assert not [one for one in accounts.lab.journal() if one["operation"] == "AssumeRole"]
    assert assume(accounts.client("sts")) == denied(f"arn:aws:iam::{PRIMARY}:root")  # the role trusts nobody else
    with pytest.raises(LabError, match=f"User: ec2.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: {arn}"):
        accounts.lab.session_as_service(arn, "ec2.amazonaws.com")
    for account, works in ((SECONDARY, False), (PRIMARY, True)):
        condition = {"StringEquals": {"aws:SourceAccount": account}}
        trusts = document(allow({"Service": service}, "sts:AssumeRole", Condition=condition))
        accounts.client("iam").update_assume_role_policy(RoleName="reader", PolicyDocument=trusts)
        if works:
            accounts.lab.session_as_service(arn, service)
        else:
            with pytest.raises(LabError, match="not authorized"):
                accounts.lab.session_as_service(arn, service)


def test_a_role_that_is_not_there(accounts: Accounts) -> None:
    assert assume(accounts.client("sts")) == denied(f"arn:aws:iam::{PRIMARY}:root")
    accounts.role("reader", PRIMARY, trust(PRIMARY), Path="/team/")
    assert assume(accounts.client("sts")).code == "AccessDenied"
    accounts.client("sts").assume_role(RoleArn=ROLE.replace("role/", "role/team/"), RoleSessionName="session")


def test_external_ids(accounts: Accounts) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "right-id"}}
    accounts.role("reader", PRIMARY, document(allow({"AWS": SECONDARY}, "sts:AssumeRole", Condition=condition)))
    sts = accounts.client("sts", SECONDARY)
    assert assume(sts) == denied(f"arn:aws:iam::{SECONDARY}:root")
    assert assume(sts, ExternalId="wrong-id") == denied(f"arn:aws:iam::{SECONDARY}:root")
    sts.assume_role(RoleArn=ROLE, RoleSessionName="session", ExternalId="right-id")
    assert assume(sts, ExternalId="x").code == "ValidationError"


def test_conditions_of_trust(accounts: Accounts) -> None:
    accounts.lab.set_organization("o-a1b2c3d4e5", [SECONDARY])
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "StringLike": {"sts:RoleSessionName": "sess*"}}
    accounts.role("reader", PRIMARY, document(allow({"AWS": "*"}, "sts:AssumeRole", Condition=condition)))
    accounts.client("sts", SECONDARY).assume_role(RoleArn=ROLE, RoleSessionName="session")
    assert assume(accounts.client("sts", THIRD)).code == "AccessDenied"
    other_name = {"RoleArn": ROLE, "RoleSessionName": "other"}
    assert refused(accounts.client("sts", SECONDARY).assume_role, **other_name).code == "AccessDenied"


@pytest.mark.parametrize(
    ("seconds", "code"), [(899, "ValidationError"), (43201, "ValidationError"), (3601, "ValidationError"), (900, None)]
)
def test_durations(accounts: Accounts, seconds: int, code: str | None) -> None:
    accounts.role("reader", PRIMARY, trust(PRIMARY))
    sts = accounts.client("sts")
    if code:
        assert assume(sts, DurationSeconds=seconds).code == code
    else:
        expires = sts.assume_role(RoleArn=ROLE, RoleSessionName="session", DurationSeconds=seconds)["Credentials"]["Expiration"]
        assert abs(expires.timestamp() - time.time() - seconds) < 10


def test_longer_sessions_and_chains(accounts: Accounts) -> None:
    accounts.role("reader", PRIMARY, trust(PRIMARY), MaxSessionDuration=43200)
    accounts.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="session", DurationSeconds=43200)
    first = accounts.role("first", PRIMARY)
    accounts.client("iam").update_assume_role_policy(RoleName="first", PolicyDocument=trust(PRIMARY))
    accounts.permit("first", allow_identity("sts:*"), account=PRIMARY)
    chained = accounts.as_role(first, "sts")
    assert assume(chained, DurationSeconds=3601)[:2] == (
        "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    )  # fmt: skip
    chained.assume_role(RoleArn=ROLE, RoleSessionName="session", DurationSeconds=3600)


def test_session_tags(accounts: Accounts) -> None:
    accounts.role("reader", PRIMARY, trust(PRIMARY))
    tags = [{"Key": "team", "Value": "payments"}]
    refusal = assume(accounts.client("sts"), Tags=tags)
    assert refusal.message.endswith(f"is not authorized to perform: sts:TagSession on resource: {ROLE}")
    both = document(allow({"AWS": PRIMARY}, ["sts:AssumeRole", "sts:TagSession"]))
    accounts.client("iam").update_assume_role_policy(RoleName="reader", PolicyDocument=both)
    accounts.permit("reader", allow_identity(Condition={"StringEquals": {"aws:PrincipalTag/team": "payments"}}), account=PRIMARY)
    assert accounts.as_role(ROLE, "ecr", Tags=tags).describe_repositories()["repositories"] == []
    assert refused(accounts.as_role(ROLE, "ecr").describe_repositories).code == "AccessDeniedException"


def test_session_policies_are_checked(accounts: Accounts) -> None:
    accounts.role("reader", PRIMARY, trust(PRIMARY))
    assert assume(accounts.client("sts"), Policy="{").code == "MalformedPolicyDocument"
    unknown = [{"arn": f"arn:aws:iam::{PRIMARY}:policy/absent"}]
    assert assume(accounts.client("sts"), PolicyArns=unknown).code == "MalformedPolicyDocument"


def token(**claims: t.Any) -> str:
    everything = {"iss": "https://oidc.example.com/id/1", "aud": "sts.amazonaws.com", "exp": time.time() + 600, "sub": "system:x", **claims}
    parts = [json.dumps({"alg": "RS256"}), json.dumps(everything), "signature"]
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


def test_web_identities(accounts: Accounts) -> None:
    iam, sts = accounts.client("iam"), accounts.client("sts")
    provider = iam.create_open_id_connect_provider(
        Url="https://oidc.example.com/id/1", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40]
    )
    condition = {"StringEquals": {"oidc.example.com/id/1:sub": "system:x", "oidc.example.com/id/1:aud": "sts.amazonaws.com"}}
    federated = allow({"Federated": provider["OpenIDConnectProviderArn"]}, "sts:AssumeRoleWithWebIdentity", Condition=condition)
    accounts.role("reader", PRIMARY, document(federated))
    given = sts.assume_role_with_web_identity(RoleArn=ROLE, RoleSessionName="session", WebIdentityToken=token())
    assert given["SubjectFromWebIdentityToken"] == "system:x"
    assert given["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{PRIMARY}:assumed-role/reader/session"
    for claims, code in (
        ({"sub": "system:y"}, "AccessDenied"), ({"iss": "https://other.example.com"}, "InvalidIdentityToken"),
        ({"aud": "other"}, "InvalidIdentityToken"), ({"exp": 1}, "ExpiredTokenException"),
    ):  # fmt: skip
        call = {"RoleArn": ROLE, "RoleSessionName": "session", "WebIdentityToken": token(**claims)}
        assert refused(sts.assume_role_with_web_identity, **call).code == code
    assert assume(sts).code == "AccessDenied"


def test_an_explicit_deny_is_told(accounts: Accounts) -> None:
    accounts.role("reader", PRIMARY, document(allow({"AWS": PRIMARY}, "sts:*"), {**allow({"AWS": PRIMARY}, "sts:*"), "Effect": "Deny"}))
    who = f"arn:aws:iam::{PRIMARY}:root"
    assert assume(accounts.client("sts"))[1] == denied(who)[1] + " with an explicit deny in the role trust policy"
    robot = accounts.user("robot", PRIMARY).client("sts", config=ONCE)
    deny = {**allow_identity("sts:AssumeRole"), "Effect": "Deny"}
    accounts.client("iam").put_user_policy(UserName="robot", PolicyName="p", PolicyDocument=document(deny))
    assert assume(robot)[1].endswith(f"on resource: {ROLE} with an explicit deny in an identity-based policy")


def test_a_role_of_another_partition_is_not_there(accounts: Accounts) -> None:
    china = accounts.client("iam", PRIMARY, "cn-north-1")
    arn = china.create_role(RoleName="reader", AssumeRolePolicyDocument=document(allow("*", "sts:AssumeRole")))["Role"]["Arn"]
    assert refused(accounts.client("sts").assume_role, RoleArn=arn, RoleSessionName="session").code == "AccessDenied"
    accounts.client("sts", PRIMARY, "cn-north-1").assume_role(RoleArn=arn, RoleSessionName="session")


def test_a_source_identity_needs_its_own_permission(accounts: Accounts) -> None:
    accounts.role("reader", PRIMARY, trust(PRIMARY))
    assert assume(accounts.client("sts"), SourceIdentity="somebody")[1].startswith(
        f"User: arn:aws:iam::{PRIMARY}:root is not authorized to perform: sts:SetSourceIdentity on resource: "
    )
    both = document(allow({"AWS": PRIMARY}, ["sts:AssumeRole", "sts:SetSourceIdentity"]))
    accounts.client("iam").update_assume_role_policy(RoleName="reader", PolicyDocument=both)
    given = accounts.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="session", SourceIdentity="somebody")
    assert given["SourceIdentity"] == "somebody"


def test_revoked_sessions(accounts: Accounts) -> None:
    arn = accounts.role("reader", PRIMARY, trust(PRIMARY))
    accounts.permit("reader", allow_identity(), account=PRIMARY)
    old = accounts.as_role(arn, "ecr")
    old.describe_repositories()
    time.sleep(0.01)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    # What the console writes as AWSRevokeOlderSessions.
    revoke = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"DateLessThan": {"aws:TokenIssueTime": now}}}
    accounts.permit("reader", revoke, account=PRIMARY, policy="AWSRevokeOlderSessions")
    assert refused(old.describe_repositories).message.endswith("with an explicit deny in an identity-based policy")
    accounts.as_role(arn, "ecr").describe_repositories()


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_federation_token", {"Name": "somebody"}),
        ("assume_role_with_saml", {"RoleArn": ROLE, "PrincipalArn": ROLE.replace("role", "saml-provider"), "SAMLAssertion": "PHNhbWw+"}),
    ],
)
def test_no_credentials_from_what_is_not_here(accounts: Accounts, operation: str, parameters: dict[str, str]) -> None:
    assert refused(getattr(accounts.client("sts"), operation), **parameters).code == "NotImplemented"
