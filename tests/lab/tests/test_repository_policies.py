# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repository policies: what is refused, in which words, and how documents read back."""

from __future__ import annotations

import json
import typing as t

import pytest

from .helpers import PRIMARY, SECONDARY, THIRD, Accounts, allow, allow_identity, document, refused, trust

MALFORMED = (
    "InvalidParameterException",
    "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
    400,
)
NOBODY = ("InvalidParameterException", "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'", 400)
OTHER = {"AWS": f"arn:aws:iam::{SECONDARY}:root"}
GOOD = allow(OTHER)


def put(accounts: Accounts, text: str, **options: t.Any) -> t.Any:
    return refused(accounts.client("ecr").set_repository_policy, repositoryName="team/app", policyText=text, **options)


MALFORMED_TEXTS = {
    "not JSON": "{",
    "a list": "[]",
    "no statement": document(),
    "no Statement": '{"Version": "2012-10-17"}',
    "unknown element of the document": json.dumps({"Version": "2012-10-17", "Statement": [GOOD], "Owner": "x"}),
    "unknown element of a statement": document({**GOOD, "Actions": "x"}),
    "version": json.dumps({"Version": "2020-01-01", "Statement": [GOOD]}),
    "effect": document({**GOOD, "Effect": "allow"}),
    "no effect": document({"Principal": OTHER, "Action": "ecr:BatchGetImage"}),
    "no principal": document({"Effect": "Allow", "Action": "ecr:BatchGetImage"}),
    "no action": document({"Effect": "Allow", "Principal": OTHER}),
    "empty action": document(allow(OTHER, [])),
    "unknown action": document(allow(OTHER, "ecr:BatchFetchImage")),
    "pattern that matches no action": document(allow(OTHER, "ecr:Fetch*")),
    "action of another service": document(allow(OTHER, "s3:GetObject")),
    "action without service": document(allow(OTHER, "BatchGetImage")),
    "GetAuthorizationToken": document(allow(OTHER, ["ecr:BatchGetImage", "ecr:GetAuthorizationToken"])),
    "account with a star for root": document(allow({"AWS": f"arn:aws:iam::{SECONDARY}:*"})),
    "short account id": document(allow({"AWS": "44445555666"})),
    "account id as a number": document(allow({"AWS": 444455556666})),
    "roles by pattern": document(allow({"AWS": f"arn:aws:iam::{SECONDARY}:role/*"})),
    "another partition": document(allow({"AWS": f"arn:aws-cn:iam::{SECONDARY}:root"})),
    "text as principal": document(allow("444455556666")),
    "federated principal": document(allow({"Federated": "accounts.google.com"})),
    "no principals": document(allow({"AWS": []})),
    "GetAuthorizationToken by a pattern of its own": document(allow(OTHER, "ecr:GetAuthorization*")),
    "NaN": document({**GOOD, "Condition": {"NumericEquals": {"aws:MultiFactorAuthAge": float("nan")}}}),
    "no such service": document(allow({"Service": "lamda.amazonaws.com"})),
    "operator that asks for existence if it exists": document({**GOOD, "Condition": {"NullIfExists": {"aws:PrincipalOrgID": "true"}}}),
    "not a service": document(allow({"Service": "lambda"})),
    "duplicate Sid": document({**GOOD, "Sid": "a"}, {**GOOD, "Sid": "a"}),
    "Sid is no text": document({**GOOD, "Sid": 1}),
    "key twice": '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"}]}',
    "condition operator": document({**GOOD, "Condition": {"StringEqual": {"aws:PrincipalOrgID": "o-a"}}}),
    "condition key": document({**GOOD, "Condition": {"StringEquals": {"PrincipalOrgID": "o-a"}}}),
    "condition is no block": document({**GOOD, "Condition": {"StringEquals": "o-a"}}),
    "resource": document({**GOOD, "Resource": "team/app"}),
    "NotPrincipal with Allow": document({"Effect": "Allow", "NotPrincipal": OTHER, "Action": "ecr:BatchGetImage"}),
    "Action and NotAction": document({**GOOD, "NotAction": "ecr:PutImage"}),
}


