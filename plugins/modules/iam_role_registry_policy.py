#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_role_registry_policy
version_added: 1.0.0
short_description: Manage what IAM roles may do in registries of other accounts
description:
  - Manages the identity side of grants. Across accounts, a registry must allow a role, and the role must be allowed to use the
    registry. This module does the second.
  - Each role gets one customer managed policy under the path C(/crossaccount.registry/), so that it costs the role one attachment,
    and so that roles that left the declaration are found without looking through the account. The policy is attached to the role.
  - Works on any number of roles and users of an account in one task. Does not create roles, and leaves all other policies alone.
options:
  roles:
    description: Names of roles that get the same O(statements) or O(policy). With O(grants) the grants name the roles.
    type: list
    elements: str
  users:
    description: Names of users that get the same O(statements) or O(policy). With O(grants) the grants name the users.
    type: list
    elements: str
  new_roles:
    description:
      - Names of roles that an earlier task creates. In check mode, where they are not there yet, the task shows what they will be allowed
        instead of failing. For real they must be there.
    type: list
    elements: str
  account_id:
    description:
      - The account that the roles must be in. The task fails when the credentials belong to another one.
      - Account ids are written in quotes.
    type: raw
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.ecr_repository_policy
  - plugin: crossaccount.registry.registry_grant_statements
    plugin_type: filter
  - name: Identity-based policies for Amazon ECR
    description: What AWS says about the identity side.
    link: https://docs.aws.amazon.com/AmazonECR/latest/userguide/security_iam_id-based-policy-examples.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - crossaccount.registry._boto3
  - crossaccount.registry._attributes
  - crossaccount.registry._assume_role
  - crossaccount.registry._policy
  - crossaccount.registry._grants
"""

EXAMPLES = r"""
- name: Allow the roles of this account what the declaration grants them, and clean up what left it
  crossaccount.registry.iam_role_registry_policy:
    grants: "{{ registry_grants }}"
    sid_prefix: CrossaccountRegistry

- name: Allow a role to pull from one repository, without a declaration
  crossaccount.registry.iam_role_registry_policy:
    roles: [ecsInstanceRole]
    statements:
      - Sid: Login
        Effect: Allow
        Action: ecr:GetAuthorizationToken
        Resource: "*"
      - Sid: PaymentsPull
        Effect: Allow
        Action:
          - ecr:BatchCheckLayerAvailability
          - ecr:BatchGetImage
          - ecr:GetDownloadUrlForLayer
        Resource: arn:aws:ecr:eu-west-1:111122223333:repository/payments/api

- name: Take it away again
  crossaccount.registry.iam_role_registry_policy:
    roles: [ecsInstanceRole]
    sids: [Login, PaymentsPull]
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
      sample: "444455556666"
    region:
      description: Always V(null), because IAM is global.
      type: str
      sample: null
    resource:
      description: The role or user.
      type: str
      sample: role/ecsInstanceRole
    action:
      description: V(created), V(updated), V(deleted), V(unchanged), V(skipped) or V(failed).
      type: str
      sample: created
    statements_added:
      description: Statements that are new, by Sid, or by C(#) and their place.
      type: list
      elements: str
      sample: [CrossaccountRegistryLogin, CrossaccountRegistryPaymentsRuntimePull]
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
        - principal: role/ecsInstanceRole
          resource: "*"
          condition: ""
          actions_gained: ["ecr:GetAuthorizationToken"]
          actions_lost: []
        - principal: role/ecsInstanceRole
          resource: arn:aws:ecr:eu-west-1:111122223333:repository/payments/*
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
      sample: 378
    size_limit:
      description: Characters that are allowed.
      type: int
      sample: 6144
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
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.policy_module import GRANTS_SPEC, POLICY_SPEC, run_flow
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.role_documents import registry_policy_documents


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={
            **POLICY_SPEC,
            "roles": {"type": "list", "elements": "str"},
            "users": {"type": "list", "elements": "str"},
            "new_roles": {"type": "list", "elements": "str"},
            "account_id": {"type": "raw"},
            "grants": GRANTS_SPEC,
        },
        mutually_exclusive=[("policy", "statements", "grants"), ("grants", "roles"), ("grants", "users")],
    )
    module.run(lambda: run_flow(module, registry_policy_documents(module)))


if __name__ == "__main__":
    main()
