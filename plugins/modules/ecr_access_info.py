#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_access_info
version_added: 1.0.0
short_description: Who outside an account can do what with its ECR repositories
description:
  - Lists everybody outside of an account who can do anything with its Amazon ECR repositories, from the policies of the repositories,
    the policy of the registry, and the repository creation templates, which say what future repositories will get.
  - Reports what is wrong or risky in these documents as findings, each with a severity and a remedy.
  - Reads only, and works on any number of repositories and regions in one task. What cannot be read is a finding too.
  - Access needs both sides. What is listed here is what this account allows; the policies of the other accounts, service control
    policies and endpoint policies may allow less.
options:
  repositories:
    description:
      - Which repositories. Each item is a name, a pattern with V(*) and V(?) (V(*) also matches V(/)), or V(tag:key=value), where
        the value may be a pattern. A repository that one of the items means is selected.
      - The policy and the templates of the registry are always looked at.
    type: list
    elements: str
    default: ["*"]
  regions:
    description:
      - The regions to look into. V(all) means all regions that are enabled for the account, which needs C(ec2:DescribeRegions).
      - Without any, the O(region) is used.
    type: list
    elements: str
  account_id:
    description:
      - The account whose registry it must be. The task fails when the credentials belong to another one.
      - Account ids are written in quotes.
    type: raw
  allowed_accounts:
    description:
      - If given, access of any other account is a finding. The account itself is always allowed.
      - Account ids are written in quotes.
    type: list
    elements: raw
  allowed_organizations:
    description: If given, access of any other organization, or of accounts outside of O(allowed_accounts), is a finding.
    type: list
    elements: str
  minimum_severity:
    description: Findings that are less severe are left out of RV(findings). RV(summary) counts them all.
    type: str
    choices: [critical, high, medium, low, info]
    default: info
  fail_on:
    description:
      - The task fails when there is a finding that is this severe or more. Its result is the same as if it had not failed.
      - Without it, no finding makes the task fail.
    type: str
    choices: [critical, high, medium, low, info]
  validate_cache_rules:
    description: Have ECR try to reach the upstream of each pull-through cache rule, which takes C(ecr:ValidatePullThroughCacheRule).
    type: bool
    default: false
  workers:
    description: How many documents are read at once. Where AWS throttles, the module slows down by itself.
    type: int
    default: 32
notes:
  - >-
    Rules with the severity V(critical): V(public) (an Allow for everyone, without a condition that narrows it down to accounts, an
    organization, roles or a network; tags, C(aws:SecureTransport) and conditions with C(IfExists) do not), V(not-principal) (an Allow for
    everyone but those listed; V(medium) where a condition narrows it down).
  - >-
    Rules with the severity V(high): V(wildcard-action) (an Allow for outsiders with a wildcard, or with C(NotAction), that takes in
    actions which push, delete or administer; V(low) where it only takes in actions that read), V(account-not-allowed) and
    V(organization-not-allowed) (outside of O(allowed_accounts) and O(allowed_organizations)), V(confused-deputy) (an Allow for an AWS
    service without a condition on C(aws:SourceArn), C(aws:SourceAccount) or C(aws:SourceOrgID), so that it acts for any account).
  - >-
    Rules with the severity V(medium): V(orphan-principal) (the unique id that a deleted role or user leaves behind), V(unparsable)
    (a document that is no policy), V(cache-rule-invalid) (a pull-through cache rule with which ECR cannot fetch, with
    O(validate_cache_rules)), V(not-read) (a document that could not be read; V(info) for settings, templates and rules, and for
    regions that V(all) brought).
  - >-
    Rules with the severity V(low): V(dead-statement) (a statement that never has an effect, because its actions, its resource or its
    condition cannot occur here, or because everything that it allows is denied; V(medium) for a Deny, which protects nothing),
    V(covered-statement) (another statement says all of it), V(duplicate-statement) (statements with equal meaning), V(no-policy) (a
    repository without a policy where a pull-through cache or the replication of another account creates repositories, while neither a
    creation template nor the registry policy lets anybody use them), V(registry-scope-v1) (the registry policy only counts for three
    actions).
  - >-
    Rules with the severity V(info): V(no-template) (a pull-through cache rule that is covered by no creation template with a policy),
    V(ineffective-action) (an action of a statement that has no effect in this document, such as
    C(ecr:GetAuthorizationToken) in the policy of a repository).
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.ecr_repository_policy
  - module: crossaccount.registry.ecr_registry_policy
  - name: Private repository policies in Amazon ECR
    description: What AWS says about repository policies.
    link: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
  - name: Private registry permissions in Amazon ECR
    description: What AWS says about registry policies and their scope.
    link: https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - crossaccount.registry._boto3
  - crossaccount.registry._attributes
  - crossaccount.registry._assume_role
"""

EXAMPLES = r"""
- name: Who can reach the images of this account?
  crossaccount.registry.ecr_access_info:
    region: eu-west-1
  register: registry_access

- name: Fail when somebody can who should not
  crossaccount.registry.ecr_access_info:
    regions: [eu-west-1, eu-central-1]
    account_id: "111122223333"
    allowed_accounts: ["444455556666", "777788889999"]
    allowed_organizations: [o-a1b2c3d4e5]
    minimum_severity: medium
    fail_on: high
    workers: 8

- name: Which pull-through caches do not work?
  crossaccount.registry.ecr_access_info:
    region: eu-west-1
    validate_cache_rules: true

- name: One team's repositories
  crossaccount.registry.ecr_access_info:
    region: eu-west-1
    repositories: ["payments/*"]
