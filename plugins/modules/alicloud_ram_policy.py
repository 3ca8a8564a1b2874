#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alicloud_ram_policy
version_added: 1.0.0
short_description: Manage a custom policy of RAM in Alibaba Cloud, and its versions
description:
  - Creates, changes and deletes a custom policy of Resource Access Management (RAM).
  - Documents are compared by what they mean. One that differs becomes a new version, unless an older version means the same; then that
    is made the default one.
  - Shows which actions whoever has the policy gains or loses, before it happens. An option that is not given is left alone.
options:
  name:
    description: The name of the policy.
    type: str
    required: true
  state:
    description:
      - V(present) creates the policy, or changes what is given.
      - V(absent) deletes it with all its versions. A policy that somebody has is only deleted with O(force).
    type: str
    choices: [present, absent]
    default: present
  policy:
    description: The policy document, in the spelling of RAM, as a mapping or as JSON text.
    type: json
  statements:
    description: The statements of the policy document, in the spelling of RAM.
    type: list
    elements: dict
  description:
    description: The description. RAM can change it, but not take it away.
    type: str
  rotate:
    description:
      - RAM keeps five versions. Let the oldest one that is not the default one go when there is no room for a new one.
      - Without it, the task fails then.
    type: bool
    default: true
  force:
    description: With O(state=absent), detach the policy from all users, groups and roles, and delete it.
    type: bool
    default: false
  wait_timeout:
    description: How many seconds to wait until RAM shows what was written.
    type: int
    default: 60
notes:
  - How long a document may be is for RAM to say, since it differs between accounts.
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.alicloud_ram_role
  - name: RAM policies
    description: What Alibaba Cloud says about policies.
    link: https://www.alibabacloud.com/help/en/ram/user-guide/policy-overview
extends_documentation_fragment:
  - crossaccount.registry._alicloud
  - crossaccount.registry._alicloud.attributes
"""

EXAMPLES = r"""
- name: Let whoever has the policy pull from one namespace of an instance of Container Registry
  crossaccount.registry.alicloud_ram_policy:
    name: registry-pull
    description: Pull from the namespace payments
    statements:
      - Effect: Allow
        Action: ["cr:GetAuthorizationToken", "cr:ListInstanceEndpoint"]
        Resource: "*"
      - Effect: Allow
        Action: ["cr:PullRepository"]
        Resource:
          - acs:cr:cn-hangzhou:1298452580000001:instance/cri-b
          - acs:cr:cn-hangzhou:1298452580000001:repository/cri-b/payments/*

- name: Delete it, whoever has it
  crossaccount.registry.alicloud_ram_policy:
    name: registry-pull
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
      description: The policy.
      type: str
      sample: policy/registry-pull
    action:
      description: V(created), V(updated), V(deleted), V(unchanged) or V(failed).
      type: str
      sample: created
    settings_changed:
      description: The settings that differ.
      type: list
      elements: str
      sample: [description, policy]
    replaced:
      description: Always V(false).
      type: bool
      sample: false
    settings:
      description: All settings after the task. V(null) where there is nothing any more.
      type: dict
      sample:
        description: Pull from the namespace payments
        policy:
          Version: "1"
          Statement:
            - Effect: Allow
              Action: ["cr:GetAuthorizationToken", "cr:ListInstanceEndpoint"]
              Resource: "*"
            - Effect: Allow
              Action: ["cr:PullRepository"]
              Resource:
                - acs:cr:cn-hangzhou:1298452580000001:instance/cri-b
                - acs:cr:cn-hangzhou:1298452580000001:repository/cri-b/payments/*
    access_changes:
      description: Who gains or loses which actions, and under which condition. At most 50 entries.
      type: list
      elements: dict
      sample:
        - principal: policy/registry-pull
          resource: "*"
          condition: ""
          actions_gained: ["cr:GetAuthorizationToken", "cr:ListInstanceEndpoint"]
          actions_lost: []
        - principal: policy/registry-pull
          resource: acs:cr:cn-hangzhou:1298452580000001:instance/cri-b
          condition: ""
          actions_gained: ["cr:PullRepository"]
          actions_lost: []
        - principal: policy/registry-pull
          resource: acs:cr:cn-hangzhou:1298452580000001:repository/cri-b/payments/*
          condition: ""
          actions_gained: ["cr:PullRepository"]
          actions_lost: []
    access_changes_left_out:
      description: How many more entries there are.
      type: int
      sample: 0
    version_made_default:
      description: The older version that means the same and is the default one again. Otherwise V(null).
      type: str
      sample: null
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
"""

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.module import AlicloudModule
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.ram_policies import manage_policy
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.settings_module import WAIT_SPEC


def main() -> None:
    module = AlicloudModule(
        argument_spec={
            **WAIT_SPEC,
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "policy": {"type": "json"},
            "statements": {"type": "list", "elements": "dict"},
            "description": {"type": "str"},
            "rotate": {"type": "bool", "default": True},
            "force": {"type": "bool", "default": False},
        },
        mutually_exclusive=[("policy", "statements")],
    )
    module.run(lambda: manage_policy(module))


if __name__ == "__main__":
    main()
