#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: rhacs_ecr_integration
version_added: 1.0.0
short_description: Manage image integrations of Red Hat Advanced Cluster Security with Amazon ECR
description:
  - An image integration tells Central of Red Hat Advanced Cluster Security for Kubernetes (StackRox) how to get into a registry, so that
    it can scan its images. This module manages those of type Amazon ECR, also of registries in other accounts and regions.
  - Many integrations in one task need one call to see what is there, and further ones for those only that differ.
  - What is not given is left alone. What Central would refuse is refused before anything is written.
  - Keys are sent when Central has none yet, when it asks for them again, and on request. They are never read from the environment, never
    wiped by another change, and never shown. The module cannot tell whether the keys that Central has are the given ones.
options:
  state:
    description:
      - V(present) creates the integrations, or changes what is given and differs.
      - V(absent) deletes them.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - The name of the integration.
      - If not given, C(ecr-REGISTRY_ID-REGION), of O(registry_id) and O(regions).
    type: str
  new_name:
    description: Rename the integration to this. One that has this name already, and not O(name), is taken for the renamed one.
    type: str
  registry_id:
    description: The account of the registry, 12 digits in quotes. Needed to create an integration.
    type: raw
  regions:
    description:
      - The region of the registry. Needed to create an integration.
      - With several regions there is one integration for each, and none of them can have a O(name).
      - Regions outside of the partitions C(aws) and C(aws-us-gov) are refused, because Central cannot reach their registries.
    type: list
    elements: str
    aliases: [region]
  credentials:
    description:
      - What Central proves with to AWS who it is.
      - V(container_iam) is the identity of Central's own pod. With delegated scanning it is that of the pod of Sensor.
      - V(keys) are O(access_key) and O(secret_key).
      - If not given, it is V(keys) where keys are given. Otherwise an integration that is there stays as it is, and a new one, or one that
        is taken over, gets V(container_iam).
    type: str
    choices: &credentials
      - container_iam
      - keys
  access_key:
    description: The id of an access key.
    type: str
  secret_key:
    description: The secret of O(access_key).
    type: str
  assume_role:
    description:
      - The role that Central assumes to get into the registry. It is always one of the registry's own account.
      - What is not given in it is left alone.
    type: dict
    suboptions: &assume_role
      role:
        description:
          - The role by its name, with its path if it has one, or by its ARN, which must be one of the account O(registry_id).
          - V("") takes the role away.
        type: str
      external_id:
        description: The external ID that the trust policy of the role asks for. V("") takes it away.
        type: str
  endpoint:
    description:
      - The address of the ECR API, where Central cannot use the usual one, such as that of a VPC endpoint. V("") takes it away.
      - Cannot be used together with O(assume_role). With O(credentials=keys), Central asks for the keys again to change it.
    type: str
  skip_test:
    description:
      - Have Central save the integration without trying it. A new integration is tried if this is not given.
      - Needed where only policies of repositories let Central in, because it tries to list all repositories.
    type: bool
  integrations:
    description: Many integrations in one task. The options above are the defaults of all of them, except O(name) and O(new_name).
    type: list
    elements: dict
    suboptions:
      name:
        description: As O(name).
        type: str
      new_name:
        description: As O(new_name).
        type: str
      registry_id:
        description: As O(registry_id).
        type: raw
      regions:
        description: As O(regions).
        type: list
        elements: str
        aliases: [region]
      credentials:
        description: As O(credentials). With V(container_iam), the keys at the top of the task are not for this integration.
        type: str
        choices: *credentials
      access_key:
        description: As O(access_key).
        type: str
      secret_key:
        description: As O(secret_key).
        type: str
      assume_role:
        description: As O(assume_role). Each field that is not given is the one at the top of the task.
        type: dict
        suboptions: *assume_role
      endpoint:
        description: As O(endpoint).
        type: str
      skip_test:
        description: As O(skip_test).
        type: bool
  test:
    description:
      - Have Central try to get into each registry, also where nothing has to be changed, and in check mode, with the settings that the
        integration would have. Nothing is saved for that.
      - An integration that does not work fails the task, and is not written.
      - Without it, Central still tries what it saves, unless O(skip_test) is true.
    type: bool
    default: false
  update_credentials:
    description:
      - V(on_create) gives the keys to Central when it has none yet, and when it asks for them again.
      - V(always) gives them to Central in every run, which is always a change, because nobody can read those that it has.
    type: str
    choices: [on_create, always]
    default: on_create
  take_over:
    description:
      - Change, or delete, integrations that a sensor has made for the registry of its nodes, and that have the mark C(autogenerated).
        They lose the mark and the sensor's login.
      - Without it, they are refused.
    type: bool
    default: false
  on_error:
    description:
      - V(stop) writes nothing when one of the integrations cannot be planned, and begins no further write after one that failed.
      - V(continue) does what it can and fails at the end.
    type: str
    choices: [stop, continue]
    default: stop
  wait_timeout:
    description:
      - How many seconds AWS may refuse Central before that is an error, for each integration. New roles and policies take some to have
        effect. In check mode nothing is waited for.
    type: int
    default: 60
