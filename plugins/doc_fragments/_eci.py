# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

from __future__ import annotations


class ModuleDocFragment:
    # Options of the modules for container groups and image caches of ECI.
    DOCUMENTATION = r"""
options:
  name:
    description:
      - The name, 2 to 128 lower-case letters, digits and hyphens.
      - ECI does not keep names unique. Where there are several, the module fails and lists their ids.
    type: str
    required: true
  state:
    description: Whether it is there. With V(absent), the module waits until it is gone.
    type: str
    choices: [present, absent]
    default: present
  acr_registry_info:
    description:
      - How images of Container Registry (ACR) are fetched without a password. In the same account nothing is needed for an instance with
        its default domain, and for the Personal Edition.
      - ECI reads roles only when something is created, and never tells them.
    type: list
    elements: dict
    suboptions:
      instance_id:
        description: The id of the instance. Needed for a registry with a domain of its own, and always for an image cache.
        type: str
      instance_name:
        description: The name of the instance.
        type: str
      region_id:
        description: The region of the instance, if it is another one.
        type: str
      domains:
        description: The domains that this is about. Without any, all domains of the instance.
        type: list
        elements: str
      service_role_arn:
        description:
          - The ARN of a role of this account that C(eci.aliyuncs.com) assumes. Images are fetched with what this role may do, rather than
            with what ECI may do in the whole account.
        type: str
      user_role_arn:
        description:
          - The ARN of a role of the account that owns the registry, if it is another one. The role in C(service_role_arn), which is needed
            with it, assumes this one.
        type: str
  image_registry_credential:
    description:
      - User names and passwords of other registries.
      - A changed password does not create anything anew.
    type: list
    elements: dict
    suboptions:
      server:
        description: The host of the registry.
        type: str
        required: true
      user_name:
        description: The user name.
        type: str
        required: true
      password:
        description: The password.
        type: str
        required: true
  security_group_id:
    description: The id of the security group.
    type: str
  zone_id:
    description: The zone.
    type: str
  eip_instance_id:
    description: The id of an elastic IP address (EIP), by which the Internet is reached.
    type: str
  resource_group_id:
    description: The id of the resource group.
    type: str
  tags:
    description:
      - Tags.
      - The module adds one, C(ansible-spec-sha256), a hash of the options without passwords, to notice changes that ECI does not tell.
    type: dict
  api_parameters:
    description:
      - Parameters of the API that have no option, with the names of the API, such as C(Volume). Lists and mappings become C(Volume.1.Name).
    type: dict
  recreate:
    description:
      - What to do where the options differ from those that it was made with, and ECI cannot change it.
      - V(never) fails and says what differs. V(changed) deletes it and creates it again.
    type: str
    choices: [never, changed]
    default: never
  wait:
    description: Wait until it does its work, and fail with events and the cause when it cannot.
    type: bool
    default: true
  pull_timeout:
    description:
      - How many seconds images may fail to be pulled before the module gives up. ECI tries on, and knows new roles only after a while.
    type: int
    default: 120
"""
