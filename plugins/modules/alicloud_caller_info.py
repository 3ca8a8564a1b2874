#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alicloud_caller_info
version_added: 1.0.0
short_description: Whose Alibaba Cloud credentials a task has
description:
  - Asks the Security Token Service who calls. That needs no permission.
  - With O(account_id), fails when the credentials belong to another account.
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.alicloud_ram_role
  - name: GetCallerIdentity
    description: What Alibaba Cloud says about the call.
    link: https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-getcalleridentity
extends_documentation_fragment:
  - crossaccount.registry._alicloud
  - crossaccount.registry._alicloud.attributes
"""

EXAMPLES = r"""
- name: Who am I?
  crossaccount.registry.alicloud_caller_info:
  register: caller

- name: Go on only with the credentials of the right account
  crossaccount.registry.alicloud_caller_info:
    account_id: "{{ caller.caller.account_id }}"
"""

RETURN = r"""
caller:
  description: Who calls.
  returned: success
  type: dict
  contains:
    account_id:
      description: The account.
      type: str
      sample: "1609982529000001"
    arn:
      description: The ARN of the account, the RAM user or the role's session.
      type: str
      sample: acs:ram::1609982529000001:user/admin
    identity_type:
      description: V(Account), V(RAMUser) or V(AssumedRoleUser).
      type: str
      sample: RAMUser
    principal_id:
      description: The id of the identity.
      type: str
      sample: "200000000000000001"
    user_id:
      description: The id of the RAM user or the account. V(null) for the session of a role.
      type: str
      sample: "200000000000000001"
    role_id:
      description: The id of the role. V(null) where the caller is no role's session.
      type: str
      sample: null
"""

from dataclasses import asdict
from typing import Any

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.identity import caller_identity
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.module import AlicloudModule


def _caller(module: AlicloudModule) -> dict[str, Any]:
    found = asdict(caller_identity(module))
    return {"changed": False, "caller": {"account_id": found.pop("account"), **found}}


def main() -> None:
    module = AlicloudModule(argument_spec={})
    module.run(lambda: _caller(module))


if __name__ == "__main__":
    main()
