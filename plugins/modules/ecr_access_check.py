#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_access_check
version_added: 1.0.0
short_description: Prove who can pull from and push to ECR repositories, and explain each denial
description:
  - Says for principals, repositories and access levels whether AWS allows the access. For a denial it says which policy denies it and
    why, and gives the one statement that is missing, ready to paste.
  - V(evaluate) reads the policies of both accounts and decides as AWS does. V(probe) makes real calls as the principal.
  - What is expected comes from O(grants), from O(expect), or from nowhere. A difference fails the task with a table; the result is
    complete nevertheless.
  - What cannot be read is unknown, with the reason; it is never guessed.
  - Where a repository is not there, but a pull-through cache rule covers its name, V(pull) judges the first pull, which makes the
    repository. It takes C(ecr:CreateRepository) and C(ecr:BatchImportUpstreamImage), and C(ecr:TagResource) if the creation template
    has tags, beside what any pull takes. Principals of another account need all of this from the registry policy, because nothing
    else speaks of a repository that is not there; for the layers, the repository policy of the template counts, too. ECR validates
    the rule for it.
  - Changes nothing. A probe of a push begins an upload and does not complete it. A first pull is never probed, because it would make the
    repository.
options:
  grants:
    description:
      - The declaration. Every principal that it names is checked against every repository of the registries that it names, for V(pull)
        and V(push). Declared access is expected to be allowed, all other access to be denied.
      - Nothing is expected where somebody else decides. This is so for identities of the registry's own account, and for single roles
        of an account to which the declaration grants access as a whole.
  caches:
    description:
      - A declaration of pull-through caches, as the role C(pull_through_cache) takes it. Everybody who pulls from them is checked, for
        what is cached already and for what is not, which the pattern of all that the cache may hold stands for.
      - Who may fill a cache is expected to be allowed V(pull), others V(cached_pull). A rule that is missing or cannot fetch denies it;
        without C(ecr:ValidatePullThroughCacheRule) it is V(unknown) whether it can.
    type: list
    elements: dict
  account_id:
    description:
      - The account that the task's credentials must belong to. Otherwise, or when they do not work, the task fails. Without it, it tells
        what it can.
      - Account ids are written in quotes.
    type: raw
  only_accounts:
    description: With O(grants) or O(caches), check only principals of these accounts. Account ids are written in quotes.
    type: list
    elements: raw
  except_accounts:
    description: With O(grants) or O(caches), do not check principals of these accounts. Account ids are written in quotes.
    type: list
    elements: raw
  only_registries:
    description: With O(grants) or O(caches), check only registries of these accounts. Account ids are written in quotes.
    type: list
    elements: raw
  ungranted:
    description:
      - What to do about access that O(grants) do not declare.
      - V(denied) expects it to be denied. V(report) tells whether it is allowed and expects nothing. V(skip) does not look at it.
    type: str
    choices: [denied, report, skip]
    default: denied
  ungranted_limit:
    description:
      - How many pairs of principal and repository that O(grants) do not declare are checked at most. From more than that an even
        sample is taken, and RV(not_checked) says how many were left out. Declared access is always checked.
    type: int
    default: 10000
  expect:
    description: What must be allowed, and what must be denied.
    type: list
    elements: dict
    suboptions:
      principal:
        description: A principal, as in O(principals). Required.
        type: raw
      registry:
        description: Whose registry it is. The default is that of O(registry_account) and O(regions).
        type: dict
        suboptions:
          account:
            description: The id of the account, in quotes.
            type: raw
          region:
            description: The region.
            type: str
      repository:
        description: A name, a pattern, or V(tag:key=value), as in O(repositories). Required.
        type: str
      access:
        description: The access level, as in O(access).
        type: str
        default: pull
      allowed:
        description: Whether the access must be allowed. Required.
        type: bool
  principals:
    description:
      - Who is asked about. A role or user by its ARN, with its path; a session of a role by its STS ARN.
      - A 12-digit account id, in quotes, or the ARN of the account's root, means an administrator of the account, to whom its own
        account allows everything. This tells about the registry's side alone.
      - A service that fetches images for an account, as V(lambda.amazonaws.com/444455556666), or one Lambda function by its ARN.
    type: list
    elements: raw
  repositories:
    description: Names, patterns with V(*) and V(?), or V(tag:key=value).
    type: list
    elements: str
  access:
    description:
      - The access levels to check for O(principals). V(pull), V(push), V(pull_push), V(scan), V(cache) or V(replicate), as grants have
        them. An access level is allowed when each action that it needs is allowed.
      - V(cached_pull) is a pull after somebody else has had a pull-through cache fetch the image. For a repository that is not there it
        goes by the policy that the creation template will give it.
    type: list
    elements: str
    choices: [pull, cached_pull, push, pull_push, scan, cache, replicate]
    default: [pull]
  registry_account:
    description: The account of the registry, in quotes. The default is the account of the task's credentials.
    type: raw
  regions:
    description: The regions of the registry. The default is the O(region).
    type: list
    elements: str
  method:
    description:
      - V(evaluate) reads policies and decides. V(probe) makes real calls with the credentials of the principal.
      - V(both) does both and reports where they disagree.
    type: str
    choices: [evaluate, probe, both]
    default: evaluate
  documents:
    description:
      - Policies to use instead of those that are in AWS, to try out a change, or where nobody may read them.
      - What is given for a principal, or for a repository, replaces what is there. Where an account is not read, what is given for a
        principal or a registry is taken for all that there is.
    type: list
    elements: dict
    suboptions:
      kind:
        description: What the document is.
        type: str
        required: true
        choices:
          [repository_policy, registry_policy, identity_policy, permissions_boundary, session_policy, service_control_policy]
      account:
        description: The account that it belongs to, in quotes. A principal's ARN says it too.
        type: raw
      region:
        description: The region of a repository policy or registry policy. The default is the O(region).
        type: str
      repository:
        description: The name of the repository, for a repository policy.
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
      - Values of condition keys that nobody can know beforehand, such as C(aws:SourceIp) or C(aws:SourceVpce). A key without a value is
        one that the request lacks.
    type: dict
  unknown:
    description: Whether the task fails when something cannot be told.
    type: str
    choices: [report, fail]
    default: report
  workers:
    description: How many calls to AWS run at once.
    type: int
    default: 32
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.ecr_repository_policy
  - module: crossaccount.registry.iam_role_registry_policy
  - name: Policy evaluation logic
    description: How AWS decides.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - crossaccount.registry._boto3
  - crossaccount.registry._attributes
  - crossaccount.registry._assume_role
  - crossaccount.registry._accounts
  - crossaccount.registry._grants
