# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

from __future__ import annotations


class ModuleDocFragment:
    # The option to act as another role.
    DOCUMENTATION = r"""
options:
  assume_role:
    description:
      - Act as this role. The other credential options, or the environment, are used to assume it.
      - Works in check mode. The temporary credentials never leave the module.
    type: dict
    suboptions:
      role_arn:
        description: The ARN of the role.
        type: str
        required: true
      external_id:
        description: The external ID that the role's trust policy asks for.
        type: str
      session_name:
        description: The name of the session, as it shows in CloudTrail.
        type: str
        default: crossaccount-registry
      duration_seconds:
        description: How long the credentials are valid, in seconds. They are renewed when the task takes longer.
        type: int
        default: 3600
      policy:
        description: A session policy that narrows down what the role may do in this task.
        type: json
notes:
  - AWS calls are repeated by botocore in its adaptive mode, up to 8 times. Set C(retries) in O(aws_config) to change that.
"""
