#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alicloud_ram_role
version_added: 1.0.0
short_description: Manage a RAM role of Alibaba Cloud, whom it trusts, and its policies
description:
  - Creates, changes and deletes a role of Resource Access Management (RAM).
  - Adds, replaces and removes whom the role trusts. Whom others have put there stays, unless O(trust_state=exact).
  - Statements of RAM have no names, so they are found by what they mean, however they are spelled. Principals count one by one, however
    they are spread over statements.
  - Shows who gains or loses what, before it happens. An option that is not given is left alone.
options:
  name:
    description: The name of the role. RAM does not distinguish upper and lower case, and shows ARNs in lower case.
    type: str
    required: true
  state:
    description:
      - V(present) creates the role, or changes what is given.
      - V(absent) deletes it. A role that has policies is only deleted with O(force).
    type: str
    choices: [present, absent]
    default: present
  trusted:
    description: Who may assume the role. Each item becomes one statement, and names a service, an account or an identity provider.
    type: list
    elements: dict
    suboptions:
      service:
        description: A service, such as V(eci.aliyuncs.com).
        type: str
      account:
        description: The id of an account, in quotes. Without C(roles) and C(users) the whole account.
        type: raw
      roles:
        description: Names of roles of the account. They have to exist.
        type: list
        elements: str
      users:
        description: Names of RAM users of the account. They have to exist.
        type: list
        elements: str
      external_id:
        description: The external ID that the account must give.
        type: str
      oidc_provider:
        description: The ARN of an OIDC provider, such as V(acs:ram::1609982529000001:oidc-provider/ack).
        type: str
      issuer:
        description: The URL of the issuer of the tokens.
        type: str
      audience:
        description: The audience of the tokens, which is a client id of the provider.
        type: str
      subjects:
        description: The subjects of the tokens, such as V(system:serviceaccount:apps:puller). Patterns are possible.
        type: list
        elements: str
      saml_provider:
        description: The ARN of a SAML provider, such as V(acs:ram::1609982529000001:saml-provider/corporate).
        type: str
      recipient:
        description: Where users of the SAML provider sign in. The default is V(https://signin.aliyun.com/saml-role/sso).
        type: str
  policy:
    description: Whom the role trusts, as a whole trust policy in the spelling of RAM, as a mapping or as JSON text.
    type: json
  statements:
    description: Whom the role trusts, as a list of statements in the spelling of RAM.
    type: list
    elements: dict
  trust_state:
    description:
      - V(present) adds those who are not trusted yet.
      - V(absent) removes them, from statements that name others, too.
      - V(exact) makes the trust policy just what is given. All others are removed.
    type: str
    choices: [present, absent, exact]
    default: present
  allow_public:
    description: Allow statements that let everyone in.
    type: bool
    default: false
  allowed_accounts:
    description:
      - If given, statements that trust principals of any other account are refused. The role's own account is always allowed, services and
        identity providers are not.
      - Account ids are written in quotes.
    type: list
    elements: raw
  description:
    description: The description. RAM can change it, but not take it away.
    type: str
  max_session_duration:
    description: How many seconds a session of the role can last at most, 3600 to 43200.
    type: int
  policies:
    description: Policies that the role has.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the policy.
        type: str
        required: true
      type:
        description: Whether it is a policy of Alibaba Cloud or one of the account.
        type: str
        choices: [System, Custom]
        required: true
  purge_policies:
    description: Detach policies that are not among the O(policies).
    type: bool
    default: false
  tags:
    description: Tags of the role.
    type: dict
  purge_tags:
    description: Remove tags that are not among the O(tags).
    type: bool
    default: true
  force:
    description: With O(state=absent), detach the policies of the role and delete it.
    type: bool
    default: false
  wait_timeout:
    description: How many seconds to wait until RAM knows what the role refers to, and shows what was written.
    type: int
    default: 60
notes:
  - Service-linked roles are refused.
  - RAM knows a role that was created some seconds later. The services that use it may need longer.
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.alicloud_ram_policy
  - name: RAM roles
    description: What Alibaba Cloud says about roles.
    link: https://www.alibabacloud.com/help/en/ram/user-guide/ram-role-overview
extends_documentation_fragment:
  - crossaccount.registry._alicloud
  - crossaccount.registry._alicloud.attributes
"""

EXAMPLES = r"""
- name: Create the role that elastic container instances assume
  crossaccount.registry.alicloud_ram_role:
    name: role-assume
    description: Lets elastic container instances fetch images of another account
    trusted:
      - service: eci.aliyuncs.com
    policies:
      - name: AliyunSTSAssumeRoleAccess
        type: System
  register: assuming

- name: Trust it in the account that owns the registry, and nobody else
  crossaccount.registry.alicloud_ram_role:
    name: role-acr
    trusted:
      - account: "{{ assuming.account_id }}"
        roles: [role-assume]
    trust_state: exact
    policies:
      - name: AliyunContainerRegistryReadOnlyAccess
        type: System
    purge_policies: true

- name: Trust it no more
  crossaccount.registry.alicloud_ram_role:
    name: role-acr
    state: absent
    force: true
"""

RETURN = r"""
summary:
  description: How many were created, updated, deleted, unchanged, skipped and failed; one of them is 1.
  returned: always
  type: dict
  sample: {"created": 1, "updated": 0, "deleted": 0, "unchanged": 0, "skipped": 0, "failed": 0}
actions:
  description: What was done, or would be done in check mode. It has one entry.
  returned: always
  type: list
  elements: dict
  contains:
    account:
      description: The account.
      type: str
      sample: "1609982529000001"
    region:
      description: Always V(null), because RAM is the same in all regions.
      type: str
      sample: null
    resource:
      description: The role.
      type: str
      sample: role/role-assume
    action:
      description: V(created), V(updated), V(deleted), V(unchanged) or V(failed).
      type: str
      sample: created
    settings_changed:
      description: The settings that differ.
      type: list
      elements: str
      sample: [description, max_session_duration, policies, trust_policy]
    replaced:
      description: Always V(false).
      type: bool
      sample: false
    settings:
      description: All settings after the task. V(null) where there is nothing any more.
      type: dict
      sample:
        description: Lets elastic container instances fetch images of another account
        max_session_duration: 3600
        policies:
          - name: AliyunSTSAssumeRoleAccess
            type: System
        trust_policy:
          Version: "1"
          Statement:
            - Effect: Allow
              Action: sts:AssumeRole
              Principal:
                Service: [eci.aliyuncs.com]
    access_changes:
      description: Who gains or loses which actions, and under which condition. At most 50 entries.
      type: list
      elements: dict
      sample:
        - principal: Service:eci.aliyuncs.com
          resource: "*"
          condition: ""
          actions_gained: ["sts:AssumeRole"]
          actions_lost: []
    access_changes_left_out:
      description: How many more entries there are.
      type: int
      sample: 0
    error:
      description: What went wrong, with C(message), C(code) and C(request_id). V(null) where nothing did.
      type: dict
      sample: null
actions_left_out:
  description: How many actions did not fit into the result.
  returned: always
  type: int
  sample: 0
account_id:
  description: The account.
  returned: always
  type: str
  sample: "1609982529000001"
arn:
  description: The ARN of the role, as RAM shows it. In check mode, that of a role that would be created.
  returned: always
  type: str
  sample: acs:ram::1609982529000001:role/role-assume
role_id:
  description: The id of the role. V(null) where there is none, or none yet.
  returned: always
  type: str
  sample: "300000000000000002"
"""

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.module import AlicloudModule
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.ram_roles import POLICIES_SPEC, TRUSTED_SPEC, manage_role
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.settings_module import WAIT_SPEC


def main() -> None:
    module = AlicloudModule(
        argument_spec={
            **WAIT_SPEC,
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "trusted": TRUSTED_SPEC,
            "policy": {"type": "json"},
            "statements": {"type": "list", "elements": "dict"},
            "trust_state": {"type": "str", "choices": ["present", "absent", "exact"], "default": "present"},
            "allow_public": {"type": "bool", "default": False},
            "allowed_accounts": {"type": "list", "elements": "raw"},
            "description": {"type": "str"},
            "max_session_duration": {"type": "int"},
            "policies": POLICIES_SPEC,
            "purge_policies": {"type": "bool", "default": False},
            "tags": {"type": "dict"},
            "purge_tags": {"type": "bool", "default": True},
            "force": {"type": "bool", "default": False},
        },
        mutually_exclusive=[("trusted", "policy", "statements")],
    )
    module.run(lambda: manage_role(module))


if __name__ == "__main__":
    main()
