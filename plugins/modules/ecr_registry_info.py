#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_registry_info
version_added: 1.0.0
short_description: What ECR registries have that is not a repository
description:
  - Reads the pull-through cache rules, repository creation templates, account settings, registry policy and replication rules of Amazon
    ECR registries, in the form in which the modules of this collection take them.
  - What cannot be read is told in the result, and does not make the task fail.
options:
  regions:
    description:
      - The regions to look into. V(all) means all regions that are enabled for the account, which needs C(ec2:DescribeRegions).
      - Without any, the O(region) is used.
    type: list
    elements: str
  account_id:
    description:
      - The account whose registry it must be. The task fails when the credentials belong to another one.
      - Account ids are written in quotes.
    type: raw
  include:
    description: What to read.
    type: list
    elements: str
    choices: [pull_through_cache_rules, repository_creation_templates, account_settings, registry_policy, replication_rules]
    default: [pull_through_cache_rules, repository_creation_templates, account_settings, registry_policy, replication_rules]
  validate:
    description: Have ECR try to reach the upstream of each pull-through cache rule, which takes C(ecr:ValidatePullThroughCacheRule).
    type: bool
    default: false
  workers:
    description: How many calls are made at once. Where AWS throttles, the module slows down by itself.
    type: int
    default: 32
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.ecr_pull_through_cache_rule
  - module: crossaccount.registry.ecr_repository_creation_template
  - module: crossaccount.registry.ecr_account_setting
  - module: crossaccount.registry.ecr_registry_policy
  - module: crossaccount.registry.ecr_replication_configuration
  - module: crossaccount.registry.ecr_access_info
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - crossaccount.registry._boto3
  - crossaccount.registry._attributes
  - crossaccount.registry._assume_role
"""

EXAMPLES = r"""
- name: What do the registries of this account have?
  crossaccount.registry.ecr_registry_info:
    regions: [eu-west-1, eu-central-1]
    account_id: "111122223333"
    workers: 8

- name: Do all caches reach their upstreams?
  crossaccount.registry.ecr_registry_info:
    region: eu-west-1
    include: [pull_through_cache_rules]
    validate: true
  register: registry_caches
"""

RETURN = r"""
registries:
  description: The registries, one for each region.
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
    pull_through_cache_rules:
      description:
        - The rules, with the options of M(crossaccount.registry.ecr_pull_through_cache_rule) and C(validation).
        - With O(validate), C(validation) has C(valid) and the C(failure) of AWS. C(valid) is V(null) where ECR could not be asked, and
          C(failure) says why.
      returned: when included, V(null) where it could not be read
      type: list
      elements: dict
      sample:
        - ecr_repository_prefix: k8s
          upstream_registry: k8s
          upstream_registry_url: registry.k8s.io
          upstream_repository_prefix: null
          credential_arn: null
          custom_role_arn: null
          validation: null
    repository_creation_templates:
      description: The templates, with the options of M(crossaccount.registry.ecr_repository_creation_template).
      returned: when included, V(null) where it could not be read
      type: list
      elements: dict
      sample:
        - prefix: k8s
          description: null
          applied_for: [PULL_THROUGH_CACHE]
          image_tag_mutability: MUTABLE
          image_tag_mutability_exclusion_filters: []
          encryption:
            type: AES256
            kms_key: null
          tags: {}
          lifecycle_policy: null
          repository_policy: null
          custom_role_arn: null
    account_settings:
      description: The account settings by name. V(null) for one that ECR does not have in the region.
      returned: when included, V(null) where it could not be read
      type: dict
      sample:
        BASIC_SCAN_TYPE_VERSION: AWS_NATIVE
        BLOB_MOUNTING: DISABLED
        REGISTRY_POLICY_SCOPE: V2
    registry_policy:
      description: The policy of the registry. V(null) also when there is none.
      returned: when included
      type: dict
      sample: null
    replication_rules:
      description: The rules, with the options of M(crossaccount.registry.ecr_replication_configuration).
      returned: when included, V(null) where it could not be read
      type: list
      elements: dict
      sample: []
    unread:
      description: What could not be read, as C(part), with C(message), and AWS's C(code) and C(request_id).
      returned: always
      type: list
      elements: dict
      sample: []
left_out:
  description: How many rules and templates did not fit into the result.
  returned: always
  type: int
  sample: 0
"""

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.registry_info import PARTS, registry_info


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={
            "regions": {"type": "list", "elements": "str"},
            "account_id": {"type": "raw"},
            "include": {"type": "list", "elements": "str", "choices": list(PARTS), "default": list(PARTS)},
            "validate": {"type": "bool", "default": False},
            "workers": {"type": "int", "default": 32},
        },
    )
    module.run(lambda: registry_info(module))


if __name__ == "__main__":
    main()
