#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: secretsmanager_access_check
version_added: 1.0.0
short_description: Prove who can read a secret and decrypt it, and explain each denial
description:
  - Says for principals and secrets whether AWS lets the secret be read, in one account or across two. It is meant for execution roles of
    Amazon ECS and AWS Batch, and the credentials of private registries that they pull with. For a denial it says which document is
    silent or denies, and gives each statement that is missing, ready to paste.
  - A read is two requests, C(secretsmanager:GetSecretValue), and C(kms:Decrypt) where a customer managed key encrypts the value. The
    policies of the principal, of the secret and of the key have a say. About the key its own policy decides, also within an account.
    With the key that AWS manages no other account can ever read.
  - V(evaluate) reads the policies of both accounts and decides as AWS does. V(probe) reads the secret as the principal. The value never
    leaves the module, which only tells whether it was readable and has the form of a credential.
  - What cannot be read is unknown, with the reason; it is never guessed.
  - Changes nothing, and does the same in check mode.
options:
  account_id:
    description:
      - The account that the task's credentials must belong to. Otherwise the task fails.
      - Account ids are written in quotes.
    type: raw
  principals:
    description:
      - Who is asked about, by the ARN of a role (with its path), a user, or a role's session.
      - A 12-digit account id, in quotes, means an administrator of the account, to whom its own account allows everything.
    type: list
    elements: raw
  secrets:
    description: Full ARNs of secrets, or names of secrets of O(secret_account) in the O(region).
    type: list
    elements: str
  secret_account:
    description: The account of secrets that are given by their names, in quotes. The default is that of the task's credentials.
    type: raw
  expect:
    description: Which reads must be allowed, and which must be denied. A difference fails the task; the result is complete nevertheless.
    type: list
    elements: dict
    suboptions:
      principal:
        description: A principal, as in O(principals).
        type: raw
        required: true
      secret:
        description: A secret, as in O(secrets).
        type: str
        required: true
      allowed:
        description: Whether the read must be allowed.
        type: bool
        required: true
  method:
    description:
      - V(evaluate) reads policies and decides. V(probe) reads the secret with the credentials of the principal, which must be at hand,
        or be those of a role that can be assumed with those of its account.
      - V(both) does both and reports where they disagree.
    type: str
    choices: [evaluate, probe, both]
    default: evaluate
  documents:
    description:
      - Policies to use instead of those that are in AWS, to try out a change, or where nobody may read them.
      - What is given for a principal, or for a secret, replaces what is there.
    type: list
    elements: dict
    suboptions:
      kind:
        description: What the document is.
        type: str
        required: true
        choices: [secret_policy, key_policy, identity_policy, permissions_boundary, session_policy, service_control_policy]
      account:
        description: The account that a service control policy belongs to, in quotes.
        type: raw
      secret:
        description: The secret, as in O(secrets), for a secret policy, and for the policy of the key that encrypts it.
        type: str
      key:
        description: The ARN of the key, for a key policy. The secret is taken to be encrypted with it.
        type: str
      principal:
        description: The ARN of the role or user, for an identity policy, a permissions boundary or a session policy.
        type: str
      level:
        description: Where a service control policy is attached, counted from V(0), the root of the organization.
        type: int
        default: 0
      name:
        description: What messages call the document.
        type: str
      policy:
        description: The document. An empty one means that there is none.
        type: json
        required: true
  context:
    description:
      - Values of condition keys that nobody can know beforehand, such as C(aws:SourceVpce). A key without a value is one that the
        request lacks.
    type: dict
  unknown:
    description: Whether the task fails when something cannot be told.
    type: str
    choices: [report, fail]
    default: report
  workers:
    description: How many calls to AWS run at once.
    type: int
    default: 10
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.secretsmanager_secret_policy
  - module: crossaccount.registry.kms_key_policy
  - module: crossaccount.registry.ecr_access_check
  - name: Access to secrets from a different account
    description: What AWS says about who must allow what.
    link: https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - crossaccount.registry._boto3
  - crossaccount.registry._attributes
  - crossaccount.registry._assume_role
  - crossaccount.registry._accounts
"""

EXAMPLES = r"""
- name: Ask whether an execution role of another account can read a credential, and why not
  crossaccount.registry.secretsmanager_access_check:
    principals: ["arn:aws:iam::444455556666:role/ecsInstanceRole"]
    secrets: [registry/shared]
    region: eu-west-1
    accounts:
      - account_id: "444455556666"
        assume_role:
          role_arn: arn:aws:iam::444455556666:role/registry-auditor

- name: Require that another account cannot read it
  crossaccount.registry.secretsmanager_access_check:
    region: eu-west-1
    expect:
      - principal: "777788889999"
        secret: registry/shared
        allowed: false

- name: Try out a secret policy before it is written
  crossaccount.registry.secretsmanager_access_check:
    principals: ["777788889999"]
    secrets: [registry/shared]
    region: eu-west-1
    documents:
      - kind: secret_policy
        secret: registry/shared
        policy:
          Version: "2012-10-17"
          Statement:
            - Sid: Shop
              Effect: Allow
              Principal:
                AWS: "777788889999"
              Action: secretsmanager:GetSecretValue
              Resource: "*"