@pytest.mark.parametrize("text", MALFORMED_TEXTS.values(), ids=MALFORMED_TEXTS.keys())
def test_malformed(accounts: Accounts, text: str) -> None:
    accounts.repository()
    assert put(accounts, text, force=True) == MALFORMED
    assert refused(accounts.policy).code == "RepositoryPolicyNotFoundException"


@pytest.mark.parametrize(
    "principal",
    [
        f"arn:aws:iam::{SECONDARY}:role/absent",
        f"arn:aws:iam::{SECONDARY}:user/absent",
        f"arn:aws:iam::{SECONDARY}:role/puller",
        f"arn:aws:sts::{SECONDARY}:assumed-role/absent/s1",
        "AROAABCDEFGHIJKLMNOPQ",
    ],
)
def test_principals_that_are_not_there(accounts: Accounts, principal: str) -> None:
    accounts.repository()
    accounts.role(Path="/team/")  # a role needs its path in the ARN
    assert put(accounts, document(allow({"AWS": [SECONDARY, principal]}))) == NOBODY


def test_accounts_that_are_not_there(accounts: Accounts) -> None:
    accounts.repository()
    accounts.lab.control("PUT", "/lab/accounts/missing", {"accounts": [THIRD]})
    assert put(accounts, document(allow({"AWS": THIRD}))) == NOBODY
    accounts.set_policy(GOOD)


def test_size(accounts: Accounts) -> None:
    accounts.repository()
    text = document({**GOOD, "Sid": "a"})
    fits, over = text + " " * (10240 - len(text)), text + " " * (10241 - len(text))
    accounts.client("ecr").set_repository_policy(repositoryName="team/app", policyText=fits)
    assert put(accounts, over) == (
        "InvalidParameterException",
        "Invalid parameter at 'policyText' failed to satisfy constraint: 'Member must have length less than or equal to 10240'",
        400,
    )


def test_not_found(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    for call in (ecr.get_repository_policy, ecr.delete_repository_policy):
        assert refused(call, repositoryName="absent") == (
            "RepositoryNotFoundException",
            f"The repository with name 'absent' does not exist in the registry with id '{PRIMARY}'",
            400,
        )
    accounts.repository()
    for call in (ecr.get_repository_policy, ecr.delete_repository_policy):
        assert refused(call, repositoryName="team/app") == (
            "RepositoryPolicyNotFoundException",
            f"Repository policy does not exist for the repository with name 'team/app' in the registry with id '{PRIMARY}'",
            400,
        )


def test_a_document_reads_back_in_the_spelling_of_ecr(accounts: Accounts) -> None:
    accounts.repository()
    sent = {
        "Statement": {
            "Action": ["ecr:BatchGetImage"],
            "Principal": {"AWS": [SECONDARY]},
            "Effect": "Allow",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}},
            "Sid": "Pull",
        },
        "Version": "2012-10-17",
    }
    answer = accounts.client("ecr").set_repository_policy(repositoryName="team/app", policyText=json.dumps(sent))
    expected = """{
  "Version" : "2012-10-17",
  "Statement" : [ {
    "Sid" : "Pull",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::444455556666:root"
    },
    "Action" : "ecr:BatchGetImage",
    "Condition" : {
      "StringEquals" : {
        "aws:PrincipalOrgID" : "o-a1b2c3d4e5"
      }
    }
  } ]
}"""
    assert answer["policyText"] == expected
    read = accounts.client("ecr").get_repository_policy(repositoryName="team/app")
    assert (read["policyText"], read["registryId"], read["repositoryName"]) == (expected, PRIMARY, "team/app")


def test_partitions_have_root_arns_of_their_own(accounts: Accounts) -> None:
    ecr = accounts.client("ecr", region="cn-north-1")
    ecr.create_repository(repositoryName="team/app")
    text = ecr.set_repository_policy(repositoryName="team/app", policyText=document(allow({"AWS": SECONDARY})))["policyText"]
    assert json.loads(text)["Statement"][0]["Principal"] == {"AWS": f"arn:aws-cn:iam::{SECONDARY}:root"}