"""

EXAMPLES = r"""
- name: Ask whether a role can pull, and why not
  crossaccount.registry.ecr_access_check:
    principals: ["arn:aws:iam::444455556666:role/ecsInstanceRole"]
    repositories: [payments/web]
    region: eu-west-1
    accounts:
      - account_id: "444455556666"
        assume_role:
          role_arn: arn:aws:iam::444455556666:role/registry-auditor

- name: Try it with real calls, too, where policies ask for an address
  crossaccount.registry.ecr_access_check:
    principals: ["arn:aws:iam::444455556666:role/ecsInstanceRole"]
    repositories: [payments/web]
    access: [pull, push]
    registry_account: "111122223333"
    regions: [eu-west-1]
    method: both
    context:
      aws:SourceIp: 192.0.2.10
    unknown: report

- name: Prove for one account that what is declared works
  crossaccount.registry.ecr_access_check:
    only_accounts: ["777788889999"]
    ungranted: skip
    grants:
      - name: shared-base
        registry:
          account: "111122223333"
          regions: [eu-west-3]
        repositories: ["shared/*"]
        access: pull
        to:
          - account: "777788889999"

- name: Prove the same for all others that use this registry, and that nothing else works
  crossaccount.registry.ecr_access_check:
    only_registries: ["111122223333"]
    except_accounts: ["444455556666"]
    ungranted: denied
    ungranted_limit: 1000
    workers: 16
    grants:
      - name: shared-base
        registry:
          account: "111122223333"
          regions: [eu-west-3]
        repositories: ["shared/*"]
        access: pull
        to:
          - account: "777788889999"

- name: Prove that those who pull from a cache can, before anybody has
  crossaccount.registry.ecr_access_check:
    caches:
      - name: tools
        upstream:
          account: "444455556666"
          region: eu-west-1
        downstream:
          account: "111122223333"
          regions: [eu-central-1]
          repository_prefix: tools
          role: ecr-cache-tools
        pullers:
          - account: "111122223333"
            roles: [ecsTaskExecutionRole]

- name: Require that another account cannot push, and that Lambda cannot pull
  crossaccount.registry.ecr_access_check:
    region: eu-west-1
    expect:
      - principal: "777788889999"
        repository: "payments/*"
        access: push
        allowed: false
      - principal: lambda.amazonaws.com/777788889999
        repository: payments/web
        allowed: false

- name: Try out a policy before it is written
  crossaccount.registry.ecr_access_check:
    principals: ["777788889999"]
    repositories: [payments/web]
    region: eu-west-1
    documents:
      - kind: repository_policy
        account: "111122223333"
        repository: payments/web
        policy:
          Version: "2012-10-17"
          Statement:
            - Sid: PaymentsPull
              Effect: Allow
              Principal:
                AWS: "777788889999"
              Action:
                - ecr:BatchGetImage
                - ecr:GetDownloadUrlForLayer
      - kind: service_control_policy
        account: "777788889999"
        level: 0
        policy:
          Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: "*"
              Resource: "*"
