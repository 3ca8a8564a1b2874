#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: registry_login_info
version_added: 1.0.0
short_description: Which registries a container client is logged in to, and until when
description:
  - Reads the file in which docker, podman or skopeo keep their logins, or asks the credential helper that the file names, and says for
    each registry whether a new login is needed.
  - A password of Amazon ECR carries its expiry. A login whose expiry cannot be read needs a new login.
  - Runs where the client is, needs nothing but Python there, and asks no registry.
options:
  registries:
    description:
      - The registries. Each is a host name, or a mapping of C(account) and C(region) for one of Amazon ECR.
    type: list
    elements: raw
    required: true
  renew_within:
    description: A login that expires within so many seconds needs a new login. Passwords of Amazon ECR are valid for 12 hours.
    type: int
    default: 3600
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.registry_login
  - plugin: crossaccount.registry.ecr_authorization
    plugin_type: lookup
extends_documentation_fragment:
  - crossaccount.registry._registry_login
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: none
    details:
      - Changes nothing.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
"""

EXAMPLES = r"""
- name: See until when docker is logged in
  crossaccount.registry.registry_login_info:
    client: docker
    registries:
      - 111122223333.dkr.ecr.eu-west-1.amazonaws.com
      - account: "111122223333"
        region: us-east-1
  register: logins
"""

RETURN = r"""
auth_file:
  description: The file that was read.
  returned: success
  type: str
  sample: /var/lib/ci/.docker/config.json
logins:
  description: One item for each registry, in the given order, each once.
  returned: success
  type: list
  elements: dict
  contains:
    registry:
      description: The host name.
      type: str
      sample: 111122223333.dkr.ecr.eu-west-1.amazonaws.com
    logged_in:
      description: Whether there is a login that has not expired.
      type: bool
      sample: true
    username:
      description: The user name, V(null) without a login.
      type: str
      sample: AWS
    expires_at:
      description: When the login expires, in UTC. V(null) when that cannot be read.
      type: str
      sample: "2026-11-21T21:46:32Z"
    helper:
      description: The credential helper that keeps the login. V(null) when the file does.
      type: str
      sample: null
    needs_login:
      description: Whether a new login is needed.
      type: bool
      sample: true
    reason:
      description: Why, or why not.
      type: str
      sample: the login expires soon
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.crossaccount.registry.plugins.module_utils._registry_login.hosts import host_of
from ansible_collections.crossaccount.registry.plugins.module_utils._registry_login.module import ARGUMENTS, client_of, run


def look(module: AnsibleModule) -> dict[str, Any]:
    """The result of the module. Raises RegistryError."""
    client = client_of(module)
    hosts = dict.fromkeys(host_of(value) for value in module.params["registries"])
    now, within = datetime.now(UTC), timedelta(seconds=module.params["renew_within"])
    return {"auth_file": str(client.file), "logins": [present.described(now, within) for present in client.present(hosts)]}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "registries": {"type": "list", "elements": "raw", "required": True},
            "renew_within": {"type": "int", "default": 3600},
            **ARGUMENTS,
        },
        supports_check_mode=True,
    )
    run(module, lambda: look(module))


if __name__ == "__main__":
    main()
