#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: secretsmanager_secret_policy
version_added: 1.0.0
short_description: Manage statements in the policies of AWS Secrets Manager secrets
description:
  - Adds, replaces and removes statements in the resource policies of secrets. Statements that others have put there keep their place
    and their spelling.
  - O(readers) says in plain terms who may fetch the value, such as the execution roles of Amazon ECS tasks and AWS Batch jobs that
    pull from a private registry.
  - Across accounts, a reader also needs an identity policy of its own that allows C(secretsmanager:GetSecretValue) on the secret, and
    C(kms:Decrypt) on the key that encrypts it, in its identity policy and in the policy of the key
    (M(crossaccount.registry.kms_key_policy)).
  - The policies of replicas follow that of the primary secret by themselves.
options:
  secrets:
    description:
      - The names or full ARNs of the secrets. An ARN says the region itself.
      - With O(state=absent), a secret that is not there or is scheduled for deletion is no error.
    type: list
    elements: str
    required: true
  regions:
    description: The regions in which the names are looked for. Without any, the O(region) is used.
    type: list
    elements: str
  new_secrets:
    description:
      - Those of O(secrets) that an earlier task creates. In check mode, where they are not there yet, the task shows the policy that they
        will get instead of failing. For real they must be there.
    type: list
    elements: str
  account_id:
    description:
      - The account whose credentials it must be. The task fails when they belong to another one.
      - Account ids are written in quotes.
    type: raw
  readers:
    description:
      - Who may fetch the value. Compiles to one statement that allows C(secretsmanager:GetSecretValue), with the Sid
        V(CrossaccountRegistryReaders).
      - The readers are declared as a whole. An empty list removes the statement.
      - Refused for readers in other accounts when the secret is encrypted with the key that AWS manages, with which they could
        never read it.
    type: list
    elements: dict
    suboptions:
      account:
        description:
          - The account, in quotes.
          - Without O(readers[].roles) and O(readers[].users) the whole account. Its own policies say which of its roles and users.
        type: raw
      roles:
        description: Names (with their paths) or ARNs of roles of the account. They must exist.
        type: list
        elements: str
      users:
        description: Names (with their paths) or ARNs of users of the account. They must exist.
        type: list
        elements: str
      arn:
        description: The ARN of one role, one user, or the root of an account, instead of the other fields.
        type: str
  block_public_policy:
    description:
      - Let Secrets Manager refuse a policy that gives broad access to the secret. It looks at the whole policy, also at the statements
        of others.
      - O(allow_public) is about the given statements only, and checked before the call.
    type: bool
    default: true
  force:
    description: Accept statements that keep the account itself from changing the policy again.
    type: bool
    default: false
notes:
  - The module needs the permissions C(secretsmanager:DescribeSecret), C(secretsmanager:GetResourcePolicy) and, for readers in other
    accounts, C(kms:DescribeKey) on the key of the secret; for changes C(secretsmanager:PutResourcePolicy) and
    C(secretsmanager:DeleteResourcePolicy).
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.secretsmanager_registry_credential
  - module: crossaccount.registry.kms_key_policy
  - name: Access AWS Secrets Manager secrets from a different account
    description: What AWS says about the three policies.
    link: https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html
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
- name: Let the execution role of another account read a registry credential
  crossaccount.registry.secretsmanager_secret_policy:
    region: eu-west-1
    secrets: [registry/shared]
    readers:
      - account: "444455556666"
        roles: [ecsTaskExecutionRole]

- name: Let a security team look at the settings of two secrets
  crossaccount.registry.secretsmanager_secret_policy:
    region: eu-west-1
    secrets: [registry/shared, registry/internal]
    statements:
      - Sid: AuditLooks
        Effect: Allow
        Principal:
          AWS: "777788889999"
        Action: secretsmanager:DescribeSecret
        Resource: "*"

- name: Take the access of all readers away again, and leave other statements alone
  crossaccount.registry.secretsmanager_secret_policy:
    region: eu-west-1
    secrets: [registry/shared]
    readers: []
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
      description: The name of the secret, or what was given where it could not be found.
      type: str
      sample: registry/shared
    action:
      description: V(created), V(updated), V(deleted), V(unchanged), V(skipped) or V(failed).
      type: str
      sample: created
    statements_added:
      description: Statements that are new, by Sid, or by C(#) and their place.
      type: list
      elements: str
      sample: [CrossaccountRegistryReaders]
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
        - principal: arn:aws:iam::444455556666:role/ecsTaskExecutionRole
          resource: "*"
          condition: ""
          actions_gained: ["secretsmanager:GetSecretValue"]
          actions_lost: []
    access_changes_left_out:
      description: How many more entries there are.
      type: int
      sample: 0
    size:
      description: Characters of the new document.
      type: int
      sample: 225
    size_limit:
      description: Characters that are allowed.
      type: int
      sample: 20480
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
    READERS_SPEC,
    RESOURCE_POLICY_SPEC,
    run_flow,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.secret_policy_documents import secret_policy_documents


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={
            **POLICY_SPEC,
            **RESOURCE_POLICY_SPEC,
            "secrets": {"type": "list", "elements": "str", "required": True, "no_log": False},
            "regions": {"type": "list", "elements": "str"},
            "new_secrets": {"type": "list", "elements": "str", "no_log": False},
            "account_id": {"type": "raw"},
            "readers": READERS_SPEC,
            "block_public_policy": {"type": "bool", "default": True},
            "force": {"type": "bool", "default": False},
        },
        mutually_exclusive=[("policy", "statements", "readers")],
    )
    module.run(lambda: run_flow(module, secret_policy_documents(module)))


if __name__ == "__main__":
    main()
