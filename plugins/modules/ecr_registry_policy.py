#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_registry_policy
version_added: 1.0.0
short_description: Manage statements in the policies of ECR registries
description:
  - Adds, replaces and removes statements in the policy of an Amazon ECR registry, that is of one account in one region. Statements
    that others have put there keep their place and their spelling.
  - One statement of a registry policy serves many repositories, those included that do not exist yet.
  - Which actions it can have depends on the account setting V(REGISTRY_POLICY_SCOPE). V(V2) takes all actions on repositories, V(V1) only
    V(ecr:BatchImportUpstreamImage), V(ecr:CreateRepository) and V(ecr:ReplicateImage). The setting is read where a statement has others,
    which takes C(ecr:GetAccountSetting); who may not read it learns from AWS what is wrong.
  - Statements about the resources of another registry are refused, because they have no effect.
options:
  regions:
    description:
      - The regions to work in. V(all) means all regions that are enabled for the account, which needs C(ec2:DescribeRegions).
      - The regions of O(grants) are always included. Without any, the O(region) is used.
    type: list
    elements: str
  account_id:
    description:
      - The account whose registry it must be. The task fails when the credentials belong to another one.
      - Account ids are written in quotes.
    type: raw
  force:
    description: Accept a policy that keeps the account itself from changing it again.
    type: bool
    default: false
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.ecr_account_setting
  - module: crossaccount.registry.ecr_repository_policy
  - name: Private registry permissions in Amazon ECR
    description: What AWS says about registry policies.
    link: https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
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
- name: Let all accounts of an organization pull from all repositories of a team, new ones included
  crossaccount.registry.ecr_registry_policy:
    grants:
      - name: base-images
        registry:
          account: "111122223333"
          regions: [eu-west-1]
        repositories: ["base/*"]
        access: pull
        scope: registry
        to:
          - organization: o-a1b2c3d4e5

- name: Let another account replicate its images to here
  crossaccount.registry.ecr_registry_policy:
    region: eu-west-1
    account_id: "111122223333"
    statements:
      - Sid: ReplicationFromBuild
        Effect: Allow
        Principal:
          AWS: "444455556666"
        Action:
          - ecr:CreateRepository
          - ecr:ReplicateImage
        Resource: arn:aws:ecr:eu-west-1:111122223333:repository/*

- name: Have everybody use TLS, be it to change the policy
  crossaccount.registry.ecr_registry_policy:
    region: eu-west-1
    force: true
    statements:
      - Sid: OnlyTls
        Effect: Deny
        Principal:
          AWS: "*"
        Action: "ecr:*"
        Resource: arn:aws:ecr:eu-west-1:111122223333:repository/*
        Condition:
          Bool:
            aws:SecureTransport: "false"

- name: Take that away again
  crossaccount.registry.ecr_registry_policy:
    region: eu-west-1
    sids: [ReplicationFromBuild, OnlyTls]
    state: absent
"""

RETURN = r"""
summary:
  description: How many documents were created, updated, deleted, unchanged, skipped (because another one failed), and failed.
  returned: always
  type: dict
  sample: {"created": 1, "updated": 0, "deleted": 0, "unchanged": 0, "skipped": 0, "failed": 0}
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
      description: Always V(registry).
      type: str
      sample: registry
    action:
      description: V(created), V(updated), V(deleted), V(unchanged), V(skipped) or V(failed).
      type: str
      sample: created
    statements_added:
      description: Statements that are new, by Sid, or by C(#) and their place.
      type: list
      elements: str
      sample: [CrossaccountRegistryBaseImagesPullOrganization]
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
        - principal: "*"
          resource: arn:aws:ecr:eu-west-1:111122223333:repository/base/*
          condition: StringEquals aws:PrincipalOrgID o-a1b2c3d4e5
          actions_gained: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
          actions_lost: []
    access_changes_left_out:
      description: How many more entries there are.
      type: int
      sample: 0
    size:
      description: Characters of the new document.
      type: int
      sample: 367
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
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.registry_documents import registry_documents


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={
            **POLICY_SPEC,
            **RESOURCE_POLICY_SPEC,
            "regions": {"type": "list", "elements": "str"},
            "account_id": {"type": "raw"},
            "grants": GRANTS_SPEC,
            "force": {"type": "bool", "default": False},
        },
        mutually_exclusive=[("policy", "statements", "grants")],
    )
    module.run(lambda: run_flow(module, registry_documents(module)))


if __name__ == "__main__":
    main()
