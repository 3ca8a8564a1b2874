#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alicloud_cr_vpc_link
version_added: 1.0.0
short_description: Manage the VPCs that get at an instance of Container Registry
description:
  - Links a VPC of the account to an instance of Alibaba Cloud's Container Registry (ACR), Enterprise Edition, or takes the link away. A
    new instance is reached from nowhere.
  - Container instances in a linked VPC, and in VPCs with a route to it, pull from the domain C(NAME-registry-vpc.REGION.cr.aliyuncs.com).
  - Waits until the link is running, or gone.
options:
  instance_id:
    description: The id of the instance.
    type: str
    required: true
  module_name:
    description: Whether images or charts are fetched.
    type: str
    choices: [Registry, Chart]
    default: Registry
  vpc_id:
    description: The id of the VPC.
    type: str
    required: true
  vswitch_id:
    description: The id of the vSwitch in which the instance gets an address. Needed with O(state=present).
    type: str
  create_dns_record:
    description:
      - Have the domain of the registry lead to that address in this VPC. It is only said when the link is made, and cannot be read.
      - Container Registry does it with the service-linked role C(AliyunServiceRoleForContainerRegistryAccessCustomerPrivateZone).
    type: bool
  replace:
    description: Take a link with another vSwitch away and make it again. In between the VPC gets at nothing.
    type: bool
    default: false
  state:
    description: Whether the VPC is linked.
    type: str
    choices: [present, absent]
    default: present
  wait_timeout:
    description: How many seconds to wait until the link is running, or gone.
    type: int
    default: 600
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.alicloud_cr_endpoint
  - name: Access over VPCs
    description: What Alibaba Cloud says about linked VPCs.
    link: https://www.alibabacloud.com/help/en/acr/user-guide/configure-access-over-vpcs
extends_documentation_fragment:
  - crossaccount.registry._alicloud
  - crossaccount.registry._alicloud.attributes
  - crossaccount.registry._alicloud.waiting
"""

EXAMPLES = r"""
- name: Let the container instances of a VPC get at the registry
  crossaccount.registry.alicloud_cr_vpc_link:
    region: cn-hangzhou
    instance_id: cri-1a2b3c4d5e6f
    vpc_id: vpc-registry
    vswitch_id: vsw-registry
    create_dns_record: true

- name: Let them no more
  crossaccount.registry.alicloud_cr_vpc_link:
    region: cn-hangzhou
    instance_id: cri-1a2b3c4d5e6f
    vpc_id: vpc-registry
    state: absent
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
      description: The region.
      type: str
      sample: cn-hangzhou
    resource:
      description: The instance, what is fetched, and the VPC.
      type: str
      sample: instance/cri-1a2b3c4d5e6f/Registry/vpc-registry
    action:
      description: V(created), V(updated), V(deleted), V(unchanged) or V(failed).
      type: str
      sample: created
    settings_changed:
      description: The settings that differ.
      type: list
      elements: str
      sample: [status, vswitch_id]
    replaced:
      description: Whether it was deleted and created again.
      type: bool
      sample: false
    settings:
      description: All settings after the task. V(null) where there is nothing any more.
      type: dict
      sample:
        vswitch_id: vsw-registry
        status: RUNNING
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

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.cr_states import MODULE_NAME_SPEC
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.cr_vpc_link import manage_vpc_link
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.module import AlicloudModule
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.settings_module import LONG_WAIT_SPEC


def main() -> None:
    module = AlicloudModule(
        argument_spec={
            **LONG_WAIT_SPEC,
            "instance_id": {"type": "str", "required": True},
            "module_name": MODULE_NAME_SPEC,
            "vpc_id": {"type": "str", "required": True},
            "vswitch_id": {"type": "str"},
            "create_dns_record": {"type": "bool"},
            "replace": {"type": "bool", "default": False},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=[("state", "present", ["vswitch_id"])],
    )
    module.run(lambda: manage_vpc_link(module))


if __name__ == "__main__":
    main()
