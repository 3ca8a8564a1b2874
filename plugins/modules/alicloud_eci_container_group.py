#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alicloud_eci_container_group
version_added: 1.0.0
short_description: Manage container groups of Alibaba Cloud's Elastic Container Instance
description:
  - Creates and deletes container groups of Elastic Container Instance (ECI), with the roles that fetch their images from Container Registry
    without a password, in the same account or in another one.
  - Waits until the group runs. A pull that fails is no error of the API; the module tells the events, and which role, trust, permission or
    endpoint is missing as far as these and RAM tell.
  - A container group is created as a whole, so the options are all that it is made of. Where they change, see O(recreate).
  - Groups with the states C(Failed), C(ScheduleFailed) and C(Expired) do not count as being there. Those that this module made are deleted
    before another one is created.
  - In check mode, ECI itself checks the request of a group that would be created.
options:
  container_group_id:
    description: The id of the group, where there are several of the same name.
    type: str
  containers:
    description: The containers. Needed with O(state=present).
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the container.
        type: str
        required: true
      image:
        description: The image.
        type: str
        required: true
      cpu:
        description: How many CPUs it has.
        type: float
      memory:
        description: How much memory it has, in GiB.
        type: float
      command:
        description: The command, with its arguments.
        type: list
        elements: str
      args:
        description: Arguments.
        type: list
        elements: str
      environment:
        description: Variables. Values that YAML reads as something else than text or a number are written in quotes.
        type: dict
      ports:
        description: The ports that it listens to.
        type: list
        elements: dict
        suboptions:
          port:
            description: The port.
            type: int
            required: true
          protocol:
            description: The protocol.
            type: str
            choices: [TCP, UDP]
            default: TCP
      working_dir:
        description: The working directory.
        type: str
      image_pull_policy:
        description: When the image is fetched.
        type: str
        choices: [Always, IfNotPresent, Never]
  cpu:
    description: How many CPUs the group has.
    type: float
  memory:
    description: How much memory the group has, in GiB.
    type: float
  instance_type:
    description: The type of the instance, in place of O(cpu) and O(memory).
    type: str
  restart_policy:
    description: When containers are started again. Without it, ECI uses V(Always).
    type: str
    choices: [Always, Never, OnFailure]
  vswitch_ids:
    description: The ids of up to 10 vSwitches, of which ECI takes the first one with room.
    type: list
    elements: str
  auto_create_eip:
    description: Have ECI create an elastic IP address for the group.
    type: bool
  ram_role_name:
    description:
      - The name of the RAM role that the containers have. It has nothing to do with fetching images.
      - The caller needs C(ram:PassRole) on it.
    type: str
  image_cache_id:
    description: The id of the image cache to start from.
    type: str
  auto_match_image_cache:
    description: Have ECI look for an image cache with these images.
    type: bool
  wait_timeout:
    description: How many seconds to wait until the group runs, or has succeeded; and until one is gone.
    type: int
    default: 1200
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.alicloud_eci_image_cache
  - module: crossaccount.registry.alicloud_ram_role
  - module: crossaccount.registry.alicloud_cr_endpoint
  - name: Pull images without a password
    description: What Alibaba Cloud says about container instances and Container Registry.
    link: https://www.alibabacloud.com/help/en/eci/user-guide/pull-images-from-a-container-registry-instance-without-using-a-password
extends_documentation_fragment:
  - crossaccount.registry._alicloud
  - crossaccount.registry._alicloud.attributes
  - crossaccount.registry._alicloud.waiting
  - crossaccount.registry._eci
"""

EXAMPLES = r"""
- name: Run an image of another account's registry
  crossaccount.registry.alicloud_eci_container_group:
    region: cn-hangzhou
    name: payments
    containers:
      - name: web
        image: shared-registry.cn-hangzhou.cr.aliyuncs.com/apps/web:1.0
        environment:
          STAGE: production
        ports:
          - port: 8080
    cpu: 2
    memory: 4
    vswitch_ids: [vsw-apps]
    security_group_id: sg-apps
    acr_registry_info:
      - instance_id: cri-1a2b3c4d5e6f
        service_role_arn: acs:ram::1609982529000001:role/role-assume
        user_role_arn: acs:ram::1298452580000001:role/role-acr
    tags:
      team: payments

- name: Run another version of it, in place of the first one
  crossaccount.registry.alicloud_eci_container_group:
    region: cn-hangzhou
    name: payments
    containers:
      - name: web
        image: shared-registry.cn-hangzhou.cr.aliyuncs.com/apps/web:1.1
    vswitch_ids: [vsw-apps]
    security_group_id: sg-apps
    acr_registry_info:
      - instance_id: cri-1a2b3c4d5e6f
        service_role_arn: acs:ram::1609982529000001:role/role-assume
        user_role_arn: acs:ram::1298452580000001:role/role-acr
    recreate: changed

- name: Run it no more
  crossaccount.registry.alicloud_eci_container_group:
    region: cn-hangzhou
    name: payments
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
      description: What it is, and its name.
      type: str
      sample: containergroup/payments
    action:
      description: V(created), V(updated), V(deleted), V(unchanged) or V(failed).
      type: str
      sample: created
    settings_changed:
      description: The settings that differ.
      type: list
      elements: str
      sample: [containers, spec_sha256, tags]
    replaced:
      description: Whether it was deleted and created again.
      type: bool
      sample: false
    settings:
      description: The settings that ECI tells, after the task. V(null) where there is nothing any more.
      type: dict
      sample:
        containers:
          - name: web
            image: shared-registry.cn-hangzhou.cr.aliyuncs.com/apps/web:1.0
        tags:
          team: payments
        spec_sha256: c09672ef56564e963e9d8701d4097388acb26d5b5365f083349d465a212f54b2
    error:
      description: What went wrong, with C(message), C(code) and C(request_id). V(null) where nothing did.
      type: dict
      sample: null
actions_left_out:
  description: How many actions did not fit into the result.
  returned: always
  type: int
  sample: 0
container_group:
  description: The group. V(null) where there is none, or none yet.
  returned: always
  type: dict
  contains:
    id:
      description: Its id.
      type: str
      sample: eci-bp1a2b3c4d5e6f7g8h9i
    name:
      description: Its name.
      type: str
      sample: payments
    status:
      description: Its state.
      type: str
      sample: Running
    intranet_ip:
      description: Its address in the VPC.
      type: str
      sample: 172.16.0.10
    internet_ip:
      description: Its public address.
      type: str
      sample: null
    vswitch_id:
      description: Its vSwitch.
      type: str
      sample: vsw-apps
    security_group_id:
      description: Its security group.
      type: str
      sample: sg-apps
    containers:
      description: Its containers, with C(name), C(image), C(state) and C(ready).
      type: list
      elements: dict
      sample:
        - name: web
          image: shared-registry.cn-hangzhou.cr.aliyuncs.com/apps/web:1.0
          state: Running
          ready: true
account_id:
  description: The account.
  returned: always
  type: str
  sample: "1609982529000001"
"""

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.eci_group import GROUP_SPEC, manage_group
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.module import AlicloudModule


def main() -> None:
    module = AlicloudModule(
        argument_spec=GROUP_SPEC,
        required_if=[("state", "present", ["containers"])],
        mutually_exclusive=[("auto_create_eip", "eip_instance_id"), ("image_cache_id", "auto_match_image_cache")],
    )
    module.run(lambda: manage_group(module))


if __name__ == "__main__":
    main()
