#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_pod_identity_association
version_added: 1.0.0
short_description: Manage associations of EKS Pod Identity
description:
  - An association gives the pods with a Kubernetes service account of an EKS cluster the credentials of a role. The agent of EKS Pod
    Identity has to run on the nodes. Pods that run already get nothing until they are started again.
  - A service account has one association, so it is found by its names. Settings that are not given are left alone.
options:
  state:
    description:
      - V(present) creates the association, or changes what is given and differs.
      - V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
  cluster_name:
    description: The name of the EKS cluster.
    type: str
    required: true
  namespace:
    description: The Kubernetes namespace of the service account. Neither needs to exist yet.
    type: str
    required: true
  service_account:
    description: The name of the service account.
    type: str
    required: true
  role_arn:
    description:
      - The role, which must be in the account of the cluster, and trust C(pods.eks.amazonaws.com) with C(sts:AssumeRole) and
        C(sts:TagSession). Needed for a new association.
      - A role that was just created is waited for.
    type: str
  target_role_arn:
    description:
      - A role, in this or another account, that is assumed by the credentials of O(role_arn); the pods get its credentials instead.
      - Its trust policy should ask for the external ID of the association, which is in the result.
      - An empty text takes it away.
    type: str
  disable_session_tags:
    description:
      - Do not pass tags that say which cluster, namespace, service account and pod the session is for.
      - The tags are transitive. Where they are passed, whatever role the pods assume next has to allow C(sts:TagSession) as well, and so
        does the role that assumes it.
    type: bool
  tags:
    description: Tags of the association.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Remove tags that O(tags) does not have.
    type: bool
    default: true
  account_id:
    description:
      - The account that the cluster must be in. The task fails when the credentials belong to another one.
      - Account ids are written in quotes.
    type: raw
  wait_timeout:
    description: How many seconds to wait until EKS knows a new role and shows what was written.
    type: int
    default: 60
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.iam_role_trust_policy
  - module: crossaccount.registry.iam_oidc_provider
  - name: EKS Pod Identity
    description: What AWS says about associations, roles and session tags.
    link: https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - crossaccount.registry._boto3
  - crossaccount.registry._attributes
  - crossaccount.registry._assume_role
"""

EXAMPLES = r"""
- name: Give Central this role
  crossaccount.registry.eks_pod_identity_association:
    region: eu-west-1
    cluster_name: acs
    namespace: stackrox
    service_account: central
    role_arn: arn:aws:iam::111122223333:role/rhacs-central

- name: Give it a role of another account by that, whose trust policy asks for the external ID in the result
  crossaccount.registry.eks_pod_identity_association:
    region: eu-west-1
    cluster_name: acs
    namespace: stackrox
    service_account: central
    target_role_arn: arn:aws:iam::444455556666:role/rhacs-ecr-reader

- name: Give it nothing any more
  crossaccount.registry.eks_pod_identity_association:
    region: eu-west-1
    cluster_name: acs
    namespace: stackrox
    service_account: central
    state: absent
"""

RETURN = r"""
association:
  description: What only EKS knows about the association. V(null) when it is not there, or not yet.
  returned: always
  type: dict
  contains:
    id:
      description: Its id.
      type: str
      sample: a-9njjin9gfghecgocd
    arn:
      description: Its ARN.
      type: str
      sample: arn:aws:eks:eu-west-1:111122223333:podidentityassociation/acs/a-9njjin9gfghecgocd
    external_id:
      description: The external ID for the trust policy of O(target_role_arn). V(null) without one.
      type: str
      sample: null
summary:
  description: How many associations (none or one) were created, updated, deleted, unchanged, skipped, and failed.
  returned: always
  type: dict
  sample: {"created": 1, "updated": 0, "deleted": 0, "unchanged": 0, "skipped": 0, "failed": 0}
actions:
  description: What was done to the association, or would be done in check mode, as a list of one.
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
      description: The cluster, the namespace and the service account.
      type: str
      sample: acs/stackrox/central
    action:
      description: V(created), V(updated), V(deleted), V(unchanged) or V(failed).
      type: str
      sample: created
    settings_changed:
      description: The settings that differ.
      type: list
      elements: str
      sample: [role_arn]
    replaced:
      description: Always V(false).
      type: bool
      sample: false
    settings:
      description: All settings after the task, by the names of the options. V(null) when the association is not there.
      type: dict
      sample:
        role_arn: arn:aws:iam::111122223333:role/rhacs-central
        target_role_arn: null
        disable_session_tags: false
        tags: {}
    error:
      description: What went wrong, with C(message), and AWS's C(code) and C(request_id) where there are any. Otherwise V(null).
      type: dict
      sample: null
actions_left_out:
  description: How many actions did not fit into the result. Always 0.
  returned: always
  type: int
  sample: 0
"""

from typing import Any

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.pod_identity import association_item, association_of
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.settings_module import run_setting
from ansible_collections.crossaccount.registry.plugins.module_utils._settings_flow import settings_result


def run(module: RegistryAWSModule) -> dict[str, Any]:
    store, item = association_item(module)
    outcomes = run_setting(module, item)
    result = settings_result(outcomes, with_diff=module._diff, check_mode=module.check_mode)
    return {"association": association_of(store.described, outcomes[0].planned), **result}


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "cluster_name": {"type": "str", "required": True},
            "namespace": {"type": "str", "required": True},
            "service_account": {"type": "str", "required": True},
            "role_arn": {"type": "str"},
            "target_role_arn": {"type": "str"},
            "disable_session_tags": {"type": "bool"},
            "tags": {"type": "dict", "aliases": ["resource_tags"]},
            "purge_tags": {"type": "bool", "default": True},
            "account_id": {"type": "raw"},
            "wait_timeout": {"type": "int", "default": 60},
        },
    )
    module.run(lambda: run(module))


if __name__ == "__main__":
    main()
