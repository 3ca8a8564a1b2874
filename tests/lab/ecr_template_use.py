# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repositories that ECR creates by itself: from a creation template when one is for the scenario, else with AWS's defaults."""

from __future__ import annotations

import typing as t

from moto.ecr.models import Repository

from . import ecr_service_roles, kms_keys
from .access import statements_about
from .call import AwsError
from .context import tag_keys
from .ecr_repository_policies import stored_from
from .ecr_service_roles import TEMPLATE, must_be_allowed
from .ecr_state import backend, state_of
from .ecr_templates import Template, template_for

PULL_THROUGH_CACHE, REPLICATION, CREATE_ON_PUSH = "PULL_THROUGH_CACHE", "REPLICATION", "CREATE_ON_PUSH"


def tags_for(account: str, region: str, repository: str, scenario: str) -> list[dict[str, str]]:
    """The tags that a new repository of this name would get."""
    template = template_for(account, region, repository, scenario)
    return list(template.settings.get("resourceTags", [])) if template else []


def make_repository(account: str, region: str, partition: str, name: str, scenario: str) -> Repository:
    """Create a repository; raises AwsError, and creates nothing, when its template cannot be followed."""
    template = template_for(account, region, name, scenario)
    settings: dict[str, t.Any] = template.settings if template else {}
    if template is not None:
        _check_role(template, name)
    policy = stored_from(settings["repositoryPolicy"], partition) if settings.get("repositoryPolicy") else None
    made = backend(account, region).create_repository(
        repository_name=name,
        registry_id=account,
        encryption_config=t.cast(t.Any, settings.get("encryptionConfiguration")),
        image_scan_config=None,
        image_tag_mutability=t.cast(t.Any, settings.get("imageTagMutability")),
        image_tag_mutability_exclusion_filters=settings.get("imageTagMutabilityExclusionFilters"),
        tags=list(settings.get("resourceTags", [])),
    )
    state_of(made).policy = policy
    made.lifecycle_policy = settings.get("lifecyclePolicy")
    return made


def _check_role(template: Template, name: str) -> None:
    """The template's role, or the service-linked one that can do no more than create, has to be allowed what the settings need (ECR user
    guide, "Creating an IAM role for repository creation templates")."""
    place = (template.registry, template.region)
    settings, role = template.settings, template.settings.get("customRoleArn")
    caller = ecr_service_roles.acting(TEMPLATE, *place, template.partition, role)
    resource = f"arn:{template.partition}:ecr:{template.region}:{template.registry}:repository/{name}"
    tags = settings.get("resourceTags", [])
    more = {**tag_keys(tags, "aws:requesttag"), **({"aws:tagkeys": [tag["Key"] for tag in tags]} if tags else {})}
    for action in ("ecr:CreateRepository", *(["ecr:TagResource"] if tags else [])):
        must_be_allowed(caller, action, resource, place, statements_about(*place, name, action, across=False), more)
    encryption = settings["encryptionConfiguration"]
    if encryption["encryptionType"] != "AES256":
        _check_key(template, caller, encryption.get("kmsKey"))


def _check_key(template: Template, caller: t.Any, arn: str | None) -> None:
    if arn is None:  # AWS's own key of the account, whose policy lets the account in
        arn = f"arn:{template.partition}:kms:{template.region}:{template.registry}:key/aws-ecr"
        owner, policy = template.registry, None
    else:
        owner, policy = arn.split(":")[4], kms_keys.key_policy(arn.split(":")[4], template.region, arn)
        if policy is None:
            raise AwsError("KmsException", f"Key '{arn}' does not exist")
    for action in ("kms:CreateGrant", "kms:DescribeKey"):
        must_be_allowed(caller, action, arn, (owner, template.region), policy, resource_must_allow=policy is not None)
