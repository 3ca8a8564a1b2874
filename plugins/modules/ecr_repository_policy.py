#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_repository_policy
version_added: 1.0.0
short_description: Manage statements in the policies of many ECR repositories at once
description:
  - Adds, replaces and removes statements in the policies of Amazon ECR repositories. Statements that others have put there keep
    their place and their spelling.
  - Works on any number of repositories and regions in one task.
  - Shows who gains or loses which action, before it happens.
  - Never touches other settings of a repository, such as tag mutability, scanning or lifecycle.
options:
  repositories:
    description:
      - Which repositories. Each item is a name, a pattern with V(*) and V(?) (V(*) also matches V(/)), or V(tag:key=value), where
        the value may be a pattern. A repository that one of the items means is selected.
      - With O(grants) this is where statements of grants are looked after, by default V(*). Which repository gets which grant is
        said by the grants.
    type: list
    elements: str
  regions:
    description:
      - The regions to work in. V(all) means all regions that are enabled for the account, which needs C(ec2:DescribeRegions).
      - The regions of O(grants) are always included. Without any, the O(region) is used.
    type: list
    elements: str
  account_id:
    description:
      - The account that the repositories must be in. The task fails when the credentials belong to another one.
      - Account ids are written in quotes.
    type: raw
  allow_no_match:
    description: Do not fail when a name or pattern selects no repository.
    type: bool
    default: false
  force:
    description: Accept a policy that keeps the account itself from changing it again.
    type: bool
    default: false
  progress_file:
    description:
      - A file to which the module appends lines of text about its progress. It is set by the action plugin of the same name, which
        shows them while the module runs.
    type: path
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.iam_role_registry_policy
  - plugin: crossaccount.registry.registry_grant_statements
    plugin_type: filter
  - name: Private repository policies in Amazon ECR
    description: What AWS says about repository policies.
    link: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - crossaccount.registry._boto3
  - crossaccount.registry._attributes
  - crossaccount.registry._assume_role
  - crossaccount.registry._policy
  - crossaccount.registry._policy.resource_policy
  - crossaccount.registry._grants
"""

EXAMPLES = r"""
- name: Let another account pull from all repositories of a team
  crossaccount.registry.ecr_repository_policy:
    repositories: ["payments/*"]
    region: eu-west-1
    statements:
      - Sid: PaymentsPull
        Effect: Allow
        Principal:
          AWS: "444455556666"
        Action:
          - ecr:BatchCheckLayerAvailability
          - ecr:BatchGetImage
          - ecr:GetDownloadUrlForLayer

- name: Do the same with a grant, for a role only
  crossaccount.registry.ecr_repository_policy:
    grants:
      - name: payments-runtime
        registry:
          account: "111122223333"
          regions: [eu-west-1]
        repositories: ["payments/*"]
        access: pull
        to:
          - account: "444455556666"
            roles: [ecsInstanceRole]

- name: See what a whole declaration would change, as another role
  crossaccount.registry.ecr_repository_policy:
    grants: "{{ registry_grants }}"
    sid_prefix: CrossaccountRegistry
    regions: [eu-west-1]
    assume_role:
      role_arn: arn:aws:iam::111122223333:role/registry-admin
      external_id: registry-automation
  check_mode: true
  diff: true

- name: Remove a statement wherever it is
  crossaccount.registry.ecr_repository_policy:
    repositories: ["*"]
    region: eu-west-1
    sids: [PaymentsPull]
    state: absent
"""

RETURN = r"""
summary:
  description: How many documents were created, updated, deleted, unchanged, skipped (because another one failed), and failed.
  returned: always
  type: dict
  sample: {"created": 1, "updated": 1, "deleted": 0, "unchanged": 0, "skipped": 0, "failed": 0}
actions:
  description:
    - What was done to each document, or would be done in check mode.
    - Unchanged documents are left out when there are more than ten of them.
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
      description: The repository.
      type: str
      sample: payments/web
    action:
      description: V(created), V(updated), V(deleted), V(unchanged), V(skipped) or V(failed).
      type: str
      sample: updated
    statements_added:
      description: Statements that are new, by Sid, or by C(#) and their place.
      type: list
      elements: str
      sample: [PaymentsPull]
    statements_replaced:
      description: Statements that have a new meaning.
      type: list
      elements: str
      sample: []
    statements_removed:
      description: Statements that went.
      type: list
      elements: str
      sample: []
    orphan_principals_dropped:
      description: Orphan principals that were removed, by statement.
      type: list
      elements: str
      sample: []
    access_changes:
      description:
        - Who gains or loses which actions through this document, and under which condition. At most 50 entries.
      type: list
      elements: dict
      sample:
        - principal: "444455556666"
          resource: "*"
          condition: ""
          actions_gained: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
          actions_lost: []
    access_changes_left_out:
      description: How many more entries there are.
      type: int
      sample: 0
    size:
      description: Characters of the new document.
      type: int
      sample: 327
    size_limit:
      description: Characters that are allowed.
      type: int
      sample: 10240
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
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.policy_module import (
    GRANTS_SPEC,
    POLICY_SPEC,
    RESOURCE_POLICY_SPEC,
    run_flow,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.repository_documents import repository_documents


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={
            **POLICY_SPEC,
            **RESOURCE_POLICY_SPEC,
            "repositories": {"type": "list", "elements": "str"},
            "regions": {"type": "list", "elements": "str"},
            "account_id": {"type": "raw"},
            "grants": GRANTS_SPEC,
            "allow_no_match": {"type": "bool", "default": False},
            "force": {"type": "bool", "default": False},
            "progress_file": {"type": "path"},
        },
        mutually_exclusive=[("policy", "statements", "grants")],
    )
    module.run(lambda: run_flow(module, repository_documents(module)))


if __name__ == "__main__":
    main()
