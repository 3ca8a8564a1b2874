# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repository creation templates: as a registry keeps them, what ECR refuses, and the repositories that come of them."""

from __future__ import annotations

import json
import typing as t

import pytest

from .caches import Cache
from .helpers import PRIMARY, PUSH, REGION, SECONDARY, THIRD, Accounts, allow, allow_identity, document, push, push_layer, refused

POLICY = document(allow({"AWS": THIRD}, ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], Sid="Third"))
EXPIRE = {
    "rulePriority": 1,
    "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14},
    "action": {"type": "expire"},
}
LIFECYCLE = json.dumps({"rules": [EXPIRE]})
TAGS = [{"Key": "team", "Value": "a"}]
ROLE = f"arn:aws:iam::{PRIMARY}:role/templates"
LINKED = f"arn:aws:iam::{PRIMARY}:role/aws-service-role/ecr.amazonaws.com/AWSServiceRoleForECRTemplate"
ABSENT = (
    "TemplateNotFoundException",
    "The specified repository creation template can't be found. Verify the registry ID and prefix and try again.",
    400,
)


def template(ecr: t.Any, prefix: str = "cache", **more: t.Any) -> dict[str, t.Any]:
    more.setdefault("appliedFor", ["PULL_THROUGH_CACHE"])
    answer = ecr.create_repository_creation_template(prefix=prefix, **more)
    return t.cast("dict[str, t.Any]", answer["repositoryCreationTemplate"])


def templates(ecr: t.Any, *prefixes: str) -> list[dict[str, t.Any]]:
    answer = ecr.describe_repository_creation_templates(**({"prefixes": list(prefixes)} if prefixes else {}))
    return t.cast("list[dict[str, t.Any]]", answer["repositoryCreationTemplates"])


def test_write_read_delete(accounts: Accounts) -> None:
    """AES256 and MUTABLE are shown when nothing is given (acceptance tests of Terraform's provider)."""
    ecr = accounts.client("ecr")
    assert templates(ecr) == []
    made = template(ecr)
    assert made.pop("createdAt") == made.pop("updatedAt")
    shown = {
        "prefix": "cache",
        "appliedFor": ["PULL_THROUGH_CACHE"],
        "imageTagMutability": "MUTABLE",
        "encryptionConfiguration": {"encryptionType": "AES256"},
    }
    assert made == shown
    answer = ecr.describe_repository_creation_templates()
    assert answer["registryId"] == PRIMARY
    gone = ecr.delete_repository_creation_template(prefix="cache/")["repositoryCreationTemplate"]
    assert gone == answer["repositoryCreationTemplates"][0]
    for operation in ("update_repository_creation_template", "delete_repository_creation_template"):
        assert refused(getattr(ecr, operation), prefix="cache") == ABSENT
    assert templates(ecr, "cache") == []  # the operation has no error for it


def test_every_setting(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    key = accounts.client("kms").create_key()["KeyMetadata"]["Arn"]
    settings = {
        "description": "caches",
        "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": key},
        "resourceTags": TAGS,
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "latest*"}],
        "repositoryPolicy": POLICY,
        "lifecyclePolicy": LIFECYCLE,
        "appliedFor": ["REPLICATION", "CREATE_ON_PUSH", "PULL_THROUGH_CACHE"],
        "customRoleArn": ROLE,
    }
    made = template(ecr, "ROOT", **settings)
    assert {name: made[name] for name in settings} == settings
    taken = "The repository creation template already exists. Specify a unique prefix and try again."
    assert refused(template, ecr=ecr, prefix="ROOT") == ("TemplateAlreadyExistsException", taken, 400)


