#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: secretsmanager_registry_credential_info
version_added: 1.0.0
short_description: Find secrets with registry credentials, in any account
description:
  - Finds out the full ARNs of secrets, which only AWS knows (they end in six characters that it makes up), and the ARNs of the keys that
    encrypt them. Policies of execution roles and definitions of tasks and jobs need both.
  - Looks into the account of the task's credentials, and into those of O(accounts). Never asks for the value.
options:
  secrets:
    description: The secrets to look for.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The name, or the full ARN, which says account and region itself.
        type: str
        required: true
      account:
        description: The account, in quotes. The default is that of the task's credentials.
        type: raw
      region:
        description: The region. The default is the O(region).
        type: str
      kms_key_id:
        description:
          - The key that the secret is going to have, as key id, key ARN, alias name or alias ARN, to know its ARN beforehand.
          - Without it, the one that the current version is encrypted with.
        type: str
  account_id:
    description:
      - The account that the task's credentials must belong to. Otherwise the task fails.
      - Account ids are written in quotes.
    type: raw
  missing:
    description: Whether the task fails when a secret is not there.
    type: str
    choices: [report, fail]
    default: report
  wait_timeout:
    description: How many seconds to wait for secrets that are not there, such as those that another job creates at the same time.
    type: int
    default: 0
notes:
  - The module needs the permission C(secretsmanager:DescribeSecret), and C(secretsmanager:ListSecretVersionIds) or C(kms:DescribeKey)
    for the key.
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.secretsmanager_registry_credential
  - module: crossaccount.registry.batch_job_definition
  - module: crossaccount.registry.ecs_task_definition
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - crossaccount.registry._boto3
  - crossaccount.registry._attributes
  - crossaccount.registry._assume_role
  - crossaccount.registry._accounts
"""

EXAMPLES = r"""
- name: Find a credential of this account, and the key that encrypts it
  crossaccount.registry.secretsmanager_registry_credential_info:
    region: eu-west-1
    secrets:
      - name: registry/shared

- name: Find a credential of another account, and see whether it is there
  crossaccount.registry.secretsmanager_registry_credential_info:
    secrets:
      - name: registry/none
        account: "444455556666"
        region: eu-west-1
    accounts:
      - account_id: "444455556666"
        assume_role:
          role_arn: arn:aws:iam::444455556666:role/registry-auditor
"""

RETURN = r"""
secrets:
  description: One entry for each of the option, in its order.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name or ARN, as it was given.
      type: str
      sample: registry/shared
    account:
      description: The account.
      type: str
      sample: "111122223333"
    region:
      description: The region.
      type: str
      sample: eu-west-1
    arn:
      description: The full ARN. V(null) when there is no such secret.
      type: str
      sample: arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry/shared-LPZlAL
    kms_key_arn:
      description: The customer managed key. V(null) for the key that AWS manages.
      type: str
      sample: arn:aws:kms:eu-west-1:111122223333:key/6f1c2f9e-7d0e-4a27-9d3b-7c1d0b3f5a55
    scheduled_for_deletion:
      description: Whether the secret is scheduled for deletion.
      type: bool
      sample: false
"""

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.secret_lookup import LOOKUP_SPEC, find_secrets


def main() -> None:
    module = RegistryAWSModule(argument_spec=LOOKUP_SPEC)
    module.run(lambda: find_secrets(module))


if __name__ == "__main__":
    main()
