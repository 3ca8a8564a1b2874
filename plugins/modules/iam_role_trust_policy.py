#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_role_trust_policy
version_added: 1.0.0
short_description: Manage statements in the trust policies of IAM roles
description:
  - Adds, replaces and removes statements in the trust policies (assume-role policies) of IAM roles. Statements that others have put
    there keep their place and their spelling.
  - Who may assume a role is given in plain terms (O(trusted)), or as statements.
  - Shows who gains or loses what, before it happens. Creates roles only with O(create_missing).
options:
  roles:
    description: The names of the roles.
    type: list
    elements: str
    required: true
  account_id:
    description:
      - The account that the roles must be in. The task fails when the credentials belong to another one.
      - Account ids are written in quotes.
    type: raw
  trusted:
    description: Who may assume the roles. Each item becomes one statement, and names an account, a service or an OIDC provider.
    type: list
    elements: dict
    suboptions:
      sid:
        description:
          - The Sid of the statement. With it, an item that changes replaces the statement that it had before.
        type: str
      account:
        description: The id of an account, in quotes. Without C(roles) and C(users) the whole account.
        type: raw
      roles:
        description: Names (with their paths) of roles of the account.
        type: list
        elements: str
      users:
        description: Names (with their paths) of users of the account.
        type: list
        elements: str
      external_id:
        description: The external ID that the account must give.
        type: str
      service:
        description: A service, such as V(ecs-tasks.amazonaws.com).
        type: str
      source_account:
        description: The account, in quotes, for which the service must act.
        type: raw
      oidc_provider:
        description: The ARN of an IAM OIDC provider.
        type: str
      subjects:
        description: The subjects of the tokens, such as V(system:serviceaccount:stackrox:central). Patterns are possible.
        type: list
        elements: str
      audience:
        description: The audience of the tokens. The default is V(sts.amazonaws.com).
        type: str
  create_missing:
    description:
      - Create a role that is not there, with this trust policy, no permissions, and the tag C(crossaccount.registry). A name may have a
        path, such as V(caches/platform).
      - With O(state=absent), a role that was created so is deleted when nobody is left whom it trusts. A role that is gone is no error.
    type: bool
    default: false
  size_limit:
    description:
      - How many characters a trust policy of this account may have. AWS allows 2048, unless the quota C(L-C07B4B0D) was raised.
    type: int
    default: 2048
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: amazon.aws.iam_role
  - name: IAM role trust policies
    description: What AWS says about trust policies.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - crossaccount.registry._boto3
  - crossaccount.registry._attributes
  - crossaccount.registry._assume_role
  - crossaccount.registry._policy
  - crossaccount.registry._policy.resource_policy
"""

EXAMPLES = r"""
- name: Let a scanner in another account assume the role, with an external ID
  crossaccount.registry.iam_role_trust_policy:
    roles: [registry-scanner]
    trusted:
      - sid: ScannerAccount
        account: "444455556666"
        roles: [central]
        external_id: 6f1c2f9e-registry

- name: Let a Kubernetes service account of an EKS cluster assume the role
  crossaccount.registry.iam_role_trust_policy:
    roles: [registry-scanner]
    trusted:
      - sid: Central
        oidc_provider: arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE
        subjects: ["system:serviceaccount:stackrox:central"]

- name: Let tasks of Amazon ECS use the role, and remove what was there for AWS Batch
  crossaccount.registry.iam_role_trust_policy:
    roles: [registry-scanner]
    sid_prefix: Workload
    statements:
      - Sid: WorkloadEcs
        Effect: Allow
        Principal:
          Service: ecs-tasks.amazonaws.com
        Action: sts:AssumeRole

- name: Create the role of a pull-through cache
  crossaccount.registry.iam_role_trust_policy:
    roles: [ecr-cache-platform]
    create_missing: true
    trusted:
      - sid: Cache
        service: pullthroughcache.ecr.amazonaws.com

- name: Take the scanner's access away
  crossaccount.registry.iam_role_trust_policy:
    roles: [registry-scanner]
    sids: [ScannerAccount]
    state: absent
"""

RETURN = r"""
summary:
  description: How many documents were created, updated, deleted, unchanged, skipped (because another one failed), and failed.
  returned: always
  type: dict
  sample: {"created": 0, "updated": 1, "deleted": 0, "unchanged": 0, "skipped": 0, "failed": 0}
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
      description: Always V(null), because IAM is global.
      type: str
      sample: null
    resource:
      description: The role.
      type: str
      sample: role/registry-scanner
    action:
      description: V(created), V(updated), V(deleted), V(unchanged), V(skipped) or V(failed).
      type: str
      sample: updated
    statements_added:
      description: Statements that are new, by Sid, or by C(#) and their place.
      type: list
      elements: str
      sample: [ScannerAccount]
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
        - principal: arn:aws:iam::444455556666:role/central
          resource: "*"
          condition: StringEquals sts:ExternalId 6f1c2f9e-registry
          actions_gained: ["sts:AssumeRole"]
          actions_lost: []
    access_changes_left_out:
      description: How many more entries there are.
      type: int
      sample: 0
    size:
      description: Characters of the new document.
      type: int
      sample: 335
    size_limit:
      description: Characters that are allowed.
      type: int
      sample: 2048
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
    POLICY_SPEC,
    RESOURCE_POLICY_SPEC,
    TRUSTED_SPEC,
    run_flow,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.role_documents import trust_policy_documents


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={
            **POLICY_SPEC,
            **RESOURCE_POLICY_SPEC,
            "roles": {"type": "list", "elements": "str", "required": True},
            "account_id": {"type": "raw"},
            "trusted": TRUSTED_SPEC,
            "create_missing": {"type": "bool", "default": False},
            "size_limit": {"type": "int", "default": 2048},
        },
        mutually_exclusive=[("policy", "statements", "trusted")],
    )
    module.run(lambda: run_flow(module, trust_policy_documents(module)))


if __name__ == "__main__":
    main()