notes:
  - Central needs to be asked by somebody who has the permission C(Integration), with read access for check mode without O(test), and with
    write access for everything else.
  - Central gives integrations to all secured clusters that scan for themselves, together with their keys.
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
    details:
      - The result of check mode is the result of the real run, except for what only Central knows.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: partial
    details:
      - Not with O(update_credentials=always).
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.rhacs_ecr_integration_info
  - module: crossaccount.registry.rhacs_image_scan
  - name: Integrating with image registries
    description: What Red Hat says about integrations with Amazon ECR.
    link: https://docs.redhat.com/en/documentation/red_hat_advanced_cluster_security_for_kubernetes/4.9/html/integrating/integrate-with-image-registries
extends_documentation_fragment:
  - crossaccount.registry._rhacs
"""

EXAMPLES = r"""
- name: Scan the registries of two accounts, with the identity of Central and a role of each account
  crossaccount.registry.rhacs_ecr_integration:
    central_endpoint: "{{ rox_endpoint }}"
    api_token: "{{ rox_api_token }}"
    ca_path: "{{ rox_ca_cert_file }}"
    assume_role:
      role: rhacs-ecr-reader
      external_id: acme-rhacs-7f3c
    integrations:
      - registry_id: "111122223333"
        regions: [eu-west-1, eu-central-1]
      - registry_id: "444455556666"
        regions: [eu-west-1]
        name: payments
    test: true

# ROX_ENDPOINT, ROX_API_TOKEN and ROX_CA_CERT_FILE are in the environment from here on.
- name: Scan with an access key, and through a VPC endpoint
  crossaccount.registry.rhacs_ecr_integration:
    name: shared
    registry_id: "444455556666"
    region: eu-central-1
    access_key: "{{ registry_access_key }}"
    secret_key: "{{ registry_secret_key }}"
    endpoint: vpce-0a1b2c3d.api.ecr.eu-central-1.vpce.amazonaws.com
    skip_test: true

- name: Give Central another access key
  crossaccount.registry.rhacs_ecr_integration:
    name: shared
    access_key: "{{ registry_access_key }}"
    secret_key: "{{ new_registry_secret_key }}"
    update_credentials: always

- name: Use no key any more, and rename
  crossaccount.registry.rhacs_ecr_integration:
    name: shared
    new_name: shared-images
    credentials: container_iam

- name: Scan it no more
  crossaccount.registry.rhacs_ecr_integration:
    name: shared-images
    state: absent
"""

RETURN = r"""
summary:
  description: How many integrations were created, updated, deleted, unchanged, skipped (because another one failed), and failed.
  returned: always
  type: dict
  sample: {"created": 1, "updated": 0, "deleted": 0, "unchanged": 0, "skipped": 0, "failed": 0}
