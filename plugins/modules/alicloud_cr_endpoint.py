#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alicloud_cr_endpoint
version_added: 1.0.0
short_description: Manage the public endpoint of an instance of Container Registry, and who gets at it
description:
  - Turns the public endpoint of an instance of Alibaba Cloud's Container Registry (ACR), Enterprise Edition, on or off, and manages its
    access list. A new instance is reached from nowhere.
  - Entries are added once the endpoint is running, because Container Registry drops those of before, and the module waits until they are
    visible.
  - Entries of others stay, unless O(purge_acl). The entry C(127.0.0.1/32), which every endpoint has by itself, is left out of account.
  - An option that is not given is left alone.
options:
  instance_id:
    description: The id of the instance.
    type: str
    required: true
  module_name:
    description: Whether it is the endpoint for images or for charts.
    type: str
    choices: [Registry, Chart]
    default: Registry
  public:
    description: Whether the endpoint is on.
    type: bool
  acl:
    description: The addresses and networks that get at the endpoint.
    type: list
    elements: dict
    suboptions:
      entry:
        description: An address or a network. C(10.0.0.5/24) is the same as C(10.0.0.0/24).
        type: str
        required: true
      comment:
        description:
          - What the entry is for. Without it, that of an entry that is there stays as it is.
          - Container Registry cannot change it, so the entry is taken away and added again.
        type: str
  purge_acl:
    description: Take away entries that are not in O(acl).
    type: bool
    default: false
  allow_public:
    description: Accept entries that let in everybody, and a public endpoint without any entry, which may mean the same.
    type: bool
    default: false
  wait_timeout:
    description: How many seconds to wait until the endpoint is running and its entries are visible.
    type: int
    default: 600
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.alicloud_cr_vpc_link
  - module: crossaccount.registry.alicloud_eci_container_group
  - name: Access over the Internet
    description: What Alibaba Cloud says about public endpoints.
    link: https://www.alibabacloud.com/help/en/acr/user-guide/configure-access-over-the-internet
extends_documentation_fragment:
  - crossaccount.registry._alicloud
  - crossaccount.registry._alicloud.attributes
  - crossaccount.registry._alicloud.waiting
"""

EXAMPLES = r"""
- name: Let the container instances of another account get at the registry, by the address of their NAT gateway
  crossaccount.registry.alicloud_cr_endpoint:
    region: cn-hangzhou
    instance_id: cri-1a2b3c4d5e6f
    public: true
    acl:
      - entry: 47.100.0.1
        comment: payments

- name: Let in nobody else any more
  crossaccount.registry.alicloud_cr_endpoint:
    region: cn-hangzhou
    instance_id: cri-1a2b3c4d5e6f
    acl:
      - entry: 47.100.0.0/24
        comment: all of us
    purge_acl: true

- name: Turn the public endpoint off
  crossaccount.registry.alicloud_cr_endpoint:
    region: cn-hangzhou
    instance_id: cri-1a2b3c4d5e6f
    public: false
"""

RETURN = r"""
summary:
  description: How many were created, updated, deleted, unchanged, skipped and failed; one of them is 1.
  returned: always
  type: dict
  sample: {"created": 0, "updated": 1, "deleted": 0, "unchanged": 0, "skipped": 0, "failed": 0}
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
      description: The instance, and whether it is about images or charts.
      type: str
      sample: instance/cri-1a2b3c4d5e6f/Registry
    action:
      description: V(created), V(updated), V(deleted), V(unchanged) or V(failed).
      type: str
      sample: updated
    settings_changed:
      description: The settings that differ.
      type: list
      elements: str
      sample: [acl, public, status]
    replaced:
      description: Whether it was deleted and created again.
      type: bool
      sample: false
    settings:
      description: All settings after the task. V(null) where there is nothing any more.
      type: dict
      sample:
        public: true
        status: RUNNING
        acl:
          - entry: 47.100.0.1/32
            comment: payments
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

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.cr_endpoints import ACL_SPEC, manage_endpoint
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.cr_states import MODULE_NAME_SPEC
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.module import AlicloudModule
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.settings_module import LONG_WAIT_SPEC


def main() -> None:
    module = AlicloudModule(
        argument_spec={
            **LONG_WAIT_SPEC,
            "instance_id": {"type": "str", "required": True},
            "module_name": MODULE_NAME_SPEC,
            "public": {"type": "bool"},
            "acl": ACL_SPEC,
            "purge_acl": {"type": "bool", "default": False},
            "allow_public": {"type": "bool", "default": False},
        },
        required_one_of=[("public", "acl")],
    )
    module.run(lambda: manage_endpoint(module))


if __name__ == "__main__":
    main()