"""

RETURN = r"""
summary:
  description:
    - How many checks there were, how they ended (V(allowed), V(denied), V(unknown)), for how many something V(expected_allowed) was,
      how many were V(as_expected) and V(mismatched), how often policies and real calls disagreed, and how much was V(not_checked).
  returned: always
  type: dict
  sample:
    checks: 1
    allowed: 0
    denied: 1
    unknown: 0
    expected_allowed: 0
    as_expected: 0
    mismatched: 0
    disagreements: 0
    not_checked: 0
checks:
  description:
    - One entry for each principal, repository and access level. Mismatches come first, then disagreements, what is unknown, and the rest.
  returned: always
  type: list
  elements: dict
  contains:
    principal:
      description: Who is asked about.
      type: str
      sample: arn:aws:iam::444455556666:role/ecsInstanceRole
    registry_account:
      description: The account of the registry.
      type: str
      sample: "111122223333"
    region:
      description: The region of the registry.
      type: str
      sample: eu-west-1
    repository:
      description: The repository.
      type: str
      sample: payments/web
    access:
      description: The access level.
      type: str
      sample: pull
    grant:
      description: The grant that declares the access. V(null) where none does.
      type: str
      sample: null
    expected:
      description: V(allowed) or V(denied). V(null) when nothing is expected.
      type: str
      sample: null
    evaluated:
      description: What the policies say, V(allowed), V(denied) or V(unknown). V(null) when they were not looked at.
      type: str
      sample: denied
    probed:
      description: What the real calls said, V(allowed), V(denied) or V(unknown). V(null) when there were none.
      type: str
      sample: null
    outcome:
      description:
        - What counts, V(allowed), V(denied) or V(unknown). It is what the real calls said, where they tell.
        - Some actions of a push have no harmless call, so a push that the policies deny for one of them is V(denied) all the same.
      type: str
      sample: denied
    as_expected:
      description: Whether it is as expected. V(null) when nothing is expected, or when it is not known.
      type: bool
      sample: null
    agree:
      description: Whether policies and real calls say the same. V(null) when it cannot be told.
      type: bool
      sample: null
    action:
      description: The action that decides.
      type: str
      sample: ecr:BatchGetImage
    layer:
      description:
        - The kind of policy that decides, V(organization), V(resource), V(identity), V(boundary), V(session) or V(login) (the identity
          side of C(ecr:GetAuthorizationToken)).
      type: str
      sample: identity
    document:
      description: The document that decides. V(null) when no document says anything.
      type: str
      sample: null
    statement:
      description: The statement that decides, by Sid, or by C(#) and its place.
      type: str
      sample: null
    explicit:
      description: Whether it is a statement that denies.
      type: bool
      sample: false
    reason:
      description: Why, in plain words.
      type: str
      sample: >-
        role ecsInstanceRole of account 444455556666 has no identity policy that allows anything; the registry's side does not allow it
        either; neither may it log in (ecr:GetAuthorizationToken)
    disagreement:
      description: What policies and real calls disagree about, and what may be the cause.
      type: str
      sample: null
    unknown:
      description: What would have to be known to tell. Documents that were not read, condition keys without a value.
      type: list
      elements: str
      sample: []
    missing:
      description: The one statement that is missing, and where it belongs. V(null) when no statement would help.
      type: dict
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
          description:
            - The kind of document, as in O(documents[].kind), or V(creation_template) for the repository policy of a repository creation
              template.
          type: str
        statement:
          description: The statement.
          type: dict
      sample:
        account: "444455556666"
        region: null
        document: identity policy of role ecsInstanceRole
        policy_kind: identity_policy
        statement:
          Sid: PullForEcsInstanceRole
          Effect: Allow
          Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
          Resource: arn:aws:ecr:eu-west-1:111122223333:repository/payments/web
    cache_rule:
      description:
        - The prefix of the pull-through cache rule that would make the repository, which is not there. V(null) where it is there, where no
          rule covers it, and where policies were not looked at.
      type: str
      sample: null
checks_left_out:
  description: How many checks did not fit into the result. The summary counts them.
  returned: always
  type: int
  sample: 0
not_checked:
  description: What was not checked, and why.
  returned: always
  type: list
  elements: dict
  contains:
    subject:
      description: What it is about.
      type: str
    reason:
      description: Why it was not checked.
      type: str
    checks:
      description: How many checks that would have been. V(null) when that is not known.
      type: int
  sample: []
"""

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.access_check import CHECK_SPEC, check_access
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule


def main() -> None:
    module = RegistryAWSModule(argument_spec=CHECK_SPEC)
    module.run(lambda: check_access(module))


if __name__ == "__main__":
    main()
