#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alicloud_eci_image_cache
version_added: 1.0.0
short_description: Manage image caches of Alibaba Cloud's Elastic Container Instance
description:
  - Creates, updates and deletes image caches of Elastic Container Instance (ECI), from which container groups start faster. Their images
    can be those of Container Registry, in the same account or in another one, without a password.
  - Waits until the cache is ready. It is made by a container group of its own, which needs a way to the registry, and says so when it has
    none.
  - The options are all that a cache is made of. ECI can update a cache, but forgets the roles of O(acr_registry_info) when it does. A cache
    with roles is made anew, see O(recreate); where O(acr_registry_info) is left out, an update takes its roles away.
  - Caches with the state C(Failed) do not count as being there. Those that this module made are deleted before another one is created.
options:
  image_cache_id:
    description: The id of the image cache, where there are several of the same name.
    type: str
  images:
    description: Up to 20 images. Needed with O(state=present).
    type: list
    elements: str
  size:
    description: The size in GiB, at least 20, which is what ECI makes of less.
    type: int
  retention_days:
    description: How many days the cache is kept. Without it, for ever.
    type: int
  elimination_strategy:
    description: Whether the cache goes when there are too many and it was not used for long.
    type: str
    choices: [LRU]
  flash:
    description: Make an instant cache.
    type: bool
  auto_match_image_cache:
    description: Have ECI use layers of other image caches.
    type: bool
  vswitch_id:
    description: The id of the vSwitch in which the cache is made.
    type: str
  wait_timeout:
    description: How many seconds to wait until the cache is ready, or gone.
    type: int
    default: 3600
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.alicloud_eci_container_group
  - module: crossaccount.registry.alicloud_ram_role
  - name: Image caches
    description: What Alibaba Cloud says about image caches.
    link: https://www.alibabacloud.com/help/en/eci/user-guide/overview-of-image-caches
extends_documentation_fragment:
  - crossaccount.registry._alicloud
  - crossaccount.registry._alicloud.attributes
  - crossaccount.registry._alicloud.waiting
  - crossaccount.registry._eci
"""

EXAMPLES = r"""
- name: Keep an image of another account's registry at hand
  crossaccount.registry.alicloud_eci_image_cache:
    region: cn-hangzhou
    name: web
    images:
      - shared-registry.cn-hangzhou.cr.aliyuncs.com/apps/web:1.0
    size: 30
    vswitch_id: vsw-apps
    security_group_id: sg-apps
    acr_registry_info:
      - instance_id: cri-1a2b3c4d5e6f
        service_role_arn: acs:ram::1609982529000001:role/role-assume
        user_role_arn: acs:ram::1298452580000001:role/role-acr

- name: Keep two versions of it
  crossaccount.registry.alicloud_eci_image_cache:
    region: cn-hangzhou
    name: web
    images:
      - shared-registry.cn-hangzhou.cr.aliyuncs.com/apps/web:1.0
      - shared-registry.cn-hangzhou.cr.aliyuncs.com/apps/web:1.1
    size: 30
    vswitch_id: vsw-apps
    security_group_id: sg-apps
    acr_registry_info:
      - instance_id: cri-1a2b3c4d5e6f
        service_role_arn: acs:ram::1609982529000001:role/role-assume
        user_role_arn: acs:ram::1298452580000001:role/role-acr
    recreate: changed

- name: Keep it no more
  crossaccount.registry.alicloud_eci_image_cache:
    region: cn-hangzhou
    name: web
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
      sample: imagecache/web
    action:
      description: V(created), V(updated), V(deleted), V(unchanged) or V(failed).
      type: str
      sample: created
    settings_changed:
      description: The settings that differ.
      type: list
      elements: str
      sample: [images, size, spec_sha256, tags]
    replaced:
      description: Whether it was deleted and created again.
      type: bool
      sample: false
    settings:
      description: The settings that ECI tells, after the task. V(null) where there is nothing any more.
      type: dict
      sample:
        images:
          - shared-registry.cn-hangzhou.cr.aliyuncs.com/apps/web:1.0
        size: 30
        tags: {}
        spec_sha256: e7bf026180f6ae82d9fa0a3b7561326aa707859d359362ec797e6899250328db
    error:
      description: What went wrong, with C(message), C(code) and C(request_id). V(null) where nothing did.
      type: dict
      sample: null
actions_left_out:
  description: How many actions did not fit into the result.
  returned: always
  type: int
  sample: 0
image_cache:
  description: The image cache. V(null) where there is none, or none yet.
  returned: always
  type: dict
  contains:
    id:
      description: Its id.
      type: str
      sample: imc-bp1a2b3c4d5e6f7g8h9i
    name:
      description: Its name.
      type: str
      sample: web
    status:
      description: Its state.
      type: str
      sample: Ready
    progress:
      description: How far it is.
      type: str
      sample: 100%
    snapshot_id:
      description: The id of its snapshot.
      type: str
      sample: s-bp1a2b3c4d5e6f7g8h9i
    container_group_id:
      description: The id of the container group that makes it, or has made it.
      type: str
      sample: eci-bp1a2b3c4d5e6f7g8h9i
    expires:
      description: When it goes.
      type: str
      sample: null
account_id:
  description: The account.
  returned: always
  type: str
  sample: "1609982529000001"
"""

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.eci_cache import CACHE_SPEC, manage_cache
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.module import AlicloudModule


def main() -> None:
    module = AlicloudModule(argument_spec=CACHE_SPEC, required_if=[("state", "present", ["images"])])
    module.run(lambda: manage_cache(module))


if __name__ == "__main__":
    main()