def test_an_update_changes_what_is_given(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    template(ecr, description="old", resourceTags=TAGS, repositoryPolicy=POLICY, lifecyclePolicy=LIFECYCLE, customRoleArn=ROLE)

    def update(**more: t.Any) -> dict[str, t.Any]:
        answer = ecr.update_repository_creation_template(prefix="cache", **more)
        return t.cast("dict[str, t.Any]", answer["repositoryCreationTemplate"])

    first = update(description="new", appliedFor=["REPLICATION"])
    assert (first["description"], first["appliedFor"], first["resourceTags"], first["repositoryPolicy"]) == (
        "new",
        ["REPLICATION"],
        TAGS,
        POLICY,
    )
    assert first["updatedAt"] > first["createdAt"]
    second = update(resourceTags=[], repositoryPolicy="", lifecyclePolicy="", customRoleArn="", description="")
    assert {"resourceTags", "repositoryPolicy", "lifecyclePolicy", "customRoleArn", "description"} & set(second) == set()
    filters = [{"filterType": "WILDCARD", "filter": "dev-*"}]
    update(imageTagMutability="MUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters=filters)
    assert "imageTagMutabilityExclusionFilters" not in update(imageTagMutability="IMMUTABLE")


@pytest.mark.parametrize(
    ("settings", "parameter"),
    [
        ({"appliedFor": []}, "appliedFor"),
        ({"appliedFor": ["PUSH"]}, "appliedFor.1.member"),
        ({"repositoryPolicy": "{"}, "repositoryPolicy"),
        ({"repositoryPolicy": document(allow({"AWS": THIRD}, "s3:GetObject"))}, "repositoryPolicy"),
        ({"repositoryPolicy": "x" * 10241}, "repositoryPolicy"),
        ({"lifecyclePolicy": "x" * 30721}, "lifecyclePolicy"),
        ({"customRoleArn": f"arn:aws:iam::{SECONDARY}:role/templates"}, "customRoleArn"),
        ({"customRoleArn": "templates"}, "customRoleArn"),
        ({"description": "x" * 257}, "description"),
        ({"imageTagMutability": "FROZEN"}, "imageTagMutability"),
        ({"encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "alias/mine"}}, "encryptionConfiguration.kmsKey"),
        (
            {"encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": f"arn:aws:kms:us-east-1:{PRIMARY}:key/1234"}},
            "encryptionConfiguration",
        ),
        (
            {"encryptionConfiguration": {"encryptionType": "AES256", "kmsKey": f"arn:aws:kms:{REGION}:{PRIMARY}:key/1234"}},
            "encryptionConfiguration",
        ),
        ({"imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "a b"}]}, "imageTagMutabilityExclusionFilters"),
    ],
)
def test_refusals(accounts: Accounts, settings: dict[str, t.Any], parameter: str) -> None:
    ecr = accounts.client("ecr")
    answer = refused(template, ecr=ecr, **settings)
    assert (answer.code, f"'{parameter}" in answer.message) == ("InvalidParameterException", True), answer
    template(ecr)
    assert refused(ecr.update_repository_creation_template, prefix="cache", **settings).code == "InvalidParameterException"
    assert templates(ecr)[0]["appliedFor"] == ["PULL_THROUGH_CACHE"]


def test_more_refusals(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    absent = document(allow({"AWS": f"arn:aws:iam::{SECONDARY}:role/absent"}))
    text = "Invalid parameter at 'repositoryPolicy' failed to satisfy constraint: 'Principal not found'"
    assert refused(template, ecr=ecr, repositoryPolicy=absent) == ("InvalidParameterException", text, 400)
    for wrong in ("{", '{"rules": [{"rulePriority": 1}]}', json.dumps({"rules": [{**EXPIRE, "action": {"type": "keep"}}]})):
        assert refused(template, ecr=ecr, lifecyclePolicy=wrong).code == "InvalidParameterException", wrong
    filters = [{"filterType": "WILDCARD", "filter": "latest"}]
    assert refused(template, ecr=ecr, imageTagMutabilityExclusionFilters=filters).code == "InvalidParameterException"
    twice = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    assert refused(template, ecr=ecr, resourceTags=twice).code == "InvalidTagParameterException"
    many = [{"Key": str(number), "Value": ""} for number in range(51)]
    assert refused(template, ecr=ecr, resourceTags=many).code == "TooManyTagsException"
    for prefix in ("", "a" * 257, "Team", "ROOT/x", "*"):
        assert refused(template, ecr=ecr, prefix=prefix).code == "InvalidParameterException", prefix
    assert template(ecr, "a")["prefix"] == "a"
    assert template(ecr, "team/")["prefix"] == "team"
    assert refused(template, ecr=ecr, prefix="team").code == "TemplateAlreadyExistsException"


def test_pages(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    for number in range(5):
        template(ecr, f"p{number}")
    pages = ecr.get_paginator("describe_repository_creation_templates").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["repositoryCreationTemplates"]) for page in pages] == [2, 2, 1]
    assert [one["prefix"] for one in templates(ecr, "p4", "absent", "p1")] == ["p4", "p1"]
    assert templates(accounts.client("ecr", region="us-east-1")) == []


def test_what_the_caller_needs(accounts: Accounts) -> None:
    """Service authorization reference: a template creates repositories, and sets what it has for them; a role is handed over."""
    arn = accounts.role("admin", PRIMARY)
    under = f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/cache/*"
    granted: list[dict[str, t.Any]] = []
    every = {
        "ecr:CreateRepositoryCreationTemplate": "*",
        "iam:PassRole": ROLE,
        "iam:CreateServiceLinkedRole": LINKED,
        "ecr:CreateRepository": under,
        "ecr:SetRepositoryPolicy": under,
        "ecr:PutLifecyclePolicy": under,
    }
    settings = {"repositoryPolicy": POLICY, "lifecyclePolicy": LIFECYCLE, "customRoleArn": ROLE}
    for action, resource in every.items():
        accounts.permit("admin", *granted, allow_identity("ecr:DescribeImages"), account=PRIMARY)
        text = f"is not authorized to perform: {action} on resource: {resource} because"
        assert text in refused(template, ecr=accounts.as_role(arn, "ecr"), **settings).message
        granted.append(allow_identity(action, resource))
    accounts.permit("admin", *granted, account=PRIMARY)
    template(accounts.as_role(arn, "ecr"), **settings)
    assert "ecr:CreateRepository" in refused(template, ecr=accounts.as_role(arn, "ecr"), prefix="ROOT").message


def test_a_written_template_is_read_late(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    accounts.lab.set_faults({"profile": "eventual-consistency", "seconds": 60})
    template(ecr)
    assert templates(ecr) == []
    accounts.lab.set_faults()
    assert len(templates(ecr)) == 1


# Repositories that come of templates.


def made_of(cache: Cache, name: str = "cache/team/app") -> dict[str, t.Any]:
    cache.pull(name)
    return t.cast("dict[str, t.Any]", cache.ecr.describe_repositories(repositoryNames=[name])["repositories"][0])


def template_role(accounts: Accounts, *actions: str, service: str = "ecr.amazonaws.com") -> None:
    accounts.role("templates", PRIMARY, Cache.trust_document(service))
    accounts.permit("templates", allow_identity(list(actions)), account=PRIMARY)


def test_a_cached_repository_has_the_settings_of_the_template(accounts: Accounts) -> None:
    cache = Cache(accounts)
    template_role(accounts, "ecr:CreateRepository", "ecr:TagResource")
    settings = {"repositoryPolicy": POLICY, "lifecyclePolicy": LIFECYCLE, "resourceTags": TAGS, "customRoleArn": ROLE}
    template(cache.ecr, imageTagMutability="IMMUTABLE", **settings)
    made = made_of(cache)
    assert made["imageTagMutability"] == "IMMUTABLE"
    where = {"repositoryName": "cache/team/app"}
    assert json.loads(cache.ecr.get_repository_policy(**where)["policyText"])["Statement"][0]["Sid"] == "Third"
    assert json.loads(cache.ecr.get_lifecycle_policy(**where)["lifecyclePolicyText"]) == json.loads(LIFECYCLE)
    assert cache.ecr.list_tags_for_resource(resourceArn=made["repositoryArn"])["tags"] == TAGS


def test_the_longest_prefix_for_the_scenario_counts(accounts: Accounts) -> None:
    cache = Cache(accounts)
    template(cache.ecr, "ROOT", imageTagMutability="IMMUTABLE")
    template(cache.ecr, "cache", imageTagMutability="MUTABLE")
    template(cache.ecr, "cache/tea", imageTagMutability="IMMUTABLE")
    template(cache.ecr, "cache/team", appliedFor=["REPLICATION", "CREATE_ON_PUSH"], imageTagMutability="IMMUTABLE")
    assert made_of(cache)["imageTagMutability"] == "MUTABLE"
    cache.ecr.delete_repository_creation_template(prefix="cache")
    cache.ecr.delete_repository(repositoryName="cache/team/app", force=True)
    assert made_of(cache)["imageTagMutability"] == "IMMUTABLE"


NO_REPOSITORY = "RepositoryNotFoundException"


def test_tags_need_a_role(accounts: Accounts) -> None:
    """The template is accepted (Terraform's tests), the pull fails (https://github.com/aws/containers-roadmap/issues/2398)."""
    cache = Cache(accounts)
    template(cache.ecr, resourceTags=TAGS)
    assert refused(cache.pull).code == NO_REPOSITORY
    template_role(accounts, "ecr:CreateRepository")
    cache.ecr.update_repository_creation_template(prefix="cache", customRoleArn=ROLE)
    assert refused(cache.pull).code == NO_REPOSITORY
    accounts.permit("templates", allow_identity(["ecr:CreateRepository", "ecr:TagResource"]), account=PRIMARY)
    cache.pull()


def test_the_puller_has_to_be_allowed_to_tag(accounts: Accounts) -> None:
    cache = Cache(accounts)
    template_role(accounts, "ecr:*")
    template(cache.ecr, resourceTags=TAGS, customRoleArn=ROLE)
    arn = accounts.role("puller", PRIMARY)
    needed = ["ecr:BatchGetImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]
    accounts.permit("puller", allow_identity(needed), account=PRIMARY)
    assert refused(cache.pull, by=accounts.as_role(arn, "ecr")).code == NO_REPOSITORY
    accounts.permit("puller", allow_identity([*needed, "ecr:TagResource"]), account=PRIMARY)
    cache.pull(by=accounts.as_role(arn, "ecr"))


@pytest.mark.parametrize("service", ["pullthroughcache.ecr.amazonaws.com", "ec2.amazonaws.com"])
def test_the_role_of_a_template_trusts_ecr(accounts: Accounts, service: str) -> None:
    cache = Cache(accounts)
    template_role(accounts, "ecr:*", service=service)
    template(cache.ecr, customRoleArn=ROLE)
    assert refused(cache.pull).code == NO_REPOSITORY


def test_encryption_with_a_key_needs_a_role_that_may_use_it(accounts: Accounts) -> None:
    cache = Cache(accounts)
    key = accounts.client("kms").create_key()["KeyMetadata"]["Arn"]
    template(cache.ecr, encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key})
    assert refused(cache.pull).code == NO_REPOSITORY
    template_role(accounts, "ecr:CreateRepository")
    cache.ecr.update_repository_creation_template(prefix="cache", customRoleArn=ROLE)
    assert refused(cache.pull).code == NO_REPOSITORY
    accounts.permit("templates", allow_identity(["ecr:CreateRepository", "kms:CreateGrant", "kms:DescribeKey"]), account=PRIMARY)
    assert made_of(cache)["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": key}


def test_a_principal_that_went_away(accounts: Accounts) -> None:
    cache = Cache(accounts)
    accounts.role("reader", THIRD)
    template(cache.ecr, repositoryPolicy=document(allow({"AWS": f"arn:aws:iam::{THIRD}:role/reader"})))
    accounts.client("iam", THIRD).delete_role(RoleName="reader")
    assert refused(cache.pull).code == NO_REPOSITORY
    assert cache.repositories() == []


# Create on push.


def test_a_push_creates_a_repository_from_a_template(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    assert refused(push, ecr=ecr, name="new/app").code == NO_REPOSITORY
    template(ecr, "new")
    assert refused(push, ecr=ecr, name="new/app").code == NO_REPOSITORY
    ecr.update_repository_creation_template(prefix="new", appliedFor=["CREATE_ON_PUSH"], imageTagMutability="IMMUTABLE")
    push(ecr, name="new/app")
    assert ecr.describe_repositories(repositoryNames=["new/app"])["repositories"][0]["imageTagMutability"] == "IMMUTABLE"
    assert refused(push, ecr=ecr, name="newer/app").code == NO_REPOSITORY


def test_who_pushes_has_to_be_allowed_to_create(accounts: Accounts) -> None:
    template(accounts.client("ecr"), "new", appliedFor=["CREATE_ON_PUSH"])
    arn = accounts.role("pusher", PRIMARY)
    accounts.permit("pusher", allow_identity(PUSH), account=PRIMARY)
    denied = refused(push_layer, ecr=accounts.as_role(arn, "ecr"), data=b"x", name="new/app")
    assert denied.code == "AccessDeniedException"
    assert "perform: ecr:CreateRepository on resource" in denied.message
    accounts.permit("pusher", allow_identity([*PUSH, "ecr:CreateRepository"]), account=PRIMARY)
    push_layer(accounts.as_role(arn, "ecr"), b"x", "new/app")


def test_another_account_pushes_by_the_registry_policy(accounts: Accounts) -> None:
    template(accounts.client("ecr"), "new", appliedFor=["CREATE_ON_PUSH"], repositoryPolicy=document(allow({"AWS": SECONDARY}, PUSH)))
    under = f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/new/*"
    first = allow({"AWS": SECONDARY}, ["ecr:InitiateLayerUpload"], Resource=under)
    accounts.client("ecr").put_registry_policy(policyText=document(first))
    arn = accounts.role()
    accounts.permit("puller", allow_identity())
    other = accounts.as_role(arn, "ecr")
    denied = refused(push, ecr=other, name="new/app", registryId=PRIMARY)
    assert denied.message.endswith("because no resource-based policy allows the ecr:CreateRepository action")
    first["Action"].append("ecr:CreateRepository")
    accounts.client("ecr").put_registry_policy(policyText=document(first))
    push(other, name="new/app", registryId=PRIMARY)
