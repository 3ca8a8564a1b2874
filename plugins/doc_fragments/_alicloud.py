# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

from __future__ import annotations


class ModuleDocFragment:
    # Options of every module that talks to Alibaba Cloud.
    DOCUMENTATION = r"""
options:
  access_key_id:
    description:
      - The id of an access key.
      - Without it, the keys are those of the O(profile); or of the environment variables E(ALIBABA_CLOUD_ACCESS_KEY_ID),
        E(ALIBABA_CLOUD_ACCESS_KEY_SECRET) and E(ALIBABA_CLOUD_SECURITY_TOKEN), or E(ALICLOUD_ACCESS_KEY), E(ALICLOUD_SECRET_KEY) and
        E(ALICLOUD_SECURITY_TOKEN); or of the profile in E(ALIBABA_CLOUD_PROFILE) or E(ALICLOUD_PROFILE); or of an OIDC token
        (E(ALIBABA_CLOUD_ROLE_ARN), E(ALIBABA_CLOUD_OIDC_PROVIDER_ARN), E(ALIBABA_CLOUD_OIDC_TOKEN_FILE)); or of the default profile;
        or of the RAM role of the machine.
    type: str
  access_key_secret:
    description: The secret of the access key.
    type: str
  security_token:
    description: The token that belongs to temporary access keys.
    type: str
  profile:
    description:
      - The name of a profile in C(~/.aliyun/config.json) or C(~/.alibabacloud/credentials.ini).
      - It goes before keys in the environment.
    type: str
  region:
    description:
      - The region, such as V(cn-hangzhou). RAM and STS need none.
      - Without it, the environment variables E(ALIBABA_CLOUD_REGION_ID) and E(ALICLOUD_REGION) are used.
    type: str
  account_id:
    description:
      - The account that the credentials must belong to. The task fails when they belong to another one.
      - Account ids are written in quotes.
    type: raw
  assume_role:
    description:
      - Act as this RAM role. The other credential options, or the environment, are used to assume it.
      - Works in check mode. The temporary credentials never leave the module.
    type: dict
    suboptions:
      role_arn:
        description: The ARN of the role.
        type: str
        required: true
      session_name:
        description: The name of the session, as it shows in ActionTrail.
        type: str
        default: crossaccount-registry
      duration_seconds:
        description: How long the credentials are valid, in seconds. They are renewed when the task takes longer.
        type: int
        default: 3600
      external_id:
        description: The external ID that the role's trust policy asks for.
        type: str
      policy:
        description: A session policy that narrows down what the role may do in this task.
        type: json
  endpoint_url:
    description: An URL to use for all APIs in place of those of Alibaba Cloud.
    type: str
  connect_timeout:
    description: How many seconds to wait for a connection.
    type: int
    default: 5
  read_timeout:
    description: How many seconds to wait for an answer.
    type: int
    default: 30
  max_attempts:
    description:
      - How often one call is made at most when Alibaba Cloud throttles, has trouble of its own, or does not answer.
      - A call that writes is only repeated when it cannot have taken effect, or after it was read what has become of it.
    type: int
    default: 5
requirements:
  - alibabacloud-tea-openapi >= 0.3.16
"""

    # Options of modules that wait long.
    WAITING = r"""
options:
  progress_file:
    description:
      - A file to which the module appends lines of text about its progress. It is set by the action plugin of the same name, which
        shows them while the module runs.
    type: path
"""

    # What every module that talks to Alibaba Cloud can do.
    ATTRIBUTES = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
    details:
      - The result of check mode is the result of the real run, except for what only the services know.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
  action_group:
    description: Use C(group/crossaccount.registry.alicloud) in C(module_defaults) to set defaults for all of these modules.
    support: full
    membership:
      - crossaccount.registry.alicloud
"""
