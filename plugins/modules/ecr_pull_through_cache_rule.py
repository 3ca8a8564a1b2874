#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_pull_through_cache_rule
version_added: 1.0.0
short_description: Manage pull-through cache rules of ECR registries
description:
  - A pull-through cache rule makes an Amazon ECR registry fetch, and keep, what is pulled under a prefix from an upstream registry. The
    upstream is another ECR registry, also of another account or region, or a public or private registry of somebody else.
  - Settings that are not given are left alone. What AWS cannot change while a rule is there (the upstream and its prefix, and taking a
    credential or a role away) needs O(replace).
  - Deleting a rule leaves the repositories and images that it has cached.
options:
  state:
    description:
      - V(present) creates the rules, or changes what is given and differs.
      - V(absent) deletes them.
    type: str
    choices: [present, absent]
    default: present
  ecr_repository_prefix:
    description:
      - The prefix in this registry under which images are pulled; it is the name of the rule.
      - 2 to 30 characters, or V(ROOT) for all repositories that no other rule is about.
    type: str
  upstream_registry:
    description:
      - The kind of the upstream. Enough by itself for those with one well known host.
      - Worked out from O(upstream_registry_url) or O(upstream_ecr), if one of them is given.
    type: str
    choices: &kinds
      - ecr
      - ecr-public
      - quay
      - k8s
      - docker-hub
      - github-container-registry
      - gitlab-container-registry
      - azure-container-registry
      - chainguard
  upstream_registry_url:
    description:
      - The host of the upstream, without C(https://). Needed for V(NAME.azurecr.io); all others can also be said by O(upstream_registry)
        or O(upstream_ecr).
    type: str
  upstream_ecr:
    description: An ECR registry as the upstream.
    type: dict
    suboptions: &ecr
      account:
        description: The account of the upstream registry, in quotes.
        type: raw
        required: true
      region:
        description: The region of the upstream registry.
        type: str
        required: true
  upstream_repository_prefix:
    description:
      - The prefix of the repositories in an upstream that is an ECR registry. V(ROOT), the default of AWS, means all of them.
      - It must be V(ROOT) where O(ecr_repository_prefix) is.
    type: str
  credential_arn:
    description:
      - The secret with user name and access token for the upstream. Needed for Docker Hub, GitHub, GitLab, Azure and Chainguard; the
        others take none.
      - Its name must begin with C(ecr-pullthroughcache/), and it must be in the account and region of the rule.
      - An empty text takes it away, with O(replace).
    type: str
  custom_role_arn:
    description:
      - The role that ECR fetches with, where the upstream is an ECR registry. It must be in the account of the rule.
      - Needed where the upstream is in another account.
      - An empty text takes it away, with O(replace).
    type: str
  rules:
    description:
      - Many rules in one task, instead of the options above.
    type: list
    elements: dict
    suboptions:
      ecr_repository_prefix:
        description: As O(ecr_repository_prefix). Required.
        type: str
      upstream_registry:
        description: As O(upstream_registry).
        type: str
        choices: *kinds
      upstream_registry_url:
        description: As O(upstream_registry_url).
        type: str
      upstream_ecr:
        description: As O(upstream_ecr).
        type: dict
        suboptions: *ecr
      upstream_repository_prefix:
        description: As O(upstream_repository_prefix).
        type: str
      credential_arn:
        description: As O(credential_arn).
        type: str
      custom_role_arn:
        description: As O(custom_role_arn).
        type: str
      regions:
        description: The regions of this rule, by their names, instead of O(regions). A credential belongs to one region.
        type: list
        elements: str
  replace:
    description:
      - Delete a rule and create it again where AWS cannot change it. Pulls of images that are not cached fail in between.
      - Without it, such a difference is an error.
    type: bool
    default: false
  validate:
    description:
      - Have ECR try to reach the upstream after the rule was written, or when it is as it should be. A rule that is not valid fails the
        task, with what AWS says.
      - A rule that is not valid is tried again for O(wait_timeout) seconds, because new roles and policies take some to have effect.
      - In check mode only rules that need no change are validated, once.
    type: bool
    default: false
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.ecr_repository_creation_template
  - module: crossaccount.registry.ecr_registry_policy
  - module: crossaccount.registry.ecr_registry_info
  - name: Pull through cache in Amazon ECR
    description: What AWS says about upstreams, roles and credentials.
    link: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - crossaccount.registry._boto3
  - crossaccount.registry._attributes
  - crossaccount.registry._assume_role
  - crossaccount.registry._settings
"""

EXAMPLES = r"""
- name: Cache what another account has
  crossaccount.registry.ecr_pull_through_cache_rule:
    region: eu-west-1
    ecr_repository_prefix: shared
    upstream_ecr:
      account: "444455556666"
      region: eu-central-1
    custom_role_arn: arn:aws:iam::111122223333:role/registry-cache

- name: Cache public images in two regions, and see that it works
  crossaccount.registry.ecr_pull_through_cache_rule:
    regions: [eu-west-1, eu-central-1]
    rules:
      - ecr_repository_prefix: ecr-public
        upstream_registry: ecr-public
      - ecr_repository_prefix: k8s
        upstream_registry: k8s
    validate: true

- name: Cache images of Docker Hub, which lets nobody in without a credential
  crossaccount.registry.ecr_pull_through_cache_rule:
    region: eu-west-1
    ecr_repository_prefix: docker-hub
    upstream_registry: docker-hub
    credential_arn: "{{ docker_hub_credential_arn }}"

- name: Give the rule of one region another credential
  crossaccount.registry.ecr_pull_through_cache_rule:
    rules:
      - ecr_repository_prefix: docker-hub
        regions: [eu-west-1]
        credential_arn: "{{ docker_hub_credential_arn }}"

- name: Cache images of one repository prefix of the own account in another region
  crossaccount.registry.ecr_pull_through_cache_rule:
    region: eu-west-1
    ecr_repository_prefix: payments
    upstream_registry_url: 111122223333.dkr.ecr.eu-central-1.amazonaws.com
    upstream_repository_prefix: payments

- name: Cache all of it from now on
  crossaccount.registry.ecr_pull_through_cache_rule:
    region: eu-west-1
    ecr_repository_prefix: payments
    upstream_repository_prefix: ROOT
    replace: true

- name: Cache no more
  crossaccount.registry.ecr_pull_through_cache_rule:
    region: eu-west-1
    ecr_repository_prefix: payments
    state: absent
"""

RETURN = r"""
summary:
  description: How many rules were created, updated, deleted, unchanged, skipped (because another one failed), and failed.
  returned: always
  type: dict
  sample: {"created": 1, "updated": 0, "deleted": 0, "unchanged": 0, "skipped": 0, "failed": 0}
actions:
  description:
    - What was done to each rule, or would be done in check mode.
    - Unchanged rules are left out when there are more than ten of them.
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
      sample: shared
    action:
      description: V(created), V(updated), V(deleted), V(unchanged), V(skipped) or V(failed).
      type: str
      sample: created
    settings_changed:
      description: The settings that differ.
      type: list
      elements: str
      sample: [custom_role_arn, upstream_registry, upstream_registry_url, upstream_repository_prefix]
    replaced:
      description: Whether it was deleted and created again.
      type: bool
      sample: false
    settings:
      description: All settings after the task, by the names of the options. V(null) when the rule is not there.
      type: dict
      sample:
        upstream_registry: ecr
        upstream_registry_url: 444455556666.dkr.ecr.eu-central-1.amazonaws.com
        upstream_repository_prefix: ROOT
        credential_arn: null
        custom_role_arn: arn:aws:iam::111122223333:role/registry-cache
    validation:
      description: What O(validate) found, C(valid) and the C(failure) of AWS. V(null) where a rule was not validated.
      type: dict
      sample: null
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

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.cache_rules import RULE_SPEC, cache_rule_items
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.cache_validation import Validation, with_validation
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.settings_module import SETTINGS_SPEC, run_settings
from ansible_collections.crossaccount.registry.plugins.module_utils._settings_flow import settings_result


def run(module: RegistryAWSModule) -> dict[str, Any]:
    params = module.params
    outcomes = run_settings(module, cache_rule_items(module))
    if params["validate"]:
        outcomes = Validation(params["wait_timeout"], module.check_mode, params["workers"]).run(outcomes)
    else:
        outcomes = [with_validation(outcome) for outcome in outcomes]
    return settings_result(outcomes, with_diff=module._diff, check_mode=module.check_mode)


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={
            **SETTINGS_SPEC,
            **RULE_SPEC,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "rules": {
                "type": "list",
                "elements": "dict",
                "options": {**RULE_SPEC, "regions": SETTINGS_SPEC["regions"]},
                "mutually_exclusive": [("upstream_registry_url", "upstream_ecr")],
            },
            "replace": {"type": "bool", "default": False},
            "validate": {"type": "bool", "default": False},
        },
        mutually_exclusive=[*((name, "rules") for name in RULE_SPEC), ("upstream_registry_url", "upstream_ecr")],
        required_one_of=[("ecr_repository_prefix", "rules")],
    )
    module.run(lambda: run(module))


if __name__ == "__main__":
    main()
