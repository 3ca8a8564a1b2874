#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_replication_configuration
version_added: 1.0.0
short_description: Manage replication rules of ECR registries
description:
  - Adds, changes and removes rules by which an Amazon ECR registry copies what is pushed to it to other accounts and regions. Rules that
    others have put there keep their place.
  - A rule has no name. It is found by its destinations together with its filters, in any order. So a rule with another filter is another
    rule; remove the old one, or declare all rules with O(state=exact).
  - A destination in another account must allow it in its registry policy, see M(crossaccount.registry.ecr_registry_policy).
options:
  state:
    description:
      - V(present) adds the given rules, and changes what is given and differs. All others are left alone.
      - V(absent) removes the given rules and leaves all others alone.
      - V(exact) makes the configuration just the given rules. All others are removed.
    type: str
    choices: [present, absent, exact]
    default: present
  rules:
    description: The rules.
    type: list
    elements: dict
    suboptions:
      destinations:
        description: Where to replicate to.
        type: list
        elements: dict
        required: true
        suboptions:
          account:
            description: The account of the destination, in quotes. It may be the own account.
            type: raw
            required: true
          region:
            description: The region of the destination.
            type: str
            required: true
      repository_filters:
        description: Beginnings of the names of the repositories that are replicated. Without any, all repositories are.
        type: list
        elements: str
      delete_replication:
        description: Whether deletions of images and tags are replicated, too. They are not in a new rule.
        type: bool
  grants:
    description:
      - A declaration of grants, the same that the destination's account uses. Those with the access level V(replicate) that name the
        account of this task become a rule each, from its registry to the one of the grant.
      - Their repositories must be names, V(*), or patterns that end in their only V(*). Replication goes by the beginning of names, so a
        name also means longer ones, which the registry policy of the destination refuses.
      - With O(state=exact), a grant that has left the declaration takes its rule with it.
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.ecr_registry_policy
  - module: crossaccount.registry.ecr_repository_creation_template
  - module: crossaccount.registry.ecr_registry_info
  - name: Private image replication in Amazon ECR
    description: What AWS says about replication.
    link: https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
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
- name: Replicate the images of a team to another region and another account
  crossaccount.registry.ecr_replication_configuration:
    region: eu-west-1
    rules:
      - destinations:
          - account: "111122223333"
            region: eu-central-1
          - account: "444455556666"
            region: eu-west-1
        repository_filters: [payments/]
        delete_replication: true

- name: Replicate what the grants say, and nothing else
  crossaccount.registry.ecr_replication_configuration:
    region: eu-west-1
    state: exact
    grants:
      - name: mirror
        registry:
          account: "444455556666"
          regions: [eu-west-1, eu-central-1]
        repositories: ["base/*"]
        access: replicate
        to:
          - account: "111122223333"

- name: Replicate nothing any more
  crossaccount.registry.ecr_replication_configuration:
    region: eu-west-1
    rules: []
    state: exact
"""

RETURN = r"""
summary:
  description: How many configurations were updated, unchanged, skipped (because another one failed), and failed.
  returned: always
  type: dict
  sample: {"created": 0, "updated": 1, "deleted": 0, "unchanged": 0, "skipped": 0, "failed": 0}
actions:
  description: What was done to the configuration in each region, or would be done in check mode.
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
      description: Always V(registry).
      type: str
      sample: registry
    action:
      description: V(updated), V(unchanged), V(skipped) or V(failed).
      type: str
      sample: updated
    settings_changed:
      description: The settings that differ.
      type: list
      elements: str
      sample: [rules]
    replaced:
      description: Always V(false).
      type: bool
      sample: false
    settings:
      description: All rules after the task, those of others included.
      type: dict
      sample:
        rules:
          - destinations:
              - region: eu-central-1
                account: "111122223333"
              - region: eu-west-1
                account: "444455556666"
            repository_filters: [payments/]
            delete_replication: true
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

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.policy_module import GRANTS_SPEC
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.replication_rules import replication_items
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.settings_module import SETTINGS_SPEC, run_settings
from ansible_collections.crossaccount.registry.plugins.module_utils._settings_flow import settings_result

DESTINATION_SPEC = {"account": {"type": "raw", "required": True}, "region": {"type": "str", "required": True}}


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={
            **SETTINGS_SPEC,
            "state": {"type": "str", "choices": ["present", "absent", "exact"], "default": "present"},
            "rules": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "destinations": {"type": "list", "elements": "dict", "required": True, "options": DESTINATION_SPEC},
                    "repository_filters": {"type": "list", "elements": "str"},
                    "delete_replication": {"type": "bool"},
                },
            },
            "grants": GRANTS_SPEC,
        },
        mutually_exclusive=[("rules", "grants")],
        required_one_of=[("rules", "grants")],
    )
    module.run(
        lambda: settings_result(run_settings(module, replication_items(module)), with_diff=module._diff, check_mode=module.check_mode)
    )


if __name__ == "__main__":
    main()