def test_lists_come_back_in_any_order(accounts: Accounts) -> None:
    accounts.repository()
    actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability", "ecr:PutImage"]
    accounts.set_policy(allow({"AWS": [SECONDARY, THIRD, PRIMARY]}, actions))
    seen_actions, seen_principals = set(), set()
    for _unused in range(30):
        statement = accounts.policy()["Statement"][0]
        assert sorted(statement["Action"]) == sorted(actions)
        assert sorted(statement["Principal"]["AWS"]) == [f"arn:aws:iam::{a}:root" for a in (PRIMARY, SECONDARY, THIRD)]
        seen_actions.add(tuple(statement["Action"]))
        seen_principals.add(tuple(statement["Principal"]["AWS"]))
    assert len(seen_actions) > 3
    assert len(seen_principals) > 2


def test_an_account_named_twice_is_one_principal(accounts: Accounts) -> None:
    accounts.repository()
    accounts.set_policy(allow({"AWS": [SECONDARY, f"arn:aws:iam::{SECONDARY}:root"]}))
    assert accounts.policy()["Statement"][0]["Principal"] == OTHER


def test_keys_of_tags_may_have_spaces(accounts: Accounts) -> None:
    accounts.repository()
    condition = {"StringEquals": {"aws:PrincipalTag/cost center": "4711"}}
    accounts.set_policy(allow(OTHER, Condition=condition))
    assert accounts.policy()["Statement"][0]["Condition"] == condition
    arn = accounts.role(Tags=[{"Key": "cost center", "Value": "4711"}])
    accounts.permit("puller", allow_identity())
    read = {"registryId": PRIMARY, "repositoryName": "team/app", "imageIds": [{"imageTag": "1"}]}
    assert accounts.as_role(arn, "ecr").batch_get_image(**read)["failures"]


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}])
def test_everybody_stays_as_it_was_spelled(accounts: Accounts, principal: t.Any) -> None:
    accounts.repository()
    accounts.set_policy(allow(principal, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}))
    assert accounts.policy()["Statement"][0]["Principal"] == principal


def test_a_missing_version_is_the_old_one(accounts: Accounts) -> None:
    accounts.repository()
    accounts.client("ecr").set_repository_policy(repositoryName="team/app", policyText=json.dumps({"Statement": [GOOD]}))
    assert accounts.policy()["Version"] == "2008-10-17"


@pytest.mark.parametrize("kind", ["role", "user"])
def test_a_deleted_principal_shows_its_id_and_its_heir_is_somebody_else(accounts: Accounts, kind: str) -> None:
    accounts.repository()
    iam = accounts.client("iam", SECONDARY)
    if kind == "role":
        arn = accounts.role()
        old_id = iam.get_role(RoleName="puller")["Role"]["RoleId"]
    else:
        made = iam.create_user(UserName="robot")["User"]
        arn, old_id = made["Arn"], made["UserId"]
    assert old_id.startswith("AROA" if kind == "role" else "AIDA")
    accounts.set_policy(allow({"AWS": [arn]}))
    assert accounts.policy()["Statement"][0]["Principal"] == {"AWS": arn}
    if kind == "role":
        iam.delete_role(RoleName="puller")
    else:
        iam.delete_user(UserName="robot")
    assert accounts.policy()["Statement"][0]["Principal"] == {"AWS": old_id}
    assert put(accounts, document(allow({"AWS": old_id}))) == NOBODY
    if kind == "role":
        accounts.role()
        accounts.permit("puller", allow_identity())
        heir = accounts.as_role(arn, "ecr")
    else:
        session = accounts.user()
        iam.put_user_policy(UserName="robot", PolicyName="p", PolicyDocument=document(allow_identity()))
        heir = session.client("ecr")
    assert accounts.policy()["Statement"][0]["Principal"] == {"AWS": old_id}
    wanted = {"registryId": PRIMARY, "repositoryName": "team/app", "imageIds": [{"imageTag": "x"}]}
    assert refused(heir.batch_get_image, **wanted).code == "AccessDeniedException"
    accounts.set_policy(allow({"AWS": [arn]}))
    assert heir.batch_get_image(**wanted)["failures"][0]["failureCode"] == "ImageNotFound"