- name: Read it as the administrator of this account, and see whether it is a credential
  crossaccount.registry.secretsmanager_access_check:
    principals: ["111122223333"]
    secrets: [registry/shared]
    region: eu-west-1
    method: both
"""

RETURN = r"""
summary:
  description:
    - How many checks there were, how they ended (V(allowed), V(denied), V(unknown)), how many were V(as_expected) and V(mismatched), and
      how often policies and the real read disagreed.
  returned: always
  type: dict
  sample: {"checks": 1, "allowed": 0, "denied": 1, "unknown": 0, "as_expected": 0, "mismatched": 0, "disagreements": 0}
checks:
  description:
    - One entry for each principal and secret. Mismatches come first, then disagreements, what is unknown, and the rest.
  returned: always
  type: list
  elements: dict
  contains:
    principal:
      description: Who is asked about.
      type: str
      sample: arn:aws:iam::444455556666:role/ecsInstanceRole
    secret:
      description: The ARN of the secret, or its name where the ARN could not be found out.
      type: str
      sample: arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry/shared-LPZlAL
    secret_account:
      description: The account of the secret.
      type: str
      sample: "111122223333"
    region:
      description: The region of the secret.
      type: str
      sample: eu-west-1
    kms_key_arn:
      description: The customer managed key that encrypts the value. V(null) for the key that AWS manages, or where it is not known.
      type: str
      sample: arn:aws:kms:eu-west-1:111122223333:key/6f1c2f9e-7d0e-4a27-9d3b-7c1d0b3f5a55
    expected:
      description: V(allowed) or V(denied). V(null) when nothing is expected.
      type: str
      sample: null
    evaluated:
      description: What the policies say, V(allowed), V(denied) or V(unknown). V(null) when they were not looked at.
      type: str
      sample: denied
    probed:
      description: What the real read said, V(allowed), V(denied) or V(unknown). V(null) when there was none.
      type: str
      sample: null
    outcome:
      description: What counts, V(allowed), V(denied) or V(unknown). It is what the real read said, where it tells.
      type: str
      sample: denied
    as_expected:
      description: Whether it is as expected. V(null) when nothing is expected, or when it is not known.
      type: bool
      sample: null
    agree:
      description: Whether policies and the real read say the same. V(null) when it cannot be told.
      type: bool
      sample: null
    credential:
      description: Whether the value that was read is a JSON object with C(username) and C(password). V(null) when it was not read.
      type: bool
      sample: null
    reason:
      description: Why, in plain words.
      type: str
      sample: >-
        secretsmanager:GetSecretValue is allowed by no statement of the secret policy of registry/shared and identity policy of role
        ecsInstanceRole; kms:Decrypt is allowed by no statement of the key policy of 6f1c2f9e-7d0e-4a27-9d3b-7c1d0b3f5a55 and identity
        policy of role ecsInstanceRole
    disagreement:
      description: What policies and the real read disagree about, and what may be the cause.
      type: str
      sample: null
    steps:
      description:
        - The requests that a read consists of, each with the document and the statement that decide about it. These are V(null) where
          all documents are silent. Empty where no policy matters.
      type: list
      elements: dict
      contains:
        action:
          description: The action, V(secretsmanager:GetSecretValue) or V(kms:Decrypt).
          type: str
        resource:
          description: The secret or the key.
          type: str
        outcome:
          description: V(allowed), V(denied) or V(unknown).
          type: str
        layer:
          description: The kind of policy that decides, V(organization), V(resource), V(identity), V(boundary) or V(session).
          type: str
        document:
          description: The document.
          type: str
        statement:
          description: The statement, by Sid, or by C(#) and its place.
          type: str
        explicit:
          description: Whether it is a statement that denies.
          type: bool
    unknown:
      description: What would have to be known to tell. Documents that were not read, condition keys without a value.
      type: list
      elements: str
      sample: []
    missing:
      description: Every statement that is missing, and where it belongs. With all of them the read is allowed.
      type: list
      elements: dict
      contains:
        account:
          description: The account of the document. V(null) for a service control policy.
          type: str
        region:
          description: The region of the document. V(null) for IAM.
          type: str
        document:
          description: The document.
          type: str
        policy_kind:
          description: The kind of document, as in O(documents[].kind).
          type: str
        statement:
          description: The statement.
          type: dict
      sample:
        - account: "444455556666"
          region: null
          document: identity policy of role ecsInstanceRole
          policy_kind: identity_policy
          statement:
            Sid: ReadRegistryCredential
            Effect: Allow
            Action: secretsmanager:GetSecretValue
            Resource: arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry/shared-LPZlAL
checks_left_out:
  description: How many checks did not fit into the result. The summary counts them.
  returned: always
  type: int
  sample: 0
"""

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.secret_check import SECRET_CHECK_SPEC, check_secret_access


def main() -> None:
    module = RegistryAWSModule(argument_spec=SECRET_CHECK_SPEC)
    module.run(lambda: check_secret_access(module))


if __name__ == "__main__":
    main()
