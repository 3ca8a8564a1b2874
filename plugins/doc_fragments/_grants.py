# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

from __future__ import annotations


class ModuleDocFragment:
    # The declaration of grants.
    DOCUMENTATION = r"""
options:
  grants:
    description:
      - A declaration of grants. Those that this module is not about are ignored, so that one declaration can be given to all
        modules.
      - A grant is declared as a whole. Statements that it had before and has not any more are removed.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - The name of the grant, with letters, digits, V(-) and V(_). Required.
          - The Sids of its statements come from it, so keep it.
        type: str
      registry:
        description: Whose registry it is. Required.
        type: dict
        suboptions:
          account:
            description: The id of the primary account, in quotes. Required.
            type: raw
          regions:
            description: The regions of the registry. Required.
            type: list
            elements: str
          alicloud_account:
            description:
              - The id of an account of Alibaba Cloud, in quotes, in place of C(account) and C(regions). C(region) and C(instance_id)
                go with it. The access level is V(pull), and C(to) has accounts of Alibaba Cloud, each with the C(roles) of its elastic
                container instances.
              - The modules for AWS ignore such a grant.
            type: raw
          region:
            description: The region of the registry in Alibaba Cloud.
            type: str
          instance_id:
            description: The id of the instance of Container Registry.
            type: str
          role:
            description: The role of that account that other accounts assume. The default is V(registry-) and the name of the grant.
            type: str
      repositories:
        description: Names, patterns with V(*) and V(?), or V(tag:key=value). Required.
        type: list
        elements: str
      access:
        description:
          - The access level. Required.
          - V(pull), V(push), V(pull_push), V(scan) (what a scanner such as Red Hat ACS needs), V(cache) (the upstream of a
            pull-through cache), or V(replicate) (the destination of a replication).
        type: str
      to:
        description: Who gets the access. Each item is an account, an organization, or a service in an account. Required.
        type: list
        elements: dict
        suboptions:
          account:
            description: The id of a secondary account, in quotes. Without C(roles) and C(users) the whole account.
            type: raw
          roles:
            description: Names (with their paths) or ARNs of roles of the account.
            type: list
            elements: str
          users:
            description: Names (with their paths) or ARNs of users of the account.
            type: list
            elements: str
          organization:
            description: The id of an organization.
            type: str
          paths:
            description: Paths of organizational units. Without them the whole organization.
            type: list
            elements: str
          service:
            description: A service of the account that fetches images by itself. Only V(lambda) does.
            type: str
      scope:
        description:
          - V(repository) puts the statements into the policies of the repositories, V(registry) into the policy of the registry.
          - The default is V(registry) for replication and V(repository) for all others.
        type: str
      principals_as:
        description:
          - V(arn), the default, names roles and users by their ARNs. They must exist, and a role that was deleted and created again
            needs another run.
          - V(condition) names their accounts, with a condition on C(aws:PrincipalArn). They need not exist, and may be patterns.
        type: str
"""
