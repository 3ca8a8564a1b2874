#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: secretsmanager_registry_credential
version_added: 1.0.0
short_description: Manage the credential of a private registry in AWS Secrets Manager
description:
  - Manages a secret that holds the user name and the password for a private container registry, as Amazon ECS, AWS Batch and the
    pull-through cache of Amazon ECR read it, which is a JSON object with C(username) and C(password).
  - Writes a new version only when the value differs. Values are compared as parsed JSON, so that spacing and the order of keys make
    no difference. Keys that are not given are kept.
  - Restores a secret that is scheduled for deletion.
  - Replicates it to other regions, on request. Rotation settings and the policy of the secret are left alone; for the latter there is
    M(crossaccount.registry.secretsmanager_secret_policy).
  - The value is never returned, shown in a diff, or quoted in an error.
options:
  name:
    description:
      - The name of the secret, or its full ARN. With an ARN, the region is that of the ARN.
      - A name has up to 512 characters, which are letters, digits, and C(/_+=.@-). Secrets for a pull-through cache must begin with
        V(ecr-pullthroughcache/).
    type: str
    required: true
  state:
    description:
      - V(present) creates, restores or changes the secret.
      - V(absent) schedules its deletion, or deletes it for good with O(force_delete=true).
    type: str
    choices: [present, absent]
    default: present
  username:
    description:
      - The user name for the registry. Must be text.
      - Needed together with O(password) to create a secret. On one that exists, what is not given is kept.
    type: raw
  password:
    description:
      - The password or access token for the registry. Must be text, so a number is written in quotes.
      - Needed together with O(username) to create a secret. On one that exists, what is not given is kept.
    type: raw
  extra:
    description:
      - Further keys of the JSON object. Keys that are not given are kept.
      - Ansible hides these values wherever they occur in the output, so short and common ones make it hard to read.
    type: dict
  overwrite_value:
    description: Replace a stored value that is not a JSON object, or cannot be decrypted any more. Otherwise the task fails.
    type: bool
    default: false
  kms_key_id:
    description:
      - The key that encrypts the secret, as key id, key ARN, alias name or alias ARN. Two names of one key are no difference.
      - V(alias/aws/secretsmanager) is the key that AWS manages. With it, other accounts cannot read the secret.
      - If not given, a new secret gets the key that AWS manages, and one that exists keeps its key.
      - With another key, the stored value is written once more, so that its current version is encrypted with that key, too. That
        also happens when the secret has the key already, but its current version has another one.
    type: str
  account_id:
    description:
      - The account whose credentials it must be. The task fails when they belong to another one.
      - Account ids are written in quotes.
    type: raw
  readers:
    description:
      - Who is going to read the secret. Nothing is written for them, O(crossaccount.registry.secretsmanager_secret_policy#module:readers)
        and O(crossaccount.registry.kms_key_policy#module:decrypt_for) do that.
      - The task fails, before anything is written, when one of them is in another account and the secret, or a replica, would be
        encrypted with the key that AWS manages, with which no other account can ever read it.
    type: list
    elements: dict
    suboptions:
      account:
        description: The account, in quotes.
        type: raw
      roles:
        description: Names (with their paths) or ARNs of roles of the account.
        type: list
        elements: str
      users:
        description: Names (with their paths) or ARNs of users of the account.
        type: list
        elements: str
      arn:
        description: The ARN of one role, one user, or the root of an account, instead of the other fields.
        type: str
  replica_regions:
    description:
      - Other regions that have a replica of the secret. Those that are missing are added.
      - If not given, replicas are left alone.
    type: list
    elements: dict
    suboptions:
      region:
        description: The region.
        type: str
        required: true
      kms_key_id:
        description:
          - The key of that region which encrypts the replica, as key id, key ARN, alias name or alias ARN.
          - If not given, a new replica gets the key that AWS manages there, and one that exists keeps its key.
          - With another key on a replica that exists, only its next version is certainly encrypted with that key.
        type: str
  purge_replica_regions:
    description:
      - Delete replicas that are not in O(replica_regions), if that is given.
      - With O(state=absent), delete all replicas first. Otherwise the task fails when there are any, as AWS does.
    type: bool
    default: false
  description:
    description: The description of the secret. V("") removes it.
    type: str
  recovery_window_in_days:
    description:
      - With O(state=absent), for how many days the secret can be restored, from 7 to 30. By default AWS makes it 30.
      - Does not change the date of a secret that is scheduled for deletion already.
    type: int
  force_delete:
    description: With O(state=absent), delete the secret at once and for good, also one that is scheduled for deletion.
    type: bool
    default: false
  wait_timeout:
    description: How many seconds to wait, all in all, until AWS shows what was written, or frees the name of a deleted secret.
    type: int
    default: 60
notes:
  - While a module runs, Ansible has its options in a temporary file, readable for the same user only, unless C(ansible_pipelining) is true
    for the task. The role C(registry_credentials) sets it.
  - Only AWS knows RV(secret.arn) before the secret is created, RV(secret.version_id) before the value is written, and
    RV(secret.deletion_date) before the deletion. They are V(null) in check mode.
  - The value of a secret that is scheduled for deletion can only be read after it was restored. Check mode cannot tell whether the
    value will change then.
  - The module needs the permissions C(secretsmanager:DescribeSecret), with a value C(secretsmanager:GetSecretValue), with
    O(kms_key_id) C(kms:DescribeKey), C(secretsmanager:ListSecretVersionIds) and, for another key, C(secretsmanager:GetSecretValue),
    and for changes C(secretsmanager:CreateSecret), C(secretsmanager:UpdateSecret), C(secretsmanager:PutSecretValue),
    C(secretsmanager:TagResource), C(secretsmanager:UntagResource), C(secretsmanager:RestoreSecret), C(secretsmanager:DeleteSecret),
    C(secretsmanager:ReplicateSecretToRegions), C(secretsmanager:RemoveRegionsFromReplication). With a customer managed key also
    C(kms:Decrypt), C(kms:Encrypt) and C(kms:GenerateDataKey).
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.secretsmanager_secret_policy
  - module: crossaccount.registry.kms_key_policy
  - name: Private registry authentication for tasks in Amazon ECS
    description: What AWS says about the secret.
    link: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - crossaccount.registry._boto3
  - crossaccount.registry._attributes
  - crossaccount.registry._assume_role
"""

EXAMPLES = r"""
- name: Keep the credential for a registry, encrypted with a key that other accounts may use
  crossaccount.registry.secretsmanager_registry_credential:
    name: registry/quay
    username: payments+puller
    password: "{{ registry_password }}"
    kms_key_id: alias/registry-credentials
    description: Pulls the images of the payments team from Quay
    tags:
      team: payments
    region: eu-west-1

- name: Change the password only
  crossaccount.registry.secretsmanager_registry_credential:
    name: registry/quay
    password: "{{ new_registry_password }}"
    region: eu-west-1

- name: Keep a copy in another region, where images are pulled too
  crossaccount.registry.secretsmanager_registry_credential:
    name: registry/quay
    replica_regions:
      - region: eu-central-1
        kms_key_id: alias/registry-credentials
    readers:
      - account: "444455556666"
        roles: [ecsTaskExecutionRole]
    region: eu-west-1

- name: Add a tag without knowing the password
  crossaccount.registry.secretsmanager_registry_credential:
    name: registry/quay
    tags:
      owner: platform
    purge_tags: false
    region: eu-west-1

- name: Keep the credential for a pull-through cache of Docker Hub
  crossaccount.registry.secretsmanager_registry_credential:
    name: ecr-pullthroughcache/docker-hub
    username: payments
    password: "{{ registry_password }}"
    extra:
      accessToken: "{{ registry_password }}"
    region: eu-west-1

- name: Delete a credential, which can be restored for a week
  crossaccount.registry.secretsmanager_registry_credential:
    name: registry/quay
    state: absent
    recovery_window_in_days: 7
    purge_replica_regions: true
    region: eu-west-1
"""

RETURN = r"""
actions:
  description:
    - What was done, or would be done in check mode, in this order.
    - V(created), V(restored), V(kms_key_updated), V(description_updated), V(value_updated), V(value_reencrypted) (the same
      value, encrypted with the new key), V(tags_added) (also for tags that get
      another value), V(tags_removed), V(replicas_removed), V(replica_keys_updated), V(replicas_added), V(deleted) (also for a deletion
      that was scheduled).
    - Empty when nothing had to be done.
  returned: success
  type: list
  elements: str
  sample: ["created"]
secret:
  description: The secret, without its value. V(null) when there is none (any more).
  returned: success
  type: dict
  contains:
    arn:
      description: The ARN.
      type: str
      sample: arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry/quay-LPZlAL
    name:
      description: The name.
      type: str
      sample: registry/quay
    version_id:
      description: The id of the current version of the value.
      type: str
      sample: 338e3cf2-1302-45ae-982a-703f00962266
    kms_key_id:
      description:
        - The key that encrypts the secret, as Secrets Manager shows it, or as it was given when this task has set it.
        - V(null) for the key that AWS manages.
      type: str
      sample: alias/registry-credentials
    description:
      description: The description.
      type: str
      sample: Pulls the images of the payments team from Quay
    tags:
      description: The tags.
      type: dict
      sample: {"team": "payments"}
    replica_regions:
      description:
        - The replicas, each with its C(region), C(kms_key_id) (V(null) for the key that AWS manages there) and C(status), as Secrets
          Manager shows it.
      type: list
      elements: dict
      sample: []
    deletion_date:
      description:
        - When the secret can be deleted for good, if this task has scheduled its deletion. If it was scheduled before, the date that
          Secrets Manager shows. V(null) for a secret that is not scheduled for deletion.
      type: str
      sample: "2026-11-28T19:14:46.284440+00:00"
error:
  description: AWS's C(code), C(message), C(operation) and C(request_id), where an error of AWS is the reason of the failure.
  returned: failure
  type: dict
  sample:
    code: EncryptionFailure
    message: Secrets Manager can't encrypt the protected secret text using the provided KMS key.
    operation: CreateSecret
    request_id: 5d1a1c0e-8d3e-4f0b-9a44-2f3f5f7f9a10
"""

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.policy_module import READERS_SPEC
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.registry_credential import manage


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "username": {"type": "raw"},
            "password": {"type": "raw", "no_log": True},
            "extra": {"type": "dict", "no_log": True},
            "overwrite_value": {"type": "bool", "default": False},
            "kms_key_id": {"type": "str"},
            "account_id": {"type": "raw"},
            "readers": READERS_SPEC,
            "replica_regions": {
                "type": "list",
                "elements": "dict",
                "options": {"region": {"type": "str", "required": True}, "kms_key_id": {"type": "str"}},
            },
            "purge_replica_regions": {"type": "bool", "default": False},
            "description": {"type": "str"},
            "tags": {"type": "dict", "aliases": ["resource_tags"]},
            "purge_tags": {"type": "bool", "default": True},
            "recovery_window_in_days": {"type": "int"},
            "force_delete": {"type": "bool", "default": False},
            "wait_timeout": {"type": "int", "default": 60},
        },
    )
    module.run(lambda: manage(module))


if __name__ == "__main__":
    main()
