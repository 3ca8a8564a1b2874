#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_account_setting
version_added: 1.0.0
short_description: Manage account settings of ECR
description:
  - Sets one account setting of Amazon ECR in one or more regions, such as the scope of registry policies.
  - A setting always has a value, and AWS does not tell its default. So there is no O(ignore:state), and nothing to be absent.
options:
  name:
    description:
      - The name of the setting. Known are V(REGISTRY_POLICY_SCOPE), V(BASIC_SCAN_TYPE_VERSION) and V(BLOB_MOUNTING). Others are
        passed on to AWS.
    type: str
    required: true
  value:
    description:
      - The value of the setting.
      - V(V1) or V(V2) for V(REGISTRY_POLICY_SCOPE). With V(V2) a registry policy is about all actions on repositories, with V(V1) about
        three of them. Going back to V(V1) is refused while the registry policy has statements that it does not know.
      - V(AWS_NATIVE) or V(CLAIR) for V(BASIC_SCAN_TYPE_VERSION), V(ENABLED) or V(DISABLED) for V(BLOB_MOUNTING). AWS may have given some of
        them up.
    type: str
    required: true
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.ecr_registry_policy
  - module: crossaccount.registry.ecr_registry_info
  - name: Account settings in the ECR API
    description: What AWS says about them.
    link: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutAccountSetting.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - crossaccount.registry._boto3
  - crossaccount.registry._attributes
  - crossaccount.registry._assume_role
  - crossaccount.registry._settings
"""

EXAMPLES = r"""
- name: Let registry policies be about every action
  crossaccount.registry.ecr_account_setting:
    name: REGISTRY_POLICY_SCOPE
    value: V2
    regions: [eu-west-1, eu-central-1]

- name: Share layers between repositories
  crossaccount.registry.ecr_account_setting:
    region: eu-west-1
    name: BLOB_MOUNTING
    value: ENABLED
"""

RETURN = r"""
summary:
  description: How many settings were updated, unchanged, skipped (because another one failed), and failed. None is created or deleted.
  returned: always
  type: dict
  sample: {"created": 0, "updated": 1, "deleted": 0, "unchanged": 0, "skipped": 0, "failed": 0}
actions:
  description:
    - What was done to the setting in each region, or would be done in check mode.
    - Unchanged ones are left out when there are more than ten of them.
  returned: always
  type: list
  elements: dict
  contains:
    account:
      description: The account.
      type: str
      sample: "111122223333"
    region:
      description: The region.
      type: str
      sample: eu-west-1
    resource:
      description: The name of the setting.
      type: str
      sample: BLOB_MOUNTING
    action:
      description: V(updated), V(unchanged), V(skipped) or V(failed).
      type: str
      sample: updated
    settings_changed:
      description: The settings that differ.
      type: list
      elements: str
      sample: [value]
    replaced:
      description: Always V(false).
      type: bool
      sample: false
    settings:
      description: The value after the task.
      type: dict
      sample:
        value: ENABLED
    error:
      description: What went wrong, with C(message), and AWS's C(code) and C(request_id) where there are any. Otherwise V(null).
      type: dict
      sample: null
actions_left_out:
  description: How many actions did not fit into the result.
  returned: always
  type: int
  sample: 0
"""

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.account_setting import setting_items
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.settings_module import SETTINGS_SPEC, run_settings
from ansible_collections.crossaccount.registry.plugins.module_utils._settings_flow import settings_result


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={
            **SETTINGS_SPEC,
            "name": {"type": "str", "required": True},
            "value": {"type": "str", "required": True},
        },
    )
    module.run(lambda: settings_result(run_settings(module, setting_items(module)), with_diff=module._diff, check_mode=module.check_mode))


if __name__ == "__main__":
    main()