def test_locking_oneself_out_needs_force(accounts: Accounts) -> None:
    accounts.repository()
    deny = {"Effect": "Deny", "Principal": "*", "Action": "ecr:*"}
    assert put(accounts, document(deny)) == MALFORMED
    assert refused(accounts.policy).code == "RepositoryPolicyNotFoundException"
    accounts.set_policy(deny, force=True)
    denied = refused(accounts.client("ecr").get_repository_policy, repositoryName="team/app")
    assert denied == (
        "AccessDeniedException",
        f"User: arn:aws:iam::{PRIMARY}:root is not authorized to perform: ecr:GetRepositoryPolicy on resource: "
        f"arn:aws:ecr:eu-west-1:{PRIMARY}:repository/team/app with an explicit deny in a resource-based policy",
        400,
    )


def test_denying_others_locks_nobody_out(accounts: Accounts) -> None:
    accounts.repository()
    accounts.set_policy({"Effect": "Deny", "Principal": {"AWS": THIRD}, "Action": "ecr:*"})


def test_a_repository_starts_without_the_policy_of_one_of_the_same_name(accounts: Accounts) -> None:
    accounts.repository()
    accounts.set_policy(GOOD)
    ecr = accounts.client("ecr")
    assert json.loads(ecr.delete_repository_policy(repositoryName="team/app")["policyText"])["Statement"][0]["Principal"] == OTHER
    accounts.set_policy(GOOD)
    ecr.delete_repository(repositoryName="team/app")
    accounts.repository()
    assert refused(accounts.policy).code == "RepositoryPolicyNotFoundException"


def test_a_policy_changes_no_setting_of_its_repository(accounts: Accounts) -> None:
    accounts.repository(
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "latest*"}],
        imageScanningConfiguration={"scanOnPush": True},
        tags=[{"Key": "team", "Value": "payments"}],
    )
    ecr = accounts.client("ecr")
    rule = {"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5}}
    ecr.put_lifecycle_policy(repositoryName="team/app", lifecyclePolicyText=json.dumps({"rules": [{**rule, "action": {"type": "expire"}}]}))

    def settings() -> t.Any:
        found = ecr.describe_repositories(repositoryNames=["team/app"])["repositories"][0]
        tags = ecr.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]
        return found, tags, ecr.get_lifecycle_policy(repositoryName="team/app")["lifecyclePolicyText"]

    before = settings()
    assert before[0]["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    assert before[0]["imageScanningConfiguration"] == {"scanOnPush": True}
    assert before[1] == [{"Key": "team", "Value": "payments"}]
    accounts.set_policy(GOOD)
    assert settings() == before


def test_a_role_may_be_named_that_trusts_in_another_account(accounts: Accounts) -> None:
    accounts.repository()
    arn = accounts.role("scanner", PRIMARY, trust(SECONDARY))
    accounts.set_policy(allow({"AWS": arn}))
    assert accounts.policy()["Statement"][0]["Principal"] == {"AWS": arn}


def test_tags_are_checked(accounts: Accounts) -> None:
    ecr, tags = accounts.client("ecr"), [{"Key": f"key{number}", "Value": "x"} for number in range(51)]
    assert refused(ecr.create_repository, repositoryName="team/app", tags=tags).code == "TooManyTagsException"
    assert refused(ecr.create_repository, repositoryName="team/app", tags=tags[:1] * 2).code == "InvalidTagParameterException"
    arn = accounts.repository(tags=tags[:50])
    assert refused(ecr.tag_resource, resourceArn=arn, tags=tags).code == "TooManyTagsException"


def test_a_scanning_configuration_that_leaves_everything_out(accounts: Accounts) -> None:
    given = accounts.client("ecr").put_registry_scanning_configuration()
    assert given["registryScanningConfiguration"] == {"scanType": "BASIC", "rules": []}