"""

RETURN = r"""
registries:
  description: The registries that were looked at, one for each region.
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
    scope:
      description: The account setting C(REGISTRY_POLICY_SCOPE), V(V1) or V(V2). V(null) when it could not be read.
      type: str
      sample: V2
    registry_policy:
      description: Whether there is a registry policy. V(null) when it could not be read.
      type: bool
      sample: false
    repositories:
      description: How many repositories were selected. V(null) when they could not be listed.
      type: int
      sample: 3
    repositories_with_policy:
      description: How many of those have a policy.
      type: int
      sample: 1
    repositories_cached:
      description: How many of those have what a pull-through cache rule is for. V(null) when they, or the rules, could not be read.
      type: int
      sample: 0
    templates:
      description: How many repository creation templates there are. V(null) when they could not be read.
      type: int
      sample: 0
    cache_rules:
      description: How many pull-through cache rules there are. V(null) when they could not be read.
      type: int
      sample: 0
access:
  description:
    - Who outside of the account can do what. Equal access on many repositories is one entry. Access of everyone comes first.
    - What a statement denies is taken off. A Deny for all who are not in some organization or account narrows down what others allow.
  returned: always
  type: list
  elements: dict
  contains:
    account:
      description: The account that owns the registry.
      type: str
      sample: "111122223333"
    region:
      description: The region.
      type: str
      sample: eu-west-1
    source:
      description: The kind of document, V(repository_policy), V(registry_policy) or V(creation_template).
      type: str
      sample: repository_policy
    resources:
      description:
        - For V(repository_policy) the names of the repositories, for the other ones the patterns of their names.
        - The list is cut off where the result would become too large.
      type: list
      elements: str
      sample: [payments/web]
    resources_count:
      description: How many they are.
      type: int
      sample: 1
    statements:
      description: The statements that allow it, by Sid, or by C(#) and their place.
      type: list
      elements: str
      sample: [OtherTeam]
    principal:
      description:
        - An account id, the ARN of a role or user (maybe a pattern, from a condition on C(aws:PrincipalArn)), the id of an organization
          or the path of an organizational unit, the name of an AWS service, a network, the unique id of a deleted role or user, or V(*).
      type: str
      sample: "777788889999"
    kind:
      description:
        - What the principal is, V(public), V(organization), V(account), V(role), V(user), V(session), V(service), V(network), V(federated)
          or V(orphan).
      type: str
      sample: account
    principal_account:
      description: The account of the principal, or for which a service acts. V(null) where it can be more than one, or none.
      type: str
      sample: "777788889999"
    access_levels:
      description:
        - What the actions suffice for, V(pull), V(push), V(scan), V(cache) or V(replicate), and whether some of them can V(delete) images
          or repositories, or V(administer) repositories. May be empty.
      type: list
      elements: str
      sample: []
    actions:
      description: The actions, as they are written.
      type: list
      elements: str
      sample: ["ecr:DescribeImages"]
    condition:
      description: The condition, as text. Empty when there is none.
      type: str
      sample: ""
access_left_out:
  description: How many entries did not fit into the result.
  returned: always
  type: int
  sample: 0
findings:
  description: What is wrong or risky, the most severe first. Equal findings on many repositories are one entry.
  returned: always
  type: list
  elements: dict
  contains:
    severity:
      description: V(critical), V(high), V(medium), V(low) or V(info).
      type: str
      sample: high
    rule:
      description: The name of the rule. See the notes.
      type: str
      sample: account-not-allowed
    account:
      description: The account that owns the registry.
      type: str
      sample: "111122223333"
    region:
      description: The region.
      type: str
      sample: eu-west-1
    repository:
      description: The repository, when it is one only. Otherwise V(null).
      type: str
      sample: payments/web
    repositories:
      description:
        - The repositories. Empty when the finding is about something else.
        - The list is cut off where the result would become too large.
      type: list
      elements: str
      sample: [payments/web]
    repositories_count:
      description: How many they are.
      type: int
      sample: 1
    document:
      description: The document, C(repository policy), C(registry policy), C(creation template) and its prefix, or what else it is about.
      type: str
      sample: repository policy
    statement:
      description: The statements, by Sid, or by C(#) and their place. V(null) when the finding is about no statement.
      type: str
      sample: OtherTeam
    principal:
      description: Whom it is about. V(null) when it is about nobody.
      type: str
      sample: "777788889999"
    message:
      description: What it means.
      type: str
      sample: The account 777788889999 has access and is not one of those that are allowed.
    remedy:
      description: What to do.
      type: str
      sample: Remove it from the statement, or add it to 'allowed_accounts'.
findings_left_out:
  description: How many findings did not fit into the result. Those that are not severe enough for O(minimum_severity) are not counted.
  returned: always
  type: int
  sample: 0
summary:
  description: How much there is of all of it, with what was left out.
  returned: always
  type: dict
  contains:
    repositories:
      description: How many repositories were looked at.
      type: int
      sample: 3
    outside_principals:
      description: How many principals outside of the account have some access. Orphan principals are not counted.
      type: int
      sample: 1
    findings:
      description: How many findings there are, by severity.
      type: dict
      sample: {"critical": 0, "high": 0, "medium": 0, "low": 0, "info": 0}
"""

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.access_info import ACCESS_INFO_SPEC, access_info
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule


def main() -> None:
    module = RegistryAWSModule(argument_spec=ACCESS_INFO_SPEC)
    module.run(lambda: access_info(module))


if __name__ == "__main__":
    main()