actions:
  description:
    - What was done to each integration, or would be done in check mode.
    - Unchanged integrations are left out when there are more than ten of them.
  returned: always
  type: list
  elements: dict
  contains:
    account:
      description: The account of the registry. V(null) where it is not known.
      type: str
      sample: "444455556666"
    region:
      description: The region of the registry. V(null) where it is not known.
      type: str
      sample: eu-central-1
    resource:
      description: The name of the integration, before it was renamed.
      type: str
      sample: shared
    action:
      description: V(created), V(updated), V(deleted), V(unchanged), V(skipped) or V(failed).
      type: str
      sample: created
    settings_changed:
      description: The settings that differ.
      type: list
      elements: str
      sample: [credentials, endpoint, keys, name, region, registry_id, skip_test]
    replaced:
      description: Always V(false). An integration is never deleted to be created again.
      type: bool
      sample: false
    settings:
      description:
        - All settings after the task, by the names of the options. V(null) when the integration is not there.
        - C(keys) is V(new) where the keys of the task were given to Central, V(stored) where it has others, else V(null).
        - C(credentials) is V(authorization_data) where a sensor has given its own login.
      type: dict
      sample:
        name: shared
        registry_id: "444455556666"
        region: eu-central-1
        credentials: keys
        keys: new
        assume_role: null
        endpoint: vpce-0a1b2c3d.api.ecr.eu-central-1.vpce.amazonaws.com
        skip_test: true
        autogenerated: false
    test:
      description:
        - What a test found. V(null) where there was none.
        - C(passed) says whether Central can get into the registry. If not, C(layer) says where it fails, and C(failure) is what Central
          says about it.
        - The layers are V(central_identity) (Central has no identity at AWS, or a wrong key), V(web_identity) (its role does not trust its
          cluster), V(assume_role), V(authorization_token) (it may not log in), V(registry) (it is logged in, and not let in),
          V(network), and V(other).
      type: dict
      sample: null
    health:
      description:
        - The C(status) of the integration as Central sees it after the task, V(HEALTHY), V(UNHEALTHY) (after three failures) or
          V(UNINITIALIZED), and the C(error_message).
        - V(null) when it is not there.
      type: dict
      sample:
        status: UNINITIALIZED
        error_message: null
    error:
      description: What went wrong, with C(message), and Central's C(code) where there is one. Otherwise V(null).
      type: dict
      sample: null
actions_left_out:
  description: How many actions did not fit into the result.
  returned: always
  type: int
  sample: 0
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.integration_flow import IntegrationFlow
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.integration_options import INTEGRATION_SPEC
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.integrations import Integrations
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.module import central_of, rhacs_module, run
from ansible_collections.crossaccount.registry.plugins.module_utils._settings_flow import settings_result


def bring_about(module: AnsibleModule) -> dict[str, Any]:
    flow = IntegrationFlow(Integrations(central_of(module)), module.warn)
    outcomes = flow.run(module.params, module.check_mode)
    return settings_result(outcomes, with_diff=module._diff, check_mode=module.check_mode)


def main() -> None:
    module = rhacs_module(
        argument_spec={
            **INTEGRATION_SPEC,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "integrations": {"type": "list", "elements": "dict", "options": INTEGRATION_SPEC},
            "test": {"type": "bool", "default": False},
            "update_credentials": {"type": "str", "choices": ["on_create", "always"], "default": "on_create", "no_log": False},
            "take_over": {"type": "bool", "default": False},
            "on_error": {"type": "str", "choices": ["stop", "continue"], "default": "stop"},
            "wait_timeout": {"type": "int", "default": 60},
        },
        mutually_exclusive=[("name", "integrations"), ("new_name", "integrations")],
        required_one_of=[("name", "registry_id", "integrations")],
    )
    run(module, lambda: bring_about(module))


if __name__ == "__main__":
    main()
