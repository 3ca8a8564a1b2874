#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_oidc_provider
version_added: 1.0.0
short_description: Manage OpenID Connect providers of IAM
description:
  - A provider of OpenID Connect in IAM lets workloads with tokens of its issuer, such as the service accounts of a Kubernetes cluster,
    assume roles of the account whose trust policies name it.
  - Settings that are not given are left alone. IAM needs no thumbprint for issuers with a certificate of a well known authority, as the
    clusters of Amazon EKS have it.
options:
  state:
    description:
      - V(present) creates the provider, or changes what is given and differs.
      - V(absent) deletes it. It is an error while roles trust it, unless O(force) says otherwise.
    type: str
    choices: [present, absent]
    default: present
  url:
    description:
      - The URL of the issuer, exactly as its tokens have it in C(iss). Clusters of Amazon EKS and OpenShift have no slash at its end, those
        of Azure have one.
    type: str
  eks_cluster:
    description: The name of an EKS cluster of the account in the O(region), whose issuer is meant, instead of O(url).
    type: str
  client_ids:
    description:
      - The audiences that tokens may have.
      - A new provider gets V(sts.amazonaws.com) without it, which is right for EKS. Tokens of OpenShift have V(openshift).
    type: list
    elements: str
  purge_client_ids:
    description: Remove audiences that O(client_ids) does not have. Others may need them.
    type: bool
    default: false
  thumbprints:
    description:
      - Thumbprints (SHA-1) of the authority that has signed the certificate of the issuer, at most five. They are given as a whole.
      - Needed only where the authority is not a well known one. Without it IAM finds out about them when the provider is created.
    type: list
    elements: str
  tags:
    description: Tags of the provider.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Remove tags that O(tags) does not have.
    type: bool
    default: true
  force:
    description: Delete the provider although roles trust it. Nobody can assume them by it any more.
    type: bool
    default: false
  account_id:
    description:
      - The account that the provider must be in. The task fails when the credentials belong to another one.
      - Account ids are written in quotes.
    type: raw
  wait_timeout:
    description: How many seconds to wait until IAM shows what was written.
    type: int
    default: 60
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.iam_role_trust_policy
  - module: crossaccount.registry.eks_pod_identity_association
  - name: IAM roles for service accounts
    description: What AWS says about clusters and their providers.
    link: https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - crossaccount.registry._boto3
  - crossaccount.registry._attributes
  - crossaccount.registry._assume_role
"""

EXAMPLES = r"""
- name: Let service accounts of an EKS cluster assume roles
  crossaccount.registry.iam_oidc_provider:
    region: eu-west-1
    eks_cluster: acs
    tags:
      team: security

- name: Let service accounts of an OpenShift cluster assume roles
  crossaccount.registry.iam_oidc_provider:
    url: https://rh-oidc.s3.us-east-1.amazonaws.com/27bd6cg0vs7nn08mue83fbof94dj4m9a
    client_ids: [openshift, sts.amazonaws.com]

- name: Take that away again
  crossaccount.registry.iam_oidc_provider:
    url: https://rh-oidc.s3.us-east-1.amazonaws.com/27bd6cg0vs7nn08mue83fbof94dj4m9a
    state: absent
"""

RETURN = r"""
arn:
  description: The ARN of the provider, also where it is not there, or not yet.
  returned: always
  type: str
  sample: arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE
issuer:
  description: The URL of the issuer.
  returned: always
  type: str
  sample: https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE
summary:
  description: How many providers (none or one) were created, updated, deleted, unchanged, skipped, and failed.
  returned: always
  type: dict
  sample: {"created": 1, "updated": 0, "deleted": 0, "unchanged": 0, "skipped": 0, "failed": 0}
actions:
  description: What was done to the provider, or would be done in check mode, as a list of one.
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
      description: The issuer without C(https://).
      type: str
      sample: rh-oidc.s3.us-east-1.amazonaws.com/27bd6cg0vs7nn08mue83fbof94dj4m9a
    action:
      description: V(created), V(updated), V(deleted), V(unchanged) or V(failed).
      type: str
      sample: created
    settings_changed:
      description: The settings that differ.
      type: list
      elements: str
      sample: [client_ids]
    replaced:
      description: Always V(false).
      type: bool
      sample: false
    settings:
      description:
        - All settings after the task, by the names of the options. V(null) when the provider is not there.
        - A provider that was just created has no C(thumbprints) here, unless they were given.
      type: dict
      sample:
        client_ids: [openshift, sts.amazonaws.com]
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
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.oidc_provider import provider_item
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.settings_module import run_setting
from ansible_collections.crossaccount.registry.plugins.module_utils._settings_flow import settings_result


def run(module: RegistryAWSModule) -> dict[str, Any]:
    store, item = provider_item(module)
    result = settings_result(run_setting(module, item), with_diff=module._diff, check_mode=module.check_mode)
    return {"arn": store.arn, "issuer": store.issuer, **result}


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "url": {"type": "str"},
            "eks_cluster": {"type": "str"},
            "client_ids": {"type": "list", "elements": "str"},
            "purge_client_ids": {"type": "bool", "default": False},
            "thumbprints": {"type": "list", "elements": "str"},
            "tags": {"type": "dict", "aliases": ["resource_tags"]},
            "purge_tags": {"type": "bool", "default": True},
            "force": {"type": "bool", "default": False},
            "account_id": {"type": "raw"},
            "wait_timeout": {"type": "int", "default": 60},
        },
        mutually_exclusive=[("url", "eks_cluster")],
        required_one_of=[("url", "eks_cluster")],
    )
    module.run(lambda: run(module))


if __name__ == "__main__":
    main()
