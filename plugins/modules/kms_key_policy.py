#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kms_key_policy
version_added: 1.0.0
short_description: Manage statements in the policies of AWS KMS keys
description:
  - Adds, replaces and removes statements in the policies of customer managed keys. Statements that others have put there keep their
    place and their spelling.
  - O(decrypt_for) says in plain terms who may decrypt secrets of AWS Secrets Manager with a key, such as the execution roles of
    Amazon ECS tasks and AWS Batch jobs that pull from a private registry.
  - Where a key policy is silent, no IAM policy helps, not even in the account of the key. So a policy that would keep the account from
    changing it again is refused without O(force=true).
options:
  keys:
    description:
      - The keys, by key id, key ARN, alias name (V(alias/...)) or alias ARN. An ARN says the region itself.
      - Keys that AWS manages (V(alias/aws/...)) have policies that nobody can change.
    type: list
    elements: str
    required: true
  regions:
    description: The regions in which key ids and alias names are looked for. Without any, the O(region) is used.
    type: list
    elements: str
  account_id:
    description:
      - The account whose keys it must be. The task fails when the credentials belong to another one.
      - Account ids are written in quotes.
    type: raw
  decrypt_for:
    description:
      - Who may decrypt secrets with the key. Compiles to statements that allow C(kms:Decrypt), which is all that
        C(secretsmanager:GetSecretValue) needs, and only through Secrets Manager in the region of the key (C(kms:ViaService)).
      - The readers are declared as a whole, for each of O(secrets) or else for the whole key. An empty list removes the statements.
    type: list
    elements: dict
    suboptions:
      account:
        description:
          - The account, in quotes.
          - Without O(decrypt_for[].roles) and O(decrypt_for[].users) the whole account. Its own policies say which of its roles and users.
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
  secrets:
    description:
      - The full ARNs of the only secrets that O(decrypt_for) may decrypt (C(kms:EncryptionContext:SecretARN)). Each has a statement of
        its own, whose Sid is V(CrossaccountRegistryDecrypt) and the name of the secret. Statements for other secrets stay.
      - If not given, O(decrypt_for) may decrypt all secrets that the key encrypts and whose own policies allow it. That is one
        statement, with the Sid V(CrossaccountRegistryDecrypt).
    type: list
    elements: str
  force:
    description: Accept a policy that keeps the account itself, or the identity that writes it, from changing it again.
    type: bool
    default: false
notes:
  - The module needs the permissions C(kms:DescribeKey), C(kms:GetKeyPolicy), and for changes C(kms:PutKeyPolicy), in the account of the
    key. AWS does not let identities of other accounts change key policies.
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.secretsmanager_secret_policy
  - module: crossaccount.registry.secretsmanager_registry_credential
  - name: Key policies in AWS KMS
    description: What AWS says about key policies.
    link: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
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
- name: Let the execution role of another account decrypt registry credentials, and nothing else
  crossaccount.registry.kms_key_policy:
    region: eu-west-1
    keys: [alias/registry-credentials]
    decrypt_for:
      - account: "444455556666"
        roles: [ecsTaskExecutionRole]

- name: Let the team that runs the registries use the key, too
  crossaccount.registry.kms_key_policy:
    region: eu-west-1
    keys: [alias/registry-credentials]
    statements:
      - Sid: RegistryTeam
        Effect: Allow
        Principal:
          AWS: arn:aws:iam::111122223333:role/registry-admin
        Action: [kms:Decrypt, kms:GenerateDataKey, kms:DescribeKey]
        Resource: "*"

- name: Take the access of all readers away again, and leave other statements alone
  crossaccount.registry.kms_key_policy:
    region: eu-west-1
    keys: [alias/registry-credentials]
    decrypt_for: []
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
      description: The region.
      type: str
      sample: eu-west-1
    resource:
      description: The key, as it was given.
      type: str
      sample: alias/registry-credentials
    action:
      description: V(created), V(updated), V(deleted), V(unchanged), V(skipped) or V(failed).
      type: str
      sample: updated
    statements_added:
      description: Statements that are new, by Sid, or by C(#) and their place.
      type: list
      elements: str
      sample: [CrossaccountRegistryDecrypt]
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
          condition: StringEquals kms:ViaService secretsmanager.eu-west-1.amazonaws.com
          actions_gained: ["kms:Decrypt"]
          actions_lost: []
    access_changes_left_out:
      description: How many more entries there are.
      type: int
      sample: 0
    size:
      description: Characters of the new document.
      type: int
      sample: 457
    size_limit:
      description: Characters that are allowed.
      type: int
      sample: 32768
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

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.key_policy_documents import key_policy_documents
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.policy_module import (
    POLICY_SPEC,
    READERS_SPEC,
    RESOURCE_POLICY_SPEC,
    run_flow,
)


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={
            **POLICY_SPEC,
            **RESOURCE_POLICY_SPEC,
            "keys": {"type": "list", "elements": "str", "required": True, "no_log": False},
            "regions": {"type": "list", "elements": "str"},
            "account_id": {"type": "raw"},
            "decrypt_for": READERS_SPEC,
            "secrets": {"type": "list", "elements": "str", "no_log": False},
            "force": {"type": "bool", "default": False},
        },
        mutually_exclusive=[("policy", "statements", "decrypt_for")],
    )
    module.run(lambda: run_flow(module, key_policy_documents(module)))


if __name__ == "__main__":
    main()
