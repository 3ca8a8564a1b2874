#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_repository_creation_template
version_added: 1.0.0
short_description: Manage repository creation templates of ECR registries
description:
  - A repository creation template says what the repositories are like that Amazon ECR itself creates, for a pull-through cache, a
    replication or a push. Without one they have no policy, so that no other account can use them.
  - Settings that are not given are left alone. An empty text, list or mapping takes a setting away.
  - A template has no effect on repositories that are there already.
options:
  state:
    description:
      - V(present) creates the template, or changes what is given and differs.
      - V(absent) deletes it. Repositories that were made from it stay.
    type: str
    choices: [present, absent]
    default: present
  prefix:
    description:
      - The template is for repositories whose names begin with this and a slash.
      - V(ROOT) is for all repositories that no other template is about.
    type: str
    required: true
  description:
    description: What the template is for. At most 256 characters.
    type: str
  applied_for:
    description: When repositories are made from the template. Needed for a new template.
    type: list
    elements: str
    choices: [PULL_THROUGH_CACHE, REPLICATION, CREATE_ON_PUSH]
  image_tag_mutability:
    description:
      - Whether tags of images can be moved, in general (V(MUTABLE) or V(IMMUTABLE)), or with the exceptions of
        O(image_tag_mutability_exclusion_filters).
      - AWS makes it V(MUTABLE) for a new template.
    type: str
    choices: [MUTABLE, IMMUTABLE, IMMUTABLE_WITH_EXCLUSION, MUTABLE_WITH_EXCLUSION]
  image_tag_mutability_exclusion_filters:
    description: Up to five patterns with V(*) of tags that are the exception.
    type: list
    elements: str
  encryption:
    description: How the repositories are encrypted. AWS makes it V(AES256) for a new template.
    type: dict
    suboptions:
      type:
        description: The type of encryption.
        type: str
        choices: [AES256, KMS, KMS_DSSE]
        required: true
      kms_key:
        description:
          - The full ARN of a key in the region of the repositories, for V(KMS) and V(KMS_DSSE).
          - Without it the key that AWS manages for ECR is used.
        type: str
  tags:
    description: Tags of the repositories.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Remove tags of the template that O(tags) does not have.
      - A template has its tags as a whole, so that V(false) writes those that are there and those that are given.
    type: bool
    default: true
  lifecycle_policy:
    description: The lifecycle policy of the repositories, as a mapping or as JSON text.
    type: json
  repository_policy:
    description:
      - The policy of the repositories, as a mapping or as JSON text. It is given as a whole. One of the same meaning, however it is
        spelled, is no change.
    type: json
  grants:
    description:
      - A declaration of grants. The statements of those that cover all repositories of the template (such as V(payments/*) for the
        prefix V(payments)) are in its repository policy, and so are statements that others have put there.
      - Grants that this module is not about, or that are for some repositories of the template only, are ignored.
  sid_prefix:
    description:
      - With O(grants), statements whose Sid begins with this are yours. Those that are not given (any more) are removed.
    type: str
  custom_role_arn:
    description:
      - The role that ECR creates the repositories with. It must be in the account of the registry.
      - Needed where the template has tags or encrypts with KMS.
    type: str
  allow_public:
    description: Allow statements that let everyone in without a condition that names accounts, an organization or a network.
    type: bool
    default: false
  allowed_accounts:
    description:
      - If given, statements that allow principals of any other account are refused. The owner's own account is always allowed.
      - Account ids are written in quotes.
    type: list
    elements: raw
  allowed_organizations:
    description: If given, statements that allow any other organization, or accounts outside of O(allowed_accounts), are refused.
    type: list
    elements: str
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.ecr_pull_through_cache_rule
  - module: crossaccount.registry.ecr_repository_policy
  - module: crossaccount.registry.ecr_registry_info
  - name: Repository creation templates in Amazon ECR
    description: What AWS says about them, and about the role that they need.
    link: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - crossaccount.registry._boto3
  - crossaccount.registry._attributes
  - crossaccount.registry._assume_role
  - crossaccount.registry._settings
  - crossaccount.registry._grants
"""

EXAMPLES = r"""
- name: Let another account pull what is cached, whatever will be
  crossaccount.registry.ecr_repository_creation_template:
    region: eu-west-1
    prefix: shared
    description: Cached from the central registry
    applied_for: [PULL_THROUGH_CACHE]
    repository_policy:
      Version: "2012-10-17"
      Statement:
        - Sid: Pull
          Effect: Allow
          Principal:
            AWS: "444455556666"
          Action:
            - ecr:BatchGetImage
            - ecr:GetDownloadUrlForLayer
    lifecycle_policy:
      rules:
        - rulePriority: 1
          description: Forget what nobody has pulled for a month
          selection:
            tagStatus: any
            countType: sinceImagePushed
            countUnit: days
            countNumber: 30
          action:
            type: expire

- name: Give replicated repositories what the grants say
  crossaccount.registry.ecr_repository_creation_template:
    region: eu-west-1
    prefix: payments
    applied_for: [REPLICATION]
    grants: "{{ registry_grants }}"
    sid_prefix: CrossaccountRegistry
    allowed_accounts: ["444455556666"]
    allowed_organizations: [o-a1b2c3d4e5]
    encryption:
      type: KMS
      kms_key: "{{ registry_key_arn }}"
    custom_role_arn: arn:aws:iam::111122223333:role/registry-templates

- name: Let everybody pull what is public anyway
  crossaccount.registry.ecr_repository_creation_template:
    region: eu-west-1
    prefix: public
    applied_for: [PULL_THROUGH_CACHE]
    allow_public: true
    repository_policy:
      Version: "2012-10-17"
      Statement:
        - Sid: PullByEverybody
          Effect: Allow
          Principal:
            AWS: "*"
          Action:
            - ecr:BatchGetImage
            - ecr:GetDownloadUrlForLayer

- name: Tag and encrypt what is created by a push
  crossaccount.registry.ecr_repository_creation_template:
    region: eu-west-1
    prefix: ROOT
    applied_for: [CREATE_ON_PUSH]
    image_tag_mutability: IMMUTABLE_WITH_EXCLUSION
    image_tag_mutability_exclusion_filters: [latest, "dev-*"]
    encryption:
      type: KMS
    tags:
      origin: push
    purge_tags: false
    custom_role_arn: arn:aws:iam::111122223333:role/registry-templates

- name: Take the lifecycle policy away
  crossaccount.registry.ecr_repository_creation_template:
    region: eu-west-1
    prefix: shared
    lifecycle_policy: ""

- name: Remove a template
  crossaccount.registry.ecr_repository_creation_template:
    region: eu-west-1
    prefix: shared
    state: absent
"""

RETURN = r"""
summary:
  description: How many templates were created, updated, deleted, unchanged, skipped (because another one failed), and failed.
  returned: always
  type: dict
  sample: {"created": 1, "updated": 0, "deleted": 0, "unchanged": 0, "skipped": 0, "failed": 0}
actions:
  description: What was done to the template in each region, or would be done in check mode.
  returned: always
  type: list
  elements: dict
  contains:
    account:
      description: The account.
      type: str
      sample: "111122223333"
    region:
      description: The region.
      type: str
      sample: eu-west-1
    resource:
      description: The prefix.
      type: str
      sample: ROOT
    action:
      description: V(created), V(updated), V(deleted), V(unchanged), V(skipped) or V(failed).
      type: str
      sample: created
    settings_changed:
      description: The settings that differ.
      type: list
      elements: str
      sample:
        - applied_for
        - custom_role_arn
        - encryption
        - image_tag_mutability
        - image_tag_mutability_exclusion_filters
        - tags
    replaced:
      description: Always V(false). AWS can change every setting of a template.
      type: bool
      sample: false
    settings:
      description: All settings after the task, by the names of the options. V(null) when the template is not there.
      type: dict
      sample:
        description: null
        applied_for: [CREATE_ON_PUSH]
        image_tag_mutability: IMMUTABLE_WITH_EXCLUSION
        image_tag_mutability_exclusion_filters: ["dev-*", latest]
        encryption:
          type: KMS
          kms_key: null
        tags:
          origin: push
        lifecycle_policy: null
        repository_policy: null
        custom_role_arn: arn:aws:iam::111122223333:role/registry-templates
    access_changes:
      description:
        - Who gains or loses which actions in repositories that will be made from the template. At most 50 entries, as of
          M(crossaccount.registry.ecr_repository_policy).
      type: list
      elements: dict
      sample: []
    access_changes_left_out:
      description: How many more entries there are.
      type: int
      sample: 0
    error:
      description: What went wrong, with C(message), and AWS's C(code) and C(request_id) where there are any. Otherwise V(null).
      type: dict
      sample: null
actions_left_out:
  description: How many actions did not fit into the result.
  returned: always
  type: int
  sample: 0
"""

from typing import Any

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.creation_templates import (
    MUTABILITIES,
    SCENARIOS,
    template_items,
    with_access_changes,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.policy_module import GRANTS_SPEC, RESOURCE_POLICY_SPEC
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.settings_module import SETTINGS_SPEC, run_settings
from ansible_collections.crossaccount.registry.plugins.module_utils._settings_flow import settings_result


def run(module: RegistryAWSModule) -> dict[str, Any]:
    outcomes = [with_access_changes(outcome) for outcome in run_settings(module, template_items(module))]
    return settings_result(outcomes, with_diff=module._diff, check_mode=module.check_mode)


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={
            **SETTINGS_SPEC,
            **RESOURCE_POLICY_SPEC,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "prefix": {"type": "str", "required": True},
            "description": {"type": "str"},
            "applied_for": {"type": "list", "elements": "str", "choices": list(SCENARIOS)},
            "image_tag_mutability": {"type": "str", "choices": list(MUTABILITIES)},
            "image_tag_mutability_exclusion_filters": {"type": "list", "elements": "str"},
            "encryption": {
                "type": "dict",
                "options": {
                    "type": {"type": "str", "choices": ["AES256", "KMS", "KMS_DSSE"], "required": True},
                    "kms_key": {"type": "str", "no_log": False},
                },
            },
            "tags": {"type": "dict", "aliases": ["resource_tags"]},
            "purge_tags": {"type": "bool", "default": True},
            "lifecycle_policy": {"type": "json"},
            "repository_policy": {"type": "json"},
            "grants": GRANTS_SPEC,
            "sid_prefix": {"type": "str"},
            "custom_role_arn": {"type": "str"},
        },
        mutually_exclusive=[("repository_policy", "grants")],
        required_by={"sid_prefix": "grants"},
    )
    module.run(lambda: run(module))


if __name__ == "__main__":
    main()
